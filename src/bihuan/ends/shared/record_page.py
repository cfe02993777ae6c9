"""One record as it stands in the ledger: its fields, how it came in, its corrections, its subjects, its receipt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.db import Open
from bihuan.base.declare import Kind, show
from bihuan.base.errors import Invalid, NotFound, Refused, Words
from bihuan.base.files import kept_here
from bihuan.base.identity import person_label
from bihuan.base.ledger import body_of, latest_checkpoint, receipt
from bihuan.base.records import RECORD, fact_key, record
from bihuan.base.records.envelope import Envelope, unseal
from bihuan.base.records.registry import StepRead
from bihuan.base.records.sealed import erase_parts, has_parts, reveal_parts
from bihuan.base.records.signatures import Signature, in_groups, signature_of
from bihuan.base.rules.subjects import SUBJECT
from bihuan.base.rules.subjects import subject as subject_table
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import door_words

_R = record.c
_KEYS = Open("the keys of a record that was just found within scope; each subject is then asked for within scope")
_SHOWN_BYTES = 40_000


@dataclass(frozen=True, slots=True)
class Line:
    """One declared field with its value: label in both languages, what was stated, unit."""

    words: Words
    value: str
    unit: str
    file: str = ""
    """Id of the file that it names."""


@dataclass(frozen=True, slots=True)
class Part:
    """One declared record that the entry states (an event can state several)."""

    titles: Words
    source: str
    lines: tuple[Line, ...]


@door("/records/{ref}", who="person")
def record_page(page: Page) -> Response:
    """A record within scope, in the words of its declaration and as the bytes that were hashed."""
    row = _found(page)
    body = body_of(page.reader, row["seq"])
    envelope, payload = unseal(body) if body is not None else (None, b"")
    names = Names(page)
    signature = signature_of(page.reader, row["seq"])
    return page.render(
        "shared/record.html",
        row=row,
        door=page.say(door_words(row["door"])),
        names=names,
        envelope=envelope,
        parts=_parts(page, row, envelope, payload),
        by=_by(page, row["by"], row["party"]),
        signature=signature,
        groups=in_groups(signature.hash) if signature else [],
        raw=_readable(payload),
        cut=len(payload) > _SHOWN_BYTES,
        octets=len(payload),
        corrects=_corrected(page, row),
        superseded_by=_visible_ref(page, row["superseded_by"]),
        writer=drafted_by(page, names, signature) if signature else "",
        personal=body is not None and has_parts(page.reader, row["party"], payload),
        subjects=[(each, names.subject(each), names.subject_url(each)) for each in _subjects(page, row["seq"])],
    )


@door("/records/{ref}/personal", "POST", who="person")
def personal_parts(page: Page) -> Response:
    """What names people in a record, for a stated reason that is logged; or its erasure, which cannot be undone."""
    why = page.require("why", "理由", "Reason")
    address = address_of(page)
    if page.field("act") == "erase":
        with page.write() as w:
            erase_parts(w, page.path("ref"), why, address)
        return page.go(f"/records/{page.path('ref')}", page.t("个人信息已删除。", "The personal data is erased."))
    with page.write() as w:
        shown = reveal_parts(w, page.path("ref"), why, address)
    return page.render("shared/personal.html", row=_found(page), shown=sorted(shown.items()), why=why)


@door("/records/{ref}/receipt", who="person", declassified="of other entries a receipt holds hashes, and how many there are")
def receipt_file(page: Page) -> Response:
    """The offline receipt with the body: for whoever may see the record."""
    row = _found(page)
    cover(page, row["seq"])
    return page.file(
        receipt(page.reader, row["seq"], with_body=True), f"{row['ref']}.receipt", "text/plain; charset=utf-8"
    )


@door("/records/{ref}/raw", who="person")
def raw_file(page: Page) -> Response:
    """The sender's bytes exactly as they came."""
    row = _found(page)
    body = body_of(page.reader, row["seq"])
    if body is None:
        raise NotFound
    return page.file(unseal(body)[1], f"{row['ref']}.json", "application/octet-stream")


def cover(page: Page, seq: int) -> None:
    """See to it that a signed checkpoint covers an entry."""
    try:
        latest_checkpoint(page.reader, seq)
    except Refused:
        page.house.sign()


def _found(page: Page) -> RowMapping:
    return page.reader.one(sa.select(record).where(_R.ref == page.path("ref")), RECORD)


def _parts(page: Page, row: RowMapping, envelope: Envelope | None, payload: bytes) -> list[Part]:
    if envelope is None:
        return []
    try:
        steps = page.house.registry.read(row["type"], envelope, payload)
    except (Invalid, msgspec.DecodeError):
        return []  # kept with a warning at its door: shown as the bytes that came
    return [_part(page, step) for step in steps]


def _part(page: Page, step: StepRead) -> Part:
    spec = page.house.registry.types[step.type]
    lines = []
    for field in spec.fields:
        value = getattr(step.record, field.name)
        if value is None or value == "" or value == []:
            continue
        file = value.partition("#")[0] if field.kind is Kind.file and kept_here(value) else ""
        lines.append(Line(field.words, show(field, value, page.lang), field.says.unit, file))
    return Part(spec.titles, spec.source, tuple(lines))


def _by(page: Page, by: str, party: str) -> str:
    """Who sent it: people masked, machines by what they are."""
    if by.startswith("per-"):
        return person_label(page.reader, by)
    if by.startswith("tok-"):
        return page.t("接口令牌", "a token of the interface") + f" {by}"
    if by.startswith("system:"):
        return page.t("系统", "the system") + f" ({by.partition(':')[2]})"
    return by or party


def drafted_by(page: Page, names: Names, signature: Signature) -> str:
    """Who had written what was signed: the service agency by name, people masked, machines by what they are."""
    who = _by(page, signature.drafted_by, "")
    return f"{names.party(signature.agency)} · {who}" if signature.agency else who


def _corrected(page: Page, row: RowMapping) -> RowMapping | None:
    """The record that this one corrects, when it is within scope."""
    if row["supersedes"] is None:
        return None
    query = sa.select(record).where(_R.sent == row["supersedes"], _R.party == row["party"])
    return page.reader.first(query, RECORD)


def _visible_ref(page: Page, ref: str | None) -> str:
    if ref is None:
        return ""
    return str(page.reader.scalar(sa.select(_R.ref).where(_R.ref == ref), RECORD) or "")


def _subjects(page: Page, seq: int) -> list[str]:
    """The subjects within scope for which a record counts."""
    keys = [row["key"] for row in page.reader.rows(sa.select(fact_key.c.key).where(fact_key.c.seq == seq), _KEYS)]
    query = sa.select(subject_table.c.id).where(subject_table.c.id.in_(keys)).order_by(subject_table.c.id)
    return [row["id"] for row in page.reader.rows(query, SUBJECT)]


def _readable(payload: bytes) -> str:
    """The bytes as text; JSON on lines of its own."""
    try:
        told: Any = json.loads(payload)
    except ValueError:
        return payload[:_SHOWN_BYTES].decode("utf-8", "replace")
    return json.dumps(told, ensure_ascii=False, indent=2)[:_SHOWN_BYTES]
