"""Story 8: a random check 双随机, from the plan over the draw and the visit to the case and the public page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bihuan.base.clock import DAY, MINUTE
from ends.regulator_story import png

from .stage import ROOT, Actor, Stage, local

SCRIPT = ROOT / "src" / "bihuan" / "standalone" / "verify_draw.py"
WRONG = "抽看 12 人，2 人当日没有登记。"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "现场.png"
    file.write_bytes(png())
    return file


def again(proof: Path) -> str:
    """What the script says that draws again without Bihuan."""
    ran = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(proof)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def planned(stage: Stage, officer: Actor) -> None:
    """The city officer plans a draw of one transit warehouse in Pudong."""
    officer.go("/regulator/draws")
    officer.follow("制定抽查计划")
    officer.fill({"app": "cold_chain", "title": "十二月中转查验库抽查", "area": "310115", "count": "1"})
    officer.page.locator('main [name=kinds][value="transit_warehouse"]').check()
    officer.fill({"begins": local(stage.town.clock.at), "due": local(stage.town.clock.at + 7 * DAY)})
    officer.look("8-plan")
    officer.one("main form[method=post] .actions button").click()
    officer.page.wait_for_url(re.compile(r"/regulator/draws/draw-"))


def test_lots_are_drawn_a_firm_is_checked_and_anyone_can_read_it(stage: Stage, photo: Path) -> None:
    officer, inspector, anyone = stage.enter("officer"), stage.enter("inspector"), stage.enter()
    planned(stage, officer)
    plan = officer.path
    assert "冻结" in officer.press("冻结名录")
    officer.look("8-frozen")
    stage.advance(MINUTE)
    officer.go(plan)
    assert "测试中转查验库" in officer.press("抽取") and "重算相符" in officer.words
    officer.look("8-drawn")
    officer.print("8-drawn")
    assert "相符" in again(officer.save(officer.page.get_by_role("link", name="下载抽取证明"), "draw.json"))

    stage.advance(MINUTE)
    inspector.go("/regulator")
    assert "我的检查任务" in inspector.words
    inspector.go("/messages")
    assert "JC-310115-2020-000001" in inspector.words
    inspector.go("/regulator/visits")
    inspector.follow("JC-310115-2020-000001")
    visit = inspector.path
    inspector.fill({"visited_at": local(stage.town.clock.at)})
    names = inspector.page.locator('main input[type=radio][value="yes"]').evaluate_all("all => all.map(e => e.name)")
    assert len(names) == 9
    for name in names[:-1]:
        inspector.page.locator(f'[name="{name}"][value="yes"]').check()
    inspector.page.locator(f'[name="{names[-1]}"][value="no"]').check()
    item = names[-1].removeprefix("answer-")
    inspector.page.locator("main fieldset details summary").last.click()
    inspector.page.locator(f'[name="remark-{item}"]').fill(WRONG)
    inspector.page.set_input_files(f'[name="photos-{item}"]', photo)
    inspector.look("8-visit")
    inspector.press("保存现场记录")
    assert WRONG in inspector.words and inspector.page.locator("main img").count() >= 1
    inspector.look("8-recorded")

    assert "没有符合条件的结果" in anyone.go("/checks")
    officer.go(visit)
    assert "公示页" in officer.press("签核并公示")
    officer.look("8-signed")
    inspector.go(visit)
    inspector.one("main a[href^='/regulator/findings/']").click()
    inspector.page.wait_for_url(re.compile("/regulator/findings/"))
    assert "不符合" in inspector.words
    inspector.press("立案")
    assert "轮到您：派遣" in inspector.words
    inspector.look("8-case")

    anyone.go("/")
    anyone.follow("1", within="main dl")
    anyone.look("8-public-list")
    said = anyone.follow("JC-310115-2020-000001")
    assert "测试中转查验库" in said and "发现问题" in said
    for hidden in (WRONG, "赵四", "赵", "钱"):
        assert hidden not in said
    anyone.look("8-public")
    saved = anyone.save(anyone.page.get_by_role("link", name="下载抽签文件"), "public-draw.json")
    assert "相符" in again(saved) and "officers" not in json.loads(saved.read_text("utf-8"))
    for actor in (officer, inspector, anyone):
        actor.look_in_english()


def test_an_officer_of_another_district_sees_nothing_of_it(stage: Stage) -> None:
    officer, stranger = stage.enter("officer"), stage.enter("stranger")
    planned(stage, officer)
    assert "十二月中转查验库抽查" not in stranger.go("/regulator/draws")
    stranger.go(officer.path, status=404)
    assert "制定抽查计划" not in stranger.go("/regulator/draws")
