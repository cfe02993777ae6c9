"""An app's rules with sentence, article, territory and dates, the limits they use, and what they say in scope."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
import yaml
from starlette.responses import Response

from bihuan.base.catalog import App
from bihuan.base.errors import NotFound
from bihuan.base.rules.findings_model import VERDICT, verdict_table
from bihuan.base.rules.registers import limit_rows
from bihuan.base.rules.rule import Rule
from bihuan.ends.regulator.standing import named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names

ANSWERS = ("violated", "undecided", "satisfied")


@door("/regulator/{app}/rules", who="officer")
def rules(page: Page) -> Response:
    """The rules and limits of an app."""
    app = named_app(page, page.path("app"))
    v = verdict_table.c
    query = sa.select(v.rule, v.answer, sa.func.count().label("n")).group_by(v.rule, v.answer)
    counts: dict[str, dict[str, int]] = {rule.info.id: dict.fromkeys(ANSWERS, 0) for rule in _rules(app)}
    for row in page.reader.rows(query, VERDICT):
        if row["rule"] in counts:
            counts[row["rule"]][row["answer"]] = int(row["n"])
    used: dict[str, list[str]] = {}
    for rule in _rules(app):
        for name in rule.limits:
            used.setdefault(name, []).append(page.say(rule.info.asked))
    rows = limit_rows(page.reader, sorted(used))
    return page.render(
        "regulator/rules.html", app=app, counts=counts, limits=rows, used=used, names=Names(page),
        without=sorted(set(used) - {row["name"] for row in rows if row["ended_at"] is None}), rules=_rules(app),
        unsure=_unsure(app),
    )  # fmt: skip


@door("/regulator/{app}/rules/{rule}", who="officer")
def rule(page: Page) -> Response:
    """What one rule says of the subjects in scope, the latest windows first."""
    app = named_app(page, page.path("app"))
    found = next((each for each in _rules(app) if each.info.id == page.path("rule")), None)
    if found is None:
        raise NotFound
    answer = page.arg("answer", "violated")
    v = verdict_table.c
    where = [v.rule == page.path("rule")] + ([v.answer == answer] if answer in ANSWERS else [])
    total = page.reader.count(sa.select(v.id).where(*where), VERDICT)
    number, offset, pages = page.pages(total)
    query = sa.select(verdict_table).where(*where).order_by(v.opened_at.desc(), v.id).limit(50).offset(offset)
    return page.render(
        "regulator/rule.html", app=app, rule=found, answer=answer, answers=ANSWERS, total=total, number=number,
        pages=pages,
        rows=page.reader.rows(query, VERDICT), names=Names(page),
    )  # fmt: skip


def _rules(app: App) -> Sequence[Rule]:
    return () if app.field is None else app.field.rules


def _unsure(app: App) -> list[str]:
    """What the app itself says of its law and feeds that nobody has confirmed yet, from its `quality.yaml`."""
    path = None if app.folder is None else app.folder / "quality.yaml"
    if path is None or not path.is_file():
        return []
    return [str(each["fact"]) for each in yaml.safe_load(path.read_text(encoding="utf-8")).get("unsure") or ()]
