"""小数单元: a public table without the cells that are so small that they name somebody. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def public_cells(counts: Mapping[str, int], smallest: int) -> dict[str, int | None]:
    """The cells of one row beside its public total: those from 1 to below `smallest` are hidden (None).

    A single hidden cell could be worked out from the total, and so could several that are as small as they can be:
    further cells, the smallest first, are hidden until what is hidden adds up to `smallest` in at least two cells.
    """
    shown: dict[str, int | None] = dict(counts)
    hidden = sorted((name for name, n in counts.items() if 0 < n < smallest), key=lambda name: (counts[name], name))
    if hidden:
        rest = sorted((n, name) for name, n in counts.items() if n >= smallest)
        while rest and (len(hidden) < 2 or sum(counts[name] for name in hidden) < smallest):
            hidden.append(rest.pop(0)[1])
    for name in hidden:
        shown[name] = None
    return shown
