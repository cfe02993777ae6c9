"""closed_loop_cycle: closed work, quarantine with tests on named days, then monitoring at home; no shift meanwhile.

The rows in force at the cycle's start decide (R18), e.g. 14+7+7, later X+7: without a row for the work days any length is lawful.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.apps.staff_loop.people import (
    PENDING,
    is_own,
    named_rows,
    no_row,
    of_person,
    post_at,
    row_at,
    samplings,
    with_row,
)
from bihuan.apps.staff_loop.records import CycleStart, Quarantine, QuarantineEnd, QuarantineStart, Risk, Shift, Site
from bihuan.base.clock import civil_date, day_start, instant
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock

TEST_DAYS, KINDS = "cycle.test_days.", "cycle.quarantine_kinds."
_NUMBERS = ("cycle.quarantine_days", "cycle.monitoring_days")
FOREVER = 2**63 - 1


def starts(history: History, asked: Asked) -> Iterable[Fact]:
    """Cycles of high-risk people of the port; of a person whose post is not known too."""
    for fact in of_person(history, CycleStart) if is_own(history) else ():
        post = post_at(history, fact.time)
        if getattr(fact.record, "area", None) is Site.port and (post is None or post[1].risk is Risk.high):
            yield fact


@dataclass(frozen=True, slots=True)
class Phase:
    """Quarantine or monitoring: what began it, the first day on which it may be over, what ended it."""

    start: Fact
    first: date
    over: int
    """From here on it may end (int us)."""
    end: Fact | None

    @property
    def day_after(self) -> date:
        """The civil day after the last day of the phase; that of the earliest lawful end while it runs."""
        return civil_date((self.over if self.end is None else self.end.time) - 1) + timedelta(days=1)


def _phase(facts: list[Fact], kinds: set[str], days: int, since: int) -> Phase | None:
    begun = next((f for f in facts if isinstance(f.record, QuarantineStart) and f.record.kind.value in kinds and f.time >= since), None)
    if begun is None:
        return None
    kind, first = getattr(begun.record, "kind", None), civil_date(begun.time)
    end = next((f for f in facts if isinstance(f.record, QuarantineEnd) and f.record.kind is kind and f.time >= begun.time), None)
    return Phase(begun, first, day_start(first + timedelta(days=days)), end)


def judge_cycle(window: Window) -> Verdict:
    """A breach shown at any phase decides; satisfied once the last phase is over and the input is past it."""
    asked, opening = window.asked, window.opening
    rows = {name: row_at(asked, name, opening.time, Site.port, window.area) for name in ("cycle.work_days", *_NUMBERS)}
    days = sorted(int(name) for name in named_rows(asked, TEST_DAYS, opening.time, Site.port, window.area))
    kinds = set(named_rows(asked, KINDS, opening.time, Site.port, window.area))
    lacking = [name for name in _NUMBERS if rows[name] is None]
    lacking += [name.rstrip(".") for name, known in ((TEST_DAYS, days), (KINDS, kinds)) if not known]
    quarantine, monitoring = rows[_NUMBERS[0]], rows[_NUMBERS[1]]
    if lacking or quarantine is None or monitoring is None:
        return no_row(window, lacking)
    work = rows["cycle.work_days"]
    limit = work or quarantine
    return with_row(_judged(window, None if work is None else int(work.value), int(quarantine.value), int(monitoring.value), days, kinds), limit)


def _judged(window: Window, work: int | None, quarantine: int, monitoring: int, tests: list[int], kinds: set[str]) -> Verdict:
    history, opening = window.history, window.opening
    following = [f.time for f in of_person(history, CycleStart) if f.order > opening.order]
    until = min(following, default=FOREVER)
    facts = [f for f in of_person(history, QuarantineStart, QuarantineEnd) if opening.time <= f.time < until]
    rest = _phase(facts, kinds, quarantine, opening.time)
    home = None if rest is None or not monitoring else _phase(facts, {Quarantine.home_monitoring.value}, monitoring, rest.start.time)
    if rest is not None and (breach := _breach(window, rest, home, monitoring, tests)) is not None:
        return breach
    day = civil_date(opening.time) + timedelta(days=work or 0)
    if work is not None and (rest is None or rest.first > day):
        return _late(window, day_start(day + timedelta(days=1)), "隔离", "The quarantine", (opening.id,))
    if rest is None:
        return window.say("undecided", "尚未隔离，工作天数不限。", "No quarantine yet; the work may last any time.", missing=("quarantine_start",))
    if monitoring and (home is None or home.first > rest.day_after):
        if rest.end is None:
            return _open(window, rest)
        due = day_start(rest.day_after + timedelta(days=1))
        return _late(window, due, "居家健康监测", "The monitoring", (opening.id, rest.start.id, rest.end.id))
    last = home or rest
    untested = next((n for n in tests if _sampled(window, rest, n) is None), None)
    if untested is not None:
        return _untested(window, rest, untested)
    if last.end is None or rest.end is None:
        return _open(window, last if rest.end is not None else rest)
    if window.horizon("shift") < last.end.time:
        return window.say("undecided", f"各阶段已满{PENDING.zh}。", f"All phases are over{PENDING.en}.", due=last.end.time, missing=("shift",))
    shown = [_sampled(window, rest, n) or "" for n in tests]
    phases = [f.id for phase in (rest, home) if phase is not None for f in (phase.start, phase.end) if f is not None]
    return window.say("satisfied", "周期各阶段和检测完整。", "Every phase and test of the cycle is complete.", (opening.id, *phases, *shown))


def _breach(window: Window, rest: Phase, home: Phase | None, monitoring: int, tests: list[int]) -> Verdict | None:
    """What is seen: a phase ended early, a shift in it; or a test day that is over without a sample."""
    here = window.opening.id
    for phase in (rest, *(() if home is None else (home,))):
        if phase.end is not None and phase.end.time < phase.over:
            zh, en = f"{clock(phase.over)} 前提前结束。", f"A phase was ended before {clock(phase.over)}."
            return window.say("violated", zh, en, (here, phase.start.id, phase.end.id))
    over = _over(rest, home, monitoring)
    for fact in of_person(window.history, Shift):
        shift = fact.record
        if isinstance(shift, Shift) and instant(shift.start) < over and instant(shift.end) > rest.start.time:
            return window.say("violated", "隔离或监测期间上班。", "A shift was worked during quarantine or monitoring.", (here, rest.start.id, fact.id))
    for number in tests:
        if _sampled(window, rest, number) is None and window.horizon("tested") >= day_start(rest.first + timedelta(days=number)):
            return _untested(window, rest, number)
    return None


def _over(rest: Phase, home: Phase | None, monitoring: int) -> int:
    """When the last phase ended, or may end at the earliest."""
    if home is None and monitoring:
        return day_start(rest.day_after + timedelta(days=monitoring))
    last = home or rest
    return last.over if last.end is None else last.end.time


def _sampled(window: Window, rest: Phase, number: int) -> str | None:
    day = rest.first + timedelta(days=number - 1)
    return next((s.fact.id for s in samplings(window.history, window.history.name) if civil_date(s.at) == day), None)


def _untested(window: Window, rest: Phase, number: int) -> Verdict:
    due, witness = day_start(rest.first + timedelta(days=number)), (window.opening.id, rest.start.id)
    zh, en = f"隔离第 {number} 天没有采样", f"No sample on day {number} of the quarantine"
    if window.horizon("tested") >= due:
        return window.say("violated", f"{zh}。", f"{en}.", witness)
    return window.say("undecided", f"{zh}{PENDING.zh}。", f"{en}{PENDING.en}.", witness, due=due, missing=("tested",))


def _late(window: Window, due: int, zh: str, en: str, witness: tuple[str, ...]) -> Verdict:
    by = clock(due)
    if window.horizon("quarantine_start") >= due:
        return window.say("violated", f"{zh}未在 {by} 前开始。", f"{en} did not begin before {by}.", witness)
    return window.say("undecided", f"{zh}应在 {by} 前开始{PENDING.zh}。", f"{en} is due before {by}{PENDING.en}.", witness,
                      due=due, missing=("quarantine_start",))  # fmt: skip


def _open(window: Window, phase: Phase) -> Verdict:
    zh, en = f"阶段未结束，最早 {clock(phase.over)} 结束。", f"The phase has not ended; at the earliest {clock(phase.over)}."
    return window.say("undecided", zh, en, (window.opening.id, phase.start.id), missing=("quarantine_end",))
