"""Story 3: a cold-store clerk's day: booked, confirmed, at the gate, reported, pasted, due, and put right when asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bihuan.apps.cold_chain.records import CustomsReleased, PickedUp, ReleasedLot, Risk
from bihuan.base.cases import Act, dispatch, file_case, order_correction
from bihuan.base.clock import DAY, HOUR, MINUTE, moment
from bihuan.base.errors import Words
from bihuan.base.identity import principal_for
from bihuan.base.principal import Principal, system
from bihuan.base.records import RECORD, record
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from ends.regulator_story import png
from houses import NOW, PASSWORD
from records.sheets import workbook

from .stage import Actor, Stage, local

BOX, PLATE = "CSQU3054383", "沪BH2345"


@pytest.fixture
def port(stage: Stage) -> Stage:
    """Customs has released one container with two lots, one of them of high risk."""
    lots = [
        ReleasedLot(lot="L1", kg=Decimal("12000"), risk=Risk.high, product="冻虾", origin="EC"),
        ReleasedLot(lot="L2", kg=Decimal("8000.5"), risk=Risk.ordinary, product="冻带鱼", origin="PK"),
    ]
    stage.state("customs", CustomsReleased(time=moment(NOW - 6 * HOUR), container=BOX, declaration="22012020000001",
                                           area="310115-YS", lots=lots))  # fmt: skip
    return stage


def records_in(stage: Stage) -> int:
    """How many records the store holds."""
    return stage.do(lambda: stage.town.house.db.reader(system("test")).count(sa.select(record.c.seq), RECORD))


def booked(importer: Actor) -> str:
    """The importer books the warehouse for tomorrow, 09:00; the booking's number."""
    importer.go("/enterprise/bookings/new")
    importer.fill({"container": "csqu 305438 3", "vehicle": "沪B·H2345", "driver": "D-007", "destination": "WH1",
                   "slot": "2020-12-11T09:00", "declaration": "22012020000001"})  # fmt: skip
    importer.look("3-booking-form")
    importer.press("提出预约")
    return importer.path.rpartition("/")[2]


def reported(clerk: Actor, type_name: str, **values: str) -> str:
    """Fill a form, read it over, sign it; what the receipt says."""
    clerk.go(f"/enterprise/report/cold_chain.{type_name}?fresh=1")
    clerk.fill(values)
    return signed(clerk)


def signed(clerk: Actor) -> str:
    """Read over what was typed, sign it; what the receipt says."""
    clerk.press("下一步：核对")
    confirm = clerk.page.locator("#confirm_password")
    if confirm.count():
        confirm.fill(PASSWORD)
    return clerk.press("签署并报送")


def test_booked_confirmed_and_the_gate_sees_what_does_not_fit(port: Stage) -> None:
    importer, warehouse = port.enter("importer"), port.enter("warehouse")
    importer.look("3-importer-home")
    number = booked(importer)
    assert "待仓库确认" in importer.words
    importer.look("3-booking-waits")
    home = warehouse.go("/enterprise")
    assert "按时确认预约" in home and BOX in home and "还剩" in home
    warehouse.look("3-warehouse-home")
    warehouse.go(f"/enterprise/bookings/{number}")
    assert "已确认" in warehouse.press("确认预约")
    assert "按时确认预约" not in warehouse.go("/enterprise")
    warehouse.go("/enterprise/bookings")
    warehouse.look("3-bookings")
    port.advance(19 * HOUR)  # 09:00 the next day
    warehouse = port.enter("warehouse")
    before = records_in(port)
    warehouse.go("/enterprise/gate")
    warehouse.fill({"container": BOX, "vehicle": "沪A·K9876"})
    assert "预约不符" in warehouse.press("核对预约") and records_in(port) == before
    warehouse.look("3-gate-mismatch")
    said = warehouse.press("仍然登记到库（不符之处会留痕）")
    assert "预约不符" in said and "提货记录到后由规则判定" in said
    warehouse.look("3-gate-on-record")
    picked = PickedUp(time=moment(NOW + 17 * HOUR), container=BOX, vehicle="沪AK9876", driver="D-007", place="YS4",
                      area="310115-YS")  # fmt: skip
    port.state("customs", picked)
    assert "未按预定信息运输" in warehouse.go(f"/enterprise/gate/{BOX}")
    warehouse.look("3-gate-finding")
    officer = port.enter("inspector")
    assert BOX in officer.go("/regulator/findings")
    warehouse.look_in_english()
    importer.log_in_again()
    importer.look_in_english()


