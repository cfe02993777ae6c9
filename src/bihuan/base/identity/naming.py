"""What people and organisations are called, and to whom: officers by name among themselves, everybody else masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.identity import personal
from bihuan.base.identity.model import (
    AUTHORITIES,
    INNER,
    NAMES,
    PARTY_LINE,
    in_force,
    membership,
    officer_grant,
    organisation,
    organisation_kind,
)
from bihuan.base.identity.scopes import kinds_of


@dataclass(frozen=True, slots=True)
class Office:
    """The authority or department in whose name an officer acts."""

    party: str
    name: str


def person_label(reader: Reader, who: str, kept: str = "") -> str:
    """How a person is named to the reader: in full to themselves and to colleagues, else masked.

    Of whom nothing is known any more: the masked name that a trail `kept`, or that they are erased.
    """
    name = personal.get(reader, who).get("name", "")
    if not name:
        return kept or personal.ERASED
    return name if is_colleague(reader, who) else personal.mask_name(name)


def masked_label(reader: Reader, who: str) -> str:
    """A person's masked name, as it may be kept in a trail that erasure does not reach; empty when none is known."""
    return personal.mask_name(personal.get(reader, who).get("name", ""))


def signatory(reader: Reader, who: str) -> str:
    """The full name of the officer who signed or carried out what a document says; empty once erased.

    For documents alone: whoever may read one may read who signed it.
    """
    return personal.get(reader, who).get("name", "")


def is_colleague(reader: Reader, who: str) -> bool:
    """Whether the reader is that person, or supervises a line and area that the person does or ever did."""
    asks = reader.principal
    if asks.person is not None and asks.person == who:
        return True
    mine = [grant for grant in asks.grants if grant.line != PARTY_LINE]
    if not mine:
        return False
    g = officer_grant.c
    theirs = reader.rows(sa.select(g.area, g.line).where(g.person == who), INNER)
    return any(
        (row["area"].startswith(grant.area) or grant.area.startswith(row["area"]))
        and (row["line"] == grant.line or "*" in (row["line"], grant.line))
        for row in theirs
        for grant in mine
    )


def office_of(reader: Reader, who: str, at: int) -> Office | None:
    """The authority or department of which an officer was a member at an instant (the longest member of several)."""
    m, o, k = membership.c, organisation.c, organisation_kind.c
    official = sa.exists().where(k.organisation == o.id, k.kind.in_(sorted(AUTHORITIES)))
    query = (
        sa.select(o.id, o.name)
        .join(membership, m.party == o.id)
        .where(m.person == who, in_force(membership, at), official)
        .order_by(m.valid_from, m.id)
    )
    row = reader.first(query.limit(1), INNER)
    return None if row is None else Office(row["id"], row["name"])


def members_with_authority(reader: Reader, party: str, people: list[str]) -> list[str]:
    """Those of some officers who are members of an organisation now."""
    m = membership.c
    query = sa.select(m.person).distinct().where(m.party == party, m.person.in_(people), in_force(membership, reader.now))
    return sorted(row["person"] for row in reader.rows(query, INNER))


def party_resolver(reader: Reader) -> Callable[[str], str | None]:
    """A look-up from a party as records name it to the organisation's id; None when nobody is registered under it."""
    known: dict[str, str | None] = {}

    def find(text: str) -> str | None:
        if text not in known:
            o = organisation.c
            query = sa.select(o.id).where(sa.or_(o.id == text, o.uscc == text, o.gln == text))
            found = reader.scalar(query, NAMES) if text else None
            known[text] = None if found is None else str(found)
        return known[text]

    return find


def area_of_party(reader: Reader, party: str) -> str:
    """The area where an organisation is registered; "" when it is not known."""
    found = reader.scalar(sa.select(organisation.c.area).where(organisation.c.id == party), NAMES)
    return "" if found is None else str(found)


def is_authority(reader: Reader, party: str) -> bool:
    """Whether an organisation is an authority or a department."""
    return bool(kinds_of(reader, party) & AUTHORITIES)
