"""A large workbook read row by row: values from the fast reader, and beside them what values alone don't tell.

Runs in the import's own process (`import_child`), never in the server. Rows of ordinary cells pass as they are; only a
row with a formula, an error, a merged or hidden cell or padded zeros is looked at element by element.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from lxml import etree

from bihuan.base.records import sheet_child
from bihuan.base.records.sheet_child import RefusedFileError, coordinate, corners, position, spread

MOST_ROWS = 200_000
MOST_CELLS = 6_000_000
UNPACKED = 600 * 1024 * 1024
"""Bytes of all parts together, unpacked."""
MOST_AREA = 12_000_000
_PIECE = 1 << 20
_ROW_END = b"</row>"
_COLUMNS = re.compile(rb'\br="([A-Z]{1,3})[0-9]')
_ROWS = re.compile(rb'<row[^>]*?\br="([0-9]{1,7})"')
_PLAIN_ROOT = re.compile(rb"<worksheet[\s>]")
_STRANGE = re.compile(rb"<!|<[A-Za-z0-9]+:(?:row|c)\b")
_MERGED = re.compile(rb'<mergeCell\s[^>]*?ref="([A-Z0-9:$]+)"')
_HIDDEN_COLUMNS = re.compile(rb"<col\s[^>]*>")


@dataclass(slots=True)
class Mark:
    """What is odd about one cell: a formula, the text of its error, the digits that its format pads to."""

    formula: bool = False
    error: str | None = None
    padded: int = 0


@dataclass(slots=True)
class Marks:
    """All that is odd about one sheet, by row and column from 0."""

    cells: dict[int, dict[int, Mark]] = field(default_factory=dict)
    merged: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    count: int = 0
    last_row: int = -1
    last_column: int = -1

    def at(self, row: int, column: int) -> Mark:
        """The mark of a cell, made when it has none."""
        return self.cells.setdefault(row, {}).setdefault(column, Mark())


@dataclass(slots=True)
class SheetStream:
    """One sheet: its rows as plain values in order, and its marks."""

    name: str
    visible: bool
    marks: Marks
    loaded: Any

    def rows(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """Every row with its number from 0; the values begin at column A, an empty cell is ''."""
        if self.marks.count == 0:
            return
        sheet = self.loaded.get_sheet_by_name(self.name)
        top, left = sheet.start or (0, 0)
        ahead = [""] * left
        for row, values in enumerate(sheet.iter_rows(), top):
            yield row, (ahead + values if left else values)

    @property
    def height(self) -> int:
        """Rows down to the last cell."""
        return self.marks.last_row + 1


def open_book(data: bytes) -> tuple[list[SheetStream], bool]:
    """The sheets of a workbook and whether its dates count from 1904; RefusedFileError when it is hostile or too large."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet_child.check_parts(archive, UNPACKED)
        book = sheet_child.parsed(archive, "xl/workbook.xml")
        padded = sheet_child.padded_styles(archive)
        marks = {name: _marks(archive, path, padded) for name, path in sheet_child.sheet_paths(archive, book).items()}
        if sum(each.count for each in marks.values()) > MOST_CELLS:
            raise _too_many()
        properties = book.find("{*}workbookPr")
        old = properties is not None and properties.get("date1904") in ("1", "true", "on")
    loaded = python_calamine.load_workbook(io.BytesIO(data))
    shown = {m.name: m.visible is python_calamine.SheetVisibleEnum.Visible for m in loaded.sheets_metadata}
    return [SheetStream(name, shown.get(name, True), found, loaded) for name, found in marks.items()], old


def _marks(archive: zipfile.ZipFile, path: str, padded: dict[int, int]) -> Marks:
    found = Marks()
    styles = b"|".join(str(style).encode() for style in sorted(padded))
    odd = re.compile(rb"<f[\s>/]|\bt=[\"']e[\"']|<row[^>]*\bhidden=" + (rb"|\bs=[\"'](?:" + styles + rb")[\"']" if styles else b""))
    with archive.open(path) as part:
        rest = part.read(_PIECE)
        if not _PLAIN_ROOT.search(rest[:4096]) or (b"encoding" in rest[:100] and not re.search(rb"(?i)utf-8", rest[:100])):
            return _element_by_element(archive, path, padded)
        head, opened, rest = rest.partition(b"<sheetData")
        _head(found, head)
        if not opened:
            return _element_by_element(archive, path, padded)
        while True:
            piece = part.read(_PIECE)
            whole, end, tail = (rest + piece).rpartition(_ROW_END)
            if whole:
                if _STRANGE.search(whole):
                    return _element_by_element(archive, path, padded)
                _piece(found, whole + end, odd, padded)
            rest = tail
            if not piece:
                break
            if len(rest) > 8 * _PIECE:
                raise _too_many()
    if _STRANGE.search(rest.partition(b"</sheetData>")[0]):
        return _element_by_element(archive, path, padded)
    _merge(found, [(ref.decode(), *corners(ref.decode())) for ref in _MERGED.findall(rest)])
    return found


