"""What is the officer's own, as conditions on tables: cases that wait for them (as `cases.next_action` says), findings."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.cases import case_table
from bihuan.base.principal import Principal
from bihuan.base.rules.findings_model import finding_table

_C, _F = case_table.c, finding_table.c


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


def my_findings(principal: Principal) -> sa.ColumnElement[bool]:
    """Findings for this officer to file, and those of cases that they handle."""
    handled = sa.exists().where(_C.finding == _F.id, _C.owner_kind == "person", _C.owner == (principal.person or ""))
    return sa.or_(sa.and_(_F.state == "open", _held(principal, "act", _F.area, _F.line)), handled)


def own_findings(principal: Principal) -> sa.ColumnElement[bool]:
    """Findings of the areas and lines granted; others are only seen because the goods pass through."""
    return _held(principal, "read", _F.area, _F.line)


def _held(
    principal: Principal,
    capability: str,
    area: sa.ColumnElement[str] = _C.area,
    line: sa.ColumnElement[str] = _C.line,
) -> sa.ColumnElement[bool]:
    ways = [
        sa.and_(area.startswith(grant.area, autoescape=True), sa.true() if grant.line == "*" else line == grant.line)
        for grant in principal.grants
        if capability in grant.capabilities
    ]
    return sa.or_(sa.false(), *ways)
