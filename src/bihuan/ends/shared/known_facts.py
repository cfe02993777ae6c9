"""The facts of a subject that a reader may be told something by: all of a subject in scope, else their own records'."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.rules.evaluation import StoreSource
from bihuan.base.rules.history import Source
from bihuan.base.rules.subjects import SUBJECT
from bihuan.base.rules.subjects import subject as subject_table
from bihuan.base.rules.suppose import WithinScope
from bihuan.ends.shared.page import Page


def known_facts(page: Page, subject: str) -> Source:
    """Where to take a subject's history from: who may see the subject may see its loop, others only their own part.

    Without this, typing somebody else's container number would tell its vehicle and driver.
    """
    source = StoreSource(page.reader, page.house.registry)
    in_scope = page.reader.first(sa.select(subject_table.c.id).where(subject_table.c.id == subject), SUBJECT)
    return source if in_scope is not None else WithinScope(source)
