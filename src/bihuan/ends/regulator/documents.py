"""Numbered documents of a case as they are printed: 责令改正通知书, 立案 and 结案审批表, 撤销决定书."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.cases import case_of, document_of
from bihuan.base.errors import Words
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.witness import BEYOND_SCOPE, ledger_ids


@door("/regulator/documents/{id}", who="officer", declassified=BEYOND_SCOPE)
def document(page: Page) -> Response:
    """One document on a sheet of A4."""
    found = document_of(page.reader, page.path("id"))
    body = found.body
    return page.render(
        "regulator/document.html", d=found, body=body, c=case_of(page.reader, found.case), names=Names(page),
        articles=[Words(*pair) for pair in body.get("articles", [])],
        demands=[Words(*pair) for pair in body.get("demands", [])],
        facts=Words(*body["facts"]) if "facts" in body else None,
        witness=ledger_ids(page, body.get("witness", "[]")),
        reason=Words(*body["reason"]) if "reason" in body else None,
    )  # fmt: skip
