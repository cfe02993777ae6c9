"""Each fault at the door: status, the standard's problem, the field and the reason in both languages, and quarantine."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from bihuan.base.clock import HOUR
from bihuan.base.identity import update_organisation
from bihuan.base.principal import system
from bihuan.base.records.quarantine import quarantined, quarantined_one

from .conftest import Doors
from .epcis_door import JSON, OURS, capture, document, dump, event, events_of, ids_of, picked_up, send

FUTURE = "2020-12-10T15:00:00+08:00"


def problem(answer: Any, status: int, name: str, code: str = "", path: str | None = None) -> dict[str, Any]:
    """The problem body, after the checks that hold for every one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["gs1-epcis-version"] == answer.headers["gs1-cbv-version"] == "2.0.0"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"]) == (f"epcisException:{name}", status)
    assert body["title"].isprintable() and not body["detail"].isascii()
    for each in body["errors"]:
        assert each["en"] and not each["zh"].isascii()
    if code:
        assert code in {body["code"], *(each["code"] for each in body["errors"])}
    if path is not None:
        assert path in {each["path"] for each in body["errors"]}, body["errors"]
    return body


def held(doors: Doors) -> list[tuple[str, str]]:
    rows = quarantined(doors.town.house.db.reader(system("test")))
    assert all(row["door"] == "epcis" and len(row["faults"]) > 2 for row in rows)
    return sorted((row["party"], row["code"]) for row in rows)


def resend(doors: Doors, code: str) -> dict[str, Any]:
    """Send the one quarantined item with this reason again; gives the job."""
    [row] = [r for r in quarantined(doors.town.house.db.reader(system("test"))) if r["code"] == code]
    job = doors.town.house.resend(row["id"])
    found: dict[str, Any] = doors("importer").get(f"/capture/{job}").json()
    return found


VALID = document(event())


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (b"", "not_json", ""),
        (b'{"type": "EPCISDocument"', "not_json", ""),
        (b"[]", "not_an_object", ""),
        (b"\xff\xfe{}", "not_utf8", ""),
        (VALID.replace(b'"OBSERVE"', b'"OBSERVE", "action": "ADD"'), "repeated_key", "eventList.0"),
        (VALID.replace(b"2020-12-10T12:00:00.000", b"\\ud800"), "not_json", ""),
        (document(event(), schemaVersion="1.2"), "schema_version", "schemaVersion"),
        (document(event(), schemaVersion="2.1"), "schema_version", "schemaVersion"),
        (document(event(), type="EPCISMasterData"), "unknown_type", "type"),
        (document(event(), epcisBody={}), "no_event_list", "epcisBody"),
        (document(event(), creationDate="yesterday"), "not_a_time", "creationDate"),
        (document(event(), **{"@context": None}), "missing", "@context"),
        (dump({"a": {}}).replace(b"{}", b"[" * 100_000 + b"]" * 100_000), "too_deep", ""),
        (VALID.replace(b'"OBSERVE"', b'"OBSERVE", "bh:kg": 1e999'), "not_a_number", ""),
    ],
)
def test_what_is_no_readable_document_is_refused_whole(doors: Doors, body: bytes, code: str, path: str) -> None:
    client = doors("importer")
    for address in ("/capture", "/events"):
        problem(client.post(address, content=body, headers=JSON), 400, "ValidationException", code, path)
    assert held(doors) == [(doors.town.organisations["importer"], code)]
    assert client.get("/capture").json() == []
    assert events_of(client.get("/events")) == []


@pytest.mark.parametrize(
    ("broken", "code", "path"),
    [
        (event("2", action=None), "missing", "action"),
        (event("2", action="CREATE"), "not_allowed", "action"),
        (event("2", eventTime="yesterday"), "not_a_time", "eventTime"),
        (event("2", type="QuantityEvent"), "unknown_type", "type"),
        (event("2", weight=3), "unknown_field", "weight"),
        (event("2", epcList=["no uri"]), "not_a_uri", "epcList.0"),
        (event("2", epcList=["urn:epc:id:bic:CSQU3054384"]), "identifier_check_digit", "epcList.0"),
        (event("2", eventTime=FUTURE), "future", "eventTime"),
        (event("2", **{"bh:step": "flown"}), "step", "bh:step"),
        (picked_up("2", epcList=[OURS + "place/x"]), "required", "epcList"),
    ],
)
def test_a_faulty_event_is_told_by_its_field(doors: Doors, broken: Any, code: str, path: str) -> None:
    client, party = doors("importer"), doors.town.organisations["importer"]
    problem(send(client, broken), 400, "ValidationException", code, path)
    assert held(doors) == [(party, code)]

    rolled = capture(client, document(event("1"), broken, event("3")))
    assert (rolled["success"], rolled["taken"], rolled["captureErrorBehaviour"]) == (False, 0, "rollback")
    assert events_of(client.get("/events")) == []

    went = capture(client, document(event("1"), broken, event("3")), gs1_capture_error_behaviour="proceed")
    assert (went["success"], went["taken"]) == (False, 2)
    for job in (rolled, went):
        [error] = [e for e in job["errors"] if e["code"] == code]
        assert error["type"] == "epcisException:ValidationException" and error["status"] == 400
        assert error["path"] == f"epcisBody.eventList[1].{path}"
        assert error["title"] and not error["detail"].isascii()
    assert len(ids_of(client.get("/events"))) == 2
    # The bare event, the whole rolled-back document, and the one event left over.
    assert held(doors) == [(party, code)] * 3


