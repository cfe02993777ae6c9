"""谁可以报: whether an organisation may state the steps that it sends, asked once by every door."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bihuan.base.db import Reader
from bihuan.base.declare import Record
from bihuan.base.errors import Fault, Forbidden, Words
from bihuan.base.identity import party_resolver
from bihuan.base.identity.scopes import kinds_of
from bihuan.base.places import place_named
from bihuan.base.records.registry import Registry, StepRead
from bihuan.base.records.signatures import signed_among, unsigned_correction

NOT_YOURS = "not_yours"
"""Code of the fault: the step is not for this organisation to state."""
MayState = Callable[[Iterable[StepRead]], Words | None]


def sender_check(registry: Registry, reader: Reader, party: str) -> MayState:
    """For one sender: the reason why it may not state some steps, or None. What it looks up is kept for the transaction."""
    kinds: list[frozenset[str]] = []
    operators: dict[str, str | None] = {}
    resolve = party_resolver(reader)

    def operator_of(named: str) -> str | None:
        if named not in operators:
            place = place_named(reader, named)
            operators[named] = resolve(named if place is None else place.party)
        return operators[named]

    def reason(steps: Iterable[StepRead]) -> Words | None:
        for step in steps:
            if step.supersedes is not None and signed_among(reader, party, [step.supersedes]):
                return unsigned_correction().words
            manner = registry.manners.get(step.type.partition(".")[0])
            if manner is None:
                continue
            if not kinds:
                kinds.append(kinds_of(reader, party))
            found = manner.may_state(step, kinds[0], party, operator_of)
            if found is not None:
                return found
        return None

    return reason


def check_sender(registry: Registry, reader: Reader, party: str, type_name: str, record: Record) -> None:
    """Refuse (Forbidden, code `not_yours`) a record that this organisation may not state."""
    refused = sender_check(registry, reader, party)([StepRead(type_name, "", record, "", 0)])
    if refused is not None:
        raise not_yours(refused, "")


def not_yours(words: Words, path: str) -> Forbidden:
    """The refusal of a step that another organisation has to state."""
    return Forbidden(words.zh, words.en, code=NOT_YOURS, faults=[Fault(path, NOT_YOURS, words)])
