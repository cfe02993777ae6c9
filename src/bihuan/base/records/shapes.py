"""Declared types as the store remembers them: what `Db.create` compares with what wrote the store."""

from __future__ import annotations

from typing import Any

import msgspec

from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.migrations import FieldShape, Shape
from bihuan.base.records.model import to_column
from bihuan.base.records.registry import Registry


def shapes_of(registry: Registry) -> list[Shape]:
    """The shape of every declared type, by name."""
    return [
        shape_of(spec, from_events=name.partition(".")[0] in registry.goods) for name, spec in sorted(registry.types.items())
    ]


def shape_of(spec: TypeSpec, *, from_events: bool = False) -> Shape:
    """The shape of one type; `from_events`: its rows are read out of partners' events."""
    given = {f.encode_name: f for f in msgspec.structs.fields(spec.cls)}
    defaults = {f.name: _default(f, given[f.name]) for f in spec.fields if not f.required}
    return Shape(spec.name, spec.schema_hash, spec.table, _fields(spec), from_events, defaults)


def _fields(spec: TypeSpec) -> tuple[FieldShape, ...]:
    return tuple(
        FieldShape(
            f.name, f.kind.value, f.required, f.says.unit, f.says.places,
            f.says.personal and f.kind is not Kind.file,  # a photo so marked is kept otherwise; the record is the same
            tuple(choice.value for choice in f.choices), _fields(f.part) if f.part is not None else (),
        )
        for f in spec.fields
    )  # fmt: skip


def _default(spec: FieldSpec, given: Any) -> int | str | None:
    """What the column holds for a record without the field: the declared default, as its column keeps it."""
    value = given.default_factory() if given.default is msgspec.NODEFAULT else given.default
    kept = to_column(spec, value)
    if spec.kind is Kind.day and kept is not None:
        return str(kept.isoformat())
    if spec.kind is Kind.boolean and kept is not None:
        return int(kept)
    assert kept is None or isinstance(kept, int | str)
    return kept
