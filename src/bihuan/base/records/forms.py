"""A type as a form: groups of at most seven fields with what stands in them, and the way back from form names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bihuan.base.clock import CIVIL
from bihuan.base.declare import FieldSpec, Kind, TypeSpec, read
from bihuan.base.errors import Fault, Words
from bihuan.base.records.columns import plain_text
from bihuan.base.records.workbooks import within

MOST_FIELDS = 7
"""Of one group: more is not taken in at a glance."""
MOST_LINES = 500
Input = Literal["text", "textarea", "select", "checkbox", "datetime-local", "date", "file", "lines"]
_INPUTS: dict[Kind, Input] = {
    Kind.text: "text",
    Kind.choice: "select",
    Kind.integer: "text",
    Kind.decimal: "text",
    Kind.boolean: "checkbox",
    Kind.instant: "datetime-local",
    Kind.day: "date",
    Kind.texts: "text",
    Kind.parts: "lines",
    Kind.file: "file",
}
_LONG = 200
_NAME = re.compile(r"^(?P<field>[A-Za-z_]\w*)\.(?P<line>\d{1,6})\.(?P<inner>[A-Za-z_]\w*)$")
_STEP = re.compile(r"\[(\d+)\]\.?")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select."""

    value: str
    label: str
    chosen: bool


@dataclass(slots=True)
class FieldModel:
    """One field as a page draws it."""

    name: str
    """Form name, e.g. `kg` or `lots.0.kg`."""
    kind: Kind
    label: str
    input: Input
    inputmode: str
    """Keyboard that a phone shows: `decimal`, `numeric` or `text`."""
    unit: str
    required: bool
    value: str
    help: str
    within: str
    """Range or number of characters in words."""
    example: str
    longest: int
    choices: tuple[Option, ...] = ()
    checked: bool = False
    faults: tuple[str, ...] = ()
    personal: bool = False
    lines: tuple[tuple[FieldModel, ...], ...] = ()
    """Lines of a list of parts that hold something."""
    blank: tuple[FieldModel, ...] = ()
    """One empty line, to be added; its names go on counting."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: str
    fields: tuple[FieldModel, ...]


@dataclass(slots=True)
class FormModel:
    """A whole form."""

    type: str
    title: str
    source: str
    groups: tuple[Group, ...]
    faults: tuple[tuple[str, str], ...] = field(default=())
    """Summary above the form: form name of the field and the sentence."""


def form_model(
    spec: TypeSpec, values: Mapping[str, str] | None = None, faults: Sequence[Fault] = (), lang: str = "zh"
) -> FormModel:
    """The form of a type with what was typed (under form names) and what `read` found wrong with it."""
    typed = _renumbered(spec, values or {})
    wrong: dict[str, list[str]] = {}
    for fault in faults:
        wrong.setdefault(form_name(fault.path), []).append(fault.words.of(lang))
    fields = [_field(f, f.name, typed, wrong, lang) for f in spec.fields]
    groups = tuple(_groups(zip(spec.fields, fields, strict=True), lang))
    summary = tuple((name, words) for name, told in wrong.items() for words in told)
    return FormModel(spec.name, spec.titles.of(lang), spec.source, groups, summary)


def form_name(path: str) -> str:
    """The form name of a fault's path: `lots[0].kg` is `lots.0.kg`, `lots[2]` of a list of texts is `lots`."""
    name = _STEP.sub(lambda m: f".{m[1]}.", path)
    return name if not name.endswith(".") else name.split(".")[0]


