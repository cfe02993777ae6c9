"""What a message says for each kind of outbox entry; the number is all it tells of the thing itself."""

from __future__ import annotations

from bihuan.base.errors import Words

WORDS: dict[str, Words] = {
    "case.dispatched": Words("案件 {number} 已派遣给您，请处置。", "Case {number} was dispatched to you."),
    "case.ordered": Words("收到责令改正通知（{number}），请按期整改并报送。", "An order to correct ({number})."),
    "case.answered": Words("案件 {number} 已报送整改情况，请核查。", "Case {number} is answered; check it."),
    "case.failed": Words("案件 {number} 核查未通过，请重新整改。", "Case {number}: check failed; correct it again."),
    "case.closed": Words("案件 {number} 已结案。", "Case {number} is closed."),
    "case.revoked": Words("案件 {number} 已撤销。", "Case {number} is revoked."),
    "case.overdue": Words("案件 {number} 已超时。", "Case {number} is overdue."),
    "application.applied": Words("收到办件 {number}，请受理。", "Application {number} came in; accept it."),
    "application.accepted": Words("办件 {number} 已受理。", "Application {number} is accepted."),
    "application.more": Words("办件 {number} 需要补正，办理时限暂停。", "Application {number} needs more."),
    "application.answered": Words("办件 {number} 已补正。", "Application {number}: what was missing is there."),
    "application.granted": Words("办件 {number} 已准予。", "Application {number} is granted."),
    "application.refused": Words("办件 {number} 未予准许，请查看理由。", "Application {number} is refused; see why."),
    "application.issued": Words("办件 {number} 已发证。", "Application {number}: the certificate is issued."),
    "application.overdue": Words("办件 {number} 已超过办理时限。", "Application {number} is past its time."),
    "visit.assigned": Words("您被抽中检查 {number}，请按期到场。", "You were drawn for visit {number}."),
    "visit.recorded": Words("检查 {number} 已记录，请签核。", "Visit {number} is recorded; sign it off."),
    "visit.overdue": Words("检查 {number} 已超过期限，尚未进行。", "Visit {number} is overdue."),
    "certificate.revoked": Words("证照 {number} 已撤销。", "Certificate {number} is revoked."),
}
