"""Lawful oddities of bookings and trips: they look like breaches and must not be found."""

from __future__ import annotations

from decimal import Decimal

from bihuan.base.clock import HOUR, MINUTE, SECOND
from bihuan.simulate.history import History, Kit
from bihuan.simulate.lawful import EVERY
from bihuan.simulate.trips import (
    another_place,
    another_vehicle,
    arrive_at,
    carrier,
    in_yard,
    inside,
    on_the_road,
    reported,
    trip,
    warm,
)


def amended_before_pickup(history: History, kit: Kit) -> bool:
    """The booking named another lorry and driver and was amended in time."""
    booked, picked = history.first("booked"), history.first("picked_up")
    other = another_vehicle(kit, picked.fields["vehicle"])
    history.change(booked, vehicle=other.plate, driver=other.driver)
    changed = {
        "booking": booked.fields["booking"],
        "vehicle": picked.fields["vehicle"],
        "driver": picked.fields["driver"],
    }
    history.add("booking_amended", picked.time - 70 * MINUTE, booked.party, changed)
    return True


def amended_in_the_same_second(history: History, kit: Kit) -> bool:
    """The amendment carries the very second of the pick-up: a paper counts as before the act."""
    booked, picked = history.first("booked"), history.first("picked_up")
    history.change(booked, vehicle=another_vehicle(kit, picked.fields["vehicle"]).plate)
    changed = {"booking": booked.fields["booking"], "vehicle": picked.fields["vehicle"]}
    history.add("booking_amended", picked.time, booked.party, changed)
    return True


def amended_destination(history: History, kit: Kit) -> bool:
    """Another warehouse was booked first; the door is opened in the yard of the one that is booked at pick-up."""
    booked, (picked, arrived) = history.first("booked"), trip(history)
    real = kit.city.places[booked.fields["destination"]]
    other = another_place(kit, real.id)
    history.change(booked, destination=other.id)
    history.change(history.first("booking_confirmed"), party=other.party, by=other.id)
    changed = {"booking": booked.fields["booking"], "destination": real.id}
    history.add("booking_amended", picked.time - 3 * HOUR, booked.party, changed)
    history.add("door_opened", arrived.time - 4 * MINUTE, carrier(history), in_yard(history, real))
    return True


def booked_anew(history: History, kit: Kit) -> bool:
    """A first booking with another lorry was cancelled, a second one made and confirmed."""
    booked, confirmed = history.first("booked"), history.first("booking_confirmed")
    first = {**booked.fields, "booking": f"{booked.fields['booking']}-0", "vehicle": "沪DA0001"}
    history.add("booked", booked.time - 2 * HOUR, booked.party, first)
    again = {"booking": first["booking"], "by": first["destination"]}
    history.add("booking_confirmed", booked.time - 90 * MINUTE, confirmed.party, again)
    history.add("booking_cancelled", booked.time - 40 * MINUTE, booked.party, {"booking": first["booking"]})
    return True


def booked_at_the_last_second(history: History, kit: Kit) -> bool:
    """Booked and confirmed exactly the least time before entry."""
    picked, arrived = trip(history)
    at = arrived.time - kit.span("booking_min_gap", arrived)
    if at > picked.time:
        return False
    for step in ("booked", "booking_confirmed"):
        history.change(history.first(step), time=at)
    return True


def booking_received_late(history: History, kit: Kit) -> bool:
    """The booking was made in time, but its record came a day after the goods."""
    booked, arrived = history.first("booked"), history.first("arrived_warehouse")
    history.change(booked, received=arrived.time + kit.rng.randrange(20, 30) * HOUR)
    return True


def plate_with_separators(history: History, kit: Kit) -> bool:
    """The same plate, written in three ways."""
    picked, arrived = trip(history)
    plate = picked.fields["vehicle"]
    history.change(picked, vehicle=f"{plate[:2]}·{plate[2:]}")
    history.change(arrived, vehicle=f"{plate[:2]}-{plate[2:].lower()}")
    return True


