"""整改 and 办件: the order is read, answered with a photo; the certificate is applied for, completed, issued, printed."""

from __future__ import annotations

import pytest

from bihuan.base.cases import (
    Act,
    accept,
    ask_for_more,
    decide,
    dispatch,
    file_case,
    issue,
    note_finding,
    order_correction,
    review,
    verify,
)
from bihuan.base.clock import DAY, HOUR
from bihuan.base.errors import Words
from bihuan.base.principal import Grant, Principal

from .enterprise_story import Story, report, story

CSV = "批次,处置\nL1,已移入隔离区\n".encode()


@pytest.fixture
def told() -> Story:
    return story()


def officer(told: Story) -> Principal:
    able = frozenset({"read", "act", "decide"})
    grants = (Grant("310107", "cold_chain", able), Grant("310115", "cold_chain", able))
    person = told.town.people["stranger"]
    return Principal("person", person, "周七", person=person, grants=grants, lines=("cold_chain",))


def ordered(told: Story) -> str:
    now = told.town.clock.at
    with told.town.house.db.write(officer(told)) as w:
        finding = note_finding(
            w, subject="lot:L1", origin="patrol", title=Words("先入库后放行", "Stored before release"),
            reason=Words("批次 L1 无放行证明即入库。", "Lot L1 was stored without a release."), line="cold_chain",
            area="310107", party=told.town.organisations["store"], act=Act("test"),
        )  # fmt: skip
        case = file_case(w, finding, act=Act("test"), due=now + DAY)
        dispatch(
            w, case, to=told.town.people["stranger"], to_kind="person", to_name="周七", due=now + DAY, act=Act("test")
        )
        order_correction(
            w, case, articles=[Words("通告第三条", "Notice, article 3")], due=now + 6 * HOUR, act=Act("test"),
            demands=[Words("将批次 L1 移入隔离区", "Move lot L1 to the sealed area")],
        )  # fmt: skip
    return case


def test_an_order_is_read_printed_and_answered_with_evidence(told: Story) -> None:
    case = ordered(told)
    store = told.clerk("store")
    home = store.get("/enterprise")
    assert "要求我们整改" in home and "先入库后放行" in home and "还剩 6 小时" in home
    assert "等待当事主体整改并报送" in store.get("/enterprise/cases?turn=ours")
    said = store.get(f"/enterprise/cases/{case}")
    assert "将批次 L1 移入隔离区" in said and "批次 L1 无放行证明即入库" in said
    document = store.html.split("/enterprise/documents/")[1].split('"')[0]
    printed = store.get(f"/enterprise/documents/{document}")
    assert (
        "责令改正通知书" in printed
        and "责改〔2020〕310107" in printed
        and "测试首站冷库" in printed
        and "2020年12月10日 20:00" in printed
    )
    store.get(f"/enterprise/cases/{case}")
    hidden = {"version": store.hidden["version"]}
    said = store.post(f"/enterprise/cases/{case}", {**hidden, "text": "已移入隔离区"})
    assert store.status == 422 and "请附整改证据" in said and "已移入隔离区" in store.html
    said = store.post(
        f"/enterprise/cases/{case}",
        {**hidden, "text": "已移入隔离区"},
        files={"evidence": ("处置.csv", CSV, "text/csv")},
    )
    assert "整改情况已报送，等待核查" in said and "处置.csv" in said
    assert "要求我们整改" not in store.get("/enterprise")


def test_a_failed_check_brings_the_case_back(told: Story) -> None:
    case = ordered(told)
    store = told.clerk("store")
    store.get(f"/enterprise/cases/{case}")
    hidden = {"version": store.hidden["version"]}
    store.post(f"/enterprise/cases/{case}", {**hidden, "text": "已移"}, files={"evidence": ("a.csv", CSV, "text/csv")})
    with told.town.house.db.write(officer(told)) as w:
        verify(w, case, passed=False, text="未封存", due=told.town.clock.at + DAY, act=Act("test"))
    said = store.get(f"/enterprise/cases/{case}")
    assert "报送整改情况" in said and "未封存" in said
    said = store.post(f"/enterprise/cases/{case}", {**hidden, "text": "旧页面"})
    assert store.status == 409 or "请附整改证据" in said


