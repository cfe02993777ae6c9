"""Bookings as they stood at an instant, and which one served which entry.

Read as the notices say: without the warehouse's confirmation there is no booking (R-CONFIRM); the confirming warehouse
is the booked destination; an amendment is taken as agreed by it; a cancelled booking does not come back unless it is
booked again; a booking serves one entry, for container numbers come again (R-ONCE).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

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
from bihuan.base.rules.model import NEVER, Fact, Limits
from bihuan.base.rules.rule import Window
from bihuan.protocols.codes import normalize_plate


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking as it stood at some instant."""

    key: str
    """The id of the record that made it: a number booked anew after a cancellation is another booking."""
    booking: str
    container: str
    vehicle: str
    driver: str
    destination: str
    since: int
    """Since when it stands for this container: booked, confirmed, and moved to it if it was."""
    order: tuple[int, int, str, int]
    """Place of the booking among others: of two that stand, the later one is meant."""
    made: tuple[str, ...]
    """The records that make it: booked, confirmed, and what amended its container or destination."""
    said: Mapping[str, str]
    """Which amendment each other field comes from, when not from the booking itself."""

    def witness(self, *fields: str) -> tuple[str, ...]:
        """The records that show the booking with these fields."""
        return (*self.made, *(self.said[name] for name in fields if name in self.said))


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking with all that happened to it, in canonical order."""

    made: Fact
    first: Booked
    amended: tuple[tuple[Fact, BookingAmended], ...]
    confirmed: tuple[tuple[Fact, BookingConfirmed], ...]
    cancelled: Fact | None

    def standing(self, when: int) -> Standing | None:
        """As it stood at a second, that second included; None before it was confirmed or once it was cancelled."""
        if at(self.made) > when or (self.cancelled is not None and at(self.cancelled) <= when):
            return None
        now = self._stated(when)
        for fact, record in self.confirmed:
            if at(fact) > when:
                break
            if record.by in (now.destination, self._stated(at(fact)).destination):
                since = max(now.since, at(fact))
                return replace(now, since=since, made=(now.key, fact.id, *now.made))
        return None

    def _stated(self, when: int) -> Standing:
        """What the owner had stated by a second, confirmed or not; `made` holds the amendments only."""
        made = self.first
        fields = {"container": made.container, "vehicle": made.vehicle, "driver": made.driver,
                  "destination": made.destination}  # fmt: skip
        said: dict[str, str] = {}
        since = at(self.made)
        for fact, record in self.amended:
            if at(fact) > when:
                break
            for name in fields:
                changed = getattr(record, name)
                if changed is not None and _plain(name, changed) != _plain(name, fields[name]):
                    fields[name] = changed
                    said[name] = fact.id
                    if name == "container":
                        since = max(since, at(fact))
        fields["vehicle"] = normalize_plate(fields["vehicle"])
        moved = dict.fromkeys(said.pop(name) for name in ("container", "destination") if name in said)
        return Standing(self.made.id, made.booking, **fields, since=since, order=self.made.order,
                        made=tuple(moved), said=said)  # fmt: skip


def bookings(history: History) -> tuple[Booking, ...]:
    """All bookings in a history, in order of being made."""
    return history.once("bookings", _bookings)


def _bookings(history: History) -> tuple[Booking, ...]:
    numbers: dict[str, list[tuple[Fact, Booked]]] = {}
    for fact, record in history.records(Booked):
        numbers.setdefault(record.booking, []).append((fact, record))
    amended = history.records(BookingAmended)
    confirmed = history.records(BookingConfirmed)
    cancelled = history.records(BookingCancelled)
    found: list[Booking] = []
    for number, made in numbers.items():
        ends = [fact for fact, record in cancelled if record.booking == number]
        episodes = _episodes(made, ends)
        for n, (fact, record) in enumerate(episodes):
            # What is stated of a number before it was first booked (clocks differ) belongs to its first booking.
            low = at(fact) if n else NEVER
            high = at(episodes[n + 1][0]) if n + 1 < len(episodes) else None
            ended = [f for f in ends if at(f) >= at(fact) and (high is None or at(f) < high)]
            found.append(
                Booking(
                    fact,
                    record,
                    tuple(p for p in amended if p[1].booking == number and _within(p[0], low, high)),
                    tuple(p for p in confirmed if p[1].booking == number and _within(p[0], low, high)),
                    ended[0] if ended else None,
                )
            )
    return tuple(sorted(found, key=lambda booking: booking.made.order))


def _episodes(made: list[tuple[Fact, Booked]], ends: Iterable[Fact]) -> list[tuple[Fact, Booked]]:
    """A number stated twice as the same is one booking; after a cancellation, or with other content, a new one."""
    ends = list(ends)
    kept = made[:1]
    for fact, record in made[1:]:
        last_fact, last = kept[-1]
        ended = any(at(last_fact) <= at(end) <= at(fact) for end in ends)
        if ended or _content(record) != _content(last):
            kept.append((fact, record))
    return kept


def _plain(field: str, value: str) -> str:
    """A value as it is compared: plates without their separators (R-PLATE)."""
    return normalize_plate(value) if field == "vehicle" else value


def _content(record: Booked) -> tuple[str, ...]:
    return (record.container, normalize_plate(record.vehicle), record.driver, record.destination)


def _within(fact: Fact, low: int, high: int | None) -> bool:
    return at(fact) >= low and (high is None or at(fact) < high)


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
                used.add(taken.key)
                found[fact.id] = taken
        return found

    return history.once(f"served:{[gap for _, _, gap in entries]}", make)


def _least_gap(limits: Limits, entry: Fact, record: ArrivedWarehouse) -> int | None:
    row = limits.at("booking_min_gap", entry.time, record.area)
    return None if row is None else micros(row)


def standing(history: History, container: str, when: int, used: Iterable[str] = ()) -> list[Standing]:
    """The bookings of a container that stood at a second and are not among the used ones."""
    taken = set(used)
    stood = (booking.standing(when) for booking in bookings(history) if booking.made.id not in taken)
    return [s for s in stood if s is not None and s.container == container]


def at_pick_up(window: Window, container: str) -> Standing | None:
    """The booking that the trip of a pick-up is made on: the latest that stood then and served no earlier entry."""
    history, when = window.history, at(window.opening)
    earlier = {fact.id for fact, _ in history.records(ArrivedWarehouse) if at(fact) < when}
    used = {s.key for arrival, s in served(history, window.asked.limits).items() if arrival in earlier}
    return max(standing(history, container, when, used), key=lambda s: s.order, default=None)
