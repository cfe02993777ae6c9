"""From a filled form to the ledger: goods as EPCIS events, everything else as a record of its own type."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from bihuan.base.db import Writer, party_tag
from bihuan.base.declare import Kind, Record, TypeSpec
from bihuan.base.errors import Conflict, Forbidden
from bihuan.base.identity import party_resolver
from bihuan.base.places import place_named
from bihuan.base.records import Kept, NewEvent, keep, keep_events
from bihuan.base.records.evidence import with_hashes
from bihuan.base.records.senders import not_yours, sender_check
from bihuan.ends.shared.page import Page

DOOR = "form"
_event = msgspec.json.Encoder(decimal_format="number").encode
_plain = msgspec.json.Encoder(order="deterministic").encode


def send(
    page: Page,
    w: Writer,
    type_name: str,
    record: Record,
    retry: str,
    supersedes: str | None = None,
    *,
    tags: Iterable[str] = (),
) -> Kept:
    """Keep what a person states for the organisation acted for; the same form sent twice is one record.

    Goods steps become events under an id made from the retry key. Whoever the record names (an owner, the operator of a
    warehouse) sees it. Forbidden without the capability to sign, and when the step is for others to state; Conflict when
    the retry key stood for other content.
    """
    party = page.principal.party
    if party is None or not page.principal.may("sign"):
        raise Forbidden(
            "您没有代表本单位报送的权限，请联系本单位管理员。",
            "You may not report for your organisation; ask your administrator.",
        )
    registry = page.house.registry
    spec = registry.types[type_name]
    record = with_hashes(w, spec, record)
    app = type_name.partition(".")[0]
    marks = {*tags, *_named(w, spec, record)}
    # Steps of goods are ranked among each other and speak EPCIS; other facts of the same app are records of their own.
    goods = registry.goods.get(app) if hasattr(type(record), "rank") else None
    if goods is None:
        return keep(w, record, app=app, door=DOOR, party=party, tags=marks, retry=retry, supersedes=supersedes)
    event = goods.to_event(record, id=record_id(party, retry), supersedes=supersedes)
    namespaces = dict(goods.namespaces)
    refused = sender_check(registry, w, party)(goods.from_event(event, namespaces))
    if refused is not None:
        raise not_yours(refused, "")
    new = NewEvent(str(event["eventID"]), _event(event))
    [kept] = keep_events(w, [new], door=DOOR, party=party, context=namespaces, tags=marks)
    if isinstance(kept, Conflict):
        raise kept
    return kept


def record_id(party: str, retry: str) -> str:
    """The id of the record that a form becomes, from who sends it and the form's own key."""
    return "form-" + hashlib.sha256(f"{party}\n{retry}".encode()).hexdigest()[:24]


def shown_hash(record: Record, supersedes: str | None = None) -> str:
    """SHA-256 (hex) of what a person is shown before signing: the record's fields and what it corrects."""
    return hashlib.sha256((supersedes or "").encode() + b"\n" + _plain(record)).hexdigest()


def _named(w: Writer, spec: TypeSpec, record: Any) -> set[str]:
    """Tags of the parties that a record names: organisations, and those who run the places in it."""
    find = party_resolver(w)
    found: set[str | None] = set()
    for field in spec.fields:
        value = getattr(record, field.name)
        if field.kind is not Kind.text or not value:
            continue
        if field.says.key == "party":
            found.add(find(value))
        elif field.says.key == "place" and (place := place_named(w, value)) is not None:
            found.add(find(place.party))
    return {party_tag(party) for party in found if party}
