"""一公开: results of random checks 双随机 that were signed off, their receipts, and the proof of a draw that is over."""

from __future__ import annotations

import json
from importlib.resources import files
from urllib.parse import quote

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import (
    PUBLISHED,
    RESULTS,
    count_published,
    public_proof,
    published,
    published_of,
    published_table,
)
from bihuan.base.errors import NotFound
from bihuan.base.identity.model import organisation
from bihuan.base.ledger import receipt
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.record_page import cover
from bihuan.ends.shared.routes import door

SIZE = 50
LONGEST = 60
"""Characters of a check's number or of a name looked for."""
MARKS = {"clean": "green", "problems": "orange"}
"""How a result is marked beside its words."""
_R = published_table.c
_WHY = "organisation, day and result of a check are published once it is signed off; no officer, no remark"


@door("/checks", who="anyone", declassified=_WHY)
def check_list(page: Page) -> Response:
    """Results by day of publication, the newest first; by line, area, result and name."""
    where = _asked(page)
    total, names = count_published(page.reader, *where), Names(page)
    number, offset, pages = page.pages(total, SIZE)
    codes = [row["area"] for row in page.reader.rows(sa.select(_R.area).distinct().order_by(_R.area), PUBLISHED)]
    return page.render(
        "public/checks.html", rows=published(page.reader, *where, limit=SIZE, offset=offset), total=total, number=number,
        pages=pages, names=names, results=RESULTS, marks=MARKS, areas=[(code, names.area(code)) for code in codes],
        lines=[(app.line, page.say(app.titles)) for app in page.house.apps.values() if app.checks],
    )  # fmt: skip


@door("/checks/{number}", who="anyone", declassified=_WHY)
def check_page(page: Page) -> Response:
    """One result: who was checked, when, with what result; its receipt, and the proof that it was drawn."""
    found = published_of(page.reader, page.path("number")[:LONGEST])
    proof = public_proof(page.reader, found["plan"])
    return page.render(
        "public/check.html", found=found, names=Names(page), result=RESULTS[found["result"]], marks=MARKS,
        proved=proof is not None, plan=quote(found["plan_number"], safe=""), here=quote(found["number"], safe=""),
    )  # fmt: skip


@door("/checks/{number}/receipt", who="anyone", declassified="leaf and hashes only; the body stays closed")
def check_receipt(page: Page) -> Response:
    """The receipt, hashes only, of the record by which a result was signed off."""
    found = published_of(page.reader, page.path("number")[:LONGEST])
    cover(page, found["seq"])
    data = receipt(page.reader, found["seq"], with_body=False)
    return page.file(data, f"{found['number']}.receipt", "text/plain; charset=utf-8")


@door(
    "/checks/{number}/draw",
    who="anyone",
    declassified="of a plan that is over, who was in the pool and drawn; no officer",
)
def draw_file(page: Page) -> Response:
    """What `verify_draw.py` reads to draw the organisations of a plan again, once all its visits are over."""
    found = published_of(page.reader, page.path("number")[:LONGEST])
    proof = public_proof(page.reader, found["plan"])
    if proof is None:
        raise NotFound
    body = json.dumps(proof, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return page.file(body, f"{found['plan_number']}.json", "application/json; charset=utf-8")


@door("/ledger/verify_draw.py", who="anyone")
def script(page: Page) -> Response:
    """The small independent script that draws a plan again offline."""
    data = files("bihuan.standalone").joinpath("verify_draw.py").read_bytes()
    return page.file(data, "verify_draw.py", "text/x-python; charset=utf-8")


def _asked(page: Page) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    for name, column in (("line", _R.line), ("area", _R.area), ("result", _R.result), ("plan", _R.plan_number)):
        if page.arg(name):
            where.append(column == page.arg(name))
    if text := page.arg("q").strip()[:LONGEST]:
        o = organisation.c
        named = sa.select(o.id).where(sa.or_(o.name.contains(text, autoescape=True), o.uscc == text))
        where.append(sa.or_(_R.party.in_(named), _R.number == text))
    return where
