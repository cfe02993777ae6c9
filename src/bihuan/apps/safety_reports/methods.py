"""The field's numbers: LEC and LS grades, major-hazard R, and how likely a firm of its kind is to have no larger risk.

Tables are handed in as data. LEC: D = L·E·C (Graham and Kinney); LS: R = L·S; GB 18218-2018: R = α·Σ β·q/Q. The
expected-risk model is a logistic one with stated points, so that every alarm can be added up by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray


class NotInTable(ValueError):
    """A factor that the method's table does not have; `factor` names it, `allowed` lists what it has."""

    def __init__(self, factor: str, value: Decimal, allowed: Sequence[Decimal]) -> None:
        super().__init__(f"{factor} = {value}: not one of {', '.join(map(str, allowed))}")
        self.factor, self.value, self.allowed = factor, value, tuple(allowed)


@dataclass(frozen=True, slots=True)
class Band:
    """One grade: from `low` up to the next higher band; `open` when `low` itself lies below it."""

    grade: str
    low: Decimal
    open: bool = False

    def holds(self, score: Decimal) -> bool:
        """Whether a score reaches this band."""
        return score > self.low if self.open else score >= self.low


@dataclass(frozen=True, slots=True)
class Method:
    """A way of grading: its factors with the values that each may take, and bands from the highest down."""

    id: str
    factors: Mapping[str, tuple[Decimal, ...]]
    bands: Mapping[str, tuple[Band, ...]]
    """By scale: `colour` (the four levels of the law), `grade` (the five of the method) where it has them."""

    def score(self, given: Mapping[str, Decimal]) -> Decimal:
        """The product of the factors; NotInTable for a value that the table does not have."""
        product = Decimal(1)
        for name, allowed in self.factors.items():
            if given[name] not in allowed:
                raise NotInTable(name, given[name], allowed)
            product *= given[name]
        return product

    def grade(self, score: Decimal, scale: str = "colour") -> str:
        """The band that a score falls into."""
        return next(band.grade for band in self.bands[scale] if band.holds(score))


@dataclass(frozen=True, slots=True)
class Substance:
    """A hazardous substance: critical quantity Q in tonnes, correction β."""

    name: str
    tonnes: Decimal
    beta: Decimal


def major_hazard(lines: Sequence[tuple[Substance, Decimal]], alpha: Decimal) -> Decimal:
    """R of GB 18218 = α · Σ β·q/Q over the substances of one unit; q in tonnes."""
    return alpha * sum((s.beta * tonnes / s.tonnes for s, tonnes in lines), Decimal(0))


def quantity_share(lines: Sequence[tuple[Substance, Decimal]]) -> Decimal:
    """Σ q/Q: from 1 on the unit is a major hazard source at all."""
    return sum((tonnes / s.tonnes for s, tonnes in lines), Decimal(0))


def banded(value: Decimal, bands: Sequence[tuple[Decimal, str]]) -> str:
    """What stands at the highest bound that a value reaches; bands are (lower bound, what), from the highest down."""
    return next(what for low, what in bands if value >= low)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a larger risk: how many points it gives, per unit or once, and at most."""

    id: str
    points: float
    most: float = 1.0
    """The sign's value is counted up to here: points · min(value, most)."""
    logarithmic: bool = False
    """The value is counted as log10(1 + value): for people and kilograms."""
    per: float = 1.0
    """The value is counted in units of so much: 100 for kilograms of which less than that says little."""

    def counted(self, value: float) -> float:
        """What a value gives, in points."""
        units = max(value, 0.0) / self.per
        return self.points * min(math.log10(1 + units) if self.logarithmic else units, self.most)


@dataclass(frozen=True, slots=True)
class Expected:
    """How likely a firm has at least one larger-or-major risk, with what each sign adds (points, largest first)."""

    probability: float
    because: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class RiskModel:
    """A logistic model: probability = 1 / (1 + exp(-(base + Σ points)))."""

    base: float
    signs: tuple[Sign, ...]

    def expect(self, values: Mapping[str, float]) -> Expected:
        """What is expected of a firm with these signs; a sign that is not named counts as zero."""
        found = [(sign.id, sign.counted(values[sign.id])) for sign in self.signs if values.get(sign.id)]
        because = sorted(((name, points) for name, points in found if points), key=lambda each: (-each[1], each[0]))
        return Expected(1 / (1 + math.exp(-(self.base + sum(points for _, points in because)))), tuple(because))

    def expect_many(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """The probabilities of many firms at once, from one array a sign."""
        total = np.full(len(next(iter(values.values()))), self.base)
        for sign in self.signs:
            if sign.id in values:
                units = np.maximum(values[sign.id], 0) / sign.per
                given = np.log10(1 + units) if sign.logarithmic else units
                total += sign.points * np.minimum(given, sign.most)
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-total))
        return chances


def alarms(probabilities: NDArray[np.float64], share: float) -> NDArray[np.intp]:
    """Which of the firms that state no larger risk are asked about: the least likely, at most this share of all of them."""
    count = int(len(probabilities) * share)
    return np.argsort(-probabilities, kind="stable")[:count]
