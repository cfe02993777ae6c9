"""The index by which events are found, derived from the ledger's bytes; run again it gives the same rows."""

from __future__ import annotations

import logging

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.records.envelope import Envelope, unseal
from bihuan.base.records.registry import EVENT
from bihuan.base.records.told_names import write_names
from bihuan.gateways.epcis.model import event, event_key
from bihuan.gateways.epcis.names import NAMES, Row, names_of_entry, names_of_event
from bihuan.protocols.epcis import DocumentFault, Event, RawEvent, canonical, read_event
from bihuan.protocols.epcis.document import namespaces_of

log = logging.getLogger("bihuan.epcis")
_EVENT = tuple(column.name for column in event.columns)


def index(w: Writer, first: int, limit: int = 2000) -> None:
    """Write the index of the events among up to `limit` entries from `first` on, and the names that came with them."""
    query = sa.select(entry.c.seq, entry.c.type, entry.c.body).where(entry.c.seq.between(first, first + limit - 1))
    query = query.where(entry.c.type.in_((EVENT, NAMES)))
    events, keys, names = [], [], list[Row]()
    for row in w.rows(query.where(entry.c.body.is_not(None)).order_by(entry.c.seq), ENTRIES):
        seq, (envelope, payload) = int(row["seq"]), unseal(bytes(row["body"]))
        if row["type"] == NAMES:
            names += names_of_entry(seq, envelope, payload)
            continue
        try:
            raw = raw_event(envelope, payload)
            read = read_event(raw)
        except Exception:
            log.exception("entry %s cannot be read as an event: kept, and not found by event queries", seq)
            continue  # one odd event must not stop the derivation of all others
        names += names_of_event(seq, envelope, raw.value)
        known_as = read.event_id or envelope.id
        events.append((seq, known_as, read.type, read.action, read.biz_step, read.disposition, read.event_time))
        keys += [(key, role, seq, sent) for (key, role), sent in sorted(keys_of(read).items())]
    write_names(w, names)
    w.put(event, _EVENT, events, replace=True)
    w.put(event_key, ("key", "role", "seq", "sent"), keys, replace=True)


def raw_event(envelope: Envelope, payload: bytes) -> RawEvent:
    """A kept event as the protocol reads it."""
    value = msgspec.json.decode(payload)  # checked when it was kept: bytes in the ledger never change
    if not isinstance(value, dict):
        raise DocumentFault("not_an_event", "", "不是事件", "the stored bytes are not an event")
    return RawEvent(0, payload, value, {**envelope.context, **namespaces_of(value.get("@context"))})


def keys_of(read: Event) -> dict[tuple[str, str], str]:
    """Every id of an event: canonical form and role, to the id as the event has it."""
    found = [(name, str(role)) for role, name in read.epcs]
    found += [(q.epc_class, f"{q.role}_class") for q in read.quantities]
    if read.read_point:
        found.append((read.read_point, "place"))
    if read.biz_location:
        found.append((read.biz_location, "location"))
    return {(canonical(name), role): name for name, role in reversed(found)}
