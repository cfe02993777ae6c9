"""The loop of a container or lot as a line of steps: done, to come, asked for and absent, or asked for by nothing.

An absent step is called missing only where a rule or duty asks for it and says so. Goods that need not pass the
transit warehouse (业经消毒, ordinary risk) and lots made by a split or merge have nothing to show there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bihuan.apps.cold_chain.booking import Stated
from bihuan.apps.cold_chain.papers import DISINFECTED_PAPER
from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    BookingAmended,
    BookingCancelled,
    BookingConfirmed,
    CustomsReleased,
    Disinfected,
    HealthCertificate,
    LeftWarehouse,
    Merged,
    PickedUp,
    ReleaseCertificate,
    Result,
    Sampled,
    Split,
    Step,
    StoredFirst,
    TraceCodeAssigned,
    Unloaded,
)
from bihuan.base.clock import instant
from bihuan.base.errors import Words
from bihuan.base.panels import NOTHING, LoopStep, StepState
from bihuan.base.rules.model import Fact, Verdict
from bihuan.base.rules.wording import clock

_CONTAINER: tuple[type[Step], ...] = (
    HealthCertificate, CustomsReleased, Booked, BookingConfirmed, PickedUp, ArrivedWarehouse, Unloaded, Disinfected,
)  # fmt: skip
_LOT: tuple[type[Step], ...] = (
    HealthCertificate, CustomsReleased, ArrivedWarehouse, Unloaded, Disinfected, Sampled, Result, ReleaseCertificate,
    TraceCodeAssigned, LeftWarehouse, StoredFirst,
)  # fmt: skip
_BOOKING = (Booked, BookingAmended, BookingConfirmed, BookingCancelled)
_OPTIONAL = (HealthCertificate,)
_TRANSIT = (ArrivedWarehouse, Unloaded, Disinfected, Sampled, Result, ReleaseCertificate, LeftWarehouse)
"""What happens to a lot in the transit warehouse, and to no lot that need not go there."""
Shown = dict[type[Step], set[str]]
"""The answers of the rules that are shown at a step."""
_SHOWN_AT: dict[str, type[Step]] = {
    "no_booking_before_entry": ArrivedWarehouse, "not_as_booked": PickedUp, "overtime": ArrivedWarehouse,
    "opened_on_the_way": PickedUp, "too_warm": PickedUp, "stored_before_released": StoredFirst,
    "unqualified_disinfection": Disinfected, "left_without_papers": LeftWarehouse, "lot_balance_kg": StoredFirst,
    "booking_to_confirm": BookingConfirmed, "result_to_report": Result,
}  # fmt: skip
_ASKED_BY: dict[type[Step], tuple[str, ...]] = {
    Booked: ("no_booking_before_entry", "not_as_booked"),
    BookingConfirmed: ("no_booking_before_entry",),
    Sampled: ("left_without_papers",),
    Result: ("left_without_papers",),
    ReleaseCertificate: ("left_without_papers", "stored_before_released"),
    TraceCodeAssigned: ("left_without_papers",),
}
"""Which rules an absent step may breach, beside the rule shown at the step itself."""
_NOT_SEEN = Words("未见记录，规则未作要求", "not on record; no rule asks for it")
_DISINFECTED = Words(f"不适用（{DISINFECTED_PAPER}）", f"not applicable ({DISINFECTED_PAPER}: stated as disinfected)")
_ORDINARY = Words("不适用（一般风险）", "not applicable (ordinary risk)")
_MADE = Words("不适用（由分拆或合并而来）", "not applicable (made by a split or merge)")
_NO_CONTAINER = Words("不适用（未见所在集装箱）", "not applicable (its container is not on file)")
_CANCELLED = Words("不适用（预约已取消）", "not applicable (the booking is cancelled)")


def loop(
    kind: str, label: str, visit: Sequence[Fact], verdicts: Sequence[Verdict], booked: Stated | None
) -> tuple[LoopStep, ...]:
    """The steps in the order of the loop; of a container only its current visit, with what became of its bookings."""
    path = _CONTAINER if kind == "container" else _LOT
    latest = {cls: next((f for f in reversed(visit) if type(f.record) is cls), None) for cls in path}
    reached = max((n for n, cls in enumerate(path) if latest[cls] is not None), default=-1)
    windows = {fact.first for fact in visit}
    if kind == "container":  # a breach of an earlier visit is no word about this one
        verdicts = [v for v in verdicts if v.window in windows]
    shown: Shown = {}
    answers: dict[str, set[str]] = {}
    for verdict in verdicts:
        answers.setdefault(verdict.rule, set()).add(verdict.answer)
        if verdict.rule in _SHOWN_AT:
            shown.setdefault(_SHOWN_AT[verdict.rule], set()).add(verdict.answer)
    excused = _excuses(label, visit, verdicts) if kind == "lot" else {}
    steps: list[LoopStep] = []
    for n, cls in enumerate(path):
        if cls is Booked:
            steps += _bookings(visit, booked, n < reached, shown, answers)
        elif cls is not BookingConfirmed:
            fact = latest[cls]
            if fact is not None:
                steps.append(_done(fact, shown.get(cls, set())))
            elif cls not in _OPTIONAL:
                steps.append(_absent(cls, n < reached, shown, answers, excused.get(cls)))
    return tuple(steps)


def _bookings(
    visit: Sequence[Fact],
    booked: Stated | None,
    passed: bool,
    shown: Shown,
    answers: Mapping[str, set[str]],
) -> list[LoopStep]:
    """All that was said of the visit's bookings, in order, and what is still to be said of the one that stands."""
    said = [fact for fact in visit if isinstance(fact.record, _BOOKING)]
    numbers = {f.record.booking for f in said if isinstance(f.record, BookingConfirmed)}
    steps = [_done(fact, set()) for fact in said]
    if booked is None and not any(isinstance(f.record, Booked) for f in said):
        steps.insert(0, _absent(Booked, passed, shown, answers, None))
    confirmed = booked.number in numbers if booked is not None else bool(numbers)
    if not confirmed:
        ended = booked is None and any(isinstance(f.record, BookingCancelled) for f in said)
        steps.append(_absent(BookingConfirmed, passed, shown, answers, _CANCELLED if ended else None))
    return steps


