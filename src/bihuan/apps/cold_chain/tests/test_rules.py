"""The rules of a lot: papers, disinfection and kilograms, each reading to its edge."""

from typing import Any

import pytest

from bihuan.apps.cold_chain.tests.story import (
    C,
    Step,
    W,
    answer,
    arrived,
    certificate,
    judged,
    left,
    of,
    released,
    step,
    stored,
)

STORED, DISINFECTED, LEFT, BALANCE = (
    "stored_before_released",
    "unqualified_disinfection",
    "left_without_papers",
    "lot_balance_kg",
)


def paper(says: str, when: str = "12 05:00", **fields: Any) -> Step:
    return step("h", "health_certificate", when, says_=says, **{"container": C, **fields})


def revoked(number: str, when: str) -> Step:
    return step("x", "certificate_revoked", when, certificate=number)


# stored_before_released


def test_a_release_certificate_in_force_is_needed() -> None:
    assert answer([released(), stored()], STORED) == "violated"
    verdict = of(judged([released(), certificate(), stored()]), STORED)
    assert (verdict.answer, verdict.witness) == ("satisfied", ("c", "s"))
    assert answer([released(), certificate(when="13 13:00"), stored()], STORED) == "satisfied"  # R-EQUAL
    assert answer([released(), certificate(when="13 13:00:01"), stored()], STORED) == "violated"
    assert answer([released(), certificate(lots=["L2"]), stored()], STORED) == "violated"


def test_a_revoked_certificate_is_not_in_force() -> None:
    steps = [released(), certificate(), stored()]
    verdict = of(judged([*steps, revoked("C1", "13 13:00")]), STORED)
    assert (verdict.answer, verdict.witness) == ("violated", ("c", "x", "s"))
    assert answer([*steps, revoked("C1", "13 13:00:01")], STORED) == "satisfied"
    assert answer([*steps, revoked("C2", "13 10:00")], STORED) == "satisfied"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("该批货物业经消毒", "satisfied"), ("已消毒", "violated"), ("未经消毒", "violated"), ("", "violated")],
)
def test_only_the_words_themselves_exempt(text: str, expected: str) -> None:  # R-SAYS, R-PACK
    assert answer([paper(text or "合格"), released(), stored()], STORED) == expected


def test_an_exempting_paper_must_exist_when_the_goods_are_stored() -> None:  # R-EX-TIME
    assert answer([paper("业经消毒", "13 13:00"), released(), stored()], STORED) == "satisfied"
    assert answer([paper("业经消毒", "13 13:00:01"), released(), stored()], STORED) == "violated"


def test_a_paper_that_names_lots_counts_for_those() -> None:
    two = released(lots=(("L1", 500, "high"), ("L2", 500, "high")))
    steps = [paper("业经消毒", lots=["L2"]), two, stored(), stored("s2", lot="L2")]
    assert answer(steps, STORED, subject="lot:L1") == "violated"
    assert answer(steps, STORED, subject="lot:L2") == "satisfied"


def test_ordinary_goods_are_exempt() -> None:  # R-RISK
    assert answer([released(lots=(("L1", 1000, "ordinary"),)), stored()], STORED) == "satisfied"


def test_papers_still_on_their_way_leave_it_undecided() -> None:
    steps = [released(), stored()]
    assert answer(steps, STORED, w="13 13:00") == "undecided"
    assert answer(steps, STORED, w="13 13:00:01") == "violated"
    full = {"release_certificate": "20 00:00"}
    verdict = of(judged(steps, w=None, until=full), STORED)
    assert (verdict.answer, verdict.missing) == ("undecided", ("health_certificate",))
    assert answer(steps, STORED, w=None, until={**full, "health_certificate": "20 00:00"}) == "violated"
    unknown_risk = [stored()]
    assert answer(unknown_risk, STORED, w=None, until={**full, "health_certificate": "20 00:00"}) == "undecided"
    assert answer(unknown_risk, STORED) == "violated"


def test_lots_are_not_mixed_between_visits_of_a_container() -> None:
    first = [paper("业经消毒"), released(), arrived(), stored()]
    second = [
        released("r2", "20 06:00", (("L2", 500, "high"),)),
        arrived("a2", "20 14:00"),
        stored("s2", "21 10:00", "L2"),
    ]
    assert answer([*first, *second], STORED, subject="lot:L1") == "satisfied"
    assert answer([*first, *second], STORED, subject="lot:L2") == "violated"
    early = {**paper("业经消毒", "19 20:00"), "id": "h2"}
    assert answer([*first, *second, early], STORED, subject="lot:L2") == "satisfied"


