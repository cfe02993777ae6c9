"""A workbook is opened here, in a process of its own with little memory and little time: bytes in, JSON out.

Run by file name, never imported by the server: a crafted workbook can abort the library that reads it, and then only
this process ends. It knows nothing of ours and starts in a twentieth of a second. Answers on standard output with
`{"refused": [code, zh, en]}` or `{"sheets": [...], "date1904": bool}`; see `_sheet` for what is told of each sheet.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine
from lxml import etree

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
SECONDS = 30
"""Of processor time."""
UNPACKED = 200 * 1024 * 1024
"""Bytes of all parts together, unpacked."""
PARTS = 2000
MOST_SHEETS = 20
MOST_MERGED = 100_000
"""Cells in merged ranges of one sheet."""
MOST_CELLS = 500_000
MOST_ROWS = 50_000
MOST_AREA = 4_000_000
"""Rows times columns between the outermost cells: the reader lays all of it out in memory."""
PADDED = re.compile(r"^0{2,}$")
"""A number format that shows leading zeros which the cell does not hold."""


BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    KeyError,
    etree.XMLSyntaxError,
    python_calamine.CalamineError,
)
"""What the libraries raise over a damaged file."""


class RefusedFileError(Exception):
    """The workbook is not read; code and reason in both languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.told = [code, zh, en]


def confine(memory: int, seconds: int) -> None:
    """From now on this process has so many bytes of memory and seconds of processor time, and writes no file."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    """Read a workbook from standard input and tell what stands in it."""
    confine(MEMORY, SECONDS)
    try:
        told = workbook(sys.stdin.buffer.read())
    except RefusedFileError as refused:
        told = {"refused": refused.told}
    except BROKEN as broken:
        told = {"refused": damaged(broken).told}
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode())


def damaged(broken: Exception) -> RefusedFileError:
    """The refusal of a file that a library cannot read."""
    return RefusedFileError(
        "broken",
        "文件已损坏或不完整，请在表格软件中打开后另存为 .xlsx 再上传。",
        f"The file is damaged: {type(broken).__name__}; open it and save it anew as .xlsx.",
    )


def workbook(data: bytes) -> dict[str, Any]:
    """Everything that is told of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_parts(archive)
        book = parsed(archive, "xl/workbook.xml")
        paths = sheet_paths(archive, book)
        padded = padded_styles(archive)
        marks = {}
        cells = 0
        for name, path in paths.items():
            marks[name] = told = scan(archive, path, padded)
            cells += len(told["raw"])
            if cells > MOST_CELLS:
                raise too_many()
        properties = book.find("{*}workbookPr")
        old = properties is not None and properties.get("date1904") in ("1", "true", "on")
    loaded = python_calamine.load_workbook(io.BytesIO(data))
    shown = {m.name: m.visible is python_calamine.SheetVisibleEnum.Visible for m in loaded.sheets_metadata}
    sheets = [_sheet(loaded, name, shown.get(name, True), told) for name, told in marks.items()]
    return {"sheets": sheets, "date1904": old}


