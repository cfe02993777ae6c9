"""Large imports: told the same as small ones, kept wholly or not at all however often the process dies, never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.records import StockCounted
from bihuan.base.db import Open
from bihuan.base.declare import Record
from bihuan.base.errors import Refused
from bihuan.base.ledger import entry
from bihuan.base.principal import Principal, system
from bihuan.base.records import batch_large, import_run
from bihuan.base.records.actions import Kept, keep_all
from bihuan.base.records.batch import batch_lines, batches, one_batch
from bihuan.base.records.batch_large import Act
from bihuan.base.records.import_child import Ask, End, Head, Rows, Turned, frames, line_of
from bihuan.base.records.import_run import Imports
from bihuan.base.records.spreadsheets import check_rows
from bihuan.base.records.tables import read_table
from houses import town

from .sheets import SPRAYED, SPRAYED_HEADER, STOCK, STOCK_HEADER, replaced, stock, with_sheet_xml, workbook

WHO = Principal("person", "per-1", person="per-1", party="org-1", capabilities=frozenset({"draft", "sign"}))
AT = "2020-12-10 14:20"
GOOD = [AT, "L1", "12.5", "WH1"]
ALL = Open("a test looks at everything")


def odd(fill: Callable[[Any, Any], None], header: Sequence[str] = STOCK_HEADER, **options: Any) -> bytes:
    def filled(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, header)
        fill(book, sheet)

    return workbook(filled, **options)


def tricky() -> dict[str, bytes]:
    """What people send, by what is odd about it."""

    def merged(book: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, GOOD)
        sheet.merge_range("B3:B4", "L2")
        sheet.write_row(2, 2, ["1", "WH1"])
        sheet.write_row(3, 2, ["2", "WH1"])

    def formulas(book: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, GOOD)
        sheet.write_formula("C3", "=1+1", None, 2)
        sheet.write_string("B3", "L2")
        sheet.write_array_formula("C5:C6", "{=A1:A2}", None, 3)
        sheet.write_formula("C7", "=1/0", None, "#DIV/0!")

    def numbers(book: Any, sheet: Any) -> None:
        padded, date = book.add_format({"num_format": "00000000"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for row, lot in enumerate((12345678901234567890, 42, 1.5, "００１２３", " L9 ", "0012"), 1):
            sheet.write(row, 0, AT)
            sheet.write(row, 1, lot, padded if lot == 42 else None)
            sheet.write(row, 2, 10)
            sheet.write(row, 3, "WH1")
        sheet.write_row(8, 0, [AT, "L1", "１２．５", "WH1"])
        sheet.write_datetime(9, 0, datetime(2020, 12, 10, 14, 20), date)
        sheet.write_row(9, 1, ["L1", "1,200", "WH1"])
        sheet.write_number(10, 0, 44175.6)
        sheet.write_row(10, 1, ["L1", -1, "WH1"])
        sheet.write_row(11, 0, [True, False, True, "WH1"])
        sheet.write_row(13, 0, [AT, "L3", "八", "WH1", "随手写的"])
        sheet.write(15, 6, "只在外面")

    def hidden(book: Any, sheet: Any) -> None:
        for row in range(1, 5):
            sheet.write_row(row, 0, GOOD)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    return {
        "merged": odd(merged), "formulas": odd(formulas), "numbers": odd(numbers), "numbers of 1904": odd(numbers, date_1904=True),
        "hidden": odd(hidden), "plain": stock(GOOD, GOOD), "wrong header": stock(GOOD, header=["时间", "批次", "重量", "仓厍"]),
        "no rows": stock(), "no header": stock(header=["甲", "乙"]),
        "prefixed": with_sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>批次</t></is></c></row><!-- x -->'),
        "GB 18030": "\r\n".join([",".join(STOCK_HEADER), f"{AT},00123,12.5,WH1", f"{AT},1.2E+19,１２,WH1", f"{AT},'=L,八,WH1"]).encode("gb18030"),
        "not a workbook": b"PK\x03\x04" + b"junk" * 1000, "binary": bytes(range(256)) * 50,
        "bomb": replaced(stock(GOOD), "xl/workbook.xml", "<workbook", new=False),
    }  # fmt: skip


def told_large(path: Path, spec: Any, name: str = "表.xlsx") -> tuple[list[Any], list[Any], list[Any]]:
    """Lines, problems and notes of the large way; a file that is turned away has its one code as problem."""
    app, _, cls = spec.name.partition(".")
    lines, problems, notes = [], [], []
    for frame in frames(Ask(str(path), name, spec.cls.__module__, cls, app)):
        if isinstance(frame, Rows):
            lines += frame.lines
        elif isinstance(frame, End):
            problems, notes = [*frame.problems], [*frame.notes]
        elif isinstance(frame, Turned):
            problems = [frame.code]
    return lines, problems, notes


@pytest.mark.parametrize("name", tricky())
def test_a_large_file_is_told_as_a_small_one_is(name: str, tmp_path: Path) -> None:
    data = tricky()[name]
    (tmp_path / "f").write_bytes(data)
    lines, problems, notes = told_large(tmp_path / "f", STOCK)
    try:
        small = check_rows(STOCK, read_table(data, "表.xlsx", STOCK))
    except Exception as refused:
        assert problems == [refused.code] and not lines  # type: ignore[attr-defined]
        return
    assert sorted(problems) == sorted(small.problems)
    if not problems:
        assert [(each.line, each) for each in lines] == [(row.line, line_of(row)) for row in small.rows]
        assert sorted(notes) == sorted(small.notes)


def test_dates_choices_and_lists_pass_the_short_way_as_the_long_one(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for row in range(1, 40):
            sheet.write_datetime(row, 0, datetime(2020, 12, row % 27 + 1, row % 24, 30), date)
            sheet.write_row(row, 1, ["91310115MA1K4A0U7Q", "CSQU3054383", "L1、L2", "含氯消毒剂" if row % 2 else "chlorine", 500 + row])

    (tmp_path / "f").write_bytes(data := odd(fill, SPRAYED_HEADER))
    lines, problems, _ = told_large(tmp_path / "f", SPRAYED)
    small = check_rows(SPRAYED, read_table(data, "表.xlsx", SPRAYED))
    assert problems == small.problems
    assert lines == [line_of(row) for row in small.rows] and len(lines) == 39


def test_far_cells_and_too_many_rows_are_told_and_not_laid_out(tmp_path: Path) -> None:
    for xml in ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', '<row r="200200"><c r="A200200"><v>1</v></c></row>'):
        (tmp_path / "f").write_bytes(with_sheet_xml(xml))
        assert told_large(tmp_path / "f", STOCK)[1] == ["too_far"]


class Picky:
    """A door that refuses one lot, and may die after some slices."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses

    def check(self, reader: Any, record: Record) -> Record:
        assert isinstance(record, StockCounted)
        if record.lot == self.refuses:
            raise Refused("没有这个批次。", "There is no such lot.")
        return record

    def keep(self, w: Any, records: Sequence[tuple[str, Record]]) -> list[Kept]:
        assert w.principal.id == "per-1"
        return keep_all(w, STOCK, [(key, record, frozenset()) for key, record in records], door="form", party="org-1")


