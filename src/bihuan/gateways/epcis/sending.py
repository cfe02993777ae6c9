"""Addresses by which events come in: documents as jobs, single events at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from bihuan.base.catalog import House
from bihuan.base.clock import iso
from bihuan.base.errors import Fault
from bihuan.base.principal import Principal
from bihuan.gateways.epcis.asking import next_page, per_page, question_of
from bihuan.gateways.epcis.capture import capture, run_job
from bihuan.gateways.epcis.headers import behaviour_of, body_of_request, check_versions, mode_of, version_headers
from bihuan.gateways.epcis.model import JOB, capture_job
from bihuan.gateways.epcis.problems import exception_name
from bihuan.gateways.epcis.query import page_start
from bihuan.gateways.epcis.taking import sender, take_single

log = logging.getLogger("bihuan.epcis")
_STATUS = {"conflict": 409, "too_many": 413, "too_large": 413, "not_yours": 403, "implementation": 500}
_LISTED = [column for column in capture_job.c if column.name not in ("body", "hash")]


async def capture_document(house: House, request: Request, principal: Principal) -> Response:
    """Take a document: durable with its job, then 202; it is judged right after."""
    check_versions(request)
    sender(principal)  # who may not report is told before sending it all
    behaviour, mode = behaviour_of(request), mode_of(request)
    job = capture(house, principal, await body_of_request(house, request), behaviour, mode)
    asyncio.get_running_loop().call_soon(_run, house, job)
    return Response(b"", 202, {"Location": f"/capture/{job}"})


def _run(house: House, job: str) -> None:
    try:
        run_job(house, job)
    except Exception:
        log.exception("capture job %s failed; it is taken up again at the next start", job)


async def one_event(house: House, request: Request, principal: Principal) -> Response:
    """Take one bare event: 201 when it is kept, the same again for the same bytes, 409 for others under its id."""
    check_versions(request)
    sender(principal)
    taken = take_single(house, principal, await body_of_request(house, request), mode_of(request))
    kept = taken.kept
    event_id = kept.id.partition("~error@")[0]
    headers = {"Location": f"/events/{quote(event_id, safe='')}", "Bihuan-Record": kept.ref}
    body = {"eventID": event_id, "record": kept.ref, "repeated": kept.repeated, "warnings": _told(taken.warnings)}
    return Response(msgspec.json.encode(body), 201, headers, "application/json")


def limits(house: House) -> dict[str, str]:
    """How much one document may hold."""
    return {
        "GS1-EPCIS-Capture-Limit": str(house.capture_limit),
        "GS1-EPCIS-Capture-File-Size-Limit": str(house.capture_bytes),
    }


async def capture_options(house: House, request: Request, principal: Principal) -> Response:
    """What the capture address takes."""
    behaviours = {"GS1-Capture-Error-Behaviour": "rollback, proceed"}
    return Response(b"", 204, {"Allow": "OPTIONS, GET, POST", **limits(house), **behaviours, **version_headers()})


async def event_options(house: House, request: Request, principal: Principal) -> Response:
    """What the address of events takes."""
    return Response(b"", 204, {"Allow": "OPTIONS, GET, POST", **limits(house), **version_headers()})


async def job(house: House, request: Request, principal: Principal) -> Response:
    """What became of a document."""
    query = sa.select(*_LISTED).where(capture_job.c.id == request.path_params["job"])
    return _json(_shown(house.db.reader(principal).one(query, JOB)))


async def jobs(house: House, request: Request, principal: Principal) -> Response:
    """One's own capture jobs, newest first."""
    size, question, reader = per_page(request), question_of(request), house.db.reader(principal)
    place = sa.tuple_(capture_job.c.created, capture_job.c.id)
    query = sa.select(*_LISTED).order_by(capture_job.c.created.desc(), capture_job.c.id.desc())
    if token := request.query_params.get("nextPageToken"):
        created, last = page_start(reader, house.secret, token, question)
        query = query.where(place < sa.tuple_(sa.literal(created), sa.literal(last)))
    rows = reader.rows(query.limit(size + 1), JOB)
    end = [rows[size - 1]["created"], rows[size - 1]["id"]] if len(rows) > size else None
    return _json([_shown(row) for row in rows[:size]], next_page(request, reader, house.secret, end, question))


def _shown(row: RowMapping) -> dict[str, Any]:
    body: dict[str, Any] = {
        "captureID": row["id"],
        "createdAt": iso(row["created"]),
        "running": row["finished"] is None,
        "success": bool(row["success"]) if row["finished"] is not None else True,
        "captureErrorBehaviour": row["behaviour"],
        "taken": row["taken"],
        "errors": [_problem(told) for told in msgspec.json.decode(row["errors"])],
        "warnings": msgspec.json.decode(row["warnings"]),
    }
    if row["finished"] is not None:
        body["finishedAt"] = iso(row["finished"])
    return body


def _problem(told: Mapping[str, str]) -> dict[str, Any]:
    status = _STATUS.get(told["code"], 400)
    return {
        "type": exception_name(status, told["code"]), "title": told["en"], "detail": told["zh"], "status": status,
        "path": told["path"], "code": told["code"],
    }  # fmt: skip


def _told(faults: Iterable[Fault]) -> list[dict[str, str]]:
    return [{"path": f.path, "code": f.code, "zh": f.words.zh, "en": f.words.en} for f in faults]


def _json(value: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), 200, dict(headers or {}), "application/json")
