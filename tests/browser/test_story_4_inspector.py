"""Story 4: an inspector sees the goods and their loops, reads why, and carries a case to its end on evidence."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bihuan.base.cases import case_of
from bihuan.base.clock import DAY, MINUTE
from bihuan.base.principal import system
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from ends.regulator_story import STORED, png, tell
from houses import PASSWORD

from .stage import ROOT, Actor, Stage, local


@pytest.fixture
def goods(stage: Stage) -> Stage:
    """Three containers: one stored before its release, one due today, one late."""
    stage.do(lambda: tell(stage.town))
    return stage


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "现场.png"
    file.write_bytes(png())
    return file


def finding(stage: Stage, rule: str) -> str:
    """The id of the finding of a rule."""
    where = finding_table.c.rule == rule
    return str(stage.do(lambda: findings_where(stage.town.house.db.reader(system("test")), where))[0]["id"])


def explained(stage: Stage, rule: str, subject: str) -> str:
    """What `bihuan explain` prints of a rule and a subject, read from the same store while it is served."""
    program = "import sys; from bihuan.cli import app; app(sys.argv[1:])"
    store = str(stage.folder / "store")
    ran = subprocess.run(
        [sys.executable, "-c", program, "explain", rule, subject, "--data", store],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_goods_of_ones_scope_and_what_the_rules_say(goods: Stage) -> None:
    inspector = goods.enter("inspector")
    assert inspector.path == "/regulator"
    inspector.look("4-home")
    for stage, box in (("on_road", "MSKU0000011"), ("on_road", "TGHU0000013")):
        assert box in inspector.go(f"/regulator/cold_chain?stage={stage}")
    assert STORED in inspector.go("/regulator/cold_chain")
    inspector.look("4-goods")
    inspector.go("/regulator/map")
    assert inspector.page.locator("main svg").count() and "测试中转查验库" in inspector.words
    inspector.look("4-map")
    said = inspector.go(f"/regulator/subjects/container:{STORED}")
    sentence = inspector.page.locator("main .rules li", has_text="按时到库").first
    assert "6 小时 48 分，限 6 小时" in said and "违反" in sentence.inner_text()
    inspector.page.locator("main .rules details summary").first.click()
    inspector.look("4-container")
    told = explained(goods, "overtime", f"container:{STORED}")
    reason = re.search(r"\[violated\][^\n]*\n\s+(.+)", told)
    assert reason is not None and reason[1].strip() in said, told

    refs = re.findall(r"\b[0-9a-z]{20}\b", told)
    linked = inspector.page.content()
    assert refs and all(ref in linked for ref in refs), refs
    for article in told.splitlines()[1:3]:
        assert article.strip() in re.sub(r"\s+", " ", inspector.page.locator("main").text_content() or ""), article
    inspector.go("/regulator/cold_chain/rules/overtime")
    inspector.look("4-rule")
    inspector.go("/regulator/cold_chain/rules")
    inspector.look("4-rules")
    inspector.go("/regulator/duties")
    inspector.look("4-duties")
    inspector.look_in_english()


def test_a_finding_of_ones_own_from_a_visit(goods: Stage, photo: Path) -> None:
    inspector = goods.enter("inspector")
    inspector.go("/regulator/findings/new?subject=place:WH1")
    inspector.fill({"app": "cold_chain", "origin": "patrol", "kind": "place", "place": "WH1", "title": "门外卸货",
                    "reason": "14:10 在门外卸货 3 托"})  # fmt: skip
    inspector.page.set_input_files("#photos", photo)
    inspector.look("4-note")
    assert "14:10 在门外卸货 3 托" in inspector.press("记录问题")
    assert inspector.page.locator("main img").count() == 1
    inspector.look("4-noted")
    inspector.go("/regulator/findings")
    inspector.look("4-findings")
    inspector.look_in_english()


def test_a_case_to_its_end_by_keyboard_alone(goods: Stage, photo: Path) -> None:
    store = goods.enter("store")
    officer = goods.enter("officer")
    officer.go("/regulator/findings?rule=stored_before_released")
    officer.page.keyboard.press("j")
    officer.sent(lambda: officer.page.keyboard.press("Enter"))
    assert "未放行先入库" in officer.words
    officer.look("4-finding")
    officer.keyed("立案")
    case = officer.path.rpartition("/")[2]
    assert "轮到您：派遣" in officer.words
    officer.look("4-case-filed")
    due = local(goods.town.clock.at + DAY)
    officer.tab_to("#dispatch-to")
    officer.page.keyboard.press("ArrowDown")
    while "（本人）" not in officer.page.locator("#dispatch-to option:checked").inner_text():
        officer.page.keyboard.press("ArrowDown")
    officer.typed_moment("#dispatch-due", due)
    officer.keyed("派遣")
    assert "轮到您：出具责令改正通知书" in officer.words
    officer.tab_to("#order-articles")
    officer.tab_to("#order-demands")
    officer.page.keyboard.type("停止销售\n封存批次 L1")
    officer.typed_moment("#order-due", due)
    officer.keyed("出具责令改正通知书")
    assert "责改〔2020〕310107-0001号" in officer.words and "等待当事主体整改" in officer.words
    officer.look("4-case-ordered")
    officer.tab_to("main a[href^='/regulator/documents/']")
    officer.sent(lambda: officer.page.keyboard.press("Enter"))
    assert "责令改正通知书" in officer.words
    officer.look("4-order")
    officer.print("4-order")

    store.go(f"/enterprise/cases/{case}")
    store.page.locator("#text").fill("已停止销售，批次 L1 已封存。")
    store.page.set_input_files("#evidence", photo)
    assert "等待核查" in store.press("报送整改情况")

    officer.go(f"/regulator/cases/{case}")
    officer.tab_to("[name=passed][value=yes]")
    officer.page.keyboard.press("Space")
    officer.tab_to("#verify-text")
    officer.page.keyboard.type("到场核对，批次在库封存。")
    officer.look("4-case-check")
    officer.keyed("记录核查结果")
    goods.advance(10 * MINUTE)
    officer.go(f"/regulator/cases/{case}")
    officer.tab_to("#close-outcome")
    officer.page.keyboard.type("已整改到位")
    officer.tab_to("#close-confirm_password")
    officer.page.keyboard.type(PASSWORD)
    officer.look("4-case-close")
    officer.keyed("结案")
    officer.tab_to("[name=grade]")
    officer.page.keyboard.press("Space")
    officer.keyed("记录评价")
    assert "已结案并评价" in officer.words or "评价" in officer.words
    officer.look("4-case-evaluated")
    step = goods.do(lambda: case_of(goods.town.house.db.reader(system("test")), case)["step"])
    assert step == "evaluated"
    officer.go("/regulator/cases?state=closed")
    officer.look("4-cases")
    officer.look_in_english()


def test_two_editors_and_the_second_sees_what_happened(goods: Stage) -> None:
    first, second = goods.enter("officer"), goods.enter("officer")
    first.go(f"/regulator/findings/{finding(goods, 'stored_before_released')}")
    first.press("立案")
    path, due = first.path, local(goods.town.clock.at + DAY)
    second.go(path)
    for officer, text in ((first, "请今天到场"), (second, "请带上记录仪")):
        officer.page.locator("#dispatch-to").select_option(index=1)
        officer.page.locator("#dispatch-due").fill(due)
        officer.page.locator("#dispatch-text").fill(text)
        officer.press("派遣")
    assert "请刷新后再办" in second.words
    assert "请带上记录仪" in second.page.locator("textarea").evaluate_all("all => all.map(e => e.value).join()")
    second.look("4-conflict")


def test_another_districts_officer_sees_none_of_it(goods: Stage) -> None:
    stranger: Actor = goods.enter("stranger")
    assert STORED not in stranger.go("/regulator/cold_chain")
    stranger.go(f"/regulator/subjects/container:{STORED}", status=404)
    stranger.look("4-not-found")
