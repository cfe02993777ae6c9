"""Photos and papers, served so that they can do no harm."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.files import file_bytes, file_ref, serving_headers
from bihuan.base.identity import log_access
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door


@door("/files/{file}", who="person")
def attachment(page: Page) -> Response:
    """One attachment within scope; a hidden one and an unknown one are the same answer. A look at people is logged first."""
    file = page.path("file")
    if not file_ref(page.reader, file).sealed:
        ref, data = file_bytes(page.reader, file)
        return Response(data, headers=serving_headers(ref))
    with page.write() as w:
        ref, data = file_bytes(w, file)
        log_access(w, w.principal, "file", ref.id, "shown", address_of(page))
    return Response(data, headers=serving_headers(ref))
