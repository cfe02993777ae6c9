"""One record at a time under `/v1/records`: kept under a retry key, listed and read within the token's scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from bihuan.base.catalog import House
from bihuan.base.clock import iso, parse_instant
from bihuan.base.db import Open, Reader
from bihuan.base.declare import Record, TypeSpec, read
from bihuan.base.errors import Conflict, Fault, Invalid, NotFound, Words
from bihuan.base.ledger import body_of, receipt
from bihuan.base.principal import Principal
from bihuan.base.records import RECORD, Kept, StepRead, fact, fact_key, keep, record
from bihuan.base.records.envelope import unseal
from bihuan.base.records.evidence import with_hashes
from bihuan.base.records.quarantine import put_aside
from bihuan.base.records.senders import check_sender
from bihuan.base.records.to_sign import hand_in, one_to_sign
from bihuan.base.records.workbooks import MEDIA, template
from bihuan.gateways.doors import check_json, goods_of, read_body, type_named
from bihuan.gateways.epcis.capture import sender, take_one
from bihuan.gateways.paging import next_link, page_size, place_of, question, token_after
from bihuan.protocols.epcis.write import STANDARD_CONTEXT

DOOR = "rest"
MAX_BYTES = 1024 * 1024
LONGEST_KEY = 200
_FACTS = Open("which declared types are in a record that was just found within scope")
_event = msgspec.json.Encoder(decimal_format="number").encode
_plain = msgspec.json.Encoder(order="deterministic")
Item = dict[str, Any]


async def post(house: House, request: Request, principal: Principal) -> Response:
    """Keep one record: 201 with its address; the same key and content again: the same answer; other content: 409."""
    spec = type_named(house.registry, request.path_params["type"])
    check_json(request)
    sender(principal)
    key = _retry_key(request)
    supersedes = request.query_params.get("supersedes") or None
    reading = read(spec, _object(await read_body(request, MAX_BYTES)))
    if not isinstance(reading.record, Record):
        n = len(reading.faults)
        raise Invalid(f"这条记录有 {n} 处错误。", f"The record has {n} fault(s).", faults=reading.faults)
    if request.query_params.get("draft") == "yes":
        return _handed_in(house, principal, spec, reading.record, key, supersedes)
    kept = keep_one(house, principal, spec, reading.record, key, supersedes)
    body = {"seq": kept.seq, "ref": kept.ref, "id": kept.id, "repeated": kept.repeated}
    return _json(body, 201, {"Location": f"/v1/records/{spec.name}/{kept.ref}"})


def _handed_in(
    house: House, principal: Principal, spec: TypeSpec, stated: Record, key: str, supersedes: str | None
) -> Response:
    """A draft for the principal person of the organisation: 202, for nothing is kept or binds before they have signed."""
    with house.db.write(principal) as w:
        draft = hand_in(w, spec, stated, corrects=supersedes, retry=key)
        state = one_to_sign(w, draft).state
    return _json({"draft": draft, "state": state}, 202, {"Location": f"/enterprise/signing/{draft}"})


def keep_one(
    house: House, principal: Principal, spec: TypeSpec, stated: Record, key: str, supersedes: str | None = None
) -> Kept:
    """Keep a record in the name of the sender's organisation: steps of goods as their events, others as they are.

    The key is the record's id. Forbidden for who may not report; Conflict (kept in quarantine) when the key stands for
    other content; Invalid when the house refuses it, e.g. from the future.
    """
    party = sender(principal)
    goods = goods_of(house.registry, spec)
    if goods is not None:
        stated = with_hashes(house.db.reader(principal), spec, stated)
        event = {"@context": [STANDARD_CONTEXT], **goods.to_event(stated, id=key, supersedes=supersedes)}
        return take_one(house, principal, _event(event), "strict")
    app = spec.name.partition(".")[0]
    try:
        with house.db.write(principal) as w:
            check_sender(house.registry, w, party, spec.name, stated)
            return keep(w, stated, app=app, door=DOOR, party=party, retry=key, supersedes=supersedes)
    except Conflict as other:
        with house.db.write(principal) as w:
            faults = [Fault("Idempotency-Key", other.code, other.words)]
            put_aside(w, party=party, door=DOOR, body=_plain.encode(stated), faults=faults)
        raise


async def listed(house: House, request: Request, principal: Principal) -> Response:
    """Records of a type within scope, by the time they happened; filters: from, to, since, until, subject."""
    spec = type_named(house.registry, request.path_params["type"])
    size, asked = page_size(request), question(request, principal.id)
    reader = house.db.reader(principal)
    query = sa.select(record, fact.c.n, fact.c.time.label("at")).join(fact, fact.c.seq == record.c.seq)
    query = query.where(fact.c.type == spec.name, *_filters(request))
    if token := request.query_params.get("after"):
        place = sa.tuple_(*(sa.literal(value) for value in place_of(house.secret, token, asked)))
        query = query.where(sa.tuple_(fact.c.time, fact.c.seq, fact.c.n) > place)
    rows = reader.rows(query.order_by(fact.c.time, fact.c.seq, fact.c.n).limit(size + 1), RECORD)
    items = [item for row in rows[:size] for item in _items(house, reader, row, spec, row["n"])]
    token = None
    if len(rows) > size:
        last = rows[size - 1]
        token = token_after(house.secret, [last["at"], last["seq"], last["n"]], asked)
    return _json({"items": items, "next": token}, 200, {} if token is None else next_link(request, token))


async def one(house: House, request: Request, principal: Principal) -> Response:
    """One record by its outward id; hidden, unknown and of another type are the same answer."""
    spec = type_named(house.registry, request.path_params["type"])
    reader = house.db.reader(principal)
    row = reader.one(sa.select(record).where(record.c.ref == request.path_params["ref"]), RECORD)
    facts = sa.select(fact.c.n).where(fact.c.seq == row["seq"], fact.c.type == spec.name).order_by(fact.c.n)
    items = [
        item for found in reader.rows(facts, _FACTS) for item in _items(house, reader, row, spec, found["n"])
    ]  # fmt: skip
    if not items:
        raise NotFound
    more = {} if len(items) == 1 else {"records": [item["record"] for item in items]}
    return _json({**items[0], **more}, 200)


async def proof(house: House, request: Request, principal: Principal) -> Response:
    """The offline receipt of a record within scope; `?body=no` leaves out what opens its content."""
    reader = house.db.reader(principal)
    ref = request.path_params["ref"]
    row = reader.one(sa.select(record.c.seq).where(record.c.ref == ref), RECORD)
    data = receipt(reader, row["seq"], with_body=request.query_params.get("body") != "no")
    headers = {"Content-Disposition": f'attachment; filename="{ref}.tlog-proof"'}
    return Response(data, 200, headers, "text/plain; charset=utf-8")


async def form(house: House, request: Request, principal: Principal) -> Response:
    """The workbook to fill in for a type."""
    spec = type_named(house.registry, request.path_params["type"])
    lang = "en" if request.query_params.get("lang") == "en" else "zh"
    headers = {"Content-Disposition": f'attachment; filename="{spec.name}.xlsx"'}
    return Response(template(spec, lang), 200, headers, MEDIA)


def _items(house: House, reader: Reader, row: RowMapping, spec: TypeSpec, n: int) -> list[Item]:
    """A row as it is handed out, the record itself read from the ledger's bytes; nothing when it was erased."""
    body = body_of(reader, row["seq"])
    if body is None:
        return []
    envelope, payload = unseal(body)
    steps = house.registry.read(row["type"], envelope, payload)
    if n >= len(steps) or steps[n].type != spec.name:
        return []
    return [
        {"seq": row["seq"], "ref": row["ref"], "id": row["sent"], "party": row["party"], "door": row["door"],
         "time": iso(steps[n].time), "received": iso(row["received"]), "supersedes": row["supersedes"],
         "superseded_by": row["superseded_by"], "record": _shown(spec, steps[n], reader.principal, row["party"])}
    ]  # fmt: skip


