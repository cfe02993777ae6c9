"""Times and lengths in reasons: to the minute, to the second only where a second decides; limits by their names."""

import pytest

from bihuan.base.clock import DAY, HOUR, MINUTE, SECOND, parse_instant
from bihuan.base.rules.wording import clock, duration, readable


@pytest.mark.parametrize(
    ("micros", "zh"),
    [(5 * HOUR + 28 * MINUTE + 12 * SECOND, "5 小时 28 分"), (6 * HOUR, "6 小时"), (6 * HOUR + 2 * SECOND, "6 小时 2 秒"),
     (30 * MINUTE + 1 * SECOND, "30 分 1 秒"), (47 * MINUTE + 59 * SECOND, "47 分"), (12 * SECOND, "12 秒"), (0, "0 秒"),
     (2 * DAY + 3 * MINUTE + 9 * SECOND, "2 天 3 分"), (-90 * SECOND, "-1 分 30 秒")],
)  # fmt: skip
def test_a_length_is_told_to_the_minute_unless_seconds_decide(micros: int, zh: str) -> None:
    assert duration(micros).zh == zh


def test_a_length_beyond_a_round_limit_never_reads_as_the_limit() -> None:
    for limit in (5, 30, 60, 90, 180, 360):
        assert duration(limit * MINUTE + SECOND) != duration(limit * MINUTE)


def test_an_instant_is_told_to_the_minute_unless_another_lies_in_it() -> None:
    nine = parse_instant("2021-01-12T09:12:37+08:00")
    assert clock(nine) == "2021-01-12 09:12"
    assert clock(nine, nine + HOUR) == "09:12"
    assert clock(nine, nine - SECOND) == "09:12:37"
    assert clock(nine, nine) == "09:12"
    assert clock(nine, nine - DAY) == "2021-01-12 09:12"


def test_a_lacking_limit_is_named_in_words() -> None:
    named = {"max_temp": "最高箱温", "sustained_min": "超温持续时间"}
    said = readable("没有现行限值：max_temp、sustained_min（310115，2021-01-12 09:12）。请登记。", lambda n: named[n], lambda a: "浦东新区")
    assert said == "没有现行限值：最高箱温、超温持续时间（浦东新区，2021-01-12 09:12）。请登记。"
    english = "no limit in force: max_temp, sustained_min (area 310115, 2021-01-12 09:12). Enter the value."
    said = readable(english, lambda n: n.upper(), lambda a: "Pudong")
    assert said == "no limit in force: MAX_TEMP, SUSTAINED_MIN (Pudong, 2021-01-12 09:12). Enter the value."
