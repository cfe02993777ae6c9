"""The records that show something: in full within scope, else only that they are committed to, and by whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Open
from bihuan.base.errors import Words
from bihuan.base.records import RECORD, fact, record
from bihuan.ends.shared.page import Page

BEYOND_SCOPE = "of a witness record beyond scope only its ledger id and its holder are shown: whom to ask"
_COMMITMENT = Open(BEYOND_SCOPE)
_TITLES = Open("which declared types are in a record that was just found within scope")
_RECORD_WORDS = Words("记录", "Record")


@dataclass(frozen=True, slots=True)
class Witness:
    """One record that shows a verdict or a finding; without `shown` only `ref` and `party` are told."""

    id: str
    ref: str
    party: str
    shown: bool
    titles: Words = _RECORD_WORDS
    time: int | None = None
    received: int | None = None
    superseded: bool = False


def witnesses(page: Page, ids: Iterable[str]) -> dict[str, Witness]:
    """The named records (by record id or ledger id), by the name given; unknown ones are left out."""
    wanted = sorted(set(ids))
    found: dict[str, Witness] = {}
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        query = sa.select(record).where(sa.or_(record.c.id.in_(part), record.c.ref.in_(part)))
        rows = page.reader.rows(query, RECORD)
        titles = titles_of(page, [row["seq"] for row in rows])
        for row in rows:
            seen = Witness(
                row["id"], row["ref"], row["party"], True, titles.get(row["seq"], _RECORD_WORDS), row["time"],
                row["received"], row["superseded_by"] is not None,
            )  # fmt: skip
            found |= {name: seen for name in (row["id"], row["ref"]) if name in part}
        hidden = [name for name in part if name not in found]
        if hidden:
            query = sa.select(record.c.id, record.c.ref, record.c.party)
            query = query.where(sa.or_(record.c.id.in_(hidden), record.c.ref.in_(hidden)))
            for row in page.reader.rows(query, _COMMITMENT):
                beyond = Witness("", row["ref"], row["party"], False)
                found |= {name: beyond for name in (row["id"], row["ref"]) if name in hidden}
    return found


def titles_of(page: Page, seqs: Sequence[int]) -> dict[int, Words]:
    """What each of these entries states, by its number: the titles of the declared types read out of it."""
    query = sa.select(fact.c.seq, fact.c.type).where(fact.c.seq.in_(seqs)).order_by(fact.c.seq, fact.c.n)
    types = page.house.registry.types
    said: dict[int, dict[Words, None]] = {}
    for row in page.reader.rows(query, _TITLES):
        if row["type"] in types:
            said.setdefault(row["seq"], {})[types[row["type"]].titles] = None
    return {seq: Words("、".join(w.zh for w in words), ", ".join(w.en for w in words)) for seq, words in said.items()}


def ledger_ids(page: Page, stated: str | list[str]) -> list[str]:
    """Ledger ids of the records that a document rests on; a record's own id where the ledger's is not known."""
    ids: list[str] = json.loads(stated) if isinstance(stated, str) else stated
    seen = witnesses(page, ids)
    return [seen[name].ref if name in seen else name for name in ids]
