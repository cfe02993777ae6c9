"""Log-in, sessions and their CSRF tokens, step-up, acting on behalf: our own.

A session is known by a random cookie, kept here only as its SHA-256. Every log-in makes a new one and ends the old, so
a cookie planted beforehand is worth nothing. The CSRF token follows from the cookie, so another session's never fits.

Passwords are checked outside the transaction (slow, must not hold the one writer), counted inside it. `log_in`,
`step_up` and `change_password` therefore take the store; a door that must not wait calls `challenge`, `Challenge.fits`
in a thread, and `settle`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import sqlalchemy as sa

from bihuan.base.clock import DAY, new_id
from bihuan.base.db import Db, Reader, Writer
from bihuan.base.errors import Forbidden, StepUpNeeded, Unauthenticated
from bihuan.base.identity.access import log_access, prune_access_log
from bihuan.base.identity.events import AccountReset
from bihuan.base.identity.journal import record
from bihuan.base.identity.model import DOOR, INNER, account, person, session
from bihuan.base.identity.passwords import (
    Source,
    check_password,
    count_failure,
    count_failures,
    drop_old_failures,
    fits,
    forgive,
    hashed,
    locked,
    login_key,
)
from bihuan.base.identity.policy import POLICY, Policy
from bihuan.base.identity.scopes import may_act_for, principal_for
from bihuan.base.principal import Principal

COOKIE_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody logged in, from one device; instants int us."""

    cookie: str = field(repr=False)
    person: str
    party: str | None
    """The organisation acted for."""
    started_at: int
    seen_at: int
    confirmed_at: int
    must_change: bool = False
    """Until the password is changed the principal has no scope, no organisation and no capabilities."""

    @property
    def hash(self) -> str:
        """How the session is known in the store."""
        return cookie_hash(self.cookie)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session in force and the principal that it stands for at this moment."""

    session: Session
    principal: Principal


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a password must fit; the same for a name that doesn't exist."""

    login: str
    person: str | None
    stored: str | None = field(repr=False)
    policy: Policy = POLICY

    def fits(self, password: str) -> bool:
        """Whether the password is right; slow, pure, may run in a thread."""
        return fits(self.stored, password, self.policy)


def log_in(
    db: Db, login: str, password: str, address: str, old_cookie: str | None = None, policy: Policy = POLICY
) -> Session:
    """A new session, or Unauthenticated: one answer for an unknown name, a wrong password and a lock."""
    asked = challenge(db.reader(DOOR), login, policy)
    right = asked.fits(password)
    with db.write(DOOR) as w:
        opened = settle(w, asked, right, address, old_cookie)
    if opened is None:
        raise log_in_refused(policy)
    return opened


def challenge(reader: Reader, login: str, policy: Policy = POLICY) -> Challenge:
    """What a password must fit for a login name."""
    query = sa.select(account).where(account.c.login == login_key(login), account.c.closed_at.is_(None))
    row = reader.first(query, INNER)
    if row is None:
        return Challenge(login, None, None, policy)
    return Challenge(login, row["person"], row["hash"], policy)


def settle(w: Writer, asked: Challenge, right: bool, address: str, old_cookie: str | None = None) -> Session | None:
    """Count the attempt; a session when it was right and nothing is locked, else None: raising would undo the count."""
    source = Source(asked.login, address)
    if locked(w, source.address_row):
        return None
    if locked(w, source.login_row):
        count_failure(w, source.address_row, asked.policy.address_failures, asked.policy)
        return None
    # The account is looked up again: the password may have been changed while this one was being checked.
    query = sa.select(account).where(account.c.person == asked.person, account.c.hash == asked.stored)
    row = w.first(query.where(account.c.closed_at.is_(None)), INNER) if right and asked.person else None
    if row is None:
        count_failures(w, source, asked.policy)
        log_access(w, w.principal, "log_in", source.login_row, "refused", address)
        return None
    forgive(w, source)
    if old_cookie:
        log_out(w, old_cookie)
    log_access(w, Principal("person", row["person"], person=row["person"]), "log_in", row["person"], "log-in", address)
    return _open(w, row["person"], None, address, bool(row["must_change"]))


