"""How long readings were proved to be over a limit."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.temporal import Mark, series, sustained

OPENED, CLOSED = Mark(0, 50, "o"), Mark(100, 50, "c")


def readings(*pairs: tuple[int, bool | None]) -> list[Mark]:
    return [Mark(time, 50, f"r{time}", value) for time, value in pairs]


def judged(*pairs: tuple[int, bool | None], lasting: int = 10, gap: int = 100, horizon: int = 101) -> tuple[str, str]:
    one = series(readings(*pairs), 0, 100, lasting=lasting, max_gap=gap)
    found = sustained([one], OPENED, CLOSED, horizon=horizon)
    return found.answer, found.part


def test_a_run_violates_once_last_minus_first_reaches_the_time() -> None:
    assert judged((10, True), (19, True), (30, False)) == ("satisfied", "")
    assert judged((10, True), (20, True)) == ("violated", "run")


def test_one_cold_reading_ends_a_run() -> None:
    assert judged((10, True), (15, False), (20, True)) == ("satisfied", "")


def test_only_the_time_between_first_and_last_warm_reading_is_proved() -> None:
    assert judged((10, True), (100, False)) == ("satisfied", "")


def test_a_reading_without_a_value_neither_ends_a_run_nor_proves_one() -> None:
    assert judged((10, True), (15, None), (20, True)) == ("violated", "run")
    assert judged((10, False), (15, None), gap=90) == ("satisfied", "")


def test_a_long_silence_is_unknown_also_at_either_end() -> None:
    cold = [(time, False) for time in range(0, 101, 10)]
    assert judged(*cold, gap=10) == ("satisfied", "")
    assert judged(*cold[2:], gap=10) == ("undecided", "silence")
    assert judged(*cold[:-2], gap=10) == ("undecided", "silence")
    assert judged(*cold[:4], *cold[6:], gap=10) == ("undecided", "silence")
    assert judged(gap=10) == ("undecided", "silence")


def test_a_silence_parts_a_run() -> None:
    assert judged((10, True), (22, True), lasting=12, gap=11) == ("undecided", "silence")
    assert judged((10, True), (21, True), lasting=11, gap=11)[0] == "violated"


def test_any_series_can_violate_and_the_first_moment_is_the_witness() -> None:
    a = series(readings((0, False), (50, True), (70, True), (90, True)), 0, 100, lasting=15, max_gap=100)
    b = series([Mark(t, 50, f"b{t}", True) for t in (10, 20, 30)], 0, 100, lasting=15, max_gap=100)
    assert sustained([a, b], OPENED, None, horizon=-1).witness == ("o", "b10", "b30")


def test_cold_to_the_end_needs_all_readings_to_be_known() -> None:
    assert judged((50, False), horizon=100) == ("undecided", "incomplete")
    assert sustained([], OPENED, CLOSED, horizon=101).part == "no_readings"


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([True, False, None])), unique_by=lambda p: p[0]),
       st.integers(1, 20), st.integers(1, 30))  # fmt: skip
def test_runs_are_what_the_words_say(pairs: list[tuple[int, bool | None]], lasting: int, gap: int) -> None:
    marks = readings(*sorted(pairs))
    found = series(marks, 0, 60, lasting=lasting, max_gap=gap)
    heard = [m for m in marks if m.value is not None]
    proved = any(
        a.value and b.value and b.time - a.time >= lasting
        and all(m.value for m in heard if a.time <= m.time <= b.time)
        and all(y.time - x.time <= gap for x, y in pairwise(heard) if a.time <= x.time and y.time <= b.time)
        for a in heard for b in heard if a.time <= b.time
    )  # fmt: skip
    assert any(run.proved_by for run in found.runs) == proved
    edges = [0, *(m.time for m in heard), 60]
    assert len(found.silences) == sum(y - x > gap for x, y in pairwise(edges))
