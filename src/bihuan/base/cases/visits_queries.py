"""Reading visits and what is published of them; all within scope."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.cases.visits_model import PUBLISHED, VISIT, published_table, visit_officer_table, visit_table
from bihuan.base.db import Open, Reader

INNER = Open("officers, plan and open visits beside a visit that was just found within scope")
_V, _O, _R = visit_table.c, visit_officer_table.c, published_table.c


def visit_of(reader: Reader, visit: str) -> RowMapping:
    """One visit by id or number; NotFound when hidden or unknown."""
    return reader.one(sa.select(visit_table).where(sa.or_(_V.id == visit, _V.number == visit)), VISIT)


def officers_of_visit(reader: Reader, visit: str) -> list[str]:
    """The persons drawn for a visit that the caller has found within scope, in the order in which they came out."""
    query = sa.select(_O.person).where(_O.visit == visit, _O.aside.is_(False)).order_by(_O.n)
    return [row["person"] for row in reader.rows(query, INNER)]


def visits_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Visits within scope, the earliest due first."""
    query = sa.select(visit_table).where(*conditions).order_by(_V.due_at, _V.number)
    return reader.rows(query.limit(limit).offset(offset), VISIT)


def count_visits(reader: Reader, *conditions: sa.ColumnElement[bool]) -> int:
    """How many visits within scope."""
    return reader.count(sa.select(_V.id).where(*conditions), VISIT)


def mine_to_visit(reader: Reader) -> sa.ColumnElement[bool]:
    """Visits in which the reader has the next step: to make those drawn for them, to sign what the other recorded."""
    me = reader.principal.person or ""
    drawn = sa.exists().where(_O.visit == _V.id, _O.person == me, _O.aside.is_(False))
    return sa.and_(drawn, sa.or_(_V.state == "assigned", sa.and_(_V.state == "recorded", _V.recorded_by != me)))


def published(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Published results, the newest first."""
    query = sa.select(published_table).where(*conditions).order_by(_R.published_at.desc(), _R.number)
    return reader.rows(query.limit(limit).offset(offset), PUBLISHED)


def count_published(reader: Reader, *conditions: sa.ColumnElement[bool]) -> int:
    """How many published results."""
    return reader.count(sa.select(_R.id).where(*conditions), PUBLISHED)


def published_of(reader: Reader, number: str) -> RowMapping:
    """One published result by the visit's number; NotFound when there is none."""
    return reader.one(sa.select(published_table).where(_R.number == number), PUBLISHED)
