"""The second app on the pages that every app has: duties, forms, lists, a party's page; and whose eyes reach how far."""

from __future__ import annotations

import json
from datetime import date

import pytest
import sqlalchemy as sa

from bihuan.apps.safety_reports.indicators import coverage, public_table, table, zero_alarms
from bihuan.apps.safety_reports.records import CheckRecord, CheckResult
from bihuan.base.clock import moment, parse_instant
from bihuan.base.errors import Forbidden, Refused
from bihuan.base.indicators import proof, public_cells
from bihuan.base.principal import system
from bihuan.base.records import keep
from bihuan.base.records.senders import check_sender
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.base.rules.verdicts import open_duties

from .safety_story import Province, province


@pytest.fixture(scope="module")
def made() -> Province:
    """Facts of all three firms; the plant has reported, the mill confirms zero, the store has not yet."""
    made = province()
    for name in ("store", "plant", "mill"):
        made.state(name, made.facts(name))
    made.state("plant", made.report("plant"))
    made.state("mill", made.report("mill", ()))
    return made


def test_a_clerk_sees_the_duty_and_its_form(made: Province) -> None:
    browser = made.browser("store")
    duties = browser.get("/enterprise/duties").text
    assert "完成本年度定期报告" in duties
    form = browser.get("/enterprise/report/safety_reports.Report").text
    assert f'value="{made.codes["store"]}"' in form
    assert "分级方法" in form


def test_the_form_tells_what_does_not_fit_at_its_field(made: Province) -> None:
    browser = made.browser("store")
    values = {"act": "check", "enterprise": made.codes["store"], "time": "2022-02-15T09:00", "area": "320585", "name": "示例",
              "industry": "G5942", "founded": "2023-01-01", "staff": "10"}  # fmt: skip
    page = browser.get("/enterprise/report/safety_reports.EnterpriseFacts").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    answer = browser.post("/enterprise/report/safety_reports.EnterpriseFacts", data=values | {"csrf": csrf, "retry": "r-founded"})
    assert answer.status_code == 422
    assert "不能晚于填报日期 2022-02-15" in answer.text


def test_an_officer_sees_the_firms_of_the_own_area_by_stage(made: Province) -> None:
    page = made.browser("taicang").get("/regulator/safety_reports").text
    assert made.codes["store"] in page and made.codes["plant"] in page
    assert made.codes["mill"] not in page
    one = made.browser("taicang").get(f"/regulator/subjects/enterprise:{made.codes['plant']}").text
    assert "较大（橙）" in one
    assert "第一季度" in one or "定期报告" in one


def test_a_supervisor_by_industry_sees_that_industry_alone(made: Province) -> None:
    browser = made.browser("chemist")
    page = browser.get("/regulator/safety_reports").text
    assert made.codes["plant"] in page
    assert made.codes["store"] not in page
    assert browser.get(f"/regulator/subjects/enterprise:{made.codes['store']}").status_code == 404
    assert browser.get(f"/regulator/subjects/enterprise:{made.codes['plant']}").status_code == 200


def test_one_party_page_shows_what_it_owes(made: Province) -> None:
    page = made.browser("taicang").get(f"/regulator/parties/{made.organisations['store']}").text
    assert "完成本年度定期报告" in page


def test_no_firm_speaks_for_another_and_none_for_the_authority(made: Province) -> None:
    reader = made.house.db.reader(system("test"))
    with pytest.raises(Forbidden) as told:
        check_sender(made.house.registry, reader, made.organisations["store"], "safety_reports.EnterpriseFacts", made.facts("mill"))
    assert told.value.code == "not_yours"
    checked = CheckRecord(enterprise=made.codes["store"], time=moment(made.clock.now()), area="320585", result=CheckResult.good, found="无")
    with pytest.raises(Forbidden):
        check_sender(made.house.registry, reader, made.organisations["store"], "safety_reports.CheckRecord", checked)
    check_sender(made.house.registry, reader, made.organisations["store"], "safety_reports.EnterpriseFacts", made.facts("store"))


