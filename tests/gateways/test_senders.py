"""谁可以报: who may state each of the 29 steps, at every door; what another organisation has to state is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bihuan.apps.cold_chain.app import APP
from bihuan.apps.cold_chain.booking import bookings
from bihuan.apps.cold_chain.records import STEPS
from bihuan.apps.cold_chain.senders import SENDERS
from bihuan.base.clock import DAY, parse_instant
from bihuan.base.identity import KINDS, create_organisation, issue_token
from bihuan.base.places import set_place
from bihuan.base.principal import system
from bihuan.base.records.quarantine import quarantined
from bihuan.base.rules.evaluation import StoreSource, history_of

from .conftest import Doors
from .epcis_door import OURS, capture, document, event, ids_of, send
from .test_mapped_door import send as send_file

PAGE = (Path(__file__).parents[2] / "docs" / "cold-chain-events.md").read_text(encoding="utf-8")
EXAMPLES: dict[str, str] = {
    json.loads(block)["bh:step"]: block
    for block in reversed(re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    if json.loads(block).get("bh:step")
}
"""The first example of each step on the public page; nothing in them is registered in the town."""

OFFICES = {"authority", "department"}
WAREHOUSES = {"cold_store", "transit_warehouse"}
EXPECTED: dict[str, set[str]] = {
    "health_certificate": set(), "customs_released": set(), "qualification": set(),
    "release_certificate": set(), "certificate_revoked": set(),
    "booked": {"importer"}, "booking_amended": {"importer"}, "booking_cancelled": {"importer", *WAREHOUSES},
    "booking_confirmed": WAREHOUSES, "picked_up": {"terminal", "carrier"},
    "door_opened": {"carrier", "terminal", *WAREHOUSES}, "door_closed": {"carrier", "terminal", *WAREHOUSES},
    "temperature": {"carrier", "terminal", *WAREHOUSES},
    "arrived_warehouse": WAREHOUSES, "unloaded": WAREHOUSES, "disinfected": {"disinfector", *WAREHOUSES},
    "sampled": {"laboratory", *WAREHOUSES}, "result": {"laboratory", *WAREHOUSES},
    "trace_code_assigned": {"importer", *WAREHOUSES}, "left_warehouse": WAREHOUSES, "stored_first": WAREHOUSES,
    "split": WAREHOUSES, "merged": WAREHOUSES, "repacked": WAREHOUSES, "sold": WAREHOUSES, "destroyed": WAREHOUSES,
    "refused": WAREHOUSES, "stock_counted": WAREHOUSES, "voided": set(KINDS),
}  # fmt: skip
"""Besides the offices, who may state every step."""
CERTIFICATE = {
    "time": "2020-12-10T12:00:00+08:00", "certificate": "FX-1", "lots": ["L1"], "warehouse": "ST1",
}  # fmt: skip


def firm(doors: Doors, name: str, kind: str, gln: str | None = None) -> TestClient:
    """A client of a new organisation of one kind."""
    with doors.town.house.db.write(system("setup")) as w:
        made = create_organisation(w, f"测试{name}", kinds=[kind], area="310115", gln=gln)
        doors.town.organisations[name] = made
        doors.town.tokens[name] = issue_token(w, name, party=made, capabilities=["draft"], valid_to=w.now + DAY)
    return doors(name)


def example(step: str, name: str, **more: Any) -> dict[str, Any]:
    made = json.loads(EXAMPLES[step])
    return {**made, "eventID": f"{OURS}id/{name}", "eventTime": "2020-12-10T12:00:00+08:00", **more}


def refused(answer: Any) -> dict[str, str]:
    """The one fault of an event that another organisation has to state."""
    assert answer.status_code == 403, answer.text
    body = answer.json()
    assert (body["type"], body["code"]) == ("epcisException:SecurityException", "not_yours")
    [fault] = body["errors"]
    assert (fault["path"], fault["code"]) == ("bh:step", "not_yours")
    assert not fault["zh"].isascii() and fault["en"]
    found: dict[str, str] = fault
    return found


def test_the_table_names_every_step_and_every_form_is_for_who_may_send_it() -> None:
    assert list(SENDERS) == list(STEPS) and EXPECTED.keys() == STEPS.keys() == EXAMPLES.keys()
    names = {cls: name for name, cls in STEPS.items()}
    for form in APP.forms:
        if form.type in names:
            assert set(form.who) <= SENDERS[names[form.type]].keys(), form.type


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_taken_from_who_may_state_it_and_from_nobody_else(doors: Doors, step: str) -> None:
    title, allowed = STEPS[step].titles, EXPECTED[step] | OFFICES
    for kind, label in KINDS.items():
        answer = send(firm(doors, kind, kind), example(step, f"{step}-{kind}"))
        if kind in allowed:
            assert answer.status_code == 201, (kind, answer.text)
        else:
            fault = refused(answer)
            assert title.zh in fault["zh"] and label.zh in fault["zh"] and "主管机关" in fault["zh"]
            assert title.en in fault["en"] and label.en.lower() in fault["en"] and "authority" in fault["en"]
    assert len(quarantined(doors.town.house.db.reader(system("test")))) == len(KINDS.keys() - allowed)


@pytest.mark.parametrize(
    ("step", "at", "right", "wrong"),
    [
        ("booking_confirmed", {"bizLocation": {"id": f"{OURS}place/WH1"}}, "warehouse", "store"),
        ("stored_first", {"bizLocation": {"id": f"{OURS}place/ST1"}}, "store", "warehouse"),
        ("arrived_warehouse", {"bizLocation": {"id": f"{OURS}place/WH1"}}, "warehouse", "store"),
        ("door_opened", {"bizLocation": {"id": f"{OURS}place/WH1"}}, "warehouse", "store"),
        ("picked_up", {"readPoint": {"id": f"{OURS}place/OURS"}}, "terminal", "other terminal"),
        ("disinfected", {"bh:by": "6901234567892"}, "disinfector", "other disinfector"),
    ],
)
def test_a_registered_place_or_name_is_spoken_for_by_its_own(
    doors: Doors, step: str, at: dict[str, Any], right: str, wrong: str
) -> None:
    firm(doors, "terminal", "terminal")
    firm(doors, "other terminal", "terminal")
    firm(doors, "disinfector", "disinfector", "6901234567892")
    firm(doors, "other disinfector", "disinfector")
    with doors.town.house.db.write(system("setup")) as w:
        set_place(w, "OURS", name="测试提货点", kind="pick_up_point", area="310115-YS",
                  party=doors.town.organisations["terminal"], lon=122.05, lat=30.62)  # fmt: skip
    fault = refused(send(doors(wrong), example(step, "1", **at)))
    named = at.get("bh:by") or next(iter(at.values()))["id"].rpartition("/")[2]
    assert f"“{named}”" in fault["zh"] and f"“{named}”" in fault["en"]
    assert send(doors(right), example(step, "2", **at)).status_code == 201
    assert send(doors("customs"), example(step, "3", **at)).status_code == 201


def test_an_importer_books_in_its_own_name(doors: Doors) -> None:
    body = {"time": "2020-12-10T12:00:00+08:00", "booking": "B1", "container": "CSQU3054383", "vehicle": "沪BH2345",
            "driver": "D-1", "destination": "WH1", "owner": doors.town.organisations["store"]}  # fmt: skip
    client = doors("importer")
    answer = client.post("/v1/records/booked", json=body, headers={"Idempotency-Key": "b1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    body["owner"] = doors.town.organisations["importer"]
    assert client.post("/v1/records/booked", json=body, headers={"Idempotency-Key": "b2"}).status_code == 201


def test_a_cold_store_states_no_release_certificate_at_any_door(doors: Doors) -> None:
    store, forged = doors("store"), example("release_certificate", "1")
    refused(send(store, forged))

    body = document(event("1"), {**forged, "eventID": f"{OURS}id/2"})
    job = capture(store, body, gs1_capture_error_behaviour="rollback")
    assert (job["success"], job["taken"]) == (False, 0)
    job = capture(store, body, gs1_capture_error_behaviour="proceed")
    [error] = job["errors"]
    assert (error["path"], error["code"]) == ("epcisBody.eventList[1].bh:step", "not_yours")
    assert (error["type"], error["status"]) == ("epcisException:SecurityException", 403)
    assert job["taken"] == 1 and "出库放行证明" in error["detail"] and "Release certificate" in error["title"]
    assert ids_of(store.get("/events")) == [event("1")["eventID"]]

    answer = store.post("/v1/records/release_certificate", json=CERTIFICATE, headers={"Idempotency-Key": "c1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    assert answer.json()["faults"][0]["zh"]
    assert doors("customs").get("/v1/records/release_certificate").json()["items"] == []
    told = [json.loads(item["faults"]) for item in quarantined(doors.town.house.db.reader(system("test")))]
    assert len(told) == 4 and {fault["code"] for faults in told for fault in faults} == {"not_yours"}

    customs = doors("customs")
    taken = customs.post("/v1/records/release_certificate", json=CERTIFICATE, headers={"Idempotency-Key": "c1"})
    assert taken.status_code == 201


def test_a_mapped_file_of_anothers_steps_is_refused_row_by_row(doors: Doors) -> None:
    told = send_file(doors("store"), "sipg_pick_up", "sipg_pick_up_1.csv").json()
    assert told["taken"] == 0 and told["complete_before"] is None
    assert {fault["code"] for fault in told["row_faults"]} == {"not_yours"}
    assert all("提货" in fault["zh"] and "Pick-up" in fault["en"] for fault in told["row_faults"])


def test_what_an_outsider_says_of_a_booking_is_kept_and_does_not_touch_it(doors: Doors) -> None:
    importer, outsider = doors("importer"), firm(doors, "outsider", "importer")
    rival = firm(doors, "rival", "cold_store")
    # Words are the outsider's own matter: nothing tells them that the number is somebody's.
    body = {"time": "2020-12-10T12:00:00+08:00", "booking": "B-OWN", "container": "CSQU3054383", "vehicle": "沪BH2345",
            "driver": "D-1", "destination": "WH1", "owner": doors.town.organisations["importer"]}  # fmt: skip

    def state(client: TestClient, step: str, key: str, **fields: str) -> int:
        said = {"time": "2020-12-10T13:00:00+08:00", "booking": "B-OWN", **fields}
        return client.post(f"/v1/records/{step}", json=said, headers={"Idempotency-Key": key}).status_code

    assert importer.post("/v1/records/booked", json=body, headers={"Idempotency-Key": "b"}).status_code == 201
    assert state(doors("warehouse"), "booking_confirmed", "c", by="WH1") == 201
    assert state(outsider, "booking_amended", "a", vehicle="沪C99999") == 201
    assert state(outsider, "booking_cancelled", "x") == 201
    assert state(rival, "booking_cancelled", "y") == 201
    assert state(rival, "booking_cancelled", "z", by="WH1") == 403
    assert standing(doors) == ("沪BH2345", False)
    assert state(importer, "booking_amended", "a2", vehicle="沪D11111") == 201
    assert standing(doors) == ("沪D11111", False)
    assert state(doors("warehouse"), "booking_cancelled", "x2", by="WH1") == 201
    assert standing(doors) == ("沪D11111", True)


def standing(doors: Doors) -> tuple[str, bool]:
    """Vehicle and whether cancelled, as the rules read the booking from the store."""
    house = doors.town.house
    source = StoreSource(house.db.reader(system("test")), house.registry)
    field = house.apps["cold_chain"].field
    assert field is not None
    history = history_of(source, "container:CSQU3054383", field).history
    [found] = bookings(history)
    stated = found.stated()
    assert stated is not None
    return stated.vehicle, stated.cancelled


def test_a_place_is_spoken_for_by_who_ran_it_when_the_step_happened(doors: Doors) -> None:
    town = doors.town
    heir = firm(doors, "heir", "cold_store")
    with town.house.db.write(system("setup")) as w:
        set_place(w, "ST1", name="测试首站冷库", kind="cold_store", area="310107", party=town.organisations["heir"],
                  since=parse_instant("2020-12-09T00:00:00+08:00"))  # fmt: skip
    at = {"bizLocation": {"id": f"{OURS}place/ST1"}}
    before, after = {"eventTime": "2020-12-08T12:00:00+08:00"}, {"eventTime": "2020-12-10T12:00:00+08:00"}
    refused(send(doors("store"), example("stored_first", "1", **at) | after))
    refused(send(heir, example("stored_first", "2", **at) | before))
    assert send(doors("store"), example("stored_first", "3", **at) | before).status_code == 201
    assert send(heir, example("stored_first", "4", **at) | after).status_code == 201


CHANGES = ("/v1", "bh:supersedes", "errorDeclaration", "voided", "mapped document")


@pytest.mark.parametrize("way", CHANGES)
@pytest.mark.parametrize("step", ["booked", "stored_first", "release_certificate", "certificate_revoked", "result"])
def test_nobody_corrects_or_takes_back_what_another_stated(doors: Doors, step: str, way: str) -> None:
    owner = doors("customs")
    outsider = firm(doors, "outsider", "cold_store")
    first = example(step, "mine")
    assert send(owner, first).status_code == 201
    name, when = first["eventID"], "2020-12-10T13:00:00+08:00"
    other = example("sampled", "theirs", eventTime=when)
    if way == "/v1":
        body = {"time": when, "sample": "S-9", "lots": ["L9"]}
        outsider.post("/v1/records/sampled", json=body, headers={"Idempotency-Key": "x1"}, params={"supersedes": "mine"})
    elif way == "bh:supersedes":
        send(outsider, {**other, "bh:supersedes": name})
    elif way == "errorDeclaration":
        declared = {"declarationTime": when, "reason": "incorrect_data", "correctiveEventIDs": [other["eventID"]]}
        capture(outsider, document({**first, "errorDeclaration": declared}, other), gs1_capture_error_behaviour="proceed")
    elif way == "voided":
        send(outsider, {**example("voided", "void", eventTime=when), "bh:supersedes": name})
    else:
        body = document({**other, "bh:supersedes": name}, {**example("voided", "void", eventTime=when), "bh:supersedes": name})
        capture(outsider, body, gs1_capture_error_behaviour="proceed")
    address = f"/v1/records/cold_chain.{STEPS[step].__name__}"
    found = owner.get(address).json()["items"]
    assert [(item["id"], item["superseded_by"]) for item in found] == [("mine", None)] * len(found) and found
    # The same by its own sender takes it back.
    assert send(owner, {**example("voided", "own", eventTime=when), "bh:supersedes": name}).status_code == 201
    after = owner.get(address).json()["items"]
    assert all(item["superseded_by"] for item in after) and len(after) == len(found)
