"""执法证: the numbers of officers' enforcement cards, dated; a document prints the one in force when it was issued."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Conflict, Fault, Invalid, NotFound, Words
from bihuan.base.identity.events import CardEntered
from bihuan.base.identity.journal import check_answers_for, record
from bihuan.base.identity.model import INNER, EnforcementCard, enforcement_card, in_force
from bihuan.base.identity.queries import access_person

_C = enforcement_card.c
LONGEST = 40
"""Signs of a card number; cities number their cards in their own ways, so no form is prescribed."""


def enter_card(
    w: Writer, who: str, number: str, *, valid_from: int | None = None, valid_to: int | None = None
) -> str:
    """Enter the number of an officer's card, in force from an instant (int us; now) on; its id `card-…`.

    A card that is still in force then ends with it. By an administrator who answers for the officer.
    """
    home = check_answers_for(w, who)
    start, text = w.now if valid_from is None else valid_from, number.strip()
    faults = []
    if not text or len(text) > LONGEST:
        faults.append(Fault("number", "required", Words("请填写执法证号。", "Give the number of the card.")))
    if valid_to is not None and valid_to <= start:
        faults.append(Fault("valid_to", "order", Words("截止时间应晚于起始时间。", "It must end after it begins.")))
    if faults:
        raise Invalid("执法证信息有误。", "The card's data are wrong.", faults=faults)
    earlier = sa.update(enforcement_card).where(_C.person == who, in_force(enforcement_card, start), _C.valid_from < start)
    w.write(earlier.values(valid_to=start, ended_by=w.principal.id))
    card = w.new_id("card")
    w.insert(
        enforcement_card,
        {"id": card, "person": who, "number": text, "valid_from": start, "valid_to": valid_to, "granted_by": w.principal.id},
    )
    record(w, "enter_card", who, home, CardEntered(card, who), to=valid_to)
    return card


def end_card(w: Writer, card: str, at: int | None = None) -> None:
    """End an officer's card now or at a later instant (int us); the row stays as history."""
    row = w.first(sa.select(enforcement_card).where(_C.id == card), INNER)
    if row is None:
        raise NotFound
    home = check_answers_for(w, row["person"])
    end = max(w.now if at is None else at, row["valid_from"])
    if row["valid_to"] is not None and row["valid_to"] <= end:
        raise Conflict("已经终止。", "It has ended already, or ends before that.", code="ended")
    w.write(sa.update(enforcement_card).where(_C.id == card).values(valid_to=end, ended_by=w.principal.id))
    record(w, "end_card", row["person"], home, CardEntered(card, row["person"]), at=end)


def cards_of(reader: Reader, who: str) -> tuple[EnforcementCard, ...]:
    """An officer's cards, past and present: for themselves and administrators."""
    access_person(reader, who, "read" if reader.principal.person == who else "admin")
    query = sa.select(enforcement_card).where(_C.person == who).order_by(_C.valid_from, _C.id)
    return tuple(EnforcementCard(**row) for row in reader.rows(query, INNER))


def card_at(reader: Reader, who: str, at: int) -> str:
    """The number of the card that an officer carried at an instant; empty when none is entered.

    For documents alone, which print it for whoever may read them.
    """
    query = sa.select(_C.number).where(_C.person == who, in_force(enforcement_card, at))
    return str(reader.scalar(query.order_by(_C.valid_from.desc()).limit(1), INNER) or "")
