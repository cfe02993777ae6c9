"""规则汇编: rule sets as data: which obligation falls due when, under which article, in which territory and at which date.

An app keeps its sets in its folder `law/`, one file each. Nothing here knows a law: tests load a set of another country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from bihuan.base.clock import day_start
from bihuan.base.errors import Invalid, Refused, Words
from bihuan.base.rules.limits import whole_days
from bihuan.base.rules.model import Limits
from bihuan.engines.temporal import AfterDays, AfterMonths, InTime, Once, OnDay, Rounding, date_of, day_number
from bihuan.engines.temporal.civil import Days, Flags, last_days

NOWHERE = Words("", "")
_NONE = np.datetime64("NaT", "D")
_ACT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s+([a-z_]+))?")


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that a rule set makes a firm do, and by when."""

    id: str
    titles: Words
    asks: Words
    says: Words
    article: Words
    remark: Words
    """How the article is read, and what of it was not seen."""
    who: str
    """Whom it concerns: `any`, `existing`, `new`, `hazardous`, `larger`, `major`, `key_sector`, `none_larger`."""
    key: str
    """What the term is counted from: `in_force`, `year`, `accepted`, `trial`, `changed`, `reported` …"""
    key_words: Words
    by: Once | tuple[int, int]
    """How the last day follows from the key date; (month, day) is that day of the key date's own year."""
    setting: str
    """The limit that stands in where the text says “in time” and no number of days; else empty."""
    answer: str
    answer_words: Words
    penalty: Words
    severity: Literal["breach", "notice"]
    since: int
    """First year of a yearly obligation."""
    starts: tuple[str, ...]
    """Acts that start the term anew, the latest counts; others (a correction) leave it as it is."""
    sure: bool

    def counted(self, key: date, policy: Rounding | None = None, setting: int | None = None) -> Once:
        """How the last day follows from a key date: `policy` replaces the set's own rounding, `setting` (days) the missing number."""
        match self.by:
            case (month, day):
                return OnDay(day_number(date(key.year, month, day)))
            case AfterMonths() if policy is not None:
                return replace(self.by, rounding=policy)
            case InTime() if setting is not None:
                return AfterDays(setting, None)
        return self.by


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One law with its territory and dates."""

    id: str
    titles: Words
    remark: Words
    territory: str
    valid_from: date
    valid_to: date | None
    valid_to_sure: bool
    obligations: tuple[Obligation, ...]

    def in_force(self, day: date) -> bool:
        """Whether it is in force on a civil day; its last day belongs to it."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Due:
    """By when an obligation is due, or why there is no date; always with the article."""

    law: RuleSet
    obligation: Obligation
    key: date
    day: date | None
    why: Words
    """Why there is no date; empty beside one."""
    ambiguous: tuple[date, date] | None = None
    setting: Words = NOWHERE
    """The setting that stands in where the text has no number, with its value and source."""
    by_setting: date | None = None
    """The date that the setting would give; it is no date of the law."""

    @property
    def sure(self) -> bool:
        """Whether neither the date nor the set's dates rest on something unchecked."""
        return self.obligation.sure and not self.obligation.setting


@cache
def rule_sets(folder: Path) -> tuple[RuleSet, ...]:
    """All sets of a folder, by the day they come into force; Invalid names the file that cannot be read."""
    return tuple(sorted((load(path) for path in folder.glob("*.yaml")), key=lambda law: (law.valid_from, law.id)))


def load(path: Path) -> RuleSet:
    """One rule set from its file; Invalid names the file and what is missing."""
    try:
        told = yaml.safe_load(path.read_bytes())
        end = told.get("valid_to")
        found = [_obligation(each) for each in told["obligations"]]
        return RuleSet(told["id"], Words(*told["titles"]), Words(*told.get("remark", ("", ""))), str(told["territory"]),
                       told["valid_from"], end, bool(told.get("valid_to_sure", True)), tuple(found))  # fmt: skip
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(f"规则文件 {path.name} 有误：{error}", f"The rule set {path.name} cannot be read: {error}") from error


