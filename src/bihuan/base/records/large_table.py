"""A large upload as lines of a type, one after the other: ordinary lines the short way, every other as a small file's.

The short way hands a line's values to the same reading as every door; whatever that reading remarks on, and whatever
is odd about a cell, is told by the long way (`spreadsheets`), which names each cell. Both give the same records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from bihuan.base.declare import FieldSpec, Kind, Record, TypeSpec, read
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.records import sheet_child
from bihuan.base.records.book_stream import MOST_ROWS, Mark, Marks, SheetStream, open_book
from bihuan.base.records.columns import HEADER_WITHIN, Header, cell_name, column_letters, find_header, score
from bihuan.base.records.delimited import decoded, grid, without_guard
from bihuan.base.records.spreadsheets import CODES, SCIENTIFIC, PreviewRow, check_line, digits
from bihuan.base.records.tables import Cell, Line, Table, check_readable, no_header

_DIGITS_KEPT = 20_000
_SLOW = object()
"""Stands for a cell that the short way does not read."""


@dataclass
class LargeTable:
    """What was read of a large upload: its columns, problems and notes, and its lines on demand."""

    spec: TypeSpec
    table: Table
    """Without lines; problems and notes grow until the last line was read."""
    total: int
    """Lines below the header, at most."""
    _rows: Iterator[tuple[int, Sequence[Any]]]
    _header: Header | None
    _marks: Marks = field(default_factory=Marks)
    _merged: dict[int, dict[int, str]] = field(default_factory=dict)

    def lines(self) -> Iterator[PreviewRow]:
        """Every line below the header, checked."""
        if self._header is None:
            return
        columns = self._header.columns
        by_name = {spec.name: column for column, spec in columns.items()}
        quick = [(column, spec.name, _reader(spec, self.table)) for column, spec in sorted(columns.items())]
        outside: set[int] = set()
        hidden, read_hidden, any_line = set(self._marks.hidden_rows), [], False
        for row, values in self._rows:
            if row < self._header.first_line:
                continue
            told = None
            if row not in self._marks.cells and row not in self._merged:
                told = self._quick(row, values, quick)
            if told is None:
                told = self._slow(row, values, columns, by_name)
            outside |= {c for c, value in enumerate(values) if value != "" and c not in columns} if len(values) > len(columns) else set()
            if told is None:
                if any(str(value).strip() for value in values):
                    words = Words(f"第 {row + 1} 行只在登记项以外的列有内容，未读。", f"Row {row + 1} has content only outside the known columns: not read.")
                    self.table.notes.append(Fault(str(row + 1), "row_outside", words))
                continue
            any_line = True
            if row in hidden:
                read_hidden.append(row + 1)
            yield told
        self._end(outside, read_hidden, any_line)

    def _quick(self, row: int, values: Sequence[Any], quick: Sequence[tuple[int, str, Any]]) -> PreviewRow | None:
        """The line when nothing about it is worth a word; None when the long way must look."""
        shown: dict[str, str] = {}
        given: dict[str, Any] = {}
        width = len(values)
        for column, name, reader in quick:
            value = values[column] if column < width else ""
            if value == "":
                continue
            text, value = reader(value)
            if value is _SLOW:
                return None
            shown[name], given[name] = text, value
        if not given:
            return None
        reading = read(self.spec, given)
        if reading.notes or not isinstance(reading.record, Record):
            return None
        return PreviewRow(row + 1, shown, reading.record)

    def _slow(
        self, row: int, values: Sequence[Any], columns: Mapping[int, FieldSpec], by_name: Mapping[str, int]
    ) -> PreviewRow | None:
        cells = {c: cell for c, cell in self._cells(row, values).items() if c in columns}
        if not any(cell.text.strip() or cell.merged or cell.formula for cell in cells.values()):
            return None
        return check_line(self.spec, Line(row, cells), by_name, self.table)

    def _cells(self, row: int, values: Sequence[Any]) -> dict[int, Cell]:
        return cells_of(row, values, self._marks.cells.get(row, {}), self._merged.get(row, {}), text=not self.table.sheet)

    def _end(self, outside: set[int], hidden: list[int], any_line: bool) -> None:
        """What is known only behind the last line."""
        assert self._header is not None
        for column in sorted(outside - self._header.columns.keys() - self._labelled):
            words = Words(f"{column_letters(column)} 列没有表头，未读。", f"Column {column_letters(column)} has no label: not read.")
            self.table.notes.append(Fault(cell_name(self._header.row, column), "no_label", words))
        if hidden:
            listed = ", ".join(map(str, hidden[:20])) + (" …" if len(hidden) > 20 else "")
            words = Words(f"有 {len(hidden)} 个隐藏行也已读入：{listed}。", f"{len(hidden)} hidden rows were read as well: {listed}.")
            self.table.notes.append(Fault(str(hidden[0]), "hidden_rows", words))
        if not any_line and not self.table.problems:
            words = Words("表头下没有数据行。", "No rows below the header.")
            self.table.problems.append(Fault(str(self._header.first_line + 1), "no_rows", words))

    _labelled: set[int] = field(default_factory=set)


def read_large(data: bytes, filename: str, spec: TypeSpec, sheet: str | None = None) -> LargeTable:
    """Open a large XLSX or CSV as lines of a type; Invalid or Unsupported (or `RefusedFileError`) when it is no such file."""
    check_readable(data)
    digest = hashlib.sha256(data).hexdigest()
    if not data.startswith(b"PK"):
        rows = grid(decoded(data)[0], spec, most=MOST_ROWS)
        cleaned = ((n, [without_guard(text) for text in row]) for n, row in enumerate(rows))
        return _opened(Table(filename, digest, "", ("",), None), spec, cleaned, len(rows), Marks())
    streams, old = open_book(data)
    chosen = _chosen(streams, spec, sheet)
    table = Table(filename, digest, chosen.name, tuple(each.name for each in streams), None, date1904=old)
    return _opened(table, spec, chosen.rows(), chosen.height, chosen.marks)


def _chosen(streams: list[SheetStream], spec: TypeSpec, wanted: str | None) -> SheetStream:
    if wanted is not None:
        for each in streams:
            if each.name == wanted:
                return each
        raise Invalid(f"没有名为“{wanted}”的工作表。", f"There is no sheet “{wanted}”.", code="no_sheet")

    def fit(each: SheetStream) -> tuple[int, bool]:
        head = islice(each.rows(), HEADER_WITHIN)
        return max((score(spec, (_text(v) for v in row)) for _, row in head), default=0), each.visible

    return streams[0] if len(streams) == 1 else max(streams, key=fit)


def _opened(
    table: Table, spec: TypeSpec, rows: Iterator[tuple[int, Sequence[Any]]], height: int, marks: Marks
) -> LargeTable:
    merged: dict[int, dict[int, str]] = {}
    for ref, top, left, bottom, right in marks.merged:
        for row in range(top, bottom + 1):
            merged.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), ref))
    head = list(islice(rows, HEADER_WITHIN))
    cells = {row: cells_of(row, values, {}, merged.get(row, {}), text=not table.sheet) for row, values in head}
    texts = {row: {c: cell.text for c, cell in found.items() if cell.text.strip()} for row, found in cells.items()}
    header = find_header(spec, {row: found for row, found in texts.items() if found})
    if header is None:
        empty = Fault("A1", "empty_sheet", Words("表里没有内容。", "The sheet is empty."))
        table.problems.append(no_header(spec) if any(texts.values()) else empty)
        return LargeTable(spec, table, 0, iter(()), None)
    table.header_row, table.columns = header.row, header.columns
    table.problems += header.problems
    table.notes += header.notes
    for column, cell in sorted(cells[header.row].items()):
        if ":" in cell.merged and column in header.columns:
            words = Words(
                f"表头单元格 {cell.merged} 已合并；请取消合并，每列各写一个表头。",
                f"The header cells {cell.merged} are merged; unmerge them, one label a column.",
            )
            table.problems.append(Fault(cell.where, "merged_header", words))
    for column in sorted(set(marks.hidden_columns) & set(header.columns)):
        label, letters = header.columns[column].words, column_letters(column)
        words = Words(f"隐藏列 {letters}“{label.zh}”也已读入。", f"The hidden column {letters} “{label.en}” was read as well.")
        table.notes.append(Fault(cell_name(header.row, column), "hidden_column", words))
    below = max(0, height - header.first_line)
    return LargeTable(spec, table, below, _again(head, rows), header, marks, merged, set(texts[header.row]))


def _again(head: list[tuple[int, Sequence[Any]]], rest: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Sequence[Any]]]:
    yield from head
    yield from rest


def cells_of(
    row: int, values: Sequence[Any], marks: Mapping[int, Mark], merged: Mapping[int, str], *, text: bool
) -> dict[int, Cell]:
    """A row's cells as the long way reads them."""
    found: dict[int, Cell] = {}
    for column, value in enumerate(values):
        mark = marks.get(column)
        if mark is not None and mark.error is not None:
            kind, written = "e", mark.error
        else:
            kind, written = ("s", str(value)) if text else sheet_child.plain(value)
        if written.strip() if text else written:
            padded, formula = (0, False) if mark is None else (mark.padded, mark.formula)
            found[column] = Cell(row, column, kind, written, padded, formula, merged.get(column, ""))  # type: ignore[arg-type]
    for column, mark in marks.items():
        if column not in found and mark.formula:
            found[column] = Cell(row, column, "s", "", formula=True, merged=merged.get(column, ""))
    for column, ref in merged.items():
        found.setdefault(column, Cell(row, column, "s", "", merged=ref))
    return found


