"""Files that are no tables, hostile workbooks, and texts in the encodings of offices here; the process lives on."""

import io
import random
import struct
import zipfile

import pytest

from bihuan.base.errors import BihuanError, Invalid, TooLarge, Unsupported
from bihuan.base.records.spreadsheets import check_rows
from bihuan.base.records.tables import read_pasted, read_table

from .sheets import STOCK, STOCK_HEADER, checked_stock, problems, replaced, stock, told, with_sheet_xml

CSV = "发生时间,批次,重量 [kg],仓库\n2020-12-10 14:20,𠮷㐂-01,1200.5,䶮库\n"
GOOD = stock(["2020-12-10 14:20", "L1", 1200.5, "W1"])


def refused(data: bytes, kind: type[BihuanError] = Invalid) -> str:
    with pytest.raises(kind) as caught:
        read_table(data, "盘点.xlsx", STOCK)
    assert caught.value.words.zh and caught.value.words.en
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_encoding_keeps_rare_characters(encoding: str) -> None:
    preview = checked_stock(CSV.encode(encoding), "盘点.csv")
    assert preview.good == 1 and preview.rows[0].shown["lot"] == "𠮷㐂-01"
    assert preview.rows[0].shown["warehouse"] == "䶮库"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("stated", ["", "sep={}\r\n"])
def test_csv_delimiter_is_found(delimiter: str, stated: str) -> None:
    text = stated.format(delimiter) + CSV.replace(",", delimiter)
    preview = checked_stock(text.encode(), "盘点.csv")
    assert preview.good == 1
    assert preview.rows[0].line == (3 if stated else 2)


def test_csv_traps_are_told_by_cell_and_guards_taken_off() -> None:
    text = (
        "发生时间,批次,重量 [kg],仓库\r\n2020-12-10 14:20,1.23457E+19,1,W1\r\n\r\n2020-12-10 14:20,\t00012,1,'=1+1\r\n"
    )
    preview = checked_stock(text.encode(), "盘点.csv")
    assert told(preview) == {("B2", "rounded_code")}
    assert preview.rows[1].line == 4
    assert preview.rows[1].shown["lot"] == "00012" and preview.rows[1].shown["warehouse"] == "=1+1"


def test_an_open_quotation_mark_does_not_swallow_the_rest() -> None:
    assert refused((CSV + '2020-12-10 14:20,"L2,1,W1\n2020-12-10 14:20,L3,1,W1\n').encode()) == "broken"


def test_pasted_cells_with_and_without_their_header() -> None:
    line = "2020-12-10 14:20\tL1\t1200.5\tW1\n"
    with_header = check_rows(STOCK, read_pasted("\t".join(STOCK_HEADER) + "\n" + line, STOCK))
    without = check_rows(STOCK, read_pasted(line + line.replace("1200.5", "-1"), STOCK))
    assert with_header.good == 1 and with_header.rows[0].line == 2
    assert without.rows[0].record == with_header.rows[0].record and without.rows[0].line == 1
    assert told(without) == {("C2", "too_low")}


def test_what_is_no_table_is_refused_politely() -> None:
    assert refused(b"") == "empty"
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), Unsupported) == "old_office"
    assert refused(random.Random(1).randbytes(2_000_000), Unsupported) in ("encoding", "binary")
    assert refused(b"%PDF-1.7\n\x00\x01", Unsupported) == "binary"
    assert refused(bytes(50_000_000), TooLarge) == "too_large"
    assert problems(checked_stock("只有一句话。".encode(), "x.csv")) == {("A1", "no_header")}


