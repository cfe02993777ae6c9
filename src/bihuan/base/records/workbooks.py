"""Writing workbooks of a type: the empty template, the marked return, the export; all can be read again as they are."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from bihuan.base.clock import CIVIL
from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.errors import Words
from bihuan.base.records.columns import MARK, column_letters, heading, parts_words, plain_text
from bihuan.base.records.spreadsheets import CellFault, Preview

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767
"""Characters that a cell can hold."""
_PREPARED_ROWS = 1000
_FORMATS = {Kind.instant: "yyyy-mm-dd hh:mm:ss", Kind.day: "yyyy-mm-dd"}
_KINDS = {
    Kind.text: Words("文字", "text"),
    Kind.choice: Words("选一项", "one of the choices"),
    Kind.integer: Words("整数", "whole number"),
    Kind.decimal: Words("数字", "number"),
    Kind.boolean: Words("是或否", "yes or no"),
    Kind.instant: Words("时间，如 2020-12-10 14:20（北京时间）", "time, such as 2020-12-10 14:20 (UTC+8)"),
    Kind.day: Words("日期，如 2020-12-10", "date, such as 2020-12-10"),
    Kind.texts: Words("一项或多项，用顿号“、”或分号隔开", "one or several, separated by 、 or ;"),
    Kind.parts: Words("明细：各项用“=”连接，各条用分号隔开", "lines: values joined by =, lines separated by ;"),
    Kind.file: Words("文件编号（先上传照片或单据）", "file id (send the photo or paper first)"),
}
_COLUMNS = (
    Words("列", "Column"),
    Words("必填", "Required"),
    Words("填法", "How"),
    Words("范围或选项", "Range or choices"),
    Words("示例", "Example"),
    Words("说明", "Help"),
)
_GENERAL = (
    Words(
        "编码、批次、证号请保持“文本”格式；数字格会丢失前导零和第 15 位以后的数字。",
        "Keep codes, lots and numbers of papers as text: number cells lose leading zeros and digits after the 15th.",
    ),
    Words(
        "不要合并单元格，不要写公式；表头下的隐藏行用于识别各列，请保留。列的次序可以调整。",
        "Merge no cells and write no formulas; keep the hidden row under the header. Columns may be moved.",
    ),
)


class Book:
    """A workbook being written; `done` gives its bytes, none when it is written to a path."""

    def __init__(self, lang: str, *, large: bool = False, path: Path | None = None) -> None:
        self.lang = lang
        self._bytes = io.BytesIO()
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(path or self._bytes, {**options, "constant_memory": large, "in_memory": not large})
        # The file says nothing of when it was made, so that the same content is the same bytes.
        self._book.set_properties({"created": datetime(2020, 1, 1)})
        add = self._book.add_format
        self.head = add({"bold": True, "bg_color": "#DDE9EC", "border": 1, "text_wrap": True, "valign": "top"})
        self.wrap = add({"text_wrap": True, "valign": "top"})
        self.plain = add({"num_format": "@"})
        self.marked = add({"num_format": "@", "bg_color": "#F8C9C4", "border": 1})
        self._by_kind: dict[tuple[Kind, int], Any] = {}
        self.overlong: list[str] = []
        """Cells whose text no cell can hold; written as a remark."""

    def sheet(self, name: str) -> Any:
        """A further sheet."""
        return self._book.add_worksheet(name)

    def format(self, spec: FieldSpec) -> Any:
        """Number format of a column: codes are text, times and days are dates, numbers have their places."""
        key = (spec.kind, spec.says.places)
        if key not in self._by_kind:
            code = _FORMATS.get(spec.kind, "@")
            if spec.kind in (Kind.integer, Kind.decimal):
                code = "0" + ("." + "0" * key[1] if key[1] else "")
            self._by_kind[key] = self._book.add_format({"num_format": code})
        return self._by_kind[key]

    def header(self, sheet: Any, spec: TypeSpec) -> None:
        """Labels in row 1, technical names in the hidden row 2."""
        for column, spec_field in enumerate(spec.fields):
            label = heading(spec_field, self.lang)
            width = (
                22 if spec_field.kind in (Kind.instant, Kind.parts, Kind.texts) else max(12, min(30, len(label) * 2))
            )
            sheet.set_column(column, column, width, self.format(spec_field))
            sheet.write_string(0, column, label, self.head)
        sheet.set_row(1, None, None, {"hidden": True})
        for column, spec_field in enumerate(spec.fields):
            sheet.write_string(1, column, MARK + spec_field.name, self.plain)
        sheet.freeze_panes(2, 0)

    def value(self, sheet: Any, row: int, column: int, spec: FieldSpec, value: Any) -> None:
        """Write a value so that it is read again without loss: as a number or date where a cell holds it exactly."""
        if value is None or value == "" or value == []:
            return
        form = self.format(spec)
        if spec.kind is Kind.instant and isinstance(value, datetime):
            local = value.astimezone(CIVIL).replace(tzinfo=None)
            if local.microsecond == 0 and local.year >= 1901:
                sheet.write_datetime(row, column, local, form)
                return
        elif spec.kind is Kind.day and isinstance(value, date) and value.year >= 1901:
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), form)
            return
        elif spec.kind in (Kind.integer, Kind.decimal) and len(Decimal(value).as_tuple().digits) <= 15:
            sheet.write_number(row, column, float(value), form)
            return
        self.text(sheet, row, column, plain_text(spec, value, self.lang))

    def text(self, sheet: Any, row: int, column: int, text: str, form: Any = None) -> None:
        """Write text as text; what is longer than a cell is told instead of cut."""
        if len(text) > LONGEST:
            self.overlong.append(f"{sheet.get_name()}!{row + 1}")
            text = Words("（内容超过单元格上限，请用 CSV 导出）", "(longer than a cell; export as CSV)").of(self.lang)
        sheet.write_string(row, column, text, form or self.plain)

    def notes(self, spec: TypeSpec, first: Iterable[str] = ()) -> None:
        """The sheet that explains each column."""
        sheet = self.sheet(Words("填写说明", "Notes").of(self.lang))
        sheet.set_column(0, 1, 14)
        sheet.set_column(2, 5, 36)
        row = 0
        for line in (*first, *(words.of(self.lang) for words in _GENERAL)):
            sheet.write_string(row, 0, line)
            row += 1
        for column, words in enumerate(_COLUMNS):
            sheet.write_string(row, column, words.of(self.lang), self.head)
        for n, spec_field in enumerate(spec.fields, row + 1):
            for column, text in enumerate(explained(spec_field, self.lang)):
                sheet.write_string(n, column, text, self.wrap)

    def done(self) -> bytes:
        """Finish; the bytes of the file."""
        self._book.close()
        return self._bytes.getvalue()


def explained(spec: FieldSpec, lang: str) -> tuple[str, str, str, str, str, str]:
    """Label, required, how to fill, range or choices, example, help of one column."""
    how = _KINDS[spec.kind].of(lang)
    example = spec.says.example
    if spec.part is not None:
        how += f" — {parts_words(spec.part, lang)}"
        example = example or "L1=1200; L2=800.5"
    required = Words("是" if spec.required else "否", "yes" if spec.required else "no").of(lang)
    helped = spec.says.help.of(lang) if spec.says.help else ""
    return heading(spec, lang), required, how, within(spec, lang), example, helped


def within(spec: FieldSpec, lang: str) -> str:
    """The choices, or the range with unit and decimal places, in words."""
    if spec.choices:
        return Words("、", ", ").of(lang).join(choice.words().of(lang) for choice in spec.choices)
    if spec.kind is Kind.text:
        return Words(f"至多 {spec.says.longest} 个字", f"at most {spec.says.longest} characters").of(lang)
    if spec.kind not in (Kind.integer, Kind.decimal):
        return ""
    low, high, unit = spec.says.low, spec.says.high, spec.says.unit
    told = []
    if low is not None and high is not None:
        told.append(f"{low}–{high} {unit}".strip())
    elif low is not None:
        told.append(Words(f"不小于 {low} {unit}", f"not less than {low} {unit}").of(lang).strip())
    elif high is not None:
        told.append(Words(f"不大于 {high} {unit}", f"not more than {high} {unit}").of(lang).strip())
    elif unit:
        told.append(unit)
    if spec.kind is Kind.decimal:
        n = spec.says.places
        told.append(Words(f"至多 {n} 位小数", f"at most {n} decimal places").of(lang))
    return Words("，", ", ").of(lang).join(told)


def template(spec: TypeSpec, lang: str = "zh", records: Sequence[Any] = ()) -> bytes:
    """The workbook to fill in: labels with units, text format for codes, choices, a sheet that explains each column.

    `records` stand in it already, e.g. last month's lines to go on from.
    """
    book = Book(lang)
    sheet = book.sheet(spec.titles.of(lang)[:31])
    book.header(sheet, spec)
    for row, record in enumerate(records, 2):
        for column, spec_field in enumerate(spec.fields):
            book.value(sheet, row, column, spec_field, getattr(record, spec_field.name))
    book.notes(spec)
    lists = None
    for column, spec_field in enumerate(spec.fields):
        rule: dict[str, Any] = {"validate": "any", "ignore_blank": True}
        labels = [choice.words().of(lang) for choice in spec_field.choices]
        if spec_field.kind is Kind.boolean:
            labels = [Words("是", "yes").of(lang), Words("否", "no").of(lang)]
        if labels:
            source: Any = labels
            if len(",".join(labels)) > 255 or any("," in label for label in labels):
                lists = lists or book.sheet(Words("选项", "Choices").of(lang))
                lists.hide()
                lists.write_column(0, column, labels)
                source = f"={lists.get_name()}!${column_letters(column)}$1:${column_letters(column)}${len(labels)}"
            rule = {"validate": "list", "source": source, "ignore_blank": True}
        told = "\n".join(text for text in explained(spec_field, lang)[2:] if text)
        sheet.data_validation(
            2,
            column,
            _PREPARED_ROWS,
            column,
            {**rule, "input_title": spec_field.words.of(lang)[:32], "input_message": told[:255]},
        )
    return book.done()


def marked_file(preview: Preview, lang: str = "zh", *, only_bad: bool = False) -> bytes:
    """The lines of an import as a workbook: faulty cells coloured, with the reason; to be mended and sent again.

    `only_bad` leaves out the good lines, which are kept already.
    """
    spec = preview.spec
    book = Book(lang)
    sheet = book.sheet(spec.titles.of(lang)[:31])
    book.header(sheet, spec)
    rows = [row for row in preview.rows if row.record is None or not only_bad]
    for n, row in enumerate(rows, 2):
        wrong: dict[str, list[CellFault]] = {}
        for fault in row.faults:
            wrong.setdefault(fault.field, []).append(fault)
        for column, spec_field in enumerate(spec.fields):
            faults = wrong.get(spec_field.name, [])
            text = row.shown.get(spec_field.name, "")
            if faults:
                book.text(sheet, n, column, text, book.marked)
                sheet.write_comment(n, column, "\n".join(f.words.of(lang) for f in faults), {"author": ""})
            elif row.record is not None:
                book.value(sheet, n, column, spec_field, getattr(row.record, spec_field.name))
            elif text:
                book.text(sheet, n, column, text)
    told = Words(
        f"共 {len(rows)} 行，{preview.bad} 行有误，已标红并附原因。",
        f"{len(rows)} rows, {preview.bad} with faults: coloured, with the reason beside the cell.",
    )
    book.notes(spec, [told.of(lang), *(f"{p.path}: {p.words.of(lang)}" for p in preview.problems)])
    return book.done()
