"""Four rules about a container's trip: booking before entry, agreement with the booking, time, openings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .known import Fact, Known
from .places import inside
from .verdicts import verdict


@dataclass(frozen=True)
class Booking:
    """A booking as it stood at a moment: its number, since when it stood, its fields, the records that say so."""

    number: str
    since: datetime
    fields: dict[str, Any]
    witness: list[Fact]


def booking_fields(known: Known, booking: str, at: datetime) -> tuple[dict[str, Any], dict[str, Fact], Fact | None]:
    """The fields of a booking as amended by a moment, which record each comes from, and the record that booked it."""
    fields: dict[str, Any] = {}
    source: dict[str, Fact] = {}
    first = None
    for fact in known.facts:
        if fact.step not in ("booked", "booking_amended") or fact["booking"] != booking or fact.time > at:
            continue
        if fact.step == "booked":
            first = first or fact
        for name, value in fact.body.items():
            same = plate(value) == plate(fields.get(name)) if name == "vehicle" else value == fields.get(name)
            if name not in ("id", "step", "time", "received", "supersedes") and value is not None and not same:
                fields[name], source[name] = value, fact
    return (fields, source, first) if first else ({}, {}, None)


def standing_bookings(known: Known, container: str, at: datetime) -> list[Booking]:
    """The bookings of a container that are made, confirmed by their warehouse and not cancelled, by a moment."""
    bookings: list[tuple[Any, Booking]] = []
    for name in sorted({f["booking"] for f in known.of("booked")}):
        fields, source, first = booking_fields(known, name, at)
        confirmed = [
            f
            for f in known.of("booking_confirmed", booking=name)
            if f.time <= at and confirmed_by_warehouse(known, f, name, at)
        ]
        cancelled = [f for f in known.of("booking_cancelled", booking=name) if f.time <= at]
        if first is None or not confirmed or cancelled or fields.get("container") != container:
            continue
        since = max(first.time, source["container"].time, confirmed[0].time)
        told = {f.id: f for f in (first, *source.values(), confirmed[0])}
        bookings.append((first.order, Booking(name, since, fields, list(told.values()))))
    return [booking for _, booking in sorted(bookings, key=lambda pair: pair[0])]


def confirmed_by_warehouse(known: Known, confirmation: Fact, booking: str, at: datetime) -> bool:
    """Whether the warehouse that was booked, then or by now, confirmed it (nobody named: taken as the warehouse)."""
    booked = [booking_fields(known, booking, moment)[0].get("destination") for moment in (confirmation.time, at)]
    return confirmation["by"] is None or confirmation["by"] in booked


def served(known: Known, container: str, before: Fact | None = None) -> dict[str, Booking | None]:
    """Which booking each entry of a container used up (R-ONCE), by the entry's record id, earlier entries first."""
    used: dict[str, Booking | None] = {}
    for entry in known.of("arrived_warehouse", container=container):
        if before is not None and entry.time >= before.time:
            break
        taken = {b.number for b in used.values() if b}
        free = [b for b in standing_bookings(known, container, entry.time) if b.number not in taken]
        gap = known.limit("booking_min_gap", entry)
        in_time = [b for b in free if gap and b.since + gap.span <= entry.time]
        choice = in_time or free
        used[entry.id] = choice[-1] if choice else None
    return used


def trip_booking(known: Known, pick_up: Fact) -> tuple[Booking | None, list[str]]:
    """The booking that stood at pick-up and has served no earlier entry; and the questions its choice hangs on."""
    container = pick_up["container"]
    taken = {b.number for b in served(known, container, before=pick_up).values() if b}
    free = [b for b in standing_bookings(known, container, pick_up.time) if b.number not in taken]
    return (free[-1] if free else None), (["Q18"] if len(free) > 1 else [])