def test_by_machine_the_same_refusals_hold(made: Province) -> None:
    browser = made.browser("store")
    body = {"enterprise": made.codes["mill"], "time": "2022-02-15T09:00:00+08:00", "area": "320583", "name": "他家", "industry": "C1711",
            "founded": "2020-01-01", "staff": 5}  # fmt: skip
    headers = {"authorization": f"Bearer {made.tokens['store']}", "idempotency-key": "other"}
    answer = browser.post("/v1/records/safety_reports.EnterpriseFacts", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    report = {"enterprise": made.codes["store"], "time": "2022-02-15T09:00:00+08:00", "area": "320585", "kind": "annual", "year": 2022,
              "method": "lec", "truthful": True, "none_larger": True}  # fmt: skip
    answer = browser.post("/v1/records/safety_reports.Report", json=report, headers=headers | {"idempotency-key": "unsigned"})
    assert (answer.status_code, answer.json()["code"]) == (422, "needs_signature")


def test_nothing_keeps_a_report_that_the_principal_did_not_sign(made: Province) -> None:
    with pytest.raises(Refused), made.house.db.write(made.principal("store")) as w:
        keep(w, made.report("store"), app="safety_reports", door="form")


def test_coverage_by_area_and_industry_with_its_proof(made: Province) -> None:
    reader = made.house.db.reader(system("test"))
    figure = coverage(reader, "320585", 2022)
    assert (figure.figure.numerator, figure.figure.denominator) == (1, 2)
    assert coverage(reader, "320585", 2022, "chemicals").figure.value == "1.0000"
    assert coverage(reader, "320585", 2022, "commerce").figure.value == "0.0000"
    cells = table(reader, ["320585", "320583"], 2022)
    assert [(c.area, c.line, c.figure.denominator) for c in cells] == [
        ("320585", "", 2), ("320585", "chemicals", 1), ("320585", "commerce", 1), ("320583", "", 1), ("320583", "textiles", 1),
    ]  # fmt: skip
    assert public_table(cells, 5)["320585"]["chemicals"] is None
    made.house.sign()
    told = json.loads(proof(made.house.db.reader(system("test")), figure.figure))
    assert len(told["leaves"]) == 2


def test_small_public_cells_are_left_out_and_cannot_be_worked_out() -> None:
    assert public_cells({"a": 3, "b": 40, "c": 8, "d": 0}, 5) == {"a": None, "b": 40, "c": None, "d": 0}
    assert public_cells({"a": 1, "b": 1, "c": 9, "d": 30}, 5) == {"a": None, "b": None, "c": None, "d": 30}
    assert public_cells({"a": 6, "b": 7}, 5) == {"a": 6, "b": 7}


def test_of_the_zero_reports_the_strangest_come_first(made: Province) -> None:
    firms = [made.facts("mill"), made.facts("store", ammonia_kg=9000), made.facts("mill", staff=5), made.facts("mill", staff=8)]
    [(firm, why)] = zero_alarms(firms, 0.25)
    assert firm is firms[1]
    assert "液氨" in why.zh


def test_when_the_quarter_is_over_the_duty_is_a_finding() -> None:
    made = province()
    made.state("store", made.facts("store"))
    reader = made.house.db.reader(system("test"))
    assert next(row["report_type"] for row in open_duties(reader, made.organisations["store"])) == "report"
    made.clock.at = parse_instant("2022-04-01T00:00:01+08:00")
    made.house.tick()
    reader = made.house.db.reader(system("test"))
    row = reader.one(sa.select(subject.c.stage, subject.c.violated).where(subject.c.kind == "enterprise"), SUBJECT)
    assert (row["stage"], row["violated"]) == ("overdue", 1)
    page = made.browser("taicang").get("/regulator/findings").text
    assert "逾期：安全风险定期报告" in page
    made.clock.at = parse_instant("2023-01-01T00:00:01+08:00")
    made.house.tick()
    duties = open_duties(made.house.db.reader(system("test")), made.organisations["store"])
    assert {date.fromtimestamp(row["due"] / 1_000_000).year for row in duties} == {2023}