def test_another_firms_case_is_not_there(told: Story) -> None:
    case = ordered(told)
    importer = told.clerk("importer")
    importer.get(f"/enterprise/cases/{case}")
    assert importer.status == 404


def test_a_certificate_from_application_to_print(told: Story) -> None:
    importer = told.clerk("importer")
    kind = "cold_chain.release"
    assert "申请出库放行证明" in importer.get("/enterprise/applications")
    importer.get(f"/enterprise/applications/new/{kind}")
    said = importer.post(f"/enterprise/applications/new/{kind}", {"lots": "L1, L2", "warehouse": "WH1"})
    assert "已提交申请" in said and "等待受理" in said and "部门时限" in said and "核酸检测报告" in said
    application = importer.url.rpartition("/")[2]
    desk, who = told.town.house.desk(), officer(told)
    with told.town.house.db.write(who) as w:
        missing = [("test_report", Words("核酸检测报告", "Test report"))]
        ask_for_more(w, desk, application, missing=missing, text="缺检测报告", act=Act("test"))
    assert "等待我们补正的办件" in importer.get("/enterprise")
    said = importer.get(f"/enterprise/applications/{application}")
    assert "部门时限暂停" in said and "缺检测报告" in said
    said = importer.post(
        f"/enterprise/applications/{application}", files={"test_report": ("报告.csv", CSV, "text/csv")}
    )
    assert "补正材料已提交" in said and "报告.csv" in said and "部门时限：" in said
    with told.town.house.db.write(who) as w:
        accept(w, desk, application, act=Act("test"))
        review(w, application, text="阴性", act=Act("test"))
        decide(w, application, decision="grant", act=Act("test"))
        certificate = issue(w, desk, application, scope={"lots": ["L1", "L2"], "warehouse": "WH1"}, act=Act("test"))
    assert "查看并打印证照" in importer.get(f"/enterprise/applications/{application}")
    said = importer.get(f"/enterprise/certificates/{certificate}")
    assert "出库放行证明" in said and "L1、L2" in said and "测试中转查验库" in said and "有效" in said
    assert "<svg" in importer.html and "/certificates/" in said
    store = told.clerk("store")
    store.get(f"/enterprise/certificates/{certificate}")
    assert store.status == 404


def test_labels_and_vouchers_are_printed(told: Story) -> None:
    store = told.clerk("store")
    report(store, "cold_chain.StoredFirst", time="2020-12-10T13:00", lot="L1", warehouse="ST1", kg="12000")
    ref = store.url.rpartition("/")[2]
    said = store.get(f"/enterprise/vouchers/{ref}")
    assert "入库凭证" in said and "12000.000 kg" in said and "测试首站冷库" in said and "<svg" in store.html
    assert "还没有赋码" in store.get("/enterprise/labels?lot=L1")
    report(store, "cold_chain.TraceCodeAssigned", time="2020-12-10T13:20", lot="L1", code="TC-0001")
    said = store.get("/enterprise/labels?lot=L1&copies=3")
    assert store.html.count('class="label"') == 3 and "TC-0001" in said and "12,000 kg" in said and "冻虾" in said


def test_goods_and_one_lot_as_officers_see_it(told: Story) -> None:
    store = told.clerk("store")
    report(store, "cold_chain.StoredFirst", time="2020-12-10T13:00", lot="L1", warehouse="ST1", kg="12000")
    said = store.get("/enterprise/goods")
    assert "L1" in said and "首站在库" in said
    said = store.get("/enterprise/subjects/lot%3AL1")
    assert "首站入库" in said and "规则判定" in said and "12,000 kg" in said
    store.get("/enterprise/subjects/lot%3AL77")
    assert store.status == 404
