"""The first page of a clerk: what is due, what is asked of us, what waits for our answer, what comes today."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import application_table, applications_where, case_table, cases_where
from bihuan.base.clock import DAY, civil_date, day_start
from bihuan.base.records import RECORD, record, typed_table
from bihuan.base.rules.findings_model import DUTY, duty_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.booking_state import Booking, bookings
from bihuan.ends.enterprise.bookings import may_book
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.enterprise.owed import Owing
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door


@door("/enterprise", who="enterprise")
def home(page: Page) -> Response:
    """What is due, and nothing else."""
    mine, names = Mine(page), Names(page)
    d, c, a = duty_table.c, case_table.c, application_table.c
    open_ = [d.party == mine.party, d.state == "open"]
    cases = cases_where(page.reader, c.party == mine.party, c.state == "open", c.awaits_party, limit=20)
    waiting = applications_where(
        page.reader, a.party == mine.party, a.state == "open", a.paused_at.is_not(None), limit=20
    )
    start = day_start(civil_date(page.now))
    return page.render(
        "enterprise/home.html",
        mine=mine,
        names=names,
        owed=Owing(page, mine, names).open(12),
        owed_count=page.reader.count(sa.select(d.id).where(*open_), DUTY),
        overdue=page.reader.count(sa.select(d.id).where(*open_, d.due <= page.now), DUTY),
        cases=cases,
        waiting=waiting,
        asked=_asked(page, mine),
        may_book=may_book(mine),
        coming=_coming(page, start, start + DAY),
        empty=page.reader.count(sa.select(record.c.seq).where(record.c.party == mine.party).limit(1), RECORD) == 0,
    )


def _asked(page: Page, mine: Mine) -> list[Booking]:
    """Bookings of our warehouses that wait for an answer, the earliest slot first."""
    if not mine.places:
        return []
    table = typed_table(step_spec(page, "booked"))
    found = bookings(page, table.c.time >= page.now - 14 * DAY, limit=300)
    waiting = [b for b in found if b.state == "waiting" and b.destination in mine.place_ids]
    return sorted(waiting, key=lambda b: b.slot or 0)[:20]


def _coming(page: Page, start: int, end: int) -> list[sa.RowMapping]:
    """Goods of ours that are expected within a day."""
    query = sa.select(subject).where(subject.c.expected_at >= start, subject.c.expected_at < end)
    return list(page.reader.rows(query.order_by(subject.c.expected_at).limit(30), SUBJECT))
