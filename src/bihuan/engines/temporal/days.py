"""Civil days of +08:00 as whole numbers, their instants, and months added where a month may lack the day.

Day 0 is 1970-01-01. A day goes from its 00:00 to the last microsecond before the next: +08:00
without summer time, as civil days are counted everywhere this product serves.
"""

from __future__ import annotations

from datetime import date

DAY_LENGTH = 86_400_000_000
"""A civil day in microseconds."""
_EAST = 8 * 3_600_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def day_of(time: int) -> int:
    """The civil day on which an instant (int us UTC) falls."""
    return (time + _EAST) // DAY_LENGTH


def first_instant(day: int) -> int:
    """00:00 of a civil day, int us UTC."""
    return day * DAY_LENGTH - _EAST


def last_instant(day: int) -> int:
    """The last microsecond of a civil day: what is due on a day is due by then."""
    return first_instant(day + 1) - 1


def day_number(day: date) -> int:
    """A date as its number."""
    return day.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """A number as its date."""
    return date.fromordinal(day + _EPOCH)


def month_day(month: int, day: int) -> int:
    """The day of a month counted from year 0 (12 x year + month - 1); beyond its end, the month's last day."""
    return min(_month_start(month) + day - 1, _month_start(month + 1) - 1)


def months_after(day: int, months: int) -> tuple[int, int]:
    """A day so many months later (or earlier, when negative), under both readings of a month that lacks the day.

    The month's last day, and the first day after it; the same day twice where nothing is to be rounded.
    """
    here = date_of(day)
    target = here.year * 12 + here.month - 1 + months
    start, following = _month_start(target), _month_start(target + 1)
    down = min(start + here.day - 1, following - 1)
    return down, min(start + here.day - 1, following)


def _month_start(month: int) -> int:
    return day_number(date(month // 12, month % 12 + 1, 1))
