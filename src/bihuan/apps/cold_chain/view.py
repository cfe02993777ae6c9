"""What the page of a container or lot shows: the loop as steps, kilograms, trip, temperature, whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bihuan.apps.cold_chain.booking import Stated, bookings
from bihuan.apps.cold_chain.loop import loop
from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    BookingAmended,
    BookingCancelled,
    BookingConfirmed,
    CustomsReleased,
    Destroyed,
    Disinfected,
    DoorOpened,
    GoodsGo,
    HealthCertificate,
    LeftWarehouse,
    Merged,
    Movement,
    PickedUp,
    Refused,
    ReleaseCertificate,
    Repacked,
    Sold,
    Split,
    StoredFirst,
    Temperature,
    Unloaded,
)
from bihuan.base.clock import instant
from bihuan.base.declare import compiled
from bihuan.base.errors import Words
from bihuan.base.panels import Balance, LoopStep, Series, SubjectPanel, Trip
from bihuan.base.places import Place
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Fact, Verdict

STAGES: dict[str, Words] = {
    "arriving": Words("待提货", "Arriving"),
    "on_road": Words("在途", "On the road"),
    "at_warehouse": Words("在中转查验库", "At the transit warehouse"),
    "released": Words("已放行待出库", "Released, not yet left"),
    "left": Words("已出库", "Left the warehouse"),
    "stored": Words("首站在库", "In first storage"),
    "gone": Words("已售完或销毁", "Sold out or destroyed"),
    "emptied": Words("已拆箱", "Emptied"),
    "moved": Words("仅有流转事件", "Seen in ordinary events only"),
    "unknown": Words("未见环节记录", "No step on record"),
}
_OF_BOOKING = (Booked, BookingAmended, BookingConfirmed, BookingCancelled)
MOVES = {
    "commissioning": ("赋码", "commissioning"), "packing": ("装箱", "packing"), "unpacking": ("拆箱", "unpacking"),
    "shipping": ("发货", "shipping"), "receiving": ("收货", "receiving"), "storing": ("入库", "storing"),
    "transforming": ("加工", "transforming"), "arriving": ("到达", "arriving"), "departing": ("启运", "departing"),
    "loading": ("装货", "loading"), "unloading": ("卸货", "unloading"), "transporting": ("运输", "transporting"),
    "inspecting": ("查验", "inspecting"), "retail_selling": ("零售", "retail selling"), "holding": ("暂存", "holding"),
    "picking": ("拣货", "picking"), "destroying": ("销毁", "destroying"), "sensor_reporting": ("传感读数", "sensor reporting"),
    "commingling": ("混批", "commingling"), "event": ("事件", "event"),
}  # fmt: skip
"""Business steps of CBV 2.0 in Chinese; another word is shown as it came."""


def view(name: str, facts: Sequence[Fact], verdicts: Sequence[Verdict], places: Mapping[str, Place]) -> SubjectPanel:
    """The panel of `container:…` or `lot:…` from its history; facts in canonical order."""
    kind, _, label = name.partition(":")
    moved = [f for f in facts if isinstance(f.record, Movement)]
    facts = [f for f in facts if not isinstance(f.record, Movement)]
    visit = _current_visit(facts) if kind == "container" else list(facts)
    booked = _booked(label, facts, visit) if kind == "container" else None
    stage, since = _stage(kind, label, visit, booked)
    if stage == "unknown" and moved:
        stage, since = "moved", moved[-1].time
    found = _places_named(facts)
    area = next((a for f in reversed(facts) if (a := str(getattr(f.record, "area", "") or ""))), "")
    released = next((f.record for f in reversed(facts) if isinstance(f.record, CustomsReleased)), None)
    line = None if released is None else next((x for x in released.lots if kind == "container" or x.lot == label), None)
    return SubjectPanel(
        title=label,
        subtitle=Words(line.product if line else "", line.product if line else ""),
        stage=stage,
        stage_words=STAGES[stage],
        stage_at=since,
        place=_place_now(visit, stage, booked)
        or next((f.record.place for f in reversed(moved) if isinstance(f.record, Movement) and f.record.place), ""),
        area=area or next((places[p].area for p in reversed(found) if p in places), ""),
        expected_at=_expected(booked) if stage in ("arriving", "on_road") else None,
        loop=loop(kind, label, visit, verdicts, booked),
        movements=tuple(_movement(f) for f in moved),
        balance=_balance(label, facts) if kind == "lot" else None,
        trip=_trip(visit, places, booked) if kind == "container" else None,
        series=_series(visit) if kind == "container" else (),
        links=tuple(dict.fromkeys((*_links(kind, label, facts), *_moved_with(name, moved)))),
        areas=frozenset(_areas(facts, found, places)),
        parties=frozenset(_parties(facts, found, places)),
        facts=_lines(released, line),
        kg=_kilograms(kind, label, facts, released),
    )


def _movement(fact: Fact) -> LoopStep:
    record = fact.record
    assert isinstance(record, Movement)
    word = record.biz_step.rpartition("/")[2] or "event"
    zh, en = MOVES.get(word, (word, word.replace("_", " ")))
    return LoopStep("Movement", Words(zh, en), "done", fact.time, record.place, Words("", ""), "", fact.id)


def _moved_with(name: str, moved: Sequence[Fact]) -> list[str]:
    """What the same events name beside this: parents, children, inputs and outputs."""
    found: dict[str, None] = {}
    for fact in moved:
        if isinstance(fact.record, Movement):
            sides = {good.side for good in fact.record.goods}
            if sides != {"about"}:
                found |= dict.fromkeys(f"{good.kind}:{good.id}" for good in fact.record.goods)
    found.pop(name, None)
    return list(found)[:200]


def owes(verdict: Verdict, facts: Sequence[Fact], places: Mapping[str, Place]) -> str | None:
    """Which party must act on a verdict: the warehouse that stored or confirms, the disinfector, else the owner."""
    opening = next((f.record for f in facts if f.first == verdict.window), None)
    if isinstance(opening, Disinfected):
        return opening.by
    if isinstance(opening, Booked):
        several = bookings(History(verdict.subject, [f for f in facts if isinstance(f.record, _OF_BOOKING)]))
        now = next((b.stated() for b in several if b.number == opening.booking), None)
        return _operator(now.destination if now else opening.destination, places)
    if isinstance(opening, StoredFirst | LeftWarehouse):
        return _operator(opening.warehouse, places)
    if verdict.subject.startswith("container:"):
        stated = _stated(verdict.subject.partition(":")[2], facts, verdict.opened_at)
        booked = max(stated, key=lambda s: (not s.cancelled, s.order), default=None)
        return booked.owner if booked else _visited(facts, places)
    return _visited(facts, places)


def _operator(place: str, places: Mapping[str, Place]) -> str | None:
    return (places[place].party or None) if place in places else None


def _visited(facts: Sequence[Fact], places: Mapping[str, Place]) -> str | None:
    for fact in reversed(facts):
        if isinstance(fact.record, ArrivedWarehouse | Unloaded | StoredFirst):
            return _operator(fact.record.warehouse, places)
    return None


def _current_visit(facts: Sequence[Fact]) -> list[Fact]:
    """The steps of the latest coming of a container: from its last customs release on (numbers come again).

    An inspection certificate and bookings right before that release are of this coming.
    """
    starts = [n for n, f in enumerate(facts) if isinstance(f.record, CustomsReleased)]
    if not starts:
        return list(facts)
    start = starts[-1]
    while start > 0 and isinstance(facts[start - 1].record, (HealthCertificate, *_OF_BOOKING)):
        start -= 1
    return list(facts[start:])


def _booked(container: str, facts: Sequence[Fact], visit: Sequence[Fact]) -> Stated | None:
    """The booking that this coming of a container is expected on, after all amendments; None once it is cancelled."""
    numbers = {f.record.booking for f in visit if isinstance(f.record, Booked | BookingAmended)}
    live = [s for s in _stated(container, facts) if s.number in numbers and not s.cancelled]
    return max(live, key=lambda s: s.order, default=None)


def _stated(container: str, facts: Sequence[Fact], when: int | None = None) -> list[Stated]:
    """The bookings that name a container, as they were stated by an instant (int us) or are now."""
    history = History(f"container:{container}", [f for f in facts if isinstance(f.record, _OF_BOOKING)])
    stated = (booking.stated(when) for booking in bookings(history))
    return [s for s in stated if s is not None and s.container == container]


def _stage(kind: str, label: str, visit: Sequence[Fact], booked: Stated | None) -> tuple[str, int | None]:
    stage, since = "unknown", None
    reached: dict[type, str] = {
        HealthCertificate: "arriving", CustomsReleased: "arriving", Booked: "arriving", PickedUp: "on_road",
        ArrivedWarehouse: "at_warehouse", Unloaded: "emptied" if kind == "container" else "at_warehouse",
        ReleaseCertificate: "released", LeftWarehouse: "left", StoredFirst: "stored",
    }  # fmt: skip
    for fact in visit:
        cls = type(fact.record)
        if kind == "container" and cls in (ReleaseCertificate, LeftWarehouse, StoredFirst):
            continue
        if isinstance(fact.record, Booked) and (booked is None or fact.record.booking != booked.number):
            continue
        if cls in reached and _further(reached[cls], stage):
            stage, since = reached[cls], fact.time
        elif isinstance(fact.record, Split | Merged) and stage == "unknown":
            stage, since = "stored", fact.time
    if kind == "lot" and stage == "stored":
        rest = _balance(label, visit)
        if rest is not None and rest.inputs and rest.rest <= 0:
            stage, since = "gone", visit[-1].time
    return stage, since


def _further(stage: str, than: str) -> bool:
    """Whether a stage lies further along the loop: a paper that comes late takes no goods back."""
    order = list(STAGES)
    return than == "unknown" or order.index(stage) > order.index(than)


def _place_now(visit: Sequence[Fact], stage: str, booked: Stated | None) -> str:
    if stage in ("arriving", "on_road"):
        return booked.destination if booked else ""
    for fact in reversed(visit):
        for name in ("warehouse", "place"):
            value = getattr(fact.record, name, None)
            if isinstance(value, str) and value:
                return value
    return ""


def _expected(booked: Stated | None) -> int | None:
    return instant(booked.slot) if booked is not None and booked.slot is not None else None


def _balance(lot: str, facts: Sequence[Fact]) -> Balance | None:
    """Kilograms of a lot in and out, as its rule counts them."""
    inputs: list[tuple[Words, Decimal]] = []
    outputs: list[tuple[Words, Decimal]] = []
    vouchers: set[tuple[str, Decimal]] = set()
    for fact in facts:
        r, words = fact.record, type(fact.record).titles
        if isinstance(r, StoredFirst) and r.lot == lot:
            inputs.append((words, r.kg))
        elif isinstance(r, Split):
            if r.lot == lot:
                outputs.append((words, r.kg))
            inputs += [(words, x.kg) for x in r.into if x.lot == lot]
        elif isinstance(r, Merged):
            if r.lot == lot:
                inputs.append((words, r.kg))
            outputs += [(words, x.kg) for x in r.from_ if x.lot == lot]
        elif isinstance(r, Repacked) and r.lot == lot:
            outputs.append((words, r.loss_kg))
        elif isinstance(r, Sold) and r.lot == lot and (r.voucher, r.kg) not in vouchers:
            vouchers.add((r.voucher, r.kg))
            outputs.append((words, r.kg))
        elif isinstance(r, Destroyed) and r.lot == lot:
            outputs.append((words, r.kg))
        elif isinstance(r, Refused) and r.lot == lot:
            (inputs if r.goods_go == GoodsGo.stock else outputs).append((words, r.kg))
    if not inputs:
        return None
    rest = sum((kg for _, kg in inputs), Decimal(0)) - sum((kg for _, kg in outputs), Decimal(0))
    return Balance(tuple(inputs), tuple(outputs), rest)


def _kilograms(kind: str, label: str, facts: Sequence[Fact], released: CustomsReleased | None) -> Decimal | None:
    if kind == "lot":
        balance = _balance(label, facts)
        if balance is not None:
            return balance.rest
    if released is None:
        return None
    return sum((x.kg for x in released.lots if kind == "container" or x.lot == label), Decimal(0))


def _trip(visit: Sequence[Fact], places: Mapping[str, Place], booked: Stated | None) -> Trip | None:
    points = []
    for fact in visit:
        r = fact.record
        name = r.place if isinstance(r, PickedUp) else r.warehouse if isinstance(r, ArrivedWarehouse) else ""
        place = places.get(name)
        if place is not None and place.lon is not None and place.lat is not None:
            points.append((place.lon, place.lat, place.name))
        if isinstance(r, DoorOpened) and type(r) is DoorOpened and r.lon is not None and r.lat is not None:
            points.append((float(r.lon), float(r.lat), r.titles.zh))
    there = places.get(booked.destination) if booked else None
    if len(points) == 1 and there is not None and there.lon is not None and there.lat is not None:
        points.append((there.lon, there.lat, there.name))
    return Trip(tuple(points)) if points else None


def _series(visit: Sequence[Fact]) -> tuple[Series, ...]:
    by_sensor: dict[str, list[tuple[int, Decimal | None]]] = {}
    for fact in visit:
        if isinstance(fact.record, Temperature):
            by_sensor.setdefault(fact.record.sensor, []).append((fact.time, fact.record.cel))
    return tuple(
        Series(Words(f"箱温 {sensor}", f"Temperature {sensor}"), "°C", tuple(points))
        for sensor, points in sorted(by_sensor.items())
    )


def _links(kind: str, label: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for fact in facts:
        r = fact.record
        if kind == "container" and isinstance(r, CustomsReleased):
            found |= dict.fromkeys(f"lot:{x.lot}" for x in r.lots)
        elif kind == "lot" and isinstance(r, CustomsReleased) and any(x.lot == label for x in r.lots):
            found[f"container:{r.container}"] = None
        elif kind == "lot" and isinstance(r, Split):
            found |= dict.fromkeys(f"lot:{name}" for name in (r.lot, *(x.lot for x in r.into)) if name != label)
        elif kind == "lot" and isinstance(r, Merged):
            found |= dict.fromkeys(f"lot:{name}" for name in (r.lot, *(x.lot for x in r.from_)) if name != label)
    return tuple(found)


def _places_named(facts: Sequence[Fact]) -> list[str]:
    """Every place that the history names, in order."""
    found = []
    for fact in facts:
        for spec in compiled(type(fact.record)).fields:
            value = getattr(fact.record, spec.name)
            if spec.role == "place" and isinstance(value, str) and value:
                found.append(value)
    return found


def _areas(facts: Sequence[Fact], found: Sequence[str], places: Mapping[str, Place]) -> set[str]:
    stated = {str(getattr(f.record, "area", "") or "") for f in facts}
    return {a for a in stated | {places[p].area for p in found if p in places} if a}


def _parties(facts: Sequence[Fact], found: Sequence[str], places: Mapping[str, Place]) -> set[str]:
    named = {places[p].party for p in found if p in places}
    for fact in facts:
        if isinstance(fact.record, Booked | BookingAmended):
            named.add(fact.record.owner or "")
        elif isinstance(fact.record, Disinfected):
            named.add(fact.record.by)
    return {party for party in named if party}


def _lines(released: CustomsReleased | None, line: object) -> list[tuple[Words, str]]:
    if released is None:
        return []
    found = [(Words("报关单号", "Declaration"), released.declaration)]
    origin = getattr(line, "origin", "")
    if origin:
        found.append((Words("原产国", "Origin"), origin))
    return found
