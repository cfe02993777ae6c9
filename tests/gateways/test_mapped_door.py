"""A partner's file in at the door: kept, judged, shown; what is refused lies in quarantine with its row and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bihuan.base.principal import system
from bihuan.base.records.quarantine import quarantined
from bihuan.base.rules.subjects import completeness

from .conftest import Doors

FIXTURES = Path(__file__).parents[2] / "src" / "bihuan" / "apps" / "cold_chain" / "tests" / "fixtures"


def send(client: TestClient, mapping: str, file: str, **headers: str):  # type: ignore[no-untyped-def]
    return client.post(f"/v1/mapped/{mapping}", content=(FIXTURES / file).read_bytes(), headers=headers)


def test_a_file_becomes_subjects_and_the_same_file_again_nothing_new(doors: Doors) -> None:
    customs = doors("customs")
    answer = send(customs, "yitong_customs_release", "yitong_release_1.xml")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["rows"], told["records"], told["taken"], told["row_faults"]) == (2, 2, 2, [])
    assert told["complete_before"] == "2020-12-08T16:00:00+08:00"
    job = customs.get(answer.headers["location"]).json()
    assert job["success"] and not job["running"] and job["taken"] == 2
    subjects = {row["id"] for row in customs.get("/v1/share/subjects").json()["items"]}
    assert subjects == {"container:CSQU3054383", "container:SUDU1234569", "lot:L1", "lot:L2", "lot:批/7"}

    again = send(customs, "yitong_customs_release", "yitong_release_1.xml")
    assert again.status_code == 202
    assert len(customs.get("/v1/records/customs_released").json()["items"]) == 2

    correction = send(customs, "yitong_customs_release", "yitong_release_2.xml")
    assert correction.status_code == 202
    items = customs.get("/v1/records/customs_released?subject=lot:L1").json()["items"]
    assert [(item["id"], item["superseded_by"] is None) for item in items] == [
        ("YT-M202012080001-CSQU3054383", False),
        ("YT-M202012090007-CSQU3054383", True),
    ]


def test_proceed_takes_good_rows_and_sets_the_others_aside(doors: Doors) -> None:
    answer = send(doors("customs"), "sipg_pick_up", "sipg_pick_up_bad.csv")
    assert answer.status_code == 202
    told = answer.json()
    assert (told["taken"], told["row_fault_count"], told["complete_before"]) == (1, 6, None)
    first = told["row_faults"][0]
    assert (first["row"], first["place"], first["code"]) == (3, "line 5", "cells") and first["zh"]
    items = quarantined(doors.town.house.db.reader(system("test")))
    assert len(items) == 4
    assert {item["door"] for item in items} == {"mapped:sipg_pick_up"}
    assert any("line 4 码头 (place)" in item["faults"] for item in items)


def test_rollback_takes_all_or_nothing(doors: Doors) -> None:
    headers = {"GS1-Capture-Error-Behaviour": "rollback"}
    answer = send(doors("customs"), "sipg_pick_up", "sipg_pick_up_bad.csv", **headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["code"] == "row_faults" and len(told["faults"]) == 6 and told["taken"] == 0
    assert doors("customs").get("/v1/records/picked_up").json()["items"] == []
    [item] = quarantined(doors.town.house.db.reader(system("test")))
    assert item["media"] == "text/csv"


def test_what_the_house_refuses_is_led_back_to_the_row(doors: Doors) -> None:
    future = (FIXTURES / "sipg_pick_up_1.csv").read_bytes().replace(b"2020-12-10,10:02:30", b"2020-12-11,10:02:30")
    answer = doors("customs").post("/v1/mapped/sipg_pick_up", content=future)
    assert answer.status_code == 202
    told = answer.json()
    assert told["taken"] == 1
    assert [(f["row"], f["place"], f["code"]) for f in told["row_faults"]] == [(4, "line 6", "future")]

    changed = (FIXTURES / "sipg_pick_up_1.csv").read_bytes().replace(b"D-17", b"D-99")
    clash = doors("customs").post("/v1/mapped/sipg_pick_up", content=changed).json()
    assert [(f["row"], f["code"]) for f in clash["row_faults"]] == [(1, "conflict")]


def test_file_time_says_how_far_the_feed_is_complete(doors: Doors) -> None:
    def until() -> int | None:
        return completeness(doors.town.house.db.reader(system("test"))).until.get("picked_up")

    send(doors("customs"), "sipg_pick_up", "sipg_pick_up_1.csv")
    assert until() is None
    headers = {"Bihuan-File-Time": "2020-12-10T12:00:00+08:00"}
    told = send(doors("customs"), "sipg_pick_up", "sipg_pick_up_1.csv", **headers).json()
    assert told["complete_before"] == "2020-12-10T11:50:00+08:00"
    stated = until()
    earlier = {"Bihuan-File-Time": "2020-12-10T11:00:00+08:00"}
    send(doors("customs"), "sipg_pick_up", "sipg_pick_up_1.csv", **earlier)
    assert until() == stated and stated is not None
    later = {"Bihuan-File-Time": "2020-12-12T12:00:00+08:00"}
    assert send(doors("customs"), "sipg_pick_up", "sipg_pick_up_1.csv", **later).status_code == 422


def test_a_trip_is_on_the_road_and_then_there(doors: Doors) -> None:
    customs = doors("customs")
    send(customs, "yitong_customs_release", "yitong_release_1.xml")
    send(customs, "sipg_pick_up", "sipg_pick_up_1.csv")
    on_road = customs.get("/v1/share/trips").json()["items"]
    assert {row["id"] for row in on_road} == {"container:CSQU3054383", "container:SUDU1234569"}
    assert on_road[0]["stage_zh"] == "在途" and on_road[0]["stage_at"] == "2020-12-10T09:12:00+08:00"
    assert send(customs, "jiaotong_trip", "jiaotong_trip_1.json").json()["taken"] == 6
    assert [row["label"] for row in customs.get("/v1/share/trips").json()["items"]] == ["SUDU1234569"]


def test_the_list_and_the_file_itself(doors: Doors) -> None:
    items = doors("importer").get("/v1/mapped").json()["items"]
    assert {item["id"]: item["format"] for item in items} == {
        "jiaotong_trip": "json",
        "sipg_pick_up": "csv",
        "yitong_customs_release": "xml",
    }
    shown = doors("importer").get("/v1/mapped/sipg_pick_up")
    assert shown.headers["content-type"].startswith("application/yaml") and "id: sipg_pick_up" in shown.text
    assert doors("importer").get("/v1/mapped/none").status_code == 404


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04\x00", b"<a/>", "列\n".encode("utf-16"), b"\xff" * 50])
@pytest.mark.parametrize("mapping", ["yitong_customs_release", "sipg_pick_up", "jiaotong_trip"])
def test_junk_is_a_problem_and_lies_in_quarantine(doors: Doors, mapping: str, junk: bytes) -> None:
    answer = doors("customs").post(f"/v1/mapped/{mapping}", content=junk)
    if answer.status_code == 200:  # an XML that holds no release
        assert answer.json()["records"] == 0
        return
    assert answer.status_code in (413, 415, 422) and answer.json()["faults"]
    assert len(quarantined(doors.town.house.db.reader(system("test")))) == 1


def test_without_a_token_nothing(doors: Doors) -> None:
    nobody = TestClient(doors.app)
    answer = nobody.post("/v1/mapped/sipg_pick_up", content=b"x")
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
