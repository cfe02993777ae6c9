"""The template of a limit on readings: how long a value was proved to be over it, and where nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bihuan.engines.temporal.marks import Mark, Result


class Run(NamedTuple):
    """Consecutive readings over the limit, without a lower one and without a long silence between them."""

    first: Mark
    last: Mark
    proved_by: Mark | None
    """The first reading with which the run had lasted long enough; None when it never did."""


class Series(NamedTuple):
    """One sensor's readings within a window, read against a limit."""

    runs: tuple[Run, ...]
    silences: tuple[tuple[int, int], ...]
    """(from, to) of each stretch longer than the longest gap, also at either end of the window."""


def series(readings: Iterable[Mark], start: int, end: int | None, *, lasting: int, max_gap: int) -> Series:
    """Read one sensor's marks, in time order, from `start` to `end` (both included; None is open).

    A mark's value: True over the limit, False not, None no value given (a silence goes on). Only the time between a
    run's first and last reading is proved; a silence longer than `max_gap` ends a run and proves nothing.
    """
    runs: list[Run] = []
    silences: list[tuple[int, int]] = []
    first: Mark | None = None
    last: Mark | None = None
    proved: Mark | None = None
    heard = start
    for mark in readings:
        if mark.value is None or mark.time < start or (end is not None and mark.time > end):
            continue
        silent = mark.time - heard > max_gap
        if silent:
            silences.append((heard, mark.time))
        if first is not None and last is not None and (silent or not mark.value):
            runs.append(Run(first, last, proved))
            first = last = proved = None
        if mark.value:
            first = first or mark
            last = mark
            if proved is None and mark.time - first.time >= lasting:
                proved = mark
        heard = mark.time
    if first is not None and last is not None:
        runs.append(Run(first, last, proved))
    if end is not None and end - heard > max_gap:
        silences.append((heard, end))
    return Series(tuple(runs), tuple(silences))


def sustained(all_series: Iterable[Series], opened: Mark, closed: Mark | None, *, horizon: int) -> Result:
    """No series has a run that lasted long enough; each is judged by itself and any of them can violate.

    Parts: `run`, `silence`, `no_readings`, `open`, `incomplete`.
    """
    sensors = list(all_series)
    proved = [(run.proved_by, run) for one in sensors for run in one.runs if run.proved_by is not None]
    if proved:
        mark, run = min(proved, key=lambda pair: pair[0][:3])
        ends = (run.first.id,) if run.first.id == mark.id else (run.first.id, mark.id)
        return Result("violated", (opened.id, *ends), None, "run")
    if closed is None:
        return Result("undecided", (opened.id,), None, "open")
    if not sensors:
        return Result("undecided", (opened.id, closed.id), None, "no_readings")
    if any(one.silences for one in sensors):
        return Result("undecided", (opened.id, closed.id), None, "silence")
    if horizon > closed.time:
        return Result("satisfied", (opened.id, closed.id))
    return Result("undecided", (opened.id, closed.id), closed.time, "incomplete")