def _done(fact: Fact, said: set[str]) -> LoopStep:
    state: StepState = "violated" if "violated" in said else "undecided" if "undecided" in said else "done"
    record = fact.record
    place = str(
        getattr(record, "warehouse", "") or getattr(record, "place", "") or getattr(record, "destination", "") or ""
    )
    return LoopStep(type(record).__name__, type(record).titles, state, fact.time, place, _detail(record), "", fact.id)


def _absent(
    cls: type[Step],
    passed: bool,
    shown: Shown,
    answers: Mapping[str, set[str]],
    excuse: Words | None,
) -> LoopStep:
    asked = set[str]().union(*(answers.get(rule, set()) for rule in _ASKED_BY.get(cls, ())))
    detail = NOTHING
    state: StepState = "waiting"
    if excuse is not None:
        detail, state = excuse, "none"
    elif "violated" in shown.get(cls, set()):
        state = "violated"
    elif "violated" in asked:
        state = "missing"
    elif passed and "undecided" in asked | shown.get(cls, set()):
        state = "undecided"
    elif passed:
        detail, state = _NOT_SEEN, "none"
    return LoopStep(cls.__name__, cls.titles, state, None, "", detail)


def _excuses(label: str, visit: Sequence[Fact], verdicts: Sequence[Verdict]) -> dict[type[Step], Words]:
    """Which steps a lot need not or cannot have, and why."""
    found: dict[type[Step], Words] = {}
    records = [fact.record for fact in visit]
    if not any(isinstance(r, CustomsReleased) and any(line.lot == label for line in r.lots) for r in records):
        made = any(isinstance(r, Merged) and r.lot == label for r in records) or any(
            isinstance(r, Split) and r.lot != label and any(line.lot == label for line in r.into) for r in records
        )
        if made:
            return dict.fromkeys((CustomsReleased, *_TRANSIT, TraceCodeAssigned, StoredFirst), _MADE)
        if any(isinstance(r, StoredFirst | LeftWarehouse) for r in records):
            found[ArrivedWarehouse] = _NO_CONTAINER
    if any(isinstance(r, LeftWarehouse) for r in records):
        return found  # it went by way of the transit warehouse after all, and needs its papers
    why = _exemption(visit, verdicts)
    return found if why is None else found | dict.fromkeys(_TRANSIT, why)


def _exemption(visit: Sequence[Fact], verdicts: Sequence[Verdict]) -> Words | None:
    """Why a stored lot need not have passed the transit warehouse: the rule's own word, by the record that shows it."""
    by_id = {fact.id: fact.record for fact in visit}
    for verdict in verdicts:
        if verdict.rule == "stored_before_released" and verdict.answer == "satisfied":
            shown = [type(by_id[name]) for name in verdict.witness if name in by_id]
            if HealthCertificate in shown:
                return _DISINFECTED
            if CustomsReleased in shown:
                return _ORDINARY
    return None


def _detail(record: object) -> Words:
    if isinstance(record, PickedUp | ArrivedWarehouse):
        return Words(record.vehicle, record.vehicle)
    if isinstance(record, BookingAmended):
        parts = (record.container, record.vehicle, record.slot and clock(instant(record.slot)))
        said = " ".join((record.booking, *(part for part in parts if part)))
        return Words(said, said)
    if isinstance(record, Booked | BookingConfirmed | BookingCancelled):
        return Words(record.booking, record.booking)
    if isinstance(record, Result):
        return record.value.words()
    if isinstance(record, ReleaseCertificate):
        return Words(record.certificate, record.certificate)
    if isinstance(record, TraceCodeAssigned):
        return Words(record.code, record.code)
    if isinstance(record, StoredFirst):
        kg = f"{record.kg.normalize():,f} kg"
        return Words(kg, kg)
    if isinstance(record, HealthCertificate):
        return Words(record.says_, record.says_)
    return NOTHING
