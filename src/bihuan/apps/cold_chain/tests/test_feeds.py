"""Steps as EPCIS events and back: exact round trips, equivalent writings, and refusals that name the place."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.apps.cold_chain.event_ids import NAMESPACE, read_id, write_id
from bihuan.apps.cold_chain.feeds import from_event, personal_parts, to_event
from bihuan.apps.cold_chain.movements import Good, movement
from bihuan.apps.cold_chain.records import STEPS, DoorOpened, PickedUp, Sold, Step, Temperature
from bihuan.base.clock import CIVIL, instant, parse_instant
from bihuan.base.declare import FieldSpec, Kind, compiled, read
from bihuan.base.errors import Invalid
from bihuan.protocols.codes import container_check_digit
from bihuan.protocols.epcis.document import namespaces_of

AT = datetime(2020, 12, 10, 9, 12, tzinfo=CIVIL)
BOX = "urn:epc:id:bic:CSQU3054383"
ENCODER = msgspec.json.Encoder(decimal_format="number")

texts = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=20).filter(lambda t: t.strip())
tricky = st.sampled_from(
    ["L1", "批/7", "a b", "100%", "bh:lot/L1", "gs1:x", "A:1", "urn:uuid:9f1c", "https://x.example/lot?id=1#2", "a#b#c",
     NAMESPACE + "lot/L1", "https://id.gs1.org/01/06901234123456/10/AB", "https://id.gs1.org/414/6901234000016"]
)  # fmt: skip
ids = texts | tricky
moments = st.datetimes(datetime(2019, 1, 1), datetime(2031, 1, 1)).map(lambda t: t.replace(tzinfo=CIVIL))


@st.composite
def boxes(draw: st.DrawFn) -> str:
    number = draw(st.from_regex(r"[A-Z]{3}U[0-9]{6}", fullmatch=True))
    return number + container_check_digit(number)


def value_of(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Any value that a door may take for a field."""
    if spec.name == "container":
        return boxes()
    if spec.name == "vehicle":
        return st.from_regex("[沪苏浙粤][a-zA-Z][·\\- ]?[0-9A-Z]{5,6}", fullmatch=True)
    match spec.kind:
        case Kind.choice:
            return st.sampled_from([choice.value for choice in spec.choices])
        case Kind.instant:
            return moments
        case Kind.day:
            return st.dates(date(2019, 1, 1), date(2031, 1, 1))
        case Kind.decimal:
            low, high = spec.says.low, spec.says.high
            return st.decimals(low, high if high is not None else 10**9, places=spec.says.places)
        case Kind.texts:
            return st.lists(ids, min_size=int(spec.required), max_size=4)
        case Kind.parts:
            assert spec.part is not None
            return st.lists(fields_of(spec.part.fields), min_size=1, max_size=4)
        case Kind.text | Kind.file:
            return ids
    raise AssertionError(spec.kind)


def fields_of(specs: tuple[FieldSpec, ...]) -> st.SearchStrategy[dict[str, Any]]:
    must = {spec.name: value_of(spec) for spec in specs if spec.required}
    may = {spec.name: value_of(spec) for spec in specs if not spec.required}
    return st.fixed_dictionaries(must, optional=may)


@st.composite
def steps(draw: st.DrawFn, name: str) -> Step:
    spec = compiled(STEPS[name], "cold_chain")
    reading = read(spec, draw(fields_of(spec.fields)))
    assert isinstance(reading.record, Step), reading.faults
    return reading.record


