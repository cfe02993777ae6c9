"""From bytes to rows: what an entry's body says, written to the derived tables; run again it gives the same rows."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, Writer, area_tag, meta_table, party_tag
from bihuan.base.errors import Invalid
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.records.envelope import Envelope, unseal
from bihuan.base.records.evidence import files_in, show_files
from bihuan.base.records.model import DERIVED, fact, fact_key, record, replacement, to_plain, typed_table
from bihuan.base.records.registry import Registry, StepRead, areas_of
from bihuan.base.records.signatures import record_signature, unbind

log = logging.getLogger("bihuan.records")
_RECORD = tuple(column.name for column in record.columns)
_OLDER, _NEWER = record.alias("older"), record.alias("newer")
_PAIRS = sa.select(_OLDER.c.seq.label("older"), _NEWER.c.seq.label("newer"), _NEWER.c.ref).select_from(
    _NEWER.join(_OLDER, sa.and_(_NEWER.c.supersedes == _OLDER.c.sent, _NEWER.c.party == _OLDER.c.party))
)


_CURSOR, _HOW_FAR = "cursor.rows", Open("how far the derivation has come")


@dataclass(frozen=True, slots=True)
class Derived:
    """Event: rows of entries are there; `keys` are all keys under which rules may now find something new."""

    keys: frozenset[str]
    last: int


def derive(w: Writer, registry: Registry, first: int, limit: int = 2000) -> Derived | None:
    """Write the rows of up to `limit` entries from `first` on; None when there is none."""
    query = sa.select(entry).where(entry.c.seq >= first).order_by(entry.c.seq).limit(limit)
    entries = w.rows(query, ENTRIES)
    if not entries:
        return None
    rows: dict[sa.Table, list[dict[str, Any]]] = defaultdict(list)
    flat: dict[sa.Table, list[tuple[Any, ...]]] = defaultdict(list)
    records: list[tuple[Any, ...]] = []
    keys: dict[int, set[str]] = {}
    tagged: dict[frozenset[str], list[str]] = defaultdict(list)
    read: list[tuple[sa.RowMapping, Envelope, list[StepRead], str]] = []
    for row in entries:
        if row["body"] is None:
            continue  # erased: the leaf stands as a tombstone, there is nothing to derive
        envelope, payload = unseal(bytes(row["body"]))
        steps = _steps(registry, row["type"], envelope, payload)
        read.append((row, envelope, steps, steps[0].id if steps else envelope.id))
    holders = _Holders(w, [sent for *_, sent in read])
    for row, envelope, steps, sent in read:
        seq = int(row["seq"])
        supersedes = envelope.supersedes or next((s.supersedes for s in steps if s.supersedes), None)
        records.append(
            (seq, row["ref"], holders.name(sent, envelope.party), sent, envelope.party, envelope.by, row["type"],
             envelope.door, min((s.time for s in steps), default=envelope.received), envelope.received, supersedes, None)
        )  # fmt: skip
        keys[seq] = _write_steps(registry, flat, seq, steps)
        if envelope.signature is not None and steps:
            rows[record_signature].append({"seq": seq, "type": row["type"], **msgspec.structs.asdict(envelope.signature)})
        rows[replacement] += [
            {"party": envelope.party, "sent": step.corrected_by[0], "original": step.supersedes, "declared": step.id, "seq": seq}
            for step in steps
            if step.corrected_by
        ]  # of several only one can stand in the place of the original; the others stand by themselves
        tags = _tags(registry, envelope, steps)
        tagged[tags].append(str(row["ref"]))
        for step in steps:
            if step.type in registry.with_files:
                shown = [text for _, text in files_in(registry.types[step.type], step.record)]
                show_files(w, envelope.party, shown, tags)
    w.put(record, _RECORD, records, replace=True)
    for table, tuples in flat.items():
        w.put(table, tuple(table.columns.keys()), tuples, replace=True)
    for table, values in rows.items():
        w.upsert(table, values)
    for tags, refs in tagged.items():
        w.tag_many("record", refs, tags)
    first_seq, last_seq = int(entries[0]["seq"]), int(entries[-1]["seq"])
    replaced = _replace(w, first_seq, last_seq)
    unbind(w, first_seq, last_seq)
    _spread(w, sorted({int(row["seq"]) for row in entries} | replaced), keys)
    spread = [(key, seq) for seq, found in keys.items() for key in sorted(found)]
    w.put(fact_key, ("key", "seq"), spread, replace=True)
    happened = Derived(frozenset(key for found in keys.values() for key in found), last_seq)
    w.emit(happened)
    return happened


def _steps(registry: Registry, type_name: str, envelope: Envelope, payload: bytes) -> list[StepRead]:
    try:
        return registry.read(type_name, envelope, payload)
    except Invalid:
        return []  # the door kept it with a warning; it is shown as it came, and no rule sees it
    except (ArithmeticError, LookupError, TypeError, ValueError):
        log.exception("record %s of %s cannot be read: it is shown as it came, and no rule sees it", envelope.id, envelope.party)
        return []


def _write_steps(
    registry: Registry, rows: dict[sa.Table, list[tuple[Any, ...]]], seq: int, steps: Sequence[StepRead]
) -> set[str]:
    found: set[str] = set()
    for n, step in enumerate(steps):
        spec = registry.types[step.type]
        rows[fact].append((seq, n, step.type, step.step, step.time, True))
        columns = [to_plain(f, getattr(step.record, f.name)) for f in spec.fields]
        rows[typed_table(spec)].append((seq, n, *columns))
        found |= registry.keys_of(step)
    return found


def _tags(registry: Registry, envelope: Envelope, steps: Sequence[StepRead]) -> frozenset[str]:
    tags = set(envelope.tags)
    if envelope.party:
        tags.add(party_tag(envelope.party))
    for step in steps:
        line = registry.line_of(step.type)
        tags |= {area_tag(line, area) for area in areas_of(registry.types[step.type], step.record)}
    return frozenset(tags)


def _replace(w: Writer, first: int, last: int) -> set[int]:
    """Put corrective records that an error declaration names in the place of the original, whichever came first.

    They then correct the declaration itself, so that one of them stands and not the empty place. The numbers of those
    that were put there.
    """
    query = sa.select(record.c.seq, replacement.c.declared).join(
        replacement, sa.and_(replacement.c.party == record.c.party, replacement.c.sent == record.c.sent)
    )
    query = query.where(sa.or_(record.c.supersedes.is_(None), record.c.supersedes == replacement.c.original))
    query = query.where(record.c.seq.not_in(sa.select(record_signature.c.seq)))  # what was signed stands as it was signed
    found: dict[int, str] = {}
    for side in (record.c.seq, replacement.c.seq):
        for row in w.rows(query.where(side.between(first, last)), DERIVED):
            found[int(row["seq"])] = str(row["declared"])
    for seq, declared in found.items():
        w.write(sa.update(record).where(record.c.seq == seq).values(supersedes=declared))
    return set(found)


def _spread(w: Writer, seqs: Sequence[int], keys: dict[int, set[str]]) -> None:
    """A record and its corrections stand under the keys of each of them, whichever came first."""
    pairs: dict[tuple[int, int], str] = {}
    front = set(seqs)
    while front:
        found = {(int(r["older"]), int(r["newer"])): str(r["ref"]) for r in _pairs_at(w, sorted(front))}
        front = {seq for link in found.keys() - pairs.keys() for seq in link} - front
        pairs |= found
    changed = bool(pairs)
    while changed:
        changed = False
        for old, new in pairs:
            both = _keys_at(w, keys, old) | _keys_at(w, keys, new)
            if both != keys[old] or both != keys[new]:
                keys[old], keys[new], changed = set(both), set(both), True
    for (old, _), ref in pairs.items():
        w.write(sa.update(record).where(record.c.seq == old).values(superseded_by=ref))
        w.write(sa.update(fact).where(fact.c.seq == old).values(live=False))


def _pairs_at(w: Writer, seqs: Sequence[int]) -> Iterator[sa.RowMapping]:
    """Corrections of and by these entries; asked one side at a time, so that each question finds its index."""
    whole = len(seqs) == seqs[-1] - seqs[0] + 1
    for side in (_NEWER.c.seq, _OLDER.c.seq):
        yield from w.rows(_PAIRS.where(side.between(seqs[0], seqs[-1]) if whole else side.in_(seqs)), DERIVED)


class _Holders:
    """Which party used an id first: another party's record of the same id gets its own name."""

    def __init__(self, w: Writer, sent: Iterable[str]) -> None:
        self._known: dict[str, str] = {}
        wanted = sorted(set(sent))
        for start in range(0, len(wanted), 500):
            query = sa.select(record.c.sent, record.c.party).where(record.c.sent.in_(wanted[start : start + 500]))
            for row in w.rows(query.order_by(record.c.seq), DERIVED):
                self._known.setdefault(row["sent"], row["party"])

    def name(self, sent: str, party: str) -> str:
        """The id under which a party's record stands; the first to come with an id holds it."""
        return sent if self._known.setdefault(sent, party) == party else f"{sent}@{party}"


def _keys_at(w: Writer, keys: dict[int, set[str]], seq: int) -> set[str]:
    if seq not in keys:
        keys[seq] = {row["key"] for row in w.rows(sa.select(fact_key.c.key).where(fact_key.c.seq == seq), DERIVED)}
    return keys[seq]


def next_entry(w: Writer) -> int:
    """The first entry of the ledger whose rows are not there yet."""
    found = w.scalar(sa.select(meta_table.c.value).where(meta_table.c.key == _CURSOR), _HOW_FAR)
    return 0 if found is None else int(found)


def set_next_entry(w: Writer, seq: int) -> None:
    """Note, with the rows themselves, how far they have come."""
    w.upsert(meta_table, {"key": _CURSOR, "value": str(seq)})
