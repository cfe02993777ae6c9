"""All reads of parties, people, memberships, grants, roles and the administrators' log."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader
from bihuan.base.errors import NotFound, Words
from bihuan.base.identity import personal
from bihuan.base.identity.access import administered
from bihuan.base.identity.model import (
    INNER,
    NAMES,
    ORGANISATIONS,
    PEOPLE,
    AdminAct,
    Line,
    Membership,
    OfficerGrant,
    Organisation,
    Person,
    Role,
    account,
    admin_log,
    in_force,
    line,
    membership,
    officer_grant,
    organisation,
    organisation_kind,
    person,
    role,
    unspelt,
)
from bihuan.base.identity.scopes import kinds_of


def access_organisation(reader: Reader, party: str, capability: str = "read") -> Organisation:
    """One organisation within scope; NotFound when unknown or hidden."""
    row = reader.one(sa.select(organisation).where(organisation.c.id == party), ORGANISATIONS, capability)
    return _organisation(row, kinds_of(reader, party))


def organisations(
    reader: Reader,
    *,
    kind: str | None = None,
    area: str = "",
    text: str = "",
    capability: str = "read",
    limit: int = 200,
) -> tuple[Organisation, ...]:
    """Organisations within scope by name: of a kind, in an area, with `text` in the name or equal to the code."""
    query = sa.select(organisation).where(organisation.c.area.startswith(area, autoescape=True))
    if kind is not None:
        has = sa.exists().where(organisation_kind.c.organisation == organisation.c.id, organisation_kind.c.kind == kind)
        query = query.where(has)
    if text:
        query = query.where(sa.or_(organisation.c.name.contains(text, autoescape=True), organisation.c.uscc == text))
    rows = reader.rows(query.order_by(organisation.c.name, organisation.c.id).limit(limit), ORGANISATIONS, capability)
    kinds: dict[str, set[str]] = {row["id"]: set() for row in rows}
    having = sa.select(organisation_kind).where(organisation_kind.c.organisation.in_(kinds))
    for each in reader.rows(having, NAMES):
        kinds[each["organisation"]].add(each["kind"])
    return tuple(_organisation(row, frozenset(kinds[row["id"]])) for row in rows)


def organisation_name(reader: Reader, party: str) -> str:
    """The name of any organisation, as the public register has it; the id itself when unknown."""
    found = reader.scalar(sa.select(organisation.c.name).where(organisation.c.id == party), NAMES)
    return party if found is None else str(found)


def organisation_by_uscc(reader: Reader, uscc: str) -> str | None:
    """The id of the organisation with a unified social credit code, for doors that are told codes."""
    found = reader.scalar(sa.select(organisation.c.id).where(organisation.c.uscc == uscc), NAMES)
    return None if found is None else str(found)


def anybody(reader: Reader) -> bool:
    """Whether anybody at all can log in to this store."""
    return reader.scalar(sa.select(account.c.login), INNER) is not None


def access_person(reader: Reader, who: str, capability: str = "read") -> Person:
    """One person within scope, masked; NotFound when unknown or hidden. Everybody finds themselves."""
    query = sa.select(person).where(person.c.id == who)
    own = capability == "read" and reader.principal.person == who
    row = reader.first(query, INNER) if own else reader.first(query, PEOPLE, capability)
    if row is None:
        raise NotFound
    return _person(row, personal.get(reader, who))


def people(
    reader: Reader, *, party: str | None = None, area: str = "", capability: str = "read", limit: int = 200
) -> tuple[Person, ...]:
    """People within scope, masked, by id: members of a party now, or answered for in an area."""
    query = sa.select(person).where(person.c.area.startswith(area, autoescape=True), person.c.erased_at.is_(None))
    if party is not None:
        belongs = sa.exists().where(
            membership.c.person == person.c.id, membership.c.party == party, in_force(membership, reader.now)
        )
        query = query.where(belongs)
    rows = reader.rows(query.order_by(person.c.id).limit(limit), PEOPLE, capability)
    values = personal.get_many(reader, [row["id"] for row in rows])
    return tuple(_person(row, values.get(row["id"], {})) for row in rows)


def memberships_of(reader: Reader, who: str, at: int | None = None) -> tuple[Membership, ...]:
    """A person's memberships, past and present, or those in force at an instant: for themselves and administrators."""
    _check_own_or_administered(reader, who)
    query = sa.select(membership).where(membership.c.person == who)
    if at is not None:
        query = query.where(in_force(membership, at))
    rows = reader.rows(query.order_by(membership.c.valid_from, membership.c.id), INNER)
    return tuple(membership_of(row) for row in rows)


