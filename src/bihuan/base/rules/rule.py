"""A rule: a sentence of law with its source, the facts that open its windows, and the judgement of one window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from bihuan.base.clock import moment
from bihuan.base.declare import Record, compiled
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import NEVER, Answer, Asked, Fact, LimitRow, RuleInfo, Verdict
from bihuan.base.rules.wording import clock, number
from bihuan.engines.temporal import Term


@dataclass(frozen=True, slots=True)
class Window:
    """One opening of one rule for one subject: all that a judgement may depend on."""

    rule: Rule
    history: History
    opening: Fact
    asked: Asked
    area: str
    rows: Mapping[str, LimitRow]
    """The limit rows in force when and where the window opened, by name; all that the rule names are there."""

    def horizon(self, *types: str) -> int:
        """min(now, W) over these types (or all that the rule reads), exclusive: what happened before it is known."""
        return min(self.asked.now, self.asked.complete.of(types or self.rule.reads))

    def say(
        self,
        answer: Answer,
        zh: str,
        en: str,
        witness: Iterable[str] = (),
        *,
        due: int | None = None,
        missing: Iterable[str] = (),
    ) -> Verdict:
        """The verdict of this window; `due` and `missing` belong to undecided ones."""
        undecided = answer == "undecided"
        row = self.rows.get(self.rule.limits[0]) if self.rule.limits else None
        return Verdict(
            rule=self.rule.info.id,
            subject=self.history.subject,
            window=self.opening.first,
            answer=answer,
            reason=Words(zh, en),
            opened_at=self.opening.time,
            area=self.area,
            witness=tuple(dict.fromkeys(witness)) or (self.opening.id,),
            due=due if undecided else None,
            limit=None if row is None else row.id,
            missing=tuple(missing) if undecided else (),
            version=self.rule.info.version,
        )


@dataclass(frozen=True, slots=True)
class Period(Fact):
    """A window that a calendar opens over a standing record: the fact itself, the day it counts from, and from when it is asked."""

    key: date = date.min
    since: int = NEVER
    """Before this instant (int us) nothing is said of the window; what answers it happened from here on."""
    term: Term | None = None
    """The civil days within which it is asked, where a calendar rule gave them."""


def own_openings(rule: Rule, history: History) -> Iterable[Fact]:
    """Every fact of the rule's opening types opens a window."""
    return history.of(*rule.opens)


def own_area(history: History, opening: Fact) -> str:
    """The area that the opening record states; "" when it states none."""
    name = _area_field(type(opening.record))
    return "" if name is None else str(getattr(opening.record, name) or "")


@cache
def _area_field(cls: type[Record]) -> str | None:
    spec = compiled(cls).by_role("area")
    return None if spec is None else spec.name


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence of law as data and one pure function."""

    info: RuleInfo
    opens: tuple[str, ...]
    """Types that open a window."""
    reads: tuple[str, ...]
    """All types that the judgement looks at, openings included: one of them arriving may change the verdict."""
    limits: tuple[str, ...]
    """Names of the limits; the first is the one whose row stands in the verdict."""
    judge: Callable[[Window], Verdict]
    openings: Callable[[Rule, History], Iterable[Fact]] = own_openings
    """Which of the history's facts open a window, when not all of the opening types do."""
    area: Callable[[History, Fact], str] = own_area
    """The area of a window, when the opening record does not state it itself."""
    periods: Callable[[History, int], Iterable[Period]] | None = None
    """Windows that the calendar opens by an instant and (the next one) after it, in place of `openings`."""
    unfolds: Callable[[History, Asked], Iterable[Fact]] | None = None
    """Windows that records and dated limit rows open together, in place of `openings`; none where no row is in force."""


