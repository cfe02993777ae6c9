"""The template of limits on figures: a single one at once, a series when it was proved to last."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bihuan.engines.temporal.marks import Mark, Result
from bihuan.engines.temporal.runs import Series, series, sustained


def limit(figure: Mark, *, most: Decimal | None = None, least: Decimal | None = None) -> Result:
    """A figure (a reading, a published indicator) lies within its bounds, the bounds included.

    The mark's value is a Decimal of the bounds' unit, None not known. Parts: `over`, `under`, `unknown`.
    """
    _asked(most, least)
    if figure.value is None:
        return Result("undecided", (figure.id,), None, "unknown")
    part = "over" if _over(figure.value, most) else "under" if _under(figure.value, least) else ""
    return Result("violated" if part else "satisfied", (figure.id,), None, part)


def limit_lasting(
    sensors: Iterable[Iterable[Mark]],
    opened: Mark,
    closed: Mark | None,
    *,
    most: Decimal | None = None,
    least: Decimal | None = None,
    lasting: int = 0,
    max_gap: int,
    horizon: int,
) -> Result:
    """No sensor's figures stay beyond one bound for as long as `lasting`, from an opening to a closing mark.

    Each sensor's marks are in time order, with values as in `limit`. Parts: `over`, `under`, and those of `sustained`
    (`silence`, `no_readings`, `open`, `incomplete`).
    """
    _asked(most, least)
    end = None if closed is None else closed.time
    sides: dict[str, list[Series]] = {"over": [], "under": []}
    for marks in sensors:
        figures = list(marks)
        for part, bound, beyond in (("over", most, _over), ("under", least, _under)):
            if bound is not None:
                flags = (m if m.value is None else m._replace(value=beyond(m.value, bound)) for m in figures)
                sides[part].append(series(flags, opened.time, end, lasting=lasting, max_gap=max_gap))
    found = sustained([*sides["over"], *sides["under"]], opened, closed, horizon=horizon)
    if found.part != "run":
        return found
    proofs = {run.proved_by.id for one in sides["over"] for run in one.runs if run.proved_by is not None}
    return found._replace(part="over" if found.witness[-1] in proofs else "under")


def _asked(most: Decimal | None, least: Decimal | None) -> None:
    if most is None and least is None:
        raise ValueError("a limit needs a bound")


def _over(value: Decimal, most: Decimal | None) -> bool:
    return most is not None and value > most


def _under(value: Decimal, least: Decimal | None) -> bool:
    return least is not None and value < least
