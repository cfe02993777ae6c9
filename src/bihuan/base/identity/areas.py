"""Divisions 辖区: a code is a prefix of what lies in it, and mergers have a date.

Rows stay tagged with the code of their day. From the day of a merger on, whoever is granted the successor also sees
what is tagged with the predecessor: `with_predecessors` widens grants so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import RowMapping

from bihuan.base.clock import civil_date
from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Forbidden, NotFound, Words
from bihuan.base.identity.model import NAMES, Area, area
from bihuan.base.principal import Grant

CODE = re.compile(r"[1-9]\d(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?(-[A-Z]{2,8})?")
"""Two digits a province, four a city, six a district, nine a street, twelve a village; letters for special areas."""


@cache
def shipped() -> tuple[Area, ...]:
    """The divisions that come with the system, by code."""
    data: dict[str, dict[str, Any]] = yaml.safe_load((files(__package__) / "areas.yaml").read_text("utf-8"))
    found = [
        Area(code, Words(*names), kind.removesuffix("s") if kind != "cities" else "city", None, None, None)
        for kind in ("provinces", "cities", "districts", "special")
        for code, names in data[kind].items()
    ]
    found += [
        Area(code, Words(*row["names"]), "district", None, row["to"], row["into"])
        for code, row in data["merged"].items()
    ]
    return tuple(sorted(found, key=lambda each: each.code.encode()))


def load_areas(w: Writer) -> int:
    """Add the shipped divisions that are missing; what was changed since stays. How many were added."""
    if w.principal.kind != "system":
        raise Forbidden("只有系统可以装载辖区。", "Only the system loads areas.")
    known = set(areas_by_code(w))
    missing = [each for each in shipped() if each.code not in known]
    w.insert(area, [row_of(each) for each in missing])
    return len(missing)


def row_of(each: Area) -> dict[str, Any]:
    """An area as a row of its table."""
    return {
        "code": each.code,
        "zh": each.words.zh,
        "en": each.words.en,
        "kind": each.kind,
        "valid_from": each.valid_from.isoformat() if each.valid_from else None,
        "valid_to": each.valid_to.isoformat() if each.valid_to else None,
        "merged_into": each.merged_into,
    }


def areas(reader: Reader, under: str = "", on: date | None = None) -> tuple[Area, ...]:
    """Divisions whose code begins with `under`, by code; with `on` only those that exist on that civil day."""
    query = sa.select(area).where(area.c.code.startswith(under, autoescape=True)).order_by(area.c.code)
    found = (_area(row) for row in reader.rows(query, NAMES))
    return tuple(each for each in found if on is None or exists(each, on))


def areas_by_code(reader: Reader) -> dict[str, Area]:
    """All divisions, present and past, by code."""
    return {each.code: each for each in areas(reader)}


def area_of(reader: Reader, code: str) -> Area:
    """One division; NotFound when the code is not known."""
    row = reader.first(sa.select(area).where(area.c.code == code), NAMES)
    if row is None:
        raise NotFound
    return _area(row)


def exists(each: Area, on: date) -> bool:
    """Whether a division exists on a civil day."""
    return (each.valid_from is None or each.valid_from <= on) and (each.valid_to is None or each.valid_to > on)


def parent(code: str, known: Iterable[str]) -> str | None:
    """The division in which another lies: the longest known code that it begins with."""
    above = [each for each in known if code.startswith(each) and each != code]
    return max(above, key=len, default=None)


def successor(reader: Reader, code: str, on: date) -> str:
    """The code that a division bears on a civil day, after all mergers up to then."""
    known = areas_by_code(reader)
    while (each := known.get(code)) and each.merged_into and each.valid_to and each.valid_to <= on:
        code = each.merged_into
    return code


def merged_areas(reader: Reader, at: int) -> tuple[tuple[str, str], ...]:
    """Pairs (predecessor, successor) of the mergers carried out at an instant (int us)."""
    today = civil_date(at).isoformat()
    query = sa.select(area.c.code, area.c.merged_into).where(area.c.merged_into.is_not(None), area.c.valid_to <= today)
    return tuple((row["code"], row["merged_into"]) for row in reader.rows(query.order_by(area.c.code), NAMES))


def with_predecessors(grants: Sequence[Grant], mergers: Sequence[tuple[str, str]]) -> tuple[Grant, ...]:
    """Grants, widened by what was merged into their areas; chains of mergers included."""
    out: list[Grant] = []
    for grant in grants:
        covered, fresh = [grant.area], [grant.area]
        while fresh:
            fresh = [old for old, new in mergers if _within(new, fresh) and not _within(old, covered)]
            covered += fresh
        out += [replace(grant, area=code) for code in covered]
    return tuple(out)


def _within(code: str, covered: Iterable[str]) -> bool:
    return any(code.startswith(each) for each in covered)


def _area(row: RowMapping) -> Area:
    return Area(
        row["code"],
        Words(row["zh"], row["en"]),
        row["kind"],
        date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        row["merged_into"],
    )
