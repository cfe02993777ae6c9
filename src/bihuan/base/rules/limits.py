"""Dated limits from a file that an officer can edit (YAML or JSON), and their values in one unit, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from bihuan.base.clock import day_start, instant, parse_instant
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.rules.model import NEVER, LimitRow, Limits
from bihuan.base.units import convert, find_unit

_FIELDS = {"id", "name", "value", "unit", "area", "valid_from", "valid_to", "source", "sure"}


def load_limits(source: str | bytes | Path) -> Limits:
    """Read limit rows from a path or from text: a list, or an object with `limits`.

    A row has `id, name, value, unit, area, valid_from, valid_to, source, sure`; `valid_from` / `valid_to` are instants
    or dates (00:00 of that civil day), null is open; in force from the first (inclusive) to the second (exclusive).
    Raises Invalid with a fault for each row and field.
    """
    text = source.read_bytes() if isinstance(source, Path) else source
    try:
        found = yaml.load(text, Loader=_Plain)
    except yaml.YAMLError as error:
        raise Invalid(f"限值文件无法读取：{error}", f"The limits file cannot be read: {error}") from error
    if isinstance(found, Mapping):
        found = found.get("limits", found.get("rows"))
    if not isinstance(found, list):
        raise Invalid("限值文件应是一张行的列表。", "A limits file is a list of rows.")
    faults: list[Fault] = []
    rows = [row for n, values in enumerate(found) if (row := _row(values, f"[{n}]", faults)) is not None]
    seen: set[str] = set()
    for n, row in enumerate(rows):
        if row.id in seen:
            faults.append(Fault(f"[{n}].id", "double", Words(f"编号 {row.id} 重复。", f"Id {row.id} stands twice.")))
        seen.add(row.id)
    if faults:
        first = faults[0]
        raise Invalid(
            f"限值有误：{first.path} {first.words.zh}", f"Wrong limits: {first.path} {first.words.en}", faults=faults
        )
    return Limits(tuple(rows))


class _Plain(yaml.SafeLoader):
    """YAML whose numbers and dates stay text, so that 0.1 is never a float."""


_Plain.yaml_implicit_resolvers = {
    sign: [(tag, form) for tag, form in several if tag.rsplit(":", 1)[-1] in ("null", "bool")]
    for sign, several in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _row(values: Any, where: str, faults: list[Fault]) -> LimitRow | None:
    if not isinstance(values, Mapping):
        faults.append(Fault(where, "type", Words("这一行应含各栏。", "A row has named fields.")))
        return None
    before = len(faults)

    def bad(name: str, code: str, zh: str, en: str) -> None:
        faults.append(Fault(f"{where}.{name}", code, Words(zh, en)))

    for unknown in sorted(str(name) for name in values.keys() - _FIELDS):
        bad(unknown, "unknown_field", "没有这一栏。", "No such field.")
    for name in ("id", "name", "value", "unit"):
        if values.get(name) in (None, ""):
            bad(name, "required", "必填。", "Required.")
    value = Decimal(0)
    if values.get("value") not in (None, ""):
        try:
            value = Decimal(str(values["value"]).strip())
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            bad("value", "number", f"“{values['value']}”不是数字。", f"“{values['value']}” is no number.")
    unit = unit_of(str(values.get("unit") or ""))
    if values.get("unit") and find_unit(unit) is None:
        bad("unit", "unit", f"不认识的单位“{values['unit']}”。", f"Unknown unit “{values['unit']}”.")
    edges = []
    for name in ("valid_from", "valid_to"):
        try:
            edges.append(_edge(values.get(name)))
        except ValueError:
            bad(name, "instant", f"“{values[name]}”不是日期或时间。", f"“{values[name]}” is no date or time.")
    if len(edges) == 2 and edges[0] is not None and edges[1] is not None and edges[0] >= edges[1]:
        bad("valid_to", "order", "应晚于生效时间。", "It must be later than valid_from.")
    sure = values.get("sure", True)
    if not isinstance(sure, bool):
        bad("sure", "boolean", "请填 true 或 false。", "Say true or false.")
    if len(faults) > before:
        return None
    start = NEVER if edges[0] is None else edges[0]
    area = str(values.get("area") or "").strip()
    texts = {name: str(values.get(name) or "").strip() for name in ("id", "name", "source")}
    return LimitRow(texts["id"], texts["name"], value, unit, area, start, edges[1], texts["source"], sure)


def _edge(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day_start(value)
    text = str(value).strip()
    return day_start(date.fromisoformat(text)) if len(text) <= 10 else parse_instant(text)


def unit_of(text: str) -> str:
    """The unit's own short name: `min`, `h`, `cel`, `degf`, `kg`, `g`, `t` …, from what people write."""
    found = find_unit(text)
    return text.strip() if found is None else found.short


def micros(row: LimitRow) -> int:
    """A limit of time in whole microseconds; Invalid when its unit is none of time."""
    return int(_in(row, "µs", "min, h"))


def whole_days(row: LimitRow) -> int:
    """A limit of time in whole days; Invalid when its unit is none of time, or it is no whole number of days."""
    days = _in(row, "d", "d")
    if days != days.to_integral_value():
        raise _wrong_unit(row, "d")
    return int(days)


def kilograms(row: LimitRow) -> Decimal:
    """A limit of mass in kilograms; Invalid when its unit is none of mass."""
    return _in(row, "kg", "kg, g, t")


def _in(row: LimitRow, wanted: str, units: str) -> Decimal:
    try:
        return convert(row.value, row.unit, wanted)
    except Invalid as wrong:
        raise _wrong_unit(row, units) from wrong


def warmth(row: LimitRow) -> tuple[Decimal, Decimal]:
    """A limit of temperature as (factor, bound): a reading in Celsius is above it when reading × factor > bound.

    Fahrenheit has no exact decimal in Celsius, so the reading is multiplied by 9 and compared with (F - 32) * 5.
    """
    unit = unit_of(row.unit)
    if unit == "cel":
        return Decimal(1), row.value
    if unit == "degf":
        return Decimal(9), (row.value - 32) * 5
    raise _wrong_unit(row, "cel, degF")


def _wrong_unit(row: LimitRow, units: str) -> Invalid:
    fault = Fault(
        f"{row.id}.unit",
        "unit",
        Words(f"“{row.name}”的单位应是：{units}。", f"The unit of {row.name} is one of: {units}."),
    )
    return Invalid(
        f"限值 {row.id} 的单位“{row.unit}”不对。", f"Limit {row.id} has a wrong unit “{row.unit}”.", faults=(fault,)
    )
