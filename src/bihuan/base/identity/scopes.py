"""From dated memberships and grants to a principal, and whether a principal's scope reaches as far as something.

A principal is made anew for every request: what was ended a second ago no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.errors import Forbidden
from bihuan.base.identity import personal
from bihuan.base.identity.areas import merged_areas, with_predecessors
from bihuan.base.identity.model import (
    AGENCY,
    AUTHORITIES,
    EVERYWHERE,
    INNER,
    NAMES,
    PARTY_LINE,
    engagement,
    in_force,
    line,
    membership,
    officer_grant,
    organisation_kind,
    unspelt,
)
from bihuan.base.principal import Grant, Principal

OFFICES = sa.select(organisation_kind.c.organisation).where(organisation_kind.c.kind.in_(sorted(AUTHORITIES)))
"""The organisations that are an authority or a department, as a query."""


def principal_for(
    reader: Reader,
    person: str,
    party: str | None,
    at: int,
    lines: Sequence[str] | None = None,
    confirmed_at: int | None = None,
) -> Principal:
    """What a person may see and do at an instant (int us), acting for `party` or, with None, as themselves.

    Forbidden when the person is no member of the party then, nor of an agency that it engages. Grants of supervision rest while somebody acts for an
    organisation that is no authority. `name` is the masked one, so that no trail keeps what erasure must reach.
    """
    capabilities: frozenset[str] = frozenset()
    agency: str | None = None
    supervises = True
    if party is not None:
        held = member_capabilities(reader, person, party, at)
        if held is None:
            agency = engaged_agency(reader, person, party, at)
            if agency is None:
                raise Forbidden("您不是该单位的成员。", "You are not a member of this organisation.", code="not_a_member")
            held = DRAFTS_ONLY
        kinds = kinds_of(reader, party)
        capabilities = held - {"sign", "principal"} if AGENCY in kinds else held
        supervises = bool(kinds & AUTHORITIES)
    return Principal(
        "person",
        person,
        name=personal.mask_name(personal.get(reader, person).get("name", "")),
        person=person,
        party=party,
        grants=compiled_grants(reader, grants_in_force(reader, person, at), at) if supervises else (),
        capabilities=capabilities,
        lines=line_names(reader) if lines is None else tuple(lines),
        confirmed_at=confirmed_at,
        agency=agency,
    )


def grants_in_force(reader: Reader, person: str, at: int) -> tuple[Grant, ...]:
    """An officer's grants at an instant, as they were given."""
    query = sa.select(officer_grant).where(officer_grant.c.person == person, in_force(officer_grant, at))
    rows = reader.rows(query.order_by(officer_grant.c.area, officer_grant.c.line, officer_grant.c.id), INNER)
    return tuple(Grant(row["area"], row["line"], unspelt(row["capabilities"])) for row in rows)


def compiled_grants(reader: Reader, grants: Iterable[Grant], at: int) -> tuple[Grant, ...]:
    """Grants widened by merged areas, each with its share of the parties' line, doubles removed."""
    given = list(grants)
    given += [Grant(grant.area, PARTY_LINE, grant.capabilities) for grant in given]
    return tuple(dict.fromkeys(with_predecessors(given, merged_areas(reader, at))))


def member_capabilities(reader: Reader, person: str, party: str, at: int) -> frozenset[str] | None:
    """What a person may do for an organisation at an instant; None when they are no member then."""
    query = sa.select(membership.c.capabilities).where(
        membership.c.person == person, membership.c.party == party, in_force(membership, at)
    )
    rows = reader.rows(query, INNER)
    return frozenset().union(*(unspelt(row["capabilities"]) for row in rows)) if rows else None


DRAFTS_ONLY = frozenset({"draft"})
"""What the people of a service agency may do for the organisation that engaged it: never sign."""


def engaged_agency(reader: Reader, person: str, party: str, at: int) -> str | None:
    """The service agency by which a person may draft for an organisation at an instant; None when there is none."""
    return next((agency for client, agency in clients_of(reader, person, at) if client == party), None)


def clients_of(reader: Reader, person: str, at: int) -> list[tuple[str, str]]:
    """For whom a person may draft at an instant as one of an engaged agency: (organisation, agency)."""
    m, e, k = membership.c, engagement.c, organisation_kind.c
    query = (
        sa.select(e.party, e.agency, m.capabilities)
        .select_from(engagement.join(membership, m.party == e.agency).join(organisation_kind, k.organisation == e.agency))
        .where(m.person == person, k.kind == AGENCY, in_force(membership, at), in_force(engagement, at))
        .order_by(e.valid_from, e.id, m.id)
    )
    rows = reader.rows(query, INNER)
    return list(dict.fromkeys((row["party"], row["agency"]) for row in rows if "draft" in unspelt(row["capabilities"])))


def may_act_for(reader: Reader, person: str, party: str, at: int) -> bool:
    """Whether a person is a member of an organisation at an instant, or of an agency that it engages."""
    held = member_capabilities(reader, person, party, at)
    return held is not None or engaged_agency(reader, person, party, at) is not None


def kinds_of(reader: Reader, party: str) -> frozenset[str]:
    """The kinds of an organisation."""
    query = sa.select(organisation_kind.c.kind).where(organisation_kind.c.organisation == party)
    return frozenset(row["kind"] for row in reader.rows(query, NAMES))


def authorities(reader: Reader) -> frozenset[str]:
    """The organisations that are an authority or a department."""
    return frozenset(row["organisation"] for row in reader.rows(OFFICES, NAMES))


def line_names(reader: Reader) -> tuple[str, ...]:
    """Names of all lines of supervision."""
    return tuple(row["name"] for row in reader.rows(sa.select(line.c.name).order_by(line.c.name), NAMES))


def covers(principal: Principal, area: str, line: str, capability: str) -> bool:
    """Whether a capability is held over a whole area under a line; `*` asks for all lines."""
    return principal.kind == "system" or any(
        capability in grant.capabilities and area.startswith(grant.area) and grant.line in ("*", line)
        for grant in principal.grants
    )


def check_covers(principal: Principal, area: str, line: str, capability: str = "admin") -> None:
    """Forbidden unless the principal's own grants reach over the area and line."""
    if not covers(principal, area, line, capability):
        raise Forbidden(
            "您的权限范围未覆盖该辖区或条线。", "Your scope does not cover this area or line.", code="outside_scope"
        )


def check_everywhere(principal: Principal) -> None:
    """Forbidden unless the principal administers all areas and lines."""
    check_covers(principal, EVERYWHERE, "*")


def narrowed(scopes: Iterable[Grant], held: Iterable[Grant]) -> tuple[Grant, ...]:
    """The part of some scopes that lies in grants held now: the longer area, the narrower line, what both allow."""
    out: dict[Grant, None] = {}
    holding = tuple(held)
    for scope in scopes:
        for grant in holding:
            if not (scope.area.startswith(grant.area) or grant.area.startswith(scope.area)):
                continue
            if scope.line != grant.line and "*" not in (scope.line, grant.line):
                continue
            both = scope.capabilities & grant.capabilities
            if both:
                narrower = grant.line if scope.line == "*" else scope.line
                out[Grant(max(scope.area, grant.area, key=len), narrower, both)] = None
    return tuple(out)
