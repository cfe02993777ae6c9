"""Tables of records: the derived row of each entry, facts and their keys for rules, one typed table a type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.clock import instant
from bihuan.base.db import Open, Scoped, big, metadata
from bihuan.base.declare import FieldSpec, Kind, TypeSpec

record = sa.Table(
    "record",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=False),
    sa.Column("ref", sa.Text, nullable=False, unique=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("sent", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("time", big, nullable=False),
    sa.Column("received", big, nullable=False),
    sa.Column("supersedes", sa.Text),
    sa.Column("superseded_by", sa.Text),
    sa.Index("record_by_id", "id"),
    sa.Index("record_by_sent", "sent", "party"),
    sa.Index("record_by_time", "time"),
    sa.Index("record_by_party", "party", "seq"),
    sa.Index("record_superseding", "supersedes", "party"),
)
"""One row an entry of the ledger, all of it derived from the entry's body.

`sent` is the id as its sender knows it; `id` is the same unless another party had used it before, then `sent@party`.
"""

fact = sa.Table(
    "fact",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=False),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("time", big, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    sa.Index("fact_by_type_time", "type", "time"),
    sqlite_with_rowid=False,
)
"""One row a declared record read out of an entry (an event can state several)."""

fact_key = sa.Table(
    "fact_key",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seq", big, primary_key=True),
    sa.Index("fact_key_by_seq", "seq"),
    sqlite_with_rowid=False,
)
"""Under which keys rules find an entry; a record and its corrections all stand under the keys of each of them."""

replacement = sa.Table(
    "replacement",
    metadata,
    sa.Column("party", sa.Text, primary_key=True),
    sa.Column("sent", sa.Text, primary_key=True),
    sa.Column("original", sa.Text, nullable=False),
    sa.Column("declared", sa.Text, nullable=False),
    sa.Column("seq", big, nullable=False),
    sa.Index("replacement_by_seq", "seq"),
    sqlite_with_rowid=False,
)
"""Which record an error declaration names to take the place of the one it takes back; derived.

`sent`, `original`, `declared`: the ids of the corrective record, of the record taken back, and of the declaration.
"""

retry = sa.Table(
    "retry",
    metadata,
    sa.Column("party", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("seq", big, nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Same party, same key, same bytes: the same answer; other bytes: a conflict."""

RECORD = Scoped("record", record.c.ref)
OWN_RETRIES = Open("a sender is told only what became of its own keys")
DERIVED = Open("read by the system's own derivations; pages read facts joined with their scoped record")

_COLUMNS: dict[Kind, Any] = {
    Kind.text: sa.Text,
    Kind.file: sa.Text,
    Kind.choice: sa.Text,
    Kind.integer: big,
    Kind.decimal: big,
    Kind.boolean: sa.Boolean,
    Kind.instant: big,
    Kind.day: sa.Date,
    Kind.texts: sa.Text,
    Kind.parts: sa.Text,
}


def typed_table(spec: TypeSpec) -> sa.Table:
    """The table of a type: seq, position in the event, whether still in force, then a column a field.

    Decimals are integers scaled by the field's places, instants int us UTC. Lists stand as JSON text for show and
    export; what rules and searches need of them stands in `fact_key`.
    """
    found = _TABLES.get(spec.name)
    if found is None or metadata.tables.get(found.name) is not found:  # declared anew
        found = _TABLES[spec.name] = _made_table(spec)
    return found


_TABLES: dict[str, sa.Table] = {}


def _made_table(spec: TypeSpec) -> sa.Table:
    if spec.table in metadata.tables:
        return metadata.tables[spec.table]
    return sa.Table(
        spec.table,
        metadata,
        sa.Column("seq", big, primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(f.name, _COLUMNS[f.kind]) for f in spec.fields),
    )


def to_column(spec: FieldSpec, value: Any) -> Any:
    """A field's value as its column keeps it."""
    if value is None:
        return None
    if spec.kind is Kind.decimal:
        return int(Decimal(value).scaleb(spec.says.places))
    if spec.kind is Kind.instant:
        return instant(value)
    if spec.kind is Kind.choice:
        return value.value
    if spec.kind in (Kind.texts, Kind.parts):
        return msgspec.json.encode(value).decode()
    return value


def to_plain(spec: FieldSpec, value: Any) -> Any:
    """A field's value as the driver takes it without the column's own type: days as ISO text."""
    if value is not None and spec.kind is Kind.day:
        return value.isoformat()
    return to_column(spec, value)
