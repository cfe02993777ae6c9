"""Breaches of papers and stock: each takes a finished lawful history and breaks it in one known way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from bihuan.base.clock import HOUR, MINUTE
from bihuan.simulate.afterlife import HALF, count, keeper, part, repack, sell, split
from bihuan.simulate.history import Finding, History, Kit, Told
from bihuan.simulate.lawful import civil, office
from bihuan.simulate.odd_goods import untouched


def _windows(history: History, rule: str, told: Iterable[Told]) -> None:
    for each in told:
        history.expect(rule, f"lot:{each.fields['lot']}", each.id)


def _unreleased(history: History, lots: Iterable[str]) -> bool:
    """No release certificate covers these high-risk lots, neither when they leave nor when they are stored."""
    for lot in lots:
        _windows(history, "left_without_papers", history.all("left_warehouse", lot=lot))
        _windows(history, "stored_before_released", history.all("stored_first", lot=lot))
    return True


def _revoked(history: History, at: int) -> bool:
    """The certificate is revoked: what leaves or is stored afterwards is without it."""
    paper = history.first("release_certificate")
    history.add("certificate_revoked", at, paper.party, {"certificate": paper.fields["certificate"]})
    _windows(history, "left_without_papers", (told for told in history.all("left_warehouse") if told.time >= at))
    _windows(history, "stored_before_released", (told for told in history.all("stored_first") if told.time >= at))
    return True


def _names(history: History) -> list[str]:
    return [lot.id for lot in history.lots]


def no_certificate(history: History, kit: Kit) -> bool:
    """There never was a release certificate."""
    history.drop(lambda told: told.step == "release_certificate")
    return _unreleased(history, _names(history))


def certificate_afterwards(history: History, kit: Kit) -> bool:
    """The certificate was issued when all had been stored."""
    history.change(history.first("release_certificate"), time=history.all("stored_first")[-1].time + HOUR)
    return _unreleased(history, _names(history))


def lot_not_on_the_certificate(history: History, kit: Kit) -> bool:
    """The certificate names the other lots."""
    names = _names(history)
    if len(names) < 2:
        return False
    history.change(history.first("release_certificate"), lots=names[1:])
    return _unreleased(history, names[:1])


def revoked_before_leaving(history: History, kit: Kit) -> bool:
    """Revoked, and not issued anew, before anything left."""
    return _revoked(history, history.first("left_warehouse").time - MINUTE)


def revoked_on_the_way_to_the_store(history: History, kit: Kit) -> bool:
    """Revoked a minute before a lot was stored."""
    return _revoked(history, history.first("stored_first").time - MINUTE)


def second_part_after_revocation(history: History, kit: Kit) -> bool:
    """A lot came in two deliveries; the certificate was revoked between them."""
    lot = untouched(history)
    if lot is None:
        return False
    stored, last = keeper(history, lot), history.all("stored_first")[-1]
    first = part(kit, stored.fields["kg"])
    rest = stored.fields["kg"] - first
    history.change(stored, kg=first)
    second = history.add("stored_first", last.time + 5 * HOUR, stored.party, {**stored.fields, "kg": rest})
    return _revoked(history, second.time - HOUR)


def wording_is_not_enough(history: History, kit: Kit) -> bool:
    """The paper says 已消毒 or 未经消毒, which is not 业经消毒."""
    text = kit.rng.choice(("经检验检疫，该批货物外包装已消毒，准予销售。", "经检验检疫，该批货物外包装未经消毒。"))
    history.change(history.first("health_certificate"), says=text)
    _windows(history, "stored_before_released", history.all("stored_first"))
    return True


def exempting_paper_came_later(history: History, kit: Kit) -> bool:
    """The paper with 业经消毒 was issued when the goods had been stored."""
    paper = history.first("health_certificate")
    history.change(paper, time=history.all("stored_first")[-1].time + 2 * HOUR, lots=_names(history))
    _windows(history, "stored_before_released", history.all("stored_first"))
    return True


def high_risk_straight_to_the_store(history: History, kit: Kit) -> bool:
    """Lots of high risk went straight to a store."""
    released = history.first("customs_released")
    history.change(released, lots=[{**lot, "risk": "high"} for lot in released.fields["lots"]])
    _windows(history, "stored_before_released", history.all("stored_first"))
    return True


def _papers(history: History, lot: str) -> bool:
    _windows(history, "left_without_papers", history.all("left_warehouse", lot=lot))
    return True


def no_trace_code(history: History, kit: Kit) -> bool:
    """A lot left without a trace code."""
    lot = kit.rng.choice(_names(history))
    history.drop(lambda told: told.step == "trace_code_assigned" and told.fields["lot"] == lot)
    return _papers(history, lot)


def trace_code_afterwards(history: History, kit: Kit) -> bool:
    """The trace code came when the lot had left."""
    lot = kit.rng.choice(_names(history))
    code = history.first("trace_code_assigned", lot=lot)
    history.change(code, time=history.first("left_warehouse", lot=lot).time + 10 * MINUTE)
    return _papers(history, lot)


def _result(history: History, lot: str) -> Told:
    return history.first("result", sample=history.first("sampled", lot=lot).fields["sample"])


def tested_positive(history: History, kit: Kit) -> bool:
    """The lot was positive and left all the same."""
    lot = kit.rng.choice(_names(history))
    history.change(_result(history, lot), value="positive")
    return _papers(history, lot)


def tested_inconclusive(history: History, kit: Kit) -> bool:
    """The latest result says neither yes nor no."""
    lot = kit.rng.choice(_names(history))
    history.change(_result(history, lot), value="inconclusive")
    return _papers(history, lot)


def recheck_positive(history: History, kit: Kit) -> bool:
    """Negative first, positive at the recheck before leaving."""
    lot = kit.rng.choice(_names(history))
    sampled, left = history.first("sampled", lot=lot), history.first("left_warehouse", lot=lot)
    sample = f"{sampled.fields['sample']}-2"
    history.add("sampled", sampled.time + 3 * HOUR, sampled.party, {"lot": lot, "sample": sample})
    history.add("result", left.time - 3 * MINUTE, sampled.party, {"sample": sample, "value": "positive"})
    return _papers(history, lot)


def no_result(history: History, kit: Kit) -> bool:
    """Sampled, but no result was ever given."""
    lot = kit.rng.choice(_names(history))
    sample = history.first("sampled", lot=lot).fields["sample"]
    history.drop(lambda told: told.step == "result" and told.fields["sample"] == sample)
    return _papers(history, lot)


def result_afterwards(history: History, kit: Kit) -> bool:
    """The negative result came when the lot had left."""
    lot = kit.rng.choice(_names(history))
    history.change(_result(history, lot), time=history.first("left_warehouse", lot=lot).time + HOUR)
    return _papers(history, lot)


def sample_of_another_lot(history: History, kit: Kit) -> bool:
    """Its sample was taken of another lot of the same container: a result counts for the lot of its sample."""
    names = _names(history)
    if len(names) < 2:
        return False
    history.change(history.first("sampled", lot=names[0]), lot=names[1])
    return _papers(history, names[0])


def result_corrected_to_positive(history: History, kit: Kit) -> bool:
    """The laboratory corrected its negative result days later: it had been positive."""
    lot = kit.rng.choice(_names(history))
    first = _result(history, lot)
    history.add(
        "result", first.time, first.party, {**first.fields, "value": "positive"},
        supersedes=first.id, received=first.time + 30 * HOUR,
    )  # fmt: skip
    return _papers(history, lot)


def _cleaned_by(history: History, kit: Kit, kind: str, first: int, last: int, revoked: int | None = None) -> bool:
    """A firm with a qualification of this kind from day to day, counted from the disinfection, disinfected the load."""
    told, firm, authority = history.first("disinfected"), kit.city.add_cleaner().id, office(kit.city, "authority")
    if kind:
        day, number = date.fromisoformat(civil(told.time)), f"XS-{history.key}"
        fields = {
            "of": firm, "kind": kind, "qualification": number,
            "from": (day + timedelta(first)).isoformat(), "to": (day + timedelta(last)).isoformat(),
        }  # fmt: skip
        history.add("qualification", told.time - 90 * 24 * HOUR, authority, fields)
        if revoked is not None:
            history.add("certificate_revoked", told.time - revoked, authority, {"certificate": number})
    history.change(told, party=firm, by=firm)
    for lot in history.lots:
        history.expect("unqualified_disinfection", f"lot:{lot.id}", told.id)
    return True


def cleaner_without_qualification(history: History, kit: Kit) -> bool:
    """The firm holds no qualification."""
    return _cleaned_by(history, kit, "", 0, 0)


def qualification_ended_the_day_before(history: History, kit: Kit) -> bool:
    """The qualification ended with the day before."""
    return _cleaned_by(history, kit, "disinfection", -80, -1)


def qualification_begins_the_day_after(history: History, kit: Kit) -> bool:
    """The qualification begins with the next day."""
    return _cleaned_by(history, kit, "disinfection", 1, 300)


def qualification_of_another_kind(history: History, kit: Kit) -> bool:
    """The firm may control pests, not disinfect."""
    return _cleaned_by(history, kit, "pest_control", -80, 300)


def qualification_revoked(history: History, kit: Kit) -> bool:
    """The qualification had been revoked an hour before."""
    return _cleaned_by(history, kit, "disinfection", -80, 300, HOUR)


def _unbalanced(history: History, lot: str) -> bool:
    history.expect("lot_balance_kg", f"lot:{lot}", history.opener(lot).id)
    return True


def sold_more_than_came_in(history: History, kit: Kit) -> bool:
    """More sold than there was, by half a kilogram over the tolerance."""
    lot = kit.rng.choice(_names(history))
    stored = keeper(history, lot)
    sell(history, kit, lot, history.rest(lot) + kit.tolerance(stored) + HALF, history.end() + HOUR, stored.party)
    return _unbalanced(history, lot)


def one_sale_under_two_vouchers(history: History, kit: Kit) -> bool:
    """All was sold twice, each time with a voucher of its own."""
    lot = untouched(history)
    if lot is None:
        return False
    stored, kg = keeper(history, lot), history.rest(lot)
    for hours in (2, 4):
        sell(history, kit, lot, kg, stored.time + hours * HOUR, stored.party)
    return _unbalanced(history, lot)


def part_of_a_lot_sold_twice_over(history: History, kit: Kit) -> bool:
    """A lot made by a split sold more than the split gave it."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    made = split(history, kit, lot, stored.time + 2 * HOUR)
    child = made.fields["into"][1]["lot"]
    sell(history, kit, child, history.rest(child) + kit.tolerance(made) + 1, made.time + 3 * HOUR, stored.party)
    return _unbalanced(history, child)


