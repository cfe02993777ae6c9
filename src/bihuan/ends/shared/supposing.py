"""A what-if on a page: what records that are not kept yet would change, put as lines that a page can show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bihuan.base.errors import Words
from bihuan.base.rules.suppose import Change, Effect, Supposed, Supposition, suppose
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page

_TOLD = ("qualification", "certificate_revoked")
"""Qualifications and their revocations are shown to whoever relies on them: the law has the holder present them."""
_SHOWN: dict[Effect, tuple[Words, str]] = {
    "violated": (Words("将违反", "would break"), "red"),
    "due": (Words("将应办", "would be due"), "orange"),
    "undecided": (Words("将未决", "would be undecided"), "yellow"),
    "satisfied": (Words("将符合", "would be met"), "green"),
    "lifted": (Words("将不再适用", "would no longer apply"), "none"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a page shows it."""

    change: Change
    effect: Words
    colour: str
    title: str
    """The rule: its breach where it would be violated, else what it asks."""
    subject: str
    reason: Words
    due: int | None
    missing: Sequence[str]


def ask(
    page: Page, records: Sequence[Supposed] = (), *, subjects: Iterable[str] = (), now: int | None = None
) -> Supposition:
    """What these records (or only time, until `now`) would change, as far as this reader may be told."""
    fields = {
        kind: app.field for app in page.house.apps.values() if app.field is not None for kind in app.subject_kinds
    }
    return suppose(page.reader, page.house.registry, fields, records, subjects=subjects, now=now, told=_TOLD)


def lines(page: Page, names: Names, changes: Iterable[Change]) -> list[Line]:
    """Changes ready for the template `shared/supposed.html`."""
    found = []
    for change in changes:
        verdict, (effect, colour) = change.verdict, _SHOWN[change.effect]
        title = names.rule(verdict.rule) if change.effect == "violated" else names.asked(verdict.rule)
        due = verdict.due if change.effect == "due" else None
        missing = names.missing(verdict.missing) if change.after is not None else []
        found.append(Line(change, effect, colour, title, names.subject(verdict.subject), verdict.reason, due, missing))
    return found
