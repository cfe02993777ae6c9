"""What the machines' doors share: who sends, the body within limits, problems, and a route that answers with them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bihuan.base.catalog import House
from bihuan.base.declare import TypeSpec
from bihuan.base.errors import BihuanError, NotFound, TooLarge, Unauthenticated, Unsupported
from bihuan.base.identity import principal_of_token
from bihuan.base.principal import Principal, system
from bihuan.base.records import Goods, Registry

log = logging.getLogger("bihuan.doors")
LONGEST_NOTE = 400
"""Characters of an address that the access log keeps."""
_NOBODYS = ("/v1/openapi.json", "/v1/time", "/v1/share/")
"""Addresses that show nothing of anybody, or keep a fuller log themselves."""
Answer = Callable[[House, Request, Principal], Awaitable[Response]]


def principal_of(house: House, request: Request) -> Principal:
    """Who sends: the token in `Authorization: Bearer …`; Unauthenticated without a good one."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    reader = house.db.reader(system("tokens"))
    found = principal_of_token(reader, secret.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        zh = "请在 Authorization 头中给出有效的令牌（Bearer bh_…）。"
        raise Unauthenticated(zh, "Give a valid token in the Authorization header (Bearer bh_…).")
    return found


def note_read(house: House, request: Request, principal: Principal, response: Response) -> None:
    """Who read what by a token is kept for the access log: the address and the question, without its page token."""
    if request.method != "GET" or response.status_code != 200 or request.url.path.startswith(_NOBODYS):
        return
    asked = "&".join(part for part in request.url.query.split("&") if not part.startswith("nextPageToken="))
    row = request.url.path + (f"?{asked}" if asked else "")
    house.looks.note(house.db.reader(principal), "data", row[:LONGEST_NOTE], "token", client_address(request))
    if house.looks.full:
        house.looks.flush(house.db)


def client_address(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""


def faults_of(error: BihuanError) -> list[dict[str, str]]:
    """Every fault of an error as a door tells it: path, code, and the sentence in both languages."""
    return [{"path": f.path, "code": f.code, "zh": f.words.zh, "en": f.words.en} for f in error.faults]


def problem(error: BihuanError, more: Mapping[str, object] | None = None) -> Response:
    """The error body of `/v1` (RFC 7807) with every fault by field, in both languages; `more` adds members."""
    body = {
        "type": f"urn:bihuan:problem:{error.code}",
        "title": error.words.en,
        "status": error.status,
        "detail": error.words.zh,
        "code": error.code,
        "zh": error.words.zh,
        "en": error.words.en,
        "faults": faults_of(error),
        **(more or {}),
    }
    return problem_response(body, error.status)


def problem_response(body: Mapping[str, object], status: int) -> Response:
    """A problem body as its answer."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(msgspec.json.encode(body), status, headers, "application/problem+json")


def route(house: House, path: str, method: str, answer: Answer) -> Route:
    """A route of `/v1`: the token is asked for, and whatever goes wrong is answered as a problem."""

    async def endpoint(request: Request) -> Response:
        try:
            principal = principal_of(house, request)
            response = await answer(house, request, principal)
            note_read(house, request, principal, response)
        except BihuanError as error:
            response = problem(error)
        except Exception:
            log.exception("%s %s failed", method, path)
            response = problem(BihuanError("系统出错，已记录。", "Something failed here; it is logged."))
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return Route(path, endpoint, methods=[method])


async def read_body(request: Request, limit: int) -> bytes:
    """The body of a request; TooLarge, without reading on, when it has more than `limit` bytes."""
    length = request.headers.get("content-length", "")
    chunks, size = [], 0
    if not (length.isdecimal() and int(length) > limit):
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                break
            chunks.append(chunk)
        else:
            return b"".join(chunks)
    raise TooLarge(f"超过上限 {limit} 字节，请分批发送。", f"Larger than {limit} bytes: send it in parts.")


def media_of(request: Request) -> str:
    """The kind of content that a request says it brings, in small letters, without parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def check_json(request: Request) -> None:
    """Unsupported unless the body is said to be JSON."""
    if media_of(request) != "application/json":
        raise Unsupported("内容类型应为 application/json。", "Send application/json.")


def step_name(spec: TypeSpec) -> str:
    """The neutral name of a type within its app: `picked_up` of `cold_chain.PickedUp`."""
    return spec.table.removeprefix(spec.name.partition(".")[0] + "_")


def type_named(registry: Registry, name: str) -> TypeSpec:
    """The type of a qualified name, or of a neutral step name that only one app has; NotFound when there is none."""
    if name in registry.types:
        return registry.types[name]
    found = [spec for spec in registry.types.values() if step_name(spec) == name]
    if len(found) != 1:
        raise NotFound
    return found[0]


def goods_of(registry: Registry, spec: TypeSpec) -> Goods | None:
    """How records of a type speak EPCIS; None when they are records of their own.

    Steps of goods are ranked among each other and are events; other facts of the same app are not.
    """
    return registry.goods.get(spec.name.partition(".")[0]) if hasattr(spec.cls, "rank") else None
