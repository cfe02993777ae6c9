"""The judge agrees with the cases made by hand, and obeys laws that hold for every history."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .histories import random_case
from .judge import RULES, judge
from .known import Known, instant, say

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
READINGS = (
    "EQUAL", "W-EXCLUSIVE", "CONFIRM", "ONCE", "PLATE", "VALID", "SPECIFIC", "SKEW", "SAYS", "EX-TIME", "RISK",
    "DAY", "KIND", "PACK", "BETWEEN", "NOPOS", "TRIP-WINDOW", "FENCE-BOOKED", "SUSTAINED", "PROVEN", "SENSOR",
    "LATEST", "LOT-TEST", "PART", "COUNT", "PART-DELIVERY", "REFUSED", "EACH-STEP", "VOUCHER", "CHILD-WINDOW",
    "BAL-START",
)  # fmt: skip
SEEDS = range(300)

Key = tuple[str, str, str]


def verdicts(case: dict[str, Any], **changed: Any) -> list[dict[str, Any]]:
    """What the judge says about a case, some of its parts changed."""
    told = {**case, **changed}
    return judge(
        told["records"],
        told["limits"],
        now=told["now"],
        complete_before=told["complete_before"],
        received_until=told.get("received_until"),
        fences=told.get("fences"),
    )


def by_key(found: list[dict[str, Any]]) -> dict[Key, str]:
    return {(v["rule"], v["subject"], v["window"]): v["verdict"] for v in found}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_a_case_made_by_hand(case: dict[str, Any]) -> None:
    found = verdicts(case)
    said = by_key(found)
    assert len(said) == len(found), "one verdict for each rule, subject and window"
    expected = by_key(case["expect"])
    assert {key: said.get(key) for key in expected} == expected
    if case.get("only"):
        rules = {key[0] for key in expected}
        assert {key for key in said if key[0] in rules} == set(expected)


def test_every_reading_has_three_cases_and_every_rule_all_three_verdicts() -> None:
    readings = Counter(reading for case in CASES for reading in case["readings"])
    assert all(readings[f"R-{name}"] >= 3 for name in READINGS)
    assert set(readings) == {f"R-{name}" for name in READINGS}
    seen = {(e["rule"], e["verdict"]) for case in CASES for e in case["expect"]}
    assert seen == {(rule, outcome) for rule in RULES for outcome in ("satisfied", "violated", "undecided")}
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("seed", SEEDS)
def test_order_and_doubling_of_input_change_nothing(seed: int) -> None:
    case = random_case(seed)
    shuffled = [*case["records"], *random.Random(seed).sample(case["records"], len(case["records"]) // 2)]
    random.Random(seed + 1).shuffle(shuffled)
    assert verdicts(case, records=shuffled) == verdicts(case)


def later(stated: Any, span: timedelta) -> Any:
    """Completeness moved on by a span; what has no feed keeps none."""
    if isinstance(stated, dict):
        return {step: later(moment, span) for step, moment in stated.items()}
    return None if stated is None else say(instant(stated) + span)


@pytest.mark.parametrize("seed", SEEDS)
def test_time_and_completeness_only_decide_what_was_undecided(seed: int) -> None:
    case = random_case(seed)
    before = by_key(verdicts(case))
    for span in (timedelta(seconds=1), timedelta(hours=3), timedelta(days=40)):
        now, complete = later(case["now"], span), later(case["complete_before"], span)
        after = by_key(verdicts(case, now=now, complete_before=complete))
        assert set(after) == set(before)
        assert {k: after[k] for k, v in before.items() if v != "undecided"} == {
            k: v for k, v in before.items() if v != "undecided"
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_verdict_stands_on_records_that_stand(seed: int) -> None:
    case = random_case(seed)
    known = Known(case["records"], case["limits"], case["now"], case["complete_before"], None, None)
    standing = {fact.id for fact in known.facts}
    windows = {fact.window for fact in known.facts}
    limits = {row["id"] for row in case["limits"]}
    for one in verdicts(case):
        assert one["witness"] and set(one["witness"]) <= standing
        assert one["window"] in windows
        assert one["limit"] is None or one["limit"] in limits
        assert one["due"] is None or one["verdict"] == "undecided"


@pytest.mark.parametrize("seed", SEEDS[:60])
def test_nothing_is_ever_found_by_absence_where_there_is_no_feed(seed: int) -> None:
    seen_rules = {"not_as_booked", "opened_on_the_way", "too_warm", "lot_balance_kg"}
    found = verdicts(random_case(seed), complete_before=None)
    assert {v["rule"] for v in found if v["verdict"] == "violated"} <= seen_rules


def test_random_histories_meet_every_rule_and_verdict() -> None:
    seen = {(v["rule"], v["verdict"]) for seed in SEEDS for v in verdicts(random_case(seed))}
    assert seen == {(rule, outcome) for rule in RULES for outcome in ("satisfied", "violated", "undecided")}
