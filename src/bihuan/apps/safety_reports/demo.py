"""What the demonstration's ammonia cold store has stated over its years: facts, reports, list, board, and a change of this month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bihuan.apps.safety_reports import records as r
from bihuan.base.clock import CIVIL, civil_date

_RISKS = (
    r.RiskItem(
        name="氨制冷系统泄漏", source=r.Source.catalogue, level=r.Level.orange, location="氨机房、低压循环桶", accident="中毒、火灾爆炸，可致多人伤亡",
        measures="氨气浓度报警与事故风机联锁；每班巡检；呼吸器到位；年度演练", department="设备部", post="氨机房班长", catalogue="示例-01",
        l=Decimal(1), e=Decimal(6), c=Decimal(40), x=Decimal(22), y=Decimal(30),
    ),
    r.RiskItem(
        name="冷库内有限空间作业", source=r.Source.own, level=r.Level.yellow, location="蒸发冷集水池", accident="缺氧窒息", measures="作业审批、先通风后检测、专人监护",
        department="仓储部", post="仓储主管", l=Decimal(3), e=Decimal(2), c=Decimal(15), x=Decimal(64), y=Decimal(48),
    ),
    r.RiskItem(
        name="叉车装卸", source=r.Source.own, level=r.Level.blue, location="穿堂、月台", accident="车辆伤害", measures="持证上岗、限速、人车分流", department="仓储部",
        post="叉车班长", l=Decimal(1), e=Decimal(6), c=Decimal(7), x=Decimal(80), y=Decimal(70),
    ),
)  # fmt: skip
_HAZARD = r.HazardLine(unit="氨制冷机房", substance="ammonia", tonnes=Decimal("12.5"), people=60)


def statements(enterprise: str, area: str, now: int) -> Iterator[r.Stated]:
    """The firm's records in order of time: founded two years ago, each spring a report; a new compressor twelve days ago."""
    today = civil_date(now)
    begun = today.year - 2

    def made(cls: type[r.Stated], day: date, **fields: Any) -> r.Stated:
        return cls(enterprise=enterprise, area=area, time=datetime.combine(day, time(9, 30), CIVIL), **fields)

    def report(day: date, kind: r.ReportKind) -> r.Stated:
        return made(r.Report, day, kind=kind, year=day.year, method=r.GradedBy.lec, truthful=True, risks=list(_RISKS), hazards=[_HAZARD])

    yield made(
        r.EnterpriseFacts, date(begun, 11, 4), name="太仓港口氨制冷八库", industry="G5942", founded=date(begun, 6, 3), staff=86, per_shift=32,
        special_work=14, ammonia_kg=Decimal(12500), confined_spaces=2, lat=Decimal("31.62"), lon=Decimal("121.23"),
        injury_insurance=True, liability_insurance=True,
    )  # fmt: skip
    yield made(r.CompletionAcceptance, date(begun, 11, 5), project="八库氨制冷系统", accepted=date(begun, 11, 5))
    yield made(r.Attestation, date(begun, 11, 20), principal_duty="全面负责安全风险辨识、管控和报告，对报告真实性、准确性负责。", posts=[
        r.PostDuty(post="氨机房班长", duty="氨系统风险管控措施每班落实"), r.PostDuty(post="仓储主管", duty="有限空间作业审批与监护"),
    ])  # fmt: skip
    yield made(r.PutUp, date(begun, 12, 1), what=r.Shown.notice_board, location="厂区大门内")
    yield report(date(begun, 11, 28), r.ReportKind.first)
    yield made(r.ControlList, date(begun, 12, 5), risks=list(_RISKS))
    for day in (date(year, 2, 20) for year in range(begun, today.year + 1)):
        if date(begun, 12, 1) < day <= today:
            yield report(day, r.ReportKind.annual)
            yield made(r.ControlList, day, risks=list(_RISKS))
            yield made(r.Identification, day, scope="全厂各部位、各作业环节", found=len(_RISKS))
    yield made(r.Change, today - timedelta(days=12), kind=r.ChangeKind.process, happened=today - timedelta(days=12), what="新增一台螺杆式氨压缩机，充氨量增加 1.2 吨。")
