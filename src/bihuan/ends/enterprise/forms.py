"""What every form page of this end needs: its retry key, its refusal, and files kept across a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bihuan.base.clock import new_id
from bihuan.base.errors import BihuanError
from bihuan.base.files import FileRef, file_refs, store_file
from bihuan.ends.shared.page import Page

NO_ERROR: dict[str, Any] = {"error": "", "faults": {}}
"""What a form shows when nothing was refused."""


def retry_key(page: Page) -> str:
    """The key of a form: the one it was sent with, else a new one."""
    sent = page.field("retry")
    return sent if sent.startswith("f-") and len(sent) < 60 else new_id(page.house.db.chance, "f")


def shown(page: Page, error: BihuanError | None) -> dict[str, Any]:
    """The sentence on top and the faults by field, or nothing."""
    return NO_ERROR if error is None else page.wrong(error)


def take_files(page: Page, names: Iterable[str], personal: Iterable[str] = ()) -> dict[str, list[FileRef]]:
    """Files by field: those kept when the form was sent before (ids under the same name), and new ones.

    Those under a name in `personal` show people and get a key of their own. They are kept at once, so that a refusal of the form never loses a photo.
    """
    found: dict[str, list[FileRef]] = {}
    people = set(personal)
    for name in names:
        kept = [value for value in page.form.getlist(name) if isinstance(value, str) and value.startswith("file-")]
        files = file_refs(page.reader, kept)
        for file_name, data in page.uploads(name):
            with page.write() as w:
                files.append(store_file(w, data, file_name, personal=name in people))
        found[name] = files
    return found
