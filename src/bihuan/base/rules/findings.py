"""Findings by rules and by people: each breach once, withdrawn when no longer produced, again as the same row."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader, Writer, area_tag, party_tag
from bihuan.base.errors import Conflict, Words
from bihuan.base.rules.findings_model import (
    FINDING,
    Concern,
    ConcernOf,
    FindingChanges,
    FindingRaised,
    FindingState,
    FindingWithdrawn,
    Origin,
    finding_table,
)
from bihuan.base.rules.model import Verdict
from bihuan.base.rules.numbering import spoken_number

_F = finding_table.c
Key = tuple[str, str]
"""(rule, window) within one subject."""


def tags_of(concern: Concern, area: str) -> set[str]:
    """Under which tags something is visible: each area under the line, each party whose matter it is."""
    lines = (concern.line, *concern.lines)
    areas = {area_tag(line, a) for line in lines for a in (area, *concern.areas) if a}
    return areas | {party_tag(p) for p in (concern.party, *concern.parties) if p}


def upsert_rule_findings(
    w: Writer,
    subject: str,
    violated: Iterable[Verdict],
    *,
    concern_of: ConcernOf,
    rules: Collection[str] | None = None,
) -> FindingChanges:
    """Bring a subject's findings in line with its violated verdicts; doing it again changes nothing.

    `rules` names the rules that were evaluated (all when None): what they no longer produce is withdrawn. A finding
    that is produced again stands again as the same row, in the state it had.
    """
    wanted = {(v.rule, v.window): v for v in violated}
    if stranger := next((v for v in wanted.values() if v.subject != subject), None):
        raise ValueError(f"a verdict on {stranger.subject!r} among those on {subject!r}")
    query = sa.select(finding_table).where(_F.subject == subject, _F.origin == "rule").order_by(_F.found_at, _F.id)
    had = {(r["rule"], r["window"]): r for r in w.rows(query, FINDING) if rules is None or r["rule"] in rules}
    raised, reopened, withdrawn, amended = [], [], [], []
    for key, verdict in wanted.items():
        concern = concern_of(verdict)
        row = had.get(key)
        if row is None:
            raised.append(_raise(w, verdict, concern))
        elif row["state"] == "withdrawn":
            reopened.append(_stand_again(w, row, verdict, concern))
        elif _amend(w, row, verdict, concern):
            amended.append(str(row["id"]))
    for key, row in had.items():
        if key not in wanted and row["state"] != "withdrawn":
            withdraw_finding(w, row)
            withdrawn.append(str(row["id"]))
    return FindingChanges(tuple(raised), tuple(reopened), tuple(withdrawn), tuple(amended))


def withdraw_finding(w: Writer, row: RowMapping) -> None:
    """Mark a finding as no longer produced, remembering how far its handling was."""
    values = {"state": "withdrawn", "state_before": row["state"], "withdrawn_at": w.now, "changed": w.now}
    w.write(sa.update(finding_table).where(_F.id == row["id"]).values(values))
    w.emit(FindingWithdrawn(row["id"]))


def add_finding(
    w: Writer,
    *,
    window: str,
    subject: str,
    origin: Origin,
    title: Words,
    reason: Words,
    line: str,
    area: str,
    party: str | None = None,
    witness: Sequence[str] = (),
    photos: Sequence[str] = (),
    opened_at: int | None = None,
    due: int | None = None,
    tags: Iterable[str] = (),
) -> str:
    """Add a finding made by a person or a partner system; `window` is the id of the record that states it. Its id.

    The party sees what was found at its place; of a tip or a hotline call it learns when a case asks something of it.
    """
    finding = w.new_id("fnd")
    row = {
        "id": finding, "number": spoken_number(w, "WT", area), "rule": "", "subject": subject, "window": window,
        "state": "open", "origin": origin, "title_zh": title.zh, "title_en": title.en, "reason_zh": reason.zh,
        "reason_en": reason.en, "witness": json.dumps(list(witness)), "photos": json.dumps(list(photos)), "area": area,
        "line": line, "party": party, "opened_at": w.now if opened_at is None else opened_at, "found_at": w.now,
        "due": due, "changed": w.now,
    }  # fmt: skip
    w.insert(finding_table, row)
    told = {party_tag(party)} if party and origin not in ("tip", "hotline") else set()
    w.tag("finding", finding, {area_tag(line, area), *told, *tags})
    w.emit(FindingRaised(finding, "", subject, area, line))
    return finding


def move_finding(
    w: Writer, finding: str, frm: Collection[FindingState], to: FindingState, *, case: str | None = None
) -> None:
    """Move a finding's handling on; Conflict when meanwhile it is in none of the states expected."""
    statement = sa.update(finding_table).where(_F.id == finding, _F.state.in_(list(frm)))
    if w.write(statement.values(state=to, case=case, changed=w.now)) != 1:
        raise Conflict("这个问题的状态已变，请刷新后再办。", "This finding has moved on meanwhile; reload it.")


