"""Checking the lines of a table against a type: every fault and every note at its cell, nothing guessed in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.base.declare import FieldSpec, Kind, Record, TypeSpec, read
from bihuan.base.errors import Fault, Words
from bihuan.base.records.columns import cell_name, read_parts
from bihuan.base.records.tables import Cell, Line, Table

EXACT = 10**15
"""Spreadsheets keep 15 digits of a number; a longer code in a number cell has lost the rest."""
SCIENTIFIC = re.compile(r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{2,}$")
_STEP = re.compile(r"\[(\d+)\](?:\.(\w+))?$")
CODES = (Kind.text, Kind.texts, Kind.file)


class CellFault(NamedTuple):
    """One thing wrong, or worth a word, at one cell."""

    cell: str
    """Coordinate, e.g. `B7`; the row's number when the column is missing."""
    field: str
    label: Words
    code: str
    words: Words


@dataclass(slots=True)
class PreviewRow:
    """One line: what was written, and the record or what is wrong with it."""

    line: int
    """The row's number as the spreadsheet shows it."""
    shown: dict[str, str]
    """Text of each cell, by field."""
    record: Record | None
    faults: list[CellFault] = field(default_factory=list)
    notes: list[CellFault] = field(default_factory=list)


@dataclass(slots=True)
class Preview:
    """What an import would keep, before anything is kept."""

    spec: TypeSpec
    filename: str
    digest: str
    rows: list[PreviewRow]
    problems: list[Fault]
    """Faults of the table itself; while there is one, nothing can be kept."""
    notes: list[Fault]

    @property
    def good(self) -> int:
        """Lines that can be kept."""
        return sum(row.record is not None for row in self.rows)

    @property
    def bad(self) -> int:
        """Lines with faults."""
        return len(self.rows) - self.good


def check_rows(spec: TypeSpec, table: Table) -> Preview:
    """Read every line of a table as a record of the type; all faults of all lines."""
    columns = {f.name: column for column, f in table.columns.items()}
    rows = [check_line(spec, line, columns, table) for line in table.lines]
    return Preview(spec, table.filename, table.digest, rows, list(table.problems), list(table.notes))


def check_values(spec: TypeSpec, values: Mapping[str, str], line: int) -> PreviewRow:
    """Check one line that was mended in place; values are text by field, as `PreviewRow.shown` gives them."""
    columns = {f.name: n for n, f in enumerate(spec.fields)}
    cells = {n: Cell(line - 1, n, "s", values[name]) for name, n in columns.items() if values.get(name, "").strip()}
    table = Table("", "", " ", (), 0, dict(enumerate(spec.fields)))
    return check_line(spec, Line(line - 1, cells), columns, table)


def check_line(spec: TypeSpec, line: Line, columns: Mapping[str, int], table: Table) -> PreviewRow:
    """One line as a record, or every fault at its cell; `columns` by field name."""
    row = PreviewRow(line.number, {}, None)
    values: dict[str, Any] = {}
    stopped: set[str] = set()
    for name, column in columns.items():
        cell = line.cells.get(column)
        if cell is None:
            continue
        spec_field = spec.field(name)
        row.shown[name] = shown(cell)
        found = _Found(cell, spec_field, table)
        found.read()
        row.faults += found.faults
        row.notes += found.notes
        if found.faults:
            stopped.add(name)
        else:
            values[name] = found.value
    reading = read(spec, values)
    for told, into in ((reading.faults, row.faults), (reading.notes, row.notes)):
        for fault in told:
            name = re.split(r"[.\[]", fault.path)[0]
            if name not in stopped:
                where = cell_name(line.row, columns[name]) if name in columns else str(line.number)
                into.append(_at(spec.field(name), where, fault))
    if not row.faults and isinstance(reading.record, Record):
        row.record = reading.record
    return row


def _at(spec: FieldSpec, where: str, fault: Fault) -> CellFault:
    """A fault at its cell; inside a cell of several lines it names the line and its field."""
    words, step = fault.words, _STEP.search(fault.path)
    if step is not None and spec.part is not None:
        label = next((f.words for f in spec.part.fields if f.name == step[2]), Words("", ""))
        n = int(step[1]) + 1
        words = Words(f"第 {n} 条{label.zh}：{words.zh}", f"Line {n}, {label.en}: {words.en}")
    return CellFault(where, spec.name, spec.words, fault.code, words)


def shown(cell: Cell) -> str:
    """The text of a cell as people read it."""
    if cell.kind == "d":
        return cell.text.replace("T", " ").removesuffix(" 00:00:00")
    if cell.kind == "n":
        return digits(cell.text)
    if cell.kind == "b":
        return "TRUE" if cell.text == "1" else "FALSE"
    return cell.text


def digits(text: str) -> str:
    """A number without exponent and without a trailing `.0`."""
    number = Decimal(text)
    if number == number.to_integral_value():
        return format(number.quantize(Decimal(1)), "f") if number.adjusted() < 27 else format(number, "f")
    return format(number, "f")


