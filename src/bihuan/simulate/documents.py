"""Statements as EPCIS 2.0 events in capture documents, written from the public event profile alone.

`docs/cold-chain-events.md` says how each of the 29 steps is sent; nothing here is shared with the reader of the
product, so that the two can find each other's mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zlib import crc32

import msgspec

from bihuan.base.clock import CIVIL, HOUR
from bihuan.simulate.history import Told

NAMESPACE = "https://bihuan.example/ns/cold-chain/"
LARGEST = 400
"""Events in one document at most."""
BATCH = 3 * HOUR
"""How often a party sends what it has gathered."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OUTCOME = {"negative": "conformant", "positive": "non_conformant", "inconclusive": "unknown"}
Event = dict[str, Any]
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One capture document: who sends it, when (us UTC), its bytes, and the record ids in it."""

    at: int
    party: str
    body: bytes
    ids: tuple[str, ...]


def documents(told: Iterable[Told], batch: int = BATCH, by: int | None = None) -> list[Document]:
    """Documents in the order of sending; what a party received within one batch goes out at the batch's end.

    With `by` everything is sent by that instant.
    """
    groups: dict[tuple[int, str], list[Told]] = {}
    for each in told:
        groups.setdefault((delivery(each, batch, by), each.party), []).append(each)
    return [
        document(at, party, some[first : first + LARGEST])
        for (at, party), some in sorted(groups.items(), key=lambda group: group[0])
        for first in range(0, len(some), LARGEST)
    ]


def delivery(told: Told, batch: int = BATCH, by: int | None = None) -> int:
    """When a statement is sent: the end of the batch in which it was received, but no later than `by`."""
    at = (told.received // batch + 1) * batch
    return at if by is None else min(at, by)


def document(at: int, party: str, told: Sequence[Told]) -> Document:
    """One document; one party in four binds the namespace to a prefix of its own."""
    prefix = "cc" if crc32(party.encode()) % 4 == 0 else "bh"
    body = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {prefix: NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _instant(at),
        "epcisBody": {"eventList": [event(each, prefix) for each in told]},
    }
    return Document(at, party, _ENCODER.encode(body), tuple(each.id for each in told))


def event(told: Told, prefix: str = "bh") -> Event:
    """One statement as an event; `prefix` stands for the namespace."""
    make = _STEPS[told.step]
    made, own = make(told)
    members: Event = {
        "type": made.pop("type"),
        "eventID": uri("id", told.id),
        "eventTime": _instant(told.time),
        "eventTimeZoneOffset": "+08:00",
        **made,
        f"{prefix}:step": told.step,
    }
    if told.supersedes is not None:
        members[f"{prefix}:supersedes"] = uri("id", told.supersedes)
    for name, value in own.items():
        if value is not None:
            members[f"{prefix}:{name}"] = [_own(each, prefix) for each in value] if name == "lots" else value
    return members


def uri(kind: str, name: str) -> str:
    """An id of ours as a URI; one that is a URI already is its own."""
    return name if name.startswith(("https://", "urn:")) else f"{NAMESPACE}{kind}/{quote(name, safe='-._~')}"


def _instant(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(CIVIL).isoformat()


def _own(members: Fields, prefix: str) -> Event:
    return {f"{prefix}:{name}": value for name, value in members.items()}


def _box(container: str | None) -> list[str]:
    """The EPC of a container: owner code and category, serial, check digit in one."""
    return [f"urn:epc:id:bic:{container}"] if container else []


def _lot(name: str, told: Told) -> str:
    """A lot with a GS1 number is sent as Digital Link or as URN, as chance has it: they are the same lot."""
    if name.startswith("https://id.gs1.org/01/") and crc32(told.id.encode()) % 2:
        gtin, lot = name.removeprefix("https://id.gs1.org/01/").split("/10/")
        return f"urn:epc:class:lgtin:{gtin[1:8]}.{gtin[0]}{gtin[8:13]}.{lot}"
    return uri("lot", name)


def _amount(name: str, kg: Decimal | None, told: Told) -> Event:
    entry: Event = {"epcClass": _lot(name, told)}
    return entry if kg is None else {**entry, "quantity": _plain(kg), "uom": "KGM"}


def _plain(number: Decimal) -> Decimal:
    """A number without trailing zeros and without exponent."""
    return Decimal(f"{number.normalize():f}")


def _named(told: Told) -> list[Event]:
    """The quantity list of a step of one lot, or of several lots in one record."""
    several = told.fields.get("lots") or [told.fields]
    return [_amount(each["lot"], each.get("kg"), told) for each in several]


def _papers(*papers: tuple[str, str, str | None]) -> list[Event]:
    """Business transactions: type, kind of id, number; our own types are full URIs."""
    return [
        {
            "type": kind if kind in ("cert", "testres") else f"{NAMESPACE}btt/{kind}",
            "bizTransaction": uri(id_kind, number),
        }
        for kind, id_kind, number in papers
        if number
    ]


def _place(name: str) -> Event:
    return {"id": uri("place", name)}


Made = tuple[Event, Event]
"""The event's own members, and those under the namespace."""


