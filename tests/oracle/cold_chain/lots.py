"""The four rules about a lot: storage, disinfection, leaving the transit warehouse, and its kilograms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from .known import Fact, Known, civil_day, instant, number
from .verdicts import verdict


def visits_of_container(known: Known, container: str) -> list[list[Fact]]:
    """The customs releases of a container, visit by visit: an arrival or unloading lies between two visits."""
    ends = [f for step in ("arrived_warehouse", "unloaded") for f in known.of(step, container=container)]
    visits: list[list[Fact]] = []
    for release in known.of("customs_released", container=container):
        if visits and not any(visits[-1][0].time <= f.time < release.time for f in ends):
            visits[-1].append(release)
        else:
            visits.append([release])
    return visits


def lots_of_container(known: Known, container: str, at: datetime) -> list[str]:
    """The lots in a container at a moment: of the last visit begun by then, else of the first."""
    visits = visits_of_container(known, container)
    visit = next((v for v in reversed(visits) if v[0].time <= at), visits[0] if visits else [])
    return list(dict.fromkeys(item["lot"] for release in visit for item in release["lots"]))


def named_lots(known: Known, fact: Fact) -> list[str]:
    """The lots that a record is about: those it names, or all lots of its container (R-PACK).

    An inspection certificate written after the container had arrived may be the next visit's.
    """
    named: list[str] = list(fact["lots"] or [])
    if named:
        return named
    container, lots = fact["container"], lots_of_container(known, fact["container"], fact.time)
    visits = visits_of_container(known, container)
    coming = next((v for v in visits if v[0].time > fact.time), None)
    ends = [f for step in ("arrived_warehouse", "unloaded") for f in known.of(step, container=container)]
    if fact.step == "health_certificate" and coming:
        last = next((v for v in reversed(visits) if v[0].time <= fact.time), None)
        if last and any(last[0].time <= f.time < fact.time for f in ends):
            lots += [item["lot"] for release in coming for item in release["lots"]]
    return lots


def revocations(known: Known, certificate: Any, at: datetime) -> list[Fact]:
    """The revocations of this certificate or qualification number up to and including a moment."""
    return [f for f in known.of("certificate_revoked", certificate=certificate) if f.time <= at]


def certificates(known: Known, lot: str, at: datetime) -> list[Fact]:
    """The release certificates of a lot that exist at a moment, in force or revoked."""
    return [f for f in known.of("release_certificate") if f.time <= at and lot in (f["lots"] or [])]


def in_force(known: Known, lot: str, at: datetime) -> Fact | None:
    """A release certificate of the lot that is in force at a moment."""
    valid = [f for f in certificates(known, lot, at) if not revocations(known, f["certificate"], at)]
    return valid[0] if valid else None


def revoked_witness(known: Known, lot: str, at: datetime) -> list[Fact]:
    """What shows that the lot's certificates are no longer in force: each with its revocation."""
    return [x for f in certificates(known, lot, at) for x in (f, *revocations(known, f["certificate"], at)[:1])]


def risk_of(known: Known, lot: str, at: datetime) -> tuple[Any, Fact | None]:
    """The risk class that customs last gave the lot by a moment, else the first given later, and who says so."""
    said = [
        (item["risk"], f)
        for f in known.of("customs_released")
        for item in f["lots"]
        if item["lot"] == lot and item.get("risk")
    ]
    by_then = [one for one in said if one[1].time <= at]
    return by_then[-1] if by_then else said[0] if said else (None, None)


