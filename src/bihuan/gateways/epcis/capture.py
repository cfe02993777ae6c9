"""Capture: a document is durable before it is answered, then judged event by event; what cannot be taken is set aside."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.catalog import House
from bihuan.base.db import Reader, party_tag
from bihuan.base.errors import Fault, NotFound, Refused, StoreFault, TooLarge, Words
from bihuan.base.principal import Principal, system
from bihuan.base.records.quarantine import put_aside, quarantined_one, settle
from bihuan.gateways.epcis.model import JOB, capture_job
from bihuan.gateways.epcis.taking import (
    DOOR,
    cleaned,
    read_or_refuse,
    seal_all,
    sender,
    take_events,
    take_one,
    warnings_of,
)
from bihuan.protocols.epcis import DocumentFault, read_document

__all__ = ["capture", "capture_now", "resend", "run_job", "sender", "take_events", "take_one", "unfinished"]

log = logging.getLogger("bihuan.epcis")
Behaviour = Literal["rollback", "proceed"]
Mode = Literal["strict", "lenient"]


class _Undo(Exception):
    """Takes back what a rolled-back document had kept so far."""


def capture(house: House, principal: Principal, body: bytes, behaviour: Behaviour, mode: Mode) -> str:
    """Keep a document and a job for it, durable; gives the job's id. The same document from the same party: one job.

    What is no readable document is raised (Invalid, TooLarge) and lies in quarantine; no job is made for it. What names
    a person is cut before anything is stored.
    """
    party = sender(principal)
    if len(body) > house.capture_bytes:
        zh, en = f"文件超过上限 {house.capture_bytes} 字节，请分批发送。", f"larger than {house.capture_bytes} bytes: send in parts."
        raise TooLarge(zh, en, faults=[Fault("", "too_large", Words(zh, en))])
    document = read_or_refuse(house, principal, body, mode, house.capture_limit)
    _, clean = cleaned(house, document, body, mode)
    digest = _hash(behaviour, mode, clean.body)
    with house.db.write(principal) as w:
        same = sa.select(capture_job.c.id).where(capture_job.c.party == party, capture_job.c.hash == digest)
        known = w.scalar(same, JOB)
        if known is not None:
            return str(known)
        new = w.new_id("cap")
        w.insert(
            capture_job,
            {"id": new, "party": party, "by": principal.id, "created": w.now, "behaviour": behaviour, "mode": mode,
             "errors": "[]", "warnings": "[]", "taken": 0, "hash": digest, "body": clean.body},
        )  # fmt: skip
        w.tag("capture_job", new, [party_tag(party)])
        seal_all(w, party, clean)
    return new


def capture_now(house: House, principal: Principal, body: bytes, behaviour: Behaviour = "rollback", mode: Mode = "strict") -> str:
    """Capture and judge at once: for doors that make documents themselves (mapped imports, the simulated city)."""
    job = capture(house, principal, body, behaviour, mode)
    run_job(house, job)
    return job


def resend(house: House, item: str) -> str:
    """Send a quarantined document or event again as it lies there, now that its reason may be gone; gives the job.

    What is refused once more lies in quarantine as a new item. Refused for what came by a door of another form.
    """
    row = quarantined_one(house.db.reader(system("quarantine")), item)
    if not row["media"].endswith("json"):
        raise Refused("此项不是 EPCIS 内容，请在原入口重新导入。", "This is no EPCIS content: import it anew where it came from.")
    body = bytes(row["body"])
    sent_by = Principal("token", "quarantine", party=row["party"], capabilities=frozenset({"draft"}))
    with house.db.write(system("quarantine")) as w:
        settle(w, item, "resent")
        hashes = [_hash(b, m, body) for b in ("rollback", "proceed") for m in ("strict", "lenient")]
        failed = sa.delete(capture_job).where(
            capture_job.c.party == row["party"], capture_job.c.hash.in_(hashes),
            capture_job.c.finished.is_not(None), capture_job.c.success.is_(False),
        )  # fmt: skip
        w.write(failed)
    return capture_now(house, sent_by, body, "rollback", "lenient")


def _hash(behaviour: str, mode: str, body: bytes) -> bytes:
    return hashlib.sha256(f"{behaviour}\n{mode}\n".encode() + body).digest()


def unfinished(reader: Reader) -> Sequence[str]:
    """Jobs that a stopped process left unjudged."""
    query = sa.select(capture_job.c.id).where(capture_job.c.finished.is_(None)).order_by(capture_job.c.created)
    return [row["id"] for row in reader.rows(query, JOB)]


def run_job(house: House, job: str) -> None:
    """Judge a captured document; done twice it changes nothing.

    A document that the house itself fails over ends as a failed job with its bytes in quarantine, so that it cannot
    stop the next start; a store that cannot be written leaves the job to be taken up again.
    """
    row = house.db.reader(system("capture")).one(sa.select(capture_job).where(capture_job.c.id == job), JOB)
    if row["finished"] is not None:
        return
    try:
        outcome = _judge(house, row)
    except (sa.exc.DBAPIError, StoreFault):
        raise
    except Exception:
        log.exception("capture job %s cannot be judged", job)
        words = Words("系统未能处理这份文件，已记录。", "The document could not be processed here; it is logged.")
        outcome = ([Fault("", "implementation", words)], [], 0)
        with house.db.write(_sent_by(row)) as w:
            put_aside(w, party=row["party"], door=DOOR, body=bytes(row["body"]), faults=outcome[0])
    faults, warnings, taken = outcome
    with house.db.write(system("capture")) as w:
        values = {
            "finished": w.now, "success": not faults, "taken": taken, "body": None,
            "errors": _told(faults), "warnings": _told(warnings),
        }  # fmt: skip
        w.write(sa.update(capture_job).where(capture_job.c.id == job).values(**values))


def _told(faults: Iterable[Fault]) -> str:
    return msgspec.json.encode([{"path": f.path, "code": f.code, "zh": f.words.zh, "en": f.words.en} for f in faults]).decode()


def _sent_by(row: RowMapping) -> Principal:
    return Principal("token", row["by"], party=row["party"], capabilities=frozenset({"draft"}))


def _judge(house: House, row: RowMapping) -> tuple[list[Fault], Sequence[Fault], int]:
    """Faults, warnings, and how many events are kept."""
    body, sent_by = bytes(row["body"]), _sent_by(row)
    try:
        document = read_document(body, mode=row["mode"], max_events=house.capture_limit, max_bytes=house.capture_bytes)
    except DocumentFault as refused:  # its limits were larger when it came
        faults = [Fault(refused.path, refused.code, Words(refused.zh, refused.en))]
        with house.db.write(sent_by) as w:
            put_aside(w, party=row["party"], door=DOOR, body=body, faults=faults)
        return faults, [], 0
    taken, faults, kept = 0, list[Fault](), False
    try:
        with house.db.write(sent_by) as w:
            taken, faults = take_events(house, w, document, body, row["party"])
            if faults and row["behaviour"] == "rollback":
                raise _Undo
            kept = True
    except _Undo:
        taken = 0
        with house.db.write(sent_by) as w:
            put_aside(w, party=row["party"], door=DOOR, body=body, faults=faults)
    except (sa.exc.DBAPIError, StoreFault, NotFound):
        raise
    except Exception:
        if not kept:
            raise
        log.exception("events of job %s are kept; what follows from them is derived later", row["id"])
    return faults, warnings_of(document), taken