def test_broken_zips_are_refused_politely() -> None:
    assert refused(b"PK\x03\x04" + bytes(100)) == "broken"
    assert refused(GOOD[: len(GOOD) // 2]) == "broken"
    at = GOOD.index(b"xl/worksheets/sheet1.xml") + 60
    assert refused(GOOD[:at] + b"\xff" * 40 + GOOD[at + 40 :]) in ("broken", "unreadable")
    assert refused(replaced(GOOD, "xl/worksheets/sheet1.xml", "<worksheet><row>")) == "broken"
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("content.xml", "<x/>")
    assert refused(plain.getvalue()) == "not_xlsx"


def test_a_cell_at_the_far_corner_is_named_and_does_not_end_the_process() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(Invalid) as caught:
        read_table(with_sheet_xml(rows), "x.xlsx", STOCK)
    assert caught.value.code == "too_far" and "XFD1048576" in caught.value.words.zh


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1048576"><c r="XFD1048576" s="1"/></row>',
        '<row r="4294967297"><c r="A4294967297"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZ1"><v>1</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>',
        '<row r="1"><c r="A1" s="99999999"><v>1e999</v></c></row>',
        '<row r="1"><c r="A1" t="d"><v>nonsense</v></c></row>',
    ],
)
def test_odd_cells_are_read_or_refused_but_never_end_the_process(row: str) -> None:
    try:
        preview = checked_stock(with_sheet_xml(row))
    except Invalid as refusal:
        assert refusal.words.zh
    else:
        assert preview.problems


@pytest.mark.parametrize(
    "rows",
    [
        '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells><sheetData>',
        '<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c></row>',
        ("<row>" + "<c><v>1</v></c>" * 1000 + "</row>") * 510,
    ],
    ids=["merged", "array formula", "cells"],
)
def test_more_cells_than_can_be_looked_at_are_refused(rows: str) -> None:
    assert refused(with_sheet_xml(rows)) == "too_many_cells"


def test_a_dimension_that_lies_changes_nothing() -> None:
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'
    )
    try:
        assert checked_stock(replaced(GOOD, "xl/worksheets/sheet1.xml", xml)).problems
    except Invalid as refusal:
        assert refusal.code == "unreadable"


def test_zip_bombs_are_refused_by_what_they_say_and_by_what_they_unpack_to() -> None:
    bomb = replaced(GOOD, "xl/media/image1.png", bytes(201 * 1024 * 1024), new=True)
    assert len(bomb) < 1_000_000 and refused(bomb) == "bomb"
    # The directory says 1,000 bytes of a part that unpacks to 150 MiB.
    liar = replaced(GOOD, "xl/sharedStrings.xml", b"<sst>" + b" " * (150 * 1024 * 1024))
    stored = struct.pack("<I", 150 * 1024 * 1024 + 5)
    assert stored in liar
    assert refused(liar.replace(stored, struct.pack("<I", 1000))) in ("broken", "unreadable")


def test_macros_links_passwords_entities_and_traversal_are_refused() -> None:
    assert refused(replaced(GOOD, "xl/vbaProject.bin", b"x", new=True)) == "macros"
    assert refused(replaced(GOOD, "xl/externalLinks/externalLink1.xml", "<x/>", new=True)) == "external"
    assert refused(replaced(GOOD, "../../evil", "x", new=True)) == "parts"
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = replaced(GOOD, "xl/workbook.xml", "<x/>", new=True)
    assert refused(twice) == "parts"
    entity = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    book = zipfile.ZipFile(io.BytesIO(GOOD)).read("xl/workbook.xml").decode()
    assert refused(replaced(GOOD, "xl/workbook.xml", entity + book.partition("?>")[2])) == "parts"
    locked = bytearray(GOOD)
    at = locked.index(b"PK\x01\x02")
    while at >= 0:
        locked[at + 8] |= 1
        at = locked.find(b"PK\x01\x02", at + 4)
    assert refused(bytes(locked)) == "locked"


def test_the_sheet_with_the_header_is_taken_or_the_one_asked_for() -> None:
    assert read_table(GOOD, "x.xlsx", STOCK).sheet == "登记"
    with pytest.raises(Invalid):
        read_table(GOOD, "x.xlsx", STOCK, sheet="没有")
