"""The officer's first page: the loop of each app in one strip, tonight's arrivals, what is late, what is mine to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import CASE, case_table, cases_where, count_cases, strip
from bihuan.base.catalog import App
from bihuan.base.clock import DAY, civil_date, day_start
from bihuan.base.rules.findings_model import DUTY, FINDING, duty_table, finding_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.regulator.daily import daily, since
from bihuan.ends.regulator.mine import my_turn
from bihuan.ends.regulator.standing import link, my_apps
from bihuan.ends.regulator.visits import my_visits
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.charts import Spark, spark
from bihuan.ends.shared.names import Names

_SHOWN = 12
"""Rows of each short list; its heading leads to all of them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the strip: where it leads, how many of it are late, its last thirty days."""

    href: str
    count: int
    late: int = 0
    spark: Spark | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The loop of one app."""

    app: App
    late: int
    cells: tuple[Cell, ...]


@door("/regulator", who="officer")
def home(page: Page) -> Response:
    """The strip and what lies below it."""
    apps = my_apps(page)
    watching = [kind for app in apps for kind in app.subject_kinds]
    mine = my_turn(page.principal)
    return page.render(
        "regulator/home.html",
        rows=sorted((_row(page, app) for app in apps), key=lambda row: not row.late),
        arrivals=_arrivals(page, watching),
        late_trips=_late_trips(page, watching),
        mine=cases_where(page.reader, mine, limit=_SHOWN),
        mine_count=count_cases(page.reader, mine),
        visits=my_visits(page, _SHOWN),
        names=Names(page),
    )


def _row(page: Page, app: App) -> Row:
    reader, now, line = page.reader, page.now, app.line
    c, d, f = case_table.c, duty_table.c, finding_table.c
    figures = strip(reader, line, since(now))
    late_duties = reader.count(sa.select(d.id).where(d.line == line, d.state == "open", d.due <= now), DUTY)
    late_findings = reader.count(sa.select(f.id).where(f.line == line, f.state == "open", f.due <= now), FINDING)

    def late(*steps: str) -> int:
        return count_cases(reader, c.line == line, c.state == "open", c.step.in_(steps), c.due_at <= now)

    cells = (
        Cell(link("/regulator/duties", app=app.name), figures.duties, late_duties),
        Cell(link("/regulator/findings", app=app.name, state="open", view="all"), figures.findings, late_findings,
             spark(daily(reader, f.found_at, FINDING, f.line == line))),
        Cell(link("/regulator/cases", app=app.name, step="filed"), figures.filed, late("filed", "dispatched"),
             spark(daily(reader, c.opened_at, CASE, c.line == line))),
        Cell(link("/regulator/cases", app=app.name, step="handling"), figures.handling, late("handling")),
        Cell(link("/regulator/cases", app=app.name, step="checking"), figures.checking, late("checking")),
        Cell(link("/regulator/cases", app=app.name, view="closed", since=civil_date(since(now)).isoformat()),
             figures.closed_lately, 0, spark(daily(reader, c.closed_at, CASE, c.line == line, c.state == "closed"))),
    )  # fmt: skip
    return Row(app, figures.overdue, cells)


def _arrivals(page: Page, kinds: Sequence[str]) -> Sequence[RowMapping]:
    """What is expected at a place of the scope until the end of today."""
    s = subject.c
    end = day_start(civil_date(page.now)) + DAY
    query = sa.select(subject).where(s.kind.in_(kinds), s.expected_at >= page.now, s.expected_at < end)
    return page.reader.rows(query.order_by(s.expected_at, s.id).limit(_SHOWN), SUBJECT)


def _late_trips(page: Page, kinds: Sequence[str]) -> Sequence[RowMapping]:
    """What should have been there by now and is not."""
    s = subject.c
    query = sa.select(subject).where(s.kind.in_(kinds), s.expected_at < page.now)
    return page.reader.rows(query.order_by(s.expected_at, s.id).limit(_SHOWN), SUBJECT)