def release_withdrawn(w: Writer, finding: str) -> None:
    """A withdrawn finding's case was revoked: should the finding stand again, it is open for a new case."""
    statement = sa.update(finding_table).where(_F.id == finding, _F.state == "withdrawn")
    w.write(statement.values(state_before="open", case=None, changed=w.now))


def finding_of(reader: Reader, finding: str) -> RowMapping:
    """One finding by id or number; NotFound when hidden or unknown."""
    return reader.one(sa.select(finding_table).where(sa.or_(_F.id == finding, _F.number == finding)), FINDING)


def findings_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Findings within scope, the earliest due first, then the newest."""
    query = sa.select(finding_table).where(*conditions).order_by(_F.due.is_(None), _F.due, _F.found_at.desc(), _F.id)
    return reader.rows(query.limit(limit).offset(offset), FINDING)


def _raise(w: Writer, verdict: Verdict, concern: Concern) -> str:
    finding = w.new_id("fnd")
    row = {
        "id": finding, "number": spoken_number(w, "WT", verdict.area), "rule": verdict.rule,
        "subject": verdict.subject, "window": verdict.window, "state": "open", "origin": "rule",
        "opened_at": verdict.opened_at, "found_at": w.now, "changed": w.now, **_said(verdict, concern),
    }  # fmt: skip
    w.insert(finding_table, row)
    w.tag("finding", finding, tags_of(concern, verdict.area))
    w.emit(FindingRaised(finding, verdict.rule, verdict.subject, verdict.area, concern.line))
    return finding


def _stand_again(w: Writer, row: RowMapping, verdict: Verdict, concern: Concern) -> str:
    state = row["state_before"] or "open"
    values = {**_said(verdict, concern), "state": state, "state_before": None, "withdrawn_at": None, "changed": w.now}
    w.write(sa.update(finding_table).where(_F.id == row["id"]).values(values))
    w.tag("finding", row["id"], tags_of(concern, verdict.area))
    w.emit(FindingRaised(row["id"], verdict.rule, verdict.subject, verdict.area, concern.line))
    return str(row["id"])


def _amend(w: Writer, row: RowMapping, verdict: Verdict, concern: Concern) -> bool:
    said = _said(verdict, concern)
    if all(row[name] == value for name, value in said.items()):
        return False
    w.write(sa.update(finding_table).where(_F.id == row["id"]).values(**said, changed=w.now))
    w.tag("finding", row["id"], tags_of(concern, verdict.area))
    return True


def _said(verdict: Verdict, concern: Concern) -> dict[str, Any]:
    return {
        "title_zh": concern.title.zh, "title_en": concern.title.en, "reason_zh": verdict.reason.zh,
        "reason_en": verdict.reason.en, "witness": json.dumps(list(verdict.witness)), "area": verdict.area,
        "line": concern.line, "party": concern.party, "due": concern.handle_by, "version": verdict.version,
    }  # fmt: skip
