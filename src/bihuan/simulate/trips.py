"""Parts of a trip that several lawful oddities and breaches turn: arrival, readings, openings, another lorry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bihuan.simulate.city import Place, Vehicle
from bihuan.simulate.history import History, Kit, Told
from bihuan.simulate.lawful import readings


def trip(history: History) -> tuple[Told, Told]:
    """Pick-up and gate scan."""
    return history.first("picked_up"), history.first("arrived_warehouse")


def reported(history: History) -> dict[str, list[Told]]:
    """Readings on the road by sensor, in the order of time."""
    found: dict[str, list[Told]] = {}
    for told in history.all("temperature"):
        found.setdefault(told.fields["sensor"], []).append(told)
    return found


def arrive_at(history: History, kit: Kit, at: int) -> Told:
    """Let the load arrive later and everything after it happen later by as much; the sensors go on reporting."""
    picked, arrived = trip(history)
    history.shift(arrived.time, at - arrived.time)
    for sensor, told in reported(history).items():
        readings(history, kit, told[-1].party, sensor, picked.time, at, after=told[-1].time)
    return history.first("arrived_warehouse")


def warm(history: History, told: list[Told], cel: Decimal) -> None:
    """These readings say another temperature."""
    for each in told:
        history.change(each, cel=cel)


def on_the_road(history: History, kit: Kit) -> dict[str, Any]:
    """A position well between pick-up point and warehouse."""
    picked, arrived = trip(history)
    a, b = kit.city.places[picked.fields["place"]], kit.city.places[arrived.fields["warehouse"]]
    share = kit.rng.uniform(0.3, 0.7)
    return position(history, a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)


def in_yard(history: History, place: Place) -> dict[str, Any]:
    """A position inside a place's fence, off its middle."""
    return position(history, place.lon + 0.0011, place.lat - 0.0007)


def position(history: History, lon: float, lat: float) -> dict[str, Any]:
    """The fields of a door event at a position."""
    at = {"lat": Decimal(f"{lat:.5f}"), "lon": Decimal(f"{lon:.5f}")}
    return {"container": history.container, **at, "in_warehouse": None}


def inside(history: History, place: str) -> dict[str, Any]:
    """The fields of a door event inside a warehouse's fence, as the warehouse says."""
    return {"container": history.container, "lat": None, "lon": None, "in_warehouse": place}


def carrier(history: History) -> str:
    """Who sends the readings and door events of this trip."""
    return history.first("temperature").party


def another_vehicle(kit: Kit, plate: str) -> Vehicle:
    """A lorry that is not the one named."""
    return kit.rng.choice([vehicle for vehicle in kit.city.vehicles if vehicle.plate != plate])


def another_place(kit: Kit, place: str) -> Place:
    """A place of the same kind that is not the one named."""
    kind = kit.city.places[place].kind
    return kit.rng.choice([each for each in kit.city.of_kind(kind) if each.id != place])
