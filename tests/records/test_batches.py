"""Imports as a batch: kept whole or the good lines alone, once however often asked, undone while nobody used it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from bihuan.apps.cold_chain.records import StockCounted, Voided
from bihuan.base.clock import SeededChance, SetClock, instant, moment
from bihuan.base.db import Db, Writer
from bihuan.base.declare import Record
from bihuan.base.errors import Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.ledger import begin
from bihuan.base.principal import PUBLIC, Grant, Principal, system
from bihuan.base.records import Kept, Registry, derive, keep, typed_table
from bihuan.base.records.batch import (
    batch_lines,
    batches,
    drop_batch,
    keep_batch,
    mend_line,
    one_batch,
    open_batch,
    preview_of,
    undo_batch,
)
from bihuan.base.records.drafts import drafts_of, drop_draft, one_draft, save_draft
from bihuan.base.records.workbooks import marked_file

from .sheets import STOCK, checked_stock, stock, told

CLERK = Principal(
    "person", "per-zhang", "张小明", "per-zhang", "org-haixian", capabilities=frozenset({"draft", "sign"})
)
COLLEAGUE = replace(CLERK, id="per-wu", person="per-wu")
RIVAL = replace(CLERK, id="per-qian", person="per-qian", party="org-other")
OFFICER = Principal("person", "per-li", "李黄浦", "per-li", grants=(Grant("310101", "cold_chain"),))
GOOD = ["2020-12-10 14:20", "L1", 1, "W1"]
BAD = ["2020-12-10 14:20", "L2", "很多", "W1"]


@dataclass
class Store:
    db: Db
    registry: Registry

    def kept(self) -> int:
        with self.db.write(system("rules")) as w:
            derived = derive(w, self.registry, 0)
        return 0 if derived is None else derived.last + 1


@pytest.fixture
def store() -> Iterator[Store]:
    registry = Registry()
    registry.add("cold_chain", "cold_chain", [StockCounted, Voided])
    for spec in registry.types.values():
        typed_table(spec)
    db = Db(None, SetClock(instant(datetime(2020, 12, 11, 9, 0))), SeededChance(7))
    db.create()
    with db.write(system("set-up")) as w:
        begin(w, "test/city")
    yield Store(db, registry)
    db.close()


def keeper(w: Writer) -> Callable[[Record, str], Kept]:
    def keep_row(record: Record, retry: str) -> Kept:
        return keep(w, record, app="cold_chain", door="import", retry=retry)

    return keep_row


def voider(w: Writer) -> Callable[[Kept], None]:
    def void(kept: Kept) -> None:
        keep(w, Voided(time=moment(w.now)), app="cold_chain", door="undo", supersedes=kept.id)

    return void


def opened(store: Store, *rows: list[object]) -> str:
    with store.db.write(CLERK) as w:
        return open_batch(w, checked_stock(stock(*rows))).id


def test_a_good_batch_is_kept_once_however_often_it_is_asked(store: Store) -> None:
    batch = opened(store, GOOD, GOOD)
    with store.db.write(CLERK) as w:
        first = keep_batch(w, batch, STOCK, keeper(w))
    with store.db.write(CLERK) as w:
        again = keep_batch(w, batch, STOCK, keeper(w))
    assert [kept.id for kept in first] == [f"{batch}-2", f"{batch}-3"]
    assert [(k.seq, k.ref, k.id) for k in again] == [(k.seq, k.ref, k.id) for k in first]
    assert all(kept.repeated for kept in again) and store.kept() == 2
    found = one_batch(store.db.reader(CLERK), batch)
    assert (found.state, found.total, found.good, found.bad) == ("kept", 2, 2, 0)


def test_all_or_nothing_unless_only_the_good_lines_are_wanted(store: Store) -> None:
    batch = opened(store, GOOD, BAD, GOOD)
    with pytest.raises(Invalid) as caught, store.db.write(CLERK) as w:
        keep_batch(w, batch, STOCK, keeper(w))
    assert [(f.path, f.code) for f in caught.value.faults] == [("C3", "number")]
    assert caught.value.faults[0].words.zh.startswith("重量：")
    assert store.kept() == 0 and one_batch(store.db.reader(CLERK), batch).state == "preview"
    with store.db.write(CLERK) as w:
        kept = keep_batch(w, batch, STOCK, keeper(w), only_good=True)
    assert [k.id for k in kept] == [f"{batch}-2", f"{batch}-4"] and store.kept() == 2
    reader = store.db.reader(CLERK)
    assert [(line.line, line.good) for line in batch_lines(reader, batch, only_bad=True)] == [(3, False)]
    rest = checked_stock(marked_file(preview_of(reader, batch, STOCK), only_bad=True))
    assert told(rest) == {("C3", "number")} and len(rest.rows) == 1


def test_a_line_that_its_door_refuses_undoes_all_or_stays_with_the_reason(store: Store) -> None:
    batch = opened(store, GOOD, ["2020-12-10 14:20", "L9", 1, "W1"])

    def picky(w: Writer) -> Callable[[Record, str], Kept]:
        def keep_row(record: Record, retry: str) -> Kept:
            kept = keeper(w)(record, retry)
            if isinstance(record, StockCounted) and record.lot == "L9":
                raise Refused("没有这个批次。", "There is no such lot.")
            return kept

        return keep_row

    with store.db.write(CLERK) as w:
        with pytest.raises(Invalid) as caught:
            keep_batch(w, batch, STOCK, picky(w))
        assert [(f.path, f.code) for f in caught.value.faults] == [("3", "refused")]
    assert store.kept() == 0
    with store.db.write(CLERK) as w:
        assert len(keep_batch(w, batch, STOCK, picky(w), only_good=True)) == 1
    assert store.kept() == 1
    [line] = batch_lines(store.db.reader(CLERK), batch, only_bad=True)
    assert line.faults[0].words.zh == "没有这个批次。"


def test_a_line_is_mended_in_place_and_then_all_goes_in(store: Store) -> None:
    batch = opened(store, GOOD, BAD)
    with store.db.write(CLERK) as w:
        line = mend_line(w, batch, STOCK, 3, {**batch_lines(w, batch)[1].shown, "kg": "12.5"})
        assert line.good
        assert (one_batch(w, batch).good, one_batch(w, batch).bad) == (2, 0)
        keep_batch(w, batch, STOCK, keeper(w))
    with pytest.raises(Refused), store.db.write(CLERK) as w:
        mend_line(w, batch, STOCK, 3, {})
    with pytest.raises(NotFound), store.db.write(CLERK) as w:
        mend_line(w, opened_in(w), STOCK, 99, {})


def opened_in(w: Writer) -> str:
    return open_batch(w, checked_stock(stock(GOOD))).id


def test_undone_while_nobody_used_it(store: Store) -> None:
    batch = opened(store, GOOD, GOOD)
    with pytest.raises(Refused), store.db.write(CLERK) as w:
        undo_batch(w, batch, voider(w))
    with store.db.write(CLERK) as w:
        kept = keep_batch(w, batch, STOCK, keeper(w))
    with pytest.raises(Refused) as caught, store.db.write(CLERK) as w:
        undo_batch(
            w,
            batch,
            voider(w),
            lambda k: Words("案件已引用。", "A case names it.") if k == kept_again(kept[1]) else None,
        )
    assert [(f.path, f.words.zh) for f in caught.value.faults] == [("3", "案件已引用。")]
    with store.db.write(CLERK) as w:
        undo_batch(w, batch, voider(w))
    with store.db.write(CLERK) as w:
        undo_batch(w, batch, voider(w))
    assert store.kept() == 4 and one_batch(store.db.reader(CLERK), batch).state == "undone"
    with pytest.raises(Refused), store.db.write(CLERK) as w:
        keep_batch(w, batch, STOCK, keeper(w))


def kept_again(kept: Kept) -> Kept:
    return replace(kept, repeated=True)


def test_a_corrected_record_keeps_the_batch_from_being_undone(store: Store) -> None:
    batch = opened(store, GOOD, GOOD)
    with store.db.write(CLERK) as w:
        kept = keep_batch(w, batch, STOCK, keeper(w))
        voider(w)(kept[0])
    store.kept()
    with pytest.raises(Refused) as caught, store.db.write(CLERK) as w:
        undo_batch(w, batch, voider(w))
    assert [f.path for f in caught.value.faults] == ["2"]


def test_the_same_file_again_is_told_and_a_preview_can_be_dropped(store: Store) -> None:
    first = opened(store, GOOD)
    with store.db.write(CLERK) as w:
        keep_batch(w, first, STOCK, keeper(w))
        second = open_batch(w, checked_stock(stock(GOOD)))
        assert second.same_as == first
        drop_batch(w, second.id)
        assert [b.id for b in batches(w)] == [first]
        with pytest.raises(Refused):
            drop_batch(w, first)


def test_a_table_with_problems_or_nothing_good_opens_or_keeps_nothing(store: Store) -> None:
    wrong = checked_stock(stock(GOOD, header=["发生时间", "批次", "重量", "库"]))
    with pytest.raises(Invalid) as caught, store.db.write(CLERK) as w:
        open_batch(w, wrong)
    assert caught.value.faults
    batch = opened(store, BAD)
    with pytest.raises(Refused), store.db.write(CLERK) as w:
        keep_batch(w, batch, STOCK, keeper(w), only_good=True)


def test_others_see_no_batch(store: Store) -> None:
    batch = opened(store, GOOD)
    assert one_batch(store.db.reader(COLLEAGUE), batch).id == batch
    for stranger in (RIVAL, OFFICER, PUBLIC, replace(CLERK, party="org-other"), replace(CLERK, party=None)):
        with pytest.raises(NotFound):
            one_batch(store.db.reader(stranger), batch)
        assert batches(store.db.reader(stranger)) == []
        with pytest.raises(NotFound):
            batch_lines(store.db.reader(stranger), batch)
    with store.db.write(OFFICER) as w:
        own = open_batch(w, checked_stock(stock(GOOD))).id
    assert one_batch(store.db.reader(OFFICER), own).party == ""


def test_drafts_are_their_writers_alone(store: Store) -> None:
    with store.db.write(CLERK) as w:
        first = save_draft(w, STOCK.name, {"lot": "L1", "kg": ""})
        assert save_draft(w, STOCK.name, {"lot": "L1", "kg": "3"}, draft_id=first) == first
    reader = store.db.reader(CLERK)
    assert [(d.id, d.values) for d in drafts_of(reader, STOCK.name)] == [(first, {"lot": "L1", "kg": "3"})]
    assert drafts_of(reader, "cold_chain.Split") == []
    for stranger in (COLLEAGUE, RIVAL, OFFICER, replace(CLERK, party="org-other"), replace(CLERK, party=None)):
        assert drafts_of(store.db.reader(stranger)) == []
        with pytest.raises(NotFound):
            one_draft(store.db.reader(stranger), first)
        with pytest.raises(NotFound), store.db.write(stranger) as w:
            drop_draft(w, first)
    with pytest.raises(Forbidden):
        drafts_of(store.db.reader(PUBLIC))
    with store.db.write(OFFICER) as w:
        own = save_draft(w, STOCK.name, {"lot": "L7"})
        assert [d.id for d in drafts_of(w)] == [own]
    with store.db.write(CLERK) as w:
        drop_draft(w, first)
        assert drafts_of(w) == []
