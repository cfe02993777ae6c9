"""Tokens with which partner systems come in: shown once, kept hashed, dated, never able to sign or administer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.clock import new_id
from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Fault, Forbidden, Invalid, NotFound, Words
from bihuan.base.identity.events import TokenIssued, TokenRevoked
from bihuan.base.identity.journal import check_answers_for, record
from bihuan.base.identity.model import (
    INNER,
    PARTY_LINE,
    TOKEN_CAPABILITIES,
    TOKEN_SCOPE_CAPABILITIES,
    api_token,
    in_force,
    organisation,
    person,
    spelt,
    token_scope,
    unspelt,
)
from bihuan.base.identity.queries import access_organisation
from bihuan.base.identity.scopes import check_covers, compiled_grants, grants_in_force, line_names, narrowed
from bihuan.base.principal import Grant, Principal

PREFIX = "bh_"
SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its owner and administrators see it: never the secret."""

    id: str
    name: str
    party: str | None
    person: str | None
    capabilities: frozenset[str]
    valid_from: int
    valid_to: int
    revoked: bool


def issue_token(
    w: Writer,
    name: str,
    *,
    party: str | None = None,
    who: str | None = None,
    capabilities: Iterable[str] = (),
    scopes: Sequence[Grant] = (),
    valid_to: int,
) -> str:
    """Issue a token to an organisation's or a person's system; the secret `bh_…`, shown this once.

    For an organisation: by an administrator of its area, or by its own member with `manage` (then without scopes).
    `scopes` may hold read, act, export and must lie in the issuer's own grants, for a person also in theirs, at every
    use. Invalid when it asks for more than a token may ever do.
    """
    if (party is None) == (who is None):
        raise TypeError("a token belongs to an organisation or to a person")
    given = frozenset(capabilities)
    _check_allowed(w, name, given, scopes, valid_to)
    area = _check_may_manage(w, party, who)
    for scope in scopes:
        for capability in scope.capabilities:
            check_covers(w.principal, scope.area, scope.line, capability)
    number, secret = w.new_id("tok"), PREFIX + new_id(w.chance, "", SECRET_OCTETS)
    row = {"id": number, "hash": secret_hash(secret), "name": name, "party": party, "person": who}
    dates = {"valid_from": w.now, "valid_to": valid_to, "issued_by": w.principal.id}
    w.insert(api_token, row | dates | {"capabilities": spelt(given)})
    merged: dict[tuple[str, str], frozenset[str]] = {}
    for scope in scopes:
        merged[scope.area, scope.line] = merged.get((scope.area, scope.line), frozenset()) | scope.capabilities
    w.insert(
        token_scope,
        [{"token": number, "area": a, "line": each, "capabilities": spelt(may)} for (a, each), may in merged.items()],
    )
    detail = [[a, each, spelt(may)] for (a, each), may in merged.items()]
    owner = party or who
    record(w, "issue_token", number, area, TokenIssued(number), owner=owner, capabilities=sorted(given), scopes=detail)
    return secret


def revoke_token(w: Writer, number: str) -> None:
    """End a token now; by whoever could issue it."""
    row = w.first(sa.select(api_token).where(api_token.c.id == number), INNER)
    if row is None:
        raise NotFound
    area = _check_may_manage(w, row["party"], row["person"])
    w.write(sa.update(api_token).where(api_token.c.id == number).values(revoked_by=w.principal.id))
    record(w, "revoke_token", number, area, TokenRevoked(number))


def tokens_of(reader: Reader, party: str) -> tuple[Token, ...]:
    """An organisation's tokens, newest first: for its managers and administrators."""
    own = reader.principal.party == party and "manage" in reader.principal.capabilities
    access_organisation(reader, party, "manage" if own else "admin")
    query = sa.select(api_token).where(api_token.c.party == party).order_by(api_token.c.valid_from.desc())
    return tuple(
        Token(
            row["id"],
            row["name"],
            row["party"],
            row["person"],
            unspelt(row["capabilities"]),
            row["valid_from"],
            row["valid_to"],
            row["revoked_by"] is not None,
        )
        for row in reader.rows(query.order_by(api_token.c.id), INNER)
    )


def principal_of_token(reader: Reader, secret: str) -> Principal | None:
    """Who a token stands for now; None when it is unknown, over or revoked: one answer for all."""
    query = sa.select(api_token).where(
        api_token.c.hash == secret_hash(secret), api_token.c.revoked_by.is_(None), in_force(api_token, reader.now)
    )
    row = reader.first(query, INNER)
    if row is None:
        return None
    stored = reader.rows(sa.select(token_scope).where(token_scope.c.token == row["id"]), INNER)
    scopes = tuple(Grant(each["area"], each["line"], unspelt(each["capabilities"])) for each in stored)
    if row["person"] is not None:
        held = compiled_grants(reader, grants_in_force(reader, row["person"], reader.now), reader.now)
        scopes = narrowed(scopes, held)
    return Principal(
        "token",
        row["id"],
        name=row["name"],
        person=row["person"],
        party=row["party"],
        grants=compiled_grants(reader, scopes, reader.now),
        capabilities=unspelt(row["capabilities"]) if row["party"] is not None else frozenset(),
        lines=line_names(reader),
    )


def secret_hash(secret: str) -> str:
    """A secret as it is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check_allowed(w: Writer, name: str, given: frozenset[str], scopes: Sequence[Grant], valid_to: int) -> None:
    faults = []
    if not name.strip():
        faults.append(Fault("name", "empty", Words("请填写用途名称。", "Say what the token is for.")))
    if not given <= TOKEN_CAPABILITIES:
        words = Words("令牌不能签署或管理，只能填报。", "A token may only draft; signing and managing need a person.")
        faults.append(Fault("capabilities", "choice", words))
    if any(not scope.capabilities <= TOKEN_SCOPE_CAPABILITIES for scope in scopes):
        allowed = spelt(TOKEN_SCOPE_CAPABILITIES)
        words = Words(f"令牌的权限范围只能含：{allowed}。", f"A token's scope may hold only: {allowed}.")
        faults.append(Fault("scopes", "choice", words))
    if valid_to <= w.now:
        faults.append(Fault("valid_to", "order", Words("有效期应晚于现在。", "It must end after now.")))
    if faults:
        raise Invalid("令牌信息有误。", "The token's data are wrong.", faults=faults)


def _check_may_manage(w: Writer, party: str | None, who: str | None) -> str:
    """The area answered for; Forbidden or NotFound unless administrator of it or manager of the own organisation."""
    if party is not None:
        if w.principal.party == party and "manage" in w.principal.capabilities:
            return str(w.scalar(sa.select(organisation.c.area).where(organisation.c.id == party), INNER))
        found = access_organisation(w, party, "admin")
        check_covers(w.principal, found.area, PARTY_LINE)
        return found.area
    if who is None:
        raise Forbidden("令牌没有归属。", "The token belongs to nobody.")
    if w.principal.person == who and w.principal.kind == "person":
        return str(w.scalar(sa.select(person.c.area).where(person.c.id == who), INNER))
    return check_answers_for(w, who)
