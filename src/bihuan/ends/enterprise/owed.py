"""What a duty asks of a clerk: which thing is missing, why, and the one page on which it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.clock import DAY
from bihuan.base.errors import Words
from bihuan.base.records import typed_table
from bihuan.base.rules.findings_model import VERDICT, duty_table, verdict_table
from bihuan.base.rules.verdicts import duties_where
from bihuan.base.rules.wording import readable
from bihuan.ends.enterprise.booking_state import bookings
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.enterprise.report import address
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.words import plain

_D, _V = duty_table.c, verdict_table.c
_APPLIED_FOR = "release_certificate"
"""The one thing that a firm cannot state itself: it is applied for, and the authority's certificate states it."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty as a clerk sees it."""

    row: RowMapping
    title: str
    subject: str
    missing: str
    """What has to be reported, in words."""
    why: str
    """The sentence of the rule with its numbers."""
    href: str
    button: str


@dataclass
class Owing:
    """Our duties, with what a page needs of them looked up once for all rows."""

    page: Page
    mine: Mine
    names: Names

    def open(self, limit: int) -> list[Owed]:
        """Our open duties, the earliest due first."""
        rows = duties_where(self.page.reader, _D.party == self.mine.party, _D.state == "open", limit=limit)
        return self.told(rows)

    def told(self, rows: Sequence[RowMapping]) -> list[Owed]:
        """Duties as a clerk sees them."""
        reasons = self._reasons([row["subject"] for row in rows])
        return [self._owed(row, reasons) for row in rows]

    def _reasons(self, subjects: Sequence[str]) -> Mapping[tuple[str, str, str], Words]:
        found: dict[tuple[str, str, str], Words] = {}
        named = sorted(set(subjects))
        for start in range(0, len(named), 400):
            query = sa.select(verdict_table).where(_V.subject.in_(named[start : start + 400]))
            for v in self.page.reader.rows(query, VERDICT):
                found[v["rule"], v["subject"], v["window"]] = Words(v["reason_zh"], v["reason_en"])
        return found

    def _owed(self, row: RowMapping, reasons: Mapping[tuple[str, str, str], Words]) -> Owed:
        why = reasons.get((row["rule"], row["subject"], row["window"]), Words("", ""))
        title = self.page.say(Words(row["title_zh"], row["title_en"]))
        missing = "、".join(self.names.missing([row["report_type"]]))
        href, button = self._way(row)
        return Owed(row, title, self.names.subject(row["subject"]), missing, self._read(why), href, button)

    def _read(self, why: Words) -> str:
        return readable(plain(self.page.say(why)), self.page.limit_name, self.page.area_name)

    def _way(self, row: Mapping[Any, Any]) -> tuple[str, str]:
        """Where the missing thing is done: the booking, the form of its type, an application, else the subject's page."""
        t, step, about = self.page.t, row["report_type"], quote(row["subject"])
        if step == "booking_confirmed" and row["subject"] in self._waiting:
            return f"/enterprise/bookings/{self._waiting[row['subject']]}", t("核对并确认预约", "Check and confirm")
        form = self.mine.form_of_step(step, row["line"])
        if form is not None:
            title = self.page.say(form.spec.titles)
            return f"{address(form.spec.name)}?for={about}", t(f"报送{title}", f"Report: {title}")
        kinds = self.page.house.desk().kinds.values() if step == _APPLIED_FOR else ()
        matter = next((kind for kind in kinds if kind.line == row["line"]), None)
        if matter is not None:
            title = self.page.say(matter.titles)
            return f"/enterprise/applications/new/{matter.name}?for={about}", t(f"申请{title}", f"Apply: {title}")
        return f"/enterprise/subjects/{about}", t("查看", "Look")

    @cached_property
    def _waiting(self) -> dict[str, str]:
        """Bookings that wait for one of our sites, by container."""
        if not self.mine.places:
            return {}
        table = typed_table(step_spec(self.page, "booked"))
        found = bookings(self.page, table.c.time >= self.page.now - 30 * DAY)
        return {
            f"container:{b.container}": b.number
            for b in reversed(found)
            if b.state == "waiting" and b.destination in self.mine.place_ids
        }
