"""Closed-loop cycles (R18 to R20), ships into domestic trade (R23, R24), and the Pudong events of November 2020."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.apps.staff_loop.contacts import Contact, Presence, lifted_on, met, rings
from bihuan.apps.staff_loop.tests.shifts_story import (
    all_judged,
    answers,
    judged,
    post,
    result,
    sampled,
    shift,
    step,
    witness,
)
from bihuan.base.clock import day_start, iso
from bihuan.base.rules.limits import load_limits

CYCLE, SHIP = "closed_loop_cycle", "ship_to_domestic"
DATA = Path(os.environ.get("BIHUAN_DATA", Path(__file__).resolve().parents[6] / "shared" / "data"))


def cycle(when: str, pattern: str = "14+7+7") -> dict[str, Any]:
    return step("c", "cycle_start", when, person="P", pattern=pattern, area="port")


def phase(name: str, start: str, end: str | None, kind: str) -> list[dict[str, Any]]:
    begun = step(f"{name}1", "quarantine_start", start, person="P", kind=kind)
    return [begun] if end is None else [begun, step(f"{name}2", "quarantine_end", end, person="P", kind=kind)]


def samples(*days: str) -> list[dict[str, Any]]:
    return [sampled(f"t{day}", f"{day} 10:00") for day in days]


OLD = [
    post("2022-01-01"), cycle("2022-03-01 08:00"), *phase("q", "2022-03-15 09:00", "2022-03-22", "central"),
    *samples("2022-03-15", "2022-03-18", "2022-03-21"), *phase("h", "2022-03-22 09:00", "2022-03-29", "home_monitoring"),
]  # fmt: skip


def without(*names: str) -> list[dict[str, Any]]:
    return [each for each in OLD if each["id"] not in names]


def test_a_whole_cycle_is_satisfied_once_the_input_is_past_it() -> None:
    assert answers(CYCLE, *OLD, now="2022-03-29", w="2022-03-29") == {"c": "satisfied"}
    assert answers(CYCLE, *OLD, now="2022-03-28") == {"c": "undecided"}
    assert answers(CYCLE, *without("h2")) == {"c": "undecided"}


def test_r18_the_rows_at_the_start_decide_not_the_pattern() -> None:
    new = [cycle("2022-07-05 08:00"), *phase("q", "2022-08-20 09:00", "2022-08-27", "home"), *samples("2022-08-20", "2022-08-23", "2022-08-26")]
    assert answers(CYCLE, *new) == {"c": "satisfied"}, "declared 14+7+7, judged X+7: any work, at home, no monitoring"
    old = [{**each, "pattern": "X+7"} if each["id"] == "c" else each for each in OLD]
    assert answers(CYCLE, *without("h1", "h2")) == {"c": "violated"}
    assert answers(CYCLE, *old) == {"c": "satisfied"}


@pytest.mark.parametrize(("day", "answer"), [("2022-03-15 23:59", "satisfied"), ("2022-03-16 00:00", "violated")])
def test_r19_quarantine_begins_by_the_day_after(day: str, answer: str) -> None:
    q = phase("q", day, "2022-03-23", "central")
    rest = [*samples("2022-03-15", "2022-03-16", "2022-03-18", "2022-03-19", "2022-03-21", "2022-03-22"), *phase("h", "2022-03-23", "2022-03-30", "home_monitoring")]
    assert answers(CYCLE, cycle("2022-03-01 08:00"), *q, *rest) == {"c": answer}
    at_home = [cycle("2022-03-01 08:00"), *phase("q", "2022-03-15 09:00", "2022-03-22", "home")]
    assert answers(CYCLE, *at_home) == {"c": "violated"}, "before the tenth edition quarantine at home is none"


def test_r20_it_lasts_to_midnight_of_its_last_day() -> None:
    early = [*without("q2"), step("q2", "quarantine_end", "2022-03-21 23:59", person="P", kind="central")]
    assert answers(CYCLE, *early, w=None) == {"c": "violated"}
    assert witness(CYCLE, "c", *early) == ("c", "q1", "q2")


def test_a_missing_test_or_a_shift_meanwhile_is_a_breach() -> None:
    assert answers(CYCLE, *without("t2022-03-18"), now="2022-03-19") == {"c": "violated"}
    assert answers(CYCLE, *without("t2022-03-18"), now="2022-03-18 23:00") == {"c": "undecided"}
    worked = shift("s", "2022-03-25 08:00", "2022-03-25 16:00", area="port")
    assert judged(CYCLE, *OLD, worked, w=None)["c"].witness == ("c", "q1", "s")
    assert answers(CYCLE, *OLD, result("r", "2022-03-18 10:00", "inconclusive", "2022-03-19")) == {"c": "violated"}
    assert answers(CYCLE, post("2022-01-01", risk="other"), cycle("2022-03-01 08:00")) == {}


def ship(*, into: str = "2022-08-08 10:00", days: tuple[int, ...] = (1, 2, 3, 5, 7), crew: tuple[str, ...] = ("X", "Y")) -> list[dict[str, Any]]:
    told = [step("a", "ship_arrived", "2022-08-01 10:00", ship="S", crew=list(crew), area="port"), step("d", "ship_to_domestic", into, ship="S")]
    for person in crew:
        for day in days:
            taken, issued = f"2022-08-0{day} 11:00", f"2022-08-0{day} 20:00"
            told += [sampled(f"t{person}{day}", taken, person=person), result(f"r{person}{day}", taken, "negative", issued, person=person)]
    return told


def test_r23_seven_full_days() -> None:
    assert answers(SHIP, *ship(), w=None) == {"d": "satisfied"}
    assert answers(SHIP, *ship(into="2022-08-08 09:59"), w=None) == {"d": "violated"}
    assert witness(SHIP, "d", *ship(into="2022-08-08 09:59")) == ("d", "a")


def test_r24_every_day_negative_and_none_positive() -> None:
    assert answers(SHIP, *ship(days=(1, 2, 3, 5))) == {"d": "violated"}
    assert answers(SHIP, *ship(days=(1, 2, 3, 5)), w="2022-08-08 10:00") == {"d": "undecided"}
    positive = [sampled("p", "2022-08-04 09:00", person="X"), result("pr", "2022-08-04 09:00", "positive", "2022-08-04 20:00", person="X")]
    assert judged(SHIP, *ship(), *positive, w=None)["d"].witness == ("d", "a", "pr")
    unclear = [{**each, "value": "inconclusive"} if each["id"] == "rX7" else each for each in ship()]
    assert answers(SHIP, *unclear) == {"d": "violated"}
    second = [sampled("z", "2022-08-07 15:00", person="X"), result("zr", "2022-08-07 15:00", "negative", "2022-08-08 10:00", person="X")]
    assert answers(SHIP, *unclear, *second) == {"d": "satisfied"}
    assert answers(SHIP, *[each for each in ship() if each["id"] != "d"]) == {}


_WORLD = [
    *OLD, *ship(), shift("s", "2022-03-25 08:00", "2022-03-25 16:00", area="port", work="cold_chain"),
    shift("o", "2022-05-01 08:00", "2022-05-01 16:00"), shift("n", "2022-05-01 15:00", "2022-05-01 20:00", person="Z", group="H"),
    step("pr", "protection_recorded", "2022-03-25 07:30", person="P", level=1, shift="s"),
    step("b", "boarded", "2022-03-25 09:00", person="P", ship="S", space="closed", shift="s"),
    step("ca", "crew_ashore", "2022-08-02 09:00", person="X", ship="S", reason="crew_change"),
    step("m", "id_merged", "2022-09-01", from_="Z", into="P"),
    step("x", "voided", "2022-09-01", supersedes="t2022-03-18"),
]  # fmt: skip


_VERDICTS = all_judged(*_WORLD)


@settings(deadline=None, max_examples=40)
@given(st.permutations(_WORLD), st.lists(st.sampled_from(_WORLD), max_size=5))
def test_no_verdict_depends_on_order_or_doubles(told: list[dict[str, Any]], doubles: list[dict[str, Any]]) -> None:
    assert all_judged(*doubles, *told) == _VERDICTS


def test_a_voided_sample_and_a_merged_person_count() -> None:
    assert answers(CYCLE, *_WORLD) == {"c": "violated"}
    assert answers("fixed_group_unmixed", *_WORLD) == {"o": "violated", "n": "violated"}, "one person in two groups at once"


def test_touching_presences_are_no_contact() -> None:
    there = [Presence("1", "place", "A", 0, 10), Presence("2", "place", "A", 10, 20), Presence("3", "place", "A", 5, 12)]
    assert met(there) == [Contact("1", "3", "place", 5, 10), Contact("2", "3", "place", 10, 12)]
    assert rings("1", met(there)) == [frozenset({"3"}), frozenset({"2"})]
    assert rings("1", met(there), since=10) == [frozenset(), frozenset()]


def test_the_events_of_pudong_in_november_2020() -> None:
    path = DATA / "small" / "staff-loop" / "case_pudong_2020_11.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not here; set BIHUAN_DATA to the folder of published data")
    case = json.loads(path.read_text(encoding="utf-8"))
    contacts = [Contact(str(one), str(other), how) for one, other, how in case["cluster_2020_11_20_23"]["contacts"]]
    assert rings("1", contacts) == [frozenset({"2", "3", "5"}), frozenset({"6"})]
    handling = next(event for event in case["events"] if event["type"] == "handling")
    assert handling["mask"] is False
    day = handling["date"]
    work = shift("handling", f"{day} 09:00", f"{day} 10:00", person="A", work="cold_chain")
    row = [{"id": "mask", "name": "protection_level.cold_chain", "value": 1, "unit": "1", "area": "airport", "source": "a mask is level 1"}]
    assert answers("protection_before_work", work, limits=load_limits(json.dumps(row))) == {"handling": "violated"}
    area = case["area"]
    lifted = lifted_on(date.fromisoformat(area["medium_from"]), 14)
    assert iso(day_start(lifted)).startswith(area["low_from"])
