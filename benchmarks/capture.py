"""Claim: events are durable and judged as fast as a city sends them.

Documents of 1,000 events go over real HTTP to `bihuan serve` on one core; the client is on the other. Then the same
documents once more in process, stage by stage, to see where the time goes. Beside it what one would write oneself:
the pure-Python `jsonschema` on the same events with a row each in SQLite, without ledger, retry keys, index or rules.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pysqlite3

from bihuan.base.identity import principal_of_token
from bihuan.base.principal import system
from bihuan.gateways.epcis import capture, run_job
from bihuan.protocols.epcis.schema import SCHEMAS
from bihuan.simulate import Scenario
from bihuan.simulate.documents import Document
from city import PER_DOCUMENT, Client, city, documents, house, served, workplace
from measured import Report, installed, percentile, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

_PATIENCE = 120.0
"""Seconds after which a job that does not end is a fault, not a slow machine."""


def measure(quick: bool) -> Report:
    """Over HTTP, stage by stage, and the rival."""
    scenario = city(240 if quick else 800)
    sent = documents(scenario)
    events = len(sent) * PER_DOCUMENT
    report = Report("capture", "EPCIS events durable, and until they can be asked for and are judged")
    report.sizes = {
        "events": events, "documents": len(sent), "bytes an event sent": sum(len(d.body) for d in sent) // events,
    }  # fmt: skip
    _over_http(report, scenario, sent, events)
    _by_stage(report, scenario, sent, events)
    _rival(report, sent, events)
    report.limited_by = "one core of Python: reading an event three times (door, rows, rules), then SQL statements a subject"
    return report


def _over_http(report: Report, scenario: Scenario, sent: list[Document], events: int) -> None:
    with workplace() as folder:
        with house(folder, scenario) as (_, town):
            secret = town.tokens[sent[0].party]
        with served(folder) as system_:
            client = Client(system_.port, {"authorization": f"Bearer {secret}", "content-type": "application/json"})
            acknowledged, done = [], []
            for document in sent:
                begun = time.perf_counter()
                status, headers, body = client.call("POST", "/capture", document.body)
                acknowledged.append(time.perf_counter() - begun)
                if status != 202:
                    raise SystemExit(f"the door answered {status}: {body[:300]!r}")
                job = {"running": True}
                while job["running"]:
                    if time.perf_counter() - begun > _PATIENCE:
                        raise SystemExit(f"the job {headers['location']} does not end")
                    job = json.loads(client.call("GET", headers["location"])[2])
                done.append(time.perf_counter() - begun)
                if not job["success"]:
                    raise SystemExit(f"refused: {job}")
            report.sizes["peak MiB of the server"] = round(system_.peak_mib())
        report.sizes["bytes an event on disk"] = _size(folder) // events
    report.add("HTTP: answered 202, document durable", events / sum(acknowledged), "events/s")
    report.add("  a document of 1,000, p50", percentile(acknowledged, 0.5) * 1000, "ms")
    report.add("  a document of 1,000, p99", percentile(acknowledged, 0.99) * 1000, "ms")
    report.add("HTTP: job succeeded, indexed and judged", events / sum(done), "events/s", "queryable, verdicts kept")
    report.add("  a document of 1,000, p50", percentile(done, 0.5) * 1000, "ms")


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.glob("bihuan.db*"))


def _by_stage(report: Report, scenario: Scenario, sent: list[Document], events: int) -> None:
    with workplace() as folder, house(folder, scenario) as (made, town):
        made.held = True
        reader = made.db.reader(system("bench"))
        principal = principal_of_token(reader, town.tokens[sent[0].party])
        if principal is None:
            raise SystemExit("the token does not hold")
        begun, cpu = time.perf_counter(), time.process_time()
        jobs = [capture(made, principal, document.body, "rollback", "strict") for document in sent]
        for job in jobs:
            run_job(made, job)
        wall, used = time.perf_counter() - begun, time.process_time() - cpu
        report.add(
            "in process: job succeeded, derivations held", events / wall, "events/s",
            f"checked, in the ledger, fsynced; {used / events * 1e6:.0f} us CPU an event",
        )  # fmt: skip
        report.sizes["bytes an event in the ledger"] = _size(folder) // events
        begun, cpu = time.perf_counter(), time.process_time()
        made.catch_up()
        wall, used = time.perf_counter() - begun, time.process_time() - cpu
        report.add(
            "in process: rows, index and verdicts at once", events / wall, "events/s", f"{used / events * 1e6:.0f} us CPU an event"
        )  # fmt: skip


def _rival(report: Report, sent: list[Document], events: int) -> None:
    if jsonschema is None:
        report.sizes["rival jsonschema"] = "not installed (group oracle)"
        return
    validators = {name: jsonschema.Draft7Validator(schema) for name, schema in SCHEMAS.items()}
    with workplace() as folder:
        store = pysqlite3.connect(folder / "rival.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            store.execute(f"PRAGMA {pragma}")
        store.execute("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT)")
        checking, begun = 0.0, time.perf_counter()
        for document in sent:
            listed = json.loads(document.body)["epcisBody"]["eventList"]
            before = time.perf_counter()
            if not all(validators[event["type"]].is_valid(event) for event in listed):
                raise SystemExit("jsonschema refuses what the door took")
            checking += time.perf_counter() - before
            store.execute("BEGIN")
            store.executemany("INSERT OR IGNORE INTO event VALUES (?, ?)", [(e["eventID"], json.dumps(e)) for e in listed])
            store.execute("COMMIT")
        whole = time.perf_counter() - begun
        store.close()
    report.add(f"rival: jsonschema {installed('jsonschema')} alone", events / checking, "events/s", "our schema, checks the shape only")
    report.add("rival: jsonschema and a row in SQLite", events / whole, "events/s", "no ledger, retry keys, index, rules")


if __name__ == "__main__":
    run(measure)