def destroyed_more_than_there_was(history: History, kit: Kit) -> bool:
    """More destroyed than there was."""
    lot = kit.rng.choice(_names(history))
    stored = keeper(history, lot)
    gone = history.rest(lot) + kit.tolerance(stored) + Decimal("0.001")
    history.add("destroyed", history.end() + HOUR, stored.party, {"lot": lot, "kg": gone})
    return _unbalanced(history, lot)


def sold_and_sent_back(history: History, kit: Kit) -> bool:
    """All sold, and a part sent back to the shipper as well."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sell(history, kit, lot, history.rest(lot), stored.time + 3 * HOUR, stored.party)
    back = kit.tolerance(stored) + 40
    history.add("refused", stored.time + 7 * HOUR, stored.party, {"lot": lot, "kg": back, "goods_go": "shipper"})
    return _unbalanced(history, lot)


def counted_less(history: History, kit: Kit) -> bool:
    """A count finds less than there must be."""
    return _miscounted(history, kit, -1)


def counted_more(history: History, kit: Kit) -> bool:
    """A count finds more than there can be."""
    return _miscounted(history, kit, 1)


def _miscounted(history: History, kit: Kit, sign: int) -> bool:
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    sell(history, kit, lot, part(kit, history.rest(lot)), stored.time + 2 * HOUR, stored.party)
    count(history, lot, stored.time + 6 * HOUR, sign * (kit.tolerance(stored) + HALF))
    return _unbalanced(history, lot)


def lost_while_repacking(history: History, kit: Kit) -> bool:
    """Repacking loses more than it says."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    repack(history, kit, lot, stored.time + 2 * HOUR, kit.tolerance(stored) + HALF)
    return _unbalanced(history, lot)


