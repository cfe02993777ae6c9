"""Histories of one firm for tests: its records at an hour of a day, judged at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bihuan.apps.safety_reports.app import APP
from bihuan.apps.safety_reports.records import (
    EnterpriseFacts,
    GradedBy,
    Level,
    Report,
    ReportKind,
    RiskItem,
    Source,
    Stated,
)
from bihuan.apps.safety_reports.rules import RULES
from bihuan.base.clock import CIVIL, instant
from bihuan.base.rules.history import History, Raw, canonical
from bihuan.base.rules.model import Asked, Completeness, Limits, Verdict
from bihuan.base.rules.rule import evaluate

USCC = "91320585XN0000012U"
RISK = RiskItem(
    name="液氨泄漏", source=Source.own, level=Level.orange, location="氨机房", accident="中毒、爆炸", measures="报警联锁", department="设备部",
    post="氨机房班长", l=Decimal(3), e=Decimal(6), c=Decimal(15),
)  # fmt: skip


def at(day: str, hour: int = 9) -> datetime:
    """An hour of a civil day."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), CIVIL).replace(hour=hour)


def stated(cls: type[Stated], day: str, **fields: Any) -> Stated:
    """A record of the firm of these tests."""
    return cls(enterprise=USCC, time=at(day), area=fields.pop("area", "320585"), **fields)


def firm(day: str = "2021-02-10", **fields: Any) -> Stated:
    """Its basic facts: a cold store with ammonia, founded in 2015."""
    given: dict[str, Any] = {"name": "示例冷库", "industry": "G5942", "founded": date(2015, 3, 1), "staff": 80, "ammonia_kg": Decimal(8000)}
    return stated(EnterpriseFacts, day, **(given | fields))


def report(day: str, kind: ReportKind = ReportKind.annual, *risks: RiskItem, **fields: Any) -> Stated:
    """A report with these risks, or with none."""
    given: dict[str, Any] = {"kind": kind, "year": int(day[:4]), "method": GradedBy.lec, "truthful": True, "none_larger": not risks}
    return stated(Report, day, risks=list(risks), **(given | fields))


def judged(now: str, records: Sequence[Stated], limits: Limits | None = None) -> dict[str, Verdict]:
    """What every rule says on a day of records in any order, by rule and year (`js140_annual_report:2022`)."""
    raws = [Raw(f"r{n}", _step(r), instant(r.time), 50, r) for n, r in enumerate(records)]
    history = History(f"enterprise:{USCC}", canonical(raws))
    when = instant(at(now))
    asked = Asked(when, Completeness({}, when), Limits(APP.limits) if limits is None else limits)
    found = {}
    for rule in RULES:
        for verdict in evaluate(rule, history.subject, history, asked):
            year = verdict.window.partition(":")[2]
            found[verdict.rule + (":" + year if year else "")] = verdict
    return found


def _step(record: Stated) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in type(record).__name__).lstrip("_")
