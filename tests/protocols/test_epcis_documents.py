"""Reading documents: refusals with reasons, exact bytes, the two modes."""

import copy
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.protocols.epcis import DocumentFault, capture_document, query_document, read_document, read_event
from bihuan.protocols.epcis.instants import instant, offset_minutes, rfc3339
from bihuan.protocols.epcis.schema import SCHEMAS, VALIDATORS

ARRIVAL: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:5e5b3f0e-0000-4000-8000-000000000001",
    "eventTime": "2021-01-11T12:00:00.123456789+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "bizStep": "arriving",
    "epcList": ["urn:epc:id:bic:CSQU3054383"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 20000.30, "uom": "KGM"}],
    "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111"},
            "sensorReport": [{"type": "Temperature", "value": -18.20, "uom": "CEL", "time": "2021-01-11T03:59:00Z"}],
        }
    ],
    "cold:truck": "沪A12345",
}


def document(*events: Any, **header: Any) -> bytes:
    value = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"cold": "https://cold.example/"},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2021-01-11T04:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    value |= header
    return json.dumps({name: item for name, item in value.items() if item is not None}, ensure_ascii=False).encode()


def changed(**fields: Any) -> dict[str, Any]:
    event = copy.deepcopy(ARRIVAL) | fields
    return {name: item for name, item in event.items() if item is not None}


def test_a_document_is_read_whole() -> None:
    read = read_document(document(ARRIVAL))
    assert (read.kind, read.schema_version, read.faults, read.warnings) == ("capture", "2.0", [], [])
    assert read.namespaces == {"cold": "https://cold.example/"}
    assert json.loads(read.context)[1] == {"cold": "https://cold.example/"}
    assert rfc3339(read.creation_date or 0) == "2021-01-11T04:00:00Z"


def test_the_bytes_of_an_event_are_kept() -> None:
    odd = ' {"type" : "ObjectEvent","eventTime":"2021-01-11T12:00:00Z",\n "eventTimeZoneOffset":"+08:00",'
    odd += ' "action":"ADD","epcList":[ ]}'
    data = document().replace(b'"eventList": []', f'"eventList": [{odd} , {odd}]'.encode())
    assert [event.raw for event in read_document(data).events] == [odd.strip().encode()] * 2


Spoil = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"[1]", "not_an_object"),
        (b"{}", "missing"),
        (b'{"type": "EPCISMasterData"}', "unknown_type"),
        ('{"type": "盘"}'.encode("gb18030"), "not_utf8"),
        (document(ARRIVAL).decode().encode("utf-16"), "not_utf8"),
        (b'{"type":' + b"[" * 200_000, "too_deep"),
        (b'{"type":"EPCISDocument","type":"EPCISDocument"}', "repeated_key"),
        (document(ARRIVAL).replace(b'"action":', b'"action": "ADD", "action":'), "repeated_key"),
        (document(ARRIVAL).replace(b"-18.2", b"NaN"), "not_a_number"),
        (document(ARRIVAL).replace(b"-18.2", b"-1e999"), "not_a_number"),
        (document(ARRIVAL).replace("沪A".encode(), b"\\ud800"), "not_json"),
        (document(ARRIVAL, schemaVersion="1.2"), "schema_version"),
        (document(ARRIVAL, schemaVersion=2.0), "schema_version"),
        (document(ARRIVAL, schemaVersion=None), "missing"),
        (document(ARRIVAL, epcisBody={}), "no_event_list"),
        (document(ARRIVAL, creationDate="yesterday"), "not_a_time"),
        (document(ARRIVAL, **{"@context": None}), "missing"),
        (document(ARRIVAL, type="EPCISQueryDocument"), "no_event_list"),
    ],
)
def test_whole_documents_refused(data: bytes, code: str) -> None:
    with pytest.raises(DocumentFault) as refused:
        read_document(data)
    assert refused.value.code == code
    assert refused.value.zh and refused.value.en


