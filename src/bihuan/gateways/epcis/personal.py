"""Before anything of a document is stored: its events' bytes one by one, and what names a person cut out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from bihuan.base.records import Registry
from bihuan.protocols.epcis import Document

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
_any = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode
_MARK = b"\xef\xbb\xbf"


class _List(msgspec.Struct):
    eventList: list[msgspec.Raw]


class _Results(msgspec.Struct):
    resultsBody: _List


class _Answer(msgspec.Struct):
    queryResults: _Results


class _Captured(msgspec.Struct):
    epcisBody: _List


class _Queried(msgspec.Struct):
    epcisBody: _Answer


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A body without what names people, and what was cut: the event's bytes as they now are, path to value."""

    body: bytes
    cut: tuple[tuple[bytes, dict[str, Any]], ...] = ()


def event_bytes(document: Document, body: bytes) -> list[bytes]:
    """The exact bytes of every event of a document that was read, the refused ones too."""
    data = body.removeprefix(_MARK)
    if document.kind == "event":
        return [data.strip()]
    if document.kind == "capture":
        return [bytes(raw) for raw in msgspec.json.decode(data, type=_Captured).epcisBody.eventList]
    return [bytes(raw) for raw in msgspec.json.decode(data, type=_Queried).epcisBody.queryResults.resultsBody.eventList]


def cut_personal(registry: Registry, document: Document, body: bytes) -> Cleaned:
    """A body without its personal members; the very same bytes when there are none.

    Only an event from which something was cut is encoded anew (its numbers exactly as they were written). What stands
    outside the events, in a header, is cut and not kept.
    """
    raws = event_bytes(document, body)
    cut: list[tuple[bytes, dict[str, Any]]] = []
    events: list[msgspec.Raw] = []
    for raw in raws:
        value = _any(raw)
        clean, parts = _without(registry, value, document.namespaces) if isinstance(value, dict) else (value, {})
        if parts:
            raw = _encode(clean)
            cut.append((raw, parts))
        events.append(msgspec.Raw(raw))
    if document.kind == "event":
        return Cleaned(bytes(events[0]), tuple(cut)) if cut else Cleaned(body)
    fields = _fields(body.removeprefix(_MARK))
    frame = fields.pop("epcisBody")
    header, lost = _without(registry, {name: _any(raw) for name, raw in fields.items()}, document.namespaces)
    if not cut and not lost:
        return Cleaned(body)
    inner = _decode(frame)
    holder = inner["queryResults"]["resultsBody"] if document.kind == "query" else inner
    holder["eventList"] = events
    return Cleaned(_encode({**header, "epcisBody": inner}), tuple(cut))


def _without(registry: Registry, value: Mapping[str, Any], context: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    clean, parts = dict(value), dict[str, Any]()
    for goods in registry.goods.values():
        clean, more = goods.personal_parts(clean, context)
        parts |= more
    return clean, parts

