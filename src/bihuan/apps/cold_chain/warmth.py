"""Whether a container became too warm between pick-up and gate scan, sensor by sensor."""

from __future__ import annotations

from bisect import bisect_left

from bihuan.apps.cold_chain.marks import at, known_until, mark
from bihuan.apps.cold_chain.records import PickedUp, Temperature
from bihuan.apps.cold_chain.trip import trip_of
from bihuan.base.clock import SECOND
from bihuan.base.errors import Words
from bihuan.base.rules.limits import micros, unit_of, warmth
from bihuan.base.rules.model import Fact, LimitRow, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock, duration, number
from bihuan.engines.temporal import Mark, Run, Series, series, sustained

_UNIT = {"cel": "°C", "degf": "°F"}


def judge_too_warm(window: Window) -> Verdict:
    """No run of readings above the highest temperature lasts too long; a long silence leaves it open (R-PROVEN)."""
    opening = window.opening
    record = opening.record
    assert isinstance(record, PickedUp)
    trip = trip_of(window.history, opening, record.container)
    scan, start, end = trip.scan, at(opening), trip.end
    row = window.rows["max_temp"]
    lasting, max_gap = micros(window.rows["sustained_min"]), micros(window.rows["reading_max_gap"])
    readings = _readings(window, record.container, start, end, row)
    by_sensor = {name: series(marks, start, end, lasting=lasting, max_gap=max_gap) for name, marks in readings.items()}
    found = sustained(
        by_sensor.values(),
        mark(opening),
        None if scan is None else mark(scan[0]),
        horizon=known_until(window, "temperature"),
    )
    left = clock(opening.time)
    limit = f"{number(row.value)} {_UNIT[unit_of(row.unit)]}"
    if found.part == "run":
        sensor, run = _the_run(by_sensor, found.witness[-1])
        lasted = duration(run.last.time - run.first.time)
        since, until = clock(run.first.time, opening.time), clock(run.last.time, opening.time)
        top = number(max(reading.cel for fact, reading in window.history.records(Temperature)
                         if reading.cel is not None and reading.sensor == sensor
                         and run.first.time <= at(fact) <= run.last.time))  # fmt: skip
        name = sensor or "—"
        return window.say(
            "violated",
            f"传感器 {name}：{since} → {until} 高于 {limit}，持续 {lasted.zh}，"
            f"最高 {top} °C，限 {duration(lasting).zh}。",
            f"Sensor {name}: above {limit} from {since} to {until}, {lasted.en}, "
            f"up to {top} °C, limit {duration(lasting).en}.",
            found.witness,
        )
    if scan is None:
        quiet = _silent_now(readings, opening.time, known_until(window, "temperature"), max_gap)
        return window.say(
            "undecided",
            f"提货 {left}，未见持续高于 {limit}，{quiet.zh}尚未见到库记录。",
            f"Picked up {left}, not above {limit} for too long so far, {quiet.en}no gate scan yet.",
            found.witness,
            missing=("temperature", "arrived_warehouse") if quiet.zh else ("arrived_warehouse",),
        )
    trip_zh = f"提货 {left} → 到库 {clock(scan[0].time, opening.time)}"
    trip_en = f"Pick-up {left} → gate {clock(scan[0].time, opening.time)}"
    if found.part == "no_readings":
        return window.say(
            "undecided",
            f"{trip_zh}，没有温度读数。",
            f"{trip_en}: no temperature readings.",
            found.witness,
            missing=("temperature",),
        )
    if found.part == "silence":
        sensor, (since_at, until_at) = _longest_silence(by_sensor)
        since, until, gone = clock(since_at, opening.time), clock(until_at, opening.time), duration(until_at - since_at)
        return window.say(
            "undecided",
            f"{trip_zh}，传感器 {sensor or '—'} 于 {since} → {until} 无读数 {gone.zh}，"
            f"限 {duration(max_gap).zh}，其间温度不明。",
            f"{trip_en}: sensor {sensor or '—'} was silent {since} to {until}, {gone.en}, "
            f"limit {duration(max_gap).en}; "
            "the temperature then is not known.",
            found.witness,
            missing=("temperature",),
        )
    if found.answer == "satisfied":
        return window.say(
            "satisfied",
            f"{trip_zh}，没有持续 {duration(lasting).zh} 高于 {limit} 的读数。",
            f"{trip_en}: never above {limit} for {duration(lasting).en}.",
            found.witness,
        )
    return window.say(
        "undecided",
        f"{trip_zh}，未见持续高于 {limit}；温度资料未齐，待定。",
        f"{trip_en}: not above {limit} for too long, but the readings are not complete.",
        found.witness,
        due=found.due,
        missing=("temperature",),
    )


def _readings(window: Window, container: str, start: int, end: int | None, row: LimitRow) -> dict[str, list[Mark]]:
    """Each sensor's marks within the trip; a mark's value: above the limit, not above it, or None for no value."""
    factor, bound = warmth(row)
    all_readings = window.history.records(Temperature)
    first = bisect_left(all_readings, start, key=_when)
    last = len(all_readings) if end is None else bisect_left(all_readings, end + SECOND, key=_when)
    found: dict[str, list[Mark]] = {}
    for fact, reading in all_readings[first:last]:
        if reading.container == container:
            warm = None if reading.cel is None else reading.cel * factor > bound
            found.setdefault(reading.sensor, []).append(mark(fact, warm))
    return found


def _when(pair: tuple[Fact, Temperature]) -> int:
    return pair[0].time


def _the_run(by_sensor: dict[str, Series], proved_by: str) -> tuple[str, Run]:
    return next((name, run) for name, one in by_sensor.items() for run in one.runs
                if run.proved_by is not None and run.proved_by.id == proved_by)  # fmt: skip


def _silent_now(readings: dict[str, list[Mark]], left: int, known: int, max_gap: int) -> Words:
    """What is to be said of sensors that have been silent up to what is known for longer than allowed; nothing while one speaks."""
    spoken = [(marks[-1].time, name) for name, marks in readings.items() if marks]
    since, name = max(spoken, default=(left, ""))
    if known - since <= max_gap:
        return Words("", "")
    at_ = clock(since, left)
    if not spoken:
        return Words("提货以来没有温度读数，", "no temperature reading since pick-up, ")
    return Words(f"传感器 {name or '—'} 自 {at_} 起没有读数，", f"sensor {name or '—'} silent since {at_}, ")


def _longest_silence(by_sensor: dict[str, Series]) -> tuple[str, tuple[int, int]]:
    stretches = [(name, stretch) for name, one in by_sensor.items() for stretch in one.silences]
    return max(stretches, key=lambda pair: (pair[1][1] - pair[1][0], -pair[1][0], pair[0]))