def test_nesting_within_the_limit_is_read_whole() -> None:
    (kept,) = read_document(document(changed(**{"cold:deep": json.loads("[" * 63 + "]" * 63)}))).events
    assert "{https://cold.example/}deep" in read_event(kept).extensions


def test_a_repeated_key_is_located() -> None:
    spoilt = document(ARRIVAL, ARRIVAL).replace(b'"action":', b'"action": "ADD", "action":')
    with pytest.raises(DocumentFault) as refused:
        read_document(spoilt)
    assert refused.value.path == "eventList.0"
    assert "action" in refused.value.en


def test_limits() -> None:
    with pytest.raises(DocumentFault, match="too_many"):
        read_document(document(ARRIVAL, ARRIVAL), max_events=1)
    with pytest.raises(DocumentFault, match="too_large"):
        read_document(document(ARRIVAL), max_bytes=100)


REPORTS = {"type": "Temperature", "value": 1}


@pytest.mark.parametrize(
    ("event", "path", "code"),
    [
        (changed(type=None), "type", "missing"),
        (changed(type="QuantityEvent"), "type", "unknown_type"),
        (changed(action=None), "action", "missing"),
        (changed(action="CREATE"), "action", "not_allowed"),
        (changed(eventTime="22-07-2026"), "eventTime", "not_a_time"),
        (changed(eventTime="2021-01-11 12:00:00+08:00"), "eventTime", "not_a_time"),
        (changed(eventTime="0000-01-01T00:00:00Z"), "eventTime", "not_a_time"),
        (changed(eventTimeZoneOffset="+8"), "eventTimeZoneOffset", "malformed"),
        (changed(eventTimeZoneOffset="+15:00"), "eventTimeZoneOffset", "malformed"),
        (changed(epcList=None, quantityList=None, readPoint=None), "", "no_object"),
        (
            changed(bizStep=None, quantityList=[{"epcClass": "urn:x:y", "quantity": "5"}]),
            "quantityList.0.quantity",
            "wrong_type",
        ),
        (changed(readPoint={}), "readPoint.id", "missing"),
        (7, "", "wrong_type"),
        (changed(**{"cold:deep": json.loads("[" * 64 + "]" * 64)}), "", "too_deep"),
        (changed(**{"cold:deep": json.loads("[" * 900 + "]" * 900)}), "", "too_deep"),
        (
            {
                "type": "TransformationEvent",
                "eventTime": "2021-01-11T12:00:00Z",
                "eventTimeZoneOffset": "+08:00",
                "inputEPCList": ["urn:a:b"],
            },
            "",
            "no_transformation",
        ),
        (
            {
                "type": "AggregationEvent",
                "eventTime": "2021-01-11T12:00:00Z",
                "eventTimeZoneOffset": "+08:00",
                "action": "ADD",
            },
            "",
            "no_children",
        ),
    ],
)
def test_events_refused_in_both_modes(event: Any, path: str, code: str) -> None:
    for mode in ("strict", "lenient"):
        read = read_document(document(ARRIVAL, event), mode=mode)
        assert [kept.index for kept in read.events] == [0]
        assert (1, path, code) in [(fault.index, fault.path, fault.code) for fault in read.faults]


