"""首站赋码: labels of lots to print (A6), each with the code that anyone may scan."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.db import Open
from bihuan.base.records import fact, typed_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.enterprise.codes import qr
from bihuan.ends.enterprise.mine import Mine, step_spec
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

MOST_COPIES = 200
_CODES = Open("the trace code of a lot that was just found within scope is printed on its goods for everybody")


@dataclass(frozen=True, slots=True)
class Label:
    """One label: the lot with its product and kilograms, its trace code, the picture of the code."""

    lot: str
    product: str
    kg: str | None
    code: str
    picture: Markup


@door("/enterprise/labels", who="enterprise")
def labels(page: Page) -> Response:
    """Choose lots, or with `lot=` the labels themselves, `copies=` of each."""
    mine = Mine(page)
    form = mine.form_of_step("trace_code_assigned")
    lots = [lot for lot in page.request.query_params.getlist("lot") if lot]
    query = sa.select(subject).where(subject.c.kind == "lot").order_by(subject.c.last_at.desc()).limit(300)
    rows = page.reader.rows(query.where(subject.c.label.in_(lots)) if lots else query, SUBJECT)
    codes = _codes(page, [row["label"] for row in rows])
    asked = page.arg("copies", "1")
    copies = min(max(int(asked), 1), MOST_COPIES) if asked.isdecimal() else 1
    made = [_label(page, row, codes[row["label"]]) for row in rows if lots and row["label"] in codes]
    return page.render(
        "enterprise/labels.html",
        lots=lots,
        rows=rows,
        codes=codes,
        made=made,
        copies=copies,
        form=form,
        firm=mine.organisation,
        without=[row["label"] for row in rows if lots and row["label"] not in codes],
    )


def _label(page: Page, row: RowMapping, code: str) -> Label:
    return Label(row["label"], row["product"], row["kg"], code, qr(f"{page.house.public_url}/t/{code}", "code"))


def _codes(page: Page, lots: list[str]) -> dict[str, str]:
    table = typed_table(step_spec(page, "trace_code_assigned"))
    joined = table.join(fact, sa.and_(fact.c.seq == table.c.seq, fact.c.n == table.c.n))
    found: dict[str, str] = {}
    for start in range(0, len(lots), 400):
        query = (
            sa.select(table.c.lot, table.c.code)
            .select_from(joined)
            .where(fact.c.live, table.c.lot.in_(lots[start : start + 400]))
        )
        found |= {row["lot"]: row["code"] for row in page.reader.rows(query.order_by(fact.c.time), _CODES)}
    return found
