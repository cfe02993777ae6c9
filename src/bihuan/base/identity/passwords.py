"""Passwords: argon2id, the same work whether or not the name exists, and the count of failures that locks."""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from base64 import b64encode
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from bihuan.base.clock import DAY, Chance
from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.identity.model import INNER, log_in_failure
from bihuan.base.identity.policy import POLICY, Policy

SALT_OCTETS = 16
HASH_OCTETS = 32


def login_key(login: str) -> str:
    """A login name in the one form that is compared: width and case don't matter."""
    whole = login.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be asked of a store
    return unicodedata.normalize("NFKC", whole).strip().casefold()


def check_password(password: str, login: str, policy: Policy = POLICY) -> None:
    """Invalid when a new password is too short, too long, or says the login name."""
    words: Words | None = None
    if len(password) < policy.shortest:
        words = Words(f"密码至少 {policy.shortest} 位。", f"A password has at least {policy.shortest} signs.")
    elif len(password) > policy.longest:
        words = Words(f"密码至多 {policy.longest} 位。", f"A password has at most {policy.longest} signs.")
    elif login_key(login) in login_key(password) or len(set(password)) < 4:
        words = Words("密码过于简单，且不能含用户名。", "The password is too simple or holds the login name.")
    if words is not None:
        raise Invalid(*words, faults=[Fault("password", "weak", words)])


def hashed(chance: Chance, password: str, policy: Policy = POLICY) -> str:
    """A password as argon2id text with its parameters; takes some tens of milliseconds."""
    return _hasher(policy).hash(_octets(password), salt=chance.token(SALT_OCTETS))


def fits(stored: str | None, password: str, policy: Policy = POLICY) -> bool:
    """Whether a password is the one that was hashed; as slow when nothing is stored. Pure: may run in a thread."""
    octets = _octets(password[: policy.longest])
    try:
        right = _hasher(policy).verify(stored if stored is not None else _nobody(policy), octets)
    except VerifyMismatchError:
        return False
    return right and stored is not None and len(password) <= policy.longest


@dataclass(frozen=True, slots=True)
class Source:
    """Where an attempt comes from: the login name tried and the network address."""

    login: str
    address: str

    @property
    def login_row(self) -> str:
        """Key of the failures under this name: hashed, since people type passwords into the wrong box."""
        return "login:" + hashlib.sha256(login_key(self.login).encode()).hexdigest()

    @property
    def address_row(self) -> str:
        """Key of the failures from this address; an IPv6 client owns a whole /64."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return f"address:{self.address}"
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is not None:
                return f"address:{address.ipv4_mapped}"
            return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
        return f"address:{address}"


def locked(reader: Reader, key: str) -> bool:
    """Whether attempts under a key are refused now, right or wrong."""
    until = reader.scalar(sa.select(log_in_failure.c.locked_until).where(log_in_failure.c.key == key), INNER)
    return until is not None and reader.now < until


def count_failure(w: Writer, key: str, most: int, policy: Policy = POLICY) -> bool:
    """Count one failure under a key; locks it at `most` within the window. Whether it is locked now."""
    row = w.first(sa.select(log_in_failure).where(log_in_failure.c.key == key), INNER)
    if row is not None and row["locked_until"] is not None and w.now < row["locked_until"]:
        return True
    fresh = row is None or row["locked_until"] is not None or w.now - row["since"] >= policy.window
    failed, since = (1, w.now) if row is None or fresh else (row["failed"] + 1, row["since"])
    until = w.now + policy.lock if failed >= most else None
    w.upsert(log_in_failure, {"key": key, "failed": failed, "since": since, "locked_until": until})
    return until is not None


def count_failures(w: Writer, source: Source, policy: Policy = POLICY) -> bool:
    """Count a failed attempt under its name and its address. Whether either is locked now."""
    by_login = count_failure(w, source.login_row, policy.account_failures, policy)
    by_address = count_failure(w, source.address_row, policy.address_failures, policy)
    return by_login or by_address


def forgive(w: Writer, source: Source) -> None:
    """Forget failures under a name after the right password; the address keeps its own."""
    w.write(sa.delete(log_in_failure).where(log_in_failure.c.key == source.login_row))


def drop_old_failures(w: Writer) -> int:
    """Forget counts that can no longer lock anybody. How many."""
    return w.write(sa.delete(log_in_failure).where(log_in_failure.c.since < w.now - DAY))


def _hasher(policy: Policy) -> PasswordHasher:
    return PasswordHasher(policy.passes, policy.memory_kib, policy.lanes, HASH_OCTETS, SALT_OCTETS)


def _nobody(policy: Policy) -> str:
    """A well-formed hash that no password has, of the same cost."""
    salt, value = (b64encode(bytes(size)).decode().rstrip("=") for size in (SALT_OCTETS, HASH_OCTETS))
    return f"$argon2id$v=19$m={policy.memory_kib},t={policy.passes},p={policy.lanes}${salt}${value}"


def _octets(password: str) -> bytes:
    """The same password typed on another keyboard is the same octets."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