def stored_before_released(known: Known) -> Iterator[dict[str, Any]]:
    """At each first storage a release certificate of the lot is in force, unless the lot is exempt."""
    rule = "stored_before_released"
    for stored in known.of("stored_first"):
        lot, subject = stored["lot"], f"lot:{stored['lot']}"
        exempting = [
            f
            for f in known.of("health_certificate")
            if f.time <= stored.time and "业经消毒" in (f["says"] or "") and lot in named_lots(known, f)
        ]
        risk, release = risk_of(known, lot, stored.time)
        paper = in_force(known, lot, stored.time)
        if paper:
            yield verdict(rule, subject, stored, "satisfied", "release certificate in force", [paper, stored])
        elif exempting:
            yield verdict(rule, subject, stored, "satisfied", "exempt: 业经消毒", [exempting[0], stored])
        elif risk == "ordinary" and release:
            yield verdict(rule, subject, stored, "satisfied", "exempt: ordinary risk", [release, stored])
        else:
            absent = ["release_certificate", "health_certificate", *([] if release else ["customs_released"])]
            witness = [*revoked_witness(known, lot, stored.time), stored]
            hangs = [] if release else ["Q23"]
            if known.no_more_up_to(stored.time, *absent):
                yield verdict(
                    rule, subject, stored, "violated", "no release certificate in force", witness, questions=hangs
                )
            else:
                hangs += ["Q23"] if known.no_more_up_to(stored.time, "release_certificate") else []
                yield verdict(
                    rule,
                    subject,
                    stored,
                    "undecided",
                    "a certificate may still come",
                    witness,
                    due=stored.time,
                    questions=hangs,
                )


def unqualified_disinfection(known: Known) -> Iterator[dict[str, Any]]:
    """Whoever disinfects holds a disinfection qualification, valid on that civil day and not revoked."""
    rule = "unqualified_disinfection"
    for done in known.of("disinfected"):
        day = civil_day(done.time)
        held = [
            f
            for f in known.of("qualification", of=done["by"], kind="disinfection")
            if (not f["from"] or civil_day(instant(f["from"])) <= day)
            and (not f["to"] or day <= civil_day(instant(f["to"])))
            and not revocations(known, f["qualification"], done.time)
        ]
        papers = known.of("qualification", of=done["by"])
        revoked = [x for f in papers for x in (f, *revocations(known, f["qualification"], done.time)[:1])]
        for lot in named_lots(known, done):
            subject = f"lot:{lot}"
            if held:
                yield verdict(
                    rule,
                    subject,
                    done,
                    "satisfied",
                    "qualified",
                    [held[0], done],
                    questions=["Q25"] if all(f.time > done.time for f in held) else [],
                )
            elif known.no_more_up_to(done.time, "qualification"):
                yield verdict(rule, subject, done, "violated", "no qualification in force", [*revoked, done])
            else:
                yield verdict(
                    rule, subject, done, "undecided", "a qualification may still come", [*revoked, done], due=done.time
                )


def results_of_lot(known: Known, lot: str, at: datetime) -> list[Fact]:
    """The results of the lot's own samples up to and including a moment, in order (R-LOT-TEST)."""
    samples = {f["sample"] for f in known.of("sampled", lot=lot)}
    return [f for f in known.of("result") if f.time <= at and f["sample"] in samples]


def left_without_papers(known: Known) -> Iterator[dict[str, Any]]:
    """When a lot leaves: release certificate in force, latest result negative, trace code assigned."""
    rule = "left_without_papers"
    for left in known.of("left_warehouse"):
        lot, at = left["lot"], left.time
        paper = in_force(known, lot, at)
        results = results_of_lot(known, lot, at)
        latest = results[-1] if results else None
        negative = latest if latest and latest["value"] == "negative" else None
        codes = [f for f in known.of("trace_code_assigned", lot=lot) if f.time <= at]
        code = codes[0] if codes else None
        shown = [
            ("release certificate", paper, ("release_certificate",), revoked_witness(known, lot, at)),
            ("negative result", negative, ("sampled", "result"), [latest] if latest else []),
            ("trace code", code, ("trace_code_assigned",), []),
        ]
        hangs = ["Q27"] if latest and not negative and not known.no_more_up_to(at, "sampled", "result") else []
        missing = [(n, seen) for n, fact, steps, seen in shown if not fact and known.no_more_up_to(at, *steps)]
        open_ = [n for n, fact, steps, _ in shown if not fact and not known.no_more_up_to(at, *steps)]
        subject = f"lot:{lot}"
        if missing:
            yield verdict(
                rule,
                subject,
                left,
                "violated",
                "missing: " + ", ".join(n for n, _ in missing),
                [*missing[0][1], left],
                questions=hangs,
            )
        elif open_:
            yield verdict(
                rule, subject, left, "undecided", "may still come: " + ", ".join(open_), [left], due=at, questions=hangs
            )
        else:
            yield verdict(
                rule, subject, left, "satisfied", "all papers there", [*(fact for _, fact, _, _ in shown if fact), left]
            )


