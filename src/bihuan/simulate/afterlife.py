"""What lawfully happens to stock after first storage: sales, splits, merges, repacking, refusals, counts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from bihuan.base.clock import HOUR, MINUTE
from bihuan.simulate.history import History, Kit, Told

HALF = Decimal("0.5")


def sell(history: History, kit: Kit, lot: str, kg: Decimal, at: int, party: str) -> Told:
    """A sale with a voucher of its own."""
    voucher = f"V-{history.key}-{history.count + 1:03d}"
    return history.add(
        "sold", at, party, {"lot": lot, "kg": kg, "buyer": kit.rng.choice(kit.city.buyers), "voucher": voucher}
    )


def keeper(history: History, lot: str) -> Told:
    """The first storage of a lot: who keeps it, where and since when."""
    return history.first("stored_first", lot=lot)


def live(history: History, kit: Kit) -> None:
    """Give every lot a lawful further life."""
    ways: tuple[Callable[[History, Kit, str], None], ...] = (_keep, _some, _all, _split, _repack, _count, _destroy)
    stored = [lot.id for lot in history.lots]
    if len(stored) > 1 and kit.rng.random() < 0.12:
        _merge(history, kit, stored.pop(), stored.pop())
    for lot in stored:
        kit.rng.choices(ways, (15, 34, 20, 10, 8, 8, 5))[0](history, kit, lot)


def part(kit: Kit, kg: Decimal, low: int = 10, high: int = 60) -> Decimal:
    """Some per cent of a weight, in whole or half kilograms."""
    return (kg * kit.rng.randrange(low, high) / 100 / HALF).quantize(Decimal(1)) * HALF


def _keep(history: History, kit: Kit, lot: str) -> None:
    """Nothing happens yet."""


def _some(history: History, kit: Kit, lot: str) -> None:
    stored, at = keeper(history, lot), keeper(history, lot).time
    for _ in range(kit.rng.randrange(1, 4)):
        at += kit.rng.randrange(90, 700) * MINUTE
        sell(history, kit, lot, part(kit, history.rest(lot)), at, stored.party)


def _all(history: History, kit: Kit, lot: str) -> None:
    stored, at = keeper(history, lot), keeper(history, lot).time + kit.rng.randrange(2, 9) * HOUR
    sell(history, kit, lot, part(kit, history.rest(lot)), at, stored.party)
    sell(history, kit, lot, history.rest(lot), at + kit.rng.randrange(2, 20) * HOUR, stored.party)


def _split(history: History, kit: Kit, lot: str) -> None:
    stored, at = keeper(history, lot), keeper(history, lot).time + kit.rng.randrange(2, 9) * HOUR
    split(history, kit, lot, at)
    if kit.rng.random() < 0.6:
        child = f"{lot}A"
        sell(history, kit, child, history.rest(child), at + kit.rng.randrange(60, 600) * MINUTE, stored.party)


def split(history: History, kit: Kit, lot: str, at: int, gone: Decimal = Decimal(0)) -> Told:
    """Take kilograms out into two new lots `…A` and `…B`; `gone` of them are accounted for nowhere."""
    stored = keeper(history, lot)
    taken = part(kit, history.rest(lot), 30, 70)
    loss = Decimal(kit.rng.randrange(0, 8)) / 4
    first = part(kit, taken, 30, 60)
    into = [{"lot": f"{lot}A", "kg": first}, {"lot": f"{lot}B", "kg": taken - first - loss - gone}]
    area = stored.fields["area"]
    return history.add(
        "split", at, stored.party, {"lot": lot, "kg": taken, "into": into, "loss_kg": loss, "area": area}
    )


def _merge(history: History, kit: Kit, one: str, other: str) -> None:
    merge(history, kit, one, other)


def merge(history: History, kit: Kit, one: str, other: str, gone: Decimal = Decimal(0)) -> Told:
    """Put kilograms of two lots together as lot `…M`; `gone` is the difference of the two sides."""
    stored = max(keeper(history, one), keeper(history, other), key=lambda told: told.time)
    amounts = {lot: part(kit, history.rest(lot)) for lot in (one, other)}
    parts = [{"lot": lot, "kg": kg} for lot, kg in amounts.items()]
    kg = sum(amounts.values(), Decimal(0)) - gone
    at = stored.time + kit.rng.randrange(2, 12) * HOUR
    fields = {"from": parts, "lot": f"{one}M", "kg": kg, "area": stored.fields["area"]}
    merged = history.add("merged", at, stored.party, fields)
    sell(history, kit, f"{one}M", part(kit, kg), at + 3 * HOUR, stored.party)
    return merged


def _repack(history: History, kit: Kit, lot: str) -> None:
    repack(history, kit, lot, keeper(history, lot).time + kit.rng.randrange(2, 12) * HOUR)


def repack(history: History, kit: Kit, lot: str, at: int, gone: Decimal = Decimal(0)) -> Told:
    """Pack a part anew with a stated loss; `gone` is lost and not stated."""
    stored, kg_in = keeper(history, lot), part(kit, history.rest(lot))
    loss = Decimal(kit.rng.randrange(1, 30)) / 2
    fields = {"lot": lot, "kg_in": kg_in, "kg_out": kg_in - loss - gone, "loss_kg": loss}
    return history.add("repacked", at, stored.party, fields)


def _count(history: History, kit: Kit, lot: str) -> None:
    _some(history, kit, lot)
    count(history, lot, history.end() + HOUR)


def count(history: History, lot: str, at: int, off: Decimal = Decimal(0)) -> Told:
    """Count a lot and find `off` kilograms more than there should be."""
    stored = next(iter(history.all("stored_first", lot=lot)), None) or history.first("stored_first")
    fields = {"lot": lot, "kg": history.rest(lot) + off, "warehouse": stored.fields["warehouse"]}
    return history.add("stock_counted", at, stored.party, fields)


def _destroy(history: History, kit: Kit, lot: str) -> None:
    _some(history, kit, lot)
    stored = keeper(history, lot)
    history.add("destroyed", history.end() + 30 * MINUTE, stored.party, {"lot": lot, "kg": history.rest(lot)})
