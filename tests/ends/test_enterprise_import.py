"""导入: previewed with bad cells marked, mended, the good rows kept as events, undone while unused."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from bihuan.base.principal import system
from bihuan.base.records import RECORD, fact, record, typed_table
from bihuan.base.records.tables import read_table

from .enterprise_story import Clerk, Story, story

TYPE = "cold_chain.StoredFirst"
HEAD = "发生时间\t批次\t仓库\t重量\t辖区"
GOOD = "2020-12-10 13:00\tL1\tST1\t12000\t310107"
BAD = "2020-12-10 13:10\tL2\tST1\t八千\t310107"


@pytest.fixture
def told() -> Story:
    return story()


def kept(told: Story) -> list[str]:
    table = typed_table(told.town.house.registry.types[TYPE])
    joined = table.join(fact, sa.and_(fact.c.seq == table.c.seq, fact.c.n == table.c.n)).join(
        record, record.c.seq == table.c.seq
    )
    query = sa.select(table.c.lot).select_from(joined).where(fact.c.live).order_by(table.c.lot)
    return [row["lot"] for row in told.town.house.db.reader(system("test")).rows(query, RECORD)]


def paste(clerk: Clerk, *rows: str) -> str:
    clerk.get(f"/enterprise/import/{TYPE}")
    return clerk.post(f"/enterprise/import/{TYPE}", {"pasted": "\n".join((HEAD, *rows))})


def test_the_template_is_read_again_as_it_is(told: Story) -> None:
    store = told.clerk("store")
    for lang in ("zh", "en"):
        answer = store.client.get(f"/enterprise/import/{TYPE}/template?in={lang}")
        table = read_table(answer.content, "t.xlsx", told.town.house.registry.types[TYPE])
        assert [fault.code for fault in table.problems] == ["no_rows"]


def test_bad_cells_are_marked_with_their_place_and_nothing_is_kept(told: Story) -> None:
    store = told.clerk("store")
    said = paste(store, GOOD, BAD)
    assert "1 行有效" in said and "1 行有误" in said and "D3" in said and "“八千”不是数字" in said
    assert 'class="bad"' in store.html and kept(told) == []
    assert "只报送有效的 1 行" in said


def test_the_marked_file_can_be_sent_again(told: Story) -> None:
    store = told.clerk("store")
    paste(store, GOOD, BAD)
    answer = store.client.get(store.url + "/marked")
    table = read_table(answer.content, "m.xlsx", told.town.house.registry.types[TYPE])
    assert len(table.lines) == 2 and not table.problems
    sent = store.post(f"/enterprise/import/{TYPE}", files={"table": ("m.xlsx", io.BytesIO(answer.content))})
    assert "1 行有误" in sent


def test_good_rows_go_in_alone_or_all_or_nothing(told: Story) -> None:
    store = told.clerk("store")
    paste(store, GOOD, BAD)
    said = store.post(store.url + "/keep")
    assert store.status == 422 and "整批未报送" in said and kept(told) == []
    said = store.post(store.url.removesuffix("/keep") + "/keep", {"only": "good"})
    assert "已报送 1 行" in said and kept(told) == ["L1"]


def test_a_line_is_mended_on_the_page(told: Story) -> None:
    store = told.clerk("store")
    paste(store, GOOD, BAD)
    at = store.url
    store.get(at + "?mend=3")
    assert 'name="c-kg" value="八千"' in store.html
    values = {"c-time": "2020-12-10 13:10", "c-lot": "L2", "c-warehouse": "ST1", "c-kg": "8000", "c-area": "310107"}
    said = store.post(at + "/mend", {"line": "3", **values})
    assert (
        "第 3 行已更正" in said and "2 行有效" in said and "有误" not in said.split("签署")[0].split("共 2 行")[1][:12]
    )
    store.post(at + "/keep")
    assert kept(told) == ["L1", "L2"]


def test_a_batch_is_undone_while_nobody_used_it(told: Story) -> None:
    store = told.clerk("store")
    paste(store, GOOD)
    at = store.url
    store.post(at + "/keep")
    store.post(at + "/undo")
    assert "整批已撤销" in store.get(at) and kept(told) == []
    again = paste(store, GOOD.replace("L1", "L9"))
    assert "1 行有效" in again


def test_a_batch_with_a_corrected_record_is_not_undone(told: Story) -> None:
    store = told.clerk("store")
    paste(store, GOOD)
    at = store.url
    store.post(at + "/keep")
    ref = store.html.split("/enterprise/sent/")[1].split('"')[0]
    store.get(f"/enterprise/records/{ref}/void")
    store.post(f"/enterprise/records/{ref}/void", {"reason": "录错"})
    store.get(at)
    said = store.post(at + "/undo")
    assert store.status == 422 and "不能整批撤销" in said and "已被后来的记录更正或作废" in said


def test_another_firm_does_not_see_the_batch(told: Story) -> None:
    store, warehouse = told.clerk("store"), told.clerk("warehouse")
    paste(store, GOOD)
    warehouse.get(store.url)
    assert warehouse.status == 404
