"""预约: the owner books, amends, cancels; the warehouse confirms or turns down; a day holds its capacity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal

from starlette.responses import Response

from bihuan.base.clock import DAY, civil_date, day_start, moment
from bihuan.base.db import Writer
from bihuan.base.declare import Record, TypeSpec, read
from bihuan.base.errors import BihuanError, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.identity import party_resolver
from bihuan.base.notify import tell
from bihuan.base.places import Place, all_places, place_named
from bihuan.ends.enterprise.booking_plan import FIELDS, Effects, Plan, effects, plan, seal
from bihuan.ends.enterprise.booking_state import (
    STATES,
    Booking,
    booking_named,
    bookings,
    held,
    refusal_source,
)
from bihuan.ends.enterprise.forms import retry_key, shown
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.enterprise.prefill import prefill
from bihuan.ends.shared.lists import Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import send
from bihuan.ends.shared.words import civil_input

_CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@door("/enterprise/bookings", who="enterprise")
def listed(page: Page) -> Response:
    """All bookings of ours, as owner or as warehouse."""
    mine, names = Mine(page), Names(page)
    state, side, text = page.arg("state"), page.arg("side"), page.arg("q")
    every = bookings(page)
    found = [
        booking
        for booking in every
        if (not state or booking.state == state)
        and (side != "warehouse" or booking.destination in mine.place_ids)
        and (side != "owner" or booking.party == mine.party)
        and (not text or text.upper() in f"{booking.number} {booking.container} {booking.vehicle}".upper())
    ]
    if wanted_file(page):
        return as_file(page, "bookings", _columns(page, names), found)
    number, offset, pages = page.pages(len(found))
    days = _days(page, mine)
    return page.render(
        "enterprise/bookings.html",
        rows=found[offset : offset + 50],
        total=len(found),
        number=number,
        pages=pages,
        names=names,
        states=STATES,
        state=state,
        side=side,
        text=text,
        mine=mine,
        days=days,
        may_book=may_book(mine),
        every=len(every),
    )


def _columns(page: Page, names: Names) -> list[Column]:
    return [
        Column("booking", Words("预约号", "Booking"), lambda b: b.number),
        Column("container", Words("集装箱号", "Container"), lambda b: b.container),
        Column("owner", Words("货主", "Owner"), lambda b: names.party(b.owner)),
        Column("vehicle", Words("车牌", "Vehicle"), lambda b: b.vehicle),
        Column("destination", Words("流向仓库", "Destination"), lambda b: names.place(b.destination)),
        Column("slot", Words("预计到库", "Expected at"), lambda b: at(b.slot)),
        Column("state", Words("状态", "State"), lambda b: page.say(b.words)),
        Column("made_at", Words("预约时间", "Booked at"), lambda b: at(b.made_at)),
    ]


PICK_UP = ("pick_up_point", "terminal", "airport")
"""Kinds of place where goods are fetched; none of them is a warehouse to be booked."""


def may_book(mine: Mine) -> bool:
    """Whether this firm books warehouses."""
    return any(form.spec.name.endswith(".Booked") for form in mine.forms)


def _days(page: Page, mine: Mine) -> list[tuple[Place, list[tuple[int, Decimal, int]]]]:
    """How full each of our own sites is on the next seven civil days: (start of the day, kg taken, per cent)."""
    start = day_start(civil_date(page.now))
    found = []
    for place in mine.places:
        if place.capacity_kg:
            week = [(start + n * DAY, held(page, place, civil_date(start + n * DAY))) for n in range(7)]
            found.append((place, [(day, kg, min(100, int(kg * 100 / place.capacity_kg))) for day, kg in week]))
    return found


@door("/enterprise/bookings/new", who="enterprise")
def new(page: Page) -> Response:
    """The form of a booking."""
    mine = Mine(page)
    if not may_book(mine):
        raise Forbidden(
            "预约由货主办理；仓库在“预约”列表里确认。", "Owners book; a warehouse confirms in the list of bookings."
        )
    subject = page.arg("for")
    known = prefill(page, mine, step_spec(page, "booked"), subject)
    values = {name: str(known[name]) for name in FIELDS if isinstance(known.get(name), str)}
    for name in FIELDS:
        if page.arg(name):
            values[name] = page.arg(name)
    return _form(page, values, None)


@door("/enterprise/bookings/new", "POST", who="enterprise")
def book(page: Page) -> Response:
    """Book: the slot is held, the warehouse is asked."""
    retry = retry_key(page)
    number = number_of(page, retry)

    def keep() -> Response:
        values = _typed(page) | {
            "time": moment(page.now),
            "booking": number,
            "owner": Mine(page).code,
            "slot": page.field("slot"),
        }
        # Sent a second time, it is one booking, and must not find its own weight in the way.
        made = plan(page, step_spec(page, "booked"), values, number, {}, without=number)
        if booking_named(page, number) is None and (first := _first_shown(page, made, None)) is not None:
            return first
        with page.write() as w:
            send(page, w, made.spec.name, made.record, retry)
        return page.go(
            f"/enterprise/bookings/{number}", page.t("已预约，等待仓库确认。", "Booked; the warehouse is asked.")
        )

    return _or_form(page, keep, None)


@door("/enterprise/bookings/{number}", who="enterprise")
def one(page: Page) -> Response:
    """One booking with all that happened to it."""
    return _shown(page, _found(page), None)


@door("/enterprise/bookings/{number}/amend", who="enterprise")
def amend_form(page: Page) -> Response:
    """The form of a change."""
    booking = _own(page)
    values = {name: str(getattr(booking, name) or "") for name in FIELDS}
    values["slot"] = civil_input(booking.slot)
    return _form(page, values, booking)


@door("/enterprise/bookings/{number}/amend", "POST", who="enterprise")
def amend(page: Page) -> Response:
    """Keep what was changed, and nothing else."""
    booking, retry = _own(page), retry_key(page)

    def keep() -> Response:
        _standing(booking)
        changed = {n: v for n, v in _typed(page).items() if v and v != str(getattr(booking, n) or "")}
        values: dict[str, object] = {"time": moment(page.now), "booking": booking.number, **changed}
        if page.field("slot") != civil_input(booking.slot):
            values["slot"] = page.field("slot")
        stood = {"container": booking.container, "vehicle": booking.vehicle}
        made = plan(page, step_spec(page, "booking_amended"), values, booking.number, stood, without=booking.number)
        if len(values) > 2:  # more than when, and of which booking
            if (first := _first_shown(page, made, booking)) is not None:
                return first
            with page.write() as w:
                send(page, w, made.spec.name, made.record, retry, tags=_tags(w, booking, made.place.id))
        return page.go(f"/enterprise/bookings/{booking.number}", page.t("预约已变更。", "The booking is amended."))

    return _or_form(page, keep, booking)


@door("/enterprise/bookings/{number}/cancel", "POST", who="enterprise")
def cancel(page: Page) -> Response:
    """The owner takes a booking back; it stays to be seen."""
    booking = _own(page)
    return _state(page, booking, "booking_cancelled", {}, page.t("预约已取消。", "The booking is cancelled."))


@door("/enterprise/bookings/{number}/confirm", "POST", who="enterprise")
def confirm(page: Page) -> Response:
    """The warehouse agrees."""
    booking = _asked(page)
    done = page.t("预约已确认，货主已可见。", "Confirmed; the owner sees it.")
    return _state(page, booking, "booking_confirmed", {"by": booking.destination}, done)


@door("/enterprise/bookings/{number}/refuse", "POST", who="enterprise")
def refuse(page: Page) -> Response:
    """The warehouse turns a booking down: the ledger has it cancelled from now on, and the owner is told why."""
    booking = _asked(page)
    told = page.t("已退回预约并告知货主。", "Turned down; the owner is told.")
    if booking.state == "refused":
        return page.go(f"/enterprise/bookings/{booking.number}", told)
    try:
        reason = page.require("reason", "不同意的理由", "Why it is turned down")
        if booking.state == "confirmed":
            raise Refused(
                "这个预约已确认，不能再退回。", "This booking is confirmed and can't be turned down any more."
            )
        spec = step_spec(page, "booking_cancelled")
        record = _open_record(spec, page, booking, {"by": booking.destination})
        place = Names(page).place(booking.destination)
        words = Words(
            f"{place}未同意预约 {booking.number}：{reason}", f"{place} turned booking {booking.number} down: {reason}"
        )
        with page.write() as w:
            send(page, w, spec.name, record, retry_key(page), tags=_tags(w, booking))
            owner = party_resolver(w)(booking.owner) or booking.party
            for whom, party in (("owner", owner), ("warehouse", Mine(page).party)):
                tell(
                    w,
                    words,
                    f"/enterprise/bookings/{booking.number}",
                    party=party,
                    source=refusal_source(booking.sent, whom),
                )
    except BihuanError as error:
        return _shown(page, booking, error)
    return page.go(f"/enterprise/bookings/{booking.number}", told)


def number_of(page: Page, retry: str) -> str:
    """The number of the booking that a form makes, to be said aloud: the same form sent twice is one booking."""
    digest = hashlib.sha256(f"{page.principal.party}\n{retry}".encode()).digest()
    signs = "".join(_CODE[octet % 32] for octet in digest[:8])
    return f"YY-{signs[:4]}-{signs[4:]}"


def _state(page: Page, booking: Booking, step: str, more: dict[str, object], told: str) -> Response:
    spec = step_spec(page, step)
    try:
        record = _open_record(spec, page, booking, more)
        with page.write() as w:
            send(page, w, spec.name, record, retry_key(page), tags=_tags(w, booking))
    except BihuanError as error:
        return _shown(page, booking, error)
    return page.go(f"/enterprise/bookings/{booking.number}", told)


def _open_record(spec: TypeSpec, page: Page, booking: Booking, more: dict[str, object]) -> Record:
    """What is stated of a booking now."""
    _standing(booking)
    return _record(spec, {"time": moment(page.now), "booking": booking.number, **more})


def _standing(booking: Booking) -> None:
    """Refused once a booking was cancelled or turned down."""
    if booking.state == "cancelled":
        raise Refused("这个预约已取消。", "This booking is cancelled.")
    if booking.state == "refused":
        raise Refused("仓库未同意这个预约，请另行预约。", "The warehouse turned this booking down; book again.")


def _tags(w: Writer, booking: Booking, *also: str) -> list[str]:
    """Both sides of a booking see everything that happens to it, and so do the operators of further places."""
    find = party_resolver(w)
    named = [place_named(w, name) for name in (booking.destination, *also)]
    parties = {booking.party, find(booking.owner), *(find(place.party) for place in named if place is not None)}
    return [f"p:{party}" for party in parties if party]


def _found(page: Page) -> Booking:
    booking = booking_named(page, page.path("number"))
    if booking is None:
        raise NotFound
    return booking


def _own(page: Page) -> Booking:
    booking = _found(page)
    if booking.party != page.principal.party:
        raise NotFound
    return booking


def _asked(page: Page) -> Booking:
    booking = _found(page)
    if booking.destination not in Mine(page).place_ids:
        raise NotFound
    return booking


def _first_shown(page: Page, made: Plan, booking: Booking | None) -> Response | None:
    """The form with what the plan would bring, when that was asked for, or breaks a rule and was not read yet."""
    asked = page.field("act") == "check"
    if not asked and page.field("seen") == seal(page):
        return None
    found = effects(page, made)
    if not asked and not found.breaks:
        return None
    return _form(page, {name: page.field(name) for name in FIELDS}, booking, found=found)


def _typed(page: Page) -> dict[str, object]:
    return {name: page.field(name) for name in FIELDS if name != "slot"}


def _record(spec: TypeSpec, values: dict[str, object]) -> Record:
    reading = read(spec, values)
    if not isinstance(reading.record, Record):
        raise Invalid("有几处需要更正，见下。", "Some fields need mending; see below.", faults=reading.faults)
    return reading.record


def _or_form(page: Page, keep: Callable[[], Response], booking: Booking | None) -> Response:
    try:
        return keep()
    except BihuanError as error:
        return _form(page, {name: page.field(name) for name in FIELDS}, booking, error)


def _form(
    page: Page,
    values: dict[str, str],
    booking: Booking | None,
    error: BihuanError | None = None,
    found: Effects | None = None,
) -> Response:
    warehouses = [p for p in all_places(page.reader) if p.capacity_kg is not None and p.kind not in PICK_UP]
    return page.render(
        "enterprise/booking_form.html",
        status=200 if error is None else error.status,
        retry=retry_key(page),
        values={name: values.get(name, "") for name in FIELDS},
        booking=booking,
        found=found,
        warehouses=warehouses,
        spec=step_spec(page, "booked"),
        **shown(page, error),
    )


def _shown(page: Page, booking: Booking, error: BihuanError | None) -> Response:
    mine, names = Mine(page), Names(page)
    place = names.places.get(booking.destination)
    taken = held(page, place, civil_date(booking.slot)) if place is not None and booking.slot is not None else None
    return page.render(
        "enterprise/booking.html",
        status=200 if error is None else error.status,
        booking=booking,
        names=names,
        place=place,
        taken=taken,
        runs=booking.destination in mine.place_ids,
        owns=booking.party == mine.party,
        retry=retry_key(page),
        **shown(page, error),
    )
