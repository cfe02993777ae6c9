"""Who belongs to which organisation, and which officer may do what where: dated, ended rather than deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import sqlalchemy as sa

from bihuan.base.clock import civil_date, day_start
from bihuan.base.db import Writer
from bihuan.base.errors import Conflict, Fault, Invalid, NotFound, Refused, Words
from bihuan.base.identity.actions import tag_person
from bihuan.base.identity.areas import areas_by_code
from bihuan.base.identity.events import GrantEnded, GrantGiven, MembershipEnded, MembershipGiven
from bihuan.base.identity.journal import check_not_oneself, record
from bihuan.base.identity.model import (
    AGENCY,
    EVERYWHERE,
    INNER,
    MEMBER_CAPABILITIES,
    OFFICER_CAPABILITIES,
    PARTY_LINE,
    Membership,
    OfficerGrant,
    membership,
    officer_grant,
    person,
    spelt,
)
from bihuan.base.identity.queries import access_organisation, access_person, grant_of, membership_of, role_of
from bihuan.base.identity.scopes import check_covers, line_names

_Dated = TypeVar("_Dated", Membership, OfficerGrant)


def give_membership(
    w: Writer,
    who: str,
    party: str,
    capabilities: Iterable[str] = (),
    *,
    role: str | None = None,
    valid_from: int | None = None,
    valid_to: int | None = None,
) -> str:
    """Make a person a member of an organisation; the membership's id.

    Capabilities out of draft, sign, manage, principal (then also sign), or those of a role. Instants int us; without `valid_from` from now on.
    An agency submits for others and so cannot be given `sign`.
    """
    check_not_oneself(w, who)
    found = access_organisation(w, party, "admin")
    check_covers(w.principal, found.area, PARTY_LINE)
    _check_person(w, who)
    given = _capabilities(w, capabilities, role, MEMBER_CAPABILITIES)
    if "principal" in given:
        given = sorted({*given, "sign"})
    if "sign" in given and AGENCY in found.kinds:
        raise Refused("代理机构不能取得签署权限。", "An agency cannot be given `sign`.", code="agency_may_not_sign")
    start = _start(w, valid_from, valid_to)
    if "principal" in given:
        _check_one_principal(w, who, party, start, valid_to)
    number = w.new_id("mem")
    row = {"id": number, "person": who, "party": party, "capabilities": spelt(given), "valid_from": start}
    w.insert(membership, row | {"valid_to": valid_to, "granted_by": w.principal.id})
    tag_person(w, who)
    happened = MembershipGiven(number, who, party)
    record(w, "give_membership", who, found.area, happened, party=party, capabilities=given, to=valid_to)
    return number


def end_membership(w: Writer, number: str, at: int | None = None) -> None:
    """End a membership now or at a later instant (int us); the row stays as history."""
    row = w.first(sa.select(membership).where(membership.c.id == number), INNER)
    if row is None:
        raise NotFound
    held = membership_of(row)
    found = access_organisation(w, held.party, "admin")
    check_covers(w.principal, found.area, PARTY_LINE)
    end = _end(w, held, at)
    w.write(sa.update(membership).where(membership.c.id == number).values(valid_to=end, ended_by=w.principal.id))
    tag_person(w, held.person)
    happened = MembershipEnded(number, held.person, held.party, end)
    record(w, "end_membership", held.person, found.area, happened, party=held.party, at=end)


def give_grant(
    w: Writer,
    who: str,
    area: str,
    line: str,
    capabilities: Iterable[str] = (),
    *,
    role: str | None = None,
    valid_from: int | None = None,
    valid_to: int | None = None,
) -> str:
    """Give an officer powers in an area (empty: everywhere) under a line (`*`: all); the grant's id.

    Capabilities out of read, act, decide, export, admin, or those of a role. The administrator's own grants must reach
    over the area and line, and nobody gives to themselves.
    """
    check_not_oneself(w, who)
    faults = []
    if area != EVERYWHERE and area not in areas_by_code(w):
        faults.append(Fault("area", "unknown_area", Words(f"没有辖区“{area}”。", f"There is no area '{area}'.")))
    if line != "*" and line not in line_names(w):
        faults.append(Fault("line", "unknown_line", Words(f"没有条线“{line}”。", f"There is no line '{line}'.")))
    if faults:
        raise Invalid("授权内容有误。", "The grant is wrong.", faults=faults)
    check_covers(w.principal, area, line)
    _check_person(w, who)
    given = _capabilities(w, capabilities, role, OFFICER_CAPABILITIES)
    start = _start(w, valid_from, valid_to)
    number = w.new_id("gra")
    row = {"id": number, "person": who, "area": area, "line": line, "capabilities": spelt(given), "role": role}
    w.insert(officer_grant, row | {"valid_from": start, "valid_to": valid_to, "granted_by": w.principal.id})
    happened = GrantGiven(number, who, area, line)
    record(w, "give_grant", who, area, happened, line=line, capabilities=given, role=role, to=valid_to)
    return number


def end_grant(w: Writer, number: str, at: int | None = None) -> None:
    """End an officer's grant now or at a later instant (int us); the row stays as history."""
    row = w.first(sa.select(officer_grant).where(officer_grant.c.id == number), INNER)
    if row is None:
        raise NotFound
    held = grant_of(row)
    access_person(w, held.person, "admin")
    check_covers(w.principal, held.area, held.line)
    end = _end(w, held, at)
    w.write(sa.update(officer_grant).where(officer_grant.c.id == number).values(valid_to=end, ended_by=w.principal.id))
    record(w, "end_grant", held.person, held.area, GrantEnded(number, held.person, end), line=held.line, at=end)


