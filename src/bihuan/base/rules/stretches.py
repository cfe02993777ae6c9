"""Rules over a stretch of time, or over fields, from templates: nothing between, at least every, so many, as stated before.

The companion of `templates.py`: each gives the `judge` of a rule. `closed` names the fact that ends the stretch which the
opening begins; None while nothing has.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from bihuan.base.errors import Words
from bihuan.base.rules.limits import micros
from bihuan.base.rules.model import Fact, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.templates import Judge, Speak, Which, facts_of, mark, spoken, time_of, told
from bihuan.base.rules.wording import clock, duration
from bihuan.engines import temporal
from bihuan.engines.temporal import Result

Closed = Callable[[Window], Fact | None]
Breaks = Callable[[Window, Fact], bool | None]
"""Of a fact: True is a breach, False lawful, None not known."""
Stated = Callable[[Window, Fact], Mapping[str, Any]]
"""A fact's fields by name; None for what it does not state."""


def never_between(
    of: Sequence[str],
    what: Speak,
    closed: Closed,
    *,
    ends: Sequence[str],
    breaks: Breaks = lambda window, fact: True,
    which: Which | None = None,
) -> Judge:
    """`never`: nothing of these types happens between the opening and `closed`. `ends`: the types that close it.

    `what`: the thing that must not happen, e.g. 开箱 / opening the container.
    """

    def judge(window: Window) -> Verdict:
        end, opening = closed(window), mark(window.opening)
        marks = [mark(fact, breaks(window, fact)) for fact in facts_of(window, of, which)]
        found = temporal.never(marks, opening, None if end is None else mark(end), horizon=window.horizon(*of))
        name, start = spoken(what, window), clock(opening.time)
        at = time_of(window, found.witness[-1])
        words = {
            "": Words(f"{start} 至 {at} 没有{name.zh}。", f"From {start} to {at} there was no {name.en}."),
            "breach": Words(f"{start} 之后，于 {at} {name.zh}。", f"After {start} there was {name.en} ({at})."),
            "unknown": Words(f"{at} {name.zh}是否允许尚不清楚，待定。",
                             f"Whether {name.en} ({at}) was allowed is not known: undecided."),
            "open": Words(f"{start} 起尚未结束，目前没有{name.zh}。", f"Not ended since {start}, no {name.en} so far."),
            "incomplete": Words(f"{start} 至 {at} 未见{name.zh}；资料未齐，待定。",
                                f"From {start} to {at} no {name.en} is known; the input is not complete."),
        }[found.part]  # fmt: skip
        return told(window, found, words, of if end is not None else ends)

    return judge


def repeated(
    of: Sequence[str],
    what: Speak,
    closed: Closed,
    *,
    ends: Sequence[str],
    max_gap: str,
    which: Which | None = None,
) -> Judge:
    """`every`: from the opening to `closed` something of these types happens at least every limit `max_gap` (a time).

    The first gap that breaks it is told, else the first that may; good is what all gaps together show.
    """

    def judge(window: Window) -> Verdict:
        end, opening, gap = closed(window), mark(window.opening), micros(window.rows[max_gap])
        marks = [mark(fact) for fact in facts_of(window, of, which)]
        # A closing that is not known yet would end the stretch: it is awaited too.
        horizon = window.horizon(*of) if end is not None else window.horizon(*of, *ends)
        gaps = temporal.every(marks, opening, None if end is None else mark(end), max_gap=gap, horizon=horizon)
        found = _first(gaps)
        name, longest = spoken(what, window), duration(gap)
        asked = Words(f"{name.zh}至少每 {longest.zh} 一次", f"{name.en} at least every {longest.en}")
        since = time_of(window, found.witness[0])
        if found.answer == "satisfied":
            words = Words(f"{asked.zh}：做到。", f"{asked.en}: kept.")
        elif found.answer == "violated":
            then = time_of(window, found.witness[1]) if len(found.witness) > 1 else ""
            until = Words(f"，至 {then}", f", until {then}") if then else Words("", "")
            words = Words(
                f"{asked.zh}：{since} 之后间隔过长{until.zh}。", f"{asked.en}: too long a gap after {since}{until.en}."
            )
        else:
            words = Words(
                f"{asked.zh}：{since} 之后的下一次未到期限或资料未齐。",
                f"{asked.en}: the next after {since} is not due yet, or the input is not complete.",
            )
        return told(window, found, words, of if end is not None else (*of, *ends))

    return judge


