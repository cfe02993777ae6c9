"""Bookings as they stand: booked, amended, confirmed, turned down, cancelled; and how full a warehouse's day is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.clock import DAY, civil_date, day_start
from bihuan.base.db import Open, Reader, Scoped
from bihuan.base.errors import Words
from bihuan.base.identity.scopes import authorities
from bihuan.base.notify.model import MESSAGE, message_table
from bihuan.base.places import Place
from bihuan.base.records import RECORD, fact, record, typed_table
from bihuan.base.rules.subjects import subject
from bihuan.ends.enterprise.mine import step_spec
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.words import kilos

State = Literal["waiting", "confirmed", "refused", "cancelled"]
STATES: dict[State, tuple[Words, str]] = {
    "waiting": (Words("待仓库确认", "Waiting for the warehouse"), "orange"),
    "confirmed": (Words("已确认", "Confirmed"), "green"),
    "refused": (Words("仓库未同意", "Turned down"), "red"),
    "cancelled": (Words("已取消", "Cancelled"), "none"),
}
UNSTATED_KG = Decimal(28_000)
"""Kilograms held for a container of which customs has stated none yet: the payload of a forty-foot reefer."""
SLOTS = Open("of other owners' bookings a page is told only how many kilograms of a warehouse's day are taken")
_CHANGED = ("container", "owner", "vehicle", "driver", "destination", "declaration", "slot")


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking as it stands now."""

    number: str
    ref: str
    sent: str
    """The record that made it, as its sender knows it: what a refusal is about."""
    party: str
    """Who booked, as the ledger has it."""
    made_at: int
    container: str
    owner: str
    vehicle: str
    driver: str
    destination: str
    declaration: str
    slot: int | None
    state: State = "waiting"
    confirmed_at: int | None = None
    refusal: Words | None = None
    happened: tuple[tuple[int, str, str], ...] = ()
    """What was stated of it, in order: (instant, neutral step, record)."""

    @property
    def words(self) -> Words:
        """The state in words."""
        return STATES[self.state][0]

    @property
    def colour(self) -> str:
        """The state's class on pages."""
        return STATES[self.state][1]


@dataclass
class _Stated:
    booked: list[RowMapping] = field(default_factory=list)
    later: dict[str, list[tuple[int, str, RowMapping]]] = field(default_factory=lambda: defaultdict(list))


def bookings(page: Page, *conditions: sa.ColumnElement[bool], limit: int = 500) -> list[Booking]:
    """Bookings within scope, the newest first; conditions are on columns of the booked records."""
    return _folded(page, RECORD, conditions, limit)


def booking_named(page: Page, number: str) -> Booking | None:
    """The booking of that number within scope, or None; booked anew under one number: the latest."""
    table = typed_table(step_spec(page, "booked"))
    return next(iter(bookings(page, table.c.booking == number)), None)


def bookings_of(page: Page, container: str) -> list[Booking]:
    """Bookings that now stand for a container, the newest first."""
    made = typed_table(step_spec(page, "booked"))
    moved = typed_table(step_spec(page, "booking_amended"))
    numbers = [r["booking"] for r in page.reader.rows(_live(moved).where(moved.c.container == container), RECORD)]
    found = bookings(page, sa.or_(made.c.container == container, made.c.booking.in_(numbers)))
    return [booking for booking in found if booking.container == container]


def held(page: Page, place: Place, day: date, without: str = "") -> Decimal:
    """Kilograms that a warehouse's civil day has taken: bookings neither cancelled nor turned down."""
    table = typed_table(step_spec(page, "booked"))
    start = day_start(day)
    moved = typed_table(step_spec(page, "booking_amended"))
    near = _live(moved).where(sa.or_(moved.c.destination == place.id, moved.c.slot.between(start, start + DAY - 1)))
    numbers = [row["booking"] for row in page.reader.rows(near, SLOTS)]
    here = sa.and_(table.c.destination == place.id, table.c.slot.between(start, start + DAY - 1))
    found = _folded(page, SLOTS, [sa.or_(here, table.c.booking.in_(numbers))], 2000)
    counted = [
        booking
        for booking in found
        if booking.number != without
        and booking.destination == place.id
        and booking.state in ("waiting", "confirmed")
        and booking.slot is not None
        and civil_date(booking.slot) == day
    ]
    return sum(weights(page, {booking.container for booking in counted}).values(), Decimal(0))


def weights(page: Page, containers: Iterable[str]) -> dict[str, Decimal]:
    """Kilograms of containers as customs stated them; unstated ones count as a full container."""
    names = {f"container:{name}": name for name in containers}
    query = sa.select(subject.c.id, subject.c.kg).where(subject.c.id.in_(names))
    found = {names[row["id"]]: Decimal(row["kg"]) for row in page.reader.rows(query, SLOTS) if row["kg"]}
    return {name: found.get(name, UNSTATED_KG) for name in names.values()}


