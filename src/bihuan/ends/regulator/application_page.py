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
    holds,
    next_action,
    timeline,
)
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, Conflict, NotFound, Words
from bihuan.ends.regulator.application_acts import ACTS
from bihuan.ends.regulator.applications import clock_words, is_late, kind_words
from bihuan.ends.regulator.fields import taken_files
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.asking import needs_password
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


@door("/regulator/applications/{id}", who="officer")
def application(page: Page) -> Response:
    """The application as it stands."""
    return _show(page, application_of(page.reader, page.path("id")), "", {}, [])


@door("/regulator/applications/{id}", "POST", who="officer")
def act(page: Page) -> Response:
    """Move it on; a refusal shows the page again with everything that was typed."""
    row = application_of(page.reader, page.path("id"))
    doing = page.field("doing")
    if doing not in ACTS:
        raise NotFound
    evidence: list[str] = []
    try:
        evidence = taken_files(page, "evidence")
        told = ACTS[doing](page, row, evidence)
    except Conflict as moved:
        return _show(page, application_of(page.reader, row["id"]), doing, page.wrong(moved), evidence, 409)
    except BihuanError as error:
        return _show(page, row, doing, page.wrong(error), evidence, error.status)
    return page.go(f"/regulator/applications/{row['id']}", told=page.say(told))


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


def _show(
    page: Page, row: RowMapping, doing: str, wrong: dict[str, Any], evidence: list[str], status: int = 200
) -> Response:
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
    return page.render(
        "regulator/application.html", status, a=row, kind=kind, title=kind_words(page, row), items=items,
        clock=clock_words(page, row), late=is_late(page, row), turn=application_turn(row), primary=primary,
        beside=beside, stages=list(Stage), happened=timeline(page.reader, row["id"]), certificate=certificate,
        names=names,
        done=doing, evidence=evidence, typed={name: values[-1] for name, values in page.fields().items()},
        ticked=page.fields().get("missing", []), password=needs_password(page),
        retry=new_id(page.house.db.chance, "f"),
        **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip
