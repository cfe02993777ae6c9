"""Judging steps in memory: the same histories, rules and verdicts as in the running system, from files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bihuan.apps.cold_chain.duties import DUTIES
from bihuan.apps.cold_chain.feeds import from_event
from bihuan.apps.cold_chain.keys import keys_of, reach, subjects_of
from bihuan.apps.cold_chain.records import STEPS
from bihuan.apps.cold_chain.rules import RULES
from bihuan.base.rules.history import Raw
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import Asked, Fact, Limits, Verdict
from bihuan.base.rules.rule import Rule
from bihuan.base.rules.stepfile import Judging, StepFile, StepReader, default_completeness

__all__ = [
    "JUDGING",
    "StepFile",
    "default_completeness",
    "default_limits",
    "judge",
    "judge_raws",
    "read_step_file",
    "read_steps",
]


def _raws(event: Mapping[str, Any], context: Mapping[str, str]) -> list[Raw]:
    return [
        Raw(each.id, each.step, each.time, type(each.record).rank, each.record, each.received, each.supersedes, each.part)
        for each in from_event(event, context)
    ]


JUDGING = Judging(
    StepReader("cold_chain", STEPS), RULES, Path(__file__).with_name("limits.yaml"), subjects_of, keys_of, reach,
    duties=DUTIES, from_event=_raws,
)  # fmt: skip
"""What judging files of the cold chain takes."""


def default_limits() -> Limits:
    """The app's own rows; none of their values is the law's."""
    return load_limits(JUDGING.limits)


def read_step_file(data: bytes) -> StepFile:
    """The records of a step file, and notes on what was read leniently; Invalid names each record and field."""
    return JUDGING.reader.read(data)


def read_steps(data: bytes) -> list[Raw]:
    """The records of a step file; Invalid names every record and field that is wrong."""
    return read_step_file(data).raws


def judge(facts: Sequence[Fact], asked: Asked, rules: Sequence[Rule] = RULES) -> list[Verdict]:
    """All verdicts of the rules over these standing facts, by rule, subject and window; independent of their order."""
    return JUDGING.judge(facts, asked, rules)


def judge_raws(
    raws: Sequence[Raw], asked: Asked, rules: Sequence[Rule] = RULES, received_until: int | None = None
) -> list[Verdict]:
    """Verdicts over records as received: doubles dropped, corrections in place, all that were received by then."""
    return JUDGING.judge_raws(raws, asked, rules, received_until)
