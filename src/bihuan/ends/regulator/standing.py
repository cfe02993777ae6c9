"""Where an officer stands: apps and areas of their grants, and the filters that every list takes from the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import sqlalchemy as sa

from bihuan.base.catalog import App
from bihuan.base.errors import NotFound
from bihuan.base.identity import Area, areas
from bihuan.ends.shared import Page


def my_apps(page: Page, capability: str = "read") -> list[App]:
    """The apps whose line (to read, or one under it) is in the officer's grants, in the order of the house."""
    lines = {grant.line for grant in page.principal.grants if capability in grant.capabilities}
    under = {app.name: lines & app.sublines.keys() if capability == "read" else set() for app in page.house.apps.values()}
    return [app for app in page.house.apps.values() if "*" in lines or app.line in lines or under[app.name]]


def my_areas(page: Page) -> list[Area]:
    """The areas that an officer may filter by: those granted and the divisions in them; longest lists stay readable."""
    prefixes: set[str] = set()
    for grant in page.principal.grants:
        prefixes |= {grant.area} if grant.area else {app.territory for app in page.house.apps.values()}
    found: dict[str, Area] = {}
    for prefix in sorted(prefixes):
        for area in areas(page.reader, prefix):
            found.setdefault(area.code, area)
    return list(found.values())


def named_app(page: Page, name: str) -> App:
    """An app of the officer's own lines; NotFound otherwise."""
    for app in my_apps(page):
        if app.name == name:
            return app
    raise NotFound


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks of a list; every value is text, empty when not asked."""

    app: str
    area: str
    text: str
    party: str = ""

    @classmethod
    def of(cls, page: Page) -> Filters:
        """The filters in this page's address."""
        return cls(page.arg("app"), page.arg("area"), page.arg("q").strip(), page.arg("party"))

    def conditions(
        self,
        page: Page,
        line: sa.ColumnElement[str],
        area: sa.ColumnElement[str],
        *texts: sa.ColumnElement[str],
        party: sa.ColumnElement[str | None] | None = None,
    ) -> list[sa.ColumnElement[bool]]:
        """The filters on a table's columns; the text is looked for in each of `texts`."""
        out: list[sa.ColumnElement[bool]] = []
        if self.app:
            out.append(line == named_app(page, self.app).line)
        if self.area:
            out.append(area.startswith(self.area, autoescape=True))
        if self.party and party is not None:
            out.append(party == self.party)
        if self.text:
            out.append(sa.or_(*(column.icontains(self.text, autoescape=True) for column in texts)))
        return out


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a list: where it leads, its name, how many rows, whether it is the one shown."""

    href: str
    label: str
    count: int | None
    here: bool


def link(path: str, **query: str | int) -> str:
    """An address with those query values that are not empty."""
    kept = {name: value for name, value in query.items() if value != ""}
    return f"{path}?{urlencode(kept)}" if kept else path


def app_choices(page: Page) -> Sequence[tuple[str, str]]:
    """The officer's apps as choices of a filter: name, title."""
    return [(app.name, page.say(app.titles)) for app in my_apps(page)]


def area_choices(page: Page, asked: str = "") -> Sequence[tuple[str, str]]:
    """The officer's areas as choices of a filter: code, name; with the one asked for, so that it is never lost."""
    found = [
        (area.code, page.say(area.words) + (page.t("（已并入）", " (merged)") if area.merged_into else ""))
        for area in my_areas(page)
    ]
    if asked and asked not in dict(found):
        found.append((asked, page.area_name(asked)))
    return found


def rule_choices(page: Page, *, asked: bool = False) -> Sequence[tuple[str, str]]:
    """The rules of the officer's apps as choices of a filter: id, name of the breach or of what is asked."""
    fields = [app.field for app in my_apps(page) if app.field is not None]
    return [(rule.info.id, page.say(rule.info.asked if asked else rule.info.titles)) for field in fields for rule in field.rules]