# unqualified_disinfection


def disinfected(when: str = "12 16:00", **fields: Any) -> Step:
    return step("d", "disinfected", when, **{"by": "F", "container": C, **fields})


def qualified(first: str = "2021-01-01", last: str = "2021-01-12", kind: str = "disinfection", id: str = "q") -> Step:
    return step(id, "qualification", "01 08:00", of="F", kind=kind, qualification="Q1", from_=first, to=last)


@pytest.mark.parametrize(
    ("when", "expected"),
    [("01 00:00", "satisfied"), ("12 23:59:59", "satisfied"), ("13 00:00", "violated")],
)
def test_first_and_last_civil_day_are_included(when: str, expected: str) -> None:  # R-DAY
    assert answer([released(), qualified(), disinfected(when)], DISINFECTED) == expected


def test_another_kind_or_another_holder_is_none() -> None:  # R-KIND
    assert answer([released(), qualified(kind="pest_control"), disinfected()], DISINFECTED) == "violated"
    assert answer([released(), {**qualified(), "of": "G"}, disinfected()], DISINFECTED) == "violated"


def test_a_revoked_number_stays_revoked() -> None:
    steps = [released(), qualified(last="2021-12-31"), disinfected()]
    assert answer([*steps, revoked("Q1", "12 16:00")], DISINFECTED) == "violated"
    assert answer([*steps, revoked("Q1", "12 16:00:01")], DISINFECTED) == "satisfied"
    for number, expected in (("Q1", "violated"), ("Q2", "satisfied")):
        anew = step("q2", "qualification", "11 08:00", of="F", kind="disinfection", qualification=number,
                    from_="2021-01-11", to="2021-12-31")  # fmt: skip
        assert answer([*steps, revoked("Q1", "10 08:00"), anew], DISINFECTED) == expected


def test_a_disinfection_counts_for_the_lots_named_or_for_all_of_the_container() -> None:  # R-PACK
    two = released(lots=(("L1", 500, "high"), ("L2", 500, "high")))
    assert {v.subject for v in judged([two, disinfected()]) if v.rule == DISINFECTED} == {"lot:L1", "lot:L2"}
    assert {v.subject for v in judged([two, disinfected(lots=["L2"])]) if v.rule == DISINFECTED} == {"lot:L2"}
    unloaded = step("u", "unloaded", "12 15:00", container=C, warehouse=W, lots=["L3"])
    assert not [v for v in judged([unloaded, disinfected()]) if v.rule == DISINFECTED]  # the release alone packs lots


def test_a_container_disinfected_counts_for_the_visit_it_was_in() -> None:
    second = [released("r2", "20 06:00", (("L2", 500, "high"),)), arrived("a2", "20 14:00")]
    steps = [released(), arrived(), *second]
    assert [v.subject for v in judged([*steps, disinfected()]) if v.rule == DISINFECTED] == ["lot:L1"]
    assert [v.subject for v in judged([*steps, disinfected("20 16:00")]) if v.rule == DISINFECTED] == ["lot:L2"]


def test_a_qualification_not_known_yet_leaves_it_undecided() -> None:
    assert answer([released(), disinfected()], DISINFECTED, w="12 16:00") == "undecided"
    assert answer([released(), disinfected()], DISINFECTED, w="12 16:00:01") == "violated"


# left_without_papers


def sampling(
    value: str = "negative", when: str = "13 08:00", sample: str = "S1", lot: str = "L1", id: str = "t"
) -> list[Step]:
    return [step(f"{id}s", "sampled", "12 17:00", lot=lot, sample=sample),
            step(f"{id}r", "result", when, sample=sample, value=value)]  # fmt: skip


def coded(when: str = "13 10:00") -> Step:
    return step("k", "trace_code_assigned", when, lot="L1", code="X")


