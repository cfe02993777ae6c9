"""Importing a checked table: preview, keep all or the good lines, undo while nobody has used what came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Open, Reader, Writer, party_tag, visible
from bihuan.base.declare import Record, TypeSpec
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Refused, Words
from bihuan.base.records.actions import Kept
from bihuan.base.records.batch_model import BATCH, Batch, BatchLine, batch, batch_row
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.model import DERIVED
from bihuan.base.records.model import record as record_table
from bihuan.base.records.spreadsheets import CellFault, Preview, PreviewRow, check_values

_OWN = Open("a batch within scope, or opened by the reader for the same organisation")
_LINES = Open("the lines of a batch that was just found within scope")
KeepRow = Callable[[Record, str], Kept]
"""Keeps one record under a retry key, as the app's own door does."""
Used = Callable[[Kept], Words | None]
"""Who uses a record (a case that names it …), or None."""


def open_batch(w: Writer, preview: Preview, *, tags: Iterable[str] = ()) -> Batch:
    """Put a checked table aside as a batch in state `preview`; Invalid when the table itself has problems."""
    if preview.problems:
        raise Invalid(
            "表格有问题，请按提示修改后再上传。",
            "The table has faults; mend it and send it again.",
            faults=preview.problems,
        )
    party = w.principal.party or ""
    new = w.new_id("bat")
    w.insert(
        batch,
        {
            "id": new,
            "type": preview.spec.name,
            "party": party,
            "by": _me(w),
            "filename": preview.filename,
            "hash": preview.digest,
            "created": w.now,
            "state": "preview",
            "settled": None,
            "total": len(preview.rows),
            "good": preview.good,
            "bad": preview.bad,
        },
    )
    w.insert(
        batch_row, [{"batch": new, **_columns(row), "seq": None, "ref": None, "kept": None} for row in preview.rows]
    )
    w.tag("batch", new, [*tags, *([party_tag(party)] if party else [])])
    return one_batch(w, new)


def one_batch(reader: Reader, batch_id: str) -> Batch:
    """One batch; NotFound when hidden or unknown."""
    row = reader.first(sa.select(batch).where(batch.c.id == batch_id, _mine(reader)), _OWN)
    if row is None:
        raise NotFound
    same = sa.select(batch.c.id).where(
        batch.c.party == row["party"], batch.c.hash == row["hash"], batch.c.state == "kept", batch.c.id != batch_id
    )
    return _batch(row, reader.scalar(same.where(_mine(reader)).order_by(batch.c.created.desc()), _OWN))


def batches(reader: Reader, type_name: str | None = None, *, limit: int = 100) -> list[Batch]:
    """The imports within scope, newest first."""
    query = sa.select(batch).where(_mine(reader)).order_by(batch.c.created.desc(), batch.c.id).limit(limit)
    if type_name is not None:
        query = query.where(batch.c.type == type_name)
    return [_batch(row, None) for row in reader.rows(query, _OWN)]


def batch_lines(
    reader: Reader, batch_id: str, *, only_bad: bool = False, after: int = 0, limit: int = 200
) -> list[BatchLine]:
    """The lines of a batch in the order of the file, from behind line `after`."""
    one_batch(reader, batch_id)
    query = sa.select(batch_row).where(batch_row.c.batch == batch_id, batch_row.c.line > after)
    if only_bad:
        query = query.where(batch_row.c.record.is_(None))
    return [_line(row) for row in reader.rows(query.order_by(batch_row.c.line).limit(limit), _LINES)]


def preview_of(reader: Reader, batch_id: str, spec: TypeSpec) -> Preview:
    """A batch as the preview it was opened from, with what was mended since: for the marked file."""
    found = one_batch(reader, batch_id)
    if found.type != spec.name:
        raise NotFound
    query = sa.select(batch_row).where(batch_row.c.batch == batch_id).order_by(batch_row.c.line)
    rows = []
    for row in reader.rows(query, _LINES):
        line = _line(row)
        record = _record(spec, row["record"]) if line.good else None
        rows.append(PreviewRow(line.line, line.shown, record, line.faults, line.notes))
    return Preview(spec, found.filename, "", rows, [], [])


