"""A subject's verdicts as rows, and the duties and findings that follow from them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader, Writer
from bihuan.base.rules.findings import tags_of, upsert_rule_findings
from bihuan.base.rules.findings_model import (
    DUTY,
    VERDICT,
    Changes,
    Concern,
    ConcernOf,
    DutyChanged,
    DutyState,
    duty_table,
    verdict_table,
)
from bihuan.base.rules.model import Verdict

_V, _D = verdict_table.c, duty_table.c


def store_verdicts(
    w: Writer,
    subject: str,
    verdicts: Sequence[Verdict],
    *,
    concern_of: ConcernOf,
    rules: Collection[str] | None = None,
) -> Changes:
    """Store what the rules say of a subject now, with the duties and findings that follow; again: nothing changes.

    `rules` names the rules that were evaluated (all when None); windows that they no longer produce are removed, their
    duties lapse and their findings are withdrawn.
    """
    concerns = {(v.rule, v.window): concern_of(v) for v in verdicts}
    touched = _verdicts(w, subject, verdicts, concerns, rules)
    duties = _duties(w, subject, verdicts, concerns, rules)
    violated = [v for v in verdicts if v.answer == "violated" and concerns[v.rule, v.window].breach]
    findings = upsert_rule_findings(
        w, subject, violated, concern_of=lambda v: concerns[v.rule, v.window], rules=rules
    )  # fmt: skip
    return Changes(
        findings, tuple(duties["open"]), tuple(duties["met"]), tuple(duties["breached"]), tuple(duties["lapsed"]),
        touched,
    )  # fmt: skip


def verdicts_of(reader: Reader, subject: str) -> Sequence[RowMapping]:
    """What the rules say of a subject, within scope, in the order the windows opened."""
    query = sa.select(verdict_table).where(_V.subject == subject).order_by(_V.opened_at, _V.rule, _V.window)
    return reader.rows(query, VERDICT)


def duties_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Duties within scope, the earliest due first."""
    query = sa.select(duty_table).where(*conditions).order_by(_D.due, _D.id).limit(limit).offset(offset)
    return reader.rows(query, DUTY)


def open_duties(reader: Reader, party: str | None = None, limit: int = 200) -> Sequence[RowMapping]:
    """What is owed now, within scope (of one party, when named), the earliest due first."""
    mine = () if party is None else (_D.party == party,)
    return duties_where(reader, _D.state == "open", *mine, limit=limit)


def _verdicts(
    w: Writer,
    subject: str,
    verdicts: Sequence[Verdict],
    concerns: dict[tuple[str, str], Concern],
    rules: Collection[str] | None,
) -> int:
    had = _rows(w, verdict_table, subject, rules)
    touched = 0
    for v in verdicts:
        values = {
            "answer": v.answer, "reason_zh": v.reason.zh, "reason_en": v.reason.en, "due": v.due, "limit_id": v.limit,
            "witness": json.dumps(list(v.witness)), "missing": json.dumps(list(v.missing)), "area": v.area,
            "opened_at": v.opened_at, "version": v.version,
        }  # fmt: skip
        before = had.pop((v.rule, v.window), None)
        if before is not None and all(before[name] == value for name, value in values.items()):
            continue
        key = {"rule": v.rule, "subject": v.subject, "window": v.window}
        row = before["id"] if before is not None else w.new_id("vdt")
        w.upsert(verdict_table, {**key, "id": row, **values, "evaluated_at": w.now})
        w.tag("verdict", row, tags_of(concerns[v.rule, v.window], v.area))
        touched += 1
    for row in had.values():
        w.write(sa.delete(verdict_table).where(_V.id == row["id"]))
        touched += 1
    return touched


def _duties(
    w: Writer,
    subject: str,
    verdicts: Sequence[Verdict],
    concerns: dict[tuple[str, str], Concern],
    rules: Collection[str] | None,
) -> dict[DutyState, list[str]]:
    had = _rows(w, duty_table, subject, rules)
    changed: dict[DutyState, list[str]] = defaultdict(list)
    for v in verdicts:
        row = had.pop((v.rule, v.window), None)
        if v.answer == "undecided" and v.due is not None and v.missing:
            if (opened := _open_duty(w, row, v, concerns[v.rule, v.window])) is not None:
                changed["open"].append(opened)
        elif row is not None:
            _end_duty(w, row, _ending(v), changed)
    for row in had.values():
        _end_duty(w, row, "lapsed", changed)
    return changed


def _ending(v: Verdict) -> DutyState:
    if v.answer == "satisfied":
        return "met"
    return "breached" if v.answer == "violated" else "lapsed"


def _open_duty(w: Writer, row: RowMapping | None, v: Verdict, concern: Concern) -> str | None:
    title = concern.duty_title or concern.title
    values: dict[str, Any] = {
        "title_zh": title.zh, "title_en": title.en, "party": concern.party, "area": v.area, "line": concern.line,
        "due": v.due, "state": "open", "report_type": v.missing[0],
    }  # fmt: skip
    if row is not None and all(row[name] == value for name, value in values.items()):
        return None
    duty = w.new_id("duty") if row is None else str(row["id"])
    if row is None:
        key = {"id": duty, "rule": v.rule, "subject": v.subject, "window": v.window, "opened_at": v.opened_at}
        w.insert(duty_table, {**key, **values, "changed": w.now})
    else:
        w.write(sa.update(duty_table).where(_D.id == duty).values(**values, changed=w.now))
    w.tag("duty", duty, tags_of(concern, v.area))
    if row is not None and row["state"] == "open":
        return None
    w.emit(DutyChanged(duty, "open"))
    return duty


def _end_duty(w: Writer, row: RowMapping, state: DutyState, changed: dict[DutyState, list[str]]) -> None:
    if row["state"] == state:
        return
    w.write(sa.update(duty_table).where(_D.id == row["id"]).values(state=state, changed=w.now))
    w.emit(DutyChanged(row["id"], state))
    changed[state].append(str(row["id"]))


def _rows(
    w: Writer, table: sa.Table, subject: str, rules: Collection[str] | None
) -> dict[tuple[str, str], RowMapping]:
    of = VERDICT if table is verdict_table else DUTY
    query = sa.select(table).where(table.c.subject == subject)
    return {(r["rule"], r["window"]): r for r in w.rows(query, of) if rules is None or r["rule"] in rules}