def session_of(reader: Reader, cookie: str, policy: Policy = POLICY) -> LoggedIn | None:
    """Who is behind a cookie now, with the scope of this moment; None when the session is unknown, idle or over.

    A membership that has ended takes the organisation away and leaves the session.
    """
    found = _in_force(reader, cookie, policy)
    if found is None:
        return None
    party = found.party
    if party is not None and not may_act_for(reader, found.person, party, reader.now):
        party = None
    if found.must_change:
        return LoggedIn(found, Principal("person", found.person, person=found.person))
    principal = principal_for(reader, found.person, party, reader.now, confirmed_at=found.confirmed_at)
    return LoggedIn(found, principal)


def touch(w: Writer, known: Session, policy: Policy = POLICY) -> None:
    """Note that a session is in use; for doors that ask `needs_touch` first."""
    if needs_touch(known, w.now, policy):
        w.write(sa.update(session).where(session.c.hash == known.hash).values(seen_at=w.now))


def needs_touch(known: Session, now: int, policy: Policy = POLICY) -> bool:
    """Whether a session's last use is old enough to be written again."""
    return now - known.seen_at >= policy.touch


def log_out(w: Writer, cookie: str) -> None:
    """End a session; an unknown one is ended already."""
    _end(w, session.c.hash == cookie_hash(cookie))


def end_sessions_of(w: Writer, who: str) -> int:
    """End all sessions of a person. How many."""
    return _end(w, session.c.person == who)


def csrf_token(known: Session) -> str:
    """The token that every form of this session carries."""
    return hmac.new(known.cookie.encode(), b"bihuan csrf 1", hashlib.sha256).hexdigest()


def check_csrf(known: Session, token: str | None, origin: str | None, expected_origin: str) -> None:
    """Forbidden unless the token is this session's own and the request comes from our own pages."""
    check_origin(origin, expected_origin)
    if token is None or not hmac.compare_digest(token.encode("utf-8", "surrogatepass"), csrf_token(known).encode()):
        raise _forged()


def check_origin(origin: str | None, expected_origin: str) -> None:
    """Forbidden unless `Origin` is there and ours; the whole guard of the log-in form, which has no session yet."""
    if origin is None or origin != expected_origin:
        raise _forged()


def step_up(db: Db, known: Session, password: str, address: str, policy: Policy = POLICY) -> Session:
    """The session, confirmed now. StepUpNeeded on a wrong password; at the fifth the session itself is ended."""
    asked = _own_challenge(db.reader(DOOR), known, policy)
    right = asked.fits(password)
    with db.write(DOOR) as w:
        confirmed = _confirm(w, known, asked, right, address)
    if confirmed is None:
        raise StepUpNeeded("密码不对，请重试。", "The password is wrong; try again.", code="step_up_refused")
    return confirmed


def change_password(db: Db, known: Session, old: str, new: str, address: str, policy: Policy = POLICY) -> Session:
    """A new session under a new password; all others of the person end. StepUpNeeded when the old one is wrong."""
    asked = _own_challenge(db.reader(DOOR), known, policy)
    check_password(new, asked.login, policy)
    right = asked.fits(old)
    stored = hashed(db.chance, new, policy)
    with db.write(DOOR) as w:
        if _confirm(w, known, asked, right, address) is None:
            changed = None
        else:
            mine = sa.update(account).where(account.c.person == known.person)
            w.write(mine.values(hash=stored, must_change=False, changed_at=w.now))
            end_sessions_of(w, known.person)
            changed = _open(w, known.person, known.party, address, False)
            home = w.scalar(sa.select(person.c.area).where(person.c.id == known.person), INNER)
            record(w, "change_password", known.person, home, AccountReset(known.person))
    if changed is None:
        raise StepUpNeeded("原密码不对，请重试。", "The old password is wrong; try again.", code="step_up_refused")
    return changed


