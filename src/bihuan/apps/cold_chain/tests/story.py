"""Steps told in few words, judged as files are: the stories that the rule tests share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bihuan.apps.cold_chain.judge import default_completeness, judge_raws, read_steps
from bihuan.base.clock import parse_instant
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import NEVER, Asked, Completeness, Verdict

C, W = "CSQU3054383", "WH-1"
Step = dict[str, Any]
LIMITS: Mapping[str, tuple[str, str]] = {
    "booking_min_gap": ("60", "min"),
    "transport_max": ("6", "h"),
    "max_temp": ("-15", "cel"),
    "sustained_min": ("30", "min"),
    "reading_max_gap": ("15", "min"),
    "balance_tolerance": ("1", "kg"),
}
FENCES = {W: ((121.0, 31.0), (121.1, 31.0), (121.1, 31.1), (121.0, 31.1))}
LATE = "2021-02-01T00:00:00"


def t(text: str) -> str:
    """`12 09:12` is 12 January 2021, 09:12 in civil time; seconds may follow."""
    day, clock = text.split()
    return f"2021-01-{day}T{clock if clock.count(':') == 2 else clock + ':00'}+08:00"


def step(id: str, name: str, when: str, /, **fields: Any) -> Step:
    """One record of a step file; `from_` and `says_` are `from` and `says`."""
    for plain in ("from", "says"):
        if f"{plain}_" in fields:
            fields[plain] = fields.pop(f"{plain}_")
    if "received" in fields:
        fields["received"] = t(fields["received"])
    return {"id": id, "step": name, "time": t(when), **fields}


def booked(id: str = "b", when: str = "12 07:00", **fields: Any) -> Step:
    """A booking of the container for the warehouse."""
    own = {"booking": "B1", "container": C, "owner": "O", "declaration": "D", "vehicle": "沪BH2345", "driver": "D7",
           "destination": W}  # fmt: skip
    return step(id, "booked", when, **{**own, **fields})


def confirmed(id: str = "bc", when: str = "12 07:30", **fields: Any) -> Step:
    """Its confirmation."""
    return step(id, "booking_confirmed", when, **{"booking": "B1", "by": W, **fields})


def picked_up(id: str = "p", when: str = "12 09:12", **fields: Any) -> Step:
    """The pick-up."""
    own = {"container": C, "vehicle": "沪B·H2345", "driver": "D7", "place": "YS", "area": "310115"}
    return step(id, "picked_up", when, **{**own, **fields})


def arrived(id: str = "a", when: str = "12 14:40", **fields: Any) -> Step:
    """The gate scan."""
    own = {"container": C, "vehicle": "沪BH2345", "warehouse": W, "area": "310115"}
    return step(id, "arrived_warehouse", when, **{**own, **fields})


def released(id: str = "r", when: str = "12 06:00", lots: Sequence[tuple[str, int, str]] = (("L1", 1000, "high"),),
             container: str = C) -> Step:  # fmt: skip
    """A customs release with (lot, kg, risk)."""
    lines = [{"lot": lot, "kg": kg, "risk": risk} for lot, kg, risk in lots]
    return step(id, "customs_released", when, container=container, declaration="D", area="310115", lots=lines)


def stored(id: str = "s", when: str = "13 13:00", lot: str = "L1", kg: float = 1000, **fields: Any) -> Step:
    """First storage."""
    return step(id, "stored_first", when, **{"lot": lot, "warehouse": "F1", "kg": kg, "area": "310115", **fields})


def left(id: str = "l", when: str = "13 11:00", lot: str = "L1", **fields: Any) -> Step:
    """Leaving the transit warehouse."""
    return step(id, "left_warehouse", when, **{"lot": lot, "warehouse": W, "area": "310115", **fields})


def certificate(id: str = "c", when: str = "13 09:00", lots: Sequence[str] = ("L1",), number: str = "C1") -> Step:
    """A release certificate."""
    return step(id, "release_certificate", when, certificate=number, lots=list(lots), warehouse=W)


def judged(
    steps: Iterable[Step],
    *,
    w: str | None = LATE,
    now: str = LATE,
    limits: Mapping[str, tuple[str, str]] = LIMITS,
    rows: Sequence[Mapping[str, Any]] = (),
    until: Mapping[str, str] | None = None,
    received_until: str | None = None,
) -> list[Verdict]:
    """All verdicts of a story. `w` is complete_before for all types (None: no feed), `until` names single types."""
    plain = [{"id": name, "name": name, "value": value, "unit": unit, "area": "31", "source": "test"}
             for name, (value, unit) in limits.items()]  # fmt: skip
    data = json.dumps(list(steps), ensure_ascii=False).encode()
    complete = default_completeness((), 0, NEVER if w is None else parse_instant(_full(w)))
    if until is not None:
        complete = Completeness({k: parse_instant(_full(v)) for k, v in until.items()}, complete.otherwise)
    asked = Asked(parse_instant(_full(now)), complete, load_limits(json.dumps([*plain, *rows])), FENCES)
    by = None if received_until is None else parse_instant(_full(received_until))
    return judge_raws(read_steps(data), asked, received_until=by)


def _full(text: str) -> str:
    return text if "T" in text else t(text)


def of(verdicts: Iterable[Verdict], rule: str, subject: str | None = None, window: str | None = None) -> Verdict:
    """The one verdict of a rule (of a subject, of a window)."""
    found = [v for v in verdicts if v.rule == rule and subject in (None, v.subject) and window in (None, v.window)]
    assert len(found) == 1, f"{len(found)} verdicts of {rule}: {[(v.subject, v.window) for v in found]}"
    return found[0]


def answer(steps: Iterable[Step], rule: str, *, subject: str | None = None, window: str | None = None,
           **asked: Any) -> str:  # fmt: skip
    """The answer of the one verdict of a rule."""
    return of(judged(steps, **asked), rule, subject, window).answer
