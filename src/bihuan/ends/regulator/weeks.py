"""Rows with a due time in the groups in which people plan: overdue, today, this week, later, without."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.engine import RowMapping

from bihuan.base.clock import civil_date, day_start
from bihuan.base.errors import Words
from bihuan.ends.shared import Page

Group = tuple[Words | None, Sequence[RowMapping]]


def grouped(page: Page, rows: Sequence[RowMapping], due: str) -> list[Group]:
    """The rows, as ordered, under their heading; empty groups are left out. A week ends on Sunday (civil time)."""
    today = civil_date(page.now)
    tomorrow = day_start(today + timedelta(days=1))
    week_end = day_start(today + timedelta(days=7 - today.weekday()))
    bounds: list[tuple[Words, int, int]] = [
        (Words("已超时", "Overdue"), -(2**63), page.now),
        (Words("今天", "Today"), page.now, tomorrow),
        (Words("本周", "This week"), tomorrow, week_end),
        (Words("以后", "Later"), max(tomorrow, week_end), 2**63),
    ]
    groups: list[Group] = [
        (words, [row for row in rows if row[due] is not None and low <= row[due] < high]) for words, low, high in bounds
    ]
    groups.append((Words("无期限", "No deadline"), [row for row in rows if row[due] is None]))
    return [(words, inside) for words, inside in groups if inside]