def check_parts(archive: zipfile.ZipFile, unpacked: int = UNPACKED) -> None:
    """Refuse a workbook by what its directory says, before anything is unpacked; `unpacked` in bytes of all parts."""
    parts = archive.infolist()
    names = [part.filename for part in parts]
    lower = {name.lower() for name in names}
    if len(parts) > PARTS or sum(part.file_size for part in parts) > unpacked:
        raise RefusedFileError(
            "bomb",
            "文件解开后过大，请删去无关内容后再上传。",
            "The file is too large when unpacked; remove what is not needed.",
        )
    if len(lower) != len(parts) or any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise RefusedFileError(
            "parts", "文件内部结构不正常，已拒收。", "The parts inside the file are not as they must be."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise RefusedFileError("locked", "文件加了密码，请去掉密码后再上传。", "The file has a password; take it off.")
    if any("vbaproject" in name for name in lower):
        raise RefusedFileError(
            "macros", "文件含有宏，请另存为不含宏的 .xlsx。", "The file holds macros; save it as plain .xlsx."
        )
    if any("externallinks/" in name for name in lower):
        raise RefusedFileError(
            "external",
            "文件引用了其他工作簿，请断开链接、只留数值后再上传。",
            "The file refers to other workbooks; break the links and keep values only.",
        )
    if "xl/workbook.xml" not in names:
        raise RefusedFileError(
            "not_xlsx",
            "这不是 .xlsx 工作簿，请另存为 .xlsx 或 CSV。",
            "This is no .xlsx workbook; save it as .xlsx or CSV.",
        )


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parsed(archive: zipfile.ZipFile, path: str) -> Any:
    """A small part of the workbook as its tree, entities off."""
    root = etree.fromstring(archive.read(path), _parser())
    if root.getroottree().docinfo.internalDTD is not None:
        raise RefusedFileError(
            "parts", "文件内部结构不正常，已拒收。", "A part of the file declares entities: refused."
        )
    return root


def sheet_paths(archive: zipfile.ZipFile, book: Any) -> dict[str, str]:
    """Path of each worksheet by its name, in the order of the workbook."""
    links = parsed(archive, "xl/_rels/workbook.xml.rels")
    targets = {link.get("Id"): link.get("Target", "") for link in links if str(link.get("Type")).endswith("/worksheet")}
    found: dict[str, str] = {}
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        if link in targets:
            target = targets[link]
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)
            found[sheet.get("name", "")] = path
    if not found:
        raise RefusedFileError("no_sheet", "工作簿里没有工作表。", "There is no worksheet in the workbook.")
    if len(found) > MOST_SHEETS:
        raise RefusedFileError(
            "sheets",
            f"超过 {MOST_SHEETS} 个工作表，请只留要导入的。",
            f"More than {MOST_SHEETS} worksheets; keep the ones to import.",
        )
    return found


def padded_styles(archive: zipfile.ZipFile) -> dict[int, int]:
    """By cell style: the digits that a format such as 00000 pads to."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = parsed(archive, "xl/styles.xml")
    codes = {f.get("numFmtId"): f.get("formatCode", "") for f in styles.iterfind("{*}numFmts/{*}numFmt")}
    found = {}
    for n, style in enumerate(styles.iterfind("{*}cellXfs/{*}xf")):
        code = codes.get(style.get("numFmtId"), "")
        if PADDED.match(code):
            found[n] = len(code)
    return found


def scan(archive: zipfile.ZipFile, path: str, padded: dict[int, int]) -> dict[str, Any]:
    """What the values alone don't tell: formulas, merged ranges, hidden rows and columns, errors, padding."""
    told: dict[str, Any] = {"raw": {}, "formulas": set(), "merged": [], "hidden_rows": [], "hidden_columns": []}
    low = [10**9, 10**9]
    high = [-1, -1]
    with archive.open(path) as part:
        for row, column, cell in _cells(part, told):
            formula = cell.find("{*}f")
            if formula is not None:
                told["formulas"] |= {
                    (row, column),
                    *spread(formula.get("ref") if formula.get("t") != "shared" else None),
                }
            value = cell.find("{*}v")
            if value is None and cell.find("{*}is") is None:
                continue
            low, high = [min(low[0], row), min(low[1], column)], [max(high[0], row), max(high[1], column)]
            if (high[0] - low[0] + 1) * (high[1] - low[1] + 1) > MOST_AREA or row >= MOST_ROWS + 100:
                where = coordinate(row, column)
                raise RefusedFileError(
                    "too_far",
                    f"{where} 里有内容，离表格太远或行数超过 {MOST_ROWS}；请删去该格或分成几个文件。",
                    f"{where} holds something far from the table, or there are more than {MOST_ROWS} "
                    "rows; clear it or split the file.",
                )
            kind = cell.get("t", "n")
            wide = padded.get(int(cell.get("s", "0")), 0) if kind == "n" else 0
            told["raw"][(row, column)] = (kind, (value.text or "") if kind == "e" and value is not None else "", wide)
            if len(told["raw"]) > MOST_CELLS or len(told["formulas"]) > MOST_CELLS:
                raise too_many()
    merged = sum((bottom - top + 1) * (right - left + 1) for _, top, left, bottom, right in told["merged"])
    if merged > MOST_MERGED:
        raise too_many()
    return told


