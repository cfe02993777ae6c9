"""`bihuan judge`: an app's rules over files of events and records, without a server."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.rules.history import Raw, canonical
from bihuan.base.rules.model import Asked, Verdict
from bihuan.base.rules.stepfile import Judging, default_completeness
from bihuan.base.rules.suppose import Change, differing
from bihuan.main import all_apps
from bihuan.protocols.epcis import DocumentFault, read_document

Fences = Mapping[str, Sequence[tuple[float, float]]]
_METRES_PER_DEGREE = 111_320.0
_CORNERS = 72


class CannotRead(Exception):
    """A file that is there but cannot be read as what it should be; `words` say why."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(slots=True)
class Judged:
    """All verdicts over some files, and notes on what was read leniently or is no step."""

    verdicts: list[Verdict]
    notes: list[Fault] = field(default_factory=list)
    changes: list[Change] | None = None
    """With supposed files: only what they would change."""


def judge_files(
    files: Sequence[Path],
    *,
    now: int,
    complete_before: int | None = None,
    limits: Path | None = None,
    received_until: int | None = None,
    fences: Fences | None = None,
    duties: bool = False,
    suppose: Sequence[Path] = (),
    app: str | None = None,
) -> Judged:
    """Verdicts over files, by the rules of `app` or of the first app that knows every step in them; a type present is complete to `now`, an absent one not at all, unless stated otherwise.

    `suppose`: files of what has not happened; given any, what they would change is told in `changes`.
    """
    raws: list[Raw] = []
    notes: list[Fault] = []
    data = {file: _bytes(file) for file in [*files, *suppose]}
    judging = _judging(app, data.values())
    for file in files:
        found, told = _read(judging, file, data[file])
        raws += found
        notes += told
    known = judging.load(judging.limits if limits is None else limits)
    complete = default_completeness({raw.type for raw in raws}, now, complete_before)
    asked = Asked(now, complete, known, fences or {})
    rules = (*judging.rules, *judging.duties) if duties else judging.rules
    if not suppose:
        return Judged(judging.judge_raws(raws, asked, rules, received_until), notes)
    further: list[Raw] = []
    for file in suppose:
        found, told = _read(judging, file, data[file])
        further += found
        notes += told
    before = judging.judge(canonical(raws, received_until), asked, rules)
    after = judging.judge(canonical([*raws, *further], received_until), asked, rules)
    return Judged(after, notes, differing(before, after))


def _judging(name: str | None, files: Iterable[bytes]) -> Judging:
    """How the named app judges; else the first app that knows every step of the files; else the first."""
    offered = {each.name: each.judging for each in all_apps() if each.judging is not None}
    if name is not None:
        if name not in offered:
            listed = ", ".join(offered)
            raise CannotRead(Words(f"没有可判定文件的应用“{name}”；可用：{listed}。", f"No app “{name}” judges files; there are: {listed}."))
        return offered[name]
    given = [data for data in files if not _speaks_epcis(data)]
    fits = (each for each in offered.values() if given and all(each.reader.knows(data) for data in given))
    return next(fits, next(iter(offered.values())))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotRead(Words(f"读不到 {file}：{error.strerror}。", f"Cannot read {file}: {error.strerror}.")) from error


def _read(judging: Judging, file: Path, data: bytes) -> tuple[list[Raw], list[Fault]]:
    """The records of one file: an EPCIS document, a bare event, or neutral records."""
    if judging.from_event is not None and _speaks_epcis(data):
        return _events(judging, file, data)
    found = judging.reader.read(data)
    return found.raws, [Fault(f"{file.name}: {n.path}", n.code, n.words) for n in found.notes]


def _speaks_epcis(data: bytes) -> bool:
    try:
        value = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(value, dict) and ("epcisBody" in value or "eventTime" in value)


def _events(judging: Judging, file: Path, data: bytes) -> tuple[list[Raw], list[Fault]]:
    try:
        document = read_document(data, mode="lenient", max_events=10_000_000, max_bytes=1 << 31)
    except DocumentFault as fault:
        raise CannotRead(Words(f"{file.name}：{fault.path} {fault.zh}", f"{file.name}: {fault.path} {fault.en}")) from fault
    raws: list[Raw] = []
    notes = [
        Fault(f"{file.name}: eventList[{f.index}].{f.path}", f.code, Words(f.zh, f.en)) for f in document.faults
    ]  # fmt: skip
    faults: list[Fault] = []
    for event in document.events:
        try:
            raws += judging.from_event(event.value, event.namespaces) if judging.from_event is not None else ()
        except Invalid as wrong:
            faults += [Fault(f"{file.name}: eventList[{event.index}].{f.path}", f.code, f.words) for f in wrong.faults]
    if faults:
        raise Invalid(f"{file.name} 有 {len(faults)} 处错误。", f"{file.name} has {len(faults)} faults.", faults=faults)
    return raws, notes


def read_fences(file: Path | None) -> Fences:
    """Fences from a JSON file: place → corners [lon, lat], or → {lon, lat, radius_m} (drawn as 72 corners)."""
    if file is None:
        return {}
    try:
        value = msgspec.json.decode(file.read_bytes())
        return {str(name): _corners(fence) for name, fence in value.items()}
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        words = Words(f"围栏文件 {file} 不合格式：{error}", f"The fences in {file} are not in form: {error}")
        raise CannotRead(words) from error


def _corners(fence: object) -> list[tuple[float, float]]:
    if isinstance(fence, dict):
        lon, lat, radius = float(fence["lon"]), float(fence["lat"]), float(fence["radius_m"])
        wide = radius / _METRES_PER_DEGREE / math.cos(math.radians(lat))
        turns = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
        return [(lon + wide * math.cos(t), lat + radius / _METRES_PER_DEGREE * math.sin(t)) for t in turns]
    if not isinstance(fence, list) or len(fence) < 3:
        raise ValueError("a fence has three corners or more")
    return [(float(x), float(y)) for x, y in fence]
