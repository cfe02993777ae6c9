"""Dated duties as rules: within days, months or working days, each year or quarter, on days 1, 4 and 7, on request.

`due_by` judges one term for each opening; `each` and `on_days` make a window of every term, which `due_in` judges. A
window that the calendar opens is named by the record's first version and the term: `rec-1:2022`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from bihuan.base.calendar import Calendar
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import NEVER, Fact, Verdict
from bihuan.base.rules.rule import Period, Window
from bihuan.base.rules.templates import Judge, Speak, Which, facts_of, mark, spoken
from bihuan.base.rules.wording import clock
from bihuan.engines import temporal
from bihuan.engines.temporal import Each, Mark, Once, Result, Term, Worked, date_of, day_of, first_instant

Periods = Callable[[History, int], list[Period]]
"""What `Rule.periods` takes: the windows opened by an instant, and the next."""
Start = Callable[[Fact], int | None]
"""From an opening to the civil day (its number) that it counts from; None while nobody has stated it."""
Ended = Callable[[Window], Fact | None]
"""The fact that ends what is owed, e.g. the firm was struck off; None while there is none."""


def own_day(opening: Fact) -> int | None:
    """The civil day on which the opening record happened."""
    return day_of(opening.time)


def worked_in(calendar: Calendar, area: str = "") -> Worked:
    """The working days of an area, as `AfterWorkingDays` asks for them."""

    def worked(day: int) -> tuple[bool, bool]:
        kind = calendar.day(date_of(day), area)
        return kind.working, kind.sure

    return worked


def due_by(
    by: Once | Callable[[Window], Once],
    of: Sequence[str],
    what: Speak,
    done: Words,
    *,
    start: Start = own_day,
    which: Which | None = None,
    ended: Ended | None = None,
) -> Judge:
    """`due`: a fact of these types within the term that the opening begins, by the last instant of its last day.

    `by` may take its number from a limit row: `lambda window: AfterDays(whole_days(window.rows["report_within"]))`.
    On request: the request is the rule's opening.
    """

    def judge(window: Window) -> Verdict:
        begins = start(window.opening)
        if begins is None:
            name = spoken(what, window)
            zh, en = (
                f"{name.zh}的起算日期尚未登记，待定。",
                f"The day that {name.en} counts from is not stated yet: undecided.",
            )
            return window.say("undecided", zh, en, missing=window.rule.opens)
        rule = by(window) if callable(by) else by
        return _judged(window, rule.term(begins), of, what, done, which, ended)

    return judge


def due_in(
    of: Sequence[str], what: Speak, done: Words, *, which: Which | None = None, ended: Ended | None = None
) -> Judge:
    """`due` for rules whose windows the calendar opens (`periods=each(…)` or `on_days(…)`): each within its own term."""

    def judge(window: Window) -> Verdict:
        assert isinstance(window.opening, Period) and window.opening.term is not None
        return _judged(window, window.opening.term, of, what, done, which, ended)

    return judge


def each(
    by: Each, opens: Sequence[str], *, start: Start = own_day, ahead: int = 0, last: Start | None = None
) -> Periods:
    """The windows of every opening of these types, year by year (or quarter, month), from its start day on.

    `ahead`: how many days before a term begins its duty is shown. `last`: the civil day after which none is owed.
    """

    def periods(history: History, now: int) -> list[Period]:
        found: list[Period] = []
        for fact in history.of(*opens):
            begins = start(fact)
            if begins is not None:
                terms = by.terms(begins, day_of(now) + ahead, None if last is None else last(fact))
                found += [_period(fact, term, ahead) for term in terms]
        return found

    return periods


def on_days(days: Sequence[int], opens: Sequence[str], *, first: int = 1, start: Start = own_day) -> Periods:
    """`follows_on`: a window for each of some civil days after an opening; `first` is the number of its own day."""

    def periods(history: History, now: int) -> list[Period]:
        found: list[Period] = []
        for fact in history.of(*opens):
            begins = start(fact)
            if begins is not None:
                found += [_period(fact, term, None) for term in temporal.day_terms(begins, days, first)]
        return found

    return periods


def _period(fact: Fact, term: Term, ahead: int | None) -> Period:
    """`ahead` None: shown from the opening on."""
    assert term.first is not None
    own = {each.name: getattr(fact, each.name) for each in fields(Fact)}
    own |= {"first": f"{fact.first}:{term.name}", "time": max(fact.time, first_instant(term.first))}
    since = NEVER if ahead is None else first_instant(term.first - ahead)
    return Period(**own, key=date_of(term.first), since=since, term=term)


def _judged(
    window: Window, term: Term, of: Sequence[str], what: Speak, done: Words, which: Which | None, ended: Ended | None
) -> Verdict:
    events: list[Mark] = [mark(fact) for fact in facts_of(window, of, which)]
    end = None if ended is None else ended(window)
    opening = mark(window.opening)
    ending = None if end is None else mark(end)
    found = temporal.due(events, term, horizon=window.horizon(*of), opened=opening, ended=ending)
    came = next((clock(f.time) for f in window.history.facts if f.id in found.witness[1:]), "")  # with its day: terms are days
    past = found.due is not None and window.asked.now > found.due
    words = due_words(found, term, spoken(what, window), done, came, past)
    return window.say(found.answer, words.zh, words.en, found.witness, due=found.due, missing=of)


def due_words(found: Result, term: Term, what: Words, done: Words, came: str, past: bool = False) -> Words:
    """A dated duty in words. `came`: when it was done or ended; `past`: the day is over and the input lags."""
    last = None if term.last is None else date_of(term.last)
    by = Words("", "") if last is None else Words(f"{last}（含当日）", f"{last} (that day included)")
    if found.answer == "satisfied":
        if found.part == "lapsed":
            return Words(f"{came} 已终止，{what.zh}不再应办。", f"It ended {came}: {what.en} is no longer owed.")
        limit = Words(f"，期限 {by.zh}", f"; due by {by.en}") if last is not None else Words("", "")
        return Words(f"{what.zh}已于 {came} {done.zh}{limit.zh}。", f"{what.en} was {done.en} {came}{limit.en}.")
    if found.answer == "violated":
        late = Words(f"，{came} 才{done.zh}", f", only {came}") if came else Words("", "")
        return Words(
            f"{what.zh}未在 {by.zh}前{done.zh}{late.zh}。", f"{what.en} was not {done.en} by {by.en}{late.en}."
        )
    if found.part == "unstated":
        return Words(
            f"{what.zh}应及时{done.zh}，未定天数，待定。",
            f"{what.en} is due in time, no number of days is stated: undecided.",
        )
    if found.part == "ambiguous":
        later = last if term.later is None else date_of(term.later)
        return Words(
            f"{what.zh}的期限有两种算法：{last} 或 {later}（该月没有对应的日），待定。",
            f"The last day of {what.en} can be read as {last} or {later} (the month lacks the day): undecided.",
        )
    tail = Words("；资料未齐，待定", "; the input is not complete") if past else Words("", "")
    if found.part == "unsure":
        tail = Words(
            "（按周一至周五推算，节假日安排未公布）", " (Monday to Friday assumed, the holidays are not published)"
        )
    return Words(f"{what.zh}应于 {by.zh}前{done.zh}{tail.zh}。", f"{what.en} is due by {by.en}{tail.en}.")


__all__ = [
    "Ended", "Periods", "Start", "due_by", "due_in", "due_words", "each", "on_days", "own_day", "worked_in",
]  # fmt: skip
