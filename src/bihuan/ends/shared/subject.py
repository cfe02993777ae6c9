"""One subject as its page needs it: what its app shows of its history, its verdicts, and the records that show them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.errors import NotFound, Words
from bihuan.base.panels import SubjectPanel
from bihuan.base.places import all_places
from bihuan.base.records import RECORD, record
from bihuan.base.rules.evaluation import Field, StoreSource, history_of
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Verdict
from bihuan.base.rules.silent import silent_rules, step_titles
from bihuan.base.rules.subjects import SUBJECT
from bihuan.base.rules.subjects import subject as subject_table
from bihuan.base.rules.verdicts import verdicts_of
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.witness import Witness, witnesses


def load_subject(page: Page, subject: str) -> tuple[SubjectPanel, list[RowMapping], dict[str, Witness]]:
    """The panel, the verdict rows in scope and the witness records by id; NotFound when hidden or unknown."""
    app = page.house.app_of_subject(subject.partition(":")[0])
    if app is None or app.field is None:
        raise NotFound
    page.reader.one(sa.select(subject_table.c.id).where(subject_table.c.id == subject), SUBJECT)
    rows = list(verdicts_of(page.reader, subject))
    history = _history(page, subject, app.field)
    places = {place.id: place for place in all_places(page.reader)}
    panel = app.field.view(subject, history.facts, [verdict_of(row) for row in rows], places)
    spoken = {row["rule"] for row in rows}
    titles = step_titles(page.house.registry.types.values())
    panel = replace(panel, silent=tuple(silent_rules(app.field.rules, subject, history, titles, spoken)))
    named = {step.record for step in (*panel.loop, *panel.movements) if step.record}
    for row in rows:
        named |= set(json.loads(row["witness"]))
    return panel, rows, witnesses(page, named)


def verdict_of(row: Mapping[Any, Any]) -> Verdict:
    """A stored verdict as rules gave it."""
    return Verdict(
        row["rule"], row["subject"], row["window"], row["answer"], Words(row["reason_zh"], row["reason_en"]),
        row["opened_at"], row["area"], tuple(json.loads(row["witness"])), row["due"], row["limit_id"],
        tuple(json.loads(row["missing"])), row["version"],
    )  # fmt: skip


def _history(page: Page, subject: str, watching: Field) -> History:
    """All steps that count for a subject: who may see the subject may see its loop, wherever a step was recorded.

    Ordinary events are no part of the loop: of those only what lies within the reader's own scope.
    """
    source = StoreSource(page.reader, page.house.registry)
    history = history_of(source, subject, watching).history
    refs = {source.refs[fact.id] for fact in history.facts if fact.type == "movement"}
    seen = {row["ref"] for row in page.reader.rows(sa.select(record.c.ref).where(record.c.ref.in_(refs)), RECORD)}
    return History(subject, [f for f in history.facts if f.type != "movement" or source.refs[f.id] in seen])
