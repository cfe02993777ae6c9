"""What the page of a firm shows: where it stands in its year, its risks by colour, its credit; and who must act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from bihuan.apps.safety_reports.grading import LINES, hazard_class, line_of
from bihuan.apps.safety_reports.records import (
    BY_AUTHORITY,
    AgencyEngagement,
    CreditEntry,
    HazardLine,
    Level,
    Report,
    Sanction,
    Stated,
)
from bihuan.apps.safety_reports.rules import REPORTS, facts_of, reports_of
from bihuan.base.errors import Words
from bihuan.base.identity.model import AUTHORITIES
from bihuan.base.panels import LoopStep, SubjectPanel
from bihuan.base.places import Place
from bihuan.base.records import StepRead
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Fact, Verdict

NAME = "safety_reports"
STAGES: dict[str, Words] = {
    "overdue": Words("逾期未报", "Overdue"),
    "owed": Words("待报", "Owed"),
    "larger": Words("已报，有较大以上风险", "Reported, with larger risks"),
    "zero": Words("已报，零风险", "Reported, none larger"),
    "known": Words("仅有基础信息", "Facts only"),
}
SUBLINES = {f"{NAME}_{name}": Words(f"安全风险报告·{words.zh}", f"Safety reports: {words.en}") for name, (words, _) in LINES.items()}


def view(name: str, facts: Sequence[Fact], verdicts: Sequence[Verdict], places: Mapping[str, Place]) -> SubjectPanel:
    """The panel of `enterprise:<credit code>` from its history."""
    history, code = History(name, facts), name.partition(":")[2]
    firm, reports = facts_of(history), reports_of(history)
    report = reports[-1][1] if reports else None
    stage = _stage(report, verdicts)
    area = (firm.area if firm else "") or next((a for f in reversed(facts) if (a := getattr(f.record, "area", ""))), "")
    line = line_of(firm.industry) if firm else ""
    return SubjectPanel(
        title=code, subtitle=Words(firm.name, firm.name) if firm else Words("", ""), stage=stage, stage_words=STAGES[stage],
        stage_at=reports[-1][0].time if reports else None, place="", area=area,
        expected_at=None,
        loop=tuple(_step(fact) for fact in facts), areas=frozenset({area} - {""}), parties=frozenset({code}),
        lines=frozenset({f"{NAME}_{line}"} if line else ()), facts=[*_colours(report), *_hazards(report), *_credit(facts)],
    )  # fmt: skip


def _stage(report: Report | None, verdicts: Sequence[Verdict]) -> str:
    owed = [v for v in verdicts if v.rule in REPORTS]
    latest = max((v for v in owed if v.answer != "satisfied"), key=lambda v: v.opened_at, default=None)
    if latest is not None and latest.answer == "violated" and not any(
        v.answer == "satisfied" and v.opened_at > latest.opened_at for v in owed
    ):  # fmt: skip
        return "overdue"
    if latest is not None and latest.answer == "undecided":
        return "owed"
    return "known" if report is None else "larger" if report.larger else "zero"


def _step(fact: Fact) -> LoopStep:
    return LoopStep(fact.type, type(fact.record).titles, "done", fact.time, record=fact.id)


def _colours(report: Report | None) -> Iterable[tuple[Words, str]]:
    if report is not None:
        for level in Level:
            if count := sum(risk.level is level for risk in report.risks):
                yield Words(level.zh, level.en), str(count)
        yield Words("分级方法", "Graded by"), report.method.value.upper()


def _hazards(report: Report | None) -> Iterable[tuple[Words, str]]:
    units: dict[str, list[HazardLine]] = {}
    for line in report.hazards if report is not None else ():
        units.setdefault(line.unit, []).append(line)
    for unit, lines in units.items():
        r, grade = hazard_class([(x.substance, x.tonnes) for x in lines], max(x.people for x in lines))
        yield Words(f"重大危险源 {unit}", f"Major hazard {unit}"), f"R = {r:.3f}，{grade} 级 (class {grade})"


def _credit(facts: Sequence[Fact]) -> Iterable[tuple[Words, str]]:
    for fact in facts:
        if isinstance(fact.record, CreditEntry):
            yield Words("信用记录", "Credit"), f"{fact.record.about}（{fact.record.basis}）"
        elif isinstance(fact.record, Sanction):
            yield Words("惩戒", "Sanction"), f"{fact.record.measure}（{fact.record.basis}，{fact.record.until}）"
        elif isinstance(fact.record, AgencyEngagement):
            yield Words("技术服务机构", "Service agency"), fact.record.agency


def owes(verdict: Verdict, facts: Sequence[Fact], places: Mapping[str, Place]) -> str | None:
    """The firm itself must act: an agency never stands in for it."""
    return verdict.subject.partition(":")[2]


def keys_of(step: StepRead) -> Iterable[str]:
    """A record counts for the firm that it is about, be that an enterprise or an agency."""
    record = step.record
    return (f"enterprise:{record.enterprise}",) if isinstance(record, Stated) else ()


def may_state(
    step: StepRead, kinds: frozenset[str], party: str, operator_of: Callable[[str], str | None]
) -> Words | None:
    """A firm speaks for itself alone; checks, credit and sanctions are the authority's; an authority enters facts too."""
    record = step.record
    if not isinstance(record, Stated) or (kinds & AUTHORITIES and not isinstance(record, Report)):
        return None
    title = type(record).titles
    if isinstance(record, BY_AUTHORITY):
        return Words(f"“{title.zh}”只能由主管部门填写。", f"“{title.en}” is stated by an authority only.")
    if operator_of(record.enterprise) != party:
        return Words(f"“{title.zh}”须由企业自己填报。", f"“{title.en}” is stated by the firm itself.")
    return None