def act_for(w: Writer, known: Session, party: str | None) -> None:
    """Act for an organisation that one is a member of now, or whose agency one works for, or (None) as oneself again."""
    if party is not None and not may_act_for(w, known.person, party, w.now):
        raise Forbidden("您不是该单位的成员。", "You are not a member of this organisation.", code="not_a_member")
    w.write(sa.update(session).where(session.c.hash == known.hash).values(party=party))
    who = Principal("person", known.person, person=known.person, party=party)
    log_access(w, who, "organisation", party or "", "act for", "")


def sweep_sessions(w: Writer, policy: Policy = POLICY) -> int:
    """Drop sessions over for a day, and old counts of failures. How many sessions."""
    drop_old_failures(w)
    over = sa.or_(session.c.ended_at < w.now - DAY, session.c.started_at < w.now - policy.absolute - DAY)
    return w.write(sa.delete(session).where(over))


def keep_house(w: Writer) -> None:
    """Drop what has had its time: sessions that are over, and looks older than the access log keeps."""
    sweep_sessions(w)
    prune_access_log(w)


def log_in_refused(policy: Policy = POLICY) -> Unauthenticated:
    """The one answer to every log-in that fails."""
    minutes = policy.lock // 60_000_000
    return Unauthenticated(
        f"用户名或密码不对；多次失败后须等待 {minutes} 分钟。",
        f"The name or password is wrong; after several failures wait {minutes} minutes.",
        code="log_in_refused",
    )


def cookie_hash(cookie: str) -> str:
    """A cookie as it is stored: whoever reads the store cannot log in with it."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def _in_force(reader: Reader, cookie: str, policy: Policy) -> Session | None:
    query = (
        sa.select(session, account.c.must_change)
        .join(account, account.c.person == session.c.person)
        .where(session.c.hash == cookie_hash(cookie), session.c.ended_at.is_(None), account.c.closed_at.is_(None))
    )
    row = reader.first(query, INNER)
    if row is None:
        return None
    if reader.now - row["seen_at"] >= policy.idle or reader.now - row["started_at"] >= policy.absolute:
        return None
    times = (row["started_at"], row["seen_at"], row["confirmed_at"])
    return Session(cookie, row["person"], row["party"], *times, bool(row["must_change"]))


def _own_challenge(reader: Reader, known: Session, policy: Policy) -> Challenge:
    if _in_force(reader, known.cookie, policy) is None:
        raise Unauthenticated("登录已失效，请重新登录。", "The session is over; log in again.")
    row = reader.one(sa.select(account).where(account.c.person == known.person), INNER)
    return Challenge(row["login"], row["person"], row["hash"], policy)


def _confirm(w: Writer, known: Session, asked: Challenge, right: bool, address: str) -> Session | None:
    # Counted by session, not by name: locking a name from outside must not throw its owner out.
    if not right:
        log_access(w, w.principal, "step_up", known.person, "refused", address)
        if count_failure(w, f"step:{known.hash}", asked.policy.account_failures, asked.policy):
            log_out(w, known.cookie)
        return None
    stored = w.scalar(sa.select(account.c.hash).where(account.c.person == known.person), INNER)
    if stored != asked.stored:
        return None
    w.write(sa.update(session).where(session.c.hash == known.hash).values(confirmed_at=w.now, seen_at=w.now))
    return _in_force(w, known.cookie, asked.policy)


def _open(w: Writer, who: str, party: str | None, address: str, must_change: bool) -> Session:
    cookie = new_id(w.chance, "", COOKIE_OCTETS)
    opened = Session(cookie, who, party, w.now, w.now, w.now, must_change)
    times = {"started_at": w.now, "seen_at": w.now, "confirmed_at": w.now}
    w.insert(session, {"hash": opened.hash, "person": who, "party": party, "address": address, **times})
    return opened


def _end(w: Writer, which: sa.ColumnElement[bool]) -> int:
    return w.write(sa.update(session).where(which, session.c.ended_at.is_(None)).values(ended_at=w.now))


def _forged() -> Forbidden:
    return Forbidden("页面已过期，请刷新后重试。", "The page has expired; reload it and try again.", code="csrf")
