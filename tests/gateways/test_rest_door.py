"""The plain door: one record at a time, its list and receipt, completeness, and each department's own share."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from bihuan.base.clock import DAY
from bihuan.base.identity import access_log_of, issue_token
from bihuan.base.principal import Grant, system
from bihuan.base.records.quarantine import quarantined
from bihuan.base.rules.subjects import completeness
from bihuan.engines.merkle import read_receipt, verify_receipt

from .conftest import Doors

RELEASED = {
    "time": "2020-12-08T15:30:00+08:00",
    "container": "CSQU 305438-3",
    "declaration": "222520201000001234",
    "area": "310115-YS",
    "lots": [{"lot": "L1", "kg": "12000", "risk": "high"}, {"lot": "L2", "kg": 8000.5}],
}


def post(client: TestClient, name: str, body: dict[str, Any], key: str = "r1", **query: str):  # type: ignore[no-untyped-def]
    return client.post(f"/v1/records/{name}", json=body, headers={"Idempotency-Key": key}, params=query)


def booking(n: int, **more: str) -> dict[str, str]:
    return {"time": f"2020-12-09T10:{n:02d}:00+08:00", "booking": f"B{n}", **more}


def test_a_step_becomes_its_event_and_comes_back(doors: Doors) -> None:
    customs = doors("customs")
    answer = post(customs, "customs_released", RELEASED)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/records/cold_chain.CustomsReleased/{answer.json()['ref']}"
    item = customs.get(answer.headers["location"]).json()
    assert item["record"]["container"] == "CSQU3054383"
    assert item["record"]["lots"][1] == {"lot": "L2", "kg": "8000.500", "risk": None, "product": "", "origin": ""}
    assert (item["id"], item["door"], item["time"]) == ("r1", "epcis", "2020-12-08T15:30:00+08:00")
    found = customs.get("/events", params={"EQ_bizStep": "https://bihuan.example/ns/cold-chain/bizstep/customs_releasing"})
    assert len(found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 1


def test_the_same_key_again_is_the_same_answer_and_other_content_a_conflict(doors: Doors) -> None:
    customs = doors("customs")
    first = post(customs, "customs_released", RELEASED)
    again = post(customs, "customs_released", RELEASED)
    assert (again.status_code, again.json()["ref"], again.json()["repeated"]) == (201, first.json()["ref"], True)
    other = post(customs, "customs_released", {**RELEASED, "area": "310115-PD"})
    assert other.status_code == 409 and other.json()["code"] == "conflict"
    assert len(quarantined(doors.town.house.db.reader(system("test")))) == 1
    corrected = post(customs, "customs_released", {**RELEASED, "area": "310115-PD"}, "r2", supersedes="r1")
    assert corrected.status_code == 201
    item = customs.get(first.headers["location"]).json()
    assert item["superseded_by"] == corrected.json()["ref"]


def test_a_record_that_is_no_step_is_kept_as_its_own_type(doors: Doors) -> None:
    body = {
        "time": "2020-12-10T08:00:00+08:00",
        "place": "WH1",
        "filing": "沪冷备-77",
        "rooms": [{"room": "A", "capacity_kg": 1000, "cel": "-18"}],
    }
    answer = post(doors("warehouse"), "cold_chain.ColdStoreFiled", body, "f1")
    assert answer.status_code == 201
    item = doors("warehouse").get(answer.headers["location"]).json()
    assert (item["door"], item["record"]["rooms"][0]["cel"]) == ("rest", "-18.0")
    assert post(doors("warehouse"), "cold_store_filed", {**body, "filing": "x"}, "f1").status_code == 409


def test_all_faults_at_once_in_both_languages(doors: Doors) -> None:
    wrong = {"container": "CSQU3054384", "area": "", "lots": [{"kg": -1}], "x": 1}
    answer = post(doors("customs"), "customs_released", wrong)
    assert answer.status_code == 422
    assert {(f["path"], f["code"]) for f in answer.json()["faults"]} == {
        ("x", "unknown_field"),
        ("time", "required"),
        ("container", "check"),
        ("declaration", "required"),
        ("area", "required"),
        ("lots[0].lot", "required"),
        ("lots[0].kg", "too_low"),
    }
    assert all(f["zh"] and f["en"] for f in answer.json()["faults"])
    future = post(doors("customs"), "customs_released", {**RELEASED, "time": "2020-12-11T15:30:00+08:00"})
    assert [f["code"] for f in future.json()["faults"]] == ["future"]


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'"x"', b"\xff", b"[" * 5000])
def test_what_is_no_object_is_refused_in_words(doors: Doors, body: bytes) -> None:
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = doors("customs").post("/v1/records/booked", content=body, headers=headers)
    assert answer.status_code == 422 and answer.json()["code"] == "not_json"


def test_no_key_no_record_and_no_json_no_record(doors: Doors) -> None:
    answer = doors("customs").post("/v1/records/customs_released", json=RELEASED)
    assert answer.status_code == 422 and answer.json()["code"] == "retry_key"
    form = doors("customs").post("/v1/records/booked", content=b"a=1", headers={"Idempotency-Key": "k"})
    assert form.status_code == 415


def test_hidden_unknown_and_wrong_type_are_the_same_bytes(doors: Doors) -> None:
    ref = post(doors("customs"), "customs_released", RELEASED).json()["ref"]
    store = doors("store")  # another organisation, no scope
    answers = [
        store.get(f"/v1/records/customs_released/{ref}"),
        store.get("/v1/records/customs_released/none"),
        store.get(f"/v1/records/{ref}/receipt"),
        store.get("/v1/records/none/receipt"),
        doors("customs").get(f"/v1/records/booked/{ref}"),
        store.get("/v1/records/no_such_type"),
        store.get("/v1/mapped/none"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert store.get("/v1/records/customs_released").json()["items"] == []


def test_the_receipt_holds_offline(doors: Doors) -> None:
    ref = post(doors("customs"), "customs_released", RELEASED).json()["ref"]
    assert doors("customs").get(f"/v1/records/{ref}/receipt").json()["code"] == "no_checkpoint"
    doors.town.house.sign()
    data = doors("customs").get(f"/v1/records/{ref}/receipt").content
    proved = verify_receipt(read_receipt(data), doors.town.house.key.vkey)
    assert proved.body_matches is True
    bare = doors("customs").get(f"/v1/records/{ref}/receipt?body=no").content
    assert verify_receipt(read_receipt(bare), doors.town.house.key.vkey).body_matches is None


def test_pages_follow_each_other_and_the_token_is_bound(doors: Doors) -> None:
    importer = doors("importer")
    for n in range(7):
        assert post(importer, "booking_cancelled", booking(n), f"c{n}").status_code == 201
    seen: list[str] = []
    address: str | None = "/v1/records/booking_cancelled?limit=3"
    while address is not None:
        page = importer.get(address)
        seen += [item["record"]["booking"] for item in page.json()["items"]]
        address = page.headers["link"].split(">")[0][1:] if page.json()["next"] else None
    assert seen == [f"B{n}" for n in range(7)]
    token = importer.get("/v1/records/booking_cancelled?limit=3").json()["next"]
    damaged = token[:-1] + ("0" if token[-1] != "0" else "1")
    for client, query in (
        (importer, {"after": damaged}),
        (importer, {"after": "zz"}),
        (importer, {"after": token, "from": "2020-12-09"}),
        (doors("customs"), {"after": token}),
    ):
        answer = client.get("/v1/records/booking_cancelled", params=query)
        assert answer.status_code == 422 and answer.json()["faults"][0]["path"] == "after"


def test_lists_are_filtered_by_time_and_subject(doors: Doors) -> None:
    importer = doors("importer")
    for n in range(4):
        post(importer, "booking_cancelled", booking(n), f"c{n}")
    some = importer.get("/v1/records/booking_cancelled?from=2020-12-09T10:01:00%2B08:00&to=2020-12-09T10:03:00+08:00")
    assert [item["id"] for item in some.json()["items"]] == ["c1", "c2"]
    one = importer.get("/v1/records/booking_cancelled", params={"subject": "booking:B3"})
    assert [item["id"] for item in one.json()["items"]] == ["c3"]
    assert importer.get("/v1/records/booking_cancelled?from=gestern").json()["faults"][0]["path"] == "from"
    assert importer.get("/v1/records/booking_cancelled?limit=0").status_code == 422


def test_feeds_are_stated_by_their_sender(doors: Doors) -> None:
    customs = doors("customs")
    answer = customs.put("/v1/feeds/picked_up", json={"complete_before": "2020-12-10T12:00:00+08:00"})
    assert answer.status_code == 200
    assert answer.json()["complete_before"] == "2020-12-10T12:00:00+08:00"
    assert customs.put("/v1/feeds/arrived_warehouse", json={"lag_minutes": 15}).json()["lag_minutes"] == 15
    rows = {(r["step"], r["source"]) for r in doors("store").get("/v1/feeds").json()["items"]}
    assert ("picked_up", doors.town.organisations["customs"]) in rows and ("booked", "bihuan") in rows
    until = completeness(doors.town.house.db.reader(system("test"))).until
    assert until["arrived_warehouse"] == doors.town.clock.now() - 15 * 60_000_000
    for body in (
        {"complete_before": "2020-12-12T00:00:00+08:00"},
        {"complete_before": "soon"},
        {"lag_minutes": -1},
        {"lag_minutes": 1, "complete_before": "2020-12-10T12:00:00+08:00"},
        {"until": 1},
    ):
        assert customs.put("/v1/feeds/picked_up", json=body).status_code == 422
    assert customs.put("/v1/feeds/none", json={}).status_code == 404


def department(doors: Doors, name: str, area: str) -> None:
    house = doors.town.house
    with house.db.write(system("setup")) as w:
        doors.town.tokens[name] = issue_token(
            w,
            name,
            party=doors.town.organisations["customs"],
            scopes=[Grant(area, "cold_chain", frozenset({"read"}))],
            valid_to=house.db.clock.now() + DAY,
        )


def test_each_department_gets_its_own_share_and_its_own_log(doors: Doors) -> None:
    post(doors("customs"), "customs_released", RELEASED)
    late = {
        "time": "2020-12-10T09:00:00+08:00",
        "container": "CSQU3054383",
        "vehicle": "沪B·H2345",
        "driver": "D-1",
        "place": "YS4",
        "area": "310115-YS",
    }
    post(doors("importer"), "picked_up", late, "p1")
    department(doors, "pudong", "310115")
    department(doors, "putuo", "310107")
    mine = doors("pudong").get("/v1/share/subjects", params={"kind": "lot", "format": "json"}).json()["items"]
    assert [(row["id"], row["area"], row["stage"]) for row in mine] == [
        ("lot:L1", "310115-YS", "arriving"),
        ("lot:L2", "310115-YS", "arriving"),
    ]
    assert set(mine[0]) >= {"stage_zh", "stage_en", "place", "due", "violated", "undecided", "satisfied"}
    assert [row["label"] for row in doors("pudong").get("/v1/share/trips").json()["items"]] == ["CSQU3054383"]
    for name in ("subjects", "trips", "findings", "duties"):
        assert doors("putuo").get(f"/v1/share/{name}").json() == {"items": [], "next": None}
    logged = access_log_of(doors.town.house.db.reader(system("test")), kind="share.subjects")
    assert [entry.why.split(" ")[-1] for entry in logged] == ["rows=0", "rows=2"]
    assert len({entry.principal for entry in logged}) == 2
    assert logged[1].why == "kind=lot&format=json rows=2"


def test_shares_come_as_csv_in_pages(doors: Doors) -> None:
    post(doors("customs"), "customs_released", {**RELEASED, "lots": [{"lot": f"=L{n}", "kg": 1} for n in range(5)]})
    customs = doors("customs")
    first = customs.get("/v1/share/subjects?kind=lot&limit=2", headers={"Accept": "text/csv"})
    assert first.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(first.content.decode("utf-8-sig"))))
    assert [row["label"] for row in rows] == ["'=L0", "'=L1"]
    second = customs.get(first.headers["link"].split(">")[0][1:] + "&format=json").json()
    assert [row["label"] for row in second["items"]] == ["=L2", "=L3"]
    assert customs.get("/v1/share/subjects", headers={"Accept": "image/png"}).status_code == 406
    assert customs.get("/v1/share/subjects?lin=x").json()["faults"][0]["path"] == "lin"
    assert customs.get("/v1/share/findings?format=pdf").status_code == 422


def test_findings_and_duties_are_shared(doors: Doors) -> None:
    customs = doors("customs")
    post(customs, "customs_released", RELEASED)
    arrived = {
        "time": "2020-12-10T11:00:00+08:00",
        "container": "CSQU3054383",
        "vehicle": "沪BH2345",
        "warehouse": "WH1",
        "area": "310115",
    }
    assert post(customs, "arrived_warehouse", arrived, "a1").status_code == 201
    findings = customs.get("/v1/share/findings", params={"state": "open"}).json()["items"]
    assert [row["rule"] for row in findings] == ["no_booking_before_entry"]
    assert findings[0]["subject"] == "container:CSQU3054383" and findings[0]["title_zh"]
    assert doors("store").get("/v1/share/findings").json()["items"] == []
    assert customs.get("/v1/share/duties").status_code == 200


def test_time_version_template_and_the_document(doors: Doors) -> None:
    customs = doors("customs")
    assert customs.get("/v1/time").json()["time"] == "2020-12-10T14:00:00+08:00"
    document = customs.get("/v1/openapi.json").json()
    served = {route.path for route in doors.app.routes}  # type: ignore[attr-defined]
    for path in document["paths"]:
        parts = path.split("/")
        if parts[2] == "records" and "." in parts[3]:
            parts[3] = "{type}"
        assert "/".join(parts) in served, path
    assert customs.get("/v1/records/picked_up/template").content.startswith(b"PK")
    assert TestClient(doors.app).get("/v1/openapi.json").status_code == 401


def test_what_a_token_reads_is_in_the_access_log(doors: Doors) -> None:
    client, house = doors("importer"), doors.town.house
    for address in ("/events?EQ_bizStep=arriving&nextPageToken=x1", "/v1/records/booked?limit=5", "/v1/time", "/v1/feeds"):
        client.get(address)
    house.looks.flush(house.db)
    seen = [each.row for each in access_log_of(house.db.reader(system("test")), kind="data")]
    assert seen == ["/v1/feeds", "/v1/records/booked?limit=5"]
    assert client.get("/events?EQ_bizStep=arriving").status_code == 200
    house.looks.flush(house.db)
    [last] = access_log_of(house.db.reader(system("test")), kind="data", limit=1)
    assert (last.row, last.why, last.party) == ("/events?EQ_bizStep=arriving", "token", doors.town.organisations["importer"])
