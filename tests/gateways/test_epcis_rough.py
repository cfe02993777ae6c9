"""Rough handling: repeats, floods, half uploads, odd bytes and numbers; the door answers and goes on working."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bihuan.base.db import Open
from bihuan.base.ledger import size
from bihuan.base.principal import Principal, system
from bihuan.base.records.quarantine import quarantined
from bihuan.gateways.epcis import capture_now, routes
from bihuan.gateways.epcis import taking as taking_events
from bihuan.gateways.epcis.model import capture_job
from bihuan.protocols.epcis import read_document

from .conftest import Doors
from .epcis_door import JSON, OURS, all_pages, capture, document, dump, event, events_of, ids_of, picked_up, send
from .test_epcis_faults import problem

ANYTHING = Open("the test looks at the whole table")


def alive(doors: Doors) -> None:
    """The door still takes and answers, and nothing waits unjudged."""
    name = "urn:uuid:5e5b3f0e-0000-4000-8000-00000000ffff"
    assert send(doors("importer"), event("1", eventID=name)).status_code == 201
    assert ids_of(doors("importer").get(f"/events/{name}")) == [name]
    reader = doors.town.house.db.reader(system("test"))
    assert reader.count(sa.select(capture_job.c.id).where(capture_job.c.finished.is_(None)), ANYTHING) == 0


def test_the_same_document_is_one_job_and_nothing_new(doors: Doors) -> None:
    client, body = doors("importer"), document(event("1"), event("2"))
    jobs = [capture(client, body) for _ in range(3)]
    assert len({job["captureID"] for job in jobs}) == 1
    assert size(doors.town.house.db.reader(system("test"))) == 2
    spaced = capture(client, body + b"\n")
    assert spaced["captureID"] != jobs[0]["captureID"] and spaced["taken"] == 2, "other bytes, the same events: none is new"
    assert size(doors.town.house.db.reader(system("test"))) == 2
    twice = capture(client, document(event("3"), event("3")))
    assert twice["taken"] == 2 and [told["code"] for told in twice["warnings"]] == ["repeated"]
    clash = capture(client, document(event("4"), event("4", bizStep="storing")), gs1_capture_error_behaviour="proceed")
    assert (clash["taken"], [told["code"] for told in clash["errors"]]) == (1, ["conflict"])


def test_ten_thousand_events_in_one_document(doors: Doors) -> None:
    house, client = doors.town.house, doors("importer")
    house.catch_up, told = (lambda: None), house.db.listeners[:]
    house.db.listeners.clear()  # what follows from events is measured elsewhere
    values = [event(str(n), epcList=[f"urn:epc:id:sgtin:0614141.107346.{n}"]) for n in range(10_000)]
    job = capture(client, document(*values))
    assert (job["success"], job["taken"]) == (True, 10_000)
    house.db.listeners += told
    too_many = client.post("/capture", content=document(*values, event("10001")), headers=JSON)
    problem(too_many, 413, "CaptureLimitExceededException", "too_many")


def test_a_body_over_the_limit_is_refused_before_it_is_read(doors: Doors) -> None:
    client, read = doors("importer"), 0

    def flood() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b" " * (1024 * 1024)

    said = client.post("/capture", content=b"{}", headers={**JSON, "Content-Length": str(64 * 1024 * 1024 + 1)})
    problem(said, 413, "CaptureLimitExceededException")

    async def chunked() -> tuple[list[dict[str, Any]], int]:
        chunks, sent = flood(), list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": next(chunks), "more_body": True}

        async def answer(message: dict[str, Any]) -> None:
            sent.append(message)

        await doors.app(scope(doors), receive, answer)  # type: ignore[arg-type]
        return sent, read

    sent, pieces = asyncio.run(chunked())
    assert sent[0]["status"] == 413 and pieces == 65
    alive(doors)


def scope(doors: Doors) -> dict[str, Any]:
    """A capture request as the server hands it over."""
    token = doors.town.tokens["importer"]
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    return {"type": "http", "http_version": "1.1", "method": "POST", "path": "/capture", "raw_path": b"/capture", "root_path": "",
            "query_string": b"", "headers": headers, "scheme": "http", "server": ("testserver", 80), "client": ("127.0.0.1", 1)}  # fmt: skip


def test_an_upload_that_breaks_off_leaves_nothing(doors: Doors) -> None:
    body = document(event("1"), event("2"))

    async def broken() -> None:
        first: dict[str, Any] = {"type": "http.request", "body": body[:100], "more_body": True}
        parts: list[dict[str, Any]] = [first, {"type": "http.disconnect"}]

        async def receive() -> dict[str, Any]:
            return parts.pop(0)

        async def answer(message: dict[str, Any]) -> None:
            pass

        await doors.app(scope(doors), receive, answer)  # type: ignore[arg-type]

    asyncio.run(broken())
    reader = doors.town.house.db.reader(system("test"))
    assert size(reader) == 0
    assert reader.count(sa.select(capture_job.c.id), ANYTHING) == 0
    assert quarantined(reader) == []
    alive(doors)


def test_what_is_compressed_is_refused_by_name(doors: Doors) -> None:
    body = gzip.compress(document(event("1")))
    answer = doors("importer").post("/capture", content=body, headers={**JSON, "Content-Encoding": "gzip"})
    problem(answer, 415, "UnsupportedMediaTypeException", path="Content-Encoding")
    problem(send(doors("importer"), body), 400, "ValidationException", "not_utf8")


def test_a_byte_order_mark_is_told_and_not_kept(doors: Doors) -> None:
    client = doors("importer")
    job = capture(client, b"\xef\xbb\xbf" + document(event("1")))
    assert job["success"] and "byte_order_mark" in {told["code"] for told in job["warnings"]}
    answer = send(client, b"\xef\xbb\xbf" + dump(event("2")))
    assert answer.status_code == 201
    assert dump(event("2")) in client.get(answer.headers["location"]).content
    both = capture(client, b"\xef\xbb\xbf" + document(event("3"), event("4", action=None)), gs1_capture_error_behaviour="proceed")
    assert both["taken"] == 1


ODD: list[tuple[str, Any]] = [
    ("bh:deep", json.loads("[" * 40 + "]" * 40)),
    ("bh:null", "a\u0000b"),
    ("bh:big", 10**4000),
    ("bh:small", 5e-324),
    ("bh:long", "𠮷" * 50_000),
    ("bh:empty", {"": {"": []}}),
    ("bh:marks", "\u202e\ufeff\u2028\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")),
    ("schemaVersion", "1.2"),
    ("creationDate", "never"),
    ("epcisBody", {"eventList": []}),
]


@pytest.mark.parametrize(("name", "value"), ODD, ids=[name for name, _ in ODD])
def test_odd_members_come_back_as_they_came(doors: Doors, name: str, value: Any) -> None:
    client, odd = doors("importer"), event("1", **{name: value})
    job = capture(client, document(odd), bihuan_reading="lenient")
    assert (job["success"], job["taken"]) == (True, 1), job
    assert dump(odd) in client.get("/events").content
    assert ids_of(client.get(f"/events/{odd['eventID']}")) == [odd["eventID"]]
    alive(doors)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("not_json", document(event("1")).replace(b'"arriving"', b'"arriving\\ud800"')),
        ("not_json", document(event("1")).replace(b'"arriving"', b'"arri\x00ving"')),
        ("not_utf8", document(event("1")).replace(b'"arriving"', b'"\xed\xa0\x80"')),
        ("not_json", document(event("1")).replace(b'"OBSERVE"', b'"OBSERVE","bh:n":' + b"9" * 5000)),
        ("not_a_number", document(event("1")).replace(b'"OBSERVE"', b'"OBSERVE","bh:n":-Infinity')),
        ("too_deep", b'{"type":"EPCISDocument","epcisBody":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001),
        ("not_json", b'"' + b"x" * 1000),
    ],
)
def test_what_no_json_may_hold_is_refused(doors: Doors, code: str, body: bytes) -> None:
    problem(doors("importer").post("/capture", content=body, headers=JSON), 400, "ValidationException", code)
    alive(doors)


TIMES = ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1900-01-01T00:00:00.999999999999Z", "2020-02-29T23:59:60Z",
         "9999-12-31T23:59:59-14:00", "2020-12-10T12:00:00-12:00")  # fmt: skip
NUMBERS = (10**25, 10**18, 9.3e18, 1e308, -1, 0, -0.0, 1e-30, 0.0005, 12.3456, math.pi)


@pytest.mark.parametrize("at", TIMES)
def test_times_at_the_edge_are_taken_or_refused(doors: Doors, at: str) -> None:
    client = doors("importer")
    for value in (
        event("1", eventTime=at),
        picked_up("2", eventTime=at),
        event("3", errorDeclaration={"declarationTime": at}),
        event("4", sensorElementList=[{"sensorMetadata": {"time": at}, "sensorReport": [{"type": "Temperature", "value": 1}]}]),
    ):
        answer = send(client, value)
        assert answer.status_code in (201, 400), answer.text
        assert answer.status_code == 201 or answer.json()["errors"]
    for order in ("eventTime", "recordTime"):
        assert client.get("/events", params={"orderBy": order}).status_code == 200
    alive(doors)


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_at_the_edge_are_taken_or_refused(doors: Doors, number: float) -> None:
    client = doors("store")
    steps: list[tuple[str | None, dict[str, Any]]] = [
        ("stored_first", {"bizStep": "storing", "bizLocation": {"id": OURS + "place/ST1"}, "bh:area": "310107"}),
        ("destroyed", {"bizStep": "destroying", "action": "DELETE"}),
        (None, {}),
    ]
    for n, (step, more) in enumerate(steps):
        lots = [{"epcClass": OURS + "lot/L1", "quantity": number, "uom": "KGM"}]
        value = event(str(n), epcList=None, quantityList=lots, **{"bh:step": step, **more})
        answer = send(client, value)
        assert answer.status_code in (201, 400), answer.text
        if answer.status_code == 201:
            assert dump(value) in client.get(answer.headers["location"]).content
    assert client.get("/events", params={"GT_quantity": "1"}).status_code == 200
    alive(doors)


def test_a_failing_document_ends_as_a_failed_job_and_not_as_a_trap(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own over one document must not stop the next start."""

    def fails(*given: Any) -> None:
        raise RuntimeError("a mistake of ours")

    client, body = doors("importer"), document(event("1"))
    with monkeypatch.context() as spoilt:
        spoilt.setattr(taking_events, "new_event", fails)
        job = capture(client, body)
    assert job["success"] is False
    assert [(e["type"], e["status"]) for e in job["errors"]] == [("epcisException:ImplementationException", 500)]
    [row] = quarantined(doors.town.house.db.reader(system("test")))
    assert row["code"] == "implementation"
    again = client.get(f"/capture/{doors.town.house.resend(row['id'])}").json()
    assert again["success"] and events_of(client.get("/events")) == [event("1")]