def test_another_content_under_a_known_id_is_a_conflict(doors: Doors) -> None:
    client = doors("importer")
    assert send(client, event("1")).status_code == 201
    again = send(client, event("1"))
    assert (again.status_code, again.json()["repeated"]) == (201, True)
    problem(send(client, event("1", bizStep="departing")), 409, "ResourceAlreadyExistsException", "conflict", "eventID")

    job = capture(client, document(event("1", bizStep="storing"), event("2")), gs1_capture_error_behaviour="proceed")
    [error] = job["errors"]
    assert (error["type"], error["status"]) == ("epcisException:ResourceAlreadyExistsException", 409)
    assert error["path"] == "epcisBody.eventList[0].eventID"
    assert len(held(doors)) == 2
    [kept] = events_of(client.get(f"/events/{event('1')['eventID']}"))
    assert kept == event("1")


def test_an_id_that_another_party_took_first_hinders_nobody(doors: Doors) -> None:
    squatter, owner = doors("store"), doors("importer")
    with doors.town.house.db.write(system("setup")) as w:
        update_organisation(w, doors.town.organisations["store"], kinds=["cold_store", "carrier"])
    assert send(squatter, picked_up("1", **{"bh:vehicle": "沪A00001", "bh:area": "310107"})).status_code == 201
    assert send(owner, picked_up("1")).status_code == 201
    for client, plate in ((squatter, "沪A00001"), (owner, "沪BH2345")):
        [seen] = events_of(client.get(f"/events/{event('1')['eventID']}"))
        assert seen["bh:vehicle"] == plate
    officer = events_of(doors("customs").get(f"/events/{event('1')['eventID']}"))
    assert [each["bh:vehicle"] for each in officer] == ["沪A00001", "沪BH2345"]
    assert held(doors) == []


def test_who_may_not_send_is_told_before_anything_is_read(doors: Doors) -> None:
    nobody = TestClient(doors.app)
    for headers in ({}, {"Authorization": "Bearer bh_wrong"}, {"Authorization": "Basic eDp5"}):
        for path in ("/capture", "/events"):
            answer = nobody.post(path, content=VALID, headers={**JSON, **headers})
            problem(answer, 401, "SecurityException")
            assert answer.headers["www-authenticate"] == "Bearer"
    assert held(doors) == []


def test_larger_than_the_door(doors: Doors) -> None:
    client, house = doors("importer"), doors.town.house
    house.capture_limit = 2
    answer = client.post("/capture", content=document(event("1"), event("2"), event("3")), headers=JSON)
    problem(answer, 413, "CaptureLimitExceededException", "too_many", "epcisBody.eventList")
    assert answer.headers["gs1-epcis-capture-limit"] == "2"
    house.capture_bytes = 1000
    for path in ("/capture", "/events"):
        answer = client.post(path, content=VALID + b" " * 1000, headers=JSON)
        problem(answer, 413, "CaptureLimitExceededException", "too_large", "")
        assert answer.headers["gs1-epcis-capture-file-size-limit"] == "1000"
    assert [code for _, code in held(doors)] == ["too_many"]


