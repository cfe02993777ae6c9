"""回避: an officer who was drawn steps aside from a visit; who goes instead is drawn from the same seed, not chosen."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from bihuan.base.cases.access import ACT, need_officer, tags_in
from bihuan.base.cases.draws_model import plan_table
from bihuan.base.cases.draws_pools import barred_pairs
from bihuan.base.cases.draws_proof import seed_in
from bihuan.base.cases.draws_records import SteppedAside
from bihuan.base.cases.model import Act
from bihuan.base.cases.once import begin
from bihuan.base.cases.records import APP
from bihuan.base.cases.visits_model import visit_officer_table
from bihuan.base.cases.visits_queries import INNER, officers_of_visit, visit_of
from bihuan.base.clock import moment
from bihuan.base.db import Writer
from bihuan.base.errors import Fault, Forbidden, Invalid, Refused, Words
from bihuan.base.outbox import put
from bihuan.base.records import keep
from bihuan.engines.drawing import draw_stand_in


def step_aside(w: Writer, visit: str, *, reason: str, act: Act) -> str:
    """Step aside from a visit that was not made yet, and say why. The person who goes instead.

    Drawn among the frozen pool without those who avoid the organisation, go there already or stepped aside before.
    """
    begun = begin(w, act, "step_aside", visit, reason)
    if begun.before is not None:
        return begun.before
    row, me = visit_of(w, visit), w.principal.person or ""
    need_officer(w, row, ACT)
    if me not in officers_of_visit(w, row["id"]):
        raise Forbidden("只有抽中的检查人员本人可以申请回避。", "Only an officer who was drawn can step aside.")
    if not reason.strip():
        words = Words("请写明回避理由。", "Say why you step aside.")
        raise Invalid(*words, faults=[Fault("reason", "required", words)])
    if row["state"] != "assigned":
        raise Refused("检查已记录或取消，不能再回避。", "The visit is recorded or called off: too late to step aside.")
    p, o = plan_table.c, visit_officer_table.c
    plan = w.one(sa.select(plan_table).where(p.id == row["plan"]), INNER)
    pool = msgspec.json.decode(plan["officers"])
    gone = {each["person"] for each in w.rows(sa.select(o.person).where(o.visit == row["id"]), INNER)}
    barred = {officer for officer, _ in barred_pairs(w, pool, [row["party"]])}
    free = sorted(set(pool) - gone - barred)
    if not free:
        raise Refused(
            "名录里没有其他可替换的人员；请另立计划替换并说明理由。",
            "Nobody else of the pool may go; replace the plan by a new one that says why.", code="officers",
        )  # fmt: skip
    turn = w.count(sa.select(o.person).where(o.visit == row["id"], o.aside.is_(True)), INNER) + 1
    instead = draw_stand_in(seed_in(w, plan), row["party"], turn, free)
    record = SteppedAside(
        aside_at=moment(w.now), visit=row["id"], number=row["number"], officer=me, instead=instead, turn=turn,
        free=tuple(free), reason=reason,
    )  # fmt: skip
    keep(w, record, app=APP, door=act.door, tags=tags_in(w, "visit", row["id"]))
    w.write(sa.update(visit_officer_table).where(o.visit == row["id"], o.person == me).values(aside=True))
    w.insert(visit_officer_table, {"visit": row["id"], "person": instead, "n": len(gone), "aside": False})
    said = {"about": ["visit", row["id"]], "number": row["number"], "area": row["area"], "line": row["line"]}
    put(w, "visit.assigned", said, person=instead)
    return begun.answer(instead)
