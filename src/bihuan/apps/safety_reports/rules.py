"""What the records mean to the rule sets of `law/`: which give a key date, which answer an obligation, whom it concerns.

Beside them one notice of our own: a firm that confirms no larger risk though firms of its kind nearly always have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from bihuan.apps.safety_reports.grading import MODEL, industry_signs, told
from bihuan.apps.safety_reports.records import (
    Change,
    ChangeKind,
    CheckRecord,
    CheckResult,
    CompletionAcceptance,
    EnterpriseFacts,
    Level,
    PutUp,
    Report,
    ReportKind,
    Shown,
    TrialProduction,
)
from bihuan.base.cases import CheckItem
from bihuan.base.clock import civil_date, day_start
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.lawbook import RuleSet, rule_sets
from bihuan.base.rules.model import NEVER, Fact, RuleInfo, Verdict
from bihuan.base.rules.obliged import Answer, Key, Reading, rules_of
from bihuan.base.rules.rule import Period, Rule, Window
from bihuan.base.rules.wording import number
from bihuan.base.units import convert

SUBJECT = "enterprise"
SETS = rule_sets(Path(__file__).parent / "law")
_FACTS = "enterprise_facts"


def facts_of(history: History) -> EnterpriseFacts | None:
    """What is known of the firm: its latest basic facts."""
    found = history.records(EnterpriseFacts)
    return found[-1][1] if found else None


def reports_of(history: History) -> list[tuple[Fact, Report]]:
    """Its reports, in order."""
    return history.records(Report)


def area_of(history: History, opening: Fact) -> str:
    """Where the firm is, by its facts or by the record itself."""
    facts = facts_of(history)
    return (facts.area if facts is not None else "") or str(getattr(opening.record, "area", "") or "")


def _first_facts(history: History) -> Fact | None:
    found = history.of(_FACTS)
    return found[0] if found else None


def _begun(fact: Fact) -> date:
    record = fact.record
    return record.founded if isinstance(record, EnterpriseFacts) else civil_date(fact.time)


def _changed(*kinds: ChangeKind) -> Callable[[History, RuleSet], Iterable[Key]]:
    return lambda history, law: [Key(f, r.happened) for f, r in history.records(Change) if r.kind in kinds]


def _checked(result: CheckResult) -> Callable[[History, RuleSet], Iterable[Key]]:
    return lambda history, law: [
        Key(f, r.by, f.time) for f, r in history.records(CheckRecord) if r.result is result and r.by is not None
    ]


def _reported(levels: tuple[Level, ...] = ()) -> Callable[[History, RuleSet], Iterable[Key]]:
    """Reports that hold a risk of these levels (any report, when none is named); what hung there before counts too."""
    return lambda history, law: [
        Key(f, r.day, NEVER if levels else day_start(date(r.day.year, 1, 1)))
        for f, r in reports_of(history)
        if not levels or any(risk.level in levels for risk in r.risks)
    ]


def _is_report(fact: Fact, period: Period) -> bool:
    """A report made from the key date on; one made for a change is none of these."""
    return isinstance(fact.record, Report) and fact.record.kind is not ReportKind.change


def _is_change_report(fact: Fact, period: Period) -> bool:
    change = period.record
    if not isinstance(fact.record, Report) or fact.record.kind is not ReportKind.change or not isinstance(change, Change):
        return False
    return fact.record.change in ("", period.id, period.first)


def _shown(what: Shown) -> Callable[[Fact, Period], bool]:
    return lambda fact, period: isinstance(fact.record, PutUp) and fact.record.what is what


def _says(test: Callable[[EnterpriseFacts], bool]) -> Callable[[History, date], bool]:
    def asked(history: History, day: date) -> bool:
        facts = facts_of(history)
        return facts is not None and test(facts)

    return asked


READING = Reading(
    subject=SUBJECT,
    opens=(_FACTS, "report", "change", "check_record", "completion_acceptance", "trial_production"),
    standing=_first_facts,
    keys={
        "accepted": lambda history, law: [Key(f, r.accepted) for f, r in history.records(CompletionAcceptance)],
        "trial": lambda history, law: [Key(f, r.starts, NEVER) for f, r in history.records(TrialProduction)],
        "changed": _changed(*(kind for kind in ChangeKind if kind is not ChangeKind.accident)),
        "accident": _changed(ChangeKind.accident),
        "reported": _reported(),
        "larger": _reported((Level.red, Level.orange)),
        "major": _reported((Level.red,)),
        "omitted": _checked(CheckResult.omitted),
        "unchecked": _checked(CheckResult.unchecked),
    },
    answers={
        "report": Answer(("report",), _is_report),
        "change_report": Answer(("report",), _is_change_report),
        "identification": Answer(("identification",)),
        "control_list": Answer(("control_list",)),
        "notice_board": Answer(("put_up",), _shown(Shown.notice_board)),
        "warning_card": Answer(("put_up",), _shown(Shown.warning_card)),
        "training": Answer(("training",)),
        "attestation": Answer(("attestation",)),
        "own_check": Answer(("own_check",)),
    },
    who={"key_sector": _says(lambda facts: facts.key_sector)},
    begun=_begun,
    area=area_of,
)


def signs_of(facts: EnterpriseFacts) -> dict[str, float]:
    """What the expected-risk model looks at, from a firm's facts."""
    return industry_signs(facts.industry) | {
        "ammonia_kg": float(facts.ammonia_kg), "hazardous_chemicals": float(facts.hazardous_chemicals),
        "dust_explosive": float(facts.dust is not None and facts.dust.value != "other"),
        "dust_collectors": facts.dust_collectors, "confined_spaces": facts.confined_spaces, "furnaces": facts.furnaces,
        "gas_holders": facts.gas_holders, "deep_well_casting": float(facts.deep_well_casting),
        "special_work": facts.special_work, "staff": facts.staff + facts.outside_workers,
    }  # fmt: skip


