"""江苏安全风险报告: the manifest of the safety-risk reports."""

from __future__ import annotations

from pathlib import Path

from bihuan.apps.safety_reports import records
from bihuan.apps.safety_reports.rules import CHECKS, LIMIT_WORDS, RULES, SUBJECT
from bihuan.apps.safety_reports.sheets import SHEETS
from bihuan.apps.safety_reports.view import NAME, STAGES, SUBLINES, keys_of, may_state, owes, view
from bihuan.base.catalog import App, FormPage
from bihuan.base.errors import Words
from bihuan.base.records import Manner
from bihuan.base.rules.evaluation import Field
from bihuan.base.rules.limits import load_limits

_REPORT, _LIST = Words("安全风险报告", "Safety-risk report"), Words("管控清单与公示", "Control list and notices")
_FIRM, _OFFICE = Words("企业与变更", "Firm and changes"), Words("检查与信用", "Checks and credit")
_GROUPS: tuple[tuple[Words, tuple[type[records.Stated], ...]], ...] = (
    (_REPORT, (records.Report, records.Attestation, records.Identification)),
    (_LIST, (records.ControlList, records.PutUp, records.Training, records.OwnCheck)),
    (_FIRM, (records.EnterpriseFacts, records.CompletionAcceptance, records.TrialProduction, records.Change, records.AgencyEngagement)),
)

APP = App(
    name=NAME,
    titles=Words("安全风险报告", "Safety-risk reports"),
    closes=Words(
        "这里闭环的是：每一家企业认识、报告并管控其较大以上风险的责任。",
        "What closes here: every enterprise's duty to know, report and control its larger risks.",
    ),
    line=NAME,
    territory="32",
    types=(*records.BY_FIRM, *records.BY_AUTHORITY),
    field=Field(NAME, NAME, RULES, lambda fact: (), view, owes),
    subject_kinds={SUBJECT: Words("企业", "Enterprise")},
    manner=Manner(keys_of, may_state),
    sublines=SUBLINES,
    only_here=(
        "enterprise_facts", "report", "attestation", "identification", "control_list", "put_up", "training", "own_check",
        "completion_acceptance", "trial_production", "change", "check_record",
    ),
    limits=load_limits(Path(__file__).with_name("limits.yaml")).rows,
    limit_words=LIMIT_WORDS,
    forms=(
        *(FormPage(kind, group, ("industrial",)) for group, kinds in _GROUPS for kind in kinds),
        *(FormPage(kind, _OFFICE, ("authority", "department")) for kind in records.BY_AUTHORITY),
    ),
    stages=STAGES,
    checks=CHECKS,
    sheets=SHEETS,
    folder=Path(__file__).parent,
)  # fmt: skip
