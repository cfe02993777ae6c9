"""Claim: a province's due dates and credit codes are worked out while one waits, by the same rules as one firm's.

Due dates: every dated obligation of every rule set for each enterprise in one year. Beside it the same sums one firm at a
time through `due_on`; codes beside the scalar check, and python-stdnum where it is installed.
"""

from __future__ import annotations

import time
from datetime import date

import numpy as np

from bihuan.apps.safety_reports.app import APP
from bihuan.apps.safety_reports.rules import SETS
from bihuan.base.rules.lawbook import due_on, dues_of_year, find
from bihuan.base.rules.model import Limits
from bihuan.engines.temporal.civil import Days
from bihuan.protocols import codes
from bihuan.protocols.code_arrays import uscc_right
from bihuan.protocols.codes import ORGANISATION_ALPHABET, USCC_ALPHABET, organisation_check_sign, uscc_check_sign
from measured import Report, installed, run

try:
    from stdnum.cn import uscc as stdnum_uscc
except ImportError:
    stdnum_uscc = None

YEAR, ALONE = 2022, 20_000
KEYS = {"accepted": 0.1, "trial": 0.01, "changed": 0.2, "reported": 0.9, "larger": 0.3, "major": 0.02, "accident": 0.001}
"""Key dates, and the share of enterprises that have one in the years looked at."""


def measure(quick: bool) -> Report:
    """Due dates of a year, then credit codes, each beside one at a time."""
    size = 100_000 if quick else 1_000_000
    random = np.random.default_rng(7)
    report = Report("safety", "due dates of a year and credit codes of a province")
    report.sizes = {"enterprises": size, "rule sets": len(SETS), "obligations": sum(len(law.obligations) for law in SETS)}
    keys = {name: _days(random, size, share) for name, share in KEYS.items()}
    limits = Limits(APP.limits)
    begun = time.perf_counter()
    dues = dues_of_year(SETS, YEAR, keys, limits)
    used = time.perf_counter() - begun
    count = sum(int((~np.isnat(days)).sum()) for days, _ in dues.values())
    report.add("due dates of a year, all obligations", used, "s", f"{count:,} dates")
    law, new = find(SETS, "first_report_new_firm", date(YEAR, 1, 1))
    alone = [day for day in keys["accepted"][: ALONE * 10].tolist() if day is not None][:ALONE]
    begun = time.perf_counter()
    for day in alone:
        due_on(law, new, day)
    used = time.perf_counter() - begun
    report.add("  one firm at a time, one obligation", len(alone) / used, "dates/s")
    _codes(report, random, size)
    report.limited_by = "memory traffic of the arrays"
    return report


def _days(random: np.random.Generator, size: int, share: float) -> Days:
    days = np.datetime64("2020-01-01", "D") + random.integers(0, 1_400, size)
    return np.where(random.random(size) < share, days, np.datetime64("NaT", "D"))


def _codes(report: Report, random: np.random.Generator, size: int) -> None:
    made = []
    for number in random.integers(0, len(ORGANISATION_ALPHABET[:10]) ** 8, 10_000):
        organisation = f"{number:08d}"
        first = "91320585" + organisation + organisation_check_sign(organisation)
        code = first + uscc_check_sign(first)
        made.append(code if number % 4 else code[:10] + USCC_ALPHABET[(USCC_ALPHABET.index(code[10]) + 1) % 31] + code[11:])
    many = made * (size // len(made))
    begun = time.perf_counter()
    right = int(uscc_right(many).sum())
    report.add("credit codes checked, both digits", time.perf_counter() - begun, "s", f"{right:,} of {len(many):,} right")
    begun = time.perf_counter()
    good = sum(codes.uscc(code) is None for code in made)
    used = time.perf_counter() - begun
    report.add("  one code at a time, with the reason", len(made) / used, "codes/s", f"{good:,} of {len(made):,} right")
    if stdnum_uscc is None:
        report.sizes["rival python-stdnum"] = "not installed (group oracle)"
        return
    begun = time.perf_counter()
    outer = sum(bool(stdnum_uscc.is_valid(code)) for code in made)
    used = time.perf_counter() - begun
    report.add(f"  rival: python-stdnum {installed('python-stdnum')}", len(made) / used, "codes/s", f"{outer:,} right: the outer digit alone")


if __name__ == "__main__":
    run(measure)
