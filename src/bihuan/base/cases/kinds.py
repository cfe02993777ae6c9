"""What can be applied for and what a decision gives, as an app declares it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bihuan.base.calendar import STANDARD, Calendar
from bihuan.base.errors import Words


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """A kind of certificate: its name and titles, the word its number begins with, how long it holds."""

    name: str
    titles: Words
    prefix: str
    """Capital letters, e.g. `FX` for 放行凭证."""
    days_valid: int | None = None
    """Civil days from the day of issue; None holds until revoked."""


@dataclass(frozen=True, slots=True)
class Needed:
    """A field or paper that an application must bring."""

    name: str
    titles: Words
    help: Words | None = None


@dataclass(frozen=True, slots=True)
class ApplicationKind:
    """A matter that can be applied for: the authority's time, its articles, what must be brought, what it gives."""

    name: str
    titles: Words
    line: str
    days: int
    """Working days for the decision from acceptance."""
    articles: tuple[Words, ...] = ()
    fields: tuple[Needed, ...] = ()
    attachments: tuple[Needed, ...] = ()
    certificate: CertificateKind | None = None
    accept_days: int = 5
    """Working days in which to accept or to say once what is missing (Administrative Licensing Law, article 32)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All matters that can be applied for, and the working calendar that their clocks count by."""

    kinds: dict[str, ApplicationKind] = field(default_factory=dict)
    calendar: Calendar = STANDARD

    def kind(self, name: str) -> ApplicationKind:
        """The matter of that name; KeyError when no app declares it."""
        return self.kinds[name]


def desk(kinds: Iterable[ApplicationKind], calendar: Calendar = STANDARD) -> Desk:
    """A desk for these matters; ValueError when two have one name."""
    by_name: dict[str, ApplicationKind] = {}
    for kind in kinds:
        if kind.name in by_name:
            raise ValueError(f"two kinds of application are named {kind.name!r}")
        by_name[kind.name] = kind
    return Desk(by_name, calendar)
