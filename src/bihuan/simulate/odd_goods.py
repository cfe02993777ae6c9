"""Lawful oddities of papers and stock: they look like breaches and must not be found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from bihuan.base.clock import HOUR, MINUTE
from bihuan.simulate.afterlife import HALF, count, keeper, merge, part, repack, sell, split
from bihuan.simulate.history import LOT_STEPS, History, Kit
from bihuan.simulate.lawful import civil, office


def untouched(history: History) -> str | None:
    """A lot with nothing but its first storage; the last one is cleared for it where there is none."""
    inside = [part["lot"] for told in history.all("merged") for part in told.fields["from"]]
    free = [lot.id for lot in history.lots if lot.id not in inside and history.all("stored_first", lot=lot.id)]
    if not free:
        return None
    lot = free[-1]
    history.drop(lambda told: told.step in LOT_STEPS and str(told.fields.get("lot", "")).rstrip("AB") == lot)
    return lot


def papers_in_the_same_second(history: History, kit: Kit) -> bool:
    """Certificate, result and trace code all carry the second in which the lot leaves."""
    lot = history.lots[0].id
    left = history.first("left_warehouse", lot=lot)
    if left.time != min(told.time for told in history.all("left_warehouse")):
        return False
    sample = history.first("sampled", lot=lot).fields["sample"]
    history.change(history.first("release_certificate"), time=left.time)
    history.change(history.first("result", sample=sample), time=left.time)
    history.change(history.first("trace_code_assigned", lot=lot), time=left.time)
    return True


def positive_then_negative(history: History, kit: Kit) -> bool:
    """A first positive was checked again: the latest result counts."""
    lot = history.lots[0].id
    sampled = history.first("sampled", lot=lot)
    sample = f"{sampled.fields['sample']}-0"
    history.add("sampled", sampled.time - 9 * MINUTE, sampled.party, {"lot": lot, "sample": sample})
    history.add("result", sampled.time + 4 * HOUR, sampled.party, {"sample": sample, "value": "positive"})
    return True


def revoked_and_issued_anew(history: History, kit: Kit) -> bool:
    """The certificate was revoked and a new one issued before the goods left."""
    first = history.first("release_certificate")
    number = first.fields["certificate"]
    history.add("certificate_revoked", first.time + 5 * MINUTE, first.party, {"certificate": number})
    history.add(
        "release_certificate", first.time + 9 * MINUTE, first.party, {**first.fields, "certificate": f"{number}-2"}
    )
    return True


def revoked_after_storing(history: History, kit: Kit) -> bool:
    """Revoked when the goods had been stored: it was in force when it was needed."""
    first, stored = history.first("release_certificate"), history.all("stored_first")[-1]
    number = {"certificate": first.fields["certificate"]}
    history.add("certificate_revoked", stored.time + 40 * MINUTE, first.party, number)
    return True


def qualified_on_that_day_only(history: History, kit: Kit) -> bool:
    """The firm's qualification begins or ends on the very day of the disinfection; it is revoked later."""
    told, firm = history.first("disinfected"), kit.city.add_cleaner().id
    day = date.fromisoformat(civil(told.time))
    first, last = (day, day + timedelta(90)) if kit.rng.random() < 0.5 else (day - timedelta(90), day)
    number, authority = f"XS-{history.key}", office(kit.city, "authority")
    fields = {
        "of": firm,
        "kind": "disinfection",
        "qualification": number,
        "from": first.isoformat(),
        "to": last.isoformat(),
    }
    history.add("qualification", told.time - 100 * 24 * HOUR, authority, fields)
    history.change(told, party=firm, by=firm)
    history.add("certificate_revoked", told.time + 26 * HOUR, authority, {"certificate": number})
    return True


def stored_in_parts(history: History, kit: Kit) -> bool:
    """One lot, two deliveries: they add up."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = history.first("stored_first", lot=lot)
    first = part(kit, stored.fields["kg"])
    rest = stored.fields["kg"] - first
    history.change(stored, kg=first)
    history.add("stored_first", stored.time + 4 * HOUR, stored.party, {**stored.fields, "kg": rest})
    sell(history, kit, lot, first + rest, stored.time + 7 * HOUR, stored.party)
    return True


def refused_back_to_stock(history: History, kit: Kit) -> bool:
    """All sold, a part refused and sold again: more sold than ever came in, and still right."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sell(history, kit, lot, history.rest(lot), stored.time + 2 * HOUR, stored.party)
    back = part(kit, stored.fields["kg"])
    history.add("refused", stored.time + 5 * HOUR, stored.party, {"lot": lot, "kg": back, "goods_go": "stock"})
    sell(history, kit, lot, back, stored.time + 9 * HOUR, stored.party)
    return True


def refused_to_the_shipper(history: History, kit: Kit) -> bool:
    """A part goes back to the shipper, the rest is sold."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    back = part(kit, stored.fields["kg"])
    history.add("refused", stored.time + 3 * HOUR, stored.party, {"lot": lot, "kg": back, "goods_go": "shipper"})
    sell(history, kit, lot, history.rest(lot), stored.time + 6 * HOUR, stored.party)
    return True


def split_at_the_tolerance(history: History, kit: Kit) -> bool:
    """The two sides of a split differ by exactly the tolerance; the stock still agrees at the count."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    split(history, kit, lot, stored.time + 2 * HOUR, kit.tolerance(stored))
    count(history, lot, stored.time + 8 * HOUR, kit.tolerance(stored))
    return True


