"""Capture: a document is durable before it is answered, then judged event by event; what cannot be taken is set aside."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.catalog import House
from bihuan.base.clock import MINUTE
from bihuan.base.db import Reader, Writer, party_tag
from bihuan.base.errors import BihuanError, Conflict, Fault, Forbidden, Invalid, TooLarge, Words
from bihuan.base.principal import Principal, system
from bihuan.base.records import Kept, NewEvent, keep_events
from bihuan.base.records.quarantine import put_aside, quarantined_one, settle
from bihuan.gateways.epcis.model import JOB, capture_job
from bihuan.protocols.epcis import Document, DocumentFault, RawEvent, read_document, read_event

Behaviour = Literal["rollback", "proceed"]
Mode = Literal["strict", "lenient"]
DOOR = "epcis"


class _Undo(Exception):
    """Takes back what a rolled-back document had kept so far."""


def capture(house: House, principal: Principal, body: bytes, behaviour: Behaviour, mode: Mode) -> str:
    """Keep a document and a job for it, durable; gives the job's id. The same document from the same party: one job."""
    if len(body) > house.capture_bytes:
        zh, en = f"文件超过上限 {house.capture_bytes} 字节，请分批发送。", f"larger than {house.capture_bytes} bytes: send in parts."
        raise TooLarge(zh, en, faults=[Fault("", "too_large", Words(zh, en))])
    party = sender(principal)
    digest = _hash(behaviour, mode, body)
    with house.db.write(principal) as w:
        same = sa.select(capture_job.c.id).where(capture_job.c.party == party, capture_job.c.hash == digest)
        known = w.scalar(same, JOB)
        if known is not None:
            return str(known)
        new = w.new_id("cap")
        w.insert(
            capture_job,
            {"id": new, "party": party, "by": principal.id, "created": w.now, "behaviour": behaviour, "mode": mode,
             "errors": "[]", "taken": 0, "hash": digest, "body": body},
        )  # fmt: skip
        w.tag("capture_job", new, [party_tag(party)])
    return new


def sender(principal: Principal) -> str:
    """The organisation in whose name events come in; Forbidden when the sender acts for none or may not report."""
    if principal.party is None or not principal.may("draft"):
        zh = "此账号没有代表任何单位报送事件的权限。"
        raise Forbidden(zh, "This account may not report events for an organisation.", code="may_not_report")
    return principal.party


def capture_now(house: House, principal: Principal, body: bytes, behaviour: Behaviour = "rollback", mode: Mode = "strict") -> str:
    """Capture and judge at once: for doors that make documents themselves (mapped imports, the simulated city)."""
    job = capture(house, principal, body, behaviour, mode)
    run_job(house, job)
    return job


def resend(house: House, item: str) -> str:
    """Send a quarantined document or event again as it lies there, now that its reason may be gone; gives the job."""
    row = quarantined_one(house.db.reader(system("quarantine")), item)
    sent_by = Principal("token", "quarantine", party=row["party"], capabilities=frozenset({"draft"}))
    with house.db.write(system("quarantine")) as w:
        settle(w, item, "resent")
        same = sa.delete(capture_job).where(
            capture_job.c.party == row["party"], capture_job.c.finished.is_not(None), capture_job.c.success.is_(False),
            capture_job.c.hash.in_([_hash(b, m, bytes(row["body"])) for b in ("rollback", "proceed") for m in ("strict", "lenient")]),
        )  # fmt: skip
        w.write(same)
    return capture_now(house, sent_by, bytes(row["body"]), "rollback", "lenient")


def _hash(behaviour: str, mode: str, body: bytes) -> bytes:
    return hashlib.sha256(f"{behaviour}\n{mode}\n".encode() + body).digest()


def unfinished(reader: Reader) -> Sequence[str]:
    """Jobs that a stopped process left unjudged."""
    query = sa.select(capture_job.c.id).where(capture_job.c.finished.is_(None)).order_by(capture_job.c.created)
    return [row["id"] for row in reader.rows(query, JOB)]


def run_job(house: House, job: str) -> None:
    """Judge a captured document; done twice it changes nothing."""
    reader = house.db.reader(system("capture"))
    row = reader.one(sa.select(capture_job).where(capture_job.c.id == job), JOB)
    if row["finished"] is not None:
        return
    faults, taken = _judge(house, row)
    with house.db.write(system("capture")) as w:
        told = [{"path": f.path, "code": f.code, "zh": f.words.zh, "en": f.words.en} for f in faults]
        values = {
            "finished": w.now, "success": not faults, "taken": taken, "body": None,
            "errors": msgspec.json.encode(told).decode(),
        }  # fmt: skip
        w.write(sa.update(capture_job).where(capture_job.c.id == job).values(**values))


