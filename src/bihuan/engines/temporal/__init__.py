"""Rule templates over marks on a time line: pure functions, each answering satisfied, violated or undecided.

`horizon` is min(now, W), exclusive: what happened before it is known. An absence up to an instant d is proved
only when `horizon > d`. Times are integers of one unit (microseconds in this product); order is (time, rank, id).
Civil days are numbers, 0 = 1970-01-01 of +08:00: what is due on a day is due by its last instant.
"""

from bihuan.engines.temporal.bounds import limit, limit_lasting
from bihuan.engines.temporal.days import date_of, day_number, day_of, first_instant, last_instant, months_after
from bihuan.engines.temporal.due import due, follows_on, unless
from bihuan.engines.temporal.groups import Membership, in_two, within
from bihuan.engines.temporal.marks import Answer, Mark, Result, Span
from bihuan.engines.temporal.order import every, follows, matches, never, precedes
from bihuan.engines.temporal.runs import Run, Series, series, sustained
from bihuan.engines.temporal.sums import Balance, balance, count, disjoint, holds
from bihuan.engines.temporal.terms import (
    AfterDays,
    AfterMonths,
    AfterWorkingDays,
    Each,
    InTime,
    Once,
    OnDay,
    Rounding,
    Term,
    Worked,
    day_terms,
    on_request,
)

__all__ = [
    "AfterDays",
    "AfterMonths",
    "AfterWorkingDays",
    "Answer",
    "Balance",
    "Each",
    "InTime",
    "Mark",
    "Membership",
    "OnDay",
    "Once",
    "Result",
    "Rounding",
    "Run",
    "Series",
    "Span",
    "Term",
    "Worked",
    "balance",
    "count",
    "date_of",
    "day_number",
    "day_of",
    "day_terms",
    "disjoint",
    "due",
    "every",
    "first_instant",
    "follows",
    "follows_on",
    "holds",
    "in_two",
    "last_instant",
    "limit",
    "limit_lasting",
    "matches",
    "months_after",
    "never",
    "on_request",
    "precedes",
    "series",
    "sustained",
    "unless",
    "within",
]
