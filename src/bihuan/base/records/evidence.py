"""Files that records name: bound by their hash before the record is hashed, seen by whoever sees the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Writer, party_tag, seen_table
from bihuan.base.declare import Kind, TypeSpec
from bihuan.base.errors import Fault, Invalid, NotFound, Words
from bihuan.base.files import file_refs, kept_here, named, read_named

_THEIRS = Open("which of the files that a sender names are its own")


def names_files(spec: TypeSpec) -> bool:
    """Whether a type, or a line of it, has a field for a photo or paper."""
    return any(f.kind is Kind.file or (f.part is not None and names_files(f.part)) for f in spec.fields)


def files_in(spec: TypeSpec, record: Any) -> Iterator[tuple[str, str]]:
    """Every file that a record names: path of the field, and the text in it."""
    for field in spec.fields:
        value = getattr(record, field.name)
        if field.kind is Kind.file and value:
            yield field.name, value
        elif field.part is not None and value:
            for n, line in enumerate(value):
                for path, text in files_in(field.part, line):
                    yield f"{field.name}[{n}].{path}", text


def with_hashes(reader: Reader, spec: TypeSpec, record: Any) -> Any:
    """The record with each file of ours named by id and hash; what is kept elsewhere stands as it is.

    Invalid names each field whose file is not there, is not within the reader's scope, or has another hash than is stated.
    """
    if not names_files(spec):
        return record
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    for path, text in files_in(spec, record):
        if not kept_here(text):
            continue
        try:
            [ref] = file_refs(reader, [text])
        except NotFound:
            words = Words("附件不存在，或您看不到它；请重新上传。", "There is no such file within your scope; send it again.")
            faults.append(Fault(path, "not_found", words))
            continue
        stated = read_named(text)
        if stated is None or stated.sha256 not in (None, ref.sha256):
            words = Words("附件的哈希与所存内容不符。", "The hash is not that of the file that is kept.")
            faults.append(Fault(path, "hash", words))
        texts[text] = named(ref)
    if faults:
        raise Invalid("附件有误。", "A file that the record names is wrong.", faults=faults)
    return _replaced(spec, record, texts)


def show_files(w: Writer, party: str, files: Iterable[str], tags: Iterable[str]) -> None:
    """Make the files that a record names visible to whoever sees it; only files that its own sender handed in."""
    ids = {text.partition("#")[0] for text in files if kept_here(text)}
    if not ids or not party:
        return
    c = seen_table.c
    mine = sa.select(c.row).where(c.kind == "file", c.tag == party_tag(party), c.row.in_(ids))
    w.tag_many("file", [row["row"] for row in w.rows(mine, _THEIRS)], tags)


def _replaced(spec: TypeSpec, record: Any, texts: dict[str, str]) -> Any:
    changed: dict[str, Any] = {}
    for field in spec.fields:
        value = getattr(record, field.name)
        if field.kind is Kind.file and value in texts:
            changed[field.name] = texts[value]
        elif field.part is not None and value and names_files(field.part):
            changed[field.name] = [_replaced(field.part, line, texts) for line in value]
    return msgspec.structs.replace(record, **changed) if changed else record
