"""What is owed before anything is a breach: a booking to confirm, a test result to report."""

from __future__ import annotations

from datetime import date

from bihuan.apps.cold_chain.booking import bookings
from bihuan.apps.cold_chain.records import Booked, BookingCancelled, Result, Sampled
from bihuan.base.errors import Words
from bihuan.base.rules.limits import micros
from bihuan.base.rules.model import RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window
from bihuan.base.rules.wording import clock

_BRIEF = Words("“沪冷链”闭环管控要求（三点一库）", "closed-loop requirements of 沪冷链 (three points, one warehouse)")
_READ = Words("预约经仓库确认；检测结果及时报送（时限为设定值）",
              "the warehouse confirms a booking; results are reported in time (the hours are a setting)")  # fmt: skip


def judge_booking_to_confirm(window: Window) -> Verdict:
    """The warehouse answers a booking in time, by confirming it or turning it down; a cancelled one needs no answer."""
    booked = window.opening.record
    assert isinstance(booked, Booked)
    due = window.opening.time + micros(window.rows["confirm_within"])
    counts = next(each.answers for each in bookings(window.history) if each.number == booked.booking)
    answers = [fact for fact in counts if fact.time >= window.opening.time]
    what = Words(
        f"预约 {booked.booking}（集装箱 {booked.container}）",
        f"Booking {booked.booking} (container {booked.container})",
    )
    cancelled = bool(answers) and isinstance(answers[0].record, BookingCancelled) and answers[0].time <= due
    return _owed(
        window,
        what,
        answers[0].id if answers else None,
        answers[0].time if answers else None,
        due,
        "booking_confirmed",
        Words("取消", "cancelled") if cancelled else Words("确认", "confirmed"),
    )


def judge_result_to_report(window: Window) -> Verdict:
    """The result of a sample is reported in time."""
    sampled = window.opening.record
    assert isinstance(sampled, Sampled)
    due = window.opening.time + micros(window.rows["result_within"])
    answers = [
        f for f in window.history.of("result") if isinstance(f.record, Result) and f.record.sample == sampled.sample
    ]
    what = Words(
        f"样品 {sampled.sample}（批次 {sampled.lot}）的检测结果",
        f"The result of sample {sampled.sample} (lot {sampled.lot})",
    )
    return _owed(
        window,
        what,
        answers[0].id if answers else None,
        answers[0].time if answers else None,
        due,
        "result",
        Words("报送", "reported"),
    )


def _owed(
    window: Window, what: Words, answer: str | None, at: int | None, due: int, missing: str, done: Words
) -> Verdict:
    by = clock(due)
    if answer is not None and at is not None and at <= due:
        return window.say("satisfied", f"{what.zh}已于 {clock(at)} {done.zh}。", f"{what.en} was {done.en} {clock(at)}.",
                          (window.opening.id, answer))  # fmt: skip
    if (answer is not None and at is not None) or window.horizon(missing) > due:
        zh, en = f"{what.zh}未在 {by} 前{done.zh}。", f"{what.en} was not {done.en} by {by}."
        return window.say("violated", zh, en, (window.opening.id,) if answer is None else (window.opening.id, answer))
    zh, en = f"{what.zh}应于 {by} 前{done.zh}。", f"{what.en} is due by {by}."
    return window.say("undecided", zh, en, due=due, missing=(missing,))


def _info(id: str, subject: str, titles: Words, asks: Words, say: Words) -> RuleInfo:
    return RuleInfo(id, titles, say, _BRIEF, subject, "31", date(2020, 11, 16), severity="notice", asks=asks,
                    version="2021-01-11/1", remark=_READ)  # fmt: skip


DUTIES: tuple[Rule, ...] = (
    Rule(
        _info("booking_to_confirm", "container", Words("预约逾期未确认", "Booking not confirmed in time"),
              Words("按时确认预约", "Confirm the booking"),
              Words("仓库应在规定时间内确认或退回预约。", "The warehouse confirms or turns down a booking in time.")),
        ("booked",), ("booked", "booking_confirmed", "booking_cancelled"), ("confirm_within",), judge_booking_to_confirm,
    ),
    Rule(
        _info("result_to_report", "lot", Words("检测结果逾期未报", "Test result not reported in time"),
              Words("按时报送检测结果", "Report the test result"),
              Words("采样后应在规定时间内报送检测结果。", "The result is reported in time after sampling.")),
        ("sampled",), ("sampled", "result"), ("result_within",), judge_result_to_report,
    ),
)  # fmt: skip
