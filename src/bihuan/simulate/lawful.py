"""Finished, lawful histories: one container load from the inspection paper to the first store, as it should be.

Three shapes. `transit`: high-risk lots that go by way of a transit warehouse (disinfection, test, release
certificate, trace code). `exempt`: high-risk lots whose inspection paper says 业经消毒, straight to a store.
`ordinary`: lots of ordinary risk, straight to a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from bihuan.base.clock import HOUR, MINUTE, SECOND, civil_date
from bihuan.protocols.codes import gs1_check_digit
from bihuan.simulate.city import City, Place, Vehicle, kilometres
from bihuan.simulate.history import History, Kit, Lot, Told

EXEMPTING = "经检验检疫，该批货物外包装业经消毒，准予销售、使用。"
ORDINARY_PAPER = "经检验检疫，准予销售、使用。"
EVERY = 15 * MINUTE
"""How often a sensor reports; half of the longest lawful silence."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who takes what where, and when it is picked up (us UTC)."""

    key: str
    shape: str
    container: str
    lots: tuple[Lot, ...]
    pickup: Place
    destination: Place
    store: Place
    importer: str
    vehicle: Vehicle
    at: int
    again: bool = False
    """The container was here before, so papers name its lots."""


def draw(kit: Kit, key: str, shape: str, container: str, at: int, *, again: bool = False) -> Plan:
    """Choose owner, goods, lorry and way of one load."""
    rng, city = kit.rng, kit.city
    pickup = rng.choices(city.of_kind("pickup"), (5, 4, 2))[0]
    store = rng.choice(city.of_kind("store"))
    destination = rng.choice(city.of_kind("transit")) if shape == "transit" else store
    risk = "ordinary" if shape == "ordinary" else "high"
    product = rng.choice(city.products)
    origin = rng.choice(product.origins)
    lots = tuple(
        Lot(_lot_id(rng, key, number), Decimal(rng.randrange(2000, 30000)) / 2, product.name, origin, risk)
        for number in range(1, rng.choice((1, 2, 2, 3, 3, 4)) + 1)
    )
    importer = rng.choice(city.firms("importer")).id
    return Plan(key, shape, container, lots, pickup, destination, store, importer, rng.choice(city.vehicles), at, again)


def _lot_id(rng: Random, key: str, number: int) -> str:
    """Most firms number their lots plainly; some use GS1 numbers (the demonstration prefix 952), some write 批…/…."""
    style = rng.random()
    if style < 0.08:
        body = f"0952123400{rng.randrange(1000):03d}"
        return f"https://id.gs1.org/01/{body}{gs1_check_digit(body)}/10/{key}{number}"
    return f"批{key}/{number}" if style < 0.12 else f"L-{key}-{number}"


def lawful(kit: Kit, plan: Plan) -> History:
    """The whole load up to first storage; what happens to the stock later is `afterlife`."""
    history = History(plan.key, plan.shape, plan.container, plan.lots)
    _papers(history, kit, plan)
    arrival = _trip(history, kit, plan)
    if plan.shape == "transit":
        _transit(history, kit, plan, arrival)
    else:
        _straight(history, kit, plan, arrival)
    return history


def office(city: City, kind: str) -> str:
    """The id of the first party of a kind."""
    return city.firms(kind)[0].id


