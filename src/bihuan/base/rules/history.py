"""From what was received to a subject's history: doubles dropped, corrections in place, canonical order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from bihuan.base.declare import Record
from bihuan.base.rules.model import Fact

R = TypeVar("R", bound=Record)
T = TypeVar("T")
VOIDED = "voided"
"""The type whose record takes the superseded one away and puts nothing in its place."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as received, before corrections are worked in."""

    id: str
    type: str
    time: int
    rank: int
    record: Record
    received: int | None = None
    """When the system got it; None: not stated, read as the event time."""
    supersedes: str | None = None
    part: int = 0
    """Place among the steps of one record: 0, 1, … where it names several lots or readings."""
    by: str = ""
    """The organisation that stated it; "" for an authority, or where nobody says."""

    @property
    def got(self) -> int:
        """When it was received, for order among versions."""
        return self.time if self.received is None else self.received


def canonical(raws: Iterable[Raw], received_until: int | None = None) -> tuple[Fact, ...]:
    """The facts that stand, in canonical order (time, rank, id); independent of the order of arrival.

    The same id twice is one record (the earliest received). Of all versions of a record the unsuperseded one received
    last stands; `voided` takes the record away. A correction may come before its original, and may itself be
    corrected. `received_until` leaves out what was received later than that instant.
    """
    parts = _once(raw for raw in raws if received_until is None or raw.got <= received_until)
    known = {name: several[0] for name, several in parts.items()}
    plain = [raw for raw in known.values() if raw.supersedes is None]
    corrections = [raw for raw in known.values() if raw.supersedes is not None]
    if not corrections:
        stood = [raw for raw in plain if raw.type != VOIDED]
        return tuple(sorted((_fact(part, raw.id) for raw in stood for part in parts[raw.id]), key=_order))
    superseded = {raw.supersedes for raw in corrections}
    versions: dict[str, list[Raw]] = {}
    for raw in corrections:
        versions.setdefault(_root(raw, known), []).append(raw)
    left = [raw for raw in plain if raw.id not in superseded and raw.type != VOIDED]
    facts = [_fact(part, raw.id) for raw in left for part in parts[raw.id]]
    for root, several in versions.items():
        open_ends = [raw for raw in several if raw.id not in superseded] or several  # a ring of corrections has no end
        stands = max(open_ends, key=lambda raw: (raw.got, raw.id))
        if stands.type != VOIDED:
            facts += [_fact(part, root) for part in parts[stands.id]]
    return tuple(sorted(facts, key=_order))


def _once(raws: Iterable[Raw]) -> dict[str, list[Raw]]:
    """Each record once: its parts, in order, by id."""
    known: dict[tuple[str, int], Raw] = {}
    for raw in raws:
        other = known.get((raw.id, raw.part))
        if other is None or _first_delivery(raw) < _first_delivery(other):
            known[raw.id, raw.part] = raw
    found: dict[str, list[Raw]] = {}
    for raw in sorted(known.values(), key=lambda raw: raw.part):
        found.setdefault(raw.id, []).append(raw)
    return found


def _first_delivery(raw: Raw) -> tuple[int, int, str, str]:
    """Which of two deliveries of one id came first; the rest only breaks ties the same way every time."""
    return (raw.got, raw.time, raw.type, repr((raw.record, raw.supersedes)))


def _root(raw: Raw, known: Mapping[str, Raw]) -> str:
    """The id of the first version; of a ring of corrections its smallest id."""
    path: list[str] = []
    here: str = raw.id
    while True:
        if here in path:
            return min(path[path.index(here) :])
        path.append(here)
        version = known.get(here)
        if version is None or version.supersedes is None:
            return here
        here = version.supersedes


def _fact(raw: Raw, first: str) -> Fact:
    return Fact(raw.id, first, raw.type, raw.time, raw.got, raw.rank, raw.record, raw.part, raw.by)


def _order(fact: Fact) -> tuple[int, int, str, int]:
    return fact.order


class History:
    """The facts that count for one subject, in canonical order, found by declared class or by id."""

    __slots__ = ("_by_class", "_by_type", "_memo", "facts", "subject")

    def __init__(self, subject: str, facts: Iterable[Fact]) -> None:
        self.subject = subject
        self.facts: tuple[Fact, ...] = tuple(
            sorted({(fact.id, fact.part): fact for fact in facts}.values(), key=_order)
        )
        self._by_type: dict[str, list[Fact]] = {}
        self._by_class: dict[type, list[tuple[Fact, Any]]] = {}
        for fact in self.facts:
            self._by_type.setdefault(fact.type, []).append(fact)
            self._by_class.setdefault(type(fact.record), []).append((fact, fact.record))
        self._memo: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The subject without its kind: `L1` of `lot:L1`."""
        return self.subject.partition(":")[2]

    @property
    def kind(self) -> str:
        """The kind of subject: `lot` of `lot:L1`."""
        return self.subject.partition(":")[0]

    def of(self, *types: str) -> list[Fact]:
        """The facts of these types, in canonical order."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        return sorted((fact for name in types for fact in self._by_type.get(name, ())), key=_order)

    def records(self, cls: type[R]) -> list[tuple[Fact, R]]:
        """The facts whose record is of exactly this class, with the record typed."""
        return cast("list[tuple[Fact, R]]", self._by_class.get(cls, []))

    def once(self, name: str, make: Callable[[History], T]) -> T:
        """What several rules need of a history, worked out once."""
        if name not in self._memo:
            self._memo[name] = make(self)
        return cast(T, self._memo[name])


class Source(Protocol):
    """Whatever holds facts by key: a store, or a dictionary in memory."""

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The standing facts that are found under any of these keys, e.g. `container:CSQU3054383`."""
        ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """A history with every key that it was gathered from: a new fact under one of them wakes the subject."""

    history: History
    keys: frozenset[str]


@dataclass
class MemorySource:
    """Facts in memory, indexed by every key of each."""

    keys_of: Callable[[Fact], Iterable[str]]
    _index: dict[str, list[Fact]] = field(default_factory=dict, repr=False)

    def add(self, facts: Iterable[Fact]) -> None:
        """Index facts."""
        for fact in facts:
            for key in self.keys_of(fact):
                self._index.setdefault(key, []).append(fact)

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The facts under any of these keys; one may come twice."""
        return (fact for key in keys for fact in self._index.get(key, ()))


ROUNDS = 6
"""Longest chain of joins: lot → packing → disinfection → its party's qualification → its revocation, and one spare."""


def gather(source: Source, subject: str, reach: Callable[[Fact], Iterable[str]], rounds: int = ROUNDS) -> Gathered:
    """A subject's history: its own facts and those that the declared joins reach, in at most `rounds` steps."""
    keys: set[str] = set()
    facts: dict[tuple[str, int], Fact] = {}
    front = {subject}
    for _ in range(rounds):
        keys |= front
        further: set[str] = set()
        for fact in source.facts(front):
            if (fact.id, fact.part) not in facts:
                facts[fact.id, fact.part] = fact
                further.update(reach(fact))
        front = further - keys
        if not front:
            break
    return Gathered(History(subject, facts.values()), frozenset(keys))
