"""What the tests of the EPCIS door send, and how they read what comes back."""

from __future__ import annotations

import json
from typing import Any

from starlette.testclient import TestClient

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OURS = "https://bihuan.example/ns/cold-chain/"
JSON = {"Content-Type": "application/json"}


def event(name: str = "1", **fields: Any) -> dict[str, Any]:
    """An ordinary arrival; a field given as None is left out."""
    made = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:5e5b3f0e-0000-4000-8000-{name:0>12}",
        "eventTime": "2020-12-10T12:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "arriving",
        "epcList": ["urn:epc:id:sscc:0614141.1234567890"],
        "readPoint": {"id": "urn:epc:id:sgln:0614141.00777.0"},
        **fields,
    }
    return {key: value for key, value in made.items() if value is not None}


def picked_up(name: str, **fields: Any) -> dict[str, Any]:
    """The step of picking up a container in Pudong."""
    step = {
        "bizStep": "departing",
        "disposition": "in_transit",
        "epcList": ["urn:epc:id:bic:CSQU3054383"],
        "readPoint": {"id": OURS + "place/YS4"},
        "bh:step": "picked_up",
        "bh:vehicle": "沪BH2345",
        "bh:driver": "D-17",
        "bh:area": "310115",
    }
    return event(name, **{**step, **fields})


def document(*events: Any, **fields: Any) -> bytes:
    """A capture document of these events; `bh` is bound in it."""
    made = {
        "@context": [STANDARD, {"bh": OURS}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2020-12-10T12:00:00+08:00",
        "epcisBody": {"eventList": list(events)},
        **fields,
    }
    return dump({key: value for key, value in made.items() if value is not None})


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def capture(client: TestClient, body: bytes, **headers: str) -> dict[str, Any]:
    """Send a document and answer its finished job."""
    answer = client.post("/capture", content=body, headers={**JSON, **{k.replace("_", "-"): v for k, v in headers.items()}})
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = client.get(answer.headers["location"]).json()
    assert job["running"] is False
    return job


def send(client: TestClient, body: Any, **headers: str) -> Any:
    """Send one bare event."""
    content = body if isinstance(body, bytes) else dump(body)
    answer: Any = client.post("/events", content=content, headers={**JSON, **headers})
    return answer


def events_of(answer: Any) -> list[dict[str, Any]]:
    """The events of an answered query document."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["type"] == "EPCISQueryDocument"
    found: list[dict[str, Any]] = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def ids_of(answer: Any) -> list[str]:
    """The ids of the events of an answered query document, in order."""
    return [each["eventID"] for each in events_of(answer)]


def all_pages(client: TestClient, url: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The events of every page, following the links."""
    answer = client.get(url, params=params)
    found = events_of(answer)
    while "link" in answer.headers:
        answer = client.get(answer.headers["link"].partition(">")[0][1:])
        found += events_of(answer)
    return found
