"""伙伴所用名称: what a partner calls places and goods in its own events; shown beside what it sent, never in the place of our registers."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Writer, big, metadata

told_name = sa.Table(
    "told_name",
    metadata,
    sa.Column("party", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("seq", big, nullable=False),
    sqlite_with_rowid=False,
)
"""One row a party and id (canonical), derived from the entry `seq`; kind: place or goods. The latest name stands."""

TOLD = Open("what a sender calls a place or goods is shown beside a record of its own that was found within scope")


def told_names(reader: Reader, parties: Collection[str], identifier: str, kind: str) -> dict[str, str]:
    """What these parties call an id (canonical), by party."""
    c = told_name.c
    query = sa.select(c.party, c.name).where(c.id == identifier, c.kind == kind, c.party.in_(sorted(parties)[:500]))
    return {row["party"]: row["name"] for row in reader.rows(query, TOLD)}


def write_names(w: Writer, rows: list[tuple[str, str, str, str, int]]) -> None:
    """Rows of (party, id, kind, name, seq), in the order of their entries."""
    w.put(told_name, ("party", "id", "kind", "name", "seq"), rows, replace=True)
