"""检查任务: visits that were drawn; the on-site record with its check list, its sign-off, and stepping aside 回避."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import (
    ANSWERS,
    RESULTS,
    VISIT_STATES,
    Act,
    Answered,
    CheckItem,
    count_visits,
    holds,
    mine_to_visit,
    officers_of_visit,
    plan_of,
    record_visit,
    sign_visit,
    step_aside,
    visit_of,
    visit_table,
    visits_where,
)
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, Invalid, NotFound, Words
from bihuan.base.identity import person_label
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.ends.regulator.fields import instant_of, required_instant, taken_files
from bihuan.ends.regulator.standing import Filters, app_choices, area_choices
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at
from bihuan.ends.shared.names import Names

_V = visit_table.c
COLOURS = {"assigned": "orange", "recorded": "yellow", "signed": "green", "called_off": "none"}
_EMPTY = Words(
    "没有轮到您的检查任务。抽查计划抽取后，抽中您的任务会出现在这里。",
    "No visit waits for you. When a plan is drawn, those drawn for you appear here.",
)


@door("/regulator/visits", who="officer")
def visits(page: Page) -> Response:
    """Visits that wait for this officer, or all in scope."""
    asked, names, view, state = Filters.of(page), Names(page), page.arg("view", "mine"), page.arg("state")
    where = asked.conditions(page, _V.line, _V.area, _V.number)
    if view != "all":
        where.append(mine_to_visit(page.reader))
    if state in VISIT_STATES:
        where.append(_V.state == state)
    if page.arg("late"):
        where += [_V.state == "assigned", _V.due_at <= page.now]
    rows = visits_where(page.reader, *where, limit=LONGEST_EXPORT)
    columns = [
        column("number", "检查号", "Visit", lambda r: r["number"], link=lambda r: f"/regulator/visits/{r['id']}"),
        column("party", "被检查单位", "Organisation", lambda r: names.party(r["party"])),
        column("area", "辖区", "Area", lambda r: r["area"], show=lambda r: names.area(r["area"])),
        column("due", "期限", "Due", lambda r: at(r["due_at"]), show=lambda r: at(r["due_at"])[:16].replace("T", " ")),
        column("state", "状态", "State", lambda r: r["state"], show=lambda r: _state(page, r)),
        column("result", "结果", "Result", lambda r: page.say(RESULTS[r["result"]]) if r["result"] else ""),
    ]
    filters = [
        Filter("view", Words("范围", "Which"), [("mine", page.t("轮到我的", "My turn")), ("all", page.t("全部", "All"))],
               default="mine"),
        Filter("app", Words("条线", "Line"), app_choices(page)),
        Filter("area", Words("辖区", "Area"), area_choices(page)),
        Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in VISIT_STATES.items()]),
    ]  # fmt: skip
    crumbs = [("/regulator/draws", Words("双随机抽查", "Random checks"))]
    titles = Words("检查任务", "Visits")
    return list_page(page, "visits", titles, columns, rows, filters=filters, empty=_EMPTY, crumbs=crumbs)


@door("/regulator/visits/{id}", who="officer")
def visit(page: Page) -> Response:
    """One visit: what to check, or what was found."""
    return _show(page, {})


@door("/regulator/visits/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Record what was found on site, sign it off, or step aside."""
    row, doing = visit_of(page.reader, page.path("id")), page.field("doing")
    version = page.field("version")
    given = Act("page", page.field("retry") or None, int(version) if version.isdecimal() else None)
    photos: dict[str, list[str]] = {}
    try:
        if doing == "record":
            items = _items(page, row)
            photos = {item.id: taken_files(page, f"photos-{item.id}") for item in items}
            visited = required_instant(page, "visited_at", Words("检查时间", "Visited at"))
            due = instant_of(page, "due", Words("整改办理期限", "Deal with it by"))
            answers = [
                Answered(item.id, page.field(f"answer-{item.id}"), page.field(f"remark-{item.id}"), tuple(photos[item.id]))  # type: ignore[arg-type]
                for item in items
            ]
            with page.write() as w:
                found = record_visit(w, row["id"], items=items, answers=answers, visited_at=visited, act=given,
                                     remark=page.field("remark"), due=due)  # fmt: skip
            told = page.t(f"已记录，{len(found)} 个问题待立案；请同行人员签核。", f"Recorded, with {len(found)} findings; the other officer signs it off.")
            if not found:
                told = page.t("已记录：未发现问题；请同行人员签核。", "Recorded: nothing wrong; the other officer signs it off.")
        elif doing == "sign":
            with page.write() as w:
                sign_visit(w, row["id"], act=given)
            told = page.t("已签核，结果已公示。", "Signed off; the result is published.")
        elif doing == "aside":
            with page.write() as w:
                step_aside(w, row["id"], reason=page.field("reason"), act=given)
            told = page.t("您已回避，替换人员已按种子抽出并收到通知。", "You stepped aside; who goes instead was drawn and told.")
        else:
            raise Invalid("请选择要办理的事项。", "Choose what to do.")
    except NotFound:
        raise
    except BihuanError as error:
        return _show(page, page.wrong(error), photos, error.status)
    return page.go(f"/regulator/visits/{row['id']}", told=told)


def my_visits(page: Page, limit: int) -> tuple[list[RowMapping], int]:
    """The visits that wait for this officer, the earliest due first, and how many there are; for the first page."""
    mine = mine_to_visit(page.reader)
    return list(visits_where(page.reader, mine, limit=limit)), count_visits(page.reader, mine)


def _show(page: Page, wrong: dict[str, Any], photos: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    row, me = visit_of(page.reader, page.path("id")), page.principal.person
    going = officers_of_visit(page.reader, row["id"])
    items = _items(page, row)
    ids, f = json.loads(row["findings"]), finding_table.c
    may_act = holds(page.principal, "act", row["line"], row["area"])
    decides = holds(page.principal, "decide", row["line"], row["area"])
    return page.render(
        "regulator/visit.html", status, v=row, names=Names(page), plan=_plan(page, row), items=items,
        known={item.id: item for item in items}, answers=ANSWERS, results=RESULTS, states=VISIT_STATES, colours=COLOURS,
        found={each["item"]: each for each in json.loads(row["items"])},
        findings=findings_where(page.reader, f.id.in_(ids)) if ids else [],
        officers=[(person_label(page.reader, who), who == me) for who in going],
        recorder=person_label(page.reader, row["recorded_by"]) if row["recorded_by"] else "",
        signer=person_label(page.reader, row["signed_by"]) if row["signed_by"] else "",
        may_record=row["state"] == "assigned" and me in going and may_act,
        may_sign=row["state"] == "recorded" and me != row["recorded_by"] and may_act and (me in going or decides),
        typed={name: values[-1] for name, values in page.fields().items()}, photos=photos or {},
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip


def _items(page: Page, row: RowMapping) -> tuple[CheckItem, ...]:
    """The check list of the visit's line."""
    return next((app.checks for app in page.house.apps.values() if app.line == row["line"]), ())


def _plan(page: Page, row: RowMapping) -> RowMapping | None:
    """The plan of a visit; None for an officer of a district who sees the visit but not the city's plan."""
    try:
        return plan_of(page.reader, row["plan"])
    except NotFound:
        return None


def _state(page: Page, row: RowMapping) -> str:
    late = row["state"] == "assigned" and row["due_at"] <= page.now
    return page.say(VISIT_STATES[row["state"]]) + (page.t("（已逾期）", " (overdue)") if late else "")
