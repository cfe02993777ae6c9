"""The three forms of partners' files: bytes to rows, and how a value of a row is pointed at.

Whatever a file holds, only Invalid (or TooLarge, Unsupported) is raised: no entity is expanded, no address fetched.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NoReturn, Protocol

from lxml import etree

from bihuan.base.errors import Fault, Invalid, TooLarge, Words

Encoding = Literal["auto", "utf-8", "gb18030"]
Pointer = Callable[[Any], list[Any]]
"""From a row (or the whole file) to the values that stand at a path; containers come out as `Inner`."""
MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 50_000
LONGEST_CELL = 20_000
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Inner:
    """What stands at a path is no single value."""


INNER = Inner()


class PathFault(ValueError):
    """A path of a mapping that cannot be understood: the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number from 1, where it stands in the file, the node that paths start from, and how to show it."""

    number: int
    place: str
    node: Any
    shown: str


class Source(Protocol):
    """One form of file, as a mapping declares it."""

    format: Literal["csv", "json", "xml"]

    def pointer(self, path: str) -> Pointer:
        """A path to values; PathFault when it cannot be understood."""
        ...

    def rows_at(self, path: str) -> Pointer:
        """A path to rows; PathFault when it cannot be understood."""
        ...

    def open(self, data: bytes) -> Any:
        """The whole file; Invalid says what is wrong with it."""
        ...

    def rows(self, whole: Any, at: Pointer) -> Iterator[Row]:
        """The rows of a file, at most MAX_ROWS."""
        ...


def refuse(code: str, zh: str, en: str, place: str = "", cause: Exception | None = None) -> NoReturn:
    """Refuse the whole file."""
    raise Invalid(zh, en, code=code, faults=[Fault(place, code, Words(zh, en))]) from cause


def text_of(data: bytes, encoding: Encoding) -> str:
    """The text of a file: `auto` is UTF-8, else GB18030 (which holds GBK and GB 2312); refused when it is no text."""
    if len(data) > MAX_BYTES:
        raise TooLarge(f"文件超过 {MAX_BYTES} 字节，请分批发送。", f"Larger than {MAX_BYTES} bytes: send it in parts.")
    if not data.strip():
        refuse("empty", "文件是空的。", "The file is empty.")
    marked = data.startswith(b"\xef\xbb\xbf")
    tried = ("utf-8",) if marked else _likely(data) if encoding == "auto" else (encoding,)
    for name in tried:
        try:
            text = data.decode("utf-8-sig" if marked else name)
        except UnicodeDecodeError as wrong:
            if name == tried[-1]:
                line = data[: wrong.start].count(b"\n") + 1
                zh, en = f"第 {line} 行的字符不是 {name} 编码。", f"Line {line} is not {name}."
                refuse("encoding", zh, en, f"line {line}", wrong)
            continue
        if _BINARY.search(text):
            refuse("binary", "这不是文本文件。", "This is no text file.")
        return text
    raise AssertionError(tried)


def _likely(data: bytes) -> tuple[str, ...]:
    """In which order encodings are tried.

    Some Chinese words in GB18030 are valid UTF-8 by chance (虾 is CF BA), but then they read as two-byte signs, Greek
    or accented letters, and never as a Chinese sign.
    """
    try:
        text = data.decode("utf-8")
        other = data.decode("gb18030")
    except UnicodeDecodeError:
        return ("utf-8", "gb18030")
    by_chance = not text.isascii() and max(text) < "\u0800" and any("\u4e00" <= sign <= "\u9fff" for sign in other)
    return ("gb18030",) if by_chance else ("utf-8",)


@dataclass(slots=True)
class Csv:
    """A table with a header line."""

    encoding: Encoding = "auto"
    delimiter: str = ","
    skip_lines: int = 0
    columns: list[str] = field(default_factory=list)
    """The columns that the mapping reads; all must be in the header."""
    format: Literal["csv", "json", "xml"] = "csv"

    def pointer(self, path: str) -> Pointer:
        """A column by its header."""
        if not path.strip():
            raise PathFault("请写列名。", "Name a column.")
        self.columns.append(path)
        return lambda node: [node[path]] if isinstance(node, dict) else []

    def rows_at(self, path: str) -> Pointer:
        """A table has no rows within rows."""
        raise PathFault("CSV 没有内层明细；请用 group。", "A CSV has no rows within rows; use group.")

    def open(self, data: bytes) -> Any:
        """Text lines behind the header, and the header."""
        text = text_of(data, self.encoding)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, strict=True)
        try:
            for _ in range(self.skip_lines):
                next(reader, None)
            header = [cell.strip() for cell in next(reader, [])]
        except csv.Error as wrong:
            self._broken(reader.line_num, wrong)
        faults = [
            Fault(f"line {reader.line_num}", "column", Words(f"缺少“{name}”列。", f"There is no column “{name}”."))
            for name in dict.fromkeys(self.columns)
            if header.count(name) == 0
        ] + [
            Fault(f"line {reader.line_num}", "column", Words(f"“{name}”列出现多次。", f"Column “{name}” stands twice."))
            for name in dict.fromkeys(self.columns)
            if header.count(name) > 1
        ]
        if faults:
            zh = f"表头与映射不符，共 {len(faults)} 处。"
            en = f"The header does not fit the mapping in {len(faults)} place(s)."
            raise Invalid(zh, en, code="header", faults=faults)
        return header, reader

    def rows(self, whole: Any, at: Pointer) -> Iterator[Row]:
        """The rows below the header; empty ones are left out."""
        header, reader = whole
        number = 0
        try:
            for cells in reader:
                number += 1
                _check_count(number)
                if not any(cell.strip() for cell in cells):
                    continue
                line = reader.line_num
                beyond = any(cell.strip() for cell in cells[len(header) :])
                if len(cells) < len(header) or beyond:
                    zh = f"第 {line} 行有 {len(cells)} 格，表头有 {len(header)} 格。"
                    node: Any = Words(zh, f"Line {line} has {len(cells)} cells, the header has {len(header)}.")
                else:
                    node = dict(zip(header, cells, strict=False))
                yield Row(number, f"line {line}", node, json.dumps(cells, ensure_ascii=False))
        except csv.Error as wrong:
            self._broken(reader.line_num, wrong)

    def _broken(self, line: int, wrong: csv.Error) -> NoReturn:
        zh = f"第 {line} 行附近的引号不成对或内容过长。"
        refuse("broken", zh, f"Near line {line}: {wrong}.", f"line {line}", wrong)


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A JSON value with the row around it."""

    value: Any
    up: JsonNode | None
    root: Any
    place: str = "$"