def members_of(reader: Reader, party: str, at: int | None = None) -> tuple[Membership, ...]:
    """Memberships in an organisation, past and present, or those in force at an instant: for itself, administrators."""
    access_organisation(reader, party, "read" if reader.principal.party == party else "admin")
    query = sa.select(membership).where(membership.c.party == party)
    if at is not None:
        query = query.where(in_force(membership, at))
    rows = reader.rows(query.order_by(membership.c.valid_from, membership.c.id), INNER)
    return tuple(membership_of(row) for row in rows)


def principals_of(reader: Reader, party: str, at: int) -> tuple[str, ...]:
    """Who is the principal person 主要负责人 of an organisation at an instant: ids; for itself and its supervisors."""
    access_organisation(reader, party)
    m = membership.c
    query = sa.select(membership).where(m.party == party, in_force(membership, at)).order_by(m.valid_from, m.id)
    rows = reader.rows(query, INNER)
    return tuple(dict.fromkeys(row["person"] for row in rows if "principal" in unspelt(row["capabilities"])))


def grants_of(reader: Reader, who: str, at: int | None = None) -> tuple[OfficerGrant, ...]:
    """A person's grants, past and present, or those in force at an instant: for themselves and administrators."""
    _check_own_or_administered(reader, who)
    query = sa.select(officer_grant).where(officer_grant.c.person == who)
    if at is not None:
        query = query.where(in_force(officer_grant, at))
    rows = reader.rows(query.order_by(officer_grant.c.valid_from, officer_grant.c.id), INNER)
    return tuple(grant_of(row) for row in rows)


def role_of(reader: Reader, name: str) -> Role:
    """One role; NotFound when there is none of that name."""
    return _role(reader.one(sa.select(role).where(role.c.name == name), NAMES))


def roles(reader: Reader) -> tuple[Role, ...]:
    """All roles by name."""
    return tuple(_role(row) for row in reader.rows(sa.select(role).order_by(role.c.name), NAMES))


def lines(reader: Reader) -> tuple[Line, ...]:
    """All lines of supervision by name."""
    rows = reader.rows(sa.select(line).order_by(line.c.name), NAMES)
    return tuple(Line(row["name"], Words(row["zh"], row["en"])) for row in rows)


def admin_log_of(reader: Reader, *, row: str | None = None, limit: int = 200) -> tuple[AdminAct, ...]:
    """What administrators did, newest first, in the areas that the asker administers."""
    query = sa.select(admin_log).where(administered(reader.principal, admin_log.c.area))
    if row is not None:
        query = query.where(admin_log.c.row == row)
    return tuple(
        AdminAct(
            entry["at"],
            entry["principal"],
            entry["act"],
            entry["row"],
            entry["area"],
            msgspec.json.decode(entry["detail"], type=dict[str, object]),
        )
        for entry in reader.rows(query.order_by(admin_log.c.number.desc()).limit(limit), INNER)
    )


def membership_of(row: RowMapping) -> Membership:
    """A stored membership as a value."""
    return Membership(**_dated(row, "person", "party"))


def grant_of(row: RowMapping) -> OfficerGrant:
    """A stored grant as a value."""
    return OfficerGrant(**_dated(row, "person", "area", "line", "role"))


def _check_own_or_administered(reader: Reader, who: str) -> None:
    access_person(reader, who, "read" if reader.principal.person == who else "admin")


def _dated(row: RowMapping, *names: str) -> dict[str, Any]:
    kept = {name: row[name] for name in ("id", *names, "valid_from", "valid_to", "granted_by", "ended_by")}
    return kept | {"capabilities": unspelt(row["capabilities"])}


def _organisation(row: RowMapping, kinds: frozenset[str]) -> Organisation:
    return Organisation(
        row["id"], row["name"], row["uscc"], kinds, row["area"], row["address"], row["contact"], row["gln"]
    )


def _person(row: RowMapping, values: dict[str, str]) -> Person:
    erased = row["erased_at"] is not None
    name = personal.ERASED if erased else personal.mask_name(values.get("name", ""))
    return Person(row["id"], row["area"], name, personal.mask_phone(values.get("phone", "")), erased)


def _role(row: RowMapping) -> Role:
    return Role(row["name"], Words(row["zh"], row["en"]), unspelt(row["capabilities"]))
