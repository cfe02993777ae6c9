"""Finding and serving attachments."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, visible
from bihuan.base.errors import NotFound
from bihuan.base.files.model import FILE, FileRef, Media, blob_table, file_table

_OWN = Open("a file within scope, or handed in by the reader")
_CONTENT = Open("the content of a file that was just found within scope")
_SHOWN = (Media.jpeg, Media.png)


def file_refs(reader: Reader, files: Sequence[str]) -> list[FileRef]:
    """The named files, in that order; NotFound when one is hidden or unknown."""
    if not files:
        return []
    mine = sa.or_(file_table.c.by == reader.principal.id, visible(reader.principal, FILE))
    if reader.principal.kind == "public":
        # All of the public is one principal: what one of them handed in is not another's to see.
        mine = visible(reader.principal, FILE)
    rows = reader.rows(sa.select(file_table).where(file_table.c.id.in_(set(files)), mine), _OWN)
    found = {row["id"]: _ref(row) for row in rows}
    if len(found) != len(set(files)):
        raise NotFound
    return [found[file] for file in files]


def file_ref(reader: Reader, file: str) -> FileRef:
    """One file; NotFound when hidden or unknown."""
    return file_refs(reader, [file])[0]


def file_bytes(reader: Reader, file: str) -> tuple[FileRef, bytes]:
    """A file with its content."""
    ref = file_ref(reader, file)
    data = reader.scalar(sa.select(blob_table.c.data).where(blob_table.c.sha256 == ref.sha256), _CONTENT)
    return ref, bytes(data)


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


def _ref(row: RowMapping) -> FileRef:
    return FileRef(row["id"], row["sha256"], row["size"], Media(row["media"]), row["name"])
