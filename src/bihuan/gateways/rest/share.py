"""共享接口: each department's share of what happens, cut to its token's scope; every request is logged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from bihuan.base.catalog import House
from bihuan.base.clock import iso
from bihuan.base.db import Reader, Scoped, concerns
from bihuan.base.errors import BihuanError, Fault, Invalid, Words
from bihuan.base.identity import log_access
from bihuan.base.principal import Principal
from bihuan.base.rules.findings_model import DUTY, FINDING, duty_table, finding_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.gateways.doors import client_address
from bihuan.gateways.paging import next_link, page_size, place_of, question, token_after

ON_ROAD = "on_road"
"""The stage that every app with trips gives to what is on the road."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TIMES = {"stage_at", "expected_at", "last_at", "opened_at", "found_at", "withdrawn_at", "due", "changed"}
_S, _F, _D = subject.c, finding_table.c, duty_table.c


@dataclass(frozen=True, slots=True)
class Share:
    """One list: its name, where its rows come from, by what they are ordered, what may be asked for."""

    name: str
    columns: Sequence[sa.ColumnElement[Any]]
    of: Scoped
    order: sa.ColumnElement[Any]
    key: sa.ColumnElement[Any]
    filters: Sequence[str]
    where: tuple[sa.ColumnElement[bool], ...] = ()
    more: Callable[[House, Reader, Sequence[RowMapping]], list[dict[str, Any]]] | None = None
    """Further values of each row."""


def _stages(house: House, reader: Reader, rows: Sequence[RowMapping]) -> list[dict[str, Any]]:
    """The stage in words, and when the earliest open duty that the reader may see is due."""
    names = [row["id"] for row in rows]
    query = sa.select(_D.subject, _D.due).where(_D.subject.in_(names), _D.state == "open").order_by(_D.due.desc())
    due = {row["subject"]: row["due"] for row in reader.rows(query, DUTY)}  # the earliest comes last and stays
    out = []
    for row in rows:
        app = house.app_of_subject(row["kind"])
        words = app.stages.get(row["stage"]) if app is not None else None
        zh, en = (row["stage"], row["stage"]) if words is None else words
        out.append({"stage_zh": zh, "stage_en": en, "due": due.get(row["id"])})
    return out


_SUBJECT_COLUMNS = (
    _S.id, _S.kind, _S.label, _S.line, _S.stage, _S.stage_at, _S.place, _S.area, _S.expected_at, _S.product, _S.kg,
    _S.violated, _S.undecided, _S.satisfied, _S.last_at,
)  # fmt: skip
SHARES: tuple[Share, ...] = (
    Share("subjects", _SUBJECT_COLUMNS, SUBJECT, _S.last_at, _S.id, ("kind", "stage", "line", "place"), more=_stages),
    Share("trips", _SUBJECT_COLUMNS, SUBJECT, sa.func.coalesce(_S.stage_at, 0), _S.id, ("kind", "line", "place"),
          (_S.stage == ON_ROAD,), _stages),
    Share("findings", (_F.id, _F.number, _F.rule, _F.subject, _F.state, _F.origin, _F.title_zh, _F.title_en,
                       _F.reason_zh, _F.reason_en, _F.area, _F.line, _F.party, _F.case, _F.opened_at, _F.found_at,
                       _F.withdrawn_at, _F.due, _F.changed),
          FINDING, _F.changed, _F.id, ("state", "rule", "subject", "line", "party")),
    Share("duties", (_D.id, _D.rule, _D.subject, _D.title_zh, _D.title_en, _D.party, _D.area, _D.line, _D.due, _D.state,
                     _D.report_type, _D.opened_at, _D.changed),
          DUTY, _D.due, _D.id, ("state", "rule", "subject", "line", "party")),
)  # fmt: skip
"""Findings are ordered by when they last changed: the page token of today serves to go on tomorrow."""


class NotAcceptable(BihuanError):
    """The sender wants a form of answer that this door does not give."""

    status, code = 406, "not_acceptable"