def test_all_three_papers_make_it_lawful() -> None:
    verdict = of(judged([certificate(), *sampling(), coded(), left()]), LEFT)
    assert (verdict.answer, set(verdict.witness)) == ("satisfied", {"c", "ts", "tr", "k", "l"})
    same = [certificate(when="13 11:00"), *sampling(when="13 11:00"), coded("13 11:00"), left()]
    assert answer(same, LEFT) == "satisfied"  # R-EQUAL


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_each_paper_is_needed(lacking: int) -> None:
    parts: list[list[Step]] = [[certificate()], sampling(), [coded()]]
    steps = [s for n, part in enumerate(parts) if n != lacking for s in part]
    assert answer([*steps, left()], LEFT) == "violated"
    assert answer([*steps, left()], LEFT, w="13 11:00") == "undecided"


def test_the_latest_result_before_leaving_counts() -> None:  # R-LATEST
    rest = [certificate(), coded(), left()]
    recheck = sampling("negative", "13 08:30", "S2", id="t2")
    assert answer([*rest, *sampling("positive"), *recheck], LEFT) == "satisfied"
    assert answer([*rest, *sampling("negative"), *sampling("positive", "13 08:30", "S2", id="t2")], LEFT) == "violated"
    after = sampling("positive", "13 11:00:01", "S2", id="t2")
    assert answer([*rest, *sampling(), *after], LEFT) == "satisfied"
    assert answer([*rest, *sampling("inconclusive")], LEFT) == "violated"


def test_results_count_for_the_lot_of_their_sample() -> None:  # R-LOT-TEST
    two = released(lots=(("L1", 500, "high"), ("L2", 500, "high")))
    assert answer([two, certificate(), coded(), *sampling(lot="L2"), left()], LEFT) == "violated"


def test_one_paper_missing_for_sure_violates() -> None:  # R-PART
    until = {"trace_code_assigned": "14 00:00"}
    verdict = of(judged([left()], w=None, until=until), LEFT)
    assert (verdict.answer, verdict.witness) == ("violated", ("l",))
    assert "追溯码" in verdict.reason.zh and "放行证明" not in verdict.reason.zh


# lot_balance_kg


def sold(id: str, kg: float, when: str = "14 10:00", voucher: str | None = None) -> Step:
    return step(id, "sold", when, lot="L1", kg=kg, buyer="B", voucher=voucher or id)


def counted(kg: float, when: str = "15 10:00", id: str = "n") -> Step:
    return step(id, "stock_counted", when, lot="L1", kg=kg, warehouse="F1")


def balance(*steps: Step, lot: str = "L1", **asked: Any) -> str:
    return answer(steps, BALANCE, subject=f"lot:{lot}", **asked)


def test_out_may_exceed_in_by_the_tolerance_and_no_more() -> None:
    assert balance(stored(), sold("x", 1001)) == "satisfied"
    assert balance(stored(), sold("x", 1001.001)) == "violated"
    assert balance(stored(), sold("x", 999)) == "satisfied"
    assert balance(stored(), sold("x", 998.999)) == "undecided"


def test_a_tolerance_may_be_stated_in_grams_or_tonnes() -> None:
    for value, unit in (("1000", "g"), ("0.001", "t")):
        limits = {"balance_tolerance": (value, unit)}
        assert balance(stored(), sold("x", 1001), limits=limits) == "satisfied"
        assert balance(stored(), sold("x", 1001.001), limits=limits) == "violated"


def test_a_count_settles_the_lot_up_to_its_time() -> None:  # R-COUNT
    assert balance(stored(), sold("x", 400), counted(600)) == "satisfied"
    assert balance(stored(), sold("x", 400), counted(601.001)) == "violated"
    assert balance(stored(), counted(1000, "13 13:00")) == "satisfied"
    assert balance(stored(), sold("x", 400, "15 10:00"), counted(600)) == "satisfied"
    assert balance(stored(), sold("x", 400), counted(600), sold("y", 500, "16 10:00")) == "satisfied"
    assert balance(stored(), sold("x", 400), counted(600), sold("y", 602, "16 10:00")) == "violated"


def test_part_deliveries_add_up_and_the_first_is_the_window() -> None:  # R-PART-DELIVERY
    verdict = of(judged([stored(kg=400), stored("s2", "14 09:00", kg=600), sold("x", 1000, "15 10:00")]), BALANCE)
    assert (verdict.answer, verdict.window) == ("satisfied", "s")


