"""Every kilogram of a lot accounted for, from its first storage, or from the step that made it, to nothing left.

In = stored + made by split or merge + merged in + put back by refusal. Out = sold + destroyed + sent back + split off +
merged away + stated loss of repacking (a split's loss is inside the kilograms taken). A lot that a split or merge
had made is only moved when it is stored: storing adds nothing. A step whose two sides differ is the breach of the lot
that the step is of: the split lot, the merged lot, the repacked lot.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bihuan.apps.cold_chain.marks import at, mark
from bihuan.apps.cold_chain.records import (
    Destroyed,
    GoodsGo,
    Merged,
    Refused,
    Repacked,
    Sold,
    Split,
    StockCounted,
    StoredFirst,
)
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.limits import kilograms
from bihuan.base.rules.model import Fact, Verdict
from bihuan.base.rules.rule import Rule, Window
from bihuan.base.rules.wording import clock, number
from bihuan.engines.temporal import Balance, Mark, balance


def balance_opening(rule: Rule, history: History) -> Iterable[Fact]:
    """The earliest of the lot's first storages and of the splits and merges that made it."""
    return [fact for fact in history.of(*rule.opens) if _brings(fact, history.name)][:1]


def _brings(fact: Fact, lot: str) -> bool:
    record = fact.record
    if isinstance(record, Split):
        return any(line.lot == lot for line in record.into)
    return isinstance(record, StoredFirst | Merged) and record.lot == lot


def judge_balance(window: Window) -> Verdict:
    """Outputs within inputs, counts in agreement, the sides of each step equal: all within the tolerance."""
    history, opening = window.history, window.opening
    lot, start = history.name, at(opening)
    tolerance = kilograms(window.rows["balance_tolerance"])
    within = f"{number(tolerance)} kg"
    facts = [fact for fact in history.facts if at(fact) >= start]
    for fact in facts:
        sides = _sides(fact, lot)
        if sides is not None and abs(sides[0] - sides[1]) > tolerance:
            words = type(fact.record).titles
            a, b, off = number(sides[0]), number(sides[1]), number(abs(sides[0] - sides[1]))
            return window.say(
                "violated",
                f"批次 {lot} 于 {clock(fact.time)} {words.zh}：一边 {a} kg，另一边 {b} kg，"
                f"相差 {off} kg，允差 {within}。",
                f"{words.en} of lot {lot} {clock(fact.time)}: {a} kg on one side, {b} kg on the other; "
                f"{off} kg apart, tolerance {within}.",
                (opening.id, fact.id),
            )
    inputs, outputs = _flows(facts, opening, lot)
    counts = [mark(f, r.kg) for f, r in history.records(StockCounted) if r.lot == lot and at(f) >= start]
    found = balance(inputs, outputs, counts, tolerance=tolerance)
    reason = _reason(lot, found, within)
    missing = ("sold", "destroyed", "stock_counted")
    return window.say(found.result.answer, reason.zh, reason.en, found.result.witness, missing=missing)


def _sides(fact: Fact, lot: str) -> tuple[Decimal, Decimal] | None:
    """What went in and what came out of a step of this lot, in kg; None for other steps."""
    record = fact.record
    if isinstance(record, Split) and record.lot == lot:
        return record.kg, sum((line.kg for line in record.into), record.loss_kg)
    if isinstance(record, Merged) and record.lot == lot:
        return sum((line.kg for line in record.from_), Decimal(0)), record.kg
    if isinstance(record, Repacked) and record.lot == lot:
        return record.kg_in, record.kg_out + record.loss_kg
    return None


def _flows(facts: Iterable[Fact], opening: Fact, lot: str) -> tuple[list[Mark], list[Mark]]:
    """The lot's inputs and outputs since its window opened, in kg."""
    inputs: list[Mark] = []
    outputs: list[Mark] = []
    made = not isinstance(opening.record, StoredFirst)
    sales: set[tuple[str, Decimal]] = set()
    for fact in facts:
        record = fact.record
        if isinstance(record, StoredFirst):
            if record.lot == lot and not made:
                inputs.append(mark(fact, record.kg))
        elif isinstance(record, Split):
            taken = sum((line.kg for line in record.into if line.lot == lot), Decimal(0))
            if taken:
                inputs.append(mark(fact, taken))
            if record.lot == lot:
                outputs.append(mark(fact, record.kg))
        elif isinstance(record, Merged):
            given = sum((line.kg for line in record.from_ if line.lot == lot), Decimal(0))
            if given:
                outputs.append(mark(fact, given))
            if record.lot == lot:
                inputs.append(mark(fact, record.kg))
        elif isinstance(record, Repacked):
            if record.lot == lot and record.loss_kg:
                outputs.append(mark(fact, record.loss_kg))
        elif isinstance(record, Sold):
            # One voucher, lot and weight is one sale, however often it was reported (R-VOUCHER).
            if record.lot == lot and (not record.voucher or (record.voucher, record.kg) not in sales):
                sales.add((record.voucher, record.kg))
                outputs.append(mark(fact, record.kg))
        elif isinstance(record, Destroyed):
            if record.lot == lot:
                outputs.append(mark(fact, record.kg))
        elif isinstance(record, Refused) and record.lot == lot:
            (inputs if record.goods_go is GoodsGo.stock else outputs).append(mark(fact, record.kg))
    return inputs, outputs


def _reason(lot: str, found: Balance, within: str) -> Words:
    into, out, rest = number(found.inputs), number(found.outputs), number(found.rest)
    part = found.result.part
    if part == "over":
        return Words(
            f"批次 {lot}：入 {into} kg，出 {out} kg，多出 {number(-found.rest)} kg，允差 {within}。",
            f"Lot {lot}: {into} kg in, {out} kg out, {number(-found.rest)} kg too many; tolerance {within}.",
        )
    if part in ("count", "agrees") and found.expected is not None and found.counted is not None:
        expected, counted = number(found.expected), number(found.counted)
        off = number(abs(found.expected - found.counted))
        tail_zh, tail_en = ("", "") if part == "count" else (f"；其后余 {rest} kg", f"; {rest} kg left since")
        return Words(
            f"批次 {lot}：账面 {expected} kg，盘点 {counted} kg，相差 {off} kg，允差 {within}{tail_zh}。",
            f"Lot {lot}: {expected} kg on the books, {counted} kg counted, {off} kg apart; "
            f"tolerance {within}{tail_en}.",
        )
    if part == "nothing_left":
        return Words(
            f"批次 {lot}：入 {into} kg，出 {out} kg，余 {rest} kg，允差 {within}，已全部说明。",
            f"Lot {lot}: {into} kg in, {out} kg out, {rest} kg left; tolerance {within}: accounted for.",
        )
    return Words(
        f"批次 {lot}：入 {into} kg，出 {out} kg，余 {rest} kg 尚在流通或在库。",
        f"Lot {lot}: {into} kg in, {out} kg out, {rest} kg still in stock or to be accounted for.",
    )
