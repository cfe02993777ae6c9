"""Writes of the ledger: append entries inside the caller's transaction, sign a checkpoint, erase a body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.clock import new_id
from bihuan.base.db import Open, Reader, Writer, meta_table
from bihuan.base.errors import StoreFault
from bihuan.base.ledger.keys import SigningKey
from bihuan.base.ledger.model import TREE, checkpoint, entry, node
from bihuan.engines.merkle import (
    Frontier,
    Header,
    checkpoint_text,
    commitment,
    encode,
    leaf_hash,
    origin_line,
    sign_note,
)

_FRONTIER, _ORIGIN, _EPOCH = "ledger.frontier", "ledger.origin", "ledger.epoch"
_SETTINGS = Open("the store's own settings hold nothing of anybody")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One record to append: its declared type, that type's schema hash (hex) and its exact body."""

    type: str
    schema_hash: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Event: entries `first` to `last` (both included) are durable."""

    first: int
    last: int


def begin(w: Writer, origin: str, epoch: int = 1) -> None:
    """Give a new ledger its origin (the city's name for it) and epoch; a ledger that has them keeps them."""
    if _setting(w, _ORIGIN) is None:
        rows = [{"key": _ORIGIN, "value": origin}, {"key": _EPOCH, "value": str(epoch)}]
        w.insert(meta_table, rows)


def origin_of(reader: Reader) -> tuple[str, int]:
    """Origin and epoch of this store's ledger; StoreFault before `begin`."""
    origin, epoch = _setting(reader, _ORIGIN), _setting(reader, _EPOCH)
    if origin is None or epoch is None:
        raise StoreFault("账本尚未建立。", "The ledger has no origin yet.")
    return origin, int(epoch)


def append(w: Writer, entries: Sequence[NewEntry]) -> list[tuple[int, str]]:
    """Append entries in this transaction; gives (sequence number, random outward id) of each."""
    origin, epoch = origin_of(w)
    edge = frontier(w)
    first, now = edge.size, w.now
    rows, hashes, given = [], [], []
    for seq, new in enumerate(entries, first):
        ref, salt = new_id(w.chance, octets=12), w.chance.token(32)
        header = Header(new.type, bytes.fromhex(new.schema_hash), ref, now, origin, epoch)
        leaf = encode(header, commitment(salt, new.body))
        rows.append((seq, ref, new.type, leaf, salt, new.body))
        hashes.append(leaf_hash(leaf))
        given.append((seq, ref))
    created = edge.extend(hashes)
    w.put(entry, ("seq", "ref", "type", "leaf", "salt", "body"), rows)
    w.put(node, ("level", "index", "hash"), [inner for inner in created if inner[0] > 0])
    w.upsert(meta_table, {"key": _FRONTIER, "value": edge.dump().hex()})
    if given:
        w.emit(Appended(first, edge.size - 1))
    return given


def sign_checkpoint(w: Writer, key: SigningKey) -> str:
    """Sign size and root as they stand; the note is kept, and the same size is signed only once."""
    edge = frontier(w)
    query = sa.select(checkpoint.c.note).where(checkpoint.c.size == edge.size)
    kept = w.scalar(query, TREE)
    if kept is not None:
        return str(kept)
    text = checkpoint_text(origin_line(*origin_of(w)), edge.size, edge.root())
    note = sign_note(text, key.name, key.private)
    w.insert(checkpoint, {"size": edge.size, "note": note, "made": w.now})
    return note


def frontier(w: Writer) -> Frontier:
    """The right edge of the tree as this transaction sees it."""
    kept = _setting(w, _FRONTIER)
    return Frontier() if kept is None else Frontier.load(bytes.fromhex(kept))


def erase(w: Writer, seq: int) -> None:
    """Destroy the salt and body of an entry; leaf, tree and proofs stand. The erasure itself is recorded by `records`."""
    w.write(sa.update(entry).where(entry.c.seq == seq).values(salt=None, body=None))
    w.scrub()


def _setting(reader: Reader, name: str) -> str | None:
    found = reader.scalar(sa.select(meta_table.c.value).where(meta_table.c.key == name), _SETTINGS)
    return None if found is None else str(found)
