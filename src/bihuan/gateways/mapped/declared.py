"""A declared mapping: a YAML file that a partner's clerk writes; checked when loaded, every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping as Names
from dataclasses import dataclass
from typing import Any

from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.errors import Invalid, Words
from bihuan.base.records import Goods, Registry
from bihuan.gateways.doors import goods_of, step_name
from bihuan.gateways.mapped.expressions import pointer_of, source_of, time_of, value_of
from bihuan.gateways.mapped.sources import Pointer, Source
from bihuan.gateways.mapped.template import Template, compile_template
from bihuan.gateways.mapped.values import TimeForm, Value
from bihuan.gateways.mapped.yaml_spots import Notes, Spot, read_spots

RENAMED = {"from": "from_", "says": "says_"}
"""Words of the step definitions that Python keeps for itself."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_RECORD = ("step", "rows", "record_id", "supersedes", "fields", "extra", "group_by", "skip_if")
_HEAD = ("id", "title", "about", "app", "source", "empty", "completeness", "records")


@dataclass(frozen=True, slots=True)
class Lines:
    """A list of lines: from rows within the row, or (`rows` is None) one from each row of the group."""

    rows: Pointer | None
    fields: Names[str, Value]


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows that are left out: a value is one of some, or none of them."""

    value: Value
    among: frozenset[str] | None
    empty: bool
    negated: bool

    def holds(self, found: list[Any]) -> bool:
        """Whether a row with these values is left out."""
        if self.among is None:
            return bool(found) != self.empty
        return any(str(item) in self.among for item in found) != self.negated


@dataclass(frozen=True, slots=True)
class Output:
    """What a row (or a group of rows) becomes: one record of a step."""

    step: str
    spec: TypeSpec
    rows: Pointer
    record_id: Template
    supersedes: Template | None
    fields: Names[str, Value | Lines]
    extra: Names[str, Value]
    group_by: tuple[Value, ...]
    skip_if: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Completeness:
    """How the file says how far it is complete: a value in it, or the time that the file was made, less a lag."""

    value: Value | None
    lag_minutes: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, checked and ready."""

    id: str
    titles: Words
    about: str
    app: str
    goods: Goods
    source: Source
    empties: frozenset[str]
    outputs: tuple[Output, ...]
    completeness: Completeness | None
    text: bytes
    """The file itself, as it is shown to those who use it."""


def compile_mapping(data: bytes, registry: Registry) -> Mapping:
    """Check a mapping file and make it ready; Invalid (code `mapping`) names every mistake with its line."""
    notes = Notes()
    top = read_spots(data)
    shorthand = isinstance(top.value, dict) and "step" in top.value
    known = tuple(name for name in (*_HEAD, *_RECORD) if not shorthand or name != "records")
    needed = ("id", "title", "app", "source", *(("record_id", "fields") if shorthand else ("records",)))
    given = notes.members(top, known if shorthand else _HEAD, needed)
    name = notes.text(given.get("id"))
    if "id" in given and not _ID.match(name):
        notes.add(given["id"], "id", "只能用小写字母、数字和下划线。", "Use small letters, digits and underscores.")
    title = notes.members(given["title"], ("zh", "en"), ("zh", "en")) if "title" in given else {}
    app = notes.text(given.get("app"))
    if "app" in given and app not in registry.goods:
        told = ", ".join(registry.goods)
        notes.add(given["app"], "app", f"没有应用“{app}”；可用：{told}。", f"No app “{app}”; known: {told}.")
    source = source_of(notes, given["source"]) if "source" in given else None
    if source is None or app not in registry.goods:
        raise _refusal(notes)
    blocks = [top] if shorthand else notes.items(given["records"]) if "records" in given else []
    outputs = [_output(notes, block, registry, app, source, shorthand) for block in blocks]
    complete = _completeness(notes, given["completeness"], source) if "completeness" in given else None
    if notes.faults:
        raise _refusal(notes)
    return Mapping(
        name, Words(notes.text(title["zh"]), notes.text(title["en"])), notes.text(given.get("about")), app,
        registry.goods[app], source, frozenset(notes.texts(given.get("empty"))),
        tuple(output for output in outputs if output is not None), complete, data,
    )  # fmt: skip


