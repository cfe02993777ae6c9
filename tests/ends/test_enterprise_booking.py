"""预约 and 道口: booked, held, confirmed, turned down, amended, cancelled; the gate sees what does not fit first."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bihuan.base.places import set_place
from bihuan.base.principal import system
from bihuan.base.records import RECORD, record

from .enterprise_story import BOX, Story, book, story


@pytest.fixture
def told() -> Story:
    return story()


def number_of(clerk_url: str) -> str:
    return clerk_url.rpartition("/")[2]


def records_in(told: Story) -> int:
    return told.town.house.db.reader(system("test")).count(sa.select(record.c.seq), RECORD)


def test_a_booking_waits_and_the_warehouse_confirms_it(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    said = book(importer)
    assert "已预约，等待仓库确认" in said and "待仓库确认" in said
    number = number_of(importer.url)
    home = warehouse.get("/enterprise")
    assert "待确认的预约" in home and BOX in home and "测试进口商" in home
    assert "按时确认预约" in home  # the duty with its deadline
    assert f'href="/enterprise/bookings/{number}"' in warehouse.html
    warehouse.get(f"/enterprise/bookings/{number}")
    assert "确认预约" in warehouse.post(f"/enterprise/bookings/{number}/confirm") or "已确认" in warehouse.html
    assert "已确认" in importer.get(f"/enterprise/bookings/{number}")
    assert "按时确认预约" not in warehouse.get("/enterprise")


def test_the_same_form_sent_twice_is_one_booking(told: Story) -> None:
    importer = told.clerk("importer")
    importer.get("/enterprise/bookings/new")
    sent = dict(importer.hidden)
    values = {
        "container": BOX,
        "vehicle": "沪BH2345",
        "driver": "D-1",
        "destination": "WH1",
        "slot": "2020-12-11T09:00",
    }
    first = records_in(told)
    importer.post("/enterprise/bookings/new", {**sent, **values})
    one = importer.url
    importer.post("/enterprise/bookings/new", {**sent, **values})
    assert importer.url == one
    assert records_in(told) == first + 1


def test_what_was_typed_stays_when_it_is_refused(told: Story) -> None:
    importer = told.clerk("importer")
    said = book(importer, container="CSQU3054384", driver="")
    assert importer.status == 422
    assert "司机编号" in said and 'value="CSQU3054384"' in importer.html and 'aria-invalid="true"' in importer.html


def test_a_full_day_is_refused_with_the_next_free_one(told: Story) -> None:
    with told.town.house.db.write(system("setup")) as w:
        set_place(
            w, "WH1", name="测试中转查验库", kind="transit_warehouse", area="310115",
            party=told.town.organisations["warehouse"], capacity_kg=30_000,
        )  # fmt: skip
    importer = told.clerk("importer")
    book(importer)
    said = book(importer, container="MSKU0000011")  # 20,000.5 kg are held, another 28,000 do not fit
    assert importer.status == 422
    assert "20,000.5 kg" in said and "30,000 kg" in said and "2020-12-12" in said
    assert "已预约" in book(importer, container="MSKU0000011", slot="2020-12-12T09:00")


def test_a_booking_is_turned_down_with_a_reason_that_the_owner_reads(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    book(importer)
    number = number_of(importer.url)
    warehouse.get(f"/enterprise/bookings/{number}")
    assert "请填写“不同意的理由”" in warehouse.post(f"/enterprise/bookings/{number}/refuse", {"reason": ""})
    warehouse.post(f"/enterprise/bookings/{number}/refuse", {"reason": "当日检修"})
    assert "当日检修" in importer.get(f"/enterprise/bookings/{number}") and "仓库未同意" in importer.get(
        "/enterprise/bookings"
    )
    assert "仓库未同意" in warehouse.get("/enterprise/bookings")


def test_a_booking_turned_down_is_answered_and_the_container_is_no_longer_expected(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    book(importer)
    number = number_of(importer.url)
    assert "按时确认预约" in warehouse.get("/enterprise")
    assert "预计到库" in warehouse.get(f"/enterprise/subjects/container:{BOX}")
    warehouse.get(f"/enterprise/bookings/{number}")
    said = warehouse.post(f"/enterprise/bookings/{number}/refuse", {"reason": "当日检修"})
    assert "仓库未同意" in said and "预约取消" in said
    assert "按时确认预约" not in warehouse.get("/enterprise")
    page = warehouse.get(f"/enterprise/subjects/container:{BOX}")
    assert "预计到库" not in page and "不适用（预约已取消）" in page
    importer.get(f"/enterprise/bookings/{number}")
    assert "另行预约" in importer.html and "/cancel" not in importer.html
    assert "未同意这个预约" in importer.post(f"/enterprise/bookings/{number}/cancel")
    warehouse.get("/enterprise/bookings")
    assert "未同意这个预约" in warehouse.post(f"/enterprise/bookings/{number}/confirm")


def test_only_the_change_is_kept_and_history_stays(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    book(importer)
    number = number_of(importer.url)
    importer.get(f"/enterprise/bookings/{number}/amend")
    said = importer.post(
        f"/enterprise/bookings/{number}/amend",
        {"container": BOX, "vehicle": "沪A·K9876", "driver": "D-007", "destination": "WH1", "slot": "2020-12-11T09:00",
         "declaration": "22012020000001"},
    )  # fmt: skip
    assert "预约已变更" in said and "沪A" in said and "预约变更" in said
    assert "K9876" in warehouse.get(f"/enterprise/bookings/{number}")
    importer.get(f"/enterprise/bookings/{number}")
    assert "已取消" in importer.post(f"/enterprise/bookings/{number}/cancel")
    warehouse.get("/enterprise/bookings")
    assert "这个预约已取消" in warehouse.post(f"/enterprise/bookings/{number}/confirm")


def test_strangers_neither_see_nor_answer_a_booking(told: Story) -> None:
    importer, store = told.clerk("importer"), told.clerk("store")
    book(importer)
    number = number_of(importer.url)
    store.get(f"/enterprise/bookings/{number}")
    assert store.status == 404
    store.post(f"/enterprise/bookings/{number}/confirm")
    assert store.status == 404


def test_the_gate_says_what_does_not_fit_before_anything_is_kept(told: Story) -> None:
    importer, warehouse = told.clerk("importer"), told.clerk("warehouse")
    book(importer)
    number = number_of(importer.url)
    warehouse.get(f"/enterprise/bookings/{number}")
    warehouse.post(f"/enterprise/bookings/{number}/confirm")
    told.town.clock.advance(19 * 3_600_000_000)  # 09:00 of the next day
    warehouse = told.clerk("warehouse")
    before = records_in(told)
    said = warehouse.get(f"/enterprise/gate?container={BOX}&vehicle=沪A·K9876")
    assert "预约不符" in said and "预约车牌 沪BH2345" in said.replace("·", "")
    assert records_in(told) == before
    said = warehouse.get(f"/enterprise/gate?container={BOX}&vehicle=沪BH2345")
    assert "与预约相符" in said and "登记到库" in said
    said = warehouse.post("/enterprise/gate", {**warehouse.hidden, "container": BOX, "vehicle": "沪BH2345"})
    assert "已登记到库" in said and "没有问题" in said
    assert records_in(told) == before + 1


def test_an_arrival_without_booking_is_warned_of_and_leaves_a_finding(told: Story) -> None:
    warehouse = told.clerk("warehouse")
    said = warehouse.get("/enterprise/gate?container=MSKU0000011&vehicle=沪BH2345")
    assert "没有找到这个集装箱的预约" in said
    assert "未经预约入库" in said  # what the rules would say of it
    said = warehouse.post("/enterprise/gate", {**warehouse.hidden, "container": "MSKU0000011", "vehicle": "沪BH2345"})
    assert "未经预约入库" in said and "WT" in said
