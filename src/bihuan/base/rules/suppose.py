"""What the rules would say if records were there that are not: a plan, a draft, a what-if. Nothing is ever written.

`changed` compares two histories and `suppose_in` facts in memory: no store, no scope. `suppose` asks a store for one
reader, and must tell nobody what the pages would not:

- A subject within the reader's scope is judged by its whole history, as its page shows it, and what is hidden stays
  hidden: a supposed record may name any booking or sample, so what is reached only through it is read within scope.
- Any other subject that a supposed record names is judged by the records within scope alone, be it unknown or hidden:
  the answer is the same, and says that it rests on a part (`whole`).
- A subject that would only be concerned through a join, and is out of scope, is left out, and so is its name.

The one exception is `told`: types that anybody may be told when a supposed record names their holder or their number,
such as a qualification, since the law has them shown to whom they are relied upon.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.declare import Record
from bihuan.base.identity import party_resolver
from bihuan.base.places import all_places, fences
from bihuan.base.records import RECORD, Registry, fact_key, record
from bihuan.base.records.envelope import Envelope, encode_record
from bihuan.base.rules.evaluation import Field, Shelf, StoreSource, named, names_of
from bihuan.base.rules.history import History, MemorySource, Source, gather
from bihuan.base.rules.model import Asked, Completeness, Fact, Verdict
from bihuan.base.rules.registers import limits_in_force
from bihuan.base.rules.rule import Rule, evaluate
from bihuan.base.rules.subjects import INNER, SUBJECT, completeness, subject, watch

Effect = Literal["violated", "due", "undecided", "satisfied", "lifted"]
_WORST_FIRST: tuple[Effect, ...] = ("violated", "due", "undecided", "satisfied", "lifted")
SUPPOSED = "supposed-"
"""How the ids of supposed records begin, in witnesses and windows."""
MOST = 200
"""Subjects that one question judges; of more, the first are judged and the rest are counted."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """A record that is not there: its qualified type, and the record (id as its sender knows it) it would correct."""

    type: str
    record: Record
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One verdict that would be another: without the supposed records, and with them."""

    before: Verdict | None
    after: Verdict | None
    whole: bool = True
    """Whether the subject's whole history was looked at; False: only what the reader may see of it."""

    @property
    def verdict(self) -> Verdict:
        """The verdict as it would be; of a window that would be gone, as it was."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def effect(self) -> Effect:
        """What would newly be: violated, due, undecided, satisfied, or no longer asked."""
        if self.after is None:
            return "lifted"
        if self.after.answer == "undecided":
            return "due" if self.after.due is not None and self.after.missing else "undecided"
        return self.after.answer


@dataclass(frozen=True, slots=True)
class Supposition:
    """All that would change, the worst first, and how many subjects were not looked at because there are too many."""

    changes: tuple[Change, ...] = ()
    left_out: int = 0

    def of(self, *effects: Effect) -> tuple[Change, ...]:
        """The changes of these effects."""
        return tuple(change for change in self.changes if change.effect in effects)


@dataclass
class Overlay:
    """A source with supposed facts laid over it; the facts that they correct are left out."""

    source: Source
    supposed: Source
    corrected: frozenset[str] = frozenset()
    """Ids of the records whose place is taken."""

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The facts that would stand under any of these keys."""
        wanted = set(keys)
        yield from (fact for fact in self.source.facts(wanted) if fact.id not in self.corrected)
        yield from self.supposed.facts(wanted)


def changed(
    rules: Iterable[Rule], before: History, after: History, asked: Asked, then: Asked | None = None
) -> list[Change]:
    """Which verdicts on one subject differ between two histories (and, with `then`, between two instants)."""
    name, several = before.subject, tuple(rules)
    had = [v for rule in several for v in evaluate(rule, name, before, asked)]
    has = [v for rule in several for v in evaluate(rule, name, after, asked if then is None else then)]
    return _differing(had, has)


def differing(before: Iterable[Verdict], after: Iterable[Verdict]) -> list[Change]:
    """The verdicts that are others, new or gone, the worst first; a witness or a sentence alone is no change."""
    return _worst_first(_differing(before, after))


