"""Documents as an officer expects them: office, signer, two officers with card numbers, remedy; blank where unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bihuan.base.cases import Act, apply
from bihuan.base.clock import DAY
from bihuan.base.errors import Words
from bihuan.base.files import store_file
from bihuan.base.identity import create_organisation, enter_card, give_grant, give_membership, principal_for
from bihuan.base.principal import system
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from houses import Town

from .regulator_story import client, form_of, local, png, story_town

OFFICE = "测试市场监督管理局"
BLANK = "＿＿＿"


@pytest.fixture
def made() -> Iterator[Town]:
    town = story_town()
    yield town
    town.house.db.close()


def _order(made: Town, browser: TestClient, **more: str) -> str:
    """The order to correct of the lot that was stored too soon: its page."""
    reader = made.house.db.reader(system("test"))
    finding = findings_where(reader, finding_table.c.rule == "stored_before_released")[0]["id"]
    page = browser.get(f"/regulator/findings/{finding}")
    path = str(browser.post(f"/regulator/findings/{finding}", data=form_of(page.text)).url.path)
    due = local(made.clock.now() + DAY)
    hidden = form_of(browser.get(path).text, "dispatch")
    page = browser.post(path, data={**hidden, "to": f"person:{made.people['officer']}", "due": due})
    page = browser.post(path, data={**form_of(page.text, "order"), "articles": "通告第二条", "demands": "封存", "due": due, **more})
    assert page.status_code == 200, page.text
    found = re.search(r'href="(/regulator/documents/[^"]+)"', page.text)
    assert found is not None
    return found[1]


def test_an_order_bears_office_signer_and_two_officers_with_their_cards(made: Town) -> None:
    with made.house.db.write(system("setup")) as w:
        office = create_organisation(w, OFFICE, kinds=["authority"], area="31")
        give_membership(w, made.people["officer"], office, ["draft"])
        enter_card(w, made.people["officer"], "沪-09-001")
    browser = client(made, "officer")
    path = _order(made, browser, partner=made.people["stranger"])
    paper = browser.get(path).text
    assert paper.count(OFFICE) == 2  # above the title and at the seal
    assert "执法人员：钱五（执法证号：沪-09-001）、周七（执法证号：<span" in paper
    assert "签发人：钱五" in paper and "（印章）" in paper and "行政复议" in paper and "未经法制机构核定" in paper
    firm = client(made, "store").get(path.replace("/regulator/", "/enterprise/")).text
    assert OFFICE in firm and "签发人：钱五" in firm
    case = re.search(r'href="(/enterprise/cases/case-[^"]+)"', firm)
    assert case is not None
    page = client(made, "store").get(case[1]).text
    assert "钱*" in page and "钱五" not in page  # elsewhere than on the document the officer stays masked


def test_what_is_not_on_file_is_a_line_to_be_filled_in(made: Town) -> None:
    browser = client(made, "officer")
    paper = browser.get(_order(made, browser)).text
    article = paper[paper.index("<article") : paper.index("</article>")]
    assert OFFICE not in article and article.count(BLANK) >= 6  # office twice, card, second name and card, receipt


def test_the_remedy_is_a_setting_and_says_that_it_is_not_settled(made: Town) -> None:
    made.house.remedy, made.house.remedy_sure = Words("可向测试机关申请复议。", "Ask the test office."), True
    browser = client(made, "officer")
    paper = browser.get(_order(made, browser)).text
    assert "可向测试机关申请复议。" in paper and "未经法制机构核定" not in paper


def test_an_application_leaves_its_papers_with_both_sides(made: Town) -> None:
    reader = made.house.db.reader(system("t"))
    importer = principal_for(reader, made.people["importer"], made.organisations["importer"], made.clock.now())
    with made.house.db.write(importer) as w:
        payload = {"lots": ["L1"], "warehouse": "WH1"}
        paper = store_file(w, png(), "报告.png").id
        application = apply(w, made.house.desk(), "cold_chain.release", area="310115", payload=payload,
                            attachments={"test_report": paper}, act=Act("page"))  # fmt: skip
    browser, path = client(made, "inspector"), f"/regulator/applications/{application}"
    page = browser.post(path, data=form_of(browser.get(path).text, "accept"))
    assert "申请受理通知书 许受〔2020〕310115-0001号" in page.text
    page = browser.post(path, data={**form_of(page.text, "review"), "text": "批次与报告不符"})
    decision = {"decision": "refuse", "reason": "报告与批次不符", "article": "通告第三条"}
    page = browser.post(path, data={**form_of(page.text, "decide"), **decision})
    links = {title: name for name, title in re.findall(r'href="/regulator/documents/(doc-[^"]+)">(\w+) ', page.text)}
    refusal = browser.get(f"/regulator/documents/{links['不予许可决定书']}").text
    for said in ("不予许可决定书", "报告与批次不符", "通告第三条", "行政复议", "签发人：赵四"):
        assert said in refusal, said
    firm = client(made, "importer")
    shown = firm.get(f"/enterprise/applications/{application}").text
    assert "许受〔2020〕310115-0001号" in shown
    theirs = firm.get(f"/enterprise/documents/{links['申请受理通知书']}").text
    assert "予以受理" in theirs and "测试进口商" in theirs


def test_only_who_has_authority_is_offered_and_of_others_the_reason_is_said(made: Town) -> None:
    with made.house.db.write(system("setup")) as w:
        office = create_organisation(w, OFFICE, kinds=["authority"], area="310115")
        give_membership(w, made.people["inspector"], office, ["draft"])
        create_organisation(w, "无人科", kinds=["department"], area="310115")
        give_grant(w, made.people["admin"], "310115", "cold_chain", ["read"])
    reader = made.house.db.reader(system("test"))
    finding = findings_where(reader, finding_table.c.rule == "overtime")[0]["id"]
    browser = client(made, "officer")
    page = browser.get(f"/regulator/findings/{finding}")
    page = browser.post(f"/regulator/findings/{finding}", data=form_of(page.text))
    offered = re.findall(r'<option value="((?:person|department):[^"]+)"', page.text)
    people = {f"person:{made.people[login]}" for login in ("officer", "inspector")}
    assert set(offered) == {*people, f"department:{office}"}
    assert "周七：权限不覆盖该辖区" in page.text and "孙六：只有查看权限" in page.text
    assert "无人科：没有可办理该辖区、该条线的人员" in page.text
    due = local(made.clock.now() + DAY)
    hidden = form_of(page.text, "dispatch")
    refused = browser.post(page.url.path, data={**hidden, "to": f"person:{made.people['stranger']}", "due": due})
    assert refused.status_code == 422 and "请从列表中选择" in refused.text
