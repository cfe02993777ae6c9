"""Who sees which events: one's own, those of one's area, nobody else's; hidden and unknown are one answer."""

from __future__ import annotations

from starlette.testclient import TestClient

from bihuan.base.clock import DAY
from bihuan.base.identity import issue_token
from bihuan.base.principal import Grant, system

from .conftest import Doors
from .epcis_door import OURS, capture, document, event, events_of, ids_of, picked_up, send
from .test_epcis_faults import problem

LISTS = ("eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions")


def officer(doors: Doors, login: str, area: str, *, may: frozenset[str] = frozenset({"read"})) -> TestClient:
    """The token of an officer's own program for an area."""
    with doors.town.house.db.write(system("setup")) as w:
        secret = issue_token(w, area, who=doors.town.people[login], valid_to=w.now + 365 * DAY,
                             scopes=[Grant(area, "cold_chain", may)])  # fmt: skip
    return TestClient(doors.app, headers={"Authorization": f"Bearer {secret}"})


def test_another_party_sees_nothing_of_ours(doors: Doors) -> None:
    ours, theirs = doors("importer"), doors("store")
    job = ours.post("/capture", content=document(picked_up("1"), event("2")), headers={"Content-Type": "application/json"})
    assert ours.get(job.headers["location"]).json()["taken"] == 2
    assert len(ids_of(ours.get("/events"))) == 2

    assert events_of(theirs.get("/events")) == []
    assert events_of(theirs.get("/events", params={"EQ_eventID": event("1")["eventID"]})) == []
    assert events_of(theirs.get("/events", params={"maxEventCount": "1"})) == []
    for name in LISTS:
        assert theirs.get(f"/{name}").json()["member"] == []
    assert theirs.get("/capture").json() == []


def test_hidden_and_unknown_are_the_same_to_the_byte(doors: Doors) -> None:
    ours, theirs = doors("importer"), doors("store")
    send(ours, picked_up("1"))
    job = capture(ours, document(event("2")))["captureID"]
    pairs = [
        (f"/events/{event('1')['eventID']}", "/events/urn:uuid:none"),
        (f"/capture/{job}", "/capture/cap-0000000000000000"),
        ("/bizSteps/departing", "/bizSteps/nonsense"),
        ("/bizSteps/departing/events", "/bizSteps/nonsense/events"),
        ("/epcs/urn:epc:id:bic:CSQU3054383/events", "/epcs/urn:epc:id:bic:MSKU0000000/events"),
        ("/readPoints/urn:x:hidden", f"/readPoints/{OURS.replace('://', ':')}place"),
        ("/eventTypes/ObjectEvent/events", "/eventTypes/TransformationEvent/events"),
    ]
    for hidden, unknown in pairs:
        a, b = theirs.get(hidden), theirs.get(unknown)
        problem(a, 404, "NoSuchResourceException", "not_found")
        assert a.content == b.content and dict(a.headers) == dict(b.headers)
    assert ours.get(pairs[0][0]).status_code == 200


def test_an_area_sees_what_concerns_it(doors: Doors) -> None:
    send(doors("importer"), picked_up("1"))
    there = {"bh:area": "310107", "bh:vehicle": "沪A00001", "epcList": ["urn:epc:id:bic:SUDU1234569"],
             "readPoint": {"id": OURS + "place/ST1"}}  # fmt: skip
    send(doors("importer"), picked_up("2", **there))
    send(doors("importer"), event("3"))
    pudong, putuo, city = (
        officer(doors, "inspector", "310115"), officer(doors, "stranger", "310107"), officer(doors, "officer", "31"),
    )  # fmt: skip
    names = [event(str(n))["eventID"] for n in (1, 2, 3)]
    assert sorted(ids_of(pudong.get("/events"))) == [names[0], names[2]], "what names no area concerns that of its sender"
    assert ids_of(putuo.get("/events")) == [names[1]]
    assert sorted(ids_of(city.get("/events"))) == names
    assert ids_of(putuo.get("/epcs/urn:epc:id:bic:SUDU1234569/events")) == [names[1]]
    problem(putuo.get("/epcs/urn:epc:id:bic:CSQU3054383/events"), 404, "NoSuchResourceException")
    problem(pudong.get(f"/events/{names[1]}"), 404, "NoSuchResourceException")
    assert pudong.get("/bizSteps").json()["member"] == ["arriving", "departing"]
    assert putuo.get("/bizSteps").json()["member"] == ["departing"]
    assert putuo.get("/epcs").json()["member"] == ["urn:epc:id:bic:SUDU1234569"]
    assert len(events_of(putuo.get("/events", params={"maxEventCount": "1"}))) == 1, "counts know only what is in scope"
    assert pudong.get("/capture").json() == []


def test_an_officer_may_ask_and_not_send(doors: Doors) -> None:
    client = officer(doors, "officer", "31", may=frozenset({"read", "act"}))
    problem(send(client, event("1")), 403, "SecurityException", "may_not_report")
    answer = client.post("/capture", content=document(event("1")), headers={"Content-Type": "application/json"})
    problem(answer, 403, "SecurityException", "may_not_report")
    assert events_of(client.get("/events")) == []


def test_two_parties_send_the_same_document(doors: Doors) -> None:
    body = document(event("1"), event("2"))
    first, again, other = capture(doors("importer"), body), capture(doors("importer"), body), capture(doors("store"), body)
    assert first == again, "the same document from the same party is one job"
    assert other["captureID"] != first["captureID"]
    assert [job["taken"] for job in (first, other)] == [2, 2]
    for name in ("importer", "store"):
        assert len(doors(name).get("/capture").json()) == 1
        assert {event("1")["eventID"], event("2")["eventID"]} == set(ids_of(doors(name).get("/events")))


def test_naming_the_goods_of_another_shows_nothing_of_theirs(doors: Doors) -> None:
    """A pallet's number is on its label: who reads it off must not see its owner's events for it."""
    send(doors("importer"), event("1"))
    send(doors("store"), event("2"))
    assert ids_of(doors("store").get("/events")) == [event("2")["eventID"]]
    assert ids_of(doors("importer").get("/events")) == [event("1")["eventID"]]
