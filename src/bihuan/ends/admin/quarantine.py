"""隔离区 of all organisations that an administrator answers for."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.errors import BihuanError
from bihuan.base.identity import access_organisation
from bihuan.base.principal import system
from bihuan.ends.admin.noting import ADMIN, note
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.quarantine import (
    administered_item,
    administered_rows,
    drop_administered,
    item_page,
    listed,
    resend,
)
from bihuan.ends.shared.routes import door

HERE = "/admin/quarantine"


@door("/admin/quarantine", who="administrator")
def quarantine_list(page: Page) -> Response:
    """What could not be taken, with reasons."""
    return listed(page, administered_rows(page), HERE, [ADMIN])


@door("/admin/quarantine/{item}", who="administrator")
def quarantine_item(page: Page) -> Response:
    """One item with its reasons and bytes."""
    return item_page(page, administered_item(page), HERE)


@door("/admin/quarantine/{item}/resend", "POST", who="administrator")
def resend_now(page: Page) -> Response:
    """Send it through its door again."""
    return resend(page, administered_item(page), HERE)


@door("/admin/quarantine/{item}/drop", "POST", who="administrator")
def drop_now(page: Page) -> Response:
    """Put it away; who did so stands in the administrators' log."""
    row = administered_item(page)
    area = access_organisation(page.reader, row["party"], "admin").area
    try:
        with page.house.db.write(system("quarantine")) as w:
            drop_administered(w, row["id"])
        with page.write() as w:
            note(w, "drop_quarantined", row["id"], area)
    except BihuanError as error:
        return item_page(page, row, HERE, error)
    return page.go(HERE, page.t("已弃置，不再处理。", "Dropped; nothing more will be done with it."))
