"""From rule templates to verdicts: each gives the `judge` of a rule, with its reasons, witness, due time and what lacks.

A rule names its limits, types and words; the template of `engines/temporal` decides, and what is said here follows from
its part. Dated duties (within months, yearly, on days 1, 4 and 7) stand in `dated.py`; what holds over a stretch of time
(never, every, count) or agrees with what was stated, in `stretches.py`. A rule whose sentence needs more
than these words calls the template itself, and `told` or `Window.say`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bihuan.base.errors import Words
from bihuan.base.rules.limits import micros
from bihuan.base.rules.model import Fact, LimitRow, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock, duration, number
from bihuan.base.units import convert
from bihuan.engines import temporal
from bihuan.engines.temporal import Mark, Membership, Result, Span

Judge = Callable[[Window], Verdict]
Which = Callable[[Window, Fact], bool]
"""Whether a fact is the one that this window is about, e.g. of the same sample."""
Speak = Words | Callable[[Window], Words]
"""What the thing asked for is called, the same always or by window: 风险报告 / the risk report."""
_PENDING = Words("；资料未齐，待定", "; the input is not complete")


def mark(fact: Fact, value: Any = None) -> Mark:
    """A fact as a mark of the templates."""
    return Mark(fact.time, fact.rank, fact.id, value)


def told(window: Window, found: Result, words: Words, missing: Iterable[str] = ()) -> Verdict:
    """A template's answer as the verdict of the window: its witness and due time, these words, what would decide it."""
    return window.say(found.answer, words.zh, words.en, found.witness, due=found.due, missing=missing)


def spoken(what: Speak, window: Window) -> Words:
    """What the thing asked for is called in this window."""
    return what if isinstance(what, Words) else what(window)


def facts_of(window: Window, of: Sequence[str], which: Which | None = None) -> list[Fact]:
    """The facts of these types that the window is about, in canonical order."""
    return [fact for fact in window.history.of(*of) if which is None or which(window, fact)]


def time_of(window: Window, name: str) -> str:
    """When a fact of the history happened, beside the window's opening."""
    return next((clock(f.time, window.opening.time) for f in window.history.facts if f.id == name), "")


def preceded(of: Sequence[str], what: Speak, *, min_gap: str | None = None, which: Which | None = None) -> Judge:
    """`precedes`: the opening needs an earlier fact of these types, by at least the limit `min_gap` (a time)."""

    def judge(window: Window) -> Verdict:
        gap = 0 if min_gap is None else micros(window.rows[min_gap])
        marks = [mark(fact) for fact in facts_of(window, of, which)]
        found = temporal.precedes(marks, mark(window.opening), min_gap=gap, horizon=window.horizon(*of))
        name, at = spoken(what, window), clock(window.opening.time)
        need = Words(f"，应提前 {duration(gap).zh}", f", {duration(gap).en} ahead") if gap else Words("", "")
        if found.answer == "satisfied":
            before = time_of(window, found.witness[0])
            words = Words(
                f"{at} 之前已有{name.zh}（{before}）{need.zh}。", f"Before {at} there is {name.en} ({before}){need.en}."
            )
        else:
            late = _PENDING if found.answer == "undecided" else Words("", "")
            words = Words(
                f"{at} 之前没有{name.zh}{need.zh}{late.zh}。", f"Before {at} there is no {name.en}{need.en}{late.en}."
            )
        return told(window, found, words, of)

    return judge


def followed(
    of: Sequence[str],
    what: Speak,
    done: Words,
    *,
    within: str,
    not_before: str | None = None,
    which: Which | None = None,
) -> Judge:
    """`follows`: after the opening comes a fact of these types within the limit `within` (hours, minutes, days of 24 h)."""

    def judge(window: Window) -> Verdict:
        low = 0 if not_before is None else micros(window.rows[not_before])
        longest = micros(window.rows[within])
        marks = [mark(fact) for fact in facts_of(window, of, which)]
        opening = mark(window.opening)
        found = temporal.follows(opening, marks, within=longest, not_before=low, horizon=window.horizon(*of))
        name, by = spoken(what, window), clock(opening.time + longest)
        came = time_of(window, found.witness[1]) if len(found.witness) > 1 else ""
        return told(window, found, _follow_words(found, name, done, by, came), of)

    return judge


