"""One container or lot: its loop with gaps, what each rule says of it and why, its trip, temperature and kilograms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import holds
from bihuan.base.clock import parse_instant
from bihuan.base.panels import Balance, Series
from bihuan.base.places import boundaries
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.base.rules.model import LimitRow
from bihuan.base.rules.registers import limits_in_force
from bihuan.base.rules.subjects import SUBJECT
from bihuan.base.rules.subjects import subject as subject_table
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.charts import line_chart, projection
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.sheets import sheets_of
from bihuan.ends.shared.subject import load_subject
from bihuan.ends.shared.supposing import Line, ask, lines
from bihuan.ends.shared.witness import BEYOND_SCOPE, Witness

_UNITS = {"cel": "°C", "degf": "°F"}
"""Units of limit rows as readings write them."""
COLOURS = {"violated": "red", "undecided": "yellow", "satisfied": "green"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What one rule says of one window: the row, the records that show it, what it waits for, the limit used."""

    row: Mapping[Any, Any]
    colour: str
    shown: Sequence[Witness]
    missing: Sequence[str]
    limit: LimitRow | None


@dataclass(frozen=True, slots=True)
class TripMap:
    """A trip drawn on the districts that it crosses."""

    width: float
    height: float
    districts: tuple[tuple[str, str], ...]
    line: str
    stops: tuple[tuple[float, float, str], ...]


@door("/regulator/subjects/{subject:path}", who="officer", declassified=BEYOND_SCOPE)
def subject(page: Page) -> Response:
    """The page of a subject."""
    name = page.path("subject")
    panel, rows, seen = load_subject(page, name)
    names = Names(page)
    app = page.house.app_of_subject(name.partition(":")[0])
    assert app is not None  # load_subject found it
    limits = {row.id: row for row in limits_in_force(page.reader).rows}
    ranked = sorted(rows, key=lambda row: ("violated", "undecided", "satisfied").index(row["answer"]))
    rules = [
        RuleLine(
            row, COLOURS[row["answer"]], [seen[each] for each in json.loads(row["witness"]) if each in seen],
            names.missing(json.loads(row["missing"])), limits.get(row["limit_id"] or ""),
        )
        for row in ranked
    ]  # fmt: skip
    later, at = _later(page, names, name)
    return page.render(
        "regulator/subject.html", subject=name, later=later, later_at=at, later_text=page.arg("at"), app=app, panel=panel, sheets=sheets_of(page, name), rules=rules, seen=seen, names=names,
        charts=[(series, line_chart(series)) for series in _with_limits(panel.series, rules)],
        trip=_trip(page, panel.trip.points if panel.trip else ()),
        bars=None if panel.balance is None else _bars(panel.balance),
        rest_share=0 if panel.balance is None else _share(panel.balance.rest, _whole(panel.balance)),
        seen_links=_in_scope(page, panel.links), findings=findings_where(page.reader, finding_table.c.subject == name),
        may_note=holds(page.principal, "act", app.line, panel.area),
    )  # fmt: skip


def _later(page: Page, names: Names, name: str) -> tuple[list[Line] | None, int | None]:
    """What would fall due or be violated if nothing happened until the instant in the address; None: not asked for."""
    try:
        at = parse_instant(page.arg("at"))
    except ValueError:
        return None, None
    if at <= page.now:
        return None, None
    return lines(page, names, ask(page, subjects=[name], now=at).changes), at


def _in_scope(page: Page, links: Sequence[str]) -> frozenset[str]:
    """Those of the linked subjects whose pages this officer may open."""
    rows = page.reader.rows(sa.select(subject_table.c.id).where(subject_table.c.id.in_(list(links))), SUBJECT)
    return frozenset(row["id"] for row in rows)


def _with_limits(several: Sequence[Series], rules: Sequence[RuleLine]) -> list[Series]:
    """The series with the limit that a verdict on this subject used, where it is in the same unit."""
    used = {_UNITS.get(line.limit.unit, line.limit.unit): line.limit.value for line in rules if line.limit is not None}
    return [series if series.limit is not None else replace(series, limit=used.get(series.unit)) for series in several]


def _bars(balance: Balance) -> dict[str, list[tuple[Any, Decimal, float]]]:
    """Both sides of the balance as shares of the larger one; what is unaccounted for stands as a hatched rest."""
    whole = _whole(balance)
    return {
        side: [(words, kg, _share(kg, whole)) for words, kg in parts]
        for side, parts in (("in", balance.inputs), ("out", balance.outputs))
    }


def _whole(balance: Balance) -> Decimal:
    """The larger side in kilograms; never zero."""
    into, out = (sum((kg for _, kg in parts), Decimal(0)) for parts in (balance.inputs, balance.outputs))
    return max(into, out, Decimal(1))


def _share(kg: Decimal, whole: Decimal) -> float:
    """Per cent of the bar."""
    return round(float(max(kg, Decimal(0)) / whole) * 100, 2)


def _trip(page: Page, points: Sequence[tuple[float, float, str]]) -> TripMap | None:
    """The trip with the districts around it as ground."""
    if not points:
        return None
    ground = boundaries(page.house.static / "bundle" / "shanghai.json")
    around = [(lon + dx, lat + dy) for lon, lat, _ in points for dx, dy in ((-0.06, -0.05), (0.06, 0.05))]
    frame = projection(around, width=720, tallest=420)
    stops = [(*frame.xy(lon, lat), label) for lon, lat, label in points]
    line = " ".join(f"{x},{y}" for x, y, _ in stops)
    return TripMap(
        frame.width, frame.height, tuple((each.name, frame.path(each)) for each in ground if frame.shows(each)), line,
        tuple((x, y, label) for x, y, label in stops if label),
    )  # fmt: skip
