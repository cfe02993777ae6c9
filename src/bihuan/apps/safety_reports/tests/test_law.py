"""Due dates against cases that were worked out by hand; the law of another country is only another file."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bihuan.apps.safety_reports.app import APP
from bihuan.apps.safety_reports.rules import RULES, SETS
from bihuan.base.errors import Refused
from bihuan.base.places.positions import Box, position_fault
from bihuan.base.rules.lawbook import acts_of, due_on, dues_of_year, find, load, start_of, what_changed
from bihuan.base.rules.model import Limits
from bihuan.cli import app as cli
from bihuan.engines.temporal import AfterMonths, Rounding, date_of, day_number
from bihuan.engines.temporal.civil import last_days

DATA = Path(os.environ.get("BIHUAN_DATA", Path(__file__).parents[6] / "shared" / "data")) / "safety"
EPA = Path(__file__).parent / "fixtures" / "epa_rmp.yaml"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"no data at {DATA}; set BIHUAN_DATA")
NAMES = {
    ("JS", "existing enterprise on 2021-02-01", "first report"): "first_report",
    ("JS", "existing enterprise", "periodic report 2022"): "annual_report",
    ("JS", "new enterprise", "first report"): "first_report_new_firm",
    ("JS", "hazardous-chemical project", "first report"): "first_report_hazardous_chemicals",
    ("JS", "any", "change report: new larger-or-major risk"): "change_report",
    ("JS", "any", "change report: enterprise name etc. changed"): "change_report",
    ("JS", "enterprise with no larger-or-major risk", "first report"): "zero_confirmation",
    ("JS", "key-sector enterprise (city guide)", "periodic report 2022"): "annual_report_key_sector",
    ("EPA", "RMP facility", "full update"): "full_update",
    ("EPA", "RMP facility", "emergency contact correction"): "emergency_contact",
    ("EPA", "RMP facility", "update after program-level change"): "program_level",
    ("EPA", "RMP facility", "update: new substance above threshold in a covered process"): "new_substance",
    ("EPA", "RMP facility", "correction does not reset the five-year date"): "full_update",
}
"""Which of our obligations a case of the file is about."""


@needs_data
def test_every_deadline_case_comes_out_of_the_command() -> None:
    rows = list(csv.DictReader((DATA / "deadline_cases.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 16
    for row in rows:
        name = NAMES[row["regime"], row["subject"], row["obligation"]]
        law = ["--law", str(EPA)] if row["regime"] == "EPA" else []
        said = CliRunner().invoke(cli, ["due", "safety_reports", name, row["key_date"], *law])
        assert said.exit_code == 0, said.output
        first, *rest = said.output.splitlines()
        assert first.split("\t")[0] == (row["expected_due"] or "NONE"), row["case"]
        assert rest, "the article stands below"
        assert ("待核" in said.output) == (not row["expected_due"] or name == "annual_report_key_sector"), row["case"]


def test_a_month_without_that_day_is_asked_about_and_the_policy_answers() -> None:
    law = load(EPA)
    contact = next(each for each in law.obligations if each.id == "emergency_contact")
    asked = due_on(law, contact, date(2021, 1, 31))
    assert asked.day is None
    assert asked.ambiguous == (date(2021, 2, 28), date(2021, 3, 1))
    assert due_on(law, contact, date(2021, 1, 31), policy="down").day == date(2021, 2, 28)
    assert due_on(law, contact, date(2021, 1, 31), policy="up").day == date(2021, 3, 1)


def test_a_correction_leaves_the_term_and_a_resubmission_starts_it_anew() -> None:
    full = load(EPA).obligations[0]
    assert start_of(full, acts_of("2020-06-19 full; 2023-01-05 correction")) == date(2020, 6, 19)
    assert start_of(full, acts_of("2020-06-19 full; 2023-01-05 resubmission")) == date(2023, 1, 5)


@needs_data
def test_the_articles_that_were_read_are_the_articles_that_are_cited() -> None:
    laws = json.loads((DATA / "jiangsu_clauses.json").read_text(encoding="utf-8"))
    by_start = {law["effective"]: law for law in laws}
    numerals = dict(zip("零一二三四五六七八九", range(10), strict=True))

    def number(zh: str) -> str:
        tens, ten, ones = zh.partition("十")
        return str((numerals.get(tens, 1) * 10 if ten else 0) + numerals.get(ones if ten else tens, 0))

    for law in SETS:
        told = by_start.get(law.valid_from.isoformat())
        if told is None:
            continue  # the local guidance, of which no text was seen
        for each in law.obligations:
            article = each.article.zh + each.remark.zh
            cited = [number(part.partition("条")[0]) for part in each.article.zh.split("第")[1:] if "条" in part]
            seen = [c for c in cited if c in told["articles"]]
            assert seen or "未见" in article or "未核" in article, (law.id, each.id, article)


def test_a_law_holds_in_its_territory_and_dates_only() -> None:
    assert find(SETS, "annual_report", date(2022, 1, 1), "320585")[0].id == "js140"
    assert find(SETS, "annual_report", date(2025, 1, 1), "320585")[0].id == "js2024"
    with pytest.raises(Refused):
        find(SETS, "annual_report", date(2020, 1, 1))
    with pytest.raises(Refused):
        find(SETS, "annual_report", date(2022, 1, 1), "310115")


def test_what_changed_between_the_two_texts() -> None:
    by_id = {law.id: law for law in SETS}
    changes = {c.obligation: c for c in what_changed(by_id["js140"], by_id["js2024"])}
    assert changes["warning_card"].what == "gone"
    assert changes["full_reassessment"].what == "new"
    assert "penalty" in changes["annual_report"].fields
    said = CliRunner().invoke(cli, ["due", "safety_reports", "--changed", "js140", "js2024"])
    assert len(said.output.splitlines()) == len(changes)


def test_list_names_every_obligation() -> None:
    said = CliRunner().invoke(cli, ["due", "safety_reports", "--list"])
    assert {line.split("\t")[0] for line in said.output.splitlines()} == {o.id for law in SETS for o in law.obligations}
    assert CliRunner().invoke(cli, ["due", "safety_reports", "no_such", "2021-02-01"]).exit_code == 2


def test_the_readme_tells_all_rules_and_limits() -> None:
    assert APP.folder is not None
    told = (APP.folder / "README.md").read_text(encoding="utf-8")
    assert [rule.info.id for rule in RULES if f"`{rule.info.id}`" not in told] == []
    assert [row.name for row in APP.limits if f"`{row.name}`" not in told] == []
    assert APP.closes.en.partition(": ")[2] in told


def test_no_citation_holds_a_word_of_ours() -> None:
    ours = [rule.info.id for rule in RULES if any(word in rule.info.citation.zh for word in ("未核", "未见", "沿用", "待核"))]
    assert ours == []


def test_every_rule_has_the_territory_and_dates_of_its_set() -> None:
    for rule in RULES:
        law = next((law for law in SETS if rule.info.id.startswith(law.id + "_")), None)
        if law is not None:
            assert (rule.info.territory, rule.info.valid_from, rule.info.valid_to) == (law.territory, law.valid_from, law.valid_to)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400), st.sampled_from(["up", "down", "ask"]))
def test_many_months_at_once_are_one_by_one(day: date, months: int, rounding: Rounding) -> None:
    by = AfterMonths(months, rounding)
    one = by.term(day_number(day))
    assert one.last is not None
    many, unclear = last_days(by, np.array([day], "M8[D]"))
    assert bool(unclear[0]) == (one.later is not None)
    assert many[0].item() == (None if one.later is not None else date_of(one.last))


@given(st.lists(st.dates(date(2021, 2, 1), date(2024, 10, 31)), min_size=1), st.integers(2021, 2024))
def test_the_dues_of_a_year_are_the_dues_of_each_firm(days: list[date], year: int) -> None:
    law, new = find(SETS, "first_report_new_firm", date(2022, 1, 1))
    found, _ = dues_of_year(SETS, year, {"accepted": np.array(days, "M8[D]")}, Limits(APP.limits))[law.id, new.id]
    dues = [due_on(law, new, day).day for day in days]
    assert [x.item() for x in found] == [due if due is not None and due.year == year else None for due in dues]


_STATES = {
    "LA": Box(28.9, 33.1, -94.1, -88.8), "DE": Box(38.4, 39.9, -75.8, -75.0),
    "NV": Box(35.0, 42.0, -120.1, -114.0), "NJ": Box(38.9, 41.4, -75.6, -73.8),
}  # fmt: skip


@needs_data
def test_every_dirty_coordinate_is_told_and_no_clean_one() -> None:
    rows = list(csv.DictReader((DATA / "epa_rmp_facilities.csv").read_text(encoding="utf-8").splitlines()))
    faults = [
        fault
        for row in rows
        if (fault := position_fault(*(float(row[n]) if row[n] else None for n in ("Latitude", "Longitude")), _STATES[row["State"]]))
    ]
    assert (len(rows), len(faults)) == (841, 13)
    assert [fault.code for fault in faults].count("sign") == 12


def test_a_swapped_and_a_missing_position_are_told_apart() -> None:
    box = _STATES["NJ"]
    assert position_fault(40.1, -74.5, box) is None
    codes = [f.code for f in (position_fault(-74.5, 40.1, box), position_fault(None, -74.5, box), position_fault(10, 10, box)) if f]
    assert codes == ["swapped", "missing", "outside"]
