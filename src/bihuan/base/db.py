"""The one way to the store: a principal at every door, a scope on every query, one writer.

`Db.reader(principal)` answers questions, `Db.write(principal)` is one durable transaction. There is no other handle:
a statement that did not come through them is refused by a hook on the connection.

Visibility is one table, `seen`: a row of a scoped kind is tagged with `a:<line>:<area>` for each area it concerns,
`p:<party>` for each party whose matter it is, and `public`. The scope compiler turns a principal into a condition on it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Engine, RowMapping
from sqlalchemy.pool import StaticPool

from bihuan.base.clock import Chance, Clock, new_id
from bihuan.base.errors import Forbidden, NotFound, StoreFault
from bihuan.base.migrations import STEPS, Shape, Step, outdated, upgrade
from bihuan.base.principal import Principal

SQLITE_FLOOR = (3, 51, 3)
"""Earlier libraries can corrupt a WAL on reset (fixed in 3.51.3)."""

_WAIT = 10
"""Seconds to wait for another connection to the same file."""

metadata = sa.MetaData()
big = sa.BigInteger().with_variant(sa.Integer, "sqlite")

meta_table = sa.Table(
    "meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
declared_table = sa.Table(
    "declared",
    metadata,
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("table", sa.Text, nullable=False),
    sa.Column("shape", sa.Text, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
)
"""Every description under which records of a declared type were ever kept, by the schema hash that their leaves carry."""
seen_table = sa.Table(
    "seen",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("row", sa.Text, primary_key=True),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index("seen_by_tag", "kind", "tag", "row"),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Scoped:
    """A table whose rows have a scope: `kind` in `seen`, `key` the column that names the row there."""

    kind: str
    key: sa.ColumnElement[str]


@dataclass(frozen=True, slots=True)
class Open:
    """A table without scope, and why everybody who gets this far may read it."""

    reason: str


def area_tag(line: str, area: str) -> str:
    """The tag of a row that concerns an area under a line."""
    return f"a:{line}:{area}"


def party_tag(party: str) -> str:
    """The tag of a row that is a party's own matter."""
    return f"p:{party}"


PUBLIC_TAG = "public"


def visible(principal: Principal, scoped: Scoped, capability: str = "read") -> sa.ColumnElement[bool]:
    """The scope compiler: the condition under which a principal may see (or act on) rows of a scoped table."""
    if principal.kind == "system":
        return sa.true()
    tag = seen_table.c.tag
    ways: list[sa.ColumnElement[bool]] = []
    if capability == "read":
        ways.append(tag == PUBLIC_TAG)
    if principal.party is not None and (capability == "read" or capability in principal.capabilities):
        ways.append(tag == party_tag(principal.party))
    for grant in principal.grants:
        if capability not in grant.capabilities:
            continue
        for line in principal.lines if grant.line == "*" else (grant.line,):
            low = area_tag(line, grant.area)
            ways.append(sa.and_(tag >= low, tag < low + "\uffff"))
    if not ways:
        return sa.false()
    return sa.exists().where(seen_table.c.kind == scoped.kind, seen_table.c.row == scoped.key, sa.or_(*ways))


def concerns(scoped: Scoped, line: str, area: str) -> sa.ColumnElement[bool]:
    """The condition under which a row concerns an area under a line, be it one of several; no scope by itself."""
    tag, low = seen_table.c.tag, area_tag(line, area)
    near = sa.and_(tag >= low, tag < low + "\uffff")
    return sa.exists().where(seen_table.c.kind == scoped.kind, seen_table.c.row == scoped.key, near)


