"""Civil days, terms and what is due within them: by hand to the last instant, and against a slow reading by dates."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.temporal import (
    AfterDays,
    AfterMonths,
    AfterWorkingDays,
    Each,
    InTime,
    Mark,
    OnDay,
    Result,
    Rounding,
    Span,
    Term,
    date_of,
    day_number,
    day_of,
    due,
    first_instant,
    follows_on,
    last_instant,
    months_after,
    on_request,
    unless,
)

CIVIL = timezone(timedelta(hours=8))
HOUR = 3_600_000_000


def at(text: str) -> int:
    """A civil time of +08:00 in microseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=CIVIL).timestamp()) * 1_000_000


def day(text: str) -> int:
    return day_number(date.fromisoformat(text))


def told(term: Term) -> tuple[str | None, ...]:
    return tuple(None if n is None else date_of(n).isoformat() for n in (term.first, term.last, term.later))


def mark(time: str, id: str = "m") -> Mark:
    return Mark(at(time), 50, id)


def test_a_civil_day_begins_at_sixteen_hours_utc() -> None:
    assert first_instant(day("2021-05-01")) == int(datetime(2021, 4, 30, 16, tzinfo=UTC).timestamp()) * 1_000_000
    assert last_instant(day("2021-05-01")) == first_instant(day("2021-05-02")) - 1
    assert day_of(at("2021-05-01T00:00:00")) == day("2021-05-01") == day_of(at("2021-05-02T00:00:00") - 1)


