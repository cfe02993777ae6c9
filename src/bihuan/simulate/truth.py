"""What must be found, and how well what was found agrees with it: precision and recall for each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bihuan.simulate.history import Finding, History

RULES = (
    "no_booking_before_entry",
    "not_as_booked",
    "overtime",
    "stored_before_released",
    "unqualified_disinfection",
    "opened_on_the_way",
    "too_warm",
    "left_without_papers",
    "lot_balance_kg",
)


@dataclass(slots=True)
class Truth:
    """Findings that must be there; those that may (`either`: the published reading is silent); windows left open."""

    expected: set[Finding] = field(default_factory=set)
    either: set[Finding] = field(default_factory=set)
    undecided: set[Finding] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    """How many histories of each kind there are."""

    def add(self, history: History) -> None:
        """Take over what one history says."""
        self.expected |= history.expected
        self.either |= history.either - history.expected
        self.undecided |= history.undecided
        self.kinds[history.kind] += 1


@dataclass(frozen=True, slots=True)
class Score:
    """One rule: how many were expected and found, and what was missed or found wrongly."""

    rule: str
    expected: int
    found: int
    right: int
    missed: tuple[Finding, ...]
    extra: tuple[Finding, ...]

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what was to be found that was; 1 where there was nothing."""
        return self.right / self.expected if self.expected else 1.0


def compare(found: Iterable[tuple[str, str, str]], truth: Truth) -> list[Score]:
    """Score each rule; `found` holds (rule, subject, window) of the findings that stand."""
    there = {Finding(*each) for each in found} - truth.either
    rules = [*RULES, *sorted({each.rule for each in there} - set(RULES))]
    return [
        _score(
            rule, {each for each in truth.expected if each.rule == rule}, {each for each in there if each.rule == rule}
        )
        for rule in rules
    ]


def _score(rule: str, expected: set[Finding], found: set[Finding]) -> Score:
    return Score(
        rule, len(expected), len(found), len(expected & found),
        tuple(sorted(expected - found)), tuple(sorted(found - expected)),
    )  # fmt: skip


def perfect(scores: Sequence[Score]) -> bool:
    """Whether nothing was missed and nothing found wrongly."""
    return all(not score.missed and not score.extra for score in scores)


def table(scores: Sequence[Score]) -> str:
    """The scores as lines of text, with the first few mistakes below."""
    lines = [f"{'rule':<26}{'expected':>9}{'found':>7}{'precision':>11}{'recall':>8}"]
    lines += [
        f"{each.rule:<26}{each.expected:>9}{each.found:>7}{each.precision:>11.3f}{each.recall:>8.3f}" for each in scores
    ]
    for each in scores:
        lines += [f"missed  {' '.join(finding)}" for finding in each.missed[:5]]
        lines += [f"extra   {' '.join(finding)}" for finding in each.extra[:5]]
    return "\n".join(lines)