def mend_line(w: Writer, batch_id: str, spec: TypeSpec, line: int, values: Mapping[str, str]) -> BatchLine:
    """Check a line anew with values mended on the page; Refused once the batch is kept."""
    found = _in_preview(w, batch_id)
    here = sa.and_(batch_row.c.batch == batch_id, batch_row.c.line == line)
    before = w.first(sa.select(batch_row.c.record).where(here), _LINES)
    if before is None:
        raise NotFound
    row = check_values(spec, values, line)
    w.write(sa.update(batch_row).where(here).values(_columns(row)))
    better = int(row.record is not None) - int(before["record"] is not None)
    w.write(sa.update(batch).where(batch.c.id == batch_id).values(good=found.good + better, bad=found.bad - better))
    return BatchLine(line, row.shown, row.record is not None, row.faults, row.notes, None)


def keep_batch(w: Writer, batch_id: str, spec: TypeSpec, keep_row: KeepRow, *, only_good: bool = False) -> list[Kept]:
    """Keep a batch's records: all or nothing, or with `only_good` the good lines alone. Again gives the first answer.

    Each record is kept under the retry key `<batch>-<line>`. Invalid (a fault for each line) when a line is bad or its
    door refuses it, and then nothing is kept; with `only_good` such lines stay in the batch with the reason.
    """
    found = one_batch(w, batch_id)
    if found.type != spec.name:
        raise NotFound
    if found.state == "kept":
        return list(_kept(w, batch_id, repeated=True).values())
    _in_preview(w, batch_id)
    rows = w.rows(sa.select(batch_row).where(batch_row.c.batch == batch_id).order_by(batch_row.c.line), _LINES)
    faults = [_told(f) for row in rows if row["record"] is None for f in _faults(row["faults"])]
    if faults and not only_good:
        raise _refused(faults)
    with w.part():
        for row in rows:
            if row["record"] is not None:
                faults += _keep_line(w, batch_id, spec, row, keep_row)
        if faults and not only_good:
            raise _refused(faults)
        kept = list(_kept(w, batch_id, repeated=False).values())
        if not kept:
            raise Refused("没有可以报送的行，请先修改。", "There is no line that can be kept; mend them first.")
        counts = {"good": len(kept), "bad": found.total - len(kept)}
        w.write(sa.update(batch).where(batch.c.id == batch_id).values(state="kept", settled=w.now, **counts))
    return kept


def undo_batch(w: Writer, batch_id: str, void: Callable[[Kept], None], used: Used | None = None) -> None:
    """Void every record of a kept batch; Refused, naming the lines, when a record was corrected or `used` since.

    Whether a record was corrected is read from the derived rows: derive before asking.
    """
    found = one_batch(w, batch_id)
    if found.state == "undone":
        return
    if found.state != "kept":
        raise Refused("这批数据还没有报送，无需撤销。", "This batch was not kept; there is nothing to undo.")
    kept = _kept(w, batch_id, repeated=True)
    corrected = _corrected(w, list(kept.values()))
    faults = []
    for line, one in kept.items():
        reason = corrected.get(one.ref) or (used(one) if used is not None else None)
        if reason is not None:
            faults.append(Fault(str(line), "used", reason))
    if faults:
        raise Refused(
            "这批数据中有记录已被使用，不能整批撤销；请逐条作废或更正。",
            "Records of this batch are in use; void or correct them one by one.",
            faults=faults,
        )
    with w.part():
        for one in reversed(kept.values()):
            void(one)
        w.write(sa.update(batch).where(batch.c.id == batch_id).values(state="undone", settled=w.now))


def drop_batch(w: Writer, batch_id: str) -> None:
    """Throw a preview away; Refused when it was kept: what was kept stays on record."""
    _in_preview(w, batch_id)
    w.write(sa.delete(batch_row).where(batch_row.c.batch == batch_id))
    w.write(sa.delete(batch).where(batch.c.id == batch_id))


def retry_key(batch_id: str, line: int) -> str:
    """Under which a line's record is kept."""
    return f"{batch_id}-{line}"