@pytest.mark.parametrize(
    ("event", "path", "code"),
    [
        (changed(bizStep="transforming"), "bizStep", "unknown_word"),
        (changed(bizStep="urn:epcglobal:cbv:bizstep:arriving"), "bizStep", "unknown_word"),
        (changed(weight=3), "weight", "unknown_field"),
        (changed(ilmd={"cold:lot": "1"}), "", "ilmd_not_allowed"),
        (changed(epcList=["CSQU3054383"]), "epcList.0", "not_a_uri"),
        (changed(epcList=["urn:a:b", "urn:a:b"]), "epcList", "repeated"),
        (changed(epcList=["urn:epc:id:bic:CSQU3054384"]), "epcList.0", "identifier_check_digit"),
        (
            changed(bizLocation={"id": "https://id.gs1.org/414/0614141007773"}),
            "bizLocation.id",
            "identifier_check_digit",
        ),
        (changed(eventTime="2021-01-11T12:00:00"), "eventTime", "not_a_time"),
        (
            changed(sensorElementList=[{"sensorReport": [{"value": 1}]}]),
            "sensorElementList.0.sensorReport.0.type",
            "missing",
        ),
    ],
)
def test_odd_events_are_refused_strictly_and_taken_leniently(event: Any, path: str, code: str) -> None:
    strict = read_document(document(event))
    assert strict.events == []
    assert [(fault.path, fault.code) for fault in strict.faults] == [(path, code)]
    lenient = read_document(document(event), mode="lenient")
    assert lenient.faults == []
    assert [(warning.path, warning.code) for warning in lenient.warnings] == [(path, code)]
    assert read_event(lenient.events[0]).event_time // 1_000_000 == 1_610_337_600


@pytest.mark.parametrize(
    ("event", "path", "code"),
    [
        (
            changed(
                sensorElementList=[
                    {
                        "sensorMetadata": {"time": "2021-01-11T12:00:00Z"},
                        "sensorReport": [REPORTS, REPORTS | {"time": "2021-01-11T12:00:00Z"}],
                    }
                ]
            ),
            "sensorElementList.0.sensorReport.1.time",
            "in_metadata_too",
        ),
        (
            changed(type="AssociationEvent", parentID="urn:epc:id:sscc:0614141.1234567890", persistentDisposition={"set": ["recalled"]}),
            "persistentDisposition",
            "unknown_field",
        ),
    ],
)
def test_what_published_examples_do_is_told_and_taken(event: Any, path: str, code: str) -> None:
    strict = read_document(document(event))
    assert len(strict.events) == 1 or code == "unknown_field"
    assert (path, code) in [(warning.path, warning.code) for warning in strict.warnings]


def test_prefixes_that_nobody_defined_are_remarked() -> None:
    read = read_document(document(changed(**{"mystery:a": 1})))
    assert [(warning.path, warning.code) for warning in read.warnings] == [("mystery:a", "unknown_prefix")]


def test_query_documents_are_for_the_lenient_mode() -> None:
    data = query_document([(json.dumps(ARRIVAL).encode(), {"cold": "https://cold.example/"})], creation_date=0)
    with pytest.raises(DocumentFault, match="query_document"):
        read_document(data)
    assert len(read_document(data, mode="lenient").events) == 1


def test_one_bare_event() -> None:
    data = json.dumps({"@context": [{"cold": "https://cold.example/"}]} | ARRIVAL).encode()
    read = read_document(data)
    assert (read.kind, len(read.events), read.events[0].raw) == ("event", 1, data)


def test_typed_event_of_a_document() -> None:
    event = read_event(read_document(document(ARRIVAL)).events[0])
    assert event.event_time == 1_610_337_600_123_456
    assert event.offset_minutes == 480
    assert event.epcs == (("epc", "urn:epc:id:bic:CSQU3054383"),)
    assert event.quantities[0].quantity == Decimal("20000.3")
    report = event.sensors[0].reports[0]
    assert (report.type, report.value, report.uom) == ("Temperature", Decimal("-18.2"), "CEL")
    assert event.sensors[0].metadata.device_id == "urn:epc:id:giai:4000001.111"
    assert event.extensions == {"{https://cold.example/}truck": "沪A12345"}


@pytest.mark.parametrize(
    "word",
    [
        "arriving",
        "https://ref.gs1.org/cbv/BizStep-arriving",
        "cbv:BizStep-arriving",
        "urn:epcglobal:cbv:bizstep:arriving",
    ],
)
def test_a_standard_word_has_one_short_form(word: str) -> None:
    read = read_document(document(changed(bizStep=word)), mode="lenient")
    assert read_event(read.events[0]).biz_step == "arriving"


