"""Breaches of bookings and trips: each takes a finished lawful history and breaks it in one known way.

Every function says what must be found in consequence, on other rules too, and answers False (having changed
nothing) where the history does not lend itself to it.
"""

from __future__ import annotations

from bihuan.base.clock import HOUR, MINUTE, SECOND
from bihuan.simulate.city import container_number
from bihuan.simulate.history import Finding, History, Kit
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


def _unbooked(history: History) -> bool:
    """No booking stands at entry. Whether a pick-up without any booking is *not as booked*, the reading leaves open."""
    picked, arrived = trip(history)
    history.expect("no_booking_before_entry", history.subject, arrived.id)
    history.either.add(Finding("not_as_booked", history.subject, picked.id))
    return True


def never_booked(history: History, kit: Kit) -> bool:
    """Nobody booked."""
    history.drop(lambda told: told.step in ("booked", "booking_confirmed"))
    return _unbooked(history)


def never_confirmed(history: History, kit: Kit) -> bool:
    """The warehouse never confirmed."""
    history.drop(lambda told: told.step == "booking_confirmed")
    return _unbooked(history)


def confirmed_after_entry(history: History, kit: Kit) -> bool:
    """The warehouse confirmed when the goods were there."""
    history.change(history.first("booking_confirmed"), time=history.first("arrived_warehouse").time + HOUR)
    return _unbooked(history)


def booked_for_another_container(history: History, kit: Kit) -> bool:
    """The booking names another container."""
    history.change(history.first("booked"), container=container_number(kit.rng.randrange(900000, 999999)))
    return _unbooked(history)


def booking_already_served(history: History, kit: Kit) -> bool:
    """The container comes again; its earlier booking served its earlier entry. Only for a container that was here."""
    return never_booked(history, kit)


def booked_a_second_too_late(history: History, kit: Kit) -> bool:
    """Booked and confirmed before pick-up, but one second short of the least time before entry."""
    picked, arrived = trip(history)
    at = arrived.time - kit.span("booking_min_gap", arrived) + SECOND
    if at > picked.time:
        return False
    for step in ("booked", "booking_confirmed"):
        history.change(history.first(step), time=at)
    history.expect("no_booking_before_entry", history.subject, arrived.id)
    return True


def cancelled_on_the_way(history: History, kit: Kit) -> bool:
    """The booking stood at pick-up and was cancelled before entry."""
    (picked, arrived), booked = trip(history), history.first("booked")
    at = (picked.time + arrived.time) // 2 // SECOND * SECOND
    history.add("booking_cancelled", at, booked.party, {"booking": booked.fields["booking"]})
    history.expect("no_booking_before_entry", history.subject, arrived.id)
    return True


def another_lorry(history: History, kit: Kit) -> bool:
    """Another lorry took the container."""
    picked, arrived = trip(history)
    plate = another_vehicle(kit, picked.fields["vehicle"]).plate
    history.change(picked, vehicle=plate)
    history.change(arrived, vehicle=plate)
    history.expect("not_as_booked", history.subject, picked.id)
    return True


def another_driver(history: History, kit: Kit) -> bool:
    """Another driver took the container."""
    picked = history.first("picked_up")
    history.change(picked, driver=another_vehicle(kit, picked.fields["vehicle"]).driver)
    history.expect("not_as_booked", history.subject, picked.id)
    return True


def another_warehouse(history: History, kit: Kit) -> bool:
    """The load went to a warehouse that was not booked; whether it entered unbooked too, the reading leaves open."""
    picked, arrived = trip(history)
    old = arrived.fields["warehouse"]
    if kit.city.places[old].kind != "transit":
        return False
    _move(history, kit, old, another_place(kit, old).id)
    history.expect("not_as_booked", history.subject, picked.id)
    history.either.add(Finding("no_booking_before_entry", history.subject, arrived.id))
    return True


