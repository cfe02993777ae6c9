"""Log-ins given, reset and closed by administrators."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.errors import Conflict, Fault, Invalid, NotFound, Words
from bihuan.base.identity.events import AccountClosed, AccountCreated, AccountReset
from bihuan.base.identity.journal import check_answers_for, check_not_oneself, record
from bihuan.base.identity.model import INNER, account
from bihuan.base.identity.passwords import check_password, hashed, login_key
from bihuan.base.identity.policy import POLICY, Policy
from bihuan.base.identity.sessions import end_sessions_of


def create_account(
    w: Writer, who: str, login: str, password: str, *, must_change: bool = True, policy: Policy = POLICY
) -> None:
    """Let a person log in; `must_change`: they choose their own password first. Conflict when the name is taken."""
    home = check_answers_for(w, who)
    name = login_key(login)
    if not name:
        words = Words("请填写用户名。", "Give a login name.")
        raise Invalid(*words, faults=[Fault("login", "empty", words)])
    check_password(password, name, policy)
    taken = sa.or_(account.c.login == name, account.c.person == who)
    if w.scalar(sa.select(account.c.login).where(taken), INNER) is not None:
        raise Conflict("用户名已被使用，或该人员已有账号。", "The login name is taken, or the person has an account.")
    row = {"login": name, "person": who, "hash": hashed(w.chance, password, policy), "must_change": must_change}
    w.insert(account, row | {"changed_at": w.now})
    record(w, "create_account", who, home, AccountCreated(who))


def reset_password(w: Writer, who: str, password: str, policy: Policy = POLICY) -> None:
    """Give somebody else a new password that they must change; their sessions end."""
    check_not_oneself(w, who)
    home = check_answers_for(w, who)
    login = w.scalar(sa.select(account.c.login).where(account.c.person == who), INNER)
    if login is None:
        raise NotFound
    check_password(password, login, policy)
    stored = hashed(w.chance, password, policy)
    theirs = sa.update(account).where(account.c.person == who)
    w.write(theirs.values(hash=stored, must_change=True, changed_at=w.now, closed_at=None))
    end_sessions_of(w, who)
    record(w, "reset_password", who, home, AccountReset(who))


def close_account(w: Writer, who: str) -> None:
    """Take somebody's log-in away; their sessions end at once."""
    check_not_oneself(w, who)
    home = check_answers_for(w, who)
    if not w.write(sa.update(account).where(account.c.person == who).values(closed_at=w.now)):
        raise NotFound
    end_sessions_of(w, who)
    record(w, "close_account", who, home, AccountClosed(who))
