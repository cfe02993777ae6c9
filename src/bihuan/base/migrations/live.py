"""The tables that stand in the file against those that are declared: what is missing, and what cannot be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from bihuan.base.errors import Words

Default = int | str | None


@dataclass(frozen=True, slots=True)
class TableDifference:
    """One thing that differs: the statements that mend it, or none when only a migration step can."""

    table: str
    column: str
    what: Words
    ddl: tuple[str, ...] = ()


def differing(
    raw: Any, table: sa.Table, dialect: sa.Dialect, defaults: Mapping[str, Default] | None = None
) -> Iterator[TableDifference]:
    """All that differs between a declared table and the one in the file; `defaults` are what old rows hold in new columns."""
    live = {row[1]: row for row in raw.execute(f"PRAGMA table_xinfo({_quoted(table.name)})")}
    if not live:
        made = [str(CreateTable(table).compile(dialect=dialect))]
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in _indexes(table)]
        yield TableDifference(table.name, "", Words("新表", "is a new table"), tuple(made))
        return
    for name in live.keys() - {c.name for c in table.columns}:
        yield TableDifference(table.name, name, Words("已不再声明", "is no longer declared"))
    for column in table.columns:
        if column.name not in live:
            yield _missing(table, column, dialect, (defaults or {}).get(column.name))
        else:
            yield from _column(table, column, live[column.name], dialect)
    yield from _keys(raw, table)
    yield from _index_differences(raw, table, dialect)


def _missing(table: sa.Table, column: sa.Column[Any], dialect: sa.Dialect, default: Default) -> TableDifference:
    if column.primary_key or column.unique or not (column.nullable or column.server_default is not None):
        words = Words("是新增列，却不可为空或须唯一", "is new but must not be empty, or must be unique")
        return TableDifference(table.name, column.name, words)
    text = f"ALTER TABLE {_quoted(table.name)} ADD COLUMN {CreateColumn(column).compile(dialect=dialect)}"
    for key in column.foreign_keys:
        other = key.column
        text += f" REFERENCES {_quoted(other.table.name)} ({_quoted(other.name)})"
    if default is not None:
        text += f" DEFAULT {_literal(default)}"
    return TableDifference(table.name, column.name, Words("新列", "is a new column"), (text,))


def _column(table: sa.Table, column: sa.Column[Any], live: tuple[Any, ...], dialect: sa.Dialect) -> Iterator[TableDifference]:
    _, _, kind, not_null, _, key, *_ = live
    wanted = column.type.compile(dialect=dialect)
    if kind.upper() != wanted.upper():
        words = Words(f"库中为 {kind}，声明为 {wanted}", f"is {kind} in the store and declared as {wanted}")
        yield TableDifference(table.name, column.name, words)
    if bool(key) != column.primary_key:
        yield TableDifference(table.name, column.name, Words("主键有变", "has another part in the primary key"))
    elif not column.primary_key and bool(not_null) == bool(column.nullable):
        words = Words("可否为空有变", "may be empty in one of store and declaration, and not in the other")
        yield TableDifference(table.name, column.name, words)


def _keys(raw: Any, table: sa.Table) -> Iterator[TableDifference]:
    """Unique and foreign keys are part of the table itself: SQLite adds none later."""
    wanted = {
        tuple(c.name for c in each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)
    }
    found = {
        tuple(part[2] for part in raw.execute(f"PRAGMA index_info({_quoted(row[1])})"))
        for row in raw.execute(f"PRAGMA index_list({_quoted(table.name)})").fetchall()
        if row[3] == "u"
    }
    for names in sorted(wanted ^ found):
        yield TableDifference(table.name, ", ".join(names), Words("唯一性约束有变", "is unique in only one of store and declaration"))
    standing = {c[1] for c in raw.execute(f"PRAGMA table_xinfo({_quoted(table.name)})")}
    declared = {
        (each.parent.name, each.column.table.name) for each in table.foreign_keys if each.parent.name in standing
    }
    live = {(row[3], row[2]) for row in raw.execute(f"PRAGMA foreign_key_list({_quoted(table.name)})")}
    for name, other in sorted(declared ^ live):
        words = Words(f"对 {other} 的引用有变", f"refers to {other} in only one of store and declaration")
        yield TableDifference(table.name, name, words)


def _index_differences(raw: Any, table: sa.Table, dialect: sa.Dialect) -> Iterator[TableDifference]:
    """An index holds nothing of its own: one that differs is made anew; one that nobody declared is the operator's."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    live = {name: _folded(text) for name, text in raw.execute(query, (table.name,))}
    for index in _indexes(table):
        text = str(CreateIndex(index).compile(dialect=dialect))
        name = str(index.name)
        if live.get(name) == _folded(text):
            continue
        drop = (f"DROP INDEX {_quoted(name)}",) if name in live else ()
        yield TableDifference(table.name, name, Words("索引新增或有变", "is a new or changed index"), (*drop, text))


def _indexes(table: sa.Table) -> list[sa.Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def _folded(text: str) -> str:
    return "".join(text.replace("IF NOT EXISTS", "").replace('"', "").split()).lower()


def _literal(value: int | str) -> str:
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
