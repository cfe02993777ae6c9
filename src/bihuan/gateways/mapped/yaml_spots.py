"""A mapping file as a tree in which everything knows its line; all words stay text (310115 is no number)."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from bihuan.base.errors import Fault, Invalid, Words

MAX_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Spot:
    """One value of the file: text, a list or named members, with the line (from 1) and the path it stands at."""

    value: str | list[Spot] | dict[str, Spot]
    line: int
    path: str

    @property
    def where(self) -> str:
        """Line and path, for messages."""
        return f"line {self.line}" + (f" {self.path}" if self.path else "")


class Notes:
    """What is wrong with a mapping file, each with its line."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, spot: Spot, code: str, zh: str, en: str) -> None:
        """Note a mistake at a place of the file."""
        self.faults.append(Fault(spot.where, code, Words(zh, en)))

    def members(self, spot: Spot, known: tuple[str, ...], needed: tuple[str, ...] = ()) -> dict[str, Spot]:
        """The named members of a place; unknown and missing ones are noted."""
        if not isinstance(spot.value, dict):
            self.add(spot, "shape", "这里应写成“名称: 值”的形式。", "Named members (name: value) are expected here.")
            return {}
        for name, inner in spot.value.items():
            if name not in known:
                zh = f"没有“{name}”这一项；可用：{'、'.join(known)}。"
                self.add(inner, "unknown_member", zh, f"There is no “{name}” here; known: {', '.join(known)}.")
        for name in needed:
            if name not in spot.value:
                self.add(spot, "missing_member", f"缺少“{name}”。", f"“{name}” is missing.")
        return {name: inner for name, inner in spot.value.items() if name in known}

    def text(self, spot: Spot | None, default: str = "") -> str:
        """A place that holds one text."""
        if spot is None:
            return default
        if isinstance(spot.value, str):
            return spot.value
        self.add(spot, "shape", "这里应是一个值。", "One value is expected here.")
        return default

    def texts(self, spot: Spot | None) -> list[str]:
        """A place that holds one text or a list of texts."""
        if spot is None:
            return []
        if isinstance(spot.value, str):
            return [spot.value]
        return [self.text(inner) for inner in self.items(spot)]

    def items(self, spot: Spot) -> list[Spot]:
        """The entries of a list; a single one need not be written as a list."""
        return spot.value if isinstance(spot.value, list) else [spot]

    def flag(self, spot: Spot | None, default: bool = False) -> bool:
        """A place that holds true or false."""
        text = self.text(spot, "true" if default else "false").lower()
        if spot is not None and text not in ("true", "false", "yes", "no"):
            self.add(spot, "flag", "应为 true 或 false。", "Must be true or false.")
        return text in ("true", "yes")

    def whole(self, spot: Spot | None, default: int = 0, most: int = 1_000_000) -> int:
        """A place that holds a whole number from 0."""
        text = self.text(spot, str(default))
        if text.isascii() and text.isdecimal() and len(text) < 8 and int(text) <= most:
            return int(text)
        if spot is not None:
            self.add(spot, "number", f"应为 0 到 {most} 的整数。", f"Must be a whole number from 0 to {most}.")
        return default


def read_spots(data: bytes) -> Spot:
    """The tree of a mapping file; Invalid when it is no YAML, too large, or uses references."""
    if len(data) > MAX_BYTES:
        zh = f"映射文件超过 {MAX_BYTES} 字节。"
        raise _refused("", "too_large", zh, f"The mapping is larger than {MAX_BYTES} bytes.")
    try:
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = 0 if event.start_mark is None else event.start_mark.line + 1
                raise _refused(f"line {line}", "alias", "不支持引用（*）。", "References (*) are not supported.")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise _refused(f"line {line}", "encoding", "映射文件应为 UTF-8。", "The mapping must be UTF-8.") from wrong
    except RecursionError as wrong:
        raise _refused("", "too_deep", "嵌套层次过深。", "Nested too deeply.") from wrong
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        at = "" if mark is None else f"line {mark.line + 1}"
        said = str(getattr(wrong, "problem", "") or "")
        raise _refused(at, "yaml", f"不是有效的 YAML：{said}", f"Not valid YAML: {said}") from wrong
    if node is None:
        raise _refused("", "empty", "映射文件是空的。", "The mapping is empty.")
    faults: list[Fault] = []
    spot = _spot(node, "", faults)
    if faults:
        raise Invalid("映射文件有重复的名称。", "A name stands twice in the mapping.", code="mapping", faults=faults)
    return spot


def _spot(node: yaml.Node, path: str, faults: list[Fault]) -> Spot:
    line = _line(node)
    if isinstance(node, yaml.MappingNode):
        members: dict[str, Spot] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            where = f"{path}.{name}" if path else name
            if name in members:
                at = f"line {_line(key)} {where}"
                faults.append(Fault(at, "repeated", Words(f"“{name}”写了两次。", f"“{name}” stands twice.")))
            members[name] = _spot(value, where, faults)
        return Spot(members, line, path)
    if isinstance(node, yaml.SequenceNode):
        return Spot([_spot(item, f"{path}[{n}]", faults) for n, item in enumerate(node.value)], line, path)
    plain_null = node.tag == "tag:yaml.org,2002:null"
    return Spot("" if plain_null else str(node.value), line, path)


def _line(node: yaml.Node) -> int:
    return 0 if node.start_mark is None else int(node.start_mark.line) + 1


def _refused(at: str, code: str, zh: str, en: str) -> Invalid:
    return Invalid(f"{at} {zh}".strip(), f"{at} {en}".strip(), code="mapping", faults=[Fault(at, code, Words(zh, en))])
