"""The session's cookie, and where a person may be sent after logging in or confirming: our own pages only."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from bihuan.base.identity import POLICY, Session
from bihuan.ends.shared.page import Page

COOKIE = "bihuan"
"""Name of the session's cookie."""
_SECOND = 1_000_000
_NOT_BACK_TO = ("/log-in", "/log-out", "/account/confirm")


def address_of(page: Page) -> str:
    """The network address that a request comes from, for lock-out and logs."""
    return page.request.client.host if page.request.client else ""


def give_cookie(page: Page, answer: Response, session: Session) -> Response:
    """Let the browser keep a session: not for scripts, not for other sites, over TLS alone where that is set."""
    answer.set_cookie(
        COOKIE,
        session.cookie,
        max_age=POLICY.absolute // _SECOND,
        path="/",
        httponly=True,
        samesite="lax",
        secure=page.house.secure_cookies,
    )
    return answer


def take_cookie(page: Page, answer: Response) -> Response:
    """Let the browser forget the session."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=page.house.secure_cookies)
    return answer


def own_path(page: Page, wanted: str) -> str:
    """The path (and query) of one of our own pages that was asked for; empty for anything else."""
    if wanted.startswith(page.house.public_url + "/"):
        wanted = wanted[len(page.house.public_url) :]
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or any(ord(sign) <= 32 for sign in wanted):
        return ""
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or "\\" in wanted or parts.path in _NOT_BACK_TO:
        return ""
    return wanted
