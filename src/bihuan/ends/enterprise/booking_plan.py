"""A booking before it is kept: all that is wrong with it at once, and what it would bring if all goes as planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.clock import moment, parse_instant
from bihuan.base.declare import Record, TypeSpec, read
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.places import Place, place_named
from bihuan.base.records import RECORD, record, typed_table
from bihuan.base.rules.suppose import Supposed
from bihuan.ends.enterprise.booking_state import capacity_fault
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.supposing import Line, ask, lines

FIELDS = ("container", "vehicle", "driver", "destination", "declaration", "slot")
"""The fields of the booking form, the instant last."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A booking (or its change) that can be kept: the record, and what is planned after all changes."""

    spec: TypeSpec
    record: Record
    booking: str
    container: str
    vehicle: str
    place: Place
    slot: int


@dataclass(frozen=True, slots=True)
class Effects:
    """What a plan would bring: by itself, and when the container enters at the time planned; and what looks odd."""

    now: Sequence[Line]
    later: Sequence[Line]
    notes: Sequence[Words]
    seal: str
    """Stands for what was typed: a warning counts as read only for the very plan that it was about."""

    @property
    def breaks(self) -> bool:
        """Whether a rule would be broken."""
        return any(line.change.effect == "violated" for line in (*self.now, *self.later))


def plan(page: Page, spec: TypeSpec, values: Mapping[str, object], booking: str, stood: Mapping[str, str], without: str = "") -> Plan:
    """What was typed as a plan; Invalid names every fault at its field, a day without capacity among them.

    `values`: of the record; `stood`: container and vehicle where the record does not change them; `without`: the
    booking that is amended and holds no capacity against itself.
    """
    faults: dict[str, Fault] = {}
    place, slot = _warehouse(page, faults), _slot(page, faults)
    whole = dict(values)
    if slot is not None and "slot" in whole:
        whole["slot"] = moment(slot)
    reading = read(spec, whole)
    for fault in reading.faults:
        faults.setdefault(fault.path, fault)
    container = str(getattr(reading.record, "container", None) or page.field("container") or stood.get("container", ""))
    if place is not None and slot is not None:
        words = capacity_fault(page, place, slot, container, without)
        if words is not None:
            faults["slot"] = Fault("slot", "full", words)
    if faults or place is None or slot is None or not isinstance(reading.record, Record):
        told = sorted(faults.values(), key=lambda f: FIELDS.index(f.path) if f.path in FIELDS else len(FIELDS))
        n = len(told)
        raise Invalid(f"有 {n} 处需要更正，见下。", f"{n} thing(s) to mend; see below.", faults=told)
    vehicle = str(getattr(reading.record, "vehicle", None) or stood.get("vehicle", ""))
    return Plan(spec, reading.record, booking, container, vehicle, place, slot)


def _warehouse(page: Page, faults: dict[str, Fault]) -> Place | None:
    text = page.field("destination")
    place = place_named(page.reader, text) if text else None
    if not text:
        faults["destination"] = Fault(
            "destination", "required", Words("请填写“流向仓库”。", "Fill in “Destination”.")
        )
    elif place is None:
        words = Words("没有这个仓库，请从列表中选择。", "No such warehouse; choose one of the list.")
        faults["destination"] = Fault("destination", "unknown", words)
    return place


def _slot(page: Page, faults: dict[str, Fault]) -> int | None:
    text = page.field("slot")
    if not text:
        faults["slot"] = Fault("slot", "required", Words("请填写“预计到库”。", "Fill in “Expected at”."))
        return None
    try:
        slot = parse_instant(text)
    except ValueError:
        words = Words("“预计到库”应写成 2020-12-10 14:20。", "Write “Expected at” as 2020-12-10 14:20.")
        faults["slot"] = Fault("slot", "instant", words)
        return None
    if slot < page.now:
        words = Words("预计到库时间已过，请改为将来的时间。", "The expected time is past; give one ahead.")
        faults["slot"] = Fault("slot", "past", words)
        return None
    return slot


def effects(page: Page, made: Plan) -> Effects:
    """What the rules would say of a plan: once it is kept, and if the warehouse agrees and the container comes in time."""
    names, booked = Names(page), Supposed(made.spec.name, made.record)
    confirmed, arrived = step_spec(page, "booking_confirmed"), step_spec(page, "arrived_warehouse")
    agreed = read(confirmed, {"time": moment(page.now), "booking": made.booking, "by": made.place.id}).record
    came = read(
        arrived,
        {"time": moment(made.slot), "container": made.container, "vehicle": made.vehicle, "warehouse": made.place.id,
         "area": made.place.area},
    ).record  # fmt: skip
    at_once = ask(page, [booked]).of("violated", "due", "satisfied")
    known = {(c.verdict.rule, c.verdict.window) for c in at_once}
    further = [Supposed(spec.name, each) for spec, each in ((confirmed, agreed), (arrived, came)) if isinstance(each, Record)]
    planned = [
        c for c in ask(page, [booked, *further]).of("violated") if (c.verdict.rule, c.verdict.window) not in known
    ]
    return Effects(lines(page, names, at_once), lines(page, names, planned), _odd(page, made), seal(page))


def seal(page: Page) -> str:
    """What the form holds, in one line."""
    return " | ".join(page.field(name) for name in FIELDS)


def _odd(page: Page, made: Plan) -> list[Words]:
    """A plate that none of our many bookings has ever named is more often mistyped than new."""
    table, mine = typed_table(step_spec(page, "booked")), Mine(page)
    query = sa.select(table.c.vehicle).join(record, record.c.seq == table.c.seq).where(record.c.party == mine.party)
    plates = {str(row["vehicle"]) for row in page.reader.rows(query.distinct(), RECORD)}
    if not plates or made.vehicle in plates:
        return []
    return [
        Words(
            f"车牌 {made.vehicle} 未在本单位以往的预约中出现，请核对。",
            f"Plate {made.vehicle} is in none of your earlier bookings; check it.",
        )
    ]
