"""To whom a case can be dispatched: who has authority over its line and area, and of the others why they have not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from bihuan.base.db import Open
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.identity import is_colleague, members_with_authority, organisations, person_label
from bihuan.base.identity.model import in_force, officer_grant, unspelt
from bihuan.ends.shared import Page

Case = Mapping[Any, Any]
_OFFICERS = Open("who may act in an area and line is known to its officers, who dispatch to them")


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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An officer or office that cannot be given these cases, and why."""

    name: str
    why: Words


@dataclass(frozen=True, slots=True)
class Assignable:
    """Who can be given some cases, and who cannot."""

    may: tuple[Assignee, ...] = ()
    may_not: tuple[LeftOut, ...] = ()

    @property
    def people(self) -> tuple[Assignee, ...]:
        """The officers among those who can."""
        return tuple(each for each in self.may if each.kind == "person")


@dataclass
class _Held:
    """What one officer holds now: pairs (area, line) in which they may act, and all in which they have any grant."""

    acts: list[tuple[str, str]] = field(default_factory=list)
    any: list[tuple[str, str]] = field(default_factory=list)

    def covers(self, cases: Sequence[Case]) -> bool:
        """Whether they may act on every one of these cases."""
        return all(_reaches(self.acts, case) for case in cases)

    def why_not(self, cases: Sequence[Case]) -> Words:
        """The first of what is lacking: the line, the area, the power to act."""
        lines = {line for _, line in self.any}
        if "*" not in lines and any(case["line"] not in lines for case in cases):
            return Words("没有该条线的权限", "has no powers under this line")
        if not all(_reaches(self.any, case) for case in cases):
            return Words("权限不覆盖该辖区", "has no powers in this area")
        return Words("只有查看权限，没有办理权限", "may look, not act")


def assignees(page: Page, cases: Sequence[Case]) -> Assignable:
    """Those who may act on every one of these cases: officers, the asker first, then offices with such a member.

    Of colleagues and offices in scope that may not, the reason.
    """
    held = _held(page)
    me, reader = page.principal.person, page.reader
    able = sorted((who for who, has in held.items() if has.covers(cases)), key=lambda who: (who != me, who))
    may = [Assignee("person", who, person_label(reader, who)) for who in able]
    may_not = [
        LeftOut(person_label(reader, who), has.why_not(cases))
        for who, has in held.items()
        if who not in able and is_colleague(reader, who)
    ]
    offices = {each.id: each for kind in ("authority", "department") for each in organisations(reader, kind=kind)}
    for each in sorted(offices.values(), key=lambda office: office.name):
        if members_with_authority(reader, each.id, able):
            may.append(Assignee("department", each.id, each.name))
        else:
            why = Words("没有可办理该辖区、该条线的人员", "has no member who may act in this area and line")
            may_not.append(LeftOut(each.name, why))
    return Assignable(tuple(may), tuple(may_not))


def chosen(page: Page, cases: Sequence[Case]) -> Assignee:
    """The assignee that the form names; Invalid when it is none that may be given these cases."""
    wanted = page.require("to", "派遣给", "Dispatch to")
    for each in assignees(page, cases).may:
        if each.value == wanted:
            return each
    words = Words("请从列表中选择处置人或部门。", "Choose a person or department of the list.")
    raise Invalid(*words, faults=[Fault("to", "choice", words)])


def enforcers(page: Page, case: Case) -> list[str]:
    """The officers of enforcement whom an order names: who handles the case, then the second one of the form, if any."""
    first = case["owner"] if case["owner_kind"] == "person" else page.principal.person
    second = page.field("partner")
    if not second:
        return [first or ""]
    if second == first or all(second != each.id for each in assignees(page, [case]).people):
        words = Words("请另选一名有权办理该辖区、该条线的执法人员。", "Choose another officer who may act in this area and line.")
        raise Invalid(*words, faults=[Fault("partner", "choice", words)])
    return [first or "", second]


def _held(page: Page) -> dict[str, _Held]:
    g = officer_grant.c
    query = sa.select(g.person, g.area, g.line, g.capabilities).where(in_force(officer_grant, page.now))
    held: dict[str, _Held] = {}
    for row in page.reader.rows(query.order_by(g.person, g.area), _OFFICERS):
        has = held.setdefault(row["person"], _Held())
        has.any.append((row["area"], row["line"]))
        if "act" in unspelt(row["capabilities"]):
            has.acts.append((row["area"], row["line"]))
    return held


def _reaches(held: Sequence[tuple[str, str]], case: Case) -> bool:
    return any(case["area"].startswith(area) and line in ("*", case["line"]) for area, line in held)