def _papers(history: History, kit: Kit, plan: Plan) -> None:
    rng, at, customs = kit.rng, plan.at, office(kit.city, "customs")
    names = [lot.id for lot in plan.lots]
    whole = not plan.again and rng.random() < 0.4
    history.add(
        "health_certificate", at - rng.randrange(26 * 60, 30 * 60) * MINUTE, customs,
        {
            "container": plan.container if whole or rng.random() < 0.5 else None,
            "lots": [] if whole else names,
            "says": EXEMPTING if plan.shape == "exempt" else ORDINARY_PAPER,
            "number": f"JY-{plan.key}",
        },
    )  # fmt: skip
    declaration = f"2225{plan.key}"
    history.add(
        "customs_released", at - rng.randrange(23 * 60, 25 * 60) * MINUTE, customs,
        {
            "container": plan.container, "declaration": declaration, "area": plan.pickup.area,
            "lots": [
                {"lot": lot.id, "kg": lot.kg, "risk": lot.risk, "product": lot.product, "origin": lot.origin}
                for lot in plan.lots
            ],
        },
    )  # fmt: skip
    booked = at - rng.randrange(19 * 60, 22 * 60) * MINUTE
    history.add(
        "booked", booked, plan.importer,
        {
            "booking": f"B-{plan.key}", "container": plan.container, "owner": plan.importer,
            "declaration": declaration, "vehicle": plan.vehicle.plate, "driver": plan.vehicle.driver,
            "destination": plan.destination.id, "slot": at + 3 * HOUR,
        },
    )  # fmt: skip
    history.add(
        "booking_confirmed", booked + rng.randrange(20, 180) * MINUTE, plan.destination.party,
        {"booking": f"B-{plan.key}", "by": plan.destination.id},
    )  # fmt: skip


def _trip(history: History, kit: Kit, plan: Plan) -> int:
    """Pick-up, readings on the road, gate scan; when it arrived."""
    rng = kit.rng
    history.add(
        "picked_up", plan.at, plan.pickup.party,
        {
            "container": plan.container, "vehicle": plan.vehicle.plate, "driver": plan.vehicle.driver,
            "place": plan.pickup.id, "area": plan.pickup.area,
        },
    )  # fmt: skip
    far = kilometres((plan.pickup.lon, plan.pickup.lat), (plan.destination.lon, plan.destination.lat))
    minutes = min(200, max(40, round(20 + far * 60 / rng.uniform(32, 45))))
    arrival = plan.at + minutes * MINUTE + rng.randrange(60) * SECOND
    sensors = plan.vehicle.sensors[: 2 if rng.random() < 0.15 else 1]
    for sensor in sensors:
        readings(history, kit, plan.vehicle.carrier, sensor, plan.at, arrival)
    history.add(
        "arrived_warehouse", arrival, plan.destination.party,
        {
            "container": plan.container, "vehicle": plan.vehicle.plate, "warehouse": plan.destination.id,
            "area": plan.destination.area,
        },
    )  # fmt: skip
    if rng.random() < 0.5:
        inside = {"container": plan.container, "lat": None, "lon": None, "in_warehouse": plan.destination.id}
        history.add("door_opened", arrival + 12 * MINUTE, plan.vehicle.carrier, dict(inside))
        history.add("door_closed", arrival + 75 * MINUTE, plan.vehicle.carrier, dict(inside))
    return arrival


def readings(
    history: History, kit: Kit, party: str, sensor: str, since: int, until: int, *, after: int | None = None
) -> list[Told]:
    """Cold readings of one sensor, strictly between two instants, so that no silence is longer than allowed.

    `after` is the sensor's last reading so far, when it goes on reporting.
    """
    rng = kit.rng
    level = Decimal(rng.randrange(-215, -175)) / 10
    at, made = since + rng.randrange(60, 600) * SECOND if after is None else after + EVERY, []
    while at < until:
        cel = level + Decimal(rng.randrange(-6, 7)) / 10
        fields = {"container": history.container, "cel": cel, "sensor": sensor, "area": "310115"}
        made.append(history.add("temperature", at, party, fields))
        at += EVERY
    return made