def answering(share: Share) -> Callable[[House, Request, Principal], Any]:
    """The handler of one list."""

    async def answer(house: House, request: Request, principal: Principal) -> Response:
        form = _form(request)
        size, asked = page_size(request), question(request, principal.id)
        _check_parameters(request, share)
        query = sa.select(*share.columns, share.order.label("ordered")).where(*share.where)
        table = {column.name: column for column in share.columns if isinstance(column, sa.Column)}
        for name in share.filters:
            if wanted := request.query_params.get(name):
                query = query.where(table[name] == wanted)
        if area := request.query_params.get("area"):
            # What concerns several areas is each one's: the tags hold the set, the column only the first.
            query = query.where(sa.or_(*(concerns(share.of, line, area) for line in house.lines())))
        if token := request.query_params.get("after"):
            place = sa.tuple_(*(sa.literal(value) for value in place_of(house.secret, token, asked)))
            query = query.where(sa.tuple_(share.order, share.key) > place)
        reader = house.db.reader(principal)
        rows = reader.rows(query.order_by(share.order, share.key).limit(size + 1), share.of)
        token = None
        if len(rows) > size:
            token = token_after(house.secret, [rows[size - 1]["ordered"], rows[size - 1][share.key.name]], asked)
        items = _items(house, reader, share, rows[:size])
        with house.db.write(principal) as w:
            why = f"{request.url.query[:400]} rows={len(items)}"
            log_access(w, principal, f"share.{share.name}", "", why, client_address(request))
        return _answer(request, share, items, token, form)

    return answer


def _items(house: House, reader: Reader, share: Share, rows: Sequence[RowMapping]) -> list[dict[str, Any]]:
    more = [{} for _ in rows] if share.more is None else share.more(house, reader, rows)
    items = []
    for row, further in zip(rows, more, strict=True):
        plain = {column.name: row[column.name] for column in share.columns if isinstance(column, sa.Column)} | further
        items.append({k: iso(v) if k in _TIMES and isinstance(v, int) else v for k, v in plain.items()})
    return items


def _answer(request: Request, share: Share, items: list[dict[str, Any]], token: str | None, form: str) -> Response:
    headers = {} if token is None else next_link(request, token)
    if form == "json":
        return Response(msgspec.json.encode({"items": items, "next": token}), 200, headers, "application/json")
    names = [column.name for column in share.columns if isinstance(column, sa.Column)]
    names += [] if share.more is None else ["stage_zh", "stage_en", "due"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([[_cell(item[name]) for name in names] for item in items])
    headers |= {"Content-Disposition": f'attachment; filename="{share.name}.csv"'}
    # With the mark at the beginning spreadsheet programs read the Chinese right.
    return Response(("\ufeff" + out.getvalue()).encode(), 200, headers, "text/csv; charset=utf-8")


def _cell(value: object) -> str:
    """A value as a cell that no spreadsheet program takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _form(request: Request) -> str:
    asked = request.query_params.get("format")
    if asked in ("csv", "json"):
        return asked
    if asked is not None:
        raise _parameter("format", "应为 csv 或 json。", "Must be csv or json.")
    kinds = [part.split(";")[0].strip() for part in request.headers.get("accept", "*/*").split(",")]
    for kind in kinds:
        if kind in ("*/*", "application/*", "application/json", "application/problem+json", ""):
            return "json"
        if kind in ("text/csv", "text/*"):
            return "csv"
    raise NotAcceptable("只以 JSON 或 CSV 回答。", "Answers are JSON or CSV.")


def _check_parameters(request: Request, share: Share) -> None:
    """A filter that is not known must not be taken for one that found everything."""
    for name in request.query_params:
        if name not in (*share.filters, "area", "after", "limit", "format"):
            told = ", ".join((*share.filters, "area"))
            raise _parameter(name, f"没有这个条件；可用：{told}。", f"There is no such filter; known: {told}.")


def _parameter(name: str, zh: str, en: str) -> Invalid:
    return Invalid(zh, en, code="query_parameter", faults=[Fault(name, "query_parameter", Words(zh, en))])