def kg_in(fact: Fact, lot: str) -> Fraction:
    """The kilograms that a record adds to a lot."""
    if fact.step in ("stored_first", "merged") and fact["lot"] == lot:
        return number(fact["kg"])
    if fact.step == "split":
        return sum((number(i["kg"]) for i in fact["into"] if i["lot"] == lot), Fraction(0))
    if fact.step == "refused" and fact["lot"] == lot and fact["goods_go"] == "stock":
        return number(fact["kg"])
    return Fraction(0)


def kg_out(fact: Fact, lot: str) -> Fraction:
    """The kilograms that a record takes from a lot."""
    if fact.step in ("sold", "destroyed", "split") and fact["lot"] == lot:
        return number(fact["kg"])
    if fact.step == "merged":
        return sum((number(i["kg"]) for i in fact["from"] if i["lot"] == lot), Fraction(0))
    if fact.step == "repacked" and fact["lot"] == lot:
        return number(fact["loss_kg"] or 0)
    if fact.step == "refused" and fact["lot"] == lot and fact["goods_go"] == "shipper":
        return number(fact["kg"])
    return Fraction(0)


def two_sides(fact: Fact) -> Fraction:
    """By how many kilograms the two sides of a split, merge or repack differ."""
    if fact.step == "split":
        other = sum((number(i["kg"]) for i in fact["into"]), Fraction(0)) + number(fact["loss_kg"] or 0)
        return abs(number(fact["kg"]) - other)
    if fact.step == "merged":
        return abs(sum((number(i["kg"]) for i in fact["from"]), Fraction(0)) - number(fact["kg"]))
    return abs(number(fact["kg_in"]) - number(fact["kg_out"]) - number(fact["loss_kg"] or 0))


def opens_balance(fact: Fact, lot: str) -> bool:
    """Whether a record is a first storage of the lot, or the split or merge that made it."""
    if fact.step == "split":
        return any(i["lot"] == lot for i in fact["into"])
    return fact.step in ("stored_first", "merged") and bool(fact["lot"] == lot)


def one_sale_each(facts: list[Fact]) -> list[Fact]:
    """The facts without a second sale of the same voucher, lot and kilograms (R-VOUCHER)."""
    kept: list[Fact] = []
    for fact in facts:
        twin = (
            fact.step == "sold"
            and fact["voucher"] is not None
            and any(
                k.step == "sold"
                and (k["voucher"], k["lot"], number(k["kg"])) == (fact["voucher"], fact["lot"], number(fact["kg"]))
                for k in kept
            )
        )
        if not twin:
            kept.append(fact)
    return kept


