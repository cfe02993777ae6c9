"""Claim: a table of 100,000 rows and twenty fields is read, checked and told by cell while the server goes on, then kept wholly.

In process, on a store on disk: the file read in a process of its own and told row by row, then every good row checked
once more, sealed, appended to the ledger and derived, in slices between which a probe measures how long others wait.
Beside it, on the very same file: python-calamine alone, and openpyxl, which only read it and check nothing. Last, all
kept records out again as CSV and XLSX.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import python_calamine

from bihuan.base.catalog import App
from bihuan.base.errors import Words
from bihuan.base.principal import Principal, system
from bihuan.base.records import batch_large
from bihuan.base.records.batch import one_batch
from bihuan.base.records.export import XlsxExport, export_csv, last_entry, record_slices
from bihuan.ends.enterprise.importing import imports_of
from bihuan.main import build
from bihuan.settings import Settings
from city import ORIGIN, workplace
from firms import SiteRisk, write
from measured import Report, installed, option, percentile, run

try:
    import openpyxl
except ImportError:
    openpyxl = None

CLERK = Principal("person", "per-bench", person="per-bench", party="org-bench", capabilities=frozenset({"draft", "sign"}))
_EVERY = 0.005
"""Seconds between two looks of the probe."""


def measure(quick: bool) -> Report:
    """Reading, keeping, the rivals, and the way out."""
    rows = option("--rows", 10_000 if quick else 100_000)
    report = Report("safety_import", "a large XLSX told by cell, kept wholly or not at all, and taken out again")
    with workplace() as folder:
        path = folder / "risks.xlsx"
        size = write(path, rows, rows // 200)
        report.sizes = {"rows": rows, "fields": 20, "bad rows": rows // 200, "bytes of the file": size}
        asyncio.run(_ours(report, folder / "store", path, rows))
        _rivals(report, path, rows)
    report.limited_by = "one core of Python for the checks; SQLite, its fsync and three tables for the ledger"
    return report


async def _ours(report: Report, folder: Path, path: Path, rows: int) -> None:
    words = Words("基准", "Bench")
    app = App(name="bench", titles=words, closes=words, line="bench", territory="32", types=(SiteRisk,))
    house = build(Settings(data=folder, origin=ORIGIN), apps=[app])
    spec, runner = house.registry.types["bench.SiteRisk"], imports_of(house)
    waits: list[float] = []
    probe = asyncio.get_running_loop().create_task(_probe(waits))
    begun = time.perf_counter()
    runner.lay("bat-bench", path.read_bytes())
    with house.db.write(CLERK) as w:
        batch_large.begin_batch(w, "bat-bench", spec, path.name)
    await runner.lead("bat-bench")
    told = time.perf_counter() - begun
    found = one_batch(house.db.reader(CLERK), "bat-bench")
    if (found.state, found.bad) != ("preview", rows // 200):
        raise SystemExit(f"read as {found}")
    report.add("read, checked, every fault told", told, "s", "staged in the store, nothing kept yet")
    _waited(report, waits)
    begun = time.perf_counter()
    with house.db.write(CLERK) as w:
        batch_large.check_may_decide(w, "bat-bench", only_good=True)
    await runner.lead("bat-bench")
    report.add("kept: checked, in the ledger, rows derived", time.perf_counter() - begun, "s", "all or nothing")
    _waited(report, waits)
    probe.cancel()
    if one_batch(house.db.reader(CLERK), "bat-bench").state != "kept":
        raise SystemExit("not kept")
    reader = house.db.reader(system("bench"))
    upto = last_entry(reader)
    begun = time.perf_counter()
    lines = sum(piece.count(b"\r\n") for piece in export_csv(spec, (r for s in record_slices(reader, spec, "org-bench", upto) for r in s)))
    report.add("out again as CSV", (lines - 1) / (time.perf_counter() - begun), "rows/s", f"{lines - 1} rows, complete")
    begun = time.perf_counter()
    book = XlsxExport(spec, path=folder / "out.xlsx")
    for several in record_slices(reader, spec, "org-bench", upto):
        book.add(several)
    made = book.done()
    report.add("out again as XLSX", made.rows / (time.perf_counter() - begun), "rows/s", f"{made.rows} rows, complete")
    if {lines - 1, made.rows} != {rows - rows // 200}:
        raise SystemExit(f"{lines - 1} and {made.rows} rows came out again")
    house.db.close()


async def _probe(waits: list[float]) -> None:
    """How much later than asked the loop comes back: what a request would wait."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(_EVERY)
        waits.append(max(0.0, time.perf_counter() - begun - _EVERY))


def _waited(report: Report, waits: list[float]) -> None:
    report.add("  others wait meanwhile, p50", percentile(waits, 0.5) * 1000, "ms")
    report.add("  others wait meanwhile, p99", percentile(waits, 0.99) * 1000, "ms")
    waits.clear()


def _rivals(report: Report, path: Path, rows: int) -> None:
    begun = time.perf_counter()
    _counted(sum(1 for _ in python_calamine.load_workbook(str(path)).get_sheet_by_index(0).iter_rows()), rows)
    report.add(f"rival: python-calamine {installed('python-calamine')} alone", time.perf_counter() - begun, "s", "values only, nothing checked")
    if openpyxl is None:
        report.sizes["rival openpyxl"] = "not installed (group oracle)"
        return
    begun = time.perf_counter()
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    _counted(sum(1 for _ in sheet.iter_rows(values_only=True)), rows)
    report.add(f"rival: openpyxl {installed('openpyxl')} alone", time.perf_counter() - begun, "s", "values only, nothing checked")


def _counted(found: int, rows: int) -> None:
    if found != rows + 1:
        raise SystemExit(f"{found} rows were read")


if __name__ == "__main__":
    run(measure)
