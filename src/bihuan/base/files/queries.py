"""Finding and serving attachments."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, visible
from bihuan.base.errors import NotFound, Refused
from bihuan.base.files.model import FILE, FileRef, Media, blob_key, blob_table, file_table
from bihuan.base.files.sealing import unseal

_OWN = Open("a file within scope, or handed in by the reader")
_CONTENT = Open("the content of a file that was just found within scope")
_SHOWN = (Media.jpeg, Media.png)


def file_refs(reader: Reader, files: Sequence[str]) -> list[FileRef]:
    """The named files (ids, or as a record names them), in that order; NotFound when one is hidden or unknown."""
    wanted = [file.partition("#")[0] for file in files]
    if not wanted:
        return []
    # All of the public is one principal: what one of them handed in is not another's to see.
    own = sa.false() if reader.principal.kind == "public" else file_table.c.by == reader.principal.id
    found = _found(reader, wanted, sa.or_(own, visible(reader.principal, FILE)))
    if len(found) != len(set(wanted)):
        raise NotFound
    return [found[file] for file in wanted]


def file_ref(reader: Reader, file: str) -> FileRef:
    """One file; NotFound when hidden or unknown."""
    return file_refs(reader, [file])[0]


def acted_on(reader: Reader, file: str) -> FileRef:
    """A file that the reader handed in, or whose matter they may act in or manage; NotFound for everybody else."""
    own = sa.false() if reader.principal.kind == "public" else file_table.c.by == reader.principal.id
    ways = [visible(reader.principal, FILE, capability) for capability in ("act", "manage")]
    found = _found(reader, [file], sa.or_(own, *ways))
    if not found:
        raise NotFound
    return found[file]


def file_bytes(reader: Reader, file: str) -> tuple[FileRef, bytes]:
    """A file with its content; Refused once erased.

    A photo of people only for whom `acted_on` serves, and the caller logs the look.
    """
    ref = file_ref(reader, file)
    if ref.sealed:
        ref = acted_on(reader, ref.id)
    kept = bytes(reader.scalar(sa.select(blob_table.c.data).where(blob_table.c.sha256 == ref.sha256), _CONTENT))
    if not ref.sealed:
        data: bytes | None = None if ref.erased else kept
    else:
        key = reader.scalar(sa.select(blob_key.c.key).where(blob_key.c.sha256 == ref.sha256), _CONTENT)
        data = unseal(ref.id, bytes(key), kept)
    if data is None:
        zh = "这份附件的内容已依法删除；账本中只留下它的哈希。"
        raise Refused(zh, "The content has been erased by law; the ledger keeps only its hash.", code="erased")
    return ref, data


def serving_headers(ref: FileRef) -> dict[str, str]:
    """Response headers under which a file can do no harm: pictures are shown, everything else is downloaded."""
    how = "inline" if ref.media in _SHOWN else "attachment"
    return {
        "Content-Type": ref.media.value + ("; charset=utf-8" if ref.media is Media.csv else ""),
        "Content-Length": str(ref.size),
        "Content-Disposition": f"{how}; filename=\"{ref.id}\"; filename*=UTF-8''{quote(ref.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "ETag": f'"{ref.sha256}"',
    }


def show_people(reader: Reader, files: Sequence[str]) -> bool:
    """Whether one of these files is a photo of people that can still be opened; says nothing of who may."""
    return any(ref.sealed and not ref.erased for ref in _found(reader, files, sa.true()).values())


def _found(reader: Reader, files: Sequence[str], where: sa.ColumnElement[bool]) -> dict[str, FileRef]:
    query = sa.select(file_table, blob_table.c.erased, blob_key.c.sha256.label("sealed"))
    query = query.join(blob_table, blob_table.c.sha256 == file_table.c.sha256)
    query = query.outerjoin(blob_key, blob_key.c.sha256 == file_table.c.sha256)
    rows = reader.rows(query.where(file_table.c.id.in_(set(files)), where), _OWN)
    return {row["id"]: _ref(row) for row in rows}


def _ref(row: RowMapping) -> FileRef:
    sealed, erased = row["sealed"] is not None, row["erased"] is not None
    return FileRef(row["id"], row["sha256"], row["size"], Media(row["media"]), row["name"], sealed, erased)
