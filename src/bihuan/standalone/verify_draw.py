"""独立复核“双随机”抽取 / Draw the lots of a Bihuan random check again, offline, without Bihuan.

python verify_draw.py DRAW.json      (Python 3.8 or later, nothing to install)

It recomputes from the frozen pool and the seed's parts what was drawn, and compares. That the checkpoint named in the
file is the ledger's own is shown by its signature: check it, and the receipts of the records, with verify_receipt.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

V = "bihuan-draw-1"


def need(good: object, message: str) -> None:
    if not good:
        raise ValueError(message)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Numbers:
    """HMAC-SHA256(seed, "label:n"), n = 0, 1, …"""

    def __init__(self, seed: bytes, label: str) -> None:
        self.seed, self.label, self.n = seed, label, 0

    def below(self, end: int) -> int:
        while True:
            made = hmac.new(self.seed, f"{self.label}:{self.n}".encode(), hashlib.sha256).hexdigest()
            self.n += 1
            if int(made, 16) < 2**256 // end * end:
                return int(made, 16) % end


def check(d: dict[str, Any]) -> list[str]:
    """What a draw file shows, line by line; ValueError says what does not hold."""
    need(d["version"] == V, "未知版本 / unknown version")
    secret, plan, weights = bytes.fromhex(d["secret"]), d["plan"], dict(d["objects"])
    need(hashlib.sha256(f"{V} secret\n".encode() + secret).hexdigest() == d["commitment"],
         "密值与事先公布的承诺不符 / the secret is not the one that was committed to")  # fmt: skip
    lines = [f"{V} objects", f"plan {plan}", f"draw {d['count']}"] + [f"{k} {weights[k]}" for k in sorted(weights)]
    need(sha("\n".join([*lines, ""])) == d["objects_hash"], "对象名录与冻结时不同 / the pool of objects is not the frozen one")
    note = d["checkpoint"].split("\n")
    need(int(note[1]) > d["frozen_at"], "检查点早于名录冻结 / the checkpoint does not cover the frozen pools")
    root = base64.b64decode(note[2]).hex()
    said = f"{V} seed\n{root}\n{d['objects_hash']}\n{d['officers_hash']}\n"
    seed = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    need(seed.hex() == d["seed"], "种子不符 / the seed does not follow from its parts")
    drawn: list[str] = []
    numbers, left = Numbers(seed, "object"), sorted(weights)
    while len(drawn) < d["count"]:
        at = numbers.below(sum(weights[k] for k in left))
        n = 0
        while at >= weights[left[n]]:
            at, n = at - weights[left[n]], n + 1
        drawn.append(left.pop(n))
    need(drawn == d["drawn"], "抽取结果不符 / what was drawn does not follow from the seed")
    told = [f"名录 pool: {len(weights)}, 抽取 drawn: {len(drawn)}, 相符 as recomputed"]
    if "officers" in d:
        told.append(officers(d, seed))
    return told


def officers(d: dict[str, Any], seed: bytes) -> str:
    barred = {tuple(pair) for pair in d["avoid"]}
    lines = [f"{V} officers", f"plan {d['plan']}", f"each {d['per_visit']}"]
    lines += [f"officer {k}" for k in sorted(d["officers"])] + [f"avoid {a} {b}" for a, b in sorted(barred)]
    need(sha("\n".join([*lines, ""])) == d["officers_hash"], "人员名录与冻结时不同 / the pool of officers is not the frozen one")
    numbers, load = Numbers(seed, "officer"), {k: 0 for k in sorted(d["officers"])}
    for entry, going in zip(d["drawn"], d["visits"]):  # noqa: B905  (Python 3.8)
        chosen: list[str] = []
        while len(chosen) < d["per_visit"]:
            free = [k for k in load if k not in chosen and (k, entry) not in barred]
            turn = [k for k in free if load[k] == min(load[x] for x in free)]
            chosen.append(turn[numbers.below(len(turn))])
            load[chosen[-1]] += 1
        need(chosen == list(going), "人员抽取结果不符 / the officers do not follow from the seed")
    return f"人员 officers: {len(load)}, 相符 as recomputed"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        for line in check(json.loads(Path(arguments[0]).read_text("utf-8"))):
            print("✓", line)
    except (ValueError, KeyError, IndexError, TypeError) as wrong:
        print("✗", wrong)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
