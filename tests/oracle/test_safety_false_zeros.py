"""False zero reports, planted by another hand: at five alarms in a hundred, nine in ten are found, each explained."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from tests.oracle.safety_firms import Firm, firms

from bihuan.apps.safety_reports.grading import MODEL, told
from bihuan.apps.safety_reports.methods import alarms
from bihuan.apps.safety_reports.records import Dust, EnterpriseFacts
from bihuan.apps.safety_reports.rules import signs_of

ALARMS, RECALL = 0.05, 0.9
"""What is asked of the model."""


def facts(firm: Firm) -> EnterpriseFacts:
    """A planted firm as its declared facts."""
    stated: dict[str, Any] = dict(firm.stated)
    if "dust" in stated:
        stated["dust"] = Dust(stated["dust"])
    return EnterpriseFacts(
        enterprise="91320585MA1XXXXX0X", time=datetime(2021, 3, 1, tzinfo=UTC), area="320585", name="", founded=date(2010, 1, 1), **stated
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("hidden", "least"), [(0.0, 0.95), (0.05, RECALL), (0.15, 0.8)])
def test_nine_of_ten_false_zeros_are_among_five_alarms_in_a_hundred(seed: int, hidden: float, least: float) -> None:
    """`hidden`: share of the false who leave the very thing out of their facts too; they look like the honest of their trade."""
    planted = firms(seed, 5_000, hidden_share=hidden)
    expected = [MODEL.expect(signs_of(facts(firm))) for firm in planted]
    chosen = alarms(np.array([each.probability for each in expected]), ALARMS)
    assert len(chosen) <= ALARMS * len(planted)
    found = sum(planted[n].false_zero for n in chosen)
    assert found / sum(firm.false_zero for firm in planted) >= least
    for n in chosen:
        assert "+" in told(expected[n]).zh, "an alarm that says nothing of why"


def test_a_model_that_looks_at_nothing_fails_the_same_test() -> None:
    planted = firms(1, 5_000)
    chosen = alarms(np.zeros(len(planted)), ALARMS)
    assert sum(planted[n].false_zero for n in chosen) / sum(firm.false_zero for firm in planted) < 0.2
