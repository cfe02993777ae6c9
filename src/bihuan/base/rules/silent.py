"""What is said where a rule has not spoken: undecided, and which record is not on file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bihuan.base.declare import TypeSpec
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.rule import Rule

_FIRST = "booked"
"""The loop begins with a booking: where a rule reads it and there is none, that is what is said to be lacking."""


def silent_rules(
    rules: Iterable[Rule], subject: str, history: History, titles: Mapping[str, Words], spoken: Collection[str]
) -> list[tuple[str, Words]]:
    """The breach rules that have said nothing of a subject (`spoken` have), each with the record that is not on file.

    `titles` are those of `step_titles`.
    """
    there = {fact.type for fact in history.facts}
    out = []
    for rule in rules:
        if rule.periods is not None:
            continue  # the calendar opens its windows: no record of one kind is lacking
        if rule.info.severity != "breach" or rule.info.id in spoken or not _concerns(rule, subject, there):
            continue
        lacking = _FIRST if _FIRST in rule.reads and _FIRST not in there else rule.opens[0]
        words = titles.get(lacking, Words(lacking, lacking))
        out.append((rule.info.id, Words(f"没有{words.zh}记录。", f"no {words.en.lower()} on file.")))
    return out


def step_titles(types: Iterable[TypeSpec]) -> dict[str, Words]:
    """What declared types are called, by the neutral name under which rules read them: `booking_confirmed`."""
    return {_step(spec.cls.__name__): spec.titles for spec in types}


def _concerns(rule: Rule, subject: str, there: Collection[str]) -> bool:
    """A rule for this kind of subject; goods that no container is known for are shown the container's rules too."""
    return rule.info.subject == subject.partition(":")[0] or set(there) <= {"movement"}


def _step(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