def _shown(spec: TypeSpec, step: StepRead, principal: Principal, party: str) -> Item:
    """The record in JSON (decimals as text); what names a person is shown to its own sender only."""
    value: Item = msgspec.json.decode(_plain.encode(step.record))
    if principal.party != party:
        for name in [f.name for f in spec.fields if f.says.personal]:
            value.pop(name, None)
    return value


def _filters(request: Request) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for name, column, upper in (
        ("from", fact.c.time, False), ("to", fact.c.time, True),
        ("since", record.c.received, False), ("until", record.c.received, True),
    ):  # fmt: skip
        text = request.query_params.get(name)
        if text is not None:
            at = instant_of(name, text.replace(" ", "+"))  # a plus sign left bare in an address arrives as a blank
            found.append(column < at if upper else column >= at)
    subject = request.query_params.get("subject")
    if subject is not None:
        found.append(record.c.seq.in_(sa.select(fact_key.c.seq).where(fact_key.c.key == subject)))
    return found


def instant_of(name: str, text: object) -> int:
    """An instant in us UTC; Invalid that names the parameter when it is none."""
    try:
        return parse_instant(str(text))
    except (ValueError, OverflowError) as wrong:
        words = Words("应为时间，如 2020-12-10T14:00:00+08:00。", "Give a time such as 2020-12-10T14:00:00+08:00.")
        raise Invalid(words.zh, words.en, faults=[Fault(name, "instant", words)]) from wrong


def _retry_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if key and len(key) <= LONGEST_KEY and key.isprintable():
        return key
    words = Words(
        f"请在 Idempotency-Key 头中给出重试键（至多 {LONGEST_KEY} 个字符），它也是这条记录的编号。",
        f"Give a retry key in the header Idempotency-Key (at most {LONGEST_KEY} characters): the record's id too.",
    )
    raise Invalid(words.zh, words.en, code="retry_key", faults=[Fault("Idempotency-Key", "retry_key", words)])


def _object(data: bytes) -> Mapping[str, Any]:
    words = Words("内容应为一个 JSON 对象。", "Send one JSON object.")
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Invalid(words.zh, words.en, code="not_json", faults=[Fault("", "not_json", words)]) from wrong
    if not isinstance(value, dict):
        raise Invalid(words.zh, words.en, code="not_json", faults=[Fault("", "not_json", words)])
    return value


def _json(value: object, status: Literal[200, 201, 202], headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, dict(headers or {}), "application/json")
