"""隔离区: what a door could not take, for the enterprise whose it is and for the administrators of its area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.db import Open, Writer, visible
from bihuan.base.errors import BihuanError, Forbidden, NotFound, Refused, Words
from bihuan.base.identity.model import ORGANISATIONS, organisation
from bihuan.base.records.quarantine import QUARANTINE, quarantine, settle
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import when

STATES = {
    "open": Words("待处理", "Open"),
    "resent": Words("已重新送出", "Sent again"),
    "dropped": Words("已弃置", "Dropped"),
}
_OF_MY_AREA = Open("only of organisations that the reader administers: the condition stands in the query")
_SHOWN_BYTES = 40_000
_Q = quarantine.c
_LISTED = [c for c in quarantine.c if c.name not in ("body", "hash")]
MOST = 2_000


@door("/quarantine", who="person")
def own_list(page: Page) -> Response:
    """What of one's own organisation's reports could not be taken, with reasons."""
    rows = page.reader.rows(_query(page, sa.select(*_LISTED)).limit(MOST), QUARANTINE)
    return listed(page, rows, "/quarantine", [])


@door("/quarantine/{item}", who="person")
def own_item(page: Page) -> Response:
    """One item with its reasons and bytes."""
    return item_page(page, _own(page), "/quarantine")


@door("/quarantine/{item}/resend", "POST", who="person")
def own_resend(page: Page) -> Response:
    """Send an item again as it is, e.g. after the register it fell over was mended."""
    row = _own(page)
    _may_report(page, row)
    return resend(page, row, "/quarantine")


@door("/quarantine/{item}/drop", "POST", who="person")
def own_drop(page: Page) -> Response:
    """Put an item away for good; it stays to be seen."""
    row = _own(page)
    _may_report(page, row)
    with page.write() as w:
        settle(w, row["id"], "dropped")
    return page.go("/quarantine", page.t("已弃置，不再处理。", "Dropped; nothing more will be done with it."))


def administered_rows(page: Page) -> Sequence[RowMapping]:
    """Items of all organisations that an administrator answers for."""
    return page.reader.rows(_query(page, sa.select(*_LISTED)).where(_administered(page)).limit(MOST), _OF_MY_AREA)


def administered_item(page: Page) -> RowMapping:
    """One item of an organisation that an administrator answers for; NotFound otherwise."""
    query = sa.select(quarantine).where(_Q.id == page.path("item"), _administered(page))
    return page.reader.one(query, _OF_MY_AREA)


def _administered(page: Page) -> sa.ColumnElement[bool]:
    mine = sa.select(organisation.c.id).where(visible(page.principal, ORGANISATIONS, "admin"))
    return _Q.party.in_(mine)


def listed(page: Page, rows: Sequence[RowMapping], path: str, crumbs: Sequence[tuple[str, Words]]) -> Response:
    """The list, for either reader."""
    names = Names(page)
    columns = [
        column("id", "编号", "Id", lambda r: r["id"], link=lambda r: f"{path}/{r['id']}"),
        column(
            "received",
            "收到",
            "Received",
            lambda r: at(r["received"]),
            show=lambda r: when(r["received"], page.now, page.lang),
        ),
        column("party", "单位", "Organisation", lambda r: names.party(r["party"])),
        column("door", "入口", "Door", lambda r: r["door"]),
        column("reason", "原因", "Reason", lambda r: first_reason(page, r)),
        column("state", "状态", "State", lambda r: page.say(STATES[r["state"]])),
    ]
    choices = [(name, page.say(words)) for name, words in STATES.items()]
    doors = [(name, name) for name in sorted({row["door"] for row in rows} | {page.arg("door")} - {""})]
    filters = [Filter("state", Words("状态", "State"), choices), Filter("door", Words("入口", "Door"), doors)]
    return list_page(
        page,
        "quarantine",
        Words("隔离区", "Quarantine"),
        columns,
        rows,
        filters=filters,
        crumbs=crumbs,
        empty=Words("隔离区是空的：送来的内容都已收下。", "Quarantine is empty: all that was sent has been taken."),
        intro=Words(
            "收到但不能入账的内容，原样保存，写明原因；改正来源后可重新送出。",
            "What came and could not be taken, kept as it came with the reasons; mend the cause and send it again.",
        ),
    )


def item_page(page: Page, row: RowMapping, path: str, error: BihuanError | None = None) -> Response:
    """One item, for either reader."""
    body = bytes(row["body"])
    return page.render(
        "shared/quarantine_item.html",
        200 if error is None else error.status,
        row=row,
        path=path,
        names=Names(page),
        faults=_faults(page, row),
        state=STATES[row["state"]],
        octets=len(body),
        raw=body[:_SHOWN_BYTES].decode("utf-8", "replace"),
        cut=len(body) > _SHOWN_BYTES,
        error="" if error is None else page.say(error.words),
    )


def resend(page: Page, row: RowMapping, path: str) -> Response:
    """Send an item through its door again and say what became of it."""
    try:
        if row["state"] != "open":
            raise Refused("这一项已经处理过了。", "This item has been settled already.")
        job = page.house.resend(row["id"])
    except BihuanError as error:
        return item_page(page, row, path, error)
    told = page.t(f"已重新送出，任务 {job}。", f"Sent again as job {job}.")
    return page.go(f"{path}/{row['id']}", told)


def drop_administered(w: Writer, item: str) -> None:
    """Put an item away in the system's name; the caller has checked who asks."""
    if w.principal.kind != "system":
        raise Forbidden("只有系统可以代为弃置。", "Only the system drops for others.")
    settle(w, item, "dropped")


def first_reason(page: Page, row: RowMapping) -> str:
    """The first reason and how many more there are."""
    told = _faults(page, row)
    more = page.t(f"（另有 {len(told) - 1} 处）", f" ({len(told) - 1} more)") if len(told) > 1 else ""
    return (told[0][1] if told else str(row["code"])) + more


def _faults(page: Page, row: RowMapping) -> list[tuple[str, str, str]]:
    told: list[dict[str, Any]] = msgspec.json.decode(row["faults"])
    return [(each["path"], each["en" if page.lang == "en" else "zh"], each["code"]) for each in told]


def _query(page: Page, query: sa.Select[Any]) -> sa.Select[Any]:
    state = page.arg("state", "open") if "state" not in page.request.query_params else page.arg("state")
    if state:
        query = query.where(_Q.state == state)
    if door_name := page.arg("door"):
        query = query.where(_Q.door == door_name)
    return query.order_by(_Q.received.desc(), _Q.id)


def _own(page: Page) -> RowMapping:
    return page.reader.one(sa.select(quarantine).where(_Q.id == page.path("item")), QUARANTINE)


def _may_report(page: Page, row: RowMapping) -> None:
    if page.principal.party != row["party"]:
        raise NotFound
    if not page.principal.may("draft"):
        raise Forbidden("您没有代表本单位报送的权限。", "You may not report for your organisation.")


__all__ = ["STATES", "administered_item", "administered_rows", "drop_administered", "item_page", "listed", "resend"]
