"""All declared types of the running system, by name, and how the goods of an app speak EPCIS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec

from bihuan.base.clock import instant
from bihuan.base.declare import Kind, Record, TypeSpec, compiled
from bihuan.base.errors import Words
from bihuan.base.records.envelope import Envelope
from bihuan.base.records.evidence import names_files
from bihuan.base.records.signatures import check_declared, holds, signed_by

EVENT = "epcis.Event"
"""Ledger type of every EPCIS event, of whatever app."""
EVENT_SCHEMA = "0" * 64
"""Partners' events keep their own schema; the leaf says so by zeros."""


@dataclass(frozen=True, slots=True)
class StepRead:
    """One declared record read out of an event or a payload."""

    type: str
    """Qualified name, e.g. `cold_chain.Disinfected`."""
    step: str
    """Neutral name, e.g. `disinfected`."""
    record: Record
    id: str
    time: int
    rank: int = 50
    supersedes: str | None = None
    part: int = 0
    """Place among the steps of one event: 0, 1, … where it names several lots or readings."""
    corrected_by: tuple[str, ...] = ()
    """For an error declaration: the ids of the records that take the place of the one it takes back."""


class Goods(Protocol):
    """How an app reads and writes EPCIS events; the app registers one."""

    namespaces: Mapping[str, str]
    """Prefixes of the app's own members, for documents that the system itself writes."""

    def from_event(self, event: Mapping[str, Any], context: Mapping[str, str]) -> list[StepRead]:
        """The steps that an event states; none when it is no step of the app; Invalid names faulty fields."""
        ...

    def to_event(self, record: Record, *, id: str, supersedes: str | None) -> dict[str, Any]:
        """A step as the event that states it."""
        ...

    def keys_of(self, step: StepRead) -> Iterable[str]:
        """Every key under which rules find a step."""
        ...

    def may_state(
        self, step: StepRead, kinds: frozenset[str], party: str, operator_of: Callable[[str], str | None]
    ) -> Words | None:
        """None when an organisation of these kinds may state a step, else the reason.

        `operator_of`: the organisation that runs a place, or is the party, as records name it; None when unregistered.
        """
        ...

    def personal_parts(
        self, event: Mapping[str, Any], context: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The event without its personal members, and what was cut: path to value."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How an app whose records are no events of goods has them found, and by whom they may be stated."""

    keys_of: Callable[[StepRead], Iterable[str]]
    may_state: Callable[[StepRead, frozenset[str], str, Callable[[str], str | None]], Words | None]
    """As `Goods.may_state`."""


@dataclass
class Registry:
    """Declared types by qualified name; filled by the manifests at start, read-only afterwards."""

    types: dict[str, TypeSpec] = field(default_factory=dict)
    goods: dict[str, Goods] = field(default_factory=dict)
    manners: dict[str, Goods | Manner] = field(default_factory=dict)
    """By app: who may state its records and under which keys rules find them; none: anybody, and as declared."""
    lines: dict[str, str] = field(default_factory=dict)
    """Line of supervision by app."""
    with_files: set[str] = field(default_factory=set)
    """Types that have a field for a photo or paper."""

    def add(
        self, app: str, line: str, types: Iterable[type[Record]], goods: Goods | None = None, manner: Manner | None = None
    ) -> None:
        """Register an app's types (and how its goods speak EPCIS, or how its records are found and stated)."""
        self.lines[app] = line
        for cls in types:
            spec = compiled(cls, app)
            check_declared(spec, event_of_goods=goods is not None and hasattr(cls, "rank"))
            self.types[spec.name] = spec
            if names_files(spec):
                self.with_files.add(spec.name)
        if goods is not None:
            self.goods[app] = goods
        if (found := goods or manner) is not None:
            self.manners[app] = found

    def line_of(self, type_name: str) -> str:
        """The line under which a type is supervised."""
        return self.lines.get(type_name.partition(".")[0], "")

    def keys_of(self, step: StepRead) -> set[str]:
        """Every key under which rules find a step: as its app says, else from the declaration."""
        manner = self.manners.get(step.type.partition(".")[0])
        return set(manner.keys_of(step)) if manner is not None else declared_keys(self.types[step.type], step.record)

    def read(self, type_name: str, envelope: Envelope, payload: bytes) -> list[StepRead]:
        """The declared records in a payload: one for our own types, any number for an EPCIS event."""
        if type_name == EVENT:
            event = msgspec.json.decode(payload)
            found: list[StepRead] = []
            for goods in self.goods.values():
                found += goods.from_event(event, envelope.context)
            # An event is signed by nobody: it cannot state what binds by a signature.
            return [step if step.id else replace(step, id=envelope.id) for step in found if not signed_by(self.types[step.type])]
        spec = self.types.get(type_name)
        if spec is None:
            return []
        if signed_by(spec) and not holds(envelope.signature, spec, envelope.party, envelope.by, envelope.supersedes, payload):
            return []  # bytes that nobody signed are no record of a type that binds by its signature
        record = _decoded(spec, payload)
        at = _time(spec, record, envelope)
        step = _snake(spec.name.partition(".")[2])
        rank = int(getattr(type(record), "rank", 50))
        return [StepRead(spec.name, step, record, envelope.id, at, rank, envelope.supersedes)]


def _decoded(spec: TypeSpec, payload: bytes) -> Record:
    """A record by the present declaration; one that an earlier declaration wrote, by the type's own `earlier`."""
    assert issubclass(spec.cls, Record)
    try:
        return msgspec.json.decode(payload, type=spec.cls)
    except msgspec.ValidationError:
        told = spec.cls.earlier(msgspec.json.decode(payload))
        return msgspec.json.decode(msgspec.json.encode(told), type=spec.cls)


def _time(spec: TypeSpec, record: Record, envelope: Envelope) -> int:
    """When it happened: the field with the role `time`, else when it was received."""
    field_spec = spec.by_role("time")
    value = getattr(record, field_spec.name) if field_spec and field_spec.kind is Kind.instant else None
    return envelope.received if value is None else instant(value)


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def declared_keys(spec: TypeSpec, record: Any) -> set[str]:
    """Every key under which rules find a record: `container:CSQU3054383`, `lot:L1` …, from the declaration."""
    found: set[str] = set()
    for spec_field in spec.fields:
        value = getattr(record, spec_field.name)
        if value is None or value == "":
            continue
        if spec_field.kind is Kind.parts and spec_field.part is not None:
            for line in value:
                found |= declared_keys(spec_field.part, line)
        elif spec_field.says.key:
            values = value if spec_field.kind is Kind.texts else [value]
            found |= {f"{spec_field.says.key}:{item}" for item in values}
    return found


def areas_of(spec: TypeSpec, record: Any) -> set[str]:
    """The areas that a record names itself."""
    return {str(getattr(record, f.name)) for f in spec.fields if f.role == "area" and getattr(record, f.name)}
