"""The outbox goes with its transaction; jobs show their progress to their owners; sweeps are registered once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bihuan.base.clock import MINUTE, SeededChance, SetClock
from bihuan.base.db import Db, area_tag
from bihuan.base.errors import Forbidden, NotFound
from bihuan.base.jobs import Sweeps, claim_job, finish_job, job_of, progress, recent_jobs, start_job
from bihuan.base.outbox import mark_done, mark_failed, pending, put
from bihuan.base.principal import Grant, Principal, system

SYSTEM = system("test")
FIRM = Principal("person", "s-1", party="org-1")
OTHER = Principal("person", "s-2", party="org-2")
OFFICER = Principal("person", "s-3", grants=(Grant("3101", "food"),), lines=("food",))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1_600_000_000_000_000)


@pytest.fixture
def db(clock: SetClock) -> Iterator[Db]:
    made = Db(None, clock, SeededChance(1))
    made.create()
    yield made
    made.close()


def test_an_entry_is_there_only_with_its_transaction(db: Db, clock: SetClock) -> None:
    with pytest.raises(ZeroDivisionError), db.write(FIRM) as w:
        put(w, "x", {"id": 1})
        raise ZeroDivisionError
    with db.write(FIRM) as w:
        first, second = put(w, "x", {"id": 1}), put(w, "y", {"id": 2}, party="org-1")
    reader = db.reader(SYSTEM)
    assert [e.id for e in pending(reader, clock.at)] == [first, second]
    assert [e.payload for e in pending(reader, clock.at, kinds=["y"])] == [{"id": 2}]
    with pytest.raises(Forbidden):
        pending(db.reader(FIRM), clock.at)
    with db.write(SYSTEM) as w:
        assert (mark_done(w, first), mark_done(w, first)) == (True, False)
        mark_failed(w, second, "timed out")
    assert pending(reader, clock.at) == []
    [again] = pending(reader, clock.at + MINUTE)
    assert (again.id, again.tries) == (second, 1)
    with db.write(SYSTEM) as w:
        for _ in range(40):
            mark_failed(w, second, "timed out")
    assert len(pending(reader, clock.at + 361 * MINUTE)) == 1


def test_a_job_is_taken_once_and_seen_by_its_owner(db: Db) -> None:
    with db.write(FIRM) as w:
        job = start_job(w, "import", {"file": "file-1"}, total=100, tags=[area_tag("food", "310115")])
    with db.write(SYSTEM) as w:
        taken = claim_job(w, ["import"])
        assert taken is not None and taken.id == job and claim_job(w, ["import"]) is None
        progress(w, job, 40, message="第 40 行")
    seen = job_of(db.reader(FIRM), job)
    assert (seen.state, seen.done, seen.total, seen.message) == ("running", 40, 100, "第 40 行")
    assert [j.id for j in recent_jobs(db.reader(OFFICER))] == [job]
    with pytest.raises(NotFound):
        job_of(db.reader(OTHER), job)
    with db.write(SYSTEM) as w:
        assert (finish_job(w, job, "完成"), finish_job(w, job)) == (True, False)
        with pytest.raises(NotFound):
            progress(w, job, 50)


def test_sweeps_have_one_name_each(db: Db) -> None:
    sweeps = Sweeps()
    sweeps.add("a", lambda w: 3)
    with pytest.raises(ValueError, match="registered already"):
        sweeps.add("a", lambda w: 4)
    assert sweeps.run(db) == {"a": 3}
