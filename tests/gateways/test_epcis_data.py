"""Every stored EPCIS 2.0 document and event, through the real door: taken and read back, or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bihuan.base.clock import parse_instant
from bihuan.base.principal import system
from bihuan.base.records.quarantine import quarantined
from bihuan.protocols.epcis import canonical, read_document

from .conftest import Doors
from .epcis_door import JSON, STANDARD, all_pages, capture, dump, events_of, send

NOT_DOCUMENTS = {"epc_tests", "events", "gs1-vocab-locations01", "gs1-vocab-products01"}
ODD = {"SensorData_with_combined_events", "TransactionEvent_with_userExtensions"}
LENIENT = {"bihuan_reading": "lenient"}


@pytest.fixture
def later(doors: Doors) -> Doors:
    """The doors at a time when all stored events lie in the past."""
    doors.town.clock.at = parse_instant("2026-11-01T00:00:00+08:00")
    return doors


@pytest.fixture
def stored(data_dir: Path) -> dict[str, list[Path]]:
    """Files by what should become of them: good, odd (lenient only), query, bad, broken."""
    found: dict[str, list[Path]] = {"good": [], "odd": [], "query": [], "bad": [], "broken": []}
    for path in sorted((data_dir / "epcis").rglob("*.json*")):
        if {"foodchain-lab", "gs1-rest-binding", "Queries"} & set(path.parts):
            continue
        if path.stem in NOT_DOCUMENTS:
            found["broken"].append(path)
        elif "Invalid" in path.parts:
            found["bad"].append(path)
        elif json.loads(path.read_bytes().decode("utf-8-sig")).get("type") == "EPCISQueryDocument":
            found["query"].append(path)
        else:
            found["odd" if path.stem in ODD else "good"].append(path)
    return found


def values_of(body: bytes) -> list[dict[str, Any]]:
    return [raw.value for raw in read_document(body, mode="lenient").events]


def unnamed_apart(found: list[dict[str, Any]]) -> list[str]:
    """Events as comparable text, without the @context that an answer may have put into one."""
    return sorted(json.dumps({k: v for k, v in each.items() if k != "@context"}, sort_keys=True) for each in found)


def test_every_good_file_is_taken_and_read_back_by_its_bytes(later: Doors, stored: dict[str, list[Path]]) -> None:
    assert len(stored["good"]) > 70
    client = later("importer")
    for path in stored["good"]:
        body = path.read_bytes()
        read = read_document(body)
        if read.kind == "event":
            answer = send(client, body)
            taken = answer.status_code in (201, 409)  # some files hold another text under a known eventID
            assert taken, (path, answer.text)
            if answer.status_code == 409:
                continue
        else:
            job = capture(client, body, gs1_capture_error_behaviour="proceed")
            left = [error for error in job["errors"] if error["code"] != "conflict"]
            assert left == [], (path, left)
            assert job["taken"] + len(job["errors"]) == len(read.events)
            if job["errors"]:
                continue
        for raw in read.events:
            if "eventID" in raw.value:
                name = quote(raw.value["eventID"], safe="")
                back = client.get(f"/events/{name}")
                assert back.status_code == 200, (path, raw.value["eventID"])
                assert raw.raw in back.content or "@context" in json.dumps(events_of(back)), path
                assert unnamed_apart([raw.value])[0] in unnamed_apart(events_of(back)), path


@pytest.mark.parametrize("kind", ["odd", "query"])
def test_odd_files_and_query_documents_are_taken_leniently_with_warnings(
    later: Doors, stored: dict[str, list[Path]], kind: str
) -> None:
    assert stored[kind]
    client = later("importer")
    for path in stored[kind]:
        body = path.read_bytes()
        if kind == "query":
            refused = client.post("/capture", content=body, headers=JSON)
            assert refused.status_code == 400, path
            assert refused.json()["code"] == "query_document"
        else:
            assert capture(client, body)["success"] is False, path
        job = capture(client, body, bihuan_reading="lenient", gs1_capture_error_behaviour="proceed")
        assert {error["code"] for error in job["errors"]} <= {"conflict"}, (path, job["errors"])
        assert job["warnings"], path
        assert all(told["zh"] and told["en"] for told in job["warnings"])


def test_every_bad_file_is_refused_with_a_reason_and_kept_aside(later: Doors, stored: dict[str, list[Path]]) -> None:
    assert len(stored["bad"]) == 12
    client = later("importer")
    for path in stored["bad"] + stored["broken"]:
        headers = {**JSON, "Bihuan-Reading": "lenient"} if "Query" in path.parts else JSON
        answer = client.post("/capture", content=path.read_bytes(), headers=headers)
        if answer.status_code == 202:
            job = client.get(answer.headers["location"]).json()
            assert job["success"] is False and job["taken"] == 0, path
            reasons = job["errors"]
            assert all(r["type"] == "epcisException:ValidationException" and r["status"] == 400 for r in reasons)
            assert all(r["title"] and r["detail"] and r["path"] for r in reasons), reasons
        else:
            assert answer.status_code == 400, path
            assert answer.headers["content-type"] == "application/problem+json"
            body = answer.json()
            assert body["type"] == "epcisException:ValidationException"
            reasons = body["errors"]
            assert all(r["zh"] and r["en"] for r in reasons)
        assert reasons, path
        held = quarantined(later.town.house.db.reader(system("test")), limit=1000)
        assert any(msg in {row["code"] for row in held} for msg in [reasons[0]["code"]]), path
    assert client.get("/events").json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []


def chain(later: Doors, stored: dict[str, list[Path]]) -> list[dict[str, Any]]:
    """All documents of the seafood chains, sent; gives the events that are kept, once each."""
    client, kept = later("importer"), []
    files = [path for path in (*stored["good"], *stored["query"]) if "supply-chain" in path.parts]
    for path in files:
        body = path.read_bytes()
        capture(client, body, bihuan_reading="lenient", gs1_capture_error_behaviour="proceed")
        kept += values_of(body)
    once: dict[str, dict[str, Any]] = {}
    for value in kept:
        key = value["eventID"] + ("!" if "errorDeclaration" in value else "") if "eventID" in value else json.dumps(value)
        once.setdefault(key, value)
    return list(once.values())


def test_the_seafood_chains_are_found_by_class_step_and_place(later: Doors, stored: dict[str, list[Path]]) -> None:
    kept, client = chain(later, stored), later("importer")
    assert len(kept) > 50
    assert len(all_pages(client, "/events", {"perPage": "40"})) == len(kept)
    lists = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
    classes: dict[str, list[dict[str, Any]]] = {}
    for value in kept:
        for name in {canonical(item["epcClass"]) for member in lists for item in value.get(member, ())}:
            classes.setdefault(name, []).append(value)
    assert len(classes) > 20
    for name, expected in sorted(classes.items())[::3]:
        found = all_pages(client, "/events", {"MATCH_anyEPCClass": name})
        assert unnamed_apart(found) == unnamed_apart(expected), name
        under = all_pages(client, f"/epcs/{quote(name, safe='')}/events")
        assert unnamed_apart(under) == unnamed_apart(expected), name
    start = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
    assert start in classes
    steps = {value["bizStep"] for value in kept if "bizStep" in value}
    for step in steps:
        found = all_pages(client, "/events", {"EQ_bizStep": step})
        short = {json.dumps(v, sort_keys=True) for v in kept if v.get("bizStep", "").rpartition(":")[2].rpartition("-")[2]
                 == step.rpartition(":")[2].rpartition("-")[2]}  # fmt: skip
        assert len(found) == len(short), step


def test_epcs_and_places_of_a_chain_are_listed_as_they_were_sent(later: Doors, stored: dict[str, list[Path]]) -> None:
    kept, client = chain(later, stored), later("importer")
    points = {value["readPoint"]["id"] for value in kept if "readPoint" in value}
    assert client.get("/readPoints", params={"perPage": "1000"}).json()["member"] == sorted(points)
    sent = {each for value in kept for each in value.get("epcList", ())}
    assert sent <= set(client.get("/epcs", params={"perPage": "1000"}).json()["member"])


def test_an_answer_can_be_sent_on(later: Doors, stored: dict[str, list[Path]]) -> None:
    """What one house answers, another takes: prefixes and all."""
    chain(later, stored)
    body = later("importer").get("/events", params={"perPage": "1000"}).content
    job = capture(later("warehouse"), body, bihuan_reading="lenient")
    assert job["success"], job["errors"][:3]
    assert unnamed_apart(all_pages(later("warehouse"), "/events")) == unnamed_apart(all_pages(later("importer"), "/events"))
    assert STANDARD in later("importer").get("/bizSteps").json()["@context"]
    assert dump({}) == b"{}"
