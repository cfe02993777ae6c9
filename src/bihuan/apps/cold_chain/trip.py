"""A trip: from pick-up to the gate scan at the warehouse. On time, as booked, unopened, cold.

A trip ends with the first gate scan of its container at or after pick-up. When the container was picked up again before
any scan, the first trip has none and ends there. The booking is the one that stood at pick-up; its warehouse is the only
lawful place to open (R-FENCE-BOOKED), and the limits are those of the pick-up (R-TRIP-WINDOW).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from bihuan.apps.cold_chain.booking import Standing, at_pick_up, served
from bihuan.apps.cold_chain.fence import inside
from bihuan.apps.cold_chain.marks import at, known_until, mark
from bihuan.apps.cold_chain.records import ArrivedWarehouse, DoorOpened, PickedUp
from bihuan.base.clock import SECOND
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.limits import micros
from bihuan.base.rules.model import Fact, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock, duration
from bihuan.engines.temporal import Mark, follows, matches, never, precedes
from bihuan.protocols.codes import normalize_plate

_FIELDS = {
    "vehicle": Words("车辆", "vehicle"),
    "driver": Words("司机", "driver"),
    "warehouse": Words("到库仓库", "warehouse"),
}


def arrival_of(history: History, pick_up: Fact, container: str) -> tuple[Fact, ArrivedWarehouse] | None:
    """The gate scan that ends a trip, or None while (or because) there is none; one scan ends one trip."""
    return trip_of(history, pick_up, container).scan


class Trip(NamedTuple):
    """How a trip ends."""

    scan: tuple[Fact, ArrivedWarehouse] | None
    again: Fact | None
    """The next pick-up of the container: whatever happens from then on belongs to another trip."""

    @property
    def end(self) -> int | None:
        """Second of the gate scan, else of the next pick-up; None while the trip goes on."""
        return at(self.scan[0]) if self.scan else at(self.again) if self.again else None


def trip_of(history: History, pick_up: Fact, container: str) -> Trip:
    """The trip that a pick-up begins."""
    return history.once(f"trips:{container}", lambda h: _trips(h, container))[pick_up.id]


def _trips(history: History, container: str) -> dict[str, Trip]:
    """All trips of a container by their pick-up; a scan in the second of the next pick-up ends the earlier trip."""
    pick_ups = [fact for fact, record in history.records(PickedUp) if record.container == container]
    scans = [pair for pair in history.records(ArrivedWarehouse) if pair[1].container == container]
    found: dict[str, Trip] = {}
    taken: set[str] = set()
    for pick_up, again in pairwise([*pick_ups, None]):
        assert pick_up is not None
        scan = next((pair for pair in scans if at(pair[0]) >= at(pick_up) and pair[0].id not in taken), None)
        if scan is not None and again is not None and at(again) < at(scan[0]):
            scan = None
        if scan is not None:
            taken.add(scan[0].id)
        found[pick_up.id] = Trip(scan, again)
    return found


def judge_no_booking(window: Window) -> Verdict:
    """A confirmed, uncancelled booking of the container stood long enough before its entry."""
    history, opening = window.history, window.opening
    record = opening.record
    assert isinstance(record, ArrivedWarehouse)
    gap = micros(window.rows["booking_min_gap"])
    mine = served(history, window.asked.limits).get(opening.id)
    marks = [] if mine is None else [Mark(mine.since, 0, mine.booking, mine)]
    found = precedes(marks, mark(opening), min_gap=gap, horizon=known_until(window, "booked", "booking_confirmed"))
    when, need = clock(opening.time), duration(gap)
    if found.answer == "satisfied" and mine is not None:
        stood = duration(at(opening) - mine.since)
        return window.say(
            "satisfied",
            f"预约 {mine.booking} 自 {clock(mine.since)} 有效 → 到库 {clock(opening.time, mine.since)}，"
            f"提前 {stood.zh}，应提前 {need.zh}。",
            f"Booking {mine.booking} stood from {clock(mine.since)}; entry {clock(opening.time, mine.since)}: "
            f"{stood.en} ahead, {need.en} required.",
            (*mine.witness(), opening.id),
        )
    if mine is not None:
        stood = duration(at(opening) - mine.since)
        zh = f"预约 {mine.booking} 自 {clock(mine.since)} 有效，仅提前 {stood.zh}，应提前 {need.zh}"
        en = f"booking {mine.booking} stood from {clock(mine.since)}, only {stood.en} ahead, {need.en} required"
        witness: tuple[str, ...] = (*mine.witness(), opening.id)
    else:
        zh, en = (
            f"{record.warehouse} 没有该箱有效的预约（应提前 {need.zh}）",
            f"no booking of it stood ({need.en} ahead required)",
        )
        witness = (opening.id,)
    if found.answer == "violated":
        return window.say(
            "violated", f"{history.name} 于 {when} 到库：{zh}。", f"{history.name} entered {when}: {en}.", witness
        )
    return window.say(
        "undecided",
        f"{history.name} 于 {when} 到库：目前{zh}；资料未齐，待定。",
        f"{history.name} entered {when}: as far as known {en}; the input is not complete.",
        witness,
        due=found.due,
        missing=("booked", "booking_confirmed"),
    )


def judge_not_as_booked(window: Window) -> Verdict:
    """Vehicle and driver at pick-up and warehouse at arrival equal the booking as it stood at pick-up."""
    history, opening = window.history, window.opening
    record = opening.record
    assert isinstance(record, PickedUp)
    booked = at_pick_up(window, record.container)
    scan = arrival_of(history, opening, record.container)
    done = {"vehicle": normalize_plate(record.vehicle), "driver": record.driver,
            "warehouse": None if scan is None else scan[1].warehouse}  # fmt: skip
    stated = [] if booked is None else [Mark(booked.since, 0, booked.booking, _as_stated(booked))]
    found = matches(stated, mark(opening, done), tuple(_FIELDS))
    when = clock(opening.time)
    if booked is None:
        return window.say(
            "undecided",
            f"{history.name} 于 {when} 提货时没有有效预约，无从比对（另见“未经预约入库”）。",
            f"{history.name} was picked up {when} with no booking standing: nothing to compare "
            "(see the rule on entry without booking).",
            (opening.id,),
            missing=("booked", "booking_confirmed"),
        )
    arrival = () if scan is None else (scan[0].id,)
    if found.answer == "satisfied":
        return window.say(
            "satisfied",
            f"车辆 {record.vehicle}、司机 {record.driver}、到库 {done['warehouse']} 与预约 {booked.booking} 一致。",
            f"Vehicle {record.vehicle}, driver {record.driver} and warehouse {done['warehouse']} "
            f"are as booked ({booked.booking}).",
            (*booked.witness(*_FIELDS), opening.id, *arrival),
        )
    if found.answer == "violated":
        told = _as_stated(booked)
        wrong = found.part.split(",")
        zh = "；".join(f"{_FIELDS[f].zh}预约为 {told[f]}，实际为 {done[f]}" for f in wrong)
        en = "; ".join(f"{_FIELDS[f].en} booked {told[f]}, actual {done[f]}" for f in wrong)
        shown = (opening.id,) if wrong[0] != "warehouse" else (opening.id, *arrival)
        return window.say(
            "violated",
            f"未按预约 {booked.booking} 运输（提货 {when}）：{zh}。",
            f"Not as booked ({booked.booking}, pick-up {when}): {en}.",
            (*booked.witness(wrong[0]), *shown),
        )
    return window.say(
        "undecided",
        f"提货 {when} 的车辆、司机与预约 {booked.booking} 一致；尚未到库，流向待定（预约 {booked.destination}）。",
        f"Vehicle and driver at pick-up {when} are as booked ({booked.booking}); "
        f"not arrived yet (booked: {booked.destination}).",
        (*booked.witness(*_FIELDS), opening.id),
        missing=("arrived_warehouse",),
    )


def _as_stated(booked: Standing) -> dict[str, str]:
    return {"vehicle": booked.vehicle, "driver": booked.driver, "warehouse": booked.destination}


def judge_overtime(window: Window) -> Verdict:
    """The gate scan follows the pick-up within the longest time allowed, its end included."""
    opening = window.opening
    record = opening.record
    assert isinstance(record, PickedUp)
    within = micros(window.rows["transport_max"])
    scan = arrival_of(window.history, opening, record.container)
    after = [] if scan is None else [mark(scan[0])]
    found = follows(mark(opening), after, within=within, horizon=known_until(window, "arrived_warehouse"))
    limit, left = duration(within), clock(opening.time)
    if scan is not None:
        took = duration(at(scan[0]) - at(opening))
        arrived = clock(scan[0].time, opening.time)
        zh = f"提货 {left} → 到库 {arrived}，{took.zh}，限 {limit.zh}"
        en = f"pick-up {left} → gate {arrived}: {took.en}, limit {limit.en}"
    else:
        due = clock(at(opening) + within, opening.time)
        zh = f"提货 {left}，限 {limit.zh}，应于 {due} 前到库，未见到库记录"
        en = f"pick-up {left}, limit {limit.en}: the gate scan was due by {due} and is not there"
    if found.answer == "undecided":
        tail_zh = "；此前是否已到库，资料未齐，待定" if scan is not None else "（待定）"
        tail_en = "; whether it was scanned before is not known yet" if scan is not None else " (yet)"
        return window.say(
            "undecided",
            f"{zh}{tail_zh}。",
            f"{en}{tail_en}.",
            found.witness,
            due=found.due,
            missing=("arrived_warehouse",),
        )
    return window.say(found.answer, f"{zh}。", f"{en}.", found.witness)


def judge_opened(window: Window) -> Verdict:
    """No opening strictly between pick-up and gate scan, save inside the fence of the booked warehouse."""
    history, opening = window.history, window.opening
    record = opening.record
    assert isinstance(record, PickedUp)
    booked = at_pick_up(window, record.container)
    trip = trip_of(history, opening, record.container)
    scan = trip.scan
    fence = None if booked is None else window.asked.fences.get(booked.destination)
    doors = [(fact, door, _unlawful(door, booked, fence)) for fact, door in history.records(DoorOpened)
             if door.container == record.container and (trip.end is None or at(fact) < trip.end)]  # fmt: skip
    found = never(
        (mark(fact, unlawful) for fact, _, unlawful in doors),
        mark(opening),
        None if scan is None else mark(scan[0]),
        horizon=known_until(window, "door_opened"),
    )
    left = clock(opening.time)
    if found.part in ("breach", "unknown"):
        fact, door, _ = next(d for d in doors if d[0].id == found.witness[1])
        when = clock(fact.time, opening.time)
        place = _place(door)
        if found.part == "breach":
            target_zh = "" if booked is None else f"，不在预约仓库 {booked.destination} 内"
            target_en = "" if booked is None else f", not at the booked warehouse {booked.destination}"
            return window.say(
                "violated",
                f"提货 {left} 后，途中 {when} 开箱：{place.zh}{target_zh}。",
                f"After pick-up {left} it was opened on the way, {when}: {place.en}{target_en}.",
                found.witness,
            )
        nowhere = door.lat is None or door.lon is None
        why = (
            Words("位置不明", "position unknown")
            if nowhere
            else Words("预约仓库的围栏未登记", "the booked warehouse has no fence on file")
        )
        return window.say(
            "undecided",
            f"提货 {left} 后，途中 {when} 开箱，{why.zh}，待定。",
            f"After pick-up {left} it was opened {when}; {why.en}: undecided.",
            found.witness,
            missing=("door_opened.position",) if nowhere else ("fence",),
        )
    if scan is None:
        return window.say(
            "undecided",
            f"提货 {left}，未见开箱，尚未见到库记录。",
            f"Picked up {left}, no opening seen, no gate scan yet.",
            found.witness,
            missing=("arrived_warehouse",),
        )
    arrived = clock(scan[0].time, opening.time)
    if found.answer == "satisfied":
        return window.say(
            "satisfied",
            f"提货 {left} → 到库 {arrived}，途中没有开箱。",
            f"Pick-up {left} → gate {arrived}: not opened on the way.",
            found.witness,
        )
    return window.say(
        "undecided",
        f"提货 {left} → 到库 {arrived}，未见开箱；箱门资料未齐，待定。",
        f"Pick-up {left} → gate {arrived}: no opening seen, but the door records are not complete.",
        found.witness,
        due=at(scan[0]) - SECOND,
        missing=("door_opened",),
    )


def _unlawful(door: DoorOpened, booked: Standing | None, fence: Sequence[tuple[float, float]] | None) -> bool | None:
    """True a breach, False lawful, None not known: no position, or no fence to hold it against."""
    if door.in_warehouse is not None:
        return booked is None or door.in_warehouse != booked.destination
    if door.lat is None or door.lon is None:
        return None
    if booked is None:
        return True
    return None if not fence else not inside(float(door.lon), float(door.lat), fence)


def _place(door: DoorOpened) -> Words:
    if door.in_warehouse is not None:
        return Words(f"仓库 {door.in_warehouse}", f"warehouse {door.in_warehouse}")
    lat, lon = door.lat or Decimal(0), door.lon or Decimal(0)
    return Words(f"北纬 {lat:.5f}°、东经 {lon:.5f}°", f"{lat:.5f}° N, {lon:.5f}° E")
