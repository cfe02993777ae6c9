"""Names of places and goods that come with a document: kept as an entry of their own, so that they can be derived again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.ledger import NewEntry, append
from bihuan.base.records.envelope import Envelope, seal
from bihuan.base.records.registry import EVENT_SCHEMA
from bihuan.base.records.told_names import TOLD, told_name
from bihuan.protocols.epcis.master_data import Named, goods_class, names_in, names_of_goods

NAMES = "epcis.Names"
"""Ledger type of what a partner calls its places and goods: of its master data only the names, nothing of people."""
_CLASSES = ("quantityList", "outputQuantityList", "childQuantityList")
_EPCS = ("epcList", "outputEPCList", "childEPCs")
Row = tuple[str, str, str, str, int]
_encode = msgspec.json.Encoder(order="deterministic").encode


def keep_names(w: Writer, document: bytes, party: str, door: str) -> None:
    """Keep the names that a document brings, unless this party told the very same before."""
    found = names_in(document)
    known: dict[str, str] = {}
    for start in range(0, len(found), 500):
        ids = [each.id for each in found[start : start + 500]]
        query = sa.select(told_name.c.id, told_name.c.name).where(told_name.c.party == party, told_name.c.id.in_(ids))
        known |= {row["id"]: row["name"] for row in w.rows(query, TOLD)}
    new = [each for each in found if known.get(each.id) != each.name]
    if not new:
        return
    payload = _encode(new)
    given = f"urn:bihuan:names:{hashlib.sha256(payload).hexdigest()}"
    made = Envelope(id=given, party=party, by=w.principal.id, door=door, received=w.now)
    append(w, [NewEntry(NAMES, EVENT_SCHEMA, seal(made, payload))])


def names_of_entry(seq: int, envelope: Envelope, payload: bytes) -> list[Row]:
    """The rows of an entry of names."""
    told = msgspec.json.decode(payload, type=list[Named])
    return [(envelope.party, each.id, each.kind, each.name, seq) for each in told]


def names_of_event(seq: int, envelope: Envelope, event: Mapping[str, Any]) -> list[Row]:
    """The rows of what an event itself calls the goods that it makes: the lots, not their kind."""
    name = names_of_goods(event)
    if not name:
        return []
    ids = [each for member in _EPCS for each in event.get(member) or () if isinstance(each, str)]
    for member in _CLASSES:
        lines = event.get(member)
        ids += [str(line["epcClass"]) for line in lines or () if isinstance(line, Mapping) and "epcClass" in line]
    return [(envelope.party, each, "goods", name, seq) for each in sorted({goods_class(each) for each in ids})]