def _text(value: Any) -> str:
    return "" if value == "" else sheet_child.plain(value)[1]


def _reader(spec: FieldSpec, table: Table) -> Any:
    """How a plain value of a column passes the short way: its text as shown and the value, `_SLOW` when it does not."""
    slow = ("", _SLOW)
    codes = spec.kind in CODES and not table.sheet

    def text(value: Any) -> tuple[str, Any]:
        if type(value) is not str or not value.strip() or (codes and SCIENTIFIC.match(value.strip())):
            return slow
        return value, value

    known: dict[Any, tuple[str, Any]] = {}

    def number(value: Any) -> tuple[str, Any]:
        if type(value) is int or type(value) is float:
            found = known.get(value)
            if found is None:
                written = digits(repr(value))
                found = (written, written)
                if len(known) < _DIGITS_KEPT:
                    known[value] = found
            return found
        return text(value)

    def moment(value: Any) -> tuple[str, Any]:
        if isinstance(value, datetime):
            at = sheet_child.whole(value)
            if spec.kind is Kind.day and (at.hour or at.minute or at.second or at.microsecond):
                return slow
            return at.isoformat(" ").removesuffix(" 00:00:00"), at
        if isinstance(value, date):
            return value.isoformat(), datetime(value.year, value.month, value.day)
        return text(value)

    def truth(value: Any) -> tuple[str, Any]:
        return ("TRUE" if value else "FALSE", value) if isinstance(value, bool) else text(value)

    if spec.kind in (Kind.text, Kind.texts, Kind.file, Kind.choice):
        return text
    if spec.kind in (Kind.integer, Kind.decimal):
        return number
    if spec.kind in (Kind.instant, Kind.day):
        return moment
    return truth if spec.kind is Kind.boolean else lambda value: slow
