"""Records as this organisation stated them: one by its outward id, or the last of a type, read back from its bytes."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader
from bihuan.base.declare import Record, TypeSpec
from bihuan.base.errors import NotFound, Refused
from bihuan.base.ledger import body_of
from bihuan.base.records import RECORD, Registry, fact, record
from bihuan.base.records.envelope import unseal


@dataclass(frozen=True, slots=True)
class Stated:
    """One record of ours with its content."""

    ref: str
    seq: int
    sent: str
    """Its id as we sent it: what a correction names."""
    spec: TypeSpec
    record: Record
    time: int
    received: int
    superseded: bool


def stated(reader: Reader, registry: Registry, party: str, ref: str) -> Stated:
    """Our own record of that outward id; NotFound for another's, Refused when its content was erased."""
    row = reader.one(sa.select(record).where(record.c.ref == ref, record.c.party == party), RECORD)
    return _read(reader, registry, row)


def last_stated(reader: Reader, registry: Registry, party: str, type_name: str) -> Stated | None:
    """Our newest standing record of a type."""
    joined = record.join(fact, fact.c.seq == record.c.seq)
    query = sa.select(record).select_from(joined).where(record.c.party == party, fact.c.type == type_name, fact.c.live)
    row = reader.first(query.order_by(record.c.seq.desc()), RECORD)
    return None if row is None else _read(reader, registry, row)


def _read(reader: Reader, registry: Registry, row: RowMapping) -> Stated:
    body = body_of(reader, row["seq"])
    if body is None:
        raise Refused("这条记录的内容已依法删除。", "The content of this record was erased.")
    envelope, payload = unseal(body)
    steps = registry.read(row["type"], envelope, payload)
    if not steps:
        raise NotFound
    first = steps[0]
    return Stated(
        row["ref"],
        row["seq"],
        row["sent"],
        registry.types[first.type],
        first.record,
        row["time"],
        row["received"],
        row["superseded_by"] is not None,
    )
