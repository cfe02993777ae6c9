"""A declared type's form as this end draws it: sites by name, our goods to choose from, papers that stay attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bihuan.base.clock import civil_date
from bihuan.base.db import Open
from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.declare import show as written
from bihuan.base.errors import Fault
from bihuan.base.places import all_places, place_named
from bihuan.base.records import RECORD, fact, record, typed_table
from bihuan.base.records.forms import FieldModel, FormModel, Option, form_model, values_of
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.forms import take_files
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.shared.names import Names, snake
from bihuan.ends.shared.page import Page

MOST_SUGGESTED = 200
_DISINFECTION = ("消", "disinfection")
"""How the kind of a disinfection qualification begins, as papers write it."""
QUALIFIED = Open("who holds a qualification is public: the law has the holder present it to whoever relies on it")


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
    keys, parties = _keys(spec), [field for field in spec.fields if field.says.key == "party"]
    suggested = {kind: _goods(page, kind) for kind in set(keys.values())}
    suggested |= {f"party-{field.name}": _firms(page, spec, field) for field in parties}
    keys |= {field.name: f"party-{field.name}" for field in parties}
    files = {f.name: values[f.name] for f in spec.fields if f.kind is Kind.file and values.get(f.name)}
    return Drawn(model, suggested, keys, files)


def found_elsewhere(spec: TypeSpec, field: FieldSpec) -> bool:
    """Whether a field is not asked because the site in the same record says it: its area."""
    return field.role == "area" and _site(spec) is not None


def answers(page: Page, spec: TypeSpec) -> dict[str, Any]:
    """What a posted form says, with its papers kept and the area of its site filled in; ready for `declare.read`."""
    form = page.fields()
    papers = [field.name for field in spec.fields if field.kind is Kind.file]
    people = [field.name for field in spec.fields if field.kind is Kind.file and field.says.personal]
    for name, files in take_files(page, papers, people).items():
        form[name] = [files[-1].id] if files else []
    return completed(page, spec, form)


def completed(page: Page, spec: TypeSpec, form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What form texts say, with the area of the site filled in, and firms by the name offered put as records name them."""
    values = values_of(form, spec)
    site = _site(spec)
    place = place_named(page.reader, str(values.get(site.name, ""))) if site is not None else None
    for field in spec.fields:
        if place is not None and found_elsewhere(spec, field):
            values[field.name] = place.area
        if field.says.key == "party" and (typed := values.get(field.name)):
            values[field.name] = next((code for code, name in _firms(page, spec, field) if name == typed), typed)
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


def _firms(page: Page, spec: TypeSpec, field: FieldSpec) -> list[tuple[str, str]]:
    """Firms to choose from as (how records name them, name): for a disinfection the qualified ones, then ourselves,
    then those that earlier records within our scope name in the same field."""
    mine = Mine(page)
    codes = dict.fromkeys(_qualified(page)) if snake(spec.name.partition(".")[2]) == "disinfected" else {}
    codes |= {mine.code: None}
    table = typed_table(spec)
    query = sa.select(table.c[field.name]).join(record, record.c.seq == table.c.seq).distinct().limit(MOST_SUGGESTED)
    codes |= dict.fromkeys(str(row[0]) for row in (tuple(r.values()) for r in page.reader.rows(query, RECORD)) if row[0])
    names = Names(page)
    return [(code, names.party(code)) for code in codes]


def _qualified(page: Page) -> list[str]:
    """Who holds a qualification that is valid today, revoked ones left out."""
    today = civil_date(page.now)
    held, revoked = typed_table(step_spec(page, "qualification")), typed_table(step_spec(page, "certificate_revoked"))
    standing = held.join(fact, sa.and_(fact.c.seq == held.c.seq, fact.c.n == held.c.n))
    query = sa.select(held).select_from(standing)
    query = query.where(fact.c.live, held.c.qualification.not_in(sa.select(revoked.c.certificate)))
    rows = [row for row in page.reader.rows(query, QUALIFIED) if str(row["kind"]).strip().lower().startswith(_DISINFECTION)]
    return sorted({str(row["of"]) for row in rows if str(row["from_"]) <= today.isoformat() <= str(row["to"])})


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
