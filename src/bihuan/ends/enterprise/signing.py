"""待签: what waits for the signature of the principal person, read in full and signed, given back, changed, withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.db import Writer
from bihuan.base.declare import Record, TypeSpec, read
from bihuan.base.errors import BihuanError, Invalid, NotFound, Words
from bihuan.base.identity import principals_of
from bihuan.base.notify import tell
from bihuan.base.records import RECORD, record
from bihuan.base.records.forms import flat, form_values
from bihuan.base.records.signatures import PROMISE, in_groups
from bihuan.base.records.to_sign import (
    ACTS,
    STATES,
    ToSign,
    acts_of,
    all_to_sign,
    change,
    content,
    give_back,
    hand_in,
    hash_of,
    one_to_sign,
    ready,
    settle,
    withdraw,
)
from bihuan.ends.enterprise.drawing import answers, drawn, summary
from bihuan.ends.enterprise.forms import NO_ERROR, retry_key
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.stated import Stated
from bihuan.ends.shared.asking import confirm_here, needs_password
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sending import send
from bihuan.ends.shared.words import when

HERE = ("/enterprise/signing", Words("待签", "To sign"))
COLOURS = {"waiting": "orange", "returned": "yellow", "signed": "green", "withdrawn": "none"}


@door("/enterprise/signing", who="enterprise")
def listed(page: Page) -> Response:
    """What waits for the signature; with `state=` what was signed, given back or withdrawn."""
    names = Names(page)
    asked = page.arg("state")
    rows = all_to_sign(page.reader, (asked,) if asked in STATES else ("waiting", "returned"))
    written = {draft.id: acts_of(page.reader, draft.id)[0] for draft in rows}
    columns = [
        column("type", "内容", "What", lambda d: _title(page, d), link=lambda d: f"/enterprise/signing/{d.id}"),
        column("state", "状态", "State", lambda d: page.say(STATES[d.state])),
        column("by", "起草", "Drafted by", lambda d: writer(page, names, written[d.id].by, written[d.id].agency)),
        column("updated", "最近修改", "Last changed", lambda d: at(d.updated),
               show=lambda d: when(d.updated, page.now, page.lang)),
        column("corrects", "更正", "Corrects", lambda d: page.t("是", "yes") if d.corrects else ""),
    ]  # fmt: skip
    return list_page(
        page, "signing", HERE[1], columns, rows,
        filters=[Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in STATES.items()])],
        acts=[("/enterprise/agencies", Words("委托服务机构", "Engage an agency"))],
        empty=Words(
            "没有待签的草稿。第一步：打开“报送”，填写须由主要负责人签署的事项并送签。",
            "Nothing waits for a signature. First step: open “Report”, fill in what the principal person must sign, hand it in.",
        ),
    )  # fmt: skip


@door("/enterprise/signing/{draft}", who="enterprise")
def one(page: Page) -> Response:
    """The whole content, its hash, who wrote it, and what the reader may do with it."""
    return _one(page, one_to_sign(page.reader, page.path("draft")))


@door("/enterprise/signing/{draft}", "POST", who="enterprise")
def act(page: Page) -> Response:
    """Sign what was shown; give it back with a remark; or withdraw it."""
    draft = one_to_sign(page.reader, page.path("draft"))
    doing = page.field("act")
    try:
        if doing == "sign" and draft.state == "signed" and draft.ref:
            return page.go(f"/enterprise/sent/{draft.ref}")  # the same button twice is one signature
        if doing == "sign":
            return _sign(page, draft)
        if doing == "return":
            return _give_back(page, draft)
        if doing == "withdraw":
            with page.write() as w:
                withdraw(w, draft.id)
            return page.go(HERE[0], page.t("草稿已撤回。", "The draft is withdrawn."))
        raise NotFound
    except NotFound:
        raise
    except BihuanError as error:
        return _one(page, one_to_sign(page.reader, draft.id), error)


@door("/enterprise/signing/{draft}/edit", who="enterprise")
def edit_page(page: Page) -> Response:
    """The form with what the draft says now."""
    draft = one_to_sign(page.reader, page.path("draft"))
    spec = _spec(page, draft)
    return _form(page, draft, spec, form_values(spec, content(page.reader, draft, spec)))


@door("/enterprise/signing/{draft}/edit", "POST", who="enterprise")
def edit(page: Page) -> Response:
    """Keep the changed content; when somebody else changed it meanwhile both are told and nothing typed is lost."""
    draft = one_to_sign(page.reader, page.path("draft"))
    spec = _spec(page, draft)
    values = answers(page, spec)
    if page.field("act") != "save":
        return _form(page, draft, spec, flat(values))
    try:
        reading = read(spec, values)
        if not isinstance(reading.record, Record):
            n = len(reading.faults)
            raise Invalid(f"有 {n} 处需要更正，见下。", f"{n} thing(s) to mend; see below.", faults=reading.faults)
        seen = page.field("version")
        with page.write() as w:
            after = change(w, draft.id, spec, reading.record, int(seen) if seen.isdecimal() else 0)
            _tell_principal(page, w, after, spec)
    except BihuanError as error:
        return _form(page, draft, spec, flat(values), error)
    return page.go(f"/enterprise/signing/{draft.id}", page.t("已保存，待签。", "Kept; it waits for the signature."))


def hand_over(page: Page, spec: TypeSpec, stated: Record, corrected: Stated | None) -> Response:
    """From the form to the list of what waits for the signature."""
    with page.write() as w:
        new = hand_in(w, spec, stated, corrects=None if corrected is None else corrected.sent, retry=retry_key(page))
        _tell_principal(page, w, one_to_sign(w, new), spec)
    told = page.t("已送签；主要负责人签署后才生效。", "Handed in; it binds once the principal person has signed.")
    return page.go(f"/enterprise/signing/{new}", told)


def writer(page: Page, names: Names, by: str, agency: str) -> str:
    """Who wrote a draft: the agency by name, people masked, machines as what they are."""
    who = page.t("接口令牌", "a token") if by.startswith("tok-") else names.person(by)
    return f"{names.party(agency)} · {who}" if agency else who


def _sign(page: Page, draft: ToSign) -> Response:
    spec = _spec(page, draft)
    if not page.field("promise"):
        words = Words("请勾选承诺后再签署。", "Tick the promise before you sign.")
        raise Invalid(*words)
    confirm_here(page)
    seen = page.field("version")
    with page.write() as w:
        one = ready(w, draft.id, spec, seen=int(seen) if seen.isdecimal() else 0, shown=page.field("hash"))
        kept = send(page, w, spec.name, one.record, w.new_id("sig"), one.supersedes, signing=one.signing)
        settle(w, draft.id, kept)
    return page.go(f"/enterprise/sent/{kept.ref}", page.t("已签署并报送。", "Signed and sent."))


def _give_back(page: Page, draft: ToSign) -> Response:
    with page.write() as w:
        give_back(w, draft.id, page.field("remark"))
        title = _spec(page, draft).titles
        for by in {each.by for each in acts_of(w, draft.id) if each.act in ("drafted", "changed")}:
            if by.startswith("per-"):
                words = Words(f"{title.zh}已退回，请修改后再送签。", f"{title.en} was given back; mend it and hand it in again.")
                tell(w, words, f"/enterprise/signing/{draft.id}", person=by, about=("to_sign", draft.id))
    return page.go(f"/enterprise/signing/{draft.id}", page.t("已退回。", "Given back."))


def _one(page: Page, draft: ToSign, error: BihuanError | None = None) -> Response:
    spec, names = _spec(page, draft), Names(page)
    stated = content(page.reader, draft, spec) if draft.open else None
    digest = "" if stated is None else hash_of(page.reader, draft, spec)
    signers = principals_of(page.reader, draft.party, page.now)
    own = page.principal.agency is None
    return page.render(
        "enterprise/signing.html",
        200 if error is None else error.status,
        draft=draft,
        spec=spec,
        names=names,
        state=STATES[draft.state],
        colour=COLOURS[draft.state],
        lines=[] if stated is None else summary(page, spec, stated),
        hash=digest,
        groups=in_groups(digest),
        acts=[(each, page.say(ACTS[each.act]), writer(page, names, each.by, each.agency)) for each in acts_of(page.reader, draft.id)],
        corrects=_corrects(page, draft),
        promise=PROMISE,
        signers=[names.person(who) for who in signers],
        signs=own and page.principal.person in signers and "principal" in page.principal.capabilities,
        drafts=page.principal.may("draft"),
        stale=needs_password(page),
        retry=retry_key(page),
        remark=page.field("remark"),
        labels={field.name: page.say(field.words) for field in spec.fields},
        **(NO_ERROR if error is None else page.wrong(error)),
    )


def _form(
    page: Page, draft: ToSign, spec: TypeSpec, values: dict[str, str], error: BihuanError | None = None
) -> Response:
    conflict = error is not None and error.code == "changed_since_shown"
    faults = () if error is None or conflict else error.faults
    return page.render(
        "enterprise/signing_form.html",
        200 if error is None else error.status,
        draft=draft,
        spec=spec,
        form=drawn(page, Mine(page), spec, values, faults),
        # After a conflict was told, saving once more is a decision made knowingly.
        seen=draft.version if conflict or not page.field("version") else page.field("version"),
        conflict=[page.say(fault.words) for fault in error.faults] if conflict and error is not None else [],
        retry=retry_key(page),
        error="" if error is None else page.say(error.words),
    )


def _spec(page: Page, draft: ToSign) -> TypeSpec:
    spec = page.house.registry.types.get(draft.type)
    if spec is None or draft.party != Mine(page).party:
        raise NotFound
    return spec


def _title(page: Page, draft: ToSign) -> str:
    spec = page.house.registry.types.get(draft.type)
    return draft.type if spec is None else page.say(spec.titles)


def _corrects(page: Page, draft: ToSign) -> str:
    """The outward id of the record that a draft corrects; empty when it corrects none."""
    if draft.corrects is None:
        return ""
    query = sa.select(record.c.ref).where(record.c.sent == draft.corrects, record.c.party == draft.party)
    return str(page.reader.scalar(query, RECORD) or "")


def _tell_principal(page: Page, w: Writer, draft: ToSign, spec: TypeSpec) -> None:
    words = Words(f"{spec.titles.zh}待您签署。", f"{spec.titles.en} waits for your signature.")
    for who in principals_of(w, draft.party, w.now):
        if who != page.principal.person:
            link, source = f"/enterprise/signing/{draft.id}", f"to_sign:{draft.id}:{draft.version}"
            tell(w, words, link, person=who, about=("to_sign", draft.id), source=source)
