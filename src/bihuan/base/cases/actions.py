"""The acts by which a case goes its way: 立案, 派遣, 处置, 核查, 结案, 评价, and 撤销 when its finding is withdrawn.

Each act checks scope, whose turn it is and the evidence asked for, and is done once under its retry key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa

from bihuan.base.cases.access import ACT, DECIDE, access, need_officer, need_party, refuse, tags_in
from bihuan.base.cases.documents import issue_document
from bihuan.base.cases.model import CASE, GRADES, Act, Doing, Grade, case_table, event_table
from bihuan.base.cases.once import begin
from bihuan.base.cases.records import APP, FindingNoted
from bihuan.base.cases.steps import advance_case, tell_about
from bihuan.base.cases.turns import is_owner, whose_turn
from bihuan.base.clock import moment
from bihuan.base.db import Open, Writer, area_tag, party_tag
from bihuan.base.errors import Fault, Forbidden, Invalid, Refused, Words
from bihuan.base.files import file_refs, tag_files
from bihuan.base.identity import masked_label, person_label
from bihuan.base.records import keep
from bihuan.base.rules.findings import add_finding, finding_of, move_finding, release_withdrawn
from bihuan.base.rules.findings_model import Origin
from bihuan.base.rules.numbering import spoken_number

_INNER = Open("the evidence of a case that was just found within scope")


def note_finding(
    w: Writer,
    *,
    subject: str,
    origin: Origin,
    title: Words,
    reason: Words,
    line: str,
    area: str,
    act: Act,
    party: str | None = None,
    photos: Sequence[str] = (),
    due: int | None = None,
) -> str:
    """发现 by a person: a visit (with photos), a hotline call, a tip of the public. Its finding id.

    A patrol's finding is an officer's in that area and line; anybody may tip. The statement itself is a ledger record.
    """
    said = [subject, origin, title, reason, line, area, party, list(photos), due]
    begun = begin(w, act, "note_finding", *said)
    if begun.before is not None:
        return begun.before
    if origin != "tip":
        need_officer(w, {"line": line, "area": area}, ACT)
    _need_text(title.zh, "title", "请写明是什么问题。", "Say what the finding is.")
    tags = {area_tag(line, area)}
    files = file_refs(w, photos)
    record = FindingNoted(
        noted_at=moment(w.now), subject=subject, origin=origin, title=title.zh, reason=reason.zh, area=area,
        about=party or "", evidence=tuple(f"{f.id}#sha256={f.sha256}" for f in files),
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=tags)
    finding = add_finding(
        w, window=kept.ref, subject=subject, origin=origin, title=title, reason=reason, line=line, area=area,
        party=party, witness=[kept.ref], photos=photos, due=due,
    )  # fmt: skip
    tag_files(w, photos, tags_in(w, "finding", finding))
    return begun.answer(finding)


def file_case(w: Writer, finding: str, *, act: Act, due: int | None = None, text: str = "") -> str:
    """立案: make a case of an open finding; `due` is by when it must be dispatched. The case's id."""
    begun = begin(w, act, "file", finding, due, text)
    if begun.before is not None:
        return begun.before
    found = finding_of(w, finding)
    need_officer(w, found, ACT)
    if found["state"] != "open":
        raise Refused(
            f"问题 {found['number']} 已立案、已办结或已撤回，不能再立案。",
            f"Finding {found['number']} is in a case, closed or withdrawn already: no case can be filed.",
        )
    case = w.new_id("case")
    row = {
        "id": case, "number": spoken_number(w, "AJ", found["area"]), "finding": found["id"],
        "subject": found["subject"], "step": "found", "state": "open", "area": found["area"], "line": found["line"],
        "party": found["party"], "title_zh": found["title_zh"], "title_en": found["title_en"], "awaits_party": False,
        "due_at": None, "check_by": None, "check_passed": None, "owner_kind": None, "owner": None, "owner_name": None,
        "opened_at": w.now, "closed_at": None, "outcome": None, "grade": None, "evaluation": None, "overdue_at": None,
        "version": 0, "changed": w.now,
    }  # fmt: skip
    w.insert(case_table, row)
    w.tag("case", case, tags_in(w, "finding", found["id"]))
    move_finding(w, found["id"], ["open"], "in_case", case=case)
    advance_case(w, row, act, Doing.file, {"step": "filed", "due_at": due}, text=text)
    return begun.answer(case)


