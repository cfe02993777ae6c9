"""Times of EPCIS: RFC 3339 text to microseconds of UTC and back."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?\Z",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)\Z", re.ASCII)


def instant(text: str, assumed_offset: int | None = None) -> int:
    """The instant of a date-time, int microseconds UTC; finer fractions are cut off.

    A leap second (:60) is the second after :59. Text without a zone is read with `assumed_offset` (minutes) if given.
    Raises ValueError for anything that is not RFC 3339.
    """
    found = _RFC3339.match(text)
    if not found:
        raise ValueError(f"not an RFC 3339 date-time: {text[:40]!r}")
    leap = 0
    if found[1] == "60":
        text = f"{text[: found.start(1)]}59{text[found.end(1) :]}"
        leap = 1_000_000
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        if assumed_offset is None:
            raise ValueError(f"no time zone: {text[:40]!r}")
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=assumed_offset)))
    return (moment - _EPOCH) // _MICROSECOND + leap


def offset_minutes(text: str) -> int:
    """Minutes east of UTC of an offset such as +08:00. Raises ValueError if it is written otherwise."""
    found = _OFFSET.match(text)
    if not found or int(found[3]) > 59 or int(found[2]) * 60 + int(found[3]) > 14 * 60:
        raise ValueError(f"not an offset: {text[:40]!r}")
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def rfc3339(microseconds: int) -> str:
    """An instant as text in UTC, with the fraction only when there is one."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return moment.isoformat().replace("+00:00", "Z")
