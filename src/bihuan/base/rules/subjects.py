"""Subjects as they stand: which keys wake them, which wait to be judged, how far each type's input is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Scoped, Writer, big, metadata
from bihuan.base.rules.model import NEVER, Completeness

subject = sa.Table(
    "subject",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("stage_at", big),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("expected_at", big),
    sa.Column("product", sa.Text, nullable=False),
    sa.Column("kg", sa.Text),
    sa.Column("violated", sa.Integer, nullable=False),
    sa.Column("undecided", sa.Integer, nullable=False),
    sa.Column("satisfied", sa.Integer, nullable=False),
    sa.Column("last_at", big, nullable=False),
    sa.Column("judged_at", big, nullable=False),
    sa.Column("check_at", big),
    sa.Index("subject_by_stage", "kind", "stage", "last_at"),
    sa.Index("subject_by_check", "check_at"),
)
"""One row a container, lot …; derived from its history. `check_at`: when time alone may change a verdict."""

watch = sa.Table(
    "watch",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Index("watch_by_subject", "subject"),
    sqlite_with_rowid=False,
)
"""A record under `key` may change what is said of `subject`."""

woken = sa.Table("woken", metadata, sa.Column("subject", sa.Text, primary_key=True), sqlite_with_rowid=False)
"""Subjects to judge anew; written with the rows that woke them, removed with their new verdicts."""

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("complete_before", big),
    sa.Column("lag", big),
    sa.Column("stated_at", big, nullable=False),
    sqlite_with_rowid=False,
)
"""How far a source is complete for a type: up to an instant, or always up to now less a lag (int us)."""

SUBJECT = Scoped("subject", subject.c.id)
INNER = Open("bookkeeping of the rule engine, read by its own jobs")
FEEDS = Open("how far feeds are complete is no secret: every undecided verdict names it")


def wake(w: Writer, keys: Iterable[str], kinds: Iterable[str]) -> None:
    """Mark every subject that a record under these keys may concern."""
    prefixes = tuple(f"{kind}:" for kind in kinds)
    found = sorted(set(keys))
    hit = {key for key in found if key.startswith(prefixes)}
    for start in range(0, len(found), 500):
        query = sa.select(watch.c.subject).where(watch.c.key.in_(found[start : start + 500])).distinct()
        hit |= {row["subject"] for row in w.rows(query, INNER)}
    w.upsert(woken, [{"subject": name} for name in sorted(hit)])


def wake_due(w: Writer) -> int:
    """Mark subjects whose verdict may change by time alone by now; gives how many."""
    query = sa.select(subject.c.id).where(subject.c.check_at <= w.now)
    names = [row["id"] for row in w.rows(query, INNER)]
    w.upsert(woken, [{"subject": name} for name in names])
    if names:
        w.write(sa.update(subject).where(subject.c.check_at <= w.now).values(check_at=None))
    return len(names)


def next_woken(reader: Reader, limit: int) -> Sequence[str]:
    """Subjects waiting to be judged."""
    return [row["subject"] for row in reader.rows(sa.select(woken.c.subject).limit(limit), INNER)]


def remember_keys(w: Writer, name: str, keys: Iterable[str]) -> None:
    """Note which keys a subject's history was gathered from, so that a record under any of them wakes it."""
    w.write(sa.delete(watch).where(watch.c.subject == name))
    w.insert(watch, [{"key": key, "subject": name} for key in sorted(set(keys)) if key != name])


def state_feed(w: Writer, type_name: str, source: str, complete_before: int | None, lag: int | None = None) -> None:
    """A source states how far it is complete for a type; subjects that wait for it are judged anew."""
    row = {"type": type_name, "source": source, "complete_before": complete_before, "lag": lag, "stated_at": w.now}
    w.upsert(feed, row)
    query = sa.select(subject.c.id).where(subject.c.undecided > 0)
    w.upsert(woken, [{"subject": found["id"]} for found in w.rows(query, INNER)])


OWN_DOOR = "bihuan"
"""The source of records that have no other door than this system."""


def state_own(w: Writer, types: Iterable[str]) -> None:
    """Records of these types come through this system alone, so that their input is complete up to now."""
    known = {row["type"] for row in w.rows(sa.select(feed.c.type).where(feed.c.source == OWN_DOOR), FEEDS)}
    for name in types:
        if name not in known:
            state_feed(w, name, OWN_DOOR, None, lag=0)


def completeness(reader: Reader, at: int | None = None) -> Completeness:
    """W of each type at an instant (now): the earliest over its sources; a type without a source: minus infinity."""
    now = reader.now if at is None else at
    until: dict[str, int] = {}
    lags: dict[str, int] = {}
    for row in reader.rows(sa.select(feed), FEEDS):
        known = now - row["lag"] if row["lag"] is not None else row["complete_before"]
        known = NEVER if known is None else int(known)
        until[row["type"]] = min(known, until.get(row["type"], known))
        if row["lag"] is not None:
            lags[row["type"]] = max(int(row["lag"]), lags.get(row["type"], 0))
    return Completeness(until, lags=lags)


def feeds(reader: Reader) -> Sequence[Mapping[str, object]]:
    """All statements of completeness, by type and source."""
    return [dict(row) for row in reader.rows(sa.select(feed).order_by(feed.c.type, feed.c.source), FEEDS)]
