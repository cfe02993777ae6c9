"""Queries at the door: what they mean is `Query.matches`; pages, order, limits, collections, and what is refused."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from bihuan.base.clock import DAY, HOUR, iso, parse_instant
from bihuan.protocols.epcis import canonical, parse_query, read_document, read_event

from .conftest import Doors
from .epcis_door import JSON, OURS, all_pages, capture, document, dump, event, events_of, ids_of, send
from .test_epcis_faults import problem

SSCC = [f"urn:epc:id:sscc:0614141.{n:010d}" for n in range(5)]
LINKS = [canonical(name) for name in SSCC[:2]]
SGTIN = [f"urn:epc:id:sgtin:0614141.107346.{n}" for n in range(4)]
_LOT, _SITE = "urn:epc:class:lgtin:4012345.012345.998877", "urn:epc:id:sgln:0614141.00777.0"
LOTS = [_LOT, canonical(_LOT), OURS + "lot/%E6%89%B9%2F7"]
SITES = [_SITE, canonical(_SITE), OURS + "place/WH1"]
STEPS = ["arriving", "departing", "storing", OURS + "bizstep/weighing"]
DISPOSITIONS = ["in_transit", "in_progress", "recalled"]
START = parse_instant("2020-12-09T00:00:00+08:00")


def quantity(chance: random.Random) -> dict[str, Any]:
    return {"epcClass": chance.choice(LOTS), "quantity": chance.choice([1, 2.5, 1000]), "uom": "KGM"}


def made(chance: random.Random, n: int) -> dict[str, Any]:
    """One of the five types with whatever may stand in it."""
    kind = chance.choice(["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"])
    value = event(str(n), type=kind, eventTime=iso(START + chance.randrange(36) * HOUR), epcList=None, readPoint=None,
                  bizStep=chance.choice([*STEPS, None]), disposition=chance.choice([*DISPOSITIONS, None]),
                  action=None if kind == "TransformationEvent" else chance.choice(["ADD", "OBSERVE", "DELETE"]))  # fmt: skip
    some = chance.sample([*SSCC, *SGTIN, *LINKS], chance.randint(1, 3))
    if kind in ("ObjectEvent", "TransactionEvent"):
        value["epcList"] = some
    if kind in ("AggregationEvent", "AssociationEvent"):
        value |= {"childEPCs": some, "parentID": chance.choice([*SSCC, *LINKS])}
    if kind == "TransformationEvent":
        value |= {"inputEPCList": some, "outputEPCList": chance.sample(SGTIN, 1)}
        value |= {"inputQuantityList": [quantity(chance)], "outputQuantityList": [quantity(chance)]}
    elif chance.random() < 0.5 and kind != "TransactionEvent":
        value["quantityList" if kind == "ObjectEvent" else "childQuantityList"] = [quantity(chance)]
    if kind == "TransactionEvent" or chance.random() < 0.3:
        value["bizTransactionList"] = [{"type": "po", "bizTransaction": f"urn:x:po:{chance.randrange(3)}"}]
    if chance.random() < 0.3:
        value["sourceList"] = [{"type": "owning_party", "source": f"urn:epc:id:pgln:0614141.0000{chance.randrange(2)}"}]
    if chance.random() < 0.6:
        value["readPoint"] = {"id": chance.choice(SITES)}
    if chance.random() < 0.6:
        value["bizLocation"] = {"id": chance.choice(SITES)}
    if chance.random() < 0.2:
        report = {"type": "Temperature", "value": chance.choice([-18.5, -12]), "uom": "CEL"}
        value["sensorElementList"] = [{"sensorReport": [report]}]
    return {key: item for key, item in value.items() if item is not None}


@pytest.fixture
def sent(doors: Doors) -> list[dict[str, Any]]:
    """300 events, kept in five documents at five instants."""
    chance = random.Random(20201210)
    values = [made(chance, n) for n in range(300)]
    for start in range(0, 300, 60):
        job = capture(doors("importer"), document(*values[start : start + 60]))
        assert job["success"], job["errors"][:3]
        doors.town.clock.advance(HOUR)
    return values


def expected(sent: list[dict[str, Any]], asked: dict[str, Any]) -> set[str]:
    """By the protocol's own meaning, without any index."""
    query, found = parse_query(asked), set()
    at = parse_instant("2020-12-10T14:00:00+08:00")
    for raw in read_document(document(*sent)).events:
        read = msgspec.structs.replace(read_event(raw), record_time=at + raw.index // 60 * HOUR)
        if query.matches(read):
            found.add(raw.value["eventID"])
    return found


QUERIES: list[dict[str, str]] = [
    {},
    {"eventType": "ObjectEvent"},
    {"eventType": "ObjectEvent|TransformationEvent"},
    {"EQ_action": "ADD"},
    {"EQ_action": "ADD|DELETE", "eventType": "AggregationEvent"},
    {"EQ_bizStep": "arriving"},
    {"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-arriving|urn:epcglobal:cbv:bizstep:storing"},
    {"EQ_bizStep": STEPS[3]},
    {"EQ_disposition": "cbv:Disp-in_transit"},
    {"EQ_disposition": "in_transit|recalled"},
    {"GE_eventTime": "2020-12-09T12:00:00+08:00"},
    {"LT_eventTime": "2020-12-09T12:00:00+08:00"},
    {"GE_eventTime": "2020-12-09T04:00:00Z", "LT_eventTime": "2020-12-10T00:00:00 08:00"},
    {"GE_recordTime": "2020-12-10T16:00:00+08:00"},
    {"GE_recordTime": "2020-12-10T15:00:00+08:00", "LT_recordTime": "2020-12-10T17:00:00+08:00"},
    {"MATCH_epc": SSCC[0]},
    {"MATCH_epc": LINKS[0]},
    {"MATCH_epc": f"{SSCC[1]}|{SGTIN[2]}"},
    {"MATCH_epc": "urn:epc:idpat:sgtin:0614141.107346.*"},
    {"MATCH_parentID": SSCC[1]},
    {"MATCH_inputEPC": SGTIN[0]},
    {"MATCH_outputEPC": SGTIN[0]},
    {"MATCH_anyEPC": SSCC[1]},
    {"MATCH_anyEPC": LINKS[1]},
    {"MATCH_epcClass": LOTS[0]},
    {"MATCH_epcClass": LOTS[1]},
    {"MATCH_inputEPCClass": LOTS[1]},
    {"MATCH_outputEPCClass": LOTS[2]},
    {"MATCH_anyEPCClass": LOTS[0]},
    {"MATCH_anyEPCClass": LOTS[2]},
    {"EQ_quantity": "2.5"},
    {"GT_quantity": "2.5"},
    {"GE_quantity": "2.50"},
    {"LE_quantity": "1"},
    {"EQ_readPoint": SITES[0]},
    {"EQ_readPoint": f"{SITES[1]}|{SITES[2]}"},
    {"EQ_bizLocation": SITES[1]},
    {"WD_bizLocation": SITES[2]},
    {"EQ_bizTransaction_po": "urn:x:po:1"},
    {"EQ_source_owning_party": "urn:epc:id:pgln:0614141.00001"},
    {"EXISTS_sensorElementList": "true"},
    {"EXISTS_sensorElementList": ""},
    {"EQ_type": "Temperature"},
    {"EXISTS_errorDeclaration": "false", "EQ_action": "DELETE"},
    {"EQ_eventID": f"{event('7')['eventID']}|{event('8')['eventID']}|urn:uuid:none"},
    {"MATCH_anyEPC": SSCC[0], "EQ_bizStep": "arriving", "eventType": "AggregationEvent|ObjectEvent"},
]


def test_every_main_parameter_answers_what_it_means(doors: Doors, sent: list[dict[str, Any]]) -> None:
    client, empty = doors("importer"), 0
    for asked in QUERIES:
        found = [each["eventID"] for each in all_pages(client, "/events", {**asked, "perPage": "17"})]
        wanted = expected(sent, asked)
        assert len(found) == len(set(found)), asked
        assert set(found) == wanted, asked
        empty += not wanted
    assert empty <= 1, "nearly every question should find something"


def test_random_questions_answer_what_they_mean(doors: Doors, sent: list[dict[str, Any]]) -> None:
    chance, client = random.Random(3), doors("importer")
    singles = [asked for asked in QUERIES if len(asked) == 1]
    for _ in range(60):
        asked = {k: v for each in chance.sample(singles, 2) for k, v in each.items()}
        found = [each["eventID"] for each in all_pages(client, "/events", {**asked, "perPage": "50"})]
        assert set(found) == expected(sent, asked), asked


def test_the_bytes_are_those_that_were_sent(doors: Doors) -> None:
    odd = b'{ "type":"ObjectEvent", "eventID" : "urn:x:1","eventTime":"2020-12-10T12:00:00.123456789+08:00","eventTimeZoneOffset":'
    odd += '"+08:00", "action":"OBSERVE","epcList":[ ],"readPoint":{"id":"urn:x:\\u6279"},"bh:kg":1.50E+1,"bh:x":"𠮷"}'.encode()
    body = document(event("1")).replace(dump(event("1")), odd)
    assert capture(doors("importer"), body)["success"]
    for path in ("/events", "/events/urn:x:1", "/readPoints/urn:x:批/events", "/eventTypes/ObjectEvent/events"):
        assert odd in doors("importer").get(path).content, path


def test_order_and_limits(doors: Doors, sent: list[dict[str, Any]]) -> None:
    client = doors("importer")
    times = {each["eventID"]: parse_instant(each["eventTime"]) for each in sent}
    rank = {each["eventID"]: n // 60 for n, each in enumerate(sent)}
    for field, key in (("eventTime", times), ("recordTime", rank)):
        for direction, sign in (("ASC", 1), ("DESC", -1)):
            asked = {"orderBy": field, "orderDirection": direction, "perPage": "64"}
            found = [key[each["eventID"]] * sign for each in all_pages(client, "/events", asked)]
            assert found == sorted(found) and len(found) == 300
            top = all_pages(client, "/events", {**asked, "eventCountLimit": "100", "perPage": "33"})
            assert [key[each["eventID"]] * sign for each in top] == found[:100]
    newest_first = [times[name] for name in ids_of(client.get("/events", params={"orderBy": "eventTime"}))]
    assert newest_first == sorted(newest_first, reverse=True)

    assert len(all_pages(client, "/events", {"maxEventCount": "300", "perPage": "90"})) == 300
    problem(client.get("/events", params={"maxEventCount": "299"}), 413, "QueryTooLargeException", "query_too_large")
    few = {"MATCH_parentID": SSCC[1], "maxEventCount": "300"}
    assert client.get("/events", params=few).status_code == 200
    contradiction = {"maxEventCount": "3", "eventCountLimit": "3", "orderBy": "eventTime"}
    problem(client.get("/events", params=contradiction), 400, "QueryParameterException", path="eventCountLimit")


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"EQ_colour": "red"}, "EQ_colour"),
        ({"eventType": "QuantityEvent"}, "eventType"),
        ({"EQ_action": "CREATE"}, "EQ_action"),
        ({"GE_eventTime": "yesterday"}, "GE_eventTime"),
        ({"MATCH_epc": "no uri"}, "MATCH_epc"),
        ({"EQ_quantity": "much"}, "EQ_quantity"),
        ({"perPage": "0"}, "perPage"),
        ({"perPage": "x"}, "perPage"),
        ({"orderBy": "colour"}, "orderBy"),
        ({"orderDirection": "UP"}, "orderDirection"),
        ({"eventCountLimit": "5"}, "eventCountLimit"),
        ({"nextPageToken": "zz"}, "nextPageToken"),
        ({"nextPageToken": "00" * 40}, "nextPageToken"),
        ([("EQ_action", "ADD"), ("EQ_action", "DELETE")], "EQ_action"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_name(doors: Doors, asked: Any, path: str) -> None:
    problem(doors("importer").get("/events", params=asked), 400, "QueryParameterException", "query_parameter", path)


def test_page_tokens_are_for_one_principal_one_question_and_one_day(doors: Doors, sent: list[dict[str, Any]]) -> None:
    client = doors("importer")
    for path in ("/events", "/epcs", "/capture", "/eventTypes/ObjectEvent/events", "/bizSteps"):
        answer = client.get(path, params={"perPage": "2"})
        link = answer.headers["link"]
        assert link.endswith('>; rel="next"')
        assert parse_instant(answer.headers["gs1-next-page-token-expires"]) == doors.town.clock.now() + DAY
        url = link.partition(">")[0][1:]
        token = url.rpartition("nextPageToken=")[2]
        assert client.get(url).status_code == 200
        assert client.get(url.replace("perPage=2", "perPage=5")).status_code == 200, "a page may change its size"
        swapped = token[:-1] + ("0" if token[-1] != "0" else "1")
        refused = [
            client.get(path, params={"nextPageToken": swapped}),
            doors("store").get(path, params={"nextPageToken": token}),
        ]
        if path == "/events":
            refused.append(client.get(path, params={"nextPageToken": token, "EQ_action": "ADD"}))
            refused.append(client.get("/eventTypes/ObjectEvent/events", params={"nextPageToken": token}))
        for answer in refused:
            name = "QueryParameterException" if answer.status_code == 400 else "NoSuchResourceException"
            problem(answer, 404 if name.startswith("No") else 400, name)
        doors.town.clock.advance(DAY + HOUR)
        problem(client.get(url), 400, "QueryParameterException", path="nextPageToken")


def test_collections_tell_what_occurs_as_it_was_sent(doors: Doors, sent: list[dict[str, Any]]) -> None:
    client = doors("importer")
    for name, wanted in (
        ("eventTypes", {each["type"] for each in sent}),
        ("bizSteps", {each["bizStep"] for each in sent if "bizStep" in each}),
        ("dispositions", {each["disposition"] for each in sent if "disposition" in each}),
        ("readPoints", {each["readPoint"]["id"] for each in sent if "readPoint" in each}),
        ("bizLocations", {each["bizLocation"]["id"] for each in sent if "bizLocation" in each}),
    ):
        members, url = [], f"/{name}?perPage=2"
        while url:
            answer = client.get(url)
            assert answer.json()["type"] == "Collection"
            members += answer.json()["member"]
            url = answer.headers.get("link", "").partition(">")[0][1:]
        assert members == sorted(wanted), name
        for value in members:
            at = f"/{name}/{quote(value, safe='')}"
            assert client.get(at).json()["member"] == ["events"]
            found = {each["eventID"] for each in all_pages(client, f"{at}/events", {"perPage": "30"})}
            parameter = {"eventTypes": "eventType", "bizSteps": "EQ_bizStep", "dispositions": "EQ_disposition",
                         "readPoints": "EQ_readPoint", "bizLocations": "EQ_bizLocation"}[name]  # fmt: skip
            assert found == expected(sent, {parameter: value}), value
    epcs = client.get("/epcs", params={"perPage": "1000"}).json()["member"]
    assert {SSCC[1], LINKS[1], SGTIN[0], *LOTS} <= set(epcs), "the two forms of one pallet are both told"
    under = all_pages(client, f"/epcs/{quote(LINKS[1], safe='')}/events", {"EQ_action": "ADD"})
    assert {each["eventID"] for each in under} == expected(sent, {"MATCH_anyEPC": SSCC[1], "EQ_action": "ADD"})
    twice = client.get(f"/epcs/{SSCC[1]}/events", params={"MATCH_anyEPC": SSCC[2]})
    problem(twice, 400, "QueryParameterException", path="MATCH_anyEPC")


def test_discovery_heads_and_methods(doors: Doors) -> None:
    client = doors("importer")
    send(client, event("1"))
    for path, allow in (
        ("/capture", "OPTIONS, GET, POST"), ("/events", "OPTIONS, GET, POST"), ("/events/x", "OPTIONS, GET"),
        ("/capture/x", "OPTIONS, GET"), ("/epcs", "OPTIONS, GET"), ("/epcs/urn:x/events", "OPTIONS, GET"),
        ("/bizSteps/arriving", "OPTIONS, GET"), ("/queries", "OPTIONS, GET, POST"),
    ):  # fmt: skip
        answer = client.options(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert set(answer.headers["allow"].split(", ")) == set(allow.split(", ")), path
        for name in ("gs1-epcis-min", "gs1-epcis-max", "gs1-cbv-min", "gs1-cbv-max", "gs1-epcis-version"):
            assert answer.headers[name] == "2.0.0"
    capture_options = client.options("/capture").headers
    assert capture_options["gs1-epcis-capture-limit"] == "10000"
    assert capture_options["gs1-epcis-capture-file-size-limit"] == str(64 * 1024 * 1024)
    assert capture_options["gs1-capture-error-behaviour"] == "rollback, proceed"
    for path in ("/events", "/capture", "/epcs", f"/events/{event('1')['eventID']}", "/bizSteps/arriving/events"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
    for method, path in (("DELETE", "/events"), ("PUT", "/capture"), ("PATCH", "/epcs/urn:x"), ("POST", "/bizSteps")):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert "OPTIONS" in answer.headers["allow"] and answer.json()["status"] == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/queries"), ("POST", "/queries"), ("GET", "/queries/a"), ("DELETE", "/queries/a"), ("GET", "/queries/a/events"),
     ("POST", "/queries/a/subscriptions"), ("GET", "/queries/a/subscriptions/b"), ("DELETE", "/queries/a/subscriptions/b"),
     ("DELETE", "/nextPageToken/abc")],
)  # fmt: skip
def test_what_is_still_to_come_says_so(doors: Doors, method: str, path: str) -> None:
    answer = doors("importer").request(method, path, headers=JSON, content=b"{}")
    problem(answer, 501, "ImplementationException", "not_served")


def test_an_address_can_be_too_long(doors: Doors) -> None:
    many = "|".join(f"urn:epc:id:sgtin:0614141.107346.{n}" for n in range(300))
    problem(doors("importer").get("/events", params={"MATCH_epc": many}), 414, "URITooLongException", "address_too_long")


def test_an_event_without_an_id_is_found_under_the_one_it_is_given(doors: Doors) -> None:
    client = doors("importer")
    answer = send(client, event("1", eventID=None))
    assert answer.status_code == 201 and answer.json()["eventID"].startswith("urn:bihuan:bytes:")
    [found] = events_of(client.get(answer.headers["location"]))
    assert found == event("1", eventID=None)
    assert send(client, event("1", eventID=None)).json()["repeated"] is True


def test_ids_of_any_script_are_addresses(doors: Doors) -> None:
    client = doors("importer")
    for name in ("urn:例:1/2?3#4", "https://x.example/批/𠮷?a=b&c=d", "urn:x:" + "长" * 300):
        answer = send(client, event("1", eventID=name))
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"].isascii()
        assert ids_of(client.get(answer.headers["location"])) == [name]
        assert ids_of(client.get("/events", params={"EQ_eventID": name})) == [name]


def test_a_long_search_goes_on_page_by_page(doors: Doors, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """What no index narrows is looked at a portion a page; the pages together are the whole answer."""
    monkeypatch.setattr("bihuan.gateways.epcis.query.SCANNED", 40)
    asked = {"EQ_quantity": "2.5"}
    found = [each["eventID"] for each in all_pages(doors("importer"), "/events", asked)]
    assert set(found) == expected(sent, asked) and len(found) == len(set(found))
