"""应办成规则: each obligation of a rule set as a rule: its windows from key dates, its answers from later records.

An app names what its records mean: which records give a key date (`Keys`), which answer an obligation (`Answers`), whom it
concerns (`Who`). The dates, articles and penalties stay in the rule set; a change of law changes no code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import partial

from bihuan.base.clock import civil_date, day_start
from bihuan.base.errors import Words
from bihuan.base.rules.dated import due_by
from bihuan.base.rules.history import History
from bihuan.base.rules.lawbook import Obligation, RuleSet
from bihuan.base.rules.limits import whole_days
from bihuan.base.rules.model import Fact, RuleInfo
from bihuan.base.rules.rule import Period, Rule, Window
from bihuan.engines.temporal import Once, day_number

_DONE = Words("完成", "done")


@dataclass(frozen=True, slots=True)
class Key:
    """One key date: the record that shows it, and from when on an answer counts (the day itself when not stated)."""

    fact: Fact
    day: date
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Which records answer an obligation: their types, and whether one of them answers a window."""

    types: tuple[str, ...]
    fits: Callable[[Fact, Period], bool] = lambda fact, period: True


@dataclass(frozen=True, slots=True)
class Reading:
    """How an app's records are read: by the names that its rule sets use."""

    subject: str
    opens: tuple[str, ...]
    """Types over which windows open."""
    standing: Callable[[History], Fact | None]
    """The record that a subject exists by; none: it owes nothing."""
    keys: Mapping[str, Callable[[History, RuleSet], Iterable[Key]]]
    """Key dates by name, apart from `year` and `in_force`, which follow from the standing record."""
    answers: Mapping[str, Answer]
    who: Mapping[str, Callable[[History, date], bool]]
    """Whether an obligation concerns the subject on a day, by name; `any` need not be named."""
    begun: Callable[[Fact], date]
    """Since when the subject exists, from its standing record."""
    area: Callable[[History, Fact], str]


def rules_of(sets: Iterable[RuleSet], reading: Reading) -> tuple[Rule, ...]:
    """One rule for each obligation that records can answer, named `<set>_<obligation>`."""
    return tuple(
        _rule(law, each, reading) for law in sets for each in law.obligations if each.answer in reading.answers
    )


def _rule(law: RuleSet, obligation: Obligation, reading: Reading) -> Rule:
    answer, titles = reading.answers[obligation.answer], obligation.titles
    unsure = [each for each in (obligation.remark, obligation.penalty) if each.zh]
    info = RuleInfo(
        f"{law.id}_{obligation.id}", Words(f"逾期：{titles.zh}", f"Overdue: {titles.en}"), obligation.says,
        Words(f"{law.titles.zh}{obligation.article.zh}", f"{law.titles.en}, {obligation.article.en}"), reading.subject,
        law.territory, law.valid_from, law.valid_to, severity=obligation.severity, asks=obligation.asks,
        version=f"{law.valid_from}/1", remark=Words("；".join(w.zh for w in unsure), "; ".join(w.en for w in unsure)),
    )  # fmt: skip
    judge = due_by(
        partial(_counted, obligation), answer.types, titles, _DONE, start=_key_day, which=partial(_answers, answer)
    )
    return Rule(
        info, reading.opens, tuple(dict.fromkeys((*reading.opens, *answer.types))), (obligation.setting,) if obligation.setting else (),
        judge, area=reading.area, periods=partial(_periods, law, obligation, reading),
    )  # fmt: skip


def _periods(law: RuleSet, obligation: Obligation, reading: Reading, history: History, now: int) -> Iterable[Period]:
    """The windows of an obligation by now and the next one that the calendar opens."""
    standing = reading.standing(history)
    concerned = reading.who.get(obligation.who)
    if standing is None:
        return
    for key, window in _keys(law, obligation, reading, history, standing, now):
        if concerned is None or concerned(history, key.day):
            since = day_start(key.day) if key.since is None else key.since
            yield _period(key.fact, key.fact.first + window, key.day, since)


def _keys(
    law: RuleSet, obligation: Obligation, reading: Reading, history: History, standing: Fact, now: int
) -> Iterable[tuple[Key, str]]:
    begun = reading.begun(standing)
    if obligation.key == "in_force":
        if begun < law.valid_from:
            yield Key(standing, law.valid_from), ""
    elif obligation.key == "year":
        for year in range(max(obligation.since, law.valid_from.year, begun.year + 1), civil_date(now).year + 2):
            yield Key(standing, max(date(year, 1, 1), law.valid_from)), f":{year}"
    else:
        for key in reading.keys[obligation.key](history, law):
            yield key, ""


def _period(fact: Fact, window: str, key: date, since: int) -> Period:
    same = {field.name: getattr(fact, field.name) for field in fields(Fact)}
    return Period(**(same | {"first": window, "time": day_start(key)}), key=key, since=since)


def _counted(obligation: Obligation, window: Window) -> Once:
    assert isinstance(window.opening, Period)
    days = whole_days(window.rows[obligation.setting]) if obligation.setting else None
    return obligation.counted(window.opening.key, setting=days)


def _key_day(opening: Fact) -> int:
    assert isinstance(opening, Period)
    return day_number(opening.key)


def _answers(answer: Answer, window: Window, fact: Fact) -> bool:
    period = window.opening
    assert isinstance(period, Period)
    return fact.time >= period.since and answer.fits(fact, period)


__all__ = ["Answer", "Key", "Reading", "rules_of"]
