"""报送: a form from the declaration, read over, signed under its hash, kept as an event; corrected; voided; drafted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bihuan.base.files import file_ref, files_within
from bihuan.base.identity import access_log_of
from bihuan.base.ledger import body_of
from bihuan.base.principal import system
from bihuan.base.records import RECORD, fact, record, typed_table
from bihuan.base.records.envelope import unseal
from bihuan.ends.shared.sending import record_id
from houses import PASSWORD

from .enterprise_story import BOX, Story, report, story

STORED = {"time": "2020-12-10T13:00", "lot": "L1", "warehouse": "ST1", "kg": "12000"}
TYPE = "cold_chain.StoredFirst"


@pytest.fixture
def told() -> Story:
    return story()


def live(told: Story, type_name: str) -> list[dict[str, object]]:
    table = typed_table(told.town.house.registry.types[type_name])
    joined = table.join(fact, sa.and_(fact.c.seq == table.c.seq, fact.c.n == table.c.n)).join(
        record, record.c.seq == table.c.seq
    )
    query = sa.select(table, record.c.ref, record.c.sent, record.c.type.label("kept_as")).select_from(joined)
    return [dict(row) for row in told.town.house.db.reader(system("test")).rows(query.where(fact.c.live), RECORD)]


def test_a_report_is_read_over_signed_and_receipted(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED})
    assert "核对并签署" in said and "12000.000 kg" in said and "测试首站冷库" in said
    assert len(store.hidden["hash"]) == 64
    assert live(told, TYPE) == []
    retry = store.hidden["retry"]
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "send", **store.hidden})
    assert "已报送" in said and "再报一条" in store.html and "/records/" in store.html
    [row] = live(told, TYPE)
    assert (row["lot"], row["kg"], row["area"], row["kept_as"]) == ("L1", 12_000_000, "310107", "epcis.Event")
    assert row["sent"] == record_id(told.town.organisations["store"], retry)


def test_the_same_form_sent_twice_is_one_record(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED})
    sent = dict(store.hidden)
    store.post(f"/enterprise/report/{TYPE}", {"act": "send", **sent})
    first = store.url
    store.post(f"/enterprise/report/{TYPE}", {"act": "send", **sent})
    assert store.url == first
    assert len(live(told, TYPE)) == 1


def test_a_place_of_another_firm_is_not_spoken_for(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED, "warehouse": "WH1"})
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "send", **store.hidden})
    assert store.status == 403 and "“首站入库”须由“WH1”自己的单位报送" in said
    assert live(told, TYPE) == []


def test_what_was_shown_is_what_is_signed(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED})
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "send", **store.hidden, "kg": "11000"})
    assert store.status == 409 and "内容与您核对时不同" in said and "11000.000 kg" in said
    assert live(told, TYPE) == []


def test_signing_needs_the_password_after_five_minutes(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    told.town.clock.advance(6 * 60_000_000)
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED})
    assert "请再次输入密码" in said
    sent = dict(store.hidden)
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "send", **sent, "confirm_password": "wrong-password"})
    assert store.status == 403 and "密码" in said and live(told, TYPE) == []
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "send", **sent, "confirm_password": PASSWORD})
    assert "已报送" in said


def test_faults_stand_at_their_fields_and_nothing_typed_is_lost(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED, "kg": "-3", "lot": ""})
    assert store.status == 422
    assert "不能小于 0kg" in said and "请填写“批次”" in said
    assert 'value="-3"' in store.html and store.html.count('aria-invalid="true"') == 2
    assert 'href="#kg"' in store.html


def test_lines_are_added_without_a_script(told: Story) -> None:
    store = told.clerk("store")
    name = "cold_chain.Split"
    store.get(f"/enterprise/report/{name}")
    assert 'name="into.0.lot"' in store.html and 'name="into.1.lot"' not in store.html
    typed = {"lot": "L1", "kg": "100", "into.0.lot": "L1a", "into.0.kg": "60"}
    store.post(f"/enterprise/report/{name}", {"act": "add", **typed})
    assert 'name="into.0.lot"' in store.html and 'value="L1a"' in store.html and 'name="into.1.lot"' in store.html
    said = report(
        store, name, time="2020-12-10T13:30", lot="L1", kg="100",
        **{"into.0.lot": "L1a", "into.0.kg": "60", "into.1.lot": "L1b", "into.1.kg": "40"},
    )  # fmt: skip
    assert "已报送" in said and "L1b" in said


def test_a_correction_takes_the_place_of_the_record(told: Story) -> None:
    store = told.clerk("store")
    report(store, TYPE, **STORED)
    ref = store.url.rpartition("/")[2]
    said = store.get(f"/enterprise/report/{TYPE}?corrects={ref}")
    assert "更正" in said and 'value="12000.000"' in store.html
    store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED, "kg": "11950", "corrects": ref})
    store.post(f"/enterprise/report/{TYPE}", {"act": "send", **store.hidden})
    [row] = live(told, TYPE)
    assert row["kg"] == 11_950_000
    said = store.get("/enterprise/records")
    assert "已更正" in said and "有效" in said
    assert "已更正" in store.get("/enterprise/records?state=corrected")
    assert "共 1 项" in store.get("/enterprise/records?state=valid")
    said = store.post(f"/enterprise/report/{TYPE}", {"act": "check", **STORED, "corrects": ref})
    assert store.status == 409 and "已被更正或作废" in said


def test_a_record_is_voided_with_a_reason(told: Story) -> None:
    store = told.clerk("store")
    report(store, TYPE, **STORED)
    ref = store.url.rpartition("/")[2]
    store.get(f"/enterprise/records/{ref}/void")
    assert "请填写“作废原因”" in store.post(f"/enterprise/records/{ref}/void", {"reason": ""})
    said = store.post(f"/enterprise/records/{ref}/void", {"reason": "重复报送"})
    assert "已作废" in said and live(told, TYPE) == []
    assert "已作废" in store.get("/enterprise/records?state=voided")


def test_drafts_come_back_until_they_are_sent(told: Story) -> None:
    store = told.clerk("store")
    store.get(f"/enterprise/report/{TYPE}")
    store.client.post(f"/enterprise/drafts/{TYPE}", data={"csrf": store.csrf, "lot": "L1", "kg": "77"})
    said = store.get(f"/enterprise/report/{TYPE}")
    assert "已恢复草稿" in said and 'value="77"' in store.html
    assert "有草稿" in store.get("/enterprise/report")
    report(store, TYPE, **STORED)
    assert "已恢复草稿" not in store.get(f"/enterprise/report/{TYPE}")


def test_a_type_that_is_no_step_of_goods_is_kept_as_itself(told: Story) -> None:
    warehouse = told.clerk("warehouse")
    name = "cold_chain.StaffHealth"
    warehouse.get(f"/enterprise/report/{name}")
    values = {
        "act": "check", "time": "2020-12-10T07:30", "place": "WH1", "people.0.staff": "G-01", "people.0.cel": "36.5",
        "people.0.health": "well",
    }  # fmt: skip
    paper = ("登记表.csv", "工号\nG-01\n".encode(), "text/csv")
    said = warehouse.post(f"/enterprise/report/{name}", values, files={"paper": paper})
    assert "核对并签署" in said and "G-01" in said and warehouse.hidden["paper"].startswith("file-")
    said = warehouse.post(f"/enterprise/report/{name}", {"act": "send", **warehouse.hidden})
    assert "已报送" in said
    [row] = live(told, name)
    assert row["kept_as"] == name
    reader = told.town.house.db.reader(system("test"))
    kept = unseal(body_of(reader, int(str(row["seq"]))) or b"")[1]
    [file] = files_within(kept)
    assert f"{file}#sha256:{file_ref(reader, file).sha256}".encode() in kept and file_ref(reader, file).sealed
    assert "删除个人信息" in warehouse.get(f"/records/{row['ref']}") and f'href="/files/{file}"' in warehouse.html
    assert "G-01" in warehouse.get(f"/files/{file}")
    assert [a.why for a in access_log_of(reader, kind="file", row=file)] == ["shown"]
    warehouse.get(f"/enterprise/report/{name}?repeat=1")
    assert 'value="G-01"' in warehouse.html


def test_forms_of_other_kinds_of_firm_are_not_there(told: Story) -> None:
    importer = told.clerk("importer")
    importer.get(f"/enterprise/report/{TYPE}")
    assert importer.status == 404
    officer = told.clerk("inspector")
    officer.get(f"/enterprise/report/{TYPE}")
    assert officer.status == 403


def test_a_duty_opens_its_form_filled_in_and_vanishes(told: Story) -> None:
    warehouse = told.clerk("warehouse")
    warehouse.get(f"/enterprise/gate?container={BOX}&vehicle=沪BH2345")
    warehouse.post("/enterprise/gate", {**warehouse.hidden, "container": BOX, "vehicle": "沪BH2345"})
    report(warehouse, "cold_chain.Sampled", time="2020-12-10T13:00", lot="L1", sample="S-77")
    home = warehouse.get("/enterprise")
    assert "按时报送检测结果" in home and "报送检测结果" in home
    assert 'href="/enterprise/report/cold_chain.Result?for=lot%3AL1"' in warehouse.html
    warehouse.get("/enterprise/report/cold_chain.Result?for=lot%3AL1")
    assert 'value="S-77"' in warehouse.html
    report(warehouse, "cold_chain.Result", time="2020-12-10T13:50", sample="S-77", value="negative")
    assert "按时报送检测结果" not in warehouse.get("/enterprise")


def test_the_list_of_records_is_a_file_too(told: Story) -> None:
    store = told.clerk("store")
    report(store, TYPE, **STORED)
    store.get("/enterprise/records?format=csv")
    assert "首站入库" in store.html and "批次 L1" in store.html
    store.get("/enterprise/records?format=json&q=L1")
    assert '"state": "有效"' in store.html
