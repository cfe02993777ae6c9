"""Step files: the neutral JSON in which an app's steps are handed over for judging, and how files are judged.

A JSON array, an object {"records": […]}, or one JSON object a line. Each record has `id`, `step`, `time`, and where it
applies `received` and `supersedes`, beside the step's own fields (`from` and `says` as in the definitions). Judging is
more lenient than the doors: unknown fields and unusual container numbers are noted, not refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from bihuan.base.clock import instant, parse_instant
from bihuan.base.declare import Kind, Record, TypeSpec, compiled, read
from bihuan.base.declare.fields import Check
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.rules.history import VOIDED, MemorySource, Raw, canonical, gather
from bihuan.base.rules.limits import load_limits
from bihuan.base.rules.model import NEVER, Asked, Completeness, Fact, Limits, Verdict
from bihuan.base.rules.rule import Rule, evaluate

_PLACES = 12
"""Decimal places kept of any number; enough for every unit, and exact for all that scales and sensors write."""
_RENAMED = {"from": "from_", "says": "says_"}
_FRAME = ("id", "step", "time", "received", "supersedes")


@dataclass(slots=True)
class StepFile:
    """What came of reading a step file."""

    raws: list[Raw]
    notes: list[Fault] = field(default_factory=list)
    """What was read leniently: unknown fields, unusual container numbers, a void that names nothing."""


@dataclass(frozen=True, slots=True)
class StepReader:
    """How an app's step files are read: its steps by neutral name."""

    app: str
    steps: Mapping[str, type[Record]]
    lenient: bool = True
    """Whether codes with a wrong check digit are noted and kept; else they are faults."""

    def read(self, data: bytes) -> StepFile:
        """The records of a step file, and notes on what was read leniently; Invalid names each record and field."""
        found = StepFile([])
        faults: list[Fault] = []
        for n, values in enumerate(_objects(data)):
            _record(self, values, n, found, faults)
        if faults:
            first = faults[0]
            raise Invalid(
                f"步骤文件有 {len(faults)} 处错误，第一处：{first.path} {first.words.zh}",
                f"The step file has {len(faults)} faults, the first: {first.path} {first.words.en}",
                faults=faults,
            )
        return found

    def knows(self, data: bytes) -> bool:
        """Whether every step that a file names is one of the app's; False for what is no step file."""
        try:
            named = {values.get("step") for values in _objects(data) if isinstance(values, Mapping)}
        except Invalid:
            return False
        return bool(named) and all(isinstance(name, str) and name in self.steps for name in named)


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging an app's files in memory takes: the same histories, rules and verdicts as in the running system."""

    reader: StepReader
    rules: Sequence[Rule]
    limits: Path
    """The app's own rows."""
    subjects_of: Callable[[Fact], Iterable[str]]
    keys_of: Callable[[Fact], Iterable[str]]
    reach: Callable[[Fact], Iterable[str]]
    duties: Sequence[Rule] = ()
    load: Callable[[Path], Limits] = load_limits
    """How a file of limits is read."""
    from_event: Callable[[Mapping[str, Any], Mapping[str, str]], list[Raw]] | None = None
    """The records that an EPCIS event states; none: the app's steps are no events."""

    def judge(self, facts: Sequence[Fact], asked: Asked, rules: Sequence[Rule] | None = None) -> list[Verdict]:
        """All verdicts of the rules over these standing facts, by rule, subject and window; independent of their order."""
        source, known = MemorySource(self.keys_of), self.rules if rules is None else rules
        source.add(facts)
        verdicts: list[Verdict] = []
        for subject in dict.fromkeys(subject for fact in facts for subject in self.subjects_of(fact)):
            asking = [rule for rule in known if rule.info.subject == subject.partition(":")[0]]
            history = gather(source, subject, self.reach).history
            for rule in asking:
                verdicts += evaluate(rule, subject, history, asked)
        return sorted(verdicts, key=lambda v: (v.rule, v.subject, v.opened_at, v.window))

    def judge_raws(
        self, raws: Sequence[Raw], asked: Asked, rules: Sequence[Rule] | None = None, received_until: int | None = None
    ) -> list[Verdict]:
        """Verdicts over records as received: doubles dropped, corrections in place.

        Only `received_until` leaves out what was received later; `asked.now` hides nothing, it decides deadlines.
        """
        return self.judge(canonical(raws, received_until), asked, rules)


def default_completeness(types: Iterable[str], now: int, complete_before: int | None = None) -> Completeness:
    """How far files are complete: to `complete_before` if given, else to now for types present, never for others."""
    if complete_before is not None:
        return Completeness({}, complete_before)
    return Completeness(dict.fromkeys(types, now), NEVER)


def _objects(data: bytes) -> list[Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"文件不是 UTF-8 编码（第 {error.start} 字节）。", f"The file is not UTF-8 (byte {error.start})."
        ) from error
    try:
        whole = _json(text)
    except ValueError as error:
        return _lines(text, error)
    if isinstance(whole, Mapping) and isinstance(whole.get("records"), list):
        return cast(list[Any], whole["records"])
    if isinstance(whole, Mapping) and "step" in whole:
        return [whole]
    if not isinstance(whole, list):
        raise Invalid(
            "步骤文件应是 JSON 数组、{“records”: […]} 或每行一个 JSON 对象。",
            'A step file is a JSON array, {"records": […]}, or one JSON object a line.',
        )
    return whole


def _lines(text: str, whole: ValueError) -> list[Any]:
    found = []
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_json(line))
        except ValueError as error:
            why = (
                whole if not found else error
            )  # a file that is no list of lines is told what is wrong with it as a whole
            raise Invalid(f"第 {n} 行不是 JSON：{why}", f"Line {n} is not JSON: {why}") from error
    return found