def _follow_words(found: Result, name: Words, done: Words, by: str, came: str) -> Words:
    if found.answer == "satisfied":
        return Words(f"{name.zh}已于 {came} {done.zh}（限 {by}）。", f"{name.en} was {done.en} {came} (due by {by}).")
    if found.answer == "violated":
        late = Words(f"，{came} 才{done.zh}", f", only {came}") if came else Words("", "")
        return Words(f"{name.zh}未在 {by} 前{done.zh}{late.zh}。", f"{name.en} was not {done.en} by {by}{late.en}.")
    return Words(f"{name.zh}应于 {by} 前{done.zh}。", f"{name.en} is due by {by}.")


def held(spans: Callable[[Window], Iterable[Span]], of: Sequence[str], what: Speak) -> Judge:
    """`holds`: a credential is in force at the opening. `of`: the types that grant or end one."""

    def judge(window: Window) -> Verdict:
        found = temporal.holds(spans(window), mark(window.opening), horizon=window.horizon(*of))
        name, at = spoken(what, window), clock(window.opening.time)
        words = {
            "satisfied": Words(f"{at} 时{name.zh}有效。", f"At {at} {name.en} was in force."),
            "violated": Words(f"{at} 时没有有效的{name.zh}。", f"At {at} no {name.en} was in force."),
            "undecided": Words(
                f"{at} 时尚未见有效的{name.zh}{_PENDING.zh}。", f"At {at} no {name.en} in force is known{_PENDING.en}."
            ),
        }[found.answer]
        if found.part == "ended" and found.answer == "violated":
            words = Words(f"{at} 时{name.zh}已失效。", f"At {at} {name.en} had ended.")
        return told(window, found, words, of)

    return judge


def grouped(
    memberships: Callable[[Window], Iterable[Membership]],
    member: Callable[[Window], str],
    group: Callable[[Window], str],
    of: Sequence[str],
    what: Speak,
) -> Judge:
    """`within`: the member of the opening belongs to its fixed group then, and to no other. `of`: the register's types.

    `memberships`: all of the group and all of the member. `what`: what the member is, e.g. 人员 / the person.
    """

    def judge(window: Window) -> Verdict:
        one, wanted, known = member(window), group(window), list(memberships(window))
        found = temporal.within(known, one, wanted, mark(window.opening), horizon=window.horizon(*of))
        at = clock(window.opening.time)
        name = Words(f"{at} 时{spoken(what, window).zh} {one}", f"At {at} {spoken(what, window).en} {one}")
        others = sorted({m.group for m in known if m.member == one and m.at(window.opening.time)} - {wanted})
        listed_zh, listed_en = "、".join(others), ", ".join(others)
        words = {
            "": Words(f"{name.zh}属于固定组 {wanted}。", f"{name.en} was of the fixed group {wanted}."),
            "two_groups": Words(f"{name.zh}同时登记在 {wanted} 和 {listed_zh}，待定。",
                                f"{name.en} was registered in {wanted} and in {listed_en} at once: undecided."),
            "unregistered": Words(f"固定组 {wanted} 没有任何登记，待定。", f"Nothing is registered of the fixed group {wanted}: undecided."),
            "other_group": Words(f"{name.zh}不属于 {wanted}，登记在 {listed_zh}。",
                                 f"{name.en} was not of {wanted} but of {listed_en}."),
            "ended": Words(f"{name.zh}已不属于 {wanted}。", f"{name.en} was no longer of {wanted}."),
            "missing": Words(f"{name.zh}不属于 {wanted}。", f"{name.en} was not of {wanted}."),
        }[found.part]  # fmt: skip
        if found.due is not None:
            words = Words(
                words.zh.removesuffix("。") + f"{_PENDING.zh}。", words.en.removesuffix(".") + f"{_PENDING.en}."
            )
        return told(window, found, words, of)

    return judge


def bounded(
    figure: Callable[[Window], Decimal | None],
    what: Speak,
    unit: str,
    *,
    most: str | None = None,
    least: str | None = None,
) -> Judge:
    """`limit`: a figure of the opening lies within the limits `most` and `least`, which are put into `unit` exactly."""

    def judge(window: Window) -> Verdict:
        value = figure(window)
        bounds = (bound_in(window.rows, most, unit), bound_in(window.rows, least, unit))
        found = temporal.limit(mark(window.opening, value), most=bounds[0], least=bounds[1])
        name, asked = spoken(what, window), bounds_words(*bounds, unit)
        if value is None:
            return told(
                window,
                found,
                Words(f"{name.zh}没有数值，待定。", f"{name.en} has no value: undecided."),
                window.rule.opens,
            )
        shown, ok = f"{number(value)} {unit}", found.answer == "satisfied"
        said = Words("符合限值", "within the limit") if ok else Words("超出限值", "beyond the limit")
        words = Words(f"{name.zh}为 {shown}，{said.zh}（{asked.zh}）。", f"{name.en}: {shown}, {said.en} ({asked.en}).")
        return told(window, found, words)

    return judge


