"""Claim: to append, prove and verify costs little, and grows with the logarithm of the size.

`--size N` sets the number of entries (100,000; a million takes some minutes). Rival: `pymerkle` over the same entries
in memory, without store, salt or signature.
"""

from __future__ import annotations

import random
import time

from bihuan.base.clock import SeededChance, WallClock
from bihuan.base.db import Db
from bihuan.base.ledger import NewEntry, SigningKey, append, begin, inclusion, receipt, sign_checkpoint, verify
from bihuan.base.principal import system
from bihuan.standalone.verify_receipt import check
from city import ORIGIN, workplace
from measured import Report, installed, option, percentile, run

try:
    import pymerkle
except ImportError:
    pymerkle = None

BATCH, BODY, PROOFS = 1_000, 700, 2_000
_WHO = system("bench")


def measure(quick: bool) -> Report:
    """Append in transactions of 1,000, sign, prove, verify all; then pymerkle."""
    size = option("--size", 10_000 if quick else 100_000) // BATCH * BATCH
    chance = SeededChance(7)
    report = Report("ledger", "append, prove and verify")
    report.sizes = {"entries": size, "bytes a body": BODY, "entries a transaction": BATCH}
    bodies = [chance.token(BODY) for _ in range(BATCH)]
    chosen = [random.Random(7).randrange(size) for _ in range(PROOFS)]
    with workplace() as folder:
        db = Db(folder / "bihuan.db", WallClock(), chance)
        db.create()
        key = SigningKey.made(ORIGIN, chance)
        with db.write(_WHO) as w:
            begin(w, ORIGIN)
        took = []
        for _ in range(size // BATCH):
            begun = time.perf_counter()
            with db.write(_WHO) as w:
                append(w, [NewEntry("bench.Entry", "0" * 64, body) for body in bodies])
            took.append(time.perf_counter() - begun)
        tenth = max(1, len(took) // 10)
        report.add("append, durable", size / sum(took), "entries/s", "leaf, salt, inner nodes, fsync")
        report.add("  the last tenth", tenth * BATCH / sum(took[-tenth:]), "entries/s")
        begun = time.perf_counter()
        with db.write(_WHO) as w:
            sign_checkpoint(w, key)
        report.add("sign a checkpoint", (time.perf_counter() - begun) * 1000, "ms")
        reader, proofs = db.reader(_WHO), []
        for seq in chosen:
            begun = time.perf_counter()
            inclusion(reader, seq, size)
            proofs.append(time.perf_counter() - begun)
        report.add("inclusion proof from the store, p50", percentile(proofs, 0.5) * 1e6, "us")
        report.add("inclusion proof from the store, p99", percentile(proofs, 0.99) * 1e6, "us")
        begun = time.perf_counter()
        given = [receipt(reader, seq, with_body=True) for seq in chosen[:200]]
        report.add("receipt with its body", (time.perf_counter() - begun) / len(given) * 1e6, "us")
        report.sizes["bytes a receipt"] = sum(map(len, given)) // len(given)
        begun = time.perf_counter()
        if list(verify(reader, key.vkey)):
            raise SystemExit("the ledger does not verify")
        report.add("verify the whole ledger", size / (time.perf_counter() - begun), "entries/s", "every leaf, body and node")
        db.close()
        report.sizes["bytes an entry on disk"] = (folder / "bihuan.db").stat().st_size // size
    begun = time.perf_counter()
    for each in given[:20]:
        check(each.decode(), key.vkey, [])
    report.add("check a receipt offline", (time.perf_counter() - begun) / 20 * 1000, "ms", "standard library alone")
    _rival(report, size, bodies, chosen)
    report.limited_by = "HMAC, leaf and row in Python; verify reads each inner node by a statement of its own"
    return report


def _rival(report: Report, size: int, bodies: list[bytes], chosen: list[int]) -> None:
    if pymerkle is None:
        report.sizes["rival pymerkle"] = "not installed (group oracle)"
        return
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    begun = time.perf_counter()
    for n in range(size):
        tree.append_entry(bodies[n % BATCH])
    report.add(f"rival: pymerkle {installed('pymerkle')} append, in memory", size / (time.perf_counter() - begun), "entries/s", "hash tree alone")
    proofs = []
    for seq in chosen[:200]:
        begun = time.perf_counter()
        tree.prove_inclusion(seq + 1, size)
        proofs.append(time.perf_counter() - begun)
    report.add("rival: pymerkle inclusion proof, p50", percentile(proofs, 0.5) * 1e6, "us")


if __name__ == "__main__":
    run(measure)
