"""导入批次: the tables of imports; one row an upload, one a line of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
from bihuan.base.errors import Fault
from bihuan.base.records.spreadsheets import CellFault

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settled", big),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("good", sa.Integer, nullable=False),
    sa.Column("bad", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer),
    sa.Column("at", sa.Integer),
    sa.Column("told", sa.Text),
    sa.Column("act", sa.Text),
    sa.Index("batch_by_hash", "party", "hash"),
    sa.Index("batch_by_time", "party", "created"),
)
"""state: see `State`; settled: when it was kept or undone, int us; hash: SHA-256 of the upload, hex.

done: how many lines a large import has come through; at: the last line that is kept; told: JSON of what is wrong with the table itself; act: JSON of who
decided that it be kept, and how.
"""

State = Literal["reading", "failed", "preview", "checking", "keeping", "kept", "undone", "dropping"]
"""A small import is in `preview`, `kept` or `undone`; a large one is on the way between them too.

reading: lines are coming in; failed: the file was not taken; checking: whether each line may be kept; keeping: decided,
each line is kept, whatever happens in between; dropping: thrown away, its lines are being deleted.
"""
WORKING = ("reading", "checking", "keeping", "dropping")
"""States that the process itself leads on from."""

batch_row = sa.Table(
    "batch_row",
    metadata,
    sa.Column("batch", sa.Text, sa.ForeignKey("batch.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("record", sa.LargeBinary),
    sa.Column("faults", sa.Text, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("seq", big),
    sa.Column("ref", sa.Text),
    sa.Column("kept", sa.Text),
    sqlite_with_rowid=False,
)
sa.Index("batch_row_bad", batch_row.c.batch, batch_row.c.line, sqlite_where=batch_row.c.record.is_(None))
"""shown: JSON of texts by field; record: canonical JSON when the line is good; seq, ref, kept: what became of it."""

BATCH = Scoped("batch", batch.c.id)


@dataclass(frozen=True, slots=True)
class Batch:
    """One import."""

    id: str
    type: str
    party: str
    by: str
    filename: str
    created: int
    state: str
    total: int
    good: int
    bad: int
    same_as: str | None = None
    """An earlier batch of this party, kept and not undone, made from the very same file."""
    done: int = 0
    """Lines through which it has come while it is on the way."""
    told: tuple[Fault, ...] = ()
    """What is wrong with the table itself."""

    @property
    def working(self) -> bool:
        """Whether the process itself leads on from here."""
        return self.state in WORKING


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of an import as it stands."""

    line: int
    shown: dict[str, str]
    good: bool
    faults: list[CellFault]
    notes: list[CellFault]
    ref: str | None
