"""Log-in, log-out, the password once more, and what a person sees of themselves."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.db import Open
from bihuan.base.errors import BihuanError, Fault, Invalid, Unauthenticated, Words
from bihuan.base.identity import (
    LoggedIn,
    access_log_of,
    access_person,
    act_for,
    change_password,
    clients_of,
    end_sessions_of,
    grants_of,
    log_in,
    log_out,
    memberships_of,
    session_of,
    step_up,
)
from bihuan.base.identity.model import session as session_table
from bihuan.base.identity.policy import POLICY
from bihuan.base.principal import Principal, system
from bihuan.ends.shared.asking import Ask, Form, form_page, shown, stored, typed
from bihuan.ends.shared.capabilities import may
from bihuan.ends.shared.carried import CARRIED, go_on, typed_before
from bihuan.ends.shared.cookies import COOKIE, address_of, give_cookie, own_path, take_cookie
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.rail import home_of
from bihuan.ends.shared.routes import door

_OWN = Open("a person's own sessions, shown to themselves")
_PASSWORD_HELP = Words(
    f"至少 {POLICY.shortest} 位，不含用户名；原有的其他登录会全部退出。",
    f"At least {POLICY.shortest} signs, without the login name; all other sessions end.",
)


@door("/log-in", who="anyone")
def log_in_page(page: Page) -> Response:
    """The log-in form."""
    if page.logged_in is not None:
        return page.go(own_path(page, page.arg("next")) or home_of(page.principal))
    return _log_in_form(page, page.arg("next"))


@door("/log-in", "POST", who="anyone")
def log_in_now(page: Page) -> Response:
    """Log in; a wrong name, a wrong password and a lock have one answer."""
    password = page.form.get("password")
    try:
        opened = log_in(
            page.house.db,
            page.field("login"),
            password if isinstance(password, str) else "",
            address_of(page),
            page.request.cookies.get(COOKIE),
        )
    except Unauthenticated as refused:
        return _log_in_form(page, page.field("next"), refused)
    page.logged_in = session_of(page.house.db.reader(system("sessions")), opened.cookie)
    if opened.must_change:
        return give_cookie(page, page.go("/account/password"), opened)
    choices = _organisations(page, page.logged_in)
    onward = own_path(page, page.field("next"))
    if page.logged_in is not None and not page.principal.grants and choices:
        if len(choices) > 1:
            told = page.t("请选择这次代表哪个单位。", "Choose for which organisation you act this time.")
            return give_cookie(page, page.go("/account", told), opened)
        with page.write() as w:
            act_for(w, opened, choices[0])
        page.logged_in = session_of(page.house.db.reader(system("sessions")), opened.cookie)
    return give_cookie(page, go_on(page) or page.go(onward or home_of(page.principal)), opened)


@door("/log-out", "POST", who="anyone")
def log_out_now(page: Page) -> Response:
    """End this session."""
    if page.logged_in is not None:
        with page.house.db.write(system("sessions")) as w:
            log_out(w, page.logged_in.session.cookie)
    return take_cookie(page, page.go("/", page.t("已退出登录。", "You are logged out.")))


@door("/account", who="person")
def account(page: Page) -> Response:
    """Who I am, for whom I may act, what I hold and until when, where I am logged in, who looked at me."""
    return _account(page)


@door("/account/act-for", "POST", who="person")
def act_for_now(page: Page) -> Response:
    """Act for one of one's organisations, or as oneself again."""
    known = _here(page)
    try:
        with page.write() as w:
            act_for(w, known.session, page.field("party") or None)
    except BihuanError as error:
        return _account(page, error)
    page.logged_in = session_of(page.house.db.reader(system("sessions")), known.session.cookie)
    return page.go(home_of(page.principal), page.t("已切换身份。", "You act in your new role."))


@door("/account/sessions/end", "POST", who="person")
def end_all(page: Page) -> Response:
    """End all of one's sessions, on every device."""
    with page.house.db.write(system("sessions")) as w:
        end_sessions_of(w, _here(page).session.person)
    return take_cookie(page, page.go("/log-in", page.t("已在全部设备上退出。", "You are logged out everywhere.")))


@door("/account/confirm", who="person")
def confirm_page(page: Page) -> Response:
    """The password once more, before an act that binds."""
    return _confirm_form(page, page.arg("next"))


@door("/account/confirm", "POST", who="person")
def confirm_now(page: Page) -> Response:
    """Confirm who one is and go on."""
    password = page.form.get("password")
    try:
        step_up(page.house.db, _here(page).session, password if isinstance(password, str) else "", address_of(page))
    except Unauthenticated:
        return page.go("/log-in")
    except BihuanError as refused:
        return _confirm_form(page, page.field("next"), refused)
    told = page.t("已确认本人身份，五分钟内有效；请继续办理。", "Confirmed for five minutes; please go on.")
    return page.go(own_path(page, page.field("next")) or home_of(page.principal), told)


