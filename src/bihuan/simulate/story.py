"""The week that the demonstration tells: a hand-made handful of loads, run up to "now".

Every page of the story opens on something that is due, late or just closed at that instant. `handles` of the
scenario names the things spoken of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

from bihuan.base.clock import DAY, HOUR, MINUTE, SECOND, civil_date, day_start
from bihuan.simulate.afterlife import sell
from bihuan.simulate.city import City, build, container_number
from bihuan.simulate.history import Finding, History, Kit, Lot
from bihuan.simulate.lawful import Plan, city_papers, lawful, office
from bihuan.simulate.limits import Row, rows
from bihuan.simulate.run import Scenario, generate, join, scenario
from bihuan.simulate.trips import arrive_at

LAST = 2 * MINUTE
"""Nothing is told of the last two minutes, so that all has been sent at "now"."""


def demo(seed: int, lots: int, now: int) -> Scenario:
    """The story on the background of a simulated week; all is sent at `now` (us UTC, whole minutes)."""
    background = generate(seed, lots, 7, start=now - 7 * DAY, close=True)
    return join(background, story(now, seed=seed, city=background.city, limits=background.limits, papers=False))


def story(
    now: int, *, seed: int = 7, city: City | None = None, limits: tuple[Row, ...] | None = None, papers: bool = True
) -> Scenario:
    """The hand-made loads alone; with `city` and `limits` of a background, which has the city's papers, to join it."""
    city, limits, start = city or build(seed), limits or rows(now - 7 * DAY), now - 7 * DAY
    kit = Kit(city, limits, Random(f"story:{seed}"), now)
    handles: dict[str, str] = {}
    histories = [tell(kit, now, handles) for tell in _LOADS]
    for history in histories:
        history.drop(lambda told: told.time >= now - LAST)
    told = [*(city_papers(city, start) if papers else ()), *(each for history in histories for each in history.told)]
    told = [replace(each, received=max(each.time + 20 * SECOND, start)) for each in told]
    told.sort(key=lambda each: (each.received, each.id))
    made = scenario(city, limits, start, now, told, histories, batch=MINUTE, by=now)
    made.handles = handles
    return made


def _load(
    kit: Kit, key: str, at: int, pickup: str, destination: str, kgs: tuple[str, ...], *,
    shape: str = "transit", product: tuple[str, str] = ("冻虾", "EC"), store: str = "hangtou-store",
) -> History:  # fmt: skip
    """A lawful load by hand, from papers to first storage."""
    places, number = kit.city.places, int(key[1:])
    risk = "ordinary" if shape == "ordinary" else "high"
    lots = tuple(Lot(f"L-{key}-{n}", Decimal(kg), *product, risk) for n, kg in enumerate(kgs, 1))
    importer, vehicle = kit.city.firms("importer")[1 if number in (5, 6) else 0].id, kit.city.vehicles[number]
    last = places[destination] if shape != "transit" else places[store]
    way = (places[pickup], places[destination], last)
    plan = Plan(key, shape, container_number(305437 + number), lots, *way, importer, vehicle, at)
    history = lawful(kit, plan)
    history.kind = "story"
    return history


