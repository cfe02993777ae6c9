"""Bookings as they stood at an instant, and which one served which entry.

Read as the notices say: without the warehouse's confirmation there is no booking (R-CONFIRM); the confirming warehouse
is the booked destination; an amendment is taken as agreed by it. A number is one booking: stated again it is amended,
cancelled it stays cancelled. A booking serves one entry, for container numbers come again (R-ONCE). What somebody says
of another's booking does not touch it: it is amended by whoever made it, and ended by them or by its warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bihuan.apps.cold_chain.marks import at
from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    BookingAmended,
    BookingCancelled,
    BookingConfirmed,
)
from bihuan.base.rules.history import History
from bihuan.base.rules.limits import micros
from bihuan.base.rules.model import Fact, Limits
from bihuan.base.rules.rule import Window
from bihuan.protocols.codes import normalize_plate


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as it stood at some instant."""

    booking: str
    container: str
    vehicle: str
    driver: str
    destination: str
    since: int
    """Since when it stands for this container: booked, confirmed, and moved to it if it was."""
    order: tuple[int, int, str, int]
    """Place of the booking among others, by its making: of two that stand, the later one is meant."""
    made: tuple[str, ...]
    """The records that make it: booked, confirmed, and what amended its container or destination."""
    said: Mapping[str, str]
    """Which record each other field comes from, when not from the first."""

    def witness(self, *fields: str) -> tuple[str, ...]:
        """The records that show the booking with these fields."""
        return (*self.made, *(self.said[name] for name in fields if name in self.said))


@dataclass(frozen=True, slots=True)
class Stated:
    """What a booking says after its amendments, confirmed or not."""

    number: str
    container: str
    owner: str
    vehicle: str
    destination: str
    slot: datetime | None
    cancelled: bool
    order: tuple[int, int, str, int]
    """Place of the booking among others, by its making."""


@dataclass(frozen=True, slots=True)
class Booking:
    """All that was said of one booking number, in canonical order."""

    number: str
    statements: tuple[tuple[Fact, Booked | BookingAmended], ...]
    confirmed: tuple[tuple[Fact, BookingConfirmed], ...]
    cancelled: Fact | None

    @property
    def answers(self) -> list[Fact]:
        """What settles whether the warehouse takes it: confirmations and the end of it, in canonical order."""
        ends = [self.cancelled] if self.cancelled is not None else []
        return sorted((*(fact for fact, _ in self.confirmed), *ends), key=lambda fact: fact.order)

    def standing(self, when: int) -> Standing | None:
        """As it stood at a second, that second included; None before it was confirmed or once it was cancelled."""
        now = self._stated(when)
        if now is None or (self.cancelled is not None and at(self.cancelled) <= when):
            return None
        for fact, record in self.confirmed:
            if at(fact) > when:
                break
            then = self._stated(at(fact)) or now
            if record.by in (now.destination, then.destination):
                made = dict.fromkeys((now.made[0], fact.id, *now.made[1:]))
                return replace(now, since=max(now.since, at(fact)), made=tuple(made))
        return None

    def stated(self, when: int | None = None) -> Stated | None:
        """As its owner had stated it by a second, or to the end of the history; None when nothing was booked by then."""
        found: Stated | None = None
        for fact, record in self.statements:
            if when is not None and at(fact) > when:
                break
            if found is None:
                if isinstance(record, Booked):
                    found = Stated(self.number, record.container, record.owner, normalize_plate(record.vehicle),
                                   record.destination, record.slot, False, fact.order)  # fmt: skip
                continue
            found = replace(
                found,
                container=record.container or found.container,
                owner=record.owner or found.owner,
                vehicle=normalize_plate(record.vehicle) if record.vehicle else found.vehicle,
                destination=record.destination or found.destination,
                slot=record.slot or found.slot,
            )
        ended = self.cancelled is not None and (when is None or at(self.cancelled) <= when)
        return None if found is None else replace(found, cancelled=ended)

    def _stated(self, when: int) -> Standing | None:
        """What the owner had stated by a second, confirmed or not; None when nothing was booked by then."""
        fields: dict[str, str] = {}
        said: dict[str, Fact] = {}
        first: Fact | None = None
        for fact, record in self.statements:
            if at(fact) > when:
                break
            if first is None and isinstance(record, Booked):
                first = fact
            for name in ("container", "vehicle", "driver", "destination"):
                told = getattr(record, name)
                value = normalize_plate(told) if told is not None and name == "vehicle" else told
                if value is not None and value != fields.get(name):
                    fields[name], said[name] = value, fact
        if first is None:
            return None
        later = {name: fact.id for name, fact in said.items() if fact.id != first.id}
        moved = dict.fromkeys(later.pop(name) for name in ("container", "destination") if name in later)
        return Standing(self.number, **fields, since=max(at(first), at(said["container"])), order=first.order,
                        made=(first.id, *moved), said=later)  # fmt: skip


