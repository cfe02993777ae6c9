"""办件: apply, see the authority's clock, supply what is missing, and the certificate with its code."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import (
    Act,
    ApplicationKind,
    Doing,
    Stage,
    answer_more,
    application_of,
    application_table,
    application_turn,
    applications_where,
    apply,
    certificate_of,
    documents_of,
    next_action,
    timeline,
)
from bihuan.base.errors import BihuanError, NotFound, Words
from bihuan.base.files import FileRef, file_refs
from bihuan.base.places import Place
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.bookings import PICK_UP
from bihuan.ends.enterprise.forms import retry_key, shown, take_files
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.covered import said
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.papers import certificate_values
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import when

_A = application_table.c
PLACE, LOTS = "warehouse", "lots"
"""Fields that name a site or lots: asked by a choice, begun with what the subject says."""


@door("/enterprise/applications", who="enterprise")
def listed(page: Page) -> Response:
    """Our applications, the ones that wait for us first."""
    mine = Mine(page)
    kinds = page.house.desk().kinds
    conditions: list[sa.ColumnElement[bool]] = [_A.party == mine.party]
    if page.arg("state") == "ours":
        conditions += [_A.state == "open", _A.paused_at.is_not(None)]
    elif page.arg("state"):
        conditions.append(_A.state == page.arg("state"))
    rows = sorted(applications_where(page.reader, *conditions, limit=1000), key=lambda r: r["paused_at"] is None)
    columns = [
        column(
            "number", "办件号", "Number", lambda r: r["number"], link=lambda r: f"/enterprise/applications/{r['id']}"
        ),
        column("kind", "事项", "Matter", lambda r: page.say(_titles(kinds, r["kind"]))),
        column("turn", "进度", "Where it stands", lambda r: page.say(application_turn(r).words)),
        column("due_at", "部门时限", "Authority's clock", lambda r: at(r["due_at"]), show=lambda r: _clock(page, r)),
        column(
            "opened_at",
            "申请",
            "Applied",
            lambda r: at(r["opened_at"]),
            show=lambda r: when(r["opened_at"], page.now, page.lang),
        ),
    ]
    acts = [
        (f"/enterprise/applications/new/{name}", Words(f"申请{k.titles.zh}", f"Apply: {k.titles.en}"))
        for name, k in kinds.items()
    ]
    return list_page(
        page,
        "applications",
        Words("办件", "Applications"),
        columns,
        rows,
        acts=acts,
        filters=[
            Filter(
                "state",
                Words("状态", "State"),
                [
                    ("ours", page.t("等待本单位", "waiting for us")),
                    ("open", page.t("办理中", "open")),
                    ("granted", page.t("准予", "granted")),
                    ("refused", page.t("不予", "refused")),
                ],
            )
        ],
        empty=Words(
            "还没有办件。点上面的按钮申请；部门的办理时限从收到时起算。",
            "No application yet. Use the button above; the authority's clock runs from the moment it arrives.",
        ),
    )


def _clock(page: Page, row: RowMapping) -> object:
    if row["paused_at"] is not None:
        return page.t("暂停，等待补正", "paused, waiting for us")
    if row["due_at"] is None or row["state"] != "open":
        return ""
    said = page.say(page.house.desk().calendar.working_due_words(page.now, row["due_at"], row["area"]))
    return Markup('<span class="state {}">{}</span>').format("red" if row["due_at"] < page.now else "calm", said)


def _titles(kinds: dict[str, ApplicationKind], name: str) -> Words:
    return kinds[name].titles if name in kinds else Words(name, name)


@door("/enterprise/applications/new/{kind}", who="enterprise")
def new(page: Page) -> Response:
    """What has to be brought for a matter."""
    return _new(page, _kind(page), _begun(page), {}, None)


@door("/enterprise/applications/new/{kind}", "POST", who="enterprise")
def hand_in(page: Page) -> Response:
    """Hand an application in; what is missing is listed by the authority once, not refused here."""
    mine, kind = Mine(page), _kind(page)
    payload: dict[str, Any] = {}
    papers: dict[str, list[FileRef]] = {}
    try:
        payload = {need.name: _value(page, need.name) for need in kind.fields}
        papers = take_files(page, [need.name for need in kind.attachments])
        area = _area(page, mine, payload)
        with page.write() as w:
            application = apply(
                w,
                page.house.desk(),
                kind.name,
                area=area,
                payload=payload,
                act=Act("page", retry_key(page)),
                party=mine.party,
                attachments={name: files[-1].id for name, files in papers.items() if files},
            )
    except BihuanError as error:
        return _new(page, kind, payload, papers, error)
    return page.go(
        f"/enterprise/applications/{application}",
        page.t("已提交申请，部门时限开始计算。", "Handed in; the authority's clock runs."),
    )


@door("/enterprise/applications/{id}", who="enterprise")
def one(page: Page) -> Response:
    """One application with the authority's clock, what is missing, the decision."""
    return _shown(page, application_of(page.reader, page.path("id")), None)


