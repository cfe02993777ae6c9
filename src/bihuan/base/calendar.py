"""Working days and office hours, so that a deadline counts the time that the law counts.

Statutory holidays and make-up working days come from `chinesecalendar`; a place's own notices (a lockdown, a festival
put off) are dated rows per area and go before it. For a year that no notice covers, Monday to Friday is assumed and the
answer says that it is not sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache

import chinese_calendar
import yaml

from bihuan.base.clock import DAY, HOUR, MINUTE, civil_date, day_start, moment
from bihuan.base.errors import Words

_COVERED = (min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year)
_FURTHEST = 4000
"""Days looked ahead before a calendar counts as having no working day at all (about eleven years)."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """One notice about one day in one area: worked or free, and the paper that says so."""

    area: str
    """Division code prefix; "" is everywhere."""
    day: date
    working: bool
    source: str


@dataclass(frozen=True, slots=True)
class DayKind:
    """Whether a day is worked; not `sure` when no notice covers the year and weekends were assumed."""

    working: bool
    sure: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class DueTime:
    """An instant that working time was counted to; not `sure` when a day on the way was assumed."""

    at: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working calendar of all areas: notices by area, and the office hours."""

    rows: tuple[DayRow, ...] = ()
    opens: time = time(9, 0)
    closes: time = time(17, 30)

    def day(self, day: date, area: str = "") -> DayKind:
        """Whether a civil day is worked in an area: the notice of the longest area prefix wins."""
        fits = [row for row in self.rows if row.day == day and area.startswith(row.area)]
        if fits:
            row = max(fits, key=lambda r: len(r.area))
            return DayKind(row.working, True, row.source)
        return _national(day)

    def add_working_days(self, at: int, n: int, area: str = "") -> DueTime:
        """The end of a period of `n` working days.

        The day it begins on is not counted (Civil Code, article 201); it ends when the office closes on the last day
        (article 203), which is never a free day.
        """
        day, left, sure = civil_date(at), n, True
        for _ in range(_FURTHEST):
            kind = self.day(day, area)
            if left == 0 and kind.working:
                return DueTime(self._closing(day), sure and kind.sure)
            sure = sure and kind.sure
            day += timedelta(days=1)
            if left and self.day(day, area).working:
                left -= 1
        raise ValueError(f"no {n} working days within {_FURTHEST} days after {civil_date(at)} in area {area!r}")

    def working_minutes_between(self, a: int, b: int, area: str = "") -> int:
        """Whole minutes of office time from `a` to `b` (int us); negative when `b` lies before `a`."""
        if b < a:
            return -self.working_minutes_between(b, a, area)
        day, last, total = civil_date(a), civil_date(b), 0
        while day <= last:
            if self.day(day, area).working:
                total += max(0, min(b, self._closing(day)) - max(a, self._opening(day)))
            day += timedelta(days=1)
        return total // MINUTE

    def add_working_minutes(self, at: int, minutes: int, area: str = "") -> DueTime:
        """The instant by which `minutes` of office time have passed since `at`."""
        day, left, sure = civil_date(at), minutes * MINUTE, True
        for _ in range(_FURTHEST):
            kind = self.day(day, area)
            sure = sure and kind.sure
            if kind.working:
                start = max(at, self._opening(day))
                if start + left <= self._closing(day):
                    return DueTime(start + left, sure)
                left -= max(0, self._closing(day) - start)
            day += timedelta(days=1)
        raise ValueError(f"no {minutes} working minutes within {_FURTHEST} days after {civil_date(at)} in {area!r}")

    def working_due_words(self, now: int, due: int, area: str = "") -> Words:
        """What is left on a clock that counts office time: “还剩 2 个工作小时”, “超时 3 个工作日”."""
        minutes = self.working_minutes_between(now, due, area)
        if due < now and minutes == 0:
            return due_words(now, due)
        late, size = minutes < 0, abs(minutes)
        a_day = (self._closing(date(2020, 1, 2)) - self._opening(date(2020, 1, 2))) // MINUTE
        if size >= a_day:
            number, zh, en = size // a_day, "个工作日", "working day"
        elif size >= 60:
            number, zh, en = size // 60, "个工作小时", "working hour"
        else:
            number, zh, en = size, "个工作分钟", "working minute"
        en = en if number == 1 else en + "s"
        return (
            Words(f"超时 {number} {zh}", f"{number} {en} overdue")
            if late
            else Words(f"还剩 {number} {zh}", f"{number} {en} left")
        )

    def _opening(self, day: date) -> int:
        return day_start(day) + self.opens.hour * HOUR + self.opens.minute * MINUTE

    def _closing(self, day: date) -> int:
        return day_start(day) + self.closes.hour * HOUR + self.closes.minute * MINUTE


def rows_of(text: str) -> tuple[DayRow, ...]:
    """Read notices from YAML: a list of {area, day, working, source}; ValueError names the line that is wrong."""
    rows = []
    for n, item in enumerate(yaml.safe_load(text) or [], 1):
        if not isinstance(item, Mapping) or not isinstance(item.get("day"), date):
            raise ValueError(f"calendar row {n}: needs day as YYYY-MM-DD, working as true or false, and source")
        if not isinstance(item.get("working"), bool) or not item.get("source"):
            raise ValueError(f"calendar row {n} ({item['day']}): needs working as true or false, and source")
        rows.append(DayRow(str(item.get("area", "")), item["day"], item["working"], str(item["source"])))
    return tuple(rows)


def due_words(now: int, due: int) -> Words:
    """How far off a due time is, as people say it: “还剩 3 小时 10 分”, “超时 2 天”."""
    size = abs(due - now)
    days, rest = divmod(size, DAY)
    hours, minutes = rest // HOUR, rest % HOUR // MINUTE
    zh: Sequence[str]
    en: Sequence[str]
    if days >= 2:
        zh, en = [f"{days} 天"], [f"{days} days"]
    elif days == 1:
        zh, en = ["1 天", f"{hours} 小时" if hours else ""], ["1 day", f"{hours} h" if hours else ""]
    elif hours:
        zh = [f"{hours} 小时", f"{minutes} 分" if minutes else ""]
        en = [f"{hours} h", f"{minutes} min" if minutes else ""]
    elif minutes:
        zh, en = [f"{minutes} 分"], [f"{minutes} min"]
    else:
        zh, en = ["不到 1 分"], ["less than 1 min"]
    said_zh, said_en = " ".join(filter(None, zh)), " ".join(filter(None, en))
    return Words(f"超时 {said_zh}", f"{said_en} overdue") if due < now else Words(f"还剩 {said_zh}", f"{said_en} left")


def stamp(at: int) -> str:
    """An instant to the minute in civil time, as sentences and documents give it: `2020-12-10 14:20`."""
    return moment(at).strftime("%Y-%m-%d %H:%M")


@cache
def _national(day: date) -> DayKind:
    if _COVERED[0] <= day.year <= _COVERED[1]:
        return DayKind(bool(chinese_calendar.is_workday(day)))
    return DayKind(day.weekday() < 5, False)


STANDARD = Calendar()
"""The national calendar with the usual office hours, 09:00 to 17:30."""
