"""Templates of order, to the edge of each deadline, and against a brute-force reading of the same words."""

from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.temporal import Mark, every, follows, matches, never, precedes

PAPER, ACT = 10, 50


def mark(time: int, id: str = "m", rank: int = ACT, value: object = None) -> Mark:
    return Mark(time, rank, id, value)


def test_a_paper_in_the_same_instant_counts_as_before_the_act() -> None:
    act = mark(100, "act")
    assert precedes([mark(100, "paper", PAPER)], act, horizon=0).witness == ("paper", "act")
    assert precedes([mark(100, "late", 60)], act, horizon=101).answer == "violated"


def test_the_gap_includes_its_end() -> None:
    act = mark(100, "act")
    assert precedes([mark(40, rank=PAPER)], act, min_gap=60, horizon=0).answer == "satisfied"
    assert precedes([mark(41, rank=PAPER)], act, min_gap=60, horizon=41).answer == "violated"


def test_absence_is_proved_only_beyond_its_moment() -> None:
    act = mark(100, "act")
    at_it = precedes([], act, min_gap=60, horizon=40)
    assert (at_it.answer, at_it.due) == ("undecided", 40)
    assert precedes([], act, min_gap=60, horizon=41).answer == "violated"


def test_follows_includes_the_deadline_and_needs_the_horizon_beyond_it() -> None:
    opening = mark(0, "open")
    assert follows(opening, [mark(10, "end")], within=10, horizon=0).answer == "satisfied"
    late = [mark(11, "late")]
    assert follows(opening, late, within=10, horizon=10) == ("undecided", ("open", "late"), 10, "late")
    assert follows(opening, late, within=10, horizon=11) == ("violated", ("open", "late"), None, "late")
    assert follows(opening, [], within=10, horizon=11) == ("violated", ("open",), None, "missing")
    assert follows(opening, [mark(3)], within=10, not_before=4, horizon=11).answer == "violated"


def test_never_excludes_both_instants() -> None:
    opened, closed = mark(0, "o"), mark(10, "c")
    for time, answer in ((0, "satisfied"), (1, "violated"), (9, "violated"), (10, "satisfied"), (11, "satisfied")):
        assert never([mark(time, "e", value=True)], opened, closed, horizon=11).answer == answer, time


def test_never_knows_a_breach_at_once_and_its_absence_when_all_before_the_end_is_known() -> None:
    opened, closed = mark(0, "o"), mark(10, "c")
    assert never([mark(5, "e", value=True)], opened, None, horizon=-1).witness == ("o", "e")
    assert never([], opened, closed, horizon=9).part == "incomplete"
    assert never([], opened, closed, horizon=10).answer == "satisfied"
    assert never([mark(5, "e", value=None)], opened, closed, horizon=99).part == "unknown"
    assert never([mark(5, "e", value=False)], opened, closed, horizon=99).answer == "satisfied"
    assert never([], opened, None, horizon=99).part == "open"


def test_every_judges_each_gap_and_the_open_last_one() -> None:
    found = every([mark(5, "a"), mark(11, "b")], mark(0, "o"), None, max_gap=5, horizon=16)
    assert [r.answer for r in found] == ["satisfied", "violated", "undecided"]
    assert found[-1].due == 16
    closed = every([mark(5, "a")], mark(0, "o"), mark(9, "c"), max_gap=5, horizon=0)
    assert [r.answer for r in closed] == ["satisfied", "satisfied"]


def test_matches_compares_with_the_latest_earlier_mark() -> None:
    stated = [mark(1, "old", PAPER, {"v": "A", "w": "X"}), mark(2, "new", PAPER, {"v": "B", "w": "X"})]
    assert matches(stated, mark(3, "act", value={"v": "B", "w": "X"}), ("v", "w")).answer == "satisfied"
    assert matches(stated, mark(3, "act", value={"v": "A", "w": "Y"}), ("v", "w")).part == "v,w"
    assert matches(stated, mark(3, "act", value={"v": "B", "w": None}), ("v", "w")) == (
        "undecided",
        ("new", "act"),
        None,
        "w",
    )
    assert matches(stated, mark(1, "act", value={"v": "A", "w": "X"}), ("v", "w")).witness == ("old", "act")
    assert matches([], mark(3, "act", value={"v": "A"}), ("v",)).part == "none"


times = st.lists(st.integers(0, 12), max_size=8)


@given(times, st.integers(0, 12), st.integers(0, 5), st.integers(-1, 14))
def test_precedes_is_what_the_words_say(before: list[int], when: int, gap: int, horizon: int) -> None:
    found = precedes(
        [mark(t, f"b{n}", PAPER) for n, t in enumerate(before)], mark(when, "a"), min_gap=gap, horizon=horizon
    )
    if any(t + gap <= when for t in before):
        assert found.answer == "satisfied"
    else:
        assert found.answer == ("violated" if horizon > when - gap else "undecided")


@given(times, st.integers(0, 12), st.integers(0, 5), st.integers(-1, 20))
def test_an_undecided_deadline_is_decided_by_time_alone_right_after_it_is_due(
    after: list[int], when: int, within: int, horizon: int
) -> None:
    marks = [mark(t, f"b{n}") for n, t in enumerate(after)]
    found = follows(mark(when, "a"), marks, within=within, horizon=horizon)
    if found.answer == "undecided":
        assert found.due is not None and horizon <= found.due
        assert follows(mark(when, "a"), marks, within=within, horizon=found.due + 1).answer == "violated"
