"""密接: who stood near a person, ring by ring; a simple reach over shifts worked together and households given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Contact:
    """Two people who met; symmetric. `how` is shift, place, room, vehicle or household; times in int us, None unknown."""

    one: str
    other: str
    how: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A person in a place, room, vehicle or shift, [start, end) in int us."""

    person: str
    how: str
    where: str
    start: int
    end: int


def met(presences: Iterable[Presence]) -> list[Contact]:
    """The contacts that overlapping presences at one place make; touching ones don't."""
    there: dict[tuple[str, str], list[Presence]] = {}
    for each in presences:
        there.setdefault((each.how, each.where), []).append(each)
    found: set[tuple[str, str, str, int, int]] = set()
    for several in there.values():
        several.sort(key=lambda p: (p.start, p.end, p.person))
        for n, one in enumerate(several):
            for other in several[n + 1 :]:
                if other.start >= one.end:
                    break
                if other.person != one.person:
                    first, second = sorted((one.person, other.person))
                    found.add((first, second, one.how, max(one.start, other.start), min(one.end, other.end)))
    return [Contact(*each) for each in sorted(found)]


def rings(person: str, contacts: Sequence[Contact], depth: int = 2, since: int | None = None) -> list[frozenset[str]]:
    """The contacts of a person, their contacts, and so on: disjoint rings, `depth` of them; `since` leaves out earlier meetings."""
    near: dict[str, set[str]] = {}
    for each in contacts:
        if since is None or each.end is None or each.end > since:
            near.setdefault(each.one, set()).add(each.other)
            near.setdefault(each.other, set()).add(each.one)
    seen, ring, found = {person}, {person}, []
    for _ in range(depth):
        ring = {other for one in ring for other in near.get(one, ())} - seen
        seen |= ring
        found.append(frozenset(ring))
    return found


def lifted_on(last_day: date, days: int) -> date:
    """The civil day at whose 00:00 a medium-risk area is low again: `days` full days without a local case after `last_day`."""
    return last_day + timedelta(days=days + 1)
