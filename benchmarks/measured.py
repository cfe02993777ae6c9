"""What every benchmark prints: figures with their unit, the sizes, the machine and the day; as a table or as JSON."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pysqlite3
from rich.console import Console
from rich.table import Table

WORKPLACE = Path(__file__).parent.parent / "build" / "bench"
"""Stores are made here and removed again: beside the checkout, on the disk that a store would lie on."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str
    note: str = ""


@dataclass
class Report:
    """What one benchmark found out."""

    name: str
    claim: str
    figures: list[Figure] = field(default_factory=list)
    sizes: dict[str, float | str] = field(default_factory=dict)
    limited_by: str = ""

    def add(self, name: str, value: float, unit: str, note: str = "") -> None:
        """Note a figure."""
        self.figures.append(Figure(name, round(value, 4), unit, note))


def machine() -> dict[str, object]:
    """Processor, cores, Python, SQLite, and how busy the machine was when asked."""
    model = platform.processor()
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        names = [line.partition(":")[2].strip() for line in listed.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "cpu": model, "cores": os.cpu_count(), "python": platform.python_version(), "sqlite": pysqlite3.sqlite_version,
        "system": platform.system(), "load": [round(each, 2) for each in os.getloadavg()],
    }  # fmt: skip


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def installed(name: str) -> str | None:
    """Version of an installed rival, None without it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def option(name: str, default: int) -> int:
    """A whole number from the command line, e.g. `--size 1000000`."""
    if name not in sys.argv:
        return default
    return int(sys.argv[sys.argv.index(name) + 1])


def run(measure: Callable[[bool], Report]) -> None:
    """Measure as the command line asks (`--quick`, `--json`) and print."""
    before = machine()
    report = measure("--quick" in sys.argv)
    day = datetime.now().astimezone().date().isoformat()
    if "--json" in sys.argv:
        print(json.dumps({**asdict(report), "machine": before, "date": day}, ensure_ascii=False))
        return
    shown = Table(title=f"{report.name}: {report.claim}", title_justify="left")
    for heading in ("what", "figure", "unit", "note"):
        shown.add_column(heading, justify="right" if heading == "figure" else "left", no_wrap=heading == "figure")
    for figure in report.figures:
        number = f"{figure.value:,.0f}" if figure.value >= 100 else f"{figure.value:,.2f}"
        shown.add_row(figure.name, number, figure.unit, figure.note)
    console = Console()
    console.print(shown)
    console.print("  ".join(f"{name} {value}" for name, value in report.sizes.items()), highlight=False)
    if report.limited_by:
        console.print(f"limited by: {report.limited_by}", highlight=False)
    console.print(f"{day}  " + "  ".join(f"{name} {value}" for name, value in before.items()), highlight=False)