def _check_one_principal(w: Writer, who: str, party: str, start: int, valid_to: int | None) -> None:
    """Nobody signs as the principal person 主要负责人 beside another: the former one's role ends first."""
    m = membership.c
    query = sa.select(membership).where(m.party == party, m.person != who, sa.or_(m.valid_to.is_(None), m.valid_to > start))
    if valid_to is not None:
        query = query.where(m.valid_from < valid_to)
    if any("principal" in membership_of(row).capabilities for row in w.rows(query, INNER)):
        raise Conflict(
            "该单位此期间已有主要负责人；请先写明其终止时间。",
            "The organisation has a principal person in that time; end that role first.",
            code="has_principal",
        )


def _check_person(w: Writer, who: str) -> None:
    """An officer may get powers far from home: whoever knows the random id may name the person, unless erased."""
    row = w.first(sa.select(person.c.erased_at).where(person.c.id == who), INNER)
    if row is None or row["erased_at"] is not None:
        raise NotFound


def _capabilities(w: Writer, given: Iterable[str], role: str | None, allowed: frozenset[str]) -> list[str]:
    chosen = set(given) | (role_of(w, role).capabilities if role is not None else frozenset())
    if not chosen or not chosen <= allowed:
        words = Words(f"权限应取自：{spelt(allowed)}。", f"Capabilities must be out of: {spelt(allowed)}.")
        raise Invalid(*words, faults=[Fault("capabilities", "choice", words)])
    return sorted(chosen)


def _start(w: Writer, valid_from: int | None, valid_to: int | None) -> int:
    """The first instant; today's midnight at the earliest, so that nothing looks as if it had been allowed before."""
    start = w.now if valid_from is None else valid_from
    if start < day_start(civil_date(w.now)) and w.principal.kind != "system":
        words = Words("起始时间不能早于今天。", "It cannot begin before today.")
        raise Invalid(*words, faults=[Fault("valid_from", "dated_back", words)])
    if valid_to is not None and valid_to <= start:
        words = Words("截止时间应晚于起始时间。", "It must end after it begins.")
        raise Invalid(*words, faults=[Fault("valid_to", "order", words)])
    return start


def _end(w: Writer, held: _Dated, at: int | None) -> int:
    """The first instant without; what had not begun never begins."""
    end = w.now if at is None else at
    if end < w.now:
        words = Words("终止时间不能早于现在。", "It cannot end before now.")
        raise Invalid(*words, faults=[Fault("at", "dated_back", words)])
    if held.valid_to is not None and held.valid_to <= end:
        raise Conflict("已经终止。", "It has ended already, or ends before that.", code="ended")
    return max(end, held.valid_from)