@given(st.integers(-20_000, 60_000), st.integers(-600, 600))
def test_months_added_agree_with_the_calendar(start: int, months: int) -> None:
    here = date_of(start)
    year, month = divmod(here.year * 12 + here.month - 1 + months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    down, up = (date_of(n) for n in months_after(start, months))
    assert down == date(year, month + 1, min(here.day, length))
    assert (up - down).days == (here.day > length)


@pytest.mark.parametrize(
    ("start", "months", "rounding", "last", "later"),
    [
        ("2021-02-01", 3, "ask", "2021-05-01", None),
        ("2021-01-31", 1, "down", "2021-02-28", None),
        ("2021-01-31", 1, "up", "2021-03-01", None),
        ("2021-01-31", 1, "ask", "2021-02-28", "2021-03-01"),
        ("2021-08-31", 6, "ask", "2022-02-28", "2022-03-01"),
        ("2020-02-29", 12, "ask", "2021-02-28", "2021-03-01"),
        ("2020-06-19", 60, "ask", "2025-06-19", None),
        ("2019-12-31", 2, "down", "2020-02-29", None),
        ("2021-03-31", -1, "down", "2021-02-28", None),
    ],
)
def test_months_by_hand(start: str, months: int, rounding: Rounding, last: str, later: str | None) -> None:
    assert told(AfterMonths(months, rounding).term(day(start))) == (start, last, later)


def test_days_by_hand() -> None:
    ends = {
        "2021-03-10": "2021-04-09",
        "2021-12-20": "2022-01-19",
        "2023-01-30": "2023-03-01",
        "2021-02-01": "2021-03-03",
    }
    for start, last in ends.items():
        assert told(AfterDays(30).term(day(start))) == (start, last, None)
    assert told(AfterDays(-1, first=None).term(day("2021-03-01"))) == (None, "2021-02-28", None)
    assert told(AfterDays(0).term(day("2021-04-15"))) == ("2021-04-15", "2021-04-15", None)
    assert told(OnDay(day("2021-05-01")).term(0)) == (None, "2021-05-01", None)
    assert told(InTime().term(day("2021-08-02"))) == ("2021-08-02", None, None)


def test_working_days_skip_the_free_ones_and_say_when_a_year_is_assumed() -> None:
    free = {day("2021-02-11") + n for n in range(7)}  # the Spring Festival of 2021: 11 to 17 February

    def worked(n: int) -> tuple[bool, bool]:
        return n not in free and date_of(n).weekday() < 5, date_of(n).year < 2022

    assert told(AfterWorkingDays(3, worked).term(day("2021-02-09"))) == ("2021-02-09", "2021-02-19", None)
    assert told(AfterWorkingDays(-2, worked).term(day("2021-02-18"))) == ("2021-02-18", "2021-02-09", None)
    assert AfterWorkingDays(3, worked).term(day("2021-12-30")).sure is False
    with pytest.raises(ValueError, match="no 1 working days"):
        AfterWorkingDays(1, lambda n: (False, True)).term(0)


def names(terms: Sequence[Term]) -> list[str]:
    return [term.name for term in terms]


def test_each_year_in_the_first_quarter() -> None:
    by = Each("year", (1, 1), (3, 31))
    terms = by.terms(day("2021-02-01"), day("2022-06-01"))
    assert names(terms) == ["2022", "2023"]
    assert told(terms[0]) == ("2022-01-01", "2022-03-31", None)
    assert names(by.terms(day("2022-01-01"), day("2021-06-01"))) == ["2022"]
    running = Each("year", (1, 1), (3, 31), running=True)
    assert names(running.terms(day("2021-02-01"), day("2021-02-01"))) == ["2021", "2022"]
    assert names(running.terms(day("2021-04-01"), day("2021-04-01"))) == ["2022"]
    assert names(by.terms(day("2021-02-01"), day("2025-06-01"), ended=day("2022-12-31"))) == ["2022"]


def test_each_quarter_and_month_close_on_their_last_day_or_after_it() -> None:
    quarter = Each("quarter", (1, 1), (3, 31)).terms(day("2021-01-01"), day("2021-07-01"))
    assert [told(term)[:2] for term in quarter[:2]] == [("2021-01-01", "2021-03-31"), ("2021-04-01", "2021-06-30")]
    assert names(quarter) == ["2021Q1", "2021Q2", "2021Q3", "2021Q4"]
    month = Each("month", (2, 1), (2, 5)).terms(day("2020-12-15"), day("2021-01-20"))
    assert [(term.name, *told(term)[:2]) for term in month] == [
        ("2020-12", "2021-01-01", "2021-01-05"),
        ("2021-01", "2021-02-01", "2021-02-05"),
    ]
    far = Each("month", (3, 1), (3, 5), running=True).terms(day("2021-03-03"), day("2021-03-03"))
    assert names(far) == ["2021-01", "2021-02"]
    assert told(Each("month", (1, 31), (1, 31)).terms(day("2021-02-01"), 0)[0])[:2] == ("2021-02-28", "2021-02-28")


@given(
    st.sampled_from([Each("year", (1, 1), (3, 31)), Each("quarter", (1, 1), (3, 31)), Each("month", (2, 1), (2, 5))]),
    st.integers(10_000, 30_000),
    st.integers(0, 2000),
)
def test_terms_follow_one_another_and_the_last_is_still_to_open(by: Each, start: int, after: int) -> None:
    terms = by.terms(start, start + after)
    firsts = [term.first for term in terms if term.first is not None]
    assert firsts == sorted(set(firsts)) and len(firsts) == len(terms) == len(set(names(terms)))
    assert firsts[0] >= start and firsts[-1] > start + after
    assert all(first <= start + after for first in firsts[:-1])
    assert terms == by.terms(start, start + after + 800)[: len(terms)]


TERM = Term(day("2022-01-01"), day("2022-03-31"))
LAST = last_instant(day("2022-03-31"))


def test_due_to_the_last_instant_of_its_day() -> None:
    opened = mark("2021-02-01", "firm")
    assert due([mark("2022-03-31T23:59:59", "r")], TERM, horizon=0, opened=opened) == Result("satisfied", ("firm", "r"))
    assert due([], TERM, horizon=LAST, opened=opened) == ("undecided", ("firm",), LAST, "missing")
    assert due([], TERM, horizon=LAST + 1) == ("violated", (), None, "missing")
    assert due([Mark(LAST, 50, "r")], TERM, horizon=0).answer == "satisfied"
    assert due([Mark(LAST + 1, 50, "r")], TERM, horizon=LAST + 1).part == "late"
    late = mark("2022-04-01", "late")
    assert due([late], TERM, horizon=LAST + 1) == ("violated", ("late",), None, "late")
    assert due([late], TERM, horizon=LAST).due == LAST
    early = mark("2021-12-31T23:59:59", "early")
    assert due([early], TERM, horizon=LAST + 1).part == "missing"
    assert due([early], TERM._replace(first=None), horizon=0).answer == "satisfied"
    assert due([mark("2023-01-01")], TERM._replace(late_until=day("2022-12-31")), horizon=LAST + 1).part == "missing"


def test_an_end_in_time_lifts_a_duty_and_a_later_one_does_not() -> None:
    assert due([], TERM, horizon=LAST + 1, ended=mark("2022-03-31T12:00:00", "end")) == (
        "satisfied",
        ("end",),
        None,
        "lapsed",
    )
    assert due([], TERM, horizon=LAST + 1, ended=Mark(LAST, 50, "end")).part == "lapsed"
    assert due([], TERM, horizon=LAST + 1, ended=mark("2022-04-01", "end")).answer == "violated"


def test_an_ambiguous_day_is_undecided_between_its_readings_and_decided_beyond_both() -> None:
    term = AfterMonths(1).term(day("2021-01-31"))
    low, high = last_instant(day("2021-02-28")), last_instant(day("2021-03-01"))
    assert due([], term, horizon=low) == ("undecided", (), low, "ambiguous")
    assert due([], term, horizon=low + 1) == ("undecided", (), high, "ambiguous")
    assert due([], term, horizon=high + 1) == ("violated", (), None, "missing")
    between = mark("2021-03-01T08:00:00", "b")
    assert due([between], term, horizon=high + 1) == ("undecided", ("b",), None, "ambiguous")
    assert due([between], term, horizon=high + 1, ended=mark("2021-03-05")).answer == "undecided"
    assert due([], term, horizon=high + 1, ended=between) == ("undecided", (), None, "ambiguous")
    assert due([mark("2021-02-28T20:00:00")], term, horizon=0).answer == "satisfied"


def test_without_a_number_or_a_sure_calendar_nobody_is_in_breach() -> None:
    assert due([], InTime().term(day("2021-08-02")), horizon=2**62) == ("undecided", (), None, "unstated")
    assert due([mark("2021-08-03", "r")], InTime().term(day("2021-08-02")), horizon=0).answer == "satisfied"
    assumed = TERM._replace(sure=False)
    assert due([], assumed, horizon=LAST) == ("undecided", (), LAST, "unsure")
    assert due([], assumed, horizon=LAST + 1) == ("undecided", (), None, "unsure")


def test_on_request_nothing_is_due_without_one() -> None:
    assert on_request(AfterDays(5), []) == []
    two = on_request(AfterDays(5), [at("2021-03-01T09:00:00"), at("2021-05-01T09:00:00")])
    assert [(term.name, *told(term)[:2]) for term in two] == [
        ("2021-03-01", "2021-03-01", "2021-03-06"),
        ("2021-05-01", "2021-05-01", "2021-05-06"),
    ]


times = st.integers(0, 12).map(lambda n: first_instant(100) + n * 12 * HOUR)


@given(st.lists(times, max_size=4), st.integers(100, 103), st.integers(0, 2), st.booleans(), st.none() | times, times)
def test_due_against_a_slow_reading(
    events: list[int], first: int, length: int, blurred: bool, ended: int | None, horizon: int
) -> None:
    last = first + length
    term = Term(first, last, last + 1 if blurred else None)
    marks = [Mark(time, 50, f"e{n}") for n, time in enumerate(events)]
    end = None if ended is None else Mark(ended, 50, "end")
    found = due(marks, term, horizon=horizon, ended=end)
    readings = {_slow(events, first, reading, ended, horizon) for reading in {last, term.later or last}}
    assert found.answer == (readings.pop() if len(readings) == 1 else "undecided")
    later = due(marks, term, horizon=horizon + HOUR, ended=end)
    assert found.answer in ("undecided", later.answer)
    if found.answer == "undecided" and found.due is not None:
        assert found.due >= horizon and due(marks, term, horizon=found.due, ended=end).answer == "undecided"


def _slow(events: list[int], first: int, last: int, ended: int | None, horizon: int) -> str:
    if any(first <= day_of(time) <= last for time in events) or (ended is not None and day_of(ended) <= last):
        return "satisfied"
    return "violated" if horizon >= first_instant(last + 1) else "undecided"


def test_days_one_four_and_seven_each_with_its_own_window() -> None:
    opening = mark("2022-07-10T20:00:00", "start")
    samples = [mark("2022-07-10T08:00:00", "s1"), mark("2022-07-14T00:00:00", "s5"), mark("2022-07-16T23:59:59", "s7")]
    horizon = at("2022-07-14T12:00:00")
    first, fourth, seventh = follows_on(opening, samples, (1, 4, 7), horizon=horizon)
    assert first == Result("satisfied", ("start", "s1"))
    assert fourth == Result("violated", ("start",), None, "missing")
    assert seventh == Result("satisfied", ("start", "s7"))
    last = last_instant(day("2022-07-16"))
    assert follows_on(opening, samples[:2], (7,), horizon=horizon) == [Result("undecided", ("start",), last, "missing")]
    assert follows_on(opening, [], (1,), horizon=horizon, first=0)[0].due is None
    ended = mark("2022-07-12", "out")
    assert [r.part for r in follows_on(opening, samples[:1], (1, 4), horizon=horizon, ended=ended)] == ["", "lapsed"]


@given(st.lists(st.integers(0, 9 * 24), max_size=6), st.sets(st.integers(1, 8), min_size=1), st.integers(0, 10 * 24))
def test_numbered_days_agree_with_a_calendar_of_samples(hours: list[int], days: set[int], known: int) -> None:
    start = first_instant(19_000)
    wanted = sorted(days)
    marks = [Mark(start + h * HOUR, 50, f"s{n}") for n, h in enumerate(hours)]
    found = follows_on(Mark(start + 20 * HOUR, 40, "o"), marks, wanted, horizon=start + known * HOUR)
    for number, result in zip(wanted, found, strict=True):
        sampled = any(h // 24 == number - 1 for h in hours)
        assert result.answer == ("satisfied" if sampled else "violated" if known >= number * 24 else "undecided")


OPENING = Mark(100, 50, "open")
BREACH = Result("violated", ("open", "x"), None, "missing")


def test_an_exemption_in_force_at_the_opening_lifts_the_window() -> None:
    paper = Span("paper", 100, 200)
    assert unless(BREACH, [paper], OPENING, horizon=0) == Result("satisfied", ("paper", "open"), None, "exempt")
    assert unless(Result("undecided", ("open",), 150), [paper], OPENING, horizon=0).part == "exempt"
    assert unless(BREACH, [Span("late", 101)], OPENING, horizon=101) == BREACH
    assert unless(BREACH, [Span("over", 0, 100, ("revoked",))], OPENING, horizon=101) == BREACH


def test_an_exemption_that_may_still_come_leaves_a_breach_undecided() -> None:
    assert unless(BREACH, [], OPENING, horizon=100) == Result("undecided", ("open", "x"), 100, "exemption_unknown")
    assert unless(BREACH, [], OPENING, horizon=101, doubtful=["d"]) == (
        "undecided", ("open", "x", "d"), None, "exemption_unknown"
    )  # fmt: skip
    kept = Result("satisfied", ("a", "open"))
    assert unless(kept, [], OPENING, horizon=0, doubtful=["d"]) == kept


@given(
    st.sampled_from(["satisfied", "violated", "undecided"]),
    st.lists(st.tuples(st.integers(90, 110), st.integers(1, 15)), max_size=3),
    st.integers(95, 105),
)
def test_unless_only_ever_lifts_or_doubts(answer: str, spans: list[tuple[int, int]], horizon: int) -> None:
    found = Result(answer, ("open",))  # type: ignore[arg-type]
    held = [Span(f"p{n}", start, start + length) for n, (start, length) in enumerate(spans)]
    lifted = any(s.start <= 100 and s.end is not None and s.end > 100 for s in held)
    got = unless(found, held, OPENING, horizon=horizon).answer
    doubted = "undecided" if answer == "violated" and horizon <= 100 else answer
    assert got == ("satisfied" if lifted else doubted)
