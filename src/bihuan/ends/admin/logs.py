"""查阅日志 and 管理日志: who looked at what and why, who changed what; within the areas administered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.identity import KINDS, Access, access_log_of, admin_log_of
from bihuan.ends.admin.looked_at import KINDS as KINDS_SEEN
from bihuan.ends.admin.looked_at import LookedAt
from bihuan.ends.admin.noting import ADMIN
from bihuan.ends.shared.asking import day_of_arg
from bihuan.ends.shared.capabilities import may
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import when

_ACTS = {
    "create_person": Words("登记人员", "Enter a person"),
    "update_person": Words("更改人员", "Change a person"),
    "erase_person": Words("删除个人信息", "Erase a person's data"),
    "create_account": Words("开通账号", "Open an account"),
    "close_account": Words("停用账号", "Close an account"),
    "reset_password": Words("重置密码", "Give a new password"),
    "change_password": Words("修改密码", "Change one's password"),
    "give_grant": Words("授予监管权限", "Give a grant"),
    "end_grant": Words("收回监管权限", "End a grant"),
    "enter_card": Words("登记执法证", "Enter an enforcement card"),
    "end_card": Words("终止执法证", "End an enforcement card"),
    "give_membership": Words("加入单位", "Give a membership"),
    "end_membership": Words("退出单位", "End a membership"),
    "engage_agency": Words("委托服务机构", "Engage an agency"),
    "end_engagement": Words("终止委托", "End an engagement"),
    "create_organisation": Words("登记单位", "Enter an organisation"),
    "update_organisation": Words("更改单位", "Change an organisation"),
    "create_area": Words("增设辖区", "Enter an area"),
    "merge_area": Words("登记区划合并", "Merge areas"),
    "set_role": Words("更改角色", "Change a role"),
    "issue_token": Words("发放接口令牌", "Issue a token"),
    "revoke_token": Words("吊销接口令牌", "Revoke a token"),
    "enter_limit": Words("登记限值", "Enter a limit"),
    "end_limit": Words("停用限值", "End a limit"),
    "set_place": Words("登记场所", "Enter a place"),
    "state_feed": Words("声明数据完整性", "State completeness"),
    "drop_quarantined": Words("放弃待处理记录", "Drop a quarantined record"),
}
_DETAILS = {
    "capabilities": Words("权限", "may"),
    "line": Words("条线", "line"),
    "role": Words("角色", "role"),
    "to": Words("至", "to"),
    "party": Words("单位", "organisation"),
    "owner": Words("单位", "organisation"),
    "kinds": Words("类别", "kinds"),
    "uscc": Words("统一社会信用代码", "credit code"),
    "scopes": Words("范围", "scope"),
    "why": Words("理由", "reason"),
    "value": Words("数值", "value"),
    "unit": Words("计量单位", "unit"),
}


@door("/admin/access-log", who="administrator")
def access_log(page: Page) -> Response:
    """Who looked at what; the file has the ids beside the words."""
    names = Names(page)
    said = LookedAt(page, names)
    kind = page.arg("kind") or None
    rows = access_log_of(
        page.reader,
        person=page.arg("person") or None,
        kind=None if kind == "page" else kind,
        why="page" if kind == "page" else None,
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
            show=said.who,
            link=lambda e: f"/admin/people/{e.person}" if e.person else "",
        ),
        column("party", "代表单位", "For", lambda e: names.party(e.party)),
        column("kind", "种类", "Kind", said.kind),
        column("row", "对象", "What", lambda e: e.row, show=lambda e: said.what(e)[0], link=lambda e: said.what(e)[1]),
        column("why", "事由", "Why", lambda e: e.why, show=said.why),
        column("address", "网络地址", "Address", lambda e: e.address),
    ]
    if wanted_file(page):
        columns += [
            column("who", "查看者姓名", "Name of who", said.who),
            column("what", "对象名称", "Name of what", lambda e: said.what(e)[0]),
        ]
    filters = [
        Filter("kind", Words("种类", "Kind"), [(name, page.say(words)) for name, words in KINDS_SEEN.items()]),
        Filter("person", Words("查看者", "Who"), _people(page, names, rows)),
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
        column("principal", "办理人", "Who", lambda e: e.principal, show=lambda e: names.actor(e.principal)),
        column("act", "事项", "Act", lambda e: e.act, show=lambda e: page.say(_act(e.act))),
        column("row", "对象", "What", lambda e: e.row, show=lambda e: _row(names, e.row), link=lambda e: _page_of(e.row)),
        column("area", "辖区", "Area", lambda e: e.area, show=lambda e: names.area(e.area)),
        column(
            "detail",
            "内容",
            "Detail",
            lambda e: json.dumps(e.detail, ensure_ascii=False, sort_keys=True),
            show=lambda e: _detail(page, names, e.detail),
        ),
    ]
    filters = [
        Filter("act", Words("事项", "Act"), [(act, page.say(_act(act))) for act in sorted({entry.act for entry in every})]),
        Filter("row", Words("对象编号", "What (id)"), kind="search"),
    ]
    return list_page(
        page, "admin-log", Words("管理日志", "Administrators' log"), columns, rows, filters=filters, crumbs=[ADMIN]
    )


def _people(page: Page, names: Names, rows: Sequence[Access]) -> list[tuple[str, str]]:
    """Those who looked, as choices of a filter: whoever is in the rows; one asked for who is not keeps the id alone."""
    found = {entry.person for entry in rows if entry.person}
    choices = sorted(((who, names.person(who)) for who in found), key=lambda each: (each[1], each[0]))
    asked = page.arg("person")
    return choices if not asked or asked in found else [*choices, (asked, asked)]


def _row(names: Names, row: str) -> str:
    if row.startswith("per-"):
        return names.person(row)
    return names.party(row) if row.startswith("org-") else row


def _page_of(row: str) -> str:
    if row.startswith("per-"):
        return f"/admin/people/{row}"
    return f"/admin/organisations/{row}" if row.startswith("org-") else ""


def _act(name: str) -> Words:
    return _ACTS.get(name, Words(name, name))


def _detail(page: Page, names: Names, detail: Mapping[str, Any]) -> str:
    """What was noted of an act, as people read it; what was left empty is left out."""
    said = []
    for key, value in detail.items():
        if value in (None, "", []):
            continue
        if key == "capabilities":
            text = may(page, frozenset(value))
        elif key == "line":
            text = page.t("全部条线", "all lines") if value == "*" else names.line(value)
        elif key in ("party", "owner"):
            text = names.party(value)
        elif key == "kinds":
            text = page.t("、", ", ").join(page.say(KINDS[each]) if each in KINDS else each for each in value)
        else:
            text = page.t("、", ", ").join(map(str, value)) if isinstance(value, list) else str(value)
        said.append(f"{page.say(_DETAILS.get(key, Words(key, key)))}{page.t('：', ': ')}{text}")
    return page.t("；", "; ").join(said)
