"""Printed sheets: set as PDF with the packaged font, whatever people typed, and a damaged plan told."""

from __future__ import annotations

import re
import struct
import zlib
from decimal import Decimal
from pathlib import Path

import pytest

import bihuan.ends
from bihuan.base.errors import Refused, Words
from bihuan.base.panels import Sheet, SheetMark, SheetTable
from bihuan.ends.shared.typeset import Picture, sheets_pdf

FONTS = Path(bihuan.ends.__file__).parent / "static" / "bundle" / "fonts"
ROW = (Words("1", "1"), Words('液氨储罐 䶮 #strong[x] $a$ _b_ "c" \\', "Ammonia tank"))


def png(width: int, height: int) -> bytes:
    """A white picture."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + b"\xff" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def sheet(rows: int = 1, **more: object) -> Sheet:
    table = SheetTable((Words("序号", "No."), Words("风险", "Risk")), (1, 6), (ROW,) * rows, ("red",) * rows)
    return Sheet(Words("管控清单", "Control list"), Words("测试企业", "A firm"), tables=(table,), **more)  # type: ignore[arg-type]


def pages(*sheets: Sheet, picture: Picture = lambda file: None) -> tuple[int, bytes]:
    data = sheets_pdf(sheets, fonts=FONTS, lang="zh", footer="闭环", picture=picture)
    return max(int(count) for count in re.findall(rb"/Count (\d+)", data)), data


def test_a_long_list_runs_over_pages_in_the_packaged_font() -> None:
    count, data = pages(sheet(200), sheet(1, large=True, wide=True, colour="red"))
    assert count >= 5
    assert b"NotoSansSC" in data and b"Libertinus" not in data


def test_marks_stand_on_the_plan_or_on_a_plain_frame() -> None:
    marks = (SheetMark(Decimal("0"), Decimal("100"), "1", "red"), SheetMark(Decimal("33.3"), Decimal("5"), "2", "blue"))
    plain, _ = pages(sheet(marks=marks, plan="file-gone"))
    drawn, with_plan = pages(sheet(marks=marks, plan="file-1"), picture=lambda file: ("png", png(300, 200)))
    assert plain == drawn == 1
    assert b"/Image" in with_plan


def test_a_damaged_plan_is_told_and_nothing_else_breaks() -> None:
    with pytest.raises(Refused, match="the plan may be damaged"):
        pages(sheet(plan="file-1"), picture=lambda file: ("png", png(30, 20)[:40]))
    assert pages(sheet())[0] == 1
