"""Long work with its progress (imports, captures), and the sweeps that make due times fire exactly once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Db, Reader, Scoped, Writer, big, metadata, party_tag
from bihuan.base.errors import NotFound
from bihuan.base.principal import system

State = Literal["queued", "running", "finished", "failed"]

job_table = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("done", big, nullable=False, default=0),
    sa.Column("total", big),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("created", big, nullable=False),
    sa.Column("finished", big),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("party", sa.Text),
    sa.Index("job_waiting", "state", "created"),
)
JOB = Scoped("job", job_table.c.id)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work and how far it has come; `total` is None while the amount is unknown."""

    id: str
    kind: str
    state: State
    payload: Mapping[str, Any]
    done: int
    total: int | None
    message: str
    created: int
    finished: int | None
    principal: str
    party: str | None


def start_job(
    w: Writer, kind: str, payload: Mapping[str, Any], *, total: int | None = None, tags: Iterable[str] = ()
) -> str:
    """Queue long work for the principal; visible to the organisation acted for and under the given tags."""
    job, party = w.new_id("job"), w.principal.party
    row = {
        "id": job, "kind": kind, "state": "queued", "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True),
        "done": 0, "total": total, "message": "", "created": w.now, "principal": w.principal.id, "party": party,
    }  # fmt: skip
    w.insert(job_table, row)
    w.tag("job", job, [*tags, *([party_tag(party)] if party else [])])
    return job


def claim_job(w: Writer, kinds: Collection[str]) -> Job | None:
    """Take the oldest waiting job of these kinds for running; None when there is none."""
    c = job_table.c
    query = sa.select(job_table).where(c.state == "queued", c.kind.in_(sorted(kinds))).order_by(c.created, c.id)
    row = w.first(query, JOB)
    if row is None or not _move(w, row["id"], "queued", state="running"):
        return None
    return _job({**row, "state": "running"})


def progress(w: Writer, job: str, done: int, *, total: int | None = None, message: str = "") -> None:
    """Tell how far a running job has come."""
    values: dict[str, Any] = {"done": done, "message": message} | ({} if total is None else {"total": total})
    if not _move(w, job, "running", **values):
        raise NotFound


def finish_job(w: Writer, job: str, message: str = "", *, failed: bool = False) -> bool:
    """End a running job; False when it had ended before."""
    return _move(w, job, "running", state="failed" if failed else "finished", finished=w.now, message=message)


def job_of(reader: Reader, job: str) -> Job:
    """One job within scope; NotFound when hidden or unknown."""
    return _job(reader.one(sa.select(job_table).where(job_table.c.id == job), JOB))


def recent_jobs(reader: Reader, limit: int = 50) -> list[Job]:
    """The newest jobs within scope."""
    query = sa.select(job_table).order_by(job_table.c.created.desc(), job_table.c.id).limit(limit)
    return [_job(row) for row in reader.rows(query, JOB)]


def _move(w: Writer, job: str, frm: str, **values: Any) -> bool:
    statement = sa.update(job_table).where(job_table.c.id == job, job_table.c.state == frm).values(**values)
    return w.write(statement) == 1


def _job(row: RowMapping | Mapping[str, Any]) -> Job:
    return Job(
        row["id"], row["kind"], row["state"], json.loads(row["payload"]), row["done"], row["total"], row["message"],
        row["created"], row["finished"], row["principal"], row["party"],
    )  # fmt: skip


def claim_due(
    w: Writer,
    table: sa.Table,
    of: Scoped,
    *,
    due: str,
    fired: str,
    only: Sequence[sa.ColumnElement[bool]] = (),
    limit: int = 500,
) -> list[RowMapping]:
    """Rows whose time has come and that have not fired; only the sweeper whose conditional update took gets the row.

    `due` and `fired` name columns of instants (int us).
    """
    key, due_at, fired_at = of.key, table.c[due], table.c[fired]
    query = sa.select(table).where(due_at <= w.now, fired_at.is_(None), *only).order_by(due_at).limit(limit)
    claimed = []
    for row in w.rows(query, of):
        mark = sa.update(table).where(key == row[key.key or "id"], fired_at.is_(None), due_at == row[due])
        if w.write(mark.values({fired: w.now})) == 1:
            claimed.append(row)
    return claimed


Sweep = Callable[[Writer], int]
"""Does what is due by `w.now`, returns how much that was; doing it again does nothing."""


@dataclass(slots=True)
class Sweeps:
    """All that fires from the clock; the system's ticker runs it, each sweep in a transaction of its own."""

    named: dict[str, Sweep] = field(default_factory=dict)

    def add(self, name: str, sweep: Sweep) -> None:
        """Register a sweep; ValueError when the name is taken."""
        if name in self.named:
            raise ValueError(f"a sweep named {name!r} is registered already")
        self.named[name] = sweep

    def run(self, db: Db) -> dict[str, int]:
        """Run every sweep once; how many things each did."""
        done = {}
        for name, sweep in self.named.items():
            with db.write(system(f"sweep.{name}")) as w:
                done[name] = sweep(w)
        return done


def later(work: Callable[[int], None], most: int) -> bool:
    """Leave work to the running server's loop, between the requests that wait; False where there is none."""
    try:
        asyncio.get_running_loop().call_soon(work, most)
    except RuntimeError:
        return False
    return True
