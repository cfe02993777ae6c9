"""From an uploaded file or pasted cells to a table with known columns, each cell with its coordinate and its traps."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bihuan.base.declare import FieldSpec, TypeSpec
from bihuan.base.errors import Fault, Invalid, TooLarge, Unsupported, Words
from bihuan.base.records.columns import HEADER_WITHIN, Header, cell_name, column_letters, find_header, score
from bihuan.base.records.delimited import decoded, grid, without_guard

LARGEST = 20 * 1024 * 1024
"""Bytes of an upload."""
SECONDS = 40
"""Longest time to wait for a workbook to be read."""
_CHILD = Path(__file__).with_name("sheet_child.py")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it came; rows and columns count from 0."""

    row: int
    column: int
    kind: Literal["s", "n", "b", "d", "t", "e"]
    """Text, number, boolean, date and time (ISO), time of day, error."""
    text: str
    padded: int = 0
    """Digits to which its number format pads with zeros."""
    formula: bool = False
    merged: str = ""
    """The merged range that it lies in, e.g. `B7:B9`."""

    @property
    def where(self) -> str:
        """Its coordinate, e.g. `B7`."""
        return cell_name(self.row, self.column)


@dataclass(frozen=True, slots=True)
class Line:
    """One row below the header; cells by column."""

    row: int
    cells: dict[int, Cell]

    @property
    def number(self) -> int:
        """The row's number as the spreadsheet shows it."""
        return self.row + 1


@dataclass(slots=True)
class Table:
    """What was read of an upload: its columns and lines, problems that stop it, notes worth a word."""

    filename: str
    digest: str
    """SHA-256 of the bytes that came, hex."""
    sheet: str
    sheets: tuple[str, ...]
    header_row: int | None
    """From 0; None when no header was found, -1 when cells were pasted without one."""
    columns: dict[int, FieldSpec] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    problems: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    date1904: bool = False


@dataclass(slots=True)
class _Sheet:
    name: str
    rows: dict[int, dict[int, Cell]]
    visible: bool = True
    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()

    def score(self, spec: TypeSpec) -> int:
        return max(
            (score(spec, (c.text for c in row.values())) for n, row in self.rows.items() if n < HEADER_WITHIN),
            default=0,
        )


def read_table(data: bytes, filename: str, spec: TypeSpec, *, sheet: str | None = None) -> Table:
    """Read an uploaded XLSX or CSV as a table of this type.

    Takes the named sheet, else the one whose header fits best. TooLarge over 20 MiB; Unsupported for anything that is
    no such file; Invalid when it is damaged or hostile. A wrong header is no error: it stands in `problems`.
    """
    if len(data) > LARGEST:
        raise TooLarge("文件超过 20 MiB，请分成几个文件。", "The file is over 20 MiB; split it.")
    check_readable(data)
    digest = hashlib.sha256(data).hexdigest()
    if not data.startswith(b"PK"):
        text, _ = decoded(data)
        return _table([_text_sheet(grid(text, spec))], spec, filename, digest, None)
    told = _asked_child(data)
    return _table([_told_sheet(s) for s in told["sheets"]], spec, filename, digest, sheet, bool(told["date1904"]))


def check_readable(data: bytes) -> None:
    """Invalid for an empty file, Unsupported for an old or locked workbook."""
    if not data:
        raise Invalid("文件是空的，请重新选择。", "The file is empty; choose another.", code="empty")
    if data.startswith(OLD_OFFICE):
        raise Unsupported(
            "这是旧版 .xls 或加了密码的文件；请去掉密码，另存为 .xlsx 再上传。",
            "This is an old .xls or has a password; take it off and save as .xlsx.",
            code="old_office",
        )


def read_pasted(text: str, spec: TypeSpec) -> Table:
    """Read cells pasted from a spreadsheet (tab between cells); the first line may be the header or already data."""
    raw = text.encode()
    if len(raw) > LARGEST:
        raise TooLarge("粘贴的内容过多，请改为上传文件。", "Too much was pasted; send a file.")
    rows = grid(text, spec, "\t" if "\t" in text else ",;\t")
    first = 0
    if rows and not any(score(spec, row) for row in rows[:HEADER_WITHIN]):
        first, rows = -1, [[f.words.zh for f in spec.fields], *rows]
    return _table([_text_sheet(rows, first)], spec, "", hashlib.sha256(raw).hexdigest(), None)


