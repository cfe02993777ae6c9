"""The product and the independent judge say the same of every case: hand-made, random, and disturbed.

Compared for each rule, subject and window: the verdict, the instant at which an undecided one falls due, the limit row.
A witness of the product holds the judge's, or shows the same by itself. Readings: docs/decisions/0002.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bihuan.apps.cold_chain.judge import judge_raws, read_steps
from bihuan.base.clock import parse_instant
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import NEVER, Asked, Completeness, Verdict
from bihuan.commands.judge import read_fences
from oracle.cold_chain.histories import random_case
from oracle.cold_chain.judge import judge as independent
from oracle.disturbed import disturbed

Case = dict[str, Any]
Key = tuple[str, str, str]

CASES: list[Case] = [
    json.loads(line)
    for line in (Path(__file__).parent / "cold_chain" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
]
BY_ABSENCE = {"opened_on_the_way", "too_warm"}
"""Satisfied because nothing happened: the witness is the trip, and shows nothing by itself."""


def known_until(stated: Any) -> Completeness:
    """W as a case states it: one instant, or one for each step with `*` for the others; null is minus infinity."""
    until = stated if isinstance(stated, dict) else {"*": stated}
    read = {step: NEVER if text is None else parse_instant(text) for step, text in until.items()}
    return Completeness(read, read.pop("*", NEVER))


def product(case: Case, folder: Path) -> dict[Key, Verdict]:
    """What the product says of a case."""
    drawn = folder / "fences.json"
    drawn.write_text(json.dumps(case.get("fences") or {}), encoding="utf-8")
    limits = load_limits(json.dumps(case["limits"]))
    asked = Asked(parse_instant(case["now"]), known_until(case["complete_before"]), limits, read_fences(drawn))
    by = case.get("received_until")
    raws = read_steps(json.dumps(case["records"], ensure_ascii=False).encode())
    found = judge_raws(raws, asked, received_until=None if by is None else parse_instant(by))
    said = {(v.rule, v.subject, v.window): v for v in found}
    assert len(said) == len(found)
    return said


def oracle(case: Case) -> dict[Key, Case]:
    """What the independent judge says of it."""
    found = independent(
        case["records"],
        case["limits"],
        now=case["now"],
        complete_before=case["complete_before"],
        received_until=case.get("received_until"),
        fences=case.get("fences"),
    )
    return {(v["rule"], v["subject"], v["window"]): v for v in found}


def agree(case: Case, folder: Path) -> None:
    """Fail with every difference between the two."""
    ours, theirs = product(case, folder), oracle(case)
    told = {key: (v.answer, v.due, v.limit) for key, v in ours.items()}
    expected = {
        key: (v["verdict"], None if v["due"] is None else parse_instant(v["due"]), v["limit"])
        for key, v in theirs.items()
    }
    assert told == expected
    unshown = [key for key, v in ours.items() if not shown(case, key, v, set(theirs[key]["witness"]))]
    assert not unshown, {key: (ours[key].witness, theirs[key]["witness"]) for key in unshown}


def shown(case: Case, key: Key, verdict: Verdict, judged_by: set[str]) -> bool:
    """Whether a witness holds the judge's, or its records alone (with what packs the lot) give the same verdict."""
    witness = set(verdict.witness)
    by_id = {record["id"]: record for record in case["records"]}
    if judged_by <= witness or verdict.answer == "undecided":
        return True
    assert not (verdict.answer == "satisfied" and key[0] in BY_ABSENCE)
    kept = [record for record in by_id.values() if record["id"] in witness or record["step"] == "customs_released"]
    alone = [{name: value for name, value in record.items() if name != "supersedes"} for record in kept]
    replayed = oracle({**case, "records": alone})
    return any(found[:2] == key[:2] and v["verdict"] == verdict.answer for found, v in replayed.items())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_made_by_hand(case: Case, tmp_path: Path) -> None:
    said = product(case, tmp_path)
    expected = {(e["rule"], e["subject"], e["window"]): e for e in case["expect"]}
    assert {key: said[key].answer if key in said else None for key in expected} == {
        key: e["verdict"] for key, e in expected.items()
    }
    assert not [key for key, e in expected.items() if not set(e.get("witness", ())) <= set(said[key].witness)]
    agree(case, tmp_path)


@pytest.mark.parametrize("seed", range(300))
def test_a_random_history(seed: int, tmp_path: Path) -> None:
    agree(random_case(seed), tmp_path)


@pytest.mark.parametrize("seed", range(300))
def test_a_disturbed_case(seed: int, tmp_path: Path) -> None:
    agree(disturbed(CASES[seed % len(CASES)] if seed % 3 else random_case(seed), seed), tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(5))
def test_thousands_of_histories(thousand: int, tmp_path: Path) -> None:
    for seed in range(1_000 * thousand, 1_000 * (thousand + 1)):
        agree(random_case(seed), tmp_path)
        agree(disturbed(CASES[seed % len(CASES)] if seed % 3 else random_case(seed), seed), tmp_path)
