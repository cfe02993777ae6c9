"""Witnesses: whoever runs elsewhere with a key of their own and cosigns what only grew; publication waits for enough.

Which witnesses count, and how many, are settings; they are noted in the store at start, so that receipts and pages
agree. What was published is also remembered in a file beside the keys, outside the store: a store that is put back to
an older state, or whose past was changed, does not start again under the same epoch.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Reader, Writer, meta_table
from bihuan.base.errors import Fault, Invalid, NotFound, StoreFault, Words
from bihuan.base.ledger.model import TREE, Witnesses, checkpoint, cosignature_table
from bihuan.base.ledger.queries import WITNESSES, node_hashes, size, witnesses
from bihuan.engines.merkle import NoteError, TreeError, cosigners, decode_witness, parse_checkpoint, parse_note, root_at


def set_witnesses(w: Writer, keys: Sequence[str], quorum: int) -> None:
    """Note in the store which witnesses count; ValueError for a line that is no witness's key or a quorum beyond them."""
    names = [decode_witness(key).name for key in keys]
    if not 0 <= quorum <= len(set(names)):
        raise ValueError(f"a quorum of {quorum} needs as many witnesses of different names; there are {len(set(names))}")
    value = msgspec.json.encode(Witnesses(tuple(keys), quorum)).decode()
    w.upsert(meta_table, {"key": WITNESSES, "value": value})


def take_cosignature(w: Writer, of: int, line: str) -> None:
    """Keep a witness's word about the checkpoint of size `of`; Invalid when it is not a counting witness's true word."""
    note = w.scalar(sa.select(checkpoint.c.note).where(checkpoint.c.size == of), TREE)
    if note is None:
        raise _untrue(f"没有大小为 {of} 的检查点。", f"There is no checkpoint of size {of}.")
    try:
        found = cosigners(f"{note}{line}", witnesses(w).keys)
    except NoteError as wrong:
        raise _untrue(f"见证签名无效：{wrong}", f"The cosignature does not hold: {wrong}.") from wrong
    if len(found) != 1:
        raise _untrue("不是本账本认可的见证方。", "This is no witness that counts for this ledger.")
    row = {"size": of, "witness": found[0].witness, "line": line, "at": found[0].at * 1_000_000}
    w.upsert(cosignature_table, row)


def remember(file: Path, note: str) -> None:
    """Keep the published note outside the store, whole or not at all."""
    if file.exists() and file.read_text(encoding="utf-8") == note:
        return
    write_whole(file, note)


def write_whole(file: Path, text: str) -> None:
    """Write a small file so that after a crash it holds the old text or the new one, never a part."""
    fresh = file.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


def check_not_older(reader: Reader, file: Path) -> None:
    """StoreFault when the ledger does not begin with what was published last, as `remember` kept it."""
    if not file.exists():
        return
    last = parse_checkpoint(parse_note(file.read_text(encoding="utf-8")).text)
    here = size(reader)
    if here < last.size:
        raise StoreFault(
            f"库里只有 {here} 条记录，而已公布的检查点有 {last.size} 条：库被退回过，不能以原账本继续。",
            f"The store holds {here} entries, the published checkpoint has {last.size}: it was put back and must not go on "
            "under the same epoch.",
        )
    try:
        same = root_at(node_hashes(reader), last.size) == last.root
    except (TreeError, NotFound):
        same = False
    if not same:
        raise StoreFault(
            f"库中前 {last.size} 条记录与已公布的检查点不符：过去的记录被改动过。",
            f"The first {last.size} entries are not those of the published checkpoint: the past was changed.",
        )


def _untrue(zh: str, en: str) -> Invalid:
    return Invalid(zh, en, faults=[Fault("cosignature", "not_a_witness", Words(zh, en))])
