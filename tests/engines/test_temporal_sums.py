"""Holding, counting, not overlapping, balancing."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.temporal import Mark, Span, balance, count, disjoint, holds


def kg(time: int, value: str | int, id: str) -> Mark:
    return Mark(time, 50, id, Decimal(value))


def test_a_credential_holds_from_its_start_to_before_its_end() -> None:
    span = Span("c", 10, 20)
    answers = [holds([span], Mark(t, 50, "a"), horizon=99).answer for t in (9, 10, 19, 20)]
    assert answers == ["violated", "satisfied", "satisfied", "violated"]


def test_what_ended_a_credential_is_in_the_witness() -> None:
    found = holds([Span("c", 10, 15, ("revoked",))], Mark(16, 50, "a"), horizon=17)
    assert found == ("violated", ("c", "revoked", "a"), None, "ended")
    assert holds([], Mark(16, 50, "a"), horizon=16) == ("undecided", ("a",), 16, "missing")


def test_count_takes_distinct_values_in_a_half_open_window() -> None:
    marks = [Mark(0, 1, "a", "mon"), Mark(1, 1, "b", "mon"), Mark(5, 1, "c", "tue"), Mark(9, 1, "d", "wed")]
    assert count(marks, 0, 9, at_least=2, horizon=0).witness == ("a", "c")
    assert count(marks, 0, 9, at_least=3, horizon=9).answer == "violated"
    assert count(marks, 0, 9, at_least=3, horizon=8).due == 8


def test_spans_that_touch_do_not_overlap() -> None:
    assert disjoint([Span("a", 0, 5), Span("b", 5, 9)]) == []
    assert disjoint([Span("a", 0, 6), Span("b", 5, 9), Span("c", 8, None)]) == [("a", "b"), ("b", "c")]


def test_a_balance_is_over_only_beyond_the_tolerance() -> None:
    into = [kg(0, 100, "in")]
    assert balance(into, [kg(1, 101, "out")], [], tolerance=Decimal(1)).result.part == "nothing_left"
    over = balance(into, [kg(1, 60, "o1"), kg(2, "41.001", "o2")], [], tolerance=Decimal(1))
    assert (over.result.answer, over.result.part, over.rest) == ("violated", "over", Decimal("-1.001"))


def test_the_witness_of_too_much_holds_the_fewest_outputs() -> None:
    outs = [kg(1, 5, "o1"), kg(2, 80, "o2"), kg(3, 30, "o3")]
    assert balance([kg(0, 100, "in")], outs, [], tolerance=Decimal(0)).result.witness == ("in", "o2", "o3")


def test_each_count_is_held_against_the_books_and_small_differences_do_not_add_up() -> None:
    counts = [kg(10, "99.5", "c1"), kg(20, "49", "c2")]
    found = balance([kg(0, 100, "in")], [kg(15, 50, "o")], counts, tolerance=Decimal(1))
    assert (found.result.answer, found.rest) == ("satisfied", Decimal(50))
    sold_out = [kg(15, 50, "o"), kg(25, "50.9", "o2")]
    assert balance([kg(0, 100, "in")], sold_out, counts, tolerance=Decimal(1)).result.part == "nothing_left"
    assert balance([kg(0, 100, "in")], [], [kg(10, "98.9", "c1")], tolerance=Decimal(1)).result.part == "count"


def test_later_outputs_within_the_rest_stay_lawful_after_a_count() -> None:
    into, counts = [kg(0, 100, "in")], [kg(10, 100, "c")]
    assert balance(into, [kg(11, 100, "o")], counts, tolerance=Decimal(0)).result.answer == "satisfied"
    assert balance(into, [kg(11, 101, "o")], counts, tolerance=Decimal(0)).result.part == "over"


weights = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=6)


@given(weights, weights, st.integers(0, 5))
def test_without_counts_only_the_sums_matter(ins: list[tuple[int, int]], outs: list[tuple[int, int]], tol: int) -> None:
    into = [kg(t, v, f"i{n}") for n, (t, v) in enumerate(ins)]
    out = [kg(t, v, f"o{n}") for n, (t, v) in enumerate(outs)]
    rest = sum(v for _, v in ins) - sum(v for _, v in outs)
    answer = "violated" if rest < -tol else "satisfied" if rest <= tol else "undecided"
    assert balance(into, out, [], tolerance=Decimal(tol)).result.answer == answer
