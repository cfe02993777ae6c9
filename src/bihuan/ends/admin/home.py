"""The administrators' first page: every register with what is in it."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.cases import avoidances
from bihuan.base.errors import Words
from bihuan.base.identity import organisations, people, roles
from bihuan.base.places import all_places
from bihuan.base.rules.registers import limit_rows
from bihuan.base.rules.subjects import feeds
from bihuan.ends.admin.noting import MANY, area_choices
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.quarantine import administered_rows
from bihuan.ends.shared.routes import door


@door("/admin", who="administrator")
def home(page: Page) -> Response:
    """All registers."""
    groups = [
        (
            Words("主体与人员", "Parties and people"),
            [
                (
                    "/admin/organisations",
                    Words("单位", "Organisations"),
                    len(organisations(page.reader, capability="admin", limit=MANY)),
                    Words("登记、修改；接口令牌", "register, change; tokens of interfaces"),
                ),
                (
                    "/admin/people",
                    Words("人员", "People"),
                    len(people(page.reader, capability="admin", limit=MANY)),
                    Words("账号、授权、成员关系", "log-ins, grants, memberships"),
                ),
                (
                    "/admin/roles",
                    Words("角色", "Roles"),
                    len(roles(page.reader)),
                    Words("成套的权限", "named sets of capabilities"),
                ),
                (
                    "/admin/avoidances",
                    Words("回避", "Avoidances"),
                    len(avoidances(page.reader)),
                    Words("检查人员与单位有关系的，随机抽查不派", "officers related to a party are never drawn for it"),
                ),
            ],
        ),
        (
            Words("地理", "Where"),
            [
                (
                    "/admin/areas",
                    Words("辖区", "Areas"),
                    len(area_choices(page)),
                    Words("区划及其合并", "divisions and their mergers"),
                ),
                (
                    "/admin/places",
                    Words("场所", "Places"),
                    len(all_places(page.reader)),
                    Words("坐标、围栏、备案", "positions, fences, filings"),
                ),
            ],
        ),
        (
            Words("规则", "Rules"),
            [
                (
                    "/admin/limits",
                    Words("规则与限值", "Rules and limits"),
                    len(limit_rows(page.reader)),
                    Words("每个限值有来源、辖区和期限", "each limit with source, area and dates"),
                ),
                (
                    "/admin/feeds",
                    Words("数据完整性", "Completeness of feeds"),
                    len(feeds(page.reader)),
                    Words("各来源报到什么时候为止是全的", "up to when each source is complete"),
                ),
            ],
        ),
        (
            Words("运行", "Running"),
            [
                (
                    "/admin/quarantine",
                    Words("隔离区", "Quarantine"),
                    len(administered_rows(page)),
                    Words("收到但不能入账的内容", "what came and could not be taken"),
                ),
                (
                    "/admin/access-log",
                    Words("查阅日志", "Access log"),
                    None,
                    Words("谁看了什么、为什么", "who looked at what, and why"),
                ),
                ("/admin/log", Words("管理日志", "Administrators' log"), None, Words("谁改了什么", "who changed what")),
            ],
        ),
    ]
    return page.render("admin/home.html", groups=groups)
