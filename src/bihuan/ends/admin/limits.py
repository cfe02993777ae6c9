"""规则与限值: every rule with its source, every limit row with value, area, dates, source; new values are new rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.catalog import App
from bihuan.base.clock import civil_date, moment
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Words
from bihuan.base.identity import check_covers
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import NEVER, RuleInfo
from bihuan.base.rules.registers import LIMITS, end_limit, enter_limits, limit, limit_rows
from bihuan.ends.admin.noting import ADMIN, area_choices, note
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, form_page, stored, typed
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import one_side, principal_words

HERE = ("/admin/limits", Words("规则与限值", "Rules and limits"))
_NEW = Words("登记新限值", "Enter a new limit")
_END = Words("停用限值", "End a limit")


@door("/admin/limits", who="administrator")
def limit_list(page: Page) -> Response:
    """All limit rows, ended ones too; the rules above them."""
    names = Names(page)
    rows = [row for row in limit_rows(page.reader, [page.arg("name")] if page.arg("name") else ()) if _fits(page, row)]
    columns = [
        column("name", "限值", "Limit", lambda r: r["name"], show=lambda r: names.limit(r["name"])),
        column("value", "数值", "Value", lambda r: f"{r['value']} {r['unit']}",
               show=lambda r: names.limit_value(r["value"], r["unit"]), number=True),
        column("area", "辖区", "Area", lambda r: r["area"], show=lambda r: names.area(r["area"])),
        column("valid_from", "自", "From", lambda r: day(r["valid_from"])),
        column("valid_to", "至（不含）", "To (not included)", lambda r: day(r["valid_to"])),
        column("source", "依据", "Source", lambda r: r["source"], show=lambda r: one_side(r["source"], page.lang)),
        column(
            "sure",
            "核实",
            "Checked",
            lambda r: page.t("已核实", "checked") if r["sure"] else page.t("未经核实", "not checked"),
        ),
        column(
            "state",
            "状态",
            "State",
            lambda r: page.say(_state(page, r)),
            link=lambda r: "" if r["ended_at"] else f"/admin/limits/end?id={quote(r['id'])}",
        ),
        column("id", "编号", "Id", lambda r: r["id"]),
        column("entered_by", "登记人", "Entered by", lambda r: r["entered_by"], show=lambda r: page.say(principal_words(r["entered_by"]))),
    ]
    every = sorted({row["name"] for row in limit_rows(page.reader)})
    states = [
        ("now", page.t("现行", "in force")),
        ("ended", page.t("已停用", "ended")),
        ("unsure", page.t("未经核实", "not checked")),
    ]
    filters = [
        Filter("name", Words("限值", "Limit"), [(name, names.limit(name)) for name in every]),
        Filter("area", Words("辖区", "Area"), area_choices(page)),
        Filter("state", Words("状态", "State"), states),
    ]
    return list_page(
        page,
        "limits",
        HERE[1],
        columns,
        rows,
        filters=filters,
        crumbs=[ADMIN],
        acts=[("/admin/limits/new", _NEW)],
        intro=Words(
            "登记过的行不改：新值另登一行，登错的停用；规则随即按新限值重算。",
            "A row is never changed: a new value is a new row, a wrong one is ended; everything is judged anew.",
        ),
        template="admin/limits.html",
        extra={"rules": all_rules(page), "names": names},
    )


@door("/admin/limits/new", who="administrator")
def new_page(page: Page) -> Response:
    """The form to enter a limit."""
    return _new(page, stored(name=page.arg("name") or None, sure="on"))


@door("/admin/limits/new", "POST", who="administrator")
def enter(page: Page) -> Response:
    """Enter a row with its validity and source; subjects are judged anew."""
    try:
        confirm_here(page)
        area = page.require("area", "辖区", "Area")
        area = "" if area == "*" else area
        check_covers(page.principal, area, "*")
        row_id = (
            page.field("id")
            or f"lim-{page.require('name', '限值', 'Limit')}-{area or 'all'}-{page.field('retry')[-8:]}"
        )
        row = {
            "id": row_id,
            "name": page.field("name"),
            "value": page.field("value"),
            "unit": page.field("unit"),
            "area": area,
            "valid_from": page.field("valid_from") or civil_date(page.now).isoformat(),
            "valid_to": page.field("valid_to") or None,
            "source": page.require("source", "依据", "Source"),
            "sure": page.field("sure") == "on",
        }
        rows = _read(row)
        with page.write() as w:
            if enter_limits(w, rows):
                note(w, "enter_limit", row_id, area, value=page.field("value"), unit=page.field("unit"))
    except BihuanError as error:
        return _new(page, typed(page), error)
    page.house.catch_up()
    return page.go(
        f"/admin/limits?name={page.field('name')}",
        page.t("已登记，规则已按新限值重算。", "Entered; all is judged anew."),
    )


@door("/admin/limits/end", who="administrator")
def end_page(page: Page) -> Response:
    """The form to end a row that was entered wrongly."""
    return _end(page)


@door("/admin/limits/end", "POST", who="administrator")
def end_now(page: Page) -> Response:
    """End a row; it stays to be seen."""
    found = _found(page)
    try:
        confirm_here(page)
        check_covers(page.principal, found["area"], "*")
        why = page.require("why", "理由", "Reason")
        with page.write() as w:
            end_limit(w, found["id"])
            note(w, "end_limit", found["id"], found["area"], why=why)
    except BihuanError as error:
        return _end(page, typed(page), error)
    page.house.catch_up()
    return page.go("/admin/limits", page.t("已停用，规则已重算。", "Ended; all is judged anew."))


def all_rules(page: Page) -> Sequence[tuple[App, RuleInfo, tuple[str, ...]]]:
    """Every rule of every app with the limits that it uses."""
    return [
        (app, rule.info, tuple(rule.limits))
        for app in page.house.apps.values()
        if app.field is not None
        for rule in app.field.rules
    ]


def day(at: int | None) -> str:
    """A limit's edge: the civil day, with the time unless it is midnight; empty when open."""
    if at is None or at == NEVER:
        return ""
    local = moment(at)
    return local.strftime("%Y-%m-%d" if (local.hour, local.minute, local.second) == (0, 0, 0) else "%Y-%m-%d %H:%M:%S")


