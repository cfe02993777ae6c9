"""Drawing lots so that anyone can draw them again: frozen pools and a seed in, the same choice out. Pure.

The pools are texts (one line an entry, sorted) whose SHA-256 is kept before the seed can be known. The seed is
HMAC-SHA256 of a secret, to which its hash had bound the house, over a root that nobody knew when the pools were frozen.
Numbers are HMAC-SHA256(seed, "label:n") for n = 0, 1, 2 …, 256 bits each, big-endian; one that would favour small remainders is
passed over. Objects are drawn one after the other without replacement, each with the share of its whole-number weight
in what is left. Only whole numbers are used, so that every machine draws the same.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

VERSION = "bihuan-draw-1"
_RANGE = 1 << 256


def commitment(secret: bytes) -> str:
    """The hash (hex) that binds to a secret of 32 bytes without telling it."""
    return hashlib.sha256(f"{VERSION} secret\n".encode() + secret).hexdigest()


def objects_text(number: str, count: int, weights: Mapping[str, int]) -> str:
    """The pool of objects of a plan as it is frozen: `count` are to be drawn, each entry with its weight (1 or more)."""
    if any(weight < 1 for weight in weights.values()):
        raise ValueError("a weight is a whole number from 1; what cannot be drawn is no part of the pool")
    lines = [f"{entry} {weights[entry]}" for entry in sorted(weights)]
    return "\n".join([f"{VERSION} objects", f"plan {number}", f"draw {count}", *lines, ""])


def officers_text(number: str, per_visit: int, officers: Iterable[str], barred: Collection[tuple[str, str]]) -> str:
    """The pool of officers as it is frozen: who may be drawn, and `barred` the pairs (officer, object) that avoid each other."""
    lines = [f"officer {entry}" for entry in sorted(set(officers))]
    lines += [f"avoid {officer} {entry}" for officer, entry in sorted(set(barred))]
    return "\n".join([f"{VERSION} officers", f"plan {number}", f"each {per_visit}", *lines, ""])


def text_hash(text: str) -> str:
    """SHA-256 (hex) of a frozen text."""
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(secret: bytes, root: bytes, objects_hash: str, officers_hash: str) -> bytes:
    """The seed of a draw: 32 bytes that follow from the secret, the later root and both frozen pools."""
    said = f"{VERSION} seed\n{root.hex()}\n{objects_hash}\n{officers_hash}\n"
    return hmac.new(secret, said.encode(), hashlib.sha256).digest()


def _numbers(seed: bytes, label: str) -> Iterator[int]:
    n = 0
    while True:
        yield int.from_bytes(hmac.new(seed, f"{label}:{n}".encode(), hashlib.sha256).digest(), "big")
        n += 1


def _below(numbers: Iterator[int], end: int) -> int:
    """The next number below `end`, each equally likely."""
    fair = _RANGE - _RANGE % end
    return next(number for number in numbers if number < fair) % end


def draw_objects(seed: bytes, weights: Mapping[str, int], count: int) -> list[str]:
    """Draw `count` entries without replacement, in the order in which they came out; ValueError when there are fewer."""
    if count > len(weights):
        raise ValueError(f"{count} cannot be drawn of {len(weights)}")
    numbers, left, total = _numbers(seed, "object"), sorted(weights), sum(weights.values())
    drawn: list[str] = []
    for _ in range(count):
        at, n = _below(numbers, total), 0
        while at >= weights[left[n]]:
            at, n = at - weights[left[n]], n + 1
        drawn.append(left.pop(n))
        total -= weights[drawn[-1]]
    return drawn


def draw_stand_in(seed: bytes, entry: str, turn: int, officers: Collection[str]) -> str:
    """Who goes in the place of an officer who stepped aside from an object: one of `officers`, for the `turn`-th time (from 1)."""
    free = sorted(set(officers))
    if not free:
        raise ValueError(f"nobody is left who may go to {entry}")
    return free[_below(_numbers(seed, f"stand-in:{entry}:{turn}"), len(free))]


def draw_officers(
    seed: bytes, drawn: Sequence[str], officers: Collection[str], barred: Collection[tuple[str, str]], per_visit: int
) -> list[tuple[str, ...]]:
    """For each drawn object the officers who go there, drawn among those who may and have the fewest visits so far.

    ValueError when an object has fewer than `per_visit` officers who need not avoid it.
    """
    numbers, load = _numbers(seed, "officer"), dict.fromkeys(sorted(officers), 0)
    out = []
    for entry in drawn:
        going: list[str] = []
        for _ in range(per_visit):
            free = [each for each in load if each not in going and (each, entry) not in barred]
            if not free:
                raise ValueError(f"fewer than {per_visit} officers may go to {entry}")
            fewest = min(load[each] for each in free)
            turn = [each for each in free if load[each] == fewest]
            chosen = turn[_below(numbers, len(turn))]
            load[chosen] += 1
            going.append(chosen)
        out.append(tuple(going))
    return out
