"""What happened in identity, told after the commit; ids only, never a person's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class OrganisationCreated:
    """A new party."""

    organisation: str


@dataclass(frozen=True, slots=True)
class OrganisationChanged:
    """A party's name, kinds, area or address changed."""

    organisation: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonCreated:
    """A new person."""

    person: str


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """A person's data changed; which fields, not what they say."""

    person: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person's key was destroyed: their names can no longer be read anywhere."""

    person: str
    at: int


@dataclass(frozen=True, slots=True)
class MembershipGiven:
    """Somebody belongs to an organisation."""

    membership: str
    person: str
    party: str


@dataclass(frozen=True, slots=True)
class MembershipEnded:
    """Somebody no longer belongs to an organisation from `at` on."""

    membership: str
    person: str
    party: str
    at: int


@dataclass(frozen=True, slots=True)
class AgencyEngaged:
    """An organisation engaged a service agency."""

    engagement: str
    party: str
    agency: str


@dataclass(frozen=True, slots=True)
class EngagementEnded:
    """A service agency no longer acts for an organisation from `at` on."""

    engagement: str
    party: str
    agency: str
    at: int


@dataclass(frozen=True, slots=True)
class GrantGiven:
    """An officer's scope grew."""

    grant: str
    person: str
    area: str
    line: str


@dataclass(frozen=True, slots=True)
class GrantEnded:
    """An officer's scope shrinks from `at` on; open streams must be looked at again."""

    grant: str
    person: str
    at: int


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A named capability set changed; grants given before keep what they say."""

    role: str


@dataclass(frozen=True, slots=True)
class AreaCreated:
    """A division or special area became known."""

    code: str


@dataclass(frozen=True, slots=True)
class AreaMerged:
    """A division went into another on a civil day."""

    code: str
    into: str
    on: date


@dataclass(frozen=True, slots=True)
class CardEntered:
    """An officer's enforcement card was entered or ended."""

    card: str
    person: str


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """A person may log in."""

    person: str


@dataclass(frozen=True, slots=True)
class AccountReset:
    """A person has a new password, given by an administrator or by themselves."""

    person: str


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """A person may no longer log in."""

    person: str


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """A partner system may come in."""

    token: str


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A partner system may no longer come in."""

    token: str
