"""Which lots were in a container, visit by visit: lots are never mixed between visits of one container number.

The customs release says which lots are in which container; nothing else does. A release after the container had arrived
or been unloaded begins the next visit. A step that names only the container counts for all lots (R-PACK) of the latest
visit begun at or before it; a step before any visit counts for the first one. An inspection certificate is often
written before the release: one of the whole container that comes after a visit's arrival counts for the next visit too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bihuan.apps.cold_chain.keys import lots_named
from bihuan.apps.cold_chain.marks import at
from bihuan.apps.cold_chain.records import ArrivedWarehouse, CustomsReleased, Disinfected, HealthCertificate, Unloaded
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Fact
from bihuan.base.rules.rule import own_area


@dataclass(slots=True)
class Visit:
    """One coming of one container."""

    begun: int
    """Second of its first customs release."""
    arrived: int | None = None
    """Second of the first arrival or unloading."""
    area: str = ""
    """Area of the arrival, else of the release."""
    lots: dict[str, None] = field(default_factory=dict)


def visits(history: History) -> dict[str, list[Visit]]:
    """The visits of each container in a history, in order."""
    return history.once("visits", _visits)


def _visits(history: History) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = {}
    for fact in history.of("customs_released", "arrived_warehouse", "unloaded"):
        record = fact.record
        if isinstance(record, CustomsReleased):
            mine = found.setdefault(record.container, [])
            if not mine or mine[-1].arrived is not None:
                mine.append(Visit(at(fact), area=record.area))
            mine[-1].lots.update(dict.fromkeys(lots_named(fact)))
        elif isinstance(record, ArrivedWarehouse | Unloaded) and record.container in found:
            visit = found[record.container][-1]
            if visit.arrived is None:
                visit.arrived = at(fact)
            if isinstance(record, ArrivedWarehouse):
                visit.area = record.area
    return found


def _visits_of_paper(mine: list[Visit], when: int) -> list[Visit]:
    """The visit begun at or before a paper, and the next one when the paper came after that visit's arrival."""
    before = [n for n, visit in enumerate(mine) if visit.begun <= when]
    if not before:
        return mine[:1]
    last = before[-1]
    arrived = mine[last].arrived
    return mine[last : last + 2] if arrived is not None and arrived < when else mine[last : last + 1]


def visit_at(history: History, container: str, when: int) -> Visit | None:
    """The latest visit of a container begun at or before a second, else its first one."""
    mine = visits(history).get(container, [])
    return next((visit for visit in reversed(mine) if visit.begun <= when), mine[0] if mine else None)


def disinfections(history: History, lot: str) -> list[tuple[Fact, Disinfected]]:
    """The disinfections that count for a lot: those that name it, and those of its whole container in its visit."""
    found = []
    for fact, record in history.records(Disinfected):
        if record.lots:
            counts = lot in record.lots
        else:
            visit = None if record.container is None else visit_at(history, record.container, at(fact))
            counts = visit is not None and lot in visit.lots
        if counts:
            found.append((fact, record))
    return found


def health_certificates(history: History, lot: str) -> list[tuple[Fact, HealthCertificate]]:
    """The inspection certificates that count for a lot, by name or by its container's visit."""
    found = []
    for fact, record in history.records(HealthCertificate):
        if record.lots:
            counts = lot in record.lots
        else:
            mine = [] if record.container is None else visits(history).get(record.container, [])
            counts = any(lot in visit.lots for visit in _visits_of_paper(mine, at(fact)))
        if counts:
            found.append((fact, record))
    return found


def area_of_lot_step(history: History, opening: Fact) -> str:
    """The area of a step that may state none (disinfection, split, merge): its container's visit's, else the lot's.

    The lot's area at that time: of its latest visit, else of the latest place it left or was stored at.
    """
    stated = own_area(history, opening)
    if stated:
        return stated
    record, when = opening.record, at(opening)
    if isinstance(record, Disinfected) and record.container is not None:
        visit = visit_at(history, record.container, when)
        if visit is not None and visit.area:
            return visit.area
        scans = [scan.area for _, scan in history.records(ArrivedWarehouse) if scan.container == record.container]
        if scans:
            return scans[-1]
    known = [
        (visit.begun, visit.area)
        for mine in visits(history).values()
        for visit in mine
        if history.name in visit.lots and visit.area
    ]
    places = history.of("left_warehouse", "stored_first", "split", "merged")
    known += [(at(fact), area) for fact in places if (area := own_area(history, fact))]
    before = [pair for pair in known if pair[0] <= when]
    return max(before)[1] if before else min(known, default=(0, ""))[1]
