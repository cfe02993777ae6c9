"""From a filled form to the ledger: goods as EPCIS events, everything else as a record of its own type."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import msgspec

from bihuan.base.db import Reader, Writer, party_tag
from bihuan.base.declare import Kind, Record, TypeSpec
from bihuan.base.errors import Conflict, Forbidden
from bihuan.base.identity import party_resolver
from bihuan.base.places import place_named
from bihuan.base.records import Kept, NewEvent, Registry, StepRead, keep, keep_events
from bihuan.base.records.actions import keep_all
from bihuan.base.records.evidence import with_hashes
from bihuan.base.records.senders import MayState, check_sender, not_yours, sender_check
from bihuan.base.records.signatures import Signing
from bihuan.ends.shared.names import snake
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
    signing: Signing | None = None,
) -> Kept:
    """Keep what a person states for the organisation acted for; the same form sent twice is one record.

    Goods steps become events under an id made from the retry key. Whoever the record names (an owner, the operator of a
    warehouse) sees it. Forbidden without the capability to sign, and when the step is for others to state; Conflict when
    the retry key stood for other content.
    """
    party = check_may_sign(page)
    registry = page.house.registry
    spec = registry.types[type_name]
    record = with_hashes(w, spec, record)
    app = type_name.partition(".")[0]
    marks = {*tags, *_named(w, spec, record)}
    # Steps of goods are ranked among each other and speak EPCIS; other facts of the same app are records of their own.
    goods = registry.goods.get(app) if hasattr(type(record), "rank") else None
    if goods is None:
        check_sender(registry, w, party, type_name, record)
        return keep(w, record, app=app, door=DOOR, party=party, tags=marks, retry=retry, supersedes=supersedes, signing=signing)
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


def check_may_sign(page: Page) -> str:
    """The organisation that a person reports for; Forbidden without one or without the capability to sign."""
    party = page.principal.party
    if party is None or not page.principal.may("sign"):
        raise Forbidden(
            "您没有代表本单位报送的权限，请联系本单位管理员。",
            "You may not report for your organisation; ask your administrator.",
        )
    return party


class ManyDoor:
    """The lines of a large import as forms would send them, in few statements; checked first, then kept."""

    def __init__(self, registry: Registry, spec: TypeSpec, party: str) -> None:
        self._registry, self._spec, self._party = registry, spec, party
        self._app = spec.name.partition(".")[0]
        self._goods = registry.goods.get(self._app) if hasattr(spec.cls, "rank") else None
        self._may_state: tuple[Reader, MayState] | None = None
        self._tags: dict[tuple[object, ...], frozenset[str]] = {}

    def check(self, reader: Reader, record: Record) -> Record:
        """The record with its files bound; BihuanError when this organisation may not state it."""
        record = with_hashes(reader, self._spec, record)
        if self._may_state is None or self._may_state[0] is not reader:
            self._may_state = (reader, sender_check(self._registry, reader, self._party))
        step = StepRead(self._spec.name, snake(self._spec.name.partition(".")[2]), record, "", 0)
        refused = self._may_state[1]([step])
        if refused is not None:
            raise not_yours(refused, "")
        return record

    def keep(self, w: Writer, records: Sequence[tuple[str, Record]]) -> list[Kept]:
        """Keep records that were checked, each under its retry key."""
        marked = [(key, record, self._named(w, record)) for key, record in records]
        if self._goods is None:
            return keep_all(w, self._spec, marked, door=DOOR, party=self._party)
        found: list[Kept] = []
        namespaces = dict(self._goods.namespaces)
        for tags, several in groupby(marked, key=lambda each: each[2]):
            events = []
            for key, record, _ in several:
                event = self._goods.to_event(record, id=record_id(self._party, key), supersedes=None)
                events.append(NewEvent(str(event["eventID"]), _event(event)))
            for kept in keep_events(w, events, door=DOOR, party=self._party, context=namespaces, tags=tags):
                if isinstance(kept, Conflict):
                    raise kept
                found.append(kept)
        return [replace(kept, id=key) for kept, (key, _) in zip(found, records, strict=True)]

    def _named(self, w: Writer, record: Any) -> frozenset[str]:
        fields = [f for f in self._spec.fields if f.kind is Kind.text and f.says.key in ("party", "place")]
        named = tuple(getattr(record, f.name) for f in fields)
        if named not in self._tags:
            self._tags[named] = frozenset(_named(w, self._spec, record))
        return self._tags[named]


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
