"""报送: what a clerk states in a day, each type as its form; read over, signed, receipted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from bihuan.base.declare import Record, TypeSpec, read
from bihuan.base.errors import BihuanError, Conflict, Fault, Forbidden, Invalid, Words
from bihuan.base.records import Kept
from bihuan.base.records.drafts import Draft, drafts_of, drop_draft, save_draft
from bihuan.base.records.forms import flat, form_values
from bihuan.base.records.signatures import in_groups, signature_of, signed_by
from bihuan.base.rules.suppose import Supposed, Supposition
from bihuan.ends.enterprise.drawing import answers, completed, drawn, summary
from bihuan.ends.enterprise.forms import NO_ERROR, retry_key
from bihuan.ends.enterprise.mine import Form, Mine
from bihuan.ends.enterprise.prefill import prefill
from bihuan.ends.enterprise.records import may_void, voucher_of
from bihuan.ends.enterprise.signing import hand_over, writer
from bihuan.ends.enterprise.stated import Stated, last_stated, stated
from bihuan.ends.shared.asking import confirm_here, needs_password
from bihuan.ends.shared.names import Names, snake
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import send, shown_hash
from bihuan.ends.shared.supposing import Line, ask, lines

_ELSEWHERE = {"booked": "/enterprise/bookings/new", "arrived_warehouse": "/enterprise/gate"}
"""Steps that have a page of their own, with capacity or the gate's comparison."""


@door("/enterprise/report", who="enterprise")
def index(page: Page) -> Response:
    """Everything that this organisation reports, in the groups of its day."""
    mine = Mine(page)
    groups: dict[Words, list[Form]] = {}
    for form in mine.forms:
        groups.setdefault(form.page.group, []).append(form)
    latest = {
        form.spec.name: last_stated(page.reader, page.house.registry, mine.party, form.spec.name) for form in mine.forms
    }
    names = Names(page)
    drafts = {draft.type: (draft, _draft_lines(page, names, draft)) for draft in reversed(drafts_of(page.reader))}
    return page.render("enterprise/report_index.html", groups=groups, latest=latest, drafts=drafts, address=address)


def address(type_name: str) -> str:
    """Where a type is reported."""
    return _ELSEWHERE.get(snake(type_name.partition(".")[2]), f"/enterprise/report/{type_name}")


@door("/enterprise/report/{type}", who="enterprise")
def form_page(page: Page) -> Response:
    """The form: empty but for what is known, with `for=lot:L1` for a subject, `repeat=1`, or `corrects=` a record."""
    mine, corrected = Mine(page), None
    if page.arg("corrects"):
        corrected = _to_correct(page, mine, page.arg("corrects"))
        return _form(page, mine, corrected.spec, form_values(corrected.spec, corrected.record), corrected=corrected)
    spec = mine.form(page.path("type")).spec
    known = _plain(spec, prefill(page, mine, spec, page.arg("for")))
    last = last_stated(page.reader, page.house.registry, mine.party, spec.name)
    draft = next(iter(drafts_of(page.reader, spec.name, limit=1)), None)
    values, begun = known, None
    if page.arg("repeat") and last is not None:
        time = spec.by_role("time")
        values = form_values(spec, last.record) | ({time.name: known[time.name]} if time and time.name in known else {})
    elif draft is not None and not page.arg("for") and not page.arg("fresh"):
        values, begun = draft.values, draft
    return _form(page, mine, spec, values, last=last, draft=begun)


@door("/enterprise/report/{type}", "POST", who="enterprise")
def posted(page: Page) -> Response:
    """One button of the form: add a line, read it over, go back to it, sign and send."""
    mine = Mine(page)
    corrected = _to_correct(page, mine, page.field("corrects")) if page.field("corrects") else None
    spec = corrected.spec if corrected is not None else mine.form(page.path("type")).spec
    values: dict[str, Any] = {}
    try:
        values = answers(page, spec)
        if page.field("act") in ("check", "send"):
            return _checked(page, spec, values, corrected)
    except BihuanError as error:
        typed = flat(values) or {name: texts[-1] for name, texts in page.fields().items()}
        return _form(page, mine, spec, typed, error.faults, corrected=corrected, error=error)
    return _form(page, mine, spec, flat(values), corrected=corrected)


@door("/enterprise/drafts/{type}", "POST", who="enterprise")
def keep_draft(page: Page) -> Response:
    """What was typed so far, kept by the script after each change."""
    spec = Mine(page).form(page.path("type")).spec
    begun = next(iter(drafts_of(page.reader, spec.name, limit=1)), None)
    names = {field.name for field in spec.fields}
    values = {name: texts[-1] for name, texts in page.fields().items() if name.split(".")[0] in names}
    with page.write() as w:
        if any(values.values()):
            save_draft(w, spec.name, values, draft_id=None if begun is None else begun.id)
    return Response(status_code=204)


@door("/enterprise/drafts/{type}/drop", "POST", who="enterprise")
def give_up_draft(page: Page) -> Response:
    """Throw a draft away."""
    name = page.path("type")
    _drop(page, name)
    return page.go(f"/enterprise/report/{name}", page.t("草稿已删除。", "The draft is thrown away."))


@door("/enterprise/sent/{ref}", who="enterprise")
def receipt(page: Page) -> Response:
    """What was kept: its number in the ledger, when, and where its proof is."""
    mine = Mine(page)
    kept = stated(page.reader, page.house.registry, mine.party, page.path("ref"))
    signature = signature_of(page.reader, kept.seq)
    return page.render(
        "enterprise/sent.html",
        kept=kept,
        lines=summary(page, kept.spec, kept.record),
        names=Names(page),
        signature=signature,
        groups=in_groups(signature.hash) if signature else [],
        writer=writer(page, Names(page), signature.drafted_by, signature.agency) if signature else "",
        again=address(kept.spec.name),
        goods=_subjects(page, kept),
        may_void=may_void(page, kept),
        voucher=voucher_of(kept),
        own=any(form.spec is kept.spec for form in mine.forms),
    )