def lot_balance_kg(known: Known) -> Iterator[dict[str, Any]]:
    """From its first storage or making on, what came into a lot is sold, destroyed, sent on, lost or still there."""
    rule = "lot_balance_kg"
    lots: set[str] = set()
    for fact in known.facts:
        if fact.step in ("stored_first", "merged"):
            lots.add(fact["lot"])
        if fact.step == "split":
            lots.update(item["lot"] for item in fact["into"])
    for lot in sorted(lots):
        opener = next(f for f in known.facts if opens_balance(f, lot))
        tolerance = known.limit("balance_tolerance", opener)
        subject = f"lot:{lot}"
        if tolerance is None:
            yield verdict(rule, subject, opener, "undecided", "no limit in force", [opener], questions=["Q20"])
            continue
        since = one_sale_each([f for f in known.facts if f.time >= opener.time])
        if opener.step != "stored_first":
            since = [f for f in since if f.step != "stored_first" or f["lot"] != lot]
        moves = [f for f in since if kg_in(f, lot) or kg_out(f, lot)]
        rest = sum((kg_in(f, lot) - kg_out(f, lot) for f in moves), Fraction(0))
        counts = [f for f in since if f.step == "stock_counted" and f["lot"] == lot]
        steps = [f for f in since if f.step in ("split", "merged", "repacked") and f["lot"] == lot]
        unequal = [f for f in steps if two_sides(f) > tolerance.value]

        def off(count: Fact, moves: list[Fact] = moves, lot: str = lot) -> Fraction:
            there = sum((kg_in(f, lot) - kg_out(f, lot) for f in moves if f.time <= count.time), Fraction(0))
            return abs(number(count["kg"]) - there)

        wrong = [f for f in counts if off(f) > tolerance.value]
        hangs = balance_questions(known, lot, opener, tolerance.value, moves, counts, wrong)
        if unequal:
            outcome, reason, witness = "violated", "two sides of a step differ", [unequal[0]]
        elif wrong:
            before = [f for f in moves if f.time <= wrong[0].time]
            outcome, reason, witness = "violated", "a count differs", [*before, wrong[0]]
        elif rest < -tolerance.value:
            outcome, reason, witness = "violated", "more went out than came in", moves
        elif rest <= tolerance.value:
            outcome, reason, witness = "satisfied", "nothing is left", moves
        elif counts:
            before = [f for f in moves if f.time <= counts[-1].time]
            outcome, reason, witness = "satisfied", "the latest count agrees", [*before, counts[-1]]
        else:
            outcome, reason, witness = "undecided", f"{float(rest):.3f} kg left, not counted", moves
        yield verdict(rule, subject, opener, outcome, reason, witness, limit=tolerance, questions=hangs)


def balance_questions(
    known: Known,
    lot: str,
    opener: Fact,
    tolerance: Fraction,
    moves: list[Fact],
    counts: list[Fact],
    wrong: list[Fact],
) -> list[str]:
    """The questions of READINGS.md on which the balance of this lot hangs."""
    hangs = set()
    running = [sum((kg_in(g, lot) - kg_out(g, lot) for g in moves if g.time <= f.time), Fraction(0)) for f in moves]
    if running and min(running) < -tolerance <= running[-1]:
        hangs.add("Q34")
    if wrong and counts[-1] not in wrong:
        hangs.add("Q36")
    if any(f.time == c.time for c in counts for f in moves):
        hangs.add("Q36")
    if len({c["warehouse"] for c in counts}) > 1:
        hangs.add("Q36")
    if counts and not wrong and moves and counts[-1].time < moves[-1].time:
        counted = number(counts[-1]["kg"])
        later = sum((kg_in(g, lot) - kg_out(g, lot) for g in moves if g.time > counts[-1].time), Fraction(0))
        rest = running[-1]
        if (counted + later < -tolerance) != (rest < -tolerance):
            hangs.add("Q36")
    for fact in known.of("split") + known.of("merged"):
        names = {i["lot"] for i in (fact["into"] or fact["from"] or [])}
        if lot in names and two_sides(fact) > tolerance:
            hangs.add("Q37")
    if opener.step != "stored_first" and known.of("stored_first", lot=lot):
        hangs.add("Q39")
    sent_back = [f for f in moves if f.step == "refused" and f["goods_go"] == "shipper"]
    if any(f.step == "sold" and f.time <= back.time for f in moves for back in sent_back):
        hangs.add("Q40")
    return sorted(hangs)