def arrives_at_the_last_second(history: History, kit: Kit) -> bool:
    """The gate scan falls on the last lawful second."""
    picked = history.first("picked_up")
    arrive_at(history, kit, picked.time + kit.span("transport_max", picked))
    return True


def late_scan_corrected(history: History, kit: Kit) -> bool:
    """The gate clock was wrong by hours; the correcting record arrives the next day."""
    picked, arrived = trip(history)
    true = arrived.time
    history.change(arrived, time=picked.time + kit.span("transport_max", picked) + 2 * HOUR)
    history.add(
        "arrived_warehouse", true, arrived.party, dict(arrived.fields),
        supersedes=arrived.id, received=true + kit.rng.randrange(9, 26) * HOUR,
    )  # fmt: skip
    return True


def opened_in_the_booked_yard(history: History, kit: Kit) -> bool:
    """Opened before the gate scan, inside the fence of the booked warehouse."""
    arrived = history.first("arrived_warehouse")
    place = kit.city.places[arrived.fields["warehouse"]]
    fields = in_yard(history, place) if kit.rng.random() < 0.6 else inside(history, place.id)
    history.add("door_opened", arrived.time - 6 * MINUTE, carrier(history), fields)
    history.add("door_closed", arrived.time - 3 * MINUTE, carrier(history), dict(fields))
    return True


def opened_at_both_ends(history: History, kit: Kit) -> bool:
    """Opened before pick-up, in its very second, and in the very second of the gate scan."""
    picked, arrived = trip(history)
    for at in (picked.time - 5 * HOUR, picked.time, arrived.time):
        history.add("door_opened", at, carrier(history), on_the_road(history, kit))
    return True


def warm_for_a_moment(history: History, kit: Kit) -> bool:
    """Two warm readings, a quarter of an hour apart: shorter than the limit."""
    told = next(iter(reported(history).values()))
    if len(told) < 4:
        return False
    warm(history, told[1:3], kit.warmest(history.first("picked_up")) + 6)
    return True


def warm_twice_with_a_cold_reading_between(history: History, kit: Kit) -> bool:
    """One cold reading ends a run."""
    told = next(iter(reported(history).values()))
    if len(told) < 7:
        return False
    warm(history, [told[1], told[2], told[4], told[5]], kit.warmest(history.first("picked_up")) + 3)
    return True


def at_the_limit_all_the_way(history: History, kit: Kit) -> bool:
    """A reading equal to the highest lawful temperature is lawful."""
    for told in reported(history).values():
        warm(history, told, kit.warmest(history.first("picked_up")))
    return True


def warm_after_arrival(history: History, kit: Kit) -> bool:
    """The box warms up while it is unloaded; the trip was over."""
    arrived = history.first("arrived_warehouse")
    for sensor, told in reported(history).items():
        for number in range(1, 5):
            fields = {**told[-1].fields, "cel": Decimal(4), "sensor": sensor}
            history.add("temperature", arrived.time + number * EVERY + 7 * SECOND, told[-1].party, fields)
    return True


def other_units(history: History, kit: Kit) -> bool:
    """The sensor speaks Fahrenheit or Kelvin."""
    uom = kit.rng.choice(("FAH", "KEL"))
    for told in history.all("temperature"):
        history.change(told, uom=uom)
    return True


def one_reading_without_value(history: History, kit: Kit) -> bool:
    """The sensor once answered without a value."""
    told = next(iter(reported(history).values()))
    if len(told) < 4:
        return False
    history.change(told[2], cel=None)
    return True


ODD_TRIPS = (
    amended_before_pickup,
    amended_in_the_same_second,
    amended_destination,
    booked_anew,
    booked_at_the_last_second,
    booking_received_late,
    plate_with_separators,
    arrives_at_the_last_second,
    late_scan_corrected,
    opened_in_the_booked_yard,
    opened_at_both_ends,
    warm_for_a_moment,
    warm_twice_with_a_cold_reading_between,
    at_the_limit_all_the_way,
    warm_after_arrival,
    other_units,
    one_reading_without_value,
)
"""All that fit any shape of load."""
