"""The tables of attachments: one row a file as handed in, one blob for each content."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata


class Media(StrEnum):
    """The kinds of content that are taken."""

    jpeg = "image/jpeg"
    png = "image/png"
    pdf = "application/pdf"
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    csv = "text/csv"


blob_table = sa.Table(
    "blob",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("erased", big),
)
"""sha256: of `data` as it was kept; of a photo of people that is its encrypted form. erased: when data was emptied, int us."""

blob_key = sa.Table(
    "blob_key",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
)
"""The one key of a photo of people; zeros once it is erased. The row stays: what was erased cannot come back."""

file_table = sa.Table(
    "file",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blob.sha256"), nullable=False),
    sa.Column("size", big, nullable=False),
    sa.Column("media", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Index("file_by_content", "sha256"),
)
FILE = Scoped("file", file_table.c.id)


@dataclass(frozen=True, slots=True)
class FileRef:
    """A kept attachment: `sha256` (hex) and `size` (bytes) are of the cleaned content that is kept and served."""

    id: str
    sha256: str
    size: int
    media: Media
    name: str = ""
    sealed: bool = False
    """Shows people: encrypted under its own key; `sha256` is then that of the encrypted bytes."""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class FileErased:
    """Event: the content of a file can no longer be read by anybody; its hash in the ledger stands."""

    file: str
    sha256: str
    at: int
