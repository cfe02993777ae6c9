"""Who asks: the opaque principal without whom nothing is read or written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Grant:
    """One dated grant, already in force: an area (division code prefix), a line, what may be done there."""

    area: str
    line: str
    """Name of a line of supervision, or `*` for all."""
    capabilities: frozenset[str] = frozenset({"read"})


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, a token, a named system job or the public, with what they may see and do right now."""

    kind: Literal["person", "token", "system", "public"]
    id: str
    name: str = ""
    person: str | None = None
    party: str | None = None
    """The organisation acted for; its own records are visible to it."""
    grants: tuple[Grant, ...] = ()
    """An officer's scope."""
    capabilities: frozenset[str] = frozenset()
    """Over the own organisation's matters (`draft`, `sign`, `manage`) or, for officers, anywhere in scope."""
    lines: tuple[str, ...] = field(default=())
    """All lines that exist, so that `*` can be spelt out."""
    confirmed_at: int | None = None
    """When the password was last given (step-up), int us."""
    agency: str | None = None
    """The service agency by which somebody acts for an organisation that engaged it; None for its own people."""

    def may(self, capability: str) -> bool:
        """Whether this capability is held at all; where it is held is the scope's matter."""
        return (
            self.kind == "system"
            or capability in self.capabilities
            or any(capability in grant.capabilities for grant in self.grants)
        )


PUBLIC = Principal("public", "public")
"""Anyone: sees only what is marked public."""


def system(name: str) -> Principal:
    """A named job of the system itself (sweeper, rules, rebuild …); sees all, and the name stands in every trail."""
    return Principal("system", f"system:{name}", name)
