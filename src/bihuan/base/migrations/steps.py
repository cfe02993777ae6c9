"""The numbered steps that bring an older store to the present format; one is written where an addition is not enough.

A step runs once, in a transaction of its own that also notes its number: a process killed midway begins the same step
again from an unchanged store, and a finished step is never run twice. How to write one: `docs/decisions/0003-schema-upgrade.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _nothing(raw: Any) -> None:
    """A step whose types alone say what is to be done."""


@dataclass(frozen=True, slots=True)
class Step:
    """From format `number - 1` to `number`."""

    number: int
    why: str
    run: Callable[[Any], None] = _nothing
    """Given the driver's connection, inside the step's transaction."""
    types: tuple[str, ...] = ()
    """Declared types whose older records are read by their `earlier` from now on: their tables are derived anew."""
    owner: str = ""
    """Empty for the base; an app numbers its own steps from 2 under its name."""
    alone: bool = False
    """Cannot run in a transaction (VACUUM); harmless when it runs again after a kill."""


def _scrub(raw: Any) -> None:
    raw.execute("PRAGMA temp_store=FILE")  # the copy can be larger than memory
    raw.execute("VACUUM")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.execute("PRAGMA temp_store=MEMORY")


STEPS: tuple[Step, ...] = (
    Step(
        2,
        "Deleted rows used to stay readable in free pages; the file is written anew once, then deletion overwrites.",
        _scrub,
        alone=True,
    ),
)
"""All steps of the base, in order. Format 1 is the first that was ever written."""
