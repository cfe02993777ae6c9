"""谁可以报: whether an organisation may state the steps that it sends, asked once by every door."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from bihuan.base.clock import instant
from bihuan.base.db import Reader
from bihuan.base.declare import Record
from bihuan.base.errors import Fault, Forbidden, Words
from bihuan.base.identity import party_resolver
from bihuan.base.identity.scopes import kinds_of
from bihuan.base.places import changed_hands, operator_at
from bihuan.base.records.registry import Registry, StepRead
from bihuan.base.records.signatures import signed_among, unsigned_correction

NOT_YOURS = "not_yours"
"""Code of the fault: the step is not for this organisation to state."""
MayState = Callable[[Iterable[StepRead]], Words | None]


def sender_check(registry: Registry, reader: Reader, party: str) -> MayState:
    """For one sender: the reason why it may not state some steps, or None. What it looks up is kept for the transaction.

    A place is spoken for by whoever ran it when the step happened.
    """
    kinds: list[frozenset[str]] = []
    known: dict[str, bool] = {}
    operators: dict[tuple[str, int], str | None] = {}
    resolve = party_resolver(reader)

    def operator(named: str, at: int) -> str | None:
        if named not in known:
            known[named] = changed_hands(reader, named)
        when = at if known[named] else 0
        if (named, when) not in operators:
            ran = operator_at(reader, named, at)
            operators[named, when] = resolve(named if ran is None else ran)
        return operators[named, when]

    def reason(steps: Iterable[StepRead]) -> Words | None:
        for step in steps:
            if step.supersedes is not None and signed_among(reader, party, [step.supersedes]):
                return unsigned_correction().words
            manner = registry.manners.get(step.type.partition(".")[0])
            if manner is None:
                continue
            if not kinds:
                kinds.append(kinds_of(reader, party))
            found = manner.may_state(step, kinds[0], party, partial(operator, at=_when(registry, reader, step)))
            if found is not None:
                return found
        return None

    return reason


def _when(registry: Registry, reader: Reader, step: StepRead) -> int:
    """When a step happened, int us; now where it does not say."""
    spec = registry.types.get(step.type)
    named = None if spec is None else spec.by_role("time")
    value = getattr(step.record, named.name, None) if named is not None and not step.time else None
    return instant(value) if isinstance(value, datetime) else step.time or reader.now


def check_sender(registry: Registry, reader: Reader, party: str, type_name: str, record: Record) -> None:
    """Refuse (Forbidden, code `not_yours`) a record that this organisation may not state."""
    refused = sender_check(registry, reader, party)([StepRead(type_name, "", record, "", 0)])
    if refused is not None:
        raise not_yours(refused, "")


def not_yours(words: Words, path: str) -> Forbidden:
    """The refusal of a step that another organisation has to state."""
    return Forbidden(words.zh, words.en, code=NOT_YOURS, faults=[Fault(path, NOT_YOURS, words)])
