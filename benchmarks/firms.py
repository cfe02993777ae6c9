"""A safety report of twenty fields as an enterprise of many sites sends it in, and workbooks full of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import xlsxwriter

from bihuan.base.declare import Choice, Record, checked, says
from bihuan.base.errors import Words
from bihuan.protocols import codes


def _credit_code(text: str) -> Words | None:
    fault = codes.uscc(text)
    return None if fault is None else Words(fault.zh, fault.en)


class Colour(Choice):
    """The four levels of a risk."""

    red = "red", "重大（红）", "Major (red)"
    orange = "orange", "较大（橙）", "Larger (orange)"
    yellow = "yellow", "一般（黄）", "Ordinary (yellow)"
    blue = "blue", "低（蓝）", "Low (blue)"


class SiteRisk(Record):
    """One risk of one site: text, codes, choices, whole numbers, decimals, days and instants."""

    titles = Words("场所安全风险", "Risk of a site")
    time: Annotated[datetime, says("填报时间", "Stated at", role="time")]
    enterprise: Annotated[str, checked(_credit_code, str.upper), says("统一社会信用代码", "Credit code", role="party", key="party")]
    area: Annotated[str, says("辖区", "Area", role="area")]
    site: Annotated[str, says("场所编号", "Site number", key="site")]
    name: Annotated[str, says("场所名称", "Site name")]
    industry: Annotated[str, says("行业代码", "Industry code")]
    address: Annotated[str, says("地址", "Address")]
    founded: Annotated[date, says("成立日期", "Founded")]
    staff: Annotated[int, says("从业人数", "Staff", low=0, high=100_000)]
    risk: Annotated[str, says("风险名称", "Risk")]
    part: Annotated[str, says("部位", "Part of the site")]
    likelihood: Annotated[Decimal, says("可能性 L", "Likelihood L", low=0, high=10, places=1)]
    exposure: Annotated[Decimal, says("暴露频率 E", "Exposure E", low=0, high=10, places=1)]
    consequence: Annotated[int, says("后果 C", "Consequence C", low=0, high=100)]
    level: Annotated[Colour, says("风险等级", "Level")]
    major: Annotated[bool, says("重大危险源", "Major hazard source")]
    measures: Annotated[str, says("管控措施", "Measures", longest=500)]
    post: Annotated[str, says("责任岗位", "Responsible post")]
    reviewed: Annotated[date, says("评估日期", "Reviewed on")]
    note: Annotated[str, says("备注", "Note")] = ""


FIELDS = ("填报时间", "统一社会信用代码", "辖区", "场所编号", "场所名称", "行业代码", "地址", "成立日期", "从业人数", "风险名称",
          "部位", "可能性 L", "暴露频率 E", "后果 C", "风险等级", "重大危险源", "管控措施", "责任岗位", "评估日期", "备注")  # fmt: skip
_RISKS = ("液氨泄漏", "粉尘爆炸", "有限空间中毒", "高处坠落", "机械伤害", "触电", "火灾", "起重伤害")
_PARTS = ("制冷机房", "打磨车间", "污水池", "屋面", "冲压线", "配电室", "成品库", "行车")
_POSTS = ("车间主任", "安全员", "班组长", "设备主管")
_GRID_L, _GRID_E, _GRID_C = (0.5, 1, 3, 6, 10), (0.5, 1, 2, 3, 6, 10), (1, 3, 7, 15, 40, 100)


def rows(count: int, bad: int = 0, seed: int = 7) -> Iterator[list[Any]]:
    """Rows as a spreadsheet holds them; `bad` of them have a wrong cell."""
    chance = random.Random(seed)
    wrong = set(chance.sample(range(count), bad))
    first = datetime(2024, 1, 2, 9, 0, tzinfo=UTC)
    for n in range(count):
        body = f"{n % 90_000 + 10_000:05d}{chance.randrange(1000):03d}"
        code = "91320585" + body + codes.organisation_check_sign(body)
        level = chance.choice(list(Colour))
        row: list[Any] = [
            (first + timedelta(minutes=n)).replace(tzinfo=None), code + codes.uscc_check_sign(code), "320585", f"{n + 1:08d}",
            f"太仓测试场所{n + 1}", f"C{1300 + n % 700}", f"太仓市城厢镇测试路{n % 997}号", date(2001, 1, 1) + timedelta(days=n % 7000),
            n % 500, _RISKS[n % 8], _PARTS[n % 8], chance.choice(_GRID_L), chance.choice(_GRID_E), chance.choice(_GRID_C),
            level.zh, "是" if n % 50 == 0 else "否", f"每班巡检，第{n % 60}号报警仪在线，超限联锁停机并通风", _POSTS[n % 4],
            date(2024, 1, 1) + timedelta(days=n % 90), "" if n % 3 else "已复核",
        ]  # fmt: skip
        if n in wrong:
            row[chance.choice((1, 8, 11, 14))] = "不详"
        yield row


def write(path: Path, count: int, bad: int = 0) -> int:
    """A workbook as a spreadsheet program saves it (shared strings); bytes of the file."""
    book = xlsxwriter.Workbook(path, {"in_memory": True})
    sheet = book.add_worksheet("场所安全风险")
    stamp, day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, FIELDS)
    for n, row in enumerate(rows(count, bad), 1):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(n, column, value, stamp)
            elif isinstance(value, date):
                sheet.write_datetime(n, column, value, day)  # type: ignore[arg-type]
            elif isinstance(value, str):
                sheet.write_string(n, column, value)
            else:
                sheet.write_number(n, column, value)
    book.close()
    return path.stat().st_size
