"""The small language of a mapping's values, checked word by word: from, value, map, number, time, join, split …"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from bihuan.gateways.mapped.sources import Csv, Encoding, Json, PathFault, Pointer, Source, Xml
from bihuan.gateways.mapped.values import NumberForm, TimeForm, Value
from bihuan.gateways.mapped.yaml_spots import Notes, Spot

_VALUE = ("from", "value", "default", "join", "split", "trim", "upper", "map", "number", "time")
_ZONE = re.compile(r"([+-])([01][0-9]):([0-5][0-9])\Z")
_ENCODINGS: dict[str, Encoding] = {
    "auto": "auto", "utf-8": "utf-8", "utf8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip


def source_of(notes: Notes, spot: Spot) -> Source | None:
    """The form of the partner's file."""
    given = notes.members(spot, ("format", "encoding", "delimiter", "skip_lines", "namespaces"), ("format",))
    form = notes.text(given.get("format"))
    told = notes.text(given.get("encoding"), "auto").lower()
    encoding = _ENCODINGS.get(told, "auto")
    if told not in _ENCODINGS:
        notes.add(given["encoding"], "encoding", "应为 utf-8、gb18030 或 auto。", "Must be utf-8, gb18030 or auto.")
    for name, only in (("delimiter", "csv"), ("skip_lines", "csv"), ("namespaces", "xml")):
        if name in given and form != only:
            notes.add(given[name], "source", f"只有 {only} 才有这一项。", f"Only {only} has this.")
    if form == "csv":
        delimiter = notes.text(given.get("delimiter"), ",")
        delimiter = "\t" if delimiter in ("tab", "\\t") else delimiter
        if len(delimiter) != 1 or delimiter in '"\r\n':
            notes.add(given["delimiter"], "delimiter", "分隔符应为一个字符（或 tab）。", "One character (or tab).")
            return None
        return Csv(encoding, delimiter, notes.whole(given.get("skip_lines"), 0, 100))
    if form == "json":
        return Json(encoding)
    if form == "xml":
        names = given["namespaces"] if "namespaces" in given else Spot({}, spot.line, spot.path)
        found = names.value if isinstance(names.value, dict) else {}
        notes.members(names, tuple(found))
        return Xml({name: notes.text(each) for name, each in found.items()})
    if "format" in given:
        notes.add(given["format"], "format", "应为 csv、json 或 xml。", "Must be csv, json or xml.")
    return None


def pointer_of(notes: Notes, spot: Spot, compile_path: Callable[[str], Pointer]) -> Pointer:
    """A path, understood."""
    try:
        return compile_path(notes.text(spot))
    except PathFault as wrong:
        notes.add(spot, "path", wrong.words.zh, wrong.words.en)
        return lambda node: []


def value_of(notes: Notes, spot: Spot, source: Source) -> Value:
    """A value: just a path, or named members that say more."""
    if isinstance(spot.value, str):
        return Value(((spot.value, pointer_of(notes, spot, source.pointer)),))
    given = notes.members(spot, _VALUE)
    if ("from" in given) == ("value" in given):
        notes.add(spot, "value", "from 与 value 写且只写一项。", "Give exactly one of from and value.")
        return Value()
    if "value" in given:
        return Value(constant=notes.text(given["value"]))
    places = notes.items(given["from"])
    sources = tuple((notes.text(each), pointer_of(notes, each, source.pointer)) for each in places)
    if len(sources) > 1 and "join" not in given:
        notes.add(spot, "join", "有几个来源时要写 join。", "Several sources need a join.")
    if "number" in given and "time" in given:
        notes.add(spot, "value", "不能既是数字又是时间。", "It cannot be both a number and a time.")
    table = given.get("map")
    words = None
    if table is not None:
        inner = table.value if isinstance(table.value, dict) else {}
        notes.members(table, tuple(inner))
        words = {name: notes.text(each) for name, each in inner.items()}
    return Value(
        sources,
        default=notes.text(given["default"]) if "default" in given else None,
        join=notes.text(given["join"]) if "join" in given else None,
        split=(notes.text(given["split"]) or None) if "split" in given else None,
        trim=notes.flag(given.get("trim"), True),
        upper=notes.flag(given.get("upper")),
        words=words,
        number=_number(notes, given["number"], source) if "number" in given else None,
        time=time_of(notes, given["time"]) if "time" in given else None,
    )


def _number(notes: Notes, spot: Spot, source: Source) -> NumberForm:
    given = notes.members(spot, ("decimal", "thousands", "factor"))
    decimal, thousands = notes.text(given.get("decimal"), "."), notes.text(given.get("thousands"), ",")
    if "decimal" in given and "thousands" not in given and decimal == ",":
        thousands = ""
    if len(decimal) != 1 or decimal == thousands:
        zh = "小数点应为一个字符，且与千分符不同。"
        notes.add(spot, "number", zh, "Give one decimal sign, other than the thousands sign.")
    factor = given.get("factor")
    if factor is None:
        return NumberForm(decimal, thousands)
    if isinstance(factor.value, dict):
        return NumberForm(decimal, thousands, factor_from=value_of(notes, factor, source))
    try:
        found = Decimal(notes.text(factor))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0:
        notes.add(factor, "number", "换算系数应为正数。", "The factor must be a positive number.")
        found = Decimal(1)
    return NumberForm(decimal, thousands, found)


def time_of(notes: Notes, spot: Spot) -> TimeForm:
    """How times are written."""
    given = notes.members(spot, ("format", "zone"), ("format",))
    form = notes.text(given.get("format"), "iso")
    zone = notes.text(given.get("zone"), "+08:00")
    found = _ZONE.match("+00:00" if zone in ("Z", "UTC") else zone)
    if found is None:
        notes.add(given["zone"], "zone", "时区应写成 +08:00。", "Write the zone as +08:00.")
        return TimeForm(form)
    minutes = int(found[2]) * 60 + int(found[3])
    offset = timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    if form not in ("iso", "unix", "unix_ms") and not _readable(form):
        zh = f"“{form}”不是时间写法；例如 %Y%m%d%H%M%S、iso、unix。"
        notes.add(given["format"], "format", zh, f"“{form}” is no form of time; e.g. %Y%m%d%H%M%S, iso or unix.")
    return TimeForm(form, offset)


def _readable(form: str) -> bool:
    """Whether a form names at least the day and reads what it writes."""
    sample = datetime(2020, 12, 8, 15, 30, 41, tzinfo=timezone(timedelta(hours=8)))
    try:
        return datetime.strptime(sample.strftime(form), form).date() == sample.date()
    except ValueError:
        return False
