"""限值登记: the dated limit rows in force, shipped with the apps and entered by administrators, with versions kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, Writer, big, metadata
from bihuan.base.errors import Refused
from bihuan.base.rules.model import LimitRow, Limits
from bihuan.base.rules.subjects import subject, woken

limit = sa.Table(
    "limit_row",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sure", sa.Boolean, nullable=False),
    sa.Column("entered_at", big, nullable=False),
    sa.Column("entered_by", sa.Text, nullable=False),
    sa.Column("ended_at", big),
    sa.Index("limit_by_name", "name", "area"),
)
"""A row is never changed: a new value is a new row, a wrong one is ended (`ended_at`) and stays to be seen."""

LIMITS = Open("limits and their sources are public law")


def limits_in_force(reader: Reader) -> Limits:
    """All rows that are not ended."""
    rows = reader.rows(sa.select(limit).where(limit.c.ended_at.is_(None)), LIMITS)
    return Limits(tuple(_row(row) for row in rows))


def limit_rows(reader: Reader, names: Iterable[str] = ()) -> Sequence[RowMapping]:
    """Rows for pages, ended ones too, by name, area and date."""
    query = sa.select(limit).order_by(limit.c.name, limit.c.area, limit.c.valid_from)
    wanted = list(names)
    return reader.rows(query.where(limit.c.name.in_(wanted)) if wanted else query, LIMITS)


def enter_limits(w: Writer, rows: Iterable[LimitRow]) -> int:
    """Enter rows that are not there yet (by id); Refused when an id stands with another content. Judges anew."""
    known = {row["id"]: _row(row) for row in w.rows(sa.select(limit), LIMITS)}
    fresh = []
    for row in rows:
        before = known.get(row.id)
        if before is None:
            fresh.append(row)
        elif before != row:
            zh = f"限值 {row.id} 已登记为其他内容；请用新的编号登记新值。"
            raise Refused(zh, f"Limit {row.id} stands with another content; enter the new value under a new id.")
    w.insert(
        limit,
        [{"id": r.id, "name": r.name, "value": str(r.value), "unit": r.unit, "area": r.area, "valid_from": r.valid_from,
          "valid_to": r.valid_to, "source": r.source, "sure": r.sure, "entered_at": w.now,
          "entered_by": w.principal.id} for r in fresh],
    )  # fmt: skip
    if fresh:
        _judge_all(w)
    return len(fresh)


def end_limit(w: Writer, row_id: str) -> None:
    """End a row that was entered wrongly; it stays to be seen, and is used no more."""
    w.write(sa.update(limit).where(limit.c.id == row_id, limit.c.ended_at.is_(None)).values(ended_at=w.now))
    _judge_all(w)


def replace_limits(w: Writer, names: Iterable[str]) -> None:
    """End all rows of these names, to make place for others."""
    w.write(sa.update(limit).where(limit.c.name.in_(sorted(names)), limit.c.ended_at.is_(None)).values(ended_at=w.now))
    _judge_all(w)


def _judge_all(w: Writer) -> None:
    w.write(sa.insert(woken).prefix_with("OR IGNORE").from_select(["subject"], sa.select(subject.c.id)))


def _row(row: RowMapping) -> LimitRow:
    return LimitRow(
        row["id"], row["name"], Decimal(row["value"]), row["unit"], row["area"], row["valid_from"], row["valid_to"],
        row["source"], bool(row["sure"]),
    )  # fmt: skip
