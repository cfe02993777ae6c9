"""`bihuan simulate`: a seeded city comes in through the real doors, and what was found is held against what is true."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress

from bihuan.base.catalog import House
from bihuan.base.clock import SeededChance, SetClock, parse_instant
from bihuan.base.db import Open
from bihuan.base.principal import system
from bihuan.base.rules.findings_model import finding_table, verdict_table
from bihuan.commands.inprocess import Wire
from bihuan.commands.town import HttpDoor, register
from bihuan.main import build, serve_app
from bihuan.settings import Settings
from bihuan.simulate import Scenario, compare, generate, perfect, send, table

START = parse_instant("2020-12-07T00:00:00+08:00")
_ALL = Open("the simulation compares everything that was found with what is true")
Verdicts = frozenset[tuple[str, str, str, str]]


def simulate(seed: int, lots: int, days: int, *, disorder: bool, check: bool, data: Path | None) -> bool:
    """Run a city through the doors; with `check` compare findings with the truth, and disorder with order."""
    console = Console()
    scenario = generate(seed, lots, days, disorder=disorder, start=START)
    house, told = run(scenario, seed, data, console)
    good = not told
    for line in told[:10]:
        console.print(f"[red]拒收 refused[/] {line}")
    if check:
        scores = compare(findings(house), scenario.truth)
        console.print(table(scores))
        good = perfect(scores) and good
        if disorder:
            ordered = generate(seed, lots, days, start=START)
            other, _ = run(ordered, seed, None, console)
            same = verdicts(house) == verdicts(other)
            differing = verdicts(house) ^ verdicts(other)
            console.print(f"same verdicts as in-order input: {'yes' if same else f'no ({len(differing)} differ)'}")
            for row in sorted(differing)[:6]:
                console.print("  ", *row)
            good = good and same
            other.db.close()
    house.db.close()
    return good


def run(scenario: Scenario, seed: int, data: Path | None, console: Console) -> tuple[House, list[str]]:
    """Send a scenario through the doors of a new house; gives the house and what a door refused."""
    clock = SetClock(scenario.start)
    settings = Settings(data=data or Path("unused"), origin=f"demo/simulation-{seed}")
    house = build(settings, clock=clock, chance=SeededChance(seed), in_memory=data is None)
    town = register(house, scenario)
    wire = Wire(serve_app(house, settings))
    door = HttpDoor(town, wire, clock)
    events = sum(len(document.ids) for document in scenario.documents)
    begun = time.perf_counter()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("报送 sending", total=None)
        send(scenario, door, lambda done, of: progress.update(task, completed=done, total=of))
        house.held = False
        house.tick()
    seconds = time.perf_counter() - begun
    console.print(f"{events} events in {len(scenario.documents)} documents, {seconds:.1f} s ({events / seconds:.0f}/s)")
    wire.close()
    return house, door.refused


def findings(house: House) -> Iterable[tuple[str, str, str]]:
    """(rule, subject, window) of every rule's finding that stands."""
    reader = house.db.reader(system("check"))
    breaches = {rule.info.id for app in house.apps.values() if app.field for rule in app.field.rules
                if rule.info.severity == "breach"}  # fmt: skip
    query = sa.select(finding_table).where(finding_table.c.state != "withdrawn", finding_table.c.origin == "rule")
    return [(r["rule"], r["subject"], r["window"]) for r in reader.rows(query, _ALL) if r["rule"] in breaches]


def verdicts(house: House) -> Verdicts:
    """(rule, subject, window, verdict) of everything that was judged."""
    rows = house.db.reader(system("check")).rows(sa.select(verdict_table), _ALL)
    return frozenset((r["rule"], r["subject"], r["window"], r["answer"]) for r in rows)


