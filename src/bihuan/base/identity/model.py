"""The tables of identity and what is read from them: parties, people, areas, grants, sessions, tokens, logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from bihuan.base.db import Open, Scoped, big, metadata
from bihuan.base.errors import Words
from bihuan.base.principal import system

PARTY_LINE = "party"
"""The line under which parties and people are tagged: whoever has any grant for an area knows the parties in it."""
EVERYWHERE = ""
"""The area that is a prefix of all areas."""
MEMBER_CAPABILITIES = frozenset({"draft", "sign", "manage", "principal"})
"""`principal`: the organisation's principal person 主要负责人, who alone signs what binds only by that signature."""
OFFICER_CAPABILITIES = frozenset({"read", "act", "decide", "draw", "export", "admin"})
TOKEN_CAPABILITIES = frozenset({"draft"})
"""Signing and managing need a person who gives a password."""
TOKEN_SCOPE_CAPABILITIES = frozenset({"read", "act", "export"})
PERSONAL_FIELDS = frozenset({"name", "phone", "email", "id_number"})
KINDS: dict[str, Words] = {
    "importer": Words("进口商", "Importer"),
    "cold_store": Words("冷库", "Cold store"),
    "transit_warehouse": Words("中转查验库", "Transit warehouse"),
    "carrier": Words("承运人", "Carrier"),
    "terminal": Words("码头", "Terminal"),
    "disinfector": Words("消杀单位", "Disinfector"),
    "laboratory": Words("检测机构", "Laboratory"),
    "industrial": Words("工业企业", "Industrial enterprise"),
    "agency": Words("代理机构", "Agency"),
    "authority": Words("主管机关", "Authority"),
    "department": Words("部门", "Department"),
}
"""Labels of the kinds that the base knows; a field may add its own kinds, in small letters."""
AGENCY = "agency"
AUTHORITIES = frozenset({"authority", "department"})

DOOR = system("identity")
"""The job that looks up who is at the door, before there is a principal."""
INNER = Open("read by identity itself to work out who somebody is and what they may do")
NAMES = Open("the name of an organisation, an area, a line or a role is public, a person's is shown masked")