@door("/enterprise/applications/{id}", "POST", who="enterprise")
def supply(page: Page) -> Response:
    """Supply what was asked for."""
    row = application_of(page.reader, page.path("id"))
    papers: dict[str, list[FileRef]] = {}
    try:
        asked = [item["name"] for item in json.loads(row["missing"])]
        papers = take_files(page, asked)
        given = {name: files[-1].id for name, files in papers.items() if files}
        payload = {name: _value(page, name) for name in asked if name not in given and page.field(name)}
        with page.write() as w:
            answer_more(
                w,
                page.house.desk(),
                row["id"],
                payload=payload,
                attachments=given,
                text=page.field("text"),
                act=Act("page", retry_key(page)),
            )
    except BihuanError as error:
        return _shown(page, row, error, papers)
    return page.go(
        f"/enterprise/applications/{row['id']}", page.t("补正材料已提交。", "What was asked for is handed in.")
    )


@door("/enterprise/certificates/{id}", who="enterprise")
def certificate(page: Page) -> Response:
    """Our certificate with its code, to print."""
    row = certificate_of(page.reader, page.path("id"))
    return page.render("enterprise/certificate.html", **certificate_values(page, row))


def _kind(page: Page) -> ApplicationKind:
    kinds = page.house.desk().kinds
    if page.path("kind") not in kinds:
        raise NotFound
    return kinds[page.path("kind")]


def _begun(page: Page) -> dict[str, Any]:
    kind, _, name = page.arg("for").partition(":")
    if kind != "lot" or not name:
        return {}
    row = page.reader.first(sa.select(subject).where(subject.c.id == page.arg("for")), SUBJECT)
    return {LOTS: [name], PLACE: "" if row is None else row["place"]}


def _value(page: Page, name: str) -> Any:
    text = page.field(name)
    if name != LOTS:
        return text
    for mark in ",，;；\n\t ":
        text = text.replace(mark, "、")
    return [lot for lot in text.split("、") if lot]


def _area(page: Page, mine: Mine, payload: dict[str, Any]) -> str:
    """The authority is that of the warehouse where the goods stand, else that of our own seat."""
    place = Names(page).places.get(str(payload.get(PLACE, "")))
    return place.area[:6] if place is not None else mine.organisation.area[:6]


def _new(
    page: Page,
    kind: ApplicationKind,
    payload: dict[str, Any],
    papers: dict[str, list[FileRef]],
    error: BihuanError | None,
) -> Response:
    values = {name: "、".join(value) if isinstance(value, list) else str(value) for name, value in payload.items()}
    query = (
        sa.select(subject.c.label, subject.c.product).where(subject.c.kind == "lot").order_by(subject.c.last_at.desc())
    )
    return page.render(
        "enterprise/apply.html",
        200 if error is None else error.status,
        kind=kind,
        values=values,
        papers=papers,
        places=_places(page),
        lots=page.reader.rows(query.limit(200), SUBJECT),
        retry=retry_key(page),
        place_field=PLACE,
        lots_field=LOTS,
        **shown(page, error),
    )


def _places(page: Page) -> list[Place]:
    return sorted((p for p in Names(page).places.values() if p.capacity_kg is not None and p.kind not in PICK_UP), key=lambda p: p.name)


def _shown(
    page: Page, row: RowMapping, error: BihuanError | None, papers: dict[str, list[FileRef]] | None = None
) -> Response:
    kinds = page.house.desk().kinds
    kind = kinds.get(row["kind"])
    labels = {need.name: need.titles for need in (*kind.fields, *kind.attachments)} if kind else {}
    attached = json.loads(row["attachments"])
    action = next_action(row, page.principal)
    names = Names(page)
    return page.render(
        "enterprise/application.html",
        200 if error is None else error.status,
        a=row,
        kind=kind,
        titles=_titles(kinds, row["kind"]),
        turn=application_turn(row),
        happened=timeline(page.reader, row["id"]),
        number_ids={document.number: document.id for document in documents_of(page.reader, row["id"])},
        stages=list(Stage),
        missing=json.loads(row["missing"]),
        papers_needed={need.name for need in kind.attachments} if kind else set(),
        payload=[(labels.get(n, Words(n, n)), said(names, n, v)) for n, v in json.loads(row["payload"]).items()],
        attached=[
            (labels.get(n, Words(n, n)), ref)
            for n, ref in zip(attached, file_refs(page.reader, list(attached.values())), strict=True)
        ],
        answering=action is not None and action.doing is Doing.answer_more,
        retry=retry_key(page),
        papers=papers or {},
        places=_places(page),
        place_field=PLACE,
        typed={name: texts[-1] for name, texts in page.fields().items()},
        text=page.field("text"),
        **shown(page, error),
    )
