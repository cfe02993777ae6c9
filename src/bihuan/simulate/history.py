"""What the simulated parties tell: neutral statements, the history of one container, and what may be found in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from bihuan.simulate.city import City
from bihuan.simulate.limits import Row, celsius, in_force, kilograms, micros

LOT_STEPS = ("split", "merged", "repacked", "sold", "destroyed", "refused", "stock_counted")
"""Steps of a lot after it was stored for the first time."""


class Finding(NamedTuple):
    """A breach as the rules name it: rule, `container:…` or `lot:…`, id of the opening record's first version."""

    rule: str
    subject: str
    window: str


@dataclass(frozen=True, slots=True)
class Told:
    """One statement in neutral words. Instants in us UTC; `received` 0 means soon after it happened."""

    step: str
    id: str
    time: int
    fields: dict[str, Any]
    party: str
    supersedes: str | None = None
    received: int = 0


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot of an import with its kilograms and its risk in the sense of the notice of 15 November 2020."""

    id: str
    kg: Decimal
    product: str
    origin: str
    risk: str


@dataclass(slots=True)
class History:
    """Everything told about one container load and its lots, and what the rules must (not) find in it.

    `either` holds findings on which the published reading is silent: they may be found or not. `undecided` holds
    windows that must stay open.
    """

    key: str
    shape: str
    container: str
    lots: tuple[Lot, ...]
    told: list[Told] = field(default_factory=list)
    kind: str = "plain"
    expected: set[Finding] = field(default_factory=set)
    either: set[Finding] = field(default_factory=set)
    undecided: set[Finding] = field(default_factory=set)
    count: int = 0

    def next_id(self) -> str:
        """A record id that nobody else uses."""
        self.count += 1
        return f"{self.key}-{self.count:03d}"

    def add(
        self,
        step: str,
        time: int,
        party: str,
        fields: dict[str, Any],
        *,
        supersedes: str | None = None,
        received: int = 0,
    ) -> Told:
        """Tell one more thing."""
        told = Told(step, self.next_id(), time, fields, party, supersedes, received)
        self.told.append(told)
        return told

    def all(self, step: str, **fields: Any) -> list[Told]:
        """Statements of a step with these fields, by time."""
        found = [
            told
            for told in self.told
            if told.step == step and all(told.fields.get(name) == value for name, value in fields.items())
        ]
        return sorted(found, key=lambda told: (told.time, told.id))

    def first(self, step: str, **fields: Any) -> Told:
        """The earliest of them; LookupError when there is none."""
        found = self.all(step, **fields)
        if not found:
            raise LookupError(f"{self.key} has no {step}")
        return found[0]

    def change(
        self,
        told: Told,
        *,
        time: int | None = None,
        received: int | None = None,
        party: str | None = None,
        **fields: Any,
    ) -> Told:
        """Put another version of a statement in its place, under the same id."""
        new = replace(
            told,
            time=told.time if time is None else time,
            received=told.received if received is None else received,
            party=told.party if party is None else party,
            fields={**told.fields, **fields},
        )
        self.told[self.told.index(told)] = new
        return new

    def drop(self, which: Callable[[Told], bool]) -> int:
        """Take statements out; how many."""
        before = len(self.told)
        self.told = [told for told in self.told if not which(told)]
        return before - len(self.told)

    def shift(self, since: int, by: int) -> None:
        """Everything from `since` on happens `by` microseconds later."""
        self.told = [replace(told, time=told.time + by) if told.time >= since else told for told in self.told]

    def end(self) -> int:
        """When the last thing happened."""
        return max(told.time for told in self.told)

    def expect(self, rule: str, subject: str, window: str) -> None:
        """This must be found."""
        self.expected.add(Finding(rule, subject, window))

    @property
    def subject(self) -> str:
        """The container as a subject."""
        return f"container:{self.container}"

    def opener(self, lot: str) -> Told:
        """What opens the balance of a lot: its first storage, or the split or merge that made it."""
        for told in sorted(self.told, key=lambda told: told.time):
            if told.step in ("stored_first", "merged") and told.fields["lot"] == lot:
                return told
            if told.step == "split" and any(part["lot"] == lot for part in told.fields["into"]):
                return told
        raise LookupError(f"{lot} was never stored")

    def rest(self, lot: str) -> Decimal:
        """Kilograms of a lot that should still be there: all that went in less all that went out."""
        return sum((sign * kg for kg, sign in self._moves(lot)), Decimal(0))

    def _moves(self, lot: str) -> Iterator[tuple[Decimal, int]]:
        for told in self.told:
            fields, mine = told.fields, told.fields.get("lot") == lot
            match told.step:
                case "stored_first" if mine:
                    yield fields["kg"], 1
                case "sold" | "destroyed" if mine:
                    yield fields["kg"], -1
                case "refused" if mine:
                    yield fields["kg"], 1 if fields["goods_go"] == "stock" else -1
                case "repacked" if mine:
                    yield fields["kg_in"] - fields["kg_out"], -1
                case "split":
                    if mine:
                        yield fields["kg"], -1
                    yield from ((part["kg"], 1) for part in fields["into"] if part["lot"] == lot)
                case "merged":
                    if mine:
                        yield fields["kg"], 1
                    yield from ((part["kg"], -1) for part in fields["from"] if part["lot"] == lot)


@dataclass(slots=True)
class Kit:
    """What changing a history needs: the city, the limits in force, chance, and the end of the simulation."""

    city: City
    limits: tuple[Row, ...]
    rng: Random
    end: int

    def span(self, name: str, opener: Told) -> int:
        """A limit of time for a window, in microseconds."""
        return micros(in_force(self.limits, name, opener.time, opener.fields["area"]))

    def warmest(self, opener: Told) -> Decimal:
        """The highest lawful temperature of a trip in degrees Celsius, to three places, rounded to the cold side."""
        return celsius(in_force(self.limits, "max_temp", opener.time, opener.fields["area"])).quantize(Decimal("0.001"))

    def tolerance(self, opener: Told) -> Decimal:
        """The tolerance of a balance in kilograms."""
        return kilograms(in_force(self.limits, "balance_tolerance", opener.time, opener.fields["area"]))