@door("/account/password", who="person")
def password_page(page: Page) -> Response:
    """The form to change one's password."""
    return _password_form(page)


@door("/account/password", "POST", who="person")
def password_now(page: Page) -> Response:
    """Change one's password; all other sessions end."""
    known = _here(page)
    old, new = (str(page.form.get(name) or "") for name in ("old_password", "password"))
    if new != str(page.form.get("password_again") or ""):
        words = Words("两次输入的新密码不一致。", "The new password was typed in two ways.")
        return _password_form(page, Invalid(*words, faults=[Fault("password_again", "differs", words)]))
    try:
        opened = change_password(page.house.db, known.session, old, new, address_of(page))
    except Unauthenticated:
        return page.go("/log-in")
    except BihuanError as refused:
        return _password_form(page, refused)
    page.logged_in = session_of(page.house.db.reader(system("sessions")), opened.cookie)
    told = page.t("密码已修改，其他登录已退出。", "The password is changed; all other sessions have ended.")
    return give_cookie(page, page.go("/account", told), opened)


def _here(page: Page) -> LoggedIn:
    if page.logged_in is None:
        raise Unauthenticated("请先登录。", "Please log in.")
    return page.logged_in


def _organisations(page: Page, known: LoggedIn | None) -> list[str]:
    """The organisations that a person is a member of now, and those whose engaged agency they work for."""
    if known is None or known.session.must_change:
        return []
    person = known.session.person
    reader = page.house.db.reader(Principal("person", person, person=person))
    own = [each.party for each in memberships_of(reader, person, page.now)]
    return list(dict.fromkeys([*own, *(client for client, _ in clients_of(reader, person, page.now))]))


def log_in_first(page: Page, refused: BihuanError) -> Response:
    """A form came after the session had run out: the log-in, through which what was typed is carried."""
    return _log_in_form(page, page.request.url.path, refused, typed_before(page))


def _log_in_form(page: Page, wanted: str, error: BihuanError | None = None, carried: str = "") -> Response:
    asks = [
        Ask("login", Words("用户名", "Login name"), required=True, fill="username"),
        Ask("password", Words("密码", "Password"), "password", required=True, fill="current-password"),
        Ask("next", Words("", "")),
    ]
    demo = page.house.demo_log_ins if page.house.demo else ()
    form = Form("/log-in", Words("登录", "Log in"), asks)
    values = {**stored(next=own_path(page, wanted)), **({} if error is None else stored(login=page.field("login")))}
    status = 200 if error is None else error.status
    return page.render("shared/log_in.html", status, one=shown(page, form, values, error), demo=demo,
                       carried=carried or page.field(CARRIED))  # fmt: skip


def _confirm_form(page: Page, wanted: str, error: BihuanError | None = None) -> Response:
    status = 200 if error is None else error.status
    said = "" if error is None else page.say(error.words)
    return page.render("shared/confirm.html", status, onward=own_path(page, wanted), error=said)


def _password_form(page: Page, error: BihuanError | None = None) -> Response:
    asks = [
        Ask(
            "old_password", Words("现在的密码", "Present password"), "password", required=True, fill="current-password"
        ),
        Ask(
            "password",
            Words("新密码", "New password"),
            "password",
            required=True,
            help=_PASSWORD_HELP,
            fill="new-password",
        ),
        Ask(
            "password_again",
            Words("再输入一次新密码", "New password once more"),
            "password",
            required=True,
            fill="new-password",
        ),
    ]
    intro = Words("", "")
    if _here(page).session.must_change:
        intro = Words(
            "首次登录或密码被重置后，请先修改密码。", "Change the password that you were given before anything else."
        )
    form = Form("/account/password", Words("修改密码", "Change the password"), asks)
    return form_page(
        page,
        Words("修改密码", "Change the password"),
        form,
        error=error,
        intro=intro,
        values=typed(page),
        back=("/account", Words("账号", "Account")),
    )


def _account(page: Page, error: BihuanError | None = None) -> Response:
    known = _here(page)
    person = known.session.person
    reader = page.house.db.reader(Principal("person", person, person=person))
    s = session_table.c
    query = sa.select(s.hash, s.address, s.started_at, s.seen_at).where(
        s.person == person,
        s.ended_at.is_(None),
        s.seen_at > page.now - POLICY.idle,
        s.started_at > page.now - POLICY.absolute,
    )
    return page.render(
        "shared/account.html",
        200 if error is None else error.status,
        person=access_person(reader, person),
        error="" if error is None else page.say(error.words),
        names=Names(page),
        may=may,
        choices=_organisations(page, known),
        memberships=memberships_of(reader, person),
        grants=grants_of(reader, person),
        known=known.session,
        sessions=reader.rows(query.order_by(s.seen_at.desc()), _OWN),
        looks=access_log_of(reader, kind="person", row=person, limit=20),
    )
