"""闭环率 by district in scope and week, each figure with its gaps and the proof that anyone can check offline."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from bihuan.base.clock import DAY, civil_date, day_start
from bihuan.base.errors import NotFound
from bihuan.base.identity import Area
from bihuan.base.indicators import FORMULA, by_district, loop_completeness, proof
from bihuan.ends.regulator.standing import my_areas, named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.weeks import breach_rules, week_asked
from bihuan.ends.shared.words import day_of


@door("/regulator/{app}/indicator", who="officer")
def indicator(page: Page) -> Response:
    """The figures of the districts in scope for one week."""
    app = named_app(page, page.path("app"))
    start, end = week_asked(page)
    figures = by_district(page.reader, _districts(my_areas(page)), start, end, breach_rules(app))
    return page.render(
        "regulator/indicator.html", app=app, figures=[f for f in figures if f.denominator],
        week=f"{day_of(start, page.now, page.lang)} – {day_of(end - 1, page.now, page.lang)}",
        earlier=page.url(until=civil_date(start).isoformat()), formula=FORMULA, names=Names(page),
        later=page.url(until=civil_date(end + 7 * DAY).isoformat()) if end < day_start(civil_date(page.now)) else "",
    )  # fmt: skip


@door("/regulator/{app}/indicator/proof", who="officer")
def indicator_proof(page: Page) -> Response:
    """The proof of one figure as a file: bodies only of records within scope, leaves alone for the rest."""
    app = named_app(page, page.path("app"))
    area = page.arg("area")
    if area not in _districts(my_areas(page)):
        raise NotFound
    start, end = week_asked(page)
    page.house.sign()
    figure = loop_completeness(page.reader, area, start, end, breach_rules(app))
    if not figure.denominator:
        raise NotFound
    name = f"loop-completeness-{area}-{civil_date(start)}.json"
    return page.file(proof(page.reader, figure), name, "application/json")


def _districts(areas: Sequence[Area]) -> list[str]:
    """Six-digit districts among the areas; special areas count within their district."""
    return sorted({area.code[:6] for area in areas if len(area.code) >= 6 and not area.merged_into})
