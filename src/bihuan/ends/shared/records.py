"""The records within a person's scope, newest first: filtered by the address, as page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.db import Open
from bihuan.base.errors import Words
from bihuan.base.records import RECORD, fact, record
from bihuan.ends.shared.asking import day_of_arg
from bihuan.ends.shared.listing import PAGE_SIZE, Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import when

_R = record.c
_TITLES = Open("which declared types are in a record that was just found within scope")


@door("/records", who="person")
def records_page(page: Page) -> Response:
    """All records within scope."""
    query = sa.select(record).where(*_conditions(page)).order_by(_R.seq.desc())
    names = Names(page)
    total = page.reader.count(query, RECORD)
    _, offset, _ = page.pages(total, PAGE_SIZE)
    window = query.limit(LONGEST_EXPORT) if wanted_file(page) else query.limit(PAGE_SIZE).offset(offset)
    rows = page.reader.rows(window, RECORD)
    titles = titles_of(page, [row["seq"] for row in rows])

    def said(row: Any) -> str:
        return page.say(titles.get(row["seq"], Words(row["type"], row["type"])))

    columns = [
        column("ref", "账本编号", "Ledger id", lambda r: r["ref"], link=lambda r: f"/records/{r['ref']}"),
        column("type", "记录", "Record", said),
        column(
            "time", "发生时间", "Happened", lambda r: at(r["time"]), show=lambda r: when(r["time"], page.now, page.lang)
        ),
        column(
            "received",
            "收到时间",
            "Received",
            lambda r: at(r["received"]),
            show=lambda r: when(r["received"], page.now, page.lang),
        ),
        column("party", "报送单位", "Stated by", lambda r: names.party(r["party"])),
        column("door", "入口", "Door", lambda r: r["door"]),
        column(
            "corrected",
            "更正",
            "Corrected",
            lambda r: page.t("已被更正", "corrected since") if r["superseded_by"] else "",
        ),
    ]
    filters = [
        Filter("type", Words("记录种类", "Type"), type_choices(page)),
        Filter("from", Words("收到自", "Received from"), kind="date"),
        Filter("to", Words("至", "to"), kind="date"),
        Filter("q", Words("编号", "Id"), kind="search"),
    ]
    return list_page(
        page,
        "records",
        Words("记录", "Records"),
        columns,
        rows,
        filters=filters,
        total=total,
        empty=Words(
            "还没有您能看到的记录；报送一条后会出现在这里。",
            "No record within your scope yet; report one and it stands here.",
        ),
        crumbs=[("/ledger", Words("账本", "Ledger"))],
    )


def latest_records(page: Page, most: int) -> Sequence[tuple[RowMapping, Words]]:
    """The newest records within scope, each with what it is called."""
    rows = page.reader.rows(sa.select(record).order_by(_R.seq.desc()).limit(most), RECORD)
    titles = titles_of(page, [row["seq"] for row in rows])
    return [(row, titles.get(row["seq"], Words(row["type"], row["type"]))) for row in rows]


def titles_of(page: Page, seqs: Sequence[int]) -> dict[int, Words]:
    """What the records of these entries (all within scope) are called: the declared types that they state."""
    types = page.house.registry.types
    said: dict[int, dict[Words, None]] = {}
    for start in range(0, len(seqs), 400):
        query = sa.select(fact.c.seq, fact.c.type).where(fact.c.seq.in_(seqs[start : start + 400]))
        for row in page.reader.rows(query.order_by(fact.c.seq, fact.c.n), _TITLES):
            if row["type"] in types:
                said.setdefault(row["seq"], {})[types[row["type"]].titles] = None
    return {seq: Words("、".join(w.zh for w in words), ", ".join(w.en for w in words)) for seq, words in said.items()}


def type_choices(page: Page) -> list[tuple[str, str]]:
    """All declared types as choices of a filter."""
    return [(name, page.say(spec.titles)) for name, spec in page.house.registry.types.items()]


def _conditions(page: Page) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if kind := page.arg("type"):
        found.append(_R.seq.in_(sa.select(fact.c.seq).where(fact.c.type == kind)))
    if (start := day_of_arg(page, "from")) is not None:
        found.append(_R.received >= start)
    if (end := day_of_arg(page, "to", ends=True)) is not None:
        found.append(_R.received < end)
    if text := page.arg("q").strip():
        found.append(sa.or_(_R.ref == text, _R.sent == text))
    return found
