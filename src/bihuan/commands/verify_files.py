"""The part of `bihuan verify` that looks at attachments: each file that a record names, against the hash in its leaf."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Open, Reader, metadata
from bihuan.base.declare import Kind, TypeSpec
from bihuan.base.errors import Words
from bihuan.base.files import kept_here, read_named
from bihuan.base.files.model import blob_table, file_table
from bihuan.base.records import Registry, record

_WHOLE = Open("the operator checks the whole store")
_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class FileFinding:
    """What is to be told of a file that a record names; `broken` when the store does not hold what was recorded."""

    seq: int
    ref: str
    file: str
    what: Words
    broken: bool = True


def check_files(reader: Reader, registry: Registry) -> tuple[int, list[FileFinding]]:
    """How many files records name, and what is missing, changed, erased, or named without its hash.

    Rows have been checked against the bodies before, so the names in them are those that the leaves commit to.
    """
    named = sorted({each for spec in registry.types.values() for each in _named(reader, spec)})
    found: list[FileFinding] = []
    for start in range(0, len(named), _AT_A_TIME):
        part = named[start : start + _AT_A_TIME]
        refs = _refs(reader, {seq for seq, _ in part})
        rows = _kept(reader, {text.partition("#")[0] for _, text in part})
        for seq, text in part:
            file = text.partition("#")[0]
            words, broken = _fault(text, rows.get(file))
            if words is not None:
                found.append(FileFinding(seq, refs.get(seq, ""), file, words, broken))
    return len(named), found


def _named(reader: Reader, spec: TypeSpec) -> Iterator[tuple[int, str]]:
    """Number of the entry and text of every file that rows of a type name, also in lists (evidence of an act)."""
    table = metadata.tables[spec.table]
    for field in spec.fields:
        if field.kind not in (Kind.file, Kind.texts, Kind.parts):
            continue
        column = table.c[field.name]
        for row in reader.rows(sa.select(table.c.seq, column).where(column.like("%file-%")), _WHOLE):
            told = row[field.name] if field.kind is Kind.file else json.loads(row[field.name])
            yield from ((int(row["seq"]), text) for text in _texts(told) if kept_here(text))


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, list | dict):
        for inner in told.values() if isinstance(told, dict) else told:
            yield from _texts(inner)


def _refs(reader: Reader, seqs: set[int]) -> dict[int, str]:
    rows = reader.rows(sa.select(record.c.seq, record.c.ref).where(record.c.seq.in_(seqs)), _WHOLE)
    return {int(row["seq"]): str(row["ref"]) for row in rows}


def _kept(reader: Reader, files: set[str]) -> dict[str, tuple[str, str, bool]]:
    """By file: the hash beside it, the hash of its bytes as they are now (empty when there are none), whether erased."""
    data = sa.cast(blob_table.c.data, sa.LargeBinary).label("data")  # whatever a hand from outside made of it
    query = sa.select(file_table.c.id, file_table.c.sha256, data, blob_table.c.erased)
    query = query.outerjoin(blob_table, blob_table.c.sha256 == file_table.c.sha256).where(file_table.c.id.in_(files))
    return {
        row["id"]: (
            row["sha256"], "" if row["data"] is None else hashlib.sha256(row["data"]).hexdigest(), row["erased"] is not None
        )
        for row in reader.rows(query, _WHOLE)
    }  # fmt: skip


def _fault(text: str, kept: tuple[str, str, bool] | None) -> tuple[Words | None, bool]:
    stated = read_named(text)
    if stated is None:
        return Words("附件的哈希写法不对", "the hash of the file is malformed"), True
    if kept is None or not kept[1]:
        return Words("附件不在库中", "the file is missing"), True
    beside, now, erased = kept
    if stated.sha256 is not None and stated.sha256 != beside:
        return Words("附件登记的哈希与账本不符", "the hash kept beside the file is not the one in the ledger"), True
    if erased:
        return Words("附件内容已依法删除", "the content was erased by law"), False
    if now != (stated.sha256 or beside):
        return Words("附件内容已被改动", "the content is not the one that was recorded"), True
    if stated.sha256 is None:
        return Words("旧记录只写了附件编号，账本未含其哈希", "an older record names the file without its hash"), False
    return None, False
