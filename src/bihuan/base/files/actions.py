"""Taking an attachment in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bihuan.base.db import Open, Writer, party_tag
from bihuan.base.errors import Fault, Invalid, TooLarge, Unsupported, Words
from bihuan.base.files.media import cleaned, sniffed
from bihuan.base.files.model import FileErased, FileRef, Media, blob_key, blob_table, file_table
from bihuan.base.files.queries import acted_on
from bihuan.base.files.sealing import ZEROS, seal
from bihuan.base.identity import check_confirmed, log_access

LARGEST = 10 * 1024 * 1024
"""Bytes; a phone's photo has about 4 MiB, a scanned paper about 1 MiB a page."""
ERASED = Open("content that its caller may erase, of whatever record")
_NAME_OUT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")


def store_file(
    w: Writer, data: bytes, name: str, media_type: str = "", *, tags: Iterable[str] = (), personal: bool = False
) -> FileRef:
    """Keep an attachment of the writing principal: cleaned, by content, under a random id.

    What it is follows from the bytes; a stated `media_type` that contradicts them (an image that is a PDF) is refused.
    `personal` when it shows people: encrypted (AES-256-GCM) under a random key of its own, destroyed at the first erasure
    of anybody in it. Visible to whoever handed it in, to the organisation acted for and under `tags`; a case adds its own. TooLarge over
    10 MiB; Unsupported for other content than JPEG, PNG, PDF, XLSX, CSV; Invalid when empty or damaged.
    """
    if not data:
        raise Invalid("文件是空的，请重新选择。", "The file is empty; choose another.")
    if len(data) > LARGEST:
        raise TooLarge("文件超过 10 MiB，请压缩后再传。", "The file is over 10 MiB; make it smaller.")
    media = sniffed(data)
    stated = media_type.partition(";")[0].strip().lower()
    if media is None or (stated in tuple(Media) and stated != media and not _spreadsheet_guess(stated, media)):
        raise Unsupported(
            "只收 JPEG、PNG 图片，PDF，XLSX 和 CSV，且内容须与类型一致。",
            "Only JPEG and PNG pictures, PDF, XLSX and CSV are taken, and the content must be what it says.",
        )
    kept = cleaned(data, media)
    size, id = len(kept), w.new_id("file")
    if personal:
        kept, key = seal(w.chance, id, kept)
    digest = hashlib.sha256(kept).hexdigest()
    w.upsert(blob_table, {"sha256": digest, "data": kept, "erased": None})
    if personal:
        w.insert(blob_key, {"sha256": digest, "key": key})
    ref = FileRef(id, digest, size, media, safe_name(name), sealed=personal)
    row = {
        "id": ref.id, "sha256": digest, "size": ref.size, "media": media.value, "name": ref.name,
        "by": w.principal.id, "created": w.now,
    }  # fmt: skip
    w.insert(file_table, row)
    party = w.principal.party
    w.tag("file", ref.id, [*tags, *([party_tag(party)] if party else [])])
    return ref


def tag_files(w: Writer, files: Sequence[str], tags: Iterable[str]) -> None:
    """Make files visible under further tags, because they became evidence of something with that scope."""
    spread = list(tags)
    for file in files:
        w.tag("file", file, spread)


def erase_file(w: Writer, file: str, why: str, address: str = "") -> None:
    """Erase the content of a file (个人信息保护法 第四十七条); its id and hash stay, so that what named it still holds.

    For who handed it in, officers who act where it is seen and managers of its organisation, with the password given
    within five minutes; logged with its reason. Invalid without one, NotFound for everybody else.
    """
    if not why.strip():
        words = Words("请写明删除的理由。", "Say why it is erased.")
        raise Invalid(*words, faults=[Fault("why", "required", words)])
    ref = acted_on(w, file)
    check_confirmed(w.principal, w.now)
    log_access(w, w.principal, "file", ref.id, f"erase: {why}", address)
    destroy_files(w, [ref.id])


def destroy_files(w: Writer, files: Sequence[str], *, sealed_only: bool = False) -> None:
    """Empty files for good: the key is overwritten with zeros in place, then the content. The caller has checked and logged."""
    query = sa.select(file_table.c.id, file_table.c.sha256, blob_key.c.sha256.label("sealed"))
    query = query.join(blob_table, blob_table.c.sha256 == file_table.c.sha256)
    query = query.outerjoin(blob_key, blob_key.c.sha256 == file_table.c.sha256)
    query = query.where(file_table.c.id.in_(list(files)), blob_table.c.erased.is_(None))
    for row in w.rows(query, ERASED):
        if row["sealed"] is None and sealed_only:
            continue
        w.write(sa.update(blob_key).where(blob_key.c.sha256 == row["sha256"]).values(key=ZEROS))
        w.write(sa.update(blob_table).where(blob_table.c.sha256 == row["sha256"]).values(data=b"", erased=w.now))
        w.emit(FileErased(row["id"], row["sha256"], w.now))
        w.scrub()


def safe_name(name: str) -> str:
    """A file name without paths, control and direction signs, at most 120 characters."""
    bare = _NAME_OUT.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    return bare[-120:] or "file"


def _spreadsheet_guess(stated: str, media: Media) -> bool:
    """Some systems state the type of any table as that of the other; both are tables, and the bytes decide."""
    return {stated, media.value} == {Media.csv.value, Media.xlsx.value}