def _cells(part: Any, told: dict[str, Any]) -> Iterator[tuple[int, int, Any]]:
    row = -1
    for _, element in etree.iterparse(
        part, tag=("{*}row", "{*}mergeCell", "{*}col"), resolve_entities=False, no_network=True, load_dtd=False
    ):
        name = etree.QName(element).localname
        if name == "mergeCell":
            ref = element.get("ref", "")
            told["merged"].append([ref, *corners(ref)])
        elif name == "col":
            if element.get("hidden") in ("1", "true"):
                first, last = int(element.get("min", "1")), int(element.get("max", "1"))
                told["hidden_columns"] += range(first - 1, min(last, first + 255))
        else:
            row = int(element.get("r", row + 2)) - 1
            if element.get("hidden") in ("1", "true") and row < 2 * MOST_ROWS:
                told["hidden_rows"].append(row)
            column = -1
            for cell in element.iterfind("{*}c"):
                column = position(cell.get("r"))[1] if cell.get("r") else column + 1
                yield row, column, cell
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def spread(ref: str | None) -> set[tuple[int, int]]:
    """All cells of a formula that fills a range."""
    if not ref or ":" not in ref:
        return set()
    top, left, bottom, right = corners(ref)
    if (bottom - top + 1) * (right - left + 1) > MOST_CELLS:
        raise too_many()
    return {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}


def corners(ref: str) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of `B7:C9`, from 0."""
    first, _, last = ref.partition(":")
    return (*position(first), *position(last or first))


def too_many() -> RefusedFileError:
    """The refusal of a workbook with too many cells."""
    return RefusedFileError(
        "too_many_cells",
        f"超过 {MOST_CELLS} 个单元格，或合并的区域过大；请只留要导入的内容，或分成几个文件。",
        f"More than {MOST_CELLS} cells, or very large merged ranges; keep what is to be imported, or split the file.",
    )


def _sheet(loaded: Any, name: str, shown: bool, told: dict[str, Any]) -> dict[str, Any]:
    """One sheet: cells as [row, column, kind, text, padded], and the places that need a word.

    Kinds: s text, n number, b boolean, d date and time, t time of day, e error; rows and columns count from 0.
    A merged range is its name, then top, left, bottom, right.
    """
    grid = loaded.get_sheet_by_name(name).to_python(skip_empty_area=False) if told["raw"] else []
    cells = []
    for (row, column), (kind, error, wide) in told["raw"].items():
        value = grid[row][column] if row < len(grid) and column < len(grid[row]) else ""
        shape, text = ("e", error) if kind == "e" else plain(value)
        if text:
            cells.append([row, column, shape, text, wide])
    return {
        "name": name,
        "visible": shown,
        "cells": cells,
        "formulas": sorted(told["formulas"]),
        "merged": told["merged"],
        "hidden_rows": told["hidden_rows"],
        "hidden_columns": told["hidden_columns"],
    }


def plain(value: Any) -> tuple[str, str]:
    """Kind and text of a value as the reader of workbooks gives it."""
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, (int, float)):
        return "n", repr(value)
    if isinstance(value, datetime):
        return "d", whole(value).isoformat()
    if isinstance(value, date):
        return "d", value.isoformat() + "T00:00:00"
    if isinstance(value, time):
        return "t", value.isoformat()
    if isinstance(value, timedelta):
        return "t", str(value)
    return "s", str(value)


def whole(at: datetime) -> datetime:
    """A serial number holds a second only to some microseconds; within a millisecond of a second it is that second."""
    off = (at.microsecond + 1000) % 1_000_000 - 1000
    return at - timedelta(microseconds=off) if abs(off) <= 1000 else at


def coordinate(row: int, column: int) -> str:
    """`B7` of row 6, column 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def position(ref: str) -> tuple[int, int]:
    """Row 6, column 1 of `B7`; ValueError when it is no cell."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", ref)
    if match is None:
        raise ValueError(ref)
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


if __name__ == "__main__":
    main()
