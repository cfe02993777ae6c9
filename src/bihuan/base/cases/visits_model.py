"""The tables of visits that were drawn, the check list that an app declares, and what is published of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
from bihuan.base.errors import Words

VisitState = Literal["assigned", "recorded", "signed", "called_off"]
VISIT_STATES: dict[VisitState, Words] = {
    "assigned": Words("待检查", "To be made"),
    "recorded": Words("待签核", "To be signed off"),
    "signed": Words("已签核公示", "Signed off, published"),
    "called_off": Words("已取消", "Called off"),
}
Answer = Literal["yes", "no", "none"]
ANSWERS: dict[Answer, Words] = {
    "yes": Words("符合", "Complies"),
    "no": Words("不符合", "Does not comply"),
    "none": Words("不适用", "Does not apply"),
}
Result = Literal["clean", "problems"]
RESULTS: dict[Result, Words] = {
    "clean": Words("未发现问题", "Nothing wrong found"),
    "problems": Words("发现问题", "Something was wrong"),
}


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One item of an app's check list: what must be so, and by which article."""

    id: str
    words: Words
    article: Words


@dataclass(frozen=True, slots=True)
class Answered:
    """How one item was found; `no` needs a remark."""

    item: str
    answer: Answer
    remark: str = ""
    photos: tuple[str, ...] = ()


visit_table = sa.Table(
    "visit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("begins", big, nullable=False),
    sa.Column("due_at", big, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("visited_at", big),
    sa.Column("result", sa.Text),
    sa.Column("items", sa.Text, nullable=False),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Column("recorded_at", big),
    sa.Column("recorded_by", sa.Text),
    sa.Column("record", sa.Text),
    sa.Column("signed_at", big),
    sa.Column("signed_by", sa.Text),
    sa.Column("signed_record", sa.Text),
    sa.Column("signed_seq", big),
    sa.Column("overdue_at", big),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed", big, nullable=False),
    sa.Index("visit_by_plan", "plan"),
    sa.Index("visit_by_due", "due_at", "overdue_at"),
)
"""`items` are the answered items of the check list, JSON; `recorded_by` and `signed_by` are persons."""

visit_officer_table = sa.Table(
    "visit_officer",
    metadata,
    sa.Column("visit", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("aside", sa.Boolean, nullable=False, default=False),
    sa.Index("visit_officer_by_person", "person"),
)

"""Who was drawn for a visit; who stepped `aside` stays, so that nobody comes back by a second draw."""

published_table = sa.Table(
    "check_result",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("plan_number", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("visited_at", big, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    sa.Column("seq", big, nullable=False),
    sa.Column("published_at", big, nullable=False),
    sa.Index("check_result_by_time", "published_at"),
)
"""一公开: what anyone may read of a visit; no officer, no remark."""

VISIT = Scoped("visit", visit_table.c.id)
PUBLISHED = Scoped("check_result", published_table.c.id)
