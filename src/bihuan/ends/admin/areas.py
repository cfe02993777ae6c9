"""辖区: divisions and special areas, and the mergers that have a date."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import Area, areas, create_area, merge_area
from bihuan.ends.admin.noting import ADMIN, area_choices
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, form_page, typed
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = ("/admin/areas", Words("辖区", "Areas"))
KINDS = {
    "province": Words("省级", "Province"),
    "city": Words("市级", "City"),
    "district": Words("区县", "District"),
    "street": Words("街镇", "Street"),
    "special": Words("口岸、园区等", "Port, airport, zone"),
}
_NEW = Words("增设辖区", "Add an area")
_MERGE = Words("登记区划合并", "Enter a merger")


@door("/admin/areas", who="administrator")
def area_list(page: Page) -> Response:
    """All divisions, present and past."""
    names = Names(page)
    text = page.arg("q").strip().lower()
    rows = [
        each
        for each in areas(page.reader, page.arg("under"))
        if (not page.arg("kind") or each.kind == page.arg("kind"))
        and (not text or text in each.words.zh or text in each.words.en.lower() or each.code.startswith(text))
        and (page.arg("state") != "merged" or each.merged_into)
    ]
    columns = [
        column("code", "代码", "Code", lambda a: a.code),
        column("name", "名称", "Name", lambda a: page.say(a.words)),
        column("kind", "类别", "Kind", lambda a: page.say(KINDS.get(a.kind, Words(a.kind, a.kind)))),
        column("valid_from", "设立", "From", lambda a: "" if a.valid_from is None else a.valid_from.isoformat()),
        column(
            "valid_to",
            "止于（不含）",
            "Until (not included)",
            lambda a: "" if a.valid_to is None else a.valid_to.isoformat(),
        ),
        column(
            "merged_into",
            "并入",
            "Merged into",
            lambda a: a.merged_into or "",
            show=lambda a: names.area(a.merged_into) if a.merged_into else "",
        ),
    ]
    filters = [
        Filter("q", Words("名称或代码", "Name or code"), kind="search"),
        Filter("kind", Words("类别", "Kind"), [(name, page.say(words)) for name, words in KINDS.items()]),
        Filter("state", Words("状态", "State"), [("merged", page.t("已并入其他辖区", "merged"))]),
    ]
    return list_page(
        page,
        "areas",
        HERE[1],
        columns,
        rows,
        filters=filters,
        crumbs=[ADMIN],
        acts=[("/admin/areas/new", _NEW), ("/admin/areas/merge", _MERGE)],
    )


@door("/admin/areas/new", who="administrator")
def new_page(page: Page) -> Response:
    """The form to add a division or special area."""
    return _new(page)


@door("/admin/areas/new", "POST", who="administrator")
def create(page: Page) -> Response:
    """Add it."""
    try:
        kind = page.require("kind", "类别", "Kind")
        words = Words(page.require("zh", "中文名", "Chinese name"), page.require("en", "英文名", "English name"))
        with page.write() as w:
            create_area(w, Area(page.field("code"), words, kind, _day(page, "valid_from"), None, None))
    except BihuanError as error:
        return _new(page, typed(page), error)
    return page.go("/admin/areas", page.t("已增设。", "Added."))


@door("/admin/areas/merge", who="administrator")
def merge_page(page: Page) -> Response:
    """The form to enter a merger."""
    return _merge(page)


@door("/admin/areas/merge", "POST", who="administrator")
def merge_now(page: Page) -> Response:
    """Let one division go into another on a civil day."""
    try:
        confirm_here(page)
        on = _day(page, "on")
        if on is None:
            words = Words("请填写合并生效日。", "Give the day of the merger.")
            raise Invalid(*words, faults=[Fault("on", "required", words)])
        with page.write() as w:
            merge_area(w, page.require("code", "被并入的辖区", "Area merged"), page.require("into", "并入", "Into"), on)
    except BihuanError as error:
        return _merge(page, typed(page), error)
    told = page.t(
        "已登记；自该日起，并入方的权限也覆盖原辖区的数据。",
        "Entered; from that day the successor's grants reach its rows too.",
    )
    return page.go("/admin/areas?state=merged", told)


def _day(page: Page, name: str) -> date | None:
    text = page.field(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        words = Words(f"“{text}”不是日期，请写成 2020-12-10。", f"“{text}” is no date; write 2020-12-10.")
        raise Invalid(*words, faults=[Fault(name, "date", words)]) from wrong


def _new(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    asks = [
        Ask(
            "code",
            Words("代码", "Code"),
            required=True,
            help=Words(
                "区划代码（2、4、6、9 或 12 位），口岸、园区等在后加连字符和大写字母，如 310115-PUDONG。",
                "Division code of 2, 4, 6, 9 or 12 digits; ports and zones add a hyphen and capitals.",
            ),
        ),
        Ask("zh", Words("中文名", "Chinese name"), required=True),
        Ask("en", Words("英文名", "English name"), required=True),
        Ask("kind", Words("类别", "Kind"), "choice", [(n, page.say(w)) for n, w in KINDS.items()], required=True),
        Ask("valid_from", Words("设立日", "From"), "date"),
    ]
    return form_page(page, _NEW, Form("/admin/areas/new", _NEW, asks), values=values, error=error, back=HERE)


def _merge(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    choices = area_choices(page)
    asks = [
        Ask("code", Words("被并入的辖区", "Area that is merged"), "choice", choices, required=True),
        Ask("into", Words("并入", "Into"), "choice", choices, required=True),
        Ask(
            "on",
            Words("生效日", "On"),
            "date",
            required=True,
            help=Words("从这一天起原辖区不再存在。", "From this day the old area is no more."),
        ),
    ]
    form = Form("/admin/areas/merge", _MERGE, asks, binding=True)
    return form_page(page, _MERGE, form, values=values, error=error, back=HERE)
