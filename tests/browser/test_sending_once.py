"""What is sent is sent once and on purpose: a double click, an input method's Enter, a draft that comes back."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from bihuan.apps.cold_chain.records import CustomsReleased, ReleasedLot, Risk
from bihuan.base.clock import HOUR, moment
from bihuan.base.principal import system
from bihuan.base.records import RECORD, record
from houses import NOW

from .stage import Actor, Stage, local

TYPE = "/enterprise/report/cold_chain.StoredFirst"


@pytest.fixture
def port(stage: Stage) -> Stage:
    """Customs has released one lot."""
    lot = ReleasedLot(lot="L1", kg=Decimal("12000"), risk=Risk.ordinary, product="冻虾", origin="EC")
    stage.state("customs", CustomsReleased(time=moment(NOW - 6 * HOUR), container="CSQU3054383",
                                           declaration="22012020000001", area="310115-YS", lots=[lot]))  # fmt: skip
    return stage


def records_in(stage: Stage) -> int:
    """How many records the store holds."""
    return stage.do(lambda: stage.town.house.db.reader(system("test")).count(sa.select(record.c.seq), RECORD))


def filled(clerk: Actor) -> None:
    """The form of a first storage, filled and read over."""
    clerk.go(f"{TYPE}?fresh=1")
    clerk.fill({"time": local(NOW - HOUR), "lot": "L1", "warehouse": "ST1", "kg": "12000"})
    clerk.press("下一步：核对")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_double_click_is_one_record(port: Stage, scripts: bool) -> None:
    clerk = port.enter("store", scripts=scripts)
    filled(clerk)
    before = records_in(port)
    button = clerk.page.get_by_role("button", name="签署并报送")
    clerk.sent(button.dblclick)
    clerk.page.wait_for_load_state()
    expect(clerk.page.locator("main")).to_contain_text("已报送")
    assert records_in(port) == before + 1


def test_enter_that_chooses_a_word_does_not_send(port: Stage) -> None:
    inspector = port.enter("inspector")
    inspector.go("/regulator/cold_chain")
    box = inspector.page.locator("main form.filters input[name=q]")
    box.focus()
    keyboard = inspector.context.new_cdp_session(inspector.page)
    keyboard.send("Input.imeSetComposition", {"text": "dongxia", "selectionStart": 7, "selectionEnd": 7})
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", **enter})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    keyboard.send("Input.insertText", {"text": "冻虾"})
    assert "q=" not in inspector.page.url
    expect(box).to_have_value("冻虾")
    inspector.sent(lambda: box.press("Enter"))
    assert f"q={quote('冻虾')}" in inspector.page.url


def test_what_was_typed_comes_back_after_the_tab_was_closed(port: Stage) -> None:
    clerk = port.enter("store")
    clerk.go(TYPE)
    clerk.fill({"lot": "L1", "kg": "77"})
    expect(clerk.page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    clerk.page.close()
    clerk.page = clerk.context.new_page()
    assert "已恢复草稿" in clerk.go(TYPE)
    assert clerk.one("[name=kg]").input_value() == "77"
    clerk.look("draft-restored")


def test_a_session_that_ends_while_typing_is_told_at_once(port: Stage) -> None:
    clerk = port.enter("store")
    clerk.go(TYPE)
    port.do(lambda: port.town.clock.advance(31 * 60 * 1_000_000))
    clerk.fill({"lot": "L1", "kg": "78"})
    expect(clerk.page.locator("[data-session-over]")).to_contain_text("填写的内容还在")
    clerk.look("session-over-typing")
    said = clerk.press("下一步：核对")
    assert "登录已过期" in said
    clerk.log_in()
    said = clerk.press("接着办理")
    assert "核对并签署" in said or clerk.one("[name=kg]").input_value() == "78"
    assert "78" in clerk.page.content()
