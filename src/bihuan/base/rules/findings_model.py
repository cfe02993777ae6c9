"""The tables of verdicts, findings and duties, and what is said when one of them changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
from bihuan.base.errors import Words
from bihuan.base.rules.model import Verdict

FindingState = Literal["open", "withdrawn", "in_case", "closed"]
DutyState = Literal["open", "met", "breached", "lapsed"]
Origin = Literal["rule", "patrol", "hotline", "tip", "import"]

ORIGINS: dict[Origin, Words] = {
    "rule": Words("规则", "Rule"),
    "patrol": Words("巡查", "Patrol"),
    "hotline": Words("热线", "Hotline"),
    "tip": Words("举报", "Tip"),
    "import": Words("导入", "Import"),
}

finding_table = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("window", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_before", sa.Text),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("title_zh", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("reason_zh", sa.Text, nullable=False),
    sa.Column("reason_en", sa.Text, nullable=False),
    sa.Column("witness", sa.Text, nullable=False),
    sa.Column("photos", sa.Text, nullable=False, default="[]"),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("case", sa.Text),
    sa.Column("opened_at", big, nullable=False),
    sa.Column("found_at", big, nullable=False),
    sa.Column("withdrawn_at", big),
    sa.Column("due", big),
    sa.Column("changed", big, nullable=False),
    sa.Column("version", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("rule", "subject", "window"),
    sa.Index("finding_by_subject", "subject"),
    sa.Index("finding_by_state", "state", "due"),
    sa.Index("finding_by_time", "found_at"),
)
"""A rule's finding is the one of (rule, subject, window); a person's has rule "" and its record's id as window.

`version` is that of the rule that found it; "" for a person's, and for those kept before rules had versions.
"""

duty_table = sa.Table(
    "duty",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("window", sa.Text, nullable=False),
    sa.Column("title_zh", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("due", big, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("report_type", sa.Text, nullable=False),
    sa.Column("opened_at", big, nullable=False),
    sa.Column("changed", big, nullable=False),
    sa.UniqueConstraint("rule", "subject", "window"),
    sa.Index("duty_by_subject", "subject"),
    sa.Index("duty_by_state", "state", "due"),
    sa.Index("duty_by_party", "party", "state", "due"),
)

verdict_table = sa.Table(
    "verdict",
    metadata,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("window", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("reason_zh", sa.Text, nullable=False),
    sa.Column("reason_en", sa.Text, nullable=False),
    sa.Column("due", big),
    sa.Column("limit_id", sa.Text),
    sa.Column("witness", sa.Text, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("opened_at", big, nullable=False),
    sa.Column("evaluated_at", big, nullable=False),
    sa.Column("version", sa.Text, nullable=False, server_default=""),
    sa.Index("verdict_by_subject", "subject"),
    sa.Index("verdict_by_due", "answer", "due"),
)
"""`id` is random and names the row in `seen`; `evaluated_at` is when the verdict last changed, `version` the rule's."""

FINDING = Scoped("finding", finding_table.c.id)
DUTY = Scoped("duty", duty_table.c.id)
VERDICT = Scoped("verdict", verdict_table.c.id)


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a verdict concerns, and what it is called on pages."""

    line: str
    title: Words
    """Name of the breach."""
    party: str | None = None
    areas: tuple[str, ...] = ()
    """Areas beside the verdict's own, e.g. a trip's origin and the districts crossed."""
    parties: tuple[str, ...] = ()
    """Parties beside the one that owes, whose matter it is too."""
    duty_title: Words | None = None
    """What is owed before it is a breach, e.g. 提交检测报告; the breach's name when absent."""
    handle_by: int | None = None
    """By when a finding must be taken up, int us."""
    lines: tuple[str, ...] = ()
    """Lines under `line` whose officers see it too."""
    breach: bool = True
    """False for a rule that only notices: kept as a verdict, no finding."""


ConcernOf = Callable[[Verdict], Concern]


@dataclass(frozen=True, slots=True)
class FindingChanges:
    """What a re-evaluation did to findings; ids."""

    raised: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a re-evaluation did; ids of findings and duties, and how many verdict rows changed."""

    findings: FindingChanges = FindingChanges()
    duties_opened: tuple[str, ...] = ()
    duties_met: tuple[str, ...] = ()
    duties_breached: tuple[str, ...] = ()
    duties_lapsed: tuple[str, ...] = ()
    verdicts: int = 0


@dataclass(frozen=True, slots=True)
class FindingRaised:
    """Event: a finding is new, or stands again after it had been withdrawn."""

    finding: str
    rule: str
    subject: str
    area: str
    line: str


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    """Event: a finding is no longer produced; an open case of it ends as 撤销."""

    finding: str


@dataclass(frozen=True, slots=True)
class DutyChanged:
    """Event: something became owed, was met, breached, or is no longer owed."""

    duty: str
    state: DutyState