@pytest.mark.parametrize("name", STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_step_comes_back_as_it_was_sent(name: str, data: st.DataObject) -> None:
    step, own, before = data.draw(steps(name)), data.draw(ids), data.draw(ids)
    event = to_event(step, id=own, supersedes=before, record_time=instant(AT))
    sent = json.loads(ENCODER.encode(event), parse_float=Decimal)
    (back,) = from_event(sent)
    assert (back.step, back.record, back.id, back.supersedes) == (name, step, own, before)
    assert (back.time, back.received, back.part) == (instant(step.time), instant(AT), 0)


@given(st.sampled_from(["lot", "place", "party", "id"]), ids)
def test_an_id_comes_back_from_its_uri(kind: str, value: str) -> None:
    uri = write_id(kind, value)
    assert read_id(kind, uri) == value
    assert uri.isascii() and ":" in uri and not set(' "<>\\^`{|}') & set(uri)


def test_urn_and_digital_link_are_one_lot() -> None:
    urn = "urn:epc:class:lgtin:6901234.012345.998877"
    link = "https://id.gs1.org/01/06901234123456/10/998877"
    assert read_id("lot", urn) == read_id("lot", link) == link
    assert read_id("lot", "https://id.gs1.org/01/06901234123456") is None
    assert read_id("place", NAMESPACE + "lot/L1") is None


def pick_up() -> dict[str, Any]:
    step = PickedUp(
        time=AT, container="CSQU3054383", vehicle="沪BH2345", driver="D-17", place="yangshan-4", area="310115"
    )
    return to_event(step, id="r17")


def sale(*lots: tuple[str, str]) -> dict[str, Any]:
    event = to_event(Sold(time=AT, lot="L1", kg=Decimal(1), buyer="market-12", voucher="V1"), id="r1")
    lines = [{"epcClass": write_id("lot", lot), "quantity": Decimal(kg), "uom": "KGM"} for lot, kg in lots]
    return event | {"quantityList": lines}


def faults(event: dict[str, Any], namespaces: dict[str, str] | None = None) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        from_event(event, namespaces)
    return {(fault.path, fault.code) for fault in caught.value.faults}


def test_other_prefix_web_words_and_plate_separators_say_the_same() -> None:
    plain = from_event(pick_up())
    named = {key.replace("bh:", "cc:"): value for key, value in pick_up().items()}
    named |= {"bizStep": "https://ref.gs1.org/cbv/BizStep-departing", "cc:vehicle": "沪B·H2345"}
    assert from_event(named, namespaces_of(["https://x.example/c.jsonld", {"cc": {"@id": NAMESPACE}}])) == plain
    assert from_event(named) == []
    full = {key.replace("bh:", NAMESPACE): value for key, value in pick_up().items()}
    assert from_event(full | {"bizStep": "urn:epcglobal:cbv:bizstep:departing"}) == plain


def test_several_lots_are_several_steps_of_one_record() -> None:
    found = from_event(sale(("L1", "10"), ("L2", "2.5")))
    assert [(s.id, s.part, s.record.lot, s.record.kg) for s in found] == [  # type: ignore[attr-defined]
        ("r1", 0, "L1", Decimal(10)),
        ("r1", 1, "L2", Decimal("2.5")),
    ]
    assert found[1].record.voucher == "V1"  # type: ignore[attr-defined]


def test_grams_and_tonnes_are_converted_exactly() -> None:
    event = sale(("L1", "1250"), ("L2", "0.5"))
    event["quantityList"][0]["uom"], event["quantityList"][1]["uom"] = "GRM", "TNE"
    assert [s.record.kg for s in from_event(event)] == [Decimal("1.25"), Decimal(500)]  # type: ignore[attr-defined]


def test_all_faults_at_once_each_at_its_path() -> None:
    event = pick_up() | {"action": "ADD", "bizStep": "arriving", "epcList": [BOX[:-1] + "4"]}
    del event["bh:driver"], event["readPoint"], event["eventID"]
    assert faults(event) == {
        ("action", "action"), ("bizStep", "biz_step"), ("epcList", "check"), ("bh:driver", "required"),
        ("readPoint.id", "required"), ("eventID", "required"),
    }  # fmt: skip


def test_faults_of_lots_name_the_line_once() -> None:
    event = sale(("L1", "10"), ("L2", "2.5"), ("L3", "1"))
    event["quantityList"][1]["uom"] = "EA"
    event["quantityList"][2]["epcClass"] = "urn:epc:idpat:sgtin:6901234.012345.*"
    event["destinationList"] *= 2
    assert faults(event) == {
        ("quantityList[1].uom", "uom"), ("quantityList[2].epcClass", "lot"), ("destinationList", "one"),
    }  # fmt: skip
    assert faults(pick_up() | {"bh:step": "flown"}) == {("bh:step", "step")}
    assert faults(pick_up() | {"eventTime": "yesterday"}) == {("eventTime", "instant")}
    assert faults(to_event(STEPS["voided"](time=AT), id="r2")) == {("bh:supersedes", "required")}


def test_a_sensor_without_value_is_a_reading_without_value_and_units_are_converted() -> None:
    event = to_event(Temperature(time=AT, container="CSQU3054383", cel=Decimal(-18), sensor="T-3"), id="r1")
    later = "2020-12-10T10:00:00+08:00"
    event["sensorElementList"][0]["sensorReport"] = [
        {"type": "Temperature", "value": Decimal("255.15"), "uom": "KEL"},
        {"type": "gs1:Temperature", "value": Decimal("-0.4"), "uom": "FAH", "time": later},
        {"type": "Temperature", "exception": "ERROR_CONDITION"},
        {"type": "RelativeHumidity", "value": 80, "uom": "A93"},
    ]
    found = from_event(event)
    assert [s.record.cel for s in found] == [Decimal(-18), Decimal(-18), None]  # type: ignore[attr-defined]
    assert [s.time for s in found] == [instant(AT), parse_instant(later), instant(AT)]
    assert {s.record.sensor for s in found} == {"T-3"}  # type: ignore[attr-defined]
    event["sensorElementList"][0]["sensorReport"] = [{"type": "Temperature", "maxValue": 4, "uom": "CEL"}]
    assert faults(event) == {("sensorElementList[0].sensorReport[0]", "value")}


def test_a_position_is_read_beside_a_place_and_never_as_one() -> None:
    event = to_event(DoorOpened(time=AT, container="CSQU3054383", in_warehouse="wh-1"), id="r1")
    event["readPoint"] = {"id": "geo:31.0412,121.7533,4;crs=wgs84;u=12"}
    (found,) = from_event(event)
    assert found.record == DoorOpened(
        time=AT, container="CSQU3054383", lat=Decimal("31.0412"), lon=Decimal("121.7533"), in_warehouse="wh-1"
    )
    del event["bizLocation"]
    assert from_event(event)[0].record.in_warehouse is None  # type: ignore[attr-defined]
    event["readPoint"] = {"id": "geo:31.0412;crs=gcj02"}
    assert ("readPoint.id", "position") in faults(event)


def test_an_error_declaration_takes_the_record_back() -> None:
    (back,) = from_event(pick_up() | {"errorDeclaration": {"declarationTime": "2020-12-10T12:00:00+08:00"}})
    at = instant(AT + timedelta(hours=2, minutes=48))
    assert (back.step, back.supersedes, back.time, back.corrected_by) == ("voided", "r17", at, ())
    assert back.id != "r17"


def test_personal_parts_are_cut_at_any_depth() -> None:
    event = pick_up() | {"bh:driverName": "x", "ilmd": {"cc:crew": [{"bh:driverPhone": "1"}, {"bh:driverId": "2"}]}}
    clean, cut = personal_parts(event)
    assert cut == {"bh:driverName": "x", "ilmd.cc:crew[0].bh:driverPhone": "1", "ilmd.cc:crew[1].bh:driverId": "2"}
    assert clean == pick_up() | {"ilmd": {"cc:crew": [{}, {}]}}
    assert personal_parts({"cc:driverName": "x"}, {"cc": NAMESPACE}) == ({}, {"cc:driverName": "x"})


def test_an_ordinary_gs1_event_is_a_movement_and_no_step() -> None:
    event = {
        "type": "AggregationEvent", "action": "ADD", "eventTime": "2020-12-10T09:12:00+08:00",
        "eventTimeZoneOffset": "+08:00", "bizStep": "urn:epcglobal:cbv:bizstep:packing", "parentID": BOX,
        "childEPCs": ["urn:epc:id:sscc:0614141.1234567890"],
        "childQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.012345.99", "quantity": 2.5, "uom": "KGM"},
                              {"epcClass": "urn:epc:idpat:sgtin:6901234.012345.*", "quantity": 3}],
        "readPoint": {"id": "urn:epc:id:sgln:6901234.00001.0"},
    }  # fmt: skip
    assert from_event(event) == []
    found = movement(event)
    assert (found.biz_step, found.time) == ("packing", instant(AT))
    assert found.read_point == "https://id.gs1.org/414/6901234000016"
    assert found.goods == (
        Good("container", "CSQU3054383", "parent"),
        Good("epc", "https://id.gs1.org/00/106141412345678908", "about"),
        Good("lot", "https://id.gs1.org/01/06901234123456/10/99", "about", Decimal("2.5")),
        Good("epc", "https://id.gs1.org/01/06901234123456", "about"),
    )