def _piece(found: Marks, xml: bytes, odd: re.Pattern[bytes], padded: dict[int, int]) -> None:
    """Whole rows: how far they reach, and what is odd among them."""
    columns = _COLUMNS.findall(xml)
    found.count += len(columns)
    letters = max(set(columns), key=lambda name: (len(name), name), default=b"A")
    found.last_column = max(found.last_column, position(letters.decode() + "1")[1])
    numbers = _ROWS.findall(xml)
    rows = xml.count(_ROW_END)
    first = found.last_row + 1
    found.last_row = int(numbers[-1]) - 1 if numbers else found.last_row + rows
    _check_size(found)
    if odd.search(xml) is None:
        return
    for row_xml in xml.split(_ROW_END)[:-1]:
        row_xml = row_xml[row_xml.rfind(b"<row") :]  # rows without cells may stand before it
        number = _ROWS.match(row_xml)
        row = int(number[1]) - 1 if number else first
        if odd.search(row_xml) is not None:
            _row(found, row, row_xml + _ROW_END, padded)
        first = row + 1


def _row(found: Marks, row: int, xml: bytes, padded: dict[int, int]) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    element = etree.fromstring(b'<x xmlns:x14ac="x" xmlns:r="r" xmlns:xr="xr">' + xml + b"</x>", parser)[0]
    if element.get("hidden") in ("1", "true"):
        found.hidden_rows.append(row)
    column = -1
    for cell in element.iterfind("{*}c"):
        column = position(str(cell.get("r")))[1] if cell.get("r") else column + 1
        _cell(found, row, column, cell, padded)


def _cell(found: Marks, row: int, column: int, cell: Any, padded: dict[int, int]) -> None:
    formula = cell.find("{*}f")
    if formula is not None:
        reach = spread(formula.get("ref") if formula.get("t") != "shared" else None)
        for place in {(row, column), *reach}:
            found.at(*place).formula = True
    kind, value = cell.get("t", "n"), cell.find("{*}v")
    if kind == "e":
        found.at(row, column).error = (value.text or "") if value is not None else ""
    elif kind == "n" and value is not None and (wide := padded.get(int(cell.get("s", "0")), 0)):
        found.at(row, column).padded = wide


def _head(found: Marks, xml: bytes) -> None:
    for tag in _HIDDEN_COLUMNS.findall(xml):
        if re.search(rb'hidden="(?:1|true)"', tag):
            ends = [re.search(name + rb'="([0-9]{1,5})"', tag) for name in (rb"\bmin", rb"\bmax")]
            first, last = (int(end[1]) if end else 1 for end in ends)
            found.hidden_columns += range(first - 1, min(last, first + 255))


def _merge(found: Marks, ranges: list[tuple[str, int, int, int, int]]) -> None:
    cells = sum((bottom - top + 1) * (right - left + 1) for _, top, left, bottom, right in ranges)
    if cells > sheet_child.MOST_MERGED:
        raise _too_many()
    found.merged = ranges


def _check_size(found: Marks) -> None:
    area = (found.last_row + 1) * (found.last_column + 1)
    if area > MOST_AREA or found.last_row >= MOST_ROWS + 100:
        where = coordinate(found.last_row, found.last_column)
        raise RefusedFileError(
            "too_far",
            f"表格一直延伸到 {where}，超过 {MOST_ROWS} 行或列数过多；请删去多余内容，或分成几个文件。",
            f"The table reaches to {where}: over {MOST_ROWS} rows, or too many columns; clear what is not needed or split the file.",
        )
    if found.count > MOST_CELLS:
        raise _too_many()


def _too_many() -> RefusedFileError:
    return RefusedFileError(
        "too_many_cells",
        f"超过 {MOST_CELLS} 个单元格，或合并的区域过大；请只留要导入的内容，或分成几个文件。",
        f"More than {MOST_CELLS} cells, or very large merged ranges; keep what is to be imported, or split the file.",
    )


def _element_by_element(archive: zipfile.ZipFile, path: str, padded: dict[int, int]) -> Marks:
    """XML that is not written as spreadsheet programs write it: the whole tree, with the limits of a small file."""
    told = sheet_child.scan(archive, path, padded)
    found = Marks(hidden_rows=told["hidden_rows"], hidden_columns=told["hidden_columns"], count=len(told["raw"]))
    for (row, column), (kind, error, wide) in told["raw"].items():
        found.last_row, found.last_column = max(found.last_row, row), max(found.last_column, column)
        if kind == "e":
            found.at(row, column).error = error
        if wide:
            found.at(row, column).padded = wide
    for row, column in told["formulas"]:
        found.at(row, column).formula = True
    found.merged = [tuple(each) for each in told["merged"]]
    return found
