"""The check that nobody changed the past: every leaf against its body, the tree against every signed checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.ledger.model import ENTRIES, TREE, checkpoint, entry, node
from bihuan.engines.merkle import (
    Frontier,
    MerkleError,
    commitment,
    decode,
    leaf_hash,
    parse_checkpoint,
    parse_note,
    verify_note,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written: at which entry (None: the whole) and what."""

    seq: int | None
    ref: str
    what: str


def verify(reader: Reader, vkey: str) -> Iterator[Finding]:
    """Walk the ledger once from the first entry; yields what does not hold, the earliest first."""
    notes = reader.rows(sa.select(checkpoint.c.size, checkpoint.c.note).order_by(checkpoint.c.size), TREE)
    edge, expected, last = Frontier(), 0, ""
    for stop in [*notes, None]:
        upto = None if stop is None else int(stop["size"])
        for row in _entries(reader, expected, upto):
            if row["seq"] != expected:
                yield Finding(expected, "", f"entry {expected} is missing; the next one is {row['seq']}")
                return
            fault = _entry_fault(row)
            if fault:
                yield Finding(expected, str(row["ref"]), fault)
            for level, index, value in edge.append(leaf_hash(bytes(row["leaf"]))):
                if level and not _same_node(reader, level, index, value):
                    yield Finding(expected, str(row["ref"]), f"inner node {level}/{index} is not the hash of its leaves")
            expected, last = expected + 1, str(row["ref"])
        if stop is not None and upto is not None:
            fault = _checkpoint_fault(str(stop["note"]), vkey, edge, upto)
            if fault:
                yield Finding(upto - 1 if upto else None, last, fault)


def _entries(reader: Reader, start: int, stop: int | None) -> Iterator[sa.RowMapping]:
    while stop is None or start < stop:
        query = sa.select(entry).where(entry.c.seq >= start).order_by(entry.c.seq).limit(2000)
        if stop is not None:
            query = query.where(entry.c.seq < stop)
        rows = reader.rows(query, ENTRIES)
        if not rows:
            return
        yield from rows
        start = int(rows[-1]["seq"]) + 1


def _entry_fault(row: sa.RowMapping) -> str:
    for name in ("leaf", "salt", "body"):
        if not isinstance(row[name], bytes | memoryview | None):
            return f"the {name} is not kept as bytes any more"
    try:
        leaf = decode(bytes(row["leaf"]))
    except MerkleError as error:
        return f"the leaf cannot be read: {error}"
    if leaf.header.record_id != row["ref"] or leaf.header.type != row["type"]:
        return "id or type beside the leaf is not the one in it"
    if row["body"] is None:
        return "" if row["salt"] is None else "the body is gone but its salt is not: no erasure does that"
    if row["salt"] is None or len(row["salt"]) != 32:
        return "the salt is damaged"
    if commitment(bytes(row["salt"]), bytes(row["body"]), leaf.header.mac_alg) != leaf.commitment:
        return "the body is not the one that was recorded"
    return ""


def _same_node(reader: Reader, level: int, index: int, value: bytes) -> bool:
    kept = reader.scalar(sa.select(node.c.hash).where(node.c.level == level, node.c.index == index), TREE)
    return kept is not None and bytes(kept) == value


def _checkpoint_fault(note: str, vkey: str, edge: Frontier, upto: int) -> str:
    try:
        verify_note(parse_note(note), vkey)
        signed = parse_checkpoint(parse_note(note).text)
    except MerkleError as error:
        return f"checkpoint of size {upto}: {error}"
    if edge.size != signed.size:
        return f"the checkpoint names {signed.size} entries, the ledger has {edge.size} there"
    if edge.root() != signed.root:
        return f"the root of the first {signed.size} entries is not the signed one"
    return ""
