"""应办: what is owed in the officer's scope and by when, before it is a breach."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.rules.findings_model import DUTY, duty_table
from bihuan.base.rules.verdicts import duties_where
from bihuan.ends.regulator.standing import Filters, app_choices, area_choices, rule_choices
from bihuan.ends.regulator.weeks import grouped
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.lists import LONGEST_EXPORT, Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names

_D = duty_table.c
STATES: dict[str, Words] = {
    "open": Words("待办", "Owed"),
    "met": Words("已办", "Done"),
    "breached": Words("已违反", "Breached"),
    "lapsed": Words("不再适用", "No longer owed"),
}


@door("/regulator/duties", who="officer")
def duties(page: Page) -> Response:
    """The duties, grouped by when they are due; the address holds the filters."""
    asked, names = Filters.of(page), Names(page)
    state = page.arg("state", "open")
    where = asked.conditions(page, _D.line, _D.area, _D.subject, _D.title_zh, _D.title_en, party=_D.party)
    if state in STATES:
        where.append(_D.state == state)
    if rule := page.arg("rule"):
        where.append(_D.rule == rule)
    if wanted_file(page):
        return as_file(page, "duties", _columns(page, names), duties_where(page.reader, *where, limit=LONGEST_EXPORT))
    total = page.reader.count(sa.select(_D.id).where(*where), DUTY)
    number, offset, pages = page.pages(total)
    rows = duties_where(page.reader, *where, limit=50, offset=offset)
    return page.render(
        "regulator/duties.html", groups=grouped(page, rows, "due") if state == "open" else [(None, rows)], total=total,
        number=number, pages=pages, asked=asked, state=state, states=STATES, rule=rule, names=names,
        rule_choices=rule_choices(page, asked=True),
        apps=app_choices(page), areas=area_choices(page, asked.area),
    )  # fmt: skip


def _columns(page: Page, names: Names) -> list[Column]:
    def said(row: Any) -> str:
        return page.say(Words(row["title_zh"], row["title_en"]))

    return [
        Column("due", Words("期限", "Due"), lambda row: at(row["due"])),
        Column("duty", Words("应办", "Duty"), said),
        Column("subject", Words("对象", "Subject"), lambda row: row["subject"], lambda row: names.subject(row["subject"])),
        Column("party", Words("主体", "Party"), lambda row: names.party(row["party"])),
        Column("area", Words("辖区", "Area"), lambda row: row["area"], lambda row: names.area(row["area"])),
        Column("rule", Words("规则", "Rule"), lambda row: row["rule"], lambda row: names.asked(row["rule"])),
        Column("state", Words("状态", "State"), lambda row: row["state"], lambda row: page.say(STATES[row["state"]])),
    ]
