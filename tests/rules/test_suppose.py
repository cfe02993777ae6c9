"""Records that are not there: what they would change, over facts in memory; the ground of every what-if."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import Annotated

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.base.clock import DAY, HOUR, day_start
from bihuan.base.declare import Record, says
from bihuan.base.errors import Words
from bihuan.base.rules.history import MemorySource, gather
from bihuan.base.rules.model import Asked, Completeness, Fact, Limits, RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window, evaluate
from bihuan.base.rules.suppose import differing, suppose_in

MONTH = day_start(date(2021, 1, 1))
ASKED = Asked(MONTH + 60 * DAY, Completeness(otherwise=MONTH + 60 * DAY), Limits())
IN_A_ROW = 6


class Shift(Record, frozen=True, kw_only=True):
    """Somebody is on duty for a day."""

    titles = Words("当班", "Shift")
    staff: Annotated[str, says("工号", "Staff", key="staff")]


def rest(window: Window) -> Verdict:
    """After six days in a row comes a day off: each shift is judged by the six days before it."""
    days = window.history.once("days", lambda history: {fact.time // DAY for fact in history.of("shift")})
    day = window.opening.time // DAY
    worked = all(day - n in days for n in range(1, IN_A_ROW + 1))
    return window.say("violated" if worked else "satisfied", "连续当班", "days in a row", (window.opening.id,))


INFO = RuleInfo("rest", Words("未按规定轮休", "No day off"), Words("轮休", "Rest"), Words("甲", "A"), "staff", "", date(2020, 1, 1))
REST = Rule(INFO, ("shift",), ("shift",), (), rest)


def shift(person: str, day: int, id: str = "") -> Fact:
    at = MONTH + day * DAY + 8 * HOUR
    name = id or f"{person}/{day}"
    return Fact(name, name, "shift", at, at, 50, Shift(staff=person))


def keys_of(fact: Fact) -> tuple[str, ...]:
    assert isinstance(fact.record, Shift)
    return (f"staff:{fact.record.staff}",)


def reach(fact: Fact) -> tuple[str, ...]:
    return ()


def source(*facts: Fact) -> MemorySource:
    made = MemorySource(keys_of)
    made.add(facts)
    return made


def all_verdicts(facts: list[Fact], subjects: list[str]) -> list[Verdict]:
    held = source(*facts)
    return [v for name in subjects for v in evaluate(REST, name, gather(held, name, reach).history, ASKED)]


def test_a_plan_is_judged_with_what_is_on_record_and_only_what_changes_is_told() -> None:
    kept = source(*(shift("A", day) for day in range(5)))
    found = suppose_in(kept, [shift("A", 5), shift("A", 6)], ["staff:A"], rules=[REST], reach=reach, keys_of=keys_of, asked=ASKED)
    assert [(c.effect, c.verdict.window) for c in found] == [("violated", "A/6"), ("satisfied", "A/5")]
    assert all(c.before is None for c in found)
    assert not suppose_in(kept, [], ["staff:A"], rules=[REST], reach=reach, keys_of=keys_of, asked=ASKED)


def test_a_supposed_day_can_break_one_that_is_on_record() -> None:
    kept = source(*(shift("A", day) for day in (0, 1, 2, 4, 5, 6)))
    [broken, new] = suppose_in(kept, [shift("A", 3)], ["staff:A"], rules=[REST], reach=reach, keys_of=keys_of, asked=ASKED)
    assert broken.effect == "violated" and broken.verdict.window == "A/6"
    assert broken.before is not None and broken.before.answer == "satisfied"
    assert new.verdict.window == "A/3"


def test_time_alone_can_be_supposed() -> None:
    late = replace(INFO, id="late")

    def within_a_day(window: Window) -> Verdict:
        due = window.opening.time + DAY
        if window.asked.now > due:
            return window.say("violated", "超时", "late")
        return window.say("undecided", "待办", "to do", due=due, missing=("rested",))

    rule = Rule(late, ("shift",), ("shift",), (), within_a_day)
    now = replace(ASKED, now=MONTH + 9 * HOUR)
    kept = source(shift("A", 0))
    [found] = suppose_in(
        kept, [], ["staff:A"], rules=[rule], reach=reach, keys_of=keys_of, asked=now, then=replace(now, now=MONTH + 40 * HOUR)
    )
    assert found.effect == "violated" and found.before is not None and found.before.answer == "undecided"


@settings(max_examples=60, deadline=None)
@given(st.sets(st.tuples(st.sampled_from("AB"), st.integers(0, 12))), st.sets(st.tuples(st.sampled_from("AB"), st.integers(0, 12))))
def test_the_changes_are_the_difference_of_two_whole_judgements(kept: set[tuple[str, int]], planned: set[tuple[str, int]]) -> None:
    stored = [shift(*each) for each in sorted(kept)]
    further = [shift(*each) for each in sorted(planned - kept)]
    subjects = ["staff:A", "staff:B"]
    found = suppose_in(source(*stored), further, subjects, rules=[REST], reach=reach, keys_of=keys_of, asked=ASKED)
    assert found == differing(all_verdicts(stored, subjects), all_verdicts([*stored, *further], subjects))


def test_a_month_of_five_hundred_people_is_answered_while_somebody_waits() -> None:
    people = [f"P{n:03}" for n in range(500)]
    stored = source(*(shift(name, day) for name in people for day in range(-7, -1)))
    plan = [shift(name, day) for n, name in enumerate(people) for day in range(31) if (day + n) % 7 != 6 or n == 0]
    subjects = [f"staff:{name}" for name in people]
    began = time.perf_counter()
    found = suppose_in(stored, plan, subjects, rules=[REST], reach=reach, keys_of=keys_of, asked=ASKED)
    took = time.perf_counter() - began
    assert {c.verdict.subject for c in found if c.effect == "violated"} == {"staff:P000"}
    assert took < 3, f"{took:.3f} s"  # about 0.2 s on an idle machine; this only catches another order of growth
    print(f"{took:.3f} s")