def test_words_of_ones_own_are_kept() -> None:
    own = "https://cold.example/step/disinfecting"
    assert read_event(read_document(document(changed(bizStep=own))).events[0]).biz_step == own


def test_written_documents_are_read_back() -> None:
    event = changed(quantityList=[{"epcClass": "urn:x:lot", "quantity": Decimal("12.340"), "uom": "KGM"}])
    data = capture_document([event], creation_date=1_610_337_600_000_000, namespaces={"cold": "https://cold.example/"})
    read = read_document(data)
    assert (read.faults, read.warnings) == ([], [])
    assert str(read_event(read.events[0]).quantities[0].quantity) == "12.340"


def test_a_prefix_with_two_meanings_keeps_both_in_a_query_document() -> None:
    raw = json.dumps(ARRIVAL, ensure_ascii=False).encode()
    data = query_document(
        [(raw, {"cold": "https://a.example/"}), (raw, {"cold": "https://b.example/"})], creation_date=0
    )
    first, second = read_document(data, mode="lenient").events
    assert first.raw == raw
    assert list(read_event(first).extensions) == ["{https://a.example/}truck"]
    assert list(read_event(second).extensions) == ["{https://b.example/}truck"]


def test_times() -> None:
    assert instant("2016-12-31T23:59:60Z") == instant("2017-01-01T00:00:00Z")
    assert instant("2021-01-11t12:00:00.1234567z") == 1_610_366_400_123_456
    assert offset_minutes("-05:30") == -330
    for wrong in ("2021-01-11", "20210111T120000Z", "2021-W02-1T12:00:00Z", "2021-01-11T12:00:00", ""):
        with pytest.raises(ValueError):
            instant(wrong)


@given(st.datetimes(), st.integers(-840, 840), st.integers(0, 12))
def test_times_that_the_schema_takes_can_be_read(moment: Any, offset: int, places: int) -> None:
    fraction = "." + f"{moment.microsecond:012d}"[:places] if places else ""
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}"
    text = f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + zone
    assert VALIDATORS["ObjectEvent"].is_valid(changed(eventTime=text))
    instant(text)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for mode in ("strict", "lenient"):
        try:
            read_document(data, mode=mode)
        except DocumentFault as fault:
            assert fault.code and fault.zh and fault.en


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(("urn:a:b", "2021-01-11T12:00:00Z")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("id", "type", "time", "value", "sensorReport", "epcClass", "x:y")), inner, max_size=4
        )
    ),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    sorted({name for schema in SCHEMAS.values() for name in schema["properties"]} | {"x:y", "@type"})
)


@given(st.sampled_from(sorted(SCHEMAS)), st.dictionaries(FIELDS, JSON, max_size=3))
def test_spoilt_events_are_read_or_refused(event_type: str, spoilt: dict[str, Any]) -> None:
    data = document(ARRIVAL | {"type": event_type, "parentID": "urn:a:b", "childEPCs": ["urn:a:c"]} | spoilt)
    for mode in ("strict", "lenient"):
        try:
            read = read_document(data, mode=mode)
        except DocumentFault:
            continue
        for event in read.events:
            read_event(event)


@given(st.binary(min_size=1, max_size=3), st.integers(0, 5_000))
def test_a_document_with_spoilt_bytes_is_read_or_refused(noise: bytes, place: int) -> None:
    data = document(ARRIVAL)
    place %= len(data)
    try:
        read = read_document(data[:place] + noise + data[place + len(noise) :], mode="lenient")
    except DocumentFault:
        return
    for event in read.events:
        read_event(event)


def test_a_thousand_events_are_read_quickly() -> None:
    events = [changed(eventID=f"urn:uuid:5e5b3f0e-0000-4000-8000-{number:012d}") for number in range(1000)]
    data = document(*events)
    start = time.perf_counter()
    read = read_document(data)
    print(f"1,000 events of {len(data) // 1000} bytes: {(time.perf_counter() - start) * 1000:.1f} ms")
    assert len(read.events) == 1000
