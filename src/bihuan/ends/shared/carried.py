"""A form that was sent after the session had run out: what was typed goes through the log-in and can then be sent.

Carried are text fields of our own pages alone (the sender's Origin is checked); passwords and files are left behind.
Nothing is kept or done before the person, logged in again, sends the form with the new session's own token.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from bihuan.ends.shared.cookies import own_path
from bihuan.ends.shared.page import Page

CARRIED = "carried"
_LEFT = ("csrf", "password", "old_password", "confirm_password", CARRIED, "next")
_decode = msgspec.json.Decoder(list[tuple[str, str]]).decode


def typed_before(page: Page) -> str:
    """The text fields of the form that came, as one value to carry along; "" when there are none."""
    pairs = [(name, text) for name, texts in page.fields().items() if name not in _LEFT for text in texts]
    return msgspec.json.encode(pairs).decode() if pairs else ""


def go_on(page: Page) -> Response | None:
    """After the log-in: the page from which the carried form can be sent; None when nothing was carried."""
    onward = own_path(page, page.field("next"))
    try:
        pairs = _decode(page.field(CARRIED, "[]"))
    except msgspec.DecodeError:
        return None
    if not pairs or not onward:
        return None
    return page.render("shared/go_on.html", onward=onward, pairs=pairs)