@dataclass(slots=True)
class _Found:
    """Reads one cell for one field."""

    cell: Cell
    spec: FieldSpec
    table: Table
    value: Any = None
    faults: list[CellFault] = field(default_factory=list)
    notes: list[CellFault] = field(default_factory=list)

    def read(self) -> None:
        cell = self.cell
        if cell.merged:
            self.bad(
                "merged",
                f"{cell.merged} 是合并单元格；请取消合并，每格各填一个值。",
                f"{cell.merged} is merged; unmerge it and fill each cell.",
            )
        if cell.formula:
            self.bad(
                "formula", "此格是公式；请复制后“只粘贴数值”。", "The cell is a formula; copy and paste it as a value."
            )
        elif cell.kind == "e":
            self.bad("cell_error", f"此格是错误值 {cell.text}。", f"The cell holds the error {cell.text}.")
        elif not cell.merged:
            self.by_kind()

    def by_kind(self) -> None:
        match self.spec.kind:
            case Kind.text | Kind.texts | Kind.file | Kind.choice:
                self.text()
            case Kind.integer | Kind.decimal:
                self.number()
            case Kind.instant | Kind.day:
                self.time()
            case Kind.parts:
                self.parts()
            case Kind.boolean:
                self.value = shown(self.cell) if self.cell.kind != "b" else self.cell.text == "1"

    def text(self) -> None:
        cell = self.cell
        self.value = shown(cell)
        if cell.kind in ("d", "t"):
            self.bad(
                "date_in_text",
                f"表格软件把此格变成了日期或时间（{shown(cell)}）；请设为“文本”格式后重新填写。",
                f"The spreadsheet made this a date or time ({shown(cell)}); set the cell to text and type it anew.",
            )
        elif cell.kind == "n":
            self.code_as_number()
        elif not self.table.sheet and self.spec.kind in CODES and SCIENTIFIC.match(cell.text.strip()):
            self.bad(
                "rounded_code",
                f"“{cell.text}”是科学计数法，原编码的末几位已丢失；请以文本格式重新填写。",
                f"“{cell.text}” is scientific notation: the last digits of the code are lost; write it as text.",
            )

    def code_as_number(self) -> None:
        text = shown(self.cell)
        if abs(Decimal(self.cell.text)) >= EXACT:
            self.bad(
                "rounded_code",
                f"编码写在数字格里，15 位以后的数字已丢失（现为 {text}）；请设为“文本”格式后重新填写。",
                f"The code stands in a number cell: digits after the 15th are lost (now {text}); set the cell to text "
                "and type it anew.",
            )
        elif self.cell.padded > len(text):
            self.bad(
                "lost_zeros",
                f"此格只是显示了前导零，实际值是 {text}；请设为“文本”格式后重新填写。",
                f"Leading zeros are only displayed, the value is {text}; set the cell to text and type it anew.",
            )
        elif self.spec.kind in CODES:
            self.note(
                "number_cell",
                f"此格是数字，读作“{text}”；若原有前导零或末尾零，已经丢失，请核对。",
                f"The cell is a number, read as “{text}”; zeros before it or behind a point are lost: check it.",
            )

    def number(self) -> None:
        self.value = shown(self.cell)
        if self.cell.kind in ("d", "t"):
            self.bad(
                "date_in_number",
                f"此格是日期或时间（{self.value}），应为数字。",
                f"The cell is a date or time ({self.value}); a number is expected.",
            )

    def time(self) -> None:
        cell = self.cell
        if cell.kind == "t":
            self.bad("no_date", f"只有时刻 {cell.text}，没有日期。", f"Only a time of day ({cell.text}), no date.")
        elif cell.kind == "d":
            self.moment(datetime.fromisoformat(cell.text))
        elif cell.kind == "n":
            self.serial()
        else:
            self.value = shown(cell)

    def moment(self, at: datetime) -> None:
        self.value = at
        if self.spec.kind is Kind.day and (at.hour, at.minute, at.second) != (0, 0, 0):
            self.note(
                "time_dropped",
                f"此栏只记日期，时刻 {at:%H:%M} 未采用。",
                f"Only the day is kept here; {at:%H:%M} is not.",
            )

    def serial(self) -> None:
        """A date in a number cell is a count of days from 1900 or 1904; eight digits are a date written together."""
        number = Decimal(self.cell.text)
        if not 61 <= number <= 2_958_465:
            self.value = shown(self.cell)
            return
        first = datetime(1904, 1, 1) if self.table.date1904 else datetime(1899, 12, 30)
        at = first + timedelta(seconds=round(float(number) * 86_400))
        self.note(
            "serial",
            f"数字 {self.cell.text} 按日期序号读作 {at:%Y-%m-%d %H:%M}。",
            f"The number {self.cell.text} is read as the date serial {at:%Y-%m-%d %H:%M}.",
        )
        self.moment(at)

    def parts(self) -> None:
        assert self.spec.part is not None
        if self.cell.kind != "s":
            self.bad(
                "parts", "此栏应为文本，如 L1=1200; L2=800.5。", "This cell must be text, such as L1=1200; L2=800.5."
            )
            return
        self.value, wrong = read_parts(self.spec.part, self.cell.text)
        if wrong is not None:
            self.bad("parts", wrong.zh, wrong.en)

    def bad(self, code: str, zh: str, en: str) -> None:
        self.faults.append(CellFault(self.cell.where, self.spec.name, self.spec.words, code, Words(zh, en)))

    def note(self, code: str, zh: str, en: str) -> None:
        self.notes.append(CellFault(self.cell.where, self.spec.name, self.spec.words, code, Words(zh, en)))


__all__ = ["CellFault", "Preview", "PreviewRow", "check_line", "check_rows", "check_values", "digits", "shown"]