def _asked_child(data: bytes) -> dict[str, Any]:
    """Have a workbook read by a process of its own; it may die, we don't."""
    command = [sys.executable, "-I", "-B", str(_CHILD)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False, env={}, cwd="/")
    except subprocess.TimeoutExpired as late:
        raise _unreadable("用时过长", "it took too long") from late
    if done.returncode != 0:
        raise _unreadable("内容异常", f"its reader ended with {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout)
    if "refused" in told:
        code, zh, en = told["refused"]
        raise Invalid(zh, en, code=code)
    return told


def _unreadable(zh: str, en: str) -> Invalid:
    return Invalid(
        f"这个工作簿无法读取（{zh}）。请把要导入的内容复制到模板后再上传。",
        f"The workbook cannot be read: {en}. Copy what is to be imported into the template.",
        code="unreadable",
    )


def _text_sheet(rows: Sequence[Sequence[str]], first: int = 0) -> _Sheet:
    found: dict[int, dict[int, Cell]] = {}
    for n, row in enumerate(rows, first):
        cells = {c: Cell(n, c, "s", without_guard(text)) for c, text in enumerate(row) if text.strip()}
        if cells:
            found[n] = cells
    return _Sheet("", found)


def _told_sheet(told: dict[str, Any]) -> _Sheet:
    formulas = {(row, column) for row, column in told["formulas"]}
    rows: dict[int, dict[int, Cell]] = {}
    for row, column, kind, text, padded in told["cells"]:
        rows.setdefault(row, {})[column] = Cell(row, column, kind, text, padded, (row, column) in formulas)
    for ref, *corners in told["merged"]:
        _mark_merged(rows, ref, corners)
    return _Sheet(
        told["name"],
        rows,
        told["visible"],
        formulas,
        tuple(told["hidden_rows"]),
        tuple(told["hidden_columns"]),
    )


def _mark_merged(rows: dict[int, dict[int, Cell]], ref: str, corners: Sequence[int]) -> None:
    """Each cell of a merged range is told as merged: only its first one holds the value."""
    top, left, bottom, right = corners
    for row in range(top, bottom + 1):
        if row not in rows:
            continue
        for column in range(left, right + 1):
            old = rows[row].get(column, Cell(row, column, "s", ""))
            rows[row][column] = Cell(row, column, old.kind, old.text, old.padded, old.formula, ref)


def _table(
    sheets: list[_Sheet], spec: TypeSpec, filename: str, digest: str, wanted: str | None, date1904: bool = False
) -> Table:
    names = tuple(s.name for s in sheets)
    if wanted is not None and wanted not in names:
        raise Invalid(f"没有名为“{wanted}”的工作表。", f"There is no sheet “{wanted}”.", code="no_sheet")
    chosen = next((s for s in sheets if s.name == wanted), None) or max(
        sheets, key=lambda s: (s.score(spec), s.visible)
    )
    table = Table(filename, digest, chosen.name, names, None, date1904=date1904)
    if not chosen.rows:
        table.problems.append(Fault("A1", "empty_sheet", Words("表里没有内容。", "The sheet is empty.")))
        return table
    header = find_header(spec, {n: {c: cell.text for c, cell in row.items()} for n, row in chosen.rows.items()})
    if header is None:
        table.problems.append(no_header(spec))
        return table
    table.header_row, table.columns = header.row, header.columns
    table.problems += header.problems
    table.notes += header.notes
    _lines(table, chosen, header)
    _tell_hidden(table, chosen, header)
    return table


def no_header(spec: TypeSpec) -> Fault:
    """The fault of a table in which no column label was found."""
    zh = "、".join(f.words.zh for f in spec.fields)
    en = ", ".join(f.words.en for f in spec.fields)
    return Fault(
        "A1",
        "no_header",
        Words(f"前 20 行里没有找到表头；应有：{zh}。", f"No header in the first 20 rows; expected: {en}."),
    )


def _lines(table: Table, sheet: _Sheet, header: Header) -> None:
    outside: set[int] = set()
    for column, cell in sorted(sheet.rows[header.row].items()):
        if cell.merged and ":" in cell.merged and column in header.columns:
            words = Words(
                f"表头单元格 {cell.merged} 已合并；请取消合并，每列各写一个表头。",
                f"The header cells {cell.merged} are merged; unmerge them, one label a column.",
            )
            table.problems.append(Fault(cell.where, "merged_header", words))
    for row in sorted(sheet.rows):
        if row < header.first_line:
            continue
        cells = {c: cell for c, cell in sheet.rows[row].items() if c in header.columns}
        outside |= {c for c in sheet.rows[row] if c not in header.columns and c not in sheet.rows[header.row]}
        if not any(cell.text.strip() or cell.merged for cell in cells.values()):
            if any(cell.text.strip() for cell in sheet.rows[row].values()):
                words = Words(
                    f"第 {row + 1} 行只在登记项以外的列有内容，未读。",
                    f"Row {row + 1} has content only outside the known columns: not read.",
                )
                table.notes.append(Fault(str(row + 1), "row_outside", words))
            continue
        for column in header.columns:
            if (row, column) in sheet.formulas and column not in cells:
                cells[column] = Cell(row, column, "s", "", formula=True)
        table.lines.append(Line(row, cells))
    for column in sorted(outside):
        words = Words(
            f"{column_letters(column)} 列没有表头，未读。", f"Column {column_letters(column)} has no label: not read."
        )
        table.notes.append(Fault(cell_name(header.row, column), "no_label", words))
    if not table.lines and not table.problems:
        table.problems.append(
            Fault(str(header.first_line + 1), "no_rows", Words("表头下没有数据行。", "No rows below the header."))
        )


def _tell_hidden(table: Table, sheet: _Sheet, header: Header) -> None:
    """Hidden cells are read like all others; whoever sends them is told."""
    rows = [line.number for line in table.lines if line.row in set(sheet.hidden_rows)]
    if rows:
        listed = ", ".join(map(str, rows[:20])) + (" …" if len(rows) > 20 else "")
        words = Words(
            f"有 {len(rows)} 个隐藏行也已读入：{listed}。", f"{len(rows)} hidden rows were read as well: {listed}."
        )
        table.notes.append(Fault(str(rows[0]), "hidden_rows", words))
    for column in sorted(set(sheet.hidden_columns) & set(header.columns)):
        label, letters = header.columns[column].words, column_letters(column)
        words = Words(
            f"隐藏列 {letters}“{label.zh}”也已读入。", f"The hidden column {letters} “{label.en}” was read as well."
        )
        table.notes.append(Fault(cell_name(header.row, column), "hidden_column", words))


__all__ = ["LARGEST", "Cell", "Line", "Table", "read_pasted", "read_table"]
