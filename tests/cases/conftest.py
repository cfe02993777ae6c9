"""A store in memory with the clock set to a Thursday noon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bihuan.base.cases import APP, TYPES
from bihuan.base.clock import SeededChance, SetClock
from bihuan.base.db import Db
from bihuan.base.declare import compiled
from bihuan.base.ledger import begin
from bihuan.base.records import typed_table

from .pudong import NOON, SYSTEM, City


@pytest.fixture
def city() -> Iterator[City]:
    clock = SetClock(NOON)
    db = Db(None, clock, SeededChance(7))
    for cls in TYPES:
        typed_table(compiled(cls, APP))
    db.create()
    with db.write(SYSTEM) as w:
        begin(w, "test/city")
    yield City(db, clock)
    db.close()
