"""What fires from the clock or follows a withdrawal fires once."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.base.cases import Act, case_of, dispatch, file_case, register, sweep_due, sweep_withdrawn, timeline
from bihuan.base.clock import DAY, HOUR
from bihuan.base.errors import Words
from bihuan.base.jobs import Sweeps
from bihuan.base.outbox import Entry, pending
from bihuan.base.rules.findings import finding_of, findings_where
from bihuan.base.rules.findings_model import Changes, Concern, duty_table, finding_table
from bihuan.base.rules.model import Answer, Verdict
from bihuan.base.rules.verdicts import duties_where, open_duties, store_verdicts, verdicts_of

from .pudong import INSPECTOR, LINE, NOON, SYSTEM, City

CONCERN = Concern(
    LINE, Words("消杀晚于提货", "Disinfected after pick-up"), party="org-importer", areas=("310104",),
    duty_title=Words("报送消杀记录", "Report the disinfection"),
)  # fmt: skip


def verdict(answer: Answer, window: str = "w1", due: int | None = None, missing: Sequence[str] = ()) -> Verdict:
    return Verdict(
        "disinfected_first", "container:CSQU3054383", window, answer, Words("提货 09:12，消杀 10:00。", "At 09:12."),
        NOON - DAY, "310115", witness=("rec-1", "rec-2"), due=due, missing=tuple(missing),
    )  # fmt: skip


def store(city: City, *verdicts: Verdict) -> Changes:
    with city.db.write(SYSTEM) as w:
        return store_verdicts(w, "container:CSQU3054383", verdicts, concern_of=lambda _: CONCERN)


def overdue(city: City) -> list[Entry]:
    return pending(city.db.reader(SYSTEM), city.clock.at, kinds=["case.overdue"])


def test_two_sweepers_fire_once(city: City) -> None:
    case = city.dispatched()
    city.clock.advance(2 * DAY)
    done = []
    for _ in range(2):
        with city.db.write(SYSTEM) as w:
            done.append(sweep_due(w))
    assert done == [1, 0]
    assert len(overdue(city)) == 2  # the officers of the area, and the one whose turn it is
    row = case_of(city.db.reader(INSPECTOR), case)
    assert row["overdue_at"] == NOON + 2 * DAY
    # Dispatched anew with a new due time it can be late once more.
    with city.db.write(INSPECTOR) as w:
        dispatch(
            w, case, to="org-station", to_kind="department", to_name="监管所", due=city.clock.at + DAY, act=Act()
        )
    city.clock.advance(2 * DAY)
    with city.db.write(SYSTEM) as w:
        assert (sweep_due(w), sweep_due(w)) == (1, 0)


def test_nothing_fires_before_its_time(city: City) -> None:
    city.dispatched()
    city.clock.advance(DAY - HOUR)
    with city.db.write(SYSTEM) as w:
        assert sweep_due(w) == 0
    assert overdue(city) == []


def test_the_same_verdicts_again_change_nothing(city: City) -> None:
    first = store(city, verdict("violated"))
    assert len(first.findings.raised) == 1 and first.verdicts == 1
    assert store(city, verdict("violated")) == Changes()
    [row] = findings_where(city.db.reader(INSPECTOR))
    assert (row["number"], row["state"], row["origin"]) == ("WT-310115-2020-000001", "open", "rule")


def test_a_withdrawn_finding_ends_its_case_and_may_stand_again(city: City) -> None:
    [finding] = store(city, verdict("violated")).findings.raised
    case = city.filed(finding)
    assert store(city, verdict("satisfied")).findings.withdrawn == (finding,)
    sweeps = Sweeps()
    register(sweeps)
    assert sweeps.run(city.db)["cases.withdrawn"] == 1
    assert sweeps.run(city.db)["cases.withdrawn"] == 0
    row = case_of(city.db.reader(INSPECTOR), case)
    assert (row["state"], row["outcome"]) == ("revoked", "revoked")
    assert timeline(city.db.reader(INSPECTOR), case)[-1].document == "撤〔2020〕310115-0001号"
    changes = store(city, verdict("violated"))
    assert changes.findings.reopened == (finding,) and not changes.findings.raised
    assert finding_of(city.db.reader(INSPECTOR), finding)["state"] == "open"
    with city.db.write(INSPECTOR) as w:
        again = file_case(w, finding, act=Act())
    assert case_of(city.db.reader(INSPECTOR), again)["number"] == "AJ-310115-2020-000002"


def test_a_finding_back_before_its_case_was_revoked_stays_in_it(city: City) -> None:
    [finding] = store(city, verdict("violated")).findings.raised
    case = city.filed(finding)
    store(city)
    store(city, verdict("violated"))
    with city.db.write(SYSTEM) as w:
        assert sweep_withdrawn(w) == 0
    assert finding_of(city.db.reader(INSPECTOR), finding)["state"] == "in_case"
    assert case_of(city.db.reader(INSPECTOR), case)["state"] == "open"


def test_an_undecided_verdict_with_a_due_time_is_a_duty_until_it_is_met(city: City) -> None:
    waiting = verdict("undecided", due=NOON + HOUR, missing=["cold_chain.Disinfected"])
    assert len(store(city, waiting).duties_opened) == 1
    assert store(city, waiting) == Changes()
    [duty] = open_duties(city.db.reader(INSPECTOR), "org-importer")
    assert (duty["title_zh"], duty["report_type"], duty["due"]) == (
        "报送消杀记录", "cold_chain.Disinfected", NOON + HOUR,
    )  # fmt: skip
    assert len(store(city, verdict("satisfied")).duties_met) == 1
    assert store(city, verdict("satisfied")) == Changes()
    assert open_duties(city.db.reader(INSPECTOR)) == []
    late = store(city, verdict("violated"))
    assert len(late.duties_breached) == 1 and len(late.findings.raised) == 1
    gone = store(city)
    assert len(gone.duties_lapsed) == 1 and len(gone.findings.withdrawn) == 1 and gone.verdicts == 1
    assert verdicts_of(city.db.reader(INSPECTOR), "container:CSQU3054383") == []
    assert [d["state"] for d in duties_where(city.db.reader(SYSTEM), duty_table.c.rule == "disinfected_first")] == [
        "lapsed"
    ]


def test_rules_not_evaluated_keep_their_findings(city: City) -> None:
    store(city, verdict("violated"))
    with city.db.write(SYSTEM) as w:
        changes = store_verdicts(w, "container:CSQU3054383", [], concern_of=lambda _: CONCERN, rules=["other"])
    assert changes == Changes()
    assert len(findings_where(city.db.reader(SYSTEM), finding_table.c.state == "open")) == 1
