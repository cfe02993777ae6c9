"""货物: our containers and lots with stage and state; one of them with its loop, as officers see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from markupsafe import Markup
from starlette.responses import Response

from bihuan.base.errors import Words
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.judged import COLOURS, standing, stands
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import LONGEST_EXPORT, at, wanted_file
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import kilos, short, when

_S = subject.c


@door("/enterprise/goods", who="enterprise")
def listed(page: Page) -> Response:
    """Our containers and lots, the latest first."""
    Mine(page)
    names = Names(page)
    kinds = {kind: words for app in page.house.apps.values() for kind, words in app.subject_kinds.items()}
    stages = {stage: words for app in page.house.apps.values() for stage, words in app.stages.items()}
    conditions: list[sa.ColumnElement[bool]] = []
    if page.arg("kind"):
        conditions.append(_S.kind == page.arg("kind"))
    if page.arg("stage"):
        conditions.append(_S.stage == page.arg("stage"))
    if (asked := stands(page.arg("state"))) is not None:
        conditions.append(asked)
    if page.arg("q"):
        conditions.append(
            sa.or_(
                _S.label.icontains(page.arg("q"), autoescape=True), _S.product.icontains(page.arg("q"), autoescape=True)
            )
        )
    query = sa.select(subject).where(*conditions).order_by(_S.last_at.desc(), _S.id)
    total = page.reader.count(query, SUBJECT)
    _, offset, _ = page.pages(total)
    rows = page.reader.rows(
        query.limit(LONGEST_EXPORT) if wanted_file(page) else query.limit(50).offset(offset), SUBJECT
    )
    columns = [
        column(
            "label",
            "箱号、批次",
            "Container, lot",
            lambda r: r["label"],
            show=lambda r: short(r["label"]),
            link=lambda r: f"/enterprise/subjects/{quote(r['id'])}",
        ),
        column("kind", "种类", "Kind", lambda r: names.kind(r["kind"])),
        column("product", "品名", "Product", lambda r: r["product"]),
        column("kg", "重量", "Weight", lambda r: r["kg"] or "", show=lambda r: kilos(r["kg"]), number=True),
        column("stage", "环节", "Stage", lambda r: page.say(stages.get(r["stage"], Words(r["stage"], r["stage"])))),
        column("place", "所在", "Where", lambda r: names.place(r["place"])),
        column(
            "last_at",
            "最近记录",
            "Latest",
            lambda r: at(r["last_at"]),
            show=lambda r: when(r["last_at"] or None, page.now, page.lang),
        ),
        column(
            "state",
            "状态",
            "State",
            lambda r: standing(r),
            show=lambda r: _state(page, r),
        ),
    ]
    return list_page(
        page,
        "goods",
        Words("货物", "Goods"),
        columns,
        rows,
        total=total,
        filters=[
            Filter("kind", Words("种类", "Kind"), [(name, page.say(words)) for name, words in kinds.items()]),
            Filter("stage", Words("环节", "Stage"), [(name, page.say(words)) for name, words in stages.items()]),
            Filter(
                "state",
                Words("状态", "State"),
                [
                    ("violated", page.t("有违反", "Violated")),
                    ("undecided", page.t("有未决", "Undecided")),
                    ("satisfied", page.t("合规", "Satisfied")),
                ],
            ),
            Filter("q", Words("箱号、批次、品名", "Container, lot, product"), kind="search"),
        ],
        acts=[("/enterprise/labels", Words("打印标签", "Print labels"))],
        empty=Words(
            "还没有货物。预约一个集装箱，或等口岸放行数据到达，货物就会出现在这里。",
            "No goods yet. Book a container, or wait for the port's release data, and they appear here.",
        ),
    )


def _state(page: Page, row: Mapping[Any, Any]) -> Markup:
    word, violated, undecided = standing(row), row["violated"], row["undecided"]
    said = {
        "violated": page.t(f"违反 {violated}", f"violated {violated}"),
        "undecided": page.t(f"未决 {undecided or ''}", f"undecided {undecided or ''}").strip(),
        "satisfied": page.t("合规", "satisfied"),
    }
    return Markup('<span class="state {}">{}</span>').format(COLOURS[word], said[word])
