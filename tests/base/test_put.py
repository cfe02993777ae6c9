"""Rows put as tuples are the rows that `insert` and `upsert` write."""

import pytest
import sqlalchemy as sa

from bihuan.base.clock import SeededChance, SetClock
from bihuan.base.db import Db, Open, meta_table, seen_table
from bihuan.base.errors import StoreFault
from bihuan.base.principal import system

WHO, ALL = system("test"), Open("the test reads what it wrote")


@pytest.fixture
def db():
    made = Db(None, SetClock(0), SeededChance(1))
    made.create()
    yield made
    made.close()


def test_put_replaces_what_stands_under_the_same_key(db):
    with db.write(WHO) as w:
        w.put(meta_table, ("key", "value"), [("a", "1"), ("b", "2")])
        w.put(meta_table, ("key", "value"), [("b", "3")], replace=True)
        w.put(meta_table, ("key", "value"), [])
        rows = w.rows(sa.select(meta_table).where(meta_table.c.key.in_(["a", "b"])).order_by(meta_table.c.key), ALL)
    assert [tuple(row.values()) for row in rows] == [("a", "1"), ("b", "3")]


def test_put_of_keys_alone_keeps_the_row_that_is_there(db):
    with db.write(WHO) as w:
        for _ in range(2):
            w.put(seen_table, ("kind", "row", "tag"), [("record", "r1", "public")], replace=True)
        assert w.count(sa.select(seen_table), ALL) == 1


def test_put_without_replace_refuses_a_known_key(db):
    with pytest.raises(sa.exc.IntegrityError), db.write(WHO) as w:
        w.put(meta_table, ("key", "value"), [("format", "9")])


def test_put_refuses_columns_in_another_order_than_the_tables(db):
    with pytest.raises(StoreFault), db.write(WHO) as w:
        w.put(meta_table, ("value", "key"), [("1", "a")])
