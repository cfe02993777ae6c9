"""Cases whose turn is the officer's own, as a condition on the table: what `cases.next_action` says, for lists."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.cases import case_table
from bihuan.base.principal import Principal

_C = case_table.c


def my_turn(principal: Principal) -> sa.ColumnElement[bool]:
    """Open cases in which this officer has the next step."""
    acts, decides = _held(principal, "act"), _held(principal, "decide")
    # A case dispatched to one person is theirs, or whose who may decide; one of a department is its officers'.
    personal = sa.or_(_C.owner_kind != "person", _C.owner == (principal.person or ""), decides)
    return sa.and_(
        _C.state == "open",
        sa.or_(
            sa.and_(_C.step == "filed", acts),
            sa.and_(_C.step == "dispatched", acts, personal),
            sa.and_(_C.step == "handling", _C.awaits_party.is_(False), acts, personal),
            sa.and_(_C.step == "checking", _C.check_passed.is_not(True), acts),
            sa.and_(_C.step == "checking", _C.check_passed.is_(True), decides),
        ),
    )


def to_evaluate(principal: Principal) -> sa.ColumnElement[bool]:
    """Closed cases that wait for this officer's evaluation."""
    return sa.and_(_C.state == "closed", _C.step == "closed", _held(principal, "decide"))


def _held(principal: Principal, capability: str) -> sa.ColumnElement[bool]:
    ways = [
        sa.and_(
            _C.area.startswith(grant.area, autoescape=True), sa.true() if grant.line == "*" else _C.line == grant.line
        )
        for grant in principal.grants
        if capability in grant.capabilities
    ]
    return sa.or_(sa.false(), *ways)