organisation = sa.Table(
    "organisation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("uscc", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("gln", sa.Text),
    sa.Column("created_at", big, nullable=False),
)
organisation_kind = sa.Table(
    "organisation_kind",
    metadata,
    sa.Column("organisation", sa.ForeignKey("organisation.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
)
person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("created_at", big, nullable=False),
    sa.Column("erased_at", big),
)
personal = sa.Table(
    "personal",
    metadata,
    sa.Column("person", sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
# Nothing but the key stands in a row of its own, so that overwriting it with zeros happens in place.
person_key = sa.Table(
    "person_key",
    metadata,
    sa.Column("person", sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
)
membership = sa.Table(
    "membership",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("party", sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("capabilities", sa.Text, nullable=False),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
)
engagement = sa.Table(
    "engagement",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party", sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("agency", sa.ForeignKey("organisation.id"), nullable=False, index=True),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
)
"""委托: from when to when a service agency drafts for an organisation; it never signs."""
officer_grant = sa.Table(
    "officer_grant",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("capabilities", sa.Text, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
)
enforcement_card = sa.Table(
    "enforcement_card",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("ended_by", sa.Text),
)
"""执法证: the card that an officer of enforcement carries; its number stands in what they sign, gone once they are erased."""
role = sa.Table(
    "role",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("capabilities", sa.Text, nullable=False),
)
line = sa.Table(
    "line",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
)
area = sa.Table(
    "area",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Text),
    sa.Column("valid_to", sa.Text),
    sa.Column("merged_into", sa.Text),
)
account = sa.Table(
    "account",
    metadata,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column("person", sa.ForeignKey("person.id"), nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("changed_at", big, nullable=False),
    sa.Column("closed_at", big),
)
# Kept by hash of the login name, not on the account: a name that doesn't exist must lock like one that does.
log_in_failure = sa.Table(
    "log_in_failure",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("since", big, nullable=False, index=True),
    sa.Column("locked_until", big),
)
session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("person", sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("party", sa.ForeignKey("organisation.id")),
    sa.Column("started_at", big, nullable=False),
    sa.Column("seen_at", big, nullable=False),
    sa.Column("confirmed_at", big, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("ended_at", big),
)
api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("party", sa.ForeignKey("organisation.id"), index=True),
    sa.Column("person", sa.ForeignKey("person.id"), index=True),
    sa.Column("capabilities", sa.Text, nullable=False),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big, nullable=False),
    sa.Column("issued_by", sa.Text, nullable=False),
    sa.Column("revoked_by", sa.Text),
)
token_scope = sa.Table(
    "token_scope",
    metadata,
    sa.Column("token", sa.ForeignKey("api_token.id"), primary_key=True),
    sa.Column("area", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, primary_key=True),
    sa.Column("capabilities", sa.Text, nullable=False),
)
access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("number", big, primary_key=True),
    sa.Column("at", big, nullable=False, index=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("person", sa.Text),
    sa.Column("party", sa.Text),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Index("access_log_by_row", "kind", "row"),
)
admin_log = sa.Table(
    "admin_log",
    metadata,
    sa.Column("number", big, primary_key=True),
    sa.Column("at", big, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False, index=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

ORGANISATIONS = Scoped("organisation", organisation.c.id)
PEOPLE = Scoped("person", person.c.id)


def spelt(capabilities: Iterable[str]) -> str:
    """A set of capabilities as it is stored."""
    return " ".join(sorted(set(capabilities)))


def unspelt(text: str) -> frozenset[str]:
    """A stored set of capabilities."""
    return frozenset(text.split())


def in_force(table: sa.Table, at: int) -> sa.ColumnElement[bool]:
    """Rows valid at an instant: from included, to excluded."""
    return sa.and_(table.c.valid_from <= at, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > at))


@dataclass(frozen=True, slots=True)
class Organisation:
    """A party 主体 that is an organisation."""

    id: str
    name: str
    uscc: str | None
    kinds: frozenset[str]
    area: str
    address: str
    contact: str
    """A switchboard or mailbox of the organisation, never of a person."""
    gln: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person as others see them: name and phone masked."""

    id: str
    area: str
    """The area whose administrator answers for this person."""
    name: str
    phone: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """That somebody belongs to an organisation from one instant to another (int us), and what they may do for it."""

    id: str
    person: str
    party: str
    capabilities: frozenset[str]
    valid_from: int
    valid_to: int | None
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Engagement:
    """That a service agency drafts for an organisation from one instant to another (int us)."""

    id: str
    party: str
    agency: str
    valid_from: int
    valid_to: int | None
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class OfficerGrant:
    """That an officer may do something in an area under a line (`*` all) from one instant to another (int us)."""

    id: str
    person: str
    area: str
    line: str
    capabilities: frozenset[str]
    role: str | None
    valid_from: int
    valid_to: int | None
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class EnforcementCard:
    """The number of an officer's enforcement card 执法证 from one instant to another (int us)."""

    id: str
    person: str
    number: str
    valid_from: int
    valid_to: int | None
    granted_by: str
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of capabilities, offered when somebody is given a grant or a membership."""

    name: str
    words: Words
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A field of supervision 条线."""

    name: str
    words: Words


@dataclass(frozen=True, slots=True)
class Area:
    """A division 辖区; a longer code that begins with this one lies in it."""

    code: str
    words: Words
    kind: str
    valid_from: date | None
    valid_to: date | None
    """First civil day on which it is no more."""
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Access:
    """One look at something: who, what, why, from where."""

    at: int
    principal: str
    person: str | None
    party: str | None
    kind: str
    row: str
    why: str
    address: str


@dataclass(frozen=True, slots=True)
class AdminAct:
    """One act of an administrator."""

    at: int
    principal: str
    act: str
    row: str
    area: str
    detail: dict[str, object]