def _differing(before: Iterable[Verdict], after: Iterable[Verdict]) -> list[Change]:
    had = {(v.rule, v.subject, v.window): v for v in before}
    found: list[Change] = []
    for verdict in after:
        was = had.pop((verdict.rule, verdict.subject, verdict.window), None)
        if was is None or (was.answer, was.due) != (verdict.answer, verdict.due):
            found.append(Change(was, verdict))
    return [*found, *(Change(was, None) for was in had.values())]


def suppose_in(
    source: Source,
    facts: Iterable[Fact],
    subjects: Iterable[str],
    *,
    rules: Sequence[Rule],
    reach: Callable[[Fact], Iterable[str]],
    keys_of: Callable[[Fact], Iterable[str]],
    asked: Asked,
    then: Asked | None = None,
) -> list[Change]:
    """What facts that are not there would change for these subjects, over facts in memory; no store and no scope.

    `then`: judged with the supposed facts as of another instant than without them.
    """
    supposed = MemorySource(keys_of)
    supposed.add(facts)
    over = Overlay(source, supposed)
    by_kind: dict[str, list[Rule]] = {}
    for rule in rules:
        by_kind.setdefault(rule.info.subject, []).append(rule)
    found: list[Change] = []
    for name in dict.fromkeys(subjects):
        of_kind = by_kind.get(name.partition(":")[0], [])
        if of_kind:
            before, after = gather(source, name, reach).history, gather(over, name, reach).history
            found += changed(of_kind, before, after, asked, then)
    return _worst_first(found)


def _worst_first(changes: Iterable[Change]) -> list[Change]:
    return sorted(
        changes,
        key=lambda c: (_WORST_FIRST.index(c.effect), c.verdict.subject, c.verdict.rule, c.verdict.opened_at, c.verdict.window),
    )


@dataclass(frozen=True, slots=True)
class WithinScope:
    """Facts by key, cut to those that records within the reader's scope state."""

    source: StoreSource

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The standing facts under any of these keys, as far as the reader may see their records."""
        found = list(self.source.facts(keys))
        refs = {self.source.refs[fact.id] for fact in found}
        query = sa.select(record.c.ref).where(record.c.ref.in_(sorted(refs)))
        seen = {row["ref"] for row in self.source.reader.rows(query, RECORD)} if refs else set()
        return [fact for fact in found if self.source.refs[fact.id] in seen]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a reader may be told something by: all under the keys of a history in scope, else their own part."""

    source: StoreSource
    keys: frozenset[str]
    kinds: frozenset[str]
    told: frozenset[str]

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        wanted = set(keys)
        if inside := wanted & self.keys:
            yield from self.source.facts(inside)
        if further := wanted - self.keys:
            yield from WithinScope(self.source).facts(further)
            joins = {key for key in further if key.partition(":")[0] not in self.kinds} if self.told else set()
            if joins:
                yield from (fact for fact in self.source.facts(joins) if fact.type in self.told)


def suppose(
    reader: Reader,
    registry: Registry,
    fields: Mapping[str, Field],
    records: Sequence[Supposed] = (),
    *,
    subjects: Iterable[str] = (),
    now: int | None = None,
    told: Collection[str] = (),
    most: int = MOST,
) -> Supposition:
    """What records that are not there would change, as far as one reader may be told; nothing is written.

    `fields`: what watches each kind of subject. Judged are the subjects that the records wake, and those in `subjects`
    that lie within scope. `now` (int us): judged with the records as of that later instant, as if nothing else
    happened until then; without it both sides are judged at the present, or when the last supposed record happens.
    """
    question = _Question(reader, registry, fields, frozenset(told))
    question.take(records)
    return question.answer(question.woken(subjects), now, most)


