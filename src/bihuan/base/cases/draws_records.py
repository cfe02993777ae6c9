"""What random checks write to the ledger: the plan with its commitment, the frozen pools, the draw, each visit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from bihuan.base.declare import Part, Record, says
from bihuan.base.errors import Words

Time = Annotated[datetime, says("办理时间", "Done at", role="time")]
Plan = Annotated[str, says("抽查计划", "Draw plan", role="subject", key="draw")]
Number = Annotated[str, says("计划号", "Plan number")]
Texts = tuple[str, ...]


class DrawPlanned(Record, frozen=True, kw_only=True):
    """A draw was planned; the hash of its secret is bound from here on."""

    titles = Words("抽查计划", "Draw planned")

    planned_at: Time
    plan: Plan
    number: Number
    title: Annotated[str, says("名称", "Title")]
    area: Annotated[str, says("辖区", "Area")]
    kinds: Annotated[Texts, says("单位类别", "Kinds of organisation")]
    weighing: Annotated[str, says("权重", "Weighing")]
    per_visit: Annotated[int, says("每次人数", "Officers a visit", low=2)]
    commitment: Annotated[str, says("密值的哈希", "Hash of the secret")]
    begins: Annotated[datetime, says("检查自", "Visits from")]
    due: Annotated[datetime, says("检查至", "Visits until")]
    count: Annotated[int | None, says("抽取数", "How many", low=1)] = None
    share: Annotated[int | None, says("抽取比例", "Share", unit="%", low=1, high=100)] = None
    replaces: Annotated[str, says("替换的计划", "Replaces", key="draw")] = ""
    reason: Annotated[str, says("替换理由", "Why", longest=1000)] = ""


class DrawFrozen(Record, frozen=True, kw_only=True):
    """The pools of a plan were frozen, before anybody could know the seed."""

    titles = Words("抽查名录冻结", "Pools frozen")

    frozen_at: Time
    plan: Plan
    number: Number
    count: Annotated[int, says("抽取数", "How many", low=1)]
    per_visit: Annotated[int, says("每次人数", "Officers a visit", low=2)]
    objects: Annotated[Texts, says("对象名录", "Objects with weights")]
    officers: Annotated[Texts, says("人员名录", "Officers")]
    avoid: Annotated[Texts, says("回避", "Who avoids whom")]
    objects_hash: Annotated[str, says("对象名录哈希", "Hash of the objects")]
    officers_hash: Annotated[str, says("人员名录哈希", "Hash of the officers")]


class DrawnVisit(Part, frozen=True):
    """One drawn object and the officers drawn for it."""

    visit: Annotated[str, says("检查号", "Visit")]
    object: Annotated[str, says("对象", "Object")]
    officers: Annotated[str, says("人员", "Officers", longest=1000)]


class Drawn(Record, frozen=True, kw_only=True):
    """The draw: its secret made known, the checkpoint whose root went into the seed, and what came out."""

    titles = Words("抽取结果", "Draw")

    drawn_at: Time
    plan: Plan
    number: Number
    secret: Annotated[str, says("密值", "Secret")]
    checkpoint: Annotated[str, says("检查点", "Checkpoint", longest=4000)]
    seed: Annotated[str, says("种子", "Seed")]
    visits: Annotated[tuple[DrawnVisit, ...], says("检查", "Visits")]


class SteppedAside(Record, frozen=True, kw_only=True):
    """An officer who was drawn steps aside (回避); who goes instead follows from the seed of the draw."""

    titles = Words("回避与替换", "Stepped aside")

    aside_at: Time
    visit: Annotated[str, says("检查", "Visit", role="subject", key="visit")]
    number: Annotated[str, says("检查号", "Visit number")]
    officer: Annotated[str, says("回避人员", "Officer")]
    instead: Annotated[str, says("替换人员", "Goes instead")]
    turn: Annotated[int, says("第几次替换", "Turn", low=1)]
    free: Annotated[Texts, says("可替换人员", "Who may go instead")]
    reason: Annotated[str, says("理由", "Why", longest=1000)]


class AnsweredItem(Part, frozen=True):
    """One item of the check list as it was found."""

    item: Annotated[str, says("检查项", "Item", longest=500)]
    article: Annotated[str, says("依据", "Article", longest=500)]
    answer: Annotated[str, says("结果", "Answer")]
    remark: Annotated[str, says("说明", "Remark", longest=2000)] = ""
    evidence: Annotated[str, says("照片", "Photos", longest=4000)] = ""


class VisitRecorded(Record, frozen=True, kw_only=True):
    """An on-site record of a visit that was drawn."""

    titles = Words("现场检查记录", "Visit recorded")

    visited_at: Time
    visit: Annotated[str, says("检查", "Visit", role="subject", key="visit")]
    number: Annotated[str, says("检查号", "Visit number")]
    plan: Annotated[str, says("抽查计划", "Draw plan", key="draw")]
    about: Annotated[str, says("被检查单位", "Organisation", key="party")]
    result: Annotated[str, says("结果", "Result")]
    items: Annotated[tuple[AnsweredItem, ...], says("检查项", "Items")]
    remark: Annotated[str, says("说明", "Remark", longest=4000)] = ""
    findings: Annotated[Texts, says("问题", "Findings")] = ()


class VisitSigned(Record, frozen=True, kw_only=True):
    """A second officer signed the on-site record; its result is published."""

    titles = Words("检查结果签核", "Visit signed off")

    signed_at: Time
    visit: Annotated[str, says("检查", "Visit", role="subject", key="visit")]
    number: Annotated[str, says("检查号", "Visit number")]
    about: Annotated[str, says("被检查单位", "Organisation", key="party")]
    result: Annotated[str, says("结果", "Result")]
    record: Annotated[str, says("现场记录", "On-site record")]


TYPES: tuple[type[Record], ...] = (DrawPlanned, DrawFrozen, Drawn, SteppedAside, VisitRecorded, VisitSigned)
