"""A declared type's form as this end draws it: sites by name, our goods to choose from, papers that stay attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.declare import show as written
from bihuan.base.errors import Fault
from bihuan.base.places import all_places, place_named
from bihuan.base.records.forms import FieldModel, FormModel, Option, form_model, values_of
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.forms import take_files
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page

MOST_SUGGESTED = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """A form ready for its template: the model, suggestions by key, names of attached files."""

    model: FormModel
    suggested: dict[str, list[tuple[str, str]]]
    keys: dict[str, str]
    """Key of each field that has suggestions, by its name in the declaration."""
    files: dict[str, str]
    """Name of the file that is attached, by field."""


def drawn(page: Page, mine: Mine, spec: TypeSpec, values: Mapping[str, str], faults: Sequence[Fault] = ()) -> Drawn:
    """The form of a type with what was typed and what was wrong."""
    model = form_model(spec, values, faults, page.lang)
    hidden = {field.name for field in spec.fields if found_elsewhere(spec, field)}
    groups = []
    for group in model.groups:
        fields = tuple(_at_sites(page, mine, spec, field) for field in group.fields if field.name not in hidden)
        if fields:
            groups.append(replace(group, fields=fields))
    model.groups = tuple(groups)
    keys = _keys(spec)
    files = {f.name: values[f.name] for f in spec.fields if f.kind is Kind.file and values.get(f.name)}
    return Drawn(model, {kind: _goods(page, kind) for kind in set(keys.values())}, keys, files)


def found_elsewhere(spec: TypeSpec, field: FieldSpec) -> bool:
    """Whether a field is not asked because the site in the same record says it: its area."""
    return field.role == "area" and _site(spec) is not None


def answers(page: Page, spec: TypeSpec) -> dict[str, Any]:
    """What a posted form says, with its papers kept and the area of its site filled in; ready for `declare.read`."""
    form = page.fields()
    papers = [field.name for field in spec.fields if field.kind is Kind.file]
    for name, files in take_files(page, papers).items():
        form[name] = [files[-1].id] if files else []
    values = values_of(form, spec)
    site = _site(spec)
    place = place_named(page.reader, str(values.get(site.name, ""))) if site is not None else None
    for field in spec.fields:
        if place is not None and found_elsewhere(spec, field):
            values[field.name] = place.area
    return values


def summary(page: Page, spec: TypeSpec, record: Any) -> list[tuple[FieldSpec, str, list[list[str]]]]:
    """A record to read before it is signed: field, text, and the lines of a list; empty fields left out."""
    names, found = Names(page), []
    for field in spec.fields:
        value = getattr(record, field.name)
        if value is None or value in ("", [], ()):
            continue
        if field.kind is Kind.parts and field.part is not None:
            lines = [[written(f, getattr(line, f.name), page.lang) for f in field.part.fields] for line in value]
            found.append((field, "", lines))
            continue
        text = written(field, value, page.lang)
        if field.says.key == "place":
            text = names.place(text)
        elif field.says.key == "party":
            text = names.party(text)
        elif field.role == "area":
            text = names.area(text)
        found.append((field, text, []))
    return found


def _site(spec: TypeSpec) -> FieldSpec | None:
    return next((f for f in spec.fields if f.role == "place" and f.says.key == "place" and f.required), None)


def _keys(spec: TypeSpec) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in spec.fields:
        inner = field.part.fields if field.part is not None else (field,)
        found |= {f.name: f.says.key for f in inner if f.says.key in ("container", "lot")}
    return found


def _goods(page: Page, kind: str) -> list[tuple[str, str]]:
    """Our own containers or lots, the newest first, to choose from while typing."""
    query = sa.select(subject.c.label, subject.c.product).where(subject.c.kind == kind)
    rows = page.reader.rows(query.order_by(subject.c.last_at.desc()).limit(MOST_SUGGESTED), SUBJECT)
    return [(row["label"], row["product"]) for row in rows]


def _at_sites(page: Page, mine: Mine, spec: TypeSpec, model: FieldModel) -> FieldModel:
    """A field that names a site becomes a choice: our own sites first, where the booking leads all of them."""
    field = spec.field(model.name)
    if field.says.key != "place":
        return model
    own = mine.places
    others = [p for p in all_places(page.reader) if p.id not in mine.place_ids]
    offered = [*own, *others] if field.name == "destination" or not own else own
    if model.value and model.value not in {place.id for place in offered}:
        offered += [p for p in others if p.id == model.value]
    model.input = "select"
    model.choices = tuple(Option(p.id, p.name, p.id == model.value) for p in offered)
    return model
