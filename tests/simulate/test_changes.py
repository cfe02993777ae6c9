"""Each change of a history does what it says: it changes something, and a breach names what must be found."""

from copy import deepcopy
from random import Random

import pytest

from bihuan.apps.cold_chain.feeds import from_event
from bihuan.base.clock import DAY
from bihuan.simulate.afterlife import live
from bihuan.simulate.breaches import BREACHES, UNDECIDED
from bihuan.simulate.city import build, container_number
from bihuan.simulate.documents import event
from bihuan.simulate.history import History, Kit
from bihuan.simulate.lawful import draw, lawful
from bihuan.simulate.limits import in_force, kilograms, micros, rows
from bihuan.simulate.oddities import ODDITIES, Change
from bihuan.simulate.truth import RULES, Truth, compare, perfect, table

START = 1_607_270_400_000_000  # 2020-12-07 00:00 +08:00
ALL = [
    *((change, shapes, "breach") for change, shapes in BREACHES),
    *((change, shapes, "odd") for change, shapes in ODDITIES),
    *((change, shapes, "open") for change, shapes in UNDECIDED),
]


def history(number: int, shape: str) -> tuple[History, Kit]:
    city = build(1)
    kit = Kit(city, rows(START), Random(f"changes:{number}"), START + 9 * DAY)
    made = lawful(kit, draw(kit, f"t{number}", shape, container_number(number), START + 2 * DAY))
    live(made, kit)
    return made, kit


def changed(change: Change, shapes: frozenset[str]) -> tuple[History, History]:
    """A history before and after the first time that the change fits."""
    for number in range(1, 400):
        shape = sorted(shapes)[number % len(shapes)]
        made, kit = history(number, "transit" if shape == "again" else shape)
        before = deepcopy(made)
        if any(str(told.fields.get("area", "")).startswith("32") for told in made.told):
            continue
        if change(made, kit):
            return before, made
        assert made.told == before.told, "a change that does not fit leaves the history alone"
        assert not made.expected | made.either | made.undecided
    raise AssertionError("it never fits")


@pytest.mark.parametrize(("change", "shapes", "kind"), ALL, ids=[change.__name__ for change, _, _ in ALL])
def test_a_change_changes_and_says_what_follows(change: Change, shapes: frozenset[str], kind: str) -> None:
    before, after = changed(change, shapes)
    assert after.told != before.told
    assert bool(after.expected) == (kind == "breach")
    assert bool(after.undecided) == (kind == "open")
    if kind == "odd":
        assert not after.either
    assert not after.expected & after.either
    ids = {told.id for told in after.told}
    subjects = {after.subject} | {f"lot:{lot}" for told in after.told for lot in _lots(told.fields)}
    for finding in after.expected | after.either | after.undecided:
        assert finding.rule in RULES
        assert finding.window in ids
        assert finding.subject in subjects


def _lots(fields: dict[str, object]) -> set[str]:
    found = {str(fields["lot"])} if "lot" in fields else set()
    for name in ("lots", "into", "from"):
        each = fields.get(name)
        found |= (
            {str(part["lot"]) if isinstance(part, dict) else str(part) for part in each or []}
            if isinstance(each, list)
            else set()
        )
    return found


@pytest.mark.parametrize("shape", ["transit", "exempt", "ordinary"])
def test_what_is_sent_is_read_as_what_was_told(shape: str) -> None:
    """The encoder was written from the public profile alone; the product's reader takes every event as meant."""
    for number in range(1, 40):
        made, _ = history(number, shape)
        for told in made.told:
            (read,) = from_event(event(told), {})
            assert (read.step, read.id, read.time, read.supersedes) == (told.step, told.id, told.time, told.supersedes)
            for name in ("container", "kg", "cel", "kg_in", "kg_out", "loss_kg", "voucher", "says_", "code", "lot"):
                neutral = name.rstrip("_")
                if neutral in told.fields:
                    assert getattr(read.record, name) == told.fields[neutral]


def test_stock_never_goes_below_nothing_in_a_lawful_history() -> None:
    for number in range(1, 80):
        made, _ = history(number, "ordinary")
        for told in made.told:
            for lot in _lots(told.fields):
                assert made.rest(lot) >= 0


def test_the_row_in_force_is_that_of_day_and_area() -> None:
    limits = rows(START)
    early, late = START + 4 * DAY - 1, START + 4 * DAY
    assert micros(in_force(limits, "transport_max", early, "310115-YS")) == 6 * 3_600_000_000
    assert micros(in_force(limits, "transport_max", late, "310115-YS")) == 5 * 3_600_000_000
    assert micros(in_force(limits, "transport_max", late, "310115-PD")) == 255 * 60_000_000
    assert kilograms(in_force(limits, "balance_tolerance", late, "310118")) == 4
    with pytest.raises(LookupError):
        in_force(limits, "transport_max", late, "320585")


def test_scores() -> None:
    _, made = changed(BREACHES[0][0], BREACHES[0][1])
    truth = Truth()
    truth.add(made)
    right = [tuple(finding) for finding in made.expected]
    assert perfect(compare(right, truth))
    assert perfect(compare([*right, *(tuple(finding) for finding in made.either)], truth))
    assert not perfect(compare([], truth))
    scores = compare([*right, ("overtime", "container:CSQU3054383", "nothing")], truth)
    overtime = next(score for score in scores if score.rule == "overtime")
    assert (overtime.precision, overtime.recall, len(overtime.extra)) == (0.0, 1.0, 1)
    assert "extra   overtime container:CSQU3054383 nothing" in table(scores)
