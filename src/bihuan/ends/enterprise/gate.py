"""道口: a container and a plate at the gate of our warehouse: what was booked, what does not fit, then the arrival."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.clock import DAY, moment
from bihuan.base.declare import Record, read
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.places import Place
from bihuan.base.records import RECORD, record, typed_table
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.base.rules.suppose import Supposed
from bihuan.ends.enterprise.booking_state import Booking, bookings, bookings_of
from bihuan.ends.enterprise.forms import retry_key, shown
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import send
from bihuan.ends.shared.supposing import Line, ask, lines
from bihuan.protocols.codes import normalize_plate


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands at the gate, as typed, and what the papers say of it."""

    record: Record
    booking: Booking | None
    mismatches: tuple[Words, ...]
    effects: tuple[Line, ...]
    """What the rules would newly say of it, but for what would be met."""

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against letting it in."""
        return (
            self.booking is not None
            and not self.mismatches
            and not any(line.change.effect == "violated" for line in self.effects)
        )


@door("/enterprise/gate", who="enterprise")
def gate(page: Page) -> Response:
    """Ask by container and plate; the answer comes before anything is kept."""
    if not page.arg("container"):
        return _page(page, None, None)
    try:
        return _page(page, look(page, page.arg("container"), page.arg("vehicle"), page.arg("place")), None)
    except BihuanError as error:
        return _page(page, None, error)


@door("/enterprise/gate", "POST", who="enterprise")
def arrive(page: Page) -> Response:
    """Keep the arrival; what the rules then say is shown at once."""
    spec = step_spec(page, "arrived_warehouse")
    try:
        seen = look(page, page.field("container"), page.field("vehicle"), page.field("place"))
        with page.write() as w:
            send(page, w, spec.name, seen.record, retry_key(page))
    except BihuanError as error:
        return _page(page, None, error)
    container = str(getattr(seen.record, "container", ""))
    return page.go(f"/enterprise/gate/{container}", page.t("已登记到库。", "The arrival is kept."))


@door("/enterprise/gate/{container}", who="enterprise")
def arrived(page: Page) -> Response:
    """What stands against a container after its arrival."""
    subject = f"container:{page.path('container')}"
    f = finding_table.c
    found = findings_where(page.reader, f.subject == subject, f.state.in_(["open", "in_case"]), limit=50)
    return page.render(
        "enterprise/gate_done.html", subject=subject, found=found, names=Names(page),
        mismatches=_against_booking(page, page.path("container")),
    )  # fmt: skip


def _against_booking(page: Page, container: str) -> tuple[Words, ...]:
    """What did not fit when the container last came in at a gate of ours; the rules may still wait for the pick-up."""
    came = typed_table(step_spec(page, "arrived_warehouse"))
    query = (
        sa.select(came.c.vehicle, came.c.warehouse)
        .join(record, record.c.seq == came.c.seq)
        .where(came.c.container == container)
        .order_by(record.c.seq.desc())
    )
    row = page.reader.first(query, RECORD)
    place = None if row is None else {place.id: place for place in Mine(page).places}.get(row["warehouse"])
    if row is None or place is None:
        return ()
    return _mismatches(page, _booking(page, container, place), row["vehicle"], place)


def _booking(page: Page, container: str, place: Place) -> Booking | None:
    """The booking that is meant: of several the confirmed one for this gate."""
    standing = [b for b in bookings_of(page, container) if b.state in ("confirmed", "waiting")]
    standing.sort(key=lambda b: (b.destination == place.id, b.state == "confirmed", b.made_at), reverse=True)
    return standing[0] if standing else None


def look(page: Page, container: str, vehicle: str, place_id: str) -> Seen:
    """Compare what stands at the gate with its booking, and ask the rules what they would say of the arrival."""
    place = _place(page, place_id)
    spec = step_spec(page, "arrived_warehouse")
    values = {
        "time": moment(page.now),
        "container": container,
        "vehicle": vehicle,
        "warehouse": place.id,
        "area": place.area,
    }
    reading = read(spec, values)
    if not isinstance(reading.record, Record):
        raise Invalid("请核对箱号和车牌。", "Check the container number and the plate.", faults=reading.faults)
    number = str(getattr(reading.record, "container", ""))
    booking = _booking(page, number, place)
    found = ask(page, [Supposed(spec.name, reading.record)])
    effects = lines(page, Names(page), found.of("violated", "due", "undecided"))
    return Seen(reading.record, booking, _mismatches(page, booking, vehicle, place), tuple(effects))


def _place(page: Page, place_id: str) -> Place:
    places = {place.id: place for place in Mine(page).places}
    found = places.get(place_id) if place_id else next(iter(places.values()), None)
    if found is None:
        words = Words("请选择本单位经营的仓库。", "Choose a warehouse that you run.")
        raise Invalid(*words, faults=[Fault("place", "unknown", words)])
    return found


def _mismatches(page: Page, booking: Booking | None, vehicle: str, place: Place) -> tuple[Words, ...]:
    if booking is None:
        return (Words("没有找到这个集装箱的预约。", "No booking of this container is found."),)
    found = []
    if booking.state != "confirmed":
        found.append(Words(f"预约 {booking.number} 还没有确认。", f"Booking {booking.number} is not confirmed yet."))
    if normalize_plate(booking.vehicle) != normalize_plate(vehicle):
        found.append(
            Words(
                f"预约车牌 {booking.vehicle}，到场车牌 {vehicle}。",
                f"Booked plate {booking.vehicle}, at the gate {vehicle}.",
            )
        )
    if booking.destination != place.id:
        named = Names(page).place(booking.destination)
        found.append(Words(f"预约的仓库是{named}，不是本库。", f"It is booked for {named}, not for here."))
    return tuple(found)


def _page(page: Page, seen: Seen | None, error: BihuanError | None) -> Response:
    values = {name: page.field(name) or page.arg(name) for name in ("container", "vehicle", "place")}
    return page.render(
        "enterprise/gate.html",
        status=200 if error is None else error.status,
        mine=Mine(page),
        seen=seen,
        values=values,
        names=Names(page),
        retry=retry_key(page),
        today=_today(page),
        **shown(page, error),
    )


def _today(page: Page) -> list[Booking]:
    """Confirmed bookings that are expected at our gates about now, the next first."""
    here, table = Mine(page).place_ids, typed_table(step_spec(page, "booked"))
    near = bookings(page, table.c.slot.between(page.now - DAY, page.now + DAY), limit=200)
    expected = [b for b in near if b.destination in here and b.state == "confirmed" and b.slot is not None]
    arrived = typed_table(step_spec(page, "arrived_warehouse"))
    came = page.reader.rows(
        sa.select(arrived.c.container)
        .join(record, record.c.seq == arrived.c.seq)
        .where(record.c.time >= page.now - DAY),
        RECORD,
    )
    gone = {row["container"] for row in came}
    return sorted((b for b in expected if b.container not in gone), key=lambda b: b.slot or 0)[:20]
