"""Store by store: what each warehouse holds, what it owes today, when it last reported; the gaps in front."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.places import Place, all_places
from bihuan.base.records import RECORD, record
from bihuan.base.rules.findings_model import DUTY, FINDING, duty_table, finding_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.regulator.standing import named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.lists import Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names

KINDS = ("transit_warehouse", "cold_store")


@dataclass(frozen=True, slots=True)
class Store:
    """One warehouse or cold store as it stands today."""

    place: Place
    held: int
    """Containers and lots at it."""
    due: int
    late: int
    findings: int
    last: int | None
    """When its operator last reported anything, int us; None: never, within scope."""


@door("/regulator/{app}/stores", who="officer")
def stores(page: Page) -> Response:
    """Every store in the officer's areas, those with most missing first."""
    app, reader = named_app(page, page.path("app")), page.reader
    prefixes = [grant.area for grant in page.principal.grants if grant.line in ("*", app.line)]
    places = [p for kind in KINDS for p in all_places(reader, kind=kind) if any(p.area.startswith(x) for x in prefixes)]
    d, f, r, g = duty_table.c, finding_table.c, record.c, subject.c
    owed = sa.select(d.party, sa.func.count()).where(d.line == app.line, d.state == "open").group_by(d.party)
    breaches = sa.select(f.party, sa.func.count()).where(f.line == app.line, f.state.in_(("open", "in_case")))
    goods = sa.select(g.place, sa.func.count()).where(g.kind.in_(list(app.subject_kinds))).group_by(g.place)
    held, due = _counted(page, goods, "subject"), _counted(page, owed, "duty")
    late = _counted(page, owed.where(d.due < page.now), "duty")
    found = _counted(page, breaches.group_by(f.party), "finding")
    last = _counted(page, sa.select(r.party, sa.func.max(r.received)).group_by(r.party), "record")
    rows = [
        Store(p, held[p.id], due[p.party], late[p.party], found[p.party], last.get(p.party) or None) for p in places
    ]
    rows.sort(key=lambda s: (-s.late, -s.findings, -s.due, s.place.name))
    names = Names(page)
    if wanted_file(page):
        return as_file(page, "stores", _columns(names), rows)
    return page.render("regulator/stores.html", app=app, stores=rows, names=names)


def _columns(names: Names) -> list[Column]:
    return [
        Column("place", Words("仓库", "Store"), lambda s: s.place.name),
        Column("party", Words("主体", "Party"), lambda s: names.party(s.place.party)),
        Column("area", Words("辖区", "Area"), lambda s: s.place.area, lambda s: names.area(s.place.area)),
        Column("held", Words("在库货物（箱、批）", "Held"), lambda s: s.held),
        Column("due", Words("应办", "Due"), lambda s: s.due),
        Column("late", Words("逾期", "Late"), lambda s: s.late),
        Column("findings", Words("问题", "Findings"), lambda s: s.findings),
        Column("last", Words("最近报送", "Last report"), lambda s: at(s.last)),
    ]


def _counted(page: Page, query: sa.Select[Any], kind: str) -> Counter[str]:
    """Name to figure, of a query with these two columns, within scope."""
    of = {"subject": SUBJECT, "duty": DUTY, "finding": FINDING, "record": RECORD}[kind]
    found: Counter[str] = Counter()
    for row in page.reader.rows(query, of):
        values: list[Any] = list(row.values())
        name, figure = values
        if name:
            found[str(name)] = int(figure)
    return found
