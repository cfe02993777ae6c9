"""A whole scenario from a seed, and the sending of it through the doors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from bihuan.base.clock import DAY, HOUR, SECOND
from bihuan.simulate.afterlife import live
from bihuan.simulate.breaches import BREACHES, UNDECIDED
from bihuan.simulate.city import City, build, container_number
from bihuan.simulate.disorder import in_disorder, in_order
from bihuan.simulate.documents import BATCH, TYPES, Document, delivery, documents
from bihuan.simulate.history import Finding, History, Kit, Told
from bihuan.simulate.lawful import city_papers, draw, lawful
from bihuan.simulate.limits import Row, rows
from bihuan.simulate.oddities import ODDITIES, Change
from bihuan.simulate.truth import Truth

BREACH, OPEN, ODD, AGAIN = 0.24, 0.03, 0.34, 0.07
"""Shares of finished loads that are broken, left undecided or odd, and of loads in a container that was here before."""
ROOM = 12 * HOUR
"""A history is changed only if it ends this long before the end, so that its consequences fit in as well."""


@dataclass(frozen=True, slots=True)
class Statement:
    """How far the input of a step is complete (exclusive, us UTC), stated at an instant."""

    at: int
    type: str
    until: int


@dataclass(slots=True)
class Scenario:
    """All that a run needs: city, limits, documents and statements in the order of sending, and the truth."""

    city: City
    limits: tuple[Row, ...]
    start: int
    end: int
    """Nothing happens at or after this instant; every feed is complete up to it when all is sent."""
    finish: int
    """When the last document has been sent: the `now` of the final verdicts."""
    told: list[Told]
    documents: list[Document]
    feeds: list[Statement]
    truth: Truth
    histories: list[History] = field(default_factory=list)
    handles: dict[str, str] = field(default_factory=dict)
    """Names of things that a story speaks of → their ids."""


class Door(Protocol):
    """What the sender needs of the system; whoever wires it holds the tokens and the clock."""

    def advance(self, at: int) -> None:
        """Set the system's clock to an instant (us UTC), never backwards."""

    def capture(self, party: str, document: bytes) -> None:
        """Send a capture document as a party."""

    def state_feed(self, type: str, until: int) -> None:
        """State that the input of a step is complete up to an instant (exclusive)."""


def generate(seed: int, lots: int, days: int, *, disorder: bool = False, start: int, close: bool = False) -> Scenario:
    """A seeded city over some days from `start` (us UTC) with about `lots` lots and known truth.

    With `disorder` the same truth is told late, doubled, shuffled and corrected. With `close` everything is sent by
    the end, so that the end can be the present of a demonstration.
    """
    city, limits, end = build(seed), rows(start), start + days * DAY
    papers = city_papers(city, start)
    histories = list(_histories(seed, lots, days, city, limits, start))
    told = [*papers, *(each for history in histories for each in history.told)]
    told = (in_disorder if disorder else in_order)(told, seed, start)
    return scenario(city, limits, start, end, told, histories, by=end if close else None)


def scenario(
    city: City,
    limits: tuple[Row, ...],
    start: int,
    end: int,
    told: list[Told],
    histories: Sequence[History],
    *,
    batch: int = BATCH,
    every: int = DAY,
    by: int | None = None,
) -> Scenario:
    """Documents, statements of completeness and truth for statements that have their time of receipt."""
    truth = Truth()
    for history in histories:
        truth.add(history)
    finish = max(end, *(delivery(each, batch, by) for each in told))
    feeds = list(_statements(told, start, end, finish, every, lambda each: delivery(each, batch, by)))
    return Scenario(city, limits, start, end, finish, told, documents(told, batch, by), feeds, truth, list(histories))


