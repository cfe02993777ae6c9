"""待签: whole records that wait for the principal's signature; written by clerks or an engaged agency, changed, given back.

Nothing here binds anybody: what waits is kept as a record by `keep`, under a signature alone. Every version stands with
who wrote it until the record is signed or withdrawn; then the contents are dropped and the trail of acts stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, Scoped, Writer, big, metadata, party_tag
from bihuan.base.declare import Record, TypeSpec, show
from bihuan.base.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.records.actions import Kept
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.evidence import with_hashes
from bihuan.base.records.model import DERIVED
from bihuan.base.records.model import record as record_table
from bihuan.base.records.personal import split_personal
from bihuan.base.records.signatures import Signing, signed_by, signing_hash

State = Literal["waiting", "returned", "signed", "withdrawn"]
STATES: dict[str, Words] = {
    "waiting": Words("待签", "Waits for the signature"),
    "returned": Words("已退回", "Given back"),
    "signed": Words("已签署", "Signed"),
    "withdrawn": Words("已撤回", "Withdrawn"),
}
ACTS: dict[str, Words] = {
    "drafted": Words("起草", "Drafted"),
    "changed": Words("修改", "Changed"),
    "returned": Words("退回", "Given back"),
    "withdrawn": Words("撤回", "Withdrawn"),
    "signed": Words("签署", "Signed"),
}
_OPEN = ("waiting", "returned")

to_sign = sa.Table(
    "to_sign",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("corrects", sa.Text),
    sa.Column("retry", sa.Text),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Column("updated", big, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Index("to_sign_of_party", "party", "state", "updated"),
    sa.Index("to_sign_retry", "party", "retry"),
)
"""corrects: the id of the kept record whose place it is to take; hash: of what was handed in first, for its retry key;
ref: outward id of the record that it became."""
to_sign_act = sa.Table(
    "to_sign_act",
    metadata,
    sa.Column("draft", sa.ForeignKey("to_sign.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("at", big, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Column("record", sa.LargeBinary),
)
"""record: the content that `drafted` or `changed` left, canonical JSON; none for other acts and once it is settled."""

TO_SIGN = Scoped("to_sign", to_sign.c.id)
_ACTS = Open("the acts of a draft that was just found within scope")
_OWN = Open("a sender is told only what became of its own keys")
LONGEST_REMARK = 1000


@dataclass(frozen=True, slots=True)
class ToSign:
    """One record that waits, or waited; instants int us."""

    id: str
    party: str
    type: str
    state: State
    version: int
    corrects: str | None
    created: int
    updated: int
    ref: str | None

    @property
    def open(self) -> bool:
        """Whether it can still be changed, signed or withdrawn."""
        return self.state in _OPEN


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to a draft: by a person or token (id), in the name of an agency or of the organisation itself ("")."""

    at: int
    act: str
    by: str
    agency: str
    version: int
    remark: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A record that may be kept under a signature in this transaction."""

    record: Record
    supersedes: str | None
    signing: Signing


def hand_in(w: Writer, spec: TypeSpec, record: Record, *, corrects: str | None = None, retry: str | None = None) -> str:
    """Put a record before the principal person of the organisation acted for; its id. The same retry key is one draft.

    Forbidden for who may not draft; Invalid names files that are not there, or a correction of what is no such record of
    theirs; Conflict when the retry key stood for other content.
    """
    party, by = _drafter(w)
    if not signed_by(spec):
        raise Refused("这类记录无须主要负责人签署，请直接报送。", "This type needs no such signature; send it as it is.")
    body = encode_record(with_hashes(w, spec, record))
    digest = hashlib.sha256(f"{spec.name}\n{corrects or ''}\n".encode() + body).digest()
    if retry is not None:
        query = sa.select(to_sign.c.id, to_sign.c.hash).where(to_sign.c.party == party, to_sign.c.retry == retry)
        if (before := w.first(query, _OWN)) is not None:
            if bytes(before["hash"]) == digest:
                return str(before["id"])
            raise Conflict(f"编号 {retry} 已有内容不同的草稿。", f"{retry} stands for a draft with other content.")
    if corrects is not None:
        _check_corrects(w, spec, party, corrects)
    new = w.new_id("sgn")
    row = {"id": new, "party": party, "type": spec.name, "state": "waiting", "version": 1, "corrects": corrects}
    w.insert(to_sign, row | {"retry": retry, "hash": digest, "created": w.now, "updated": w.now, "ref": None})
    w.tag("to_sign", new, [party_tag(party)])
    _note(w, new, "drafted", by, 1, body=body)
    return new


def change(w: Writer, draft_id: str, spec: TypeSpec, record: Record, seen: int) -> ToSign:
    """Put other content in a draft's place; Conflict, naming the fields, when somebody changed it since version `seen`."""
    _, by = _drafter(w)
    draft = _open(w, draft_id)
    if draft.type != spec.name:
        raise NotFound
    body = encode_record(with_hashes(w, spec, record))
    if draft.version != seen:
        raise _moved_on(w, draft, spec, seen)
    if body == _body(w, draft, draft.version) and draft.state == "waiting":
        return draft
    _set(w, draft_id, state="waiting", version=draft.version + 1)
    _note(w, draft_id, "changed", by, draft.version + 1, body=body)
    return one_to_sign(w, draft_id)


