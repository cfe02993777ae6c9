"""To whom a case can be dispatched: officers whose grants reach its area and line, and departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from bihuan.base.db import Open
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.identity import organisations, person_label
from bihuan.base.identity.model import in_force, officer_grant, unspelt
from bihuan.ends.shared import Page

_OFFICERS = Open("who may act in an area and line is known to its officers, who dispatch to them; names are masked")


@dataclass(frozen=True, slots=True)
class Assignee:
    """A person or department that can be given a case."""

    kind: Literal["person", "department"]
    id: str
    name: str

    @property
    def value(self) -> str:
        """How a form names it."""
        return f"{self.kind}:{self.id}"


def assignees(page: Page, cases: Sequence[Mapping[Any, Any]]) -> list[Assignee]:
    """Those who may act on every one of these cases: officers, the asker first, then departments."""
    g = officer_grant.c
    query = sa.select(g.person, g.area, g.line, g.capabilities).where(in_force(officer_grant, page.now))
    held: dict[str, list[tuple[str, str]]] = {}
    for row in page.reader.rows(query.order_by(g.person, g.area), _OFFICERS):
        if "act" in unspelt(row["capabilities"]):
            held.setdefault(row["person"], []).append((row["area"], row["line"]))

    def reaches(person: str) -> bool:
        return all(
            any(case["area"].startswith(area) and line in ("*", case["line"]) for area, line in held[person])
            for case in cases
        )

    me = page.principal.person
    people = sorted((person for person in held if reaches(person)), key=lambda person: (person != me, person))
    found = [Assignee("person", person, person_label(page.reader, person)) for person in people]
    found += [Assignee("department", each.id, each.name) for each in organisations(page.reader, kind="department")]
    return found


def chosen(page: Page, cases: Sequence[Mapping[Any, Any]]) -> Assignee:
    """The assignee that the form names; Invalid when it is none that may be given these cases."""
    wanted = page.require("to", "派遣给", "Dispatch to")
    for each in assignees(page, cases):
        if each.value == wanted:
            return each
    words = Words("请从列表中选择处置人或部门。", "Choose a person or department of the list.")
    raise Invalid(*words, faults=[Fault("to", "choice", words)])