def _move(history: History, kit: Kit, old: str, new: str) -> None:
    """Everything that happened in one warehouse happened in another."""
    place, keeper = kit.city.places[new], kit.city.places[old].party
    for told in list(history.told):
        party = place.party if told.party == keeper else None
        if told.step != "booking_confirmed" and told.fields.get("warehouse") == old:
            moved = history.change(told, party=party, warehouse=new)
            if "area" in moved.fields:
                history.change(moved, area=place.area)
        elif told.fields.get("in_warehouse") == old:
            history.change(told, in_warehouse=new)


def amended_after_pickup(history: History, kit: Kit) -> bool:
    """The lorry that really drives was put into the booking when it was on the road."""
    booked, picked = history.first("booked"), history.first("picked_up")
    history.change(booked, vehicle=another_vehicle(kit, picked.fields["vehicle"]).plate)
    changed = {"booking": booked.fields["booking"], "vehicle": picked.fields["vehicle"]}
    history.add("booking_amended", picked.time + 9 * MINUTE, booked.party, changed)
    history.expect("not_as_booked", history.subject, picked.id)
    return True


def destination_amended_on_the_way(history: History, kit: Kit) -> bool:
    """Another warehouse was booked at pick-up and exchanged on the road, early enough before entry."""
    booked, (picked, arrived) = history.first("booked"), trip(history)
    at = picked.time + 5 * MINUTE
    if arrived.time - at < kit.span("booking_min_gap", arrived):
        return False
    other = another_place(kit, booked.fields["destination"])
    changed = {"booking": booked.fields["booking"], "destination": booked.fields["destination"]}
    history.change(booked, destination=other.id)
    history.change(history.first("booking_confirmed"), party=other.party, by=other.id)
    history.add("booking_amended", at, booked.party, changed)
    history.expect("not_as_booked", history.subject, picked.id)
    return True


def a_second_overtime(history: History, kit: Kit) -> bool:
    """The gate scan is one second late."""
    return _late(history, kit, SECOND)


def hours_overtime(history: History, kit: Kit) -> bool:
    """The gate scan is hours late."""
    return _late(history, kit, kit.rng.randrange(30, 170) * MINUTE)


def _late(history: History, kit: Kit, by: int) -> bool:
    picked = history.first("picked_up")
    arrive_at(history, kit, picked.time + kit.span("transport_max", picked) + by)
    history.expect("overtime", history.subject, picked.id)
    return True


def corrected_to_overtime(history: History, kit: Kit) -> bool:
    """A scan in time was stated first; the correcting record says that it was late."""
    first = history.first("arrived_warehouse")
    _late(history, kit, 50 * MINUTE)
    late = history.first("arrived_warehouse")
    history.change(late, time=first.time)
    history.add(
        "arrived_warehouse", late.time, late.party, dict(late.fields), supersedes=late.id, received=late.time + 8 * HOUR
    )
    return True


def never_arrived(history: History, kit: Kit) -> bool:
    """No gate ever scanned the container."""
    picked, arrived = trip(history)
    history.drop(lambda told: told.time >= arrived.time)
    history.expect("overtime", history.subject, picked.id)
    return True


def opened_on_the_road(history: History, kit: Kit) -> bool:
    """The door was opened between port and warehouse."""
    return _opened(history, on_the_road(history, kit))


def opened_in_another_yard(history: History, kit: Kit) -> bool:
    """Opened inside the fence of a warehouse that was not booked."""
    other = another_place(kit, history.first("booked").fields["destination"])
    return _opened(history, in_yard(history, other) if kit.rng.random() < 0.5 else inside(history, other.id))


def opened_in_the_yard_booked_before(history: History, kit: Kit) -> bool:
    """Opened inside the fence of the warehouse that the booking named before it was amended."""
    booked, picked = history.first("booked"), history.first("picked_up")
    other, real = another_place(kit, booked.fields["destination"]), booked.fields["destination"]
    history.change(booked, destination=other.id)
    history.change(history.first("booking_confirmed"), party=other.party, by=other.id)
    changed = {"booking": booked.fields["booking"], "destination": real}
    history.add("booking_amended", picked.time - 2 * HOUR, booked.party, changed)
    return _opened(history, inside(history, other.id))


