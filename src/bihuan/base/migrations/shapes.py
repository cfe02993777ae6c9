"""What the store remembers of a declared type, and what differs between two declarations of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from bihuan.base.errors import Words


class FieldShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field as stored bytes and columns depend on it; labels and bounds are no part of it."""

    name: str
    kind: str
    required: bool = False
    unit: str = ""
    places: int = 0
    personal: bool = False
    choices: tuple[str, ...] = ()
    parts: tuple[FieldShape, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A declared type as the store must know it; `hash` is the schema hash that its new leaves carry."""

    type: str
    hash: str
    table: str
    fields: tuple[FieldShape, ...]
    from_events: bool = False
    """Read out of partners' events, so an old event may say more under a new declaration."""
    defaults: dict[str, int | str | None] = field(default_factory=dict)
    """What the column of an optional field holds for a record that doesn't state it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the declaration that wrote the store and the one that opens it."""

    field: str
    what: Words
    additive: bool
    columns: bool = True
    """Whether a new column with its default is all that old rows need; else they are derived anew."""


def changes(old: Sequence[FieldShape], new: Sequence[FieldShape], path: str = "") -> Iterator[Change]:
    """All differences, field by field; a field that vanished beside a like one that came reads as renamed."""
    before, after = {f.name: f for f in old}, {f.name: f for f in new}
    gone = [f for f in old if f.name not in after]
    come = [f for f in new if f.name not in before]
    for lost in gone:
        like = [f for f in come if (f.kind, f.unit, f.places, f.choices) == (lost.kind, lost.unit, lost.places, lost.choices)]
        if len(like) == 1 and len(gone) == len(come) == 1:
            come = []
            yield _refused(path + lost.name, f"改名为“{like[0].name}”", f"is now called “{like[0].name}”")
        else:
            yield _refused(path + lost.name, "已不再声明", "is no longer declared")
    for added in come:
        if added.required:
            yield _refused(path + added.name, "是新增的必填项，旧记录没有它", "is new and required, and older records lack it")
        else:
            yield Change(path + added.name, Words("新增的选填项", "is new and optional"), True, columns=not path)
    for known in old:
        if known.name in after:
            yield from _changed(known, after[known.name], path)


def _changed(old: FieldShape, new: FieldShape, path: str) -> Iterator[Change]:
    where = path + old.name
    if old.kind != new.kind:
        yield _refused(where, f"由 {old.kind} 改为 {new.kind}", f"was {old.kind} and is now {new.kind}")
        return
    if old.unit != new.unit:
        yield _refused(where, f"单位由“{old.unit}”改为“{new.unit}”", f"was in “{old.unit}” and is now in “{new.unit}”")
    if old.places != new.places:
        yield _refused(
            where, f"小数位由 {old.places} 改为 {new.places}", f"had {old.places} decimal places and now has {new.places}"
        )
    if old.personal != new.personal:
        yield _refused(where, "个人信息标记有变", "is marked otherwise as personal data")
    if new.required and not old.required:
        yield _refused(where, "由选填改为必填", "was optional and is now required")
    if old.required and not new.required:
        yield Change(where, Words("由必填改为选填", "was required and is now optional"), True)
    if lost := [c for c in old.choices if c not in new.choices]:
        yield _refused(where, f"不再有选项 {'、'.join(lost)}", f"has no choice {', '.join(lost)} any more")
    if come := [c for c in new.choices if c not in old.choices]:
        yield Change(where, Words(f"新增选项 {'、'.join(come)}", f"has the new choice {', '.join(come)}"), True)
    yield from changes(old.parts, new.parts, where + ".")


def _refused(field: str, zh: str, en: str) -> Change:
    return Change(field, Words(zh, en), additive=False)
