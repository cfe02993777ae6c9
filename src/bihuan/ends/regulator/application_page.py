"""One application: what was brought, what is missing, the authority's clock, and the next act."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import (
    ApplicationKind,
    Doing,
    Stage,
    application_of,
    application_turn,
    certificate_of,
    documents_of,
    holds,
    next_action,
    timeline,
)
from bihuan.base.errors import Words
from bihuan.ends.regulator.acting import Attempt, Matter, form_values
from bihuan.ends.regulator.application_acts import ACTS
from bihuan.ends.regulator.applications import clock_words, is_late, kind_words
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.covered import said
from bihuan.ends.shared.names import Names


@dataclass(frozen=True, slots=True)
class Brought:
    """One field or paper of an application as the authority sees it."""

    name: str
    words: Words
    text: str
    file: str
    missing: bool


def brought(names: Names, kind: ApplicationKind | None, row: Mapping[Any, Any]) -> list[Brought]:
    """Fields and papers in the order of the declaration, then whatever else was brought or asked for."""
    payload, papers = json.loads(row["payload"]), json.loads(row["attachments"])
    lacking = {item["name"]: Words(item["zh"], item["en"]) for item in json.loads(row["missing"])}
    wanted: dict[str, Words] = {}
    if kind is not None:
        wanted = {need.name: need.titles for need in (*kind.fields, *kind.attachments)}
    for name in (*payload, *papers):
        wanted.setdefault(name, Words(name, name))
    wanted |= {name: words for name, words in lacking.items() if name not in wanted}
    return [
        Brought(name, words, said(names, name, payload.get(name)), str(papers.get(name, "")), name in lacking)
        for name, words in wanted.items()
    ]


def _show(page: Page, row: RowMapping, attempt: Attempt) -> Response:
    kind = page.house.desk().kinds.get(row["kind"])
    action = next_action(row, page.principal)
    may_ask = row["state"] == "open" and row["paused_at"] is None and row["step"] in ("applied", "accepted", "review")
    primary = action.doing if action is not None and action.doing is not Doing.answer_more else None
    names = Names(page)
    items = brought(names, kind, row)
    if primary is Doing.accept and any(item.missing for item in items):
        primary = Doing.ask_more  # what is incomplete cannot be accepted: first say, once, what is missing
    beside = [Doing.ask_more] if may_ask and primary is not Doing.ask_more else []
    if row["step"] == "review" and row["state"] == "open" and row["paused_at"] is None:
        beside.append(Doing.review)
    if not holds(page.principal, "act", row["line"], row["area"]):
        beside = []
    certificate = None if row["certificate"] is None else certificate_of(page.reader, row["certificate"])
    documents = documents_of(page.reader, row["id"])
    return page.render(
        "regulator/application.html", attempt.status, a=row, kind=kind, title=kind_words(page, row), items=items,
        clock=clock_words(page, row), late=is_late(page, row), turn=application_turn(row), primary=primary,
        beside=beside, stages=list(Stage), happened=timeline(page.reader, row["id"]), certificate=certificate,
        documents=documents, document_ids={document.number: document.id for document in documents},
        names=names, ticked=page.fields().get("missing", []), **form_values(page, attempt),
    )  # fmt: skip


_APPLICATION = Matter("/regulator/applications", application_of, _show, ACTS)


@door("/regulator/applications/{id}", who="officer")
def application(page: Page) -> Response:
    """The application as it stands."""
    return _APPLICATION.shown(page)


@door("/regulator/applications/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Move it on."""
    return _APPLICATION.moved(page)
