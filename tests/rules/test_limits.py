"""Dated limits: reading, faults by row and field, which row is in force, exact units."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bihuan.apps.cold_chain.judge import default_limits
from bihuan.base.clock import DAY, HOUR, MINUTE, day_start, parse_instant
from bihuan.base.errors import Invalid
from bihuan.base.rules.limits import kilograms, load_limits, micros, warmth

YAML = """
- {id: a, name: transport_max, value: 6, unit: h, area: 31, valid_from: 2021-01-11, valid_to: 2021-02-01, source: 甲}
- {id: b, name: transport_max, value: 0.1, unit: 小时, area: 3101, valid_from: 2021-01-11T12:00:00+08:00,
   source: 乙, sure: false}
- {id: c, name: transport_max, value: 330, unit: min, area: "", valid_from: null, source: 丙}
"""


def test_yaml_and_json_rows_read_exactly() -> None:
    rows = load_limits(YAML).rows
    assert rows[0].valid_from == parse_instant("2021-01-11T00:00:00+08:00")
    assert rows[0].valid_to == parse_instant("2021-02-01T00:00:00+08:00")
    assert (rows[1].value, rows[1].unit, rows[1].sure) == (Decimal("0.1"), "h", False)
    same = load_limits(
        '{"limits": [{"id": "x", "name": "n", "value": -18.5, "unit": "cel", "valid_from": "2021-01-11"}]}'
    )
    assert same.rows[0].value == Decimal("-18.5")


def test_a_row_is_in_force_from_its_start_to_before_its_end_and_the_longest_area_wins() -> None:
    limits = load_limits(YAML)
    start, noon, end = (
        parse_instant(f"2021-{d}+08:00") for d in ("01-11T00:00:00", "01-11T12:00:00", "02-01T00:00:00")
    )

    def id_at(when: int, area: str) -> str | None:
        row = limits.at("transport_max", when, area)
        return None if row is None else row.id

    assert [id_at(t, "310115") for t in (start - 1, start, noon - 1, noon, end - 1, end)] == [
        "c",
        "a",
        "a",
        "b",
        "b",
        "b",
    ]
    assert [id_at(t, "312000") for t in (end - 1, end)] == ["a", "c"]
    assert limits.at("max_temp", noon, "310115") is None


def test_units_are_exact() -> None:
    rows = {row.id: row for row in load_limits(
        "\n".join(f"- {{id: {i}, name: n, value: {v}, unit: {u}}}" for i, v, u in
                  [("a", "90", "min"), ("b", "1.5", "h"), ("c", "250", "g"), ("d", "0.002", "t"), ("f", "0", "degF"),
                   ("k", 1, "d")])
    ).rows}  # fmt: skip
    assert micros(rows["a"]) == micros(rows["b"]) == 90 * MINUTE == HOUR + HOUR // 2
    assert micros(rows["k"]) == DAY
    assert (kilograms(rows["c"]), kilograms(rows["d"])) == (Decimal("0.250"), Decimal(2))
    factor, bound = warmth(rows["f"])
    assert Decimal("-17.777") * factor > bound and not Decimal("-17.778") * factor > bound
    with pytest.raises(Invalid):
        micros(rows["c"])


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ("{name: n, value: 1, unit: h}", "[0].id"),
        ("{id: a, name: n, value: six, unit: h}", "[0].value"),
        ("{id: a, name: n, value: 6, unit: furlong}", "[0].unit"),
        ("{id: a, name: n, value: 6, unit: h, valid_from: soon}", "[0].valid_from"),
        ("{id: a, name: n, value: 6, unit: h, valid_from: 2021-02-01, valid_to: 2021-02-01}", "[0].valid_to"),
        ("{id: a, name: n, value: 6, unit: h, until: 2021-02-01}", "[0].until"),
        ("{id: a, name: n, value: 6, unit: h, sure: maybe}", "[0].sure"),
        ("7", "[0]"),
        ("{id: a, name: n, value: 6, unit: h}\n- {id: a, name: n, value: 7, unit: h}", "[1].id"),
    ],
)
def test_faults_name_row_and_field(row: str, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_limits(f"- {row}")
    assert [fault.path for fault in caught.value.faults] == [path]


def test_a_path_or_text_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text(YAML, encoding="utf-8")
    assert load_limits(file) == load_limits(YAML) == load_limits(YAML.encode())
    for broken in ("just words", "a: [", ""):
        with pytest.raises(Invalid):
            load_limits(broken)


def test_the_apps_own_rows_are_all_unsure_and_sourced() -> None:
    rows = default_limits().rows
    assert {row.name for row in rows} >= {
        "booking_min_gap", "transport_max", "max_temp", "sustained_min", "reading_max_gap", "balance_tolerance",
    }  # fmt: skip
    assert not any(row.sure for row in rows) and all(row.source and row.area == "31" for row in rows)
    assert {row.valid_from for row in rows} == {day_start(date(2020, 11, 16))}
