"""追溯: the form for a trace code, the phone page of its lot, and the receipt of the record that gave the code."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from starlette.responses import Response

from bihuan.base.db import Reader
from bihuan.base.errors import NotFound
from bihuan.base.ledger import receipt
from bihuan.base.principal import system
from bihuan.ends.public.lot import FEW, PublicLot, public_lot
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.record_page import cover
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import country

_WHY = "whoever holds goods may know their papers, entry and first storage; no persons, prices, buyers"
LONGEST = 100


@door("/trace", who="anyone")
def trace_form(page: Page) -> Response:
    """Where a trace code is typed in; a code goes on to its own page."""
    code = tidy(page.arg("code"))
    if code:
        return page.go(f"/t/{quote(code, safe='')}")
    return page.render("public/trace.html", code="", missing=False)


@door("/t/{code}", who="anyone", declassified=_WHY)
def trace_page(page: Page) -> Response:
    """A lot as the public may know it."""
    try:
        lot = _lot(page)
    except NotFound:
        return page.render("public/trace.html", 404, code=page.path("code")[:LONGEST], missing=True)
    return page.render(
        "public/lot.html",
        lot=lot,
        names=Names(page),
        few=FEW,
        origin=country(lot.origin, page.lang),
        link=quote(lot.code, safe=""),
    )


@door("/t/{code}/receipt", who="anyone", declassified="leaf and hashes only; the body stays closed")
def trace_receipt(page: Page) -> Response:
    """The receipt, hashes only, of the record that gave the code."""
    lot = _lot(page)
    cover(page, lot.seq)
    return page.file(
        receipt(_reader(page), lot.seq, with_body=False), f"{lot.ref}.receipt", "text/plain; charset=utf-8"
    )


def tidy(code: str) -> str:
    """A code as typed or scanned: full width made half, spaces out."""
    return "".join(unicodedata.normalize("NFKC", code).split())[:LONGEST]


def _reader(page: Page) -> Reader:
    return page.house.db.reader(system("public-trace"))


def _lot(page: Page) -> PublicLot:
    return public_lot(page.house, _reader(page), tidy(page.path("code")))
