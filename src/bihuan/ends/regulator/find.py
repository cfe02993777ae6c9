"""查找: one box for codes, plates, firms, numbers; straight to the one hit, else a short list, always within scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import (
    APPLICATION,
    CASE,
    CERTIFICATE,
    DOCUMENT,
    PLAN,
    VISIT,
    application_table,
    case_table,
    certificate_table,
    document_table,
    plan_table,
    visit_table,
)
from bihuan.base.db import Scoped
from bihuan.base.errors import Words
from bihuan.base.identity import organisations
from bihuan.base.places import all_places
from bihuan.base.records import RECORD, fact_key, record, typed_table
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.base.rules.subjects import INNER, SUBJECT, subject, watch
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.rail import is_officer

SHORTEST_PLATE = 5
"""Signs of the shortest number plate that is worth looking for."""
EACH = 20
"""Hits shown of each kind; a longer word narrows them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its kind, its name, a second line, where it leads."""

    kind: Words
    label: str
    more: str
    href: str
    exact: bool = False


@door("/find", who="person")
def find(page: Page) -> Response:
    """What there is under the words asked for."""
    text = page.arg("q").strip()[:80]
    hits: list[Hit] = []
    if text:
        for look in _LOOKS:
            hits += look(page, text)
    exact = [hit for hit in hits if hit.exact]
    only = exact[0] if len({hit.href for hit in exact}) == 1 else hits[0] if len(hits) == 1 else None
    if only is not None:
        return page.go(only.href)
    return page.render("regulator/find.html", text=text, query=text, hits=hits)


def _end(page: Page) -> str:
    return "/regulator" if is_officer(page.principal) else "/enterprise"


def tidy(text: str) -> str:
    """A code as people type it, without separators, in capitals: `沪b·h2345`, `CSQU 305438-3`."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _subjects(page: Page, text: str) -> list[Hit]:
    s, names, bare = subject.c, Names(page), tidy(text)
    like = (
        sa.or_(s.label.icontains(text, autoescape=True), s.id.icontains(bare, autoescape=True))
        if bare
        else s.label == text
    )
    rows = page.reader.rows(sa.select(subject).where(like).order_by(s.last_at.desc(), s.id).limit(EACH), SUBJECT)
    words = {kind: said for app in page.house.apps.values() for kind, said in app.subject_kinds.items()}
    place = "subjects" if is_officer(page.principal) else "goods"
    return [
        Hit(
            words.get(row["kind"], Words("对象", "Subject")), row["label"], row["product"],
            f"{_end(page)}/{place}/{row['id']}" if place == "goods" else names.subject_url(row["id"]),
            tidy(row["id"].partition(":")[2]) == bare or row["label"] == text,
        )
        for row in rows
    ]  # fmt: skip


def _plates(page: Page, text: str) -> list[Hit]:
    """Subjects that a vehicle of that plate carried, by the records within scope that name it."""
    plate, seqs = tidy(text), set[int]()
    for spec in page.house.registry.types.values() if len(plate) >= SHORTEST_PLATE else ():
        for field in spec.fields:
            if field.says.key == "vehicle":
                table = typed_table(spec)
                named = sa.select(record.c.seq).join(table, table.c.seq == record.c.seq)
                query = named.where(table.c[field.name] == plate).order_by(record.c.seq.desc()).limit(200)
                seqs |= {row["seq"] for row in page.reader.rows(query, RECORD)}
    if not seqs:
        return []
    keys = sa.select(fact_key.c.key).where(fact_key.c.seq.in_(sorted(seqs)))
    direct = {row["key"] for row in page.reader.rows(keys, INNER)}
    watching = sa.select(watch.c.subject).where(watch.c.key.in_(sorted(direct)[:400]))
    carried = direct | {row["subject"] for row in page.reader.rows(watching, INNER)}
    kinds = [kind for app in page.house.apps.values() for kind in app.subject_kinds]
    s, names = subject.c, Names(page)
    query = (
        sa.select(subject).where(s.id.in_(sorted(carried)), s.kind.in_(kinds)).order_by(s.last_at.desc()).limit(EACH)
    )
    place = "subjects" if is_officer(page.principal) else "goods"
    return [
        Hit(Words("车辆所运", "Carried by the vehicle"), names.subject(row["id"]), row["product"],
            f"{_end(page)}/{place}/{row['id']}")
        for row in page.reader.rows(query, SUBJECT)
    ]  # fmt: skip


def _numbered(
    kind: Words,
    table: sa.Table,
    of: Scoped,
    path: str,
    columns: Sequence[str],
    title: Callable[[Page, sa.RowMapping], str],
) -> Callable[[Page, str], list[Hit]]:
    def look(page: Page, text: str) -> list[Hit]:
        found = [table.c[name].icontains(text, autoescape=True) for name in columns]
        rows = page.reader.rows(sa.select(table).where(sa.or_(*found)).order_by(table.c.id).limit(EACH), of)
        return [
            Hit(kind, row["number"], title(page, row), f"{_end(page)}/{path}/{row['id']}",
                any(str(row[name]).upper() == text.upper() for name in columns))
            for row in rows
        ]  # fmt: skip

    return look


def _titled(page: Page, row: sa.RowMapping) -> str:
    return page.say(Words(row["title_zh"], row["title_en"]))


def _firms(page: Page, text: str) -> list[Hit]:
    if not is_officer(page.principal):
        return []
    return [
        Hit(
            Words("主体", "Party"),
            each.name,
            each.uscc or "",
            f"/regulator/parties/{each.id}",
            text in (each.name, each.uscc),
        )
        for each in organisations(page.reader, text=text, limit=EACH)
    ]


def _places(page: Page, text: str) -> list[Hit]:
    if not is_officer(page.principal):
        return []
    app = next((app for app in page.house.apps.values() if app.subject_kinds), None)
    if app is None:
        return []
    return [
        Hit(Words("场所", "Place"), place.name, place.address, f"/regulator/{app.name}?place={place.id}")
        for place in all_places(page.reader)
        if text in place.name or text == place.id or (place.filing and text == place.filing)
    ][:EACH]


_LOOKS: tuple[Callable[[Page, str], list[Hit]], ...] = (
    _subjects,
    _plates,
    _numbered(Words("案件", "Case"), case_table, CASE, "cases", ("number", "id"), _titled),
    _numbered(Words("问题", "Finding"), finding_table, FINDING, "findings", ("number", "id"), _titled),
    _numbered(Words("办件", "Application"), application_table, APPLICATION, "applications", ("number", "id"),
              lambda page, row: Names(page).party(row["party"])),
    _numbered(Words("证照", "Certificate"), certificate_table, CERTIFICATE, "certificates", ("code", "number", "id"),
              lambda page, row: f"{_titled(page, row)} {row['code']}"),
    _numbered(Words("文书", "Document"), document_table, DOCUMENT, "documents", ("number", "id"), lambda page, row: ""),
    _numbered(Words("抽查计划", "Draw plan"), plan_table, PLAN, "draws", ("number", "id"), lambda page, row: str(row["title"])),
    _numbered(Words("检查任务", "Visit"), visit_table, VISIT, "visits", ("number", "id"),
              lambda page, row: Names(page).party(row["party"])),
    _firms,
    _places,
)  # fmt: skip
