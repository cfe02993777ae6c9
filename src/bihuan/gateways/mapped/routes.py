"""The door for partners' own files: `POST /v1/mapped/{mapping}`, and what mappings there are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bihuan.base.catalog import House
from bihuan.base.clock import MINUTE, iso, parse_instant
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.principal import Principal
from bihuan.gateways.doors import problem, read_body, route
from bihuan.gateways.epcis.capture import Behaviour
from bihuan.gateways.mapped.apply import RowFault
from bihuan.gateways.mapped.sources import MAX_BYTES
from bihuan.gateways.mapped.take import Taken, load_mappings, mapping_named, take

FILE_TIME = "Bihuan-File-Time"
MOST_TOLD = 200
"""Faults told in one answer; all of them lie in quarantine with their rows."""


def routes(house: House) -> list[BaseRoute]:
    """The routes of this door; the mappings of all apps are read and checked here, once."""
    folders = [app.folder / "mappings" for app in house.apps.values() if app.folder is not None]
    mappings = load_mappings(house.registry, folders)

    async def post(house: House, request: Request, principal: Principal) -> Response:
        mapping = mapping_named(mappings, request.path_params["mapping"])
        data = await read_body(request, min(MAX_BYTES, house.capture_bytes))
        return _answer(take(house, principal, mapping, data, _behaviour(request), _file_time(house, request)))

    async def listed(house: House, request: Request, principal: Principal) -> Response:
        items = [
            {"id": m.id, "title": {"zh": m.titles.zh, "en": m.titles.en}, "about": m.about, "app": m.app,
             "format": m.source.format, "steps": [output.step for output in m.outputs], "href": f"/v1/mapped/{m.id}"}
            for m in mappings.values()
        ]  # fmt: skip
        return Response(msgspec.json.encode({"items": items}), 200, media_type="application/json")

    async def shown(house: House, request: Request, principal: Principal) -> Response:
        mapping = mapping_named(mappings, request.path_params["mapping"])
        return Response(mapping.text, 200, media_type="application/yaml; charset=utf-8")

    return [
        route(house, "/v1/mapped", "GET", listed),
        route(house, "/v1/mapped/{mapping}", "GET", shown),
        route(house, "/v1/mapped/{mapping}", "POST", post),
    ]


def _behaviour(request: Request) -> Behaviour:
    asked = request.headers.get("gs1-capture-error-behaviour", "proceed").lower()
    if asked not in ("rollback", "proceed"):
        words = Words("应为 rollback 或 proceed。", "Must be rollback or proceed.")
        raise Invalid(words.zh, words.en, faults=[Fault("GS1-Capture-Error-Behaviour", "header", words)])
    return "rollback" if asked == "rollback" else "proceed"


def _file_time(house: House, request: Request) -> int | None:
    """When the sender made the file, us UTC; what lies in the future cannot be complete yet."""
    text = request.headers.get(FILE_TIME)
    if text is None:
        return None
    words = Words("应为不晚于现在的时间，如 2020-12-10T14:00:00+08:00。", "Give a time not after now, in ISO 8601.")
    try:
        at = parse_instant(text)
    except ValueError as wrong:
        raise Invalid(words.zh, words.en, faults=[Fault(FILE_TIME, "header", words)]) from wrong
    if at > house.db.clock.now() + house.future_minutes * MINUTE:
        raise Invalid(words.zh, words.en, faults=[Fault(FILE_TIME, "header", words)])
    return at


def _answer(taken: Taken) -> Response:
    told = {
        "rows": taken.mapped.rows, "records": len(taken.mapped.records), "taken": taken.taken,
        "skipped": taken.mapped.skipped, "row_faults": _told(taken.faults), "row_fault_count": len(taken.faults),
        "notes": _told(taken.mapped.notes),
        "complete_before": None if taken.complete_before is None else iso(taken.complete_before),
    }  # fmt: skip
    if taken.faults and not taken.taken:
        n = len(taken.faults)
        zh = f"这份文件没有入库，共 {n} 处错误；已放入隔离区，改正后请重新发送。"
        en = f"Nothing of this file was taken: {n} fault(s). It lies in quarantine; mend it and send it again."
        faults = [fault.fault for fault in taken.faults[:MOST_TOLD]]
        return problem(Invalid(zh, en, code="row_faults", faults=faults), told)
    headers = {} if taken.job is None else {"Location": f"/capture/{taken.job}"}
    body = msgspec.json.encode({"captureID": taken.job, **told})
    return Response(body, 200 if taken.job is None else 202, headers, "application/json")


def _told(faults: Sequence[RowFault]) -> list[dict[str, object]]:
    return [
        {"row": f.row, "place": f.place, "step": f.step, "field": f.field, "source": f.source, "code": f.code,
         "zh": f.words.zh, "en": f.words.en}
        for f in faults[:MOST_TOLD]
    ]  # fmt: skip
