"""The lots: every entry has its fair share, weights hold, nobody meets whom they avoid, and the same seed draws the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.drawing import (
    commitment,
    draw_objects,
    draw_officers,
    draw_stand_in,
    objects_text,
    officers_text,
    seed_of,
    text_hash,
)

POOLS = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 10), min_size=1, max_size=12)
SEEDS = st.binary(min_size=32, max_size=32)


def seeds(n: int) -> list[bytes]:
    return [hashlib.sha256(f"seed {k}".encode()).digest() for k in range(n)]


def test_equal_weights_give_equal_shares() -> None:
    """3 of 10 over 4000 seeds: each comes 1200 times, give or take five standard deviations (29 each)."""
    weights = {f"org-{n}": 1 for n in range(10)}
    came = Counter(entry for seed in seeds(4000) for entry in draw_objects(seed, weights, 3))
    assert set(came) == set(weights)
    assert all(abs(times - 1200) < 145 for times in came.values()), came


def test_each_order_comes_as_often_as_its_weights_say() -> None:
    """All orders of three with weights 1, 2, 3: the share of what is left, one after the other; chi-squared on 5 degrees."""
    weights = {"a": 1, "b": 2, "c": 3}
    came, tries = Counter(tuple(draw_objects(seed, weights, 3)) for seed in seeds(6000)), 6000
    distance = 0.0
    for order in permutations("abc"):
        share, left = Fraction(1), 6
        for entry in order:
            share, left = share * Fraction(weights[entry], left), left - weights[entry]
        expected = float(share) * tries
        distance += (came[order] - expected) ** 2 / expected
    assert distance < 20.5, distance  # 0.999 of draws lie below


@given(POOLS, SEEDS)
def test_nobody_is_drawn_twice_and_the_order_of_the_pool_does_not_matter(pool: dict[str, int], seed: bytes) -> None:
    drawn = draw_objects(seed, pool, len(pool))
    assert sorted(drawn) == sorted(pool)
    assert draw_objects(seed, dict(reversed(pool.items())), len(pool)) == drawn
    assert draw_objects(seed, pool, len(pool) // 2) == drawn[: len(pool) // 2]


@given(SEEDS, st.integers(2, 3), st.sets(st.tuples(st.sampled_from("pqrst"), st.sampled_from("abcd")), max_size=8))
def test_officers_avoid_whom_they_must_and_share_the_work(seed: bytes, each: int, barred: set[tuple[str, str]]) -> None:
    drawn = draw_objects(seed, dict.fromkeys("abcd", 1), 4)
    if any(sum((officer, entry) in barred for officer in "pqrst") > 5 - each for entry in drawn):
        with pytest.raises(ValueError, match="fewer than"):
            draw_officers(seed, drawn, "pqrst", barred, each)
        return
    going = draw_officers(seed, drawn, "pqrst", barred, each)
    assert all(len(set(people)) == each for people in going)
    assert not {(officer, entry) for entry, people in zip(drawn, going, strict=True) for officer in people} & barred
    if not barred:
        load = Counter(officer for people in going for officer in people)
        assert max(load.values()) - min(load.get(officer, 0) for officer in "pqrst") <= 1


def test_published_example() -> None:
    """A draw written down once, so that no later version draws otherwise."""
    weights = {"org-a": 1, "org-b": 3, "org-c": 1, "org-d": 2}
    one = text_hash(objects_text("CC-1", 2, weights))
    two = text_hash(officers_text("CC-1", 2, ["per-1", "per-2", "per-3"], {("per-1", "org-b")}))
    secret = bytes(range(32))
    assert commitment(secret) == "99e87e814128a06ea758bd6adebfc1eb9bd5970be896c821181688ffc3cf4239"
    seed = seed_of(secret, b"\x07" * 32, one, two)
    assert seed.hex() == "39cbc753a92a137660c8ad95af866190472981e557744df22a78527a4e285e71"
    drawn = draw_objects(seed, weights, 2)
    assert drawn == ["org-b", "org-c"]
    assert draw_officers(seed, drawn, ["per-1", "per-2", "per-3"], {("per-1", "org-b")}, 2) == [("per-2", "per-3"), ("per-1", "per-3")]
    assert draw_stand_in(seed, drawn[0], 1, ["per-2", "per-3"]) == "per-2"


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cannot be drawn of 1"):
        draw_objects(bytes(32), {"a": 1}, 2)
    with pytest.raises(ValueError, match="whole number from 1"):
        objects_text("CC-1", 1, {"a": 0})
    with pytest.raises(ValueError, match="nobody is left"):
        draw_stand_in(bytes(32), "a", 1, [])
