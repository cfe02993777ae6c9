"""按此…将会…: what a booking, a report or a draft would break, told before anything is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.records import Qualification
from bihuan.base.principal import system
from bihuan.base.records import RECORD, record
from bihuan.base.rules.subjects import state_feed
from houses import USCC

from .enterprise_story import BOX, Clerk, Story, book, report, story


@pytest.fixture
def told() -> Iterator[Story]:
    made = story()
    yield made
    made.town.house.db.close()


def records_in(told: Story) -> int:
    return told.town.house.db.reader(system("test")).count(sa.select(record.c.seq), RECORD)


def look(clerk: Clerk, **changed: str) -> str:
    return book(clerk, act="check", **changed)


def test_a_booking_shows_what_it_would_bring_and_keeps_nothing(told: Story) -> None:
    importer, before = told.clerk("importer"), records_in(told)
    said = look(importer)
    assert importer.status == 200 and "按此预约将会" in said and "将应办 按时确认预约" in said and "还没有保存" in said
    assert records_in(told) == before
    assert 'value="沪B·H2345"' in importer.html  # what was typed stays


def test_too_short_a_notice_is_told_before_it_is_booked_and_may_be_booked_anyway(told: Story) -> None:
    importer, before = told.clerk("importer"), records_in(told)
    said = book(importer, slot="2020-12-10T14:30")
    assert "将违反 未经预约入库" in said and "应提前 1 小时" in said and "仍然提出预约" in said
    assert records_in(told) == before
    seen = importer.hidden["seen"]
    other = importer.post("/enterprise/bookings/new", typed(slot="2020-12-10T14:40") | {"seen": seen})
    assert "将违反" in other and records_in(told) == before  # another plan, another warning
    said = importer.post("/enterprise/bookings/new", typed(slot="2020-12-10T14:40") | {"seen": importer.hidden["seen"]})
    assert "已预约" in said and records_in(told) == before + 1


def typed(**changed: str) -> dict[str, object]:
    return {"container": BOX, "vehicle": "沪B·H2345", "driver": "D-007", "destination": "WH1",
            "declaration": "22012020000001", "act": "keep"} | changed  # fmt: skip


def test_a_plate_that_was_never_booked_is_asked_about(told: Story) -> None:
    importer = told.clerk("importer")
    book(importer)
    assert "未在本单位以往的预约中出现" in look(importer, vehicle="沪A·K9876")
    assert "未在本单位以往的预约中出现" not in look(importer)


def test_all_faults_of_a_booking_are_told_at_once_at_their_fields(told: Story) -> None:
    importer = told.clerk("importer")
    book(importer, container="CSQU3054384", vehicle="", driver="", destination="", slot="2020-12-09T09:00")
    assert importer.status == 422
    for name in ("container", "vehicle", "driver", "destination", "slot"):
        assert f'id="{name}-wrong-1"' in importer.html, name
    assert "有 5 处需要更正" in importer.html


def test_a_report_says_what_it_would_break_before_it_is_signed(told: Story) -> None:
    with told.town.house.db.write(system("test")) as w:
        for step in ("release_certificate", "certificate_revoked", "sampled", "result", "trace_code_assigned"):
            state_feed(w, step, "test", None, lag=0)
    warehouse, before = told.clerk("warehouse"), records_in(told)
    warehouse.get("/enterprise/report/cold_chain.LeftWarehouse?fresh=1")
    values = {"act": "check", "time": "2020-12-10T13:50", "lot": "L1", "warehouse": "WH1"}
    said = warehouse.post("/enterprise/report/cold_chain.LeftWarehouse", values)
    assert "按此报送将会" in said and "证明不全出库" in said
    assert records_in(told) == before


def test_a_draft_in_the_list_says_what_it_would_break(told: Story) -> None:
    warehouse = told.clerk("warehouse")
    warehouse.get("/enterprise/report/cold_chain.Sampled?fresh=1")
    values = {"time": "2020-12-10T13:50", "lot": "L1", "sample": "S-1"}
    warehouse.post("/enterprise/drafts/cold_chain.Sampled", values)
    assert "将应办 按时报送检测结果" in warehouse.get("/enterprise/report")
    warehouse.get("/enterprise/report/cold_chain.Sampled?fresh=1")
    warehouse.post("/enterprise/drafts/cold_chain.Sampled", {"lot": "L1"})
    assert "未填完" in warehouse.get("/enterprise/report")


def test_a_correction_is_looked_at_in_the_place_of_the_record(told: Story) -> None:
    warehouse = told.clerk("warehouse")
    report(warehouse, "cold_chain.Sampled", time="2020-12-10T13:50", lot="L1", sample="S-1")
    ref = warehouse.url.rpartition("/")[2]
    warehouse.get(f"/enterprise/report/cold_chain.Sampled?corrects={ref}")
    values = {"act": "check", "corrects": ref, "time": "2020-12-10T13:50", "lot": "L2", "sample": "S-1"}
    said = warehouse.post("/enterprise/report/cold_chain.Sampled", values)
    assert "将不再适用" in said and "批次 L1" in said and "批次 L2" in said


def test_a_disinfection_chooses_a_qualified_firm_by_name(told: Story) -> None:
    paper = Qualification(time=datetime.fromisoformat("2020-12-01T08:00:00+08:00"), of=USCC["store"], kind="disinfection",
                          qualification="Q1", from_=date(2020, 1, 1), to=date(2021, 12, 31))  # fmt: skip
    told.state(paper, "customs", "q1")
    told.town.house.catch_up()
    warehouse = told.clerk("warehouse")
    warehouse.get("/enterprise/report/cold_chain.Disinfected?fresh=1")
    assert 'list="own-party-by"' in warehouse.html and f'<option value="{USCC["store"]}">' in warehouse.html


def test_a_confirmation_in_our_records_names_its_container(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    book(importer)
    number = importer.url.rpartition("/")[2]
    warehouse.get(f"/enterprise/bookings/{number}")
    warehouse.post(f"/enterprise/bookings/{number}/confirm")
    said = warehouse.get("/enterprise/records")
    assert "预约确认" in said and f"集装箱 {BOX}" in said


def test_an_officer_asks_what_falls_due_if_nothing_happens(told: Story) -> None:
    book(told.clerk("importer"))
    officer = told.clerk("officer")
    said = officer.get(f"/regulator/subjects/container:{BOX}?at=2020-12-11T09:00")
    assert "将违反 预约逾期未确认" in said and "仍无新记录" in said
    assert "判定都不变" in officer.get(f"/regulator/subjects/container:{BOX}?at=2020-12-10T15:00")
    assert "请填写将来的时间" in officer.get(f"/regulator/subjects/container:{BOX}?at=nonsense")