def lost_while_splitting(history: History, kit: Kit) -> bool:
    """A split's two sides differ. Whether that is a breach of the lots it made as well, the reading leaves open."""
    lot = untouched(history)
    if lot is None:
        return False
    stored = keeper(history, lot)
    made = split(history, kit, lot, stored.time + 2 * HOUR, kit.tolerance(stored) + HALF)
    for each in made.fields["into"]:
        history.either.add(Finding("lot_balance_kg", f"lot:{each['lot']}", made.id))
    return _unbalanced(history, lot)


BROKEN_TRANSIT = (
    no_certificate,
    certificate_afterwards,
    lot_not_on_the_certificate,
    revoked_before_leaving,
    revoked_on_the_way_to_the_store,
    second_part_after_revocation,
    no_trace_code,
    trace_code_afterwards,
    tested_positive,
    tested_inconclusive,
    recheck_positive,
    no_result,
    result_afterwards,
    sample_of_another_lot,
    result_corrected_to_positive,
    cleaner_without_qualification,
    qualification_ended_the_day_before,
    qualification_begins_the_day_after,
    qualification_of_another_kind,
    qualification_revoked,
)
"""Breaches of loads by way of a transit warehouse."""

BROKEN_EXEMPT = (wording_is_not_enough, exempting_paper_came_later)
BROKEN_ORDINARY = (high_risk_straight_to_the_store,)

BROKEN_STOCK = (
    sold_more_than_came_in,
    one_sale_under_two_vouchers,
    part_of_a_lot_sold_twice_over,
    destroyed_more_than_there_was,
    sold_and_sent_back,
    counted_less,
    counted_more,
    lost_while_repacking,
    lost_while_splitting,
)
"""Breaches of stock, for any shape of load."""
