"""出入库凭证: an in or out voucher printed of the record that states it, with its ledger number and code."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.errors import NotFound, Words
from bihuan.ends.enterprise.codes import qr
from bihuan.ends.enterprise.drawing import summary
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.stated import stated
from bihuan.ends.shared.names import Names, snake
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

VOUCHERS = {
    "stored_first": Words("入库凭证", "Goods-in voucher"),
    "unloaded": Words("卸货凭证", "Unloading voucher"),
    "left_warehouse": Words("出库凭证", "Goods-out voucher"),
    "sold": Words("出库凭证", "Goods-out voucher"),
    "destroyed": Words("销毁凭证", "Destruction voucher"),
    "refused": Words("拒收凭证", "Refusal voucher"),
}
"""Steps of which a voucher is printed, and its title."""


@door("/enterprise/vouchers/{ref}", who="enterprise")
def voucher(page: Page) -> Response:
    """The voucher of one of our own records."""
    mine = Mine(page)
    kept = stated(page.reader, page.house.registry, mine.party, page.path("ref"))
    title = VOUCHERS.get(snake(kept.spec.name.partition(".")[2]))
    if title is None:
        raise NotFound
    code = qr(f"{page.house.public_url}/records/{kept.ref}")
    return page.render(
        "enterprise/voucher.html",
        kept=kept,
        titles=title,
        lines=summary(page, kept.spec, kept.record),
        code=code,
        firm=mine.organisation,
        names=Names(page),
    )
