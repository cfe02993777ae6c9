"""Sheets as PDF: the data of a page to the setter's own process, with the packaged Chinese font."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from bihuan.base.errors import Refused, Words
from bihuan.base.panels import Sheet

SECONDS = 60
_CHILD = files("bihuan.standalone").joinpath("typeset.py")
_TEMPLATE = files("bihuan.ends").joinpath("typeset", "sheet.typ")
Picture = Callable[[str], tuple[str, bytes] | None]
"""A file as a record names it → its kind (`png`, `jpg`) and bytes; None when it can't be shown."""


def sheets_pdf(sheets: Sequence[Sheet], *, fonts: Path, lang: str, footer: str, picture: Picture) -> bytes:
    """The sheets one after another as PDF; Refused when they can't be set, with what to do."""
    with TemporaryDirectory(prefix="bihuan-sheet-") as made:
        folder = Path(made)
        shown = [_data(sheet, lang, folder, picture) for sheet in sheets]
        folder.joinpath("data.json").write_bytes(msgspec.json.encode({"lang": lang, "footer": footer, "sheets": shown}))
        folder.joinpath("main.typ").write_text(_TEMPLATE.read_text("utf-8"), encoding="utf-8")
        command = [sys.executable, "-I", str(_CHILD), str(folder), str(fonts)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env={}, cwd=folder)
        except subprocess.TimeoutExpired as late:
            raise _not_set() from late
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise _not_set()
    return done.stdout


def _data(sheet: Sheet, lang: str, folder: Path, picture: Picture) -> dict[str, Any]:
    found = picture(sheet.plan) if sheet.plan else None
    name = ""
    if found is not None:
        name = f"plan-{len(list(folder.iterdir()))}.{found[0]}"
        folder.joinpath(name).write_bytes(found[1])

    def said(words: Words) -> str:
        return words.of(lang)

    return {
        "title": said(sheet.title), "subtitle": said(sheet.subtitle), "wide": sheet.wide, "large": sheet.large,
        "colour": sheet.colour, "facts": [(said(name), said(value)) for name, value in sheet.facts],
        "drawn": bool(sheet.marks or name), "picture": name,
        "marks": [{"x": float(m.x), "y": float(m.y), "label": m.label, "colour": m.colour} for m in sheet.marks],
        "tables": [
            {"heads": [said(head) for head in each.heads], "widths": each.widths, "colours": each.colours,
             "rows": [[said(cell) for cell in row] for row in each.rows]}
            for each in sheet.tables
        ],
        "notes": [said(note) for note in sheet.notes],
    }  # fmt: skip


def _not_set() -> Refused:
    return Refused(
        "这张表排版未成：平面图可能损坏或过大，请换一张 JPEG 或 PNG 图后再打印。",
        "This sheet could not be set: the plan may be damaged or too large; hand in another JPEG or PNG and print again.",
    )
