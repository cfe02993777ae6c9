"""The map: districts with counts by state, places with how many containers, trips on the road; its table beside it.

Everything is drawn here as SVG from outlines packed at set-up: no outside server is asked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.catalog import App
from bihuan.base.errors import BihuanError
from bihuan.base.places import Boundary, Place, boundaries
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.regulator.concerned import areas_concerned
from bihuan.ends.regulator.map_labels import Label, Wish, place_labels
from bihuan.ends.regulator.standing import Tab, app_choices, link, my_apps, named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.charts import Projection, projection
from bihuan.ends.shared.judged import standing
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.subject import load_subject

TRIPS = 24
"""Trips drawn at most: more lines than that are no map any more; the table counts all of them."""
_COAST = (120.8, 30.5, 122.3, 31.9)
"""West, south, east, north of what the map shows, degrees: the outlines and the island port of Yangshan."""
_DESK, _PHONE = 16, 24
"""Font sizes of the map's names in its own units, as the style sheet has them."""
_S = subject.c


@dataclass(frozen=True, slots=True)
class District:
    """One district: outline, its middle, whether it is in the officer's scope, counts by state of what concerns it."""

    code: str
    name: str
    path: str
    x: float
    y: float
    own: bool
    counts: Mapping[str, int]
    href: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the map with how many subjects are there, in the colour of the worst of them."""

    place: Place
    x: float
    y: float
    count: int
    colour: str
    href: str

    @property
    def radius(self) -> float:
        """Of its disc: it grows with the square root of the count."""
        return round(min(8 + math.sqrt(self.count), 18.0), 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A trip on the road."""

    label: str
    href: str
    points: str


@door("/regulator/map", who="officer")
def places_map(page: Page) -> Response:
    """The map and its table, for one app."""
    apps = my_apps(page)
    app = named_app(page, page.arg("app")) if page.arg("app") else next((a for a in apps if a.subject_kinds), None)
    names = Names(page)
    ground = boundaries(page.house.static / "bundle" / "shanghai.json")
    everything = [] if app is None else _rows(page, app)
    stage = page.arg("stage") if app is not None and page.arg("stage") in app.stages else ""
    rows = [row for row in everything if not stage or row["stage"] == stage]
    concerned = [] if app is None else _concerned(page, app, rows)
    districts: list[District] = []
    marks: list[Mark] = []
    labels: dict[str, list[Label]] = {}
    trips: list[Line] = []
    frame = None
    if app is not None and ground:
        frame = projection([*(c for each in ground for ring in each.rings for c in ring), *_near(names)])
        districts = _districts(page, app, frame, ground, concerned)
        marks = _marks(app, frame, names, rows)
        trips = _trips(page, frame, rows)
        labels = {
            "only-desk": _named(names, districts, marks, frame, _DESK, False),
            "only-phone": _named(names, districts, marks, frame, _PHONE, True),
        }
    return page.render(
        "regulator/map.html", app=app, apps=app_choices(page), frame=frame, districts=districts, marks=marks,
        trips=trips, labels=labels,
        ranked=sorted(districts, key=lambda d: (-d.counts.get("violated", 0), -d.counts.get("undecided", 0), d.code)),
        on_road=sum(1 for row in rows if row["expected_at"] is not None), total=len(rows), names=names,
        elsewhere=_elsewhere(ground, concerned, names), tabs=[] if app is None else _tabs(page, app, everything, stage),
    )  # fmt: skip


def _tabs(page: Page, app: App, rows: Sequence[Mapping[Any, Any]], stage: str) -> list[Tab]:
    """The stages of the loop as tabs over the map: arriving, on the road, stored …, each with its count."""
    counts = Counter(row["stage"] for row in rows)
    found = [Tab(page.url(stage=None), page.t("全部", "All"), len(rows), not stage)]
    for name, words in app.stages.items():
        if counts[name] or name == stage:
            found.append(Tab(page.url(stage=name), page.say(words), counts[name], name == stage))
    return found


def _near(names: Names) -> list[tuple[float, float]]:
    """Positions of places on and off the coast of Shanghai (an island port lies outside its district's outline)."""
    west, south, east, north = _COAST
    known = [(p.lon, p.lat) for p in names.places.values() if p.lon is not None and p.lat is not None]
    return [(lon, lat) for lon, lat in known if west <= lon <= east and south <= lat <= north]


