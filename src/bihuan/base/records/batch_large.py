"""大批导入: a large import step by step, each step one short transaction, so that everybody else goes on working.

Lines come in while the file is read (`reading`), and stand in the store as a preview. To keep them, each is first asked
whether it may be kept (`checking`); a refusal leaves it marked, and without `only_good` nothing is kept. Then one write
decides (`keeping`), and from there on only forward: a process that is killed in between takes up the next line at its
next start. So of a batch either nothing is on record, or, in the end, everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Writer, party_tag
from bihuan.base.declare import Record, TypeSpec
from bihuan.base.errors import BihuanError, Fault, Refused, Words
from bihuan.base.principal import Principal
from bihuan.base.records.actions import Kept
from bihuan.base.records.batch import one_batch, retry_key
from bihuan.base.records.batch_model import WORKING, batch, batch_row
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.import_child import Line
from bihuan.base.records.spreadsheets import CellFault

_LINES = Open("the lines of a batch that the process itself leads on")
_BATCHES = Open("batches that the process itself leads on")
_ROW = ("batch", "line", "shown", "record", "faults", "notes", "seq", "ref", "kept")


class Door(Protocol):
    """How the lines of a batch become records, in the name of whoever decided it."""

    def check(self, reader: Reader, record: Record) -> Record:
        """The record as it will be kept; BihuanError when this door refuses it."""
        ...

    def keep(self, w: Writer, records: Sequence[tuple[str, Record]]) -> list[Kept]:
        """Keep records that were checked, each under its retry key."""
        ...


class Act(msgspec.Struct, frozen=True):
    """Who decided that a batch be kept, and how; enough to go on in their name after a restart."""

    by: str
    person: str | None
    party: str
    only_good: bool

    @property
    def principal(self) -> Principal:
        """Whoever decided, with what keeping the lines takes."""
        return Principal("person", self.by, person=self.person, party=self.party, capabilities=frozenset({"draft", "sign"}))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that some process left on its way."""

    id: str
    type: str
    state: str
    filename: str
    sheet: str | None
    act: Act | None


def begin_batch(w: Writer, new: str, spec: TypeSpec, filename: str, sheet: str | None = None) -> None:
    """A batch under a new id, whose file is kept and is about to be read."""
    party = w.principal.party or ""
    row = {
        "id": new, "type": spec.name, "party": party, "by": w.principal.person or w.principal.id, "filename": filename,
        "hash": "", "created": w.now, "state": "reading", "settled": None, "total": 0, "good": 0, "bad": 0, "done": 0,
        "told": None, "act": msgspec.json.encode({"sheet": sheet}).decode(),
    }  # fmt: skip
    w.insert(batch, row)
    w.tag("batch", new, [party_tag(party)] if party else [])


def add_lines(w: Writer, batch_id: str, lines: Sequence[Line], total: int, digest: str) -> bool:
    """Take lines in; False when the batch was thrown away in between."""
    good = sum(line.record is not None for line in lines)
    c = batch.c
    values = {"done": c.done + len(lines), "good": c.good + good, "bad": c.bad + len(lines) - good, "total": total, "hash": digest}
    if not _move(w, batch_id, "reading", **values):
        return False
    w.put(batch_row, _ROW, [(batch_id, each.line, each.shown, each.record, each.faults, each.notes, None, None, None) for each in lines])
    return True


def end_reading(w: Writer, batch_id: str, problems: Sequence[Fault], notes: Sequence[Fault]) -> None:
    """All lines are in: a preview; or failed, with what is wrong with the table itself."""
    told = msgspec.json.encode([*problems, *notes][:1000]).decode()
    state = "failed" if problems else "preview"
    _move(w, batch_id, "reading", state=state, told=told, total=batch.c.done, done=None)


def check_may_decide(w: Writer, batch_id: str, *, only_good: bool) -> None:
    """Begin to keep a previewed batch: its lines are checked first. Refused when it is no preview or has bad lines."""
    found = one_batch(w, batch_id)
    if found.state != "preview":
        raise Refused("这批数据已经报送或撤销，不能再改。", "This batch was kept or undone already.")
    if found.bad and not only_good:
        zh = f"有 {found.bad} 行有误，整批未报送；可修改后重来，或只报送有效行。"
        raise Refused(zh, f"{found.bad} bad rows: nothing was kept; mend them or keep the good rows alone.")
    if not found.good:
        raise Refused("没有可以报送的行，请先修改。", "There is no line that can be kept; mend them first.")
    who = w.principal
    act = Act(who.id, who.person, who.party or "", only_good)
    _move(w, batch_id, "preview", state="checking", done=0, act=msgspec.json.encode(act).decode())


def check_slice(reader: Reader, batch_id: str, spec: TypeSpec, door: Door, after: int, most: int) -> tuple[int | None, dict[int, Record | str]]:
    """Ask for each of the next lines whether it may be kept: the last line asked (None behind the end), and what changes.

    A line that is refused has the faults (JSON) beside it, one that is kept otherwise than it was sent its record.
    """
    here = sa.and_(batch_row.c.batch == batch_id, batch_row.c.line > after, batch_row.c.record.is_not(None))
    query = sa.select(batch_row.c.line, batch_row.c.record).where(here).order_by(batch_row.c.line).limit(most)
    rows = reader.rows(query, _LINES)
    changed: dict[int, Record | str] = {}
    for row in rows:
        record = msgspec.json.decode(row["record"], type=spec.cls)
        assert isinstance(record, Record)
        try:
            checked = door.check(reader, record)
        except BihuanError as refusal:
            changed[row["line"]] = _refusal(row["line"], refusal)
        else:
            if checked is not record:
                changed[row["line"]] = checked
    return (rows[-1]["line"] if rows else None), changed


