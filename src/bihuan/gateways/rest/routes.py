"""The routes of `/v1`: records, feeds, the share interface, what the interface is, and what time it is here."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

import bihuan
from bihuan.base.catalog import House
from bihuan.base.clock import iso
from bihuan.base.principal import Principal
from bihuan.base.records.openapi import openapi
from bihuan.gateways.doors import route
from bihuan.gateways.rest import feeds, records, share


def routes(house: House) -> list[BaseRoute]:
    """The routes of this door."""
    return [
        route(house, "/v1/openapi.json", "GET", _openapi),
        route(house, "/v1/time", "GET", _time),
        route(house, "/v1/records/{ref}/receipt", "GET", records.proof),
        route(house, "/v1/records/{type}/template", "GET", records.form),
        route(house, "/v1/records/{type}/{ref}", "GET", records.one),
        route(house, "/v1/records/{type}", "POST", records.post),
        route(house, "/v1/records/{type}", "GET", records.listed),
        route(house, "/v1/feeds", "GET", feeds.listed),
        route(house, "/v1/feeds/{step}", "PUT", feeds.put),
        *(route(house, f"/v1/share/{each.name}", "GET", share.answering(each)) for each in share.SHARES),
    ]


async def _time(house: House, request: Request, principal: Principal) -> Response:
    now = house.db.clock.now()
    body = {"time": iso(now), "microseconds": now, "version": bihuan.__version__}
    return Response(msgspec.json.encode(body), 200, media_type="application/json")


async def _openapi(house: House, request: Request, principal: Principal) -> Response:
    document = openapi(house.registry, version=bihuan.__version__, more_paths=_more_paths())
    document["paths"] = {path: said for path, said in document["paths"].items() if not path.endswith("/import")}
    return Response(msgspec.json.encode(document), 200, media_type="application/json")


def _more_paths() -> dict[str, Any]:
    def get(zh: str, en: str, *names: str, kind: str = "application/json", verb: str = "get") -> dict[str, Any]:
        asked = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
        good = {"200": {"description": zh, "content": {kind: {}}}}
        return {verb: {"summary": zh, "x-summary-en": en, "parameters": asked, "responses": good}}

    def under(name: str, said: dict[str, Any]) -> dict[str, Any]:
        for operation in said.values():
            operation["parameters"].append({"name": name, "in": "path", "required": True, "schema": {"type": "string"}})
        return said

    paths = {
        "/v1/time": get("系统时间与版本", "Time and version of the system"),
        "/v1/records/{ref}/receipt": under("ref", get("离线凭证", "Offline receipt", "body", kind="text/plain")),
        "/v1/feeds": get("各环节报送完整到何时", "How far each feed is complete"),
        "/v1/feeds/{step}": under("step", get("声明报送完整到何时", "State how far a feed is complete", verb="put")),
        "/v1/mapped": get("可用的映射", "Mappings"),
        "/v1/mapped/{mapping}": under(
            "mapping",
            get("映射文件", "The mapping itself", kind="application/yaml")
            | get("按映射报送一份文件", "Send a file by a mapping", verb="post"),
        ),
    }
    shared = {
        f"/v1/share/{each.name}": get(
            "共享：本部门范围内", "Share: within the department's scope",
            *each.filters, "area", "after", "limit", "format",
        )
        for each in share.SHARES
    }  # fmt: skip
    return paths | shared
