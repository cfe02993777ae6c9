"""应办: what our organisation owes, by when, and the one button that opens the right form."""

from __future__ import annotations

from urllib.parse import quote

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.rules.findings_model import DUTY, duty_table
from bihuan.base.rules.verdicts import duties_where
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.owed import Owing
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import due

_D = duty_table.c
_STATES = {
    "open": Words("待办", "Owed"),
    "met": Words("已办", "Done"),
    "breached": Words("已违反", "Breached"),
    "lapsed": Words("不再适用", "No longer owed"),
}
_SHOWN = {**_STATES, "any": Words("全部", "All")}


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
    rules = [(rule, names.asked(rule)) for rule in _rules(page, mine)]
    total = page.reader.count(sa.select(_D.id).where(*conditions), DUTY)
    _, offset, _ = page.pages(total)
    size = (LONGEST_EXPORT, 0) if wanted_file(page) else (50, offset)
    found = duties_where(page.reader, *conditions, limit=size[0], offset=size[1])
    rows = Owing(page, mine, names).told(found)
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
        total=total,
        filters=[
            Filter("state", Words("状态", "State"), [(name, page.say(words)) for name, words in _SHOWN.items()],
                   default="open"),
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
