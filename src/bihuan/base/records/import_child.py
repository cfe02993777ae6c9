"""A large import is read and checked here, in a process of its own with limits, and told in frames as it goes.

    python -m bihuan.base.records.import_child    one JSON line on standard input (`Ask`), frames on standard output

A frame is its length (4 bytes, big endian) and a message (`Head`, `Rows`, `End`, `Turned` in MessagePack). Whatever a
crafted file does, it does to this process: the server sees it end, and has kept nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import msgspec

from bihuan.base.declare import Record, compiled
from bihuan.base.errors import BihuanError, Fault
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.large_table import read_large
from bihuan.base.records.sheet_child import BROKEN, RefusedFileError, confine, damaged
from bihuan.base.records.spreadsheets import CellFault, PreviewRow

MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of address space."""
SECONDS = 180
"""Of processor time."""
ROWS = 500
"""Lines in one frame."""


class Ask(msgspec.Struct):
    """What is to be read, and as what: a declared class by module and name, within its app."""

    path: str
    filename: str
    module: str
    cls: str
    app: str
    sheet: str | None = None


class Head(msgspec.Struct, tag=True):
    """The columns are known: how many lines there may be."""

    total: int
    digest: str


class Line(msgspec.Struct, array_like=True):
    """One line as the table of lines keeps it: JSON of its texts, canonical record or None, faults and notes as JSON."""

    line: int
    shown: str
    record: bytes | None
    faults: str
    notes: str


class Rows(msgspec.Struct, tag=True):
    """Some lines more."""

    lines: list[Line]


class End(msgspec.Struct, tag=True):
    """All was read; problems of the table itself stop the import."""

    problems: list[Fault]
    notes: list[Fault]


class Turned(msgspec.Struct, tag=True):
    """The file is not taken."""

    code: str
    zh: str
    en: str
    faults: list[Fault]


Frame = Head | Rows | End | Turned


def line_of(row: PreviewRow) -> Line:
    """A checked line as it is kept."""
    record = None if row.record is None else encode_record(row.record)
    return Line(row.line, _json(row.shown), record, _faults(row.faults), _faults(row.notes))


def frames(ask: Ask) -> Iterator[Frame]:
    """Everything that is told of a file, in order."""
    cls = getattr(import_module(ask.module), ask.cls)
    assert issubclass(cls, Record)
    try:
        found = read_large(Path(ask.path).read_bytes(), ask.filename, compiled(cls, ask.app), ask.sheet)
        yield Head(found.total, found.table.digest)
        waiting: list[Line] = []
        if not found.table.problems:
            for row in found.lines():
                waiting.append(line_of(row))
                if len(waiting) == ROWS:
                    yield Rows(waiting)
                    waiting = []
        if waiting:
            yield Rows(waiting)
        yield End(found.table.problems, found.table.notes)
    except BihuanError as error:
        yield Turned(error.code, error.words.zh, error.words.en, list(error.faults))
    except RefusedFileError as refused:
        yield _turned(refused)
    except MemoryError:
        yield Turned("too_large", "文件展开后过大，请分成几个文件。", "Too large when unpacked; split the file.", [])
    except BROKEN as broken:
        yield _turned(damaged(broken))


def _turned(refused: RefusedFileError) -> Turned:
    code, zh, en = refused.told
    return Turned(code, zh, en, [])


def main() -> None:
    """Read the request, set the limits, tell."""
    ask = msgspec.json.decode(sys.stdin.buffer.readline(), type=Ask)
    confine(MEMORY, SECONDS)
    encode = msgspec.msgpack.Encoder().encode
    for frame in frames(ask):
        _tell(sys.stdout.buffer, encode(frame))


def _tell(out: BinaryIO, told: bytes) -> None:
    out.write(len(told).to_bytes(4, "big") + told)
    out.flush()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _faults(found: list[CellFault]) -> str:
    return _json(found) if found else "[]"


if __name__ == "__main__":
    main()