def _opened(history: History, fields: dict[str, object]) -> bool:
    picked, arrived = trip(history)
    at = picked.time + (arrived.time - picked.time) // 2 // SECOND * SECOND
    history.add("door_opened", at, carrier(history), dict(fields))
    history.add("door_closed", at + 4 * MINUTE, carrier(history), dict(fields))
    history.expect("opened_on_the_way", history.subject, picked.id)
    return True


def warm_just_long_enough(history: History, kit: Kit) -> bool:
    """First and last warm reading are exactly the limit apart."""
    return _warm(history, kit, 3)


def warm_for_an_hour(history: History, kit: Kit) -> bool:
    """An hour above the limit."""
    return _warm(history, kit, 5)


def _warm(history: History, kit: Kit, count: int) -> bool:
    picked, told = history.first("picked_up"), next(iter(reported(history).values()))
    if len(told) < count + 1:
        return False
    warm(history, told[1 : count + 1], kit.warmest(picked) + kit.rng.choice((1, 4, 9)))
    history.expect("too_warm", history.subject, picked.id)
    return True


def one_sensor_of_two_warm(history: History, kit: Kit) -> bool:
    """Two sensors in one box: one of them saw it."""
    told = list(reported(history).values())
    if len(told) < 2 or len(told[1]) < 4:
        return False
    warm(history, told[1][:3], kit.warmest(history.first("picked_up")) + 2)
    history.expect("too_warm", history.subject, history.first("picked_up").id)
    return True


def silent_sensor(history: History, kit: Kit) -> bool:
    """Undecided: the sensors said nothing for longer than is allowed."""
    return _silence(history, history.first("picked_up").id, None)


def warm_silent_warm(history: History, kit: Kit) -> bool:
    """Undecided: warm before and after a silence; what was between is not proved."""
    return _silence(history, history.first("picked_up").id, kit)


def _silence(history: History, window: str, kit: Kit | None) -> bool:
    if any(len(told) < 5 for told in reported(history).values()):
        return False
    series = list(reported(history).values())
    gone = {each.id for told in series for each in told[2:4]}
    history.drop(lambda each: each.id in gone)
    if kit is not None:
        for told in series:
            warm(history, [told[1], told[4]], kit.warmest(history.first("picked_up")) + 2)
    history.undecided.add(Finding("too_warm", history.subject, window))
    return True


def opened_nobody_knows_where(history: History, kit: Kit) -> bool:
    """Undecided: opened on the way at an unknown position."""
    picked, arrived = trip(history)
    fields = {"container": history.container, "lat": None, "lon": None, "in_warehouse": None}
    history.add(
        "door_opened", picked.time + (arrived.time - picked.time) // 2 // SECOND * SECOND, carrier(history), fields
    )
    history.undecided.add(Finding("opened_on_the_way", history.subject, picked.id))
    return True


BROKEN_TRIPS = (
    never_booked,
    never_confirmed,
    confirmed_after_entry,
    booked_for_another_container,
    booked_a_second_too_late,
    cancelled_on_the_way,
    another_lorry,
    another_driver,
    another_warehouse,
    amended_after_pickup,
    destination_amended_on_the_way,
    a_second_overtime,
    hours_overtime,
    corrected_to_overtime,
    never_arrived,
    opened_on_the_road,
    opened_in_another_yard,
    opened_in_the_yard_booked_before,
    warm_just_long_enough,
    warm_for_an_hour,
    one_sensor_of_two_warm,
)
"""Breaches that fit any shape of load."""

OPEN_TRIPS = (silent_sensor, warm_silent_warm, opened_nobody_knows_where)
"""Changes after which the rule must say *undecided*."""
