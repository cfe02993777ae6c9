"""Firms that all report zero larger risks, some of them falsely: planted from what plants of each trade have, by another hand.

A firm's *truth* is what stands in its halls; larger risk is there when the hall holds what the sector lists of the 2022
reporting system name (ammonia refrigeration, explosive dust, metal melting, deep-well casting, gas holders, confined
spaces with many entries, hazardous chemicals). What the firm *states* is not always its truth: some who report zero
falsely leave the very thing out of their facts too, and some honest firms have a trace of it that is no larger risk.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Trade:
    """A trade: its GB/T 4754 code, share among all firms, usual size, and how often a plant of it has each thing."""

    code: str
    share: float
    staff: tuple[int, int]
    has: dict[str, float] = field(default_factory=dict)


TRADES = (
    Trade("C1353", 0.03, (40, 400), {"ammonia": 0.45, "confined_spaces": 0.35}),
    Trade("C1361", 0.02, (30, 300), {"ammonia": 0.55, "confined_spaces": 0.2}),
    Trade("G5942", 0.02, (10, 80), {"ammonia": 0.6}),
    Trade("C1310", 0.02, (20, 150), {"dust_grain": 0.6, "confined_spaces": 0.3}),
    Trade("C1329", 0.01, (30, 200), {"dust_grain": 0.7, "confined_spaces": 0.35}),
    Trade("C2110", 0.05, (20, 300), {"dust_wood": 0.5}),
    Trade("C2034", 0.03, (10, 120), {"dust_wood": 0.5}),
    Trade("C3360", 0.04, (20, 250), {"dust_metal": 0.4, "confined_spaces": 0.15}),
    Trade("C3252", 0.01, (80, 600), {"deep_well_casting": 0.5, "furnaces": 0.8, "dust_metal": 0.2}),
    Trade("C3120", 0.005, (300, 3000), {"furnaces": 0.95, "gas_holders": 0.7, "confined_spaces": 0.8}),
    Trade("C3391", 0.03, (30, 300), {"furnaces": 0.75, "confined_spaces": 0.1}),
    Trade("C2614", 0.02, (50, 500), {"hazardous_chemicals": 0.85, "confined_spaces": 0.6}),
    Trade("C2641", 0.01, (30, 200), {"hazardous_chemicals": 0.8, "confined_spaces": 0.4}),
    Trade("C2710", 0.015, (60, 600), {"hazardous_chemicals": 0.55, "confined_spaces": 0.4}),
    Trade("C2221", 0.015, (60, 500), {"confined_spaces": 0.8}),
    Trade("C1461", 0.01, (20, 150), {"confined_spaces": 0.7}),
    Trade("D4620", 0.01, (10, 80), {"confined_spaces": 0.9}),
    Trade("C1711", 0.06, (50, 600), {"confined_spaces": 0.05}),
    Trade("C1811", 0.15, (20, 500)),
    Trade("C2319", 0.08, (10, 150), {"hazardous_chemicals": 0.03}),
    Trade("C2927", 0.12, (10, 200), {"confined_spaces": 0.02}),
    Trade("C3484", 0.14, (10, 200), {"confined_spaces": 0.02}),
    Trade("C3911", 0.11, (50, 2000), {"hazardous_chemicals": 0.02}),
)  # fmt: skip
THINGS = {
    "ammonia": lambda r: {"ammonia_kg": r.choice((800, 2_000, 5_000, 12_000, 20_000))},
    "dust_grain": lambda r: {"dust": "grain", "dust_collectors": r.randint(2, 20)},
    "dust_wood": lambda r: {"dust": "wood", "dust_collectors": r.randint(2, 15)},
    "dust_metal": lambda r: {"dust": "metal", "dust_collectors": r.randint(1, 12)},
    "furnaces": lambda r: {"furnaces": r.randint(1, 6)},
    "gas_holders": lambda r: {"gas_holders": r.randint(1, 3)},
    "deep_well_casting": lambda r: {"deep_well_casting": True},
    "hazardous_chemicals": lambda r: {"hazardous_chemicals": True},
    "confined_spaces": lambda r: {"confined_spaces": r.randint(3, 30)},
}  # fmt: skip


@dataclass(frozen=True)
class Firm:
    """What a firm states (fields of the declared facts), and whether its zero report is false."""

    stated: dict[str, Any]
    false_zero: bool


def firms(seed: int, count: int, false_share: float = 0.04, hidden_share: float = 0.15) -> list[Firm]:
    """`count` firms that report zero, `false_share` of them falsely, of whom `hidden_share` leave one thing out of their facts."""
    r = random.Random(seed)
    made: list[Firm] = []
    false_left = round(count * false_share)
    honest_left = count - false_left
    while false_left or honest_left:
        trade = r.choices(TRADES, [each.share for each in TRADES])[0]
        things = [name for name, often in trade.has.items() if r.random() < often]
        if (things and not false_left) or (not things and not honest_left):
            continue
        stated = _facts(r, trade)
        if not things:
            honest_left -= 1
            if r.random() < 0.05:  # a trace that is no larger risk: a small freezer, a tank that nobody enters
                stated.update(r.choice(({"ammonia_kg": r.choice((20, 50))}, {"confined_spaces": 1})))
            made.append(Firm(stated, False))
            continue
        false_left -= 1
        shown = things[:]
        if r.random() < hidden_share:
            shown.remove(r.choice(shown))
        for name in shown:
            stated.update(THINGS[name](r))
        made.append(Firm(stated, True))
    r.shuffle(made)
    return made


def _facts(r: random.Random, trade: Trade) -> dict[str, Any]:
    low, high = trade.staff
    staff = int(low * (high / low) ** r.random())
    return {
        "industry": trade.code, "staff": staff, "outside_workers": r.choice((0, 0, 0, staff // 10)),
        "per_shift": max(1, staff // r.choice((1, 2, 3))), "special_work": staff // r.choice((8, 12, 20)),
        "injury_insurance": r.random() < 0.95, "liability_insurance": r.random() < 0.3,
    }  # fmt: skip