def _refusal(line: int, refusal: BihuanError) -> str:
    where, none = str(line), Words("", "")
    told = [CellFault(where, f.path, none, f.code, f.words) for f in refusal.faults]
    return msgspec.json.encode(told or [CellFault(where, "", none, refusal.code, refusal.words)]).decode()


def note_checked(w: Writer, batch_id: str, asked: int, changed: Mapping[int, Record | str]) -> bool:
    """Note how far the checking has come and what it changed; False when somebody stopped it."""
    bad = sum(isinstance(what, str) for what in changed.values())
    c = batch.c
    if not _move(w, batch_id, "checking", done=c.done + asked, good=c.good - bad, bad=c.bad + bad):
        return False
    for line, what in changed.items():
        values: dict[str, object] = {"record": None, "faults": what} if isinstance(what, str) else {"record": encode_record(what)}
        w.write(sa.update(batch_row).where(batch_row.c.batch == batch_id, batch_row.c.line == line).values(**values))
    return True


def decide(w: Writer, batch_id: str) -> bool:
    """All lines are checked: from here on the batch is kept, whatever happens. False when it goes back to be mended."""
    row = w.one(sa.select(batch).where(batch.c.id == batch_id), _BATCHES)
    act = msgspec.json.decode(row["act"], type=Act)
    if row["good"] and (act.only_good or not row["bad"]):
        return _move(w, batch_id, "checking", state="keeping", done=0, at=0)
    _move(w, batch_id, "checking", state="preview", done=None)
    return False


def keep_slice(w: Writer, batch_id: str, spec: TypeSpec, door: Door, most: int) -> int:
    """Keep the next lines of a batch that is decided; how many. When none is left, the batch is kept."""
    found = w.one(sa.select(batch).where(batch.c.id == batch_id), _BATCHES)
    if found["state"] != "keeping":
        return 0
    c = batch_row.c
    here = sa.and_(c.batch == batch_id, c.record.is_not(None), c.line > (found["at"] or 0))
    rows = w.rows(sa.select(c.line, c.record).where(here).order_by(c.line).limit(most), _LINES)
    if not rows:
        counts = {"good": found["done"], "bad": found["total"] - found["done"]}
        _move(w, batch_id, "keeping", state="kept", settled=w.now, done=None, **counts)
        return 0
    records = []
    for row in rows:
        record = msgspec.json.decode(row["record"], type=spec.cls)
        assert isinstance(record, Record)
        records.append((retry_key(batch_id, row["line"]), record))
    kept = door.keep(w, records)
    what = sa.update(batch_row).where(c.batch == batch_id, c.line == sa.bindparam("at"))
    values: dict[str, Any] = {"seq": sa.bindparam("new_seq"), "ref": sa.bindparam("new_ref"), "kept": sa.bindparam("new_id")}
    made = [{"at": row["line"], "new_seq": k.seq, "new_ref": k.ref, "new_id": k.id} for row, k in zip(rows, kept, strict=True)]
    w.write(what.values(**values), made)
    _move(w, batch_id, "keeping", done=found["done"] + len(rows), at=rows[-1]["line"])
    return len(rows)


def stop(w: Writer, batch_id: str) -> None:
    """Stop a large import on its way: what was read is thrown away, a check ends; Refused once it is decided."""
    found = one_batch(w, batch_id)
    if found.state in ("reading", "failed", "preview"):
        _move(w, batch_id, found.state, state="dropping")
    elif found.state == "checking":
        _move(w, batch_id, "checking", state="preview", done=None)
    else:
        raise Refused("这批数据已决定报送，不能中止；报送后可以整批撤销。", "This batch is decided; it can be undone once it is kept.")


def drop_slice(w: Writer, batch_id: str, most: int) -> bool:
    """Delete some lines of a batch that was thrown away, at last the batch itself; True while there is more."""
    lines = sa.select(batch_row.c.line).where(batch_row.c.batch == batch_id).order_by(batch_row.c.line).limit(most)
    found = w.rows(lines, _LINES)
    if found:
        last = found[-1]["line"]
        w.write(sa.delete(batch_row).where(batch_row.c.batch == batch_id, batch_row.c.line <= last))
        return True
    w.write(sa.delete(batch).where(batch.c.id == batch_id, batch.c.state == "dropping"))
    return False


def read_again(w: Writer, batch_id: str) -> None:
    """A batch whose reading was cut short begins anew, its lines deleted."""
    w.write(sa.delete(batch_row).where(batch_row.c.batch == batch_id))
    _move(w, batch_id, "reading", done=0, good=0, bad=0)


def waiting(reader: Reader) -> list[Waiting]:
    """Batches that some process left on their way."""
    query = sa.select(batch).where(batch.c.state.in_(WORKING)).order_by(batch.c.created)
    found = []
    for row in reader.rows(query, _BATCHES):
        told = msgspec.json.decode(row["act"] or "{}")
        act = msgspec.convert(told, type=Act) if "by" in told else None
        found.append(Waiting(row["id"], row["type"], row["state"], row["filename"], told.get("sheet"), act))
    return found


def _move(w: Writer, batch_id: str, frm: str, **values: object) -> bool:
    return w.write(sa.update(batch).where(batch.c.id == batch_id, batch.c.state == frm).values(**values)) == 1
