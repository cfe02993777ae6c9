"""导入批次: the tables of imports; one row an upload, one a line of it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
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
    sa.Index("batch_by_hash", "party", "hash"),
    sa.Index("batch_by_time", "party", "created"),
)
"""state: preview, kept or undone; settled: when it was kept or undone, int us; hash: SHA-256 of the upload, hex."""

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


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of an import as it stands."""

    line: int
    shown: dict[str, str]
    good: bool
    faults: list[CellFault]
    notes: list[CellFault]
    ref: str | None