def test_what_is_due_is_reported_and_vanishes(port: Stage) -> None:
    warehouse = port.enter("warehouse")
    warehouse.go(f"/enterprise/gate?container={BOX}&vehicle={PLATE}")
    warehouse.press("仍然登记到库（会留下问题）")
    warehouse.go("/enterprise/report")
    warehouse.look("3-report-index")
    at = local(NOW - 50 * MINUTE)
    assert "已报送" in reported(warehouse, "Disinfected", time=at, by=port.town.organisations["warehouse"], container=BOX)
    reported(warehouse, "Sampled", time=local(NOW - 40 * MINUTE), lot="L1", sample="S-77")
    warehouse.look("3-receipt")
    home = warehouse.go("/enterprise/duties")
    assert "按时报送检测结果" in home and "还剩" in home
    warehouse.look("3-duties")
    warehouse.follow("按时报送检测结果")
    assert warehouse.one("[name=sample]").input_value() == "S-77"
    warehouse.fill({"time": local(NOW - 5 * MINUTE), "value": "negative"})
    warehouse.look("3-result-form")
    warehouse.press("下一步：核对")
    warehouse.look("3-result-check")
    warehouse.press("签署并报送")
    warehouse.go("/enterprise/duties")
    assert warehouse.page.locator("tbody").get_by_text("按时报送检测结果").count() == 0
    warehouse.look("3-no-duties")
    warehouse.look_in_english()


def test_staff_health_by_batch_with_a_photo_of_the_paper(port: Stage, tmp_path: Path) -> None:
    paper = tmp_path / "健康登记表.png"
    paper.write_bytes(png())
    warehouse = port.enter("warehouse")
    warehouse.go("/enterprise/report/cold_chain.StaffHealth")
    warehouse.fill({"time": local(NOW - 6 * HOUR), "place": "WH1", "people.0.staff": "G-01", "people.0.cel": "36.5",
                    "people.0.health": "well"})  # fmt: skip
    warehouse.press("再加一行")
    warehouse.fill({"people.1.staff": "G-02", "people.1.cel": "36.8", "people.1.health": "well"})
    warehouse.page.set_input_files("main input[name=paper]", paper)
    warehouse.look("3-health-form")
    warehouse.press("下一步：核对")
    assert "G-01" in warehouse.words and "G-02" in warehouse.words and "已附文件" in warehouse.words
    warehouse.look("3-health-check")
    assert "已报送" in warehouse.press("签署并报送")
    warehouse.look_in_english()


def stock_rows(*rows: tuple[str, ...]) -> bytes:
    """A workbook as a clerk types it, all cells as text."""

    def fill(book: Any, sheet: Any) -> None:
        for n, row in enumerate([("发生时间", "批次", "仓库", "重量", "辖区"), *rows]):
            for column, value in enumerate(row):
                sheet.write_string(n, column, value)

    return workbook(fill)


