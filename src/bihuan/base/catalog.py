"""The manifest of an app, and the running house that every door is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bihuan.base.cases import ApplicationKind
from bihuan.base.db import Db, Reader
from bihuan.base.declare import Record
from bihuan.base.errors import Words
from bihuan.base.ledger import SigningKey
from bihuan.base.panels import SubjectPanel
from bihuan.base.places import Place
from bihuan.base.records import Goods, Registry
from bihuan.base.rules.model import Fact, LimitRow, Verdict
from bihuan.base.rules.rule import Rule

SubjectView = Callable[[str, Sequence[Fact], Sequence[Verdict], Mapping[str, Place]], SubjectPanel]
"""Subject id, its history, its verdicts, places by id → what its page shows."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form of the enterprise end: the declared type and where it stands in the clerk's day."""

    type: type[Record]
    group: Words
    who: tuple[str, ...] = ()
    """Kinds of organisation that owe it; none: all."""


@dataclass(frozen=True, slots=True)
class App:
    """One field: everything the base needs to serve it."""

    name: str
    titles: Words
    closes: Words
    """The sentence “What closes here: …”."""
    line: str
    territory: str
    types: tuple[type[Record], ...]
    rules: tuple[Rule, ...] = ()
    reach: Callable[[Fact], Sequence[str]] = lambda fact: ()
    """Further keys that the history of a subject loads when it holds this fact."""
    subject_kinds: Mapping[str, Words] = field(default_factory=dict)
    goods: Goods | None = None
    limits: tuple[LimitRow, ...] = ()
    view: SubjectView | None = None
    applications: tuple[ApplicationKind, ...] = ()
    forms: tuple[FormPage, ...] = ()
    stages: Mapping[str, Words] = field(default_factory=dict)
    """Stages of a subject in the order of the loop."""
    reads: tuple[str, ...] = ()
    folder: Path | None = None


@dataclass
class House:
    """The running system as the doors see it."""

    db: Db
    registry: Registry
    apps: dict[str, App]
    key: SigningKey
    static: Path
    public_url: str
    demo: bool = False
    origin: str = ""
    capture_limit: int = 10_000
    capture_bytes: int = 64 * 1024 * 1024
    upload_bytes: int = 50 * 1024 * 1024
    future_minutes: int = 5
    catch_up: Callable[[], None] = lambda: None

    def app_of_subject(self, kind: str) -> App | None:
        """The app that watches subjects of this kind."""
        return next((app for app in self.apps.values() if kind in app.subject_kinds), None)

    def lines(self) -> tuple[str, ...]:
        """All lines of supervision."""
        return tuple(dict.fromkeys(app.line for app in self.apps.values()))

    def limits(self) -> tuple[LimitRow, ...]:
        """Limit rows shipped with the apps."""
        return tuple(row for app in self.apps.values() for row in app.limits)


__all__ = ["App", "FormPage", "House", "Reader", "SubjectView"]
