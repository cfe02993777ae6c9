"""Opening a store: a new one is made, an older one brought up to date, one that only a step can mend is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.errors import StoreFault, Words
from bihuan.base.migrations.live import TableDifference, differing
from bihuan.base.migrations.shapes import Change, FieldShape, Shape, changes
from bihuan.base.migrations.steps import Step

FIRST_FORMAT = 1
REDERIVE = "cursor.rows"
"""The setting that says from which entry on rows are still to be derived; 0 makes all of them anew."""
_FORMAT = "format"
_PLACE = "bihuan/base/migrations/steps.py"
_fields = msgspec.json.Decoder(tuple[FieldShape, ...])


def upgrade(
    raw: Any, metadata: sa.MetaData, dialect: sa.Dialect, shapes: Iterable[Shape], steps: Sequence[Step]
) -> list[str]:
    """Make, or bring up to date, all tables of the store; what was done, line by line.

    `raw` is the driver's connection outside a transaction. StoreFault, with nothing changed, when the store is newer
    than the program, or when what differs cannot be added: each type and field, and the step to write.
    """
    wanted = list(shapes)
    if not raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        with _transaction(raw):
            for table in metadata.sorted_tables:
                _apply(raw, differing(raw, table, dialect))
            for owner, number in _newest(steps).items():
                _set(raw, _key(owner), str(number))
            for shape in wanted:
                _remember(raw, shape)
        return []
    _refuse_newer(raw, steps)
    done = [told for step in steps if (told := _run(raw, step))]
    with _transaction(raw):
        for name in _renewed(raw):
            _drop_derived(raw, next((s for s in wanted if s.type == name), None), name)
            done.append(f"{name}: derived anew")
        _make(raw, metadata, dialect)
        found = list(_type_changes(raw, wanted))
        tables = list(_table_changes(raw, metadata, dialect, wanted, {shape.table for shape, _ in found}))
        wrong = [_type_words(shape, change) for shape, change in found if not change.additive]
        wrong += [_table_words(each) for each in tables if not each.ddl]
        if wrong:
            raise _refusal(wrong, steps)
        done += _apply(raw, tables)
        for shape, change in found:
            done.append(f"{shape.type}.{change.field}: {change.what.en}")
            if shape.from_events or not change.columns:
                _set(raw, REDERIVE, "0")
        for shape in wanted:
            _remember(raw, shape)
    return done


def outdated(
    raw: Any, metadata: sa.MetaData, dialect: sa.Dialect, shapes: Iterable[Shape], steps: Sequence[Step]
) -> list[str]:
    """What an upgrade would do or refuse, without doing it; for looking at a store that is not ours to change."""
    _refuse_newer(raw, steps)
    due = [f"step {step.number}: {step.why}" for step in steps if step.number > _number(raw, step.owner)]
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'declared'").fetchone():
        return [*due, "table declared is missing"]
    wanted = list(shapes)
    due += [_type_words(shape, change).en for shape, change in _type_changes(raw, wanted)]
    return due + [_table_words(each).en for each in _table_changes(raw, metadata, dialect, wanted, set())]


def _newest(steps: Sequence[Step]) -> dict[str, int]:
    newest = {"": FIRST_FORMAT}
    for step in steps:
        newest[step.owner] = max(newest.get(step.owner, FIRST_FORMAT), step.number)
    return newest


def _refuse_newer(raw: Any, steps: Sequence[Step]) -> None:
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise StoreFault("这不是闭环的库。", "This is no store of Bihuan: it has no table “meta”.")
    for owner, newest in _newest(steps).items():
        stored, whose = _number(raw, owner), f" ({owner})" if owner else ""
        if stored > newest:
            zh = f"库的格式{whose} {stored} 比程序的 {newest} 新，请升级程序。"
            raise StoreFault(zh, f"Store format{whose} {stored} is newer than {newest}: upgrade the program.")


def _run(raw: Any, step: Step) -> str:
    """Run one step if the store is behind it, and note it in the same transaction."""
    if step.number <= _number(raw, step.owner):
        return ""
    if step.number != _number(raw, step.owner) + 1:
        raise StoreFault(f"缺少第 {step.number - 1} 步。", f"Step {step.number - 1} is missing.")
    if step.alone:
        step.run(raw)
    with _transaction(raw):
        if not step.alone:
            step.run(raw)
        for name in step.types:
            _set(raw, f"renew.{name}", str(step.number))
        _set(raw, _key(step.owner), str(step.number))
    return f"step {step.owner} {step.number}: {step.why}".replace("  ", " ")


def _renewed(raw: Any) -> list[str]:
    return [row[0].partition(".")[2] for row in raw.execute("SELECT key FROM meta WHERE key LIKE 'renew.%' ORDER BY key")]


def _drop_derived(raw: Any, shape: Shape | None, name: str) -> None:
    """A type whose step says how its older records are read: the table goes, and its rows come again from the bytes."""
    if shape is not None:
        raw.execute(f'DROP TABLE IF EXISTS "{shape.table}"')
    if raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'declared'").fetchone():
        raw.execute("UPDATE declared SET current = 0 WHERE type = ?", (name,))
    raw.execute("DELETE FROM meta WHERE key = ?", (f"renew.{name}",))
    _set(raw, REDERIVE, "0")


def _make(raw: Any, metadata: sa.MetaData, dialect: sa.Dialect) -> None:
    """The table of descriptions itself, which the first format had not."""
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'declared'").fetchone():
        _apply(raw, differing(raw, metadata.tables["declared"], dialect))


def _type_changes(raw: Any, wanted: Sequence[Shape]) -> Iterator[tuple[Shape, Change]]:
    stored = {
        name: (hashed, table, _fields.decode(shape))
        for name, hashed, table, shape in raw.execute('SELECT type, hash, "table", shape FROM declared WHERE current = 1')
    }
    for shape in wanted:
        if shape.type in stored and stored[shape.type][0] != shape.hash:
            for change in changes(stored[shape.type][2], shape.fields):
                yield shape, change
    for name in sorted(stored.keys() - {shape.type for shape in wanted}) if wanted else ():
        hashed, table, fields = stored[name]
        if _has_rows(raw, table):
            words = Words("已不再声明，但库中有它的记录", "is no longer declared, and the store has records of it")
            yield Shape(name, hashed, table, fields), Change("*", words, additive=False)


def _has_rows(raw: Any, table: str) -> bool:
    if not raw.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
        return False
    return bool(raw.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone())


def _table_changes(
    raw: Any, metadata: sa.MetaData, dialect: sa.Dialect, wanted: Sequence[Shape], told: set[str]
) -> Iterator[TableDifference]:
    """Differences of tables; of a type that was already told by field, only what can be added."""
    defaults: Mapping[str, Mapping[str, Any]] = {shape.table: shape.defaults for shape in wanted}
    for table in metadata.sorted_tables:
        for each in differing(raw, table, dialect, defaults.get(table.name)):
            if each.ddl or table.name not in told:
                yield each


def _apply(raw: Any, found: Iterable[TableDifference]) -> list[str]:
    done = []
    for each in found:
        for text in each.ddl:
            raw.execute(text)
        done.append(f"{each.table} {each.column}".strip() + f" {each.what.en}")
    return done


def _remember(raw: Any, shape: Shape) -> None:
    """Keep the description of a type under its schema hash; earlier ones stay, so that an old leaf still finds its own."""
    raw.execute("UPDATE declared SET current = 0 WHERE type = ? AND hash != ?", (shape.type, shape.hash))
    raw.execute(
        'INSERT INTO declared (type, hash, "table", shape, current) VALUES (?, ?, ?, ?, 1)'
        " ON CONFLICT (type, hash) DO UPDATE SET current = 1",
        (shape.type, shape.hash, shape.table, msgspec.json.encode(shape.fields).decode()),
    )


def _type_words(shape: Shape, change: Change) -> Words:
    if change.field == "*":
        return Words(f"类型 {shape.type} {change.what.zh}", f"type {shape.type} {change.what.en}")
    zh = f"类型 {shape.type} 的字段 {change.field} {change.what.zh}"
    return Words(zh, f"type {shape.type}, field {change.field} {change.what.en}")


def _table_words(found: TableDifference) -> Words:
    zh, en = f"表 {found.table} 的 {found.column} {found.what.zh}", f"table {found.table}, {found.column} {found.what.en}"
    return Words(zh, en)


def _refusal(wrong: Sequence[Words], steps: Sequence[Step]) -> StoreFault:
    number = _newest(steps)[""] + 1
    zh = f"{_PLACE} 中写第 {number} 步（应用的类型写在该应用的 migrations 里）后再启动。"
    en = f"write step {number} in {_PLACE} (for an app's type, the next one in its `migrations`), then start again."
    listed_zh, listed_en = "；".join(w.zh for w in wrong), "; ".join(w.en for w in wrong)
    return StoreFault(f"库与程序的声明不符：{listed_zh}。请在 {zh}", f"The store differs from what is declared: {listed_en}. To mend: {en}")


def _key(owner: str) -> str:
    return f"{_FORMAT}.{owner}" if owner else _FORMAT


def _number(raw: Any, owner: str) -> int:
    row = raw.execute("SELECT value FROM meta WHERE key = ?", (_key(owner),)).fetchone()
    return FIRST_FORMAT if row is None else int(row[0])


def _set(raw: Any, key: str, value: str) -> None:
    raw.execute("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


@contextmanager
def _transaction(raw: Any) -> Iterator[None]:
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        raw.execute("ROLLBACK")
        raise
    raw.execute("COMMIT")