@dataclass
class _Question:
    """One what-if of one reader."""

    reader: Reader
    registry: Registry
    fields: Mapping[str, Field]
    told: frozenset[str]
    shelf: Shelf = field(default_factory=Shelf)
    facts: list[Fact] = field(default_factory=list)
    keys: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    """Keys of each supposed fact, by its id and part."""
    corrected: dict[str, frozenset[str]] = field(default_factory=dict)
    """Keys of each record whose place is taken, by its id."""

    def take(self, records: Sequence[Supposed]) -> None:
        """Read the supposed records as they would be read out of the ledger."""
        for n, each in enumerate(records):
            first = self._corrects(each.supersedes) if each.supersedes is not None else None
            envelope = Envelope(id=f"{SUPPOSED}{n}", received=self.reader.now)
            for step in self.registry.read(each.type, envelope, encode_record(each.record)):
                fact = Fact(step.id, first or step.id, step.step, step.time, self.reader.now, step.rank, step.record, step.part)
                self.facts.append(fact)
                self.keys[fact.id, fact.part] = frozenset(self.registry.keys_of(step))

    def _corrects(self, sent: str) -> str | None:
        """The id of the first version of the record that would be corrected; None when the reader may not see it."""
        query = sa.select(record.c.id, record.c.seq).where(record.c.sent == sent, record.c.party == self.reader.principal.party)
        row = self.reader.first(query.order_by(record.c.seq.desc()), RECORD)
        if row is None:
            return None
        under = sa.select(fact_key.c.key).where(fact_key.c.seq == row["seq"])
        keys = frozenset(each["key"] for each in self.reader.rows(under, INNER))
        self.corrected[row["id"]] = keys
        standing = StoreSource(self.reader, self.registry, self.shelf).facts(keys)
        return next((fact.first for fact in standing if fact.id == row["id"]), row["id"])

    def woken(self, further: Iterable[str]) -> dict[str, bool]:
        """The subjects to judge, and whether each lies within scope: those that the records name first."""
        keys = dict.fromkeys(key for several in (*self.keys.values(), *self.corrected.values()) for key in sorted(several))
        named_ = [key for key in keys if key.partition(":")[0] in self.fields]
        joined: set[str] = set(further)
        wanted = list(keys)
        for start in range(0, len(wanted), 500):
            query = sa.select(watch.c.subject).where(watch.c.key.in_(wanted[start : start + 500])).distinct()
            joined |= {row["subject"] for row in self.reader.rows(query, INNER)}
        every = [*named_, *sorted(joined - set(named_))]
        seen: set[str] = set()
        for start in range(0, len(every), 500):
            query = sa.select(subject.c.id).where(subject.c.id.in_(every[start : start + 500]))
            seen |= {row["id"] for row in self.reader.rows(query, SUBJECT)}
        return {name: name in seen for name in every if name in seen or name in keys}

    def answer(self, subjects: Mapping[str, bool], now: int | None, most: int) -> Supposition:
        """Judge each subject without the records and with them."""
        at = max([self.reader.now, *(fact.time for fact in self.facts)]) if now is None else self.reader.now
        limits, around = limits_in_force(self.reader), fences(self.reader)
        asked = Asked(at, completeness(self.reader, at), limits, around)
        then = None if now is None else Asked(now, _until(self.reader, now), limits, around)
        supposed = MemorySource(lambda fact: self.keys[fact.id, fact.part])
        supposed.add(self.facts)
        found: list[Change] = []
        for name in list(subjects)[:most]:
            found += self._judged(name, subjects[name], supposed, asked, then)
        return Supposition(tuple(_worst_first(found)), max(0, len(subjects) - most))

    def _judged(self, name: str, whole: bool, supposed: MemorySource, asked: Asked, then: Asked | None) -> list[Change]:
        watching = self.fields[name.partition(":")[0]]
        source = StoreSource(self.reader, self.registry, self.shelf)
        inside = gather(source, name, watching.reach).keys if whole else frozenset()
        known = _Known(source, inside, frozenset(self.fields), self.told)
        before = gather(known, name, watching.reach).history
        after = gather(Overlay(known, supposed, frozenset(self.corrected)), name, watching.reach).history
        changes = changed(watching.rules, before, after, asked, then)
        return [replace(each, whole=whole) for each in self._spoken(watching, name, after if after.facts else before, changes)] if changes else []

    def _spoken(self, watching: Field, name: str, history: History, changes: Sequence[Change]) -> list[Change]:
        """The changes with names in their reasons, as stored verdicts have them."""
        places = {place.id: place for place in all_places(self.reader)}
        verdicts = [change.after for change in changes if change.after is not None]
        panel = watching.view(name, history.facts, verdicts, places)
        said = names_of(self.reader, panel, history.facts, places, party_resolver(self.reader))
        return [
            Change(each.before and named(each.before, said), each.after and named(each.after, said)) for each in changes
        ]


def _until(reader: Reader, then: int) -> Completeness:
    """Completeness as it would be at a later instant if every feed there is told of nothing until then."""
    known = completeness(reader, then)
    lags = known.lags
    return replace(known, until={name: max(at, then - lags.get(name, 0)) for name, at in known.until.items()})