def _transit(history: History, kit: Kit, plan: Plan, arrival: int) -> None:
    rng, city, names = kit.rng, kit.city, [lot.id for lot in plan.lots]
    keeper, cleaner = plan.destination.party, city.firms("cleaner")[rng.randrange(3)].id
    whole = rng.random() < 0.4
    disinfection = {
        "by": cleaner, "container": plan.container if whole or rng.random() < 0.5 else None,
        "lots": [] if whole else names, "agent": "过氧乙酸", "strength": Decimal(rng.randrange(400, 700)),
    }  # fmt: skip
    # A record of the container alone is made while the lots are still in it.
    history.add("disinfected", arrival + (22 if whole else 65) * MINUTE, cleaner, disinfection)
    history.add(
        "unloaded", arrival + 35 * MINUTE, keeper,
        {"container": plan.container, "warehouse": plan.destination.id, "lots": names if rng.random() < 0.7 else []},
    )  # fmt: skip
    laboratory = rng.choice(city.firms("laboratory")).id
    tested = arrival + rng.randrange(10 * 60, 15 * 60) * MINUTE
    for number, lot in enumerate(plan.lots, 1):
        sample = {"sample": f"S-{plan.key}-{number}"}
        history.add("sampled", arrival + (85 + number) * MINUTE, laboratory, {"lot": lot.id, **sample})
        history.add("result", tested + number * MINUTE, laboratory, {**sample, "value": "negative"})
    released = tested + rng.randrange(45, 90) * MINUTE
    history.add(
        "release_certificate", released, office(city, "authority"),
        {"certificate": f"CK-{plan.key}", "lots": names, "warehouse": plan.destination.id},
    )  # fmt: skip
    for number, lot in enumerate(plan.lots, 1):
        code = {"lot": lot.id, "code": f"SH{plan.key.upper()}{number:02d}"}
        history.add("trace_code_assigned", released + (10 + number) * MINUTE, plan.importer, code)
        leaves = released + rng.randrange(60, 150) * MINUTE
        history.add(
            "left_warehouse", leaves, keeper,
            {"lot": lot.id, "warehouse": plan.destination.id, "area": plan.destination.area},
        )  # fmt: skip
        _store(history, plan, lot, leaves + rng.randrange(40, 120) * MINUTE)


def _straight(history: History, kit: Kit, plan: Plan, arrival: int) -> None:
    names = [lot.id for lot in plan.lots]
    history.add(
        "unloaded", arrival + 35 * MINUTE, plan.store.party,
        {"container": plan.container, "warehouse": plan.store.id, "lots": names},
    )  # fmt: skip
    if kit.rng.random() < 0.3:
        cleaner = kit.rng.choice(kit.city.firms("cleaner")[:3]).id
        history.add("disinfected", arrival + 55 * MINUTE, cleaner, {"by": cleaner, "container": None, "lots": names})
    for number, lot in enumerate(plan.lots, 1):
        code = {"lot": lot.id, "code": f"SH{plan.key.upper()}{number:02d}"}
        history.add("trace_code_assigned", arrival + (70 + number) * MINUTE, plan.importer, code)
        _store(history, plan, lot, arrival + (90 + 3 * number) * MINUTE)


def _store(history: History, plan: Plan, lot: Lot, at: int) -> None:
    history.add(
        "stored_first", at, plan.store.party,
        {"lot": lot.id, "warehouse": plan.store.id, "kg": lot.kg, "area": plan.store.area},
    )  # fmt: skip


def city_papers(city: City, start: int) -> Sequence[Told]:
    """Qualifications of the firms that disinfect, told before the first day."""
    authority = office(city, "authority")
    made = []
    for number, firm in enumerate(city.firms("cleaner")[:3], 1):
        fields = {
            "of": firm.id, "kind": "disinfection", "qualification": f"XS-{number:04d}",
            "from": civil(start - 200 * 24 * HOUR), "to": civil(start + 165 * 24 * HOUR),
        }  # fmt: skip
        made.append(Told("qualification", f"city-{number:03d}", start - (201 * 24 + number) * HOUR, fields, authority))
    return made


def civil(at: int) -> str:
    """The civil day (+08:00) of an instant, YYYY-MM-DD."""
    return civil_date(at).isoformat()