def give_back(w: Writer, draft_id: str, remark: str) -> None:
    """Send a draft back to who wrote it, saying what is to be mended: by the principal person."""
    draft = _open(w, draft_id)
    who = w.principal
    if who.kind != "person" or who.party != draft.party or "principal" not in who.capabilities:
        raise Forbidden("只有主要负责人可以退回。", "Only the principal person gives it back.", code="not_the_principal")
    said = remark.strip()
    if not said or len(said) > LONGEST_REMARK:
        words = Words(f"请写明退回意见（不超过 {LONGEST_REMARK} 字）。", f"Say what is to be mended (at most {LONGEST_REMARK} characters).")
        raise Invalid(*words, faults=[Fault("remark", "required", words)])
    _set(w, draft_id, state="returned")
    _note(w, draft_id, "returned", who.person or who.id, draft.version, remark=said)


def withdraw(w: Writer, draft_id: str) -> None:
    """Take a draft away unsigned; an agency only what it wrote itself."""
    _, by = _drafter(w)
    draft = _open(w, draft_id)
    agency = w.principal.agency
    if agency is not None and any(act.agency != agency for act in acts_of(w, draft_id) if act.act in ("drafted", "changed")):
        raise Forbidden("这份草稿含委托单位自己填写的内容，请由该单位撤回。",
                        "The organisation's own people wrote in this draft; they withdraw it.", code="not_yours")  # fmt: skip
    _set(w, draft_id, state="withdrawn")
    _note(w, draft_id, "withdrawn", by, draft.version)
    _forget(w, draft_id)


def ready(w: Writer, draft_id: str, spec: TypeSpec, *, seen: int, shown: str) -> Ready:
    """What may be signed: the content of the version that was shown, under the hash that was shown.

    Conflict, naming the fields, when the draft changed since it was shown, was settled, or corrects what was corrected.
    """
    draft = _open(w, draft_id)
    if draft.type != spec.name:
        raise NotFound
    if draft.state == "returned":
        raise Conflict("草稿已退回，修改后再签。", "The draft was given back; it is to be mended first.", code="returned")
    if draft.version != seen or hash_of(w, draft, spec) != shown:
        raise _moved_on(w, draft, spec, seen)
    if draft.corrects is not None:
        r = record_table.c
        query = sa.select(r.superseded_by).where(r.party == draft.party, r.sent == draft.corrects)
        row = w.first(query, DERIVED)
        if row is None or row["superseded_by"] is not None:
            raise Conflict("所更正的记录已另有更正，请从最新一条重新更正。",
                           "The record was corrected otherwise meanwhile; begin anew from the latest one.", code="corrected")  # fmt: skip
    wrote = [act for act in acts_of(w, draft_id) if act.act in ("drafted", "changed")]
    agency = next((act.agency for act in reversed(wrote) if act.agency), "")
    return Ready(content(w, draft, spec), draft.corrects, Signing(shown, wrote[-1].by, agency))


def settle(w: Writer, draft_id: str, kept: Kept) -> None:
    """Note that a draft became a record."""
    draft = one_to_sign(w, draft_id)
    _set(w, draft_id, state="signed", ref=kept.ref)
    _note(w, draft_id, "signed", w.principal.person or w.principal.id, draft.version)
    _forget(w, draft_id)


def one_to_sign(reader: Reader, draft_id: str) -> ToSign:
    """One draft within scope; NotFound for any other."""
    return _draft(reader.one(sa.select(to_sign).where(to_sign.c.id == draft_id), TO_SIGN))


def all_to_sign(reader: Reader, states: Sequence[str] = _OPEN, *, limit: int = 200) -> list[ToSign]:
    """The drafts of the organisation acted for, last changed first."""
    query = sa.select(to_sign).where(to_sign.c.party == (reader.principal.party or ""), to_sign.c.state.in_(states))
    rows = reader.rows(query.order_by(to_sign.c.updated.desc(), to_sign.c.id).limit(limit), TO_SIGN)
    return [_draft(row) for row in rows]


def waiting_count(reader: Reader) -> int:
    """How many wait for the signature now, of the organisation acted for."""
    query = sa.select(to_sign.c.id).where(to_sign.c.party == (reader.principal.party or ""), to_sign.c.state == "waiting")
    return reader.count(query, TO_SIGN)


