"""The meaning of the simple event query: which events answer it, and what is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.protocols.epcis import Event, QueryFault, capture_document, parse_query, read_document, read_event
from bihuan.protocols.epcis.conditions import CONDITIONS


def typed(**fields: Any) -> Event:
    base = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:1",
        "eventTime": "2021-01-11T12:00:00+08:00",
        "recordTime": "2021-01-11T12:01:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "in_progress",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890"],
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 20.5, "uom": "KGM"}],
        "persistentDisposition": {"set": ["unavailable"], "unset": ["recalled"]},
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
        "bizLocation": {"id": "https://id.gs1.org/414/0614141007776/254/7"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:po:1"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
        "sensorElementList": [
            {
                "sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111"},
                "sensorReport": [
                    {"type": "Temperature", "value": -18.5, "uom": "CEL"},
                    {"type": "Dimensionless", "booleanValue": True, "microorganism": "urn:x:sars-cov-2"},
                ],
            }
        ],
    }
    event = {name: item for name, item in (base | fields).items() if item is not None}
    read = read_document(capture_document([event], creation_date=0))
    assert read.faults == []
    return read_event(read.events[0])


EVENT = typed()
TRANSFORMED = typed(
    type="TransformationEvent",
    action=None,
    epcList=None,
    quantityList=None,
    transformationID="urn:x:run:7",
    inputQuantityList=[{"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 10}],
    outputEPCList=["urn:epc:id:sgtin:4012345.012345.77"],
    bizStep=None,
    errorDeclaration={"declarationTime": "2021-02-01T00:00:00Z", "reason": "incorrect_data"},
)


@pytest.mark.parametrize(
    ("parameters", "object_event", "transformation"),
    [
        ({}, True, True),
        ({"eventType": "ObjectEvent|AggregationEvent"}, True, False),
        ({"eventType": ["TransformationEvent"]}, False, True),
        ({"GE_eventTime": "2021-01-11T04:00:00Z"}, True, True),
        ({"LT_eventTime": "2021-01-11T04:00:00Z"}, False, False),
        ({"GE_eventTime": "2021-01-11T12:00:00 08:00"}, True, True),
        ({"GE_recordTime": "2021-01-11T04:01:00.000001Z"}, False, False),
        ({"EQ_action": "ADD|OBSERVE"}, True, False),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"}, True, False),
        ({"EQ_bizStep": ["shipping"]}, False, False),
        ({"EQ_disposition": "in_progress"}, True, True),
        ({"EQ_persistentDisposition_set": "unavailable"}, True, True),
        ({"EQ_persistentDisposition_unset": "unavailable"}, False, False),
        ({"EQ_readPoint": "https://id.gs1.org/414/0614141007776"}, True, True),
        ({"EQ_readPoint": "https://id.gs1.org/414/0614141007776/254/1"}, False, False),
        ({"EQ_bizLocation": "https://other.example/414/0614141007776/254/7"}, True, True),
        ({"EQ_transformationID": "urn:x:run:7"}, False, True),
        ({"EQ_eventID": "urn:uuid:1"}, True, True),
        ({"MATCH_epc": "https://id.gs1.org/00/106141412345678908"}, True, False),
        ({"MATCH_anyEPC": "urn:epc:id:sgtin:4012345.012345.77"}, False, True),
        ({"MATCH_outputEPC": "urn:epc:idpat:sgtin:4012345.012345.*"}, False, True),
        ({"MATCH_inputEPC": "urn:epc:id:sgtin:4012345.012345.77"}, False, False),
        ({"MATCH_epcClass": "https://id.gs1.org/01/04012345123456/10/L1"}, True, False),
        ({"MATCH_inputEPCClass": "https://id.gs1.org/01/04012345123456/10/L1"}, False, True),
        ({"MATCH_anyEPCClass": "urn:epc:class:lgtin:4012345.012345.L1"}, True, True),
        ({"MATCH_parentID": "urn:a:b"}, False, False),
        ({"GT_quantity": "20.4"}, True, False),
        ({"EQ_quantity": 20.5}, True, False),
        ({"LE_quantity": "10"}, False, True),
        ({"EXISTS_errorDeclaration": ""}, False, True),
        ({"EXISTS_errorDeclaration": True}, False, True),
        ({"EXISTS_errorDeclaration": "false"}, True, False),
        ({"EQ_errorReason": "incorrect_data"}, False, True),
        ({"GE_errorDeclarationTime": "2021-02-01T00:00:00Z"}, False, True),
        ({"EQ_bizTransaction_po": "urn:po:1|urn:po:2"}, True, True),
        ({"EQ_bizTransaction_inv": "urn:po:1"}, False, False),
        ({"EQ_source_owning_party": "https://id.gs1.org/417/4012345002256"}, True, True),
        ({"EQ_destination_owning_party": "urn:epc:id:pgln:4012345.00225"}, False, False),
        ({"EXISTS_sensorElementList": "true"}, True, True),
        ({"EQ_type": "Temperature"}, True, True),
        ({"EQ_deviceID": "urn:epc:id:giai:4000001.111"}, True, True),
        ({"EQ_microorganism": "urn:x:sars-cov-2", "EQ_booleanValue": "true"}, True, True),
        ({"EQ_booleanValue": False}, False, False),
        ({"EQ_action": "OBSERVE", "EQ_bizStep": "shipping"}, False, False),
    ],
    ids=json.dumps,
)
def test_which_events_answer(parameters: Mapping[str, Any], object_event: bool, transformation: bool) -> None:
    query = parse_query(parameters)
    assert (query.matches(EVENT), query.matches(TRANSFORMED)) == (object_event, transformation)


def test_descendants_come_from_master_data() -> None:
    parameters = {"WD_readPoint": "urn:x:city"}
    assert not parse_query(parameters).matches(EVENT)
    assert parse_query(parameters, within=lambda place, ancestor: ancestor == "urn:x:city").matches(EVENT)
    assert parse_query({"WD_readPoint": "urn:epc:id:sgln:0614141.00777.0"}).matches(EVENT)


def test_order_pages_and_limits() -> None:
    query = parse_query({"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": "5", "perPage": 10})
    assert (query.order_by, query.descending, query.event_count_limit, query.per_page) == ("eventTime", False, 5, 10)
    assert parse_query({}).per_page == 30
    assert parse_query({"nextPageToken": "abc"}).next_page_token == "abc"
    assert parse_query({"GE_eventTime": "1970-01-01T00:00:01Z"}).values == {"GE_eventTime": (1_000_000,)}


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"GE_eventDate": "2026-01-01T00:00:00Z"}, "GE_eventDate"),
        ({"GE_eventTime": "not-a-date"}, "GE_eventTime"),
        ({"GE_eventTime": "2021-01-11T12:00:00"}, "GE_eventTime"),
        ({"GE_eventTime": ["2021-01-11T12:00:00Z", "2021-01-11T12:00:00Z"]}, "GE_eventTime"),
        ({"EQ_action": "SHIPPED"}, "EQ_action"),
        ({"eventType": "QuantityEvent"}, "eventType"),
        ({"eventType": []}, "eventType"),
        ({"EQ_bizStep": ""}, "EQ_bizStep"),
        ({"MATCH_epc": "CSQU3054383"}, "MATCH_epc"),
        ({"GT_quantity": "NaN"}, "GT_quantity"),
        ({"GT_quantity": True}, "GT_quantity"),
        ({"EXISTS_errorDeclaration": "perhaps"}, "EXISTS_errorDeclaration"),
        ({"EQ_bizTransaction_": "urn:po:1"}, "EQ_bizTransaction_"),
        ({"orderDirection": "SIDEWAYS"}, "orderDirection"),
        ({"orderBy": "bizStep"}, "orderBy"),
        ({"perPage": "0"}, "perPage"),
        ({"perPage": "ten"}, "perPage"),
        ({"eventCountLimit": "5"}, "eventCountLimit"),
        ({"eventCountLimit": 5, "maxEventCount": 5, "orderBy": "eventTime"}, "eventCountLimit"),
    ],
    ids=json.dumps,
)
def test_unknown_and_malformed_parameters_are_refused(parameters: Mapping[str, Any], parameter: str) -> None:
    with pytest.raises(QueryFault) as refused:
        parse_query(parameters)
    assert refused.value.parameter == parameter
    assert refused.value.zh and refused.value.en


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text(max_size=5))
NAMES = st.sampled_from(sorted(CONDITIONS)) | st.sampled_from(("perPage", "orderBy", "maxEventCount", "nextPageToken"))


@given(st.dictionaries(NAMES | st.text(max_size=10), VALUES, max_size=3))
def test_any_parameters_are_a_query_or_a_fault(parameters: dict[str, Any]) -> None:
    try:
        query = parse_query(parameters)
    except QueryFault:
        return
    assert query.matches(EVENT) in (True, False)
