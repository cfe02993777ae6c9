"""Queries: candidates from the index, decided by the protocol's own meaning, a page at a time within scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.clock import HOUR
from bihuan.base.db import Reader
from bihuan.base.errors import Invalid, NotFound, TooLarge
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.records import RECORD, record
from bihuan.base.records.envelope import unseal
from bihuan.gateways.epcis.index import raw_event
from bihuan.gateways.epcis.model import event, event_key
from bihuan.gateways.paging import place_of, token_after
from bihuan.protocols.epcis import Query, QueryFault, canonical, read_event
from bihuan.protocols.epcis.vocabulary import bare

TOKEN_LIVES = 24 * HOUR
LARGEST_PAGE = 1000
SCANNED = 10_000
"""Most events looked at for one page; then the page ends early and its token goes on from there."""
_SLICE = 200

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

Found = tuple[bytes, Mapping[str, str]]
"""An event's bytes and the prefixes in force for it."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page: events with their prefixes, and the token of the next page if there is one."""

    events: list[Found]
    next_token: str | None


class _At(msgspec.Struct, frozen=True):
    """A place in the order of the answer: order value and ledger number."""

    at: int
    seq: int


def page_token(reader: Reader, secret: bytes, place: Sequence[int | str | None], question: str) -> str:
    """A token for the page after a place: for this principal and question only, and for a day."""
    return token_after(secret, [reader.now + TOKEN_LIVES, *place], f"{reader.principal.id}\n{question}")


def page_start(reader: Reader, secret: bytes, token: str, question: str) -> list[Any]:
    """The place that a token stands for; QueryFault when it is another's, for another question, old or damaged."""
    fault = QueryFault("nextPageToken", "翻页标记无效或已过期，请重新查询", "is not valid for this query or has expired; ask anew")
    try:
        until, *place = place_of(secret, token, f"{reader.principal.id}\n{question}")
    except Invalid as wrong:
        raise fault from wrong
    if not isinstance(until, int) or until < reader.now:
        raise fault
    return place


def find(reader: Reader, asked: Query, secret: bytes, question: str) -> EventPage:
    """The page of events that answers a query, within the principal's scope.

    TooLarge when more events match than `maxEventCount`.
    """
    size, most = min(asked.per_page, LARGEST_PAGE), asked.event_count_limit
    last, shown = None, 0
    if asked.next_page_token is not None:
        at, seq, shown = page_start(reader, secret, asked.next_page_token, question)
        last = _At(at, seq)
    elif asked.max_event_count is not None:
        _check_count(reader, asked)
    page: list[Found] = []
    for looked, (here, found) in enumerate(_ordered(reader, asked, last)):
        if most is not None and shown >= most:
            return EventPage(page, None)
        if last is not None and (looked >= SCANNED or (found is not None and len(page) == size)):
            return EventPage(page, page_token(reader, secret, [last.at, last.seq, shown], question))
        if found is not None:
            page.append(found)
            shown += 1
        last = here
    return EventPage(page, None)


def _check_count(reader: Reader, asked: Query) -> None:
    n = 0
    for looked, (_, found) in enumerate(_ordered(reader, asked, None)):
        n += found is not None
        if asked.max_event_count is not None and n > asked.max_event_count:
            zh = f"结果多于 maxEventCount（{asked.max_event_count}），请缩小范围。"
            raise TooLarge(zh, f"More than {asked.max_event_count} events (maxEventCount); ask for less.", code="query_too_large")
        if looked >= 10 * SCANNED:
            zh = "要查看的事件过多，请用时间或标识缩小范围。"
            raise TooLarge(zh, "Too many events to look at; narrow it by time or id.", code="query_too_complex")


def _ordered(reader: Reader, asked: Query, last: _At | None) -> Iterator[tuple[_At, Found | None]]:
    """Candidates in the order asked for, each with the event if it answers the query."""
    order = record.c.received if asked.order_by == "recordTime" else event.c.time
    base = _candidates(asked, order)
    while True:
        rows = reader.rows(_from(base, order, last, asked.descending).limit(_SLICE), RECORD)
        bodies = _bodies(reader, [row["seq"] for row in rows])
        for row in rows:
            last = _At(int(row["at"]), int(row["seq"]))
            body = bodies.get(last.seq)
            yield last, None if body is None else _answering(asked, body)
        if len(rows) < _SLICE:
            return


def _answering(asked: Query, body: bytes) -> Found | None:
    envelope, payload = unseal(body)
    raw = raw_event(envelope, payload)
    read = msgspec.structs.replace(read_event(raw), record_time=envelope.received)
    return (payload, raw.namespaces) if asked.matches(read) else None


