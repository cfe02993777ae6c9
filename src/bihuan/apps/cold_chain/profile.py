"""The event profile: for each of the 29 steps the one EPCIS form in which it is sent (`docs/cold-chain-events.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bihuan.apps.cold_chain.event_ids import NAMESPACE
from bihuan.apps.cold_chain.event_view import Slot
from bihuan.apps.cold_chain.fact_slots import BTT, Extension, Judged, Paper, PartyText, Place, Position, Side, Warmth
from bihuan.apps.cold_chain.goods_slots import (
    Container,
    LotLine,
    LotLines,
    LotNames,
    NoGoods,
    ReleasedLots,
    SameLot,
)


@dataclass(frozen=True, slots=True)
class Form:
    """How one step looks as an EPCIS event: type, action, words, and where each field stands."""

    type: str
    action: str
    """"" for transformations, which have none."""
    biz_step: str
    disposition: str
    slots: tuple[Slot, ...]


def _own(word: str) -> str:
    return f"{NAMESPACE}bizstep/{word}"


AREA: Final = Extension("area", "area")
BOOKING: Final = Paper("booking", BTT + "booking", "booking")
DECLARATION: Final = Paper("declaration", BTT + "declaration", "declaration")
SAMPLE: Final = Paper("sample", BTT + "sample", "sample")
CERTIFICATE: Final = Paper("certificate", "cert", "certificate")
OWNER: Final = Side("owner", "source", "owning_party", "party")
DESTINATION: Final = Side("destination", "destination", "location", "place")
VEHICLE: Final = Extension("vehicle", "vehicle")
DRIVER: Final = Extension("driver", "driver")
SLOT: Final = Extension("slot", "slot")
WAREHOUSE: Final = Place("warehouse", "bizLocation")
LOSS: Final = Extension("loss_kg", "lossKg", omit=Decimal(0))
BOOKED: Final = (BOOKING, Container(), OWNER, DECLARATION, VEHICLE, DRIVER, DESTINATION, SLOT)
DOOR: Final = (Container(), Position(), Place("in_warehouse", "bizLocation"))

FORMS: Final[dict[str, Form]] = {
    "health_certificate": Form("ObjectEvent", "OBSERVE", "inspecting", "conformant", (
        Container(), LotNames(), Paper("number", "cert", "certificate"), Extension("says_", "says"))),
    "customs_released": Form("AggregationEvent", "OBSERVE", _own("customs_releasing"), "conformant", (
        Container("parentID"), DECLARATION, AREA, ReleasedLots())),
    "booked": Form("TransactionEvent", "ADD", "reserving", "reserved", BOOKED),
    "booking_confirmed": Form("TransactionEvent", "OBSERVE", _own("booking_confirming"), "reserved", (
        NoGoods(), BOOKING, Place("by", "bizLocation"))),
    "booking_amended": Form("TransactionEvent", "OBSERVE", _own("booking_amending"), "reserved", BOOKED),
    "booking_cancelled": Form("TransactionEvent", "DELETE", _own("booking_cancelling"), "inactive", (
        NoGoods(), BOOKING, Place("by", "bizLocation"))),
    "picked_up": Form("ObjectEvent", "OBSERVE", "departing", "in_transit", (
        Container(), VEHICLE, DRIVER, Place("place", "readPoint"), AREA)),
    "door_opened": Form("ObjectEvent", "OBSERVE", _own("opening"), "container_open", DOOR),
    "door_closed": Form("ObjectEvent", "OBSERVE", _own("closing"), "container_closed", DOOR),
    "temperature": Form("ObjectEvent", "OBSERVE", "sensor_reporting", "in_transit", (
        Container(), Warmth(), AREA)),
    "arrived_warehouse": Form("ObjectEvent", "OBSERVE", "arriving", "in_progress", (
        Container(), VEHICLE, WAREHOUSE, AREA)),
    "unloaded": Form("AggregationEvent", "DELETE", "unloading", "in_progress", (
        Container("parentID"), WAREHOUSE, LotNames("childQuantityList"))),
    "disinfected": Form("ObjectEvent", "OBSERVE", _own("disinfecting"), "in_progress", (
        Container(), LotNames(), PartyText("by"), Extension("agent", "agent"), Extension("strength", "strength"),
        Extension("photo", "photo"))),
    "qualification": Form("TransactionEvent", "ADD", _own("qualifying"), "active", (
        NoGoods(), Paper("qualification", "cert", "certificate"), PartyText("of"), Extension("kind", "kind"),
        Extension("from_", "from"), Extension("to", "to"))),
    "sampled": Form("ObjectEvent", "OBSERVE", "sampling", "in_progress", (LotLine(), SAMPLE)),
    "result": Form("TransactionEvent", "OBSERVE", "inspecting", "conformant", (
        NoGoods(), SAMPLE, Paper("report", "testres", "report"), Judged())),
    "release_certificate": Form("TransactionEvent", "ADD", _own("releasing"), "conformant", (
        LotNames(), CERTIFICATE, WAREHOUSE)),
    "certificate_revoked": Form("TransactionEvent", "DELETE", _own("revoking"), "inactive", (
        NoGoods(), CERTIFICATE)),
    "trace_code_assigned": Form("ObjectEvent", "OBSERVE", "encoding", "encoded", (
        LotLine(only=True), Extension("code", "code"))),
    "left_warehouse": Form("ObjectEvent", "OBSERVE", "shipping", "in_transit", (
        LotLine(), Place("warehouse", "readPoint"), AREA)),
    "stored_first": Form("ObjectEvent", "OBSERVE", "storing", "sellable_not_accessible", (
        LotLine(kg="kg"), WAREHOUSE, AREA)),
    "split": Form("TransformationEvent", "", _own("splitting"), "in_progress", (
        LotLine("inputQuantityList", kg="kg", only=True), LotLines("into", "outputQuantityList"), LOSS, AREA)),
    "merged": Form("TransformationEvent", "", _own("merging"), "in_progress", (
        LotLines("from_", "inputQuantityList"), LotLine("outputQuantityList", kg="kg", only=True), AREA)),
    "repacked": Form("TransformationEvent", "", "repackaging", "in_progress", (
        LotLine("inputQuantityList", kg="kg_in", only=True), SameLot("kg_out"), LOSS)),
    "sold": Form("ObjectEvent", "OBSERVE", "retail_selling", "retail_sold", (
        LotLine(kg="kg"), Paper("voucher", BTT + "voucher", "voucher"),
        Side("buyer", "destination", "owning_party", "party"))),
    "destroyed": Form("ObjectEvent", "DELETE", "destroying", "destroyed", (LotLine(kg="kg"),)),
    "refused": Form("ObjectEvent", "OBSERVE", _own("refusing"), "returned", (
        LotLine(kg="kg"), Extension("goods_go", "goodsGo"))),
    "stock_counted": Form("ObjectEvent", "OBSERVE", "stock_taking", "sellable_not_accessible", (
        LotLine(kg="kg"), WAREHOUSE)),
    "voided": Form("ObjectEvent", "OBSERVE", _own("voiding"), "inactive", (NoGoods(), Extension("reason", "reason"))),
}  # fmt: skip
"""Each step by its neutral name."""
