"""账号: log-ins given (the first password shown once), reset, closed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.clock import new_id
from bihuan.base.db import Open
from bihuan.base.errors import BihuanError, NotFound, Words
from bihuan.base.identity import access_person, close_account, create_account, reset_password
from bihuan.base.identity.model import account
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, form_page, typed
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

_ADMINISTERED = Open("the log-in of a person whom the reader was just found to administer; never the hash")
_TITLES = {
    "open": Words("开通账号", "Give a log-in"),
    "reset": Words("重置密码", "Reset the password"),
    "close": Words("停用账号", "Close the log-in"),
}


@door("/admin/people/{who}/account/{act}", who="administrator")
def account_page(page: Page) -> Response:
    """The form to give, reset or close a log-in."""
    return _form(page)


@door("/admin/people/{who}/account/{act}", "POST", who="administrator")
def account_now(page: Page) -> Response:
    """Do it; a new password is shown this once and must be changed at the first log-in."""
    who, act = page.path("who"), _act(page)
    password = new_id(page.house.db.chance, octets=10)
    try:
        confirm_here(page)
        with page.write() as w:
            if act == "open":
                create_account(w, who, page.require("login", "用户名", "Login name"), password)
            elif act == "reset":
                reset_password(w, who, password)
            else:
                close_account(w, who)
    except BihuanError as error:
        return _form(page, typed(page), error)
    if act == "close":
        return page.go(
            f"/admin/people/{who}", page.t("账号已停用，其登录全部退出。", "Closed; all their sessions have ended.")
        )
    found = account_of(page, who)
    return page.render(
        "admin/once.html",
        titles=_TITLES[act],
        back=f"/admin/people/{who}",
        lines=[(Words("用户名", "Login name"), "" if found is None else str(found["login"]))],
        secret_words=Words("初始密码", "First password"),
        secret=password,
        told=Words(
            "请当面或另行告知本人；首次登录后须修改。离开此页后不能再查看。",
            "Give it to the person apart; it must be changed at the first log-in. It cannot be shown again.",
        ),
    )


def account_of(page: Page, who: str) -> RowMapping | None:
    """A person's log-in: name, whether it must be changed, since when, closed when."""
    access_person(page.reader, who, "admin")
    a = account.c
    query = sa.select(a.login, a.must_change, a.changed_at, a.closed_at).where(a.person == who)
    return page.reader.first(query, _ADMINISTERED)


def _act(page: Page) -> str:
    if page.path("act") not in _TITLES:
        raise NotFound
    return page.path("act")


def _form(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    found, act = access_person(page.reader, page.path("who"), "admin"), _act(page)
    asks = [Ask("login", Words("用户名", "Login name"), required=True)] if act == "open" else []
    form = Form(f"/admin/people/{found.id}/account/{act}", _TITLES[act], asks, binding=True)
    back = (f"/admin/people/{found.id}", Words(found.name, found.name))
    return form_page(page, _TITLES[act], form, values=values, error=error, back=back)