def _histories(seed: int, lots: int, days: int, city: City, limits: tuple[Row, ...], start: int) -> Iterable[History]:
    end, made, number = start + days * DAY, 0, 0
    chance = Random(f"kinds:{seed}")
    queues = {name: _shuffled(chance, all_) for name, all_ in (("b", BREACHES), ("u", UNDECIDED), ("o", ODDITIES))}
    free: list[tuple[str, int]] = []
    while made < lots:
        number += 1
        key = f"c{number:05d}"
        rng = Random(f"{seed}:{key}")
        kit = Kit(city, limits, rng, end)
        at = start + rng.randrange(days * DAY // SECOND) * SECOND
        seen = [each for each in free if each[1] + 32 * HOUR < at]
        again = bool(seen) and rng.random() < AGAIN
        container = container_number(100000 + number)
        if again:
            free.remove(seen[0])
            container = seen[0][0]
        shape = rng.choices(("transit", "exempt", "ordinary"), (72, 13, 15))[0]
        history = lawful(kit, draw(kit, key, shape, container, at, again=again))
        live(history, kit)
        made += len(history.lots)
        if history.end() + ROOM >= end:
            _cut(history, end)
        elif not any(str(told.fields.get("area", "")).startswith("32") for told in history.told):
            _turn(history, kit, queues, again)
        if history.kind == "plain" and not again and history.all("unloaded"):
            free.append((container, history.end()))
        yield history


def _shuffled(chance: Random, changes: Sequence[tuple[Change, frozenset[str]]]) -> deque[tuple[Change, frozenset[str]]]:
    return deque(chance.sample(list(changes), len(changes)))


def _turn(history: History, kit: Kit, queues: dict[str, deque[tuple[Change, frozenset[str]]]], again: bool) -> None:
    """Break a history, leave it undecided, make it odd, or leave it plain."""
    dice = kit.rng.random()
    if again:
        history.kind = "container_again"
        if dice < 0.3:
            _apply(history, kit, queues["b"], "again")
    elif dice < BREACH:
        _apply(history, kit, queues["b"], history.shape)
    elif dice < BREACH + OPEN:
        _apply(history, kit, queues["u"], history.shape)
    elif dice < BREACH + OPEN + ODD:
        _apply(history, kit, queues["o"], history.shape)
    elif history.shape != "transit":
        history.kind = f"plain_{history.shape}"


def _apply(history: History, kit: Kit, queue: deque[tuple[Change, frozenset[str]]], shape: str) -> None:
    """Apply the change that has waited longest and fits, and put it to the back of the queue."""
    for place, (change, shapes) in enumerate(queue):
        if shape in shapes and change(history, kit):
            history.kind = change.__name__
            queue.append(queue[place])
            del queue[place]
            return


def _cut(history: History, end: int) -> None:
    """What would happen after the end has not happened yet; a trip may still be on the road."""
    history.drop(lambda told: told.time >= end)
    history.kind = "unfinished"
    if history.all("picked_up") and not history.all("arrived_warehouse"):
        history.kind = "on_the_road"
        history.undecided.add(Finding("overtime", history.subject, history.first("picked_up").id))


def _statements(
    told: Sequence[Told], start: int, end: int, finish: int, every: int, sent_at: Callable[[Told], int]
) -> Iterable[Statement]:
    """Honest statements: a step's input is complete up to the earliest statement that is still to come."""
    sent: dict[str, Told] = {}
    for each in told:
        if each.supersedes is None and (each.id not in sent or each.received < sent[each.id].received):
            sent[each.id] = each
    due: dict[str, list[tuple[int, int]]] = {step: [] for step in TYPES}
    for each in sent.values():
        due[each.step].append((sent_at(each), each.time))
    for at in range(start + every, finish, every):
        for step in TYPES:
            to_come = min((time for when, time in due[step] if when > at), default=end)
            yield Statement(at, step, min(at, end, to_come))
    for step in TYPES:
        yield Statement(finish, step, end)


def join(one: Scenario, other: Scenario) -> Scenario:
    """Two scenarios of one city and one set of limits as one; statements hold for what both have sent."""
    truth = Truth(
        one.truth.expected | other.truth.expected,
        one.truth.either | other.truth.either,
        one.truth.undecided | other.truth.undecided,
        one.truth.kinds + other.truth.kinds,
    )
    start, end, finish = min(one.start, other.start), max(one.end, other.end), max(one.finish, other.finish)
    feeds: dict[tuple[int, str], int] = {}
    for each in (*one.feeds, *other.feeds):
        feeds[each.at, each.type] = min(each.until, feeds.get((each.at, each.type), each.until))
    return Scenario(
        one.city, one.limits, start, end, finish,
        sorted((*one.told, *other.told), key=lambda each: (each.received, each.id)),
        sorted((*one.documents, *other.documents), key=lambda each: (each.at, each.party)),
        [Statement(at, step, until) for (at, step), until in sorted(feeds.items())],
        truth, [*one.histories, *other.histories], {**one.handles, **other.handles},
    )  # fmt: skip


def send(scenario: Scenario, door: Door, progress: Callable[[int, int], None] | None = None) -> None:
    """Send documents and statements in their order, moving the clock along; `progress` gets (done, of)."""
    turns: list[tuple[int, int, Document | Statement]] = [(each.at, 0, each) for each in scenario.documents]
    turns += [(each.at, 1, each) for each in scenario.feeds]
    turns.sort(key=lambda turn: turn[:2])
    for done, (at, _, turn) in enumerate(turns, 1):
        door.advance(at)
        if isinstance(turn, Document):
            door.capture(turn.party, turn.body)
        else:
            door.state_feed(turn.type, turn.until)
        if progress is not None:
            progress(done, len(turns))
    door.advance(scenario.finish)
