"""大批导入 on its pages: the file is read beside, the page tells how far it is, and nothing is lost by leaving it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bihuan.base.db import Open
from bihuan.base.principal import system
from bihuan.base.records import fact
from bihuan.base.records.tables import read_table
from bihuan.ends.enterprise import importing, imports
from records.sheets import workbook

from .enterprise_story import Clerk, Story, story

TYPE = "cold_chain.StoredFirst"
HEAD = ["发生时间", "批次", "仓库", "重量", "辖区"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    monkeypatch.setattr(imports, "SMALL_FILE", 0)
    monkeypatch.setattr(imports, "SMALL_BATCH", 0)
    monkeypatch.setattr(importing, "PATIENCE", 0.0)
    yield story()


def sheet(count: int, *, bad: bool = False, place: str = "ST1") -> dict[str, object]:
    def fill(book: object, page: object) -> None:
        page.write_row(0, 0, HEAD)  # type: ignore[attr-defined]
        for n in range(count):
            row = ["2020-12-10 13:00", f"L{n}", place, "八千" if bad and n == 3 else 12000, "310107"]
            page.write_row(n + 1, 0, row)  # type: ignore[attr-defined]

    return {"table": ("入库.xlsx", io.BytesIO(workbook(fill)))}


def settled(clerk: Clerk, url: str) -> str:
    """What the page says once it no longer asks again by itself."""
    end = time.monotonic() + 60
    said = ""
    while time.monotonic() < end:
        said = clerk.get(url)
        if "可以离开或刷新本页" not in said:
            return said
    raise AssertionError(said)


def kept(told: Story) -> int:
    query = sa.select(fact.c.seq).where(fact.c.type == TYPE, fact.c.live)
    return told.town.house.db.reader(system("test")).count(query.add_columns(fact.c.n), Open("a test counts all"))


def test_read_beside_and_kept_as_events_of_the_goods(told: Story) -> None:
    clerk = told.clerk("store")
    with clerk.client:
        clerk.get(f"/enterprise/import/{TYPE}")
        clerk.post(f"/enterprise/import/{TYPE}", files=sheet(30))
        at = clerk.url
        assert "正在读取" in clerk.html or "30 行有效" in clerk.html
        said = settled(clerk, at)
        assert "30 行有效" in said and "签署并报送 30 行" in said and kept(told) == 0
        clerk.post(at + "/keep")
        said = settled(clerk, at)
        assert "已报送" in said and kept(told) == 30
        assert told.town.house.held is False
        assert clerk.post(at + "/keep") and kept(told) == 30


def test_bad_rows_are_shown_by_cell_and_come_back_alone(told: Story) -> None:
    clerk = told.clerk("store")
    with clerk.client:
        clerk.get(f"/enterprise/import/{TYPE}")
        clerk.post(f"/enterprise/import/{TYPE}", files=sheet(6, bad=True))
        at = clerk.url
        said = settled(clerk, at)
        assert "5 行有效" in said and "1 行有误" in said and "D5" in said
        clerk.post(at + "/keep")
        assert clerk.status == 422 and kept(told) == 0
        answer = clerk.client.get(at + "/marked")
        table = read_table(answer.content, "m.xlsx", told.town.house.registry.types[TYPE])
        assert [line.cells[1].text for line in table.lines] == ["L3"]
        clerk.get(at)
        clerk.post(at + "/keep", {"only": "good"})
        settled(clerk, at)
        assert kept(told) == 5


def test_anothers_place_is_refused_row_by_row_before_anything_is_kept(told: Story) -> None:
    clerk = told.clerk("store")
    with clerk.client:
        clerk.get(f"/enterprise/import/{TYPE}")
        clerk.post(f"/enterprise/import/{TYPE}", files=sheet(4, place="WH1"))
        at = clerk.url
        settled(clerk, at)
        clerk.post(at + "/keep")
        said = settled(clerk, at)
        assert "4 行有误" in said and "登记在其他单位名下" in said and kept(told) == 0


def test_a_file_that_is_none_is_told_and_thrown_away(told: Story) -> None:
    clerk = told.clerk("store")
    with clerk.client:
        clerk.get(f"/enterprise/import/{TYPE}")
        clerk.post(f"/enterprise/import/{TYPE}", files={"table": ("x.xlsx", io.BytesIO(b"PK\x03\x04junk" * 99))})
        at = clerk.url
        said = settled(clerk, at)
        assert "未能读入" in said and "文件已损坏" in said
        clerk.post(at + "/drop")
        assert clerk.status == 200
        assert clerk.client.get(at).status_code in (404, 200)


def test_all_records_of_a_type_come_out_again_with_their_count(told: Story) -> None:
    clerk = told.clerk("store")
    spec = told.town.house.registry.types[TYPE]
    with clerk.client:
        clerk.get(f"/enterprise/import/{TYPE}")
        assert f"/enterprise/export/{TYPE}?format=xlsx" in clerk.html
        clerk.post(f"/enterprise/import/{TYPE}", files=sheet(30))
        at = clerk.url
        settled(clerk, at)
        clerk.post(at + "/keep")
        settled(clerk, at)
        for address, name in ((f"/enterprise/export/{TYPE}", "x.csv"), (f"/enterprise/export/{TYPE}?format=xlsx", "x.xlsx")):
            answer = clerk.client.get(address)
            assert answer.headers["bihuan-rows"] == "30" and "30" in answer.headers["content-disposition"]
            table = read_table(answer.content, name, spec)
            assert len(table.lines) == 30 and not table.problems
        other = told.clerk("warehouse").client.get(f"/enterprise/export/{TYPE}")
        assert other.headers.get("bihuan-rows") in ("0", None)