class Reader:
    """Answers questions for one principal; every statement names the scoped table it reads or why it is open."""

    def __init__(self, connection: Connection, principal: Principal, clock: Clock) -> None:
        self._connection = connection
        self.principal = principal
        self.clock = clock

    @property
    def now(self) -> int:
        """The present instant, int us."""
        return self.clock.now()

    def rows(self, statement: sa.Select[Any], of: Scoped | Open, capability: str = "read") -> Sequence[RowMapping]:
        """All rows of a query, cut to the principal's scope."""
        if isinstance(of, Scoped):
            statement = statement.where(visible(self.principal, of, capability))
        return self._execute(statement).mappings().all()

    def first(self, statement: sa.Select[Any], of: Scoped | Open, capability: str = "read") -> RowMapping | None:
        """The first row within scope, or None."""
        found = self.rows(statement.limit(1), of, capability)
        return found[0] if found else None

    def one(self, statement: sa.Select[Any], of: Scoped | Open, capability: str = "read") -> RowMapping:
        """The row within scope; NotFound when there is none, the same answer for hidden and unknown."""
        found = self.first(statement, of, capability)
        if found is None:
            raise NotFound
        return found

    def scalar(self, statement: sa.Select[Any], of: Scoped | Open, capability: str = "read") -> Any:
        """The first column of the first row within scope, or None."""
        found = self.first(statement, of, capability)
        return None if found is None else next(iter(found.values()))

    def count(self, statement: sa.Select[Any], of: Scoped | Open, capability: str = "read") -> int:
        """How many rows of a query lie within scope."""
        if isinstance(of, Scoped):
            statement = statement.where(visible(self.principal, of, capability))
        counted = sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())
        return int(self._execute(counted).scalar_one())

    def _execute(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        options = {"bihuan_principal": self.principal.id}
        return self._connection.execute(statement, values, execution_options=options)


class Writer(Reader):
    """One durable transaction for one principal: reads under scope, writes, and the events to tell after the commit."""

    def __init__(self, connection: Connection, principal: Principal, clock: Clock, chance: Chance) -> None:
        super().__init__(connection, principal, clock)
        self.chance = chance
        self.events: list[object] = []
        self.scrubbing = False
        self._at = clock.now()

    @property
    def now(self) -> int:
        """The instant of this transaction, the same throughout."""
        return self._at

    def new_id(self, prefix: str) -> str:
        """A random outward id."""
        return new_id(self.chance, prefix)

    def write(self, statement: sa.Insert | sa.Update | sa.Delete, values: Any = None) -> int:
        """Insert, update or delete; the number of rows touched."""
        return int(self._execute(statement, values).rowcount)

    def insert(self, table: sa.Table, rows: Sequence[dict[str, Any]] | dict[str, Any]) -> None:
        """Insert one row or many; nothing when there is none."""
        if rows:
            self._execute(sa.insert(table), rows)

    def upsert(self, table: sa.Table, rows: Sequence[dict[str, Any]] | dict[str, Any]) -> None:
        """Insert rows, replacing those that stand under the same primary key."""
        if not rows:
            return
        first = rows if isinstance(rows, dict) else rows[0]
        self._execute(_upsert(table, tuple(first)), rows)

    def put(self, table: sa.Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], *, replace: bool = False) -> None:
        """Insert many rows of plain values (int, str, bytes, None) as tuples, through the driver without a dict a row.

        `replace` puts a row in the place of one under the same primary key, as `upsert` does.
        """
        if rows:
            options = {"bihuan_principal": self.principal.id}
            text = _plain(table, columns, replace, self._connection.dialect)
            self._connection.exec_driver_sql(text, list(rows), execution_options=options)

    def tag(self, kind: str, row: str, tags: Iterable[str]) -> None:
        """Make a row visible under further tags; what it had stays."""
        self.upsert(seen_table, [{"kind": kind, "row": row, "tag": tag} for tag in sorted(set(tags))])

    def tag_many(self, kind: str, rows: Iterable[str], tags: Iterable[str]) -> None:
        """Make several rows visible under the same further tags."""
        wanted = sorted(set(tags))
        spread = [(kind, row, tag) for row in sorted(set(rows)) for tag in wanted]
        self.put(seen_table, ("kind", "row", "tag"), spread, replace=True)

    def scrub(self) -> None:
        """After this commit no file of the store may still hold what it overwrites: the log is written back and emptied."""
        self.scrubbing = True

    def emit(self, happened: object) -> None:
        """Tell, once the transaction is durable, that something happened."""
        self.events.append(happened)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that can fail alone (savepoint): on an error its writes and events are undone, the rest stays."""
        mark = len(self.events)
        self._execute(sa.text("SAVEPOINT part"))
        try:
            yield
        except BaseException:
            self._execute(sa.text("ROLLBACK TO part"))
            del self.events[mark:]
            raise
        finally:
            self._execute(sa.text("RELEASE part"))

    def check(self, capability: str) -> None:
        """Forbidden when the principal does not hold the capability at all."""
        if not self.principal.may(capability):
            raise Forbidden("您没有办理此事的权限，请联系本单位管理员。", "You may not do this; ask your administrator.")


@cache
def _upsert(table: sa.Table, columns: tuple[str, ...]) -> sa.Insert:
    keys = [c.name for c in table.primary_key.columns]
    statement = sqlite_insert(table)
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    if changed:
        return statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return statement.on_conflict_do_nothing(index_elements=keys)


@cache
def _plain(table: sa.Table, columns: tuple[str, ...], replace: bool, dialect: sa.Dialect) -> str:
    statement = _upsert(table, columns) if replace else sa.insert(table)
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    if compiled.positiontup != list(columns):
        raise StoreFault("列序不符。", f"Columns of {table.name} are given as {columns}, its order is {compiled.positiontup}.")
    return str(compiled)


Listener = Callable[[Sequence[object]], None]


@dataclass
class Db:
    """An open store: one lock, one writer connection, one reader connection."""

    path: Path | None
    clock: Clock
    chance: Chance
    read_only: bool = False
    """Look at a store without its lock; nothing can be written."""
    listeners: list[Listener] = field(default_factory=list)
    _lock: int | None = None
    _writing: bool = False
    _unscrubbed: bool = False

    def __post_init__(self) -> None:
        version = pysqlite3.sqlite_version_info
        if version < SQLITE_FLOOR:
            raise StoreFault("SQLite 版本过低，可能损坏数据。", f"SQLite {version} is older than {SQLITE_FLOOR}: refused.")
        if self.path is not None and not self.read_only:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as held:
                os.close(self._lock)
                raise StoreFault("另一进程正在使用这个库。", "Another process holds this store.") from held
        if self.path is None:
            uri = ":memory:"
        elif self.read_only:
            if not self.path.exists():
                raise StoreFault(f"{self.path.parent} 里没有库。", f"There is no store in {self.path.parent}.")
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
        else:
            uri = self.path.absolute().as_uri()
        single = self.path is None or self.read_only
        self._writer = self._connect(uri)
        self._reader = self._writer if single else self._connect(uri)
        self._write_connection = self._writer.connect()
        self._read_connection = self._write_connection if single else self._reader.connect()

    def _connect(self, uri: str) -> Engine:
        def connect() -> Any:
            raw = pysqlite3.connect(
                uri, uri=uri.startswith("file:"), isolation_level=None, check_same_thread=False, timeout=_WAIT
            )
            if self.read_only:
                return raw
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536",
                           "temp_store=MEMORY", "wal_autocheckpoint=4000", "secure_delete=ON"):  # fmt: skip
                raw.execute(f"PRAGMA {pragma}")
            if self.path is not None and raw.execute("PRAGMA synchronous").fetchone()[0] != 2:
                raise StoreFault("未能启用完全同步写入。", "synchronous=FULL did not take.")
            return raw

        engine = sa.create_engine("sqlite://", creator=connect, module=pysqlite3, poolclass=StaticPool)
        event.listen(engine, "begin", _no_begin)
        event.listen(engine, "before_cursor_execute", _refuse_unmarked)
        return engine

    def create(self, types: Iterable[Shape] = (), steps: Sequence[Step] = STEPS) -> list[str]:
        """Make the tables of a new store, bring an older one up to date; what was changed, line by line.

        StoreFault when the store is newer, or when `types` or tables differ in what only a migration step can mend.
        """
        if self.read_only:
            raise StoreFault("库以只读方式打开。", "The store is open for reading only.")
        return upgrade(self._raw(), metadata, self._writer.dialect, types, steps)

    def outdated(self, types: Iterable[Shape] = (), steps: Sequence[Step] = STEPS) -> list[str]:
        """What `create` would change or refuse in this store; empty when it fits the program."""
        return outdated(self._raw(), metadata, self._writer.dialect, types, steps)

    def _raw(self) -> Any:
        raw = self._write_connection.connection.dbapi_connection
        assert raw is not None
        return raw

    def reader(self, principal: Principal) -> Reader:
        """A handle that answers questions for a principal."""
        return Reader(self._read_connection, principal, self.clock)

    @contextmanager
    def write(self, principal: Principal) -> Iterator[Writer]:
        """One transaction: committed and fsynced when the block ends, nothing kept when it raises; then events are told."""
        with self._exclusive() as connection:
            writer = Writer(connection, principal, self.clock, self.chance)
            yield writer
        self._unscrubbed |= writer.scrubbing
        if self._unscrubbed:
            self._empty_log()
        if writer.events:
            for listener in self.listeners:
                listener(tuple(writer.events))

    @contextmanager
    def _exclusive(self) -> Iterator[Connection]:
        if self.read_only:
            raise StoreFault("库以只读方式打开。", "The store is open for reading only.")
        if self._writing:
            raise StoreFault("写入不可嵌套。", "A transaction is open already: writes do not nest.")
        connection = self._write_connection
        self._writing = True
        raw = self._raw()
        try:
            if connection.in_transaction():
                connection.rollback()
            raw.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                if raw.in_transaction:
                    raw.execute("ROLLBACK")
                raise
            connection.commit()
            if raw.in_transaction:
                raw.execute("COMMIT")
        finally:
            self._writing = False

    def _empty_log(self) -> None:
        """Write the log back into the file and cut it to nothing; while another process reads, again after the next write."""
        raw = self._raw()
        raw.execute("PRAGMA busy_timeout=0")
        self._unscrubbed = bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        raw.execute(f"PRAGMA busy_timeout={1000 * _WAIT}")

    def faults(self) -> list[str]:
        """What the database itself finds damaged (pages, indexes); empty when nothing is."""
        options = {"bihuan_principal": "system:check"}
        found = self._read_connection.execute(sa.text("PRAGMA integrity_check"), execution_options=options)
        return [str(row[0]) for row in found if row[0] != "ok"]

    def close(self) -> None:
        """Close the connections and give the lock back."""
        self._write_connection.close()
        self._writer.dispose()
        if self._reader is not self._writer:
            self._read_connection.close()
            self._reader.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _no_begin(connection: Connection) -> None:
    """The library's own BEGIN would be deferred; `Db.write` has begun IMMEDIATE already, readers need none."""


def _refuse_unmarked(
    connection: Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool
) -> None:
    if "bihuan_principal" not in context.execution_options:
        raise StoreFault("语句没有主体，已拒绝。", f"A statement without a principal was refused: {statement[:80]}")
