"""查阅日志 and 管理日志: who looked at what and why, who changed what; within the areas administered."""

from __future__ import annotations

import json

from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.identity import access_log_of, admin_log_of
from bihuan.ends.admin.noting import ADMIN
from bihuan.ends.shared.asking import day_of_arg
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import when

_KINDS = {
    "log_in": Words("登录", "Log-in"),
    "step_up": Words("确认身份", "Step-up"),
    "person": Words("个人信息", "Personal data"),
    "organisation": Words("单位", "Organisation"),
    "record": Words("记录", "Record"),
}


@door("/admin/access-log", who="administrator")
def access_log(page: Page) -> Response:
    """Who looked at what."""
    names = Names(page)
    rows = access_log_of(
        page.reader,
        person=page.arg("person") or None,
        kind=page.arg("kind") or None,
        row=page.arg("row") or None,
        since=day_of_arg(page, "from"),
        until=day_of_arg(page, "to", ends=True),
        limit=LONGEST_EXPORT,
    )
    columns = [
        column("at", "时间", "When", lambda e: at(e.at), show=lambda e: when(e.at, page.now, page.lang)),
        column(
            "principal",
            "查看者",
            "Who",
            lambda e: e.principal,
            link=lambda e: f"/admin/people/{e.person}" if e.person else "",
        ),
        column("party", "代表单位", "For", lambda e: names.party(e.party)),
        column("kind", "种类", "Kind", lambda e: page.say(_KINDS.get(e.kind, Words(e.kind, e.kind)))),
        column("row", "对象", "What", lambda e: e.row),
        column("why", "理由", "Why", lambda e: e.why),
        column("address", "地址", "Address", lambda e: e.address),
    ]
    filters = [
        Filter("kind", Words("种类", "Kind"), [(name, page.say(words)) for name, words in _KINDS.items()]),
        Filter("person", Words("查看者编号", "Who (id)"), kind="search"),
        Filter("row", Words("对象编号", "What (id)"), kind="search"),
        Filter("from", Words("自", "From"), kind="date"),
        Filter("to", Words("至", "To"), kind="date"),
    ]
    return list_page(
        page, "access-log", Words("查阅日志", "Access log"), columns, rows, filters=filters, crumbs=[ADMIN]
    )


@door("/admin/log", who="administrator")
def admin_log(page: Page) -> Response:
    """What administrators did."""
    names = Names(page)
    every = admin_log_of(page.reader, row=page.arg("row") or None, limit=LONGEST_EXPORT)
    rows = [entry for entry in every if page.arg("act") in ("", entry.act)]
    columns = [
        column("at", "时间", "When", lambda e: at(e.at), show=lambda e: when(e.at, page.now, page.lang)),
        column("principal", "办理人", "Who", lambda e: e.principal),
        column("act", "事项", "Act", lambda e: e.act),
        column("row", "对象", "What", lambda e: e.row),
        column("area", "辖区", "Area", lambda e: e.area, show=lambda e: names.area(e.area)),
        column("detail", "内容", "Detail", lambda e: json.dumps(e.detail, ensure_ascii=False, sort_keys=True)),
    ]
    filters = [
        Filter("act", Words("事项", "Act"), [(act, act) for act in sorted({entry.act for entry in every})]),
        Filter("row", Words("对象编号", "What (id)"), kind="search"),
    ]
    return list_page(
        page, "admin-log", Words("管理日志", "Administrators' log"), columns, rows, filters=filters, crumbs=[ADMIN]
    )