class Desk:
    """One store with a runner of imports, its slices small."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: str = "") -> None:
        for name, value in (("CHECKED", 4), ("KEPT", 3), ("DROPPED", 4), ("PAUSE", 0)):
            monkeypatch.setattr(import_run, name, value)
        self.house = town(tmp_path / "store").house
        self.db, self.refuses = self.house.db, refuses
        self.restart()

    def restart(self) -> None:
        self.runner = Imports(self.db, self.house.registry, lambda spec, act: Picky(self.refuses))

    def read(self, data: bytes, name: str = "bat-1") -> str:
        async def go() -> None:
            self.runner.lay(name, data)
            with self.db.write(WHO) as w:
                batch_large.begin_batch(w, name, STOCK, "盘点.xlsx")
            await self.runner.lead(name)

        asyncio.run(go())
        return name

    def lead(self, name: str) -> None:
        async def go() -> None:
            await self.runner.lead(name)

        asyncio.run(go())

    def decide(self, name: str, *, only_good: bool = False) -> None:
        with self.db.write(WHO) as w:
            batch_large.check_may_decide(w, name, only_good=only_good)

    def state(self, name: str = "bat-1") -> tuple[str, int, int]:
        found = one_batch(self.db.reader(WHO), name)
        return found.state, found.good, found.bad

    def kept(self) -> int:
        query = sa.select(entry.c.seq).where(entry.c.type == "cold_chain.StockCounted")
        return self.db.reader(system("test")).count(query, ALL)


def rows_of(count: int, bad: Sequence[int] = ()) -> bytes:
    return stock(*([AT, f"L{n}", "多" if n in bad else "1", "WH1"] for n in range(count)))


def test_read_in_slices_checked_then_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.read(rows_of(20))
    assert desk.state() == ("preview", 20, 0) and desk.kept() == 0
    assert not list(desk.runner.folder.iterdir())
    desk.decide("bat-1")
    desk.lead("bat-1")
    assert desk.state() == ("kept", 20, 0) and desk.kept() == 20
    lines = batch_lines(desk.db.reader(WHO), "bat-1")
    assert len({line.ref for line in lines}) == 20 and None not in {line.ref for line in lines}


def test_bad_rows_stop_all_or_stay_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.read(rows_of(11, bad=(2, 7)))
    with pytest.raises(Refused):
        desk.decide("bat-1")
    desk.decide("bat-1", only_good=True)
    desk.lead("bat-1")
    assert desk.state() == ("kept", 9, 2) and desk.kept() == 9


def test_what_the_door_refuses_is_marked_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch, refuses="L9")
    desk.read(rows_of(11))
    desk.decide("bat-1")
    desk.lead("bat-1")
    assert desk.state() == ("preview", 10, 1) and desk.kept() == 0
    [line] = batch_lines(desk.db.reader(WHO), "bat-1", only_bad=True)
    assert line.line == 11 and line.faults[0].words.zh == "没有这个批次。"
    desk.decide("bat-1", only_good=True)
    desk.lead("bat-1")
    assert desk.state() == ("kept", 10, 1) and desk.kept() == 10


@pytest.mark.parametrize("slices", range(9))
def test_a_process_that_dies_while_keeping_goes_on_at_the_next_start(slices: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.read(rows_of(20))
    desk.decide("bat-1")
    with desk.db.write(system("test")) as w:  # the check is done
        for after in range(0, 24, 4):
            batch_large.note_checked(w, "bat-1", after, {})
        assert batch_large.decide(w, "bat-1")
    for _ in range(slices):
        with desk.db.write(WHO) as w:
            batch_large.keep_slice(w, "bat-1", STOCK, Picky(), 3)
    with pytest.raises(ZeroDivisionError), desk.db.write(WHO) as w:
        batch_large.keep_slice(w, "bat-1", STOCK, Picky(), 3)
        raise ZeroDivisionError  # killed before the slice was durable
    desk.restart()

    async def next_start() -> None:
        desk.runner.resume()
        await asyncio.gather(*import_run._tasks.values())

    asyncio.run(next_start())
    assert desk.state() == ("kept", 20, 0) and desk.kept() == 20


def test_a_process_that_dies_while_reading_or_checking_has_kept_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.runner.lay("bat-1", rows_of(9))
    desk.runner.lay("bat-orphan", b"x")
    with desk.db.write(WHO) as w:
        batch_large.begin_batch(w, "bat-1", STOCK, "盘点.xlsx")

    async def next_start() -> None:
        desk.runner.resume()
        await asyncio.gather(*import_run._tasks.values())

    asyncio.run(next_start())
    assert desk.state() == ("preview", 9, 0) and not list(desk.runner.folder.iterdir())
    desk.decide("bat-1")
    asyncio.run(next_start())  # a check that was cut short is asked for again
    assert desk.state() == ("preview", 9, 0) and desk.kept() == 0


def test_stopped_while_checking_and_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    desk.read(rows_of(9))
    desk.decide("bat-1")
    with desk.db.write(WHO) as w:
        batch_large.stop(w, "bat-1")
    assert desk.state() == ("preview", 9, 0)
    with desk.db.write(WHO) as w:
        batch_large.stop(w, "bat-1")
    desk.lead("bat-1")
    assert batches(desk.db.reader(WHO)) == [] and desk.kept() == 0


def test_fifty_megabytes_of_junk_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    for n, junk in enumerate((b"PK\x03\x04" + bytes(50 * 1024 * 1024), b"\x89JUNK\x00" * (7 * 1024 * 1024), "垃圾，\n".encode() * 4_000_000)):
        desk.read(junk, f"bat-{n}")
        found = one_batch(desk.db.reader(WHO), f"bat-{n}")
        assert found.state == "failed" and found.told and found.good == 0, found
        assert not found.told[0].words.zh.isascii() and found.told[0].words.en


def test_a_reader_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch)
    monkeypatch.setattr(import_run.sys, "executable", "/bin/false")
    desk.read(rows_of(3))
    found = one_batch(desk.db.reader(WHO), "bat-1")
    assert found.state == "failed" and [fault.code for fault in found.told] == ["unreadable"]


def test_the_act_goes_on_in_the_name_of_who_decided() -> None:
    act = Act("per-1", "per-1", "org-1", False)
    assert (act.principal.id, act.principal.party, act.principal.may("sign"), act.principal.grants) == ("per-1", "org-1", True, ())


def test_heads_come_first(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(rows_of(3))
    first = next(iter(frames(Ask(str(tmp_path / "f"), "f", STOCK.cls.__module__, "StockCounted", "cold_chain"))))
    assert isinstance(first, Head) and first.total == 3 and len(first.digest) == 64
