"""Reading plans of random checks and how far they have come; all within scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.cases.draws_model import PLAN, plan_table
from bihuan.base.cases.visits_model import VISIT, visit_table
from bihuan.base.db import Reader

_P, _V = plan_table.c, visit_table.c


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a plan has come: of `pool` organisations `drawn` are visited, `made` were, `clean` without a finding."""

    pool: int
    drawn: int
    made: int
    signed: int
    clean: int
    late: int

    @property
    def percent(self) -> int:
        """Visits made of those drawn, whole per cent, rounded down."""
        return 100 * self.made // self.drawn if self.drawn else 0


def plan_of(reader: Reader, plan: str) -> RowMapping:
    """One plan by id or number; NotFound when hidden or unknown."""
    return reader.one(sa.select(plan_table).where(sa.or_(_P.id == plan, _P.number == plan)), PLAN)


def plans_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Plans within scope, the newest first."""
    query = sa.select(plan_table).where(*conditions).order_by(_P.created.desc(), _P.id)
    return reader.rows(query.limit(limit).offset(offset), PLAN)


def coverage(reader: Reader, plan: RowMapping) -> Coverage:
    """How far a plan has come; visits that were called off do not count."""
    rows = reader.rows(
        sa.select(_V.state, _V.result, _V.due_at).where(_V.plan == plan["id"], _V.state != "called_off"), VISIT
    )
    made = [row for row in rows if row["state"] in ("recorded", "signed")]
    return Coverage(
        pool=plan["objects"].count(":"),
        drawn=len(rows),
        made=len(made),
        signed=sum(row["state"] == "signed" for row in rows),
        clean=sum(row["result"] == "clean" for row in made),
        late=sum(row["state"] == "assigned" and row["due_at"] <= reader.now for row in rows),
    )
