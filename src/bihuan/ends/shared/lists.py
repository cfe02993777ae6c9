"""A list page's rows as CSV or JSON under the same address: `?format=csv`, `?format=json`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bihuan.base.clock import iso
from bihuan.base.errors import Forbidden, Words
from bihuan.base.identity import check_confirmed
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.page import Page

LONGEST_EXPORT = 10_000
"""Rows in one file; more is asked for by narrower filters or through the interface for machines."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: its name for machines, its title, and the value of a row (instants by `at`)."""

    name: str
    words: Words
    value: Callable[[Any], object]
    said: Callable[[Any], object] | None = None
    """What a sheet that people read has instead, where the value is a code."""


def wanted_file(page: Page) -> bool:
    """Whether the address asks for a file instead of the page."""
    return page.arg("format") in ("csv", "json")


def as_file(page: Page, name: str, columns: list[Column], rows: Iterable[Any]) -> Response:
    """The rows as the file that the address asks for; one that was cut at `LONGEST_EXPORT` says so.

    An officer needs the capability to export and a password given lately; a firm takes out its own rows freely. Who
    took which list is kept for the access log.
    """
    _check_may_export(page)
    page.house.looks.note(page.reader, "export", name, page.arg("format"), address_of(page))
    people = page.arg("format") == "csv"
    taken = [
        {column.name: (column.said if people and column.said else column.value)(row) for column in columns} for row in rows
    ]
    cut = len(taken) >= LONGEST_EXPORT
    if not people:
        body = json.dumps({"rows": taken, "cut": cut}, ensure_ascii=False, indent=1).encode()
        return Response(body, media_type="application/json; charset=utf-8")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([page.say(column.words) for column in columns])
    writer.writerows([[cell(row[column.name]) for column in columns] for row in taken])
    if cut:
        words = Words(f"只含前 {LONGEST_EXPORT} 行，请缩小筛选范围", f"only the first {LONGEST_EXPORT} rows: narrow the filters")
        writer.writerow([page.say(words)])
    # With the mark at the beginning spreadsheet programs read the Chinese right.
    return page.file(("﻿" + out.getvalue()).encode(), f"{name}.csv", "text/csv; charset=utf-8")


def _check_may_export(page: Page) -> None:
    if not page.principal.grants:
        return
    if not any(grant.capabilities & {"export", "admin"} for grant in page.principal.grants):
        zh = "您没有导出清单的权限，请联系管理员。"
        raise Forbidden(zh, "You may not export lists; ask your administrator.", code="may_not_export")
    check_confirmed(page.principal, page.now)


def cell(value: object) -> str:
    """A value as a cell of a CSV file that no spreadsheet program takes for a formula."""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and not _is_number(text):
        return "'" + text
    return text


def at(instant: int | None) -> str:
    """An instant in a file: ISO 8601 in civil time."""
    return "" if instant is None else iso(instant)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
