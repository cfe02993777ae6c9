"""Judging files of the staff loop, and its limits: a row whose value is a list stands for a row of each value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from bihuan.apps.staff_loop.keys import keys_of, reach, subjects_of
from bihuan.apps.staff_loop.records import STEPS
from bihuan.apps.staff_loop.rules import RULES
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import Limits
from bihuan.base.rules.stepfile import Judging, StepReader


def load_rows(path: Path) -> Limits:
    """Limit rows of a file; `cycle.test_days: [1, 4, 7]` becomes `cycle.test_days.1`, `.4`, `.7`, each of value 1.

    A row `in_force.…` needs no value and unit. Raises Invalid as `load_limits` does.
    """
    text = path.read_bytes()
    try:
        # No number or date is made of what is written: 0.1 stays text, and so does 2022-07-05.
        found = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:
        return load_limits(text)
    rows = found.get("limits", found.get("rows")) if isinstance(found, dict) else found
    if not isinstance(rows, list):
        return load_limits(text)
    plain = [each for row in rows for each in (_rows(row) if isinstance(row, dict) else [row])]
    return load_limits(json.dumps(plain, ensure_ascii=False))


def _rows(row: dict[str, Any]) -> list[dict[str, Any]]:
    row = {name: None if value in ("null", "~", "") else value for name, value in row.items()}
    if isinstance(row.get("sure"), str):
        row["sure"] = {"true": True, "false": False}.get(row["sure"].lower(), row["sure"])
    if str(row.get("name", "")).startswith("in_force."):
        stated = row.get("value")
        row |= {"value": "1" if stated in (None, "true", "True") else stated, "unit": row.get("unit") or "1"}
    if not isinstance(row.get("value"), list):
        return [row]
    return [
        {**row, "id": f"{row.get('id')}:{each}", "name": f"{row.get('name')}.{each}", "value": "1", "unit": "1"} for each in row["value"]
    ]


JUDGING = Judging(
    StepReader("staff_loop", STEPS, lenient=False), RULES, Path(__file__).with_name("limits.yaml"), subjects_of, keys_of, reach,
    load=load_rows,
)  # fmt: skip
"""What judging files of the staff loop takes."""