def gate_scan(known: Known, pick_up: Fact) -> Fact | None:
    """The first gate scan of the container from its pick-up on, unless another pick-up comes in between."""
    container = pick_up["container"]
    pick_ups = known.of("picked_up", container=container)
    for scan in known.of("arrived_warehouse", container=container):
        if scan.time < pick_up.time:
            continue
        if any(pick_up.order < q.order and q.time < scan.time for q in pick_ups):
            return None
        if scan.time == pick_up.time and any(
            q.time < pick_up.time and (end := gate_scan(known, q)) and end.id == scan.id for q in pick_ups
        ):
            continue
        return scan
    return None


def next_pick_up(known: Known, pick_up: Fact) -> Fact | None:
    """The pick-up of the same container that follows, if any."""
    return next((q for q in known.of("picked_up", container=pick_up["container"]) if q.order > pick_up.order), None)


def plate(text: Any) -> str | None:
    """A vehicle's plate without its separators (R-PLATE)."""
    return None if text is None else "".join(c for c in str(text) if c.isalnum())


def no_booking_before_entry(known: Known) -> Iterator[dict[str, Any]]:
    """Before each entry a confirmed, uncancelled, unused booking must have stood for at least booking_min_gap."""
    rule = "no_booking_before_entry"
    for entry in known.of("arrived_warehouse"):
        subject = f"container:{entry['container']}"
        gap = known.limit("booking_min_gap", entry)
        if gap is None:
            yield verdict(rule, subject, entry, "undecided", "no limit in force", [entry], questions=["Q20"])
            continue
        booking = served(known, entry["container"])[entry.id]
        latest = entry.time - gap.span
        if booking and booking.since <= latest:
            other_store = booking.fields.get("destination") != entry["warehouse"]
            yield verdict(
                rule,
                subject,
                entry,
                "satisfied",
                f"booking {booking.number} stood in time",
                [*booking.witness, entry],
                limit=gap,
                questions=["Q14"] if other_store else [],
            )
            continue
        witness = [*(booking.witness if booking else []), entry]
        why = f"booking {booking.number} came too late" if booking else "no booking stood"
        if known.no_more_up_to(latest, "booked", "booking_confirmed"):
            hangs = [] if known.no_more_up_to(entry.time, "booked", "booking_confirmed") else ["Q16"]
            yield verdict(rule, subject, entry, "violated", why, witness, limit=gap, questions=hangs)
        else:
            yield verdict(
                rule, subject, entry, "undecided", f"{why}, input not complete", witness, due=latest, limit=gap
            )


def not_as_booked(known: Known) -> Iterator[dict[str, Any]]:
    """Vehicle and driver at pick-up, and warehouse at arrival, equal the booking as it stood at pick-up."""
    rule = "not_as_booked"
    for pick_up in known.of("picked_up"):
        subject = f"container:{pick_up['container']}"
        booking, hangs = trip_booking(known, pick_up)
        if booking is None:
            yield verdict(
                rule, subject, pick_up, "undecided", "no booking stood at pick-up", [pick_up], questions=["Q17"]
            )
            continue
        scan = gate_scan(known, pick_up)
        pairs = [
            ("vehicle", plate(pick_up["vehicle"]), plate(booking.fields.get("vehicle")), pick_up),
            ("driver", pick_up["driver"], booking.fields.get("driver"), pick_up),
            ("warehouse", scan["warehouse"] if scan else None, booking.fields.get("destination"), scan or pick_up),
        ]
        wrong = [(name, fact) for name, done, said, fact in pairs if None not in (done, said) and done != said]
        unknown = [name for name, done, said, _ in pairs if None in (done, said)]
        if wrong:
            reason = "not as booked: " + ", ".join(name for name, _ in wrong)
            yield verdict(
                rule, subject, pick_up, "violated", reason, [*booking.witness, pick_up, wrong[0][1]], questions=hangs
            )
        elif unknown:
            reason = "not known: " + ", ".join(unknown)
            yield verdict(rule, subject, pick_up, "undecided", reason, [*booking.witness, pick_up], questions=hangs)
        else:
            yield verdict(
                rule,
                subject,
                pick_up,
                "satisfied",
                "as booked",
                [*booking.witness, pick_up, *([scan] if scan else [])],
                questions=hangs,
            )


