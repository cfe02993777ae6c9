"""From whom is drawn: organisations with their weights, officers with powers, and the pairs that avoid each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.cases.access import ACT, need_officer
from bihuan.base.cases.draws_model import AVOIDANCE, DRAW, WHO_AVOIDS, Weighing, avoidance_table
from bihuan.base.clock import DAY
from bihuan.base.db import Open, Reader, Writer, area_tag
from bihuan.base.errors import Conflict, Fault, Invalid, Words
from bihuan.base.identity import PARTY_LINE, access_organisation, check_covers
from bihuan.base.identity.model import (
    AUTHORITIES,
    ORGANISATIONS,
    in_force,
    membership,
    officer_grant,
    organisation,
    organisation_kind,
    person,
    unspelt,
)
from bihuan.base.rules.findings_model import FINDING, finding_table

_OFFICERS = Open("who may act in an area and line is known to its officers; names stay masked")
_MEMBERS = Open("a member of a firm never checks it, whoever makes the draw")
_YEAR = 365 * DAY
MOST = 9
"""Findings that count at most: the weight of one object is never more than ten times that of another."""


def objects_of(reader: Reader, line: str, area: str, kinds: Sequence[str], weighing: Weighing) -> dict[str, int]:
    """The organisations of some kinds in an area, each with its weight; authorities are never checked."""
    o, k = organisation.c, organisation_kind.c
    has = sa.exists().where(k.organisation == o.id, k.kind.in_(kinds))
    rules_itself = sa.exists().where(k.organisation == o.id, k.kind.in_(AUTHORITIES))
    query = sa.select(o.id).where(o.area.startswith(area, autoescape=True), has, ~rules_itself)
    found = dict.fromkeys((row["id"] for row in reader.rows(query.order_by(o.id), ORGANISATIONS)), 1)
    if weighing == "findings":
        f = finding_table.c
        counted = (
            sa.select(f.party, sa.func.count().label("n"))
            .where(f.line == line, f.found_at >= reader.now - _YEAR, f.state != "withdrawn", f.party.is_not(None))
            .group_by(f.party)
        )
        for row in reader.rows(counted, FINDING):
            if row["party"] in found:
                found[row["party"]] = 1 + min(row["n"], MOST)
    return found


def officers_of(reader: Reader, line: str, area: str) -> list[str]:
    """Those who may act on a line over the whole of an area now, by id."""
    g = officer_grant.c
    query = (
        sa.select(g.person, g.area, g.line, g.capabilities)
        .join(person, person.c.id == g.person)
        .where(in_force(officer_grant, reader.now), person.c.erased_at.is_(None))
    )
    return sorted({
        row["person"] for row in reader.rows(query, _OFFICERS)
        if ACT in unspelt(row["capabilities"]) and row["line"] in ("*", line) and area.startswith(row["area"])
    })  # fmt: skip


def barred_pairs(reader: Reader, officers: Iterable[str], objects: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs (officer, organisation) that must not meet: recorded as related, or the officer is a member of it."""
    may, pool = set(officers), set(objects)
    a, m = avoidance_table.c, membership.c
    recorded = sa.select(a.person, a.party).where(a.ended_at.is_(None))
    belongs = sa.select(m.person, m.party).where(in_force(membership, reader.now))
    rows = [*reader.rows(recorded, WHO_AVOIDS), *reader.rows(belongs, _MEMBERS)]
    return sorted({(r["person"], r["party"]) for r in rows if r["person"] in may and r["party"] in pool})


def note_avoidance(w: Writer, who: str, party: str, why: str) -> str:
    """Record that an officer avoids an organisation; Conflict when that is recorded already. Its id."""
    firm = access_organisation(w, party, "admin")
    check_covers(w.principal, firm.area, PARTY_LINE, "admin")
    if not why.strip():
        words = Words("请写明为何回避。", "Say why they avoid it.")
        raise Invalid(*words, faults=[Fault("why", "required", words)])
    a = avoidance_table.c
    same = sa.select(a.id).where(a.person == who, a.party == party, a.ended_at.is_(None))
    if w.first(same, WHO_AVOIDS) is not None:
        raise Conflict("这项回避已登记。", "This is recorded already.", code="recorded")
    made = w.new_id("avo")
    w.insert(avoidance_table, {"id": made, "person": who, "party": party, "why": why, "by": w.principal.id, "made_at": w.now})
    w.tag(AVOIDANCE.kind, made, [area_tag(PARTY_LINE, firm.area)])
    return made


def end_avoidance(w: Writer, avoidance: str) -> None:
    """End an avoidance: from now on the officer may be drawn for the organisation again."""
    a = avoidance_table.c
    row = w.one(sa.select(avoidance_table).where(a.id == avoidance), AVOIDANCE, "admin")
    w.write(sa.update(avoidance_table).where(a.id == row["id"], a.ended_at.is_(None)).values(ended_at=w.now))


def avoidances(reader: Reader) -> Sequence[RowMapping]:
    """Avoidances that hold, the newest first, where the asker administers."""
    a = avoidance_table.c
    query = sa.select(avoidance_table).where(a.ended_at.is_(None)).order_by(a.made_at.desc(), a.id)
    return reader.rows(query, AVOIDANCE, "admin")


def need_draw(w: Writer, line: str, area: str) -> None:
    """Forbidden unless the principal may plan draws on that line in that area."""
    need_officer(w, {"line": line, "area": area}, DRAW)
