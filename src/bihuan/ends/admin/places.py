"""场所: filed sites with area, operator, position and fence."""

from __future__ import annotations

import math
import re

from starlette.responses import Response

from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Words
from bihuan.base.identity import check_covers
from bihuan.base.identity.model import PARTY_LINE
from bihuan.base.places import Place, all_places, place_named, set_place
from bihuan.ends.admin.noting import ADMIN, area_choices, note, organisation_choices
from bihuan.ends.shared.asking import Ask, Form, Typed, form_page, stored, typed
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = ("/admin/places", Words("场所", "Places"))
_NEW = Words("登记场所", "Register a place")
_SAVE = Words("保存场所", "Save the place")
KINDS = {
    "cold_store": Words("冷库", "Cold store"),
    "transit_warehouse": Words("中转查验库", "Transit warehouse"),
    "pick_up_point": Words("提货点", "Pick-up point"),
    "terminal": Words("码头", "Terminal"),
    "airport": Words("机场货站", "Airport terminal"),
    "market": Words("市场", "Market"),
    "other": Words("其他", "Other"),
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,60}")


@door("/admin/places", who="administrator")
def place_list(page: Page) -> Response:
    """All places by kind, area and operator."""
    names = Names(page)
    text = page.arg("q").strip()
    found = all_places(page.reader, kind=page.arg("kind") or None, area=page.arg("area"))
    rows = [place for place in found if text in place.name or text == place.id or text == place.filing]
    columns = [
        column("id", "编号", "Id", lambda p: p.id, link=lambda p: f"/admin/places/edit?id={p.id}"),
        column("name", "名称", "Name", lambda p: p.name),
        column("kind", "类别", "Kind", lambda p: page.say(KINDS.get(p.kind, Words(p.kind, p.kind)))),
        column("area", "辖区", "Area", lambda p: p.area, show=lambda p: names.area(p.area)),
        column("party", "经营单位", "Operator", lambda p: names.party(p.party)),
        column("filing", "备案号", "Filing", lambda p: p.filing),
        column("position", "坐标", "Position", lambda p: "" if p.lon is None or p.lat is None else f"{p.lon}, {p.lat}"),
        column(
            "fence",
            "围栏",
            "Fence",
            lambda p: len(p.fence),
            show=lambda p: page.t(f"{len(p.fence)} 个角点", f"{len(p.fence)} corners") if p.fence else "—",
        ),
    ]
    filters = [
        Filter("q", Words("名称、编号、备案号", "Name, id, filing"), kind="search"),
        Filter("kind", Words("类别", "Kind"), [(name, page.say(words)) for name, words in KINDS.items()]),
        Filter("area", Words("辖区", "Area"), area_choices(page)),
    ]
    return list_page(
        page,
        "places",
        HERE[1],
        columns,
        rows,
        filters=filters,
        crumbs=[ADMIN],
        acts=[("/admin/places/edit", _NEW)],
        empty=Words("没有符合条件的场所；可以先登记一个。", "No place fits; register the first."),
    )


@door("/admin/places/edit", who="administrator")
def edit_page(page: Page) -> Response:
    """The form for a place, new or known."""
    wanted = page.arg("id")
    if not wanted:
        return _form(page, None)
    found = place_named(page.reader, wanted)
    if found is None:
        raise NotFound
    return _form(
        page,
        found,
        stored(
            id=found.id,
            name=found.name,
            kind=found.kind,
            area=found.area,
            party=found.party or None,
            address=found.address,
            lon=found.lon,
            lat=found.lat,
            filing=found.filing,
            capacity_kg=found.capacity_kg,
            fence="\n".join(f"{x}, {y}" for x, y in found.fence),
        ),
    )


@door("/admin/places/edit", "POST", who="administrator")
def save(page: Page) -> Response:
    """Enter a place or change it; what lies in it is judged anew."""
    place_id = page.field("id")
    before = place_named(page.reader, place_id) if place_id else None
    try:
        if not _ID.fullmatch(place_id):
            words = Words(
                "编号用字母、数字和 . _ : -，至少两位。", "An id has letters, digits and . _ : - , at least two signs."
            )
            raise Invalid(*words, faults=[Fault("id", "pattern", words)])
        area = page.require("area", "辖区", "Area")
        for each in {area, *([before.area] if before else [])}:
            check_covers(page.principal, each, PARTY_LINE)
        capacity = _number(page, "capacity_kg")
        with page.write() as w:
            set_place(
                w,
                place_id,
                name=page.require("name", "名称", "Name"),
                kind=page.require("kind", "类别", "Kind"),
                area=area,
                party=page.field("party"),
                address=page.field("address"),
                lon=_number(page, "lon"),
                lat=_number(page, "lat"),
                fence=_fence(page),
                filing=page.field("filing"),
                capacity_kg=None if capacity is None else int(capacity),
            )
            note(w, "set_place", place_id, area, new=before is None)
    except BihuanError as error:
        return _form(page, before, typed(page), error)
    return page.go("/admin/places", page.t("已保存。", "Saved."))


def _number(page: Page, name: str) -> float | None:
    text = page.field(name)
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        words = Words(f"“{text}”不是数字。", f"“{text}” is no number.")
        raise Invalid(*words, faults=[Fault(name, "number", words)])
    return found


def _fence(page: Page) -> list[tuple[float, float]]:
    corners = []
    for n, line in enumerate(page.field("fence").splitlines(), 1):
        if not line.strip():
            continue
        parts = re.split(r"[,，\s]+", line.strip())
        try:
            x, y = (float(part) for part in parts)
        except ValueError as wrong:
            words = Words(f"第 {n} 行应是“经度, 纬度”。", f"Line {n} must be “longitude, latitude”.")
            raise Invalid(*words, faults=[Fault("fence", "coordinates", words)]) from wrong
        corners.append((x, y))
    return corners


def _form(page: Page, known: Place | None, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    asks = [
        Ask(
            "id",
            Words("编号", "Id"),
            required=True,
            help=Words("记录里用来指称场所的编号，登记后不变。", "The id by which records name the place."),
        ),
        Ask("name", Words("名称", "Name"), required=True),
        Ask("kind", Words("类别", "Kind"), "choice", [(n, page.say(w)) for n, w in KINDS.items()], required=True),
        Ask("area", Words("辖区", "Area"), "choice", area_choices(page), required=True),
        Ask("party", Words("经营单位", "Operator"), "choice", organisation_choices(page)),
        Ask("address", Words("地址", "Address")),
        Ask("lon", Words("经度", "Longitude"), "number", unit="° WGS 84"),
        Ask("lat", Words("纬度", "Latitude"), "number", unit="° WGS 84"),
        Ask(
            "fence",
            Words("围栏", "Fence"),
            "long",
            help=Words(
                "每行一个角点：经度, 纬度；至少三个。", "One corner a line: longitude, latitude; three at least."
            ),
        ),
        Ask("filing", Words("备案号", "Filing number")),
        Ask("capacity_kg", Words("库容", "Capacity"), "number", unit="kg"),
    ]
    titles = _NEW if known is None else _SAVE
    return form_page(page, titles, Form("/admin/places/edit", titles, asks), values=values, error=error, back=HERE)