def overtime(known: Known) -> Iterator[dict[str, Any]]:
    """From pick-up the gate scan follows within transport_max."""
    rule = "overtime"
    for pick_up in known.of("picked_up"):
        subject = f"container:{pick_up['container']}"
        limit = known.limit("transport_max", pick_up)
        if limit is None:
            yield verdict(rule, subject, pick_up, "undecided", "no limit in force", [pick_up])
            continue
        due = pick_up.time + limit.span
        scan = gate_scan(known, pick_up)
        witness = [pick_up, *([scan] if scan else [])]
        if scan and scan.time <= due:
            yield verdict(rule, subject, pick_up, "satisfied", "gate scan in time", witness, limit=limit)
        elif known.now > due and known.no_more_up_to(due, "arrived_warehouse"):
            cut_off = next_pick_up(known, pick_up)
            hangs = ["Q10"] if scan is None and cut_off and cut_off.time <= due else []
            yield verdict(
                rule, subject, pick_up, "violated", "no gate scan in time", witness, limit=limit, questions=hangs
            )
        else:
            yield verdict(
                rule,
                subject,
                pick_up,
                "undecided",
                "an earlier gate scan may still come",
                witness,
                due=due,
                limit=limit,
                questions=["Q9"] if scan else [],
            )


def opening_is_lawful(known: Known, opening: Fact, pick_up: Fact) -> bool | None:
    """Whether an opening lies in the booked warehouse's fence; None = cannot be known (R-NOPOS, R-FENCE-BOOKED)."""
    booking, _ = trip_booking(known, pick_up)
    lat, lon = opening["lat"], opening["lon"]
    if opening["in_warehouse"] is None and (lat is None or lon is None):
        return None
    if booking is None:
        return False
    store = booking.fields.get("destination")
    if opening["in_warehouse"] is not None:
        return bool(opening["in_warehouse"] == store)
    fence = known.fences.get(str(store))
    return None if fence is None else inside(fence, lat, lon)


def opened_on_the_way(known: Known) -> Iterator[dict[str, Any]]:
    """No opening between pick-up and gate scan, save inside the fence of the booked warehouse."""
    rule = "opened_on_the_way"
    for pick_up in known.of("picked_up"):
        subject = f"container:{pick_up['container']}"
        booking, hangs = trip_booking(known, pick_up)
        scan, following = gate_scan(known, pick_up), next_pick_up(known, pick_up)
        end = scan.time if scan else following.time if following else None
        openings = [
            f
            for f in known.of("door_opened", container=pick_up["container"])
            if pick_up.time < f.time and (end is None or f.time < end)
        ]
        if booking is None and openings:
            hangs = [*hangs, "Q19"]
        breach = next((f for f in openings if opening_is_lawful(known, f, pick_up) is False), None)
        doubt = next((f for f in openings if opening_is_lawful(known, f, pick_up) is None), None)
        if breach:
            if scan is None and not known.no_more_up_to(breach.time, "arrived_warehouse"):
                hangs = [*hangs, "Q11"]
            yield verdict(rule, subject, pick_up, "violated", "opened on the way", [pick_up, breach], questions=hangs)
        elif doubt:
            yield verdict(
                rule,
                subject,
                pick_up,
                "undecided",
                "an opening whose place cannot be judged",
                [pick_up, doubt],
                questions=hangs,
            )
        elif scan is None:
            yield verdict(rule, subject, pick_up, "undecided", "no gate scan yet", [pick_up], questions=hangs)
        elif known.no_more_before(scan.time, "door_opened"):
            yield verdict(
                rule, subject, pick_up, "satisfied", "not opened on the way", [pick_up, scan], questions=hangs
            )
        else:
            yield verdict(
                rule,
                subject,
                pick_up,
                "undecided",
                "openings may still come",
                [pick_up, scan],
                due=scan.time - timedelta(seconds=1),
                questions=[*hangs, "Q8"],
            )
