"""Reading one's messages."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, seen_table, visible
from bihuan.base.errors import NotFound, Words
from bihuan.base.notify.model import MESSAGE, Message, message_table, person_tag

_M = message_table.c
_MINE = Open("messages to the reader in person about what they may see today, and to their party or scope")


def inbox(reader: Reader, limit: int = 50, *, only_unread: bool = False) -> list[Message]:
    """The reader's messages, newest first."""
    query = sa.select(message_table).where(_mine(reader)).order_by(_M.created.desc(), _M.id).limit(limit)
    if only_unread:
        query = query.where(_M.read_at.is_(None))
    return [_message(row) for row in reader.rows(query, _MINE)]


def unread(reader: Reader) -> int:
    """How many of the reader's messages nobody has read."""
    return reader.count(sa.select(_M.id).where(_mine(reader), _M.read_at.is_(None)), _MINE)


def message_of(reader: Reader, message: str) -> Message:
    """One of the reader's messages; NotFound when it is another's."""
    row = reader.first(sa.select(message_table).where(_M.id == message, _mine(reader)), _MINE)
    if row is None:
        raise NotFound
    return _message(row)


def _mine(reader: Reader) -> sa.ColumnElement[bool]:
    person, within = reader.principal.person, visible(reader.principal, MESSAGE)
    if person is None:
        return sa.and_(_M.person.is_(None), within)
    # A message that is about nothing in particular has no scope but the person's own.
    seen = seen_table.c
    own = sa.exists().where(seen.kind == MESSAGE.kind, seen.row == _M.id, seen.tag == person_tag(person))
    return sa.and_(sa.or_(_M.person.is_(None), _M.person == person), sa.or_(within, own))


def _message(row: RowMapping) -> Message:
    return Message(
        row["id"], Words(row["zh"], row["en"]), row["link"], row["created"], row["read_at"], row["acknowledged_at"]
    )
