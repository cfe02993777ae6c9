"""A declared class, compiled once at start: the plain list of fields that tables, forms and templates are made from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from bihuan.base.declare.fields import Attachment, Checked, Choice, Part, Record, Role, Says
from bihuan.base.errors import Words
from bihuan.base.units import find_unit


class Kind(StrEnum):
    """What a column can hold."""

    text = "text"
    choice = "choice"
    integer = "integer"
    decimal = "decimal"
    boolean = "boolean"
    instant = "instant"
    day = "day"
    texts = "texts"
    parts = "parts"
    file = "file"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a type, as every door sees it."""

    name: str
    kind: Kind
    says: Says
    required: bool
    choices: tuple[Choice, ...] = ()
    part: TypeSpec | None = None

    @property
    def words(self) -> Words:
        """The label in both languages."""
        return self.says.words

    @property
    def role(self) -> Role | None:
        """What the field is to the loop."""
        return self.says.role


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """A record type (or a nested part), compiled."""

    name: str
    """Qualified: `cold_chain.Disinfected`; a part has its class name alone."""
    cls: type[msgspec.Struct]
    titles: Words
    source: str
    line: str
    fields: tuple[FieldSpec, ...]
    schema_hash: str

    def field(self, name: str) -> FieldSpec:
        """The field of that name; KeyError when there is none."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def by_role(self, role: Role) -> FieldSpec | None:
        """The first field with that role."""
        return next((spec for spec in self.fields if spec.role == role), None)

    @property
    def table(self) -> str:
        """The table that holds its rows, e.g. `cold_chain_disinfected`."""
        app, _, name = self.name.partition(".")
        return app + "_" + "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


class DeclarationError(TypeError):
    """A declared class that cannot be compiled; the message names class, field and mend."""


_KINDS: dict[type, Kind] = {
    str: Kind.text,
    int: Kind.integer,
    Decimal: Kind.decimal,
    bool: Kind.boolean,
    datetime: Kind.instant,
    date: Kind.day,
}


@cache
def compiled(cls: type[Record], app: str = "") -> TypeSpec:
    """Compile a declared class; DeclarationError names what is wrong and how to mend it."""
    fields = _fields(cls)
    name = f"{app}.{cls.__name__}" if app else cls.__name__
    return TypeSpec(name, cls, cls.titles, cls.source, cls.line or app, fields, _hash(name, fields))


def _fields(cls: type[msgspec.Struct]) -> tuple[FieldSpec, ...]:
    hints = get_type_hints(cls, include_extras=True)
    required = {f.encode_name for f in msgspec.structs.fields(cls) if f.required}
    return tuple(_field(cls, f.name, hints[f.name], f.name in required) for f in msgspec.structs.fields(cls))


def _field(cls: type, name: str, hint: Any, required: bool) -> FieldSpec:
    bare, marks = _unwrap(hint)
    words = next((m for m in marks if isinstance(m, Says)), None)
    if words is None:
        raise DeclarationError(f"{cls.__name__}.{name}: no label; write Annotated[..., says('中文', 'English')]")
    rule = next((m for m in marks if isinstance(m, Checked)), None)
    says = words
    if rule is not None:
        says = _with(says, check=rule.check, tidy=rule.tidy)
    if says.unit:
        unit = find_unit(says.unit)
        if unit is None:
            raise DeclarationError(f"{cls.__name__}.{name}: unknown unit {says.unit!r}; use one of base/units.py or add it there")
        says = _with(says, unit=unit.symbol)
    if any(isinstance(m, Attachment) for m in marks):
        return FieldSpec(name, Kind.file, _with(says, attachment=True), required)
    if get_origin(bare) in (list, tuple):
        inner, inner_marks = _unwrap(get_args(bare)[0])
        if isinstance(inner, type) and issubclass(inner, Part):
            return FieldSpec(name, Kind.parts, says, required, part=_part(inner))
        inner_rule = next((m for m in inner_marks if isinstance(m, Checked)), None)
        if inner_rule is not None:
            says = _with(says, check=inner_rule.check, tidy=inner_rule.tidy)
        return FieldSpec(name, Kind.texts, says, required)
    if isinstance(bare, type) and issubclass(bare, Choice):
        return FieldSpec(name, Kind.choice, says, required, choices=tuple(bare))
    if says.personal and bare is not str:
        raise DeclarationError(f"{cls.__name__}.{name}: only a text can be personal; it is cut out and kept apart")
    if bare not in _KINDS:
        raise DeclarationError(f"{cls.__name__}.{name}: {bare!r} is no column type; use one of {list(_KINDS)}")
    return FieldSpec(name, _KINDS[bare], says, required)


@cache
def _part(cls: type[Part]) -> TypeSpec:
    fields = _fields(cls)
    return TypeSpec(cls.__name__, cls, Words(cls.__name__, cls.__name__), "", "", fields, _hash(cls.__name__, fields))


def _unwrap(hint: Any) -> tuple[Any, list[Any]]:
    """Strip Annotated and Optional, outermost marks first (so a field's `says` wins over a code's own)."""
    marks: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            marks = list(more) + marks if not marks else marks + list(more)
        elif get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
            hint = next(a for a in get_args(hint) if a is not NoneType)
        else:
            return hint, marks


def _with(says: Says, **changes: Any) -> Says:
    return Says(**{**{f: getattr(says, f) for f in Says.__dataclass_fields__}, **changes})


def _hash(name: str, fields: tuple[FieldSpec, ...]) -> str:
    """SHA-256 over names, kinds, choices, units and places: what stored bytes depend on, not labels."""
    shape = [
        [f.name, f.kind, f.required, f.says.unit, f.says.places, [c.value for c in f.choices],
         f.part.schema_hash if f.part else "", f.says.personal]
        for f in fields
    ]  # fmt: skip
    return hashlib.sha256(json.dumps([name, shape]).encode()).hexdigest()