def _bodies(reader: Reader, seqs: Sequence[int]) -> dict[int, bytes]:
    """Bodies of entries found within scope; what was erased is left out."""
    query = sa.select(entry.c.seq, entry.c.body).where(entry.c.seq.in_(seqs), entry.c.body.is_not(None))
    return {int(row["seq"]): bytes(row["body"]) for row in reader.rows(query, ENTRIES)} if seqs else {}


def events_by_id(reader: Reader, event_id: str) -> list[Found]:
    """The events of that id within scope, one's own first (with an error declaration there are two of them).

    NotFound alike when hidden or unknown.
    """
    query = sa.select(record.c.seq).join(event, event.c.seq == record.c.seq).where(event.c.event_id == event_id)
    own = sa.case((record.c.party == (reader.principal.party or ""), 0), else_=1)
    seqs = [int(row["seq"]) for row in reader.rows(query.order_by(own, record.c.seq).limit(LARGEST_PAGE), RECORD)]
    bodies = _bodies(reader, seqs)
    found: list[Found] = []
    for seq in seqs:
        if seq in bodies:
            envelope, payload = unseal(bodies[seq])
            found.append((payload, raw_event(envelope, payload).namespaces))
    if not found:
        raise NotFound
    return found


def seen_values(reader: Reader, column: str, after: str, limit: int) -> list[str]:
    """The values of a column that occur within scope, e.g. all bizSteps, in order."""
    target = event.c[column]
    query = sa.select(target).join(record, record.c.seq == event.c.seq).where(target > after).distinct()
    return [str(row[column]) for row in reader.rows(query.order_by(target).limit(limit), RECORD)]


def seen_ids(reader: Reader, roles: tuple[str, ...], after: str, limit: int) -> list[str]:
    """The ids that occur in these roles within scope, as they were sent, in order."""
    query = sa.select(event_key.c.sent).join(record, record.c.seq == event_key.c.seq)
    query = query.where(event_key.c.role.in_(roles), event_key.c.sent > after).distinct()
    return [str(row["sent"]) for row in reader.rows(query.order_by(event_key.c.sent).limit(limit), RECORD)]


def is_seen(reader: Reader, column: str, value: str) -> bool:
    """Whether a value of a column occurs within scope."""
    query = sa.select(event.c.seq).join(record, record.c.seq == event.c.seq).where(event.c[column] == bare(value))
    return reader.first(query, RECORD) is not None


def is_seen_id(reader: Reader, roles: tuple[str, ...], value: str) -> bool:
    """Whether an id, in whatever form, occurs in one of these roles within scope."""
    query = sa.select(event_key.c.seq).join(record, record.c.seq == event_key.c.seq)
    query = query.where(event_key.c.key == canonical(value), event_key.c.role.in_(roles))
    return reader.first(query, RECORD) is not None


def _candidates(asked: Query, order: sa.ColumnElement[Any]) -> sa.Select[Any]:
    query = sa.select(event.c.seq, order.label("at")).join(record, record.c.seq == event.c.seq)
    for name, values in asked.values.items():
        if name in _COLUMNS:
            query = query.where(_COLUMNS[name].in_([bare(str(value)) for value in values]))
        elif name == "GE_eventTime":
            query = query.where(event.c.time >= values[0])
        elif name == "LT_eventTime":
            query = query.where(event.c.time < values[0])
        elif name == "GE_recordTime":
            query = query.where(record.c.received >= values[0])
        elif name == "LT_recordTime":
            query = query.where(record.c.received < values[0])
        elif name == "EQ_eventID":
            query = query.where(event.c.event_id.in_(values))
        elif name in _KEYS and not any("*" in str(value) for value in values):
            keys = [canonical(str(value)) for value in values]
            match = sa.select(event_key.c.seq).where(event_key.c.key.in_(keys), event_key.c.role.in_(_KEYS[name]))
            query = query.where(event.c.seq.in_(match))
    return query


def _from(query: sa.Select[Any], order: sa.ColumnElement[Any], last: _At | None, descending: bool) -> sa.Select[Any]:
    place = sa.tuple_(order, event.c.seq)
    if last is not None:
        bound = sa.tuple_(sa.literal(last.at), sa.literal(last.seq))
        query = query.where(place < bound if descending else place > bound)
    return query.order_by(order.desc(), event.c.seq.desc()) if descending else query.order_by(order, event.c.seq)