@pytest.mark.parametrize(
    ("headers", "status", "name", "path"),
    [
        ({"Content-Type": "application/xml"}, 415, "UnsupportedMediaTypeException", "Content-Type"),
        ({"Content-Type": "text/plain"}, 415, "UnsupportedMediaTypeException", "Content-Type"),
        ({"Content-Type": ""}, 415, "UnsupportedMediaTypeException", "Content-Type"),
        ({"Content-Type": "application/json; charset=gb18030"}, 415, "UnsupportedMediaTypeException", "Content-Type"),
        ({**JSON, "Content-Encoding": "gzip"}, 415, "UnsupportedMediaTypeException", "Content-Encoding"),
        ({**JSON, "GS1-EPCIS-Version": "1.2"}, 400, "ValidationException", "GS1-EPCIS-Version"),
        ({**JSON, "GS1-EPCIS-Version": "2.0.0-rc"}, 400, "ValidationException", "GS1-EPCIS-Version"),
        ({**JSON, "GS1-CBV-Version": "3"}, 400, "ValidationException", "GS1-CBV-Version"),
        ({**JSON, "Accept": "text/html"}, 406, "NotAcceptableException", "Accept"),
        ({**JSON, "Accept": "application/json;q=0, application/xml"}, 406, "NotAcceptableException", "Accept"),
        ({**JSON, "GS1-EPCIS-Min": "2.1.0"}, 406, "NotAcceptableException", "GS1-EPCIS-Min"),
        ({**JSON, "GS1-EPC-Format": "Always_EPC_URN"}, 406, "NotAcceptableException", "GS1-EPC-Format"),
    ],
)
def test_headers_that_the_door_does_not_know(
    doors: Doors, headers: dict[str, str], status: int, name: str, path: str
) -> None:
    for address in ("/capture", "/events"):
        problem(doors("importer").post(address, content=VALID, headers=headers), status, name, path=path)
    assert held(doors) == []


def test_behaviour_and_reading_are_named_when_unknown(doors: Doors) -> None:
    for name in ("GS1-Capture-Error-Behaviour", "Bihuan-Reading"):
        answer = doors("importer").post("/capture", content=VALID, headers={**JSON, name: "perhaps"})
        problem(answer, 400, "ValidationException", "header", name)


def test_versions_written_in_full_or_short_are_known(doors: Doors) -> None:
    for version in ("2.0", "2.0.0"):
        headers = {**JSON, "GS1-EPCIS-Version": version, "GS1-CBV-Version": version, "GS1-EPCIS-Min": "1.2", "GS1-EPCIS-Max": "3",
                   "GS1-Extensions": f"bh={OURS}", "Accept": "application/ld+json, */*;q=0.1"}  # fmt: skip
        assert doors("importer").post("/capture", content=VALID, headers=headers).status_code == 202


def test_a_document_is_no_event(doors: Doors) -> None:
    for body in (VALID, document(), document(event("1"), event("2"))):
        problem(send(doors("importer"), body), 400, "ValidationException", "not_an_event", "type")


def test_an_event_from_the_future_can_be_sent_again_later(doors: Doors) -> None:
    client = doors("importer")
    ahead = event("1", eventTime=FUTURE)
    problem(send(client, ahead), 400, "ValidationException", "future", "eventTime")
    assert resend(doors, "future")["success"] is False, "still in the future: it lies there anew"
    doors.town.clock.advance(2 * HOUR)
    assert resend(doors, "future")["success"] is True
    assert ids_of(client.get("/events")) == [ahead["eventID"]]
    assert held(doors) == []


def test_a_document_can_be_sent_again_once_its_cause_is_gone(doors: Doors) -> None:
    client = doors("importer")
    body = document(event("1"), event("2", eventTime=FUTURE))
    assert capture(client, body)["success"] is False
    doors.town.clock.advance(2 * HOUR)
    assert resend(doors, "future")["taken"] == 2
    assert sorted(ids_of(client.get("/events"))) == [event("1")["eventID"], event("2")["eventID"]]


def test_an_event_left_over_keeps_the_prefixes_of_its_document(doors: Doors) -> None:
    client = doors("importer")
    cc = {key.replace("bh:", "cc:"): value for key, value in picked_up("2", eventTime=FUTURE).items()}
    body = document(event("1"), cc, **{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"cc": OURS}]})
    assert capture(client, body, gs1_capture_error_behaviour="proceed")["taken"] == 1
    [row] = quarantined(doors.town.house.db.reader(system("test")))
    lying = bytes(quarantined_one(doors.town.house.db.reader(system("test")), row["id"])["body"])
    assert dump(cc) in lying
    doors.town.clock.advance(2 * HOUR)
    assert resend(doors, "future")["success"] is True
    [step] = doors("importer").get("/v1/records/picked_up").json()["items"]
    assert step["record"]["vehicle"] == "沪BH2345"


def test_what_is_settled_is_not_sent_twice(doors: Doors) -> None:
    client = doors("importer")
    send(client, event("1", eventTime=FUTURE))
    reader = doors.town.house.db.reader(system("test"))
    [row] = quarantined(reader)
    doors.town.house.resend(row["id"])
    with pytest.raises(Exception, match="settled"):
        doors.town.house.resend(row["id"])
