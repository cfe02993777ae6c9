"""Mapping files: every mistake is named by its line; files of every form are read, junk is refused in words."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.cold_chain.app import APP
from bihuan.apps.cold_chain.feeds import from_event
from bihuan.apps.cold_chain.records import CustomsReleased, Unloaded
from bihuan.base.errors import BihuanError, Invalid
from bihuan.base.records import Registry
from bihuan.gateways.mapped import Mapped, Mapping, apply, compile_mapping

REGISTRY = Registry()
REGISTRY.add(APP.name, APP.line, APP.types, APP.goods)

RELEASE = """\
id: release
title: {zh: 放行, en: Release}
app: cold_chain
source: {format: csv, delimiter: ";"}
step: customs_released
record_id: "R-{declaration}"
group_by: [DECL]
fields:
  time: {from: TIME, time: {format: "%d.%m.%Y %H:%M", zone: "+00:00"}}
  container: CNTR
  declaration: DECL
  area: {value: "310115"}
  lots:
    rows: group
    fields:
      lot: LOT
      kg: {from: KG, number: {decimal: ",", thousands: "."}}
      risk: {from: RISK, map: {h: high, "*": ordinary}}
skip_if: {from: STATE, in: [X]}
"""
HEAD = "DECL;CNTR;TIME;LOT;KG;RISK;STATE\n"


def compiled(text: str = RELEASE) -> Mapping:
    return compile_mapping(text.encode(), REGISTRY)


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        compiled(text)
    assert refused.value.code == "mapping"
    assert all(f.words.zh and f.words.en for f in refused.value.faults)
    return [(f.path, f.code) for f in refused.value.faults]


def mapped(rows: str, text: str = RELEASE) -> Mapped:
    return apply(compiled(text), (HEAD + rows).encode())


def test_rows_with_one_key_become_one_record() -> None:
    found = mapped(
        "D1;CSQU3054383;08.12.2020 07:30;L1;12.000,5;h;\n"
        "D2;SUDU1234569;08.12.2020 07:31;L9;1;;\n"
        "D1;CSQU3054383;08.12.2020 07:30;L2;8;n;\n"
        "D1;CSQU3054383;08.12.2020 07:30;L3;9;n;X\n"
    )
    assert [record.id for record in found.records] == ["R-D1", "R-D2"]
    [read] = from_event(found.events[0])
    assert isinstance(read.record, CustomsReleased)
    assert read.record.time.isoformat() == "2020-12-08T15:30:00+08:00"
    assert [(x.lot, x.kg, x.risk) for x in read.record.lots] == [
        ("L1", Decimal("12000.500"), "high"),
        ("L2", Decimal("8.000"), "ordinary"),
    ]
    assert (found.rows, found.skipped) == (4, 1)


def test_a_faulty_row_spoils_its_whole_group_and_no_other() -> None:
    found = mapped(
        "D1;CSQU3054383;08.12.2020 07:30;L1;x;h;\n"
        "D1;CSQU3054383;08.12.2020 07:30;L2;8;n;\n"
        "D2;SUDU1234569;08.12.2020 07:31;L9;1;n;\n"
        "D3;MSKU9070323;08.12.2020 07:31;L5;1;n;\n"
        "D3;TEMU6002114;08.12.2020 07:31;L6;1;n;\n"
    )
    assert [record.id for record in found.records] == ["R-D2"]
    assert [(f.row, f.place, f.field, f.source, f.code) for f in found.faults] == [
        (1, "line 2", "lots[0].kg", "KG", "number"),
        (5, "line 6", "container", "CNTR", "differs"),
    ]
    assert [len(bad.shown) for bad in found.bad] == [2, 2]


def test_lots_named_in_one_cell_or_one_in_each_row() -> None:
    split = RELEASE.replace("customs_released", "unloaded").split("fields:")[0] + (
        "fields:\n  time: {from: TIME, time: {format: '%d.%m.%Y %H:%M'}}\n  container: CNTR\n"
        "  warehouse: {value: WH1}\n  lots: {from: LOT, split: '+'}\n"
    )
    split = split.replace('"R-{declaration}"', '"R-{container}"')
    for text, rows in (
        (split, "D1;CSQU3054383;08.12.2020 07:30;L1+L2;;;\n"),
        (
            split.replace("{from: LOT, split: '+'}", "{rows: group, from: LOT}"),
            "D1;CSQU3054383;08.12.2020 07:30;L1;;;\nD1;CSQU3054383;08.12.2020 07:30;L2;;;\n",
        ),
    ):
        [read] = from_event(mapped(rows, text).events[0])
        assert isinstance(read.record, Unloaded) and read.record.lots == ["L1", "L2"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  container: CNTR\n", "", ("line 9 fields", "missing_member")),
        ("container: CNTR", "contaner: CNTR", ("line 10 fields.contaner", "unknown_member")),
        ("customs_released", "customs_relesed", ("line 5 step", "step")),
        ("cold_chain", "cold_chains", ("line 3 app", "app")),
        ("%d.%m.%Y %H:%M", "%d.%Q", ("line 9 fields.time.time.format", "format")),
        ("+00:00", "Shanghai", ("line 9 fields.time.time.zone", "zone")),
        ("{h: high", "{h: hgh", ("line 18 fields.lots.fields.risk", "choice")),
        ("R-{declaration}", "R-{declaratoin}", ("line 6 record_id", "template")),
        ("R-{declaration}", "R-{declaration", ("line 6 record_id", "template")),
        ("R-{declaration}", "R-1", ("line 6 record_id", "template")),
        ("group_by: [DECL]\n", "", ("line 13 fields.lots.rows", "group")),
        ("{from: STATE, in: [X]}", "{from: STATE}", ("line 19 skip_if", "condition")),
        ('delimiter: ";"', 'delimiter: ";;"', ("line 4 source.delimiter", "delimiter")),
        ("format: csv", "format: xls", ("line 4 source.format", "format")),
        ('{value: "310115"}', '{value: "1", from: A}', ("line 12 fields.area", "value")),
        ("declaration: DECL", "declaration: {from: [DECL, LOT]}", ("line 11 fields.declaration", "join")),
        ("id: release", "id: release\nid: again", ("line 2 id", "repeated")),
        ("id: release", "id: Release!", ("line 1 id", "id")),
        ("app: cold_chain", "app: &x cold_chain\nabout: *x", ("line 4", "alias")),
        ("fields:\n", "fields: [\n", ("line 10", "yaml")),
    ],
)
def test_each_mistake_is_named_by_its_line(old: str, new: str, expected: tuple[str, str]) -> None:
    assert old in RELEASE
    found = faults(RELEASE.replace(old, new, 1))
    line = expected[0].split()[1]
    assert any(code == expected[1] and path.split()[1] == line for path, code in found), found


def test_paths_are_checked_when_loaded() -> None:
    csv = '{format: csv, delimiter: ";"}'
    xml = RELEASE.replace(csv, "{format: xml}").replace("  container: CNTR", "  container: y:A[")
    assert ("line 10 fields.container", "path") in faults(xml)
    prefix = xml.replace("y:A[", "y:A")
    assert ("line 10 fields.container", "path") in faults(prefix)
    json = RELEASE.replace(csv, "{format: json}").replace("  container: CNTR", "  container: a..b")
    assert ("line 10 fields.container", "path") in faults(json)


def test_a_header_that_lacks_a_column_is_refused_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        apply(compiled(), b"DECL;CNTR;TIME;LOT\nD1;CSQU3054383;;L1\n")
    assert [f.words.en for f in refused.value.faults] == [
        f"There is no column “{name}”." for name in ("KG", "RISK", "STATE")
    ]


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff" + HEAD + "D1;CSQU3054383;08.12.2020 07:30;虾1;1;h;\n",
        (HEAD + "D1;CSQU3054383;08.12.2020 07:30;虾1;1;h;\n").encode("gb18030"),
    ],
)
def test_utf8_with_mark_and_gb18030_are_told_apart(data: str | bytes) -> None:
    found = apply(compiled(), data.encode() if isinstance(data, str) else data)
    [read] = from_event(found.events[0])
    assert isinstance(read.record, CustomsReleased) and read.record.lots[0].lot == "虾1"


JSON = """\
id: j
title: {zh: 开门, en: Doors}
app: cold_chain
source: {format: json}
step: booking_cancelled
rows: list[*]
record_id: "J-{booking}"
fields: {time: at, booking: no}
"""
XML = JSON.replace("json", "xml").replace("list[*]", "/list/row").replace("id: j", "id: x")


@pytest.mark.parametrize(
    ("mapping", "data", "code"),
    [
        (JSON, b'{"list": [{"no": "1", "no": "2"}]}', "repeated_key"),
        (JSON, b'{"list": [', "not_json"),
        (JSON, b'{"list": NaN}', "not_json"),
        (JSON, b"[" * 100_000, "too_deep"),
        (JSON, b"\x00\x01", "binary"),
        (JSON, "{}".encode("utf-16"), "encoding"),
        (JSON, b"  ", "empty"),
        (XML, b"<list><row>", "not_xml"),
        (XML, b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/hostname">]><list><row>&a;</row></list>', "doctype"),
        (XML, "<list/>".encode("utf-16"), "encoding"),
        (RELEASE, (HEAD + 'D1;"CSQU').encode(), "broken"),
        (RELEASE, b"\xff\xff\xff", "encoding"),
    ],
)
def test_junk_is_refused_in_words(mapping: str, data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        apply(compiled(mapping), data)
    assert refused.value.code == code
    assert refused.value.words.zh and refused.value.words.en


@given(st.binary(max_size=400))
def test_whatever_comes_only_our_own_errors_are_raised(data: bytes) -> None:
    for text, head in ((RELEASE, HEAD.encode()), (JSON, b""), (XML, b"<list>")):
        try:
            apply(compiled(text), head + data)
        except BihuanError as refused:
            assert refused.words.zh


def test_a_value_that_is_no_single_value_is_told() -> None:
    two = b'{"list": [{"no": {"a": 1}, "at": "2020-12-08 10:00"}, {"no": 12, "at": "2020-12-08 10:00"}]}'
    found = apply(compiled(JSON), two)
    assert [(f.field, f.code) for f in found.faults] == [("booking", "shape")]
    assert [record.id for record in found.records] == ["J-12"]
    twice = apply(compiled(XML), b"<list><row><no>1</no><no>2</no><at>2020-12-08 10:00</at></row></list>")
    assert [(f.field, f.code, f.place) for f in twice.faults] == [("booking", "several", "line 1")]


def test_the_page_that_explains_mappings_shows_one_that_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    mapping = compiled(found[1])
    assert (mapping.titles.zh, mapping.outputs[0].step) == ("放行", "customs_released")