def bookings(history: History) -> Iterable[Booking]:
    """All bookings in a history."""
    return history.once("bookings", _bookings)


def _bookings(history: History) -> tuple[Booking, ...]:
    stated: dict[str, list[tuple[Fact, Booked | BookingAmended]]] = {}
    for fact in history.of("booked", "booking_amended"):
        record = fact.record
        if isinstance(record, Booked | BookingAmended):
            stated.setdefault(record.booking, []).append((fact, record))
    confirmed: dict[str, list[tuple[Fact, BookingConfirmed]]] = {}
    for fact, confirmation in history.records(BookingConfirmed):
        confirmed.setdefault(confirmation.booking, []).append((fact, confirmation))
    cancelled: dict[str, list[tuple[Fact, BookingCancelled]]] = {}
    for fact, end in history.records(BookingCancelled):
        cancelled.setdefault(end.booking, []).append((fact, end))
    made = {number: _of_one_maker(several) for number, several in stated.items()}
    return tuple(
        Booking(number, own, tuple(confirmed.get(number, ())), _end(own, confirmed.get(number, ()), cancelled.get(number, ())))
        for number, own in made.items()
    )


def _of_one_maker(several: Sequence[tuple[Fact, Booked | BookingAmended]]) -> tuple[tuple[Fact, Booked | BookingAmended], ...]:
    """The statements of whoever made the booking: of several who use one number, the one whose booking came in first."""
    first = min((fact for fact, record in several if isinstance(record, Booked)), key=lambda f: (f.received, f.order), default=None)
    if first is None or not first.by:
        return tuple(several)
    return tuple((fact, record) for fact, record in several if fact.by in ("", first.by))


def _end(
    own: Sequence[tuple[Fact, Booked | BookingAmended]],
    confirmed: Iterable[tuple[Fact, BookingConfirmed]],
    ends: Iterable[tuple[Fact, BookingCancelled]],
) -> Fact | None:
    """What ended a booking: said by its maker, by the warehouse that it names, or by an authority."""
    makers = {fact.by for fact, record in own if isinstance(record, Booked)}
    places = {record.destination for _, record in own if record.destination}
    makers |= {fact.by for fact, record in confirmed if record.by in places}
    may = ((fact, end) for fact, end in ends if not fact.by or not makers - {""} or fact.by in makers or end.by in places)
    return next((fact for fact, _ in may), None)


def served(history: History, limits: Limits) -> dict[str, Standing]:
    """Which booking served which entry: arrival's record id → the booking, each used once, in order of entry.

    An entry takes the latest booking that stood for booking_min_gap (the row at the entry), else the latest that stood
    at all: a booking made too late for its entry is used up by it too.
    """
    entries = [(fact, record, _least_gap(limits, fact, record)) for fact, record in history.records(ArrivedWarehouse)]

    def make(_: History) -> dict[str, Standing]:
        used: set[str] = set()
        found: dict[str, Standing] = {}
        for fact, record, gap in entries:
            free = standing(history, record.container, at(fact), used)
            if free:
                taken = max(free, key=lambda s: (gap is not None and s.since <= at(fact) - gap, s.order))
                used.add(taken.booking)
                found[fact.id] = taken
        return found

    return history.once(f"served:{[gap for _, _, gap in entries]}", make)


def _least_gap(limits: Limits, entry: Fact, record: ArrivedWarehouse) -> int | None:
    row = limits.at("booking_min_gap", entry.time, record.area)
    return None if row is None else micros(row)


def standing(history: History, container: str, when: int, used: Iterable[str] = ()) -> list[Standing]:
    """The bookings of a container that stood at a second and are not among the used ones."""
    taken = set(used)
    stood = (booking.standing(when) for booking in bookings(history) if booking.number not in taken)
    return [s for s in stood if s is not None and s.container == container]


def at_pick_up(window: Window, container: str) -> Standing | None:
    """The booking that the trip of a pick-up is made on: the latest that stood then and served no earlier entry."""
    history, when = window.history, at(window.opening)
    earlier = {fact.id for fact, _ in history.records(ArrivedWarehouse) if at(fact) < when}
    used = {s.booking for arrival, s in served(history, window.asked.limits).items() if arrival in earlier}
    return max(standing(history, container, when, used), key=lambda s: s.order, default=None)