def test_a_fault_of_the_door_itself_is_a_problem_without_details(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(taking_events, "faults_of", fails)
    answer = send(doors("importer"), event("1"))
    body = problem(answer, 500, "ImplementationException")
    assert "secret" not in json.dumps(body)


def test_many_faults_are_all_told(doors: Doors) -> None:
    values = [event(str(n), action=None, weight=1) for n in range(300)]
    job = capture(doors("importer"), document(*values), gs1_capture_error_behaviour="proceed")
    assert len(job["errors"]) == 600 and job["taken"] == 0
    assert len(quarantined(doors.town.house.db.reader(system("test")), limit=1000)) == 300
    assert all_pages(doors("importer"), "/events") == []


def test_doors_that_make_documents_themselves_use_the_same_way(doors: Doors) -> None:
    house = doors.town.house
    sent_by = doors.town.organisations["importer"]
    job = capture_now(house, sent_as(sent_by), document(event("1")))
    assert doors("importer").get(f"/capture/{job}").json()["taken"] == 1
    assert len(routes(house)) > 20
    assert len(read_document(doors("importer").get("/events").content, mode="lenient").events) == 1


def sent_as(party: str) -> Principal:
    """A sender of an organisation, as a mapped import has it."""
    return Principal("token", "t", party=party, capabilities=frozenset({"draft"}))
