"""Applying a mapping: bytes of a partner's file to events, and every faulty row with its reasons; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from bihuan.base.clock import MINUTE, instant
from bihuan.base.declare import Kind, Record, read
from bihuan.base.errors import Fault, Words
from bihuan.gateways.mapped.declared import Lines, Mapping, Output
from bihuan.gateways.mapped.sources import Row
from bihuan.gateways.mapped.template import LONGEST
from bihuan.gateways.mapped.values import CellFault, Value


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: its number, its place in the file, the field of the step, the partner's column."""

    row: int
    place: str
    step: str
    field: str
    source: str
    code: str
    words: Words

    @property
    def fault(self) -> Fault:
        """The same as a fault at a path that a clerk can find, e.g. `line 5 WEIGHT (kg)`."""
        column = f"{self.source} ({self.field})" if self.source and self.field else self.source or self.field
        return Fault(f"{self.place} {column}".strip(), self.code, self.words)


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """One record: its step, id, the event that states it, and the rows it was made from."""

    step: str
    id: str
    event: dict[str, Any]
    row: int
    place: str


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows that make no record, as they came, with their faults."""

    shown: tuple[str, ...]
    faults: tuple[RowFault, ...]


@dataclass(slots=True)
class Mapped:
    """What a file gave. `complete_before` is an instant in us UTC, when the file itself says it."""

    records: list[MappedRecord] = field(default_factory=list)
    bad: list[BadRows] = field(default_factory=list)
    rows: int = 0
    skipped: int = 0
    """Rows that no record of the mapping wants."""
    complete_before: int | None = None
    notes: list[RowFault] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in the order of the file."""
        return [record.event for record in self.records]

    @property
    def faults(self) -> list[RowFault]:
        """All faults in the order of the file."""
        return [fault for bad in self.bad for fault in bad.faults]


