"""The manifest of an app, and the running house that every door is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path

from bihuan.base.cases import ApplicationKind, CertificateChanged, Desk, desk
from bihuan.base.db import Db
from bihuan.base.declare import Record
from bihuan.base.errors import Words
from bihuan.base.identity import AccessBuffer
from bihuan.base.ledger import SigningKey
from bihuan.base.migrations import Step
from bihuan.base.records import Goods, Registry
from bihuan.base.rules.evaluation import Field
from bihuan.base.rules.model import LimitRow


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
    field: Field | None = None
    """Its rules and joins; None for an app that watches no subjects."""
    subject_kinds: Mapping[str, Words] = made(default_factory=dict)
    goods: Goods | None = None
    limits: tuple[LimitRow, ...] = ()
    limit_words: Mapping[str, Words] = made(default_factory=dict)
    """What the limits of its rules are called."""
    applications: tuple[ApplicationKind, ...] = ()
    forms: tuple[FormPage, ...] = ()
    stages: Mapping[str, Words] = made(default_factory=dict)
    """Stages of a subject in the order of the loop."""
    reads: tuple[str, ...] = ()
    folder: Path | None = None
    migrations: tuple[Step, ...] = ()
    """Steps for stores that earlier versions of the app wrote, numbered from 2."""
    certified: Callable[[House, CertificateChanged], None] = lambda house, changed: None
    """What the app states about its goods when a certificate of its kinds was issued or revoked."""


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
    secret: bytes = b""
    """Signs page tokens of the machines' doors; random, new with each start."""
    capture_limit: int = 10_000
    capture_bytes: int = 64 * 1024 * 1024
    upload_bytes: int = 50 * 1024 * 1024
    future_minutes: int = 5
    secure_cookies: bool = False
    demo_log_ins: Sequence[tuple[str, str, Words]] = ()
    """Log-in name, password and role of the demonstration's people; none elsewhere."""
    looks: AccessBuffer = made(default_factory=AccessBuffer)
    """Who opened which page of one thing, until it is written to the access log."""
    held: bool = False
    """Whether derivations wait for `catch_up`, as they do while much comes in at one instant."""
    catch_up: Callable[[], None] = lambda: None
    """Bring rows, verdicts and cases up to the ledger."""
    tick: Callable[[], None] = lambda: None
    """Do what the clock asks for now."""
    sign: Callable[[], None] = lambda: None
    """Sign a checkpoint over all that is kept."""
    resend: Callable[[str], str] = lambda item: ""
    """Send a quarantined item again; gives the capture job's id."""

    def app_of_subject(self, kind: str) -> App | None:
        """The app that watches subjects of this kind."""
        return next((app for app in self.apps.values() if kind in app.subject_kinds), None)

    def lines(self) -> tuple[str, ...]:
        """All lines of supervision."""
        return tuple(dict.fromkeys(app.line for app in self.apps.values()))

    def desk(self) -> Desk:
        """All matters that can be applied for."""
        return desk(kind for app in self.apps.values() for kind in app.applications)

    def limits(self) -> tuple[LimitRow, ...]:
        """Limit rows shipped with the apps."""
        return tuple(row for app in self.apps.values() for row in app.limits)
