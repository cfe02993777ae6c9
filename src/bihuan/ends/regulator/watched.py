"""An app's containers and lots in the officer's scope, by the stage of the loop at which they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.catalog import App
from bihuan.base.db import concerns, party_tag, seen_table
from bihuan.base.errors import Words
from bihuan.base.identity import organisations
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.regulator.concerned import areas_concerned
from bihuan.ends.regulator.standing import Tab, area_choices, named_app
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.judged import STANDINGS, standing, stands
from bihuan.ends.shared.lists import LONGEST_EXPORT, Column, as_file, at, wanted_file
from bihuan.ends.shared.names import Names

_S = subject.c


@door("/regulator/{app}", who="officer")
def watched(page: Page) -> Response:
    """The list with its tabs and filters; the address holds them."""
    app, names = named_app(page, page.path("app")), Names(page)
    kind, stage, verdict = page.arg("kind"), page.arg("stage"), page.arg("verdict")
    area, firm, text = page.arg("area"), page.arg("firm").strip(), page.arg("q").strip()
    where: list[sa.ColumnElement[bool]] = [
        _S.kind.in_([kind] if kind in app.subject_kinds else list(app.subject_kinds))
    ]
    if area:
        where.append(concerns(SUBJECT, app.line, area))
    if place := page.arg("place"):
        where.append(_S.place == place)
    if (asked := stands(verdict)) is not None:
        where.append(asked)
    if firm:
        where.append(_of_firm(page, firm))
    if text:
        where.append(sa.or_(*(column.icontains(text, autoescape=True) for column in (_S.label, _S.id, _S.product))))
    by_stage = {
        row["stage"]: int(row["n"])
        for row in page.reader.rows(
            sa.select(_S.stage, sa.func.count().label("n")).where(*where).group_by(_S.stage), SUBJECT
        )
    }
    everything = sum(by_stage.values())
    tabs = [Tab(page.url(stage=None, page=None), page.t("全部", "All"), everything, not stage)]
    tabs += [
        Tab(page.url(stage=name, page=None), page.say(words), by_stage.get(name, 0), stage == name)
        for name, words in app.stages.items()
    ]
    if stage:
        where.append(_S.stage == stage)
    query = sa.select(subject).where(*where).order_by(_S.violated.desc(), _S.last_at.desc(), _S.id)
    if wanted_file(page):
        rows = page.reader.rows(query.limit(LONGEST_EXPORT), SUBJECT)
        return as_file(page, app.name, _columns(page, app, names, rows), rows)
    total = by_stage.get(stage, 0) if stage else everything
    number, offset, pages = page.pages(total)
    return page.render(
        "regulator/watched.html", app=app, rows=page.reader.rows(query.limit(50).offset(offset), SUBJECT), tabs=tabs,
        total=total, number=number, pages=pages, kind=kind, stage=stage, verdict=verdict,
        verdict_choices=STANDINGS, area=area,
        firm=firm, place=place, text=text, names=names, areas=area_choices(page, area),
        kinds=[(name, page.say(words)) for name, words in app.subject_kinds.items()],
    )  # fmt: skip


def _of_firm(page: Page, firm: str) -> sa.ColumnElement[bool]:
    """Subjects that are the matter of a firm of that name or credit code."""
    tags = [party_tag(each.id) for each in organisations(page.reader, text=firm, limit=50)]
    seen = seen_table.c
    return sa.exists().where(seen.kind == SUBJECT.kind, seen.row == _S.id, seen.tag.in_(tags))


def _columns(page: Page, app: App, names: Names, rows: Sequence[RowMapping]) -> list[Column]:
    concerned = areas_concerned(page, app.line, [row["id"] for row in rows])

    def said(row: Any) -> str:
        return page.t("、", ", ").join(dict.fromkeys(names.area(code) for code in concerned[row["id"]]))

    return [
        Column("id", Words("编号", "Id"), lambda row: row["id"]),
        Column("label", Words("名称", "Label"), lambda row: row["label"]),
        Column("product", Words("品名", "Product"), lambda row: row["product"]),
        Column("stage", Words("阶段", "Stage"), lambda row: page.say(app.stages.get(row["stage"], Words(row["stage"], row["stage"])))),
        Column("place", Words("场所", "Place"), lambda row: names.place(row["place"])),
        Column("area", Words("所在辖区代码", "Area code"), lambda row: row["area"]),
        Column("areas", Words("涉及辖区", "Areas concerned"), said),
        Column("since", Words("自", "Since"), lambda row: at(row["stage_at"])),
        Column("expected", Words("预计", "Expected"), lambda row: at(row["expected_at"])),
        Column("kg", Words("重量 kg", "Weight kg"), lambda row: row["kg"]),
        Column("standing", Words("判定", "Standing"), lambda row: page.say(STANDINGS[standing(row)])),
        Column("violated", Words("违反项数", "Violated"), lambda row: row["violated"]),
        Column("undecided", Words("未决项数", "Undecided"), lambda row: row["undecided"]),
        Column("satisfied", Words("合规项数", "Satisfied"), lambda row: row["satisfied"]),
    ]
