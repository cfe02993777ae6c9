"""A case goes 发现-立案-派遣-处置-核查-结案-评价, each act once, in turn, and ends only on evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bihuan.base.cases import (
    APP,
    TYPES,
    Act,
    CaseClosed,
    Doing,
    answer_order,
    case_of,
    close,
    dispatch,
    documents_of,
    evaluate,
    file_case,
    handle_on_site,
    next_action,
    note_finding,
    order_correction,
    strip,
    timeline,
    verify,
    whose_turn,
)
from bihuan.base.cases.model import event_table
from bihuan.base.clock import DAY, HOUR
from bihuan.base.db import Writer
from bihuan.base.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.files import file_bytes, store_file
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.notify import acknowledge, deliver, inbox
from bihuan.base.principal import PUBLIC
from bihuan.base.records import RECORD, Registry, derive, record
from bihuan.base.rules.findings import finding_of

from .pudong import (
    ARTICLE,
    CSV,
    DEMAND,
    ELSEWHERE,
    HEAD,
    IMPORTER,
    INSPECTOR,
    LINE,
    NOON,
    READER,
    REASON,
    STRANGER,
    SYSTEM,
    TITLE,
    City,
)


def entries(city: City) -> int:
    return city.db.reader(SYSTEM).count(sa.select(entry.c.seq), ENTRIES)


def test_a_case_from_finding_to_evaluation(city: City) -> None:
    told: list[object] = []
    city.db.listeners.append(told.extend)
    case = city.ordered()
    reader = city.db.reader(IMPORTER)
    assert case_of(reader, case)["number"] == "AJ-310115-2020-000001"
    assert next_action(case_of(reader, case), IMPORTER).doing is Doing.answer  # type: ignore[union-attr]
    assert next_action(case_of(reader, case), INSPECTOR) is None
    proof = city.photo(IMPORTER)
    with city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已移入隔离区", evidence=[proof], act=Act())
    assert file_bytes(city.db.reader(INSPECTOR), proof)[1] == CSV
    with city.db.write(INSPECTOR) as w:
        verify(w, case, passed=True, text="现场核对，批次 L1 在隔离区。", act=Act())
    with pytest.raises(Forbidden), city.db.write(INSPECTOR) as w:
        close(w, case, outcome="已改正", act=Act())
    city.clock.advance(HOUR)
    with city.db.write(HEAD) as w:
        close(w, case, outcome="已改正", act=Act())
        evaluate(w, case, grade="good", act=Act())
    row = case_of(city.db.reader(HEAD), case)
    assert (row["step"], row["state"], row["outcome"], row["grade"]) == ("evaluated", "closed", "已改正", "good")
    assert finding_of(city.db.reader(HEAD), row["finding"])["state"] == "closed"
    assert whose_turn(row).who == "nobody"
    assert CaseClosed(case, "closed") in told
    steps = [h.doing.value for h in timeline(city.db.reader(HEAD), case)]
    assert steps == ["file", "dispatch", "order", "answer", "verify", "close", "evaluate"]
    # The party sees what was asked and answered, not how the office passed it on.
    assert [h.doing.value for h in timeline(city.db.reader(IMPORTER), case)] == [
        "file", "order", "answer", "verify", "close",
    ]  # fmt: skip
    assert entries(city) == 1 + len(steps)
    assert [d.number for d in documents_of(city.db.reader(IMPORTER), case)] == [
        "责改〔2020〕310115-0001号",
        "结〔2020〕310115-0001号",
    ]
    assert documents_of(city.db.reader(IMPORTER), case)[0].body["articles"] == [list(ARTICLE)]


def test_every_act_is_done_once_under_its_retry_key(city: City) -> None:
    act = Act(retry="k-file")
    finding = city.finding(retry="f")
    assert city.finding(retry="f") == finding
    with city.db.write(INSPECTOR) as w:
        case = file_case(w, finding, act=act)
    due = city.clock.at + DAY
    proof = city.photo(IMPORTER)

    def twice(who: object, doing: Callable[[Writer], object]) -> None:
        with city.db.write(who) as w:  # type: ignore[arg-type]
            first = doing(w)
        kept, row = entries(city), dict(case_of(city.db.reader(SYSTEM), case))
        city.clock.advance(HOUR)
        with city.db.write(who) as w:  # type: ignore[arg-type]
            assert doing(w) == first
        assert (entries(city), dict(case_of(city.db.reader(SYSTEM), case))) == (kept, row)

    twice(INSPECTOR, lambda w: file_case(w, finding, act=act))
    to = {"to": "per-李检查", "to_kind": "person", "to_name": "李"}
    twice(INSPECTOR, lambda w: dispatch(w, case, due=due, act=Act(retry="d"), **to))  # type: ignore[arg-type]
    twice(
        INSPECTOR,
        lambda w: order_correction(w, case, articles=[ARTICLE], demands=[DEMAND], due=due, act=Act(retry="o")),
    )
    twice(IMPORTER, lambda w: answer_order(w, case, text="已改", evidence=[proof], act=Act(retry="a")))
    twice(INSPECTOR, lambda w: verify(w, case, passed=True, text="属实", act=Act(retry="v")))
    twice(HEAD, lambda w: close(w, case, outcome="已改正", act=Act(retry="c")))
    twice(HEAD, lambda w: evaluate(w, case, grade="fair", act=Act(retry="e")))
    with pytest.raises(Conflict, match="request key"), city.db.write(INSPECTOR) as w:
        verify(w, case, passed=False, text="不属实", act=Act(retry="v"))


def test_another_senders_key_is_another_act(city: City) -> None:
    with city.db.write(PUBLIC) as w:
        tip = note_finding(
            w, subject="place:1", origin="tip", title=TITLE, reason=REASON, line=LINE, area="310115",
            act=Act(retry="f-1"),
        )  # fmt: skip
    assert tip != city.finding(retry="f-1")


def test_a_failed_check_returns_to_handling(city: City) -> None:
    case = city.ordered()
    proof = city.photo(IMPORTER)
    with city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已改", evidence=[proof], act=Act())
    with pytest.raises(Invalid, match="new deadline"), city.db.write(INSPECTOR) as w:
        verify(w, case, passed=False, text="仍在原处", act=Act())
    with city.db.write(INSPECTOR) as w:
        verify(w, case, passed=False, text="仍在原处", due=city.clock.at + DAY, act=Act())
    row = case_of(city.db.reader(INSPECTOR), case)
    assert (row["step"], row["state"], row["check_passed"], row["awaits_party"]) == ("handling", "open", False, True)
    assert whose_turn(row).id == "org-importer"
    with pytest.raises(Refused), city.db.write(HEAD) as w:
        close(w, case, outcome="算了", act=Act())
    with city.db.write(IMPORTER) as w:
        answer_order(w, case, text="这次已改", evidence=[proof], act=Act())
    with city.db.write(HEAD) as w:
        verify(w, case, passed=True, text="属实", act=Act())
        close(w, case, outcome="已改正", act=Act())


def test_no_closing_without_check_and_evidence(city: City) -> None:
    case = city.ordered()
    with pytest.raises(Invalid, match="evidence"), city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已改", evidence=[], act=Act())
    with pytest.raises(Invalid, match="not found"), city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已改", evidence=["file-unknown"], act=Act())
    with city.db.write(STRANGER) as w:
        theirs = store_file(w, CSV, "t.csv").id
    with pytest.raises(Invalid, match="not found"), city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已改", evidence=[theirs], act=Act())
    proof = city.photo(IMPORTER)
    with city.db.write(IMPORTER) as w:
        answer_order(w, case, text="已改", evidence=[proof], act=Act())
    with pytest.raises(Refused, match="passed check"), city.db.write(HEAD) as w:
        close(w, case, outcome="已改正", act=Act())
    with city.db.write(HEAD) as w:
        verify(w, case, passed=True, text="属实", act=Act())
        w.write(sa.update(event_table).values(evidence="[]"))
    with pytest.raises(Refused, match="no evidence"), city.db.write(HEAD) as w:
        close(w, case, outcome="已改正", act=Act())


def test_records_are_evidence_too_and_each_act_is_one(city: City) -> None:
    case = city.ordered()
    registry = Registry()
    registry.add(APP, "", TYPES)
    with city.db.write(SYSTEM) as w:
        assert derive(w, registry, 0) is not None
    reader = city.db.reader(SYSTEM)
    noted = reader.scalar(sa.select(record.c.ref).where(record.c.type == "cases.FindingNoted"), RECORD)
    mine = [row["type"] for row in city.db.reader(IMPORTER).rows(sa.select(record.c.type), RECORD)]
    assert mine == ["cases.CaseStep"] * 2  # filed and ordered; the dispatch with its note is not the party's
    with pytest.raises(Invalid, match="not found"), city.db.write(INSPECTOR) as w:
        handle_on_site(w, case, text="现场移库", evidence=["no-such-record"], act=Act())
    with city.db.write(INSPECTOR) as w:
        handle_on_site(w, case, text="现场移库", evidence=[noted], act=Act())
    assert timeline(reader, case)[-1].evidence == (noted,)


def test_two_editors_the_second_is_told_who_and_when(city: City) -> None:
    case = city.filed()
    shown = case_of(city.db.reader(HEAD), case)["version"]
    with city.db.write(INSPECTOR) as w:
        dispatch(w, case, to="per-李检查", to_kind="person", to_name="李", due=NOON + DAY, act=Act(version=shown))
    with pytest.raises(Conflict, match="李检查 at 2020-12-10 12:00") as raised, city.db.write(HEAD) as w:
        dispatch(w, case, to="per-王所长", to_kind="person", to_name="王", due=NOON + DAY, act=Act(version=shown))
    assert "派遣" in raised.value.words.zh


def test_scope_capability_and_turn(city: City) -> None:
    case = city.dispatched()
    order = {"articles": [ARTICLE], "demands": [DEMAND], "due": NOON + DAY, "act": Act()}
    for who, error in ((ELSEWHERE, NotFound), (STRANGER, NotFound), (READER, Forbidden), (IMPORTER, Forbidden)):
        with pytest.raises(error), city.db.write(who) as w:
            order_correction(w, case, **order)  # type: ignore[arg-type]
    with pytest.raises(Refused), city.db.write(INSPECTOR) as w:
        verify(w, case, passed=True, text="属实", act=Act())
    with pytest.raises(Forbidden), city.db.write(INSPECTOR) as w:
        answer_order(w, case, text="代答", evidence=["x"], act=Act())
    with pytest.raises(Refused), city.db.write(INSPECTOR) as w:
        file_case(w, case_of(w, case)["finding"], act=Act())
    assert strip(city.db.reader(INSPECTOR), LINE, 0).filed == 1
    assert strip(city.db.reader(ELSEWHERE), LINE, 0).filed == 0


def test_a_case_dispatched_to_one_officer_is_not_anothers(city: City) -> None:
    case = city.filed()
    with city.db.write(HEAD) as w:
        dispatch(w, case, to="per-陈", to_kind="person", to_name="陈检查", due=NOON + DAY, act=Act())
    with pytest.raises(Forbidden, match="陈检查"), city.db.write(INSPECTOR) as w:
        handle_on_site(w, case, text="已处置", evidence=["x"], act=Act())
    assert next_action(case_of(city.db.reader(INSPECTOR), case), INSPECTOR) is None


def test_of_a_tip_the_party_learns_when_it_is_asked(city: City) -> None:
    with city.db.write(PUBLIC) as w:
        tip = note_finding(
            w, subject="lot:L2", origin="tip", title=TITLE, reason=Words("邻居所见", "Seen by a neighbour"),
            line=LINE, area="310115", party="org-importer", act=Act(retry="t"),
        )  # fmt: skip
    with pytest.raises(NotFound):
        finding_of(city.db.reader(IMPORTER), tip)
    case = city.filed(tip)
    with pytest.raises(NotFound):
        case_of(city.db.reader(IMPORTER), case)
    with city.db.write(HEAD) as w:
        dispatch(w, case, to="per-王所长", to_kind="person", to_name="王", due=NOON + DAY, act=Act())
        order_correction(w, case, articles=[ARTICLE], demands=[DEMAND], due=NOON + DAY, act=Act())
    assert case_of(city.db.reader(IMPORTER), case)["step"] == "handling"
    assert [h.doing.value for h in timeline(city.db.reader(IMPORTER), case)] == ["order"]


def test_only_an_officer_in_scope_notes_a_patrols_finding(city: City) -> None:
    for who in (ELSEWHERE, IMPORTER, PUBLIC):
        with pytest.raises(Forbidden), city.db.write(who) as w:
            note_finding(
                w, subject="lot:L1", origin="patrol", title=TITLE, reason=REASON, line=LINE, area="310115", act=Act()
            )


def test_document_numbers_have_no_gap_when_an_act_fails(city: City) -> None:
    case = city.dispatched()
    with pytest.raises(ZeroDivisionError), city.db.write(INSPECTOR) as w:
        order_correction(w, case, articles=[ARTICLE], demands=[DEMAND], due=NOON + DAY, act=Act())
        raise ZeroDivisionError
    numbers = []
    for n in range(3):
        with city.db.write(HEAD) as w:
            found = note_finding(
                w, subject=f"lot:{n}", origin="patrol", title=TITLE, reason=REASON, line=LINE, area="310115005",
                party="org-importer", act=Act(),
            )  # fmt: skip
            other = file_case(w, found, act=Act())
            dispatch(w, other, to="per-王所长", to_kind="person", to_name="王", due=NOON + DAY, act=Act())
            numbers.append(
                order_correction(w, other, articles=[ARTICLE], demands=[DEMAND], due=NOON + DAY, act=Act())
            )
    assert numbers == [f"责改〔2020〕310115-000{n}号" for n in (1, 2, 3)]


def test_messages_reach_whose_turn_it_is_and_nobody_else(city: City) -> None:
    city.ordered()
    for _ in range(2):
        with city.db.write(SYSTEM) as w:
            deliver(w)
    assert [m.words.zh for m in inbox(city.db.reader(INSPECTOR))] == ["案件 AJ-310115-2020-000001 已派遣给您，请处置。"]
    [asked] = inbox(city.db.reader(IMPORTER))
    assert "责令改正通知" in asked.words.zh
    assert inbox(city.db.reader(STRANGER)) == [] == inbox(city.db.reader(HEAD))
    with pytest.raises(NotFound), city.db.write(STRANGER) as w:
        acknowledge(w, asked.id)
    with city.db.write(IMPORTER) as w:
        acknowledge(w, asked.id)
    assert inbox(city.db.reader(IMPORTER))[0].acknowledged_at == NOON