_PART = re.compile(r"([^\[\]]*)((?:\[(?:\*|[0-9]{1,6})\])*)\Z")


@dataclass(slots=True)
class Json:
    """A JSON document, read with exact numbers; the same key twice is refused."""

    encoding: Encoding = "utf-8"
    format: Literal["csv", "json", "xml"] = "json"

    def pointer(self, path: str) -> Pointer:
        """`a.b[0].c` below the row, `^.a` one row further out, `$.a` from the top."""
        find = _json_path(path)

        def values(node: Any) -> list[Any]:
            return [INNER if isinstance(n.value, dict | list) else n.value for n in find(node)]

        return values

    def rows_at(self, path: str) -> Pointer:
        """`trips[*].events[*]`: every event of every trip; `^.` in a row leads to its trip."""
        return _json_path(path)

    def open(self, data: bytes) -> Any:
        """The whole document as a node."""
        text = text_of(data, self.encoding)
        try:
            value = json.loads(text, object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_number)
        except RecursionError as wrong:
            refuse("too_deep", "嵌套层次过深。", "Nested too deeply.", cause=wrong)
        except json.JSONDecodeError as wrong:
            place = f"line {wrong.lineno}"
            refuse("not_json", f"第 {wrong.lineno} 行不是有效的 JSON。", f"Not valid JSON: {wrong}.", place, wrong)
        except ValueError as wrong:
            refuse("not_json", f"不是可用的 JSON：{wrong}", f"Not usable JSON: {wrong}", cause=wrong)
        return JsonNode(value, None, value)

    def rows(self, whole: Any, at: Pointer) -> Iterator[Row]:
        """The rows that the path finds."""
        for number, node in enumerate(at(whole), 1):
            _check_count(number)
            yield Row(number, node.place, node, json.dumps(node.value, ensure_ascii=False, default=str))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:80]
        refuse("repeated_key", f"同一对象中重复出现“{twice}”。", f"The key “{twice}” stands twice in one object.")
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _json_path(path: str) -> Callable[[Any], list[JsonNode]]:
    rest, ups, top = path.strip(), 0, False
    if rest.startswith("$"):
        rest, top = rest[1:].removeprefix("."), True
    while rest.startswith("^"):
        rest, ups = rest[1:].removeprefix("."), ups + 1
    steps: list[str | int | None] = []
    for part in rest.split(".") if rest else []:
        found = _PART.match(part)
        if found is None or not part:
            zh = f"路径“{path}”写法不对；例如 trips[*].events[*]、^.plate。"
            raise PathFault(zh, f"The path “{path}” is not understood; e.g. trips[*].events[*] or ^.plate.")
        if found[1]:
            steps.append(found[1])
        steps += [None if index == "*" else int(index) for index in re.findall(r"\[([^\]]*)\]", found[2])]
    if not path.strip():
        raise PathFault("请写路径。", "Give a path.")

    def find(node: Any) -> list[JsonNode]:
        start: JsonNode | None = node
        for _ in range(ups):
            start = None if start is None else start.up
        if start is None:
            return []
        if top:
            start = JsonNode(start.root, None, start.root)
        return _walk(start, steps)

    return find


