"""The week that a figure is shown for, and the rules that count in it."""

from __future__ import annotations

from datetime import date

from bihuan.base.catalog import App
from bihuan.base.clock import DAY, civil_date, day_start
from bihuan.ends.shared.page import Page


def week_asked(page: Page) -> tuple[int, int]:
    """Seven civil days up to `until` (excluded) in the address, else up to and including today; instants us."""
    text = page.arg("until")
    try:
        end = day_start(date.fromisoformat(text))
    except (ValueError, OverflowError):
        end = day_start(civil_date(page.now)) + DAY
    return end - 7 * DAY, end


def breach_rules(app: App) -> set[str]:
    """Ids of the rules of an app whose violation is a breach."""
    return {rule.info.id for rule in app.field.rules if rule.info.severity == "breach"} if app.field else set()
