"""Taking events: what breaks the schema, the future and the goods' own rules are told by field; the good are kept."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from bihuan.base.catalog import House
from bihuan.base.clock import MINUTE, iso
from bihuan.base.db import Writer
from bihuan.base.errors import BihuanError, Conflict, Fault, Forbidden, Invalid, TooLarge, Words
from bihuan.base.principal import Principal
from bihuan.base.records import Kept, NewEvent, keep_events
from bihuan.base.records.quarantine import put_aside
from bihuan.base.records.sealed import seal_parts
from bihuan.base.records.senders import NOT_YOURS, MayState, not_yours, sender_check
from bihuan.gateways.epcis.names import keep_names
from bihuan.gateways.epcis.personal import Cleaned, cut_personal, event_bytes
from bihuan.protocols.epcis import Document, DocumentFault, RawEvent, read_document, read_event
from bihuan.protocols.epcis.document import EventFault, Mode

DOOR = "epcis"
WARNINGS_KEPT = 1000
"""Most warnings that are told of one document; faults are all told."""
_TOO_MUCH = frozenset(("too_many", "too_large"))


@dataclass(frozen=True, slots=True)
class Taken:
    """One event is kept, and what was odd about it."""

    kept: Kept
    warnings: tuple[Fault, ...] = ()


def sender(principal: Principal) -> str:
    """The organisation in whose name events come in; Forbidden when the sender acts for none or may not report."""
    if principal.party is None or not principal.may("draft"):
        zh = "此账号没有代表任何单位报送事件的权限。"
        raise Forbidden(zh, "This account may not report events for an organisation.", code="may_not_report")
    return principal.party


def read_or_refuse(house: House, principal: Principal, body: bytes, mode: Mode, most: int) -> Document:
    """A body as its document; what is wrong with the whole of it is raised, and kept in quarantine with its reason."""
    try:
        return read_document(body, mode=mode, max_events=most, max_bytes=house.capture_bytes)
    except DocumentFault as refused:
        faults = [Fault(refused.path, refused.code, Words(refused.zh, refused.en))]
        with house.db.write(principal) as w:
            put_aside(w, party=sender(principal), door=DOOR, body=body, faults=faults)
        kind = TooLarge if refused.code in _TOO_MUCH else Invalid
        raise kind(refused.zh, refused.en, code=refused.code, faults=faults) from refused


def cleaned(house: House, document: Document, body: bytes, mode: Mode) -> tuple[Document, Cleaned]:
    """A document and its body without what names people; read again where something was cut."""
    clean = cut_personal(house.registry, document, body)
    if clean.body is body:
        return document, clean
    return read_document(clean.body, mode=mode, max_events=house.capture_limit, max_bytes=house.capture_bytes), clean


def seal_all(w: Writer, party: str, clean: Cleaned) -> None:
    """Keep apart, encrypted, what was cut from the events of a body."""
    for payload, parts in clean.cut:
        seal_parts(w, party, payload, parts)


def take_events(house: House, w: Writer, document: Document, body: bytes, party: str) -> tuple[int, list[Fault]]:
    """Keep the good events of a document in this transaction and set each of the others aside with its reasons.

    How many are kept (repeated ones too), and every fault at its path.
    """
    raws = event_bytes(document, body)
    faulty: dict[int, list[Fault]] = defaultdict(list)
    for found in document.faults:
        faulty[found.index or 0].append(told(found))
    good: list[tuple[RawEvent, NewEvent]] = []
    may_state = sender_check(house.registry, w, party)
    for raw in document.events:
        own = faults_of(house, w, raw, may_state)
        if own:
            faulty[raw.index] += own
        else:
            good.append((raw, new_event(raw)))
    answers = keep_events(w, [new for _, new in good], door=DOOR, party=party, context=document.namespaces)
    taken = 0
    for (raw, _), answer in zip(good, answers, strict=True):
        if isinstance(answer, Kept):
            taken += 1
        else:
            faulty[raw.index].append(Fault(at(raw.index, "eventID"), answer.code, answer.words))
    if taken:
        keep_names(w, body, party, DOOR)
    for index in sorted(faulty):
        put_aside(w, party=party, door=DOOR, body=_alone(document, raws[index]), faults=faulty[index])
    return taken, [fault for index in sorted(faulty) for fault in faulty[index]]


def take_one(house: House, principal: Principal, body: bytes, mode: Mode) -> Kept:
    """Keep one bare event; every fault is raised, a known id with other content as Conflict."""
    return take_single(house, principal, body, mode).kept


def take_single(house: House, principal: Principal, body: bytes, mode: Mode) -> Taken:
    """Keep one bare event and tell what was odd about it; faults as in `take_one`."""
    party = sender(principal)
    document = read_or_refuse(house, principal, body, mode, house.capture_limit)
    document, clean = cleaned(house, document, body, mode)
    outcome: Taken | BihuanError
    with house.db.write(principal) as w:
        seal_all(w, party, clean)
        if document.kind != "event":
            zh = "这里只收一条事件；文件请发到 /capture。"
            words = Words(zh, "One bare event is taken here; send documents to /capture.")
            faults = [Fault("type", "not_an_event", words)]
        else:
            faults = [told(found, single=True) for found in document.faults]
            may_state = sender_check(house.registry, w, party)
            for raw in document.events:
                faults += faults_of(house, w, raw, may_state, single=True)
        if faults and faults[0].code == NOT_YOURS:
            outcome = not_yours(faults[0].words, faults[0].path)
        elif faults:
            outcome = Invalid(faults[0].words.zh, faults[0].words.en, code=faults[0].code, faults=faults)
        else:
            new = new_event(document.events[0])
            [answer] = keep_events(w, [new], door=DOOR, party=party, context=document.namespaces)
            outcome = _single(answer, document)
        if isinstance(outcome, BihuanError):
            put_aside(w, party=party, door=DOOR, body=clean.body, faults=outcome.faults)
    if isinstance(outcome, BihuanError):
        raise outcome
    return outcome


def _single(answer: Kept | Conflict, document: Document) -> Taken | BihuanError:
    if isinstance(answer, Kept):
        return Taken(answer, tuple(told(found, single=True) for found in document.warnings[:WARNINGS_KEPT]))
    fault = Fault("eventID", answer.code, answer.words)
    return Conflict(answer.words.zh, answer.words.en, faults=[fault])


def told(found: EventFault, *, single: bool = False) -> Fault:
    """A fault of the protocol at its place in the document, or in the one event."""
    return Fault(found.path if single else at(found.index, found.path), found.code, Words(found.zh, found.en))


def at(index: int | None, path: str) -> str:
    """A path within an event as a path of its document."""
    return path if index is None else f"epcisBody.eventList[{index}]" + (f".{path}" if path else "")


def faults_of(
    house: House, w: Writer, raw: RawEvent, may_state: MayState, *, single: bool = False
) -> list[Fault]:
    """What the house finds wrong with a valid event: from the future, a step that lacks something or is another's to state."""
    index = None if single else raw.index
    event = read_event(raw)
    latest = w.now + house.future_minutes * MINUTE
    zh = f"时间在将来（超过本机时间 {house.future_minutes} 分钟），请核对时钟。"
    en = f"This lies in the future (over {house.future_minutes} minutes ahead); check your clock."
    faults: list[Fault] = []
    if event.event_time > latest:
        faults.append(Fault(at(index, "eventTime"), "future", Words(zh, en)))
    if event.error_declaration is not None and event.error_declaration.declaration_time > latest:
        faults.append(Fault(at(index, "errorDeclaration.declarationTime"), "future", Words(zh, en)))
    if faults:
        return faults
    for goods in house.registry.goods.values():
        try:
            refused = may_state(goods.from_event(raw.value, raw.namespaces))
        except Invalid as wrong:
            faults += [Fault(at(index, f.path), f.code, f.words) for f in wrong.faults]
        except (ArithmeticError, LookupError, TypeError, ValueError) as unread:
            words = Words(f"这一事件读不懂：{unread}", f"The event cannot be read: {unread}")
            faults.append(Fault(at(index, ""), "unreadable", words))
        else:
            if refused is not None:
                faults.append(Fault(at(index, "bh:step"), NOT_YOURS, refused))
    return faults


