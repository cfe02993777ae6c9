"""Steps as marks of the rule templates, to the second.

The law's times are seconds: a paper in the same second as an act counts as before it (R-EQUAL), and "between" leaves
out both seconds (R-BETWEEN). Every comparison is made on times cut to the second, the exclusive horizon too.
"""

from __future__ import annotations

from typing import Any

from bihuan.base.clock import SECOND
from bihuan.base.rules.model import Fact
from bihuan.base.rules.rule import Window
from bihuan.engines.temporal import Mark


def second(at: int) -> int:
    """An instant cut to its second, still in microseconds."""
    return at - at % SECOND


def at(fact: Fact) -> int:
    """When a step happened, to the second."""
    return second(fact.time)


def mark(fact: Fact, value: Any = None) -> Mark:
    """A step as a mark."""
    return Mark(at(fact), fact.rank, fact.id, value)


def known_until(window: Window, *types: str) -> int:
    """min(now, W) of these types to the second, exclusive."""
    return second(window.horizon(*types))
