"""问题: breaches found by rules and by people, with their reason, article and the records that show them."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import Act, file_case, holds
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, StepUpNeeded, Words
from bihuan.base.rules.findings import finding_of, findings_where
from bihuan.base.rules.findings_model import FINDING, ORIGINS, finding_table
from bihuan.ends.regulator.fields import instant_of
from bihuan.ends.regulator.mine import my_findings, own_findings
from bihuan.ends.regulator.standing import Filters, Tab, app_choices, area_choices, rule_choices
from bihuan.ends.regulator.weeks import grouped
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.lists import LONGEST_EXPORT, Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.witness import BEYOND_SCOPE, witnesses

_F = finding_table.c
STATES: dict[str, Words] = {
    "open": Words("待立案", "Open"),
    "in_case": Words("已立案", "In a case"),
    "closed": Words("已结案", "Closed"),
    "withdrawn": Words("已撤回", "Withdrawn"),
}
VIEWS: dict[str, Words] = {
    "own": Words("本辖区", "My area"),
    "mine": Words("我的", "Mine"),
    "all": Words("全部", "All"),
}
"""`mine`: to be filed by me, or of a case that I handle; `all`: also what other areas found on goods that pass here."""
COLOURS = {"open": "red", "in_case": "orange", "closed": "green", "withdrawn": "none"}


@door("/regulator/findings", who="officer")
def findings(page: Page) -> Response:
    """The findings in scope; the address holds the filters."""
    asked, names = Filters.of(page), Names(page)
    state, origin, rule = page.arg("state", "open"), page.arg("origin"), page.arg("rule")
    where = asked.conditions(
        page, _F.line, _F.area, _F.subject, _F.number, _F.title_zh, _F.title_en, _F.reason_zh, party=_F.party
    )  # fmt: skip
    if state in STATES:
        where.append(_F.state == state)
    elif state == "active":
        where.append(_F.state.in_(("open", "in_case")))
    if origin in ORIGINS:
        where.append(_F.origin == origin)
    if rule:
        where.append(_F.rule == rule)
    view = page.arg("view") if page.arg("view") in VIEWS else "own"
    tabs = [
        Tab(page.url(view=name, page=None), page.say(words),
            page.reader.count(sa.select(_F.id).where(*where, _view(page, name)), FINDING), name == view)
        for name, words in VIEWS.items()
    ]  # fmt: skip
    where.append(_view(page, view))
    if wanted_file(page):
        rows = findings_where(page.reader, *where, limit=LONGEST_EXPORT)
        return as_file(page, "findings", _columns(page, names), rows)
    total = page.reader.count(sa.select(_F.id).where(*where), FINDING)
    number, offset, pages = page.pages(total)
    rows = findings_where(page.reader, *where, limit=50, offset=offset)
    return page.render(
        "regulator/findings.html", groups=grouped(page, rows, "due") if state == "open" else [(None, rows)],
        total=total, number=number, pages=pages, asked=asked, state=state, states=STATES, colours=COLOURS,
        origin=origin, origins=ORIGINS, rule=rule, names=names, rule_choices=rule_choices(page),
        apps=app_choices(page), tabs=tabs, view=view,
        areas=area_choices(page, asked.area),
    )  # fmt: skip


def _view(page: Page, view: str) -> sa.ColumnElement[bool]:
    if view == "mine":
        return my_findings(page.principal)
    return own_findings(page.principal) if view == "own" else sa.true()


@door("/regulator/findings/{id}", who="officer", declassified=BEYOND_SCOPE)
def finding(page: Page) -> Response:
    """One finding: what, why, by which article, shown by which records."""
    return _show(page, {})


@door("/regulator/findings/{id}", "POST", who="officer")
def file(page: Page) -> Response:
    """立案: make a case of the finding."""
    try:
        due = instant_of(page, "due", Words("派遣期限", "Dispatch by"))
        with page.write() as w:
            case = file_case(w, page.path("id"), act=Act("page", page.field("retry") or None), due=due,
                             text=page.field("text"))  # fmt: skip
    except StepUpNeeded:
        raise
    except BihuanError as error:
        if error.status == 404:
            raise
        return _show(page, page.wrong(error), error.status)
    return page.go(f"/regulator/cases/{case}", told=page.t("已立案，请派遣。", "The case is filed; dispatch it."))


def _show(page: Page, wrong: dict[str, Any], status: int = 200) -> Response:
    row = finding_of(page.reader, page.path("id"))
    names = Names(page)
    ids = json.loads(row["witness"])
    seen = witnesses(page, ids)
    return page.render(
        "regulator/finding.html", status, f=row, names=names, rule=names.rules.get(row["rule"]),
        witness=[seen[name] for name in ids if name in seen], lost=[name for name in ids if name not in seen],
        photos=json.loads(row["photos"]), origin=ORIGINS[row["origin"]], state=STATES[row["state"]],
        colour=COLOURS[row["state"]], retry=page.field("retry") or new_id(page.house.db.chance, "f"),
        may_file=row["state"] == "open" and holds(page.principal, "act", row["line"], row["area"]),
        typed={"due": page.field("due"), "text": page.field("text")}, **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip


def _columns(page: Page, names: Names) -> list[Column]:
    def said(row: Any, name: str) -> str:
        return page.say(Words(row[f"{name}_zh"], row[f"{name}_en"]))

    return [
        Column("number", Words("编号", "Number"), lambda row: row["number"]),
        Column("title", Words("问题", "Finding"), lambda row: said(row, "title")),
        Column("reason", Words("事实", "Facts"), lambda row: said(row, "reason")),
        Column("subject", Words("对象", "Subject"), lambda row: row["subject"], lambda row: names.subject(row["subject"])),
        Column("party", Words("主体", "Party"), lambda row: names.party(row["party"])),
        Column("area", Words("辖区", "Area"), lambda row: row["area"], lambda row: names.area(row["area"])),
        Column("origin", Words("来源", "Origin"), lambda row: row["origin"], lambda row: page.say(ORIGINS[row["origin"]])),
        Column("rule", Words("规则", "Rule"), lambda row: row["rule"], lambda row: names.rule(row["rule"])),
        Column("state", Words("状态", "State"), lambda row: row["state"], lambda row: page.say(STATES[row["state"]])),
        Column("found_at", Words("发现时间", "Found at"), lambda row: at(row["found_at"])),
        Column("due", Words("期限", "Due"), lambda row: at(row["due"])),
    ]
