"""How log-in and sessions behave: counts, spans and the cost of a password hash, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.base.clock import DAY, HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Policy:
    """One set of log-in settings; spans are int microseconds."""

    memory_kib: int = 19_456
    """argon2id memory, KiB; with `passes` and `lanes` the second choice of OWASP's password storage sheet."""
    passes: int = 2
    lanes: int = 1
    shortest: int = 10
    longest: int = 256
    """Signs; hashing a megabyte of password would be an attack on ourselves."""
    account_failures: int = 5
    address_failures: int = 60
    """Far above the account's: one address may be a whole office or a mobile operator behind NAT."""
    window: int = 15 * MINUTE
    """Failures further apart than this don't add up."""
    lock: int = 15 * MINUTE
    idle: int = 30 * MINUTE
    absolute: int = 12 * HOUR
    """A session ends after this however busy: one shift."""
    confirmed: int = 5 * MINUTE
    """How long a password given counts for signing, closing, exporting, erasing."""
    touch: int = MINUTE
    """A session's last use is written at most this often."""
    access_kept: int = 184 * DAY
    """Six months, the least that network logs are kept (网络安全法 第二十一条)."""


POLICY = Policy()
