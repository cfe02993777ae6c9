"""覆盖率: who has reported of those who owe it, by area and by industry line; and what of it everybody may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bihuan.apps.safety_reports.grading import LINES, MODEL, told
from bihuan.apps.safety_reports.methods import alarms
from bihuan.apps.safety_reports.records import EnterpriseFacts
from bihuan.apps.safety_reports.rules import REPORTS, signs_of
from bihuan.apps.safety_reports.view import NAME
from bihuan.base.clock import day_start
from bihuan.base.db import Reader
from bihuan.base.errors import Words
from bihuan.base.indicators import Completeness, loop_completeness, public_cells


@dataclass(frozen=True, slots=True)
class Coverage:
    """The reports owed and made in one cell: an area, or an industry line within it."""

    area: str
    line: str
    """Industry line, e.g. `chemicals`; "" is all."""
    figure: Completeness
    """Numerator: firms that reported in time; its proof by `base.indicators.proof`."""

    @property
    def overdue(self) -> int:
        """Firms whose report is overdue or came late."""
        return len(self.figure.violated)


def coverage(reader: Reader, area: str, year: int, line: str = "") -> Coverage:
    """Reported over owed of a year, within the reader's scope: windows of the report duties that opened in it."""
    start, end = day_start(date(year, 1, 1)), day_start(date(year + 1, 1, 1))
    return Coverage(area, line, loop_completeness(reader, area, start, end, REPORTS, f"{NAME}_{line}" if line else ""))


def table(reader: Reader, areas: Sequence[str], year: int) -> list[Coverage]:
    """Every area with every industry line that owes something there; the area as a whole first."""
    cells = [coverage(reader, area, year, line) for area in areas for line in ("", *LINES)]
    return [cell for cell in cells if cell.figure.denominator]


def public_table(cells: Sequence[Coverage], smallest: int) -> dict[str, Mapping[str, int | None]]:
    """Firms that have reported, by area and industry line, for everybody: small cells are left out (None), totals stay."""
    found: dict[str, Mapping[str, int | None]] = {}
    for total in (cell for cell in cells if not cell.line):
        own = {cell.line: cell.figure.numerator for cell in cells if cell.area == total.area and cell.line}
        own[""] = total.figure.numerator - sum(own.values())  # firms that no industry line claims
        found[total.area] = public_cells(own, smallest)
    return found


def zero_alarms(firms: Sequence[EnterpriseFacts], share: float) -> list[tuple[EnterpriseFacts, Words]]:
    """Which firms that confirm no larger risk are asked about first: at most this share of them, each with its reasons."""
    expected = [MODEL.expect(signs_of(firm)) for firm in firms]
    chosen = alarms(np.array([each.probability for each in expected]), share)
    return [(firms[n], told(expected[n])) for n in chosen]