def _rows(page: Page, app: App) -> Sequence[Mapping[Any, Any]]:
    query = sa.select(
        _S.id, _S.label, _S.area, _S.place, _S.violated, _S.undecided, _S.satisfied, _S.expected_at, _S.stage, _S.last_at
    )  # fmt: skip
    return page.reader.rows(query.where(_S.kind.in_(list(app.subject_kinds))).order_by(_S.last_at.desc()), SUBJECT)


def _districts(
    page: Page, app: App, frame: Projection, ground: Sequence[Boundary], concerned: Sequence[tuple[str, str]]
) -> list[District]:
    counts: dict[str, Counter[str]] = {}
    for district, state in concerned:
        counts.setdefault(district, Counter())[state] += 1
    scopes = [grant.area for grant in page.principal.grants if grant.line in ("*", app.line)]
    found = []
    for each in ground:
        x, y = frame.middle(each)
        own = any(each.code.startswith(area) or area.startswith(each.code) for area in scopes)
        href = link(f"/regulator/{app.name}", area=each.code, stage=page.arg("stage"))
        found.append(
            District(each.code, each.name, frame.path(each), x, y, own, counts.get(each.code, Counter()), href)
        )
    return found


def _concerned(page: Page, app: App, rows: Sequence[Mapping[Any, Any]]) -> list[tuple[str, str]]:
    """District and state, once for each district that a subject concerns; district "" for one of no stated area."""
    areas = areas_concerned(page, app.line, [row["id"] for row in rows])
    return [
        (district, standing(row))
        for row in rows
        for district in sorted({code[:6] for code in areas[row["id"]]}) or [""]
    ]


def _named(
    names: Names, districts: Sequence[District], marks: Sequence[Mark], frame: Projection, size: int, phone: bool
) -> list[Label]:
    """The names of the districts, where they fit: on a phone they are larger and only where something is."""
    shown = [d for d in districts if d.counts or (d.own and not phone)]
    wishes = [Wish(f"{names.area(d.code)} {sum(d.counts.values()) or ''}".strip(), d.x, d.y) for d in shown]
    discs = [(mark.x, mark.y, 19.0 if phone else mark.radius + 1) for mark in marks]
    return place_labels(wishes, size, discs, frame.width, frame.height)


def _marks(app: App, frame: Projection, names: Names, rows: Sequence[Mapping[Any, Any]]) -> list[Mark]:
    at: dict[str, Counter[str]] = {}
    for row in rows:
        if row["place"]:
            at.setdefault(row["place"], Counter())[standing(row)] += 1
    found = []
    for place_id, states in at.items():
        place = names.places.get(place_id)
        if place is None or place.lon is None or place.lat is None:
            continue
        colour = "red" if states["violated"] else "yellow" if states["undecided"] else "green"
        href = link(f"/regulator/{app.name}", place=place_id)
        found.append(Mark(place, *frame.xy(place.lon, place.lat), states.total(), colour, href))
    return sorted(found, key=lambda mark: -mark.count)


def _trips(page: Page, frame: Projection, rows: Sequence[Mapping[Any, Any]]) -> list[Line]:
    found = []
    names = Names(page)
    for row in [row for row in rows if row["expected_at"] is not None][:TRIPS]:
        try:
            panel, _, _ = load_subject(page, row["id"])
        except BihuanError:
            continue  # moved out of scope between the two reads: not drawn
        if panel.trip is not None and len(panel.trip.points) > 1:
            points = " ".join(f"{x},{y}" for x, y in (frame.xy(lon, lat) for lon, lat, _ in panel.trip.points))
            found.append(Line(row["label"], names.subject_url(row["id"]), points))
    return found


def _elsewhere(
    ground: Sequence[Boundary], concerned: Sequence[tuple[str, str]], names: Names
) -> list[tuple[str, str, Counter[str]]]:
    """What is in scope outside the map, or of no stated area: name, code, counts by state."""
    drawn = {each.code for each in ground}
    counts: dict[str, Counter[str]] = {}
    for district, state in concerned:
        if district not in drawn:
            counts.setdefault(district, Counter())[state] += 1
    return [(names.area(code) if code else "", code, states) for code, states in sorted(counts.items())]
