"""Tables of the EPCIS door: capture jobs, and the index by which events are found; the index is derived."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.db import Open, Scoped, big, metadata

event = sa.Table(
    "event",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("biz_step", sa.Text),
    sa.Column("disposition", sa.Text),
    sa.Column("time", big, nullable=False),
    sa.Index("event_by_id", "event_id"),
    sa.Index("event_by_time", "time"),
    sa.Index("event_by_step_time", "biz_step", "time"),
)
event_key = sa.Table(
    "event_key",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("seq", big, primary_key=True),
    sa.Column("sent", sa.Text, nullable=False),
    sa.Index("event_key_by_seq", "seq"),
    sqlite_with_rowid=False,
)
"""Canonical ids of an event by role: epc, parent, child, input, output (and the same with _class), place, location.

`sent` is the id as the event has it.
"""

capture_job = sa.Table(
    "capture_job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Column("finished", big),
    sa.Column("success", sa.Boolean),
    sa.Column("behaviour", sa.Text, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("errors", sa.Text, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Index("capture_job_by_hash", "party", "hash"),
    sa.Index("capture_job_open", "finished"),
)
"""errors, warnings: JSON lists of {path, code, zh, en}; body is dropped once the events are kept or set aside.

hash, of the document without what names people, makes the same document one job.
"""

JOB = Scoped("capture_job", capture_job.c.id)
EVENT_INDEX = Open("read by the system's own derivation only")
