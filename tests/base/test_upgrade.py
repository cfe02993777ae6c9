"""A store meets a newer program: what is added is added, what is not is refused by name, a killed step begins again."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pysqlite3
import pytest
import sqlalchemy as sa

from bihuan.base.clock import SeededChance, SetClock
from bihuan.base.db import Db, Open, metadata
from bihuan.base.declare import Choice, Record, says
from bihuan.base.errors import StoreFault, Words
from bihuan.base.ledger import begin
from bihuan.base.migrations import STEPS, FieldShape, Step, changes, differing
from bihuan.base.principal import system
from bihuan.base.records import Registry, derive, keep, record, shapes_of, typed_table

APP = "upgraded"
MAKER = system("test")
ROWS = Open("test")
START = 1_606_000_000_000_000


class Kind1(Choice):
    a = "a", "甲", "A"


class Kind2(Choice):
    a = "a", "甲", "A"
    b = "b", "乙", "B"


def first() -> type[Record]:
    class Measured(Record):
        titles: ClassVar[Words] = Words("测量", "Measured")
        well: Annotated[str, says("井", "Well", role="subject", key="well")]
        level: Annotated[Decimal, says("水位", "Level", unit="m", places=2)]
        how: Annotated[Kind1, says("方式", "How")] = Kind1.a

    return Measured


def second() -> type[Record]:
    class Measured(Record):
        titles: ClassVar[Words] = Words("测量", "Measured")
        well: Annotated[str, says("井", "Well", role="subject", key="well")]
        level: Annotated[Decimal, says("水位", "Level", unit="m", places=2)]
        how: Annotated[Kind2, says("方式", "How")] = Kind2.a
        loss: Annotated[Decimal, says("损失", "Loss", unit="kg", places=3)] = Decimal("1.5")
        note: Annotated[str | None, says("备注", "Note")] = None

    return Measured


def renamed() -> type[Record]:
    class Measured(Record):
        titles: ClassVar[Words] = Words("测量", "Measured")
        well: Annotated[str, says("井", "Well", role="subject", key="well")]
        depth: Annotated[Decimal, says("水位", "Level", unit="m", places=2)]
        how: Annotated[Kind1, says("方式", "How")] = Kind1.a

        @classmethod
        def earlier(cls, values: dict[str, Any]) -> dict[str, Any]:
            return {"depth": values.pop("level"), **values} if "level" in values else values

    return Measured


def registry_of(cls: type[Record]) -> Registry:
    """A registry of one type, whose table in the shared metadata is made anew."""
    registry = Registry()
    registry.add(APP, "line", [cls])
    for spec in registry.types.values():
        if spec.table in metadata.tables:
            metadata.remove(metadata.tables[spec.table])
        typed_table(spec)
    return registry


@pytest.fixture(autouse=True)
def _leave_no_table() -> Any:
    yield
    table = metadata.tables.get("upgraded_measured")
    if table is not None:
        metadata.remove(table)


def opened(folder: Path, registry: Registry, steps: tuple[Step, ...] = STEPS) -> tuple[Db, list[str]]:
    db = Db(folder / "bihuan.db", SetClock(START), SeededChance(len(registry.types["upgraded.Measured"].fields) if "upgraded.Measured" in registry.types else 1))
    try:
        return db, db.create(shapes_of(registry), steps)
    except BaseException:
        db.close()
        raise


def a_store(folder: Path) -> None:
    registry = registry_of(first())
    db, _ = opened(folder, registry)
    with db.write(MAKER) as w:
        begin(w, "test/store")
        keep(w, registry.types["upgraded.Measured"].cls(well="w1", level=Decimal("3.20")), app=APP, door="test")
    with db.write(MAKER) as w:
        derive(w, registry, 0)
    db.close()


def rows_of(db: Db, registry: Registry) -> list[dict[str, Any]]:
    table = metadata.tables[registry.types["upgraded.Measured"].table]
    return [dict(row) for row in db.reader(MAKER).rows(sa.select(table).order_by(table.c.seq), ROWS)]


def test_what_is_new_and_optional_is_added_and_old_rows_hold_its_default(tmp_path: Path) -> None:
    a_store(tmp_path)
    registry = registry_of(second())
    db, done = opened(tmp_path, registry)
    assert {line for line in done if "Measured" in line} == {
        "upgraded.Measured.how: has the new choice b", "upgraded.Measured.loss: is new and optional",
        "upgraded.Measured.note: is new and optional",
    }  # fmt: skip
    before = rows_of(db, registry)
    assert before == [{"seq": 0, "n": 0, "well": "w1", "level": 320, "how": "a", "loss": 1500, "note": None}]
    cls = registry.types["upgraded.Measured"].cls
    with db.write(MAKER) as w:
        keep(w, cls(well="w2", level=Decimal(1), how=Kind2.b, loss=Decimal(0), note="n"), app=APP, door="test")
    with db.write(MAKER) as w:
        derive(w, registry, 0)  # all of it anew: the old record by the old bytes, the same row as before
    assert rows_of(db, registry)[:1] == before and rows_of(db, registry)[1]["loss"] == 0
    assert len(db.reader(MAKER).rows(sa.select(metadata.tables["declared"]).where(sa.text("type = 'upgraded.Measured'")), ROWS)) == 2
    db.close()
    assert opened(tmp_path, registry)[1] == []


def test_a_renamed_field_is_refused_by_name_and_a_step_with_earlier_mends_it(tmp_path: Path) -> None:
    a_store(tmp_path)
    registry = registry_of(renamed())
    with pytest.raises(StoreFault) as refused:
        opened(tmp_path, registry)
    told = str(refused.value)
    assert "type upgraded.Measured, field level is now called “depth”" in told
    assert "write step 3 in bihuan/base/migrations/steps.py" in told
    assert "类型 upgraded.Measured 的字段 level 改名为“depth”" in refused.value.words.zh
    again = registry_of(first())
    db, done = opened(tmp_path, again)  # nothing was changed by the refusal
    assert done == [] and rows_of(db, again)[0]["level"] == 320
    db.close()
    registry = registry_of(renamed())
    db, done = opened(tmp_path, registry, (*STEPS, Step(2, "level is called depth", types=("upgraded.Measured",), owner=APP)))
    assert "upgraded.Measured: derived anew" in done
    with db.write(MAKER) as w:
        derive(w, registry, 0)
    assert rows_of(db, registry) == [{"seq": 0, "n": 0, "well": "w1", "depth": 320, "how": "a"}]
    db.close()


def test_a_type_with_records_that_is_no_longer_declared_is_refused(tmp_path: Path) -> None:
    a_store(tmp_path)

    class Other(Record):
        at: Annotated[str, says("地", "At")]

    registry = Registry()
    registry.add(APP, "line", [Other])
    typed_table(registry.types["upgraded.Other"])
    try:
        with pytest.raises(StoreFault, match=r"type upgraded\.Measured is no longer declared"):
            opened(tmp_path, registry)
    finally:
        metadata.remove(metadata.tables["upgraded_other"])


FIELD = FieldShape("f", "decimal", unit="mg/L", places=1)


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (FieldShape("f", "text"), "was decimal and is now text"),
        (FieldShape("f", "decimal", unit="g/L", places=1), "was in “mg/L” and is now in “g/L”"),
        (FieldShape("f", "decimal", unit="mg/L", places=2), "had 1 decimal places and now has 2"),
        (FieldShape("f", "decimal", required=True, unit="mg/L", places=1), "was optional and is now required"),
        (FieldShape("f", "decimal", unit="mg/L", places=1, personal=True), "is marked otherwise as personal data"),
    ],
)
def test_each_way_to_retype_a_field_is_named(new: FieldShape, said: str) -> None:
    [change] = changes([FIELD], [new])
    assert (change.additive, change.what.en, change.field) == (False, said, "f")


def test_a_lost_choice_a_lost_field_and_a_new_required_one_are_refused_also_in_lines() -> None:
    old = [FieldShape("lines", "parts", parts=(FieldShape("c", "choice", choices=("x", "y")), FIELD))]
    new = [FieldShape("lines", "parts", parts=(FieldShape("c", "choice", choices=("x",)), FieldShape("g", "text", required=True)))]
    found = {(c.field, c.what.en, c.additive) for c in changes(old, new)}
    assert found == {
        ("lines.c", "has no choice y any more", False), ("lines.f", "is no longer declared", False),
        ("lines.g", "is new and required, and older records lack it", False),
    }  # fmt: skip
    [inner] = changes(old, [FieldShape("lines", "parts", parts=(*old[0].parts, FieldShape("h", "text")))])
    assert inner.additive and not inner.columns  # lists stand whole in one column: rows are derived anew


def test_new_choices_of_an_events_type_have_all_rows_derived_anew(tmp_path: Path) -> None:
    a_store(tmp_path)
    registry = registry_of(second())
    shapes = [replace(shape, from_events=True) for shape in shapes_of(registry)]
    db = Db(tmp_path / "bihuan.db", SetClock(START), SeededChance(1))
    with db.write(MAKER) as w:
        w.upsert(metadata.tables["meta"], {"key": "cursor.rows", "value": "1"})
    db.create(shapes)
    found = db.reader(MAKER).scalar(sa.text("SELECT value FROM meta WHERE key = 'cursor.rows'").columns(sa.column("value")).subquery().select(), ROWS)
    db.close()
    assert found == "0"


# The base's own tables ---------------------------------------------------------------------------------------------


def altered(folder: Path, *statements: str) -> None:
    raw = pysqlite3.connect(str(folder / "bihuan.db"), isolation_level=None)
    for text in statements:
        raw.execute(text)
    raw.close()


def test_a_column_an_index_and_a_table_that_an_older_program_had_not_are_added(tmp_path: Path) -> None:
    a_store(tmp_path)
    altered(
        tmp_path, "DROP TABLE retry", "DROP INDEX record_by_time", "ALTER TABLE record DROP COLUMN superseded_by",
        "DROP INDEX seen_by_tag", "CREATE INDEX seen_by_tag ON seen (tag)",
    )  # fmt: skip
    db, done = opened(tmp_path, registry_of(first()))
    assert set(done) == {
        "retry is a new table", "record record_by_time is a new or changed index", "record superseded_by is a new column",
        "seen seen_by_tag is a new or changed index",
    }  # fmt: skip
    assert db.reader(MAKER).rows(sa.select(record), ROWS)[0]["superseded_by"] is None
    raw = db._raw()
    assert not [each for table in metadata.sorted_tables for each in differing(raw, table, db._writer.dialect)]
    db.close()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (("ALTER TABLE record ADD COLUMN gone TEXT",), "table record, gone is no longer declared"),
        (("ALTER TABLE node RENAME COLUMN hash TO digest",), "table node, hash is new but must not be empty"),
        (("DROP TABLE checkpoint", "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL, made INTEGER NOT NULL)"),
         "table checkpoint, note is BLOB in the store and declared as TEXT"),
        (("DROP TABLE checkpoint", "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT, made INTEGER NOT NULL)"),
         "table checkpoint, note may be empty"),
        (("DROP TABLE checkpoint", "CREATE TABLE checkpoint (size INTEGER, note TEXT NOT NULL PRIMARY KEY, made INTEGER NOT NULL)"),
         "table checkpoint, size has another part in the primary key"),
        (("DROP TABLE checkpoint", "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL UNIQUE, made INTEGER NOT NULL)"),
         "table checkpoint, note is unique in only one of store and declaration"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_to_a_table_is_refused_by_name(tmp_path: Path, statements: tuple[str, ...], said: str) -> None:
    a_store(tmp_path)
    altered(tmp_path, *statements)
    with pytest.raises(StoreFault) as refused:
        opened(tmp_path, registry_of(first()))
    assert said in str(refused.value) and "write step 3" in str(refused.value)


def test_a_newer_store_is_refused_untouched(tmp_path: Path) -> None:
    a_store(tmp_path)
    altered(tmp_path, "UPDATE meta SET value = '99' WHERE key = 'format'", "DROP TABLE retry")
    with pytest.raises(StoreFault, match="Store format 99 is newer than 2"):
        opened(tmp_path, registry_of(first()))
    raw = pysqlite3.connect(str(tmp_path / "bihuan.db"))
    assert not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'retry'").fetchall()
    raw.close()


def test_the_first_format_gets_its_free_pages_overwritten_and_its_types_described(tmp_path: Path) -> None:
    a_store(tmp_path)
    altered(tmp_path, "UPDATE meta SET value = '1' WHERE key = 'format'", "DROP TABLE declared",
            "PRAGMA secure_delete=OFF", "CREATE TABLE x (t TEXT)",
            "INSERT INTO x VALUES (hex(zeroblob(3000)) || 'SPOKEN-OF-ONCE' || hex(zeroblob(3000)))", "DROP TABLE x")  # fmt: skip
    assert b"SPOKEN-OF-ONCE" in (tmp_path / "bihuan.db").read_bytes()
    db, done = opened(tmp_path, registry_of(first()))
    assert done[0].startswith("step 2:")
    db.close()
    assert b"SPOKEN-OF-ONCE" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    raw = pysqlite3.connect(str(tmp_path / "bihuan.db"))
    assert raw.execute("SELECT type FROM declared").fetchall() == [("upgraded.Measured",)]
    raw.close()


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_upgrade import STEPS, Step, first, opened, registry_of

def deadly(raw):
    raw.execute("CREATE TABLE half (n INTEGER)")
    raw.execute("INSERT INTO half VALUES (1)")
    raw.execute("UPDATE checkpoint SET made = 0")
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)

opened(Path(sys.argv[1]), registry_of(first()), (*STEPS, Step(3, "before", lambda raw: raw.execute("CREATE TABLE third (n INTEGER)")),
       Step(4, "half", deadly)))
"""


