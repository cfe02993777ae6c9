"""Judging steps in memory: the same histories, rules and verdicts as in the running system, from files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bihuan.apps.cold_chain.keys import keys_of, reach, subjects_of
from bihuan.apps.cold_chain.rules import RULES
from bihuan.apps.cold_chain.stepfile import StepFile, read_step_file, read_steps
from bihuan.base.rules.history import MemorySource, Raw, canonical, gather
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import NEVER, Asked, Completeness, Fact, Limits, Verdict
from bihuan.base.rules.rule import Rule, evaluate

__all__ = [
    "StepFile",
    "default_completeness",
    "default_limits",
    "judge",
    "judge_raws",
    "read_step_file",
    "read_steps",
]


def default_limits() -> Limits:
    """The app's own rows; none of their values is the law's."""
    return load_limits(Path(__file__).with_name("limits.yaml"))


def default_completeness(types: Iterable[str], now: int, complete_before: int | None = None) -> Completeness:
    """How far files are complete: to `complete_before` if given, else to now for types present, never for others."""
    if complete_before is not None:
        return Completeness({}, complete_before)
    return Completeness(dict.fromkeys(types, now), NEVER)


def judge(facts: Sequence[Fact], asked: Asked, rules: Sequence[Rule] = RULES) -> list[Verdict]:
    """All verdicts of the rules over these standing facts, by rule, subject and window; independent of their order."""
    source = MemorySource(keys_of)
    source.add(facts)
    subjects = dict.fromkeys(subject for fact in facts for subject in subjects_of(fact))
    by_kind: Mapping[str, list[Rule]] = {
        kind: [r for r in rules if r.info.subject == kind] for kind in ("container", "lot")
    }
    verdicts: list[Verdict] = []
    for subject in subjects:
        history = gather(source, subject, reach).history
        for rule in by_kind[history.kind]:
            verdicts += evaluate(rule, subject, history, asked)
    return sorted(verdicts, key=lambda v: (v.rule, v.subject, v.opened_at, v.window))


def judge_raws(
    raws: Sequence[Raw], asked: Asked, rules: Sequence[Rule] = RULES, received_until: int | None = None
) -> list[Verdict]:
    """Verdicts over records as received: doubles dropped, corrections in place.

    Only `received_until` leaves out what was received later; `asked.now` hides nothing, it decides deadlines.
    """
    return judge(canonical(raws, received_until), asked, rules)
