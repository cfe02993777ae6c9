"""A seeded city that comes in through the real doors, with known truth."""

from bihuan.simulate.run import Door, Scenario, Statement, generate, send
from bihuan.simulate.story import demo
from bihuan.simulate.truth import RULES, Score, Truth, compare, perfect, table

__all__ = [
    "RULES",
    "Door",
    "Scenario",
    "Score",
    "Statement",
    "Truth",
    "compare",
    "demo",
    "generate",
    "perfect",
    "send",
    "table",
]
