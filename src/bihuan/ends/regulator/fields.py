"""What forms of the regulator end send: deadlines in civil time, lines of text, photos and papers, the password."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from bihuan.base.clock import HOUR, parse_instant
from bihuan.base.db import Open
from bihuan.base.errors import Fault, Invalid, StepUpNeeded, Words
from bihuan.base.files import cleaned, sniffed, store_file
from bihuan.base.files.model import file_table
from bihuan.ends.shared import Page
from bihuan.ends.shared.asking import PASSWORD, confirm_here

SAME_PHOTO = HOUR
"""The same person sending the same content within this time means the same file: a double click is one act."""
_OWN = Open("what the sender handed in themselves a moment ago")


def instant_of(page: Page, name: str, words: Words, *, required: bool = False) -> int | None:
    """A time field (civil time, +08:00) as int us; None when empty and not required. Invalid names the field."""
    text = page.require(name, words.zh, words.en) if required else page.field(name)
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError as wrong:
        said = Words(
            f"“{words.zh}”不是时间；请写成 2020-12-10 14:20。", f"“{words.en}” is no time; write 2020-12-10 14:20."
        )
        raise Invalid(*said, faults=[Fault(name, "instant", said)]) from wrong


def required_instant(page: Page, name: str, words: Words) -> int:
    """A time field that must be filled."""
    found = instant_of(page, name, words, required=True)
    assert found is not None
    return found


def lines_of(page: Page, name: str) -> list[str]:
    """A text area as its lines, trimmed, empty ones left out."""
    return [line for text in page.field(name).splitlines() if (line := text.strip())]


def taken_files(page: Page, name: str) -> list[str]:
    """File ids of what was sent now under `name` and of what an earlier, refused sending of this form had left.

    Files are kept in a transaction of their own, so that a refusal of the act does not lose them.
    """
    kept = [value for key, value in page.form.multi_items() if key == f"{name}_kept" and isinstance(value, str)]
    sent = page.uploads(name)
    if not sent:
        return kept
    with page.write() as w:
        for file_name, data in sent:
            media = sniffed(data)
            digest = "" if media is None else hashlib.sha256(cleaned(data, media)).hexdigest()
            c = file_table.c
            query = sa.select(c.id).where(
                c.sha256 == digest, c.by == page.principal.id, c.created >= w.now - SAME_PHOTO
            )  # fmt: skip
            same = w.scalar(query.order_by(c.created), _OWN) if media is not None else None
            kept.append(str(same) if same is not None else store_file(w, data, file_name).id)
    return list(dict.fromkeys(kept))


def confirm(page: Page) -> None:
    """Closing, deciding, issuing, revoking ask for the password: taken from the same form, so that nothing is lost."""
    try:
        confirm_here(page)
    except StepUpNeeded as missing:
        raise Invalid(*missing.words, faults=[Fault(PASSWORD, "required", missing.words)]) from missing
