"""The template of fixed groups: who belongs to which at an instant, and who to two at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from bihuan.engines.temporal.marks import Mark, Result, Span
from bihuan.engines.temporal.sums import disjoint


class Membership(NamedTuple):
    """A person, place or thing registered in a fixed group from `start` (inclusive) to `end` (exclusive; None is open)."""

    id: str
    member: str
    group: str
    start: int
    end: int | None = None
    ended_by: tuple[str, ...] = ()
    """Records that ended it, e.g. a transfer."""

    def at(self, time: int) -> bool:
        """Whether it is in force at an instant."""
        return self.start <= time and (self.end is None or time < self.end)


def within(memberships: Iterable[Membership], member: str, group: str, at: Mark, *, horizon: int) -> Result:
    """The member of an act must belong to the act's group at that instant, and to no other.

    `memberships`: all of the group, and all of the member. In two groups at once, the act's among them: undecided. A
    group of which nothing was ever registered: undecided. Parts: `two_groups`, `other_group`, `ended`, `missing`,
    `unregistered`.
    """
    known = sorted(memberships, key=lambda m: (m.start, m.id))
    mine = [m for m in known if m.member == member]
    now = [m for m in mine if m.at(at.time)]
    own = [m for m in now if m.group == group]
    others = [m for m in now if m.group != group]
    if own and others:
        return Result("undecided", (own[0].id, others[0].id, at.id), None, "two_groups")
    if own:
        return Result("satisfied", (own[0].id, at.id))
    if not any(m.group == group for m in known):
        return Result("undecided", (at.id,), None, "unregistered")
    ended = [m for m in mine if m.group == group and m.end is not None and m.end <= at.time]
    part = "other_group" if others else "ended" if ended else "missing"
    shown = (others[0].id,) if others else (ended[-1].id, *ended[-1].ended_by) if ended else ()
    witness = (*shown, at.id)
    if horizon > at.time:
        return Result("violated", witness, None, part)
    return Result("undecided", witness, at.time, part)


def in_two(memberships: Iterable[Membership]) -> list[tuple[Membership, Membership]]:
    """Pairs of memberships by which one member is in two groups at once; touching ones are not."""
    by_member: dict[str, list[Membership]] = defaultdict(list)
    for each in memberships:
        by_member[each.member].append(each)
    found = []
    for several in by_member.values():
        named = {each.id: each for each in several}
        for one, other in disjoint([Span(m.id, m.start, m.end) for m in named.values()]):
            if named[one].group != named[other].group:
                found.append((named[one], named[other]))
    return found
