"""What the page of a person, place or ship shows: fit, not fit, due by; never a diagnosis. And who may state what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bihuan.apps.staff_loop.people import post_at
from bihuan.apps.staff_loop.records import (
    STEPS,
    Approval,
    PostAssigned,
    Qualification,
    Result,
    ShipArrived,
    Step,
)
from bihuan.base.errors import Words
from bihuan.base.identity.model import AUTHORITIES
from bihuan.base.panels import LoopStep, SubjectPanel
from bihuan.base.places import Place
from bihuan.base.records import StepRead
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Fact, Verdict

NAME = "staff_loop"
STAGES: dict[str, Words] = {
    "not_fit": Words("不符合", "Not fit"),
    "due": Words("待办", "Due"),
    "fit": Words("符合", "Fit"),
    "known": Words("仅有登记", "Registered only"),
}
BY_AUTHORITY: tuple[type[Step], ...] = (Approval, Qualification)


def view(name: str, facts: Sequence[Fact], verdicts: Sequence[Verdict], places: Mapping[str, Place]) -> SubjectPanel:
    """The panel of `person:…`, `place:…` or `ship:…` from its own facts; a result's value is not among them."""
    history = History(name, facts)
    mine = [fact for fact in history.facts if _concerns(fact, history.name)]
    latest = {v.rule: v for v in sorted(verdicts, key=lambda v: v.opened_at)}
    answers = {v.answer for v in latest.values()}
    stage = "not_fit" if "violated" in answers else "due" if "undecided" in answers else "fit" if answers else "known"
    post = post_at(history, mine[-1].time) if mine and history.kind == "person" else None
    area = next((a for f in reversed(mine) if (a := getattr(f.record, "division", ""))), "")
    due = min((v.due for v in latest.values() if v.due is not None), default=None)
    firms = {firm for f in mine if (firm := getattr(f.record, "employer", "") or getattr(f.record, "by", ""))}
    return SubjectPanel(
        title=history.name, subtitle=Words("", "") if post is None else Words(post[1].post, post[1].post), stage=stage,
        stage_words=STAGES[stage], stage_at=mine[-1].time if mine else None, place="", area=area, expected_at=due,
        loop=tuple(LoopStep(f.type, type(f.record).titles, "done", f.time, record=f.id) for f in mine if not isinstance(f.record, Result)),
        areas=frozenset({area} - {""}), parties=frozenset(firms),
        facts=[(Words("岗位风险", "Risk of the post"), post[1].risk.zh)] if post is not None else [],
    )  # fmt: skip


def _concerns(fact: Fact, name: str) -> bool:
    record = fact.record
    if isinstance(record, ShipArrived):
        return record.ship == name
    stated = [getattr(record, field, None) for field in ("person", "place", "ship")]
    return name in stated


def owes(verdict: Verdict, facts: Sequence[Fact], places: Mapping[str, Place]) -> str | None:
    """Who must act: the employer of the person's latest post, or who disinfected."""
    name = verdict.subject.partition(":")[2]
    employers = [f.record.employer for f in facts if isinstance(f.record, PostAssigned) and f.record.person == name and f.record.employer]
    firms = [str(getattr(f.record, "by", "")) for f in facts if f.id == verdict.witness[0] and f.type == "disinfected"]
    return next(reversed([*employers, *firms]), None)


def may_state(
    step: StepRead, kinds: frozenset[str], party: str, operator_of: Callable[[str], str | None]
) -> Words | None:
    """Approvals and qualifications are the authority's; the rest is stated by the organisation on site or the authority."""
    if isinstance(step.record, BY_AUTHORITY) and not kinds & AUTHORITIES:
        title = type(step.record).titles
        return Words(f"“{title.zh}”只能由主管部门填写。", f"“{title.en}” is stated by an authority only.")
    return None


TYPES = tuple(cls for name, cls in STEPS.items() if name != "voided")