def acts_of(reader: Reader, draft_id: str) -> list[Act]:
    """What was done to a draft, in order."""
    one_to_sign(reader, draft_id)
    a = to_sign_act.c
    query = sa.select(a.at, a.act, a.by, a.agency, a.version, a.remark).where(a.draft == draft_id).order_by(a.n)
    return [Act(**row) for row in reader.rows(query, _ACTS)]


def content(reader: Reader, draft: ToSign, spec: TypeSpec, version: int | None = None) -> Record:
    """What a version says (the newest by default); Conflict when it is gone or was declared otherwise since."""
    body = _body(reader, draft, draft.version if version is None else version)
    if body is not None:
        try:
            found = msgspec.json.decode(body, type=spec.cls)
        except msgspec.ValidationError:
            found = None  # the declaration has changed; whoever wrote it fills the new form in
        if isinstance(found, Record):
            return found
    raise Conflict("这一稿的内容已不再保存，请重新填写。", "The content of this draft is no longer there; fill it in anew.", code="gone")


def hash_of(reader: Reader, draft: ToSign, spec: TypeSpec) -> str:
    """The hash under which the newest content would be signed."""
    emptied, _ = split_personal(spec, content(reader, draft, spec))
    return signing_hash(spec.name, draft.party, draft.corrects, encode_record(emptied))


def what_changed(spec: TypeSpec, old: Record, new: Record) -> list[Fault]:
    """The fields in which two contents differ, each with both values."""
    found = []
    for field in spec.fields:
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        zh, en = ([_short(field, value, lang) for value in (before, after)] for lang in ("zh", "en"))
        words = Words(f"“{field.words.zh}”由“{zh[0]}”改为“{zh[1]}”。", f"“{field.words.en}” was “{en[0]}” and is now “{en[1]}”.")
        found.append(Fault(field.name, "changed", words))
    return found


def _short(field: Any, value: Any, lang: str) -> str:
    if value is None or value in ("", [], ()):
        return Words("（空）", "(empty)").of(lang)
    text = str(show(field, value, lang))
    return text if len(text) <= 80 else text[:79] + "…"


def _moved_on(reader: Reader, draft: ToSign, spec: TypeSpec, seen: int) -> Conflict:
    now = content(reader, draft, spec)
    body = _body(reader, draft, seen)
    old = msgspec.json.decode(body, type=spec.cls) if body is not None and 0 < seen <= draft.version else None
    return Conflict(
        "草稿在您打开之后已被修改，改动见下；请核对最新内容后再办。",
        "The draft was changed after you opened it, as told below; read the newest content over first.",
        code="changed_since_shown",
        faults=what_changed(spec, old, now) if isinstance(old, Record) else (),
    )


def _drafter(w: Writer) -> tuple[str, str]:
    who = w.principal
    if who.kind not in ("person", "token") or who.party is None or "draft" not in who.capabilities:
        raise Forbidden("您没有为本单位起草的权限。", "You may not draft for this organisation.", code="may_not_draft")
    return who.party, who.person or who.id


def _check_corrects(w: Writer, spec: TypeSpec, party: str, corrects: str) -> None:
    r = record_table.c
    if w.first(sa.select(r.seq).where(r.party == party, r.sent == corrects, r.type == spec.name), DERIVED) is None:
        words = Words("没有这条可更正的本单位记录。", "There is no such record of yours to correct.")
        raise Invalid(*words, faults=[Fault("supersedes", "unknown", words)])


def _open(w: Writer, draft_id: str) -> ToSign:
    draft = one_to_sign(w, draft_id)
    if not draft.open:
        told = STATES[draft.state]
        raise Conflict(f"这份草稿{told.zh}，不能再办。", f"This draft is settled: {told.en.lower()}.", code="settled")
    return draft


def _set(w: Writer, draft_id: str, **values: Any) -> None:
    w.write(sa.update(to_sign).where(to_sign.c.id == draft_id).values(updated=w.now, **values))


def _note(w: Writer, draft_id: str, act: str, by: str, version: int, *, remark: str = "", body: bytes | None = None) -> None:
    n = w.count(sa.select(to_sign_act.c.n).where(to_sign_act.c.draft == draft_id), _ACTS)
    row = {"draft": draft_id, "n": n, "at": w.now, "act": act, "by": by, "agency": w.principal.agency or ""}
    w.insert(to_sign_act, row | {"version": version, "remark": remark, "record": body})


def _body(reader: Reader, draft: ToSign, version: int) -> bytes | None:
    a = to_sign_act.c
    query = sa.select(a.record).where(a.draft == draft.id, a.version == version, a.record.is_not(None))
    found = reader.scalar(query, _ACTS)
    return None if found is None else bytes(found)


def _forget(w: Writer, draft_id: str) -> None:
    w.write(sa.update(to_sign_act).where(to_sign_act.c.draft == draft_id).values(record=None))


def _draft(row: RowMapping) -> ToSign:
    names = ("id", "party", "type", "state", "version", "corrects", "created", "updated", "ref")
    return ToSign(**{name: row[name] for name in names})
