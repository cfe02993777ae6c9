"""What a declaration marks as personal, taken out of a record before its bytes are hashed.

A photo marked so is not taken out: the record names it by a hash of its encrypted form, which tells nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bihuan.base.declare import Kind, TypeSpec


def split_personal(spec: TypeSpec, record: Any, path: str = "") -> tuple[Any, dict[str, str]]:
    """The record with its personal fields emptied, and what stood in them: path (`people[0].name`) to value."""
    cut: dict[str, str] = {}
    emptied: dict[str, Any] = {}
    for field in spec.fields:
        value = getattr(record, field.name)
        where = f"{path}{field.name}"
        if field.kind is Kind.parts and field.part is not None and value:
            lines = [split_personal(field.part, line, f"{where}[{n}].") for n, line in enumerate(value)]
            found = {name: text for _, inner in lines for name, text in inner.items()}
            if found:
                cut |= found
                emptied[field.name] = [line for line, _ in lines]
        elif field.says.personal and field.kind is not Kind.file and value:
            cut[where] = value
            emptied[field.name] = ""
    return (msgspec.structs.replace(record, **emptied) if emptied else record), cut
