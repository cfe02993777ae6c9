"""Civil days of many subjects at once: the sums of `days` and `terms` over arrays, for the duties of a whole province."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bihuan.engines.temporal.terms import AfterDays, AfterMonths, Once, OnDay

Days = NDArray[np.datetime64]
"""Civil days, datetime64[D]; NaT where there is none."""
Flags = NDArray[np.bool_]
_NONE = np.datetime64("NaT", "D")


def months_after_many(days: Days, months: int) -> tuple[Days, Days]:
    """Days so many months later, under both readings of a month that lacks the day: its last day, the first day after it."""
    own = days.astype("M8[M]")
    place = days - own.astype("M8[D]")
    start = (own + months).astype("M8[D]")
    length = (own + (months + 1)).astype("M8[D]") - start
    return start + np.minimum(place, length - np.timedelta64(1, "D")), start + np.minimum(place, length)


def last_days(by: Once, starts: Days) -> tuple[Days, Flags]:
    """The last day in time for each start, and where it has two readings and nobody says which (NaT there)."""
    clear = np.zeros(len(starts), np.bool_)
    match by:
        case AfterDays(days):
            return starts + np.timedelta64(days, "D"), clear
        case AfterMonths(months, rounding):
            down, up = months_after_many(starts, months)
            if rounding != "ask":
                return (down if rounding == "down" else up), clear
            unclear: Flags = down != up
            unclear &= ~np.isnat(starts)
            return np.where(unclear, _NONE, down), unclear
        case OnDay(day):
            return np.where(np.isnat(starts), _NONE, np.datetime64(day, "D")), clear
    return np.full(len(starts), _NONE), clear
