"""Calendar rules: from a civil day to the dated terms within which something is due.

The day that a period begins on is not counted (Civil Code, article 201): 30 days after 10 March is 9 April; a month ends
on the day of the same number. What is asked "on request" has the request's day as its start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bihuan.engines.temporal.days import date_of, day_of, month_day, months_after

Rounding = Literal["up", "down", "ask"]
"""Of a month that lacks the day: the first day after it, its last day, or nobody says: both readings are kept."""
Worked = Callable[[int], tuple[bool, bool]]
"""Of a civil day: whether it is worked, and whether that is sure (False: no notice covers the year)."""
_FURTHEST = 4000
"""Days looked at for working days before a calendar counts as having none (about eleven years)."""
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


class Term(NamedTuple):
    """Within which civil days something is due."""

    first: int | None
    """The first day that counts; None: whatever came before counts too."""
    last: int | None
    """The last day in time; None where the law names no number (及时, in time)."""
    later: int | None = None
    """The later reading of the last day, when months were added and nobody says how to round."""
    name: str = ""
    """Tells the terms of one subject apart: `2022`, `2022Q1`, `2022-03`, `4` (fourth day)."""
    late_until: int | None = None
    """The last day on which a late one is still taken as this term's; None: any."""
    sure: bool = True
    """False when a working day on the way was assumed."""


@dataclass(frozen=True, slots=True)
class AfterDays:
    """Within so many days after a day; -1 is the day before it (then leave `first` None)."""

    days: int
    first: int | None = 0
    """The first day that counts, after the start; None: anything before counts too."""

    def term(self, start: int) -> Term:
        """The term that a start day begins."""
        return Term(None if self.first is None else start + self.first, start + self.days)


@dataclass(frozen=True, slots=True)
class AfterMonths:
    """Within so many months after a day, under a stated rounding."""

    months: int
    rounding: Rounding = "ask"
    first: int | None = 0
    """The first day that counts, after the start, in days; None: anything before counts too."""

    def term(self, start: int) -> Term:
        """The term that a start day begins."""
        down, up = months_after(start, self.months)
        last, later = {"down": (down, None), "up": (up, None), "ask": (down, up if up != down else None)}[self.rounding]
        return Term(None if self.first is None else start + self.first, last, later)


@dataclass(frozen=True, slots=True)
class AfterWorkingDays:
    """Within so many working days after a day; negative: so many before it."""

    days: int
    worked: Worked
    first: int | None = 0

    def term(self, start: int) -> Term:
        """The term that a start day begins; ValueError when the calendar has no such working day in eleven years."""
        day, left, sure = start, abs(self.days), True
        for _ in range(_FURTHEST):
            if left == 0:
                return Term(None if self.first is None else start + self.first, day, sure=sure)
            day += 1 if self.days > 0 else -1
            worked, known = self.worked(day)
            sure = sure and known
            left -= worked
        raise ValueError(f"no {self.days} working days within {_FURTHEST} days of {date_of(start)}")


@dataclass(frozen=True, slots=True)
class OnDay:
    """By a fixed civil day, whenever it began."""

    day: int
    first: int | None = None
    """The first civil day that counts."""

    def term(self, start: int) -> Term:
        """The term, the same for every start."""
        return Term(self.first, self.day)


@dataclass(frozen=True, slots=True)
class InTime:
    """The law asks for it without a number of days."""

    def term(self, start: int) -> Term:
        """A term without a last day."""
        return Term(start, None)


Once = AfterDays | AfterMonths | AfterWorkingDays | OnDay | InTime
"""Calendar rules that give one term for one start."""


@dataclass(frozen=True, slots=True)
class Each:
    """In each year, quarter or month, from one day to another, e.g. yearly in the first quarter.

    Days are (month of the period, day), the month counted from 1: (3, 31) of a year is 31 March, (2, 5) of a month is
    the fifth of the month after it. A day that the month lacks is the month's last day.
    """

    period: Literal["year", "quarter", "month"]
    opens: tuple[int, int]
    closes: tuple[int, int]
    running: bool = False
    """Whether the term that runs when the subject begins is owed too; else the first is the next that opens."""

    def terms(self, start: int, until: int, ended: int | None = None) -> list[Term]:
        """All terms of a subject from its start that have opened by a day, and the next one after that day.

        `ended`: the subject's last day; terms that would open after it are not owed.
        """
        size = _MONTHS[self.period]
        here = date_of(start)
        number = (here.year * 12 + here.month - 1) // size - 1 - max(self.opens[0], self.closes[0]) // size
        found: list[Term] = []
        while not found or found[-1].first is None or found[-1].first <= until:
            term = self._term(number * size, (number + 1) * size)
            number += 1
            assert term.first is not None and term.last is not None
            if ended is not None and term.first > ended:
                break
            if (term.last if self.running else term.first) >= start:
                found.append(term)
        return found

    def _term(self, month: int, following: int) -> Term:
        first, last = (month_day(month + m - 1, day) for m, day in (self.opens, self.closes))
        next_first = month_day(following + self.opens[0] - 1, self.opens[1])
        year, rest = divmod(month, 12)
        name = {"year": f"{year}", "quarter": f"{year}Q{rest // 3 + 1}", "month": f"{year}-{rest + 1:02d}"}[self.period]
        return Term(first, last, name=name, late_until=max(last, next_first - 1))


def day_terms(start: int, days: Iterable[int], first: int = 1) -> list[Term]:
    """A term of one civil day for each of some numbered days; `first` is the number of the start's own day."""
    return [Term(day, day, name=str(n), late_until=day) for n in days for day in (start + n - first,)]


def on_request(by: Once, requests: Iterable[int]) -> list[Term]:
    """A term for each request (instants, int us UTC), named by its day; without a request nothing is due."""
    return [by.term(day_of(at))._replace(name=date_of(day_of(at)).isoformat()) for at in requests]