def _keep_line(w: Writer, batch_id: str, spec: TypeSpec, row: RowMapping, keep_row: KeepRow) -> list[Fault]:
    record = _record(spec, row["record"])
    here = sa.and_(batch_row.c.batch == batch_id, batch_row.c.line == row["line"])
    try:
        with w.part():
            kept = keep_row(record, retry_key(batch_id, row["line"]))
    except BihuanError as refusal:
        line = str(row["line"])
        told = [CellFault(line, f.path, Words("", ""), f.code, f.words) for f in refusal.faults]
        told = told or [CellFault(line, "", Words("", ""), refusal.code, refusal.words)]
        w.write(sa.update(batch_row).where(here).values(record=None, faults=_json(told)))
        return [_told(fault) for fault in told]
    w.write(sa.update(batch_row).where(here).values(seq=kept.seq, ref=kept.ref, kept=kept.id))
    return []


def _record(spec: TypeSpec, stored: bytes) -> Record:
    record = msgspec.json.decode(stored, type=spec.cls)
    assert isinstance(record, Record)
    return record


def _corrected(w: Writer, kept: Sequence[Kept]) -> dict[str, Words]:
    found: dict[str, Words] = {}
    for start in range(0, len(kept), 500):
        refs = [one.ref for one in kept[start : start + 500]]
        query = sa.select(record_table.c.ref).where(
            record_table.c.ref.in_(refs), record_table.c.superseded_by.isnot(None)
        )
        for row in w.rows(query, DERIVED):
            found[row["ref"]] = Words("已被后来的记录更正或作废。", "A later record corrects or voids it.")
    return found


def _kept(reader: Reader, batch_id: str, *, repeated: bool) -> dict[int, Kept]:
    """What became of the lines that were kept, by line."""
    here = sa.and_(batch_row.c.batch == batch_id, batch_row.c.ref.isnot(None))
    rows = reader.rows(sa.select(batch_row).where(here).order_by(batch_row.c.line), _LINES)
    return {row["line"]: Kept(row["seq"], row["ref"], row["kept"], repeated) for row in rows}


def _in_preview(w: Writer, batch_id: str) -> Batch:
    found = one_batch(w, batch_id)
    if found.state != "preview":
        raise Refused("这批数据已经报送或撤销，不能再改。", "This batch was kept or undone already.")
    return found


def _mine(reader: Reader) -> sa.ColumnElement[bool]:
    principal = reader.principal
    seen = visible(principal, BATCH)
    if principal.kind == "public":
        return seen
    return sa.or_(seen, sa.and_(batch.c.by == _me(reader), batch.c.party == (principal.party or "")))


def _me(reader: Reader) -> str:
    return reader.principal.person or reader.principal.id


def _refused(faults: list[Fault]) -> Invalid:
    return Invalid(
        f"有 {len(faults)} 处错误，整批未报送；可修改后重来，或只报送有效行。",
        f"{len(faults)} faults: nothing was kept; mend them or keep the good lines alone.",
        faults=faults,
    )


def _told(fault: CellFault) -> Fault:
    label = fault.label
    words = Words(f"{label.zh}：{fault.words.zh}", f"{label.en}: {fault.words.en}") if label.zh else fault.words
    return Fault(fault.cell, fault.code, words)


def _columns(row: PreviewRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "shown": msgspec.json.encode(row.shown).decode(),
        "faults": _json(row.faults),
        "notes": _json(row.notes),
        "record": None if row.record is None else encode_record(row.record),
    }


def _json(faults: Sequence[CellFault]) -> str:
    return msgspec.json.encode(faults).decode()


def _faults(text: str) -> list[CellFault]:
    return msgspec.json.decode(text, type=list[CellFault])


def _line(row: RowMapping) -> BatchLine:
    shown = msgspec.json.decode(row["shown"], type=dict[str, str])
    good = row["record"] is not None
    return BatchLine(row["line"], shown, good, _faults(row["faults"]), _faults(row["notes"]), row["ref"])


def _batch(row: RowMapping, same_as: Any) -> Batch:
    names = ("id", "type", "party", "by", "filename", "created", "state", "total", "good", "bad")
    told = msgspec.json.decode(row["told"], type=tuple[Fault, ...]) if row["told"] else ()
    same = None if same_as is None else str(same_as)
    return Batch(**{name: row[name] for name in names}, same_as=same, done=row["done"] or 0, told=told)
