"""The index by which events are found, derived from the ledger's bytes; run again it gives the same rows."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.records.envelope import Envelope, unseal
from bihuan.base.records.registry import EVENT
from bihuan.gateways.epcis.model import event, event_key
from bihuan.protocols.epcis import DocumentFault, Event, RawEvent, canonical, read_event
from bihuan.protocols.epcis.document import namespaces_of

_EVENT = tuple(column.name for column in event.columns)


def index(w: Writer, first: int, limit: int = 2000) -> int | None:
    """Write the index of up to `limit` entries from `first` on; the last number seen, None when there is none."""
    query = sa.select(entry.c.seq, entry.c.type, entry.c.body).where(entry.c.seq >= first).order_by(entry.c.seq)
    found = w.rows(query.limit(limit), ENTRIES)
    if not found:
        return None
    events, keys = [], []
    for row in found:
        if row["type"] != EVENT or row["body"] is None:
            continue
        seq, read = int(row["seq"]), _event(bytes(row["body"]))
        events.append((seq, read.event_id, read.type, read.action, read.biz_step, read.disposition, read.event_time))
        keys += [(key, role, seq) for key, role in sorted(keys_of(read))]
    w.put(event, _EVENT, events, replace=True)
    w.put(event_key, ("key", "role", "seq"), keys, replace=True)
    return int(found[-1]["seq"])


def raw_event(envelope: Envelope, payload: bytes) -> RawEvent:
    """A kept event as the protocol reads it."""
    value = msgspec.json.decode(payload)  # checked when it was kept: bytes in the ledger never change
    if not isinstance(value, dict):
        raise DocumentFault("not_an_event", "", "不是事件", "the stored bytes are not an event")
    return RawEvent(0, payload, value, {**envelope.context, **namespaces_of(value.get("@context"))})


def _event(body: bytes) -> Event:
    envelope, payload = unseal(body)
    return read_event(raw_event(envelope, payload))


def keys_of(read: Event) -> set[tuple[str, str]]:
    """Every id of an event with its role, in canonical form."""
    found: set[tuple[str, str]] = {(canonical(name), str(role)) for role, name in read.epcs}
    found |= {(canonical(q.epc_class), f"{q.role}_class") for q in read.quantities}
    if read.read_point:
        found.add((canonical(read.read_point), "place"))
    if read.biz_location:
        found.add((canonical(read.biz_location), "location"))
    return found
