"""The simulated week as a whole: the same for a seed, valid as sent, honest about what is still to come."""

from collections import Counter
from dataclasses import replace

import pytest

from bihuan.base.clock import DAY, HOUR, MINUTE
from bihuan.protocols.codes import container, uscc
from bihuan.protocols.epcis import read_document
from bihuan.simulate import RULES, Scenario, demo, generate, send
from bihuan.simulate.breaches import BREACHES, UNDECIDED
from bihuan.simulate.documents import TYPES
from bihuan.simulate.history import Told
from bihuan.simulate.oddities import ODDITIES
from bihuan.simulate.story import story

START = 1_607_270_400_000_000  # 2020-12-07 00:00 +08:00
NOW = START + 9 * DAY + 15 * HOUR


@pytest.fixture(scope="module")
def ordered() -> Scenario:
    return generate(7, 2000, 7, start=START)


@pytest.fixture(scope="module")
def disordered() -> Scenario:
    return generate(7, 2000, 7, disorder=True, start=START)


@pytest.mark.parametrize("disorder", [False, True])
def test_a_seed_tells_the_same_to_the_byte(disorder: bool) -> None:
    one, two = (generate(3, 60, 5, disorder=disorder, start=START) for _ in range(2))
    assert one == two
    assert one.documents != generate(4, 60, 5, disorder=disorder, start=START).documents


def test_size_and_kinds(ordered: Scenario) -> None:
    assert 2000 <= sum(len(each.lots) for each in ordered.histories) < 2004
    assert len(ordered.told) <= 150_000
    per_trip = Counter(each.fields["container"] for each in ordered.told if each.step == "temperature")
    # A container may come twice, with two sensors each time.
    assert max(per_trip.values()) <= 2 * 2 * 40
    named = {change.__name__ for change, _ in (*BREACHES, *ODDITIES, *UNDECIDED)}
    assert named <= set(ordered.truth.kinds)
    assert {"plain", "plain_exempt", "plain_ordinary", "container_again", "on_the_road"} <= set(ordered.truth.kinds)


def test_every_rule_and_every_step_occurs(ordered: Scenario) -> None:
    counts = Counter(each.rule for each in ordered.truth.expected)
    assert set(counts) == set(RULES)
    assert min(counts.values()) >= 5
    assert {each.step for each in ordered.told} == set(TYPES)


def test_windows_are_records_that_were_told(ordered: Scenario, disordered: Scenario) -> None:
    assert ordered.truth == disordered.truth
    for scenario in (ordered, disordered):
        first = {each.id: each for each in scenario.told if each.supersedes is None}
        for finding in scenario.truth.expected | scenario.truth.either | scenario.truth.undecided:
            assert finding.window in first, finding


def test_lawful_histories_have_no_findings(ordered: Scenario) -> None:
    broken = {change.__name__ for change, _ in BREACHES}
    for history in ordered.histories:
        assert bool(history.expected) == (history.kind in broken), history.kind


@pytest.mark.parametrize("which", ["ordered", "disordered", "story", "demo"])
def test_every_document_is_valid(which: str, request: pytest.FixtureRequest) -> None:
    made: Scenario = {"story": lambda: story(NOW), "demo": lambda: demo(7, 60, NOW)}.get(
        which, lambda: request.getfixturevalue(which)
    )()
    for document in made.documents:
        read = read_document(document.body, mode="strict")
        assert not read.faults
        assert len(read.events) == len(document.ids)


