"""Steps of port and airport told in few words, judged as files are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bihuan.apps.staff_loop.judge import JUDGING
from bihuan.base.clock import parse_instant
from bihuan.base.rules.model import NEVER, Asked, Completeness, Verdict
from bihuan.base.rules.rule import Rule

Step = dict[str, Any]
OWN = JUDGING.load(JUDGING.limits)
LATE = "2023-06-01"


def at(text: str) -> str:
    """`2022-07-05` is its 00:00, `2022-07-05 08:30` that minute, in civil time."""
    day, _, clock = text.partition(" ")
    return f"{day}T{clock or '00:00'}:00+08:00"


def step(id: str, name: str, when: str, /, **fields: Any) -> Step:
    """One record of a step file; `from_` is `from`."""
    if "from_" in fields:
        fields["from"] = fields.pop("from_")
    return {"id": id, "step": name, "time": at(when), **fields}


def post(when: str, id: str = "post", **fields: Any) -> Step:
    """A high-risk post of shore staff in the port."""
    own = {"person": "P", "post": "pilot", "area": "port", "risk": "high", "employer": "E", "staff": "shore", "from": at(when)}
    return step(id, "post_assigned", when, **{**own, **fields})


def sampled(id: str, when: str, **fields: Any) -> Step:
    """A sample taken at that time."""
    return step(id, "tested", when, **{"person": "P", "sampled_at": at(when), "kind": "throat", **fields})


def result(id: str, taken: str, value: str, when: str, **fields: Any) -> Step:
    """What a sample showed, issued at `when`."""
    return step(id, "result", when, **{"person": "P", "sampled_at": at(taken), "value": value, **fields})


def shift(id: str, start: str, end: str, **fields: Any) -> Step:
    """A shift of group G at the airport."""
    own = {"person": "P", "group": "G", "place": "A1", "equipment": "T1", "rest_area": "R1", "work": "general", "area": "airport",
           "start": at(start), "end": at(end)}  # fmt: skip
    return step(id, "shift", start, **{**own, **fields})


def judged(rule: str, *steps: Step, now: str = LATE, w: str | None = LATE, limits: Any = OWN) -> dict[str, Verdict]:
    """The verdicts of one rule by window; `w`: everything is complete before it, None: nothing is."""
    rules = [each for each in JUDGING.rules if each.info.id == rule]
    return {v.window: v for v in all_judged(*steps, now=now, w=w, limits=limits, rules=rules)}


def all_judged(
    *steps: Step, now: str = LATE, w: str | None = LATE, limits: Any = OWN, rules: Sequence[Rule] | None = None
) -> list[Verdict]:
    """The verdicts of all rules, in their order."""
    raws = JUDGING.reader.read(json.dumps(steps).encode()).raws
    complete = Completeness({}, NEVER if w is None else parse_instant(at(w)))
    return JUDGING.judge_raws(raws, Asked(parse_instant(at(now)), complete, limits), rules)


def answers(rule: str, *steps: Step, **asked: Any) -> dict[str, str]:
    """Window to answer."""
    return {name: verdict.answer for name, verdict in judged(rule, *steps, **asked).items()}


def witness(rule: str, window: str, *steps: Step, **asked: Any) -> Sequence[str]:
    """The witness of one window."""
    return judged(rule, *steps, **asked)[window].witness
