"""Reading cases, applications, certificates and documents; all within scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.cases.access import named
from bihuan.base.cases.documents import PAPERS, PaperKind
from bihuan.base.cases.model import (
    APPLICATION,
    CASE,
    CERTIFICATE,
    DOCUMENT,
    EVENT,
    Doing,
    application_table,
    case_table,
    certificate_table,
    document_table,
    event_table,
)
from bihuan.base.db import Reader
from bihuan.base.rules.findings_model import DUTY, FINDING, duty_table, finding_table

_C, _A, _T = case_table.c, application_table.c, certificate_table.c


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of a timeline: who did what, when, with which evidence, and the ledger record of it."""

    at: int
    by: str
    by_name: str
    doing: Doing
    step_before: str | None
    step_after: str
    text: str
    evidence: tuple[str, ...]
    document: str | None
    record: str


@dataclass(frozen=True, slots=True)
class Document:
    """A numbered document with its structured content, for pages to print."""

    id: str
    number: str
    paper: str
    """Name of its kind: `correction`, `refusal` …"""
    kind: PaperKind
    case: str
    """The case, or the application of which it is a document."""
    party: str | None
    body: dict[str, Any]
    issued_at: int


@dataclass(frozen=True, slots=True)
class Strip:
    """The loop of one line in seven figures, within scope; `overdue` counts what is late in duties and open cases."""

    duties: int
    findings: int
    filed: int
    handling: int
    checking: int
    closed_lately: int
    overdue: int


def case_of(reader: Reader, case: str) -> RowMapping:
    """One case by id or number; NotFound when hidden or unknown."""
    return reader.one(sa.select(case_table).where(sa.or_(_C.id == case, _C.number == case)), CASE)


def cases_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Cases within scope: the earliest due first, those without a due time last, then the newest."""
    order = (_C.due_at.is_(None), _C.due_at, _C.opened_at.desc(), _C.id)
    query = sa.select(case_table).where(*conditions).order_by(*order)
    return reader.rows(query.limit(limit).offset(offset), CASE)


def count_cases(reader: Reader, *conditions: sa.ColumnElement[bool]) -> int:
    """How many cases within scope."""
    return reader.count(sa.select(_C.id).where(*conditions), CASE)


def timeline(reader: Reader, thing: str) -> list[Happened]:
    """What happened to a case or application, oldest first, as far as the reader may see it."""
    c = event_table.c
    rows = reader.rows(sa.select(event_table).where(c.thing == thing).order_by(c.n), EVENT)
    names = {r["by"]: named(reader, r["by"], r["by_name"]) for r in rows}
    return [
        Happened(
            r["at"], r["by"], names[r["by"]], Doing[r["doing"]], r["step_before"], r["step_after"], r["text"],
            tuple(json.loads(r["evidence"])), r["document"], r["record"],
        )
        for r in rows
    ]  # fmt: skip


def documents_of(reader: Reader, case: str) -> list[Document]:
    """The documents of a case or an application, oldest first."""
    c = document_table.c
    query = sa.select(document_table).where(c.case == case).order_by(c.issued_at, c.number)
    return [_document(row) for row in reader.rows(query, DOCUMENT)]


def document_of(reader: Reader, document: str) -> Document:
    """One document by id or number; NotFound when hidden or unknown."""
    c = document_table.c
    query = sa.select(document_table).where(sa.or_(c.id == document, c.number == document))
    return _document(reader.one(query, DOCUMENT))


def application_of(reader: Reader, application: str) -> RowMapping:
    """One application by id or number; NotFound when hidden or unknown."""
    query = sa.select(application_table).where(sa.or_(_A.id == application, _A.number == application))
    return reader.one(query, APPLICATION)


def applications_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Applications within scope: the earliest due first, those that wait for the applicant or are done last."""
    order = (_A.due_at.is_(None), _A.due_at, _A.opened_at.desc(), _A.id)
    query = sa.select(application_table).where(*conditions).order_by(*order).limit(limit).offset(offset)
    return reader.rows(query, APPLICATION)


def certificate_of(reader: Reader, certificate: str) -> RowMapping:
    """One certificate by id or number, for its holder and officers in scope."""
    query = sa.select(certificate_table).where(sa.or_(_T.id == certificate, _T.number == certificate))
    return reader.one(query, CERTIFICATE)


def certificates_where(
    reader: Reader, *conditions: sa.ColumnElement[bool], limit: int = 200, offset: int = 0
) -> Sequence[RowMapping]:
    """Certificates within scope, the newest first."""
    query = sa.select(certificate_table).where(*conditions).order_by(_T.issued_at.desc(), _T.id)
    return reader.rows(query.limit(limit).offset(offset), CERTIFICATE)


def strip(reader: Reader, line: str, since: int) -> Strip:
    """应办, 问题, 立案, 处置, 核查, 结案 of a line within scope; closed ones since an instant."""
    d, f, now = duty_table.c, finding_table.c, reader.now
    steps = _by_step(reader, line)
    duties = reader.count(sa.select(d.id).where(d.line == line, d.state == "open"), DUTY)
    late_duties = reader.count(sa.select(d.id).where(d.line == line, d.state == "open", d.due <= now), DUTY)
    late = count_cases(reader, _C.line == line, _C.state == "open", _C.due_at <= now)
    return Strip(
        duties,
        reader.count(sa.select(f.id).where(f.line == line, f.state == "open"), FINDING),
        steps.get("filed", 0) + steps.get("dispatched", 0),
        steps.get("handling", 0),
        steps.get("checking", 0),
        count_cases(reader, _C.line == line, _C.state == "closed", _C.closed_at >= since),
        late + late_duties,
    )


def _by_step(reader: Reader, line: str) -> dict[str, int]:
    query = sa.select(_C.step, sa.func.count().label("n")).where(_C.line == line, _C.state == "open").group_by(_C.step)
    return {row["step"]: row["n"] for row in reader.rows(query, CASE)}


def _document(row: RowMapping) -> Document:
    return Document(
        row["id"], row["number"], row["kind"], PAPERS[row["kind"]], row["case"], row["party"], json.loads(row["body"]),
        row["issued_at"],
    )  # fmt: skip
