"""Error declarations: the event is taken back, what corrects it takes its place, and no byte of either is lost."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from bihuan.base.principal import system
from bihuan.base.records import RECORD, fact, record
from bihuan.base.records.model import DERIVED
from bihuan.base.rules.evaluation import StoreSource

from .conftest import Doors
from .epcis_door import all_pages, capture, document, dump, event, events_of, picked_up, send
from .test_epcis_faults import problem


def declared(value: dict[str, Any], *instead: str, at: str = "2020-12-10T13:00:00+08:00") -> dict[str, Any]:
    """The same event with its error declaration."""
    declaration: dict[str, Any] = {"declarationTime": at, "reason": "incorrect_data"}
    if instead:
        declaration["correctiveEventIDs"] = list(instead)
    return {**value, "errorDeclaration": declaration}


def standing(doors: Doors) -> list[tuple[str, str]]:
    """The steps that rules see of the container: id of the first version, and its vehicle."""
    house = doors.town.house
    source = StoreSource(house.db.reader(system("test")), house.registry)
    facts = source.facts(["container:CSQU3054383"])
    return sorted((f.first, getattr(f.record, "vehicle", "")) for f in facts if f.type == "picked_up")


def rows(doors: Doors) -> dict[str, Any]:
    reader = doors.town.house.db.reader(system("test"))
    return {row["sent"]: row for row in reader.rows(sa.select(record), RECORD)}


def test_a_declaration_takes_the_event_back(doors: Doors) -> None:
    client, wrong = doors("importer"), picked_up("1")
    send(client, wrong)
    assert standing(doors) == [(wrong["eventID"], "沪BH2345")]
    answer = send(client, declared(wrong))
    assert answer.status_code == 201
    assert answer.headers["location"] == send(client, wrong).headers["location"], "both are found under their one id"
    assert standing(doors) == []
    found = rows(doors)
    assert found[wrong["eventID"]]["superseded_by"] == answer.json()["record"]
    kept = client.get(answer.headers["location"]).content
    assert dump(wrong) in kept and dump(declared(wrong)) in kept
    live = sa.select(fact.c.live).where(fact.c.seq == found[wrong["eventID"]]["seq"])
    assert [row["live"] for row in doors.town.house.db.reader(system("test")).rows(live, DERIVED)] == [False]


def test_a_declaration_is_kept_once_and_another_one_beside_it(doors: Doors) -> None:
    client, wrong = doors("importer"), picked_up("1")
    send(client, wrong)
    assert send(client, declared(wrong)).status_code == 201
    assert send(client, declared(wrong)).json()["repeated"] is True
    changed = declared(wrong)
    changed["errorDeclaration"]["reason"] = "did_not_occur"
    problem(send(client, changed), 409, "ResourceAlreadyExistsException", "conflict", "eventID")
    assert send(client, declared(wrong, at="2020-12-10T13:30:00+08:00")).status_code == 201
    assert standing(doors) == []


def test_a_declaration_of_tomorrow_is_refused(doors: Doors) -> None:
    answer = send(doors("importer"), declared(picked_up("1"), at="2020-12-11T13:00:00+08:00"))
    problem(answer, 400, "ValidationException", "future", "errorDeclaration.declarationTime")


@pytest.mark.parametrize("own_word", [False, True], ids=["", "and says so itself"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_corrects_an_event_takes_its_place_in_whatever_order_they_come(
    doors: Doors, order: tuple[int, ...], own_word: bool
) -> None:
    wrong = picked_up("1")
    more = {"bh:supersedes": wrong["eventID"]} if own_word else {}
    right = picked_up("2", **{"bh:vehicle": "沪A00002", **more})
    events = [wrong, declared(wrong, right["eventID"]), right]
    for n in order:
        assert send(doors("importer"), events[n]).status_code == 201
    assert standing(doors) == [(wrong["eventID"], "沪A00002")]
    assert rows(doors)[wrong["eventID"]]["superseded_by"] is not None


def test_all_three_in_one_document(doors: Doors) -> None:
    wrong, right = picked_up("1"), picked_up("2", **{"bh:vehicle": "沪A00002"})
    job = capture(doors("importer"), document(right, declared(wrong, right["eventID"]), wrong))
    assert (job["success"], job["taken"]) == (True, 3)
    assert standing(doors) == [(wrong["eventID"], "沪A00002")]


def test_several_events_may_stand_for_one(doors: Doors) -> None:
    wrong = picked_up("1")
    right = [picked_up(str(n), **{"bh:vehicle": f"沪A0000{n}"}) for n in (2, 3)]
    for each in (wrong, *right, declared(wrong, *(r["eventID"] for r in right))):
        send(doors("importer"), each)
    assert sorted(vehicle for _, vehicle in standing(doors)) == ["沪A00002", "沪A00003"]


def test_nobody_takes_back_what_another_party_stated(doors: Doors) -> None:
    wrong = picked_up("1")
    send(doors("importer"), wrong)
    assert send(doors("store"), declared(wrong)).status_code == 201
    assert standing(doors) == [(wrong["eventID"], "沪BH2345")]
    other = picked_up("2", **{"bh:vehicle": "沪A00002"})
    send(doors("importer"), other)
    send(doors("store"), declared(picked_up("9"), other["eventID"]))
    assert sorted(vehicle for _, vehicle in standing(doors)) == ["沪A00002", "沪BH2345"]


def test_declarations_are_found_by_query(doors: Doors) -> None:
    client, wrong = doors("importer"), event("1")
    right = event("2", bizStep="departing")
    for each in (wrong, declared(wrong, right["eventID"]), right):
        send(client, each)
    asked = {"EXISTS_errorDeclaration": "true", "EQ_errorReason": "incorrect_data", "EQ_correctiveEventID": right["eventID"],
             "GE_errorDeclarationTime": "2020-12-10T13:00:00+08:00", "LT_errorDeclarationTime": "2020-12-10T13:00:01+08:00"}  # fmt: skip
    for name, value in asked.items():
        assert events_of(client.get("/events", params={name: value})) == [declared(wrong, right["eventID"])], name
    assert len(all_pages(client, "/events", {"EXISTS_errorDeclaration": "false"})) == 2
    found = rows(doors)
    assert found[wrong["eventID"]]["superseded_by"] is not None, "an ordinary event is taken back too"
    assert found[right["eventID"]]["supersedes"] is not None


def test_rows_made_anew_from_the_bytes_are_the_same(doors: Doors) -> None:
    wrong, right = picked_up("1"), picked_up("2", **{"bh:vehicle": "沪A00002"})
    for each in (right, declared(wrong, right["eventID"]), wrong):
        send(doors("importer"), each)
    before = {sent: dict(row) for sent, row in rows(doors).items()}
    house = doors.town.house
    with house.db.write(system("rebuild")) as w:
        w.write(sa.text("UPDATE meta SET value = '0' WHERE key = 'cursor.rows'"))
    house.catch_up()
    assert {sent: dict(row) for sent, row in rows(doors).items()} == before
    assert standing(doors) == [(wrong["eventID"], "沪A00002")]
