"""Rules over a stretch of time and over fields, made of templates: answers, witness, due time and what lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.clock import HOUR, instant
from bihuan.base.declare import Record, says
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Completeness, Fact, LimitRow, Limits, RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window, evaluate
from bihuan.base.rules.stretches import as_stated, counted, never_between, repeated
from bihuan.base.rules.templates import Judge


class Seen(Record, frozen=True, kw_only=True):
    """Anything that these rules look at."""

    titles = Words("记录", "Seen")
    shop: Annotated[str, says("店", "Shop", key="shop")] = "S"
    plate: Annotated[str | None, says("车牌", "Plate")] = None
    driver: Annotated[str | None, says("司机", "Driver")] = None


def when(text: str) -> int:
    return instant(datetime.fromisoformat(f"2021-02-01T{text}"))


def fact(type: str, at: str, id: str = "", plate: str | None = None, driver: str | None = None) -> Fact:
    name = id or type
    return Fact(name, name, type, when(at), when(at), 50, Seen(plate=plate, driver=driver))


INFO = RuleInfo(
    "made", Words("做", "Made"), Words("须做", "Do it"), Words("甲法", "Act A"), "shop", "", date(2020, 1, 1)
)
ROWS = Limits((LimitRow("row-gap", "gap", Decimal(2), "h", "", 0, None, "乙"),))


def judged(
    judge: Judge, reads: tuple[str, ...], facts: Sequence[Fact], known: str, limits: tuple[str, ...] = ()
) -> Verdict:
    rule = Rule(INFO, ("opened",), ("opened", *reads), limits, judge)
    asked = Asked(when("23:00"), Completeness(otherwise=when(known)), ROWS)
    (found,) = evaluate(rule, "shop:S", History("shop:S", facts), asked)
    return found


def closing(window: Window) -> Fact | None:
    return next(iter(window.history.of("closed")), None)


OPENED, CLOSED = fact("opened", "10:00"), fact("closed", "14:00")
SHUT = never_between(("door",), Words("开箱", "opening of the container"), closing, ends=("closed",))


def test_nothing_between_two_facts() -> None:
    def found(*facts: Fact, known: str = "23:00") -> Verdict:
        return judged(SHUT, ("door", "closed"), (OPENED, *facts), known)

    good = found(CLOSED, fact("door", "14:00"), fact("door", "09:59", "early"))
    assert (good.answer, good.witness) == ("satisfied", ("opened", "closed")) and "没有开箱" in good.reason.zh
    bad = found(fact("door", "11:00"))
    assert (bad.answer, bad.witness) == ("violated", ("opened", "door")) and "(11:00)" in bad.reason.en
    going = found()
    assert (going.answer, going.due, going.missing) == ("undecided", None, ("closed",))
    lags = found(CLOSED, known="13:00")
    assert (lags.answer, lags.due, lags.missing) == ("undecided", CLOSED.time - 1, ("door",))
    doubt = never_between(("door",), Words("开箱", "opening"), closing, ends=("closed",), breaks=lambda w, f: None)
    assert judged(doubt, ("door", "closed"), (OPENED, fact("door", "11:00"), CLOSED), "23:00").witness == (
        "opened",
        "door",
    )


CLEANED = repeated(("cleaned",), Words("消杀", "disinfection"), closing, ends=("closed",), max_gap="gap")


def cleaned(*facts: Fact, known: str = "23:00") -> Verdict:
    return judged(CLEANED, ("cleaned", "closed"), (OPENED, *facts), known, ("gap",))


def test_something_at_least_every_two_hours() -> None:
    kept = cleaned(fact("cleaned", "12:00"), CLOSED)
    assert (kept.answer, kept.witness, kept.limit) == ("satisfied", ("opened", "cleaned", "closed"), "row-gap")
    late = cleaned(fact("cleaned", "12:01"), CLOSED)
    assert (late.answer, late.witness) == ("violated", ("opened", "cleaned")) and "至 12:01" in late.reason.zh
    never = cleaned(known="12:01")
    assert (never.answer, never.witness) == ("violated", ("opened",))
    rule = Rule(INFO, ("opened",), ("opened", "cleaned", "closed"), ("gap",), CLEANED)
    asked = Asked(when("23:00"), Completeness({"closed": when("11:00")}, when("23:00")), ROWS)
    (ended,) = evaluate(rule, "shop:S", History("shop:S", (OPENED,)), asked)
    assert ended.answer == "undecided"  # it may have been closed by then
    still = cleaned(fact("cleaned", "11:30"), known="12:30")
    assert (still.answer, still.due, still.missing) == ("undecided", when("13:30"), ("cleaned", "closed"))


@given(st.lists(st.integers(0, 16), max_size=6), st.integers(0, 13))
def test_the_first_gap_that_broke_is_told(halves: list[int], known: int) -> None:
    marks = [fact("cleaned", f"{10 + n // 2}:{'30' if n % 2 else '00'}", f"c{i}") for i, n in enumerate(halves)]
    late = fact("closed", "18:00")
    found = cleaned(*sorted([*marks, late], key=lambda f: f.time), known=f"{10 + known}:00")
    times = [OPENED.time, *sorted(m.time for m in marks), late.time]
    wide = [a for a, b in pairwise(times) if b - a > 2 * HOUR]
    proved = [a for a in wide if OPENED.time + known * HOUR > a + 2 * HOUR]
    assert found.answer == ("violated" if proved else "undecided" if wide else "satisfied")
    if proved:
        assert found.witness[0] in {f.id for f in (OPENED, *marks) if f.time == proved[0]}


def test_so_many_different_ones_in_time() -> None:
    judge = counted(
        ("sample",), Words("样品", "samples"), within="gap", at_least=lambda w: 2,
        each=lambda f: f.record.plate if isinstance(f.record, Seen) else f.id,
    )  # fmt: skip

    def found(*facts: Fact, known: str = "23:00") -> Verdict:
        return judged(judge, ("sample",), (OPENED, *facts), known, ("gap",))

    one, again = fact("sample", "10:30", "s0", plate="A"), fact("sample", "11:30", "s1", plate="A")
    two = fact("sample", "11:45", "s2", plate="B")
    assert found(one, again, two).witness == ("opened", "s0", "s2")
    few = found(one, again, known="12:00")
    assert (few.answer, few.witness) == ("violated", ("opened", "s0")) and "已有 1 个" in few.reason.zh
    assert found(one, known="11:59").due == when("12:00") - 1


def test_as_it_was_stated_before() -> None:
    def stated(window: Window, of: Fact) -> Mapping[str, str | None]:
        assert isinstance(of.record, Seen)
        return {"plate": of.record.plate, "driver": of.record.driver}

    fields = {"plate": Words("车辆", "vehicle"), "driver": Words("司机", "driver")}
    judge = as_stated(("booked",), Words("预约", "the booking"), stated, fields)
    booked = fact("booked", "09:00", plate="沪A1", driver="P1")

    def found(*facts: Fact, known: str = "23:00") -> Verdict:
        return judged(judge, ("booked",), facts, known)

    assert found(booked, fact("opened", "10:00", plate="沪A1", driver="P1")).witness == ("booked", "opened")
    other = fact("opened", "10:00", plate="沪A2", driver="P1")
    wrong = found(booked, other)
    assert (wrong.answer, wrong.reason.zh.partition("：")[2]) == ("violated", "车辆。")
    lags = found(booked, other, known="10:00")
    assert (lags.answer, lags.due, lags.missing) == ("undecided", other.time, ("booked",))
    unsaid = found(booked, fact("opened", "10:00", plate="沪A1"))
    assert (unsaid.answer, unsaid.missing) == ("undecided", ("opened",)) and "司机" in unsaid.reason.zh
    assert found(other).answer == "undecided"