def dispatch(
    w: Writer,
    case: str,
    *,
    to: str,
    to_kind: Literal["person", "department"],
    to_name: str,
    due: int,
    act: Act,
    text: str = "",
) -> None:
    """派遣: give a filed case to a person (id) or a department (party id), to be handled by `due`; also 改派.

    Of a person the masked name is kept; pages show colleagues the full one.
    """
    begun = begin(w, act, "dispatch", case, to, to_kind, to_name, due, text)
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, ACT)
    if row["state"] != "open" or row["step"] not in ("filed", "dispatched"):
        raise refuse(row, Doing.dispatch, whose_turn(row).words)
    _need_ahead(w, due)
    kept = (masked_label(w, to) if to_kind == "person" else "") or to_name
    changes = {"step": "dispatched", "owner_kind": to_kind, "owner": to, "owner_name": kept, "due_at": due}
    advance_case(w, row, act, Doing.dispatch, changes, text=text, inward=True)
    whom = {"person": to} if to_kind == "person" else {"party": to}
    tell_about(w, "case.dispatched", row, **whom)
    begun.answer(case)


def order_correction(
    w: Writer,
    case: str,
    *,
    articles: Sequence[Words],
    demands: Sequence[Words],
    due: int,
    act: Act,
    text: str = "",
    evidence: Sequence[str] = (),
    check_by: int | None = None,
    officers: Sequence[str] = (),
) -> str:
    """处置: issue the order to correct with its articles, demands and deadline. The document's number.

    `check_by` is by when the answer must be checked; `officers` are the person ids of those who enforce it, of whom the
    law asks for two; none named: whom the case was dispatched to. From here on the party sees the case.
    """
    said = [case, list(articles), list(demands), due, text, list(evidence), check_by, list(officers)]
    begun = begin(w, act, "order", *said)
    if begun.before is not None:
        return begun.before
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, ACT)
    _need_owner(w, row)
    if row["state"] != "open" or row["step"] != "dispatched":
        raise refuse(row, Doing.order, whose_turn(row).words)
    if row["party"] is None:
        why = Words("案件没有当事主体，请改记现场处置。", "the case has no party; record the handling on site instead.")
        raise refuse(row, Doing.order, why)
    if not articles or not demands:
        words = Words("请写明依据的条款和整改要求。", "Name the articles and what must be put right.")
        raise Invalid(*words, faults=[Fault("articles" if not articles else "demands", "required", words)])
    _need_ahead(w, due)
    found = finding_of(w, row["finding"])
    w.tag("case", case, [party_tag(row["party"])])
    w.tag("finding", found["id"], [party_tag(row["party"])])
    body = {
        "addressee": row["party"], "case": row["number"], "finding": found["number"],
        "title": [row["title_zh"], row["title_en"]], "facts": [found["reason_zh"], found["reason_en"]],
        "witness": found["witness"], "articles": [list(a) for a in articles], "demands": [list(d) for d in demands],
        "due": due, "text": text,
    }  # fmt: skip
    handler = row["owner"] if row["owner_kind"] == "person" else w.principal.person
    _, number = issue_document(w, row, "correction", body, officers or [handler or ""])
    changes = {"step": "handling", "awaits_party": True, "due_at": due, "check_by": check_by, "check_passed": None}
    advance_case(w, row, act, Doing.order, changes, text=text, evidence=evidence, document=number)
    tell_about(w, "case.ordered", row, party=row["party"])
    return begun.answer(number)