def _output(
    notes: Notes, spot: Spot, registry: Registry, app: str, source: Source, shorthand: bool
) -> Output | None:
    known = (*_RECORD, *(name for name in _HEAD if name != "records")) if shorthand else _RECORD
    given = notes.members(spot, known, () if shorthand else ("step", "record_id", "fields"))
    if not {"step", "record_id", "fields"} <= given.keys():
        return None
    steps = {
        step_name(spec): spec
        for spec in registry.types.values()
        if spec.name.startswith(f"{app}.") and goods_of(registry, spec) is not None
    }
    step = notes.text(given["step"])
    spec = steps.get(step)
    if spec is None:
        known_steps = ", ".join(steps)
        zh, en = f"没有环节“{step}”；可用：{known_steps}。", f"There is no step “{step}”; known: {known_steps}."
        notes.add(given["step"], "step", zh, en)
        return None
    rows: Pointer = lambda node: [node]  # noqa: E731  (a CSV file, or one record a document)
    if "rows" in given:
        rows = pointer_of(notes, given["rows"], source.rows_at)
    grouped = "group_by" in given
    fields = _fields(notes, given["fields"], spec, source, grouped)
    extra = {}
    if "extra" in given:
        inner = given["extra"].value
        names = inner if isinstance(inner, dict) else {}
        notes.members(given["extra"], tuple(names))
        extra = {name: value_of(notes, each, source) for name, each in names.items()}
        for name in extra.keys() & fields.keys():
            zh, en = f"“{name}”已是环节的一栏。", f"“{name}” is a field of the step already."
            notes.add(names[name], "extra", zh, en)
    plain = {name for name, plan in fields.items() if isinstance(plan, Value)} | extra.keys()
    group = tuple(value_of(notes, each, source) for each in notes.items(given["group_by"])) if grouped else ()
    skip = notes.items(given["skip_if"]) if "skip_if" in given else []
    return Output(
        step, spec, rows, compile_template(notes, given["record_id"], plain),
        compile_template(notes, given["supersedes"], plain) if "supersedes" in given else None,
        fields, extra, group, tuple(_condition(notes, each, source) for each in skip),
    )  # fmt: skip


def _fields(
    notes: Notes, spot: Spot, spec: TypeSpec, source: Source, grouped: bool
) -> dict[str, Value | Lines]:
    neutral = {name.removesuffix("_"): name for name in RENAMED.values()}
    names = {next((k for k, v in neutral.items() if v == f.name), f.name): f for f in spec.fields}
    given = notes.members(spot, tuple(names), tuple(name for name, f in names.items() if f.required))
    return {names[name].name: _field(notes, each, names[name], source, grouped) for name, each in given.items()}


def _field(notes: Notes, spot: Spot, spec: FieldSpec, source: Source, grouped: bool) -> Value | Lines:
    members = spot.value if isinstance(spot.value, dict) else {}
    if spec.kind is Kind.parts and spec.part is not None:
        given = notes.members(spot, ("rows", "fields"), ("rows", "fields"))
        if not {"rows", "fields"} <= given.keys():
            return Lines(None, {})
        inner = _fields(notes, given["fields"], spec.part, source, False)
        values = {name: plan for name, plan in inner.items() if isinstance(plan, Value)}
        return Lines(_inner_rows(notes, given["rows"], source, grouped), values)
    if spec.kind is Kind.texts and "rows" in members:
        rest = Spot({k: v for k, v in members.items() if k != "rows"}, spot.line, spot.path)
        return Lines(_inner_rows(notes, members["rows"], source, grouped), {"": value_of(notes, rest, source)})
    value = value_of(notes, spot, source)
    if spec.kind is Kind.choice:
        allowed = {c.value for c in spec.choices} | {c.zh for c in spec.choices}
        said = [value.constant, value.default, *(value.words or {}).values()]
        for text in said:
            if text is not None and text not in allowed:
                known = ", ".join(c.value for c in spec.choices)
                notes.add(spot, "choice", f"“{text}”不在可选项内：{known}。", f"“{text}” is none of: {known}.")
    return value


def _inner_rows(notes: Notes, spot: Spot, source: Source, grouped: bool) -> Pointer | None:
    if notes.text(spot) != "group":
        return pointer_of(notes, spot, source.rows_at)
    if not grouped:
        notes.add(spot, "group", "写了 group 却没有 group_by。", "“group” needs a group_by.")
    return None


def _condition(notes: Notes, spot: Spot, source: Source) -> Condition:
    given = notes.members(spot, ("from", "in", "not_in", "empty"), ("from",))
    tests = [name for name in ("in", "not_in", "empty") if name in given]
    if len(tests) != 1:
        notes.add(spot, "condition", "in、not_in、empty 中写且只写一项。", "Give exactly one of in, not_in, empty.")
    among = frozenset(notes.texts(given.get("in") or given.get("not_in")))
    value = value_of(notes, given["from"], source) if "from" in given else Value()
    empty = notes.flag(given.get("empty"))
    return Condition(value, None if "empty" in given else among, not empty, "not_in" in given)


def _completeness(notes: Notes, spot: Spot, source: Source) -> Completeness:
    given = notes.members(spot, ("from", "file_time", "time", "lag_minutes"))
    lag = notes.whole(given.get("lag_minutes"), 0, 7 * 24 * 60)
    if ("from" in given) == notes.flag(given.get("file_time")):
        zh = "from 与 file_time: true 写且只写一项。"
        notes.add(spot, "completeness", zh, "Give exactly one of from and file_time: true.")
        return Completeness(None, lag)
    if "from" not in given:
        return Completeness(None, lag)
    form = time_of(notes, given["time"]) if "time" in given else TimeForm()
    path = notes.text(given["from"])
    return Completeness(Value(((path, pointer_of(notes, given["from"], source.pointer)),), time=form), lag)


def _refusal(notes: Notes) -> Invalid:
    first = notes.faults[0]
    n = len(notes.faults)
    zh = f"映射文件有 {n} 处错误，第一处：{first.path} {first.words.zh}"
    en = f"The mapping has {n} mistake(s), the first: {first.path} {first.words.en}"
    return Invalid(zh, en, code="mapping", faults=notes.faults)
