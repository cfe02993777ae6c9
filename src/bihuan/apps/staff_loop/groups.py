"""fixed_group_unmixed: people, place, equipment and rest area of a group are fixed, and no two groups mix (四固定)."""

from __future__ import annotations

from collections.abc import Iterable

from bihuan.apps.staff_loop.keys import used
from bihuan.apps.staff_loop.people import PENDING, is_own, number_of, of_person, row_at
from bihuan.apps.staff_loop.records import GroupFixed, Shift, Site, begins
from bihuan.base.clock import instant
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, Verdict
from bihuan.base.rules.rule import Window


def shifts(history: History, asked: Asked) -> Iterable[Fact]:
    """The person's shifts at the airport while the rule is in force."""
    for fact in of_person(history, Shift) if is_own(history) else ():
        shift = fact.record
        if isinstance(shift, Shift) and shift.area is Site.airport and row_at(
            asked, "in_force.fixed_group_unmixed", instant(shift.start), Site.airport, shift.division
        ):  # fmt: skip
            yield fact


def judge_group(window: Window) -> Verdict:
    """R21, R22: outside the registered set, or another group's shift at the same time with something or somebody shared."""
    shift = window.opening.record
    assert isinstance(shift, Shift)
    here = window.opening.id
    group = _registered(window.history, shift)
    if group is not None and (what := _outside(window.history, shift, group[1])) is not None:
        return window.say("violated", f"{what.zh}不在固定组 {shift.group} 的登记内。", f"Not of the fixed group {shift.group}: {what.en}.", (here, group[0].id))
    for fact, other in _near(window.history, shift):
        if other.group != shift.group and _overlap(shift, other) and (shared := _shared(window.history, shift, other)) is not None:
            zh, en = f"与 {other.group or '未编组人员'} 同时共用{shared.zh}。", f"Shared with {other.group or 'people of no group'} at the same time: {shared.en}."
            return window.say("violated", zh, en, (here, fact.id))
    if group is None:
        return window.say("undecided", f"固定组 {shift.group} 没有登记，待定。", f"The fixed group {shift.group} is not registered: undecided.", missing=("group_fixed",))
    end = instant(shift.end)
    if window.horizon("shift") >= end:
        return window.say("satisfied", "人员、场所、设备、休息区均未混用。", "People, place, equipment and rest area were not mixed.", (here, group[0].id))
    return window.say("undecided", f"至今未见混用{PENDING.zh}。", f"No mix is known{PENDING.en}.", (here, group[0].id), due=end, missing=("shift",))


def _registered(history: History, shift: Shift) -> tuple[Fact, GroupFixed] | None:
    """The set in force at the shift's start: the latest begun."""
    start = instant(shift.start)
    begun = [(begins(g.from_), f.id, f, g) for f, g in history.records(GroupFixed) if g.group == shift.group and begins(g.from_) <= start]
    return max(begun, key=lambda each: each[:2])[2:] if begun else None


def _outside(history: History, shift: Shift, group: GroupFixed) -> Words | None:
    if number_of(history, shift.person) not in {number_of(history, name) for name in group.people}:
        return Words("人员", "person")
    if shift.place != group.place:
        return Words("作业点", "place")
    if shift.equipment and shift.equipment not in group.equipment:
        return Words("设备", "equipment")
    return Words("休息区", "rest area") if shift.rest_area != group.rest_area else None


def _near(history: History, shift: Shift) -> list[tuple[Fact, Shift]]:
    """The shifts of the same person, or that use something of it on one of its days, in order."""
    by_key = history.once("shifts_by_key", _by_key)
    found = {fact.id: (fact, other) for key in _keys(history, shift) for fact, other in by_key.get(key, ())}
    return sorted(found.values(), key=lambda each: each[0].order)


def _by_key(history: History) -> dict[str, list[tuple[Fact, Shift]]]:
    found: dict[str, list[tuple[Fact, Shift]]] = {}
    for fact, shift in history.records(Shift):
        for key in _keys(history, shift):
            found.setdefault(key, []).append((fact, shift))
    return found


def _keys(history: History, shift: Shift) -> list[str]:
    return [f"person:{number_of(history, shift.person)}", *used(shift)]


def _overlap(one: Shift, other: Shift) -> bool:
    return one.start < other.end and other.start < one.end


def _shared(history: History, one: Shift, other: Shift) -> Words | None:
    if number_of(history, one.person) == number_of(history, other.person):
        return Words("人员", "person")
    for name, words in (("place", Words("作业点", "place")), ("equipment", Words("设备", "equipment")), ("rest_area", Words("休息区", "rest area"))):
        used = getattr(one, name)
        if used and used == getattr(other, name):
            return words
    return None
