"""The manifest of an app, and the running house that every door is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path

from bihuan.base.cases import ApplicationKind, CertificateChanged, CheckItem, Desk, desk
from bihuan.base.db import Db
from bihuan.base.declare import Record
from bihuan.base.errors import Words
from bihuan.base.identity import AccessBuffer
from bihuan.base.ledger import SigningKey
from bihuan.base.migrations import Step
from bihuan.base.panels import Sheet
from bihuan.base.records import Goods, Manner, Registry
from bihuan.base.rules.evaluation import Field
from bihuan.base.rules.history import History
from bihuan.base.rules.model import LimitRow
from bihuan.base.rules.stepfile import Judging


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
    watched: Words | None = None
    """What the list of its subjects is called; none: as its kinds of subject."""
    goods: Goods | None = None
    manner: Manner | None = None
    """Who may state its records and under which keys rules find them, for an app whose records are no events of goods."""
    sublines: Mapping[str, Words] = made(default_factory=dict)
    """Lines under its own, e.g. by industry: `safety_reports_chemicals`; a subject's panel names those that see it."""
    only_here: tuple[str, ...] = ()
    """Records (neutral names) that reach the city through this system alone: they are complete up to now."""
    limits: tuple[LimitRow, ...] = ()
    limit_words: Mapping[str, Words] = made(default_factory=dict)
    """What the limits of its rules are called."""
    applications: tuple[ApplicationKind, ...] = ()
    checks: tuple[CheckItem, ...] = ()
    """What officers go through on a random check 双随机 of its line."""
    forms: tuple[FormPage, ...] = ()
    stages: Mapping[str, Words] = made(default_factory=dict)
    """Stages of a subject in the order of the loop."""
    sheets: Mapping[str, tuple[Words, Callable[[History], Sequence[Sheet]]]] = made(default_factory=dict)
    """What can be printed of a subject: by name, its title and how it is made of the history."""
    reads: tuple[str, ...] = ()
    judging: Judging | None = None
    """How its files are judged without a server; None for an app that has no steps."""
    folder: Path | None = None
    migrations: tuple[Step, ...] = ()
    """Steps for stores that earlier versions of the app wrote, numbered from 2."""
    certified: Callable[[House, CertificateChanged], None] = lambda house, changed: None
    """What the app states about its goods when a certificate of its kinds was issued or revoked."""

    @property
    def list_title(self) -> Words:
        """What the list of its subjects is called."""
        kinds = self.subject_kinds.values()
        return self.watched or Words("、".join(each.zh for each in kinds), ", ".join(each.en for each in kinds))


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
    remedy: Words = made(default_factory=lambda: Words("", ""))
    """救济途径 as documents print it; none: nothing is printed."""
    remedy_sure: bool = False
    demo_log_ins: Sequence[tuple[str, str, Words]] = ()
    """Log-in name, password and role of the demonstration's people; none elsewhere."""
    looks: AccessBuffer = made(default_factory=AccessBuffer)
    """Who opened which page of one thing, until it is written to the access log."""
    held: bool = False
    """Whether derivations wait for `catch_up`, as they do while much comes in at one instant."""
    catch_up: Callable[..., None] = lambda most=None: None
    """Bring rows, verdicts and cases up to the ledger: all at once, or beyond `most` subjects by and by."""
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
        return tuple(dict.fromkeys(line for app in self.apps.values() for line in (app.line, *app.sublines)))

    def desk(self) -> Desk:
        """All matters that can be applied for."""
        return desk(kind for app in self.apps.values() for kind in app.applications)

    def limits(self) -> tuple[LimitRow, ...]:
        """Limit rows shipped with the apps."""
        return tuple(row for app in self.apps.values() for row in app.limits)
