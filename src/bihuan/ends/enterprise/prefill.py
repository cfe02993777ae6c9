"""What a form can know before it is filled: now, our own site and code, and what the subject's history says."""

from __future__ import annotations

from typing import Any

from bihuan.base.clock import moment
from bihuan.base.declare import FieldSpec, Kind, TypeSpec, compiled
from bihuan.base.rules.history import gather
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.known_facts import known_facts
from bihuan.ends.shared.page import Page

_FROM_HISTORY = ("booking", "sample", "certificate", "container", "lot", "vehicle", "person")
"""Keys whose latest value in a subject's history is nearly always what the next report names too."""


def prefill(page: Page, mine: Mine, spec: TypeSpec, subject: str = "") -> dict[str, Any]:
    """Values by field to begin a form with; a subject such as `lot:L1` brings what its records already name."""
    known = _known(page, subject) if subject else {}
    only = mine.places[0] if len(mine.places) == 1 else None
    values: dict[str, Any] = {}
    for field in spec.fields:
        if field.role == "time":
            values[field.name] = moment(page.now).replace(second=0, microsecond=0)
        elif field.says.key in known:
            found = known[field.says.key]
            values[field.name] = [found] if field.kind is Kind.texts else found
        elif field.says.key == "place" and only is not None and field.required:
            values[field.name] = only.id
        elif field.role == "area":
            values[field.name] = only.area if only is not None else mine.organisation.area
        elif field.role == "party" and field.says.key == "party":
            values[field.name] = mine.code
    return values


def _known(page: Page, subject: str) -> dict[str, str]:
    kind, _, name = subject.partition(":")
    app = page.house.app_of_subject(kind)
    if app is None or app.field is None:
        return {}
    found: dict[str, str] = {}
    for fact in gather(known_facts(page, subject), subject, app.field.reach).history.facts:
        for field in compiled(type(fact.record)).fields:
            value = getattr(fact.record, field.name)
            if _carried(field) and isinstance(value, str) and value:
                found[field.says.key] = value
    return found | {kind: name}


def _carried(field: FieldSpec) -> bool:
    return field.kind is Kind.text and field.says.key in _FROM_HISTORY
