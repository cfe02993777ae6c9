"""The table of in-page messages."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Scoped, big, metadata
from bihuan.base.errors import Words

message_table = sa.Table(
    "message",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, unique=True),
    sa.Column("person", sa.Text),
    sa.Column("party", sa.Text),
    sa.Column("area", sa.Text),
    sa.Column("line", sa.Text),
    sa.Column("zh", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("created", big, nullable=False),
    sa.Column("read_at", big),
    sa.Column("acknowledged_at", big),
    sa.Column("acknowledged_by", sa.Text),
    sa.Index("message_by_time", "created"),
    sa.Index("message_by_person", "person", "created"),
)
"""`source` is the outbox entry a message was made from: delivered twice, it is one message. To a person, to a party, or
else to whoever supervises the area and line."""
MESSAGE = Scoped("message", message_table.c.id)


def person_tag(person: str) -> str:
    """The tag of a message that is about nothing in particular, hence the person's own."""
    return f"person:{person}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `link` is the path of the thing."""

    id: str
    words: Words
    link: str
    created: int
    read_at: int | None
    acknowledged_at: int | None
