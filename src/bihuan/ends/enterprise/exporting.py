"""导出: every record of a type that the organisation stated, however many, as CSV or XLSX that can be imported again."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from bihuan.base.declare import Record, TypeSpec
from bihuan.base.errors import Forbidden
from bihuan.base.records.export import XlsxExport, export_csv, last_entry, record_count, record_slices
from bihuan.base.records.workbooks import MEDIA
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

ROWS = "Bihuan-Rows"
"""Header that tells how many rows the file has; its name tells them too."""
_PIECE = 1 << 18


@door("/enterprise/export/{type}", who="enterprise")
async def export(page: Page) -> Response:
    """All standing records of a type, streamed: `?format=xlsx` or CSV; the count is told beside, nothing is left out."""
    mine = Mine(page)
    spec = mine.form(page.path("type")).spec
    if not page.principal.may("draft"):
        raise Forbidden("您没有代表本单位报送的权限。", "You may not report for your organisation.")
    kind = "xlsx" if page.arg("format") == "xlsx" else "csv"
    upto = last_entry(page.reader)
    count = record_count(page.reader, spec, mine.party, upto)
    page.house.looks.note(page.reader, "export", spec.name, f"{kind} {count}", address_of(page))
    title = spec.titles.of(page.lang)
    name = page.t(f"{title}（{count} 行）.{kind}", f"{title} ({count} rows).{kind}")
    disposition = f"attachment; filename=\"export.{kind}\"; filename*=UTF-8''{quote(name)}"
    headers = {"Content-Disposition": disposition, ROWS: str(count)}
    slices = record_slices(page.reader, spec, mine.party, upto)
    if kind == "csv":
        return StreamingResponse(_csv(spec, slices, page.lang), media_type="text/csv; charset=utf-8", headers=headers)
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as place:
        path = Path(place.name)
    book = XlsxExport(spec, page.lang, path=path)
    for records in slices:
        await asyncio.to_thread(book.add, records)
    made = await asyncio.to_thread(book.done)
    headers[ROWS] = str(made.rows)
    return StreamingResponse(_file(path), media_type=MEDIA, headers=headers)


def _file(path: Path) -> Iterator[bytes]:
    """A finished file piece by piece; it is gone once it was handed out."""
    with path.open("rb") as file:
        path.unlink()
        while piece := file.read(_PIECE):
            yield piece


async def _csv(spec: TypeSpec, slices: Iterator[list[Record]], lang: str) -> AsyncIterator[bytes]:
    """The file piece by piece, other requests in between."""
    for piece in export_csv(spec, (record for records in slices for record in records), lang):
        yield piece
        await asyncio.sleep(0)