def _walk(start: JsonNode, steps: Sequence[str | int | None]) -> list[JsonNode]:
    found: list[tuple[Any, JsonNode, str]] = [(start.value, start, start.place)]
    for step in steps:
        after: list[tuple[Any, JsonNode, str]] = []
        for value, row, place in found:
            if step is None and isinstance(value, list):
                for n, item in enumerate(value):
                    here = f"{place}[{n}]"
                    after.append((item, JsonNode(item, row, start.root, here), here))
            elif isinstance(step, int) and isinstance(value, list) and step < len(value):
                after.append((value[step], row, f"{place}[{step}]"))
            elif isinstance(step, str) and isinstance(value, dict) and step in value:
                after.append((value[step], row, f"{place}.{step}"))
        found = after
    return [row if row.value is value else JsonNode(value, row, start.root, place) for value, row, place in found]


@dataclass(slots=True)
class Xml:
    """An XML document; document types and entities are refused, nothing is fetched."""

    namespaces: dict[str, str] = field(default_factory=dict)
    encoding: Encoding = "utf-8"
    format: Literal["csv", "json", "xml"] = "xml"

    def pointer(self, path: str) -> Pointer:
        """XPath to elements, attributes or text, relative to the row."""
        find = self._path(path)

        def values(node: Any) -> list[Any]:
            found = find(node)
            items = found if isinstance(found, list) else [found]
            return [_content(item) if isinstance(item, etree._Element) else str(item) for item in items]

        return values

    def rows_at(self, path: str) -> Pointer:
        """XPath to elements."""
        find = self._path(path)

        def rows(node: Any) -> list[Any]:
            found = find(node)
            return [item for item in found if isinstance(item, etree._Element)] if isinstance(found, list) else []

        return rows

    def _path(self, path: str) -> Callable[[Any], Any]:
        if not path.strip():
            raise PathFault("请写路径。", "Give a path.")
        try:
            found: Callable[[Any], Any] = etree.XPath(path, namespaces=self.namespaces or None, regexp=False)
            found(etree.Element("trial"))  # an unknown prefix or function shows only when it is worked out
        except etree.XPathError as wrong:
            zh, en = f"XPath“{path}”写法不对：{wrong}", f"The XPath “{path}” is not understood: {wrong}"
            raise PathFault(zh, en) from wrong
        return found

    def open(self, data: bytes) -> Any:
        """The root element."""
        text_of(data, "auto")
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            refuse("doctype", "不接受带有文档类型（DOCTYPE）的 XML。", "XML with a document type is not taken.")
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, dtd_validation=False,
            remove_comments=True, remove_pis=True, collect_ids=False,
        )  # fmt: skip
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as wrong:
            line = getattr(wrong, "lineno", None) or 1
            zh, en = f"第 {line} 行不是有效的 XML。", f"Not valid XML: {wrong}."
            refuse("not_xml", zh, en, f"line {line}", wrong)
        if root.getroottree().docinfo.internalDTD is not None:
            refuse("doctype", "不接受带有文档类型（DOCTYPE）的 XML。", "XML with a document type is not taken.")
        return root

    def rows(self, whole: Any, at: Pointer) -> Iterator[Row]:
        """The elements that the XPath finds."""
        for number, node in enumerate(at(whole), 1):
            _check_count(number)
            shown = etree.tostring(node, encoding="unicode", with_tail=False)
            yield Row(number, f"line {node.sourceline}", node, shown)


def _content(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


def _check_count(number: int) -> None:
    if number > MAX_ROWS:
        raise TooLarge(f"超过 {MAX_ROWS} 行，请分批发送。", f"More than {MAX_ROWS} rows: send it in parts.")
