"""What several rules need to know of a person: one number after mergers, samplings, posts, rows in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bihuan.apps.staff_loop.records import (
    STEPS,
    IdMerged,
    Outcome,
    PostAssigned,
    PostEnded,
    Result,
    Site,
    Step,
    Tested,
    begins,
)
from bihuan.base.clock import instant
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, LimitRow, Verdict
from bihuan.base.rules.rule import Window

NAMES = {cls: name for name, cls in STEPS.items()}
PENDING = Words("；期限未到或资料未齐，待定", "; not due yet, or the input is not complete: undecided")


@dataclass(frozen=True, slots=True)
class Sampling:
    """One sampling of a person: the record that shows it, when, and its latest result."""

    fact: Fact
    at: int
    result: Fact | None = None
    value: Outcome | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The records of the sampling and of its result."""
        return (self.fact.id,) if self.result is None else (self.fact.id, self.result.id)


def number_of(history: History, person: str) -> str:
    """The number under which a person goes after all mergers; of a ring of mergers the smallest."""
    into = history.once("merged", lambda h: {r.from_: r.into for _, r in h.records(IdMerged)})
    path = [person]
    while path[-1] in into:
        further = into[path[-1]]
        if further in path:
            return min(path[path.index(further) :])
        path.append(further)
    return path[-1]


def is_own(history: History) -> bool:
    """Whether verdicts are given under this number; another's number that was merged away has none."""
    return number_of(history, history.name) == history.name


def own(history: History, person: str) -> bool:
    """Whether a record of this number is one of the history's person."""
    return number_of(history, person) == history.name


def samplings(history: History, person: str) -> list[Sampling]:
    """A person's samplings in order, one for each instant; those whose latest result is inconclusive are none (R5)."""
    return history.once("samplings", _samplings).get(number_of(history, person), [])


def _samplings(history: History) -> dict[str, list[Sampling]]:
    found: dict[tuple[str, int], Sampling] = {}
    for fact, taken in history.records(Tested):
        at = instant(taken.sampled_at)
        found.setdefault((number_of(history, taken.person), at), Sampling(fact, at))
    for fact, said in history.records(Result):
        key = number_of(history, said.person), instant(said.sampled_at)
        before = found.get(key, Sampling(fact, key[1]))
        if before.result is None or (before.result.time, before.result.received) <= (fact.time, fact.received):
            found[key] = replace(before, result=fact, value=said.value)
    people: dict[str, list[Sampling]] = {}
    for (person, _), each in sorted(found.items(), key=lambda item: item[0][1]):
        if each.value is not Outcome.inconclusive:
            people.setdefault(person, []).append(each)
    return people


def posts(history: History) -> list[tuple[int, Fact, PostAssigned]]:
    """The posts of the history's person by the moment they are taken up."""
    taken = [(begins(post.from_), fact, post) for fact, post in history.records(PostAssigned) if own(history, post.person)]
    return sorted(taken, key=lambda each: (each[0], each[1].id))


def post_at(history: History, at: int) -> tuple[Fact, PostAssigned] | None:
    """The post last taken up by an instant, held or ended; None while none is known."""
    return next(((fact, post) for since, fact, post in reversed(posts(history)) if since <= at), None)


def endings(history: History) -> list[tuple[Fact, PostEnded]]:
    """The ends of posts of the history's person."""
    return [(fact, ended) for fact, ended in history.records(PostEnded) if own(history, ended.person)]


def of_person(history: History, *kinds: type[Step]) -> list[Fact]:
    """The person's own facts of these kinds, in order."""
    facts = history.of(*(NAMES[kind] for kind in kinds))
    return [fact for fact in facts if own(history, getattr(fact.record, "person", ""))]


def row_at(asked: Asked, name: str, at: int, site: Site, division: str = "") -> LimitRow | None:
    """The row in force for a port or airport: by that word, or by the division's code."""
    row = asked.limits.at(name, at, site.value)
    return row or (asked.limits.at(name, at, division) if division else None)


def named_rows(asked: Asked, prefix: str, at: int, site: Site, division: str = "") -> dict[str, LimitRow]:
    """The rows in force whose name begins so, by the rest of the name: the days of `cycle.test_days.`."""
    names = {row.name for row in asked.limits.rows if row.name.startswith(prefix)}
    found = ((name.removeprefix(prefix), row_at(asked, name, at, site, division)) for name in sorted(names))
    return {rest: row for rest, row in found if row is not None}


def no_row(window: Window, names: Iterable[str]) -> Verdict:
    """Undecided: no limit in force."""
    several = list(names)
    zh, en = "、".join(several), ", ".join(several)
    return window.say("undecided", f"没有现行限值：{zh}。", f"no limit in force: {en}.", missing=[f"limit:{n}" for n in several])


def with_row(verdict: Verdict, row: LimitRow | None) -> Verdict:
    """The verdict with the limit row that decided it."""
    return verdict if row is None else replace(verdict, limit=row.id)
