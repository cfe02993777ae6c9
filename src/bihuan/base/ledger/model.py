"""The ledger's tables: entries (leaf, salt, body), inner nodes of the tree, signed checkpoints."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, big, metadata

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=False),
    sa.Column("ref", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("body", sa.LargeBinary),
)
"""seq counts from 0 and is the leaf's index; salt and body are NULL once erased."""

node = sa.Table(
    "node",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True),
    sa.Column("index", big, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Complete inner nodes of level 1 and up; leaf hashes follow from the leaves."""

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    sa.Column("size", big, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("made", big, nullable=False),
)

cosignature_table = sa.Table(
    "cosignature",
    metadata,
    sa.Column("size", big, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("at", big, nullable=False),
)
"""One witness's word about the checkpoint of one size; `at` int us as the witness states it, to the second."""


TREE = Open("leaves, hashes and checkpoints hold no content; whoever holds a receipt may check it")
ENTRIES = Open("bodies are handed on only by `records`, which checks the scope of the record first")


class Witnesses(msgspec.Struct, frozen=True):
    """The witnesses that count, by their public lines, and how many must have cosigned before a checkpoint is published."""

    keys: tuple[str, ...] = ()
    quorum: int = 0
