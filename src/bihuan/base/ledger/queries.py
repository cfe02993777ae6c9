"""Reads of the ledger: size, checkpoints, inclusion proofs and receipts."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.errors import NotFound, Refused
from bihuan.base.ledger.model import ENTRIES, TREE, checkpoint, entry, node
from bihuan.engines.merkle import inclusion_proof, leaf_hash, make_receipt


def size(reader: Reader) -> int:
    """How many entries the ledger has."""
    found = reader.scalar(sa.select(sa.func.max(entry.c.seq)), TREE)
    return 0 if found is None else int(found) + 1


def latest_checkpoint(reader: Reader, covering: int | None = None) -> tuple[int, str]:
    """Size and signed note of the newest checkpoint that covers entry `covering`; Refused until one is signed."""
    query = sa.select(checkpoint.c.size, checkpoint.c.note).order_by(checkpoint.c.size.desc())
    found = reader.first(query, TREE)
    if found is None or (covering is not None and found["size"] <= covering):
        zh = "这条记录还没有被签名的检查点覆盖，请一分钟后再试。"
        raise Refused(zh, "No signed checkpoint covers this record yet; try again in a minute.", code="no_checkpoint")
    return int(found["size"]), str(found["note"])


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


def inclusion(reader: Reader, seq: int, tree_size: int) -> list[bytes]:
    """The hashes that lead from entry `seq` to the root of the first `tree_size` entries."""
    return inclusion_proof(lambda level, index: _node(reader, level, index), seq, tree_size)


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
