"""How a subject stands by its verdicts: the same words on list, filter, map and file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import sqlalchemy as sa

from bihuan.base.errors import Words
from bihuan.base.rules.subjects import subject

Standing = Literal["violated", "undecided", "satisfied"]
STANDINGS: dict[Standing, Words] = {
    "violated": Words("有违反", "Violated"),
    "undecided": Words("有未决、无违反", "Undecided, none violated"),
    "satisfied": Words("全部合规", "All satisfied"),
}
COLOURS: dict[Standing, str] = {"violated": "red", "undecided": "yellow", "satisfied": "green"}
_S = subject.c


def standing(row: Mapping[Any, Any]) -> Standing:
    """The worst that is said of a subject; of which no rule has spoken, as its own page says, nothing is decided."""
    if row["violated"]:
        return "violated"
    return "satisfied" if row["satisfied"] and not row["undecided"] else "undecided"


def stands(asked: str) -> sa.ColumnElement[bool] | None:
    """The same as a condition on subjects, so that the figures of map and list add up; None: no such word."""
    return {
        "violated": _S.violated > 0,
        "undecided": sa.and_(_S.violated == 0, sa.or_(_S.undecided > 0, _S.satisfied == 0)),
        "satisfied": sa.and_(_S.violated == 0, _S.undecided == 0, _S.satisfied > 0),
    }.get(asked)
