"""The test cadence, reading by reading (R1 to R10); every expected answer is worked out by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.apps.staff_loop.tests.shifts_story import answers, judged, post, result, sampled, step, witness
from bihuan.base.rules.model import Limits

RULE = "test_cadence"


def left(when: str, id: str = "end", **fields: Any) -> dict[str, Any]:
    return step(id, "post_ended", when, **{"person": "P", "post": "pilot", "employer": "E", **fields})


def leave(start: str, end: str) -> dict[str, Any]:
    return step("leave", "on_leave", start, person="P", from_=f"{start}T00:00:00+08:00", to=f"{end}T00:00:00+08:00")


def test_r1_due_is_midnight_and_that_very_instant_is_too_late() -> None:
    told = (post("2022-08-01"), sampled("t", "2022-08-02"))
    assert answers(RULE, *told, now="2022-08-02", w="2022-08-02")["post"] == "violated", "24:00 of 1 August belongs to the next day"
    assert answers(RULE, post("2022-08-01"), now="2022-08-01 23:59")["post"] == "undecided"
    assert answers(RULE, post("2022-08-01"), now="2022-08-02", w="2022-08-01 23:59")["post"] == "undecided"


def test_r2_days_are_civil_days() -> None:
    told = (post("2022-06-01"), sampled("a", "2022-06-01 00:05"), sampled("b", "2022-06-03 23:59"))
    assert answers(RULE, *told, now="2022-06-04")["a"] == "satisfied", "nearly three times 24 hours, and within two civil days after"


@pytest.mark.parametrize(("when", "answer"), [("2022-06-02 23:59", "satisfied"), ("2022-06-03 00:00", "violated")])
def test_r3_the_first_sample_comes_within_the_first_days(when: str, answer: str) -> None:
    assert answers(RULE, post("2022-06-01"), sampled("t", when))["post"] == answer


def test_r4_what_is_not_due_lapses_and_leave_counts_anew() -> None:
    told = (post("2022-06-01"), sampled("t", "2022-06-01 08:00"), leave("2022-06-03", "2022-06-10"), left("2022-06-11"))
    assert answers(RULE, *told) == {"post": "satisfied", "t": "satisfied", "leave": "satisfied"}
    assert witness(RULE, "t", *told) == ("t", "leave")
    assert witness(RULE, "leave", *told) == ("leave", "end")
    late = (post("2022-06-01"), leave("2022-06-03", "2022-06-10"))
    assert answers(RULE, *late)["post"] == "violated", "it was due at the very instant at which leave begins"


def test_r5_inconclusive_is_no_test_positive_is() -> None:
    told = (post("2022-08-01"), sampled("t", "2022-08-01 09:00"))
    assert answers(RULE, *told, now="2022-08-02")["post"] == "satisfied"
    unclear = answers(RULE, *told, result("r", "2022-08-01 09:00", "inconclusive", "2022-08-01 20:00"), now="2022-08-02")
    assert unclear == {"post": "violated"}
    assert answers(RULE, *told, result("r", "2022-08-01 09:00", "positive", "2022-08-01 20:00"), now="2022-08-02")["post"] == "satisfied"


def test_r6_several_samplings_of_a_day_open_one_window() -> None:
    told = (post("2022-08-01"), sampled("b", "2022-08-01 18:00"), sampled("a", "2022-08-01 09:00"), sampled("a2", "2022-08-01 09:00"))
    assert set(answers(RULE, *told, now="2022-08-02")) == {"post", "a"}


def test_r7_one_violated_window_a_gap() -> None:
    told = (post("2022-08-01"), sampled("a", "2022-08-01 09:00"), sampled("b", "2022-08-20 09:00"))
    found = answers(RULE, *told, now="2022-08-20 10:00")
    assert found == {"post": "satisfied", "a": "violated", "b": "undecided"}
    assert witness(RULE, "a", *told) == ("a",)


def test_r8_another_employer_without_pause_goes_on_another_risk_does_not() -> None:
    moved = post("2022-06-03", "post2", employer="F")
    told = (post("2022-06-01"), sampled("a", "2022-06-02 09:00"), left("2022-06-03"), moved)
    assert answers(RULE, *told) == {"post": "satisfied", "a": "violated"}
    paused = post("2022-06-04", "post2", employer="F")
    assert answers(RULE, post("2022-06-01"), sampled("a", "2022-06-02 09:00"), left("2022-06-03"), paused) == {
        "post": "satisfied", "a": "satisfied", "post2": "violated",
    }  # fmt: skip
    lower = post("2022-06-03", "post2", risk="low")
    found = judged(RULE, post("2022-06-01"), sampled("a", "2022-06-02 09:00"), lower)
    assert (found["a"].answer, found["a"].witness) == ("satisfied", ("a", "post2"))
    assert (found["post2"].answer, found["post2"].missing) == ("undecided", ("limit:test_cadence.low",))


def test_r9_an_old_row_keeps_its_window_and_a_first_row_opens_one() -> None:
    told = (post("2022-07-01"), *(sampled(f"t{n}", f"2022-07-0{n} 09:00") for n in range(1, 5)), sampled("t6", "2022-07-06 23:00"))
    found = judged(RULE, *told, now="2022-07-08")
    assert found["t4"].answer == "satisfied", "the last sample before the tenth edition still gives two days"
    assert found["t4"].limit == "test_cadence.high/port/2021-11-06"
    assert (found["t6"].answer, found["t6"].limit) == ("violated", "test_cadence.high/port/2022-07-05")
    airport = post("2021-11-01", area="airport")
    row = "test_cadence.high/airport/2021-11-06"
    assert answers(RULE, airport, now="2021-11-08") == {"post": "undecided", row: "violated"}
    assert answers(RULE, airport, sampled("t", "2021-11-07 23:00"), now="2021-11-08") == {
        "post": "undecided", row: "satisfied", "t": "undecided",
    }  # fmt: skip


def test_r10_weeks_are_whole_and_days_distinct() -> None:
    other = post("2021-11-10", area="airport", risk="other")
    twice_a_day = (sampled("a", "2021-11-16 09:00"), sampled("b", "2021-11-16 18:00"))
    found = judged(RULE, other, *twice_a_day, now="2021-11-22")
    assert {w: v.answer for w, v in found.items()} == {"week:2021-11-15": "violated", "week:2021-11-22": "undecided"}
    assert found["week:2021-11-15"].witness == ("post",)
    good = judged(RULE, other, *twice_a_day, sampled("c", "2021-11-21 23:59"), now="2021-11-22")["week:2021-11-15"]
    assert (good.answer, good.witness) == ("satisfied", ("post", "a", "c"))
    assert "week:2021-11-15" not in answers(RULE, other, leave("2021-11-18", "2021-11-19"), now="2021-11-23")


def test_no_row_at_all_is_undecided() -> None:
    assert answers(RULE, post("2022-08-01"), limits=Limits()) == {"post": "undecided"}


def test_two_numbers_of_one_person_are_one_person() -> None:
    merged = step("m", "id_merged", "2022-09-01", from_="Q", into="P")
    told = (post("2022-08-01"), sampled("t", "2022-08-01 09:00", person="Q"))
    assert answers(RULE, *told, now="2022-08-02")["post"] == "violated"
    assert answers(RULE, *told, merged, now="2022-08-02") == {"post": "satisfied", "t": "undecided"}


_WORLD = [
    post("2022-07-01"), sampled("a", "2022-07-02 08:00"), sampled("b", "2022-07-04 08:00"), sampled("c", "2022-07-06 08:00"),
    {**sampled("c2", "2022-07-05 08:00"), "supersedes": "c", "received": "2022-07-09T00:00:00+08:00"},
    result("r", "2022-07-02 08:00", "inconclusive", "2022-07-03"), leave("2022-07-08", "2022-07-12"), left("2022-07-20"),
    step("m", "id_merged", "2022-07-01", from_="Q", into="P"), sampled("q", "2022-07-13 08:00", person="Q"),
]  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.lists(st.integers(0, len(_WORLD) - 1), max_size=6))
def test_order_doubles_and_corrections_change_nothing(seed: int, doubles: list[int]) -> None:
    told = [*_WORLD, *(_WORLD[n] for n in doubles)]
    random.Random(seed).shuffle(told)
    assert judged(RULE, *told) == judged(RULE, *_WORLD)
    right = [{**sampled("c", "2022-07-05 08:00")} if each["id"] == "c" else each for each in _WORLD if each["id"] != "c2"]
    assert answers(RULE, *told) == answers(RULE, *right)
