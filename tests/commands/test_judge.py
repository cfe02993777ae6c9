"""`bihuan judge` and `check-id`: what an outsider runs without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.cli import app

NOW = "2020-12-12T00:00:00+08:00"
NS = "https://bihuan.example/ns/cold-chain/"
LIMITS = [
    {"id": "gap", "name": "booking_min_gap", "value": "60", "unit": "min", "area": "", "valid_from": None,
     "valid_to": None, "source": "test"},
    {"id": "road", "name": "transport_max", "value": "6", "unit": "h", "area": "31", "valid_from": None,
     "valid_to": None, "source": "test"},
]  # fmt: skip


def judged(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["judge", "--json", "--now", NOW, *arguments])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def step(name: str, record: str, time: str, **fields: Any) -> dict[str, Any]:
    return {"id": record, "step": name, "time": time, **fields}


TRIP = [
    step("picked_up", "p1", "2020-12-10T09:12:00+08:00", container="CSQU3054383", vehicle="沪B·H2345", driver="D1",
         place="YS", area="310115"),
    step("arrived_warehouse", "a1", "2020-12-10T14:40:00+08:00", container="CSQU3054383", vehicle="沪BH2345",
         warehouse="W1", area="310115"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "limits.json").write_text(json.dumps(LIMITS))
    (tmp_path / "trip.jsonl").write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in TRIP))
    return tmp_path


def by_rule(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["rule"]: line for line in lines}


def test_records_are_judged_with_given_limits(folder: Path) -> None:
    found = by_rule(judged(str(folder / "trip.jsonl"), "--limits", str(folder / "limits.json")))
    assert found["overtime"]["verdict"] == "satisfied"
    assert found["overtime"]["limit"] == "road"
    assert found["overtime"]["window"] == "p1"
    assert set(found["overtime"]["witness"]) == {"p1", "a1"}
    assert found["no_booking_before_entry"]["verdict"] == "undecided", "a type that is absent has no feed"
    assert found["too_warm"]["verdict"] == "undecided"
    assert "no limit in force" in found["too_warm"]["reason"]


def test_a_stated_completeness_holds_for_absent_types_too(folder: Path) -> None:
    arguments = [str(folder / "trip.jsonl"), "--limits", str(folder / "limits.json"), "--complete-before", NOW]
    found = by_rule(judged(*arguments))
    assert found["no_booking_before_entry"]["verdict"] == "violated"


def test_what_has_not_happened_shows_only_what_it_would_change(folder: Path) -> None:
    (folder / "kept.jsonl").write_text(json.dumps(TRIP[0], ensure_ascii=False))
    (folder / "plan.jsonl").write_text(json.dumps(TRIP[1], ensure_ascii=False))
    arguments = [str(folder / "kept.jsonl"), "--limits", str(folder / "limits.json"), "--complete-before", NOW]
    [before] = [line for line in judged(*arguments) if line["rule"] == "overtime"]
    found = judged(*arguments, "--suppose", str(folder / "plan.jsonl"))
    [changed] = [line for line in found if line["rule"] == "overtime"]
    assert before["verdict"] == "violated"
    assert (changed["was"], changed["verdict"], changed["effect"]) == ("violated", "satisfied", "satisfied")
    [entry] = [line for line in found if line["rule"] == "no_booking_before_entry"]
    assert (entry["was"], entry["effect"]) == (None, "violated")
    assert next(line["effect"] for line in found) == "violated", "the worst first"
    assert not any(line["rule"] == "too_warm" for line in found), "what stays the same is left out"
    done = CliRunner().invoke(app, ["judge", "--now", NOW, *arguments, "--suppose", str(folder / "plan.jsonl")])
    assert all(len(line.split("\t")) == 10 for line in done.stdout.splitlines())


def test_what_was_received_later_was_not_known_then(folder: Path) -> None:
    late = [{**TRIP[0], "received": "2020-12-10T09:13:00+08:00"}, {**TRIP[1], "received": "2020-12-11T09:00:00+08:00"}]
    (folder / "late.json").write_text(json.dumps({"records": late}, ensure_ascii=False))
    arguments = [str(folder / "late.json"), "--limits", str(folder / "limits.json"), "--received-until"]
    then = by_rule(judged(*arguments, "2020-12-10T12:00:00+08:00"))
    assert "no_booking_before_entry" not in then
    assert then["overtime"]["verdict"] != "satisfied"
    assert by_rule(judged(*arguments, NOW))["overtime"]["verdict"] == "satisfied"


def test_events_and_records_of_one_story_give_one_verdict(folder: Path) -> None:
    event = {
        "type": "ObjectEvent", "eventID": f"{NS}id/p1", "eventTime": "2020-12-10T09:12:00+08:00",
        "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "bizStep": "departing", "disposition": "in_transit",
        "epcList": ["urn:epc:id:bic:CSQU3054383"], "readPoint": {"id": f"{NS}place/YS"}, "bh:step": "picked_up",
        "bh:vehicle": "沪B·H2345", "bh:driver": "D1", "bh:area": "310115",
    }  # fmt: skip
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"bh": NS}],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2020-12-10T09:13:00+08:00",
        "epcisBody": {"eventList": [event]},
    }  # fmt: skip
    (folder / "event.jsonld").write_text(json.dumps(document, ensure_ascii=False))
    (folder / "rest.json").write_text(json.dumps([TRIP[1]], ensure_ascii=False))
    limits = ["--limits", str(folder / "limits.json")]
    mixed = judged(str(folder / "event.jsonld"), str(folder / "rest.json"), *limits)
    assert mixed == judged(str(folder / "trip.jsonl"), *limits)


def test_one_line_a_verdict(folder: Path) -> None:
    done = CliRunner().invoke(app, ["judge", "--now", NOW, str(folder / "trip.jsonl")])
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert all(len(line) == 8 for line in lines)
    assert {line[0] for line in lines} >= {"overtime", "not_as_booked", "no_booking_before_entry"}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"nothing", "JSON"), (b'[{"id": "x"}]', "step"), (b'[{"id": "x", "step": "flown", "time": "2020-12-10T09:12:00+08:00"}]', "flown"),
     (b"\xff\xfe\x00", "UTF-8"), (b'{"epcisBody": {}}', "type")],
)  # fmt: skip
def test_a_wrong_file_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.json").write_bytes(content)
    done = CliRunner().invoke(app, ["judge", str(tmp_path / "x.json")])
    assert done.exit_code == 2
    assert said in done.output


def test_an_empty_file_has_no_verdicts(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"")
    assert judged(str(tmp_path / "x.jsonl")) == []


def test_a_missing_file_and_a_wrong_time_are_told(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["judge", str(tmp_path / "none.json")]).exit_code == 2
    assert CliRunner().invoke(app, ["judge", str(tmp_path / "none.json"), "--now", "soon"]).exit_code == 2


def test_codes_are_checked_line_by_line() -> None:
    done = CliRunner().invoke(app, ["check-id", "container"], input="CSQU3054383\nCSQU3054384\n")
    first, second = done.stdout.splitlines()
    assert first == "CSQU3054383\tok"
    assert second.startswith("CSQU3054384\t") and "3" in second.partition("\t")[2]
    assert CliRunner().invoke(app, ["check-id", "phone"], input="").exit_code == 2
