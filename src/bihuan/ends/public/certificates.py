"""证照查验: anyone who has a certificate's code learns what it is worth now."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from bihuan.base.cases import check_certificate
from bihuan.base.errors import BihuanError, Invalid, NotFound
from bihuan.ends.shared.covered import covered
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

_WHY = "whoever holds a certificate's code may check holder, scope, dates and state; the code cannot be guessed"
_STATES = {"valid": "green", "not_yet": "yellow", "expired": "none", "revoked": "red"}


@door("/certificates", who="anyone")
def certificate_form(page: Page) -> Response:
    """Where a certificate's code is typed in."""
    code = page.arg("code").strip()
    if not code:
        return _form(page, "")
    return page.go(f"/c/{quote(code[:40], safe='')}")


@door("/c/{code}", who="anyone", declassified=_WHY)
def certificate_page(page: Page) -> Response:
    """Whether a certificate holds, of whom, for what, from when to when."""
    code = page.path("code")[:40]
    try:
        found = check_certificate(page.reader, code)
    except (Invalid, NotFound) as error:
        return _form(page, code, error)
    names = Names(page)
    return page.render(
        "public/certificate.html",
        found=found,
        holder=names.party(found.holder),
        area=names.area(found.area),
        office=found.office,
        scope=covered(names, found.scope),
        state=_STATES[found.state],
    )


def _form(page: Page, code: str, error: BihuanError | None = None) -> Response:
    said = ""
    if isinstance(error, NotFound):
        said = page.t(
            "没有这个核验码的证照。请对照证照逐字核对。", "No certificate has this code. Compare it sign by sign."
        )
    elif error is not None:
        said = page.say(error.words)
    return page.render("public/certificates.html", 200 if error is None else error.status, code=code, error=said)
