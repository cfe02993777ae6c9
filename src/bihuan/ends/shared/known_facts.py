"""The facts of a subject that a reader may be told something by: all of a subject in scope, else their own records'."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.records import RECORD, record
from bihuan.base.rules.evaluation import StoreSource
from bihuan.base.rules.history import Source
from bihuan.base.rules.model import Fact
from bihuan.base.rules.subjects import SUBJECT
from bihuan.base.rules.subjects import subject as subject_table
from bihuan.ends.shared.page import Page


@dataclass(frozen=True, slots=True)
class _WithinScope:
    """Facts by key, cut to those that records within scope state."""

    page: Page
    source: StoreSource

    def facts(self, keys: Iterable[str]) -> Iterable[Fact]:
        """The standing facts under any of these keys, as far as the reader may see their records."""
        found = list(self.source.facts(keys))
        refs = {self.source.refs[fact.id] for fact in found}
        query = sa.select(record.c.ref).where(record.c.ref.in_(sorted(refs)))
        seen = {row["ref"] for row in self.page.reader.rows(query, RECORD)}
        return [fact for fact in found if self.source.refs[fact.id] in seen]


def known_facts(page: Page, subject: str) -> Source:
    """Where to take a subject's history from: who may see the subject may see its loop, others only their own part.

    Without this, typing somebody else's container number would tell its vehicle and driver.
    """
    source = StoreSource(page.reader, page.house.registry)
    in_scope = page.reader.first(sa.select(subject_table.c.id).where(subject_table.c.id == subject), SUBJECT)
    return source if in_scope is not None else _WithinScope(page, source)
