"""双随机 in three acts: plan (a secret is committed to), freeze the pools, draw from a seed that nobody could know before.

Each act is a ledger record. The seed needs the root of the first checkpoint that was signed after the pools were frozen,
so whoever makes up the pools cannot know what they will give; and the secret, so whoever sees the root cannot either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.cases.access import as_json, moved_on, update_as_seen
from bihuan.base.cases.draws_model import (
    PLAN,
    PLAN_STATES,
    WEIGHINGS,
    Asked,
    plan_table,
    secret_table,
)
from bihuan.base.cases.draws_pools import barred_pairs, need_draw, objects_of, officers_of
from bihuan.base.cases.draws_queries import plan_of
from bihuan.base.cases.draws_records import DrawFrozen, Drawn, DrawnVisit, DrawPlanned
from bihuan.base.cases.model import Act
from bihuan.base.cases.once import begin
from bihuan.base.cases.records import APP
from bihuan.base.cases.visits_model import visit_officer_table, visit_table
from bihuan.base.clock import moment
from bihuan.base.db import Open, Writer, area_tag
from bihuan.base.errors import Fault, Invalid, Refused, Words
from bihuan.base.identity import organisation_name
from bihuan.base.identity.model import ORGANISATIONS, organisation
from bihuan.base.ledger import first_checkpoint
from bihuan.base.outbox import put
from bihuan.base.records import keep
from bihuan.base.rules.numbering import spoken_number
from bihuan.engines.drawing import (
    commitment,
    draw_objects,
    draw_officers,
    objects_text,
    officers_text,
    seed_of,
    text_hash,
)
from bihuan.engines.merkle import parse_checkpoint, parse_note

_WHAT = "计划"
_SECRET = Open("the draw itself opens the secret that its plan committed to")


def plan_draw(w: Writer, asked: Asked, *, act: Act, replaces: str = "", reason: str = "") -> str:
    """Plan a draw; the hash of its secret stands in the ledger from now on. The plan's id.

    With `replaces` it takes the place of another plan of the same line and area and must say why; visits of that plan
    that nobody made yet are called off.
    """
    begun = begin(w, act, "plan_draw", msgspec.to_builtins(asked), replaces, reason)
    if begun.before is not None:
        return begun.before
    need_draw(w, asked.line, asked.area)
    _check(w, asked)
    plan, number, secret = w.new_id("draw"), spoken_number(w, "CC", asked.area), w.chance.token(32)
    old = _replaced(w, asked, replaces, reason, plan) if replaces else None
    bound = commitment(secret)
    record = DrawPlanned(
        planned_at=moment(w.now), plan=plan, number=number, title=asked.title, area=asked.area,
        kinds=tuple(asked.kinds), weighing=asked.weighing, per_visit=asked.per_visit, commitment=bound,
        begins=moment(asked.begins), due=moment(asked.due_at), count=asked.count, share=asked.share,
        replaces=old["number"] if old else "", reason=reason if old else "",
    )  # fmt: skip
    tags = [area_tag(asked.line, asked.area)]
    kept = keep(w, record, app=APP, door=act.door, tags=tags)
    w.insert(secret_table, {"plan": plan, "secret": secret})
    w.insert(plan_table, {
        "id": plan, "number": number, "title": asked.title, "line": asked.line, "area": asked.area,
        "kinds": " ".join(asked.kinds), "weighing": asked.weighing, "count": asked.count, "share": asked.share,
        "per_visit": asked.per_visit, "begins": asked.begins, "due_at": asked.due_at, "state": "planned",
        "commitment": bound, "replaces": old["id"] if old else None, "reason": reason if old else "", "objects": "{}",
        "officers": "[]", "barred": "[]", "planned_record": kept.ref, "by": w.principal.id,
        "by_name": w.principal.name, "created": w.now, "version": 1, "changed": w.now,
    })  # fmt: skip
    w.tag(PLAN.kind, plan, tags)
    return begun.answer(plan)


def freeze_draw(w: Writer, plan: str, *, act: Act) -> None:
    """Freeze the pools as they are now: sorted, hashed, and in the ledger before the seed can be known."""
    begun = begin(w, act, "freeze_draw", plan)
    if begun.before is not None:
        return
    row = _access(w, plan, act, "planned", Words("冻结名录", "freeze the pools"))
    objects = objects_of(w, row["line"], row["area"], row["kinds"].split(), row["weighing"])
    officers = officers_of(w, row["line"], row["area"])
    barred = barred_pairs(w, officers, objects)
    count = row["count"] or -(-len(objects) * row["share"] // 100)
    _check_pools(w, row, objects, officers, barred, count)
    one, two = _texts(row["number"], count, row["per_visit"], objects, officers, barred)
    record = DrawFrozen(
        frozen_at=moment(w.now), plan=row["id"], number=row["number"], count=count, per_visit=row["per_visit"],
        objects=tuple(f"{entry}:{objects[entry]}" for entry in sorted(objects)), officers=tuple(officers),
        avoid=tuple(f"{officer}:{entry}" for officer, entry in barred), objects_hash=text_hash(one),
        officers_hash=text_hash(two),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=[area_tag(row["line"], row["area"])])
    update_as_seen(w, plan_table, row, {
        "state": "frozen", "count": count, "objects": as_json(objects), "officers": as_json(officers),
        "barred": as_json(barred), "frozen_record": kept.ref, "frozen_seq": kept.seq, "frozen_at": w.now,
    }, _WHAT)  # fmt: skip
    begun.answer(plan)


def draw_now(w: Writer, plan: str, *, act: Act) -> None:
    """Draw objects and officers, and give each visit its number; a plan that was drawn stays as it was drawn.

    Refused until a checkpoint was signed after the pools were frozen.
    """
    before = plan_of(w, plan)
    need_draw(w, before["line"], before["area"])
    if before["state"] in ("drawn", "done"):
        return
    row = _access(w, plan, act, "frozen", Words("抽取", "draw"))
    note = first_checkpoint(w, row["frozen_seq"])
    if note is None:
        raise Refused(
            "名录冻结后还没有新的签名检查点，种子尚未产生；请一分钟后再抽取。",
            "No checkpoint was signed since the pools were frozen, so there is no seed yet; draw in a minute.",
            code="no_checkpoint",
        )
    secret = bytes(w.scalar(sa.select(secret_table.c.secret).where(secret_table.c.plan == row["id"]), _SECRET))
    objects, officers = msgspec.json.decode(row["objects"]), msgspec.json.decode(row["officers"])
    barred = {(officer, entry) for officer, entry in msgspec.json.decode(row["barred"])}
    one, two = _texts(row["number"], row["count"], row["per_visit"], objects, officers, barred)
    seed = seed_of(secret, parse_checkpoint(parse_note(note).text).root, text_hash(one), text_hash(two))
    drawn = draw_objects(seed, objects, row["count"])
    going = draw_officers(seed, drawn, officers, barred, row["per_visit"])
    visits = [_assign(w, row, entry, people) for entry, people in zip(drawn, going, strict=True)]
    record = Drawn(
        drawn_at=moment(w.now), plan=row["id"], number=row["number"], secret=secret.hex(), checkpoint=note,
        seed=seed.hex(), visits=tuple(
            DrawnVisit(visit=visit, object=entry, officers=" ".join(people))
            for visit, entry, people in zip(visits, drawn, going, strict=True)
        ),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=[area_tag(row["line"], row["area"])])
    update_as_seen(w, plan_table, row, {"state": "drawn", "drawn_record": kept.ref, "drawn_at": w.now}, _WHAT)


def _assign(w: Writer, plan: Mapping[Any, Any], party: str, officers: Sequence[str]) -> str:
    """One visit with its officers, each of whom is told; its number."""
    visit = w.new_id("visit")
    area = w.scalar(sa.select(organisation.c.area).where(organisation.c.id == party), ORGANISATIONS)
    number = spoken_number(w, "JC", area or plan["area"])
    w.insert(visit_table, {
        "id": visit, "number": number, "plan": plan["id"], "line": plan["line"], "area": area or plan["area"],
        "party": party, "begins": plan["begins"], "due_at": plan["due_at"], "state": "assigned", "items": "[]",
        "findings": "[]", "remark": "", "version": 1, "changed": w.now,
    })  # fmt: skip
    w.tag("visit", visit, {area_tag(plan["line"], plan["area"]), area_tag(plan["line"], area or plan["area"])})
    w.insert(visit_officer_table, [{"visit": visit, "person": who, "n": n, "aside": False} for n, who in enumerate(officers)])
    for who in officers:
        said = {"about": ["visit", visit], "number": number, "area": area or plan["area"], "line": plan["line"]}
        put(w, "visit.assigned", said, person=who)
    return number


def _check(w: Writer, asked: Asked) -> None:
    faults = []

    def need(good: bool, path: str, zh: str, en: str) -> None:
        if not good:
            faults.append(Fault(path, "wrong", Words(zh, en)))

    need(bool(asked.title.strip()), "title", "请写明计划名称。", "Give the plan a title.")
    need(bool(asked.kinds), "kinds", "请至少选择一类单位。", "Choose at least one kind of organisation.")
    need((asked.count is None) != (asked.share is None), "count", "请填写抽取数或抽取比例，只填一个。",
         "Say how many or what share, one of the two.")  # fmt: skip
    need(asked.count is None or asked.count >= 1, "count", "至少抽取 1 家。", "Draw at least one.")
    need(asked.share is None or 1 <= asked.share <= 100, "share", "比例为 1 至 100。", "A share is 1 to 100.")
    need(asked.per_visit >= 2, "per_visit", "检查人员不得少于两人。", "A visit is made by two officers at least.")
    need(asked.weighing in WEIGHINGS, "weighing", "请从列表中选择权重。", "Choose a weighing of the list.")
    need(asked.due_at > max(asked.begins, w.now), "due", "检查截止须在开始之后、现在之后。",
         "The last day must lie ahead, after the first.")  # fmt: skip
    if faults:
        raise Invalid(*faults[0].words, faults=faults)


def _replaced(w: Writer, asked: Asked, replaces: str, reason: str, by: str) -> Mapping[Any, Any]:
    old = plan_of(w, replaces)
    need_draw(w, old["line"], old["area"])
    if not reason.strip():
        words = Words("请写明为何替换原计划。", "Say why the earlier plan is replaced.")
        raise Invalid(*words, faults=[Fault("reason", "required", words)])
    if old["state"] in ("done", "replaced") or (old["line"], old["area"]) != (asked.line, asked.area):
        raise Refused(
            f"{old['number']} 不能被替换：已完成、已被替换，或条线、辖区不同。",
            f"{old['number']} cannot be replaced: it is done or replaced, or of another line or area.",
        )
    update_as_seen(w, plan_table, old, {"state": "replaced", "replaced_by": by}, _WHAT)
    v = visit_table.c
    off = sa.update(visit_table).where(v.plan == old["id"], v.state == "assigned")
    w.write(off.values(state="called_off", changed=w.now, version=v.version + 1))
    return old


def _check_pools(
    w: Writer, row: Mapping[Any, Any], objects: Mapping[str, int], officers: Sequence[str],
    barred: Sequence[tuple[str, str]], count: int,
) -> None:  # fmt: skip
    if count > len(objects) or not objects:
        raise Refused(
            f"名录里只有 {len(objects)} 家，不够抽取 {count} 家。",
            f"The pool holds {len(objects)} organisations, {count} are to be drawn.", code="pool",
        )  # fmt: skip
    avoiding: dict[str, int] = {}
    for _, entry in barred:
        avoiding[entry] = avoiding.get(entry, 0) + 1
    for entry in sorted(objects):
        free = len(officers) - avoiding.get(entry, 0)
        if free < row["per_visit"]:
            name = organisation_name(w, entry)
            raise Refused(
                f"可检查“{name}”的人员只有 {free} 名，少于 {row['per_visit']} 名；请先补充人员。",
                f"Only {free} officers may check “{name}”, {row['per_visit']} are needed; add officers first.",
                code="officers",
            )


def _texts(
    number: str, count: int, per_visit: int, objects: Mapping[str, int], officers: Sequence[str],
    barred: Sequence[tuple[str, str]] | set[tuple[str, str]],
) -> tuple[str, str]:  # fmt: skip
    return objects_text(number, count, objects), officers_text(number, per_visit, officers, barred)


def _access(w: Writer, plan: str, act: Act, state: str, doing: Words) -> Mapping[Any, Any]:
    row = plan_of(w, plan)
    need_draw(w, row["line"], row["area"])
    if act.version is not None and act.version != row["version"]:
        raise moved_on(_WHAT)
    if row["state"] != state:
        now = PLAN_STATES[row["state"]]
        raise Refused(
            f"{row['number']} 现为“{now.zh}”，不能{doing.zh}；要重来请另立计划并说明理由。",
            f"{row['number']} is “{now.en}”: cannot {doing.en} now; a new plan that says why can replace it.",
        )
    return row

