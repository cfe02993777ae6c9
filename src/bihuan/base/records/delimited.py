"""Text tables: CSV in the encodings that offices here use, and cells pasted from a spreadsheet."""

from __future__ import annotations

import codecs
import csv
import io
import re

from bihuan.base.declare import TypeSpec
from bihuan.base.errors import Invalid, Unsupported
from bihuan.base.records.columns import HEADER_WITHIN, score

LONGEST_CELL = 100_000
"""Characters in one cell."""
MOST_ROWS = 50_000
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_STATED = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)
_DELIMITERS = ",;\t"


def decoded(data: bytes) -> tuple[str, str]:
    """Text of a file and its encoding: UTF-8, UTF-16 with a mark, else GB18030 (which holds GBK and GB 2312)."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _text(data[len(mark) :], name), name
    try:
        return _text(data, "utf-8"), "utf-8"
    except Unsupported:
        return _text(data, "gb18030"), "gb18030"


def _text(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        raise Unsupported(
            f"这不是表格文本：第 {line} 行的字符无法识别。请另存为 UTF-8 编码的 CSV 或 .xlsx。",
            f"This is no table text: line {line} cannot be read. Save it as CSV in UTF-8 or as .xlsx.",
            code="encoding",
        ) from broken
    if _BINARY.search(text):
        raise Unsupported(
            "这不是表格文件，请上传 .xlsx 或 CSV。", "This is no table; send .xlsx or CSV.", code="binary"
        )
    return text


def grid(text: str, spec: TypeSpec, delimiters: str = _DELIMITERS, most: int = MOST_ROWS) -> list[list[str]]:
    """Rows of a text table; the delimiter is the one under which most column labels are found."""
    stated = _STATED.match(text)
    if stated:
        return [[""], *_rows(text[stated.end() :], stated[1], most)]
    head = "".join(text.splitlines(keepends=True)[:HEADER_WITHIN])
    return _rows(text, max(delimiters, key=lambda sign: _found(head, sign, spec)), most)


def _found(head: str, delimiter: str, spec: TypeSpec) -> tuple[int, int]:
    most = 0
    for line in head.splitlines():
        most = max(most, score(spec, (cell.strip('" ') for cell in line.split(delimiter))))
    return most, head.count(delimiter)


def _rows(text: str, delimiter: str, most: int) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise csv.Error("field larger than field limit")
            rows.append(row)
            if len(rows) > most + 100:
                raise Invalid(
                    f"超过 {most} 行，请分成几个文件。",
                    f"More than {most} rows; split the file.",
                    code="too_far",
                )
    except csv.Error as broken:
        line = reader.line_num
        raise Invalid(
            f"第 {line} 行附近的引号不成对或内容过长，请检查后再上传。",
            f"Near line {line} a quotation mark is not closed or a cell is too long ({broken}).",
            code="broken",
        ) from broken
    return rows


def without_guard(text: str) -> str:
    """Take off the tab or apostrophe that exports put before codes and before signs that would start a formula."""
    text = text.lstrip("\t")
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@＝＋－＠'\n" else text
