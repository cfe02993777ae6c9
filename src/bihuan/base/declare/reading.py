"""From what a door received (form text, cells, JSON) to a record, with every fault named at its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from bihuan.base.clock import CIVIL
from bihuan.base.declare.compiled import FieldSpec, Kind, TypeSpec
from bihuan.base.declare.fields import Choice, Part, Record
from bihuan.base.errors import Fault, Words

_OURS_WRONG = re.compile(r"file-[0-9a-z]{16}#(?!sha256[:=][0-9a-f]{64}$).*", re.DOTALL)
"""A file kept here whose hash is none; any other text names something kept elsewhere."""
_SPACE = re.compile(r"\s+")
_TRUE = {"true", "1", "on", "yes", "是", "有", "对", "√"}
_FALSE = {"false", "0", "off", "no", "否", "无", "错", "×"}
_STAMPS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S",
           "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日%H:%M", "%Y年%m月%d日 %H时%M分")  # fmt: skip
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d")


@dataclass(slots=True)
class Reading:
    """What came of reading one record: the record, or faults; notes tell what was tidied on the way."""

    record: msgspec.Struct | None
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def read(spec: TypeSpec, values: Mapping[str, Any], path: str = "") -> Reading:
    """Read one record of a type from named values; all faults at once, never only the first."""
    found: dict[str, Any] = {}
    out = Reading(None)
    for unknown in values.keys() - {f.name for f in spec.fields}:
        out.faults.append(Fault(path + unknown, "unknown_field", Words("没有这一栏，请删去。", "No such field; remove it.")))
    for spec_field in spec.fields:
        where = path + spec_field.name
        value = values.get(spec_field.name)
        if value is None or (isinstance(value, str) and not value.strip()) or value == []:
            if spec_field.required:
                words = Words(f"请填写“{spec_field.words.zh}”。", f"Fill in “{spec_field.words.en}”.")
                out.faults.append(Fault(where, "required", words))
            continue
        before = len(out.faults)
        result = _value(spec_field, value, where, out)
        if len(out.faults) == before:
            found[spec_field.name] = result
    if not out.faults:
        made = spec.cls(**found)
        assert isinstance(made, Record | Part)
        out.faults += [fault._replace(path=path + fault.path) for fault in made.wrong()]
        out.record = None if out.faults else made
    return out


def show(spec: FieldSpec, value: Any, lang: str = "zh") -> str:
    """A value as people read it: labels for choices, civil time for instants, unit left to the page."""
    if value is None:
        return ""
    if spec.kind is Kind.choice:
        return next((c.words().of(lang) for c in spec.choices if c.value == value), str(value))
    if spec.kind is Kind.instant:
        return str(value.astimezone(CIVIL).strftime("%Y-%m-%d %H:%M:%S"))
    if spec.kind is Kind.boolean:
        return Words("是" if value else "否", "yes" if value else "no").of(lang)
    if spec.kind is Kind.texts:
        return "、".join(value)
    if spec.kind is Kind.parts and spec.part:
        part = spec.part
        return "; ".join(
            " ".join(show(f, getattr(line, f.name), lang) + f.says.unit for f in part.fields) for line in value
        )
    return str(value)


def _value(spec: FieldSpec, value: Any, where: str, out: Reading) -> Any:
    if spec.kind is Kind.parts and spec.part is not None:
        return _parts(spec.part, value, where, out)
    if spec.kind is Kind.texts:
        items = value if isinstance(value, (list, tuple)) else re.split(r"[,，、;；\s]+", str(value).strip())
        return [_text(spec, str(item), f"{where}[{n}]", out) for n, item in enumerate(items) if str(item).strip()]
    if isinstance(value, (list, tuple, dict)):
        return _bad(out, where, "type", "这一栏只能填一个值。", "Give one value here.")
    match spec.kind:
        case Kind.file:
            text = _text(spec, _plain(value), where, out)
            if _OURS_WRONG.fullmatch(text):
                _bad(out, where, "file", "附件编号写法不对；请重新上传。", "This is not how a file is named; send it again.")
            return text
        case Kind.text:
            return _text(spec, _plain(value), where, out)
        case Kind.choice:
            return _choice(spec, value.value if isinstance(value, Choice) else _plain(value), where, out)
        case Kind.boolean:
            return _boolean(value, where, out)
        case Kind.integer | Kind.decimal:
            return _number(spec, value, where, out)
        case Kind.instant:
            return _instant(value, where, out)
        case Kind.day:
            return _day(value, where, out)
    raise AssertionError(spec.kind)


def _bad(out: Reading, where: str, code: str, zh: str, en: str) -> None:
    out.faults.append(Fault(where, code, Words(zh, en)))


def _plain(value: Any) -> str:
    """Text of a cell or JSON value; a whole float from a spreadsheet keeps no `.0`."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _half_width(text: str, where: str, out: Reading) -> str:
    narrow = unicodedata.normalize("NFKC", text)
    if narrow != text:
        note = Words(f"全角字符已按半角读作“{narrow}”。", f"Full-width characters were read as “{narrow}”.")
        out.notes.append(Fault(where, "full_width", note))
    return narrow


