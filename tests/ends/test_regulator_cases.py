"""A finding goes its way through the pages: 立案, 派遣, 处置, 核查, 结案, 评价; and what the pages say on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bihuan.base.cases import Act, answer_order, case_of
from bihuan.base.clock import DAY, MINUTE
from bihuan.base.files import store_file
from bihuan.base.identity import principal_for
from bihuan.base.principal import system
from bihuan.base.rules.findings import finding_of, findings_where
from bihuan.base.rules.findings_model import finding_table
from houses import PASSWORD, Town

from .regulator_story import client, form_of, local, png, story_town


@pytest.fixture
def made() -> Iterator[Town]:
    town = story_town()
    yield town
    town.house.db.close()


def stored_before_release(made: Town) -> str:
    reader = made.house.db.reader(system("test"))
    return str(findings_where(reader, finding_table.c.rule == "stored_before_released")[0]["id"])


def file_it(made: Town, browser: object, finding: str) -> str:
    page = browser.get(f"/regulator/findings/{finding}")  # type: ignore[attr-defined]
    answer = browser.post(f"/regulator/findings/{finding}", data=form_of(page.text))  # type: ignore[attr-defined]
    return str(answer.url).rpartition("/")[2]


def test_a_finding_becomes_a_case_and_goes_to_its_end(made: Town) -> None:
    browser = client(made, "officer")
    finding = stored_before_release(made)
    assert finding_of(made.house.db.reader(system("test")), finding)["version"] == "2021-01-11/1"
    page = browser.get(f"/regulator/findings/{finding}")
    assert "未放行先入库" in page.text and "没有出库放行证明" in page.text and "记录与凭证" in page.text
    case = file_it(made, browser, finding)
    path = f"/regulator/cases/{case}"
    assert "轮到您：派遣" in browser.get(path).text

    me, due = f"person:{made.people['officer']}", local(made.clock.now() + DAY)
    hidden = form_of(browser.get(path).text, "dispatch")
    answer = browser.post(path, data={**hidden, "to": me, "due": due})
    assert "轮到您：出具责令改正通知书" in answer.text

    basis = re.search(r'<textarea[^>]*name="articles"[^>]*>(.*?)</textarea>', answer.text, re.DOTALL)
    assert basis is not None and basis[1].strip().endswith("联防联控机制综发〔2020〕263号") and "须经中转查验库" not in basis[1]
    hidden = form_of(answer.text, "order")
    answer = browser.post(path, data={**hidden, "articles": "通告第二条", "demands": "停止销售\n封存批次", "due": due},
                          files={"evidence": ("门外.png", png(), "image/png")})  # fmt: skip
    assert "责改〔2020〕310107-0001号" in answer.text and "等待当事主体整改" in answer.text
    assert "/files/file-" in answer.text
    document = re.search(r'href="(/regulator/documents/[^"]+)"', answer.text)
    assert document is not None
    paper = browser.get(document[1]).text
    assert "责令改正通知书" in paper and "封存批次" in paper and "测试首站冷库" in paper

    with made.house.db.write(principal_for(made.house.db.reader(system("t")), made.people["store"],
                                           made.organisations["store"], made.clock.now())) as w:  # fmt: skip
        photo = store_file(w, png(90), "整改后.png").id
        answer_order(w, case, text="已封存并停止销售", evidence=[photo], act=Act("page"))

    page = browser.get(path)
    assert "已封存并停止销售" in page.text and "轮到您：核查" in page.text
    answer = browser.post(
        path, data={**form_of(page.text, "verify"), "passed": "yes", "text": "到场核对，批次在库封存"}
    )
    made.clock.advance(10 * MINUTE)
    page = browser.get(path)
    refused = browser.post(path, data={**form_of(page.text, "close"), "outcome": "已整改到位"})
    assert refused.status_code == 422 and "请再次输入密码" in refused.text and "已整改到位" in refused.text
    answer = browser.post(
        path, data={**form_of(refused.text, "close"), "outcome": "已整改到位", "confirm_password": PASSWORD}
    )
    assert "已结案" in answer.text and "结案审批表" in answer.text
    answer = browser.post(path, data={**form_of(answer.text, "evaluate"), "grade": "good"})
    assert "已结案并评价" in answer.text
    reader = made.house.db.reader(system("test"))
    assert case_of(reader, case)["step"] == "evaluated"


def test_a_refused_form_keeps_what_was_typed_and_the_photo_sent(made: Town) -> None:
    browser = client(made, "officer")
    path = f"/regulator/cases/{file_it(made, browser, stored_before_release(made))}"
    hidden = form_of(browser.get(path).text, "dispatch")
    browser.post(path, data={**hidden, "to": f"person:{made.people['officer']}", "due": local(made.clock.now() + DAY)})
    hidden = form_of(browser.get(path).text, "handle")
    refused = browser.post(path, data={**hidden, "text": ""}, files={"evidence": ("a.png", png(), "image/png")})
    assert refused.status_code == 422 and 'role="alert"' in refused.text and 'aria-invalid="true"' in refused.text
    again = form_of(refused.text, "handle")
    assert again["evidence_kept"].startswith("file-")
    done = browser.post(path, data={**again, "text": "当场封存"})
    assert "轮到您：核查" in done.text and again["evidence_kept"] in done.text


def test_a_double_click_is_one_act(made: Town) -> None:
    browser = client(made, "officer")
    finding = stored_before_release(made)
    hidden = form_of(browser.get(f"/regulator/findings/{finding}").text)
    first = browser.post(f"/regulator/findings/{finding}", data=hidden)
    second = browser.post(f"/regulator/findings/{finding}", data=hidden)
    assert first.url == second.url and "/regulator/cases/case-" in str(first.url)


def test_a_case_that_moved_on_is_shown_kindly_with_what_was_typed(made: Town) -> None:
    browser, other = client(made, "officer"), client(made, "officer")
    path = f"/regulator/cases/{file_it(made, browser, stored_before_release(made))}"
    stale = form_of(browser.get(path).text, "dispatch")
    fields = {"to": f"person:{made.people['officer']}", "due": local(made.clock.now() + DAY)}
    other.post(path, data={**form_of(other.get(path).text, "dispatch"), **fields})
    answer = browser.post(path, data={**stale, **fields, "text": "请今天到场"})
    assert answer.status_code == 409 and "请刷新后再办" in answer.text and "请今天到场" in answer.text
    assert form_of(answer.text, "dispatch")["version"] == "2"


def test_whose_turn_it_is_not_sees_whose_it_is_and_no_button(made: Town) -> None:
    browser = client(made, "officer")
    case = file_it(made, browser, stored_before_release(made))
    admin = client(made, "admin").get(f"/regulator/cases/{case}")
    assert admin.status_code == 200 and "等待派遣" in admin.text and "轮到您：" not in admin.text
    assert 'name="doing"' not in admin.text


def test_another_districts_officer_finds_neither_case_nor_subject_more_than_an_unknown_one(made: Town) -> None:
    browser = client(made, "officer")
    reader = made.house.db.reader(system("test"))
    row = findings_where(reader, finding_table.c.rule == "overtime")[0]
    case = file_it(made, browser, row["id"])
    elsewhere = client(made, "stranger")
    hidden, unknown = elsewhere.get(f"/regulator/cases/{case}"), elsewhere.get("/regulator/cases/case-unknown")
    same = re.compile(r'<input type="hidden" name="csrf" value="[^"]*">')
    assert hidden.status_code == unknown.status_code == 404
    assert same.sub("", hidden.text).replace(case, "case-unknown") == same.sub("", unknown.text)


def test_several_cases_are_previewed_and_dispatched_together(made: Town) -> None:
    browser = client(made, "officer")
    reader = made.house.db.reader(system("test"))
    cases = [
        file_it(made, browser, row["id"])
        for row in findings_where(reader, finding_table.c.rule == "unqualified_disinfection")
    ]
    preview = browser.get("/regulator/cases/dispatch", params={"case": cases})
    assert "将派遣 2 件" in preview.text
    fields = {"to": f"person:{made.people['officer']}", "due": local(made.clock.now() + DAY), "case": cases}
    refused = browser.post(
        "/regulator/cases/dispatch", data={**form_of(preview.text), **fields, "due": local(made.clock.now() - DAY)}
    )
    assert refused.status_code == 422 and "期限须在现在之后" in refused.text
    done = browser.post("/regulator/cases/dispatch", data={**form_of(preview.text), **fields})
    assert "已将 2 件派遣给钱五" in done.text
    assert {case_of(reader, case)["step"] for case in cases} == {"dispatched"}


def test_a_finding_of_ones_own_from_a_visit_with_a_photo(made: Town) -> None:
    browser = client(made, "inspector")
    page = browser.get("/regulator/findings/new", params={"subject": "place:WH1"})
    fields = {
        "app": "cold_chain",
        "origin": "patrol",
        "kind": "place",
        "place": "WH1",
        "title": "门外卸货",
        "reason": "",
    }
    refused = browser.post("/regulator/findings/new", data={**form_of(page.text), **fields},
                           files={"photos": ("现场.png", png(), "image/png")})  # fmt: skip
    assert refused.status_code == 422 and "门外卸货" in refused.text and "photos_kept" in refused.text
    answer = browser.post(
        "/regulator/findings/new", data={**form_of(refused.text), **fields, "reason": "14:10 在门外卸货 3 托"}
    )
    assert answer.status_code == 200 and "14:10 在门外卸货 3 托" in answer.text and "测试中转查验库" in answer.text
    assert "/files/file-" in answer.text and "WT-310115-2020-" in answer.text


def test_outside_ones_area_nothing_can_be_noted(made: Town) -> None:
    browser = client(made, "inspector")
    page = browser.get("/regulator/findings/new")
    fields = {"app": "cold_chain", "origin": "patrol", "kind": "place", "place": "ST1", "title": "x", "reason": "y"}
    answer = browser.post("/regulator/findings/new", data={**form_of(page.text), **fields})
    assert answer.status_code == 403 and "该辖区" in answer.text
