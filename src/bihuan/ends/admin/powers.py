"""授权: memberships, grants and enforcement cards with their dates, given and ended; nothing is deleted, history stays."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.identity import (
    EVERYWHERE,
    access_person,
    end_card,
    end_grant,
    end_membership,
    enter_card,
    give_grant,
    give_membership,
    roles,
)
from bihuan.base.identity.model import MEMBER_CAPABILITIES, OFFICER_CAPABILITIES
from bihuan.ends.admin.entering import Entry
from bihuan.ends.admin.noting import area_choices, line_choices, organisation_choices
from bihuan.ends.shared.asking import Ask, Form, day_of
from bihuan.ends.shared.capabilities import CAPABILITIES
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

_ENDED = Words("已终止，历史保留。", "Ended; it stays as history.")


@door("/admin/people/{who}/grant", who="administrator")
def grant_page(page: Page) -> Response:
    """The form to give an officer powers."""
    return _grant(page).shown(page)


@door("/admin/people/{who}/grant", "POST", who="administrator")
def grant_now(page: Page) -> Response:
    """Give powers in an area under a line, with dates."""
    who, given = page.path("who"), page.fields().get("capabilities", [])

    def give(w: Writer) -> str:
        area = page.require("area", "辖区", "Area")
        return give_grant(
            w,
            who,
            EVERYWHERE if area == "*" else area,
            page.field("line"),
            given,
            role=page.field("role") or None,
            valid_from=day_of(page, "valid_from"),
            valid_to=day_of(page, "valid_to", ends=True),
        )

    key = ("give_grant", who, page.field("area"), page.field("line"), *given)
    return _grant(page).sent(page, give, told=Words("已授权。", "The grant is given."), key=key)


@door("/admin/people/{who}/membership", who="administrator")
def membership_page(page: Page) -> Response:
    """The form to make somebody a member of an organisation."""
    return _member(page).shown(page)


@door("/admin/people/{who}/membership", "POST", who="administrator")
def membership_now(page: Page) -> Response:
    """Make somebody a member, with dates."""
    who, given = page.path("who"), page.fields().get("capabilities", [])

    def give(w: Writer) -> str:
        return give_membership(
            w,
            who,
            page.require("party", "单位", "Organisation"),
            given,
            role=page.field("role") or None,
            valid_from=day_of(page, "valid_from"),
            valid_to=day_of(page, "valid_to", ends=True),
        )

    key = ("give_membership", who, page.field("party"), *given)
    return _member(page).sent(page, give, told=Words("已加入单位。", "They are a member now."), key=key)


@door("/admin/people/{who}/card", who="administrator")
def card_page(page: Page) -> Response:
    """The form to enter the number of an officer's enforcement card."""
    return _card(page).shown(page)


@door("/admin/people/{who}/card", "POST", who="administrator")
def card_now(page: Page) -> Response:
    """Enter the card, with dates; the earlier one ends with it."""
    who = page.path("who")

    def enter(w: Writer) -> str:
        return enter_card(
            w,
            who,
            page.field("number"),
            valid_from=day_of(page, "valid_from"),
            valid_to=day_of(page, "valid_to", ends=True),
        )

    key = ("enter_card", who, page.field("number"))
    return _card(page).sent(page, enter, told=Words("执法证已登记。", "The card is entered."), key=key)


@door("/admin/people/{who}/grants/{number}/end", who="administrator")
def end_grant_page(page: Page) -> Response:
    """The form to end a grant."""
    return _end(page, "grants").shown(page)


@door("/admin/people/{who}/grants/{number}/end", "POST", who="administrator")
def end_grant_now(page: Page) -> Response:
    """End a grant now or on a later day."""
    return _ended(page, "grants", end_grant)


@door("/admin/people/{who}/memberships/{number}/end", who="administrator")
def end_membership_page(page: Page) -> Response:
    """The form to end a membership."""
    return _end(page, "memberships").shown(page)


@door("/admin/people/{who}/memberships/{number}/end", "POST", who="administrator")
def end_membership_now(page: Page) -> Response:
    """End a membership now or on a later day."""
    return _ended(page, "memberships", end_membership)


@door("/admin/people/{who}/cards/{number}/end", who="administrator")
def end_card_page(page: Page) -> Response:
    """The form to end an enforcement card."""
    return _end(page, "cards").shown(page)


@door("/admin/people/{who}/cards/{number}/end", "POST", who="administrator")
def end_card_now(page: Page) -> Response:
    """End a card now or on a later day."""
    return _ended(page, "cards", end_card)


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
        *_dates(),
    ]


def _dates() -> list[Ask]:
    return [
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


def _grant(page: Page) -> Entry:
    asks = [
        Ask("area", Words("辖区", "Area"), "choice", area_choices(page, everywhere=True), required=True),
        Ask("line", Words("条线", "Line"), "choice", line_choices(page), required=True),
        *_common(page, OFFICER_CAPABILITIES),
    ]
    return _entry(page, "grant", Words("授予监管权限", "Give a grant"), asks)


def _member(page: Page) -> Entry:
    asks = [
        Ask("party", Words("单位", "Organisation"), "choice", organisation_choices(page), required=True),
        *_common(page, MEMBER_CAPABILITIES),
    ]
    return _entry(page, "membership", Words("加入单位", "Make a member"), asks)


def _card(page: Page) -> Entry:
    help_ = Words("印在该人员签发、执行的文书上；未登记的，文书上留空由手工填写。",
                  "Printed on documents that this officer signs or carries out; without one the line stays blank.")  # fmt: skip
    asks = [Ask("number", Words("执法证号", "Card number"), required=True, help=help_), *_dates()]
    return _entry(page, "card", Words("登记执法证", "Enter the enforcement card"), asks)


_ENDINGS = {
    "grants": Words("终止授权", "End the grant"),
    "memberships": Words("终止成员关系", "End the membership"),
    "cards": Words("终止执法证", "End the card"),
}


def _end(page: Page, kind: str) -> Entry:
    ask = Ask(
        "at",
        Words("最后有效的一天", "Last day in force"),
        "date",
        help=Words("不填为立即终止。", "Empty: it ends now."),
    )
    return _entry(page, f"{kind}/{page.path('number')}/end", _ENDINGS[kind], [ask])


def _ended(page: Page, kind: str, end: Callable[[Writer, str, int | None], None]) -> Response:
    return _end(page, kind).sent(
        page, lambda w: end(w, page.path("number"), day_of(page, "at", ends=True)), told=_ENDED
    )


def _entry(page: Page, action: str, titles: Words, asks: list[Ask]) -> Entry:
    """A form about one person, which asks for the password once more."""
    found = access_person(page.reader, page.path("who"), "admin")
    path = f"/admin/people/{found.id}"
    return Entry(titles, Form(f"{path}/{action}", titles, asks, binding=True), (path, Words(found.name, found.name)))
