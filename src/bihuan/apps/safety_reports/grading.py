"""The tables of `tables/` as values: methods of grading, hazardous substances, the expected-risk model, industry lines."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bihuan.apps.safety_reports.methods import Band, Expected, Method, RiskModel, Sign, Substance, banded, major_hazard
from bihuan.base.errors import Words

_FOLDER = Path(__file__).parent / "tables"


def _yaml(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_bytes())


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _method(told: Mapping[str, Any]) -> Method:
    factors = {name: tuple(Decimal(str(v)) for v in values) for name, values in told["factors"].items()}
    bands = {
        scale: tuple(Band(str(grade), Decimal(str(low)), bool(rest)) for grade, low, *rest in rows)
        for scale, rows in told["bands"].items()
    }
    return Method(told["id"], factors, bands)


_GRADING = _yaml("grading.yaml")
METHODS: Mapping[str, Method] = {told["id"]: _method(told) for told in _GRADING["methods"]}
"""By id; a table never changes under its id, so that a report keeps the method that it was graded by."""
SUBSTANCES: Mapping[str, Substance] = {
    row["id"]: Substance(row["id"], Decimal(row["tonnes"]), Decimal(row["beta"])) for row in _rows("substances.csv")
}
_HAZARD = _GRADING["major_hazard"]
_PEOPLE = [(Decimal(low), str(alpha)) for low, alpha in _HAZARD["people"]]
_CLASSES = [(Decimal(low), str(name)) for low, name in _HAZARD["classes"]]


def hazard_class(lines: list[tuple[str, Decimal]], people: int) -> tuple[Decimal, int]:
    """R of one unit and its class 1 (worst) to 4, from (substance id, tonnes) and the people outside within 500 m."""
    alpha = Decimal(banded(Decimal(people), _PEOPLE))
    r = major_hazard([(SUBSTANCES[name], tonnes) for name, tonnes in lines], alpha)
    return r, int(banded(r, _CLASSES))


_EXPECTED = _yaml("expected_risk.yaml")
MODEL = RiskModel(
    float(_EXPECTED["base"]),
    tuple(Sign(s["id"], s["points"], s.get("most", 1.0), s.get("log", False), s.get("per", 1.0)) for s in _EXPECTED["signs"]),
)
_SIGN_WORDS = {s["id"]: Words(*s["words"]) for s in _EXPECTED["signs"]}
_INDUSTRIES: Mapping[str, list[str]] = _EXPECTED["industries"]


def industry_signs(industry: str) -> dict[str, float]:
    """What a firm's industry code (GB/T 4754) says by itself."""
    return {f"industry_{level}": float(industry.startswith(tuple(codes))) for level, codes in _INDUSTRIES.items()}


def told(expected: Expected) -> Words:
    """An expectation with its reasons, as an alarm prints them."""
    zh = "、".join(f"{_SIGN_WORDS[name].zh} +{points:.1f}" for name, points in expected.because)
    en = ", ".join(f"{_SIGN_WORDS[name].en} +{points:.1f}" for name, points in expected.because)
    return Words(f"{expected.probability:.0%}（{zh or '无'}）", f"{expected.probability:.0%} ({en or 'nothing'})")


LINES: Mapping[str, tuple[Words, tuple[str, ...]]] = {
    row["line"]: (Words(row["zh"], row["en"]), tuple(row["prefixes"].split())) for row in _rows("industry_lines.csv")
}


def line_of(industry: str) -> str:
    """The industry line that supervises a firm, e.g. `commerce` for G59; "" when no line claims it."""
    return next((name for name, (_, prefixes) in LINES.items() if industry.startswith(prefixes)), "")
