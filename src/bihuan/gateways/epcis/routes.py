"""The EPCIS 2.0 REST binding: routes, the standard's headers, and RFC 7807 problems; to complete it is to add rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bihuan.base.catalog import House
from bihuan.base.clock import HOUR, iso
from bihuan.base.db import Reader
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, TooLarge, Unsupported, Words
from bihuan.base.principal import Principal
from bihuan.gateways.doors import Answer, media_of, principal_of, problem_response, read_body
from bihuan.gateways.epcis.capture import Behaviour, Mode, capture, run_job, take_one
from bihuan.gateways.epcis.model import JOB, capture_job
from bihuan.gateways.epcis.query import event_by_id, find, seen_keys, seen_values
from bihuan.protocols.epcis import DocumentFault, QueryFault, parse_query, query_document

log = logging.getLogger("bihuan.epcis")
VERSION = "2.0.0"
_EXCEPTIONS = {
    400: "ValidationException", 401: "SecurityException", 403: "SecurityException", 404: "NoSuchResourceException",
    406: "NotAcceptableException", 409: "ResourceAlreadyExistsException", 413: "CaptureLimitExceededException",
    415: "UnsupportedMediaTypeException", 422: "ValidationException", 500: "ImplementationException",
    501: "NotImplementedException", 503: "ImplementationException",
}  # fmt: skip
_VOCABULARY = {
    "eventTypes": "type", "bizSteps": "biz_step", "dispositions": "disposition",
}  # fmt: skip
_IDS = {"epcs": ("epc", "parent", "child", "input", "output"), "readPoints": ("place",), "bizLocations": ("location",)}
_FILTER = {
    "eventTypes": "eventType", "bizSteps": "EQ_bizStep", "dispositions": "EQ_disposition", "epcs": "MATCH_anyEPC",
    "readPoints": "EQ_readPoint", "bizLocations": "EQ_bizLocation",
}  # fmt: skip


def problem(error: BihuanError) -> Response:
    """The standard's error body (RFC 7807) with every fault by field, in both languages."""
    status = 400 if error.status == 422 else error.status
    body = {
        "type": f"epcisException:{_EXCEPTIONS.get(status, 'ImplementationException')}",
        "title": error.words.en,
        "status": status,
        "detail": error.words.zh,
        "code": error.code,
        "errors": [{"path": f.path, "code": f.code, "en": f.words.en, "zh": f.words.zh} for f in error.faults],
    }
    return problem_response(body, status)