def _text(spec: FieldSpec, text: str, where: str, out: Reading) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not text.isprintable() and any(ord(c) < 32 and c not in "\n\t\r" for c in text):
        _bad(out, where, "control", "含有不可见的控制字符，请删去。", "It holds invisible control characters; remove them.")
    if len(text) > spec.says.longest:
        n = spec.says.longest
        _bad(out, where, "too_long", f"最多 {n} 个字，现有 {len(text)} 个。", f"At most {n} characters; there are {len(text)}.")
    if spec.says.check is not None:
        text = _half_width(text, where, out)
        if spec.says.tidy is not None:
            text = spec.says.tidy(text)
        wrong = spec.says.check(text)
        if wrong is not None:
            out.faults.append(Fault(where, "check", wrong))
    return text


def _choice(spec: FieldSpec, text: str, where: str, out: Reading) -> Any:
    text = text.strip()
    for choice in spec.choices:
        if text in (choice.value, choice.zh) or text.lower() == choice.en.lower():
            return choice
    zh = "、".join(c.zh for c in spec.choices)
    en = ", ".join(c.value for c in spec.choices)
    return _bad(out, where, "choice", f"“{text}”不在可选项内：{zh}。", f"“{text}” is none of: {en}.")


def _boolean(value: Any, where: str, out: Reading) -> Any:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return _bad(out, where, "boolean", "请填“是”或“否”。", "Say yes or no.")


def _number(spec: FieldSpec, value: Any, where: str, out: Reading) -> Any:
    if isinstance(value, bool):
        return _bad(out, where, "number", "请填数字。", "Give a number.")
    text = _SPACE.sub("", _half_width(_plain(value), where, out)).replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return _bad(out, where, "number", f"“{text[:40]}”不是数字。", f"“{text[:40]}” is no number.")
    if not number.is_finite() or number.adjusted() > 15:
        return _bad(out, where, "number", "数字无效或过大。", "The number is not finite or too large.")
    says, unit = spec.says, spec.says.unit
    if says.low is not None and number < says.low:
        _bad(out, where, "too_low", f"不能小于 {says.low}{unit}。", f"Not less than {says.low} {unit}.".replace(" .", "."))
    if says.high is not None and number > says.high:
        _bad(out, where, "too_high", f"不能大于 {says.high}{unit}。", f"Not more than {says.high} {unit}.".replace(" .", "."))
    places = 0 if spec.kind is Kind.integer else says.places
    scaled = number.scaleb(places)
    if scaled != scaled.to_integral_value():
        zh = "请填整数。" if places == 0 else f"最多保留 {places} 位小数。"
        return _bad(out, where, "places", zh, f"At most {places} decimal places.")
    return int(number) if spec.kind is Kind.integer else number.quantize(Decimal(1).scaleb(-places))


def _instant(value: Any, where: str, out: Reading) -> Any:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=CIVIL)
    text = _half_width(str(value).strip(), where, out)
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if len(text) > 10:
            return found if found.tzinfo else found.replace(tzinfo=CIVIL)
    except ValueError:
        for form in _STAMPS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=CIVIL)
            except ValueError:
                continue
    zh = f"“{text[:40]}”不是时间；请写成 2020-12-10 14:20。"
    return _bad(out, where, "instant", zh, f"“{text[:40]}” is no time; write 2020-12-10 14:20.")


def _day(value: Any, where: str, out: Reading) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _half_width(str(value).strip(), where, out)
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    zh = f"“{text[:40]}”不是日期；请写成 2020-12-10。"
    return _bad(out, where, "day", zh, f"“{text[:40]}” is no date; write 2020-12-10.")


def _parts(part: TypeSpec, value: Any, where: str, out: Reading) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        return _bad(out, where, "type", "这里应是一张明细表。", "A list of lines is expected here.")
    lines = []
    for n, item in enumerate(value):
        if not isinstance(item, Mapping):
            _bad(out, f"{where}[{n}]", "type", "明细应含各栏。", "A line has named fields.")
            continue
        inner = read(part, item, f"{where}[{n}].")
        out.faults += inner.faults
        out.notes += inner.notes
        if inner.record is not None:
            lines.append(inner.record)
    return lines
