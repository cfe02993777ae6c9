"""Rules made of templates in a few lines: answers, sentences, witness, due time and what lacks, over facts in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.calendar import STANDARD
from bihuan.base.clock import DAY, HOUR, SECOND, day_start, instant
from bihuan.base.declare import Record, says
from bihuan.base.errors import Words
from bihuan.base.rules.dated import due_by, due_in, each, on_days, worked_in
from bihuan.base.rules.history import History
from bihuan.base.rules.limits import whole_days
from bihuan.base.rules.model import Asked, Completeness, Fact, LimitRow, Limits, RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window, evaluate, explain, next_opening
from bihuan.base.rules.templates import (
    Exemption,
    Judge,
    bounded,
    followed,
    grouped,
    held,
    mark,
    preceded,
    stays_bounded,
    unless,
)
from bihuan.engines.temporal import AfterDays, AfterMonths, AfterWorkingDays, Each, InTime, Membership, Span, day_number


class Told(Record, frozen=True, kw_only=True):
    """Anything that these rules look at."""

    titles = Words("记录", "Told")
    firm: Annotated[str, says("企业", "Firm", key="firm")] = "F"
    figure: Annotated[Decimal | None, says("数值", "Figure", unit="Cel", places=2)] = None
    group: Annotated[str, says("组", "Group")] = ""


def when(text: str) -> int:
    return instant(datetime.fromisoformat(text))


def fact(type: str, at: str, id: str = "", **told: object) -> Fact:
    name = id or type
    return Fact(name, name, type, when(at), when(at), 50, Told(**told))  # type: ignore[arg-type]


INFO = RuleInfo(
    "made", Words("做", "Made"), Words("须做", "Do it"), Words("甲法第三条", "Act A, article 3"), "firm", "", date(2020, 1, 1),
    version="2020-01-01/2", remark=Words("按日历日", "civil days"),
)  # fmt: skip
REPORT, DONE = Words("风险报告", "the risk report"), Words("提交", "submitted")
ROWS = Limits((
    LimitRow("row-days", "report_within", Decimal(5), "d", "", 0, None, "乙"),
    LimitRow("row-h", "answer_within", Decimal(2), "h", "", 0, None, "乙"),
    LimitRow("row-c", "cold", Decimal(-15), "cel", "", 0, None, "乙"),
    LimitRow("row-long", "lasting", Decimal(20), "min", "", 0, None, "乙"),
    LimitRow("row-gap", "gap", Decimal(15), "min", "", 0, None, "乙"),
))  # fmt: skip


def judged(rule: Rule, facts: Sequence[Fact], now: str, complete: str = "") -> list[Verdict]:
    known = Completeness(otherwise=when(complete or now))
    return evaluate(rule, "firm:F", History("firm:F", facts), Asked(when(now), known, ROWS))


def made(judge: Judge, opens: str = "opened", of: Iterable[str] = ("report",), limits: tuple[str, ...] = ()) -> Rule:
    return Rule(INFO, (opens,), (opens, *of), limits, judge)


FIRST = made(due_by(AfterMonths(3), ("report",), REPORT, DONE))
OPENED = fact("opened", "2021-02-01T10:00")


def test_a_term_of_months_is_due_by_the_last_instant_of_its_last_day() -> None:
    (open_,) = judged(FIRST, [OPENED], "2021-05-01T23:59:59")
    assert (open_.answer, open_.due, open_.missing) == ("undecided", day_start(date(2021, 5, 2)) - 1, ("report",))
    assert open_.reason == Words(
        "风险报告应于 2021-05-01（含当日）前提交。", "the risk report is due by 2021-05-01 (that day included)."
    )
    (missed,) = judged(FIRST, [OPENED], "2021-05-02")
    assert (missed.answer, missed.witness, missed.due, missed.version) == (
        "violated",
        ("opened",),
        None,
        "2020-01-01/2",
    )
    (lags,) = judged(FIRST, [OPENED], "2021-05-03", complete="2021-05-01")
    assert lags.answer == "undecided" and "资料未齐" in lags.reason.zh
    (met,) = judged(FIRST, [OPENED, fact("report", "2021-05-01T23:59")], "2021-05-03")
    assert (met.answer, met.witness) == ("satisfied", ("opened", "report")) and "2021-05-01 23:59" in met.reason.zh
    (late,) = judged(FIRST, [OPENED, fact("report", "2021-05-02T08:00")], "2021-05-03")
    assert (late.answer, late.witness) == (
        "violated",
        ("opened", "report"),
    ) and "only 2021-05-02 08:00" in late.reason.en


def test_an_ambiguous_month_says_both_readings() -> None:
    rule = made(due_by(AfterMonths(1), ("report",), REPORT, DONE))
    (found,) = judged(rule, [fact("opened", "2021-01-31T10:00")], "2021-03-01T12:00")
    assert (
        found.answer == "undecided"
        and "2021-02-28 或 2021-03-01" in found.reason.zh
        and "ambiguous" not in found.reason.zh
    )
    rounded = made(due_by(AfterMonths(1, "down"), ("report",), REPORT, DONE))
    assert judged(rounded, [fact("opened", "2021-01-31T10:00")], "2021-03-01T12:00")[0].answer == "violated"


def test_days_from_a_limit_row_and_no_number_at_all() -> None:
    rule = made(due_by(lambda w: AfterDays(whole_days(w.rows["report_within"])), ("report",), REPORT, DONE), limits=("report_within",))  # fmt: skip
    (found,) = judged(rule, [OPENED], "2021-02-02")
    assert (found.due, found.limit) == (day_start(date(2021, 2, 7)) - 1, "row-days")
    (none,) = judged(made(due_by(InTime(), ("report",), REPORT, DONE)), [OPENED], "2025-01-01")
    assert (none.answer, none.due) == ("undecided", None) and "未定天数" in none.reason.zh


def test_working_days_come_from_the_calendar() -> None:
    rule = made(due_by(AfterWorkingDays(3, worked_in(STANDARD, "31")), ("report",), REPORT, DONE))
    opened = fact("opened", "2021-02-09T10:00")  # the Spring Festival of 2021: 11 to 17 February, 20 February worked
    assert judged(rule, [opened], "2021-02-10")[0].due == day_start(date(2021, 2, 20)) - 1


def test_a_start_that_nobody_stated_and_an_end_that_lifts() -> None:
    rule = made(due_by(AfterDays(30), ("report",), REPORT, DONE, start=lambda opening: None))
    assert judged(rule, [OPENED], "2022-01-01")[0].missing == ("opened",)
    closed = made(
        due_by(AfterDays(30), ("report",), REPORT, DONE, ended=lambda w: next(iter(w.history.of("closed")), None))
    )
    (found,) = judged(closed, [OPENED, fact("closed", "2021-02-20T09:00")], "2022-01-01")
    assert (found.answer, found.witness) == ("satisfied", ("opened", "closed")) and "不再应办" in found.reason.zh


YEARLY = replace(
    made(due_in(("report",), REPORT, DONE)), periods=each(Each("year", (1, 1), (3, 31)), ("opened",), ahead=31)
)


def test_each_year_is_a_window_of_its_own_that_the_calendar_opens() -> None:
    facts = [OPENED, fact("report", "2022-02-10T09:00", "r22")]
    assert judged(YEARLY, facts, "2021-11-30T23:59") == []
    history = History("firm:F", facts)
    assert next_opening([YEARLY], history, when("2021-11-01")) == when("2021-12-01")
    (ahead,) = judged(YEARLY, [OPENED], "2021-12-01")
    assert (ahead.window, ahead.answer, ahead.due) == ("opened:2022", "undecided", day_start(date(2022, 4, 1)) - 1)
    assert ahead.opened_at == when("2022-01-01")
    met, missed = judged(YEARLY, facts, "2023-04-01")
    assert [(v.window, v.answer, v.witness) for v in (met, missed)] == [
        ("opened:2022", "satisfied", ("opened", "r22")),
        ("opened:2023", "violated", ("opened",)),
    ]
    assert next_opening([YEARLY], history, when("2023-04-01")) == when("2023-12-01")


def test_terms_far_ahead_are_shown_together() -> None:
    monthly = replace(YEARLY, periods=each(Each("month", (1, 1), (1, 5)), ("opened",), ahead=40))
    found = judged(monthly, [OPENED], "2021-02-20")
    assert [(v.window, v.answer) for v in found] == [
        ("opened:2021-02", "violated"),
        ("opened:2021-03", "undecided"),
        ("opened:2021-04", "undecided"),
    ]


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_however_late_it_is_asked_something_is_left_to_wake_it(start: int, after: int) -> None:
    opened = day_start(date(2020, 1, 1)) + start * DAY + 9 * HOUR
    facts = [replace(OPENED, time=opened)]
    now = opened + after * DAY
    found = next_opening([YEARLY], History("firm:F", facts), now)
    pending = [
        v.due
        for v in evaluate(YEARLY, "firm:F", History("firm:F", facts), Asked(now, Completeness(otherwise=now), ROWS))
    ]
    assert (found is not None and found > now) or any(due is not None and due >= now for due in pending)


def test_days_one_four_and_seven_are_three_duties() -> None:
    rule = replace(
        made(due_in(("sample",), Words("采样", "the sample"), Words("完成", "taken")), of=("sample",)),
        periods=on_days((1, 4, 7), ("opened",)),
    )
    start = fact("opened", "2022-07-10T20:00")
    facts = [start, fact("sample", "2022-07-10T22:00", "s1"), fact("sample", "2022-07-14T08:00", "s5")]
    found = judged(rule, facts, "2022-07-14T12:00")
    assert [(v.window, v.answer) for v in found] == [
        ("opened:1", "satisfied"),
        ("opened:4", "violated"),
        ("opened:7", "undecided"),
    ]
    assert (found[1].witness, found[2].due) == (("opened",), day_start(date(2022, 7, 17)) - 1)


def test_preceded_followed_and_held() -> None:
    before = made(preceded(("paper",), Words("放行证明", "release paper")), of=("paper",))
    assert judged(before, [OPENED, fact("paper", "2021-02-01T09:00")], "2021-02-02")[0].witness == ("paper", "opened")
    (none,) = judged(before, [OPENED], "2021-02-02")
    assert (none.answer, none.missing) == ("violated", ()) and "没有放行证明" in none.reason.zh
    after = made(followed(("report",), REPORT, DONE, within="answer_within"), limits=("answer_within",))
    (owed,) = judged(after, [OPENED], "2021-02-01T11:00")
    assert (owed.due, owed.limit, owed.missing) == (when("2021-02-01T12:00"), "row-h", ("report",))
    (late,) = judged(after, [OPENED, fact("report", "2021-02-01T12:00:01")], "2021-02-02")
    assert (late.answer, late.witness) == ("violated", ("opened", "report"))
    spans = [Span("q", when("2021-01-01"), when("2021-02-01T10:00"), ("revoked",))]
    credential = made(held(lambda w: spans, ("paper",), Words("资质", "qualification")), of=("paper",))
    (ended,) = judged(credential, [OPENED], "2021-02-02")
    assert (ended.answer, ended.witness) == ("violated", ("q", "revoked", "opened")) and "已失效" in ended.reason.zh


def group_rule(*known: Membership) -> Rule:
    return made(
        grouped(lambda w: known, lambda w: "P1", lambda w: "G1", ("group",), Words("人员", "person")), of=("group",)
    )


def test_a_fixed_group_and_two_at_once() -> None:
    one, two = Membership("m1", "P1", "G1", 0), Membership("m2", "P1", "G2", 0)
    assert judged(group_rule(one), [OPENED], "2021-02-02")[0].answer == "satisfied"
    (both,) = judged(group_rule(one, two), [OPENED], "2021-02-02")
    assert (
        both.answer == "undecided"
        and "同时登记在 G1 和 G2" in both.reason.zh
        and set(both.witness) == {"m1", "m2", "opened"}
    )
    (other,) = judged(group_rule(two, one._replace(member="P2", id="m3")), [OPENED], "2021-02-02")
    assert (other.answer, other.witness) == ("violated", ("m2", "opened")) and "but of G2" in other.reason.en
    assert judged(group_rule(), [OPENED], "2021-02-02")[0].answer == "undecided"
    (lags,) = judged(group_rule(two, one._replace(member="P2")), [OPENED], "2021-02-02", complete="2021-01-01")
    assert (lags.answer, lags.missing) == ("undecided", ("group",)) and lags.reason.zh.endswith("；资料未齐，待定。")


def figure_of(window: Window) -> Decimal | None:
    record = window.opening.record
    assert isinstance(record, Told)
    return record.figure


@pytest.mark.parametrize(("value", "answer"), [("-15", "satisfied"), ("-14.99", "violated"), (None, "undecided")])
def test_a_figure_against_its_limit(value: str | None, answer: str) -> None:
    rule = made(bounded(figure_of, Words("箱温", "temperature"), "cel", most="cold"), limits=("cold",), of=())
    opened = fact("opened", "2021-02-01T10:00", figure=None if value is None else Decimal(value))
    (found,) = judged(rule, [opened], "2021-02-02")
    assert (found.answer, found.limit) == (answer, "row-c")
    if value is not None:
        assert f"箱温为 {value} cel" in found.reason.zh and "不高于 -15 cel" in found.reason.zh


def test_a_series_against_its_limit() -> None:
    judge = stays_bounded(
        lambda w: [[mark(f, f.record.figure) for f in w.history.of("reading") if isinstance(f.record, Told)]],
        lambda w: next(iter(w.history.of("closed")), None), ("reading", "closed"), Words("箱温", "temperature"), "cel",
        most="cold", lasting="lasting", max_gap="gap",
    )  # fmt: skip
    rule = made(judge, of=("reading", "closed"), limits=("cold", "lasting", "gap"))
    warm = [fact("reading", f"2021-02-01T10:{n}0", f"r{n}", figure=Decimal(-10)) for n in range(1, 4)]
    (over,) = judged(rule, [OPENED, *warm], "2021-02-02")
    assert (over.answer, over.witness) == ("violated", ("opened", "r1", "r3")) and "持续高于限值" in over.reason.zh
    cold = [fact("reading", f"2021-02-01T10:{n}0", f"r{n}", figure=Decimal(-18)) for n in range(1, 4)]
    closed = fact("closed", "2021-02-01T10:40")
    assert judged(rule, [OPENED, *cold, closed], "2021-02-02")[0].answer == "satisfied"
    assert judged(rule, [OPENED, cold[0], closed], "2021-02-02")[0].reason.en.endswith(
        "the readings have a gap: undecided."
    )


def exempted(*known: Exemption, doubtful: Sequence[str] = ()) -> Rule:
    judge = unless(
        preceded(("paper",), Words("放行证明", "release paper")),
        lambda w: known,
        ("exemption",),
        doubtful=lambda w: doubtful,
    )
    return made(judge, of=("paper", "exemption"))


def test_an_exemption_lifts_doubts_or_leaves_a_breach() -> None:
    ordinary = Exemption(Span("e", 0), Words("一般风险", "ordinary risk"))
    (lifted,) = judged(exempted(ordinary), [OPENED], "2021-02-02")
    assert (lifted.answer, lifted.witness) == ("satisfied", ("e", "opened"))
    assert lifted.reason == Words("免除：一般风险。", "exempt: ordinary risk.")
    assert judged(exempted(), [OPENED], "2021-02-02")[0].answer == "violated"
    asked = Asked(when("2021-02-02"), Completeness({"exemption": when("2021-02-01")}, when("2021-02-02")), ROWS)
    (open_,) = evaluate(exempted(), "firm:F", History("firm:F", [OPENED]), asked)
    assert (open_.answer, open_.missing, open_.due) == ("undecided", ("exemption",), OPENED.time)
    assert "是否免除尚不清楚" in open_.reason.zh
    (doubt,) = judged(exempted(doubtful=["d"]), [OPENED], "2021-02-02")
    assert (doubt.answer, doubt.witness, doubt.due) == ("undecided", ("opened", "d"), None)


def test_a_rule_tells_its_version_and_keeps_our_reading_out_of_the_citation() -> None:
    (found,) = judged(FIRST, [OPENED], "2021-03-01")
    shown = explain(FIRST, found, {"opened": OPENED}, Asked(0, Completeness(), ROWS))
    assert (shown.citation.zh, shown.remark.zh, found.version) == ("甲法第三条", "按日历日", "2020-01-01/2")
    assert INFO.source == Words("甲法第三条（读作：按日历日）", "Act A, article 3 (read as: civil days)")
    assert replace(INFO, remark=Words("", "")).source == INFO.citation


def test_day_numbers_agree_with_the_base_clock() -> None:
    for day in (date(1970, 1, 1), date(2021, 5, 1), date(2024, 2, 29)):
        from_base = (day_start(day) + 8 * HOUR) // DAY
        assert day_number(day) == from_base and day_start(day) % SECOND == 0
