"""Visits that were drawn: the record made on site, its sign-off by a second officer, publication, and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.cases.access import ACT, DECIDE, as_json, holds, moved_on, need_officer, tags_in, update_as_seen
from bihuan.base.cases.actions import note_finding
from bihuan.base.cases.draws_model import plan_table
from bihuan.base.cases.draws_records import AnsweredItem, VisitRecorded, VisitSigned
from bihuan.base.cases.model import Act
from bihuan.base.cases.once import begin
from bihuan.base.cases.records import APP
from bihuan.base.cases.visits_model import (
    ANSWERS,
    RESULTS,
    VISIT,
    VISIT_STATES,
    Answered,
    CheckItem,
    Result,
    published_table,
    visit_table,
)
from bihuan.base.cases.visits_queries import INNER, officers_of_visit, visit_of
from bihuan.base.clock import moment
from bihuan.base.db import PUBLIC_TAG, Writer
from bihuan.base.errors import Fault, Forbidden, Invalid, Refused, Words
from bihuan.base.files import file_refs, tag_files
from bihuan.base.jobs import claim_due
from bihuan.base.outbox import put
from bihuan.base.records import keep


def record_visit(
    w: Writer,
    visit: str,
    *,
    items: Sequence[CheckItem],
    answers: Sequence[Answered],
    visited_at: int,
    act: Act,
    remark: str = "",
    due: int | None = None,
) -> list[str]:
    """Make the on-site record by an officer who was drawn; what does not comply becomes a finding, by `due`.

    Every item of the check list is answered. The ids of the findings; none: 未发现问题 stands in the record.
    """
    begun = begin(w, act, "record_visit", visit, [msgspec.to_builtins(a) for a in answers], visited_at, remark, due)
    if begun.before is not None:
        return begun.before.split()
    row = _access(w, visit, act, "assigned", Words("记录", "be recorded"))
    if w.principal.kind != "system" and w.principal.person not in officers_of_visit(w, row["id"]):
        raise Forbidden("现场检查由抽中的检查人员记录。", "An officer who was drawn for this visit records it.")
    said = {each.item: each for each in answers}
    _check(w, items, said, visited_at, row["begins"])
    tags = tags_in(w, "visit", row["id"])
    about = {"subject": f"party:{row['party']}", "line": row["line"], "area": row["area"], "party": row["party"]}
    lines, findings = [], []
    for item in items:
        answer = said[item.id]
        tag_files(w, answer.photos, tags)
        shown = " ".join(f"{ref.id}#sha256={ref.sha256}" for ref in file_refs(w, answer.photos))
        lines.append(AnsweredItem(item=item.words.zh, article=item.article.zh, answer=answer.answer,
                                  remark=answer.remark, evidence=shown))  # fmt: skip
        if answer.answer == "no":
            reason = Words(f"{answer.remark}（依据：{item.article.zh}）", f"{answer.remark} (by: {item.article.en})")
            title = Words(f"不符合：{item.words.zh}", f"Not so: {item.words.en}")
            findings.append(note_finding(w, origin="patrol", title=title, reason=reason, photos=answer.photos, due=due,
                                         act=Act(act.door), **about))  # fmt: skip
    result: Result = "problems" if findings else "clean"
    record = VisitRecorded(
        visited_at=moment(visited_at), visit=row["id"], number=row["number"], plan=row["plan"], about=row["party"],
        result=RESULTS[result].zh, items=tuple(lines), remark=remark, findings=tuple(findings),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=tags)
    update_as_seen(w, visit_table, row, {
        "state": "recorded", "visited_at": visited_at, "result": result, "findings": as_json(findings),
        "items": as_json([msgspec.to_builtins(said[item.id]) for item in items]), "remark": remark,
        "recorded_at": w.now, "recorded_by": w.principal.person, "record": kept.ref,
    })  # fmt: skip
    for who in officers_of_visit(w, row["id"]):
        if who != w.principal.person:
            put(w, "visit.recorded", _named(row), person=who)
    begun.answer(" ".join(findings))
    return findings


def sign_visit(w: Writer, visit: str, *, act: Act) -> None:
    """Sign the on-site record off by somebody else than who made it, and publish organisation, day and result.

    The second officer who was drawn signs, or whoever decides on that line in that area.
    """
    begun = begin(w, act, "sign_visit", visit)
    if begun.before is not None:
        return
    row = _access(w, visit, act, "recorded", Words("签核", "be signed off"))
    if w.principal.kind != "system":
        drawn = w.principal.person in officers_of_visit(w, row["id"])
        if w.principal.person == row["recorded_by"] or not (drawn or holds(w.principal, DECIDE, row["line"], row["area"])):
            raise Forbidden("签核由同行的另一名检查人员或审批人办理，不能由记录人自己签核。",
                            "The other officer who went, or a decider, signs it off; never who recorded it.")  # fmt: skip
    record = VisitSigned(
        signed_at=moment(w.now), visit=row["id"], number=row["number"], about=row["party"],
        result=RESULTS[row["result"]].zh, record=row["record"],
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=tags_in(w, "visit", row["id"]))
    update_as_seen(w, visit_table, row, {"state": "signed", "signed_at": w.now, "signed_by": w.principal.person,
                   "signed_record": kept.ref, "signed_seq": kept.seq})  # fmt: skip
    p, v = plan_table.c, visit_table.c
    number = w.scalar(sa.select(p.number).where(p.id == row["plan"]), INNER)
    result = w.new_id("chk")
    w.insert(published_table, {
        "id": result, "number": row["number"], "plan": row["plan"], "plan_number": number, "line": row["line"],
        "area": row["area"], "party": row["party"], "visited_at": row["visited_at"], "result": row["result"],
        "record": kept.ref, "seq": kept.seq, "published_at": w.now,
    })  # fmt: skip
    w.tag("check_result", result, [PUBLIC_TAG])
    open_ones = sa.select(v.id).where(v.plan == row["plan"], v.state.in_(("assigned", "recorded")))
    if w.first(open_ones, INNER) is None:
        over = sa.update(plan_table).where(p.id == row["plan"], p.state == "drawn")
        w.write(over.values(state="done", changed=w.now, version=p.version + 1))
    begun.answer(result)


def sweep_visits(w: Writer) -> int:
    """Mark visits that were not made in time, once, and tell their officers and those of the area and line."""
    rows = claim_due(
        w, visit_table, VISIT, due="due_at", fired="overdue_at", only=[visit_table.c.state == "assigned"]
    )  # fmt: skip
    for row in rows:
        put(w, "visit.overdue", _named(row))
        for who in officers_of_visit(w, row["id"]):
            put(w, "visit.overdue", _named(row), person=who)
    return len(rows)


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {"about": ["visit", row["id"]], "number": row["number"], "area": row["area"], "line": row["line"]}


def _check(
    w: Writer, items: Sequence[CheckItem], said: Mapping[str, Answered], visited_at: int, begins: int
) -> None:
    faults = []
    for item in items:
        answer = said.get(item.id)
        if answer is None or answer.answer not in ANSWERS:
            words = Words(f"“{item.words.zh}”还没有结果。", f"“{item.words.en}” has no answer yet.")
            faults.append(Fault(f"answer-{item.id}", "required", words))
        elif answer.answer == "no" and not answer.remark.strip():
            words = Words(f"“{item.words.zh}”不符合，请写明看到了什么。", f"Say what you saw: “{item.words.en}”.")
            faults.append(Fault(f"remark-{item.id}", "required", words))
    if not begins <= visited_at <= w.now:
        words = Words("检查时间须在计划开始之后、现在之前。", "A visit is made after the plan begins, and not in the future.")
        faults.append(Fault("visited_at", "range", words))
    if faults:
        raise Invalid(*faults[0].words, faults=faults)


def _access(w: Writer, visit: str, act: Act, state: str, doing: Words) -> Mapping[Any, Any]:
    row = visit_of(w, visit)
    need_officer(w, row, ACT)
    if act.version is not None and act.version != row["version"]:
        raise moved_on()
    if row["state"] != state:
        now = VISIT_STATES[row["state"]]
        raise Refused(f"{row['number']} 现为“{now.zh}”，不能{doing.zh}。", f"{row['number']} is “{now.en}”: it cannot {doing.en}.")
    return row

