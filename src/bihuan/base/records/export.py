"""Handing records out as tables: nothing cut in silence, no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.clock import moment
from bihuan.base.db import Reader
from bihuan.base.declare import FieldSpec, Kind, Record, TypeSpec
from bihuan.base.errors import Words
from bihuan.base.records.columns import heading, plain_text
from bihuan.base.records.model import DERIVED, RECORD, fact, typed_table
from bihuan.base.records.model import record as record_table
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


class XlsxExport:
    """A workbook of records being written, which can be imported again; more than a sheet holds goes on in the next one.

    Values marked personal are hidden unless `personal` says that they may be shown (and the door logged the view).
    """

    def __init__(
        self, spec: TypeSpec, lang: str = "zh", *, personal: bool = False, sheet_rows: int = SHEET_ROWS, path: Path | None = None
    ) -> None:
        self._spec, self._personal, self._sheet_rows = spec, personal, sheet_rows
        self._book = Book(lang, large=True, path=path)
        self._title = spec.titles.of(lang)[:26]
        self._sheet: Any = None
        self.rows = self.sheets = 0

    def add(self, records: Iterable[Any]) -> None:
        """Write some records more."""
        for record in records:
            at = self.rows % self._sheet_rows
            if at == 0:
                self._next_sheet()
            for column, spec_field in enumerate(self._spec.fields):
                value = getattr(record, spec_field.name)
                if spec_field.says.personal and not self._personal and value:
                    self._book.text(self._sheet, at + 2, column, HIDDEN)
                else:
                    self._book.value(self._sheet, at + 2, column, spec_field, value)
            self.rows += 1

    def done(self) -> Exported:
        """Finish; with a path the file lies there and `data` is empty."""
        if self._sheet is None:
            self._next_sheet()
        said = _said(self.rows, self.sheets, self._book.overlong)
        count = Words(f"共导出 {self.rows} 行。", f"{self.rows} rows in all.")
        self._book.notes(self._spec, [each.of(self._book.lang) for each in (count, said) if each])
        return Exported(self._book.done(), MEDIA, self.rows, self.sheets, said)

    def _next_sheet(self) -> None:
        self.sheets += 1
        self._sheet = self._book.sheet(self._title if self.sheets == 1 else f"{self._title} {self.sheets}")
        self._book.header(self._sheet, self._spec)


def export_xlsx(
    spec: TypeSpec, records: Iterable[Any], lang: str = "zh", *, personal: bool = False, sheet_rows: int = SHEET_ROWS
) -> Exported:
    """All records as a workbook; see `XlsxExport`."""
    made = XlsxExport(spec, lang, personal=personal, sheet_rows=sheet_rows)
    made.add(records)
    return made.done()


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


def last_entry(reader: Reader) -> int:
    """The newest entry whose rows are there: an export reaches to it, whatever comes in meanwhile."""
    return int(reader.scalar(sa.select(sa.func.max(fact.c.seq)), DERIVED) or 0)


def record_count(reader: Reader, spec: TypeSpec, party: str, upto: int) -> int:
    """How many records of a type stand that an organisation stated, up to an entry."""
    return reader.count(_standing(spec, party, upto).with_only_columns(fact.c.seq, fact.c.n), RECORD)


def record_slices(reader: Reader, spec: TypeSpec, party: str, upto: int, size: int = 2000) -> Iterator[list[Record]]:
    """Every standing record of a type that an organisation stated, in the order of the ledger, slice by slice."""
    place = sa.tuple_(fact.c.seq, fact.c.n)
    query = _standing(spec, party, upto).order_by(fact.c.seq, fact.c.n).limit(size)
    last: tuple[int, int] | None = None
    while True:
        page = query if last is None else query.where(place > sa.tuple_(sa.literal(last[0]), sa.literal(last[1])))
        rows = reader.rows(page, RECORD)
        if rows:
            yield [record_of(spec, row) for row in rows]
        if len(rows) < size:
            return
        last = (rows[-1]["seq"], rows[-1]["n"])


def _standing(spec: TypeSpec, party: str, upto: int) -> sa.Select[Any]:
    table = typed_table(spec)
    joined = table.join(fact, sa.and_(fact.c.seq == table.c.seq, fact.c.n == table.c.n)).join(
        record_table, record_table.c.seq == table.c.seq
    )
    return sa.select(table).select_from(joined).where(record_table.c.party == party, fact.c.live, fact.c.seq <= upto)


def record_of(spec: TypeSpec, row: Mapping[Any, Any]) -> Record:
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
