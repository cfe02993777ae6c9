"""What names a person never reaches the hashed bytes: kept apart under a key, shown with a reason, gone with the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bihuan.base.catalog import House
from bihuan.base.clock import HOUR, SeededChance, SetClock
from bihuan.base.db import Open, metadata
from bihuan.base.errors import BihuanError, Invalid, NotFound, StepUpNeeded
from bihuan.base.identity import access_log_of
from bihuan.base.ledger import entry, receipt
from bihuan.base.principal import Grant, Principal, system
from bihuan.base.records import RECORD, record
from bihuan.base.records.quarantine import quarantined
from bihuan.base.records.sealed import erase_parts, has_parts, reveal_parts, sealed, sealed_key
from bihuan.gateways.epcis import capture as take_document
from bihuan.gateways.epcis import routes, run_job, unfinished
from bihuan.main import build
from bihuan.settings import Settings
from houses import NOW, Town, town

from .conftest import Doors
from .epcis_door import OURS, capture, document, dump, event, events_of, ids_of, picked_up, send

NAME, PHONE, NUMBER = "欧阳慕容娜仁", "13912345678", "310101199001011234"
PERSONAL = {"bh:driverName": NAME, "bh:driverPhone": PHONE, "bh:driverId": NUMBER}
ANYTHING = Open("the test looks at the whole table")


def named(number: str = "1", **fields: Any) -> dict[str, Any]:
    return picked_up(number, **PERSONAL, **{"bh:crew": [{"bh:driverName": NAME, "bh:seat": 2}], **fields})


def clean(value: dict[str, Any]) -> dict[str, Any]:
    left = {k: v for k, v in value.items() if k not in PERSONAL}
    return {**left, "bh:crew": [{"bh:seat": 2}]}


CUT = {"bh:driverName": NAME, "bh:driverPhone": PHONE, "bh:driverId": NUMBER, "bh:crew[0].bh:driverName": NAME}


def inspector(made: Town, area: str = "310115", *, confirmed: bool = True, may: str = "act") -> Principal:
    grants = (Grant(area, "cold_chain", frozenset({"read", may})),)
    who = made.people["inspector"]
    return Principal("person", who, person=who, grants=grants, confirmed_at=made.clock.now() if confirmed else None)


def nowhere(made: Town) -> None:
    """Nothing in any table holds a personal value in clear."""
    reader = made.house.db.reader(system("test"))
    for table in metadata.sorted_tables:
        for row in reader.rows(sa.select(table), ANYTHING):
            held = repr(tuple(row.values())).encode() + b"".join(v for v in row.values() if isinstance(v, bytes))
            assert not any(part.encode() in held for part in (NAME, PHONE, NUMBER)), table.name


def test_a_single_event_is_kept_without_what_names_its_driver(doors: Doors) -> None:
    client, made = doors("importer"), doors.town
    answer = send(client, named())
    assert answer.status_code == 201
    assert events_of(client.get(answer.headers["location"])) == [clean(named())]
    nowhere(made)
    with made.house.db.write(inspector(made)) as w:
        assert reveal_parts(w, answer.json()["record"], "事故调查", "10.0.0.7") == CUT
    [look] = access_log_of(made.house.db.reader(system("test")), kind="record")
    assert (look.row, look.why, look.address, look.person) == (
        answer.json()["record"], "事故调查", "10.0.0.7", made.people["inspector"],
    )  # fmt: skip
    again = send(client, named())
    assert again.json() == {**answer.json(), "repeated": True}


def test_what_is_cut_changes_nothing_else(doors: Doors) -> None:
    """Numbers, order and other events stay byte by byte; a document without such members is untouched."""
    client = doors("importer")
    exact = b'{"type":"ObjectEvent","eventID":"urn:x:1","eventTime":"2020-12-10T12:00:00Z","eventTimeZoneOffset":"+08:00",'
    exact = exact.replace(b"12:00:00Z", b"02:00:00Z") + b'"action":"OBSERVE","epcList":[],"bh:a":1.50,"bh:driverName":"x","bh:b":-0.0,"bh:c":12345678901234567890123}'
    untouched = b'{ "type":"ObjectEvent","eventTime":"2020-12-10T02:00:00Z","eventTimeZoneOffset":"+08:00","action":"OBSERVE","epcList":[ ] , "bh:k":1.50E+1}'
    body = document("A", "B").replace(b'"A"', exact).replace(b'"B"', untouched)
    assert capture(client, body)["success"]
    kept = client.get("/events").content
    assert exact.replace(b'"bh:driverName":"x",', b"") in kept
    assert untouched in kept


def test_other_prefixes_and_full_names_are_the_same_members(doors: Doors) -> None:
    client, made = doors("importer"), doors.town
    other = event("1", **{"cc:driverName": NAME, OURS + "driverPhone": PHONE})
    own = event("2", **{"@context": [{"zz": OURS}], "zz:driverId": NUMBER})
    head = {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"cc": OURS}]}
    job = capture(client, document(other, own, **head, **{"cc:driverName": NAME}), bihuan_reading="lenient")
    assert job["taken"] == 2
    nowhere(made)
    reader = made.house.db.reader(system("test"))
    assert reader.count(sa.select(sealed), ANYTHING) == 3, "of a header nothing is kept"


@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_what_lies_in_quarantine_names_nobody_and_is_whole_once_taken(doors: Doors, behaviour: str) -> None:
    client, made = doors("importer"), doors.town
    future = {"eventTime": "2020-12-10T15:00:00+08:00"}
    job = capture(client, document(named("1", **future), named("2", action=None)), gs1_capture_error_behaviour=behaviour)
    assert job["success"] is False
    send(client, named("3", **future))
    nowhere(made)
    made.clock.advance(2 * HOUR)
    reader = made.house.db.reader(system("test"))
    for row in quarantined(reader):
        made.house.resend(row["id"])
    taken = {"rollback": ["3"], "proceed": ["1", "3"]}[behaviour]
    assert sorted(ids_of(client.get("/events"))) == [event(n)["eventID"] for n in taken]
    if behaviour == "proceed":
        assert events_of(client.get(f"/events/{event('1')['eventID']}")) == [clean(named("1", **future))]
        [row] = reader.rows(sa.select(record.c.ref).where(record.c.sent == event("1")["eventID"]), RECORD)
        with made.house.db.write(inspector(made)) as w:
            assert reveal_parts(w, row["ref"], "核对") == CUT
    nowhere(made)


def test_only_who_acts_there_may_look_and_only_with_a_reason(doors: Doors) -> None:
    made = doors.town
    ref = send(doors("importer"), named()).json()["record"]
    own = Principal("person", "x", party=made.organisations["importer"], capabilities=frozenset({"draft"}))
    manager = Principal("person", "y", party=made.organisations["importer"], capabilities=frozenset({"manage"}))
    refused: list[tuple[Principal, str, type[BihuanError]]] = [
        (inspector(made), "  ", Invalid),
        (inspector(made, "310107"), "看看", NotFound),
        (inspector(made, may="export"), "看看", NotFound),
        (own, "看看", NotFound),
        (Principal("token", "t", party=made.organisations["store"], capabilities=frozenset({"manage"})), "看看", NotFound),
    ]
    for who, why, error in refused:
        with pytest.raises(error), made.house.db.write(who) as w:
            reveal_parts(w, ref, why)
        with pytest.raises(error), made.house.db.write(who) as w:
            erase_parts(w, ref, why)
    with pytest.raises(NotFound), made.house.db.write(inspector(made)) as w:
        reveal_parts(w, "none", "看看")
    assert access_log_of(made.house.db.reader(system("test")), kind="record") == ()
    with made.house.db.write(manager) as w:
        assert reveal_parts(w, ref, "司机申请查阅")["bh:driverPhone"] == PHONE
    with pytest.raises(StepUpNeeded), made.house.db.write(inspector(made, confirmed=False)) as w:
        erase_parts(w, ref, "申请删除")


def test_once_erased_nothing_brings_it_back(doors: Doors) -> None:
    client, made = doors("importer"), doors.town
    ref = send(client, named()).json()["record"]
    reader = made.house.db.reader(system("test"))
    before = reader.rows(sa.select(entry.c.leaf), ANYTHING)
    with made.house.db.write(inspector(made)) as w:
        erase_parts(w, ref, "申请删除")
        assert reveal_parts(w, ref, "再看") == {}
    assert send(client, named()).json()["repeated"] is True
    with made.house.db.write(inspector(made)) as w:
        assert reveal_parts(w, ref, "再看") == {}
    assert reader.count(sa.select(sealed), ANYTHING) == 0
    assert {bytes(row["key"]) for row in reader.rows(sa.select(sealed_key), ANYTHING)} == {bytes(32)}
    assert reader.rows(sa.select(entry.c.leaf), ANYTHING) == before, "the proof stands"
    assert not has_parts(reader, made.organisations["importer"], dump(clean(named())))
    made.house.sign()
    assert receipt(reader, 0, with_body=True)
    whys = [each.why for each in access_log_of(reader, kind="record")]
    assert whys == ["再看", "再看", "erase: 申请删除"]


def test_a_value_moved_to_another_event_does_not_open(doors: Doors) -> None:
    made = doors.town
    one, two = (send(doors("importer"), named(n)).json()["record"] for n in ("1", "2"))
    with made.house.db.write(inspector(made)) as w:
        first, second = w.rows(sa.select(sealed_key.c.owner), ANYTHING)
        w.write(sa.delete(sealed).where(sealed.c.owner == second["owner"]))
        w.write(sa.update(sealed).where(sealed.c.owner == first["owner"]).values(owner=second["owner"]))
        assert reveal_parts(w, one, "看") == reveal_parts(w, two, "看") == {}


def store_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_byte_of_a_name_is_in_the_store_before_or_after_erasure(tmp_path: Path) -> None:
    made = town(tmp_path)
    client = TestClient(Starlette(routes=routes(made.house)), headers={"Authorization": f"Bearer {made.tokens['importer']}"})
    ref = send(client, named("1")).json()["record"]
    capture(client, document(named("2"), named("3", action=None)))
    capture(client, document(named("4"), named("5", action=None)), gs1_capture_error_behaviour="proceed")
    send(client, named("1", bizStep="storing"))
    for _ in range(2):
        stored = store_bytes(tmp_path)
        assert event("4")["eventID"].encode() in stored
        for value in (NAME, PHONE, NUMBER):
            assert value.encode() not in stored
            assert json.dumps(value).encode() not in stored
        with made.house.db.write(inspector(made)) as w:
            erase_parts(w, ref, "申请删除")
    made.house.db.close()


def test_a_job_cut_short_is_judged_at_the_next_start(tmp_path: Path) -> None:
    """The document is durable before it is answered: a killed process loses nothing, and nothing comes twice."""
    first = town(tmp_path)
    sent_by = Principal("token", "t", party=first.organisations["importer"], capabilities=frozenset({"draft"}))
    job = take_document(first.house, sent_by, document(named("1"), event("2")), "rollback", "strict")
    bad = take_document(first.house, sent_by, document(event("3"), event("4", action=None)), "proceed", "strict")
    assert unfinished(first.house.db.reader(system("test"))) == [job, bad]
    first.house.db.close()

    second = restarted(tmp_path)
    client = TestClient(Starlette(routes=routes(second)), headers={"Authorization": f"Bearer {first.tokens['importer']}"})
    assert unfinished(second.db.reader(system("test"))) == []
    assert client.get(f"/capture/{job}").json()["taken"] == 2
    assert (client.get(f"/capture/{bad}").json()["taken"], client.get(f"/capture/{bad}").json()["success"]) == (1, False)
    assert len(events_of(client.get("/events"))) == 3
    run_job(second, job)
    assert capture(client, document(named("1"), event("2")))["captureID"] == job
    assert len(events_of(client.get("/events"))) == 3
    second.db.close()


def restarted(folder: Path) -> House:
    """The house of a folder as another process finds it."""
    settings = Settings(data=folder, origin="demo/test", public_url="http://testserver")
    return build(settings, clock=SetClock(NOW), chance=SeededChance(8))
