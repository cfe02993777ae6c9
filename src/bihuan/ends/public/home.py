"""The public's first page: what this is, and the doors that need no log-in."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.cases import count_published
from bihuan.base.errors import Refused
from bihuan.base.ledger import latest_checkpoint, size
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door


@door("/", who="anyone", declassified="how many records there are, and the last checkpoint, hold no content")
def home(page: Page) -> Response:
    """What Bihuan is, three doors, and the figures that are published."""
    try:
        signed = latest_checkpoint(page.reader)[0]
    except Refused:
        signed = 0
    return page.render(
        "public/home.html",
        size=size(page.reader),
        signed=signed,
        checked=count_published(page.reader),
        fields=[(app.titles, app.closes) for app in page.house.apps.values()],
    )
