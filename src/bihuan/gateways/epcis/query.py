"""Queries: candidates from the index, decided by the protocol's own meaning, a page at a time within scope."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Reader
from bihuan.base.errors import NotFound
from bihuan.base.ledger import body_of
from bihuan.base.records import RECORD, record
from bihuan.base.records.envelope import unseal
from bihuan.gateways.epcis.index import raw_event
from bihuan.gateways.epcis.model import event, event_key
from bihuan.protocols.epcis import Query, QueryFault, canonical, read_event

_COLUMNS = {
    "eventType": event.c.type,
    "EQ_action": event.c.action,
    "EQ_bizStep": event.c.biz_step,
    "EQ_disposition": event.c.disposition,
}
_KEYS: dict[str, tuple[str, ...]] = {
    "MATCH_epc": ("epc", "child"),
    "MATCH_parentID": ("parent",),
    "MATCH_inputEPC": ("input",),
    "MATCH_outputEPC": ("output",),
    "MATCH_anyEPC": ("epc", "child", "parent", "input", "output"),
    "MATCH_epcClass": ("epc_class", "child_class"),
    "MATCH_inputEPCClass": ("input_class",),
    "MATCH_outputEPCClass": ("output_class",),
    "MATCH_anyEPCClass": ("epc_class", "child_class", "input_class", "output_class"),
    "EQ_readPoint": ("place",),
    "EQ_bizLocation": ("location",),
}
"""Parameters that the index narrows when no pattern is asked; all others are decided on the event itself."""


class Cursor(msgspec.Struct, array_like=True):
    """Where the next page begins: order value and ledger number of the last event shown."""

    at: int
    seq: int
    given: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page: events with their prefixes, and the token of the next page if there is one."""

    events: list[tuple[bytes, Mapping[str, str]]]
    next_token: str | None


def sign_token(secret: bytes, cursor: Cursor, principal: str, asked: str) -> str:
    """A page token that only this principal can use, and only for this question."""
    body = msgspec.json.encode(cursor)
    mac = hmac.digest(secret, body + f"\n{principal}\n{asked}".encode(), hashlib.sha256)[:12]
    return (body + mac).hex()


def read_token(secret: bytes, token: str, principal: str, asked: str) -> Cursor:
    """The cursor in a token; QueryFault when it is another's, for another question, or damaged."""
    fault = QueryFault("nextPageToken", "翻页标记无效，请重新查询", "is not valid for this query; ask anew")
    try:
        data = bytes.fromhex(token)
        cursor = msgspec.json.decode(data[:-12], type=Cursor)
    except (ValueError, msgspec.MsgspecError) as wrong:
        raise fault from wrong
    if not hmac.compare_digest(sign_token(secret, cursor, principal, asked), token):
        raise fault
    return cursor


def find(reader: Reader, asked: Query, secret: bytes, question: str) -> EventPage:
    """The page of events that answers a query, within the principal's scope."""
    order = record.c.received if asked.order_by == "recordTime" else event.c.time
    start = None
    if asked.next_page_token is not None:
        start = read_token(secret, asked.next_page_token, reader.principal.id, question)
    base = _candidates(asked, order)
    most = asked.event_count_limit
    shown = start.given if start else 0
    found: list[tuple[bytes, Mapping[str, str]]] = []
    last = start
    while True:
        rows = reader.rows(_from(base, order, last, asked.descending).limit(200), RECORD)
        for row in rows:
            if most is not None and shown >= most:
                return EventPage(found, None)
            body = body_of(reader, row["seq"])
            here = Cursor(int(row["at"]), int(row["seq"]), shown)
            if body is None:
                last = here
                continue
            envelope, payload = unseal(body)
            raw = raw_event(envelope, payload)
            if asked.matches(msgspec.structs.replace(read_event(raw), record_time=envelope.received)):
                if len(found) == asked.per_page and last is not None:
                    return EventPage(found, sign_token(secret, last, reader.principal.id, question))
                found.append((payload, raw.namespaces))
                shown += 1
                here.given = shown
            last = here
        if len(rows) < 200:
            return EventPage(found, None)


def event_by_id(reader: Reader, event_id: str) -> tuple[bytes, Mapping[str, str]]:
    """The event of that id within scope; NotFound alike when hidden or unknown."""
    query = sa.select(record.c.seq).join(event, event.c.seq == record.c.seq).where(event.c.event_id == event_id)
    row = reader.one(query.order_by(record.c.seq), RECORD)
    body = body_of(reader, row["seq"])
    if body is None:
        raise NotFound
    envelope, payload = unseal(body)
    return payload, raw_event(envelope, payload).namespaces


def seen_values(reader: Reader, column: str) -> list[str]:
    """The values of a column that occur within scope, e.g. all bizSteps."""
    target = event.c[column]
    query = sa.select(target).join(record, record.c.seq == event.c.seq).where(target.is_not(None)).distinct()
    return sorted(row[column] for row in reader.rows(query.order_by(target), RECORD))


def seen_keys(reader: Reader, roles: tuple[str, ...], limit: int = 1000) -> list[str]:
    """The ids that occur in these roles within scope."""
    query = sa.select(event_key.c.key).join(record, record.c.seq == event_key.c.seq)
    query = query.where(event_key.c.role.in_(roles)).distinct().order_by(event_key.c.key).limit(limit)
    return [row["key"] for row in reader.rows(query, RECORD)]


def _candidates(asked: Query, order: sa.ColumnElement[Any]) -> sa.Select[Any]:
    query = sa.select(event.c.seq, order.label("at")).join(record, record.c.seq == event.c.seq)
    for name, values in asked.values.items():
        if name in _COLUMNS:
            query = query.where(_COLUMNS[name].in_(values))
        elif name == "GE_eventTime":
            query = query.where(event.c.time >= values[0])
        elif name == "LT_eventTime":
            query = query.where(event.c.time < values[0])
        elif name == "EQ_eventID":
            query = query.where(event.c.event_id.in_(values))
        elif name in _KEYS and not any("*" in str(value) for value in values):
            keys = [canonical(str(value)) for value in values]
            match = sa.select(event_key.c.seq).where(event_key.c.key.in_(keys), event_key.c.role.in_(_KEYS[name]))
            query = query.where(event.c.seq.in_(match))
    return query


def _from(query: sa.Select[Any], order: sa.ColumnElement[Any], last: Cursor | None, descending: bool) -> sa.Select[Any]:
    place = sa.tuple_(order, event.c.seq)
    if last is not None:
        bound = sa.tuple_(sa.literal(last.at), sa.literal(last.seq))
        query = query.where(place < bound if descending else place > bound)
    return query.order_by(order.desc(), event.c.seq.desc()) if descending else query.order_by(order, event.c.seq)
