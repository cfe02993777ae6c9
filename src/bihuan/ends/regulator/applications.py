"""办件: what enterprises applied for, with the authority's own clock in working time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import APPLICATION, Stage, application_table, application_turn, applications_where, next_action
from bihuan.base.errors import Words
from bihuan.ends.regulator.standing import Filters, Tab, app_choices, area_choices
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.lists import LONGEST_EXPORT, Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names

_A = application_table.c
VIEWS: dict[str, Words] = {
    "open": Words("待我方办理", "With the authority"),
    "late": Words("已超时", "Overdue"),
    "paused": Words("等待补正", "Waiting for the applicant"),
    "granted": Words("已准予", "Granted"),
    "refused": Words("不予许可", "Refused"),
}
STATES: dict[str, Words] = {
    "open": Words("办理中", "Open"),
    "granted": VIEWS["granted"],
    "refused": VIEWS["refused"],
}


@door("/regulator/applications", who="officer")
def applications(page: Page) -> Response:
    """Applications in scope; the address holds view and filters."""
    asked, names = Filters.of(page), Names(page)
    view = page.arg("view", "open")
    where = asked.conditions(page, _A.line, _A.area, _A.number, _A.payload, party=_A.party)
    tabs = [
        Tab(page.url(view=name, page=None), page.say(words),
            page.reader.count(sa.select(_A.id).where(*where, _view(page, name)), APPLICATION), name == view)
        for name, words in VIEWS.items()
    ]  # fmt: skip
    where.append(_view(page, view))
    if wanted_file(page):
        rows = applications_where(page.reader, *where, limit=LONGEST_EXPORT)
        return as_file(page, "applications", _columns(page, names), rows)
    total = page.reader.count(sa.select(_A.id).where(*where), APPLICATION)
    number, offset, pages = page.pages(total)
    return page.render(
        "regulator/applications.html", rows=applications_where(page.reader, *where, limit=50, offset=offset), tabs=tabs,
        total=total, number=number, pages=pages, asked=asked, view=view, names=names, apps=app_choices(page),
        areas=area_choices(page, asked.area), kind=lambda row: kind_words(page, row), clock=lambda row: clock_words(page, row),
        late=lambda row: is_late(page, row), turn=application_turn, action=lambda row: next_action(row, page.principal),
        stages=Stage,
    )  # fmt: skip


def kind_words(page: Page, row: RowMapping) -> Words:
    """What is applied for."""
    kinds = page.house.desk().kinds
    return kinds[row["kind"]].titles if row["kind"] in kinds else Words(row["kind"], row["kind"])


def clock_words(page: Page, row: RowMapping) -> Words:
    """What is left on the authority's clock, in working time; that it stands still; or that it has ended."""
    if row["paused_at"] is not None:
        hours, minutes = divmod(max(row["minutes_left"] or 0, 0), 60)
        return Words(
            f"时限暂停，尚余 {hours} 个工作小时 {minutes} 分", f"clock stands; {hours} working hours {minutes} min left"
        )
    if row["due_at"] is None:
        return Words("已办结", "finished")
    words = page.house.desk().calendar.working_due_words(page.now, row["due_at"], row["area"])
    if row["due_sure"]:
        return words
    return Words(
        f"{words.zh}（节假日安排未公布，按周末推算）", f"{words.en} (holidays not published; weekends assumed)"
    )


def is_late(page: Page, row: RowMapping) -> bool:
    """Whether the authority's time has run out."""
    return row["due_at"] is not None and row["due_at"] < page.now


def _view(page: Page, view: str) -> sa.ColumnElement[bool]:
    if view == "late":
        return sa.and_(_A.due_at <= page.now)
    if view == "paused":
        return sa.and_(_A.state == "open", _A.paused_at.is_not(None))
    if view in ("granted", "refused"):
        return _A.state == view
    # A granted one without its certificate is still the authority's to finish.
    return sa.or_(
        sa.and_(_A.state == "open", _A.paused_at.is_(None)), sa.and_(_A.state == "granted", _A.step == "decided")
    )


def _columns(page: Page, names: Names) -> list[Column]:
    def kind(row: Any) -> str:
        return page.say(kind_words(page, row))

    return [
        Column("number", Words("办件号", "Number"), lambda row: row["number"]),
        Column("kind", Words("事项", "Matter"), kind),
        Column("party", Words("申请人", "Applicant"), lambda row: names.party(row["party"])),
        Column("area", Words("辖区", "Area"), lambda row: row["area"], lambda row: names.area(row["area"])),
        Column("step", Words("环节", "Step"), lambda row: page.say(Stage[row["step"]].words())),
        Column("state", Words("状态", "State"), lambda row: row["state"], lambda row: page.say(STATES[row["state"]])),
        Column("due", Words("办结期限", "Due"), lambda row: at(row["due_at"])),
        Column("clock", Words("时限", "Clock"), lambda row: page.say(clock_words(page, row))),
        Column("opened_at", Words("申请时间", "Applied at"), lambda row: at(row["opened_at"])),
    ]
