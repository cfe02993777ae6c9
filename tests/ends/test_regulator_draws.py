"""Random checks through their pages: plan, freeze, draw, record, sign off; who is shown what; nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from bihuan.base.clock import DAY, MINUTE
from bihuan.standalone.verify_draw import check
from houses import NOW, Town, town

from .regulator_story import client, form_of, local, png

PLAN = {
    "app": "cold_chain", "title": "十二月冷库抽查", "area": "310115", "kinds": ["cold_store", "importer"], "count": "2",
    "share": "", "weighing": "equal", "per_visit": "2", "begins": local(NOW), "due": local(NOW + 10 * DAY),
}  # fmt: skip


@pytest.fixture
def made() -> Iterator[Town]:
    built = town()
    yield built
    built.house.db.close()


def send(browser: TestClient, path: str, doing: str, status: int = 303, **changes: Any) -> str:
    """Send the form of a page; the address it leads to, or the page that refuses."""
    page = browser.get(path)
    files = changes.pop("files", None)
    answer = browser.post(path, data=form_of(page.text, doing) | changes, files=files, follow_redirects=False)
    assert answer.status_code == status, answer.text
    return answer.headers["location"] if status == 303 else answer.text


def drawn(made: Town, officer: TestClient) -> str:
    path = send(officer, "/regulator/draws/new", "", **PLAN)
    send(officer, path, "freeze")
    made.house.sign()
    send(officer, path, "draw")
    return path


def visit_in(page: str) -> str:
    return re.findall(r'href="(/regulator/visits/visit-[^"]+)"', page)[0]  # type: ignore[no-any-return]


def answers(**changes: Any) -> dict[str, Any]:
    names = ("booking", "gate", "disinfected", "tested", "released", "kilograms", "trace_code", "temperature", "staff")
    return {f"answer-{name}": "yes" for name in names} | {"visited_at": local(NOW + 10 * MINUTE)} | changes


def test_from_plan_to_publication(made: Town) -> None:
    officer, inspector = client(made, "officer"), client(made, "inspector")
    path = send(officer, "/regulator/draws/new", "", **PLAN)
    assert "待冻结名录" in officer.get(path).text
    send(officer, path, "freeze")
    frozen = officer.get(path).text
    assert "等待名录冻结后的下一个签名检查点" in frozen
    assert "种子尚未产生" in send(officer, path, "draw", 422)
    made.house.sign()
    assert "可以抽取" in officer.get(path).text
    send(officer, path, "draw")
    page = officer.get(path).text
    assert "重算相符" in page
    assert "测试进口商" in page and "测试中转查验库" in page
    proof = json.loads(officer.get(f"{path}/proof").content)
    assert len(check(proof)) == 2
    assert "我的检查任务" in inspector.get("/regulator").text
    for number in ("CC-310115-2020-000001", "JC-310115-2020-000001"):
        found = officer.get("/find", params={"q": number}, follow_redirects=False)
        assert found.headers["location"].startswith(("/regulator/draws/draw-", "/regulator/visits/visit-"))

    made.clock.advance(20 * MINUTE)
    visit = visit_in(page)
    assert "现场检查记录" in inspector.get(visit).text
    refused = send(inspector, visit, "record", 422, **answers(**{"answer-booking": "no", "remark": "留下的话"}))
    assert "请写明看到了什么" in refused
    assert "留下的话" in refused
    photo = [("photos-booking", ("a.png", png(), "image/png"))]
    said = answers(**{"answer-booking": "no", "remark-booking": "两箱没有预约", "answer-staff": "none"})
    send(inspector, visit, "record", files=photo, **said)
    page = inspector.get(visit).text
    assert "等待同行的另一名检查人员" in page
    assert "不符合：到库的集装箱均有经确认的预约" in page
    assert 'src="/files/file-' in page
    assert "签核并公示" not in page
    nobody = TestClient(officer.app)
    assert "测试" not in nobody.get("/checks").text
    send(officer, visit, "sign")
    finding = "/regulator/findings/" + page.partition('href="/regulator/findings/')[2].partition('"')[0]
    assert send(inspector, finding, "").startswith("/regulator/cases/")
    assert "测试" in nobody.get("/checks").text
    shown = nobody.get(re.findall(r'href="(/checks/[^"]+)"', officer.get(visit).text)[0]).text
    assert "发现问题" in shown and "未发现问题" not in shown
    assert "两箱没有预约" not in shown and "赵" not in shown
    assert nobody.get(visit, follow_redirects=False).status_code == 303  # to the log-in


def test_nothing_wrong_is_recorded_and_the_plan_ends(made: Town) -> None:
    officer, inspector = client(made, "officer"), client(made, "inspector")
    path = drawn(made, officer)
    made.clock.advance(20 * MINUTE)
    for _ in range(2):
        visit = visit_in(inspector.get("/regulator/visits").text)
        send(inspector, visit, "record", **answers())
        assert "未发现问题" in inspector.get(visit).text
        send(officer, visit, "sign")
    page = officer.get(path).text
    assert "已完成" in page and "（100%）" in page
    assert "没有轮到您的检查任务" in inspector.get("/regulator/visits").text


def test_a_plan_that_is_refused_keeps_what_was_typed(made: Town) -> None:
    officer = client(made, "officer")
    page = send(officer, "/regulator/draws/new", "", 422, **PLAN | {"per_visit": "1"})
    assert "检查人员不得少于两人" in page
    assert "十二月冷库抽查" in page
    assert 'value="importer" checked' in page
    page = send(officer, "/regulator/draws/new", "", 422, **PLAN | {"count": "两家"})
    assert "请填写整数" in page


def test_a_replacement_says_why(made: Town) -> None:
    officer = client(made, "officer")
    path = drawn(made, officer)
    again = f"/regulator/draws/new?replaces={path.rpartition('/')[2]}"
    form = form_of(officer.get(again).text)
    refused = officer.post("/regulator/draws/new", data=form | PLAN, follow_redirects=False)
    assert refused.status_code == 422 and "请写明为何替换原计划" in refused.text
    done = officer.post("/regulator/draws/new", data=form | PLAN | {"reason": "名录漏了新备案的冷库"}, follow_redirects=False)
    assert done.status_code == 303
    assert "名录漏了新备案的冷库" in officer.get(path).text
    assert "已被替换" in officer.get("/regulator/draws").text


def test_who_sees_and_may_do_what(made: Town) -> None:
    officer, stranger = client(made, "officer"), client(made, "stranger")
    path = drawn(made, officer)
    visit = visit_in(officer.get(path).text)
    for hidden in (path, f"{path}/proof", visit):
        assert stranger.get(hidden).status_code == 404
    assert "您没有制定抽查计划的权限" in stranger.get("/regulator/draws/new").text
    denied = stranger.post("/regulator/draws/new", data=PLAN | {"csrf": _csrf(stranger)}, follow_redirects=False)
    assert denied.status_code == 403
    assert client(made, "importer").get("/regulator/draws", follow_redirects=False).status_code in (303, 403)


def test_one_steps_aside_and_nobody_else_is_left(made: Town) -> None:
    officer = client(made, "officer")
    visit = visit_in(officer.get(drawn(made, officer)).text)
    assert "请写明回避理由" in send(officer, visit, "aside", 422)
    assert "没有其他可替换的人员" in send(officer, visit, "aside", 422, reason="亲属在该单位任职")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_stands_in_both_languages(made: Town, lang: str) -> None:
    officer = client(made, "officer")
    path = drawn(made, officer)
    visit = visit_in(officer.get(path).text)
    for each in ("/regulator/draws", "/regulator/draws/new", path, "/regulator/visits", "/regulator/visits?view=all", visit):
        answer = officer.get(each, params={"lang": lang} | ({"view": "all"} if "view" in each else {}))
        assert answer.status_code == 200
        assert answer.text.count("<h1") == 1


def _csrf(browser: TestClient) -> str:
    return browser.get("/regulator").text.partition('name="csrf" value="')[2].partition('"')[0]