def _groups(fields: Iterable[tuple[FieldSpec, FieldModel]], lang: str) -> Iterable[Group]:
    gathered: dict[Words | None, list[FieldModel]] = {}
    for spec, model in fields:
        gathered.setdefault(spec.says.group, []).append(model)
    for words, models in gathered.items():
        parts = -(-len(models) // MOST_FIELDS)
        size = -(-len(models) // parts)
        for n in range(parts):
            title = words.of(lang) if words else ""
            yield Group(title if n == 0 or not title else f"{title} {n + 1}", tuple(models[n * size : (n + 1) * size]))


def _field(
    spec: FieldSpec, name: str, typed: Mapping[str, str], wrong: Mapping[str, list[str]], lang: str
) -> FieldModel:
    value = typed.get(name, "")
    said = spec.says
    model = FieldModel(
        name,
        spec.kind,
        spec.words.of(lang),
        _INPUTS[spec.kind],
        "text",
        said.unit,
        spec.required,
        value,
        said.help.of(lang) if said.help else "",
        within(spec, lang),
        said.example,
        said.longest,
        faults=tuple(wrong.get(name, ())),
        personal=said.personal,
    )
    match spec.kind:
        case Kind.integer | Kind.decimal:
            # A phone's numeric keyboard has no minus sign, so it is asked for only where none can be needed.
            positive = said.low is not None and said.low >= 0
            model.inputmode = "text" if not positive else "numeric" if spec.kind is Kind.integer else "decimal"
        case Kind.text if said.longest > _LONG:
            model.input = "textarea"
        case Kind.choice:
            model.choices = tuple(Option(c.value, c.words().of(lang), c.value == value) for c in spec.choices)
        case Kind.boolean if spec.required:
            model.checked = value == "true"
        case Kind.boolean:
            # Not stated is an answer too: a box could not tell it from no.
            model.input = "select"
            yes, no = Words("是", "yes").of(lang), Words("否", "no").of(lang)
            model.choices = (Option("true", yes, value == "true"), Option("false", no, value == "false"))
        case Kind.instant:
            model.value = _local(value)
        case Kind.parts if spec.part is not None:
            part = spec.part
            count = len({m["line"] for key in typed if (m := _NAME.match(key)) and m["field"] == name})
            drawn = [
                tuple(_field(f, f"{name}.{n}.{f.name}", typed, wrong, lang) for f in part.fields) for n in range(count)
            ]
            model.lines = tuple(drawn)
            model.blank = tuple(_field(f, f"{name}.{count}.{f.name}", {}, {}, lang) for f in part.fields)
    return model


def _local(text: str) -> str:
    """A time as the browser's own input takes it; what cannot be read stays as typed."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if at.tzinfo is not None:
        at = at.astimezone(CIVIL).replace(tzinfo=None)
    return at.isoformat(timespec="auto" if at.second or at.microsecond else "minutes")


def values_of(form: Mapping[str, Sequence[str]], spec: TypeSpec) -> dict[str, Any]:
    """What a posted form says, ready for `declare.read`: names of other things left out, empty lines dropped.

    A box that is not ticked is not posted: a required yes-or-no field that is absent is no.
    """
    found: dict[str, Any] = {}
    for spec_field in spec.fields:
        name = spec_field.name
        if spec_field.kind is Kind.parts and spec_field.part is not None:
            lines = _lines(form, name, spec_field.part)
            if lines:
                found[name] = lines
        elif spec_field.kind is Kind.boolean and spec_field.required:
            found[name] = form[name][-1] if form.get(name) else "false"
        elif spec_field.kind is Kind.texts:
            texts = [text for text in form.get(name, ()) if text.strip()]
            if texts:
                found[name] = texts if len(texts) > 1 else texts[0]
        elif form.get(name) and form[name][-1].strip():
            found[name] = form[name][-1]
    return found


def _lines(form: Mapping[str, Sequence[str]], name: str, part: TypeSpec) -> list[dict[str, str]]:
    numbered: dict[int, dict[str, str]] = {}
    inner = {f.name for f in part.fields}
    for key, values in form.items():
        match = _NAME.match(key)
        if match and match["field"] == name and match["inner"] in inner and values and values[-1].strip():
            numbered.setdefault(int(match["line"]), {})[match["inner"]] = values[-1]
    return [numbered[n] for n in sorted(numbered)][:MOST_LINES]


def flat(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as `values_of` gives them under form names again, lines numbered from 0: what a draft keeps."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            found |= {f"{name}.{n}.{inner}": str(text) for n, line in enumerate(value) for inner, text in line.items()}
        else:
            found[name] = "、".join(value) if isinstance(value, list) else str(value)
    return found


def form_values(spec: TypeSpec, record: Any) -> dict[str, str]:
    """A record under form names: to correct it, or to begin with the last one again."""
    found: dict[str, str] = {}
    for spec_field in spec.fields:
        value = getattr(record, spec_field.name)
        if value is None:
            continue
        if spec_field.kind is Kind.parts and spec_field.part is not None:
            for n, line in enumerate(value):
                found |= {f"{spec_field.name}.{n}.{k}": text for k, text in form_values(spec_field.part, line).items()}
        elif spec_field.kind is Kind.choice:
            found[spec_field.name] = value.value
        elif spec_field.kind is Kind.boolean:
            found[spec_field.name] = "true" if value else "false"
        elif spec_field.kind is Kind.instant:
            found[spec_field.name] = _local(value.isoformat())
        else:
            found[spec_field.name] = plain_text(spec_field, value)
    return {name: text for name, text in found.items() if text}


def check_field(spec: TypeSpec, name: str, value: str) -> list[Fault]:
    """What is wrong with one field alone, asked as the person leaves it; an unknown name has no faults."""
    wanted = form_name(name)
    match = _NAME.match(name)
    values: dict[str, Any] = {name: value}
    if match:
        values = {match["field"]: [{match["inner"]: value}]}
        wanted = f"{match['field']}.0.{match['inner']}"
    if (match["field"] if match else name) not in {f.name for f in spec.fields}:
        return []
    return [
        Fault(name, f.code, f.words)
        for f in read(spec, values).faults
        if form_name(f.path) == wanted and f.code != "unknown_field"
    ]


def _renumbered(spec: TypeSpec, values: Mapping[str, str]) -> dict[str, str]:
    """Empty lines dropped and the others counted from 0, as `values_of` does, so that faults find their line."""
    return flat(values_of({name: [value] for name, value in values.items()}, spec))


__all__ = [
    "FieldModel",
    "FormModel",
    "Group",
    "Option",
    "check_field",
    "flat",
    "form_model",
    "form_name",
    "form_values",
    "values_of",
]