def _judge(house: House, row: RowMapping) -> tuple[list[Fault], int]:
    body, behaviour = bytes(row["body"]), row["behaviour"]
    sent_by = Principal("token", row["by"], party=row["party"], capabilities=frozenset({"draft"}))
    try:
        document = read_document(
            body, mode=row["mode"], max_events=house.capture_limit, max_bytes=house.capture_bytes
        )
    except DocumentFault as refused:
        faults = [Fault(refused.path, refused.code, Words(refused.zh, refused.en))]
        with house.db.write(sent_by) as w:
            put_aside(w, party=row["party"], door=DOOR, body=body, faults=faults)
        return faults, 0
    faults, taken = [], 0
    try:
        with house.db.write(sent_by) as w:
            taken, faults = take_events(house, w, document, row["party"])
            if faults and behaviour == "rollback":
                raise _Undo
    except _Undo:
        taken = 0
        with house.db.write(sent_by) as w:
            put_aside(w, party=row["party"], door=DOOR, body=body, faults=faults)
    return faults, taken


def take_events(house: House, w: Writer, document: Document, party: str) -> tuple[int, list[Fault]]:
    """Keep the good events of a document in this transaction and set the others aside, each with its reasons."""
    faults = [
        Fault(_at(f.index, f.path), f.code, Words(f.zh, f.en)) for f in document.faults
    ]  # what breaks the schema never became an event; its document is its evidence
    good: list[tuple[RawEvent, NewEvent]] = []
    for raw in document.events:
        own = _faults_of(house, w, raw)
        if own:
            faults += own
            put_aside(w, party=party, door=DOOR, body=raw.raw, faults=own)
        else:
            good.append((raw, _new_event(raw)))
    answers = keep_events(
        w, [new for _, new in good], door=DOOR, party=party, context=document.namespaces
    )  # fmt: skip
    taken = 0
    for (raw, _), answer in zip(good, answers, strict=True):
        if isinstance(answer, Kept):
            taken += 1
        else:
            own = [Fault(_at(raw.index, "eventID"), answer.code, answer.words)]
            faults += own
            put_aside(w, party=party, door=DOOR, body=raw.raw, faults=own)
    return taken, faults


def take_one(house: House, principal: Principal, body: bytes, mode: Mode) -> Kept:
    """Keep one bare event; every fault is raised, a known id with other content as Conflict."""
    party = sender(principal)
    try:
        document = read_document(body, mode=mode, max_events=1, max_bytes=house.capture_bytes)
    except DocumentFault as refused:
        faults = [Fault(refused.path, refused.code, Words(refused.zh, refused.en))]
        with house.db.write(principal) as w:
            put_aside(w, party=party, door=DOOR, body=body, faults=faults)
        raise Invalid(refused.zh, refused.en, code=refused.code, faults=faults) from refused
    with house.db.write(principal) as w:
        faults = [Fault(f.path, f.code, Words(f.zh, f.en)) for f in document.faults]
        for raw in document.events:
            faults += _faults_of(house, w, raw, single=True)
        if faults:
            put_aside(w, party=party, door=DOOR, body=body, faults=faults)
            outcome: Kept | BihuanError = Invalid(faults[0].words.zh, faults[0].words.en, faults=faults)
        else:
            [answer] = keep_events(
                w, [_new_event(document.events[0])], door=DOOR, party=party, context=document.namespaces
            )  # fmt: skip
            if isinstance(answer, Conflict):
                put_aside(w, party=party, door=DOOR, body=body, faults=[Fault("eventID", "conflict", answer.words)])
            outcome = answer
    if isinstance(outcome, BihuanError):
        raise outcome
    return outcome


def _at(index: int | None, path: str) -> str:
    return path if index is None else f"epcisBody.eventList[{index}]" + (f".{path}" if path else "")


def _faults_of(house: House, w: Writer, raw: RawEvent, *, single: bool = False) -> list[Fault]:
    """What the house itself finds wrong with a valid event: from the future, or a step that lacks something."""
    where = (lambda path: path) if single else (lambda path: _at(raw.index, path))
    event = read_event(raw)
    if event.event_time > w.now + house.future_minutes * MINUTE:
        zh = f"事件时间在将来（超过本机时间 {house.future_minutes} 分钟），请核对时钟。"
        en = f"The event lies in the future (over {house.future_minutes} minutes ahead); check your clock."
        return [Fault(where("eventTime"), "future", Words(zh, en))]
    faults: list[Fault] = []
    for goods in house.registry.goods.values():
        try:
            goods.from_event(raw.value, raw.namespaces)
        except Invalid as wrong:
            faults += [Fault(where(f.path), f.code, f.words) for f in wrong.faults]
    return faults


def _new_event(raw: RawEvent) -> NewEvent:
    value: Mapping[str, Any] = raw.value
    given = value.get("eventID")
    if not given:
        return NewEvent(f"urn:bihuan:bytes:{hashlib.sha256(raw.raw).hexdigest()}", raw.raw)
    declared = value.get("errorDeclaration")
    if isinstance(declared, Mapping):  # the one case in which a known eventID may come with other content
        return NewEvent(f"{given}~error@{declared.get('declarationTime')}", raw.raw)
    return NewEvent(str(given), raw.raw)