@pytest.mark.parametrize("which", ["ordered", "disordered"])
def test_one_id_is_one_record(which: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(which)
    known: dict[str, Told] = {}
    for told in scenario.told:
        same = replace(told, received=0)
        assert known.setdefault(told.id, same) == same


def in_force(told: list[Told]) -> dict[str, tuple[str, int, dict[str, object], str]]:
    """What stands in the end, by the id of the first version, worked out from `supersedes` alone."""
    by_id = {each.id: each for each in told}
    gone = {each.supersedes for each in told if each.supersedes}

    def first(each: Told) -> str:
        return each.id if each.supersedes is None else first(by_id[each.supersedes])

    return {
        first(each): (each.step, each.time, each.fields, each.party)
        for each in by_id.values()
        if each.id not in gone and each.step != "voided"
    }


def test_disorder_changes_the_telling_and_not_the_truth(ordered: Scenario, disordered: Scenario) -> None:
    assert in_force(ordered.told) == in_force(disordered.told)
    told = disordered.told
    assert sum(each.received - each.time > HOUR for each in told) > len(told) / 10
    assert len(told) - len({each.id for each in told}) > len(told) / 100
    assert sum(each.supersedes is not None for each in told) > len(told) / 100
    received = {each.id: each.received for each in told}
    assert any(each.supersedes and each.received < received[each.supersedes] for each in told)


@pytest.mark.parametrize("which", ["ordered", "disordered"])
def test_corrections_come_from_whom_they_correct(which: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(which)
    party = {each.id: each.party for each in scenario.told}
    assert all(party[each.supersedes] == each.party for each in scenario.told if each.supersedes)
    assert set(party.values()) <= set(scenario.city.parties)


class Listener:
    """A door that writes down what comes through it."""

    def __init__(self) -> None:
        self.at = 0
        self.came: list[tuple[str, int, object]] = []

    def advance(self, at: int) -> None:
        assert at >= self.at
        self.at = at

    def capture(self, party: str, document: bytes) -> None:
        self.came.append(("capture", self.at, (party, document)))

    def state_feed(self, type: str, until: int) -> None:
        self.came.append(("feed", self.at, (type, until)))


@pytest.mark.parametrize("which", ["ordered", "disordered", "demo"])
def test_statements_of_completeness_are_honest(which: str, request: pytest.FixtureRequest) -> None:
    scenario = demo(5, 120, NOW) if which == "demo" else request.getfixturevalue(which)
    first = {each.id: each for each in scenario.told if each.supersedes is None}
    door = Listener()
    send(scenario, door)
    assert door.at == scenario.finish
    documents = iter(scenario.documents)
    stated: dict[str, int] = {}
    seen: set[str] = set()
    for kind, _, what in door.came:
        if kind == "feed":
            step, until = what  # type: ignore[misc]
            assert until >= stated.get(step, 0), "a statement is never taken back"
            stated[step] = until
            continue
        for id in next(documents).ids:
            if id in first and id not in seen:
                assert first[id].time >= stated.get(first[id].step, 0)
            seen.add(id)
    assert stated == dict.fromkeys(TYPES, scenario.end)
    assert next(documents, None) is None


def test_codes_are_right_and_the_clock_of_a_demo_ends_now() -> None:
    made = demo(7, 60, NOW)
    assert not [each.id for each in made.city.parties.values() if uscc(each.id)]
    assert not [each.container for each in made.histories if container(each.container)]
    assert made.finish == made.end == NOW
    assert all(told.time < NOW for told in made.told)
    assert all(document.at <= NOW for document in made.documents)


def test_the_story_has_its_parts() -> None:
    made = story(NOW)
    assert {each.rule for each in made.truth.expected} == {"overtime", "stored_before_released"}
    assert {each.rule for each in made.truth.undecided} == {"overtime", "too_warm"}
    steps = {each.key: {told.step for told in each.told} for each in made.histories}
    assert "booking_confirmed" not in steps["s01"]
    assert "sampled" in steps["s02"] and "result" not in steps["s02"]
    assert "result" in steps["s08"] and "release_certificate" not in steps["s08"]
    assert {"trace_code_assigned", "stored_first", "sold"} <= steps["s09"]
    silent = max(each.time for each in made.told if each.id.startswith("s06") and each.step == "temperature")
    assert NOW - silent > 30 * MINUTE
    assert made.handles["container"] == "CSQU3054383"
