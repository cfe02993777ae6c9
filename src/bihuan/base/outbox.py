"""What must be told to somebody, written in the same transaction as the act itself: a killed process loses nothing.

An entry names the thing, not its content; whoever delivers it fetches the thing under the addressee's scope then.
An entry may be delivered twice (a process may die between telling and marking), always under the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.clock import HOUR, MINUTE
from bihuan.base.db import Open, Reader, Writer, big, metadata
from bihuan.base.errors import Forbidden

outbox_table = sa.Table(
    "outbox",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("person", sa.Text),
    sa.Column("created", big, nullable=False),
    sa.Column("done", big),
    sa.Column("tries", sa.Integer, nullable=False, default=0),
    sa.Column("next_at", big),
    sa.Column("fault", sa.Text),
    sa.Index("outbox_waiting", "next_at", "seq"),
)
_QUEUE = Open("the system's own queue; only system principals get this far")
_LONGEST_WAIT = 6 * HOUR


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to tell: its kind (`case.overdue`), the thing named in `payload`, and whom it is for."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    party: str | None
    person: str | None
    created: int
    tries: int


def put(
    w: Writer, kind: str, payload: Mapping[str, Any], *, party: str | None = None, person: str | None = None
) -> str:
    """Add an entry to the outbox within this transaction; its id."""
    entry = w.new_id("out")
    row = {
        "id": entry, "kind": kind, "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True), "party": party,
        "person": person, "created": w.now, "tries": 0, "next_at": w.now,
    }  # fmt: skip
    w.insert(outbox_table, row)
    return entry


def pending(reader: Reader, now: int, *, kinds: Collection[str] = (), limit: int = 200) -> list[Entry]:
    """Entries that are due for delivery, oldest first; all kinds when none is named."""
    _only_system(reader)
    c = outbox_table.c
    query = sa.select(outbox_table).where(c.done.is_(None), c.next_at <= now).order_by(c.seq).limit(limit)
    if kinds:
        query = query.where(c.kind.in_(sorted(kinds)))
    return [_entry(row) for row in reader.rows(query, _QUEUE)]


def mark_done(w: Writer, entry: str) -> bool:
    """Note that an entry was delivered; False when that was noted before."""
    _only_system(w)
    c = outbox_table.c
    return w.write(sa.update(outbox_table).where(c.id == entry, c.done.is_(None)).values(done=w.now, next_at=None)) == 1


def mark_failed(w: Writer, entry: str, fault: str) -> None:
    """Note that a delivery failed; the next try waits twice as long as the last, at most six hours."""
    _only_system(w)
    c = outbox_table.c
    tries = w.scalar(sa.select(c.tries).where(c.id == entry, c.done.is_(None)), _QUEUE)
    if tries is None:
        return
    wait = min(MINUTE << min(tries, 20), _LONGEST_WAIT)
    w.write(
        sa.update(outbox_table).where(c.id == entry).values(tries=tries + 1, next_at=w.now + wait, fault=fault[:500])
    )


def _entry(row: RowMapping) -> Entry:
    payload = json.loads(row["payload"])
    return Entry(row["id"], row["kind"], payload, row["party"], row["person"], row["created"], row["tries"])


def _only_system(reader: Reader) -> None:
    if reader.principal.kind != "system":
        raise Forbidden("只有系统任务可以处理发件箱。", "Only jobs of the system handle the outbox.")