def stays_bounded(
    sensors: Callable[[Window], Iterable[Iterable[Mark]]],
    closed: Callable[[Window], Fact | None],
    of: Sequence[str],
    what: Speak,
    unit: str,
    *,
    lasting: str,
    max_gap: str,
    most: str | None = None,
    least: str | None = None,
) -> Judge:
    """`limit_lasting`: from the opening to `closed` no sensor stays beyond a bound for as long as the limit `lasting`.

    Each sensor's marks are in time order, valued in `unit`. `of`: the types of the readings and of the closing.
    """

    def judge(window: Window) -> Verdict:
        bounds = (bound_in(window.rows, most, unit), bound_in(window.rows, least, unit))
        long, gap, end = micros(window.rows[lasting]), micros(window.rows[max_gap]), closed(window)
        found = temporal.limit_lasting(
            sensors(window), mark(window.opening), None if end is None else mark(end),
            most=bounds[0], least=bounds[1], lasting=long, max_gap=gap, horizon=window.horizon(*of),
        )  # fmt: skip
        name, asked = spoken(what, window), bounds_words(*bounds, unit)
        length = duration(long)
        about = Words(
            f"{name.zh}（{asked.zh}，持续 {length.zh} 为限）", f"{name.en} ({asked.en}, never beyond for {length.en})"
        )
        said = _LASTING[found.part]
        return told(window, found, Words(f"{about.zh}：{said.zh}。", f"{about.en}: {said.en}."), of)

    return judge


_LASTING = {
    "": Words("全程在限内", "within it all along"),
    "over": Words("持续高于限值", "above it for as long"),
    "under": Words("持续低于限值", "below it for as long"),
    "silence": Words("读数有间断，待定", "the readings have a gap: undecided"),
    "no_readings": Words("没有读数，待定", "no readings: undecided"),
    "open": Words("尚未结束，目前在限内", "not ended yet, within it so far"),
    "incomplete": Words("资料未齐，待定", "the input is not complete"),
}


def bound_in(rows: Mapping[str, LimitRow], name: str | None, unit: str) -> Decimal | None:
    """A limit's value in a unit, exactly; None for no limit."""
    return None if name is None else convert(rows[name].value, rows[name].unit, unit)


def bounds_words(most: Decimal | None, least: Decimal | None, unit: str) -> Words:
    """What is allowed, as people say it."""
    zh = [f"不低于 {number(least)} {unit}"] if least is not None else []
    en = [f"at least {number(least)} {unit}"] if least is not None else []
    if most is not None:
        zh.append(f"不高于 {number(most)} {unit}")
        en.append(f"at most {number(most)} {unit}")
    return Words("、".join(zh), " and ".join(en))


@dataclass(frozen=True, slots=True)
class Exemption:
    """A fact that may lift a rule: when it does, and what it says."""

    span: Span
    says: Words


def unless(
    judge: Judge,
    exemptions: Callable[[Window], Iterable[Exemption]],
    of: Sequence[str],
    *,
    doubtful: Callable[[Window], Sequence[str]] = lambda window: (),
) -> Judge:
    """`.unless`: an exemption in force at the opening satisfies the window, and is told; one that may come leaves a breach open.

    `of`: the types that exempt, which the rule must read too. `doubtful`: facts that may exempt and don't say so.
    """

    def judged(window: Window) -> Verdict:
        verdict, known = judge(window), list(exemptions(window))
        opening, spans = mark(window.opening), [each.span for each in known]
        plain = Result(verdict.answer, verdict.witness, verdict.due)
        found = temporal.unless(plain, spans, opening, horizon=window.horizon(*of), doubtful=doubtful(window))
        if found.part == "exempt":
            says = next(each.says for each in known if each.span.id == found.witness[0])
            return told(window, found, Words(f"免除：{says.zh}。", f"exempt: {says.en}."))
        if found.part == "exemption_unknown":
            zh = verdict.reason.zh.removesuffix("。") + "；是否免除尚不清楚，待定。"
            en = verdict.reason.en.removesuffix(".") + "; whether it is exempt is not known yet."
            return replace(
                verdict,
                answer="undecided",
                reason=Words(zh, en),
                witness=found.witness,
                due=found.due,
                missing=tuple(of),
            )
        return verdict

    return judged
