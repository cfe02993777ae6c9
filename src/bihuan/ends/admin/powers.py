"""授权: memberships and grants with their dates, given and ended; nothing is deleted, history stays."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Words
from bihuan.base.identity import (
    EVERYWHERE,
    access_person,
    end_grant,
    end_membership,
    give_grant,
    give_membership,
    roles,
)
from bihuan.base.identity.model import MEMBER_CAPABILITIES, OFFICER_CAPABILITIES
from bihuan.ends.admin.noting import area_choices, line_choices, once, organisation_choices
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, day_of, form_page, typed
from bihuan.ends.shared.capabilities import CAPABILITIES
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

_GRANT = Words("授予监管权限", "Give a grant")
_MEMBER = Words("加入单位", "Make a member")


@door("/admin/people/{who}/grant", who="administrator")
def grant_page(page: Page) -> Response:
    """The form to give an officer powers."""
    return _grant(page)


@door("/admin/people/{who}/grant", "POST", who="administrator")
def grant_now(page: Page) -> Response:
    """Give powers in an area under a line, with dates."""
    who = page.path("who")
    try:
        confirm_here(page)
        area = page.require("area", "辖区", "Area")
        given = page.fields().get("capabilities", [])
        with page.write() as w:
            begun = once(page, w, "give_grant", who, area, page.field("line"), *given)
            if begun.before is None:
                begun.answer(
                    give_grant(
                        w,
                        who,
                        EVERYWHERE if area == "*" else area,
                        page.field("line"),
                        given,
                        role=page.field("role") or None,
                        valid_from=day_of(page, "valid_from"),
                        valid_to=day_of(page, "valid_to", ends=True),
                    )
                )
    except BihuanError as error:
        return _grant(page, typed(page), error)
    return page.go(f"/admin/people/{who}", page.t("已授权。", "The grant is given."))


@door("/admin/people/{who}/membership", who="administrator")
def membership_page(page: Page) -> Response:
    """The form to make somebody a member of an organisation."""
    return _member(page)


@door("/admin/people/{who}/membership", "POST", who="administrator")
def membership_now(page: Page) -> Response:
    """Make somebody a member, with dates."""
    who = page.path("who")
    try:
        confirm_here(page)
        party = page.require("party", "单位", "Organisation")
        given = page.fields().get("capabilities", [])
        with page.write() as w:
            begun = once(page, w, "give_membership", who, party, *given)
            if begun.before is None:
                begun.answer(
                    give_membership(
                        w,
                        who,
                        party,
                        given,
                        role=page.field("role") or None,
                        valid_from=day_of(page, "valid_from"),
                        valid_to=day_of(page, "valid_to", ends=True),
                    )
                )
    except BihuanError as error:
        return _member(page, typed(page), error)
    return page.go(f"/admin/people/{who}", page.t("已加入单位。", "They are a member now."))


@door("/admin/people/{who}/grants/{number}/end", who="administrator")
def end_grant_page(page: Page) -> Response:
    """The form to end a grant."""
    return _end(page, "grants", Words("终止授权", "End the grant"))


@door("/admin/people/{who}/grants/{number}/end", "POST", who="administrator")
def end_grant_now(page: Page) -> Response:
    """End a grant now or on a later day."""
    titles = Words("终止授权", "End the grant")
    try:
        confirm_here(page)
        with page.write() as w:
            end_grant(w, page.path("number"), day_of(page, "at", ends=True))
    except BihuanError as error:
        return _end(page, "grants", titles, typed(page), error)
    return page.go(f"/admin/people/{page.path('who')}", page.t("已终止，历史保留。", "Ended; it stays as history."))


@door("/admin/people/{who}/memberships/{number}/end", who="administrator")
def end_membership_page(page: Page) -> Response:
    """The form to end a membership."""
    return _end(page, "memberships", Words("终止成员关系", "End the membership"))


@door("/admin/people/{who}/memberships/{number}/end", "POST", who="administrator")
def end_membership_now(page: Page) -> Response:
    """End a membership now or on a later day."""
    titles = Words("终止成员关系", "End the membership")
    try:
        confirm_here(page)
        with page.write() as w:
            end_membership(w, page.path("number"), day_of(page, "at", ends=True))
    except BihuanError as error:
        return _end(page, "memberships", titles, typed(page), error)
    return page.go(f"/admin/people/{page.path('who')}", page.t("已终止，历史保留。", "Ended; it stays as history."))


def _common(page: Page, allowed: frozenset[str]) -> list[Ask]:
    named = [(each.name, page.say(each.words)) for each in roles(page.reader) if each.capabilities <= allowed]
    single = [(name, page.say(CAPABILITIES[name])) for name in sorted(allowed)]
    return [
        Ask(
            "role",
            Words("角色", "Role"),
            "choice",
            named,
            help=Words("选角色，或在下面逐项勾选。", "Choose a role, or tick below."),
        ),
        Ask("capabilities", Words("另加权限", "Further capabilities"), "many", single),
        Ask(
            "valid_from",
            Words("自", "From"),
            "date",
            help=Words("不填为现在起；不能早于今天。", "Empty: from now; not before today."),
        ),
        Ask(
            "valid_to",
            Words("至（含当日）", "To (that day included)"),
            "date",
            help=Words("不填为未定。", "Empty: open."),
        ),
    ]


def _grant(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    found = access_person(page.reader, page.path("who"), "admin")
    asks = [
        Ask("area", Words("辖区", "Area"), "choice", area_choices(page, everywhere=True), required=True),
        Ask("line", Words("条线", "Line"), "choice", line_choices(page), required=True),
        *_common(page, OFFICER_CAPABILITIES),
    ]
    form = Form(f"/admin/people/{found.id}/grant", _GRANT, asks, binding=True)
    back = (f"/admin/people/{found.id}", Words(found.name, found.name))
    return form_page(page, _GRANT, form, values=values, error=error, back=back)


def _member(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    found = access_person(page.reader, page.path("who"), "admin")
    asks = [
        Ask("party", Words("单位", "Organisation"), "choice", organisation_choices(page), required=True),
        *_common(page, MEMBER_CAPABILITIES),
    ]
    form = Form(f"/admin/people/{found.id}/membership", _MEMBER, asks, binding=True)
    back = (f"/admin/people/{found.id}", Words(found.name, found.name))
    return form_page(page, _MEMBER, form, values=values, error=error, back=back)


def _end(
    page: Page, kind: str, titles: Words, values: Typed | None = None, error: BihuanError | None = None
) -> Response:
    found = access_person(page.reader, page.path("who"), "admin")
    ask = Ask(
        "at",
        Words("最后有效的一天", "Last day in force"),
        "date",
        help=Words("不填为立即终止。", "Empty: it ends now."),
    )
    form = Form(f"/admin/people/{found.id}/{kind}/{page.path('number')}/end", titles, [ask], binding=True)
    back = (f"/admin/people/{found.id}", Words(found.name, found.name))
    return form_page(page, titles, form, values=values, error=error, back=back)
