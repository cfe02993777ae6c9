"""发现 by a person: what an officer saw on a visit, or what came over the hotline 12345 or as a tip."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bihuan.base.cases import Act, note_finding
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import organisations, party_resolver
from bihuan.base.places import all_places, place_named
from bihuan.base.rules.findings_model import ORIGINS, Origin
from bihuan.ends.regulator.fields import instant_of, taken_files
from bihuan.ends.regulator.standing import area_choices, my_apps, my_areas, named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names

BY_PEOPLE: tuple[Origin, ...] = ("patrol", "hotline", "tip")


@door("/regulator/findings/new", who="officer")
def new(page: Page) -> Response:
    """An empty form, or one that begins with the subject or place it was opened from."""
    return _form(page, {})


@door("/regulator/findings/new", "POST", who="officer")
def note(page: Page) -> Response:
    """Keep the finding with its photos."""
    photos: list[str] = []
    try:
        photos = taken_files(page, "photos")
        app = named_app(page, page.require("app", "条线", "Line"))
        origin = _origin(page)
        title = page.require("title", "问题", "Finding")
        subject, area, party = _about(page)
        reason = page.require("reason", "事实", "Facts")
        due = instant_of(page, "due", Words("办理期限", "Deal with it by"))
        with page.write() as w:
            found = note_finding(
                w, subject=subject, origin=origin, title=Words(title, title), reason=Words(reason, reason),
                line=app.line, area=area, party=party, photos=photos, due=due,
                act=Act("page", page.field("retry") or None),
            )  # fmt: skip
    except BihuanError as error:
        return _form(page, page.wrong(error), photos, error.status)
    return page.go(f"/regulator/findings/{found}", told=page.t("问题已记录。", "The finding is recorded."))


def _origin(page: Page) -> Origin:
    asked = page.require("origin", "来源", "Origin")
    for origin in BY_PEOPLE:
        if asked == origin:
            return origin
    words = Words("请选择巡查、热线或举报。", "Choose patrol, hotline or tip.")
    raise Invalid(*words, faults=[Fault("origin", "choice", words)])


def _about(page: Page) -> tuple[str, str, str | None]:
    """Subject, area and party of the finding; a place brings its own area and operator."""
    kind = page.require("kind", "对象种类", "Kind of subject")
    party = _party(page, page.field("party"), "party") if page.field("party") else None
    if kind == "place":
        place = place_named(page.reader, page.require("place", "场所", "Place"))
        if place is None:
            words = Words("没有登记这个场所，请从列表中选择。", "No such place is registered; choose one of the list.")
            raise Invalid(*words, faults=[Fault("place", "not_found", words)])
        operator = party_resolver(page.reader)(place.party)
        return f"place:{place.id}", page.field("area") or place.area, party or operator
    name = page.require("name", "编号或名称", "Code or name")
    area = page.require("area", "辖区", "Area")
    if kind == "party":
        found = _party(page, name, "name")
        return f"party:{found}", area, party or found
    if page.house.app_of_subject(kind) is None:
        words = Words("请选择对象的种类。", "Choose what kind of subject it is.")
        raise Invalid(*words, faults=[Fault("kind", "choice", words)])
    tidy = name.upper().replace(" ", "").replace("-", "") if kind == "container" else name
    return f"{kind}:{tidy}", area, party


def _party(page: Page, text: str, field: str) -> str:
    """The one organisation of that name or credit code in scope."""
    found = organisations(page.reader, text=text, limit=6)
    exact = [each for each in found if text in (each.name, each.uscc)] or list(found)
    if len(exact) == 1:
        return exact[0].id
    several = "、".join(each.name for each in found[:5])
    words = (
        Words(f"有多家名称含“{text}”：{several}。请写全称或统一社会信用代码。",
              f"Several are called like “{text}”: {several}. Write the full name or the credit code.")
        if found
        else Words(f"辖区内没有名为“{text}”的主体。", f"There is no party “{text}” in your scope.")
    )  # fmt: skip
    raise Invalid(*words, faults=[Fault(field, "not_found", words)])


def _form(page: Page, wrong: dict[str, Any], photos: list[str] | None = None, status: int = 200) -> Response:
    typed = {name: values[-1] for name, values in page.fields().items()}
    if page.request.method == "GET":
        kind, _, name = page.arg("subject").partition(":")
        typed = {"kind": kind or "place", "name": name, "place": name if kind == "place" else "",
                 "area": page.arg("area"), "app": page.arg("app")}  # fmt: skip
    mine = tuple(area.code for area in my_areas(page))
    return page.render(
        "regulator/finding_new.html", status, typed=typed, photos=photos or [], names=Names(page),
        apps=[(app.name, page.say(app.titles)) for app in my_apps(page, "act")], areas=area_choices(page),
        places=[place for place in all_places(page.reader) if place.area.startswith(mine)] if mine else [],
        kinds=[("place", page.t("场所", "Place")), ("party", page.t("主体", "Party"))]
        + [(kind, page.say(words)) for app in my_apps(page) for kind, words in app.subject_kinds.items()],
        origins=[(origin, ORIGINS[origin]) for origin in BY_PEOPLE],
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip
