"""应办: what our organisation owes, by when, and the one button that opens the right form."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.rules.findings_model import DUTY, duty_table
from bihuan.base.rules.verdicts import duties_where, verdicts_of
from bihuan.ends.enterprise.booking_state import bookings_of
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.report import address
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import due

_D = duty_table.c
_STATES = {
    "open": Words("待办", "Owed"),
    "met": Words("已办", "Done"),
    "breached": Words("已违反", "Breached"),
    "lapsed": Words("已失效", "Lapsed"),
}


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


def owed(page: Page, mine: Mine, limit: int = 20) -> list[Owed]:
    """Our open duties, the earliest due first."""
    rows = duties_where(page.reader, _D.party == mine.party, _D.state == "open", limit=limit)
    return [_owed(page, mine, Names(page), row) for row in rows]


@door("/enterprise/duties", who="enterprise")
def listed(page: Page) -> Response:
    """All duties of ours, open ones unless others are asked for."""
    mine, names = Mine(page), Names(page)
    state = page.arg("state") or "open"
    conditions: list[sa.ColumnElement[bool]] = [_D.party == mine.party]
    if state in _STATES:
        conditions.append(_D.state == state)
    if page.arg("rule"):
        conditions.append(_D.rule == page.arg("rule"))
    if page.arg("q"):
        conditions.append(_D.subject.icontains(page.arg("q"), autoescape=True))
    rules = [(rule, names.rule(rule)) for rule in _rules(page, mine)]
    rows = [_owed(page, mine, names, row) for row in duties_where(page.reader, *conditions, limit=1000)]
    columns = [
        column("due", "期限", "Due", lambda o: at(o.row["due"]), show=lambda o: due(o.row["due"], page.now, page.lang)),
        column("title", "应办", "Duty", lambda o: o.title, link=lambda o: o.href if o.row["state"] == "open" else ""),
        column(
            "subject",
            "对象",
            "About",
            lambda o: o.subject,
            link=lambda o: f"/enterprise/subjects/{quote(o.row['subject'])}",
        ),
        column("missing", "缺什么", "Missing", lambda o: o.missing),
        column("why", "依据", "Why", lambda o: o.why),
        column("state", "状态", "State", lambda o: page.say(_STATES[o.row["state"]])),
    ]
    return list_page(
        page,
        "duties",
        Words("应办", "Duties"),
        columns,
        rows,
        filters=[
            Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in _STATES.items()]),
            Filter("rule", Words("事项", "Matter"), rules),
            Filter("q", Words("箱号、批次", "Container, lot"), kind="search"),
        ],
        empty=Words(
            "现在没有应办事项。报送货物环节后，法规要求的下一步会连同期限出现在这里。",
            "Nothing is due now. Once a step of your goods is reported, what follows appears here with its time.",
        ),
    )


def _rules(page: Page, mine: Mine) -> list[str]:
    query = sa.select(_D.rule).where(_D.party == mine.party).distinct().order_by(_D.rule)
    return [row["rule"] for row in page.reader.rows(query, DUTY)]


def _owed(page: Page, mine: Mine, names: Names, row: RowMapping) -> Owed:
    subject, step = row["subject"], row["report_type"]
    found = verdicts_of(page.reader, subject)
    why = next((v for v in found if v["rule"] == row["rule"] and v["window"] == row["window"]), None)
    href, button = _way(page, mine, subject, step, row["line"])
    return Owed(
        row,
        page.say(Words(row["title_zh"], row["title_en"])),
        names.subject(subject),
        "、".join(names.missing([step])),
        "" if why is None else page.say(Words(why["reason_zh"], why["reason_en"])),
        href,
        button,
    )


def _way(page: Page, mine: Mine, subject: str, step: str, line: str) -> tuple[str, str]:
    """Where the missing thing is done: the booking, the form of its type, an application, else the subject's page."""
    kind, _, name = subject.partition(":")
    form = mine.form_of_step(step, line)
    if step == "booking_confirmed" and kind == "container":
        waiting = [b for b in bookings_of(page, name) if b.state == "waiting" and b.destination in mine.place_ids]
        if waiting:
            return f"/enterprise/bookings/{waiting[0].number}", page.t("核对并确认预约", "Check and confirm")
    if form is not None:
        title = page.say(form.spec.titles)
        return f"{address(form.spec.name)}?for={quote(subject)}", page.t(f"报送{title}", f"Report: {title}")
    matter = next(
        (kind for kind in page.house.desk().kinds.values() if kind.line == line and step in ("release_certificate",)),
        None,
    )
    if matter is not None:
        title = page.say(matter.titles)
        return f"/enterprise/applications/new/{matter.name}?for={quote(subject)}", page.t(
            f"申请{title}", f"Apply: {title}"
        )
    return f"/enterprise/subjects/{quote(subject)}", page.t("查看", "Look")