def _form(kind: str, action: str | None, step: str, disposition: str, **members: Any) -> Event:
    """Form of a step; a bizStep that begins with * is one of ours."""
    word = f"{NAMESPACE}bizstep/{step[1:]}" if step.startswith("*") else step
    form: Event = {"type": kind, "bizStep": word, "disposition": disposition}
    if action:
        form["action"] = action
    return {**form, **members}


def _health_certificate(told: Told) -> Made:
    f = told.fields
    made = _form("ObjectEvent", "OBSERVE", "inspecting", "conformant", epcList=_box(f["container"]))
    if f["lots"]:
        made["quantityList"] = [_amount(lot, None, told) for lot in f["lots"]]
    return {**made, "bizTransactionList": _papers(("cert", "certificate", f["number"]))}, {"says": f["says"]}


def _customs_released(told: Told) -> Made:
    f = told.fields
    entries = [_amount(lot["lot"], lot["kg"], told) for lot in f["lots"]]
    own = [
        {"lot": entry["epcClass"], "risk": lot["risk"], "product": lot["product"], "origin": lot["origin"]}
        for entry, lot in zip(entries, f["lots"], strict=True)
    ]
    made = _form(
        "AggregationEvent", "OBSERVE", "*customs_releasing", "conformant", parentID=_box(f["container"])[0],
        childQuantityList=entries, bizTransactionList=_papers(("declaration", "declaration", f["declaration"])),
    )  # fmt: skip
    return made, {"area": f["area"], "lots": own}


def _booking(action: str, step: str, disposition: str) -> Callable[[Told], Made]:
    def make(told: Told) -> Made:
        f = told.fields
        papers = (("booking", "booking", f["booking"]), ("declaration", "declaration", f.get("declaration")))
        made = _form(
            "TransactionEvent", action, step, disposition,
            epcList=_box(f.get("container")), bizTransactionList=_papers(*papers),
        )  # fmt: skip
        if f.get("owner"):
            made["sourceList"] = [{"type": "owning_party", "source": uri("party", f["owner"])}]
        if f.get("destination"):
            made["destinationList"] = [{"type": "location", "destination": uri("place", f["destination"])}]
        if f.get("by"):
            made["bizLocation"] = _place(f["by"])
        slot = f.get("slot")
        own = {"vehicle": f.get("vehicle"), "driver": f.get("driver"), "slot": _instant(slot) if slot else None}
        return made, own

    return make


def _picked_up(told: Told) -> Made:
    f = told.fields
    made = _form(
        "ObjectEvent", "OBSERVE", "departing", "in_transit", epcList=_box(f["container"]), readPoint=_place(f["place"])
    )
    return made, {"vehicle": f["vehicle"], "driver": f["driver"], "area": f["area"]}


def _door(step: str, disposition: str) -> Callable[[Told], Made]:
    def make(told: Told) -> Made:
        f = told.fields
        made = _form("ObjectEvent", "OBSERVE", step, disposition, epcList=_box(f["container"]))
        if f["lat"] is not None:
            made["readPoint"] = {"id": f"geo:{f['lat']},{f['lon']}"}
        if f["in_warehouse"]:
            made["bizLocation"] = _place(f["in_warehouse"])
        return made, {}

    return make


def _temperature(told: Told) -> Made:
    f = told.fields
    uom, cel = f.get("uom", "CEL"), f["cel"]
    report: Event = {"type": "Temperature"}
    if cel is None:
        report["exception"] = "ERROR_CONDITION"
    else:
        value = {"CEL": cel, "FAH": cel * 9 / 5 + 32, "KEL": cel + Decimal("273.15")}[uom]
        report |= {"value": _plain(value), "uom": uom}
    sensor = {"sensorMetadata": {"deviceID": uri("sensor", f["sensor"])}, "sensorReport": [report]}
    made = _form(
        "ObjectEvent", "OBSERVE", "sensor_reporting", "in_transit",
        epcList=_box(f["container"]), sensorElementList=[sensor],
    )  # fmt: skip
    return made, {"area": f["area"]}


def _arrived(told: Told) -> Made:
    f = told.fields
    made = _form(
        "ObjectEvent", "OBSERVE", "arriving", "in_progress",
        epcList=_box(f["container"]), bizLocation=_place(f["warehouse"]),
    )  # fmt: skip
    return made, {"vehicle": f["vehicle"], "area": f["area"]}


def _unloaded(told: Told) -> Made:
    f = told.fields
    made = _form(
        "AggregationEvent", "DELETE", "unloading", "in_progress",
        parentID=_box(f["container"])[0], bizLocation=_place(f["warehouse"]),
    )  # fmt: skip
    if f["lots"]:
        made["childQuantityList"] = [_amount(lot, None, told) for lot in f["lots"]]
    return made, {}


def _disinfected(told: Told) -> Made:
    f = told.fields
    made = _form("ObjectEvent", "OBSERVE", "*disinfecting", "in_progress", epcList=_box(f["container"]))
    if f["lots"]:
        made["quantityList"] = [_amount(lot, None, told) for lot in f["lots"]]
    return made, {"by": f["by"], "agent": f.get("agent"), "strength": f.get("strength")}