def merge_at_the_tolerance(history: History, kit: Kit) -> bool:
    """The two sides of a merge differ by exactly the tolerance."""
    if len(history.lots) < 2 or history.all("merged"):
        return False
    lots = [lot.id for lot in history.lots[:2]]
    names = {name for lot in lots for name in (lot, f"{lot}A", f"{lot}B")}
    history.drop(lambda told: told.step in LOT_STEPS and told.fields.get("lot") in names)
    merge(history, kit, lots[0], lots[1], kit.tolerance(keeper(history, lots[0])))
    return True


def repacked_with_stated_loss(history: History, kit: Kit) -> bool:
    """Repacking loses what it says and the tolerance besides; then all is sold."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    repack(history, kit, lot, stored.time + 2 * HOUR, kit.tolerance(stored))
    sell(history, kit, lot, history.rest(lot), stored.time + 5 * HOUR, stored.party)
    return True


def sold_to_the_tolerance(history: History, kit: Kit) -> bool:
    """More sold than stored, by exactly the tolerance."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sell(history, kit, lot, history.rest(lot) + kit.tolerance(stored), stored.time + 6 * HOUR, stored.party)
    return True


def voucher_entered_twice(history: History, kit: Kit) -> bool:
    """One sale of all that there is, entered by two clerks under two record ids."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sold = sell(history, kit, lot, history.rest(lot), stored.time + 3 * HOUR, stored.party)
    history.add("sold", sold.time + 25 * MINUTE, stored.party, dict(sold.fields))
    return True


def sale_entered_in_error(history: History, kit: Kit) -> bool:
    """A sale of far too much was entered, and voided later."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sold = sell(history, kit, lot, stored.fields["kg"] * 10, stored.time + 3 * HOUR, stored.party)
    history.add("voided", sold.time + 20 * HOUR, stored.party, {}, supersedes=sold.id)
    return True


def destroyed_before_storing(history: History, kit: Kit) -> bool:
    """Some was destroyed in the transit warehouse; the balance starts at first storage."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    gone = part(kit, stored.fields["kg"]) + HALF
    history.add("destroyed", stored.time - 5 * HOUR, stored.party, {"lot": lot, "kg": gone})
    stored = history.change(stored, kg=stored.fields["kg"] - gone)
    sell(history, kit, lot, stored.fields["kg"], stored.time + 4 * HOUR, stored.party)
    return True


def counted_within_tolerance(history: History, kit: Kit) -> bool:
    """A count finds less by exactly the tolerance; what it found is sold."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sell(history, kit, lot, part(kit, history.rest(lot)), stored.time + 2 * HOUR, stored.party)
    found = count(history, lot, stored.time + 5 * HOUR, -kit.tolerance(stored))
    sell(history, kit, lot, found.fields["kg"], stored.time + 8 * HOUR, stored.party)
    return True


def several_lots_in_one_event(history: History, kit: Kit) -> bool:
    """All lots leave, and all are stored, in one record each."""
    if len(history.lots) < 2:
        return False
    for step in ("left_warehouse", "stored_first"):
        told = history.all(step)
        together = [
            {"lot": each.fields["lot"], **({"kg": each.fields["kg"]} if "kg" in each.fields else {})} for each in told
        ]
        kept = {name: value for name, value in told[-1].fields.items() if name not in ("lot", "kg")}
        history.told = [each for each in history.told if each.step != step]
        history.told.append(replace(told[-1], fields={**kept, "lots": together}))
    history.drop(lambda each: each.step in LOT_STEPS)
    return True


def told_twice(history: History, kit: Kit) -> bool:
    """Every sale and every arrival is delivered again hours later, word for word."""
    again = [told for told in history.told if told.step in ("sold", "arrived_warehouse", "stored_first", "split")]
    history.told += [replace(told, received=told.time + kit.rng.randrange(60, 600) * MINUTE) for told in again]
    return True


def corrected_twice(history: History, kit: Kit) -> bool:
    """A stored weight was typed wrong, corrected wrong, and corrected again; the first version names the window."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    right = stored.fields["kg"]
    history.change(stored, kg=right / 10)
    second = history.add(
        "stored_first", stored.time, stored.party, {**stored.fields, "kg": right * Decimal("0.9")},
        supersedes=stored.id, received=stored.time + 6 * HOUR,
    )  # fmt: skip
    history.add(
        "stored_first", stored.time, stored.party, {**stored.fields, "kg": right},
        supersedes=second.id, received=stored.time + 14 * HOUR,
    )  # fmt: skip
    sell(history, kit, lot, right, stored.time + 5 * HOUR, stored.party)
    return True


ODD_TRANSIT = (
    papers_in_the_same_second,
    positive_then_negative,
    revoked_and_issued_anew,
    revoked_after_storing,
    qualified_on_that_day_only,
    destroyed_before_storing,
    several_lots_in_one_event,
)
"""Oddities of loads by way of a transit warehouse."""

ODD_STOCK = (
    stored_in_parts,
    refused_back_to_stock,
    refused_to_the_shipper,
    split_at_the_tolerance,
    merge_at_the_tolerance,
    repacked_with_stated_loss,
    sold_to_the_tolerance,
    voucher_entered_twice,
    sale_entered_in_error,
    counted_within_tolerance,
    told_twice,
    corrected_twice,
)
"""Oddities of stock, for any shape of load."""
