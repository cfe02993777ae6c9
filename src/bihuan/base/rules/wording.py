"""How times, durations and numbers are put into the sentences of verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from bihuan.base.clock import DAY, HOUR, MINUTE, SECOND, moment
from bihuan.base.errors import Words

_ROUND = 5 * MINUTE
"""Limits of time are whole numbers of five minutes: a length just beyond one is told to the second."""


def duration(micros: int) -> Words:
    """A length of time as people say it: 5 小时 28 分 / 5 h 28 min; seconds only where they decide.

    Under five minutes, and within a minute after a round length, seconds are told: 6 小时 2 秒 is more than 6 小时.
    """
    left = abs(micros)
    if left >= _ROUND and left % _ROUND >= MINUTE:
        left -= left % MINUTE
    zh: list[str] = []
    en: list[str] = []
    for size, unit_zh, unit_en in ((DAY, "天", "d"), (HOUR, "小时", "h"), (MINUTE, "分", "min"), (SECOND, "秒", "s")):
        number, left = divmod(left, size)
        if number:
            zh.append(f"{number} {unit_zh}")
            en.append(f"{number} {unit_en}")
    sign = "-" if micros < 0 and zh else ""
    return Words(sign + (" ".join(zh) or "0 秒"), sign + (" ".join(en) or "0 s"))


def clock(at: int, beside: int | None = None) -> str:
    """An instant in civil time (+08:00) to the minute: 2021-01-12 09:12.

    Beside another instant: only the time of day when it is the same day, with seconds when it is the same minute.
    """
    here = moment(at)
    short = f"{here.hour:02d}:{here.minute:02d}"
    if beside is not None and at != beside and at // MINUTE == beside // MINUTE:
        short += f":{here.second:02d}"
    if beside is not None and moment(beside).date() == here.date():
        return short
    return f"{here.date().isoformat()} {short}"


def number(value: Decimal) -> str:
    """A decimal without idle zeros: 1000, -15, 0.25."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


_NO_LIMIT_ZH, _NO_LIMIT_EN = re.compile(r"没有现行限值：([\w、]+)（(\w*)，"), re.compile(r"no limit in force: ([\w, ]+) \(area (\w*),")


def readable(sentence: str, limit: Callable[[str], str], area: Callable[[str], str]) -> str:
    """A reason as people read it: where a limit lacks, what it is called and the name of the area, not their codes."""

    def zh(found: re.Match[str]) -> str:
        return f"没有现行限值：{'、'.join(limit(name) for name in found[1].split('、'))}（{area(found[2])}，"

    def en(found: re.Match[str]) -> str:
        return f"no limit in force: {', '.join(limit(name) for name in found[1].split(', '))} ({area(found[2])},"

    return _NO_LIMIT_EN.sub(en, _NO_LIMIT_ZH.sub(zh, sentence))
