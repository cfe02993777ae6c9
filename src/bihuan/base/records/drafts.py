"""草稿: what a person has begun to fill in and not yet sent; theirs alone, for the organisation they act for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Scoped, Writer, big, metadata, party_tag
from bihuan.base.errors import Forbidden, NotFound, TooLarge

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("updated", big, nullable=False),
    sa.Index("draft_of_person", "person", "party", "updated"),
)
"""values: JSON object of form names and texts; party: empty for a person who acts for no organisation."""

DRAFT = Scoped("draft", draft.c.id)
_OWN = Open("a person without an organisation is given only the drafts under their own id")
LARGEST = 200_000
"""Characters of one draft."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft; `updated` is int us."""

    id: str
    type: str
    values: dict[str, str]
    updated: int


def save_draft(w: Writer, type_name: str, values: Mapping[str, str], *, draft_id: str | None = None) -> str:
    """Keep what was typed so far (form names) and give its id; with an id that draft is replaced.

    NotFound for another person's draft; TooLarge over 200,000 characters.
    """
    me, party = _me(w)
    text = msgspec.json.encode({name: value for name, value in values.items() if value}).decode()
    if len(text) > LARGEST:
        raise TooLarge("草稿内容过多，请分几次登记。", "The draft is too long; enter it in several steps.")
    if draft_id is not None:
        one_draft(w, draft_id)
        w.write(sa.update(draft).where(draft.c.id == draft_id).values({"values": text, "updated": w.now}))
        return draft_id
    new = w.new_id("dra")
    w.insert(draft, {"id": new, "person": me, "party": party, "type": type_name, "values": text, "updated": w.now})
    w.tag("draft", new, [party_tag(party)] if party else [])
    return new


def drafts_of(reader: Reader, type_name: str | None = None, *, limit: int = 100) -> list[Draft]:
    """The reader's own drafts for the organisation acted for, last changed first."""
    query = sa.select(draft).order_by(draft.c.updated.desc(), draft.c.id).limit(limit)
    return _read(reader, query if type_name is None else query.where(draft.c.type == type_name))


def one_draft(reader: Reader, draft_id: str) -> Draft:
    """One of the reader's own drafts; NotFound for any other."""
    found = _read(reader, sa.select(draft).where(draft.c.id == draft_id))
    if not found:
        raise NotFound
    return found[0]


def drop_draft(w: Writer, draft_id: str) -> None:
    """Throw a draft away, because it was sent or given up; NotFound for another's."""
    one_draft(w, draft_id)
    w.write(sa.delete(draft).where(draft.c.id == draft_id))


def _read(reader: Reader, query: sa.Select[Any]) -> list[Draft]:
    me, party = _me(reader)
    rows: Sequence[Any] = reader.rows(
        query.where(draft.c.person == me, draft.c.party == party), DRAFT if party else _OWN
    )
    decode = msgspec.json.decode
    return [Draft(row["id"], row["type"], decode(row["values"], type=dict[str, str]), row["updated"]) for row in rows]


def _me(reader: Reader) -> tuple[str, str]:
    principal = reader.principal
    if principal.kind == "public":
        raise Forbidden("请先登录，再保存草稿。", "Log in to keep a draft.")
    return principal.person or principal.id, principal.party or ""
