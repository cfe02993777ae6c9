"""The tables of random checks 双随机: plans of a draw, their secrets, and which officer avoids which organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Open, Scoped, big, metadata
from bihuan.base.errors import Words

DRAW = "draw"
"""The capability to plan, freeze and draw."""

PlanState = Literal["planned", "frozen", "drawn", "done", "replaced"]
PLAN_STATES: dict[PlanState, Words] = {
    "planned": Words("待冻结名录", "Planned"),
    "frozen": Words("名录已冻结", "Pools frozen"),
    "drawn": Words("检查中", "Checks under way"),
    "done": Words("已完成", "Done"),
    "replaced": Words("已被替换", "Replaced"),
}

Weighing = Literal["equal", "findings"]
WEIGHINGS: dict[Weighing, Words] = {
    "equal": Words("机会均等", "Equal chances"),
    "findings": Words("按问题加权（近一年每有一个问题加一份，最多十份）",
                      "By findings (one more share for each in a year, ten at most)"),
}  # fmt: skip

plan_table = sa.Table(
    "draw_plan",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("kinds", sa.Text, nullable=False),
    sa.Column("weighing", sa.Text, nullable=False),
    sa.Column("count", sa.Integer),
    sa.Column("share", sa.Integer),
    sa.Column("per_visit", sa.Integer, nullable=False),
    sa.Column("begins", big, nullable=False),
    sa.Column("due_at", big, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("commitment", sa.Text, nullable=False),
    sa.Column("replaces", sa.Text),
    sa.Column("replaced_by", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("objects", sa.Text, nullable=False),
    sa.Column("officers", sa.Text, nullable=False),
    sa.Column("barred", sa.Text, nullable=False),
    sa.Column("planned_record", sa.Text, nullable=False),
    sa.Column("frozen_record", sa.Text),
    sa.Column("frozen_seq", big),
    sa.Column("drawn_record", sa.Text),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("by_name", sa.Text, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Column("frozen_at", big),
    sa.Column("drawn_at", big),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed", big, nullable=False),
    sa.Index("draw_plan_by_state", "state", "due_at"),
)
"""`count` or `share` (per cent) of the pool is drawn; `objects`, `officers`, `barred` are the frozen pools, JSON."""

secret_table = sa.Table(
    "draw_secret",
    metadata,
    sa.Column("plan", sa.Text, primary_key=True),
    sa.Column("secret", sa.LargeBinary, nullable=False),
)
"""The secret of a plan; the draw alone reads it, and makes it known in its record."""

avoidance_table = sa.Table(
    "avoidance",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("made_at", big, nullable=False),
    sa.Column("ended_at", big),
    sa.Index("avoidance_by_party", "party", "person"),
)
"""回避: that an officer is related to an organisation, and why."""

PLAN = Scoped("draw_plan", plan_table.c.id)
AVOIDANCE = Scoped("avoidance", avoidance_table.c.id)
WHO_AVOIDS = Open("that an officer avoids a party keeps them out of a draw, whoever makes the draw; why is not read")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan asks for: so many (or so many per cent) organisations of some kinds, visited by so many officers."""

    title: str
    line: str
    area: str
    kinds: Sequence[str]
    begins: int
    """From when to when the visits are made, int us."""
    due_at: int
    count: int | None = None
    share: int | None = None
    """Per cent of the pool, rounded up; either this or `count`."""
    per_visit: int = 2
    weighing: Weighing = "equal"
