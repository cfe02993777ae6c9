"""角色: named sets of capabilities; grants given before a change keep what they were given."""

from __future__ import annotations

import re

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import Role, role_of, roles, set_role
from bihuan.ends.admin.noting import ADMIN
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, form_page, stored, typed
from bihuan.ends.shared.capabilities import CAPABILITIES, may
from bihuan.ends.shared.listing import column, list_page
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = ("/admin/roles", Words("角色", "Roles"))
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_SET = Words("保存角色", "Save the role")


@door("/admin/roles", who="administrator")
def role_list(page: Page) -> Response:
    """All roles."""
    columns = [
        column("name", "代号", "Name", lambda r: r.name, link=lambda r: f"/admin/roles/edit?name={r.name}"),
        column("words", "名称", "Title", lambda r: page.say(r.words)),
        column(
            "may", "权限", "May", lambda r: " ".join(sorted(r.capabilities)), show=lambda r: may(page, r.capabilities)
        ),
    ]
    return list_page(
        page,
        "roles",
        HERE[1],
        columns,
        roles(page.reader),
        crumbs=[ADMIN],
        acts=[("/admin/roles/edit", Words("新建角色", "New role"))],
        intro=Words(
            "修改角色只影响以后的授权，已给出的授权不变。",
            "A change counts for grants given later; those given keep what they have.",
        ),
    )


@door("/admin/roles/edit", who="administrator")
def edit_page(page: Page) -> Response:
    """The form for a role, new or known."""
    name = page.arg("name")
    if not name:
        return _form(page)
    found = role_of(page.reader, name)
    values = stored(name=found.name, zh=found.words.zh, en=found.words.en, capabilities=found.capabilities)
    return _form(page, values)


@door("/admin/roles/edit", "POST", who="administrator")
def save(page: Page) -> Response:
    """Add or change a role."""
    try:
        confirm_here(page)
        name = page.field("name")
        if not _NAME.fullmatch(name):
            words = Words(
                "代号用小写字母、数字和下划线，以字母开头。", "Small letters, digits, underscores, a letter first."
            )
            raise Invalid(*words, faults=[Fault("name", "pattern", words)])
        titles = Words(page.require("zh", "中文名", "Chinese name"), page.require("en", "英文名", "English name"))
        with page.write() as w:
            set_role(w, Role(name, titles, frozenset(page.fields().get("capabilities", []))))
    except BihuanError as error:
        return _form(page, typed(page), error)
    return page.go("/admin/roles", page.t("已保存。", "Saved."))


def _form(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    asks = [
        Ask("name", Words("代号", "Name"), required=True),
        Ask("zh", Words("中文名", "Chinese name"), required=True),
        Ask("en", Words("英文名", "English name"), required=True),
        Ask(
            "capabilities",
            Words("权限", "May"),
            "many",
            [(n, page.say(w)) for n, w in CAPABILITIES.items()],
            help=Words("要么全是监管人员的，要么全是企业的。", "All an officer's, or all a member's."),
        ),
    ]
    return form_page(
        page, _SET, Form("/admin/roles/edit", _SET, asks, binding=True), values=values, error=error, back=HERE
    )
