"""案件: the worklist, mine first and overdue in front."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import Step, case_table, cases_where, count_cases, holds, next_action
from bihuan.base.clock import day_start
from bihuan.base.errors import Words
from bihuan.ends.regulator.mine import my_turn, to_evaluate
from bihuan.ends.regulator.standing import Filters, Tab, app_choices, area_choices
from bihuan.ends.regulator.weeks import Group, grouped
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.lists import LONGEST_EXPORT, Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names

_C = case_table.c
VIEWS: dict[str, Words] = {
    "open": Words("在办", "Open"),
    "mine": Words("待我办理", "My turn"),
    "late": Words("已超时", "Overdue"),
    "evaluate": Words("待评价", "To evaluate"),
    "closed": Words("已结案", "Closed"),
    "revoked": Words("已撤销", "Revoked"),
}
STATES: dict[str, Words] = {"open": VIEWS["open"], "closed": VIEWS["closed"], "revoked": VIEWS["revoked"]}
STEPS: dict[str, Sequence[str]] = {
    "filed": ("filed", "dispatched"),
    "handling": ("handling",),
    "checking": ("checking",),
}
"""The steps of the strip's columns; 立案 counts what is filed and not yet taken up."""


@door("/regulator/cases", who="officer")
def cases(page: Page) -> Response:
    """Cases in scope; the address holds view and filters."""
    asked, names = Filters.of(page), Names(page)
    view, step = page.arg("view", "open"), page.arg("step")
    where = asked.conditions(page, _C.line, _C.area, _C.subject, _C.number, _C.title_zh, _C.title_en, party=_C.party)
    if step in STEPS:
        where.append(_C.step.in_(STEPS[step]))
    if since := _day(page.arg("since")):
        where.append(_C.closed_at >= since)
    tabs = [
        Tab(page.url(view=name, page=None, since=None), page.say(words),
            count_cases(page.reader, *where, _view(page, name)), name == view)
        for name, words in VIEWS.items()
    ]  # fmt: skip
    where.append(_view(page, view))
    if wanted_file(page):
        return as_file(page, "cases", _columns(page, names), cases_where(page.reader, *where, limit=LONGEST_EXPORT))
    total = count_cases(page.reader, *where)
    number, offset, pages = page.pages(total)
    mine, others = _mine_first(page, where, offset, 50)
    groups: list[Group] = [(VIEWS["mine"], mine)] if mine else []
    groups += grouped(page, others, "due_at") if view in ("open", "mine", "late") else [(None, others)]
    return page.render(
        "regulator/cases.html", groups=groups, tabs=tabs, total=total, number=number, pages=pages, asked=asked,
        view=view, step=step, names=names, apps=app_choices(page), areas=area_choices(page, asked.area), steps=Step,
        turn=names.turn,
        action=lambda row: next_action(row, page.principal), dispatchable=lambda row: _dispatchable(page, row),
    )  # fmt: skip


def _mine_first(
    page: Page, where: list[sa.ColumnElement[bool]], offset: int, size: int
) -> tuple[list[RowMapping], list[RowMapping]]:
    """One page of cases: those whose turn is the reader's before all others, each part by due time."""
    turn = my_turn(page.principal)
    own = count_cases(page.reader, *where, turn)
    mine = list(cases_where(page.reader, *where, turn, limit=size, offset=offset)) if offset < own else []
    left = size - len(mine)
    others = cases_where(page.reader, *where, sa.not_(sa.func.coalesce(turn, sa.false())), limit=left,
                         offset=max(0, offset - own))  # fmt: skip
    return mine, list(others) if left else []


def _view(page: Page, view: str) -> sa.ColumnElement[bool]:
    if view == "mine":
        return my_turn(page.principal)
    if view == "late":
        return sa.and_(_C.state == "open", _C.due_at <= page.now)
    if view == "evaluate":
        return to_evaluate(page.principal)
    return _C.state == (view if view in ("closed", "revoked") else "open")


def _dispatchable(page: Page, row: RowMapping) -> bool:
    return (
        row["state"] == "open"
        and row["step"] in ("filed", "dispatched")
        and holds(page.principal, "act", row["line"], row["area"])
    )


def _day(text: str) -> int | None:
    try:
        return day_start(date.fromisoformat(text)) if text else None
    except ValueError:
        return None


def _columns(page: Page, names: Names) -> list[Column]:
    def title(row: Any) -> str:
        return page.say(Words(row["title_zh"], row["title_en"]))

    return [
        Column("number", Words("案号", "Number"), lambda row: row["number"]),
        Column("title", Words("案由", "Matter"), title),
        Column("subject", Words("对象", "Subject"), lambda row: row["subject"], lambda row: names.subject(row["subject"])),
        Column("party", Words("当事主体", "Party"), lambda row: names.party(row["party"])),
        Column("step", Words("环节", "Step"), lambda row: page.say(Step[row["step"]].words())),
        Column("state", Words("状态", "State"), lambda row: row["state"], lambda row: page.say(STATES[row["state"]])),
        Column("turn", Words("轮到", "Turn"), lambda row: page.say(names.turn(row).words)),
        Column("due", Words("期限", "Due"), lambda row: at(row["due_at"])),
        Column("area", Words("辖区", "Area"), lambda row: row["area"], lambda row: names.area(row["area"])),
        Column("opened_at", Words("立案时间", "Filed at"), lambda row: at(row["opened_at"])),
        Column("closed_at", Words("结案时间", "Closed at"), lambda row: at(row["closed_at"])),
    ]
