"""Claim: the rules keep up with a city, in one batch from decoded facts and one subject at a time from the store.

Input is the simulated city as EPCIS documents. Beside it a hand-written loop of one single rule (overtime, without
limits by area and date, corrections, completeness or witness), and RTAMT's temporal-logic monitor for the same rule.
What only computes is measured by the CPU time of the process, what writes by the wall clock.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence

from bihuan.apps.cold_chain.feeds import from_event
from bihuan.apps.cold_chain.judge import default_completeness, judge
from bihuan.apps.cold_chain.keys import keys_of, reach, subjects_of
from bihuan.apps.cold_chain.records import ArrivedWarehouse, PickedUp
from bihuan.apps.cold_chain.rules import RULES
from bihuan.base.clock import HOUR, SECOND
from bihuan.base.db import Open
from bihuan.base.identity import principal_of_token
from bihuan.base.principal import system
from bihuan.base.rules.findings_model import verdict_table
from bihuan.base.rules.history import MemorySource, Raw, canonical, gather
from bihuan.base.rules.model import Asked, Fact, LimitRow, Limits
from bihuan.base.rules.rule import evaluate
from bihuan.base.rules.subjects import wake
from bihuan.gateways.epcis import capture, run_job
from bihuan.protocols.epcis import read_document
from bihuan.simulate import Scenario
from bihuan.simulate.documents import Document
from city import PER_DOCUMENT, city, documents, house, workplace
from measured import Report, installed, run

try:
    import rtamt
except ImportError:
    rtamt = None

_LONGEST = 5 * HOUR
"""One limit for all areas and dates: what a hand-written check would have."""


def measure(quick: bool) -> Report:
    """Decode, canonical order, judge all; histories gathered beforehand; the store; the rivals."""
    scenario = city(240 if quick else 2_000)
    sent = documents(scenario)
    events = len(sent) * PER_DOCUMENT
    report = Report("rules", "all rules over all subjects, verdicts with witness and reason")
    report.sizes = {"events": events, "rules": len(RULES)}
    begun = time.process_time()
    raws = _decode(sent)
    report.add("read events into typed facts", events / (time.process_time() - begun), "events/s", "parse, schema, declared types")
    begun = time.process_time()
    facts = canonical(raws)
    report.add("canonical order, corrections worked in", events / (time.process_time() - begun), "events/s")
    rows = [LimitRow(r.id, r.name, r.value, r.unit, r.area, r.valid_from, r.valid_to, r.source, sure=False) for r in scenario.limits]
    fences = {place.id: place.fence for place in scenario.city.places.values()}
    asked = Asked(scenario.finish, default_completeness({raw.type for raw in raws}, scenario.finish), Limits(tuple(rows)), fences)
    begun = time.process_time()
    verdicts = judge(facts, asked)
    report.add("batch: histories gathered and judged", events / (time.process_time() - begun), "events/s", f"{len(verdicts)} verdicts")
    _evaluate_only(report, facts, asked, events)
    _in_store(report, scenario, sent[: 3 if quick else 10])
    _rivals(report, facts)
    report.limited_by = "one Python call a rule and a window; sentences in two languages are written for every verdict"
    return report


def _decode(sent: Sequence[Document]) -> list[Raw]:
    raws = []
    for each in sent:
        for event in read_document(each.body).events:
            raws += [
                Raw(s.id, s.step, s.time, type(s.record).rank, s.record, s.received, s.supersedes, s.part)
                for s in from_event(event.value, event.namespaces)
            ]
    return raws


def _evaluate_only(report: Report, facts: Sequence[Fact], asked: Asked, events: int) -> None:
    source = MemorySource(keys_of)
    source.add(facts)
    subjects = dict.fromkeys(subject for fact in facts for subject in subjects_of(fact))
    histories = [gather(source, subject, reach).history for subject in subjects]
    begun = time.process_time()
    for history in histories:
        for rule in RULES:
            evaluate(rule, history.subject, history, asked)
    used = time.process_time() - begun
    report.sizes["subjects"] = len(subjects)
    report.add("batch: histories at hand, judged alone", events / used, "events/s", f"{used / len(subjects) * 1e6:.0f} us a subject")


def _in_store(report: Report, scenario: Scenario, sent: Sequence[Document]) -> None:
    with workplace() as folder, house(folder, scenario) as (made, town):
        principal = principal_of_token(made.db.reader(system("bench")), town.tokens[sent[0].party])
        if principal is None:
            raise SystemExit("the token does not hold")
        made.held = True
        for each in sent:
            run_job(made, capture(made, principal, each.body, "rollback", "strict"))
        made.catch_up()
        kinds = [kind for app in made.apps.values() for kind in app.subject_kinds]
        judged = made.db.reader(system("bench")).rows(_SUBJECTS, Open("the benchmark wakes every subject"))
        names = [row["subject"] for row in judged]
        with made.db.write(system("bench")) as w:
            wake(w, names, kinds)
        begun, cpu = time.perf_counter(), time.process_time()
        made.catch_up()
        used, cpu = time.perf_counter() - begun, time.process_time() - cpu
    report.sizes |= {"events in the store": len(sent) * PER_DOCUMENT, "subjects in the store": len(names)}
    report.add("store: every subject judged anew", len(names) / used, "subjects/s", f"{cpu / len(names) * 1e6:.0f} us CPU a subject")


_SUBJECTS = verdict_table.select().with_only_columns(verdict_table.c.subject).distinct()


def _rivals(report: Report, facts: Sequence[Fact]) -> None:
    trips = [fact for fact in facts if isinstance(fact.record, PickedUp | ArrivedWarehouse)]
    begun = time.process_time()
    waiting: dict[str, int] = {}
    late = 0
    for fact in trips:
        if isinstance(fact.record, PickedUp):
            waiting[fact.record.container] = fact.time
        elif isinstance(fact.record, ArrivedWarehouse):
            late += fact.time - waiting.pop(fact.record.container, fact.time) > _LONGEST
    used = time.process_time() - begun
    report.add("rival: hand-written loop, overtime alone", len(trips) / used, "events/s", f"{late + len(waiting)} found, no witness, one limit")
    if rtamt is None:
        report.sizes["rival RTAMT"] = "not installed (group oracle)"
        return
    signals: dict[str, tuple[list[int], list[int]]] = {}
    for fact in trips[:400]:
        if isinstance(fact.record, PickedUp | ArrivedWarehouse):
            signals.setdefault(fact.record.container, ([], []))[isinstance(fact.record, ArrivedWarehouse)].append(fact.time // SECOND)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitor = rtamt.StlDenseTimeSpecification()
        for name in ("picked", "arrived", "out"):
            monitor.declare_var(name, "float")
        monitor.spec = f"out = (picked >= 0.5) implies (eventually[0:{_LONGEST // SECOND}] (arrived >= 0.5))"
        monitor.parse()
        begun = time.process_time()
        for picked, arrived in signals.values():
            start, end = min(picked + arrived), max(picked + arrived) + 2 * _LONGEST // SECOND
            monitor.evaluate(["picked", _pulses(picked, start, end)], ["arrived", _pulses(arrived, start, end)])
        used = time.process_time() - begun
    report.add(f"rival: RTAMT {installed('rtamt')}, overtime alone", len(trips[:400]) / used, "events/s", f"{len(signals)} containers, dense time")


def _pulses(at: Sequence[int], start: int, end: int) -> list[list[float]]:
    """A signal that is one for a second at each instant, zero otherwise; seconds from the start."""
    points: list[list[float]] = [[0.0, 0.0]]
    for each in sorted(set(at)):
        begin = float(each - start + 1)
        points += [[begin, 1.0], [begin + 1, 0.0]]
    return [*points, [float(end - start + 2), 0.0]]


if __name__ == "__main__":
    run(measure)
