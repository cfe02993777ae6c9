"""What the system writes it can read again: templates, marked returns and exports."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.apps.cold_chain.codes import LotKg
from bihuan.apps.cold_chain.records import (
    Booked,
    CustomsReleased,
    Disinfected,
    Qualification,
    ReleasedLot,
    Result,
    Risk,
    Split,
    StockCounted,
)
from bihuan.base.clock import CIVIL
from bihuan.base.declare import Choice, Record, TypeSpec, compiled, says
from bihuan.base.errors import Words
from bihuan.base.records.columns import heading, plain_text, read_parts, write_parts
from bihuan.base.records.export import HIDDEN, export_csv, export_xlsx, record_of
from bihuan.base.records.model import to_column
from bihuan.base.records.spreadsheets import check_rows
from bihuan.base.records.tables import read_table
from bihuan.base.records.workbooks import marked_file, template

from .sheets import STOCK, checked_stock, stock, told, workbook
from .test_imports_cells import counted

texts = st.text(st.sampled_from("冻虾𠮷㐂L0123456789-./:号 "), min_size=1, max_size=12).map(str.strip).filter(bool)
odd = st.one_of(
    texts,
    st.sampled_from(['a=b;"c"', "=1+1", "-5", "@x", "00012", "12345678901234567890", "2020-12", "1E5", '"', "'x"]),
)
lots = texts.map(lambda text: text.replace(" ", ""))
seconds = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=CIVIL)
)
instants = st.one_of(seconds, st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(CIVIL)))
days = st.dates(date(1901, 1, 1), date(2090, 1, 1))
areas = st.sampled_from(["310115", "310101"])
containers = st.just("CSQU3054383")


def kilograms(places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.integers(0, 10**14).map(lambda n: Decimal(n).scaleb(-places))


kg_lines = st.builds(LotKg, lot=odd, kg=kilograms())
RECORDS: dict[type[Record], st.SearchStrategy[Any]] = {
    Disinfected: st.builds(
        Disinfected, time=instants, by=odd, container=st.none() | containers, lots=st.lists(lots, max_size=4),
        agent=st.just("") | odd, strength=st.none() | kilograms(1), photo=st.none() | texts,
    ),
    CustomsReleased: st.builds(
        CustomsReleased, time=instants, container=containers, declaration=odd, area=areas,
        lots=st.lists(
            st.builds(
                ReleasedLot, lot=odd, kg=kilograms(), risk=st.none() | st.sampled_from(Risk), product=st.just("") | odd
            ),
            min_size=1, max_size=4,
        ),
    ),
    Qualification: st.builds(Qualification, time=instants, of=odd, kind=odd, qualification=odd, from_=days, to=days),
    Split: st.builds(
        Split, time=instants, lot=odd, kg=kilograms(), into=st.lists(kg_lines, min_size=1, max_size=4),
        loss_kg=kilograms(), area=st.just("") | areas,
    ),
    Booked: st.builds(
        Booked, time=instants, booking=odd, container=containers, owner=odd, declaration=st.just("") | odd,
        vehicle=st.sampled_from(["沪BH2345", "沪A12345D"]), driver=odd, destination=odd, slot=st.none() | instants,
    ),
}  # fmt: skip


def read_back(spec: TypeSpec, data: bytes, filename: str) -> list[Any]:
    preview = check_rows(spec, read_table(data, filename, spec))
    assert preview.problems == [] and preview.bad == 0, [row.faults for row in preview.rows]
    return [row.record for row in preview.rows]


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_filled_templates_and_exports_give_the_same_records(cls: type[Record], data: st.DataObject) -> None:
    spec = compiled(cls, "cold_chain")
    records = data.draw(st.lists(RECORDS[cls], min_size=1, max_size=5))
    lang = data.draw(st.sampled_from(["zh", "en"]))
    assert read_back(spec, template(spec, lang, records), "模板.xlsx") == records
    assert read_back(spec, export_xlsx(spec, records, lang).data, "导出.xlsx") == records
    assert read_back(spec, b"".join(export_csv(spec, records, lang)), "导出.csv") == records


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_typed_as_text_under_moved_columns_gives_the_same_records(cls: type[Record], data: st.DataObject) -> None:
    """As an office does it: own workbook, columns in another order, everything typed as text."""
    spec = compiled(cls, "cold_chain")
    records = data.draw(st.lists(RECORDS[cls], min_size=1, max_size=3))
    order = data.draw(st.permutations(spec.fields))
    lang = data.draw(st.sampled_from(["zh", "en"]))

    def fill(book: Any, sheet: Any) -> None:
        for column, field in enumerate(order):
            sheet.write_string(0, column, heading(field, lang))
            for row, record in enumerate(records, 1):
                sheet.write_string(row, column, plain_text(field, getattr(record, field.name), lang))

    assert read_back(spec, workbook(fill), "自制.xlsx") == records


@given(st.lists(kg_lines, min_size=1, max_size=5))
def test_lines_in_one_cell_are_read_as_written(lines: list[LotKg]) -> None:
    part = compiled(Split).field("into").part
    assert part is not None
    found, wrong = read_parts(part, write_parts(part, lines))
    assert wrong is None
    assert [(line["lot"], Decimal(line["kg"])) for line in found] == [(line.lot, line.kg) for line in lines]


def test_lines_in_one_cell_as_people_write_them() -> None:
    part = compiled(Split).field("into").part
    assert part is not None
    assert read_parts(part, "L1=1200； L2＝800.5;\nL3 = 1;") == (
        [{"lot": "L1", "kg": "1200"}, {"lot": "L2", "kg": "800.5"}, {"lot": "L3", "kg": "1"}], None
    )  # fmt: skip
    assert read_parts(part, "L1=1=2")[1] is not None
    assert read_parts(part, '"L1=1')[1] is not None
    assert (
        write_parts(part, [LotKg(lot="L1", kg=Decimal(1200)), LotKg(lot="L2", kg=Decimal("800.5"))])
        == "L1=1200; L2=800.5"
    )


def test_a_fault_inside_a_cell_of_lines_names_the_line() -> None:
    spec = compiled(Split, "cold_chain")
    text = "发生时间,批次,重量,分成\n2020-12-10 14:20,L1,10,L2=5; L3=-5\n"
    preview = check_rows(spec, read_table(text.encode(), "x.csv", spec))
    assert told(preview) == {("D2", "too_low")}
    assert preview.rows[0].faults[0].words.zh.startswith("第 2 条重量：")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_template_explains_itself_and_is_always_the_same(lang: str) -> None:
    spec = compiled(Result, "cold_chain")
    data = template(spec, lang)
    assert data == template(spec, lang)
    table = read_table(data, "模板.xlsx", spec)
    assert [f.name for f in table.columns.values()] == [f.name for f in spec.fields]
    assert {(p.path, p.code) for p in table.problems} == {("3", "no_rows")}
    assert table.sheets == (("检测结果", "填写说明") if lang == "zh" else ("Test result", "Notes"))
    parts = zipfile.ZipFile(io.BytesIO(data))
    xml = parts.read("xl/worksheets/sheet1.xml").decode()
    assert ('"阴性,阳性,可疑"' if lang == "zh" else '"Negative,Positive,Inconclusive"') in xml.replace("&quot;", '"')
    assert '<row r="2"' in xml and 'hidden="1"' in xml


class Harbour(Choice):
    """Too many for a list inside the cell rule."""

    first = "first", "第一码头" * 40, "First, east"
    second = "second", "第二码头" * 40, "Second"


class Landing(Record):
    """A type with everything that cold-chain types lack."""

    titles = Words("靠泊", "Landing")
    harbour: Annotated[Harbour, says("码头", "Harbour")]
    checked: Annotated[bool, says("已查验", "Checked")]
    boxes: Annotated[int, says("箱数", "Boxes", low=0)]
    master: Annotated[str, says("船长", "Master", personal=True)] = ""


def test_many_choices_stand_on_a_hidden_sheet() -> None:
    spec = compiled(Landing, "port")
    records = [
        Landing(harbour=Harbour.second, checked=False, boxes=0),
        Landing(harbour=Harbour.first, checked=True, boxes=7),
    ]
    data = template(spec, "zh", records)
    assert read_table(data, "x.xlsx", spec).sheets == ("靠泊", "填写说明", "选项")
    assert read_back(spec, data, "x.xlsx") == records


def test_personal_values_are_hidden_unless_asked_for() -> None:
    spec = compiled(Landing, "port")
    record = Landing(harbour=Harbour.second, checked=False, boxes=0, master="张三")
    hidden = b"".join(export_csv(spec, [record])).decode()
    assert "张三" not in hidden and HIDDEN in hidden
    assert "张三" in b"".join(export_csv(spec, [record], personal=True)).decode()
    table = read_table(export_xlsx(spec, [record]).data, "x.xlsx", spec)
    assert table.lines[0].cells[3].text == HIDDEN


def test_exports_start_no_formula_and_spoil_no_code() -> None:
    records = [counted(lot, "1") for lot in ("=HYPERLINK(1)", "+1", "-1", "@x", "00012", "12345678901234567890", "L1")]
    data = b"".join(export_csv(STOCK, records))
    assert data.startswith(b"\xef\xbb\xbf")
    cells = [row[1] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))][1:]
    assert cells == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "\t00012", "\t12345678901234567890", "L1"]
    sheet = zipfile.ZipFile(io.BytesIO(export_xlsx(STOCK, records).data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_and_it_is_said() -> None:
    records = [counted(f"L{n}", "1") for n in range(7)]
    export = export_xlsx(STOCK, iter(records), sheet_rows=3)
    assert (export.rows, export.sheets) == (7, 3)
    assert export.said is not None and "3 个工作表" in export.said.zh
    sheets = read_table(export.data, "x.xlsx", STOCK).sheets
    assert sheets == ("盘点", "盘点 2", "盘点 3", "填写说明")
    found = [len(read_table(export.data, "x.xlsx", STOCK, sheet=name).lines) for name in sheets[:3]]
    assert found == [3, 3, 1]
    assert export_xlsx(STOCK, []).said is None


def test_a_text_longer_than_a_cell_is_told_and_whole_in_csv() -> None:
    spec = compiled(Split, "cold_chain")
    lines = [LotKg(lot=f"L{n}" + "x" * 90, kg=Decimal(1)) for n in range(400)]
    record = Split(time=datetime(2020, 12, 10, tzinfo=CIVIL), lot="L", kg=Decimal(1), into=lines)
    export = export_xlsx(spec, [record])
    assert export.said is not None and "分拆!3" in export.said.zh
    assert read_back(spec, b"".join(export_csv(spec, [record])), "x.csv") == [record]


def test_the_marked_file_is_mended_and_sent_again() -> None:
    bad = checked_stock(stock(["2020-12-10 14:20", "L1", "很多", "W1"], ["2020-12-10 14:20", "0012", "8", "W1"]))
    data = marked_file(bad)
    comments = zipfile.ZipFile(io.BytesIO(data)).read("xl/comments1.xml").decode()
    assert 'ref="C3"' in comments and "“很多”不是数字" in comments
    again = checked_stock(data)
    assert told(again) == {("C3", "number")}
    assert again.rows[1].record == bad.rows[1].record
    assert len(checked_stock(marked_file(bad, only_bad=True)).rows) == 1
    assert again.rows[0].shown == {"time": "2020-12-10 14:20", "lot": "L1", "kg": "很多", "warehouse": "W1"}


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_rows_of_the_typed_table_are_the_records_again(cls: type[Record], data: st.DataObject) -> None:
    spec = compiled(cls, "cold_chain")
    record = data.draw(RECORDS[cls])
    row = {f.name: to_column(f, getattr(record, f.name)) for f in spec.fields}
    assert record_of(spec, row) == record


def test_seconds_survive_the_serial_number() -> None:
    start = datetime(2020, 12, 10, 14, 20, 7, tzinfo=CIVIL)
    records = [
        StockCounted(time=start + timedelta(seconds=n * 86_399), lot="L", kg=Decimal(1), warehouse="W")
        for n in range(200)
    ]
    assert read_back(STOCK, template(STOCK, "zh", records), "x.xlsx") == records
