"""表单打印: the sheets that an app makes of a subject (lists, boards, cards, plans), as PDF with the packaged Chinese font."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.errors import NotFound, Refused
from bihuan.base.files import file_bytes
from bihuan.base.rules.evaluation import StoreSource, history_of
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.typeset import sheets_pdf
from bihuan.ends.shared.words import when

_PICTURES = {"image/png": "png", "image/jpeg": "jpg"}


@door("/sheets/{subject}/{sheet}", who="person")
def sheet(page: Page) -> Response:
    """One sheet of a subject within scope; hidden, unknown and of another app are the same answer."""
    name, wanted = page.path("subject"), page.path("sheet")
    app = page.house.app_of_subject(name.partition(":")[0])
    if app is None or app.field is None or wanted not in app.sheets:
        raise NotFound
    page.reader.one(sa.select(subject.c.id).where(subject.c.id == name), SUBJECT)
    words, make = app.sheets[wanted]
    made = make(history_of(StoreSource(page.reader, page.house.registry), name, app.field).history)
    if not made:
        raise Refused(
            f"没有可打印的{words.zh}：报告中没有应列入的内容。", f"Nothing to print for “{words.en}”: the report has nothing that belongs there."
        )
    footer = page.t("闭环", "Bihuan") + f" · {when(page.now, page.now, page.lang)} · {page.house.public_url}"
    data = sheets_pdf(
        made, fonts=page.house.static / "bundle" / "fonts", lang=page.lang, footer=footer, picture=lambda file: _picture(page, file)
    )
    return page.file(data, f"{page.say(words)}.pdf", "application/pdf")


def sheets_of(page: Page, name: str) -> list[tuple[str, str]]:
    """Address and title of every sheet of a subject."""
    app = page.house.app_of_subject(name.partition(":")[0])
    return [] if app is None else [(f"/sheets/{name}/{key}", page.say(words)) for key, (words, _) in app.sheets.items()]


def _picture(page: Page, file: str) -> tuple[str, bytes] | None:
    try:
        ref, data = file_bytes(page.reader, file)
    except (NotFound, Refused):
        return None
    kind = _PICTURES.get(ref.media)
    return None if kind is None else (kind, data)