def test_a_day_comes_as_a_table_and_as_pasted_cells(port: Stage, tmp_path: Path) -> None:
    sheet = tmp_path / "入库.xlsx"
    good, bad = ("2020-12-10 13:00", "L1", "ST1", "12000", "310107"), ("2020-12-10 13:10", "L2", "ST1", "八千", "310107")
    sheet.write_bytes(stock_rows(good, bad))
    store = port.enter("store")
    store.go("/enterprise/import/cold_chain.StoredFirst")
    store.look("3-import")
    store.page.set_input_files("#table", sheet)
    said = store.press("预览（先不报送）")
    assert "1 行有误" in said and "“八千”不是数字" in said
    store.look("3-import-bad")
    store.follow("修改")
    store.page.locator("[name=c-kg]").fill("8000.5")
    store.sent(lambda: store.page.locator("[name=c-kg]").press("Enter"))
    assert "2 行有效" in store.words
    store.look("3-import-mended")
    assert "已报送 2 行" in store.press("签署并报送 2 行")
    store.look("3-import-kept")
    store.go("/enterprise/import/cold_chain.Sold")
    heads = "发生时间\t批次\t重量\t购货方\t出库凭证号\t辖区"
    store.page.locator("#pasted").fill(f"{heads}\n2020-12-10 13:40\tL1\t500.5\t第一门店\tV-1\t310107")
    said = store.press("预览（先不报送）")
    assert "1 行有效" in said, said
    store.press("签署并报送 1 行")
    assert "L1" in store.go("/enterprise/goods")
    store.look("3-goods")
    store.go("/enterprise/subjects/lot:L1")
    store.look("3-lot")
    store.go("/enterprise/records")
    store.look("3-records")
    store.look_in_english()


def ordered(stage: Stage) -> str:
    """The officer has filed a case of what the store did and ordered it put right; the case's id."""
    now, town = stage.town.clock.at, stage.town

    def act() -> str:
        reader = town.house.db.reader(system("test"))
        officer: Principal = principal_for(reader, town.people["officer"], None, now, town.house.lines(), confirmed_at=now)
        rows = findings_where(reader, finding_table.c.rule == "stored_before_released")
        with town.house.db.write(officer) as w:
            case = file_case(w, str(rows[0]["id"]), act=Act("test"), due=now + DAY)
            dispatch(w, case, to=town.people["officer"], to_kind="person", to_name="钱五", due=now + DAY, act=Act("test"))
            order_correction(
                w, case, articles=[Words("上海市 2020 年 11 月 15 日通告", "Shanghai notice of 15 November 2020")],
                due=now + 6 * HOUR, act=Act("test"),
                demands=[Words("将批次 L1 移入隔离区并补齐放行证明", "Seal off lot L1 and supply its release")],
            )  # fmt: skip
        return case

    return stage.do(act)


def test_an_order_is_answered_with_evidence_and_typing_outlives_the_session(port: Stage, tmp_path: Path) -> None:
    store = port.enter("store")
    port.complete()
    too_early = {"time": local(NOW - HOUR), "lot": "L1", "warehouse": "ST1", "kg": "12000"}
    assert "已报送" in reported(store, "StoredFirst", **too_early)
    port.advance(MINUTE)
    case = ordered(port)
    assert "要求我们整改" in store.go("/enterprise")
    store.look("3-store-home")
    store.go(f"/enterprise/cases/{case}")
    store.look("3-order")
    store.page.locator("#text").fill("已封存批次 L1，补齐了放行证明。")
    photo = tmp_path / "整改后.png"
    photo.write_bytes(png(90))
    store.page.set_input_files("#evidence", photo)
    port.do(lambda: port.town.clock.advance(31 * MINUTE))  # the session is over, the form still open
    said = store.press("报送整改情况")
    assert "登录已过期" in said and "填写的内容会保留" in said
    store.look("3-session-over")
    store.log_in()
    assert "尚未报送" in store.words
    store.look("3-go-on")
    assert "请附整改证据" in store.press("接着办理")
    expect(store.page.locator("#text")).to_have_value("已封存批次 L1，补齐了放行证明。")
    store.page.set_input_files("#evidence", photo)
    said = store.press("报送整改情况")
    assert "等待核查" in said and "整改后.png" in store.page.content()
    store.look("3-order-answered")
    assert "要求我们整改" not in store.go("/enterprise")
    store.look_in_english()
