"""Fixed groups and limits on figures: by hand at every edge, and against a slow reading of the same words."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.temporal import Mark, Membership, Result, in_two, limit, limit_lasting, within

SHIFT = Mark(100, 50, "shift")


def member(id: str, group: str = "A", start: int = 0, end: int | None = None, who: str = "wang") -> Membership:
    return Membership(id, who, group, start, end)


def test_a_member_belongs_from_its_first_instant_to_before_its_last() -> None:
    assert within([member("m", start=100)], "wang", "A", SHIFT, horizon=0) == Result("satisfied", ("m", "shift"))
    over = member("m", end=100)._replace(ended_by=("moved",))
    assert within([over], "wang", "A", SHIFT, horizon=101) == ("violated", ("m", "moved", "shift"), None, "ended")
    assert within([over], "wang", "A", SHIFT, horizon=100) == ("undecided", ("m", "moved", "shift"), 100, "ended")


def test_a_stranger_to_the_group_and_one_of_another() -> None:
    known = [member("a", who="li")]
    assert within(known, "wang", "A", SHIFT, horizon=101) == ("violated", ("shift",), None, "missing")
    other = [*known, member("b", "B")]
    assert within(other, "wang", "A", SHIFT, horizon=101) == ("violated", ("b", "shift"), None, "other_group")
    assert within([member("b", "B")], "wang", "A", SHIFT, horizon=101) == (
        "undecided",
        ("shift",),
        None,
        "unregistered",
    )


def test_two_groups_at_once_are_told_and_not_guessed() -> None:
    both = [member("a"), member("b", "B", 50)]
    assert within(both, "wang", "A", SHIFT, horizon=101) == ("undecided", ("a", "b", "shift"), None, "two_groups")
    assert [(one.id, other.id) for one, other in in_two(both)] == [("a", "b")]
    assert in_two([member("a", end=50), member("b", "B", 50)]) == []
    assert in_two([member("a"), member("a2")]) == []
    assert in_two([member("a"), member("b", "B", who="li")]) == []


memberships = st.lists(
    st.tuples(st.sampled_from("AB"), st.sampled_from(["wang", "li"]), st.integers(90, 110), st.integers(1, 15)), max_size=5
).map(lambda rows: [Membership(f"m{n}", who, group, start, start + length) for n, (group, who, start, length) in enumerate(rows)])  # fmt: skip


@given(memberships, st.integers(95, 105))
def test_within_against_the_set_of_groups(known: list[Membership], horizon: int) -> None:
    now = {m.group for m in known if m.member == "wang" and m.start <= 100 < (m.end or 0)}
    found = within(known, "wang", "A", SHIFT, horizon=horizon)
    assert (found.answer == "satisfied") == (now == {"A"})
    assert (found.part == "two_groups") == (now == {"A", "B"})
    registered = any(m.group == "A" for m in known)
    assert (found.answer == "violated") == ("A" not in now and registered and horizon > 100)


@given(memberships)
def test_in_two_finds_every_pair_that_shares_an_instant(known: list[Membership]) -> None:
    wanted = {
        frozenset((a.id, b.id))
        for a, b in combinations(known, 2)
        if a.member == b.member and a.group != b.group and any(a.at(t) and b.at(t) for t in range(80, 130))
    }
    assert {frozenset((a.id, b.id)) for a, b in in_two(known)} == wanted


def figure(value: str | None, time: int = 0, id: str = "f") -> Mark:
    return Mark(time, 50, id, None if value is None else Decimal(value))


def test_a_figure_at_its_bound_is_within_it() -> None:
    most, least = Decimal("-15"), Decimal("-25")
    assert limit(figure("-15.0"), most=most).answer == "satisfied"
    assert limit(figure("-14.99"), most=most) == Result("violated", ("f",), None, "over")
    assert limit(figure("-25.1"), most=most, least=least).part == "under"
    assert limit(figure(None), most=most) == Result("undecided", ("f",), None, "unknown")
    with pytest.raises(ValueError, match="needs a bound"):
        limit(figure("1"))


OPENED, CLOSED = Mark(0, 40, "o"), Mark(60, 60, "c")


def judged(*values: str | None, horizon: int = 61, closed: Mark | None = CLOSED, lasting: int = 20) -> Result:
    """One sensor's figures every ten, with bounds 0 .. 10."""
    marks = [figure(value, n * 10, f"r{n}") for n, value in enumerate(values)]
    return limit_lasting(
        [marks], OPENED, closed, most=Decimal(10), least=Decimal(0), lasting=lasting, max_gap=15, horizon=horizon
    )


def test_a_series_must_be_beyond_one_bound_for_as_long_as_stated() -> None:
    assert judged("5", "11", "11", "5", "5", "5", "5") == Result("satisfied", ("o", "c"))
    assert judged("5", "11", "12", "11", "5", "5", "5") == Result("violated", ("o", "r1", "r3"), None, "over")
    assert judged("5", "-1", "-1", "-1", "5", "5", "5") == Result("violated", ("o", "r1", "r3"), None, "under")
    assert judged("5", "11", "11", "-1", "-1", "5", "5").answer == "satisfied"
    assert judged("5", "11", "5", "5", "5", "5", "5", lasting=0) == Result("violated", ("o", "r1"), None, "over")


def test_a_series_with_a_silence_or_without_an_end_is_not_proved_good() -> None:
    assert judged("5", None, "5", "5", "5", "5", "5").part == "silence"
    assert judged("5", "5", "5", "5", "5", "5", "5", closed=None).part == "open"
    assert judged("5", "5", "5", "5", "5", "5", "5", horizon=60) == ("undecided", ("o", "c"), 60, "incomplete")
    assert limit_lasting([], OPENED, CLOSED, most=Decimal(1), max_gap=9, horizon=61).part == "no_readings"


@given(st.lists(st.integers(-2, 12), min_size=7, max_size=7), st.integers(0, 3))
def test_a_complete_series_against_every_stretch_of_it(values: list[int], steps: int) -> None:
    found = judged(*(str(v) for v in values), lasting=steps * 10)
    stretches = [values[n : n + steps + 1] for n in range(7 - steps)]
    over = any(all(v > 10 for v in stretch) for stretch in stretches)
    under = any(all(v < 0 for v in stretch) for stretch in stretches)
    assert found.answer == ("violated" if over or under else "satisfied")
    assert found.part in [
        part for part, there in (("over", over), ("under", under), ("", not over and not under)) if there
    ]