class _Faults:
    """Faults of one record while it is made."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.found: list[RowFault] = []

    def add(self, row: Row, name: str, source: str, code: str, words: Words) -> None:
        self.found.append(RowFault(row.number, row.place, self.output.step, name, source, code, words))

    def value(self, row: Row, name: str, plan: Value, node: Any, empties: frozenset[str], many: bool = False) -> Any:
        """A value of a row; its fault is noted."""
        try:
            return plan.all(node, empties) if many else plan.one(node, empties)
        except CellFault as wrong:
            self.add(row, name, wrong.source, wrong.code, wrong.words)
        return None


def apply(mapping: Mapping, data: bytes) -> Mapped:
    """Read a file by a mapping; Invalid only when the file as a whole cannot be read.

    A row with a fault spoils the record that it belongs to (with group_by: the whole group), and no other.
    """
    whole = mapping.source.open(data)
    out = Mapped()
    found: set[tuple[str, int]] = set()
    wanted: set[tuple[str, int]] = set()
    csv_rows: list[Row] | None = None
    for output in mapping.outputs:
        rows = csv_rows
        if rows is None:
            rows = list(mapping.source.rows(whole, output.rows))
        found |= {(row.place, row.number) for row in rows}
        if mapping.source.format == "csv":
            csv_rows = rows  # read once; every record of the mapping is made from the same lines
        for group in _groups(mapping, output, rows, out):
            wanted |= {(row.place, row.number) for row in group}
            _record(mapping, output, group, out)
    wanted |= {(fault.place, fault.row) for fault in out.faults}
    out.rows, out.skipped = len(found), len(found - wanted)
    _complete(mapping, whole, csv_rows, out)
    return out


def _groups(mapping: Mapping, output: Output, rows: Iterable[Row], out: Mapped) -> list[list[Row]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if isinstance(row.node, Words):
            fault = RowFault(row.number, row.place, output.step, "", "", "cells", row.node)
            out.bad.append(BadRows((row.shown,), (fault,)))
            continue
        faults = _Faults(output)
        skipped = False
        for condition in output.skip_if:
            found = faults.value(row, "skip_if", condition.value, row.node, mapping.empties, many=True)
            skipped = skipped or condition.holds(found or [])
        key: tuple[Any, ...] = (row.number,)
        if output.group_by:
            key = tuple(faults.value(row, "group_by", value, row.node, mapping.empties) for value in output.group_by)
        if faults.found:
            out.bad.append(BadRows((row.shown,), tuple(faults.found)))
        elif not skipped:
            groups.setdefault(key, []).append(row)
    return list(groups.values())


def _record(mapping: Mapping, output: Output, group: list[Row], out: Mapped) -> None:
    faults = _Faults(output)
    values: dict[str, Any] = {}
    for name, plan in output.fields.items():
        many = output.spec.field(name).kind is Kind.texts
        values[name] = (
            _lines(mapping, name, plan, group, faults)
            if isinstance(plan, Lines)
            else _agreed(mapping, name, plan, group, faults, many)
        )
    extra = {name: _agreed(mapping, name, plan, group, faults, False) for name, plan in output.extra.items()}
    record = None if faults.found else _read(output, values, group, faults, out)
    if record is not None:
        named = {**extra, **{name.removesuffix("_"): getattr(record, name) for name in output.fields}}
        new = _record_id(output, named, group[0], faults)
        if new is not None:
            corrects = output.supersedes
            old = None if corrects is None or corrects.missing(named) else corrects.fill(named)
            event = mapping.goods.to_event(record, id=new, supersedes=old)
            out.records.append(MappedRecord(output.step, new, event, group[0].number, group[0].place))
            return
    out.bad.append(BadRows(tuple(row.shown for row in group), tuple(faults.found)))


def _read(output: Output, values: dict[str, Any], group: list[Row], faults: _Faults, out: Mapped) -> Record | None:
    """The values read as the declared type, with every fault and note led back to its row and column."""
    reading = read(output.spec, values)
    for fault in reading.faults:
        row, source = _traced(output, fault.path, group)
        faults.add(row, _neutral(fault.path), source, fault.code, fault.words)
    for note in reading.notes:
        row, source = _traced(output, note.path, group)
        name = _neutral(note.path)
        out.notes.append(RowFault(row.number, row.place, output.step, name, source, note.code, note.words))
    return reading.record if isinstance(reading.record, Record) else None


def _record_id(output: Output, named: dict[str, Any], first: Row, faults: _Faults) -> str | None:
    for name in output.record_id.missing(named):
        zh, en = f"记录编号需要“{name}”，这里没有。", f"The record id needs “{name}”, which is not there."
        faults.add(first, name, "", "record_id", Words(zh, en))
    new = None if faults.found else output.record_id.fill(named)
    if new is not None and len(new) > LONGEST:
        words = Words(f"记录编号超过 {LONGEST} 个字。", f"The record id is longer than {LONGEST} characters.")
        faults.add(first, "record_id", "", "too_long", words)
        return None
    return new


def _agreed(mapping: Mapping, name: str, plan: Value, group: list[Row], faults: _Faults, many: bool) -> Any:
    """A value that all rows of a group must give alike."""
    first = faults.value(group[0], name, plan, group[0].node, mapping.empties, many)
    for row in group[1:]:
        other = faults.value(row, name, plan, row.node, mapping.empties, many)
        if other != first:
            place = group[0].place
            zh, en = f"与 {place} 不一致，但它们是同一条记录。", f"Differs from {place}, yet they are one record."
            faults.add(row, name, plan.source, "differs", Words(zh, en))
    return first


def _lines(mapping: Mapping, name: str, plan: Lines, group: list[Row], faults: _Faults) -> list[Any]:
    """The lines of a list field: rows within the row, or one line from each row of the group."""
    found: list[Any] = []
    for row in group:
        nodes = [row.node] if plan.rows is None else plan.rows(row.node)
        for node in nodes:
            where = f"{name}[{len(found)}]"
            if "" in plan.fields:
                found += faults.value(row, where, plan.fields[""], node, mapping.empties, many=True) or []
                continue
            line = {n: faults.value(row, f"{where}.{n}", v, node, mapping.empties) for n, v in plan.fields.items()}
            found.append({n: v for n, v in line.items() if v is not None})
    return found


def _traced(output: Output, path: str, group: list[Row]) -> tuple[Row, str]:
    """From a field of the step back to the row and the partner's column."""
    head, _, inner = path.partition("[")
    plan = output.fields.get(head)
    if isinstance(plan, Value):
        return group[0], plan.source
    if plan is None or not inner:
        return group[0], ""
    index, _, tail = inner.partition("]")
    row = group[int(index)] if plan.rows is None and int(index) < len(group) else group[0]
    value = plan.fields.get(tail.lstrip("."), plan.fields.get(""))
    return row, "" if value is None else value.source


def _neutral(path: str) -> str:
    head = path.partition("[")[0]
    return head.removesuffix("_") + path[len(head) :]


def _complete(mapping: Mapping, whole: Any, csv_rows: Sequence[Row] | None, out: Mapped) -> None:
    """How far the file says that it is complete: the latest of its values, less the lag."""
    stated = mapping.completeness
    if stated is None or stated.value is None:
        return
    nodes = [whole] if csv_rows is None else [row.node for row in csv_rows if not isinstance(row.node, Words)]
    times: list[int] = []
    for node in nodes:
        try:
            times += [instant(v) for v in stated.value.all(node, mapping.empties) if isinstance(v, datetime)]
        except CellFault as wrong:
            out.notes.append(RowFault(0, "", "", "completeness", wrong.source, wrong.code, wrong.words))
            return
    if times:
        out.complete_before = max(times) - stated.lag_minutes * MINUTE
    else:
        words = Words("文件没有写明完整到何时。", "The file does not say how far it is complete.")
        out.notes.append(RowFault(0, "", "", "completeness", stated.value.source, "missing", words))


def shown_body(mapping: Mapping, bad: BadRows) -> bytes:
    """Faulty rows as they lie in quarantine: the mapping, the rows as they came, where they stood."""
    places = list(dict.fromkeys(fault.place for fault in bad.faults))
    return msgspec.json.encode({"mapping": mapping.id, "places": places, "rows": list(bad.shown)})
