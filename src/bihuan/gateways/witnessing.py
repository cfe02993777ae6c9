"""The witnesses' doors: the candidate checkpoint, the hash tiles, and where a cosignature is left. Hashes only, no bodies.

Nobody logs in here: what is read holds no content, and what is left counts only when a known witness's key signed it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bihuan.base.catalog import House
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Words
from bihuan.base.ledger import candidate, node_hashes, size, take_cosignature
from bihuan.base.principal import system
from bihuan.engines.merkle import TreeError, parse_checkpoint, parse_note, parse_tile, tile_bytes
from bihuan.gateways.doors import problem, read_body

LONGEST = 4096
"""Bytes of a cosignature with its size line; one takes about 200."""
WITNESS = system("witness")
_FOR_EVER = "public, max-age=31536000, immutable"
Door = Callable[[House, Request], Awaitable[Response]]


def routes(house: House) -> list[BaseRoute]:
    """The three addresses under `/ledger`."""
    return [
        Route("/ledger/candidate", _endpoint(house, _candidate), methods=["GET"]),
        Route("/ledger/tile/{path:path}", _endpoint(house, _tile), methods=["GET"]),
        Route("/ledger/cosignatures", _endpoint(house, _cosignature), methods=["POST"]),
    ]


def _endpoint(house: House, answer: Door) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await answer(house, request)
        except BihuanError as error:
            return problem(error)

    return endpoint


async def _candidate(house: House, request: Request) -> Response:
    """The newest checkpoint as the ledger signed it; published once enough witnesses cosigned it."""
    note = candidate(house.db.reader(WITNESS))
    return PlainTextResponse(note, headers={"Cache-Control": "no-store"}, media_type="text/plain; charset=utf-8")


async def _tile(house: House, request: Request) -> Response:
    """A tile of hashes (C2SP tlog-tiles), as of the newest checkpoint: nothing unsigned is shown."""
    reader = house.db.reader(WITNESS)
    signed = parse_checkpoint(parse_note(candidate(reader)).text).size
    try:
        data = tile_bytes(node_hashes(reader), min(signed, size(reader)), parse_tile(request.path_params["path"]))
    except TreeError as none_such:
        raise NotFound from none_such
    return Response(data, 200, {"Cache-Control": _FOR_EVER}, "application/octet-stream")


async def _cosignature(house: House, request: Request) -> Response:
    """A witness's word: a line with the checkpoint's size, then its signature line."""
    text = (await read_body(request, LONGEST)).decode("utf-8", "replace")
    first, _, line = text.partition("\n")
    if not (first.isascii() and first.isdigit() and len(first) < 19):
        words = Words("第一行应为检查点的大小。", "The first line is the checkpoint's size.")
        raise Invalid(words.zh, words.en, faults=[Fault("size", "shape", words)])
    with house.db.write(WITNESS) as w:
        take_cosignature(w, int(first), line)
    return Response(b"", 204)
