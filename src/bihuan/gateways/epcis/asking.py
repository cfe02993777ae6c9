"""Addresses by which events are asked for: queries, single events, and what occurs in them as collections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bihuan.base.catalog import House
from bihuan.base.clock import iso
from bihuan.base.db import Reader
from bihuan.base.errors import NotFound
from bihuan.base.principal import Principal
from bihuan.gateways.doors import Answer
from bihuan.gateways.epcis.headers import FORMAT
from bihuan.gateways.epcis.query import (
    LARGEST_PAGE,
    TOKEN_LIVES,
    Found,
    events_by_id,
    find,
    is_seen,
    is_seen_id,
    page_start,
    page_token,
    seen_ids,
    seen_values,
)
from bihuan.protocols.epcis import QueryFault, parse_query, query_document
from bihuan.protocols.epcis.query import DEFAULT_PER_PAGE
from bihuan.protocols.epcis.write import STANDARD_CONTEXT

Endpoint = Callable[[Request], Awaitable[Response]]
_PAGING = ("nextPageToken", "perPage")
_COLUMNS = {"eventTypes": "type", "bizSteps": "biz_step", "dispositions": "disposition"}
_EPCS = ("epc", "parent", "child", "input", "output")
_CLASSES = tuple(f"{role}_class" for role in _EPCS)
_ROLES = {"epcs": (*_EPCS, *_CLASSES), "readPoints": ("place",), "bizLocations": ("location",)}
_FILTER = {
    "eventTypes": "eventType", "bizSteps": "EQ_bizStep", "dispositions": "EQ_disposition", "epcs": "MATCH_anyEPC",
    "readPoints": "EQ_readPoint", "bizLocations": "EQ_bizLocation",
}  # fmt: skip
COLLECTIONS = tuple(_FILTER)


async def events(house: House, request: Request, principal: Principal) -> Response:
    """The events that answer a query, within scope."""
    return _answer(house, request, principal, _parameters(request))


async def event(house: House, request: Request, principal: Principal) -> Response:
    """The event of an id, with its error declaration if there is one; hidden and unknown are the same answer."""
    return _document(events_by_id(house.db.reader(principal), request.path_params["event_id"]), house)


def members(name: str) -> Answer:
    """The collection of what occurs within scope, e.g. all read points, as it was sent."""

    async def answer(house: House, request: Request, principal: Principal) -> Response:
        reader, size, question = house.db.reader(principal), per_page(request), question_of(request)
        token = request.query_params.get("nextPageToken")
        after = str(page_start(reader, house.secret, token, question)[0]) if token else ""
        if name in _COLUMNS:
            found = seen_values(reader, _COLUMNS[name], after, size + 1)
        else:
            found = seen_ids(reader, _ROLES[name], after, size + 1)
        end = [found[size - 1]] if len(found) > size else None
        return _collection(found[:size], next_page(request, reader, house.secret, end, question))

    return answer


def member(name: str) -> Answer:
    """What is found under one member: its events; hidden and unknown are the same answer."""

    async def answer(house: House, request: Request, principal: Principal) -> Response:
        _check_seen(house.db.reader(principal), name, request.path_params["value"])
        return _collection(["events"])

    return answer


def events_under(name: str) -> Answer:
    """The events of one member, further narrowed by the parameters of a query."""

    async def answer(house: House, request: Request, principal: Principal) -> Response:
        value, reader = request.path_params["value"], house.db.reader(principal)
        _check_seen(reader, name, value)
        parameters, asked = _parameters(request), _FILTER[name]
        if name == "epcs" and not is_seen_id(reader, _EPCS, value):
            asked = "MATCH_anyEPCClass"  # a lot is a class of goods
        if asked in parameters:
            raise QueryFault(asked, "已由地址给出", "is given by the address already")
        return _answer(house, request, principal, {**parameters, asked: [value]})

    return answer


def _check_seen(reader: Reader, name: str, value: str) -> None:
    seen = is_seen(reader, _COLUMNS[name], value) if name in _COLUMNS else is_seen_id(reader, _ROLES[name], value)
    if not seen:
        raise NotFound


def _parameters(request: Request) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in out:
            raise QueryFault(name, "出现了两次", "is given twice")
        out[name] = value
    return out


def _answer(house: House, request: Request, principal: Principal, parameters: Mapping[str, Any]) -> Response:
    asked, reader, question = parse_query(parameters), house.db.reader(principal), question_of(request)
    page = find(reader, asked, house.secret, question)
    return _document(page.events, house, _link(request, reader, page.next_token))


def question_of(request: Request) -> str:
    """What a page token is bound to: the address and all parameters but the paging ones."""
    given = sorted((k, v) for k, v in request.query_params.multi_items() if k not in _PAGING)
    return f"{request.url.path}?{urlencode(given)}"


def per_page(request: Request) -> int:
    """How many members of a list are asked for; never more than the largest page."""
    text = request.query_params.get("perPage", str(DEFAULT_PER_PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise QueryFault("perPage", "应为正整数", "must be a positive whole number")
    return min(int(text), LARGEST_PAGE)


def next_page(
    request: Request, reader: Reader, secret: bytes, end: Sequence[int | str] | None, question: str
) -> dict[str, str]:
    """The headers that lead to the page after a place; none when there is no further page."""
    return _link(request, reader, None if end is None else page_token(reader, secret, end, question))


def _link(request: Request, reader: Reader, token: str | None) -> dict[str, str]:
    if token is None:
        return {}
    given = [(k, v) for k, v in request.query_params.multi_items() if k != "nextPageToken"]
    path = "/".join(quote(part, safe="") for part in _segments(request))
    query = urlencode([*given, ("nextPageToken", token)])
    return {
        "Link": f'<{path}?{query}>; rel="next"',
        "GS1-Next-Page-Token-Expires": iso(reader.now + TOKEN_LIVES),
    }


def _segments(request: Request) -> list[str]:
    """The parts of the address, an id with slashes of its own as one part."""
    value = request.path_params.get("value")
    if value is None:
        return request.url.path.split("/")
    return ["", request.url.path.split("/")[1], str(value), "events"]


def _collection(found: Sequence[str], headers: Mapping[str, str] | None = None) -> Response:
    body = {"@context": STANDARD_CONTEXT, "type": "Collection", "member": found}
    return Response(msgspec.json.encode(body), 200, dict(headers or {}), "application/json")


def _document(found: Sequence[Found], house: House, headers: Mapping[str, str] | None = None) -> Response:
    body = query_document(found, creation_date=house.db.clock.now())
    return Response(body, 200, {"GS1-EPC-Format": FORMAT, **(headers or {})}, "application/ld+json")
