"""一公开: what everybody may read of a random check, and what nobody learns there; the draw holds in the script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bihuan.base.cases import avoidances
from bihuan.base.errors import Refused
from bihuan.base.principal import system
from bihuan.ends.web import web_app
from bihuan.engines.merkle import read_receipt, verify_receipt
from houses import PASSWORD, Town, town

from .checks_story import drawn, recorded, signed

WRONG = "第 3 托没有预约单，王二在场。"


@pytest.fixture
def made() -> Town:
    return town()


def reader(made: Town) -> TestClient:
    return TestClient(web_app(made.house), headers={"Origin": "http://testserver"})


def test_nothing_is_public_before_the_sign_off(made: Town) -> None:
    browser = reader(made)
    assert "没有符合条件的结果" in browser.get("/checks").text
    [visit] = drawn(made)
    recorded(made, visit["id"])
    assert "测试中转查验库" not in browser.get("/checks").text
    assert browser.get(f"/checks/{visit['number']}").status_code == 404
    assert browser.get(f"/checks/{visit['number']}").text == browser.get("/checks/JC-310115-2020-000999").text.replace(
        "000999", str(visit["number"])[-6:]
    )


def test_a_result_names_the_firm_the_day_and_the_result_and_no_officer(made: Town) -> None:
    browser = reader(made)
    [visit] = drawn(made)
    recorded(made, visit["id"], wrong=WRONG)
    signed(made, visit["id"])
    number = visit["number"]
    pages = [browser.get(path).text for path in ("/checks", f"/checks/{number}", "/checks?lang=en", f"/checks/{number}?lang=en")]
    for page in pages:
        assert "测试中转查验库" in page and "2020-12-10" in page and str(number) in page
        for hidden in (WRONG, "赵", "钱", made.people["inspector"], made.people["officer"]):
            assert hidden not in page, hidden
    assert "发现问题" in pages[1] and "Something was wrong" in pages[3]
    assert str(number) in browser.get("/checks?result=problems&q=中转").text
    for empty in ("result=clean", "area=310107", "line=other", "q=没有这家", "plan=CC-310115-2020-000009"):
        assert str(number) not in browser.get(f"/checks?{empty}").text, empty
    assert '<a href="/checks">1</a>' in browser.get("/").text


def test_the_receipt_holds_and_tells_nothing(made: Town) -> None:
    [visit] = drawn(made)
    recorded(made, visit["id"])
    signed(made, visit["id"])
    answer = reader(made).get(f"/checks/{visit['number']}/receipt")
    proved = verify_receipt(read_receipt(answer.content), made.house.key.vkey)
    assert proved.header.type == "cases.VisitSigned"
    assert "测试中转查验库".encode() not in answer.content and str(visit["number"]).encode() not in answer.content


def test_the_draw_is_published_when_the_plan_is_over_and_holds_in_the_script(made: Town, tmp_path: Path) -> None:
    browser = reader(made)
    first, second = drawn(made, count=2, kinds=("transit_warehouse", "importer"))
    recorded(made, first["id"])
    signed(made, first["id"])
    assert "全部检查结束后公布" in browser.get(f"/checks/{first['number']}").text
    assert browser.get(f"/checks/{first['number']}/draw").status_code == 404
    recorded(made, second["id"])
    signed(made, second["id"])
    body = browser.get(f"/checks/{first['number']}/draw").content
    assert {first["party"], second["party"]} == set(json.loads(body)["drawn"])
    assert made.people["inspector"].encode() not in body
    script, proof = tmp_path / "verify_draw.py", tmp_path / "draw.json"
    script.write_bytes(browser.get("/ledger/verify_draw.py").content)
    for content, code in ((body, 0), (body.replace(first["party"].encode(), b"org-0000000000000000", 1), 1)):
        proof.write_bytes(content)
        ran = subprocess.run([sys.executable, "-I", script, proof], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == code, ran.stdout + ran.stderr


def test_an_officer_who_avoids_the_firm_is_not_drawn(made: Town) -> None:
    browser = reader(made)
    answer = browser.post("/log-in", data={"login": "admin", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303
    page = browser.get(f"/admin/avoidances/new?person={made.people['inspector']}").text
    hidden = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "retry")}
    asked = {**hidden, "person": made.people["inspector"], "party": made.organisations["warehouse"], "why": ""}
    assert browser.post("/admin/avoidances/new", data=asked).status_code == 422
    for _ in range(2):  # a double click is one act
        told = browser.post("/admin/avoidances/new", data={**asked, "why": "配偶在该库任职"})
        assert told.status_code == 200 and told.text.count("配偶在该库任职") == 1
    with pytest.raises(Refused, match="Only 1 officers may check"):
        drawn(made)
    [number] = [row["id"] for row in _avoided(made)]
    page = browser.get(f"/admin/avoidances/{number}/end").text
    hidden = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "retry")}
    ended = browser.post(f"/admin/avoidances/{number}/end", data={**hidden, "confirm_password": PASSWORD})
    assert "没有登记回避关系" in ended.text
    assert len(drawn(made)) == 1
    assert browser.get(f"/admin/avoidances/{number}/end").status_code == 404


def _avoided(made: Town) -> list[dict[str, str]]:
    return [dict(row) for row in avoidances(made.house.db.reader(system("test")))]