def _checked(page: Page, spec: TypeSpec, values: dict[str, Any], corrected: Stated | None) -> Response:
    reading = read(spec, values)
    if not isinstance(reading.record, Record):
        n = len(reading.faults)
        raise Invalid(f"有 {n} 处需要更正，见下。", f"{n} thing(s) to mend; see below.", faults=reading.faults)
    error: BihuanError | None = None
    if page.field("act") == "send":
        try:
            if signed_by(spec):
                handed = hand_over(page, spec, reading.record, corrected)
                if corrected is None:
                    _drop(page, spec.name)
                return handed
            kept = _sign(page, spec, reading.record, corrected)
            return page.go(f"/enterprise/sent/{kept.ref}", page.t("已签署并报送。", "Signed and sent."))
        except BihuanError as refused:
            error = refused
    found = _effects(page, spec, reading.record, None if corrected is None else corrected.sent)
    notes = [(fault.path, page.say(fault.words)) for fault in reading.notes]
    told = NO_ERROR if error is None else page.wrong(error)
    return page.render(
        "enterprise/report_check.html",
        200 if error is None else error.status,
        spec=spec,
        values=flat(values),
        lines=summary(page, spec, reading.record),
        hash=shown_hash(reading.record, None if corrected is None else corrected.sent),
        corrected=corrected,
        retry=retry_key(page),
        stale=needs_password(page),
        notes=notes,
        effects=lines(page, Names(page), found.changes),
        left_out=found.left_out,
        to_sign=bool(signed_by(spec)),
        action=f"/enterprise/report/{spec.name}",
        **told,
    )


def _effects(page: Page, spec: TypeSpec, record: Record, supersedes: str | None = None) -> Supposition:
    """What the rules would say if a record were signed as it is."""
    return ask(page, [Supposed(spec.name, record, supersedes)])


def _draft_lines(page: Page, names: Names, draft: Draft) -> list[Line] | None:
    """What a draft would break or make due; None while it is not yet complete."""
    spec = page.house.registry.types.get(draft.type)
    if spec is None:
        return None
    reading = read(spec, completed(page, spec, {name: [text] for name, text in draft.values.items()}))
    if not isinstance(reading.record, Record):
        return None
    return lines(page, names, _effects(page, spec, reading.record).of("violated", "due"))


def _sign(page: Page, spec: TypeSpec, record: Record, corrected: Stated | None) -> Kept:
    if not page.principal.may("sign"):
        raise Forbidden(
            "您可以起草，但没有签署权限；草稿已保留，请由有权限的同事签署。",
            "You may draft, not sign; the draft is kept for a colleague who may.",
            code="may_not_sign",
        )
    supersedes = None if corrected is None else corrected.sent
    if page.field("hash") != shown_hash(record, supersedes):
        raise Conflict(
            "内容与您核对时不同，请再核对一遍。",
            "The content is not what you were shown; read it over again.",
            code="changed_since_shown",
        )
    confirm_here(page)
    with page.write() as w:
        kept = send(page, w, spec.name, record, retry_key(page), supersedes)
    if corrected is None:
        _drop(page, spec.name)
    return kept


def _drop(page: Page, type_name: str) -> None:
    begun = drafts_of(page.reader, type_name)
    if begun:
        with page.write() as w:
            for draft in begun:
                drop_draft(w, draft.id)


def _to_correct(page: Page, mine: Mine, ref: str) -> Stated:
    found = stated(page.reader, page.house.registry, mine.party, ref)
    if found.superseded:
        raise Conflict(
            "这条记录已被更正或作废，请更正最新的一条。",
            "This record was corrected or voided already; correct the latest one.",
        )
    return found


def _form(
    page: Page,
    mine: Mine,
    spec: TypeSpec,
    values: dict[str, str],
    faults: Sequence[Fault] = (),
    *,
    corrected: Stated | None = None,
    last: Stated | None = None,
    draft: Draft | None = None,
    error: BihuanError | None = None,
) -> Response:
    return page.render(
        "enterprise/report_form.html",
        200 if error is None else error.status,
        spec=spec,
        corrected=corrected,
        last=last,
        draft=draft,
        form=drawn(page, mine, spec, values, faults),
        retry=retry_key(page),
        error="" if error is None else page.say(error.words),
        draft_key=f"{page.principal.person}.{mine.party}.{spec.name}",
        action=f"/enterprise/report/{spec.name}",
        aside=page.arg("for"),
        typed_here=page.request.method == "POST" or any(page.arg(name) for name in ("for", "repeat", "fresh")),
        names=Names(page),
    )


def _plain(spec: TypeSpec, values: dict[str, Any]) -> dict[str, str]:
    """Values that a form begins with, as texts under form names."""
    found: dict[str, str] = {}
    for field in spec.fields:
        value = values.get(field.name)
        if value is None:
            continue
        if isinstance(value, list):
            found[field.name] = "、".join(value)
        else:
            found[field.name] = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return found


def _subjects(page: Page, kept: Stated) -> list[str]:
    """The containers and lots that a record names, for the links under it."""
    kinds = {kind for app in page.house.apps.values() for kind in app.subject_kinds}
    found: dict[str, None] = {}
    for field in kept.spec.fields:
        value = getattr(kept.record, field.name)
        if field.says.key in kinds and value:
            found |= dict.fromkeys(
                f"{field.says.key}:{item}" for item in (value if isinstance(value, list) else [value])
            )
    return list(found)[:10]