def new_event(raw: RawEvent) -> NewEvent:
    """An event as the ledger takes it, with the id under which its sender knows it."""
    value: Mapping[str, Any] = raw.value
    given = value.get("eventID")
    if not given:
        return NewEvent(f"urn:bihuan:bytes:{hashlib.sha256(raw.raw).hexdigest()}", raw.raw)
    declared = value.get("errorDeclaration")
    if isinstance(declared, Mapping):  # the one case in which a known eventID may come with other content
        return NewEvent(f"{given}~error@{declared.get('declarationTime')}", raw.raw)
    return NewEvent(str(given), raw.raw)


def _alone(document: Document, raw: bytes) -> bytes:
    """One event of a document as it can be sent again: its bytes, in a document with the same prefixes."""
    if document.kind == "event":
        return raw
    head: dict[str, Any] = {"type": "EPCISDocument", "schemaVersion": document.schema_version or "2.0"}
    if document.creation_date is not None:
        head["creationDate"] = iso(document.creation_date)
    if document.context:
        head["@context"] = msgspec.Raw(document.context)
    return msgspec.json.encode({**head, "epcisBody": {"eventList": [msgspec.Raw(raw)]}})


def warnings_of(document: Document) -> Sequence[Fault]:
    """What was odd about a document that was taken all the same; a long list is cut, and says so."""
    found = [told(each) for each in document.warnings[:WARNINGS_KEPT]]
    if len(document.warnings) > WARNINGS_KEPT:
        n = len(document.warnings) - WARNINGS_KEPT
        found.append(Fault("", "more", Words(f"另有 {n} 处提示。", f"{n} further warnings.")))
    return found
