"""数据完整性: up to when each source is complete for a type; what a rule may conclude from an absence hangs on it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from bihuan.base.catalog import App
from bihuan.base.clock import MINUTE, parse_instant
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import check_covers
from bihuan.base.rules.subjects import feeds, state_feed
from bihuan.ends.admin.noting import ADMIN, note
from bihuan.ends.shared.asking import Ask, Form, Typed, form_page, typed
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names, snake
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import stamp

HERE = ("/admin/feeds", Words("数据完整性", "Completeness of feeds"))
_STATE = Words("声明完整性", "State completeness")


@door("/admin/feeds", who="administrator")
def feed_list(page: Page) -> Response:
    """All statements of completeness."""
    names = Names(page)
    rows = [row for row in feeds(page.reader) if page.arg("type") in ("", row["type"])]
    columns = [
        column("type", "记录种类", "Type", lambda r: r["type"], show=lambda r: names.type(str(r["type"]))),
        column("source", "来源", "Source", lambda r: r["source"]),
        column(
            "complete_before",
            "此前完整",
            "Complete before",
            lambda r: at(r["complete_before"]),
            show=lambda r: stamp(r["complete_before"]),
        ),
        column(
            "lag",
            "持续完整，滞后（分）",
            "Always complete, lag (min)",
            lambda r: "" if r["lag"] is None else f"{Decimal(r['lag']) / MINUTE:f}",
            number=True,
        ),
        column("stated_at", "声明于", "Stated at", lambda r: at(r["stated_at"]), show=lambda r: stamp(r["stated_at"])),
    ]
    return list_page(
        page,
        "feeds",
        HERE[1],
        columns,
        rows,
        crumbs=[ADMIN],
        acts=[("/admin/feeds/state", _STATE)],
        filters=[Filter("type", Words("记录种类", "Type"), type_choices(page))],
        intro=Words(
            "没有声明的种类视为“不知道有没有漏报”：规则只会判未决，不会因没收到就判违反。",
            "A type without a statement may lack anything: rules stay undecided and never take silence for a breach.",
        ),
        empty=Words(
            "还没有任何声明。先为每天按时报全的来源声明一次。",
            "Nothing stated yet; begin with a source that reports in full every day.",
        ),
    )


@door("/admin/feeds/state", who="administrator")
def state_page(page: Page) -> Response:
    """The form to state completeness."""
    return _form(page)


@door("/admin/feeds/state", "POST", who="administrator")
def state_now(page: Page) -> Response:
    """State how far a source is complete; what waits for it is judged anew."""
    try:
        kind = page.require("type", "记录种类", "Type")
        app = _app_of(page, kind)
        check_covers(page.principal, app.territory, app.line)
        source = page.require("source", "来源", "Source")
        before, lag = _instant(page), _lag(page)
        if (before is None) == (lag is None):
            words = Words("请填“此前完整”或“滞后”其中一项。", "Give either the instant or the lag.")
            raise Invalid(*words, faults=[Fault("complete_before", "one_of", words), Fault("lag", "one_of", words)])
        with page.write() as w:
            state_feed(w, kind, source, before, lag)
            note(w, "state_feed", kind, app.territory, source=source, complete_before=before, lag=lag)
    except BihuanError as error:
        return _form(page, typed(page), error)
    page.house.catch_up()
    return page.go("/admin/feeds", page.t("已声明，未决的规则已重新判定。", "Stated; what was undecided is judged anew."))


def type_choices(page: Page) -> list[tuple[str, str]]:
    """Every type by the neutral name under which rules read it."""
    types = page.house.registry.types
    return [
        (snake(name.partition(".")[2]), page.say(spec.titles))
        for name, spec in types.items()
        if name.partition(".")[0] in page.house.apps
    ]


def _app_of(page: Page, kind: str) -> App:
    for name in page.house.registry.types:
        app, _, cls = name.partition(".")
        if snake(cls) == kind and app in page.house.apps:
            return page.house.apps[app]
    words = Words("没有这种记录。", "There is no such type.")
    raise Invalid(*words, faults=[Fault("type", "choice", words)])


def _instant(page: Page) -> int | None:
    text = page.field("complete_before")
    try:
        return parse_instant(text) if text else None
    except ValueError as wrong:
        words = Words(f"“{text}”不是时间，请写成 2020-12-10 14:20。", f"“{text}” is no time; write 2020-12-10 14:20.")
        raise Invalid(*words, faults=[Fault("complete_before", "instant", words)]) from wrong


def _lag(page: Page) -> int | None:
    text = page.field("lag")
    try:
        minutes = Decimal(text) if text else None
    except InvalidOperation:
        minutes = Decimal(-1)
    if minutes is None:
        return None
    if not minutes.is_finite() or not 0 <= minutes <= 1_000_000:
        words = Words("滞后应是分钟数。", "The lag is a number of minutes.")
        raise Invalid(*words, faults=[Fault("lag", "number", words)])
    return int(minutes * MINUTE)


def _form(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    asks = [
        Ask("type", Words("记录种类", "Type"), "choice", type_choices(page), required=True),
        Ask(
            "source",
            Words("来源", "Source"),
            required=True,
            help=Words("系统或单位的名称。", "The system or organisation."),
        ),
        Ask(
            "complete_before",
            Words("此前完整", "Complete before"),
            help=Words(
                "如 2020-12-10 14:20；此刻之前发生的都已报到。",
                "E.g. 2020-12-10 14:20: all that happened before has come.",
            ),
        ),
        Ask(
            "lag", Words("或：持续完整，滞后", "or: always complete, with a lag of"), "number", unit=page.t("分", "min")
        ),
    ]
    return form_page(page, _STATE, Form("/admin/feeds/state", _STATE, asks), values=values, error=error, back=HERE)
