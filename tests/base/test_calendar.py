"""Working days and office hours against the published holidays of 2020, and words for what is left."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.calendar import STANDARD, Calendar, due_words, rows_of
from bihuan.base.clock import DAY, HOUR, MINUTE, parse_instant


def test_the_holidays_of_october_2020() -> None:
    # 国办发明电〔2019〕16号: free from 1 to 8 October; 27 September (Sunday) and 10 October (Saturday) are worked.
    ends = [STANDARD.add_working_days(parse_instant("2020-09-25T16:00"), n).at for n in (1, 2, 5, 6)]
    assert ends == [parse_instant(f"{d}T17:30") for d in ("2020-09-27", "2020-09-28", "2020-10-09", "2020-10-10")]


def test_a_period_of_no_days_ends_on_the_next_worked_day() -> None:
    assert STANDARD.add_working_days(parse_instant("2020-10-03T10:00"), 0).at == parse_instant("2020-10-09T17:30")
    assert STANDARD.add_working_days(parse_instant("2020-10-09T10:00"), 0).at == parse_instant("2020-10-09T17:30")


def test_a_year_without_notice_is_counted_by_weekends_and_says_so() -> None:
    far = STANDARD.add_working_days(parse_instant("2031-10-01T10:00"), 1)
    assert (far.at, far.sure) == (parse_instant("2031-10-02T17:30"), False)
    assert STANDARD.day(date(2031, 10, 4)).working is False
    assert STANDARD.add_working_days(parse_instant("2020-12-10T10:00"), 1).sure is True


def test_a_notice_of_one_area_goes_before_the_nation() -> None:
    rows = rows_of("""
- {area: "3101", day: 2022-04-06, working: false, source: 沪府办〔2022〕1号}
- {area: "310115", day: 2022-04-06, working: true, source: 浦府办〔2022〕2号}
""")
    calendar = Calendar(rows)
    assert [calendar.day(date(2022, 4, 6), area).working for area in ("310104", "310115001", "3205")] == [
        False, True, True,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="row 1"):
        rows_of("- {area: '31', day: 2022-04-06, working: perhaps, source: x}")


def test_office_minutes_across_a_weekend() -> None:
    friday, monday = parse_instant("2020-12-11T16:30"), parse_instant("2020-12-14T10:00")
    assert STANDARD.working_minutes_between(friday, monday) == 120
    assert STANDARD.working_minutes_between(monday, friday) == -120
    assert STANDARD.working_due_words(friday, monday).zh == "还剩 2 个工作小时"
    assert STANDARD.working_due_words(monday, friday).en == "2 working hours overdue"
    assert STANDARD.working_due_words(friday, friday + 5 * DAY).zh == "还剩 3 个工作日"


@given(st.integers(0, 20 * 24 * 60), st.integers(0, 5000))
def test_minutes_added_are_the_minutes_between(start: int, minutes: int) -> None:
    at = parse_instant("2020-09-20T00:00") + start * MINUTE
    end = STANDARD.add_working_minutes(at, minutes)
    assert STANDARD.working_minutes_between(at, end.at) == minutes


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (3 * HOUR + 10 * MINUTE, "还剩 3 小时 10 分", "3 h 10 min left"),
        (-2 * DAY - HOUR, "超时 2 天", "2 days overdue"),
        (DAY + 4 * HOUR, "还剩 1 天 4 小时", "1 day 4 h left"),
        (45 * MINUTE, "还剩 45 分", "45 min left"),
        (0, "还剩 不到 1 分", "less than 1 min left"),
        (-2 * HOUR, "超时 2 小时", "2 h overdue"),
    ],
)
def test_words_for_what_is_left(left: int, zh: str, en: str) -> None:
    assert due_words(10**15, 10**15 + left) == (zh, en)
