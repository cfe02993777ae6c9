"""Which areas a container or lot concerns: all of them, not only the one where it is now."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from bihuan.base.db import area_tag, seen_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.ends.shared import Page

_MANY = 500


def areas_concerned(page: Page, line: str, subjects: Iterable[str]) -> dict[str, list[str]]:
    """The area codes under a line by subject, sorted; only of subjects that the officer may see."""
    wanted, prefix = sorted(set(subjects)), area_tag(line, "")
    tagged, s = seen_table.alias("tagged"), subject.c
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for start in range(0, len(wanted), _MANY):
        query = (
            sa.select(s.id, tagged.c.tag)
            .join(tagged, sa.and_(tagged.c.kind == SUBJECT.kind, tagged.c.row == s.id))
            .where(s.id.in_(wanted[start : start + _MANY]), tagged.c.tag.startswith(prefix, autoescape=True))
            .order_by(tagged.c.tag)
        )
        for row in page.reader.rows(query, SUBJECT):
            found[row["id"]].append(row["tag"].removeprefix(prefix))
    return found