def _first(gaps: Sequence[Result]) -> Result:
    for answer in ("violated", "undecided"):
        for gap in gaps:
            if gap.answer == answer:
                return gap
    return Result("satisfied", tuple(dict.fromkeys(name for gap in gaps for name in gap.witness)))


def counted(
    of: Sequence[str],
    what: Speak,
    *,
    within: str,
    at_least: Callable[[Window], int],
    each: Callable[[Fact], Hashable] = lambda fact: fact.first,
    which: Which | None = None,
) -> Judge:
    """`count`: in the limit `within` (a time) from the opening on, at least so many different ones are told.

    `each`: what makes them different, e.g. the sample's number; by default every record counts once.
    """

    def judge(window: Window) -> Verdict:
        start, least = window.opening.time, at_least(window)
        end = start + micros(window.rows[within])
        marks = [mark(fact, each(fact)) for fact in facts_of(window, of, which)]
        found = temporal.count(marks, start, end, at_least=least, horizon=window.horizon(*of))
        name, since, by = spoken(what, window), clock(start), clock(end)
        words = Words(
            f"{since} 至 {by}（不含）应有{name.zh}至少 {least} 个，已有 {found.part} 个",
            f"From {since} to {by} (excluded) at least {least} {name.en} are asked, {found.part} are there",
        )
        if found.answer == "undecided":
            words = Words(f"{words.zh}，期限未到或资料未齐", f"{words.en}; it is not over yet, or the input lags")
        said = Words(f"{words.zh}。", f"{words.en}.")
        witness = (window.opening.id, *found.witness)
        return told(window, found._replace(witness=witness), said, of)

    return judge


def as_stated(
    of: Sequence[str], what: Speak, stated: Stated, fields: Mapping[str, Words], *, which: Which | None = None
) -> Judge:
    """`matches`: the opening's fields equal those of the latest earlier fact of these types.

    `what`: what it is compared with, e.g. 预约 / the booking. `fields`: each field's name and what people call it.
    A difference is a breach only when no other fact can come in between: it might be what was kept to.
    """

    def judge(window: Window) -> Verdict:
        marks = [mark(fact, stated(window, fact)) for fact in facts_of(window, of, which)]
        found = temporal.matches(marks, mark(window.opening, stated(window, window.opening)), tuple(fields))
        name, at = spoken(what, window), clock(window.opening.time)
        if found.part == "none":
            words = Words(f"{at} 之前没有{name.zh}可比，待定。", f"Before {at} there is no {name.en}: undecided.")
            return told(window, found, words, of)
        named = [fields[part] for part in found.part.split(",") if part]
        which_zh, which_en = "、".join(n.zh for n in named), ", ".join(n.en for n in named)
        if found.answer == "violated" and window.horizon(*of) <= window.opening.time:
            found = found._replace(answer="undecided", due=window.opening.time)
            words = Words(
                f"{at} 与所知的{name.zh}不一致：{which_zh}；资料未齐，待定。",
                f"At {at} not as in {name.en} as known: {which_en}; the input is not complete.",
            )
            return told(window, found, words, of)
        words = {
            "satisfied": Words(f"{at} 与{name.zh}一致。", f"At {at} as in {name.en}."),
            "violated": Words(f"{at} 与{name.zh}不一致：{which_zh}。", f"At {at} not as in {name.en}: {which_en}."),
            "undecided": Words(f"{at} 未写明{which_zh}，无法与{name.zh}相比，待定。",
                               f"At {at} {which_en} is not stated, so not comparable with {name.en}: undecided."),
        }[found.answer]  # fmt: skip
        return told(window, found, words, window.rule.opens)

    return judge
