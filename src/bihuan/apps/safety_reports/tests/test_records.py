"""What does not fit together is told at its field: by form, workbook and machine alike, since all read by the declaration."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.apps.safety_reports.records import EnterpriseFacts, HazardLine, Level, Report, RiskItem
from bihuan.base.declare import compiled, read

USCC = "91320585XN0000012U"
FIRM = {"enterprise": USCC, "time": "2022-02-15T09:00:00+08:00", "area": "320585", "name": "示例冷库", "industry": "g5942",
        "founded": "2015-03-01", "staff": 80}  # fmt: skip
RISK = {"name": "液氨泄漏", "source": "own", "level": "orange", "location": "氨机房", "accident": "中毒、爆炸", "measures": "报警联锁",
        "department": "设备部", "post": "氨机房班长", "l": "3", "e": "6", "c": "15"}  # fmt: skip
REPORT = {"enterprise": USCC, "time": "2022-02-15T09:00:00+08:00", "area": "320585", "kind": "annual", "year": 2022,
          "method": "lec", "truthful": "true"}  # fmt: skip


def faults(cls: Any, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and code of every fault."""
    return [(fault.path, fault.code) for fault in read(compiled(cls, "safety_reports"), values).faults]


def test_right_ones_pass() -> None:
    assert faults(EnterpriseFacts, FIRM) == []
    assert faults(Report, REPORT | {"risks": [RISK]}) == []
    assert faults(Report, REPORT | {"none_larger": "true"}) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"enterprise": USCC[:-1] + "A"}, ("enterprise", "check")),
        ({"founded": "2023-01-01"}, ("founded", "date")),
        ({"per_shift": 90}, ("per_shift", "too_many")),
        ({"special_work": 81}, ("special_work", "too_many")),
        ({"dust_collectors": 2}, ("dust", "missing")),
        ({"industry": "5942"}, ("industry", "check")),
        ({"lat": "121.2", "lon": "31.6"}, ("lat", "swapped")),
        ({"lat": "31.6"}, ("lon", "missing")),
        ({"staff": -1}, ("staff", "too_low")),
    ],
)
def test_facts_that_cannot_be(values: dict[str, Any], told: tuple[str, str]) -> None:
    assert faults(EnterpriseFacts, FIRM | values) == [told]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"risks": [RISK | {"e": "7"}]}, ("risks[0].e", "not_in_table")),
        ({"risks": [RISK | {"c": "2"}]}, ("risks[0].c", "not_in_table")),
        ({"risks": [RISK | {"l": ""}]}, ("risks[0].l", "required")),
        ({"risks": [RISK, RISK | {"level": "yellow"}]}, ("risks[1].level", "too_low")),
        ({"risks": [RISK], "method": "ls"}, ("risks[0].s", "required")),
        ({"risks": [RISK], "none_larger": "true"}, ("none_larger", "contradiction")),
        ({}, ("none_larger", "required")),
        ({"none_larger": "true", "truthful": "false"}, ("truthful", "required")),
        ({"none_larger": "true", "year": 2023}, ("year", "future")),
        ({"none_larger": "true", "hazards": [{"unit": "氨机房", "substance": "snow", "tonnes": 1}]}, ("hazards[0].substance", "not_in_table")),
    ],
)
def test_reports_that_cannot_be(values: dict[str, Any], told: tuple[str, str]) -> None:
    assert faults(Report, REPORT | values) == [told]


def test_a_level_may_be_raised_and_a_catalogue_risk_needs_no_factors() -> None:
    risk = RISK | {"level": "red"}
    assert faults(Report, REPORT | {"risks": [risk]}) == []
    assert faults(Report, REPORT | {"risks": [{k: v for k, v in risk.items() if k not in "lec"} | {"source": "catalogue"}]}) == []


def test_the_level_follows_the_frozen_method() -> None:
    read_ = read(compiled(Report, "safety_reports"), REPORT | {"risks": [RISK]}).record
    assert isinstance(read_, Report)
    assert read_.risks[0].graded("lec") is Level.orange
    assert isinstance(read_.risks[0], RiskItem)
    assert list(HazardLine(unit="a", substance="ammonia", tonnes=1).wrong()) == []  # type: ignore[arg-type]