def _zero_reports(rule: Rule, history: History) -> list[Fact]:
    return [fact for fact, report in reports_of(history) if report.none_larger]


def _judge_zero(window: Window) -> Verdict:
    facts = facts_of(window.history)
    if facts is None:
        return window.say("undecided", "没有企业基础信息，无法比较。", "No enterprise facts on file to compare with.", missing=(_FACTS,))
    expected, row = MODEL.expect(signs_of(facts)), window.rows["zero_risk_score"]
    said, bound = told(expected), f"{number(row.value)} {row.unit}"
    unlikely = Decimal(str(expected.probability)) >= convert(row.value, row.unit, "1")
    return window.say(
        "violated" if unlikely else "satisfied",
        f"同类企业有较大以上风险的可能性为 {said.zh}，{'达到' if unlikely else '未达'}核查界限 {bound}；这是核查线索，不是违法认定。",
        f"Firms of its kind have a larger risk with probability {said.en}, {'at least' if unlikely else 'below'} the bound {bound}; a lead, no finding.",
        (window.opening.id,),
    )  # fmt: skip


_ZERO = Rule(
    RuleInfo(
        "zero_risk_unlikely", Words("零风险存疑", "Zero risk looks wrong"),
        Words("确认零风险的企业，与同行业、同设备的企业比较后再核查。", "A firm that confirms no larger risk is compared with firms of its trade and equipment."),
        Words("监管实践：核查报告率后，重点审核零风险企业", "practice: after coverage, zero-risk firms are audited"),
        SUBJECT, "32", date(2021, 2, 1), severity="notice", asks=Words("如实报告", "Report truly"),
        remark=Words("模型为先验打分，未核；只提示核查", "the model is prior points, not checked; it asks, it finds nothing"),
    ),
    ("report",), ("report", _FACTS), ("zero_risk_score",), _judge_zero, openings=_zero_reports, area=area_of,
)  # fmt: skip

RULES: tuple[Rule, ...] = (*rules_of(SETS, READING), _ZERO)
CHECKS = tuple(
    CheckItem(f"{law.id}_{each.id}", each.says, Words(f"{law.titles.zh}{each.article.zh}", f"{law.titles.en}, {each.article.en}"))
    for law in SETS
    for each in law.obligations
    if law.valid_to is None
)
"""What an officer goes through on a random check: each obligation of the sets that have no end, with its article."""
LIMIT_WORDS = {
    "change_within": Words("“及时”的天数", "Days that “in time” stands for"),
    "list_within": Words("建立清单的天数", "Days to make the control list"),
    "board_within": Words("公示和警示的天数", "Days to put up board and card"),
    "responsibility_within": Words("落实责任制的天数", "Days to attest responsibility"),
    "zero_risk_score": Words("零风险核查界限", "Bound for asking about a zero"),
    "smallest_cell": Words("公开汇总的最小数", "Smallest public cell"),
}
REPORTS = tuple(
    f"{law.id}_{each.id}" for law in SETS for each in law.obligations
    if each.answer == "report" and each.severity == "breach" and each.key != "omitted"
)
"""Rules whose windows count as reports owed, for coverage."""

__all__ = ["CHECKS", "LIMIT_WORDS", "READING", "REPORTS", "RULES", "SETS", "SUBJECT", "facts_of", "reports_of"]
