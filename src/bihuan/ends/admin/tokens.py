"""接口令牌: issued to an organisation's system, the secret shown once; revoked at once."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.clock import DAY, moment
from bihuan.base.errors import BihuanError, Conflict, Fault, Invalid, NotFound, Words
from bihuan.base.identity import Organisation, access_organisation, issue_token, revoke_token, tokens_of
from bihuan.base.principal import Grant
from bihuan.ends.admin.noting import area_choices, line_choices, once
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, day_of, form_page, stored, typed
from bihuan.ends.shared.capabilities import CAPABILITIES, may
from bihuan.ends.shared.listing import column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import stamp

_ISSUE = Words("签发令牌", "Issue a token")
_REVOKE = Words("吊销令牌", "Revoke the token")


@door("/admin/organisations/{party}/tokens", who="administrator")
def token_list(page: Page) -> Response:
    """An organisation's tokens, past and present; never a secret."""
    found, path = _organisation(page)
    columns = [
        column("name", "用途", "For", lambda t: t.name),
        column("id", "编号", "Id", lambda t: t.id),
        column(
            "may", "权限", "May", lambda t: " ".join(sorted(t.capabilities)), show=lambda t: may(page, t.capabilities)
        ),
        column("valid_from", "自", "From", lambda t: at(t.valid_from), show=lambda t: stamp(t.valid_from)),
        column("valid_to", "至", "To", lambda t: at(t.valid_to), show=lambda t: stamp(t.valid_to)),
        column(
            "state",
            "状态",
            "State",
            lambda t: _state(page, t.revoked, t.valid_to),
            link=lambda t: "" if t.revoked or t.valid_to <= page.now else f"{path}/{t.id}/revoke",
        ),
    ]
    return list_page(
        page,
        "tokens",
        Words("接口令牌", "Tokens"),
        columns,
        tokens_of(page.reader, found.id),
        crumbs=[(f"/admin/organisations/{found.id}", Words(found.name, found.name))],
        acts=[(f"{path}/new", _ISSUE)],
        empty=Words(
            "还没有令牌。对方系统要自动报送时签发一个。", "No token yet; issue one when their system reports by itself."
        ),
    )


@door("/admin/organisations/{party}/tokens/new", who="administrator")
def issue_page(page: Page) -> Response:
    """The form to issue a token."""
    year_on = moment(page.now + 365 * DAY).date().isoformat()
    return _form(page, stored(capabilities=["draft"], valid_to=year_on))


@door("/admin/organisations/{party}/tokens/new", "POST", who="administrator")
def issue_now(page: Page) -> Response:
    """Issue it; the secret is shown this once."""
    found, path = _organisation(page)
    try:
        confirm_here(page)
        until = day_of(page, "valid_to", ends=True)
        if until is None:
            words = Words("请填写有效期。", "Say until when it holds.")
            raise Invalid(*words, faults=[Fault("valid_to", "required", words)])
        area, line = page.field("area"), page.field("line")
        scopes = [Grant("" if area == "*" else area, line or "*", frozenset({"read"}))] if area else []
        with page.write() as w:
            begun = once(page, w, "issue_token", found.id, page.field("name"))
            if begun.before is not None:
                raise Conflict(
                    "令牌已签发，密文只显示一次；如未记下，请吊销后另签。",
                    "It was issued already and shown once; if it is lost, revoke it and issue another.",
                )
            secret = issue_token(
                w,
                page.field("name"),
                party=found.id,
                capabilities=page.fields().get("capabilities", []),
                scopes=scopes,
                valid_to=until,
            )
            begun.answer("issued")
    except BihuanError as error:
        return _form(page, typed(page), error)
    return page.render(
        "admin/once.html",
        titles=_ISSUE,
        back=path,
        lines=[(Words("用途", "For"), page.field("name"))],
        secret_words=Words("令牌密文", "The token"),
        secret=secret,
        told=Words(
            "请由对方系统保存；库中只留哈希，离开此页后不能再查看。",
            "Let their system keep it; only its hash is stored, it cannot be shown again.",
        ),
    )


@door("/admin/organisations/{party}/tokens/{token}/revoke", who="administrator")
def revoke_page(page: Page) -> Response:
    """The form to revoke a token."""
    return _revoke(page)


@door("/admin/organisations/{party}/tokens/{token}/revoke", "POST", who="administrator")
def revoke_now(page: Page) -> Response:
    """End a token now."""
    _, path = _organisation(page)
    try:
        confirm_here(page)
        with page.write() as w:
            revoke_token(w, page.path("token"))
    except BihuanError as error:
        return _revoke(page, error)
    return page.go(path, page.t("已吊销，立即失效。", "Revoked; it no longer works."))


def _organisation(page: Page) -> tuple[Organisation, str]:
    found = access_organisation(page.reader, page.path("party"), "admin")
    return found, f"/admin/organisations/{found.id}/tokens"


def _state(page: Page, revoked: bool, valid_to: int) -> str:
    if revoked:
        return page.t("已吊销", "revoked")
    return page.t("已过期", "expired") if valid_to <= page.now else page.t("有效（吊销…）", "in force (revoke …)")


def _form(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    _, path = _organisation(page)
    asks = [
        Ask(
            "name",
            Words("用途", "For"),
            required=True,
            help=Words("哪个系统、报什么。", "Which system, reporting what."),
        ),
        Ask(
            "capabilities",
            Words("权限", "May"),
            "many",
            [("draft", page.say(CAPABILITIES["draft"]))],
            help=Words("令牌不能签署或管理。", "A token cannot sign or administer."),
        ),
        Ask("area", Words("另可查看辖区", "May also read the area"), "choice", area_choices(page)),
        Ask("line", Words("条线", "Line"), "choice", line_choices(page)),
        Ask("valid_to", Words("至（含当日）", "To (that day included)"), "date", required=True),
    ]
    form = Form(f"{path}/new", _ISSUE, asks, binding=True)
    return form_page(page, _ISSUE, form, values=values, error=error, back=(path, Words("接口令牌", "Tokens")))


def _revoke(page: Page, error: BihuanError | None = None) -> Response:
    found, path = _organisation(page)
    token = next((each for each in tokens_of(page.reader, found.id) if each.id == page.path("token")), None)
    if token is None:
        raise NotFound
    form = Form(f"{path}/{token.id}/revoke", _REVOKE, [], binding=True)
    intro = Words(f"“{token.name}”将立即失效，对方系统随即不能报送。", f"“{token.name}” stops working at once.")
    return form_page(page, _REVOKE, form, error=error, intro=intro, back=(path, Words("接口令牌", "Tokens")))
