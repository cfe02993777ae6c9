"""From the way in which records name a party (our id, its USCC or GLN) to the organisation."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.identity.model import AUTHORITIES, NAMES, organisation
from bihuan.base.identity.scopes import kinds_of


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
