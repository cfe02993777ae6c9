"""Photos and papers, served so that they can do no harm."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.files import file_bytes, serving_headers
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door


@door("/files/{file}", who="person")
def attachment(page: Page) -> Response:
    """One attachment within scope; a hidden one and an unknown one are the same answer."""
    ref, data = file_bytes(page.reader, page.path("file"))
    return Response(data, headers=serving_headers(ref))
