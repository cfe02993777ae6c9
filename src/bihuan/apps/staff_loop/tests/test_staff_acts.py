"""Protection, closed spaces, landing, disinfection, groups (R11 to R17, R21, R22), worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.apps.staff_loop.tests.shifts_story import answers, judged, post, shift, step, witness
from bihuan.base.rules.model import Limits

COLD = shift("s", "2021-03-01 08:00", "2021-03-01 16:00", work="cold_chain", area="port")
LEVELS = Limits(())


def put_on(when: str, level: int = 2, id: str = "p", **fields: Any) -> dict[str, Any]:
    return step(id, "protection_recorded", when, **{"person": "P", "level": level, "shift": "s", **fields})


def aboard(when: str = "2021-03-01 10:00", id: str = "b", **fields: Any) -> dict[str, Any]:
    return step(id, "boarded", when, **{"person": "P", "ship": "S", "space": "deck", "shift": "s", **fields})


@pytest.mark.parametrize(("when", "answer"), [("2021-03-01 08:00", "satisfied"), ("2021-03-01 08:01", "violated")])
def test_r11_the_same_instant_is_before(when: str, answer: str) -> None:
    assert answers("protection_before_work", COLD, put_on(when))["s"] == answer


def test_r12_a_record_serves_the_shift_that_it_names() -> None:
    later = shift("s2", "2021-03-02 08:00", "2021-03-02 16:00", work="cold_chain", area="port")
    told = (COLD, later, put_on("2021-03-01 07:50"), aboard(), aboard("2021-03-01 11:00", "b2"))
    assert answers("protection_before_work", *told) == {"s": "satisfied", "b": "satisfied", "b2": "satisfied", "s2": "violated"}
    assert witness("protection_before_work", "b2", *told) == ("b2", "p")
    assert answers("protection_before_work", COLD, limits=LEVELS) == {"s": "undecided"}


def test_customs_inspection_needs_level_two() -> None:
    look = shift("s", "2021-03-01 08:00", "2021-03-01 09:00", work="customs_inspection")
    assert answers("protection_before_work", look, put_on("2021-03-01 07:00", 1)) == {"s": "violated"}
    assert answers("protection_before_work", look, put_on("2021-03-01 07:00", 3)) == {"s": "satisfied"}
    assert answers("protection_before_work", look, w="2021-03-01 08:00") == {"s": "undecided"}, "a record of that very instant may come"


def test_r13_never_below_deck_whatever_is_worn() -> None:
    inside = aboard(space="living_quarters")
    assert answers("no_closed_space", post("2021-01-01"), inside, put_on("2021-03-01 07:00", 3), w=None) == {"b": "violated"}
    assert answers("no_closed_space", post("2021-01-01"), aboard(), w=None) == {"b": "satisfied"}
    assert answers("no_closed_space", inside) == {"b": "undecided"}
    assert answers("no_closed_space", post("2021-01-01", staff="crew"), inside) == {}
    assert answers("no_closed_space", post("2021-01-01"), inside, limits=LEVELS) == {}, "no row: no verdict"


def ashore(reason: str = "crew_change") -> dict[str, Any]:
    return step("c", "crew_ashore", "2021-03-01 10:00", person="P", ship="S", reason=reason)


def approved(when: str, start: str = "2021-03-01T00:00:00+08:00", end: str = "2021-03-02T00:00:00+08:00", reason: str = "crew_change") -> dict[str, Any]:
    return step("y", "approval", when, person="P", reason=reason, from_=start, to=end)


def test_r14_both_reasons_need_an_approval_and_no_other_reason_has_one() -> None:
    for reason in ("crew_change", "medical_rescue"):
        assert answers("ashore_only_approved", ashore(reason)) == {"c": "violated"}
        assert answers("ashore_only_approved", ashore(reason), approved("2021-02-28", reason=reason)) == {"c": "satisfied"}
    assert answers("ashore_only_approved", ashore("medical_rescue"), approved("2021-02-28")) == {"c": "violated"}
    assert answers("ashore_only_approved", ashore("shopping"), approved("2021-02-28", reason="shopping"), w=None) == {"c": "violated"}


def test_r15_an_approval_afterwards_does_not_heal() -> None:
    assert answers("ashore_only_approved", ashore(), approved("2021-03-01 10:01")) == {"c": "violated"}
    assert answers("ashore_only_approved", ashore(), approved("2021-03-01 10:00")) == {"c": "satisfied"}
    assert answers("ashore_only_approved", ashore(), w="2021-03-01 10:00") == {"c": "undecided"}


def test_r16_at_its_end_it_is_over() -> None:
    assert answers("ashore_only_approved", ashore(), approved("2021-02-28", end="2021-03-01T10:00:00+08:00")) == {"c": "violated"}
    assert answers("ashore_only_approved", ashore(), approved("2021-02-28", start="2021-03-01T10:00:00+08:00")) == {"c": "satisfied"}
    assert answers("ashore_only_approved", ashore(), approved("2021-02-28", end="2021-03-01")) == {"c": "satisfied"}, "a date includes its day"


def cleaned(**fields: Any) -> dict[str, Any]:
    return step("d", "disinfected", "2021-03-01 23:00", **{"place": "A1", "area": "airport", "terminal": "T", "by": "F", **fields})


QUALIFIED = step("q", "qualification", "2020-01-01", of="F", from_="2020-01-01", to="2021-03-01")
ENTRUSTED = step("e", "entrusted", "2021-01-01", by="T", to="F", place="A1", valid_from="2021-01-01", valid_to="2021-12-31")
CLEAN = "disinfection_by_qualified_entrusted"


def test_r17_the_last_day_counts_and_own_staff_never_may() -> None:
    assert answers(CLEAN, cleaned(), QUALIFIED, ENTRUSTED, w=None) == {"d": "satisfied"}
    assert witness(CLEAN, "d", cleaned(), QUALIFIED, ENTRUSTED) == ("d", "q", "e")
    assert answers(CLEAN, cleaned(), {**QUALIFIED, "to": "2021-02-28"}, ENTRUSTED) == {"d": "violated"}
    assert answers(CLEAN, cleaned(), QUALIFIED, {**ENTRUSTED, "by": "T2"}) == {"d": "violated"}
    assert answers(CLEAN, cleaned(), QUALIFIED, w="2021-03-01 23:00") == {"d": "undecided"}
    assert answers(CLEAN, cleaned(by="T"), w=None) == {"d": "violated"}
    assert answers(CLEAN, cleaned(area="port")) == {}


FIXED = "fixed_group_unmixed"


def group(name: str = "G", **fields: Any) -> dict[str, Any]:
    own = {"group": name, "people": ["P"], "place": "A1", "equipment": ["T1"], "rest_area": "R1", "from": "2021-01-01"}
    return step(f"g{name}", "group_fixed", "2021-01-01", **{**own, **fields})


DAY = shift("s", "2021-03-01 08:00", "2021-03-01 16:00")


def test_a_shift_of_the_registered_set_is_unmixed() -> None:
    assert answers(FIXED, DAY, group()) == {"s": "satisfied"}
    assert answers(FIXED, DAY, group(), w="2021-03-01 15:59") == {"s": "undecided"}
    for other in ({"people": ["Q"]}, {"place": "A2"}, {"equipment": ["T2"]}, {"rest_area": "R2"}):
        assert judged(FIXED, DAY, group(**other), w=None)["s"].witness == ("s", "gG"), other
        assert answers(FIXED, DAY, group(**other), w=None) == {"s": "violated"}


def test_r21_both_shifts_are_violated() -> None:
    other = shift("o", "2021-03-01 15:00", "2021-03-01 20:00", person="Q", group="H", place="A2", equipment="T2")
    told = (DAY, other, group(), group("H", people=["Q"], place="A2", equipment=["T2"]))
    assert answers(FIXED, *told, w=None) == {"s": "violated", "o": "violated"}
    assert witness(FIXED, "s", *told) == ("s", "o")


def test_r22_touching_shifts_are_no_mix_and_an_unknown_group_is_undecided() -> None:
    after = shift("o", "2021-03-01 16:00", "2021-03-01 20:00", person="Q", group="H")
    assert answers(FIXED, DAY, after, group(), group("H", people=["Q"])) == {"s": "satisfied", "o": "satisfied"}
    assert answers(FIXED, DAY) == {"s": "undecided"}
