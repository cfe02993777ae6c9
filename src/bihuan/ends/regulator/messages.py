"""消息: what people are told in page; read, and taken upon oneself. Its links lead to the reader's own end."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.notify import acknowledge, inbox, mark_read
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.rail import is_officer


@door("/messages", who="person")
def messages(page: Page) -> Response:
    """The reader's messages, newest first."""
    only_unread = page.arg("view") == "unread"
    found = inbox(page.reader, limit=200, only_unread=only_unread)
    return page.render(
        "regulator/messages.html", messages=found, only_unread=only_unread, href=lambda m: _own(page, m.link)
    )


@door("/messages", "POST", who="person")
def act(page: Page) -> Response:
    """Note one as read or acknowledged, or all shown as read; `open` leads on to the thing."""
    doing, wanted = page.field("doing"), page.fields().get("message", [])
    with page.write() as w:
        for message in wanted:
            if doing == "acknowledge":
                acknowledge(w, message)
            else:
                mark_read(w, message)
    return page.go(_own(page, page.field("open")) if page.field("open") else "/messages")


@door("/cases/{id}", who="person")
def case(page: Page) -> Response:
    """A case as messages name it: on to the page of the reader's end."""
    return page.go(_own(page, page.request.url.path))


@door("/applications/{id}", who="person")
def application(page: Page) -> Response:
    """An application as messages name it: on to the page of the reader's end."""
    return page.go(_own(page, page.request.url.path))


def _own(page: Page, link: str) -> str:
    """A thing's path under the reader's own end; only paths of this house."""
    if not link.startswith("/") or link.startswith("//"):
        return "/messages"
    end = "/regulator" if is_officer(page.principal) else "/enterprise"
    return link if link.startswith(("/regulator/", "/enterprise/", "/ledger")) else end + link
