"""双随机: plans of random checks, from the plan over the frozen pools to the draw, with the proof that anyone can follow."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import (
    DRAW,
    PLAN,
    PLAN_STATES,
    VISIT_STATES,
    WEIGHINGS,
    Act,
    Asked,
    coverage,
    draw_now,
    freeze_draw,
    holds,
    officers_of_visit,
    plan_draw,
    plan_of,
    plan_table,
    plans_where,
    proof_of,
    verify_draw,
    visit_table,
    visits_where,
)
from bihuan.base.clock import DAY, moment, new_id
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import KINDS, person_label
from bihuan.base.identity.model import AUTHORITIES
from bihuan.base.ledger import first_checkpoint
from bihuan.ends.regulator.fields import required_instant
from bihuan.ends.regulator.standing import Filters, app_choices, area_choices, my_apps, named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.engines.merkle import parse_checkpoint, parse_note

_P, _V = plan_table.c, visit_table.c
COLOURS = {"planned": "yellow", "frozen": "yellow", "drawn": "orange", "done": "green", "replaced": "none"}
_EMPTY = Words(
    "没有符合条件的抽查计划。有“双随机抽查”权限的人员可以制定：先定范围，再冻结名录，最后抽取。",
    "No plan fits. Whoever may plan random checks makes one: say what, freeze the pools, then draw.",
)
_INTRO = Words(
    "随机抽取检查对象，随机选派检查人员，结果公开。名录先冻结、种子后产生，任何人都能重算。",
    "Who is checked and who checks is drawn by lot, and the result is published. Pools are frozen before the seed exists.",
)


@door("/regulator/draws", who="officer")
def draws(page: Page) -> Response:
    """All plans in scope and how far they have come."""
    asked, names, state = Filters.of(page), Names(page), page.arg("state")
    where = asked.conditions(page, _P.line, _P.area, _P.number, _P.title)
    if state in PLAN_STATES:
        where.append(_P.state == state)
    from_file = wanted_file(page)
    rows = plans_where(page.reader, *where, limit=LONGEST_EXPORT if from_file else 1000)
    got = {row["id"]: coverage(page.reader, row) for row in rows}
    columns = [
        column("number", "计划号", "Number", lambda r: r["number"], link=lambda r: f"/regulator/draws/{r['id']}"),
        column("title", "名称", "Title", lambda r: r["title"]),
        column("line", "条线", "Line", lambda r: r["line"], show=lambda r: names.line(r["line"])),
        column("area", "辖区", "Area", lambda r: r["area"], show=lambda r: names.area(r["area"])),
        column("state", "状态", "State", lambda r: r["state"], show=lambda r: page.say(PLAN_STATES[r["state"]])),
        column("drawn", "抽取", "Drawn", lambda r: got[r["id"]].drawn, number=True),
        column("made", "已检查", "Visited", lambda r: got[r["id"]].made, number=True),
        column("late", "逾期", "Overdue", lambda r: got[r["id"]].late, number=True),
        column("due", "检查截止", "Due", lambda r: at(r["due_at"]), show=lambda r: _day(r["due_at"])),
    ]
    filters = [
        Filter("q", Words("计划号或名称", "Number or title"), kind="search"),
        Filter("app", Words("条线", "Line"), app_choices(page)),
        Filter("area", Words("辖区", "Area"), area_choices(page)),
        Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in PLAN_STATES.items()]),
    ]
    acts = [("/regulator/draws/new", Words("制定抽查计划", "Plan a draw"))] if my_apps(page, DRAW) else []
    acts.append(("/regulator/visits", Words("我的检查任务", "My visits")))
    titles = Words("双随机抽查", "Random checks")
    return list_page(page, "draws", titles, columns, rows, filters=filters, acts=acts, empty=_EMPTY, intro=_INTRO)


@door("/regulator/draws/new", who="officer")
def new(page: Page) -> Response:
    """The form of a plan; with `replaces` it begins with what the earlier plan said."""
    return _form(page, {})


@door("/regulator/draws/new", "POST", who="officer")
def plan(page: Page) -> Response:
    """Plan the draw."""
    try:
        app = named_app(page, page.require("app", "条线", "Line"))
        asked = Asked(
            title=page.require("title", "名称", "Title"), line=app.line, area=page.require("area", "辖区", "Area"),
            kinds=[kind for kind in page.fields().get("kinds", []) if kind in KINDS],
            begins=required_instant(page, "begins", Words("检查自", "Visits from")),
            due_at=required_instant(page, "due", Words("检查至", "Visits until")),
            count=_number(page, "count"), share=_number(page, "share"), per_visit=_number(page, "per_visit") or 0,
            weighing=page.field("weighing"),  # type: ignore[arg-type]  # the act checks it
        )  # fmt: skip
        with page.write() as w:
            made = plan_draw(w, asked, act=Act("page", page.field("retry") or None), replaces=page.field("replaces"),
                             reason=page.field("reason"))  # fmt: skip
    except BihuanError as error:
        return _form(page, page.wrong(error), error.status)
    return page.go(f"/regulator/draws/{made}", told=page.t("计划已制定，请冻结名录。", "The draw is planned; freeze the pools."))


@door("/regulator/draws/{id}", who="officer")
def draw(page: Page) -> Response:
    """One plan: its next step, its visits, how far they have come, and the draw made again before one's eyes."""
    return _show(page, {})


