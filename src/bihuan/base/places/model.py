"""The table of places; a place is public knowledge (a filed warehouse, a port gate), what happens there is not."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.db import Open, big, metadata

place = sa.Table(
    "place",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("lon", sa.Text),
    sa.Column("lat", sa.Text),
    sa.Column("fence", sa.Text),
    sa.Column("filing", sa.Text, nullable=False),
    sa.Column("capacity_kg", sa.Integer),
    sa.Index("place_by_area", "area"),
    sa.Index("place_by_party", "party"),
)
"""Coordinates are WGS 84 degrees as decimal text; fence is a JSON list of [lon, lat] corners."""

place_operator = sa.Table(
    "place_operator",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("since", big, primary_key=True, autoincrement=False),
    sa.Column("party", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Who runs a place from when on, int us, until the next row; 0 for the first that was entered. Written when it changes."""

PLACE_LIST = Open("the register of filed places is public")
