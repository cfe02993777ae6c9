"""How a record names a file: its id and the hash of what is kept, so that the leaf commits to the content too."""

from __future__ import annotations

import re
from typing import NamedTuple

from bihuan.base.files.model import FileRef

_OURS = re.compile(r"file-[0-9a-z]{16}(?:#.*)?")
_NAMED = re.compile(r"(?P<id>[^#]*)(?:#sha256[:=](?P<sha256>[0-9a-f]{64}))?")
_WITHIN = re.compile(rb"file-[0-9a-z]{16}(?![0-9a-z])")


class Named(NamedTuple):
    """A file as a record names it; `sha256` (hex) is None in records from before hashes were kept."""

    id: str
    sha256: str | None


def named(ref: FileRef) -> str:
    """The text that stands in a record: `file-4q8z…#sha256:<64 hex>`."""
    return f"{ref.id}#sha256:{ref.sha256}"


def kept_here(text: str) -> bool:
    """Whether a text names a file of this system; any other names something kept elsewhere, e.g. a number on paper."""
    return _OURS.fullmatch(text) is not None


def read_named(text: str) -> Named | None:
    """The id and hash in a record's text (acts on cases write `=` for `:`); None when the hash is malformed."""
    found = _NAMED.fullmatch(text)
    return None if found is None else Named(found["id"], found["sha256"])


def files_within(payload: bytes) -> list[str]:
    """The ids of files kept here that stand anywhere in a record's bytes."""
    return sorted({found.decode() for found in _WITHIN.findall(payload)})