def test_where_refused_goods_go_decides() -> None:  # R-REFUSED
    def refused(kg: float, go: str) -> Step:
        return step("f", "refused", "15 09:00", lot="L1", kg=kg, goods_go=go)

    assert balance(stored(), sold("x", 1000), refused(100, "stock")) == "undecided"
    assert balance(stored(), sold("x", 1000), refused(100, "stock"), sold("y", 100, "16 09:00")) == "satisfied"
    assert balance(stored(), sold("x", 900), refused(100, "shipper")) == "satisfied"


def test_one_voucher_is_one_sale() -> None:  # R-VOUCHER
    assert balance(stored(), sold("x", 1000, voucher="V"), sold("y", 1000, voucher="V")) == "satisfied"
    assert balance(stored(), sold("x", 1000, voucher="V"), sold("y", 1000, voucher="V2")) == "violated"


def split(loss: float = 0, into: tuple[tuple[str, float], ...] = (("K1", 300), ("K2", 100))) -> Step:
    lines = [{"lot": lot, "kg": kg} for lot, kg in into]
    return step("p", "split", "14 08:00", lot="L1", kg=400, into=lines, loss_kg=loss, area="310115")


def test_a_lot_made_by_a_split_opens_its_window_there() -> None:  # R-CHILD-WINDOW
    verdict = of(judged([stored(), split()]), BALANCE, "lot:K1")
    assert (verdict.window, verdict.answer) == ("p", "undecided")
    gone = step("g", "destroyed", "15 08:00", lot="K1", kg=300)
    assert balance(stored(), split(), gone, lot="K1") == "satisfied"
    assert balance(stored(), split(), sold("x", 600, "15 08:00")) == "satisfied"


def test_the_two_sides_of_a_split_agree() -> None:  # R-EACH-STEP
    assert balance(stored(), split(loss=10, into=(("K1", 289), ("K2", 100)))) == "undecided"
    assert balance(stored(), split(loss=10, into=(("K1", 288), ("K2", 100)))) == "violated"


def test_a_merge_gives_and_takes() -> None:
    def merged(kg: float) -> Step:
        lines = [{"lot": "L1", "kg": 1000}, {"lot": "L2", "kg": 500}]
        return {**step("m", "merged", "15 08:00", lot="M", kg=kg, area="310115"), "from": lines}

    steps = [stored(), stored("s2", lot="L2", kg=500)]
    assert balance(*steps, merged(1500)) == "satisfied"
    assert balance(*steps, merged(1499), lot="M") == "undecided"
    assert balance(*steps, merged(1498.9), lot="M") == "violated"


def test_a_step_without_an_area_takes_that_of_its_lot() -> None:
    nowhere = {k: v for k, v in split().items() if k != "area"}
    unknown = of(judged([stored(), nowhere]), BALANCE, "lot:K1")
    assert unknown.reason.en.startswith("no limit in force")
    left_first = [left("l2", "14 07:00", "K1"), nowhere]
    assert of(judged(left_first), BALANCE, "lot:K1").area == "310115"
    assert of(judged([released(), arrived(), disinfected()]), DISINFECTED).area == "310115"
    assert of(judged([arrived(), disinfected(lots=["L9"])]), DISINFECTED).area == "310115"


def test_repacking_states_its_loss() -> None:
    def repacked(kg_out: float, loss: float) -> Step:
        return step("k", "repacked", "14 09:00", lot="L1", kg_in=500, kg_out=kg_out, loss_kg=loss)

    assert balance(stored(), repacked(480, 20), sold("x", 980)) == "satisfied"
    assert balance(stored(), repacked(480, 18.9)) == "violated"


def test_small_differences_of_a_chain_do_not_add_up() -> None:  # R-EACH-STEP
    steps = [
        stored(),
        *(step(f"k{n}", "repacked", f"14 0{n}:00", lot="L1", kg_in=100, kg_out=99, loss_kg=0) for n in range(5)),
    ]
    assert balance(*steps, sold("x", 1000)) == "satisfied"


def test_the_balance_starts_at_first_storage() -> None:  # R-BAL-START
    before = step("g", "destroyed", "13 12:59:59", lot="L1", kg=500)
    assert balance(stored(), before, sold("x", 1000)) == "satisfied"
    assert [v for v in judged([step("g", "destroyed", "13 09:00", lot="L1", kg=5)]) if v.rule == BALANCE] == []
