"""Telling people, and noting that they have read and acknowledged it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bihuan.base.db import Open, Writer, area_tag, party_tag, seen_table
from bihuan.base.errors import Words
from bihuan.base.notify.model import message_table, person_tag
from bihuan.base.notify.queries import message_of
from bihuan.base.notify.words import WORDS
from bihuan.base.outbox import Entry, mark_done, pending

_M = message_table.c
_ANY = Open("the system's own look for a message made before, and for the tags of what it is about")
_LINKS = {"case": "/cases/", "application": "/applications/", "certificate": "/certificates/", "visit": "/visits/"}


def tell(
    w: Writer,
    words: Words,
    link: str,
    *,
    person: str | None = None,
    party: str | None = None,
    area: str | None = None,
    line: str | None = None,
    about: tuple[str, str] | None = None,
    source: str | None = None,
) -> str:
    """Put a message before a person, a party, or the officers of an area and line. Its id.

    `about` is the (kind, id) of the thing: a message to a person is shown only while that person may see the thing.
    The same `source` twice is one message.
    """
    if source is not None:
        before = w.scalar(sa.select(_M.id).where(_M.source == source), _ANY)
        if before is not None:
            return str(before)
    message = w.new_id("msg")
    row: dict[str, Any] = {
        "id": message, "source": source, "person": person, "party": party, "area": area, "line": line,
        "zh": words.zh, "en": words.en, "link": link, "created": w.now,
    }  # fmt: skip
    w.insert(message_table, row)
    if person is not None:
        w.tag("message", message, _tags_of(w, about) if about else {person_tag(person)})
    elif party is not None:
        w.tag("message", message, {party_tag(party)})
    elif area is not None and line is not None:
        w.tag("message", message, {area_tag(line, area)})
    else:
        raise ValueError("a message needs a person, a party, or an area and a line")
    return message


def deliver(w: Writer, limit: int = 200) -> int:
    """Make messages of the outbox entries that wait; run twice or by two, each entry is one message. How many."""
    entries = pending(w, w.now, kinds=tuple(WORDS), limit=limit)
    for entry in entries:
        _deliver(w, entry)
        mark_done(w, entry.id)
    return len(entries)


def mark_read(w: Writer, message: str) -> None:
    """Note that a message was read; the first time counts."""
    message_of(w, message)
    w.write(sa.update(message_table).where(_M.id == message, _M.read_at.is_(None)).values(read_at=w.now))


def acknowledge(w: Writer, message: str) -> None:
    """Note that somebody takes a message upon themselves; the first one counts."""
    message_of(w, message)
    statement = sa.update(message_table).where(_M.id == message, _M.acknowledged_at.is_(None))
    w.write(statement.values(acknowledged_at=w.now, acknowledged_by=w.principal.id))
    w.write(sa.update(message_table).where(_M.id == message, _M.read_at.is_(None)).values(read_at=w.now))


def _deliver(w: Writer, entry: Entry) -> None:
    kind, thing = entry.payload["about"]
    number = str(entry.payload["number"])
    words = Words(*(text.format(number=number) for text in WORDS[entry.kind]))
    tell(
        w, words, _LINKS[kind] + thing, person=entry.person, party=entry.party, area=entry.payload["area"],
        line=entry.payload["line"], about=(kind, thing), source=entry.id,
    )  # fmt: skip


def _tags_of(w: Writer, about: tuple[str, str]) -> set[str]:
    c = seen_table.c
    rows = w.rows(sa.select(c.tag).where(c.kind == about[0], c.row == about[1]), _ANY)
    return {row["tag"] for row in rows}