def _read(row: dict[str, Any]) -> Any:
    """The row as the limits file would have it; faults without the place in the file."""
    try:
        return load_limits(json.dumps([row], ensure_ascii=False)).rows
    except Invalid as wrong:
        faults = [Fault(fault.path.rpartition(".")[2], fault.code, fault.words) for fault in wrong.faults]
        raise Invalid(
            "限值有误，请看标出的各栏。", "The limit is wrong; see the fields marked.", faults=faults
        ) from wrong


def _fits(page: Page, row: RowMapping) -> bool:
    state, area = page.arg("state"), page.arg("area")
    if area and row["area"] != area:
        return False
    now = (
        row["ended_at"] is None
        and row["valid_from"] <= page.now
        and (row["valid_to"] is None or page.now < row["valid_to"])
    )
    return {"": True, "now": now, "ended": row["ended_at"] is not None, "unsure": not row["sure"]}.get(state, True)


def _state(page: Page, row: RowMapping) -> Words:
    if row["ended_at"] is not None:
        return Words("已停用", "ended")
    if row["valid_from"] > page.now:
        return Words("未生效", "not yet in force")
    if row["valid_to"] is not None and row["valid_to"] <= page.now:
        return Words("已失效", "no longer in force")
    return Words("现行，可停用", "in force; end it")


def _found(page: Page) -> RowMapping:
    found = page.reader.first(sa.select(limit).where(limit.c.id == page.arg("id")), LIMITS)
    if found is None or found["ended_at"] is not None:
        raise NotFound
    return found


def _new(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    names = Names(page)
    used = sorted(
        {name for _, _, limits in all_rules(page) for name in limits} | {r["name"] for r in limit_rows(page.reader)}
    )
    asks = [
        Ask("name", Words("限值", "Limit"), "choice", [(name, names.limit(name)) for name in used], required=True),
        Ask("value", Words("数值", "Value"), "number", required=True),
        Ask(
            "unit", Words("单位", "Unit"), required=True, help=Words("例如：小时、分钟、°C、kg。", "E.g. h, min, Cel, kg.")
        ),
        Ask("area", Words("辖区", "Area"), "choice", area_choices(page, everywhere=True), required=True),
        Ask(
            "valid_from",
            Words("自", "From"),
            "date",
            help=Words(
                "不填为今天零点起，不影响以往；要判以往的，请填写当时的日期。",
                "Empty: from 00:00 today, so that nothing earlier is judged by it; to judge the past, give its date.",
            ),
        ),
        Ask("valid_to", Words("至（不含当日）", "To (that day not included)"), "date"),
        Ask(
            "source",
            Words("依据", "Source"),
            required=True,
            help=Words("文件名、文号、条款。", "Document, number, article."),
        ),
        Ask("sure", Words("已对照原文核实", "Checked against the document"), "tick"),
        Ask("id", Words("编号", "Id"), help=Words("不填自动编号。", "Empty: made for you.")),
    ]
    form = Form("/admin/limits/new", _NEW, asks, binding=True)
    return form_page(page, _NEW, form, values=values, error=error, back=HERE)


def _end(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    found = _found(page)
    names = Names(page)
    said = f"{names.limit(found['name'])}：{names.limit_value(found['value'], found['unit'])}（{found['source']}）"
    form = Form(
        f"/admin/limits/end?id={quote(found['id'])}",
        _END,
        [Ask("why", Words("理由", "Reason"), required=True)],
        binding=True,
    )
    return form_page(page, _END, form, values=values, error=error, back=HERE, intro=Words(said, said))
