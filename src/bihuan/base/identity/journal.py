"""The administrators' log, and whether an administrator answers for somebody."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Refused
from bihuan.base.identity.model import INNER, PARTY_LINE, admin_log, membership, officer_grant, organisation
from bihuan.base.identity.queries import access_person
from bihuan.base.identity.scopes import check_covers


def record(w: Writer, act: str, row: str, area: str, happened: object, **detail: object) -> None:
    """Write an act into the administrators' log and tell what happened; `detail` holds nothing personal."""
    w.insert(
        admin_log,
        {
            "at": w.now,
            "principal": w.principal.id,
            "act": act,
            "row": row,
            "area": area,
            "detail": msgspec.json.encode(detail, order="sorted").decode(),
        },
    )
    w.emit(happened)


def check_answers_for(w: Writer, person: str) -> str:
    """The home area of a person whose every grant and organisation lies in the administrator's own scope.

    Otherwise a district's administrator could take over a city officer by giving them a new password. NotFound when
    the person is unknown or hidden, Forbidden when they reach further than the administrator.
    """
    area = access_person(w, person, "admin").area
    check_covers(w.principal, area, PARTY_LINE)
    for each_area, each_line in grants_to_come(w, person):
        check_covers(w.principal, each_area, each_line)
    query = (
        sa.select(organisation.c.area)
        .join(membership, membership.c.party == organisation.c.id)
        .where(membership.c.person == person, sa.or_(membership.c.valid_to.is_(None), membership.c.valid_to > w.now))
    )
    for row in w.rows(query, INNER):
        check_covers(w.principal, row["area"], PARTY_LINE)
    return area


def grants_to_come(reader: Reader, person: str) -> tuple[tuple[str, str], ...]:
    """Pairs (area, line) of a person's grants in force now or later."""
    query = sa.select(officer_grant.c.area, officer_grant.c.line).where(
        officer_grant.c.person == person,
        sa.or_(officer_grant.c.valid_to.is_(None), officer_grant.c.valid_to > reader.now),
    )
    return tuple((row["area"], row["line"]) for row in reader.rows(query, INNER))


def check_not_oneself(w: Writer, person: str) -> None:
    """Refused when somebody would give something to themselves, or do to themselves what an administrator does."""
    if w.principal.person == person:
        raise Refused(
            "不能为本人办理，请由另一位管理员办理。",
            "You may not do this for yourself; ask another administrator.",
            code="oneself",
        )
