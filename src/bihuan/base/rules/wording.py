"""How times, durations and numbers are put into the sentences of verdicts."""

from __future__ import annotations

from decimal import Decimal

from bihuan.base.clock import DAY, HOUR, MINUTE, SECOND, moment
from bihuan.base.errors import Words


def duration(micros: int) -> Words:
    """A length of time, to the second: 5 小时 28 分 / 5 h 28 min."""
    left = abs(micros)
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
    """An instant in civil time (+08:00): 2021-01-12 09:12; only the time of day when `beside` is on the same day."""
    here = moment(at)
    seconds = f":{here.second:02d}" if here.second else ""
    short = f"{here.hour:02d}:{here.minute:02d}{seconds}"
    if beside is not None and moment(beside).date() == here.date():
        return short
    return f"{here.date().isoformat()} {short}"


def number(value: Decimal) -> str:
    """A decimal without idle zeros: 1000, -15, 0.25."""
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
