"""How far each feed is complete: stated by the party that sends it, shown to everybody who has a token."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bihuan.base.catalog import House
from bihuan.base.clock import MINUTE, iso
from bihuan.base.errors import Fault, Forbidden, Invalid, Words
from bihuan.base.identity import is_authority, log_access
from bihuan.base.principal import Principal
from bihuan.base.rules.subjects import feeds, state_feed
from bihuan.gateways.doors import check_json, client_address, read_body, step_name, type_named
from bihuan.gateways.epcis.capture import sender
from bihuan.gateways.rest.records import instant_of

MOST_LAG = 7 * 24 * 60
"""Minutes."""


class Stated(msgspec.Struct, forbid_unknown_fields=True):
    """A statement: complete before an instant, or always up to so many minutes ago, or (both null) no more."""

    complete_before: str | None = None
    lag_minutes: int | None = None


async def put(house: House, request: Request, principal: Principal) -> Response:
    """State how far the sender's own feed of a step is complete; what waits for it is judged anew."""
    step = step_name(type_named(house.registry, request.path_params["step"]))
    party = sender(principal)
    _check_admitted(house, principal, step, party)
    check_json(request)
    stated = _read(await read_body(request, 10_000))
    before = None if stated.complete_before is None else instant_of("complete_before", stated.complete_before)
    if before is not None and before > house.db.clock.now() + house.future_minutes * MINUTE:
        raise _invalid("complete_before", "future", "不能晚于现在。", "It cannot lie after now.")
    lag = stated.lag_minutes
    if lag is not None and not 0 <= lag <= MOST_LAG:
        raise _invalid("lag_minutes", "range", f"应为 0 到 {MOST_LAG}。", f"From 0 to {MOST_LAG}.")
    if lag is not None and before is not None:
        raise _invalid("lag_minutes", "both", "两项只能填一项。", "Give one of the two, not both.")
    with house.db.write(principal) as w:
        state_feed(w, step, party, before, None if lag is None else lag * MINUTE)
        why = f"complete_before={stated.complete_before} lag_minutes={lag}"
        log_access(w, principal, "feed", step, why, client_address(request))
    found = [row for row in _rows(house, principal) if row["step"] == step and row["source"] == party]
    return Response(msgspec.json.encode(found[0]), 200, media_type="application/json")


def _check_admitted(house: House, principal: Principal, step: str, party: str) -> None:
    """A department speaks for its feeds; anybody else only for one that an administrator has entered for it.

    W is the earliest over all sources of a step: whoever could enter one freely could hold up every verdict.
    """
    reader = house.db.reader(principal)
    known = any(row["type"] == step and row["source"] == party for row in feeds(reader))
    if not known and not is_authority(reader, party):
        zh = "本单位不是这一环节的登记来源，请管理员先在“报送完整到何时”里登记。"
        en = "Your organisation is no admitted source of this step; ask an administrator to enter it under feeds."
        raise Forbidden(zh, en, code="source_not_admitted")


async def listed(house: House, request: Request, principal: Principal) -> Response:
    """All statements, by step and source."""
    return Response(msgspec.json.encode({"items": _rows(house, principal)}), 200, media_type="application/json")


def _rows(house: House, principal: Principal) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for row in feeds(house.db.reader(principal)):
        before, lag, at = row["complete_before"], row["lag"], row["stated_at"]
        out.append(
            {"step": row["type"], "source": row["source"],
             "complete_before": iso(before) if isinstance(before, int) else None,
             "lag_minutes": lag // MINUTE if isinstance(lag, int) else None,
             "stated_at": iso(at) if isinstance(at, int) else None}
        )  # fmt: skip
    return out


def _read(data: bytes) -> Stated:
    try:
        return msgspec.json.decode(data, type=Stated)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        zh = "应为 {\"complete_before\": 时间或 null} 或 {\"lag_minutes\": 分钟数}。"
        raise _invalid("", "shape", zh, 'Send {"complete_before": time or null} or {"lag_minutes": n}.') from wrong


def _invalid(path: str, code: str, zh: str, en: str) -> Invalid:
    return Invalid(zh, en, faults=[Fault(path, code, Words(zh, en))])
