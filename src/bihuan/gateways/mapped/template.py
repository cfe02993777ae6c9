"""Templates of record ids: `YT-{declaration}-{container}`, filled with fields and extra values of the record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from bihuan.base.clock import CIVIL
from bihuan.gateways.mapped.yaml_spots import Notes, Spot

_NAME = re.compile(r"\{([^{}]*)\}")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Template:
    """Texts and, between them, names: one text more than names."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def missing(self, values: Mapping[str, Any]) -> list[str]:
        """The names for which there is no value."""
        return [name for name in self.names if values.get(name) in (None, "")]

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with its values; times as civil time without signs (20201208T153000), numbers without end zeros."""
        parts = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            parts += [_plain(values[name]), text]
        return "".join(parts)


def compile_template(notes: Notes, spot: Spot, known: Set[str]) -> Template:
    """Check a template: it names only what a record has, and at least one of it."""
    text = notes.text(spot)
    names = tuple(_NAME.findall(text))
    texts = tuple(_NAME.split(text)[::2])
    if any("{" in part or "}" in part for part in texts):
        notes.add(spot, "template", "花括号不成对。", "A brace is not closed.")
    if not names:
        notes.add(spot, "template", "编号里至少要有一个 {字段}。", "An id needs at least one {field}.")
    for name in names:
        if name not in known:
            told = ", ".join(sorted(known))
            zh, en = f"没有“{name}”；可用：{told}。", f"There is no “{name}”; known: {told}."
            notes.add(spot, "template", zh, en)
    return Template(texts, names)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        civil = value.astimezone(CIVIL)
        return civil.strftime("%Y%m%dT%H%M%S") + (f".{civil.microsecond:06d}" if civil.microsecond else "")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)