def _obligation(told: Mapping[str, Any]) -> Obligation:
    titles = Words(*told["titles"])
    words = {name: Words(*told.get(name, ("", ""))) for name in ("says", "article", "remark", "answer_words", "penalty", "key_words")}
    return Obligation(
        id=told["id"], titles=titles, asks=Words(*told.get("asks", titles)), who=told.get("who", "any"), key=told["key"],
        by=_by(told["due"]), setting=str(told["due"].get("setting", "")), answer=told.get("answer", "report"),
        severity=told.get("severity", "breach"), since=int(told.get("since", 0)), starts=tuple(told.get("starts", ())),
        sure=bool(told.get("sure", True)), **words,
    )  # fmt: skip


def _by(told: Mapping[str, Any]) -> Once | tuple[int, int]:
    """`{months, days, years, policy}`, `{until: 03-31}`, `{before: true}` or `{setting: name}`."""
    if "setting" in told:
        return InTime()
    if "until" in told:
        month, day = map(int, str(told["until"]).split("-"))
        return month, day
    if told.get("before"):
        return AfterDays(-1, None)
    months = int(told.get("years", 0)) * 12 + int(told.get("months", 0))
    return AfterMonths(months, told.get("policy", "ask"), None) if months else AfterDays(int(told["days"]), None)


def find(sets: Iterable[RuleSet], obligation: str, day: date, area: str | None = None) -> tuple[RuleSet, Obligation]:
    """The obligation of that name in the set in force on a day, the narrowest territory first.

    Invalid when no set has it, Refused (with the reason) when none that has it holds there and then.
    """
    named = [(law, each) for law in sets for each in law.obligations if each.id == obligation]
    if not named:
        raise Invalid(f"没有“{obligation}”这项义务；可用 --list 查看。", f"No obligation {obligation!r}; --list names them.")
    here = [pair for pair in named if area is None or area.startswith(pair[0].territory)]
    if not here:
        there = "、".join(sorted({law.territory for law, _ in named}))
        raise Refused(f"该义务只适用于辖区 {there}。", f"This obligation holds in the territory {there} only.")
    standing = [pair for pair in here if pair[0].in_force(day)]
    if not standing:
        spans = "; ".join(f"{law.id} {law.valid_from} – {law.valid_to or ''}" for law, _ in here)
        raise Refused(f"{day} 没有现行规定含这项义务（{spans}）。", f"On {day} no rule set with this obligation is in force ({spans}).")
    return max(standing, key=lambda pair: (len(pair[0].territory), pair[0].valid_from))


def due_on(
    law: RuleSet, obligation: Obligation, key: date, *, policy: Rounding | None = None, limits: Limits | None = None, area: str = ""
) -> Due:
    """When an obligation falls due that is counted from a day; a policy given replaces the set's own."""
    if obligation.setting:
        return _by_setting(law, obligation, key, limits, area or law.territory)
    term = obligation.counted(key, policy).term(day_number(key))
    assert term.last is not None
    down = date_of(term.last)
    if term.later is None:
        return Due(law, obligation, key, down, NOWHERE)
    up = date_of(term.later)
    why = Words(
        f"该月没有这一天：可为 {down}（向前）或 {up}（向后）；请说明取法（--policy down 或 up）。",
        f"AMBIGUOUS: the month has no such day: {down} (down) or {up} (up); say which (--policy down or up).",
    )
    return Due(law, obligation, key, None, why, (down, up))


def _by_setting(law: RuleSet, obligation: Obligation, key: date, limits: Limits | None, area: str) -> Due:
    none = Words(
        f"条文只说“及时”，没有天数；期限是设定值（{obligation.setting}），不是法条。",
        f"The text says “in time” and gives no number of days; the period is a setting ({obligation.setting}), not law.",
    )
    row = None if limits is None else limits.at(obligation.setting, day_start(key), area)
    if row is None:
        return Due(law, obligation, key, None, none)
    days = whole_days(row)
    zh, _, en = row.source.partition(" / ")
    said = Words(f"按设定 {days} 天（待核）：{zh}", f"by the setting of {days} days (not checked): {en or zh}")
    return Due(law, obligation, key, None, none, setting=said, by_setting=key + timedelta(days=days))


