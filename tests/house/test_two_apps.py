"""Several apps in one house: what is found by its name alone has one owner."""

from dataclasses import replace

import pytest

from bihuan.apps.cold_chain.app import APP as COLD_CHAIN
from bihuan.apps.safety_reports.app import APP as SAFETY_REPORTS
from bihuan.base.errors import Words
from bihuan.main import registry_of


def test_both_apps_stand_side_by_side() -> None:
    registry = registry_of([COLD_CHAIN, SAFETY_REPORTS])
    assert {"cold_chain.Booked", "safety_reports.Report"} <= registry.types.keys()
    assert registry.line_of("safety_reports.Report") == "safety_reports"


@pytest.mark.parametrize(
    "second",
    [
        replace(SAFETY_REPORTS, subject_kinds={"container": Words("集装箱", "Container")}),
        replace(SAFETY_REPORTS, line="cold_chain"),
        replace(SAFETY_REPORTS, field=COLD_CHAIN.field),
    ],
    ids=["subject", "line", "rule"],
)
def test_a_name_with_two_owners_is_refused_at_start(second: object) -> None:
    with pytest.raises(TypeError, match="is claimed by the apps"):
        registry_of([COLD_CHAIN, second])  # type: ignore[list-item]
