"""Reads of the ledger: size, checkpoints, inclusion proofs and receipts."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Reader, meta_table
from bihuan.base.errors import NotFound, Refused
from bihuan.base.ledger.model import ENTRIES, TREE, Witnesses, checkpoint, cosignature_table, entry, node
from bihuan.engines.merkle import NodeReader, decode_witness, inclusion_proof, leaf_hash, make_receipt

WITNESSES = "ledger.witnesses"
"""Under which name the store notes the witnesses that count."""


def size(reader: Reader) -> int:
    """How many entries the ledger has."""
    found = reader.scalar(sa.select(sa.func.max(entry.c.seq)), TREE)
    return 0 if found is None else int(found) + 1


def latest_checkpoint(reader: Reader, covering: int | None = None) -> tuple[int, str]:
    """Size and note of the newest published checkpoint that covers entry `covering`; Refused until there is one."""
    found = published(reader, covering)
    if found is None:
        zh = "这条记录还没有被公布的检查点覆盖，请一分钟后再试。"
        raise Refused(zh, "No published checkpoint covers this record yet; try again in a minute.", code="no_checkpoint")
    return found


def published(reader: Reader, covering: int | None = None) -> tuple[int, str] | None:
    """Size and note, cosignatures added, of the newest checkpoint with enough witnesses; None until there is one.

    `covering`: only one that covers that entry.
    """
    counting = witnesses(reader)
    names = sorted({decode_witness(key).name for key in counting.keys})
    query = sa.select(checkpoint.c.size, checkpoint.c.note).order_by(checkpoint.c.size.desc())
    if covering is not None:
        query = query.where(checkpoint.c.size > covering)
    if counting.quorum:
        c = cosignature_table.c
        enough = (
            sa.select(c.size).where(c.witness.in_(names)).group_by(c.size).having(sa.func.count() >= counting.quorum)
        )
        query = query.where(checkpoint.c.size.in_(enough))
    found = reader.first(query, TREE)
    if found is None:
        return None
    lines = sa.select(cosignature_table.c.line).where(
        cosignature_table.c.size == found["size"], cosignature_table.c.witness.in_(names)
    )
    more = [row["line"] for row in reader.rows(lines.order_by(cosignature_table.c.witness), TREE)]
    return int(found["size"]), str(found["note"]) + "".join(more)


def witnesses(reader: Reader) -> Witnesses:
    """The witnesses that count; none until some are set."""
    found = reader.scalar(sa.select(meta_table.c.value).where(meta_table.c.key == WITNESSES), TREE)
    return Witnesses() if found is None else msgspec.json.decode(str(found), type=Witnesses)


def candidate(reader: Reader) -> str:
    """The newest checkpoint as the ledger signed it, published or not: what witnesses look at; NotFound before the first."""
    note = reader.scalar(sa.select(checkpoint.c.note).order_by(checkpoint.c.size.desc()), TREE)
    if note is None:
        raise NotFound
    return str(note)


def first_checkpoint(reader: Reader, covering: int) -> str | None:
    """The signed note of the first checkpoint that covered entry `covering`; None until one is signed. It never changes."""
    query = sa.select(checkpoint.c.note).where(checkpoint.c.size > covering).order_by(checkpoint.c.size)
    note = reader.scalar(query, TREE)
    return None if note is None else str(note)


def _node(reader: Reader, level: int, index: int) -> bytes:
    if level == 0:
        leaf = reader.scalar(sa.select(entry.c.leaf).where(entry.c.seq == index), TREE)
        if leaf is None:
            raise NotFound
        return leaf_hash(bytes(leaf))
    found = reader.scalar(sa.select(node.c.hash).where(node.c.level == level, node.c.index == index), TREE)
    if found is None:
        raise NotFound
    return bytes(found)


def node_hashes(reader: Reader) -> NodeReader:
    """A reader of the tree's complete nodes, by level and index; NotFound for one that is not there."""
    return lambda level, index: _node(reader, level, index)


def inclusion(reader: Reader, seq: int, tree_size: int) -> list[bytes]:
    """The hashes that lead from entry `seq` to the root of the first `tree_size` entries."""
    return inclusion_proof(node_hashes(reader), seq, tree_size)


def body_of(reader: Reader, seq: int) -> bytes | None:
    """The body of an entry; None once erased. The caller has checked the scope of the record."""
    found = reader.first(sa.select(entry.c.body).where(entry.c.seq == seq), ENTRIES)
    if found is None:
        raise NotFound
    return None if found["body"] is None else bytes(found["body"])


def receipt(reader: Reader, seq: int, *, with_body: bool) -> bytes:
    """The offline receipt of an entry under the newest checkpoint, with or without what opens its body."""
    tree_size, note = latest_checkpoint(reader, seq)
    query = sa.select(entry.c.leaf, entry.c.salt, entry.c.body).where(entry.c.seq == seq)
    row = reader.one(query, ENTRIES)
    proof = inclusion(reader, seq, tree_size)
    opened = with_body and row["body"] is not None
    return make_receipt(
        seq, proof, note, bytes(row["leaf"]), bytes(row["salt"]) if opened else None, bytes(row["body"]) if opened else None
    )
