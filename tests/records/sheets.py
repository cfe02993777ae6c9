"""Workbooks and texts as people send them, made cell by cell."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from bihuan.apps.cold_chain.records import Disinfected, StockCounted
from bihuan.base.declare import compiled
from bihuan.base.records.spreadsheets import Preview, check_rows
from bihuan.base.records.tables import read_table

STOCK = compiled(StockCounted, "cold_chain")
SPRAYED = compiled(Disinfected, "cold_chain")
STOCK_HEADER = ["发生时间", "批次", "重量 [kg]", "仓库"]
SPRAYED_HEADER = ["发生时间", "消杀单位", "集装箱号", "批次", "消毒剂", "有效浓度 [mg/L]"]

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    """A workbook with one sheet; `fill` gets book and sheet."""
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, **options})
    book.set_properties({"created": datetime(2020, 12, 10, tzinfo=UTC)})  # the same sheet is the same bytes, always
    fill(book, book.add_worksheet("登记"))
    book.close()
    return data.getvalue()


def stock(*rows: Sequence[Any], header: Sequence[str] = STOCK_HEADER) -> bytes:
    """A stock count typed in: texts stay texts, numbers numbers."""

    def fill(book: Any, sheet: Any) -> None:
        for n, row in enumerate([header, *rows]):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(n, column, value)
                elif value is not None:
                    sheet.write_number(n, column, value)

    return workbook(fill)


def with_sheet_xml(rows: str, *, head: str = "") -> bytes:
    """A workbook whose sheet is the given XML."""
    return replaced(stock(["a"]), "xl/worksheets/sheet1.xml", head + SHEET.format(rows))


def replaced(data: bytes, path: str, content: str | bytes, *, new: bool = False) -> bytes:
    """The same zip with one part changed, or one more."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in old.namelist():
            made.writestr(name, content if name == path else old.read(name))
        if new:
            made.writestr(path, content)
    return out.getvalue()


def checked_stock(data: bytes, filename: str = "盘点.xlsx") -> Preview:
    return check_rows(STOCK, read_table(data, filename, STOCK))


def told(preview: Preview) -> set[tuple[str, str]]:
    """Coordinate and code of every fault of every line."""
    return {(fault.cell, fault.code) for row in preview.rows for fault in row.faults}


def noted(preview: Preview) -> set[tuple[str, str]]:
    return {(note.cell, note.code) for row in preview.rows for note in row.notes} | {
        (note.path, note.code) for note in preview.notes
    }


def problems(preview: Preview) -> set[tuple[str, str]]:
    return {(p.path, p.code) for p in preview.problems}
