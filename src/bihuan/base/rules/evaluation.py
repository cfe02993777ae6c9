"""Subjects judged anew from the store: history gathered, rules asked, verdicts kept, visibility spread."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from bihuan.base.clock import SECOND
from bihuan.base.db import Reader, Writer, area_tag, party_tag
from bihuan.base.declare import compiled
from bihuan.base.errors import Words
from bihuan.base.identity import area_of_party, organisation_name
from bihuan.base.identity.scopes import OFFICES
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.panels import SubjectPanel
from bihuan.base.places import Place
from bihuan.base.records import Registry, StepRead, fact_key, record
from bihuan.base.records.envelope import unseal
from bihuan.base.rules.findings_model import Concern
from bihuan.base.rules.history import Gathered, Raw, canonical, gather
from bihuan.base.rules.model import Asked, Fact, Verdict
from bihuan.base.rules.rule import Rule, evaluate, next_opening
from bihuan.base.rules.subjects import remember_keys, subject, woken
from bihuan.base.rules.verdicts import store_verdicts


@dataclass(frozen=True, slots=True)
class Field:
    """What the engine needs of an app: its rules, joins, and how it shows a subject."""

    app: str
    line: str
    rules: Sequence[Rule]
    reach: Callable[[Fact], Iterable[str]]
    view: Callable[[str, Sequence[Fact], Sequence[Verdict], Mapping[str, Place]], SubjectPanel]
    owes: Callable[[Verdict, Sequence[Fact], Mapping[str, Place]], str | None]
    """Which party (id as records name it) must act on a verdict, or None."""


class Shelf(OrderedDict[int, tuple[tuple[StepRead, frozenset[str]], ...]]):
    """Entries read lately, by number: bytes never change, so that a parsed entry stays true; the oldest goes first."""

    def __init__(self, most: int = 50_000) -> None:
        super().__init__()
        self.most = most
        self.tagged: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        """Per subject the entries and tags that were last spread, so that only what is new is written."""

    def keep(self, seq: int, steps: tuple[tuple[StepRead, frozenset[str]], ...]) -> None:
        """Put an entry on the shelf."""
        self[seq] = steps
        if len(self) > self.most:
            self.popitem(last=False)


_OLDER = record.alias("older")
_UNDER_KEYS = (
    sa.select(
        fact_key.c.key, fact_key.c.seq, record.c.ref, record.c.id, record.c.received, record.c.party,
        sa.func.coalesce(_OLDER.c.id, record.c.supersedes).label("corrects"),
        sa.case((record.c.party.in_(OFFICES), ""), else_=record.c.party).label("by"),
    )
    .select_from(
        fact_key.join(record, record.c.seq == fact_key.c.seq).outerjoin(
            _OLDER, sa.and_(_OLDER.c.sent == record.c.supersedes, _OLDER.c.party == record.c.party)
        )
    )
    .where(fact_key.c.key.in_(sa.bindparam("keys", expanding=True)))
)  # fmt: skip
_BODIES = sa.select(entry.c.seq, entry.c.type, entry.c.body).where(
    entry.c.seq.in_(sa.bindparam("seqs", expanding=True)), entry.c.body.is_not(None)
)


@dataclass
class StoreSource:
    """Facts by key, read from the ledger's bytes; corrections are worked in as everywhere."""

    reader: Reader
    registry: Registry
    shelf: Shelf = field(default_factory=Shelf)
    received_until: int | None = None
    refs: dict[str, str] = field(default_factory=dict)
    """Outward id of the entry that each fact came from, by fact id."""
    said_by: dict[str, str] = field(default_factory=dict)
    """The party that stated each fact, by fact id."""

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The standing facts under any of these keys."""
        wanted = sorted(set(keys))
        rows = self.reader.rows(_UNDER_KEYS.params(keys=wanted), ENTRIES) if wanted else []
        self._load({int(row["seq"]) for row in rows})
        raws: dict[str, list[Raw]] = {}
        found: dict[tuple[str, int], frozenset[str]] = {}
        for row in rows:
            self.refs[row["id"]], self.said_by[row["id"]] = row["ref"], row["party"]
            for step, under in self.shelf.get(int(row["seq"]), ()):
                found[row["id"], step.part] = under
                raws.setdefault(row["key"], []).append(
                    Raw(row["id"], step.step, step.time, step.rank, step.record, row["received"], row["corrects"], step.part,
                        row["by"])
                )
        for key, several in raws.items():
            for fact in canonical(several, self.received_until):
                if key in found.get((fact.id, fact.part), ()):
                    yield fact

    def _load(self, seqs: set[int]) -> None:
        missing = sorted(seq for seq in seqs if seq not in self.shelf)
        for start in range(0, len(missing), 500):
            for row in self.reader.rows(_BODIES.params(seqs=missing[start : start + 500]), ENTRIES):
                envelope, payload = unseal(bytes(row["body"]))
                steps = self.registry.read(row["type"], envelope, payload)
                read = tuple((step, frozenset(self.registry.keys_of(step))) for step in steps)
                self.shelf.keep(int(row["seq"]), read)


def history_of(source: StoreSource, name: str, app: Field) -> Gathered:
    """A subject's history with the keys that it was gathered from."""
    return gather(source, name, app.reach)