def start_of(obligation: Obligation, acts: Sequence[tuple[date, str]]) -> date:
    """From which of several acts the term counts: the latest of those that start it anew, else the first of all."""
    fresh = [day for day, kind in acts if not kind or not obligation.starts or kind in obligation.starts]
    return max(fresh) if fresh else min(day for day, _ in acts)


def acts_of(text: str) -> list[tuple[date, str]]:
    """Dated acts as people write them: `2020-06-19 full; 2023-01-05 correction`, or one date; Invalid when there is none."""
    try:
        found = [(date.fromisoformat(day), kind) for day, kind in _ACT.findall(text)]
    except ValueError:
        found = []
    if not found:
        raise Invalid(f"“{text}”不是日期；请写成 2021-02-01。", f"{text!r} is no date; write 2021-02-01.")
    return found


def dues_of_year(
    sets: Sequence[RuleSet], year: int, keys: Mapping[str, Days], limits: Limits | None = None
) -> dict[tuple[str, str], tuple[Days, Flags]]:
    """The due dates of many firms that fall into a year, by (set, obligation): one array a result, NaT where nothing is due.

    `keys` gives one array a kind of key date (`accepted`, `trial`, `changed` …; NaT where a firm has none) over the same firms.
    `year` and `in_force` are worked out here. The second array marks ambiguous sums.
    """
    size = len(next(iter(keys.values())))
    first, after = np.datetime64(f"{year}-01-01", "D"), np.datetime64(f"{year + 1}-01-01", "D")
    found: dict[tuple[str, str], tuple[Days, Flags]] = {}
    for law in sets:
        end = np.datetime64(law.valid_to or date(9999, 12, 31), "D")
        for each in law.obligations:
            row = limits.at(each.setting, day_start(law.valid_from), law.territory) if limits is not None and each.setting else None
            by = each.counted(date(year, 1, 1), setting=None if row is None else whole_days(row))
            if each.key in keys and not isinstance(by, InTime):
                due, ambiguous = last_days(by, keys[each.key])
                stands = (keys[each.key] >= np.datetime64(law.valid_from, "D")) & (keys[each.key] <= end)
                found[law.id, each.id] = np.where(stands & (due >= first) & (due < after), due, _NONE), ambiguous & stands
                continue
            day = date(year, 1, 1) if each.key == "year" else law.valid_from
            if each.key not in ("year", "in_force") or (each.key == "year" and (year < each.since or not law.in_force(day))):
                continue
            only, unclear = last_days(by, np.array([day], "M8[D]"))
            if first <= only[0] < after or unclear[0]:
                found[law.id, each.id] = np.full(size, only[0]), np.full(size, bool(unclear[0]))
    return found


@dataclass(frozen=True, slots=True)
class Changed:
    """One difference between two rule sets."""

    obligation: str
    what: Literal["new", "gone", "changed"]
    before: Obligation | None
    after: Obligation | None
    fields: tuple[str, ...] = ()


def what_changed(before: RuleSet, after: RuleSet) -> list[Changed]:
    """What a firm owes under one set and not, or otherwise, under another."""
    old, new = ({each.id: each for each in law.obligations} for law in (before, after))
    found = []
    for name in dict.fromkeys((*old, *new)):
        a, b = old.get(name), new.get(name)
        if a is None or b is None:
            found.append(Changed(name, "new" if a is None else "gone", a, b))
            continue
        fields = tuple(f for f in ("who", "key", "by", "setting", "article", "penalty", "severity", "sure") if getattr(a, f) != getattr(b, f))
        if fields:
            found.append(Changed(name, "changed", a, b, fields))
    return found
