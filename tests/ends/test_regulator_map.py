"""Figures that agree: each area counts what concerns it, on the map, in the list and in the file; names do not collide."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bihuan.base.cases import Act, dispatch, file_case
from bihuan.base.clock import DAY
from bihuan.base.principal import system
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.ends.regulator.map_labels import Wish, place_labels, text_width
from bihuan.ends.web import web_app
from bihuan.gateways import epcis
from houses import Town

from .regulator_story import client, story_town

LIST = "/regulator/cold_chain"


@pytest.fixture
def made() -> Iterator[Town]:
    town = story_town()
    yield town
    town.house.db.close()


def _ids(browser: TestClient, **query: str) -> set[str]:
    return {row["id"] for row in browser.get(LIST, params={**query, "format": "json"}).json()["rows"]}


def _figures(html: str) -> dict[str, dict[str, int]]:
    """Area code → state → figure of the map's table, for figures that are links."""
    found: dict[str, dict[str, int]] = {}
    for area, verdict, n in re.findall(r"area=(\d{6})&amp;verdict=(\w+)\">(\d+)</a>", html):
        found.setdefault(area, {})[verdict] = int(n)
    return found


def test_a_lot_that_concerns_two_districts_counts_in_each(made: Town) -> None:
    browser = client(made, "officer")
    figures = _figures(browser.get("/regulator/map").text)
    assert "lot:L1" in _ids(browser, area="310107") & _ids(browser, area="310115")
    assert set(figures) == {"310107", "310115"}
    for area, by_verdict in figures.items():
        assert sum(by_verdict.values()) == len(_ids(browser, area=area))
        for verdict, n in by_verdict.items():
            assert n == len(_ids(browser, area=area, verdict=verdict)), (area, verdict)
    assert sum(len(_ids(browser, verdict=verdict)) for verdict in ("violated", "undecided", "satisfied")) == len(_ids(browser))


def test_the_file_names_every_area_concerned(made: Town) -> None:
    browser = client(made, "officer")
    text = browser.get(LIST, params={"format": "csv", "lang": "zh", "q": "L1"}).text.lstrip("\ufeff")
    rows = {row["编号"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["lot:L1"]["涉及辖区"] == "普陀区、浦东新区"
    assert rows["lot:L1"]["判定"] in ("有违反", "有未决、无违反", "全部合规") and rows["lot:L1"]["阶段"] == "首站在库"


def test_an_area_asked_for_stays_in_the_filter(made: Town) -> None:
    page = client(made, "inspector").get(LIST, params={"area": "310107"}).text
    assert re.search(r'<option value="310107" selected>普陀区', page)


def test_goods_of_ordinary_events_are_undecided_on_every_page(made: Town) -> None:
    arrival = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"bh": "https://bihuan.example/ns/cold-chain/"}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2020-12-10T12:00:00+08:00",
        "epcisBody": {"eventList": [{
            "type": "ObjectEvent", "eventID": "urn:uuid:5e5b3f0e-0000-4000-8000-000000000009", "action": "OBSERVE",
            "eventTime": "2020-12-10T12:00:00+08:00", "eventTimeZoneOffset": "+08:00", "bizStep": "receiving",
            "quantityList": [{"epcClass": "urn:epc:class:lgtin:0614141.107346.OPEN9", "quantity": 100, "uom": "KGM"}],
            "bizLocation": {"id": "https://bihuan.example/ns/cold-chain/place/WH1"},
        }]},
    }  # fmt: skip
    browser = client(made, "officer")
    door = TestClient(web_app(made.house, epcis.routes(made.house)))
    sent = door.post("/capture", content=json.dumps(arrival), headers={
        "Content-Type": "application/json", "Authorization": f"Bearer {made.tokens['warehouse']}"})  # fmt: skip
    assert sent.status_code == 202, sent.text
    made.house.catch_up()
    rows = browser.get(LIST, params={"format": "json"}).json()["rows"]
    [row] = [row for row in rows if "OPEN9" in row["id"]]
    assert (row["violated"], row["undecided"], row["satisfied"]) == (0, 0, 0) and row["standing"] == "有未决、无违反"
    assert row["id"] in _ids(browser, verdict="undecided") and row["id"] not in _ids(browser, verdict="satisfied")
    listed = browser.get(LIST, params={"q": "OPEN9"}).text
    assert "未决：缺环节记录" in listed and "尚无判定" not in listed
    page = browser.get(f"/regulator/subjects/{row['id']}").text
    assert 'class="state yellow">未决' in page
    figures = _figures(browser.get("/regulator/map").text)
    assert figures["310115"]["undecided"] == len(_ids(browser, area="310115", verdict="undecided"))


def test_findings_are_shown_by_own_area_by_mine_and_all(made: Town) -> None:
    reader = made.house.db.reader(system("test"))
    seen = {row["number"]: row for row in findings_where(reader)}
    here = {number for number, row in seen.items() if row["area"].startswith("310115") and row["state"] == "open"}
    browser = client(made, "inspector")

    def shown(**query: str) -> set[str]:
        return {row["number"] for row in browser.get("/regulator/findings", params={**query, "format": "json"}).json()["rows"]}

    assert shown() == shown(view="own") == here and shown(view="all") > here  # the lot went on to another district
    first = findings_where(reader, finding_table.c.rule == "overtime")[0]
    with made.house.db.write(system("t")) as w:
        case = file_case(w, first["id"], act=Act("page"))
        dispatch(w, case, to=made.people["inspector"], to_kind="person", to_name="x", due=w.now + DAY, act=Act("page"))
    assert first["number"] in shown(view="mine", state="in_case")
    assert client(made, "stranger").get("/regulator/findings", params={"view": "mine", "state": "in_case", "format": "json"}).json()["rows"] == []


@given(
    st.lists(st.tuples(st.sampled_from(["普陀区 14", "杨浦区 10", "Pudong 62", "浦东新区 162"]), st.floats(100, 800), st.floats(100, 800)), max_size=14),
    st.lists(st.tuples(st.floats(0, 900), st.floats(0, 900)), max_size=10),
    st.sampled_from([16, 24]),
)
def test_names_never_cover_each_other_or_a_place(
    wishes: list[tuple[str, float, float]], places: list[tuple[float, float]], size: int
) -> None:
    """However districts lie, where a free spot was found there is one: with room enough none overlaps."""
    labels = place_labels([Wish(*each) for each in wishes], size, [(x, y, 12.0) for x, y in places], 900, 900)
    assert [label.text for label in labels] == [text for text, _, _ in wishes]
    boxes = [_box(label.text, label.x, label.y, size) for label in labels]
    free = [n for n, label in enumerate(labels) if abs(label.x - label.to_x) > 1e-6 or label.y != round(label.to_y + size * 0.35, 1)]
    for n in free:  # a name that was moved has been moved to where nothing stands before it
        assert not any(_meet(boxes[n], boxes[m]) for m in range(n))
        assert not any(_meet(boxes[n], (x - 12, y - 12, x + 12, y + 12)) for x, y in places)


def _box(text: str, x: float, y: float, size: int) -> tuple[float, float, float, float]:
    half = text_width(text, size) / 2
    return (x - half, y - 0.9 * size, x + half, y + 0.3 * size)


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
