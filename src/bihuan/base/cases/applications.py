"""Applications 申请-受理-审查-决定-发证: the authority's clock runs in working time, and stands while it waits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from bihuan.base.cases.access import ACT, DECIDE, access, as_json, need_officer, need_party, refuse
from bihuan.base.cases.certificates import issue_certificate
from bihuan.base.cases.documents import Paper, issue_document
from bihuan.base.cases.kinds import ApplicationKind, Desk
from bihuan.base.cases.model import APPLICATION, Act, Doing, application_table
from bihuan.base.cases.once import begin
from bihuan.base.cases.steps import advance_application, tell_about
from bihuan.base.cases.turns import application_turn
from bihuan.base.db import Writer, area_tag, party_tag
from bihuan.base.errors import Fault, Invalid, NotFound, Words
from bihuan.base.rules.numbering import spoken_number

Decision = Literal["grant", "refuse"]


def apply(
    w: Writer,
    desk: Desk,
    kind: str,
    *,
    area: str,
    payload: Mapping[str, Any],
    act: Act,
    attachments: Mapping[str, str] | None = None,
    party: str | None = None,
    tags: Iterable[str] = (),
) -> str:
    """申请: hand an application in to the authority of an area. Its id.

    `payload` holds the fields and `attachments` the file ids by name. What is missing is listed, not refused: the
    authority has to say once what is missing, and its time to accept runs from now.
    """
    papers = dict(attachments or {})
    applicant = party or w.principal.party or ""
    begun = begin(w, act, "apply", kind, area, dict(payload), papers, applicant)
    if begun.before is not None:
        return begun.before
    need_party(w, applicant)
    if kind not in desk.kinds:
        raise NotFound
    matter = desk.kind(kind)
    due = desk.calendar.add_working_days(w.now, matter.accept_days, area)
    application = w.new_id("app")
    row = {
        "id": application, "number": spoken_number(w, "BJ", area), "kind": kind, "party": applicant, "area": area,
        "line": matter.line, "step": "applied", "state": "open", "due_at": due.at, "due_sure": due.sure,
        "paused_at": None, "minutes_left": None, "missing": as_json(_missing(matter, payload, papers)),
        "payload": as_json(dict(payload)), "attachments": as_json(papers), "decision": None, "reason": None,
        "article": None, "certificate": None, "opened_at": w.now, "accepted_at": None, "decided_at": None,
        "overdue_at": None, "version": 0, "changed": w.now,
    }  # fmt: skip
    w.insert(application_table, row)
    w.tag("application", application, {area_tag(matter.line, area), party_tag(applicant), *tags})
    advance_application(w, row, act, Doing.apply, {}, evidence=list(papers.values()), payload=str(row["payload"]))
    tell_about(w, "application.applied", row)
    return begun.answer(application)


def accept(w: Writer, desk: Desk, application: str, *, act: Act) -> None:
    """受理: take an application that is complete; the clock for the decision starts."""
    begun = begin(w, act, "accept", application)
    if begun.before is not None:
        return
    row = access(w, application_table, APPLICATION, application, act)
    need_officer(w, row, ACT)
    _need_step(row, Doing.accept, "applied")
    if lacking := json.loads(row["missing"]):
        words = Words("、".join(i["zh"] for i in lacking), ", ".join(i["en"] for i in lacking))
        raise refuse(row, Doing.accept, Words(f"材料不全：{words.zh}。", f"missing: {words.en}."))
    due = desk.calendar.add_working_days(w.now, desk.kind(row["kind"]).days, row["area"])
    changes = {"step": "accepted", "accepted_at": w.now, "due_at": due.at, "due_sure": due.sure}
    # 行政许可法 第三十二条: accepted or not, the applicant gets a dated paper with the office's seal.
    number = _paper(w, row, "acceptance", {"due": due.at, "days": desk.kind(row["kind"]).days})
    advance_application(w, row, act, Doing.accept, changes, document=number)
    tell_about(w, "application.accepted", row, party=row["party"])
    begun.answer(application)


def ask_for_more(
    w: Writer, desk: Desk, application: str, *, missing: Sequence[tuple[str, Words]], text: str, act: Act
) -> None:
    """补正: say once, in one list, what the applicant must bring (name of the field or paper, label).

    The authority's clock stands still until it is there.
    """
    begun = begin(w, act, "ask_more", application, [list(m) for m in missing], text)
    if begun.before is not None:
        return
    row = access(w, application_table, APPLICATION, application, act)
    need_officer(w, row, ACT)
    _need_step(row, Doing.ask_more, "applied", "accepted", "review")
    if not missing:
        words = Words("请列明需要补正的材料。", "List what is missing.")
        raise Invalid(*words, faults=[Fault("missing", "required", words)])
    left = desk.calendar.working_minutes_between(w.now, row["due_at"], row["area"])
    wanted = [{"name": name, "zh": words.zh, "en": words.en} for name, words in missing]
    changes = {"paused_at": w.now, "minutes_left": left, "due_at": None, "missing": as_json(wanted)}
    number = _paper(w, row, "supplement", {"missing": wanted, "text": text})
    advance_application(w, row, act, Doing.ask_more, changes, text=text, document=number)
    tell_about(w, "application.more", row, party=row["party"])
    begun.answer(application)


def answer_more(
    w: Writer,
    desk: Desk,
    application: str,
    *,
    payload: Mapping[str, Any],
    act: Act,
    attachments: Mapping[str, str] | None = None,
    text: str = "",
) -> tuple[str, ...]:
    """The applicant supplies what was asked; when all is there the clock goes on. Names of what is still missing."""
    papers = dict(attachments or {})
    begun = begin(w, act, "answer_more", application, dict(payload), papers, text)
    if begun.before is not None:
        return tuple(json.loads(begun.before))
    row = access(w, application_table, APPLICATION, application, act)
    need_party(w, row["party"])
    if row["paused_at"] is None:
        raise refuse(row, Doing.answer_more, application_turn(row).words)
    given = {name for name, value in payload.items() if _filled(value)} | set(papers)
    lacking = [item for item in json.loads(row["missing"]) if item["name"] not in given]
    changes: dict[str, Any] = {
        "payload": as_json(json.loads(row["payload"]) | dict(payload)),
        "attachments": as_json(json.loads(row["attachments"]) | papers), "missing": as_json(lacking),
    }  # fmt: skip
    if not lacking:
        left = row["minutes_left"]
        due = desk.calendar.add_working_minutes(w.now, max(left, 0), row["area"])
        changes |= {"paused_at": None, "minutes_left": None, "due_at": due.at, "due_sure": due.sure}
    advance_application(
        w, row, act, Doing.answer_more, changes, text=text, evidence=list(papers.values()),
        payload=as_json(dict(payload)),
    )  # fmt: skip
    if not lacking:
        tell_about(w, "application.answered", row)
    names = tuple(item["name"] for item in lacking)
    begun.answer(as_json(names))
    return names


def review(w: Writer, application: str, *, text: str, act: Act, evidence: Sequence[str] = ()) -> None:
    """审查: note what was examined and found; not shown to the applicant before the decision."""
    begun = begin(w, act, "review", application, text, list(evidence))
    if begun.before is not None:
        return
    row = access(w, application_table, APPLICATION, application, act)
    need_officer(w, row, ACT)
    _need_step(row, Doing.review, "accepted", "review")
    _need(text, "text", "请写明审查意见。", "Say what was examined and found.")
    advance_application(w, row, act, Doing.review, {"step": "review"}, text=text, evidence=evidence, inward=True)
    begun.answer(application)


def decide(
    w: Writer, application: str, *, decision: Decision, act: Act, reason: str = "", article: str = ""
) -> None:
    """决定: grant, or refuse with the reason and the article; a refusal ends the application."""
    begun = begin(w, act, "decide", application, decision, reason, article)
    if begun.before is not None:
        return
    row = access(w, application_table, APPLICATION, application, act)
    need_officer(w, row, DECIDE)
    _need_step(row, Doing.decide, "review")
    if decision == "refuse":
        _need(reason, "reason", "不予许可须说明理由。", "A refusal needs its reason.")
        _need(article, "article", "不予许可须写明依据的条款。", "A refusal needs the article it rests on.")
    changes = {
        "step": "decided", "state": "granted" if decision == "grant" else "refused", "decision": decision,
        "reason": reason, "article": article, "decided_at": w.now, "due_at": None,
    }  # fmt: skip
    body = {"reason": reason, "articles": [[article, article]] if article.strip() else []}
    number = _paper(w, row, "grant" if decision == "grant" else "refusal", body)
    advance_application(w, row, act, Doing.decide, changes, text=reason, document=number)
    tell_about(w, f"application.{changes['state']}", row, party=row["party"])
    begun.answer(application)


def issue(
    w: Writer,
    desk: Desk,
    application: str,
    *,
    scope: Mapping[str, Any],
    act: Act,
    valid_from: int | None = None,
    valid_to: int | None = None,
) -> str:
    """发证: issue the certificate of a granted application; `scope` says what it covers (lots, a warehouse). Its id."""
    begun = begin(w, act, "issue", application, dict(scope), valid_from, valid_to)
    if begun.before is not None:
        return begun.before
    row = access(w, application_table, APPLICATION, application, act)
    need_officer(w, row, DECIDE)
    if row["step"] != "decided" or row["state"] != "granted":
        raise refuse(row, Doing.issue, application_turn(row).words)
    kind = desk.kind(row["kind"]).certificate
    if kind is None:
        raise refuse(row, Doing.issue, Words("此事项不发证。", "this matter gives no certificate."))
    certificate = issue_certificate(
        w, kind, holder=row["party"], area=row["area"], line=row["line"], scope=scope, valid_from=valid_from,
        valid_to=valid_to, application=application, act=Act(act.door),
    )  # fmt: skip
    advance_application(w, row, act, Doing.issue, {"step": "issued", "certificate": certificate})
    tell_about(w, "application.issued", row, party=row["party"])
    return begun.answer(certificate)


def _paper(w: Writer, row: sa.RowMapping, kind: Paper, body: Mapping[str, Any]) -> str:
    """Issue a document of an application to the applicant; its number."""
    said = {"addressee": row["party"], "case": row["number"], "matter": row["kind"], "applied_at": row["opened_at"]}
    return issue_document(w, row, kind, {**said, **body}, [w.principal.person or ""])[1]


def _missing(kind: ApplicationKind, payload: Mapping[str, Any], papers: Mapping[str, str]) -> list[dict[str, str]]:
    lacking = [n for n in kind.fields if not _filled(payload.get(n.name))]
    lacking += [n for n in kind.attachments if not papers.get(n.name)]
    return [{"name": n.name, "zh": n.titles.zh, "en": n.titles.en} for n in lacking]


def _filled(value: Any) -> bool:
    return value is not None and value != [] and not (isinstance(value, str) and not value.strip())


def _need_step(row: sa.RowMapping, doing: Doing, *steps: str) -> None:
    if row["state"] != "open" or row["paused_at"] is not None or row["step"] not in steps:
        raise refuse(row, doing, application_turn(row).words)


def _need(text: str, path: str, zh: str, en: str) -> None:
    if not text.strip():
        raise Invalid(zh, en, faults=[Fault(path, "required", Words(zh, en))])
