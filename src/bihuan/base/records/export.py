"""Handing records out as tables: nothing cut in silence, no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from bihuan.base.clock import moment
from bihuan.base.declare import FieldSpec, Kind, Record, TypeSpec
from bihuan.base.errors import Words
from bihuan.base.records.columns import heading, plain_text
from bihuan.base.records.workbooks import MEDIA, Book

SHEET_ROWS = 1_048_574
"""Rows of a sheet (1,048,576) without the header and the hidden row of technical names."""
HIDDEN = "＊＊＊"
"""Stands for a personal value that the reader did not ask to see."""
_FORMULA = re.compile(r"^[=+\-@＝＋－＠'\t\r\n]")
_SPOILT = re.compile(r"^(0\d+|\d{12,}|\d+[eE]\d+|\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?)$")
"""Codes that a spreadsheet would turn into numbers or dates: leading zeros, twelve digits and more, 1E5, 2020-12."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished workbook and what must be said beside it."""

    data: bytes
    media: str
    rows: int
    sheets: int
    said: Words | None
    """How many sheets it fills, or which cells were too long; None when there is nothing to say."""


def export_xlsx(
    spec: TypeSpec, records: Iterable[Any], lang: str = "zh", *, personal: bool = False, sheet_rows: int = SHEET_ROWS
) -> Exported:
    """All records as a workbook, which can be imported again; more than a sheet holds goes on in the next one.

    Values marked personal are hidden unless `personal` says that they may be shown (and the door logged the view).
    """
    book = Book(lang, large=True)
    title = spec.titles.of(lang)[:26]
    rows = sheets = 0
    sheet: Any = None
    for record in records:
        at = rows % sheet_rows
        if at == 0:
            sheets += 1
            sheet = book.sheet(title if sheets == 1 else f"{title} {sheets}")
            book.header(sheet, spec)
        for column, spec_field in enumerate(spec.fields):
            value = getattr(record, spec_field.name)
            if spec_field.says.personal and not personal and value:
                book.text(sheet, at + 2, column, HIDDEN)
            else:
                book.value(sheet, at + 2, column, spec_field, value)
        rows += 1
    if sheet is None:
        sheets = 1
        book.header(book.sheet(title), spec)
    said = _said(rows, sheets, book.overlong)
    book.notes(spec, [said.of(lang)] if said else [])
    return Exported(book.done(), MEDIA, rows, sheets, said)


def _said(rows: int, sheets: int, overlong: list[str]) -> Words | None:
    zh, en = [], []
    if sheets > 1:
        zh.append(f"共 {rows} 行，分在 {sheets} 个工作表。")
        en.append(f"{rows} rows on {sheets} sheets.")
    if overlong:
        listed = ", ".join(overlong[:10])
        zh.append(f"{len(overlong)} 处内容超过单元格上限，未写入：{listed}；请用 CSV 导出。")
        en.append(f"{len(overlong)} values are longer than a cell and not written: {listed}; export as CSV.")
    return Words("".join(zh), " ".join(en)) if zh else None


def export_csv(spec: TypeSpec, records: Iterable[Any], lang: str = "zh", *, personal: bool = False) -> Iterator[bytes]:
    """All records as CSV in UTF-8 with a byte order mark, piece by piece.

    A text that a spreadsheet would run as a formula has an apostrophe before it, a code that it would turn into a
    number or date a tab; the import takes both off again.
    """
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    page.write("\ufeff")
    writer.writerow([heading(f, lang) for f in spec.fields])
    for n, record in enumerate(records, 1):
        writer.writerow([_guarded(f, getattr(record, f.name), lang, personal) for f in spec.fields])
        if n % _CHUNK == 0:
            yield page.getvalue().encode()
            page.seek(0)
            page.truncate()
    yield page.getvalue().encode()


def _guarded(spec: FieldSpec, value: Any, lang: str, personal: bool) -> str:
    if spec.says.personal and not personal and value:
        return HIDDEN
    text = plain_text(spec, value, lang)
    if spec.kind in (Kind.integer, Kind.decimal, Kind.instant, Kind.day, Kind.boolean):
        return text
    if _FORMULA.match(text):
        return "'" + text
    return "\t" + text if _SPOILT.match(text) else text


def record_of(spec: TypeSpec, row: Mapping[str, Any]) -> Record:
    """A row of the type's table as the record it was derived from; the inverse of `to_column`."""
    found = {}
    for spec_field in spec.fields:
        value = row[spec_field.name]
        if value is not None:
            found[spec_field.name] = _from_column(spec_field, value)
    record = msgspec.convert(found, type=spec.cls, builtin_types=(Decimal,), strict=False)
    assert isinstance(record, Record)
    return record


def _from_column(spec: FieldSpec, value: Any) -> Any:
    if spec.kind is Kind.decimal:
        return Decimal(value).scaleb(-spec.says.places)
    if spec.kind is Kind.instant:
        return moment(value)
    if spec.kind in (Kind.texts, Kind.parts):
        return msgspec.json.decode(value)
    return value
