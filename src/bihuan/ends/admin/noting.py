"""What administration pages share: acts done once, the administrators' log for registers that keep none, choices."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.base.cases import Act
from bihuan.base.cases.once import Begun, begin
from bihuan.base.clock import civil_date
from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.identity import EVERYWHERE, KINDS, areas, covers, organisations
from bihuan.base.identity.journal import record
from bihuan.base.identity.model import PARTY_LINE
from bihuan.ends.shared.page import Page

ADMIN = ("/admin", Words("管理", "Administration"))
MANY = 5_000


@dataclass(frozen=True, slots=True)
class Administered:
    """Event: an administrator changed something in a register that keeps no log of its own."""

    act: str
    row: str


def note(w: Writer, act: str, row: str, area: str, **detail: object) -> None:
    """Write an act into the administrators' log."""
    record(w, act, row, area, Administered(act, row), **detail)


def once(page: Page, w: Writer, name: str, *said: str) -> Begun:
    """An act under the form's retry key: a double click is one act. `said` holds nothing personal."""
    return begin(w, Act(retry=page.field("retry") or None), name, *said)


def area_choices(page: Page, *, everywhere: bool = False, past: bool = False) -> list[tuple[str, str]]:
    """The areas that the administrator's own grants reach over."""
    today = None if past else civil_date(page.now)
    found = [
        (each.code, page.say(each.words))
        for each in areas(page.reader, "", today)
        if covers(page.principal, each.code, PARTY_LINE, "admin")
    ]
    if everywhere and covers(page.principal, EVERYWHERE, "*", "admin"):
        found.insert(0, ("*", page.t("全部辖区", "all areas")))
    return found


def kind_choices(page: Page) -> list[tuple[str, str]]:
    """Kinds of organisation."""
    return [(name, page.say(words)) for name, words in KINDS.items()]


def organisation_choices(page: Page) -> list[tuple[str, str]]:
    """Organisations that the administrator answers for."""
    return [(each.id, each.name) for each in organisations(page.reader, capability="admin", limit=MANY)]


def line_choices(page: Page) -> list[tuple[str, str]]:
    """Lines of supervision, and all of them."""
    named = {app.line: page.say(app.titles) for app in page.house.apps.values()}
    return [("*", page.t("全部条线", "all lines")), *named.items()]
