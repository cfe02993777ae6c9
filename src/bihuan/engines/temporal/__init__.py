"""Rule templates over marks on a time line: pure functions, each answering satisfied, violated or undecided.

`horizon` is min(now, W), exclusive: what happened before it is known. An absence up to an instant d is proved
only when `horizon > d`. Times are integers of one unit (microseconds in this product); order is (time, rank, id).
"""

from bihuan.engines.temporal.marks import Answer, Mark, Result, Span
from bihuan.engines.temporal.order import every, follows, matches, never, precedes
from bihuan.engines.temporal.runs import Run, Series, series, sustained
from bihuan.engines.temporal.sums import Balance, balance, count, disjoint, holds

__all__ = [
    "Answer",
    "Balance",
    "Mark",
    "Result",
    "Run",
    "Series",
    "Span",
    "balance",
    "count",
    "disjoint",
    "every",
    "follows",
    "holds",
    "matches",
    "never",
    "precedes",
    "series",
    "sustained",
]
