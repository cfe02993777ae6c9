"""What the rules would say if a record were there: asked at a gate before it is kept, nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bihuan.base.declare import Record
from bihuan.base.places import fences
from bihuan.base.records import StepRead
from bihuan.base.rules.history import Source, gather
from bihuan.base.rules.model import Asked, Fact, Verdict
from bihuan.base.rules.registers import limits_in_force
from bihuan.base.rules.rule import evaluate
from bihuan.base.rules.subjects import completeness
from bihuan.ends.shared.known_facts import known_facts
from bihuan.ends.shared.names import snake
from bihuan.ends.shared.page import Page

SUPPOSED = "supposed"
"""Id of the record that is not there."""


@dataclass(frozen=True, slots=True)
class _And:
    """A source with one more fact."""

    source: Source
    fact: Fact
    keys: frozenset[str]

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        wanted = set(keys)
        known = self.source.facts(wanted)
        return [*known, self.fact] if wanted & self.keys else known


def what_if(page: Page, subject: str, type_name: str, record: Record, at: int) -> Sequence[Verdict]:
    """The verdicts on a subject that a record at an instant (int us) would bring or change, without those that stay."""
    app = page.house.app_of_subject(subject.partition(":")[0])
    if app is None or app.field is None:
        return []
    registry, step = page.house.registry, snake(type_name.partition(".")[2])
    rank = int(getattr(type(record), "rank", 50))
    keys = registry.keys_of(StepRead(type_name, step, record, SUPPOSED, at, rank))
    fact = Fact(SUPPOSED, SUPPOSED, step, at, page.now, rank, record)
    source = known_facts(page, subject)
    asked = Asked(max(page.now, at), completeness(page.reader), limits_in_force(page.reader), fences(page.reader))

    def judged(facts: Source) -> list[Verdict]:
        assert app is not None and app.field is not None
        history = gather(facts, subject, app.field.reach).history
        return [verdict for rule in app.field.rules for verdict in evaluate(rule, subject, history, asked)]

    before = {(v.rule, v.window): v.answer for v in judged(source)}
    supposed = judged(_And(source, fact, frozenset(keys)))
    return [v for v in supposed if before.get((v.rule, v.window)) != v.answer]