def handle_on_site(w: Writer, case: str, *, text: str, evidence: Sequence[str], act: Act) -> None:
    """处置 by the officer: what was done on site, with evidence; the case goes to 核查."""
    begun = begin(w, act, "handle", case, text, list(evidence))
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, ACT)
    _need_owner(w, row)
    if row["state"] != "open" or row["step"] not in ("dispatched", "handling"):
        raise refuse(row, Doing.handle, whose_turn(row).words)
    _need_text(text, "text", "请写明现场如何处置。", "Say what was done on site.")
    _need_some(evidence)
    changes = {"step": "checking", "awaits_party": False, "due_at": row["check_by"], "check_passed": None}
    advance_case(w, row, act, Doing.handle, changes, text=text, evidence=evidence)
    begun.answer(case)


def answer_order(w: Writer, case: str, *, text: str, evidence: Sequence[str], act: Act) -> None:
    """The party reports what it put right, with evidence; the case goes to 核查."""
    begun = begin(w, act, "answer", case, text, list(evidence))
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_party(w, row["party"])
    if row["state"] != "open" or row["step"] != "handling" or not row["awaits_party"]:
        raise refuse(row, Doing.answer, whose_turn(row).words)
    _need_text(text, "text", "请写明如何整改。", "Say what was put right.")
    _need_some(evidence)
    changes = {"step": "checking", "awaits_party": False, "due_at": row["check_by"], "check_passed": None}
    advance_case(w, row, act, Doing.answer, changes, text=text, evidence=evidence)
    tell_about(w, "case.answered", row)
    begun.answer(case)


def verify(
    w: Writer,
    case: str,
    *,
    passed: bool,
    text: str,
    act: Act,
    evidence: Sequence[str] = (),
    due: int | None = None,
) -> None:
    """核查: passed, and the case may be closed; or failed, and it goes back to 处置 with a new deadline `due`."""
    begun = begin(w, act, "verify", case, passed, text, list(evidence), due)
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, ACT)
    if row["state"] != "open" or row["step"] != "checking" or row["check_passed"]:
        raise refuse(row, Doing.verify, whose_turn(row).words)
    _need_text(text, "text", "请写明核查了什么、结果如何。", "Say what was checked and found.")
    if passed:
        advance_case(w, row, act, Doing.verify, {"check_passed": True, "due_at": None}, text=text, evidence=evidence)
    else:
        if due is None:
            words = Words("核查不通过须写明重新整改的期限。", "A failed check needs a new deadline.")
            raise Invalid(*words, faults=[Fault("due", "required", words)])
        _need_ahead(w, due)
        back = _was_ordered(w, case)
        changes = {"step": "handling", "awaits_party": back, "check_passed": False, "due_at": due}
        advance_case(w, row, act, Doing.verify, changes, text=text, evidence=evidence)
        whom = {"party": row["party"]} if back else {"person": row["owner"]} if row["owner_kind"] == "person" else {}
        tell_about(w, "case.failed", row, **whom)
    begun.answer(case)


def close(w: Writer, case: str, *, outcome: str, act: Act) -> None:
    """结案: only after a passed check and with evidence of the correction; the finding is closed with it."""
    begun = begin(w, act, "close", case, outcome)
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, DECIDE)
    if row["state"] != "open" or row["step"] != "checking" or not row["check_passed"]:
        raise refuse(row, Doing.close, Words("须先核查通过。", "a passed check comes first."))
    if not _has_evidence(w, case):
        raise refuse(row, Doing.close, Words("没有整改证据。", "there is no evidence of the correction."))
    _need_text(outcome, "outcome", "请写明办理结果。", "Say what the outcome is.")
    move_finding(w, row["finding"], ["in_case"], "closed", case=case)
    found = {"case": row["number"], "outcome": outcome, "title": [row["title_zh"], row["title_en"]]}
    _, number = issue_document(w, row, "closing", found)
    changes = {"step": "closed", "state": "closed", "closed_at": w.now, "outcome": outcome, "due_at": None}
    advance_case(w, row, act, Doing.close, changes, text=outcome, document=number)
    _tell_party(w, "case.closed", row)
    begun.answer(case)


