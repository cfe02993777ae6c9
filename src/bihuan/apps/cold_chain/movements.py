"""Ordinary GS1 events of a partner's chain, read in a general way: shown on the timeline, seen by no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bihuan.apps.cold_chain.event_ids import RECORD, expand, read_id
from bihuan.apps.cold_chain.event_view import View, kilograms
from bihuan.base.clock import parse_instant
from bihuan.protocols.epcis.identifiers import canonical
from bihuan.protocols.epcis.vocabulary import bare

_EPCS = {"epcList": "about", "childEPCs": "about", "inputEPCList": "in", "outputEPCList": "out"}
_CLASSES = {
    "quantityList": "about",
    "childQuantityList": "about",
    "inputQuantityList": "in",
    "outputQuantityList": "out",
}


@dataclass(frozen=True, slots=True)
class Good:
    """One thing that an event is about: `container`, `lot` or `epc` with its id; kilograms where they are given."""

    kind: str
    id: str
    side: str
    """`about`, `in` (consumed), `out` (made) or `parent` (what the others are packed in)."""
    kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A valid event that is no step: when, what kind, where, which goods."""

    id: str | None
    time: int
    """int microseconds UTC."""
    type: str
    action: str
    biz_step: str
    """Bare CBV word, or the sender's own address; "" when there is none."""
    goods: tuple[Good, ...]
    read_point: str | None
    location: str | None


def movement(event: Mapping[str, Any], namespaces: Mapping[str, str] | None = None) -> Movement:
    """Read a checked EPCIS event in a general way; what is unusual is left out, never refused."""
    view = View(event, namespaces)
    event_id, biz_step = event.get("eventID"), event.get("bizStep")
    goods = [_epc(view, event["parentID"], "parent")] if isinstance(event.get("parentID"), str) else []
    for member, side in _EPCS.items():
        goods += [_epc(view, epc, side) for epc in event.get(member) or () if isinstance(epc, str)]
    for member, side in _CLASSES.items():
        lines = view.lines(member, member)
        goods += [_class(view, line, side) for line in lines if isinstance(line.get("epcClass"), str)]
    return Movement(
        id=read_id(RECORD, event_id, view.namespaces) if isinstance(event_id, str) else None,
        time=parse_instant(event["eventTime"]),
        type=str(event.get("type", "")),
        action=str(event.get("action", "")),
        biz_step=bare(biz_step) if isinstance(biz_step, str) else "",
        goods=tuple(goods),
        read_point=_place(view, "readPoint"),
        location=_place(view, "bizLocation"),
    )


def _epc(view: View, epc: str, side: str) -> Good:
    container = read_id("container", epc, view.namespaces)
    if container is not None:
        return Good("container", container, side)
    return Good("epc", canonical(expand(epc, view.namespaces)), side)


def _class(view: View, line: Mapping[str, Any], side: str) -> Good:
    text = line["epcClass"]
    lot = read_id("lot", text, view.namespaces)
    kg = kilograms(view, line, "kg", "")
    name = lot or canonical(expand(text, view.namespaces))
    return Good("lot" if lot or ":lot:" in name else "epc", name, side, kg)


def _place(view: View, member: str) -> str | None:
    value = view.event.get(member)
    text = value.get("id") if isinstance(value, Mapping) else None
    return read_id("place", text, view.namespaces) or text if isinstance(text, str) else None