def evaluate(rule: Rule, subject: str, history: History, asked: Asked) -> list[Verdict]:
    """All verdicts of a rule on one subject, in order of their windows; a pure function of its arguments.

    No verdict where the rule does not apply (kind of subject, territory, dates). An area that nobody states counts as
    the rule's own territory. A limit without a row in force: undecided, "no limit in force".
    """
    info = rule.info
    if subject.partition(":")[0] != info.subject:
        return []
    verdicts = []
    for opening in _opened(rule, history, asked):
        area = rule.area(history, opening) or info.territory
        if not area.startswith(info.territory) or not in_dates(info, moment(opening.time).date()):
            continue
        rows: dict[str, LimitRow] = {}
        lacking = []
        for name in rule.limits:
            row = asked.limits.at(name, opening.time, area)
            if row is None:
                lacking.append(name)
            else:
                rows[name] = row
        window = Window(rule, history, opening, asked, area, rows)
        verdicts.append(_no_limit(window, lacking) if lacking else rule.judge(window))
    return verdicts


def _opened(rule: Rule, history: History, asked: Asked) -> Iterable[Fact]:
    if rule.unfolds is not None:
        return rule.unfolds(history, asked)
    if rule.periods is None:
        return rule.openings(rule, history)
    return (period for period in rule.periods(history, asked.now) if period.since <= asked.now)


def next_opening(rules: Iterable[Rule], history: History, now: int) -> int | None:
    """The next instant at which the calendar alone opens a window; None when none is known."""
    periods = (period.since for rule in rules if rule.periods is not None for period in rule.periods(history, now))
    return min((since for since in periods if since > now), default=None)


def in_dates(info: RuleInfo, day: date) -> bool:
    """Whether a rule is in force on a civil day; its last day belongs to it."""
    return info.valid_from <= day and (info.valid_to is None or day <= info.valid_to)


def _no_limit(window: Window, names: Sequence[str]) -> Verdict:
    """None of the rows was used, so that none stands in the verdict."""
    at, area, list_zh, list_en = clock(window.opening.time), window.area, "、".join(names), ", ".join(names)
    return replace(window, rows={}).say(
        "undecided",
        f"没有现行限值：{list_zh}（{area}，{at}）。请登记限值及其依据。",
        f"no limit in force: {list_en} (area {area}, {at}). Enter the value with its source.",
        missing=(f"limit:{name}" for name in names),
    )


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict as an officer reads it: the rule's sentence, its article, what was found, and the records."""

    verdict: Verdict
    titles: Words
    say: Words
    citation: Words
    remark: Words
    """Our reading of the citation; may be empty."""
    reason: Words
    limit: Words | None
    """The limit row with its value, dates and source; says so when the value is not sure."""
    records: tuple[tuple[Fact, Words], ...]
    """The witness, each with time and type."""


def explain(rule: Rule, verdict: Verdict, facts: Mapping[str, Fact], asked: Asked) -> Explained:
    """Put a verdict into words; `facts` by id must hold its witness (what it does not hold is left out)."""
    shown = []
    for name in verdict.witness:
        fact = facts.get(name)
        if fact is not None:
            titles = type(fact.record).titles
            shown.append(
                (
                    fact,
                    Words(
                        f"{clock(fact.time)} {titles.zh}（{fact.id}）", f"{clock(fact.time)} {titles.en} ({fact.id})"
                    ),
                )
            )
    row = next((row for row in asked.limits.rows if row.id == verdict.limit), None)
    info = rule.info
    limit = None if row is None else _limit_words(row)
    return Explained(verdict, info.titles, info.say, info.citation, info.remark, verdict.reason, limit, tuple(shown))


def _limit_words(row: LimitRow) -> Words:
    where_zh, where_en = row.area or "全部辖区", row.area or "everywhere"
    open_start = row.valid_from == NEVER
    since_zh = "" if open_start else f"，自 {clock(row.valid_from)}"
    since_en = "" if open_start else f", from {clock(row.valid_from)}"
    till_zh = "" if row.valid_to is None else f"，至 {clock(row.valid_to)}（不含）"
    till_en = "" if row.valid_to is None else f", until {clock(row.valid_to)} (excluded)"
    unsure_zh, unsure_en = ("", "") if row.sure else ("；数值待核", "; value not yet confirmed")
    value = f"{number(row.value)} {row.unit}"
    return Words(
        f"{row.name}：{value}（{where_zh}{since_zh}{till_zh}；依据：{row.source}{unsure_zh}）",
        f"{row.name}: {value} ({where_en}{since_en}{till_en}; source: {row.source}{unsure_en})",
    )
