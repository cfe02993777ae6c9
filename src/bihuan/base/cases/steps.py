"""Moving a case or application on: row, timeline, ledger record and event, all in the one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bihuan.base.cases.access import as_json, need_evidence, tags_in, update_as_seen
from bihuan.base.cases.model import (
    Act,
    ApplicationMoved,
    CaseClosed,
    CaseMoved,
    Doing,
    Stage,
    Step,
    application_table,
    case_table,
    event_table,
)
from bihuan.base.cases.records import APP, ApplicationStep, CaseStep
from bihuan.base.clock import moment
from bihuan.base.db import Writer
from bihuan.base.outbox import put
from bihuan.base.records import keep


def advance_case(
    w: Writer,
    row: Mapping[Any, Any],
    act: Act,
    doing: Doing,
    changes: Mapping[str, Any],
    *,
    text: str = "",
    evidence: Sequence[str] = (),
    document: str = "",
    inward: bool = False,
) -> None:
    """Move a case on; `changes` are columns. An `inward` act (a dispatch with its note) is not shown to the party."""
    after = {**row, **changes}
    tags = {t for t in tags_in(w, "case", row["id"]) if not (inward and t.startswith("p:"))}
    shown = need_evidence(w, evidence, tags)
    due = after["due_at"]
    record = CaseStep(
        done_at=moment(w.now), case=row["id"], number=row["number"], finding=row["finding"], doing=doing,
        step=Step[after["step"]], ended=after["outcome"] or "", text=text, evidence=tuple(shown), document=document,
        due=None if due is None else moment(due),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=tags)
    _update(w, case_table, row, changes, moved_due=due != row["due_at"])
    _event(w, row, after["step"], doing, text, evidence, document, kept.ref, tags)
    w.emit(CaseMoved(row["id"], doing.value, after["step"], after["state"]))
    if row["state"] == "open" and after["state"] != "open":
        w.emit(CaseClosed(row["id"], after["state"]))


def advance_application(
    w: Writer,
    row: Mapping[Any, Any],
    act: Act,
    doing: Doing,
    changes: Mapping[str, Any],
    *,
    text: str = "",
    evidence: Sequence[str] = (),
    payload: str = "",
    document: str = "",
    inward: bool = False,
) -> None:
    """Move an application on; `payload` is content that the applicant gives with the act, `document` a number."""
    after = {**row, **changes}
    tags = {t for t in tags_in(w, "application", row["id"]) if not (inward and t.startswith("p:"))}
    shown = need_evidence(w, evidence, tags)
    due = after["due_at"]
    record = ApplicationStep(
        done_at=moment(w.now), application=row["id"], number=row["number"], kind=row["kind"], doing=doing,
        step=Stage[after["step"]], decision=after["decision"] or "", article=after["article"] or "", text=text,
        payload=payload, evidence=tuple(shown), due=None if due is None else moment(due),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=tags)
    _update(w, application_table, row, changes, moved_due=due != row["due_at"])
    _event(w, row, after["step"], doing, text, evidence, document, kept.ref, tags)
    w.emit(ApplicationMoved(row["id"], doing.value, after["step"], after["state"]))


def tell_about(
    w: Writer, kind: str, row: Mapping[Any, Any], *, party: str | None = None, person: str | None = None
) -> None:
    """Put into the outbox that a party, a person, or else the officers of area and line should look at a thing."""
    thing = "application" if row["id"].startswith("app-") else "case"
    payload = {"about": [thing, row["id"]], "number": row["number"], "area": row["area"], "line": row["line"]}
    put(w, kind, payload, party=party, person=person)


def _update(w: Writer, table: sa.Table, row: Mapping[Any, Any], changes: Mapping[str, Any], *, moved_due: bool) -> None:
    update_as_seen(w, table, row, {**changes, "overdue_at": None} if moved_due else changes)


def _event(
    w: Writer,
    row: Mapping[Any, Any],
    step: str,
    doing: Doing,
    text: str,
    evidence: Sequence[str],
    document: str,
    record: str,
    tags: set[str],
) -> None:
    event = w.new_id("evt")
    values = {
        "id": event, "thing": row["id"], "n": row["version"] + 1, "at": w.now, "by": w.principal.id,
        "by_name": w.principal.name, "doing": doing.value, "step_before": row["step"], "step_after": step,
        "text": text, "evidence": as_json(list(evidence)), "document": document or None, "record": record,
    }  # fmt: skip
    w.insert(event_table, values)
    w.tag("case_event", event, tags)
