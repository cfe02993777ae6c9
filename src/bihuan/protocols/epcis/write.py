"""Writing EPCIS 2.0 documents: our own events to send, stored events to answer a query with.

Numbers are written exactly as they are (Decimal as a JSON number). Bytes of stored events are passed on unchanged; only
when the prefixes of two documents contradict each other does an event get an @context of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from bihuan.protocols.epcis.instants import rfc3339
from bihuan.protocols.epcis.vocabulary import STANDARD_PREFIXES

STANDARD_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION: Final = "2.0"

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def capture_document(
    events: Sequence[Mapping[str, Any]], *, creation_date: int, namespaces: Mapping[str, str] | None = None
) -> bytes:
    """An EPCISDocument of our own events; `creation_date` in microseconds UTC, `namespaces` prefix to address."""
    return _ENCODER.encode(
        {
            "@context": _context(namespaces or {}),
            "type": "EPCISDocument",
            "schemaVersion": SCHEMA_VERSION,
            "creationDate": rfc3339(creation_date),
            "epcisBody": {"eventList": [dict(event) for event in events]},
        }
    )


def query_document(
    events: Iterable[tuple[bytes, Mapping[str, str]]],
    *,
    creation_date: int,
    query_name: str = "SimpleEventQuery",
    subscription_id: str | None = None,
) -> bytes:
    """An EPCISQueryDocument of stored events, each with the prefixes in force for it.

    The prefixes are gathered in the one @context of the document; the first meaning of a prefix wins there, and an
    event that means something else by it carries its own.
    """
    gathered: dict[str, str] = {}
    bodies: list[msgspec.Raw] = []
    for raw, namespaces in events:
        for prefix, address in namespaces.items():
            gathered.setdefault(prefix, address)
        own = {prefix: address for prefix, address in namespaces.items() if gathered[prefix] != address}
        bodies.append(msgspec.Raw(_with_context(raw, own) if own else raw))
    results: dict[str, Any] = {"queryName": query_name, "resultsBody": {"eventList": bodies}}
    if subscription_id is not None:
        results["subscriptionID"] = subscription_id
    return _ENCODER.encode(
        {
            "@context": _context(gathered),
            "type": "EPCISQueryDocument",
            "schemaVersion": SCHEMA_VERSION,
            "creationDate": rfc3339(creation_date),
            "epcisBody": {"queryResults": results},
        }
    )


def _context(namespaces: Mapping[str, str]) -> list[Any]:
    own = {prefix: address for prefix, address in namespaces.items() if STANDARD_PREFIXES.get(prefix) != address}
    return [STANDARD_CONTEXT, *({prefix: address} for prefix, address in own.items())]


def _with_context(raw: bytes, namespaces: Mapping[str, str]) -> bytes:
    fields = _FIELDS.decode(raw)
    fields.pop("@context", None)
    context = msgspec.Raw(_ENCODER.encode([{prefix: address} for prefix, address in namespaces.items()]))
    return _ENCODER.encode({"@context": context, **fields})
