"""Cases made from cases: records dropped, shifted to an edge, doubled under another id, voided, renamed.

The same case and seed give the same disturbed case. What comes out is seldom lawful and often odd, which is the point.
"""

from __future__ import annotations

import copy
import random
from datetime import datetime, timedelta
from typing import Any

Case = dict[str, Any]

_SHIFTS = tuple(
    timedelta(seconds=s) for s in (1, -1, 0, -600, 3_600, -3_600, 18_000, 86_400, -86_400)
)  # fmt: skip


def disturbed(case: Case, seed: int) -> Case:
    """The case with one to four things changed in it."""
    chance = random.Random(seed)
    changed = copy.deepcopy(case)
    changed.pop("expect", None)
    for _ in range(chance.randint(1, 4)):
        if changed["records"]:
            chance.choice(_CHANGES)(changed, chance.choice(changed["records"]), chance)
    chance.shuffle(changed["records"])
    return changed


def _moved(time: str, chance: random.Random) -> str:
    return (datetime.fromisoformat(time) + chance.choice(_SHIFTS)).isoformat()


def _drop(case: Case, record: Case, chance: random.Random) -> None:
    case["records"].remove(record)


def _shift(case: Case, record: Case, chance: random.Random) -> None:
    record["time"] = _moved(record["time"], chance)


def _same_second(case: Case, record: Case, chance: random.Random) -> None:
    record["time"] = chance.choice(case["records"])["time"]


def _again(case: Case, record: Case, chance: random.Random) -> None:
    """The same thing told once more as another record, a little later or earlier, or of another booking."""
    more = {**copy.deepcopy(record), "id": f"{record['id']}~{chance.randrange(100)}"}
    more.pop("supersedes", None)
    more["time"] = _moved(more["time"], chance)
    if "booking" in more and chance.random() < 0.4:
        more["booking"] += "-2"
    case["records"].append(more)


def _void(case: Case, record: Case, chance: random.Random) -> None:
    late = (datetime.fromisoformat(record.get("received") or record["time"]) + timedelta(hours=3)).isoformat()
    name = f"{record['id']}!{chance.randrange(100)}"
    case["records"].append(
        {"id": name, "step": "voided", "time": record["time"], "received": late, "supersedes": record["id"]}
    )


def _known_until(case: Case, record: Case, chance: random.Random) -> None:
    case["complete_before"] = _moved(record["time"], chance)


def _whole_container(case: Case, record: Case, chance: random.Random) -> None:
    for each in case["records"]:
        if each["step"] in ("health_certificate", "disinfected", "unloaded") and each.get("container"):
            each["lots"] = []


def _renamed(case: Case, record: Case, chance: random.Random) -> None:
    """The record is of another lot, container or certificate of the same case."""
    for name in ("lot", "container", "certificate"):
        others = [each[name] for each in case["records"] if each.get(name)]
        if record.get(name) and chance.random() < 0.7:
            record[name] = chance.choice(others)


_CHANGES = (
    _drop, _shift, _shift, _same_second, _again, _again, _void, _known_until, _whole_container, _renamed,
)  # fmt: skip