def _qualification(told: Told) -> Made:
    f = told.fields
    papers = _papers(("cert", "certificate", f["qualification"]))
    made = _form("TransactionEvent", "ADD", "*qualifying", "active", epcList=[], bizTransactionList=papers)
    return made, {"of": f["of"], "kind": f["kind"], "from": f["from"], "to": f["to"]}


def _sampled(told: Told) -> Made:
    papers = _papers(("sample", "sample", told.fields["sample"]))
    form = _form("ObjectEvent", "OBSERVE", "sampling", "in_progress", quantityList=_named(told))
    return {**form, "bizTransactionList": papers}, {}


def _result(told: Told) -> Made:
    f = told.fields
    papers = _papers(("sample", "sample", f["sample"]))
    form = _form("TransactionEvent", "OBSERVE", "inspecting", _OUTCOME[f["value"]], epcList=[])
    return {**form, "bizTransactionList": papers}, {"value": f["value"]}


def _release_certificate(told: Told) -> Made:
    f = told.fields
    made = _form(
        "TransactionEvent", "ADD", "*releasing", "conformant",
        quantityList=[_amount(lot, None, told) for lot in f["lots"]],
        bizTransactionList=_papers(("cert", "certificate", f["certificate"])), bizLocation=_place(f["warehouse"]),
    )  # fmt: skip
    return made, {}


def _certificate_revoked(told: Told) -> Made:
    papers = _papers(("cert", "certificate", told.fields["certificate"]))
    return _form("TransactionEvent", "DELETE", "*revoking", "inactive", epcList=[], bizTransactionList=papers), {}


def _of_lots(step: str, disposition: str, action: str = "OBSERVE", at: str = "bizLocation") -> Callable[[Told], Made]:
    """Steps of one lot or several that differ in their words only."""

    def make(told: Told) -> Made:
        f = told.fields
        made = _form("ObjectEvent", action, step, disposition, quantityList=_named(told))
        if f.get("voucher"):
            made["bizTransactionList"] = _papers(("voucher", "voucher", f["voucher"]))
        if f.get("buyer"):
            made["destinationList"] = [{"type": "owning_party", "destination": uri("party", f["buyer"])}]
        if f.get("warehouse"):
            made[at] = _place(f["warehouse"])
        return made, {"area": f.get("area"), "code": f.get("code"), "goodsGo": f.get("goods_go")}

    return make


def _transformed(told: Told) -> Made:
    f = told.fields
    match told.step:
        case "split":
            step, ins, outs = "*splitting", [f], f["into"]
        case "merged":
            step, ins, outs = "*merging", f["from"], [f]
        case _:
            step = "repackaging"
            ins, outs = [{"lot": f["lot"], "kg": f["kg_in"]}], [{"lot": f["lot"], "kg": f["kg_out"]}]
    made = _form(
        "TransformationEvent", None, step, "in_progress",
        inputQuantityList=[_amount(each["lot"], each["kg"], told) for each in ins],
        outputQuantityList=[_amount(each["lot"], each["kg"], told) for each in outs],
    )  # fmt: skip
    loss = f.get("loss_kg")
    return made, {"lossKg": None if loss is None else _plain(loss), "area": f.get("area")}


def _voided(told: Told) -> Made:
    return _form("ObjectEvent", "OBSERVE", "*voiding", "inactive", epcList=[]), {}


_STEPS: dict[str, Callable[[Told], Made]] = {
    "health_certificate": _health_certificate,
    "customs_released": _customs_released,
    "booked": _booking("ADD", "reserving", "reserved"),
    "booking_confirmed": _booking("OBSERVE", "*booking_confirming", "reserved"),
    "booking_amended": _booking("OBSERVE", "*booking_amending", "reserved"),
    "booking_cancelled": _booking("DELETE", "*booking_cancelling", "inactive"),
    "picked_up": _picked_up,
    "door_opened": _door("*opening", "container_open"),
    "door_closed": _door("*closing", "container_closed"),
    "temperature": _temperature,
    "arrived_warehouse": _arrived,
    "unloaded": _unloaded,
    "disinfected": _disinfected,
    "qualification": _qualification,
    "sampled": _sampled,
    "result": _result,
    "release_certificate": _release_certificate,
    "certificate_revoked": _certificate_revoked,
    "trace_code_assigned": _of_lots("encoding", "encoded"),
    "left_warehouse": _of_lots("shipping", "in_transit", at="readPoint"),
    "stored_first": _of_lots("storing", "sellable_not_accessible"),
    "split": _transformed,
    "merged": _transformed,
    "repacked": _transformed,
    "sold": _of_lots("retail_selling", "retail_sold"),
    "destroyed": _of_lots("destroying", "destroyed", "DELETE"),
    "refused": _of_lots("*refusing", "returned"),
    "stock_counted": _of_lots("stock_taking", "sellable_not_accessible"),
    "voided": _voided,
}
TYPES = tuple(_STEPS)
"""The 29 steps, in the order of the profile."""
