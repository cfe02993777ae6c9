"""The proof of a draw: everything that is needed to draw it again, read from the ledger, and the house's own check."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from bihuan.base.cases.draws_model import plan_table
from bihuan.base.cases.draws_queries import plan_of
from bihuan.base.cases.draws_records import DrawFrozen, Drawn, DrawPlanned
from bihuan.base.db import Open, Reader
from bihuan.base.errors import Refused, Words
from bihuan.base.ledger import entry
from bihuan.base.records.envelope import unseal
from bihuan.engines.drawing import (
    VERSION,
    commitment,
    draw_objects,
    draw_officers,
    objects_text,
    officers_text,
    seed_of,
    text_hash,
)
from bihuan.engines.merkle import parse_checkpoint, parse_note

R = TypeVar("R")
_RECORDS = Open("the records of a plan that was found within scope, or is over and published")
_OVER = Open("of a plan that is over anyone may draw the organisations again; names and officers stay out")


def proof_of(reader: Reader, plan: str) -> dict[str, Any]:
    """What `verify_draw.py` reads, with the officers, for those in scope; Refused before the draw."""
    return _proof(reader, plan_of(reader, plan), officers=True)


def public_proof(reader: Reader, plan: str) -> dict[str, Any] | None:
    """The same without the officers, for anyone, once every visit of the plan is over; None until then."""
    row = reader.first(sa.select(plan_table).where(plan_table.c.id == plan, plan_table.c.state == "done"), _OVER)
    return None if row is None else _proof(reader, row, officers=False)


def verify_draw(reader: Reader, plan: str) -> list[Words]:
    """Draw again from what the ledger holds, and compare; every disagreement in words, none when all agrees."""
    return check_proof(proof_of(reader, plan), plan_of(reader, plan)["commitment"])


def seed_in(reader: Reader, row: Any) -> bytes:
    """The seed of a plan that was drawn."""
    return bytes.fromhex(_read(reader, row["drawn_record"], Drawn).seed)


def check_proof(proof: dict[str, Any], bound: str) -> list[Words]:
    """What does not hold in a proof with officers; `bound` is the hash that the plan committed to."""
    wrong: list[Words] = []

    def need(good: bool, zh: str, en: str) -> None:
        if not good:
            wrong.append(Words(zh, en))

    number, weights = proof["plan"], dict(proof["objects"])
    avoid = {(officer, firm) for officer, firm in proof["avoid"]}
    secret, point = bytes.fromhex(proof["secret"]), parse_checkpoint(parse_note(proof["checkpoint"]).text)
    need(commitment(secret) == proof["commitment"] == bound, "密值与承诺不符。", "The secret is not the one committed to.")
    one = text_hash(objects_text(number, proof["count"], weights))
    two = text_hash(officers_text(number, proof["per_visit"], proof["officers"], avoid))
    need(one == proof["objects_hash"], "对象名录与冻结的哈希不符。", "The pool of objects is not the frozen one.")
    need(two == proof["officers_hash"], "人员名录与冻结的哈希不符。", "The pool of officers is not the frozen one.")
    need(point.size > proof["frozen_at"], "检查点早于名录冻结。", "The checkpoint does not cover the frozen pools.")
    seed = seed_of(secret, point.root, one, two)
    need(seed.hex() == proof["seed"], "种子不符。", "The seed does not follow from its parts.")
    try:
        drawn = draw_objects(seed, weights, proof["count"])
        going = [list(each) for each in draw_officers(seed, drawn, proof["officers"], avoid, proof["per_visit"])]
    except ValueError:
        drawn, going = [], []
    need(drawn == proof["drawn"], "抽取的对象与重算不符。", "The objects are not what the seed gives.")
    need(going == proof["visits"], "抽取的人员与重算不符。", "The officers are not what the seed gives.")
    return wrong


def _proof(reader: Reader, row: Any, *, officers: bool) -> dict[str, Any]:
    if row["drawn_record"] is None:
        raise Refused("还没有抽取。", "Nothing was drawn yet.", code="not_drawn")
    planned = _read(reader, row["planned_record"], DrawPlanned)
    frozen = _read(reader, row["frozen_record"], DrawFrozen)
    drawn = _read(reader, row["drawn_record"], Drawn)
    proof: dict[str, Any] = {
        "version": VERSION, "plan": frozen.number, "count": frozen.count, "commitment": planned.commitment,
        "secret": drawn.secret, "checkpoint": drawn.checkpoint, "frozen_at": row["frozen_seq"], "seed": drawn.seed,
        "objects": [[each.rpartition(":")[0], int(each.rpartition(":")[2])] for each in frozen.objects],
        "objects_hash": frozen.objects_hash, "officers_hash": frozen.officers_hash,
        "drawn": [each.object for each in drawn.visits],
        "records": {"planned": row["planned_record"], "frozen": row["frozen_record"], "drawn": row["drawn_record"]},
    }  # fmt: skip
    if officers:
        proof |= {
            "per_visit": frozen.per_visit, "officers": list(frozen.officers),
            "avoid": [pair.split(":", 1) for pair in frozen.avoid],
            "visits": [each.officers.split() for each in drawn.visits],
        }  # fmt: skip
    return proof


def _read(reader: Reader, ref: str, kind: type[R]) -> R:
    body = reader.scalar(sa.select(entry.c.body).where(entry.c.ref == ref), _RECORDS)
    if body is None:
        raise Refused("账本里没有这条记录的内容。", "The ledger holds no content of this record.")
    return msgspec.json.decode(unseal(bytes(body))[1], type=kind)
