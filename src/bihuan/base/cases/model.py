"""The tables of cases, applications and certificates, their steps in the words of the law, and the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
from bihuan.base.declare import Choice
from bihuan.base.errors import Words


class Step(Choice):
    """The seven steps of a case (GB/T 30428.8)."""

    found = "found", "发现", "Found"
    filed = "filed", "立案", "Filed"
    dispatched = "dispatched", "派遣", "Dispatched"
    handling = "handling", "处置", "Handling"
    checking = "checking", "核查", "Checking"
    closed = "closed", "结案", "Closed"
    evaluated = "evaluated", "评价", "Evaluated"


class Stage(Choice):
    """The five steps of an application."""

    applied = "applied", "申请", "Applied"
    accepted = "accepted", "受理", "Accepted"
    review = "review", "审查", "Under review"
    decided = "decided", "决定", "Decided"
    issued = "issued", "发证", "Issued"


class Doing(Choice):
    """What somebody did with a case or an application."""

    file = "file", "立案", "File the case"
    dispatch = "dispatch", "派遣", "Dispatch"
    order = "order", "出具责令改正通知书", "Issue the correction order"
    handle = "handle", "记录现场处置", "Record the handling on site"
    answer = "answer", "报送整改情况", "Report the correction"
    verify = "verify", "核查", "Check"
    close = "close", "结案", "Close the case"
    evaluate = "evaluate", "评价", "Evaluate"
    revoke = "revoke", "撤销", "Revoke"
    apply = "apply", "申请", "Apply"
    accept = "accept", "受理", "Accept"
    ask_more = "ask_more", "通知补正", "Ask for what is missing"
    answer_more = "answer_more", "提交补正材料", "Supply what is missing"
    review = "review", "审查", "Review"
    decide = "decide", "作出决定", "Decide"
    issue = "issue", "发证", "Issue the certificate"


CaseState = Literal["open", "closed", "revoked"]
ApplicationState = Literal["open", "granted", "refused"]
Grade = Literal["good", "fair", "poor"]
GRADES: dict[Grade, Words] = {
    "good": Words("满意", "Good"),
    "fair": Words("基本满意", "Fair"),
    "poor": Words("不满意", "Poor"),
}

case_table = sa.Table(
    "case",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("title_zh", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("awaits_party", sa.Boolean, nullable=False, default=False),
    sa.Column("due_at", big),
    sa.Column("check_by", big),
    sa.Column("check_passed", sa.Boolean),
    sa.Column("owner_kind", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("owner_name", sa.Text),
    sa.Column("opened_at", big, nullable=False),
    sa.Column("closed_at", big),
    sa.Column("outcome", sa.Text),
    sa.Column("grade", sa.Text),
    sa.Column("evaluation", sa.Text),
    sa.Column("overdue_at", big),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed", big, nullable=False),
    sa.Index("case_by_finding", "finding"),
    sa.Index("case_by_state", "state", "step", "due_at"),
    sa.Index("case_by_due", "due_at", "overdue_at"),
    sa.Index("case_by_closing", "closed_at"),
)

event_table = sa.Table(
    "case_event",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("thing", sa.Text, nullable=False),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("at", big, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("by_name", sa.Text, nullable=False),
    sa.Column("doing", sa.Text, nullable=False),
    sa.Column("step_before", sa.Text),
    sa.Column("step_after", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("document", sa.Text),
    sa.Column("record", sa.Text, nullable=False),
    sa.UniqueConstraint("thing", "n"),
)
"""The timeline of a case or application (`thing`); `n` is the version that the act made, `record` its ledger id."""

document_table = sa.Table(
    "document",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("case", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("issued_at", big, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Index("document_by_case", "case"),
)

application_table = sa.Table(
    "application",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", big),
    sa.Column("due_sure", sa.Boolean, nullable=False, default=True),
    sa.Column("paused_at", big),
    sa.Column("minutes_left", sa.Integer),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("attachments", sa.Text, nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("article", sa.Text),
    sa.Column("certificate", sa.Text),
    sa.Column("opened_at", big, nullable=False),
    sa.Column("accepted_at", big),
    sa.Column("decided_at", big),
    sa.Column("overdue_at", big),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed", big, nullable=False),
    sa.Index("application_by_state", "state", "step", "due_at"),
    sa.Index("application_by_party", "party", "opened_at"),
    sa.Index("application_by_due", "due_at", "overdue_at"),
)
"""`due_at` is None while the clock stands still for the applicant; `minutes_left` is then the office time left."""

certificate_table = sa.Table(
    "certificate",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title_zh", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("valid_from", big, nullable=False),
    sa.Column("valid_to", big),
    sa.Column("revoked_at", big),
    sa.Column("revoke_reason", sa.Text),
    sa.Column("application", sa.Text),
    sa.Column("issued_at", big, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("signer", sa.Text),
    sa.Column("office", sa.Text),
    sa.Column("office_name", sa.Text),
    sa.Index("certificate_by_holder", "holder", "kind"),
)

act_table = sa.Table(
    "case_act",
    metadata,
    sa.Column("actor", sa.Text, primary_key=True),
    sa.Column("retry", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", big, nullable=False),
)

CASE = Scoped("case", case_table.c.id)
EVENT = Scoped("case_event", event_table.c.id)
DOCUMENT = Scoped("document", document_table.c.id)
APPLICATION = Scoped("application", application_table.c.id)
CERTIFICATE = Scoped("certificate", certificate_table.c.id)


@dataclass(frozen=True, slots=True)
class Act:
    """How an act comes in: through which door, under which retry key, decided on which version of the thing."""

    door: str = "page"
    retry: str | None = None
    """The client's key: the same key and content again gives the first answer and does nothing."""
    version: int | None = None
    """The version that was shown when the person decided; Conflict when it has moved on."""


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """Event: a case was filed or moved on."""

    case: str
    doing: str
    step: str
    state: CaseState


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """Event: a case has ended, on evidence (`closed`) or because its finding was withdrawn (`revoked`)."""

    case: str
    state: CaseState


@dataclass(frozen=True, slots=True)
class ApplicationMoved:
    """Event: an application was made or moved on."""

    application: str
    doing: str
    step: str
    state: ApplicationState


@dataclass(frozen=True, slots=True)
class CertificateChanged:
    """Event: a certificate was issued or revoked."""

    certificate: str
    revoked: bool
