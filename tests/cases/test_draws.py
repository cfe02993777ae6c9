"""双随机 from plan to publication: who may plan, what is frozen, when the seed is known, what is shown wrong, what follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bihuan.base import cases
from bihuan.base.cases import Act, Answered, Asked, CheckItem
from bihuan.base.clock import DAY, HOUR
from bihuan.base.db import PUBLIC_TAG, Open, metadata
from bihuan.base.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.identity import create_organisation, give_grant, principal_for
from bihuan.base.ledger import first_checkpoint
from bihuan.base.notify import inbox
from bihuan.base.principal import PUBLIC, Principal, system
from bihuan.base.rules.findings import finding_of
from bihuan.standalone.verify_draw import check, main
from houses import NOW, Town, town

LINE = "cold_chain"
ITEMS = (
    CheckItem("booking", Words("到货先预约", "Booked before arrival"), Words("通告第一条", "Notice, article 1")),
    CheckItem("papers", Words("三证齐全", "Papers complete"), Words("通告第二条", "Notice, article 2")),
)
ALL = Open("the test looks at everything")


@pytest.fixture
def made() -> Iterator[Town]:
    built = town()
    with built.house.db.write(system("setup")) as w:
        for n in range(8):
            built.organisations[f"cold{n}"] = create_organisation(w, f"冷库{n}", kinds=["cold_store"], area="310115")
    yield built
    built.house.db.close()


def who(made: Town, login: str) -> Principal:
    reader = made.house.db.reader(system("test"))
    return principal_for(reader, made.people[login], None, made.clock.now(), made.house.lines(), confirmed_at=made.clock.now())


def asked(**changes: object) -> Asked:
    values: dict[str, object] = {
        "title": "十二月冷库抽查", "line": LINE, "area": "310115", "kinds": ["cold_store"], "begins": NOW,
        "due_at": NOW + 10 * DAY, "count": 3,
    } | changes  # fmt: skip
    return Asked(**values)  # type: ignore[arg-type]


def planned(made: Town, login: str = "officer", **changes: object) -> str:
    with made.house.db.write(who(made, login)) as w:
        return cases.plan_draw(w, asked(**changes), act=Act())


def drawn(made: Town, **changes: object) -> str:
    plan = planned(made, **changes)
    with made.house.db.write(who(made, "officer")) as w:
        cases.freeze_draw(w, plan, act=Act())
    made.house.sign()
    with made.house.db.write(who(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
    return plan


def visits(made: Town, plan: str) -> list[sa.RowMapping]:
    v = cases.visit_table.c
    return list(cases.visits_where(made.house.db.reader(system("test")), v.plan == plan))


def test_the_seed_is_not_known_before_the_pools_are_frozen(made: Town) -> None:
    officer = who(made, "officer")
    plan = planned(made)
    with made.house.db.write(officer) as w, pytest.raises(Refused, match="cannot draw now"):
        cases.draw_now(w, plan, act=Act())
    made.house.sign()  # a checkpoint from before counts for nothing
    with made.house.db.write(officer) as w:
        cases.freeze_draw(w, plan, act=Act())
    with made.house.db.write(officer) as w, pytest.raises(Refused, match="no seed yet"):
        cases.draw_now(w, plan, act=Act())
    made.house.sign()
    with made.house.db.write(officer) as w:
        cases.draw_now(w, plan, act=Act())
    row = cases.plan_of(made.house.db.reader(officer), plan)
    assert row["state"] == "drawn"
    assert row["number"] == "CC-310115-2020-000001"
    assert len(visits(made, plan)) == 3
    assert cases.verify_draw(made.house.db.reader(officer), plan) == []


def test_drawn_twice_is_drawn_once_and_later_checkpoints_change_nothing(made: Town) -> None:
    plan = drawn(made)
    before = [dict(row) for row in visits(made, plan)]
    proof = cases.proof_of(made.house.db.reader(system("test")), plan)
    made.clock.advance(HOUR)
    planned(made)
    made.house.sign()
    with made.house.db.write(who(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
    assert [dict(row) for row in visits(made, plan)] == before
    assert cases.proof_of(made.house.db.reader(system("test")), plan) == proof


def test_the_same_draw_after_a_crash(tmp_path: Path) -> None:
    """The process dies while drawing; more is recorded and signed; the draw that is made then is the same."""
    made = town(tmp_path)
    with made.house.db.write(system("setup")) as w:
        for n in range(8):
            create_organisation(w, f"冷库{n}", kinds=["cold_store"], area="310115")
    plan = planned(made)
    with made.house.db.write(who(made, "officer")) as w:
        cases.freeze_draw(w, plan, act=Act())
    made.house.sign()

    def objects() -> list[list[str]]:
        proof = cases.proof_of(w, plan)
        return [proof["drawn"], *proof["visits"]]

    first: list[list[str]] = []
    with pytest.raises(RuntimeError), made.house.db.write(who(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
        first = objects()
        raise RuntimeError("the machine stops before the commit")
    assert cases.plan_of(made.house.db.reader(system("test")), plan)["state"] == "frozen"
    made.clock.advance(DAY)
    planned(made)
    made.house.sign()
    with made.house.db.write(who(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
        assert objects() == first
    made.house.db.close()


def _other_object(proof: dict[str, object]) -> None:
    proof["objects"][0][0] = "org-0000000000000000"  # type: ignore[index]


def _heavier(proof: dict[str, object]) -> None:
    proof["objects"][0][1] = 2  # type: ignore[index]


def _other_officer(proof: dict[str, object]) -> None:
    proof["officers"][0] = "per-0000000000000000"  # type: ignore[index]


def _other_secret(proof: dict[str, object]) -> None:
    proof["secret"] = "00" * 32


def _swapped(proof: dict[str, object]) -> None:
    proof["drawn"].reverse()  # type: ignore[attr-defined]


def _earlier(proof: dict[str, object]) -> None:
    proof["frozen_at"] = 10_000


@pytest.mark.parametrize("spoil", [_other_object, _heavier, _other_officer, _other_secret, _swapped, _earlier])
def test_whatever_is_changed_shows(made: Town, spoil: object, tmp_path: Path) -> None:
    plan = drawn(made)
    proof = cases.proof_of(made.house.db.reader(who(made, "inspector")), plan)
    bound = str(proof["commitment"])
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(proof), "utf-8")
    assert cases.check_proof(proof, bound) == []
    assert len(check(proof)) == 2
    assert main([str(file)]) == 0
    spoil(proof)  # type: ignore[operator]
    assert cases.check_proof(proof, bound)
    with pytest.raises(ValueError):
        check(proof)
    file.write_text(json.dumps(proof), "utf-8")
    assert main([str(file)]) == 1


def test_the_ledger_holds_the_hash_before_the_secret(made: Town) -> None:
    """Commitment and pools stand in entries that the checkpoint covers whose root went into the seed."""
    plan = drawn(made)
    reader = made.house.db.reader(system("test"))
    row, proof = cases.plan_of(reader, plan), cases.proof_of(reader, plan)
    entry = metadata.tables["entry"]
    order = [
        reader.scalar(sa.select(entry.c.seq).where(entry.c.ref == row[f"{act}_record"]), ALL)
        for act in ("planned", "frozen", "drawn")
    ]
    covered = int(proof["checkpoint"].split("\n")[1])
    assert order[0] < order[1] < covered <= order[2]
    assert first_checkpoint(reader, order[1]) == proof["checkpoint"]
    body = bytes(reader.scalar(sa.select(entry.c.body).where(entry.c.ref == row["frozen_record"]), ALL))
    assert proof["objects_hash"].encode() in body
    assert proof["secret"].encode() not in body


def test_an_officer_never_visits_whom_they_avoid_or_belong_to(made: Town) -> None:
    firm = made.organisations["warehouse"]
    with made.house.db.write(system("setup")) as w:
        give_grant(w, made.people["warehouse"], "310115", LINE, ["read", "act"])  # a clerk of the warehouse becomes an officer
    with made.house.db.write(who(made, "admin")) as w:
        cases.note_avoidance(w, made.people["inspector"], firm, "配偶在该单位任职")
    with made.house.db.write(who(made, "admin")) as w, pytest.raises(Conflict):
        cases.note_avoidance(w, made.people["inspector"], firm, "再登记一次")
    plan = planned(made, count=9)
    with made.house.db.write(who(made, "officer")) as w, pytest.raises(Refused, match="Only 1 officers may check “测试中转查验库”"):
        cases.freeze_draw(w, plan, act=Act())
    with made.house.db.write(system("setup")) as w:
        give_grant(w, made.people["store"], "31", "*", ["read", "act"])
    with made.house.db.write(who(made, "officer")) as w:
        cases.freeze_draw(w, plan, act=Act())
    made.house.sign()
    with made.house.db.write(who(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
    reader = made.house.db.reader(system("test"))
    [visit] = [row for row in visits(made, plan) if row["party"] == firm]
    assert set(cases.officers_of_visit(reader, visit["id"])) == {made.people["officer"], made.people["store"]}
    [row] = cases.avoidances(made.house.db.reader(who(made, "admin")))
    with made.house.db.write(who(made, "admin")) as w:
        cases.end_avoidance(w, row["id"])
    assert not cases.avoidances(made.house.db.reader(who(made, "admin")))


def test_who_may_plan_and_who_sees_it(made: Town) -> None:
    for login in ("stranger", "admin", "importer"):
        with made.house.db.write(who(made, login)) as w, pytest.raises(Forbidden):
            cases.plan_draw(w, asked(), act=Act())
    plan = drawn(made)
    visit = visits(made, plan)[0]["id"]
    for principal in (who(made, "stranger"), PUBLIC):
        reader = made.house.db.reader(principal)
        with pytest.raises(NotFound):
            cases.plan_of(reader, plan)
        with pytest.raises(NotFound):
            cases.visit_of(reader, visit)
        with pytest.raises(NotFound):
            cases.verify_draw(reader, plan)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": " "}, "title"), ({"kinds": []}, "kinds"), ({"count": None}, "count"), ({"share": 10}, "count"),
     ({"count": 0}, "count"), ({"count": None, "share": 101}, "share"), ({"per_visit": 1}, "per_visit"),
     ({"due_at": NOW}, "due"), ({"weighing": "likes"}, "weighing")],
)  # fmt: skip
def test_a_plan_says_what_it_wants(made: Town, changes: dict[str, object], field: str) -> None:
    with made.house.db.write(who(made, "officer")) as w, pytest.raises(Invalid) as wrong:
        cases.plan_draw(w, asked(**changes), act=Act())
    assert field in [fault.path for fault in wrong.value.faults]


def test_a_share_is_rounded_up_and_more_than_the_pool_is_refused(made: Town) -> None:
    plan = drawn(made, count=None, share=25)  # of nine
    assert cases.plan_of(made.house.db.reader(who(made, "officer")), plan)["count"] == 3
    plan = planned(made, count=10)
    with made.house.db.write(who(made, "officer")) as w, pytest.raises(Refused, match="pool holds 9 organisations"):
        cases.freeze_draw(w, plan, act=Act())


def test_weights_follow_findings(made: Town) -> None:
    firm = made.organisations["cold0"]
    with made.house.db.write(who(made, "inspector")) as w:
        for n in range(12):
            cases.note_finding(w, subject=f"party:{firm}", origin="patrol", title=Words(f"问题{n}", "x"), reason=Words("x", "x"),
                               line=LINE, area="310115", party=firm, act=Act())  # fmt: skip
    plan = drawn(made, weighing="findings")
    weights = dict(cases.proof_of(made.house.db.reader(who(made, "officer")), plan)["objects"])
    assert weights[firm] == 10
    assert {weight for party, weight in weights.items() if party != firm} == {1}


def test_a_draw_is_replaced_openly_or_not_at_all(made: Town) -> None:
    plan, officer = drawn(made), who(made, "officer")
    with made.house.db.write(officer) as w, pytest.raises(Refused, match="a new plan that says why"):
        cases.freeze_draw(w, plan, act=Act())
    with made.house.db.write(officer) as w, pytest.raises(Invalid, match="Say why"):
        cases.plan_draw(w, asked(), act=Act(), replaces=plan)
    assert cases.plan_of(made.house.db.reader(officer), plan)["state"] == "drawn"
    with made.house.db.write(officer) as w:
        new = cases.plan_draw(w, asked(count=2), act=Act(), replaces=plan, reason="名录漏了两家新备案冷库")
    reader = made.house.db.reader(officer)
    old = cases.plan_of(reader, plan)
    assert (old["state"], old["replaced_by"]) == ("replaced", new)
    assert cases.plan_of(reader, new)["reason"] == "名录漏了两家新备案冷库"
    assert {row["state"] for row in visits(made, plan)} == {"called_off"}
    assert cases.verify_draw(reader, plan) == []
    with made.house.db.write(officer) as w, pytest.raises(Refused, match="cannot be replaced"):
        cases.plan_draw(w, asked(), act=Act(), replaces=plan, reason="再来一次")


def test_a_double_click_plans_and_records_once(made: Town) -> None:
    with made.house.db.write(who(made, "officer")) as w:
        first = cases.plan_draw(w, asked(), act=Act(retry="f-1"))
    with made.house.db.write(who(made, "officer")) as w:
        assert cases.plan_draw(w, asked(), act=Act(retry="f-1")) == first
    with made.house.db.write(who(made, "officer")) as w, pytest.raises(Conflict):
        cases.plan_draw(w, asked(count=1), act=Act(retry="f-1"))


def record(made: Town, visit: str, login: str, *answers: Answered, **changes: object) -> list[str]:
    said = answers or tuple(Answered(item.id, "yes") for item in ITEMS)
    with made.house.db.write(who(made, login)) as w:
        return cases.record_visit(w, visit, items=ITEMS, answers=said, visited_at=made.clock.now() - HOUR, act=Act(), **changes)  # type: ignore[arg-type]


def test_a_visit_with_nothing_wrong_is_published_after_a_second_officer_signed(made: Town) -> None:
    plan = drawn(made, count=1)
    [visit] = visits(made, plan)
    made.clock.advance(DAY)
    reader = made.house.db.reader(PUBLIC)
    with pytest.raises(Refused, match="To be made"), made.house.db.write(who(made, "inspector")) as w:
        cases.sign_visit(w, visit["id"], act=Act())
    assert record(made, visit["id"], "inspector") == []
    assert cases.published(reader) == []
    with made.house.db.write(who(made, "inspector")) as w, pytest.raises(Forbidden, match="never who recorded"):
        cases.sign_visit(w, visit["id"], act=Act())
    assert cases.public_proof(reader, plan) is None
    with made.house.db.write(who(made, "officer")) as w:
        cases.sign_visit(w, visit["id"], act=Act())
    [shown] = cases.published(reader)
    assert (shown["party"], shown["result"]) == (visit["party"], "clean")
    assert not [value for value in shown.values() if str(value).startswith("per-")]
    assert cases.plan_of(made.house.db.reader(who(made, "officer")), plan)["state"] == "done"
    proof = cases.public_proof(reader, plan)
    assert proof is not None
    assert "officers" not in proof
    assert len(check(proof)) == 1
    with pytest.raises(NotFound):
        cases.visit_of(reader, visit["id"])


def test_what_does_not_comply_is_a_finding_of_the_officer(made: Town) -> None:
    plan = drawn(made, count=1)
    [visit] = visits(made, plan)
    made.clock.advance(DAY)
    with pytest.raises(Invalid) as wrong:
        record(made, visit["id"], "inspector", Answered("booking", "no"))
    assert [fault.path for fault in wrong.value.faults] == ["remark-booking", "answer-papers"]
    [finding] = record(made, visit["id"], "inspector", Answered("booking", "no", "两箱无预约"), Answered("papers", "none"))
    row = finding_of(made.house.db.reader(who(made, "inspector")), finding)
    assert (row["origin"], row["party"], row["title_zh"], row["state"]) == ("patrol", visit["party"], "不符合：到货先预约", "open")
    assert row["reason_zh"] == "两箱无预约（依据：通告第一条）"
    with made.house.db.write(who(made, "inspector")) as w:
        assert cases.file_case(w, finding, act=Act())
    with made.house.db.write(who(made, "officer")) as w:
        cases.sign_visit(w, visit["id"], act=Act())
    assert [row["result"] for row in cases.published(made.house.db.reader(PUBLIC))] == ["problems"]
    got = cases.coverage(made.house.db.reader(who(made, "officer")), cases.plan_of(made.house.db.reader(who(made, "officer")), plan))
    assert (got.pool, got.drawn, got.made, got.signed, got.clean, got.late, got.percent) == (9, 1, 1, 1, 0, 0, 100)


def test_only_who_was_drawn_records_and_only_what_has_happened(made: Town) -> None:
    with made.house.db.write(system("setup")) as w:
        give_grant(w, made.people["store"], "310115", LINE, ["read", "act"])
    plan = drawn(made, count=1)
    [visit] = visits(made, plan)
    going = cases.officers_of_visit(made.house.db.reader(system("test")), visit["id"])
    [other] = [login for login in ("inspector", "officer", "store") if made.people[login] not in going]
    made.clock.advance(DAY)
    with pytest.raises(Forbidden, match="officer who was drawn"):
        record(made, visit["id"], other)
    login = next(login for login in ("inspector", "officer", "store") if made.people[login] in going)
    with pytest.raises(Invalid, match="not in the future"), made.house.db.write(who(made, login)) as w:
        cases.record_visit(w, visit["id"], items=ITEMS, answers=[Answered(i.id, "yes") for i in ITEMS],
                           visited_at=made.clock.now() + HOUR, act=Act())  # fmt: skip


def test_who_steps_aside_is_replaced_by_the_seed(made: Town) -> None:
    with made.house.db.write(system("setup")) as w:
        give_grant(w, made.people["store"], "310115", LINE, ["read", "act"])
    plan = drawn(made, count=1)
    [visit] = visits(made, plan)
    reader = made.house.db.reader(system("test"))
    going = cases.officers_of_visit(reader, visit["id"])
    logins = {made.people[login]: login for login in ("inspector", "officer", "store")}
    [spare] = set(logins) - set(going)
    with pytest.raises(Forbidden), made.house.db.write(who(made, logins[spare])) as w:
        cases.step_aside(w, visit["id"], reason="无关", act=Act())
    with made.house.db.write(who(made, logins[going[0]])) as w:
        assert cases.step_aside(w, visit["id"], reason="与负责人是亲属", act=Act()) == spare
    assert cases.officers_of_visit(reader, visit["id"]) == [going[1], spare]
    with pytest.raises(Refused, match="Nobody else of the pool"), made.house.db.write(who(made, logins[spare])) as w:
        cases.step_aside(w, visit["id"], reason="也是亲属", act=Act())


def test_the_clock_tells_an_overdue_visit_once(made: Town) -> None:
    plan = drawn(made, count=1)
    made.house.tick()
    told = [str(message.words.zh) for message in inbox(made.house.db.reader(who(made, "inspector")))]
    assert any("您被抽中检查 JC-310115-2020-000001" in words for words in told)
    made.clock.advance(11 * DAY)
    with made.house.db.write(system("sweeper")) as w:
        assert cases.sweep_visits(w) == 1
        assert cases.sweep_visits(w) == 0
    made.house.tick()
    told = [str(message.words.zh) for message in inbox(made.house.db.reader(who(made, "inspector")))]
    assert sum("已超过期限" in words for words in told) == 2  # to the officer, and to those of area and line
    [visit] = visits(made, plan)
    assert visit["overdue_at"] == made.clock.now()


def test_no_record_of_a_draw_is_shown_to_who_is_checked(made: Town) -> None:
    plan = drawn(made, count=1)
    [visit] = visits(made, plan)
    made.clock.advance(DAY)
    record(made, visit["id"], "inspector")
    with made.house.db.write(who(made, "officer")) as w:
        cases.sign_visit(w, visit["id"], act=Act())
    made.house.catch_up()
    seen, rec = metadata.tables["seen"], metadata.tables["record"]
    query = sa.select(rec.c.type, seen.c.tag).join(seen, sa.and_(seen.c.kind == "record", seen.c.row == rec.c.ref))
    rows = made.house.db.reader(system("test")).rows(query.where(rec.c.type.startswith("cases.")), ALL)
    assert {row["type"] for row in rows} == {f"cases.{name}" for name in ("DrawPlanned", "DrawFrozen", "Drawn", "VisitRecorded", "VisitSigned")}
    assert {row["tag"] for row in rows} == {"a:cold_chain:310115"}


def test_nothing_of_a_draw_is_public_before_its_visits(made: Town) -> None:
    drawn(made)
    seen = metadata.tables["seen"]
    open_rows = made.house.db.reader(system("test")).rows(
        sa.select(seen).where(seen.c.tag == PUBLIC_TAG, seen.c.kind.in_(("draw_plan", "visit", "check_result"))), ALL
    )
    assert not open_rows


