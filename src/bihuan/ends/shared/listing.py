"""A list page as data: columns, filters in the address, rows; the same rows as CSV and JSON; one template draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.ends.shared.lists import Column, as_file, wanted_file
from bihuan.ends.shared.page import Page

PAGE_SIZE = 50
_NO_INTRO = Words("", "")
_NOTHING_FITS = Words("没有符合条件的项目；请放宽筛选。", "Nothing fits; widen the filters.")


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a list page: what the file holds, and how the page shows it (text or markup), where it leads."""

    column: Column
    show: Callable[[Any], object] | None = None
    link: Callable[[Any], str] | None = None
    number: bool = False

    def text(self, row: Any) -> object:
        """What the page shows."""
        return (self.show or self.column.value)(row)


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter in the address: a choice, a text, a day."""

    name: str
    words: Words
    choices: Sequence[tuple[str, str]] = ()
    kind: Literal["choice", "search", "date"] = "choice"
    default: str = ""
    """The choice that an address without one means; none: all rows."""


def column(
    name: str,
    zh: str,
    en: str,
    value: Callable[[Any], object],
    *,
    show: Callable[[Any], object] | None = None,
    link: Callable[[Any], str] | None = None,
    number: bool = False,
) -> Shown:
    """A column in one line."""
    return Shown(Column(name, Words(zh, en), value), show, link, number)


def list_page(
    page: Page,
    name: str,
    titles: Words,
    columns: Sequence[Shown],
    rows: Sequence[Any],
    *,
    filters: Sequence[Filter] = (),
    acts: Sequence[tuple[str, Words]] = (),
    empty: Words = _NOTHING_FITS,
    intro: Words = _NO_INTRO,
    crumbs: Sequence[tuple[str, Words]] = (),
    total: int | None = None,
    extra: dict[str, Any] | None = None,
    template: str = "shared/list.html",
) -> Response:
    """The page, or the file that the address asks for. With `total` the rows are those of this page alone."""
    if wanted_file(page):
        return as_file(page, name, [each.column for each in columns], rows)
    number, offset, numbers = page.pages(len(rows) if total is None else total, PAGE_SIZE)
    return page.render(
        template,
        titles=titles,
        columns=columns,
        rows=rows[offset : offset + PAGE_SIZE] if total is None else rows,
        filters=filters,
        acts=acts,
        empty=empty,
        intro=intro,
        crumbs=crumbs,
        number=number,
        numbers=numbers,
        total=len(rows) if total is None else total,
        **(extra or {}),
    )
