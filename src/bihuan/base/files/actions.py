"""Taking an attachment in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from bihuan.base.db import Writer, party_tag
from bihuan.base.errors import Invalid, TooLarge, Unsupported
from bihuan.base.files.media import cleaned, sniffed
from bihuan.base.files.model import FileRef, Media, blob_table, file_table

LARGEST = 10 * 1024 * 1024
"""Bytes; a phone's photo has about 4 MiB, a scanned paper about 1 MiB a page."""
_NAME_OUT = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]")


def store_file(w: Writer, data: bytes, name: str, media_type: str = "", *, tags: Iterable[str] = ()) -> FileRef:
    """Keep an attachment of the writing principal: cleaned, by content, under a random id.

    What it is follows from the bytes; a stated `media_type` that contradicts them (an image that is a PDF) is refused.
    Visible to whoever handed it in, to the organisation acted for and under `tags`; a case adds its own. TooLarge over
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
    digest = hashlib.sha256(kept).hexdigest()
    w.upsert(blob_table, {"sha256": digest, "data": kept})
    ref = FileRef(w.new_id("file"), digest, len(kept), media, safe_name(name))
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


def safe_name(name: str) -> str:
    """A file name without paths, control and direction signs, at most 120 characters."""
    bare = _NAME_OUT.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    return bare[-120:] or "file"


def _spreadsheet_guess(stated: str, media: Media) -> bool:
    """Some systems state the type of any table as that of the other; both are tables, and the bytes decide."""
    return {stated, media.value} == {Media.csv.value, Media.xlsx.value}