def _json(text: str) -> Any:
    return json.loads(text, parse_float=_decimal, parse_int=_decimal, parse_constant=_no_constant)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_PLACES:
        try:
            return value.quantize(Decimal(1).scaleb(-_PLACES))
        except InvalidOperation:
            return value
    return value


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _record(reader: StepReader, values: Any, n: int, found: StepFile, faults: list[Fault]) -> None:
    if not isinstance(values, Mapping):
        faults.append(Fault(f"[{n}]", "type", Words("记录应是一个对象。", "A record is an object.")))
        return
    named = values.get("id")
    where = f"[{n}]" if named in (None, "") else f"[{n}] {named}"
    before = len(faults)

    def bad(name: str, code: str, zh: str, en: str) -> None:
        faults.append(Fault(f"{where}.{name}", code, Words(zh, en)))

    if not isinstance(named, str | int | Decimal) or str(named).strip() == "":
        bad("id", "required", "每条记录要有编号。", "Every record needs an id.")
    step = values.get("step")
    cls = reader.steps.get(step) if isinstance(step, str) else None
    if cls is None:
        known = "、".join(reader.steps)
        bad(
            "step",
            "unknown_step",
            f"没有步骤“{step}”；可用：{known}。",
            f"There is no step “{step}”; known: {', '.join(reader.steps)}.",
        )
    received = None
    if values.get("received") is not None:
        try:
            received = parse_instant(str(values["received"]))
        except ValueError:
            bad("received", "instant", f"“{values['received']}”不是时间。", f"“{values['received']}” is no time.")
    supersedes = values.get("supersedes")
    if supersedes is not None and not isinstance(supersedes, str | int | Decimal):
        bad("supersedes", "type", "这里应是被更正记录的编号。", "The id of the corrected record is expected here.")
    if cls is None:
        return
    if step == VOIDED and supersedes in (None, ""):
        found.notes.append(
            Fault(f"{where}.supersedes", "voids_nothing", Words("作废未指明记录。", "It voids no record."))
        )
    record = _fields(reader, cls, values, where, found, faults)
    if len(faults) > before or record is None:
        return
    corrected = None if supersedes in (None, "") else str(supersedes)
    timed = cast(Any, record)
    found.raws.append(Raw(str(named), str(step), instant(timed.time), timed.rank, record, received, corrected))


def _fields(
    reader: StepReader, cls: type[Record], values: Mapping[str, Any], where: str, found: StepFile, faults: list[Fault]
) -> Record | None:
    spec = _lenient(cls, reader.app) if reader.lenient else compiled(cls, reader.app)
    names = {f.name for f in spec.fields}
    given: dict[str, Any] = {}
    for name, value in values.items():
        plain = _RENAMED.get(name, name)
        if plain in names:
            given[plain] = value
        elif name not in _FRAME:
            found.notes.append(
                Fault(f"{where}.{name}", "unknown_field", Words("没有这一栏，未读。", "No such field; not read."))
            )
    if values.get("step") == VOIDED and given.get("time") is None:
        given["time"] = values.get("received")
    for field_spec in spec.fields:
        if (
            field_spec.kind is Kind.parts
            and isinstance(given.get(field_spec.name), list)
            and field_spec.part is not None
        ):
            inner = {f.name for f in field_spec.part.fields}
            lines = given[field_spec.name]
            given[field_spec.name] = [
                {k: v for k, v in line.items() if k in inner} if isinstance(line, Mapping) else line for line in lines
            ]
        wants_text = field_spec.kind in (Kind.text, Kind.file, Kind.choice)
        value = given.get(field_spec.name)
        if wants_text and isinstance(value, bool | list | Mapping):
            faults.append(
                Fault(f"{where}.{field_spec.name}", "type", Words("这里应是文字。", "Text is expected here."))
            )
            return None
    reading = read(spec, given, f"{where}.")
    faults += reading.faults
    found.notes += reading.notes
    if reader.lenient:
        _check_codes(reader, cls, given, where, found)
    return cast("Record | None", reading.record)


def _check_codes(reader: StepReader, cls: type[Record], given: Mapping[str, Any], where: str, found: StepFile) -> None:
    for field_spec in compiled(cls, reader.app).fields:
        check, value = field_spec.says.check, given.get(field_spec.name)
        if check is not None and isinstance(value, str):
            wrong = _checked(check, field_spec.says.tidy, value)
            if wrong is not None:
                found.notes.append(Fault(f"{where}.{field_spec.name}", "check", wrong))


@lru_cache(maxsize=1 << 16)
def _checked(check: Check, tidy: Callable[[str], str] | None, text: str) -> Words | None:
    """What is wrong with a code; the same few stand in every record of a trip."""
    return check(tidy(text) if tidy else text)


@cache
def _lenient(cls: type[Record], app: str) -> TypeSpec:
    """The declared type without check digits and with enough decimal places for any sender."""
    return _loosened(compiled(cls, app))


def _loosened(spec: TypeSpec) -> TypeSpec:
    fields = []
    for f in spec.fields:
        says = f.says
        if says.check is not None:
            says = replace(says, check=_anything, tidy=_tidy_when_right(says.check, says.tidy))
        if f.kind is Kind.decimal:
            says = replace(says, places=_PLACES)
        fields.append(replace(f, says=says, part=None if f.part is None else _loosened(f.part)))
    return replace(spec, fields=tuple(fields))


def _tidy_when_right(check: Check, tidy: Callable[[str], str] | None) -> Callable[[str], str] | None:
    """Tidy a code only when that makes a right one; a file's own numbers stay as they were written."""
    if tidy is None:
        return None
    neat = tidy
    return lambda text: neat(text) if _checked(check, neat, text) is None else text


def _anything(text: str) -> None:
    """No check digit is asked for: files may name containers by other numbers."""