def capacity_fault(page: Page, place: Place, slot: int, container: str, without: str = "") -> Words | None:
    """Why a warehouse cannot take a container on a civil day, with the figures and the next free day; None: it can."""
    if place.capacity_kg is None:
        return None
    day, kg = civil_date(slot), weights(page, [container])[container]
    taken = held(page, place, day, without)
    if taken + kg <= place.capacity_kg:
        return None
    free = next((d for d in _days_after(day) if held(page, place, d, without) + kg <= place.capacity_kg), None)
    booked, more, holds = kilos(taken) or "0 kg", kilos(kg), kilos(Decimal(place.capacity_kg))
    zh = f"{place.name}在 {day} 已预约 {booked}，再加 {more} 超过库容 {holds}。"
    en = f"{place.name} has {booked} booked for {day}; {more} more is over its {holds}."
    if free is None:
        return Words(zh + "请改约其他仓库。", f"{en} Choose another warehouse.")
    return Words(f"{zh}请改约 {free} 或其他仓库。", f"{en} Choose {free} or another warehouse.")


def _days_after(day: date) -> list[date]:
    start = day_start(day)
    return [civil_date(start + n * DAY) for n in range(1, 8)]


def _live(table: sa.Table) -> sa.Select[Any]:
    r = record.c
    joined = table.join(record, r.seq == table.c.seq).join(
        fact, sa.and_(fact.c.seq == table.c.seq, fact.c.n == table.c.n)
    )
    columns = (r.ref.label("ref"), r.sent.label("sent"), r.party.label("stated_by"), r.time.label("at"))
    return sa.select(table, *columns).select_from(joined).where(fact.c.live)


def _folded(page: Page, of: Scoped | Open, conditions: Sequence[sa.ColumnElement[bool]], limit: int) -> list[Booking]:
    table = typed_table(step_spec(page, "booked"))
    query = _live(table).where(*conditions).order_by(record.c.time.desc(), record.c.seq.desc()).limit(limit)
    made = page.reader.rows(query, of)
    later = _later(page.reader, page, of, [row["booking"] for row in made])
    offices = authorities(page.reader)
    refused = _refusals(page, of, [str(row["sent"]) for row in made])
    return [_fold(row, later[row["booking"]], refused.get(str(row["sent"])), offices) for row in made]


def _later(
    reader: Reader, page: Page, of: Scoped | Open, numbers: list[str]
) -> dict[str, list[tuple[int, str, RowMapping]]]:
    found: dict[str, list[tuple[int, str, RowMapping]]] = defaultdict(list)
    for step in ("booking_amended", "booking_confirmed", "booking_cancelled"):
        table = typed_table(step_spec(page, step))
        for start in range(0, len(numbers), 400):
            query = _live(table).where(table.c.booking.in_(numbers[start : start + 400]))
            for row in reader.rows(query, of):
                found[row["booking"]].append((row["at"], step, row))
    for rows in found.values():
        rows.sort(key=lambda item: (item[0], item[1]))
    return found


def _fold(
    made: RowMapping, later: list[tuple[int, str, RowMapping]], refusal: Words | None, offices: frozenset[str]
) -> Booking:
    """The booking after what its own maker, its warehouse and the authorities said; what others say doesn't touch it."""
    own = made["stated_by"] in offices
    booking = Booking(
        made["booking"],
        made["ref"],
        made["sent"],
        made["stated_by"],
        made["at"],
        made["container"],
        made["owner"],
        made["vehicle"],
        made["driver"],
        made["destination"],
        made["declaration"] or "",
        made["slot"],
        "refused" if refusal else "waiting",
        None,
        refusal,
        ((made["at"], "booked", made["ref"]),),
    )
    for at, step, row in later:
        mine = own or row["stated_by"] in (made["stated_by"], *offices)
        if at < booking.made_at or (step == "booking_amended" and not mine):
            continue
        if step == "booking_cancelled" and not mine and row["by"] != booking.destination:
            continue
        happened = (*booking.happened, (at, step, row["ref"]))
        if step == "booking_amended":
            changed = {name: row[name] for name in _CHANGED if row[name] is not None}
            booking = replace(booking, **changed, happened=happened)
        elif step == "booking_confirmed" and booking.state in ("waiting", "confirmed"):
            booking = replace(booking, state="confirmed", confirmed_at=at, happened=happened)
        elif step == "booking_cancelled":
            # A warehouse turns down by cancelling and saying why: that stays to be read as its own answer.
            booking = replace(booking, state="refused" if refusal else "cancelled", happened=happened)
    return booking


def refusal_source(sent: str, whom: str) -> str:
    """Under which source the message of a refusal is kept, one for each of the two parties."""
    return f"booking-refused:{whom}:{sent}"


def _refusals(page: Page, of: Scoped | Open, sents: list[str]) -> dict[str, Words]:
    """Why bookings were turned down, by the record that made them."""
    m = message_table.c
    by_source = {refusal_source(sent, whom): sent for sent in sents for whom in ("owner", "warehouse")}
    found: dict[str, Words] = {}
    names = sorted(by_source)
    for start in range(0, len(names), 400):
        query = sa.select(m.source, m.zh, m.en).where(m.source.in_(names[start : start + 400]))
        for row in page.reader.rows(query, MESSAGE if isinstance(of, Scoped) else of):
            found[by_source[row["source"]]] = Words(row["zh"], row["en"])
    return found
