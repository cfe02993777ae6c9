"""The EPCIS 2.0 REST binding: which address answers what; to complete the interface is to add rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bihuan.base.catalog import House
from bihuan.base.errors import BihuanError
from bihuan.base.principal import Principal
from bihuan.gateways.doors import Answer, note_read, principal_of
from bihuan.gateways.epcis import asking, sending
from bihuan.gateways.epcis.headers import VERSION, check_acceptable, version_headers
from bihuan.gateways.epcis.problems import AddressTooLong, NotAllowed, NotServed, mapped, problem
from bihuan.protocols.epcis import DocumentFault, QueryFault

log = logging.getLogger("bihuan.epcis")
LONGEST_ADDRESS = 8000
"""Bytes of path and query that are read."""
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Methods = Mapping[str, Answer]


async def _later(house: House, request: Request, principal: Principal) -> Response:
    raise NotServed


_LATER: Methods = {"GET": _later, "POST": _later, "DELETE": _later}


def table() -> dict[str, Methods]:
    """Every address of the binding with its methods; what answers `_later` is still to come and says so."""
    made: dict[str, Methods] = {
        "/capture": {"GET": sending.jobs, "POST": sending.capture_document, "OPTIONS": sending.capture_options},
        "/capture/{job}": {"GET": sending.job},
        "/events": {"GET": asking.events, "POST": sending.one_event, "OPTIONS": sending.event_options},
        "/events/{event_id:path}": {"GET": asking.event},
        "/nextPageToken/{token}": {"DELETE": _later},
        "/queries": {"GET": _later, "POST": _later},
        "/queries/{rest:path}": _LATER,
    }
    for name in asking.COLLECTIONS:
        made |= {
            f"/{name}": {"GET": asking.members(name)},
            f"/{name}/{{value:path}}/events": {"GET": asking.events_under(name)},
            f"/{name}/{{value:path}}": {"GET": asking.member(name)},
        }
    return made


def routes(house: House) -> list[BaseRoute]:
    """All routes of the binding; whatever goes wrong behind them is answered as the standard's problem."""
    return [Route(path, _endpoint(house, path, methods), methods=_METHODS) for path, methods in table().items()]


def _endpoint(house: House, path: str, methods: Methods) -> asking.Endpoint:
    allowed = ", ".join(dict.fromkeys(("OPTIONS", *methods)))

    async def answer(request: Request) -> Response:
        if len(request.url.path) + len(request.url.query) > LONGEST_ADDRESS:
            zh = f"地址超过 {LONGEST_ADDRESS} 字节，请缩短查询。"
            raise AddressTooLong(zh, f"The address is longer than {LONGEST_ADDRESS} bytes: ask for less.")
        check_acceptable(request)
        principal = principal_of(house, request)
        method = "GET" if request.method == "HEAD" else request.method
        if method in methods:
            response = await methods[method](house, request, principal)
            note_read(house, request, principal, response)
            return response
        if method == "OPTIONS":
            return Response(b"", 204, {"Allow": allowed, **version_headers()})
        raise NotAllowed(f"此地址只支持 {allowed}。", f"This address has only {allowed}.")

    async def endpoint(request: Request) -> Response:
        try:
            response = await answer(request)
        except BihuanError as error:
            response = problem(error)
            if isinstance(error, NotAllowed):
                response.headers["Allow"] = allowed
        except (QueryFault, DocumentFault) as fault:
            response = problem(mapped(fault))
        except ClientDisconnect:
            log.info("%s %s: the sender went away before all had come; nothing is kept", request.method, path)
            return Response(b"", 400)
        except Exception:
            log.exception("%s %s failed", request.method, path)
            response = problem(BihuanError("系统出错，已记录。", "Something failed here; it is logged."))
        if response.status_code == 413:
            response.headers.update(sending.limits(house))
        response.headers["GS1-EPCIS-Version"] = VERSION
        response.headers["GS1-CBV-Version"] = VERSION
        response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "HEAD":
            response.body = b""  # the length stays that of the whole answer
        return response

    return endpoint