def _booking_to_confirm(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """The container of the story: released by customs at Yangshan, booked, not yet confirmed by the warehouse."""
    history = _load(kit, "s01", now + 8 * HOUR, "yangshan-pickup", "lingang-transit", ("12000", "8000.5"))
    history.drop(lambda told: told.step == "booking_confirmed")
    history.change(history.first("health_certificate"), time=now - 20 * HOUR)
    history.change(history.first("customs_released"), time=now - 5 * HOUR)
    history.change(history.first("booked"), time=now - 90 * MINUTE, slot=now + 10 * HOUR)
    handles |= {
        "container": history.container, "lot": history.lots[0].id, "booking": "B-s01", "warehouse": "lingang-transit",
        "warehouse_party": kit.city.places["lingang-transit"].party, "importer": history.first("booked").party,
    }  # fmt: skip
    return history


def _report_due_tonight(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Sampled so that the report is due today at 18:00, or later today when that has passed."""
    today = day_start(civil_date(now))
    due = max(today + 18 * HOUR, min(now - now % MINUTE + 2 * HOUR, today + 24 * HOUR - MINUTE))
    sampled = due - 24 * HOUR
    history = _load(kit, "s02", sampled - 6 * HOUR, "yangshan-pickup", "lingang-transit", ("9600",))
    history.change(history.first("sampled"), time=sampled)
    _before(history, "result")
    handles |= {"report_lot": history.lots[0].id, "report_sample": history.first("sampled").fields["sample"]}
    return history


def _before(history: History, *steps: str) -> None:
    """The load has come no further than this step."""
    first = min(told.time for told in history.told if told.step in steps)
    history.drop(lambda told: told.time >= first or told.step in steps)


def _on_the_road(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """On the road in good order; arrives in about an hour."""
    history = _load(kit, "s03", now - 40 * MINUTE, "waigaoqiao-pickup", "lingang-transit", ("15200", "4100"))
    arrive_at(history, kit, now + 55 * MINUTE)
    _still_open(history)
    handles["on_the_road"] = history.container
    return history


def _tonight(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Booked and confirmed for tonight, not yet picked up."""
    history = _load(
        kit, "s04", now + 4 * HOUR, "pudong-airport-pickup", "lingang-transit", ("2400",), product=("冻三文鱼", "CL")
    )
    handles["expected_tonight"] = history.container
    return history


def _overtime(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Picked up seven hours ago and still no gate scan; its sensor reports."""
    history = _load(
        kit, "s05", now - 7 * HOUR, "waigaoqiao-pickup", "lingang-transit", ("18000",), product=("冻牛肉", "BR")
    )
    arrive_at(history, kit, now + HOUR)
    picked = history.first("picked_up")
    history.expect("overtime", history.subject, picked.id)
    handles |= {"overtime": history.container, "overtime_vehicle": picked.fields["vehicle"]}
    return history


def _silent(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """On the road, but the sensor has been silent for more than an hour: undecided."""
    history = _load(
        kit, "s06", now - 110 * MINUTE, "waigaoqiao-pickup", "lingang-transit", ("7700",), product=("冻猪肉", "ES")
    )
    arrive_at(history, kit, now + 35 * MINUTE)
    picked = history.first("picked_up")
    history.drop(lambda told: told.step == "temperature" and told.time > picked.time + 35 * MINUTE)
    history.undecided.add(Finding("too_warm", history.subject, picked.id))
    _still_open(history)
    handles |= {"silent": history.container, "silent_sensor": history.first("temperature").fields["sensor"]}
    return history


def _still_open(history: History) -> None:
    history.undecided.add(Finding("overtime", history.subject, history.first("picked_up").id))


def _stored_too_soon(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """High-risk lot, straight to the store on a paper that says 已消毒; its release certificate came hours later."""
    history = _load(
        kit, "s07", now - 30 * HOUR, "waigaoqiao-pickup", "hangtou-store", ("5000",),
        shape="exempt", product=("冻鱿鱼", "PE"),
    )  # fmt: skip
    history.change(history.first("health_certificate"), says="经检验检疫，该批货物外包装已消毒，准予销售。")
    stored, lot = history.first("stored_first"), history.lots[0].id
    paper = {"certificate": "CK-s07", "lots": [lot], "warehouse": "lingang-transit"}
    history.add("release_certificate", stored.time + 320 * MINUTE, office(kit.city, "authority"), paper)
    history.expect("stored_before_released", f"lot:{lot}", stored.id)
    handles |= {"stored_too_soon": lot, "store_party": stored.party}
    return history


def _ready_for_release(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Disinfected and tested negative this morning: the importer may apply for the release certificate."""
    history = _load(kit, "s08", now - 22 * HOUR, "yangshan-pickup", "lingang-transit", ("11000", "6400"))
    _before(history, "release_certificate")
    handles |= {"ready_for_release": history.lots[0].id, "ready_for_release_2": history.lots[1].id}
    return history


def _released(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Released, coded, stored and partly sold: the public page of a lot."""
    history = _load(kit, "s09", now - 64 * HOUR, "yangshan-pickup", "lingang-transit", ("10000", "7200"))
    lot = history.lots[0].id
    stored = history.first("stored_first", lot=lot)
    for hours, kg in ((5, "2500"), (11, "1250.5")):
        sell(history, kit, lot, Decimal(kg), stored.time + hours * HOUR, stored.party)
    handles |= {"released": lot, "trace_code": history.first("trace_code_assigned", lot=lot).fields["code"]}
    return history


def _held_in_taicang(kit: Kit, now: int, handles: dict[str, str]) -> History:
    """Lots that the ammonia cold store in Taicang holds for Shanghai."""
    history = _load(
        kit, "s10", now - 50 * HOUR, "waigaoqiao-pickup", "taicang-store", ("16000", "9000"), shape="exempt",
        product=("冻鳕鱼", "RU"),
    )  # fmt: skip
    handles |= {"taicang_lot": history.lots[0].id, "taicang_party": kit.city.places["taicang-store"].party}
    return history


_LOADS: tuple[Callable[[Kit, int, dict[str, str]], History], ...] = (
    _booking_to_confirm,
    _report_due_tonight,
    _on_the_road,
    _tonight,
    _overtime,
    _silent,
    _stored_too_soon,
    _ready_for_release,
    _released,
    _held_in_taicang,
)
