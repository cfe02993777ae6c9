"""Numbered documents as they are printed: 责令改正通知书, 立案 and 结案审批表, 受理通知书, 不予许可决定书 …"""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.cases import document_of
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.papers import show_paper
from bihuan.ends.shared.witness import BEYOND_SCOPE


@door("/regulator/documents/{id}", who="officer", declassified=BEYOND_SCOPE)
def document(page: Page) -> Response:
    """One document on a sheet of A4."""
    return show_paper(page, "regulator/document.html", document_of(page.reader, page.path("id")))
