"""Time, ids and chance, injected everywhere so that a run can be repeated exactly.

Instants are int microseconds since 1970-01-01 UTC. Civil time in every territory served is +08:00.
"""

from __future__ import annotations

import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
CIVIL = timezone(timedelta(hours=8), "+08:00")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Whatever says what time it is."""

    def now(self) -> int:
        """The present instant, int microseconds UTC."""
        ...


class WallClock:
    """The machine's clock, never running backwards within one process."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        """The present instant, int microseconds UTC."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last


@dataclass
class SetClock:
    """A clock that shows what it is told: tests, replays and the simulated city."""

    at: int

    def now(self) -> int:
        """The instant last set, int microseconds UTC."""
        return self.at

    def advance(self, micros: int) -> None:
        """Move on by `micros` microseconds."""
        self.at += micros


class Chance(Protocol):
    """Where outward ids, salts and keys come from."""

    def token(self, octets: int) -> bytes:
        """`octets` unpredictable bytes."""
        ...


class SystemChance:
    """The operating system's randomness."""

    def token(self, octets: int) -> bytes:
        """`octets` unpredictable bytes."""
        return secrets.token_bytes(octets)


@dataclass
class SeededChance:
    """Repeatable bytes for tests and the simulated city; never in production."""

    seed: int
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def token(self, octets: int) -> bytes:
        """`octets` bytes that follow from the seed."""
        return self._random.randbytes(octets)


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing that is misread aloud


def new_id(chance: Chance, prefix: str = "", octets: int = 10) -> str:
    """A random outward id, e.g. `rec-4q8z…`: 8 bits an octet, no order, nothing to guess."""
    number = int.from_bytes(chance.token(octets), "big")
    digits = []
    for _ in range((octets * 8 + 4) // 5):
        number, low = divmod(number, 32)
        digits.append(_ALPHABET[low])
    text = "".join(reversed(digits))
    return f"{prefix}-{text}" if prefix else text


def instant(moment: datetime) -> int:
    """An aware datetime as int microseconds UTC; a naive one is civil time of +08:00."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CIVIL)
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Int microseconds UTC as an aware datetime in civil time (+08:00)."""
    return (_EPOCH + timedelta(microseconds=at)).astimezone(CIVIL)


def iso(at: int) -> str:
    """Int microseconds UTC as ISO 8601 in civil time, e.g. `2020-12-10T09:12:00+08:00`."""
    return moment(at).isoformat()


def parse_instant(text: str) -> int:
    """ISO 8601 text (with offset; a bare one is civil time) as int microseconds UTC; ValueError when it is none."""
    return instant(datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00")))


def civil_date(at: int) -> date:
    """The civil day (+08:00) on which an instant falls."""
    return moment(at).date()


def day_start(day: date) -> int:
    """00:00 of a civil day (+08:00), int microseconds UTC."""
    return instant(datetime(day.year, day.month, day.day, tzinfo=CIVIL))
