"""Disorder of delivery: late, doubled, shuffled, corrected and voided, while what is true stays the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from bihuan.base.clock import HOUR, MINUTE, SECOND
from bihuan.simulate.history import Told


def in_order(told: Sequence[Told], seed: int, start: int) -> list[Told]:
    """Everything arrives within minutes, in the order in which it happened; stated late arrivals stay late."""
    rng = Random(f"order:{seed}")
    arrived = [
        replace(each, received=max(each.received, each.time + rng.randrange(5, 240) * SECOND, start))
        for each in sorted(told, key=lambda each: (each.time, each.id, each.received))
    ]
    return sorted(arrived, key=lambda each: (each.received, each.id))


def in_disorder(told: Sequence[Told], seed: int, start: int) -> list[Told]:
    """The same truth told badly.

    One in four statements is hours late and one in a hundred a day and a half; three in a hundred come twice; two in a
    hundred are stated wrong first and corrected (one in five of the corrections overtakes what it corrects); some
    sales are entered that never were, and voided. Windows keep their ids, for the first version bears it.
    """
    rng = Random(f"disorder:{seed}")
    named = {each.supersedes for each in told} | {each.id for each in told if each.supersedes}
    twice = {id for id, times in Counter(each.id for each in told).items() if times > 1}
    made: list[Told] = []
    for each in in_order(told, seed, start):
        free = each.id not in named and each.id not in twice and each.step != "voided"
        late = each.received + _delay(rng)
        if free and rng.random() < 0.02:
            made += _stated_wrong_first(rng, each, late)
        else:
            made.append(replace(each, received=late))
        if rng.random() < 0.03:
            made.append(replace(made[-1], received=late + rng.randrange(10, 900) * MINUTE))
        if each.step == "sold" and rng.random() < 0.03:
            made += _never_was(rng, each, late)
    # Shuffled within each quarter of an hour.
    return sorted(made, key=lambda each: (each.received // (15 * MINUTE), rng.random()))


def _delay(rng: Random) -> int:
    chance = rng.random()
    if chance < 0.01:
        return rng.randrange(20, 36) * HOUR
    return rng.randrange(1, 12 * 60) * MINUTE if chance < 0.25 else 0


def _stated_wrong_first(rng: Random, true: Told, at: int) -> list[Told]:
    """The first version, under the id that names the window, is wrong; the truth comes as its correction."""
    fields = dict(true.fields)
    if fields.get("vehicle"):
        fields["vehicle"] = "沪DX9999"
    if fields.get("kg") is not None and true.step != "split":
        fields["kg"] = fields["kg"] * 3
    wrong = replace(true, time=true.time - rng.randrange(1, 300) * MINUTE, fields=fields, received=at)
    overtakes = rng.random() < 0.2
    when = at - rng.randrange(1, 60) * MINUTE if overtakes else at + rng.randrange(30, 1200) * MINUTE
    when = max(when, true.received)
    return [wrong, replace(true, id=f"{true.id}-k", supersedes=true.id, received=when)]


def _never_was(rng: Random, sold: Told, at: int) -> list[Told]:
    """A sale that never was, voided hours later."""
    false = replace(
        sold, id=f"{sold.id}-x", fields={**sold.fields, "voucher": f"{sold.fields['voucher']}-x"}, received=at
    )
    gone = at + rng.randrange(60, 900) * MINUTE
    return [false, Told("voided", f"{sold.id}-v", gone - MINUTE, {}, sold.party, false.id, gone)]