@door("/regulator/draws/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Freeze the pools, or draw."""
    made, doing, version = page.path("id"), page.field("doing"), page.field("version")
    given = Act("page", page.field("retry") or None, int(version) if version.isdecimal() else None)
    try:
        with page.write() as w:
            if doing == "freeze":
                freeze_draw(w, made, act=given)
            elif doing == "draw":
                draw_now(w, made, act=given)
            else:
                raise Invalid("请选择要办理的事项。", "Choose what to do.")
    except BihuanError as error:
        if error.status == 404:
            raise
        return _show(page, page.wrong(error), error.status)
    told = {
        "freeze": Words("名录已冻结；下一个检查点签名后即可抽取。", "The pools are frozen; draw once the next checkpoint is signed."),
        "draw": Words("已抽取，检查人员已收到通知。", "Drawn; the officers have been told."),
    }[doing]
    return page.go(f"/regulator/draws/{made}", told=page.say(told))


@door("/regulator/draws/{id}/proof", who="officer")
def proof(page: Page) -> Response:
    """All that is needed to draw again offline with `verify_draw.py`."""
    found = proof_of(page.reader, page.path("id"))
    return page.file(json.dumps(found, ensure_ascii=False, indent=1).encode(), f"{found['plan']}.json", "application/json")


def _show(page: Page, wrong: dict[str, Any], status: int = 200) -> Response:
    row = plan_of(page.reader, page.path("id"))
    found = visits_where(page.reader, _V.plan == row["id"])
    drawn = proof_of(page.reader, row["id"]) if row["drawn_record"] else None
    point = parse_checkpoint(parse_note(drawn["checkpoint"]).text) if drawn else None
    return page.render(
        "regulator/draw.html", status, p=row, names=Names(page), got=coverage(page.reader, row), visits=found,
        people=_people(page, found), kinds=[page.say(KINDS.get(kind, Words(kind, kind))) for kind in row["kinds"].split()],
        states=PLAN_STATES, colours=COLOURS, visit_states=VISIT_STATES, weighing=WEIGHINGS[row["weighing"]], proof=drawn,
        root=point.root.hex() if point else "", size=point.size if point else 0,
        wrong_lines=verify_draw(page.reader, row["id"]) if drawn else [],
        ready=row["state"] == "frozen" and first_checkpoint(page.reader, row["frozen_seq"]) is not None,
        other=_other(page, row), may=holds(page.principal, DRAW, row["line"], row["area"]),
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip


def _other(page: Page, row: RowMapping) -> dict[str, RowMapping | None]:
    """The plan that this one replaces, and the one that replaced it."""
    return {
        name: page.reader.first(plan_table.select().where(_P.id == row[name]), PLAN) if row[name] else None
        for name in ("replaces", "replaced_by")
    }


def _people(page: Page, visits: Sequence[RowMapping]) -> dict[str, list[str]]:
    """The masked names of the officers of each visit."""
    return {
        visit["id"]: [person_label(page.reader, who) for who in officers_of_visit(page.reader, visit["id"])]
        for visit in visits
    }


def _form(page: Page, wrong: dict[str, Any], status: int = 200) -> Response:
    typed: dict[str, Any] = {name: values[-1] for name, values in page.fields().items()}
    typed["kinds"] = page.fields().get("kinds", [])
    old = plan_of(page.reader, name) if (name := page.field("replaces") or page.arg("replaces")) else None
    if page.request.method == "GET":
        typed = {"per_visit": "2", "begins": _local(page.now), "due": _local(page.now + 14 * DAY), "kinds": []}
        if old is not None:
            app = next((each.name for each in my_apps(page, DRAW) if each.line == old["line"]), "")
            typed |= {"app": app, "area": old["area"], "title": old["title"], "kinds": old["kinds"].split(),
                      "count": str(old["count"] or ""), "per_visit": str(old["per_visit"]), "weighing": old["weighing"]}  # fmt: skip
    apps = [(app.name, page.say(app.titles)) for app in my_apps(page, DRAW)]
    return page.render(
        "regulator/draw_new.html", status, typed=typed, apps=apps, areas=area_choices(page), old=old,
        kinds=[(kind, page.say(words)) for kind, words in KINDS.items() if kind not in AUTHORITIES],
        weighings=[(name, page.say(words)) for name, words in WEIGHINGS.items()],
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip


def _number(page: Page, name: str) -> int | None:
    text = page.field(name)
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        words = Words("请填写整数。", "Write a whole number.")
        raise Invalid(*words, faults=[Fault(name, "integer", words)])
    return int(text)


def _local(instant: int) -> str:
    return moment(instant).strftime("%Y-%m-%dT%H:%M")


def _day(instant: int) -> str:
    return moment(instant).strftime("%Y-%m-%d")