def evaluate(w: Writer, case: str, *, grade: Grade, act: Act, text: str = "") -> None:
    """评价: how well a closed case was handled."""
    begun = begin(w, act, "evaluate", case, grade, text)
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, DECIDE)
    if row["step"] != "closed":
        raise refuse(row, Doing.evaluate, whose_turn(row).words)
    if grade not in GRADES:
        words = Words("请选择满意、基本满意或不满意。", "Choose good, fair or poor.")
        raise Invalid(*words, faults=[Fault("grade", "choice", words)])
    changes = {"step": "evaluated", "grade": grade, "evaluation": text}
    advance_case(w, row, act, Doing.evaluate, changes, text=text, inward=True)
    begun.answer(case)


def revoke(w: Writer, case: str, *, reason: Words, act: Act) -> None:
    """撤销: end an open case whose finding was withdrawn; should that stand again, a new case may follow."""
    begun = begin(w, act, "revoke", case, reason)
    if begun.before is not None:
        return
    row = access(w, case_table, CASE, case, act)
    need_officer(w, row, DECIDE)
    if row["state"] != "open":
        raise refuse(row, Doing.revoke, whose_turn(row).words)
    if finding_of(w, row["finding"])["state"] != "withdrawn":
        why = Words("问题仍然成立，须核查后结案。", "its finding still stands; it is closed after a check.")
        raise refuse(row, Doing.revoke, why)
    _, number = issue_document(w, row, "revocation", {"case": row["number"], "reason": list(reason)})
    changes = {
        "state": "revoked", "closed_at": w.now, "outcome": "revoked", "awaits_party": False, "due_at": None,
    }  # fmt: skip
    advance_case(w, row, act, Doing.revoke, changes, text=reason.zh, document=number)
    release_withdrawn(w, row["finding"])
    _tell_party(w, "case.revoked", row)
    begun.answer(case)


def _tell_party(w: Writer, kind: str, row: sa.RowMapping) -> None:
    """Tell the party, unless it has not been shown the case (a tip that asked nothing of it)."""
    if row["party"] and party_tag(row["party"]) in tags_in(w, "case", row["id"]):
        tell_about(w, kind, row, party=row["party"])


def _was_ordered(w: Writer, case: str) -> bool:
    c = event_table.c
    return w.first(sa.select(c.id).where(c.thing == case, c.doing == Doing.order.value), _INNER) is not None


def _has_evidence(w: Writer, case: str) -> bool:
    c = event_table.c
    shown = c.doing.in_([Doing.answer.value, Doing.handle.value, Doing.verify.value])
    return w.first(sa.select(c.id).where(c.thing == case, shown, c.evidence != "[]"), _INNER) is not None


def _need_owner(w: Writer, row: sa.RowMapping) -> None:
    if not is_owner(row, w.principal):
        kept = row["owner_name"] or row["owner"]
        name = person_label(w, row["owner"], kept) if row["owner_kind"] == "person" else kept
        raise Forbidden(f"案件已派遣给{name}，由其处置或先改派。", f"It was dispatched to {name}; dispatch it anew.")


def _need_text(text: str, path: str, zh: str, en: str) -> None:
    if not text.strip():
        raise Invalid(zh, en, faults=[Fault(path, "required", Words(zh, en))])


def _need_some(evidence: Sequence[str]) -> None:
    if not evidence:
        words = Words("请附整改证据（照片或单据）。", "Attach evidence (a photo or a paper).")
        raise Invalid(*words, code="evidence", faults=[Fault("evidence", "required", words)])


def _need_ahead(w: Writer, due: int) -> None:
    if due <= w.now:
        words = Words("期限须在现在之后。", "The deadline must lie ahead.")
        raise Invalid(*words, faults=[Fault("due", "past", words)])
