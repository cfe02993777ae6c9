"""What acting on cases, applications and certificates writes to the ledger: each act is itself a record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bihuan.base.cases.draws_records import TYPES as DRAW_TYPES
from bihuan.base.cases.model import Doing, Stage, Step
from bihuan.base.declare import Record, says
from bihuan.base.errors import Words

APP = "cases"
"""Name under which these types are registered."""

Time = Annotated[datetime, says("办理时间", "Done at", role="time")]
Text = Annotated[str, says("说明", "Text", longest=4000)]
Evidence = Annotated[tuple[str, ...], says("证据", "Evidence")]


class FindingNoted(Record, frozen=True, kw_only=True):
    """A person or a partner system states a finding."""

    titles = Words("问题登记", "Finding noted")

    noted_at: Time
    subject: Annotated[str, says("对象", "Subject", role="subject")]
    origin: Annotated[str, says("来源", "Origin")]
    title: Annotated[str, says("问题", "Finding")]
    reason: Annotated[str, says("情况", "What was found", longest=4000)]
    area: Annotated[str, says("辖区", "Area")]
    about: Annotated[str, says("主体", "Party")] = ""
    evidence: Evidence = ()


class CaseStep(Record, frozen=True, kw_only=True):
    """A case was filed or moved on."""

    titles = Words("案件办理", "Case step")
    source = "GB/T 30428.8"

    done_at: Time
    case: Annotated[str, says("案件", "Case", role="subject", key="case")]
    number: Annotated[str, says("案号", "Case number")]
    finding: Annotated[str, says("问题", "Finding", key="finding")]
    doing: Annotated[Doing, says("办理", "Act")]
    step: Annotated[Step, says("环节", "Step")]
    ended: Annotated[str, says("结果", "Outcome")] = ""
    text: Text = ""
    evidence: Evidence = ()
    document: Annotated[str, says("文书号", "Document number")] = ""
    due: Annotated[datetime | None, says("期限", "Due")] = None


class ApplicationStep(Record, frozen=True, kw_only=True):
    """An application was made or moved on."""

    titles = Words("办件办理", "Application step")

    done_at: Time
    application: Annotated[str, says("办件", "Application", role="subject", key="application")]
    number: Annotated[str, says("办件号", "Application number")]
    kind: Annotated[str, says("事项", "Matter")]
    doing: Annotated[Doing, says("办理", "Act")]
    step: Annotated[Stage, says("环节", "Step")]
    decision: Annotated[str, says("决定", "Decision")] = ""
    article: Annotated[str, says("依据", "Article", longest=500)] = ""
    text: Text = ""
    payload: Annotated[str, says("申请内容", "Content", longest=100_000)] = ""
    evidence: Evidence = ()
    due: Annotated[datetime | None, says("办结期限", "Due")] = None


class CertificateIssued(Record, frozen=True, kw_only=True):
    """A certificate was issued."""

    titles = Words("证照签发", "Certificate issued")

    issued_at: Time
    certificate: Annotated[str, says("证照", "Certificate", role="subject", key="certificate")]
    number: Annotated[str, says("证照号", "Certificate number")]
    code: Annotated[str, says("核验码", "Check code")]
    kind: Annotated[str, says("种类", "Kind")]
    holder: Annotated[str, says("持有人", "Holder", key="party")]
    scope: Annotated[str, says("范围", "Scope", longest=100_000)]
    valid_from: Annotated[datetime, says("有效自", "Valid from")]
    valid_to: Annotated[datetime | None, says("有效至", "Valid to")] = None
    application: Annotated[str, says("办件", "Application", key="application")] = ""


class CertificateRevoked(Record, frozen=True, kw_only=True):
    """A certificate was revoked."""

    titles = Words("证照撤销", "Certificate revoked")

    revoked_at: Time
    certificate: Annotated[str, says("证照", "Certificate", role="subject", key="certificate")]
    number: Annotated[str, says("证照号", "Certificate number")]
    reason: Annotated[str, says("理由", "Reason", longest=4000)]
    article: Annotated[str, says("依据", "Article", longest=500)]


TYPES: tuple[type[Record], ...] = (
    FindingNoted, CaseStep, ApplicationStep, CertificateIssued, CertificateRevoked, *DRAW_TYPES,
)  # fmt: skip
