"""What a firm owes under which text at which date, as sentences."""

from __future__ import annotations

from datetime import date

import msgspec

from bihuan.apps.safety_reports.records import (
    Change,
    ChangeKind,
    CheckRecord,
    CheckResult,
    CompletionAcceptance,
    Level,
    PutUp,
    ReportKind,
    Shown,
    TrialProduction,
)
from bihuan.apps.safety_reports.tests.firms import RISK, firm, judged, report, stated
from bihuan.base.clock import iso
from bihuan.base.rules.model import Limits

FIRST, ANNUAL = ReportKind.first, ReportKind.annual


def test_an_existing_firm_reports_by_the_first_of_may() -> None:
    owed = judged("2021-04-30", [firm()])["js140_first_report"]
    assert owed.answer == "undecided"
    assert owed.due is not None
    assert iso(owed.due).startswith("2021-05-01T23:59:59")
    assert judged("2021-05-02", [firm()])["js140_first_report"].answer == "violated"
    assert judged("2021-05-02", [firm(), report("2021-05-01", FIRST)])["js140_first_report"].answer == "satisfied"
    assert judged("2021-05-02", [firm(), report("2021-05-02", FIRST)])["js140_first_report"].answer == "violated"


def test_a_firm_that_confirms_zero_has_reported() -> None:
    found = judged("2021-05-02", [firm(ammonia_kg=0, industry="L7212"), report("2021-03-01", FIRST)])
    assert (found["js140_first_report"].answer, found["zero_risk_unlikely"].answer) == ("satisfied", "satisfied")


def test_every_year_has_its_first_quarter() -> None:
    records = [firm(), report("2021-04-01", FIRST), report("2022-03-31")]
    found = judged("2023-04-01", records)
    assert {k: v.answer for k, v in found.items() if k.startswith("js140_annual")} == {
        "js140_annual_report:2022": "satisfied", "js140_annual_report:2023": "violated",
    }  # fmt: skip
    assert "js140_annual_report:2023" not in judged("2022-12-31", records)


def test_a_new_firm_has_thirty_days_and_owes_nothing_for_the_years_before() -> None:
    new = [firm("2022-01-05", founded=date(2021, 6, 1)), stated(CompletionAcceptance, "2022-01-05", project="一期", accepted=date(2021, 12, 20))]
    found = judged("2022-01-19", new)
    assert iso(found["js140_first_report_new_firm"].due or 0).startswith("2022-01-19T23")
    assert "js140_first_report" not in found
    assert judged("2022-01-20", new)["js140_first_report_new_firm"].answer == "violated"
    assert {k for k in found if k.startswith("js140_annual")} == {"js140_annual_report:2022"}


def test_hazardous_chemicals_are_reported_before_trial_production() -> None:
    project = [firm(hazardous_chemicals=True), stated(TrialProduction, "2021-02-15", project="二期", starts=date(2021, 3, 1))]
    rule = "js140_first_report_hazardous_chemicals"
    assert judged("2021-02-28", project)[rule].answer == "undecided"
    assert judged("2021-03-01", project)[rule].answer == "violated"
    assert judged("2021-03-01", [*project, report("2021-02-28", FIRST)])[rule].answer == "satisfied"


def test_a_change_is_reported_in_the_days_of_the_setting_and_without_one_it_stays_open() -> None:
    change = stated(Change, "2021-08-02", kind=ChangeKind.new_risk, happened=date(2021, 8, 2), what="新增氨压缩机")
    records = [firm(), report("2021-04-01", FIRST), change]
    assert iso(judged("2021-08-03", records)["js140_change_report"].due or 0).startswith("2021-08-17")
    assert judged("2021-08-18", records)["js140_change_report"].answer == "violated"
    told = report("2021-08-10", ReportKind.change, RISK, change="r2")
    found = judged("2021-08-18", [*records, told])
    assert found["js140_change_report"].answer == "satisfied"
    without = judged("2021-08-18", records, Limits())["js140_change_report"]
    assert (without.answer, without.missing) == ("undecided", ("limit:change_within",))
    other = report("2021-08-10", ReportKind.change, RISK, change="another")
    assert judged("2021-08-18", [*records, other])["js140_change_report"].answer == "violated"


def test_a_change_report_is_no_periodic_report() -> None:
    records = [firm(), report("2022-02-01", ReportKind.change)]
    assert judged("2022-04-01", records)["js140_annual_report:2022"].answer == "violated"


def test_the_successor_takes_over_at_its_date() -> None:
    found = judged("2026-02-01", [firm()])
    years = sorted(k for k in found if "annual_report" in k)
    assert years == ["js140_annual_report:2022", "js140_annual_report:2023", "js140_annual_report:2024",
                     "js2024_annual_report:2025", "js2024_annual_report:2026"]  # fmt: skip


def test_outside_the_territory_nothing_is_said() -> None:
    assert judged("2022-04-01", [firm(area="310115")]) == {}


def test_key_sectors_of_the_city_are_early_and_only_there() -> None:
    rule = "key_sectors_annual_report_key_sector:2022"
    assert judged("2022-02-01", [firm(key_sector=True)])[rule].answer == "violated"
    assert rule not in judged("2022-02-01", [firm()])
    assert rule not in judged("2022-02-01", [firm(key_sector=True, area="320102")])


def test_larger_risks_ask_for_a_board_and_major_ones_for_a_card() -> None:
    records = [firm(), report("2021-03-01", FIRST, RISK)]
    found = judged("2021-03-10", records)
    assert found["js140_notice_board"].answer == "undecided"
    assert "js140_warning_card" not in found
    put = stated(PutUp, "2021-03-15", what=Shown.notice_board, location="大门")
    assert judged("2021-05-01", [*records, put])["js140_notice_board"].answer == "satisfied"
    assert judged("2021-05-01", records)["js140_notice_board"].answer == "violated"
    major = [firm(), report("2021-03-01", FIRST, msgspec.structs.replace(RISK, level=Level.red)), put]
    assert judged("2021-05-01", major)["js140_warning_card"].answer == "violated"


def test_a_zero_of_an_ammonia_store_is_a_lead_with_its_reasons_and_no_breach() -> None:
    found = judged("2021-05-02", [firm(), report("2021-03-01", FIRST)])["zero_risk_unlikely"]
    assert found.answer == "violated"
    assert "液氨" in found.reason.zh
    assert "不是违法认定" in found.reason.zh


def test_what_an_inspection_found_is_put_right_by_the_day_it_names() -> None:
    check = stated(CheckRecord, "2025-06-02", result=CheckResult.omitted, found="漏报氨机房", by=date(2025, 6, 20))
    records = [firm("2024-12-01", founded=date(2024, 11, 10)), check]
    assert judged("2025-06-20", records)["js2024_risks_omitted"].answer == "undecided"
    assert judged("2025-06-21", records)["js2024_risks_omitted"].answer == "violated"
    assert judged("2025-06-21", [*records, report("2025-06-10", ANNUAL, RISK)])["js2024_risks_omitted"].answer == "satisfied"
