"""Grades, major hazards and the expected-risk model against published values and by hand."""

from __future__ import annotations

import csv
import itertools
import math
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.safety_reports.grading import METHODS, MODEL, SUBSTANCES, hazard_class, industry_signs, line_of, told
from bihuan.apps.safety_reports.methods import NotInTable, RiskModel, Sign, alarms, quantity_share
from bihuan.protocols.code_arrays import uscc_right

DATA = Path(os.environ.get("BIHUAN_DATA", Path(__file__).parents[6] / "shared" / "data")) / "safety"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"no data at {DATA}; set BIHUAN_DATA")


@needs_data
def test_the_published_lec_grid() -> None:
    rows = list(csv.DictReader((DATA / "lec_grid.csv").read_text(encoding="utf-8").splitlines()))
    lec = METHODS["lec"]
    for row in rows:
        score = lec.score({"l": Decimal(row["L"]), "e": Decimal(row["E"]), "c": Decimal(row["C"])})
        assert score == Decimal(row["D"])
        assert (lec.grade(score), lec.grade(score, "grade")) == (row["colour4"], row["grade5"]), row
    assert len(rows) == 168


def test_the_colours_of_all_252_products() -> None:
    lec = METHODS["lec"]
    factors = itertools.product(*lec.factors.values())
    scores = [math.prod(each, start=Decimal(1)) for each in factors]
    assert Counter(map(lec.grade, scores)) == {"red": 40, "orange": 21, "yellow": 30, "blue": 161}
    assert (scores.count(Decimal(70)), scores.count(Decimal(20)), scores.count(Decimal(160)), scores.count(Decimal(320))) == (2, 5, 0, 0)


def test_the_lists_of_exposure_and_consequence_are_not_swapped() -> None:
    with pytest.raises(NotInTable) as told_:
        METHODS["lec"].score({"l": Decimal(1), "e": Decimal(100), "c": Decimal(1)})
    assert told_.value.factor == "e"


def test_the_ls_matrix() -> None:
    ls = METHODS["ls"]
    scores = [l * s for l, s in itertools.product(range(1, 6), repeat=2)]  # noqa: E741
    assert Counter(ls.grade(Decimal(score)) for score in scores) == {"red": 3, "orange": 3, "yellow": 5, "blue": 14}


@needs_data
def test_every_real_credit_code_is_right_and_every_changed_one_is_not() -> None:
    rows = list(csv.DictReader((DATA / "uscc_cases.csv").read_text(encoding="utf-8").splitlines()))
    found = uscc_right([row["code"] for row in rows])
    for row, right in zip(rows, found, strict=True):
        assert bool(right) == (row["valid_gb32100"] == "True" == row["valid_gb11714_inner"]), row


def test_a_cold_store_with_ammonia_by_hand() -> None:
    # 12 t of ammonia, 60 people outside: R = 1.5 * 2 * 12 / 10 = 3.6, class 4; with 35 t of chlorine 1.5 * (2.4 + 28) = 45.6, class 3
    assert hazard_class([("ammonia", Decimal(12))], 60) == (Decimal("3.6"), 4)
    assert hazard_class([("ammonia", Decimal(12)), ("chlorine", Decimal(35))], 60) == (Decimal("45.6"), 3)
    assert quantity_share([(SUBSTANCES["ammonia"], Decimal(12))]) == Decimal("1.2")
    assert hazard_class([("chlorine", Decimal(125))], 0)[1] == 2


@given(st.lists(st.tuples(st.sampled_from(sorted(SUBSTANCES)), st.decimals(0, 500, places=3)), min_size=1), st.integers(0, 200))
def test_more_of_anything_never_lowers_the_class(lines: list[tuple[str, Decimal]], people: int) -> None:
    r, grade = hazard_class(lines, people)
    more, worse = hazard_class([*lines, ("chlorine", Decimal(1))], people + 30)
    assert more >= r
    assert worse <= grade


def test_an_alarm_can_be_added_up_by_hand() -> None:
    model = RiskModel(-2.0, (Sign("ammonia", 1.0, most=4, logarithmic=True), Sign("dust", 2.0)))
    found = model.expect({"ammonia": 999.0, "dust": 1.0})
    assert found.because == (("ammonia", 3.0), ("dust", 2.0))
    assert found.probability == pytest.approx(1 / (1 + math.exp(-3)))


def test_a_cold_store_full_of_ammonia_looks_wrong_without_a_risk_and_an_office_does_not() -> None:
    store = industry_signs("G5942") | {"ammonia_kg": 8000.0, "staff": 80.0}
    office = industry_signs("L7212") | {"staff": 20.0}
    assert MODEL.expect(store).probability > 0.9 > 0.1 > MODEL.expect(office).probability
    assert "液氨" in told(MODEL.expect(store)).zh
    assert "ammonia" in told(MODEL.expect(store)).en


@given(st.lists(st.fixed_dictionaries({s.id: st.floats(0, 10_000) for s in MODEL.signs}), min_size=1, max_size=20))
def test_many_firms_at_once_are_one_by_one(firms: list[dict[str, float]]) -> None:
    many = MODEL.expect_many({s.id: np.array([firm[s.id] for firm in firms]) for s in MODEL.signs})
    assert many == pytest.approx([MODEL.expect(firm).probability for firm in firms])


def test_of_many_the_least_likely_are_asked_about() -> None:
    chances = np.array([0.1, 0.9, 0.5, 0.7])
    assert alarms(chances, 0.5).tolist() == [1, 3]
    assert alarms(chances, 0.2).tolist() == []


def test_who_supervises_by_industry() -> None:
    assert (line_of("G5942"), line_of("C2614"), line_of("C1353"), line_of("S9100")) == ("commerce", "chemicals", "light_industry", "")
