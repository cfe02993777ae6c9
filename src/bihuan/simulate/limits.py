"""The dated limits that the simulated city lives under, stated here so that nobody has to guess them.

The law names the duties but not these numbers, so each row says in its source that it is an assumption of the
simulation. One row changes in the middle of the week and two hold in one area only, so that the choice of the row
in force is tried as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bihuan.base.clock import DAY, HOUR, MINUTE

_SOURCE = "模拟城市的假定值，非法规数值 / assumed for the simulated city, not a figure of the law"
_MICROS = {"min": MINUTE, "h": HOUR}
_KG = {"kg": Decimal(1), "g": Decimal("0.001"), "t": Decimal(1000)}


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a limit: in force [valid_from, valid_to) (us UTC) in the areas whose code begins with `area`."""

    id: str
    name: str
    value: Decimal
    unit: str
    area: str
    valid_from: int
    valid_to: int | None
    source: str


def rows(start: int) -> tuple[Row, ...]:
    """All limit rows of a simulation that starts at `start`."""
    since, change = start - 365 * DAY, start + 4 * DAY

    def row(
        id: str, name: str, value: str, unit: str, area: str = "31", begin: int = since, end: int | None = None
    ) -> Row:
        return Row(f"sim-{id}", name, Decimal(value), unit, area, begin, end, _SOURCE)

    return (
        row("booking-gap", "booking_min_gap", "2", "h"),
        row("transport-first", "transport_max", "360", "min", end=change),
        row("transport-second", "transport_max", "5", "h", begin=change),
        row("transport-airport", "transport_max", "255", "min", area="310115-PD"),
        row("warmest", "max_temp", "-15", "cel"),
        row("warmest-airport", "max_temp", "5", "degF", area="310115-PD"),
        row("sustained", "sustained_min", "30", "min"),
        row("silence", "reading_max_gap", "30", "min"),
        row("balance", "balance_tolerance", "5", "kg"),
        row("balance-songjiang", "balance_tolerance", "3000", "g", area="310117"),
        row("balance-qingpu", "balance_tolerance", "0.004", "t", area="310118"),
    )


def in_force(limits: Sequence[Row], name: str, at: int, area: str) -> Row:
    """The row in force: of several the one of the longest area code; LookupError when there is none."""
    fits = [
        row
        for row in limits
        if row.name == name
        and area.startswith(row.area)
        and row.valid_from <= at
        and (row.valid_to is None or at < row.valid_to)
    ]
    if not fits:
        raise LookupError(f"no row of {name} in force in {area}")
    return max(fits, key=lambda row: len(row.area))


def micros(row: Row) -> int:
    """A limit of time in microseconds."""
    return int(row.value * _MICROS[row.unit])


def celsius(row: Row) -> Decimal:
    """A limit of temperature in degrees Celsius."""
    return row.value if row.unit == "cel" else (row.value - 32) * 5 / 9


def kilograms(row: Row) -> Decimal:
    """A limit of weight in kilograms."""
    return row.value * _KG[row.unit]