def routes(house: House) -> list[BaseRoute]:
    """All routes of the binding; each names its methods and says 501 where a part is still to come."""

    def at(path: str, method: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                _acceptable(request)
                response = await answer(house, request, principal_of(house, request))
            except BihuanError as error:
                response = problem(error)
            except (QueryFault, DocumentFault) as fault:
                response = problem(_mapped(fault))
            except Exception:
                log.exception("%s %s failed", method, path)
                response = problem(BihuanError("系统出错，已记录。", "Something failed here; it is logged."))
            response.headers["GS1-EPCIS-Version"] = VERSION
            response.headers["GS1-CBV-Version"] = VERSION
            return response

        return Route(path, endpoint, methods=[method])

    made: list[BaseRoute] = [
        at("/capture", "POST", _capture),
        at("/capture", "GET", _jobs),
        at("/capture", "OPTIONS", _capture_options),
        at("/capture/{job}", "GET", _job),
        at("/events", "POST", _one_event),
        at("/events", "GET", _events),
        at("/events", "OPTIONS", _query_options),
        at("/events/{event_id:path}", "GET", _event),
        at("/nextPageToken/{token}", "DELETE", _later),
        at("/queries", "GET", _later),
        at("/queries", "POST", _later),
    ]
    for name in (*_VOCABULARY, *_IDS):
        made += [
            at(f"/{name}", "GET", _list(name)),
            at(f"/{name}", "OPTIONS", _query_options),
            at(f"/{name}/{{value:path}}/events", "GET", _events_under(name)),
            at(f"/{name}/{{value:path}}", "GET", _under(name)),
        ]
    return made


def _mapped(fault: QueryFault | DocumentFault) -> BihuanError:
    if isinstance(fault, QueryFault):
        words = Words(f"查询参数 {fault.parameter}：{fault.zh}。", f"Query parameter {fault.parameter} {fault.en}.")
        return Invalid(words.zh, words.en, code="query_parameter", faults=[Fault(fault.parameter, "query_parameter", words)])
    words = Words(fault.zh, fault.en)
    return Invalid(fault.zh, fault.en, code=fault.code, faults=[Fault(fault.path, fault.code, words)])


def _acceptable(request: Request) -> None:
    accept = request.headers.get("accept", "*/*")
    kinds = [part.split(";")[0].strip() for part in accept.split(",")]
    if not any(k in ("*/*", "application/*", "application/json", "application/ld+json", "application/problem+json", "")
               for k in kinds):  # fmt: skip
        raise BihuanErrorNotAcceptable(accept)


class BihuanErrorNotAcceptable(BihuanError):
    """The sender wants a form of answer that this door does not give."""

    status, code = 406, "not_acceptable"

    def __init__(self, wanted: str) -> None:
        super().__init__("此门只以 application/json 或 application/ld+json 回答。", f"Answers are JSON or JSON-LD, not {wanted[:80]}.")


async def _body(house: House, request: Request) -> bytes:
    kind = media_of(request)
    if kind not in ("application/json", "application/ld+json"):
        zh = "内容类型应为 application/json 或 application/ld+json（XML 尚未开放）。"
        raise Unsupported(zh, f"Send application/json or application/ld+json (XML is not open yet), not {kind or 'nothing'}.")
    return await read_body(request, house.capture_bytes)


def _behaviour(request: Request) -> Behaviour:
    asked = request.headers.get("gs1-capture-error-behaviour", "rollback").lower()
    if asked not in ("rollback", "proceed"):
        words = Words("应为 rollback 或 proceed。", "Must be rollback or proceed.")
        fault = Fault("GS1-Capture-Error-Behaviour", "header", words)
        raise Invalid(words.zh, words.en, faults=[fault])
    return "proceed" if asked == "proceed" else "rollback"


def _mode(request: Request) -> Mode:
    asked = request.headers.get("bihuan-reading") or request.query_params.get("reading") or "strict"
    if asked not in ("strict", "lenient"):
        words = Words("应为 strict 或 lenient。", "Must be strict or lenient.")
        raise Invalid(words.zh, words.en, faults=[Fault("Bihuan-Reading", "header", words)])
    return "lenient" if asked == "lenient" else "strict"


async def _capture(house: House, request: Request, principal: Principal) -> Response:
    _check_version(request)
    job = capture(house, principal, await _body(house, request), _behaviour(request), _mode(request))
    asyncio.get_running_loop().call_soon(_run, house, job)
    return Response(b"", 202, {"Location": f"/capture/{job}"})


def _run(house: House, job: str) -> None:
    try:
        run_job(house, job)
    except Exception:
        log.exception("capture job %s failed; it is taken up again at the next start", job)


def _check_version(request: Request) -> None:
    for name in ("gs1-epcis-version", "gs1-cbv-version"):
        asked = request.headers.get(name, VERSION)
        if not asked.startswith("2.0"):
            words = Words(f"只支持 2.0，收到 {asked}。", f"Only 2.0 is served, not {asked}.")
            raise Invalid(words.zh, words.en, code="unknown_version", faults=[Fault(name, "unknown_version", words)])


async def _capture_options(house: House, request: Request, principal: Principal) -> Response:
    headers = {
        "Allow": "OPTIONS, GET, POST",
        "GS1-EPCIS-Capture-Limit": str(house.capture_limit),
        "GS1-EPCIS-Capture-File-Size-Limit": str(house.capture_bytes),
        "GS1-Capture-Error-Behaviour": "rollback, proceed",
        **_versions(),
    }
    return Response(b"", 204, headers)


async def _query_options(house: House, request: Request, principal: Principal) -> Response:
    return Response(b"", 204, {"Allow": "OPTIONS, GET", **_versions()})


def _versions() -> dict[str, str]:
    return {"GS1-EPCIS-Min": VERSION, "GS1-EPCIS-Max": VERSION, "GS1-CBV-Min": VERSION, "GS1-CBV-Max": VERSION}


def _job_body(row: RowMapping) -> dict[str, Any]:
    body: dict[str, Any] = {
        "captureID": row["id"], "createdAt": iso(row["created"]), "running": row["finished"] is None,
        "success": bool(row["success"]) if row["finished"] is not None else True,
        "captureErrorBehaviour": row["behaviour"], "taken": row["taken"],
        "errors": [
            {"type": "epcisException:ValidationException", "title": told["en"], "detail": told["zh"],
             "status": 400, "path": told["path"], "code": told["code"]}
            for told in msgspec.json.decode(row["errors"])
        ],
    }  # fmt: skip
    if row["finished"] is not None:
        body["finishedAt"] = iso(row["finished"])
    return body


async def _job(house: House, request: Request, principal: Principal) -> Response:
    query = sa.select(capture_job).where(capture_job.c.id == request.path_params["job"])
    return _json(_job_body(house.db.reader(principal).one(query, JOB)))


async def _jobs(house: House, request: Request, principal: Principal) -> Response:
    size = _per_page(request)
    query = sa.select(capture_job).order_by(capture_job.c.created.desc(), capture_job.c.id)
    before = request.query_params.get("nextPageToken", "")
    if before.isdecimal():
        query = query.where(capture_job.c.created < int(before))
    rows = house.db.reader(principal).rows(query.limit(size + 1), JOB)
    headers = {}
    if len(rows) > size:
        headers = _next(request, str(rows[size - 1]["created"]), house)
    return _json([_job_body(row) for row in rows[:size]], headers)


async def _one_event(house: House, request: Request, principal: Principal) -> Response:
    _check_version(request)
    kept = take_one(house, principal, await _body(house, request), _mode(request))
    return Response(b"", 201, {"Location": f"/events/{kept.id}", "Bihuan-Record": kept.ref})


async def _events(house: House, request: Request, principal: Principal) -> Response:
    return _answer(house, request, principal, _parameters(request))


async def _event(house: House, request: Request, principal: Principal) -> Response:
    found = event_by_id(house.db.reader(principal), request.path_params["event_id"])
    return _document([found], house)


def _parameters(request: Request) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in out:
            raise QueryFault(name, "出现了两次", "is given twice")
        out[name] = value
    return out


def _answer(house: House, request: Request, principal: Principal, parameters: dict[str, Any]) -> Response:
    asked = parse_query(parameters)
    question = "&".join(f"{k}={v}" for k, v in sorted(parameters.items()) if k not in ("nextPageToken", "perPage"))
    page = find(house.db.reader(principal), asked, house.secret, question)
    if asked.max_event_count is not None and len(page.events) > asked.max_event_count:
        zh = "结果多于 maxEventCount，请缩小范围。"
        raise TooLarge(zh, "More events than maxEventCount; ask for less.", code="query_too_large")
    headers = {} if page.next_token is None else _next(request, page.next_token, house)
    return _document(page.events, house, headers)


def _next(request: Request, token: str, house: House) -> dict[str, str]:
    url = request.url.include_query_params(nextPageToken=token)
    link = f"{url.path}?{url.query}"
    return {"Link": f'<{link}>; rel="next"', "GS1-Next-Page-Token-Expires": iso(house.db.clock.now() + 24 * HOUR)}


def _per_page(request: Request) -> int:
    text = request.query_params.get("perPage", "30")
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise QueryFault("perPage", "应为 1 到 1000 的整数", "must be a whole number from 1 to 1000")
    return int(text)


def _list(name: str) -> Answer:
    async def answer(house: House, request: Request, principal: Principal) -> Response:
        reader = house.db.reader(principal)
        members = _members(reader, name)
        return _json({"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld", "type": "Collection",
                      "member": members})  # fmt: skip

    return answer


def _members(reader: Reader, name: str) -> list[str]:
    return seen_values(reader, _VOCABULARY[name]) if name in _VOCABULARY else seen_keys(reader, _IDS[name])


def _under(name: str) -> Answer:
    async def answer(house: House, request: Request, principal: Principal) -> Response:
        if request.path_params["value"] not in _members(house.db.reader(principal), name):
            raise NotFound
        return _json({"@set": [f"/{name}/{request.path_params['value']}/events"]})

    return answer


def _events_under(name: str) -> Answer:
    async def answer(house: House, request: Request, principal: Principal) -> Response:
        return _answer(house, request, principal, {**_parameters(request), _FILTER[name]: request.path_params["value"]})

    return answer


async def _later(house: House, request: Request, principal: Principal) -> Response:
    raise BihuanNotYet


class BihuanNotYet(BihuanError):
    """A part of the standard's interface that is not served yet."""

    status, code = 501, "not_served"

    def __init__(self) -> None:
        super().__init__("这一部分接口尚未开放。", "This part of the interface is not served yet.")


def _document(events: list[tuple[bytes, Mapping[str, str]]], house: House, headers: Mapping[str, str] | None = None) -> Response:
    body = query_document(events, creation_date=house.db.clock.now())
    return Response(body, 200, dict(headers or {}), "application/ld+json")


def _json(value: object, headers: Mapping[str, str] | None = None, status: Literal[200] = 200) -> Response:
    return Response(msgspec.json.encode(value), status, dict(headers or {}), "application/json")