def judge_subject(
    w: Writer,
    name: str,
    app: Field,
    registry: Registry,
    shelf: Shelf,
    asked: Asked,
    places: Mapping[str, Place],
    party_of: Callable[[str], str | None],
) -> Sequence[Verdict]:
    """Judge one subject from its history and keep what follows: verdicts, duties, findings, its row, who may see it."""
    source = StoreSource(w, registry, shelf)
    gathered = history_of(source, name, app)
    facts = gathered.history.facts
    verdicts = [v for rule in app.rules for v in evaluate(rule, name, gathered.history, asked)]
    panel = app.view(name, facts, verdicts, places)
    parties = {found for text in panel.parties if (found := party_of(text)) is not None}
    areas = set(panel.areas)
    holders: set[str] = set()
    if not areas:  # nothing says where: it is the matter of whoever spoke of it first, and of their own area
        first = min(facts, key=lambda fact: (fact.received, fact.order), default=None)
        holders = {source.said_by[first.id]} - {""} if first is not None else set()
        areas = {found for party in holders if (found := area_of_party(w, party))}
    titles = {rule.info.id: rule.info for rule in app.rules}

    def concern_of(verdict: Verdict) -> Concern:
        owing = app.owes(verdict, facts, places)
        info = titles[verdict.rule]
        return Concern(
            line=app.line, title=info.titles, duty_title=info.asks, party=None if owing is None else party_of(owing),
            areas=tuple(sorted(areas)), parties=tuple(sorted(parties)), breach=info.severity == "breach", lines=tuple(sorted(panel.lines)),
        )  # fmt: skip

    said = names_of(w, panel, facts, places, party_of)
    store_verdicts(w, name, [named(verdict, said) for verdict in verdicts], concern_of=concern_of)
    opens = next_opening(app.rules, gathered.history, asked.now)
    check = min((at for at in (_next_check(verdicts, asked), opens) if at is not None), default=None)
    _keep_row(w, name, app, panel, panel.area or min(areas, default=""), verdicts, asked.now, check)
    tags = {area_tag(line, area) for line in (app.line, *panel.lines) for area in areas} | {party_tag(party) for party in parties | holders}
    w.tag("subject", name, tags)
    mine = [fact for fact in facts if not holders or source.said_by[fact.id] in holders]
    _spread(w, shelf, name, frozenset(source.refs[fact.id] for fact in mine), frozenset(tags))
    remember_keys(w, name, gathered.keys)
    w.write(sa.delete(woken).where(woken.c.subject == name))
    return verdicts


def _spread(w: Writer, shelf: Shelf, name: str, refs: frozenset[str], tags: frozenset[str]) -> None:
    """Who may see a subject may see the records of its history."""
    old_refs, old_tags = shelf.tagged.get(name, (frozenset(), frozenset()))
    w.tag_many("record", refs - old_refs, tags)
    w.tag_many("record", refs & old_refs, tags - old_tags)
    shelf.tagged[name] = (refs, tags)


def names_of(
    reader: Reader, panel: SubjectPanel, facts: Sequence[Fact], places: Mapping[str, Place], party_of: Callable[[str], str | None]
) -> dict[str, str]:
    """What the places and parties of a history are called: reasons are printed in orders, and people read names."""
    said = {text: organisation_name(reader, found) for text in panel.parties if (found := party_of(text)) is not None}
    for fact in facts:
        for spec in compiled(type(fact.record)).fields:
            value = getattr(fact.record, spec.name)
            if spec.role == "place" and isinstance(value, str) and value in places:
                said[value] = places[value].name
    return said


def named(verdict: Verdict, said: Mapping[str, str]) -> Verdict:
    """The verdict with the names of `names_of` in its reason, in place of ids."""
    if not said:
        return verdict
    ids = re.compile(r"(?<![\w-])(" + "|".join(re.escape(i) for i in sorted(said, key=len, reverse=True)) + r")(?![\w-])")
    zh, en = (ids.sub(lambda found: said[found[1]], text) for text in verdict.reason)
    return replace(verdict, reason=Words(zh, en))


def _keep_row(
    w: Writer, name: str, app: Field, panel: SubjectPanel, area: str, verdicts: Sequence[Verdict], now: int, check: int | None
) -> None:
    counts = {answer: sum(v.answer == answer for v in verdicts) for answer in ("violated", "undecided", "satisfied")}
    times = [step.time for step in (*panel.loop, *panel.movements) if step.time is not None]
    w.upsert(
        subject,
        {"id": name, "kind": name.partition(":")[0], "label": panel.title, "line": app.line, "stage": panel.stage,
         "stage_at": panel.stage_at, "place": panel.place, "area": area,
         "expected_at": panel.expected_at, "product": panel.subtitle.zh,
         "kg": None if panel.kg is None else str(panel.kg), **counts,
         "last_at": max(times, default=0), "judged_at": now, "check_at": check},
    )  # fmt: skip


def _next_check(verdicts: Sequence[Verdict], asked: Asked) -> int | None:
    """The first instant at which time alone may change a verdict; None when only a record or a feed's word can.

    `due` is the last second still open: the clock must be past it, and so must be what is known of an awaited type. A
    feed that states its completeness wakes the undecided itself; one that follows the clock gets there after its lag.
    """
    times: list[int] = []
    for verdict in verdicts:
        if verdict.answer != "undecided" or verdict.due is None:
            continue
        first = verdict.due - verdict.due % SECOND + SECOND
        if asked.now < first:
            times.append(first)
            continue
        for name in verdict.missing:
            known, lag = asked.complete.of((name,)), asked.complete.lags.get(name)
            if known < first and lag is not None and known == asked.now - lag:
                times.append(first + lag)
    return min(times, default=None)


__all__ = ["Field", "StepRead", "StoreSource", "history_of", "judge_subject", "named", "names_of"]