def test_a_step_killed_midway_begins_again_from_an_unchanged_store(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    a_store(folder)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)

    def run(how: str) -> int:
        return subprocess.run([sys.executable, str(script), str(folder), how, str(Path(__file__).parent)], timeout=60, check=False).returncode

    assert run("kill") == -signal.SIGKILL
    raw = pysqlite3.connect(str(folder / "bihuan.db"))
    assert raw.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("3",)  # the step before stands
    names = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
    assert "third" in names and "half" not in names
    raw.close()
    assert run("kill") == -signal.SIGKILL and run("live") == 0
    raw = pysqlite3.connect(str(folder / "bihuan.db"))
    assert raw.execute("SELECT value FROM meta WHERE key = 'format'").fetchone() == ("4",)
    assert raw.execute("SELECT n FROM half").fetchall() == [(1,)]
    raw.close()


def test_a_failing_upgrade_leaves_nothing_half_added(tmp_path: Path) -> None:
    a_store(tmp_path)
    altered(tmp_path, "DROP TABLE retry", "ALTER TABLE record ADD COLUMN gone TEXT")
    with pytest.raises(StoreFault):
        opened(tmp_path, registry_of(second()))
    raw = pysqlite3.connect(str(tmp_path / "bihuan.db"))
    assert not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'retry'").fetchall()
    assert "loss" not in {row[1] for row in raw.execute("PRAGMA table_info(upgraded_measured)")}
    raw.close()


def test_looking_at_an_older_store_tells_what_is_due_and_changes_nothing(tmp_path: Path) -> None:
    a_store(tmp_path)
    registry = registry_of(second())
    db = Db(tmp_path / "bihuan.db", SetClock(START), SeededChance(1), read_only=True)
    due = db.outdated(shapes_of(registry))
    assert "type upgraded.Measured, field loss is new and optional" in due
    with pytest.raises(StoreFault):
        db.create()
    db.close()
    assert opened(tmp_path, registry_of(first()))[1] == []
