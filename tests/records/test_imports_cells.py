"""Every trap that a spreadsheet sets is told at its cell."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from bihuan.apps.cold_chain.records import Qualification, StockCounted
from bihuan.base.clock import CIVIL
from bihuan.base.declare import compiled
from bihuan.base.records.spreadsheets import check_rows, check_values
from bihuan.base.records.tables import read_table

from . import sheets
from .sheets import SPRAYED, SPRAYED_HEADER, STOCK_HEADER, checked_stock, noted, problems, stock, told, workbook


def counted(lot: str, kg: str, at: datetime = datetime(2020, 12, 10, 14, 20, tzinfo=CIVIL)) -> StockCounted:
    return StockCounted(time=at, lot=lot, kg=Decimal(kg), warehouse="W1")


def test_text_and_numbers_as_typed_become_records() -> None:
    preview = checked_stock(stock(["2020-12-10 14:20", "L1", 1200.5, "W1"], ["2020/12/10 14:20", "0012", "800", "W1"]))
    assert [row.record for row in preview.rows] == [counted("L1", "1200.500"), counted("0012", "800.000")]
    assert (preview.good, preview.bad, preview.problems, preview.notes) == (2, 0, [], [])
    assert preview.rows[0].line == 2


def test_a_twenty_digit_code_in_a_number_cell_is_refused_with_the_reason() -> None:
    preview = checked_stock(stock(["2020-12-10 14:20", 12345678901234567890, 1, "W1"]))
    assert told(preview) == {("B2", "rounded_code")}
    assert "15" in preview.rows[0].faults[0].words.zh
    assert preview.rows[0].faults[0].label.zh == "批次"


def test_a_short_code_in_a_number_cell_is_read_and_told() -> None:
    preview = checked_stock(stock(["2020-12-10 14:20", 123, 1, "W1"]))
    assert preview.rows[0].record == counted("123", "1")
    assert ("B2", "number_cell") in noted(preview)


def test_zeros_that_are_only_displayed_are_refused() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, STOCK_HEADER)
        sheet.write_string(1, 0, "2020-12-10 14:20")
        sheet.write_number(1, 1, 42, book.add_format({"num_format": "000000"}))
        sheet.write_row(1, 2, [1, "W1"])

    assert told(checked_stock(workbook(fill))) == {("B2", "lost_zeros")}


@pytest.mark.parametrize("old_epoch", [False, True])
def test_dates_and_serials_are_times_in_both_epochs(old_epoch: bool) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, STOCK_HEADER)
        form = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_datetime(1, 0, datetime(2020, 12, 10, 14, 20), form)
        days = 44175 - (1462 if old_epoch else 0)
        sheet.write_number(2, 0, days + 860 / 1440)
        for row in (1, 2):
            sheet.write_row(row, 1, ["L1", 1, "W1"])

    preview = checked_stock(workbook(fill, date_1904=old_epoch))
    assert [row.record for row in preview.rows] == [counted("L1", "1"), counted("L1", "1")]
    assert noted(preview) == {("A3", "serial")}


def test_formula_error_date_and_time_of_day_are_told_by_cell() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, STOCK_HEADER)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(1, 0, ["2020-12-10 14:20", "L1", None, "W1"])
        sheet.write_formula(1, 2, "=600*2", None, 1200)
        sheet.write_row(2, 0, ["2020-12-10 14:20", "L1", None, "W1"])
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(3, 0, ["2020-12-10 14:20", None, 1, "W1"])
        sheet.write_datetime(3, 1, datetime(2020, 12, 1), day)
        sheet.write_datetime(4, 0, time(14, 20), book.add_format({"num_format": "hh:mm"}))
        sheet.write_row(4, 1, ["L1", 1, "W1"])
        sheet.write_row(5, 0, ["2020-12-10 14:20", "L1", None, "W1"])
        sheet.write_datetime(5, 2, datetime(2020, 12, 1), day)
        sheet.write_row(6, 0, ["2020-12-10 14:20", "L1", None, "W1"])
        sheet.write_formula(6, 2, '=""', None, "")

    preview = checked_stock(workbook(fill))
    assert told(preview) == {
        ("C2", "formula"),
        ("C3", "formula"),
        ("B4", "date_in_text"),
        ("A5", "no_date"),
        ("C6", "date_in_number"),
        ("C7", "formula"),
    }
    assert preview.rows[0].shown["kg"] == "1200"
    assert "公式" in preview.rows[0].faults[0].words.zh


def test_shared_and_array_formulas_are_formulas_in_every_cell() -> None:
    head = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in zip("ABCD", STOCK_HEADER, strict=True)
    )
    rows = (
        f'<row r="1">{head}</row>'
        '<row r="2"><c r="B2" t="str"><v>L1</v></c><c r="C2"><f t="shared" ref="C2:C3" si="0">A1</f><v>1</v></c></row>'
        '<row r="3"><c r="B3" t="str"><v>L1</v></c><c r="C3"><f t="shared" si="0"/><v>2</v></c></row>'
        '<row r="4"><c r="B4" t="str"><v>L1</v></c><c r="C4"><f t="array" ref="C4:C5">A1</f><v>1</v></c></row>'
        '<row r="5"><c r="B5" t="str"><v>L1</v></c><c r="C5"><v>2</v></c></row>'
    )
    found = told(checked_stock(sheets.with_sheet_xml(rows)))
    assert {cell for cell, code in found if code == "formula"} == {"C2", "C3", "C4", "C5"}


def test_merged_cells_are_told_with_their_range() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:D1", "五号库 12 月盘点表")
        sheet.write_row(1, 0, STOCK_HEADER)
        sheet.write_row(2, 0, ["2020-12-10 14:20", "L1", 1, "W1"])
        sheet.write_row(3, 0, ["2020-12-10 14:20", "L2", 2])
        sheet.merge_range("D3:D4", "W1")

    preview = checked_stock(workbook(fill))
    assert told(preview) == {("D3", "merged"), ("D4", "merged")}
    assert "D3:D4" in preview.rows[0].faults[0].words.zh
    assert preview.problems == []


def test_a_merged_header_is_a_problem_of_the_table() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, STOCK_HEADER[:3])
        sheet.merge_range("D1:E1", "仓库")
        sheet.write_row(1, 0, ["2020-12-10 14:20", "L1", 1, "W1"])

    preview = checked_stock(workbook(fill))
    assert problems(preview) == {("D1", "merged_header")}
    assert "D1:E1" in preview.problems[0].words.zh


def test_wrong_headers_are_named_with_the_nearest_label() -> None:
    preview = checked_stock(
        stock(["2020-12-10 14:20", "L1", 1, "W1", "x"], header=["发生时间", "批次号", "重量", "仓库", "录入人"])
    )
    assert problems(preview) == {("B1", "unknown_column"), ("1", "missing_column")}
    words = next(p.words.zh for p in preview.problems if p.path == "B1")
    assert "批次号" in words and "“批次”" in words
    assert ("E1", "unknown_column") in noted(preview)


def test_a_column_twice_and_no_header_at_all() -> None:
    twice = checked_stock(stock(["2020-12-10 14:20", "L1", 1, "W1", 2], header=[*STOCK_HEADER, "Weight (kg)"]))
    assert problems(twice) == {("E1", "column_twice")}
    none = checked_stock(stock(["甲", "乙"], header=["姓名", "电话"]))
    assert problems(none) == {("A1", "no_header")} and none.rows == []
    assert problems(checked_stock(workbook(lambda book, sheet: None))) == {("A1", "empty_sheet")}
    assert problems(checked_stock(stock())) == {("2", "no_rows")}


def test_hidden_rows_and_columns_are_read_and_told_and_empty_rows_left_out() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, STOCK_HEADER)
        for row in (1, 3):
            sheet.write_row(row, 0, ["2020-12-10 14:20", "L1", 1, "W1"])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column(2, 2, 10, None, {"hidden": True})
        for row in range(5, 400):
            sheet.write_blank(row, 0, None, book.add_format({"bold": True}))
            sheet.write_string(row, 1, "  ")

    preview = checked_stock(workbook(fill))
    assert [row.line for row in preview.rows] == [2, 4] and preview.bad == 0
    assert noted(preview) == {("4", "hidden_rows"), ("C1", "hidden_column")}


def test_full_width_digits_are_read_and_told() -> None:
    preview = checked_stock(stock(["2020-12-10 14:20", "L1", "１２００", "W1"]))
    assert preview.rows[0].record == counted("L1", "1200")
    assert noted(preview) == {("C2", "full_width")}


def test_lots_in_one_cell_and_a_bad_container_number() -> None:
    data = workbook(
        lambda book, sheet: [
            sheet.write_row(0, 0, SPRAYED_HEADER),
            sheet.write_row(1, 0, ["2020-12-10 14:20", "P1", "CSQU3054383", "L1、L2; L3", "", "500"]),
            sheet.write_row(2, 0, ["2020-12-10 14:20", "P1", "CSQU3054384", "L1", "", "500.55"]),
        ]
    )
    preview = check_rows(SPRAYED, read_table(data, "消杀.xlsx", SPRAYED))
    assert preview.rows[0].record is not None and preview.rows[0].record.lots == ["L1", "L2", "L3"]  # type: ignore[attr-defined]
    assert told(preview) == {("C3", "check"), ("F3", "places")}


def test_a_day_with_a_time_and_eight_digits_are_days() -> None:
    spec = compiled(Qualification, "cold_chain")

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, [f.words.zh for f in spec.fields])
        sheet.write_row(1, 0, ["2020-12-10 14:20", "P1", "disinfection", "Q1", 20201201])
        sheet.write_datetime(1, 5, datetime(2020, 12, 31, 8, 0), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))

    preview = check_rows(spec, read_table(workbook(fill), "资质.xlsx", spec))
    record = preview.rows[0].record
    assert isinstance(record, Qualification)
    assert (record.from_, record.to) == (date(2020, 12, 1), date(2020, 12, 31))
    assert noted(preview) == {("F2", "time_dropped")}


def test_a_line_mended_in_place_is_checked_like_one_from_a_file() -> None:
    bad = checked_stock(stock(["2020-12-10 14:20", "L1", "很多", "W1"])).rows[0]
    assert bad.record is None
    mended = check_values(sheets.STOCK, {**bad.shown, "kg": "12"}, bad.line)
    assert mended.record == counted("L1", "12") and mended.line == 2
