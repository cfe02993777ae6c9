"""证照 as the officer sees it: what it covers, until when, and 撤销 with reason and article."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bihuan.base.cases import Act, certificate_of, holds, revoke_certificate
from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError
from bihuan.ends.regulator.fields import confirm
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.asking import needs_password
from bihuan.ends.shared.papers import certificate_values


@door("/regulator/certificates/{id}", who="officer")
def certificate(page: Page) -> Response:
    """One certificate."""
    return _show(page, {})


@door("/regulator/certificates/{id}", "POST", who="officer")
def revoke(page: Page) -> Response:
    """Revoke it from now on."""
    row = certificate_of(page.reader, page.path("id"))
    try:
        confirm(page)
        with page.write() as w:
            revoke_certificate(w, row["id"], reason=page.field("reason"), article=page.field("article"),
                               act=Act("page", page.field("retry") or None))  # fmt: skip
    except BihuanError as error:
        return _show(page, page.wrong(error), error.status)
    told = page.t(f"证照 {row['number']} 已撤销。", f"Certificate {row['number']} is revoked.")
    return page.go(f"/regulator/certificates/{row['id']}", told=told)


def _show(page: Page, wrong: dict[str, Any], status: int = 200) -> Response:
    row = certificate_of(page.reader, page.path("id"))
    return page.render(
        "regulator/certificate.html", status, **certificate_values(page, row),
        may_revoke=row["revoked_at"] is None and holds(page.principal, "decide", row["line"], row["area"]),
        password=needs_password(page),
        typed={"reason": page.field("reason"), "article": page.field("article")},
        retry=page.field("retry") or new_id(page.house.db.chance, "f"), **({"error": "", "faults": {}} | wrong),
    )  # fmt: skip
