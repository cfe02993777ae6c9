"""Seeded small histories, lawful and not, of one to three containers with one to six lots, as neutral records.

The same seed gives the same case. Records come in disorder, some twice, some corrected later, some voided.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

Record = dict[str, Any]

CIVIL = timezone(timedelta(hours=8))
START = datetime(2020, 12, 1, tzinfo=CIVIL)
CONTAINERS = ("CSQU3054383", "MSKU1234565", "TGHU7599330")
AREAS = ("310115", "310104", "320585")
PLATES = ("沪BH2345", "沪B·H2345", "沪A-77120", "苏E3K918")
FENCES: dict[str, Any] = {
    "W1": [[121.90, 30.88], [121.91, 30.88], [121.91, 30.89], [121.90, 30.89]],
    "W2": {"lat": 31.20, "lon": 121.50, "radius_m": 500},
}
POINTS = {"W1": (30.885, 121.905), "W2": (31.201, 121.501), "road": (31.0, 121.7)}
BOOKING_STEPS = ("booked", "booking_confirmed", "booking_amended", "booking_cancelled")
STEPS = (
    *BOOKING_STEPS, "health_certificate", "customs_released", "picked_up", "door_opened", "door_closed", "temperature",
    "arrived_warehouse", "unloaded", "disinfected", "qualification", "sampled", "result", "release_certificate",
    "certificate_revoked", "trace_code_assigned", "left_warehouse", "stored_first", "split", "merged", "repacked",
    "sold", "destroyed", "refused", "stock_counted", "voided",
)  # fmt: skip
EDGE = (timedelta(seconds=-1), timedelta(0), timedelta(seconds=1))


def text(moment: datetime) -> str:
    return moment.isoformat()


def _limits(r: random.Random) -> list[Record]:
    """One row of each name over all Shanghai and Suzhou, sometimes a change, a narrower area, another unit, a hole."""

    def row(name: str, value: str, unit: str, **more: Any) -> Record:
        base = {"area": None, "valid_from": "2020-11-01", "valid_to": None, "source": "row for tests"}
        return {"id": f"{name}-{len(rows)}", "name": name, "value": value, "unit": unit, **base, **more}

    rows: list[Record] = []
    rows.append(row("booking_min_gap", *r.choice((("24", "h"), ("720", "min")))))
    rows.append(row("max_temp", *r.choice((("-15", "cel"), ("5", "degF"), ("-18", "cel")))))
    rows.append(row("sustained_min", *r.choice((("30", "min"), ("0.5", "h"), ("20", "min")))))
    rows.append(row("reading_max_gap", "15", "min"))
    rows.append(row("balance_tolerance", *r.choice((("0.5", "kg"), ("500", "g"), ("0.0005", "t"), ("0", "kg")))))
    rows.append(row("transport_max", *r.choice((("180", "min"), ("2", "h")))))
    if r.random() < 0.3:
        change = text(START + timedelta(days=2, hours=8))
        rows[-1]["valid_to"] = change
        rows.append(row("transport_max", "150", "min", valid_from=change))
    if r.random() < 0.3:
        rows.append(row("transport_max", "100", "min", area="310115"))
    if r.random() < 0.3:
        rows.append(row("balance_tolerance", "0.2", "kg", area="31"))
    if r.random() < 0.1:
        rows.remove(r.choice(rows))
    return rows


class Story:
    """A history being written: gives ids, keeps the records, and draws lawful or unlawful steps."""

    def __init__(self, r: random.Random) -> None:
        self.r = r
        self.records: list[Record] = []
        self.names: dict[str, int] = {}

    def add(self, step: str, time: datetime, **fields: Any) -> Record:
        number = self.names[step] = self.names.get(step, 0) + 1
        received = time + self.r.choice((timedelta(0), timedelta(minutes=2), timedelta(hours=5), timedelta(minutes=-1)))
        record = {"id": f"{step}-{number}", "step": step, "time": text(time), "received": text(received), **fields}
        self.records.append(record)
        return record

    def chance(self, share: float) -> bool:
        return self.r.random() < share

    def edge(self) -> timedelta:
        """Mostly nothing, sometimes a second to either side."""
        return self.r.choice(EDGE) if self.chance(0.5) else timedelta(0)

    def booking(self, number: str, container: str, entry: datetime, gap: timedelta) -> Record | None:
        """A booking around the least gap before the entry, amended, cancelled or left unconfirmed at times."""
        if self.chance(0.08):
            return None
        made = entry - gap - self.r.choice((timedelta(hours=5), timedelta(hours=1), timedelta(0), timedelta(hours=-2)))
        made += self.edge()
        booked = self.add(
            "booked", made, booking=number, container=container, owner="O1", declaration=f"DEC-{number}",
            vehicle=self.r.choice(PLATES[:2]), driver="D1", destination=self.r.choice(("W1", "W2")),
        )  # fmt: skip
        if self.chance(0.92):
            self.add("booking_confirmed", made, booking=number, by=booked["destination"])
        return booked

    def amend(self, booked: Record | None, pick_up: datetime, entry: datetime) -> None:
        if booked and self.chance(0.3):
            change = self.r.choice(({"vehicle": PLATES[2]}, {"driver": "D2"}, {"vehicle": PLATES[1]}))
            at = pick_up + self.r.choice((timedelta(minutes=-30), timedelta(0), timedelta(seconds=1)))
            self.add("booking_amended", at, booking=booked["booking"], **change)
        if booked and self.chance(0.12):
            at = self.r.choice((pick_up - timedelta(hours=1), entry, entry + timedelta(seconds=1)))
            self.add("booking_cancelled", at, booking=booked["booking"])

    def readings(self, container: str, pick_up: datetime, entry: datetime) -> None:
        """One or two sensors every ten or fifteen minutes, with warm spells, empty values and silences."""
        steps = (10,) * 60 + (14, 15, 15, 17) if entry - pick_up <= timedelta(hours=2) else (15,)
        for sensor in self.r.sample(("S1", "S2"), self.r.choice((1, 1, 1, 1, 2))):
            at, warm = pick_up + timedelta(minutes=5), False
            while at < entry:
                warm = self.chance(0.6) if warm else self.chance(0.1)
                value = self.r.choice(("-10", "-14.9")) if warm else self.r.choice(("-20", "-18.5", "-18"))
                self.add(
                    "temperature", at, container=container, cel=None if self.chance(0.005) else value, sensor=sensor,
                    area=AREAS[0],
                )  # fmt: skip
                at += timedelta(minutes=self.r.choice(steps))

    def trip(self, number: int, container: str, pick_up: datetime, gap: timedelta) -> tuple[datetime, str]:
        """A booking and a trip; answers when the container arrived, or would have, and where."""
        minutes = self.r.choice((60, 90, 100, 120, 150, 180, 200))
        entry = pick_up + timedelta(minutes=minutes) + self.edge()
        booked = self.booking(f"B{number}", container, entry, gap)
        self.amend(booked, pick_up, entry)
        store = booked["destination"] if booked else "W1"
        vehicle = self.r.choice(PLATES[:2]) if self.chance(0.85) else PLATES[3]
        self.add(
            "picked_up", pick_up, container=container, vehicle=vehicle, driver="D1" if self.chance(0.9) else "D2",
            place="P1", area=self.r.choice(AREAS),
        )  # fmt: skip
        if self.chance(0.25):
            moments = (pick_up, pick_up + timedelta(seconds=1), entry - timedelta(seconds=1), entry)
            opened = {"container": container}
            place = self.r.choice(("W1", "W2", "road", "named", "unknown"))
            if place in POINTS:
                opened["lat"], opened["lon"] = POINTS[place]  # type: ignore[assignment]
            elif place == "named":
                opened["in_warehouse"] = self.r.choice(("W1", "W2"))
            moment = self.r.choice(moments)
            self.add("door_opened", moment, **opened)
            if self.chance(0.5):
                closed = {k: v for k, v in opened.items() if k == "container"}
                self.add("door_closed", moment + timedelta(minutes=1), **closed)
        if self.chance(0.85) and len(self.records) < 24:
            self.readings(container, pick_up, entry)
        if self.chance(0.9):
            gate = store if self.chance(0.92) else ("W2" if store == "W1" else "W1")
            self.add(
                "arrived_warehouse", entry, container=container, vehicle=vehicle, warehouse=gate,
                area=self.r.choice(AREAS),
            )  # fmt: skip
        return entry, store

    def papers(self, lot: str, leaving: datetime, store: str) -> None:
        """Sample, results, release certificate and trace code of a lot, each there, late by a second, or missing."""

        def by(share: float) -> datetime:
            return leaving - timedelta(hours=3) if self.chance(share) else leaving + self.r.choice(EDGE)

        self.add("sampled", leaving - timedelta(hours=20), lot=lot, sample=f"N-{lot}")
        if self.chance(0.9):
            self.add("result", by(0.8), sample=f"N-{lot}", value=self.r.choice(("negative",) * 6 + ("positive",)))
        if self.chance(0.15):
            self.add("sampled", leaving - timedelta(hours=6), lot=lot, sample=f"N2-{lot}")
            value = self.r.choice(("negative", "positive", "inconclusive"))
            self.add("result", leaving - timedelta(hours=1), sample=f"N2-{lot}", value=value)
        if self.chance(0.85):
            self.add("release_certificate", by(0.7), certificate=f"CERT-{lot}", lots=[lot], warehouse=store)
            if self.chance(0.12):
                at = leaving + self.r.choice(EDGE)
                self.add("certificate_revoked", at, certificate=f"CERT-{lot}")
        if self.chance(0.9):
            self.add("trace_code_assigned", by(0.8), lot=lot, code=f"CODE-{lot}")

    def balance(self, lot: str, start: datetime, kg: Decimal, child: str) -> None:
        """What happens to a stored lot: part delivery, repacking, splitting, sales, refusals, destruction, counts."""
        at, rest = start, kg
        if self.chance(0.15):
            self.add("destroyed", start + self.r.choice(EDGE[:2]), lot=lot, kg="5")
        if self.chance(0.2):
            at += timedelta(hours=1)
            self.add("stored_first", at, lot=lot, warehouse="F1", kg="20", area=AREAS[0])
            rest += 20
        for _ in range(self.r.randint(0, 3)):
            at += timedelta(hours=2)
            take = min(rest, Decimal(self.r.choice(("10", "25.5", "40", "60"))))
            act = self.r.choice(("sold", "sold", "sold", "destroyed", "split", "repacked", "count", "refused"))
            off = Decimal(self.r.choice(("0", "0", "0", "0.2", "0.5", "0.501")))
            if take <= 0:
                break
            if act == "sold":
                sale = {"lot": lot, "kg": str(take), "buyer": "BUY1", "voucher": f"V-{lot}-{rest}"}
                self.add("sold", at, **sale)
                if self.chance(0.1):
                    self.add("sold", at + timedelta(minutes=5), **sale)
                rest -= take
            elif act == "destroyed":
                self.add("destroyed", at, lot=lot, kg=str(take))
                rest -= take
            elif act == "split":
                into = [{"lot": child, "kg": str(take - 1 - off)}]
                self.add("split", at, lot=lot, kg=str(take), into=into, loss_kg="1", area=self.r.choice(AREAS))
                rest -= take
                if self.chance(0.5):
                    sold = {"lot": child, "kg": str(take - 1 - off), "buyer": "BUY2", "voucher": f"V-{child}"}
                    self.add("sold", at + timedelta(hours=1), **sold)
                child += "x"
            elif act == "repacked":
                loss = Decimal("0.5")
                self.add(
                    "repacked", at, lot=lot, kg_in=str(take), kg_out=str(take - loss - off), loss_kg=str(loss)
                )  # fmt: skip
                rest -= loss
            elif act == "count":
                self.add("stock_counted", at, lot=lot, kg=str(rest - off), warehouse="F1")
            else:
                self.add("sold", at, lot=lot, kg=str(take), buyer="BUY1", voucher=f"W-{lot}-{rest}")
                back = {"lot": lot, "kg": str(take), "goods_go": "stock"}
                self.add("refused", at + timedelta(hours=1), **back)
        if self.chance(0.5) and rest > 0:
            extra = Decimal(self.r.choice(("0", "0", "0.2", "0.5", "0.501", "-0.5", "3")))
            buyer = {"buyer": "BUY3", "voucher": f"V-{lot}-last"}
            self.add("sold", at + timedelta(hours=2), lot=lot, kg=str(rest + extra), **buyer)

    def merge(self, lots: list[str], at: datetime) -> None:
        """Ten kilograms of each of two lots become a new lot."""
        kg = self.r.choice(("20", "20", "20.2", "20.501"))
        parts = [{"lot": lot, "kg": "10"} for lot in lots]
        self.add("merged", at, **{"from": parts}, lot="M1", kg=kg, area=AREAS[0])
        if self.chance(0.6):
            self.add("sold", at + timedelta(hours=1), lot="M1", kg="20", buyer="BUY4", voucher="V-M1")

    def amiss(self, now: datetime) -> None:
        """Corrections, voids and double deliveries of what was written."""
        for record in self.r.sample(self.records, min(len(self.records), self.r.choice((0, 0, 1, 2, 3)))):
            self.correct(record, now)
        doubled = self.r.sample(self.records, min(len(self.records), self.r.randint(0, 4)))
        self.records += [{**d, "received": text(now - timedelta(minutes=1))} for d in doubled]

    def correct(self, record: Record, now: datetime) -> None:
        new = {**record, "id": record["id"] + "-b", "supersedes": record["id"]}
        new["received"] = text(now - timedelta(hours=self.r.randint(2, 30)))
        if record["step"] in BOOKING_STEPS or self.chance(0.4):
            if record["step"] == "booked":
                new["vehicle"] = self.r.choice(PLATES)
            else:
                new = {k: new[k] for k in ("id", "time", "received", "supersedes")} | {"step": "voided"}
        elif "kg" in record and record["step"] != "refused":
            new["kg"] = str(Decimal(record["kg"]) - self.r.choice((Decimal(1), Decimal("0.5"))))
        elif record["step"] in ("result", "door_opened", "temperature"):
            new |= {"result": {"value": "negative"}, "door_opened": {"in_warehouse": "W1"}}.get(
                record["step"], {"cel": "-20"}
            )
        elif record["step"] in ("arrived_warehouse", "release_certificate", "trace_code_assigned"):
            new["time"] = text(datetime.fromisoformat(record["time"]) - self.r.choice((*EDGE, timedelta(hours=1))))
        self.records.append(new)
        if self.chance(0.2) and new["step"] != "voided":
            again = {**new, "id": record["id"] + "-c", "supersedes": new["id"]}
            self.records.append({**again, "received": text(now - timedelta(hours=1))})


def _complete(r: random.Random, now: datetime, moments: list[datetime]) -> Any:
    """How far input is complete: mostly to now, else to a moment of the history or around it, or not for some type."""
    kind = r.random()
    around = min(now, r.choice(moments) + r.choice(EDGE))
    if kind < 0.55:
        return text(now)
    if kind < 0.75:
        return text(around)
    if kind < 0.8:
        return None
    stated: dict[str, str | None] = dict.fromkeys(STEPS, text(now))
    behind = r.choice(
        (("arrived_warehouse",), ("release_certificate",), ("result",), ("trace_code_assigned",), ("qualification",),
         BOOKING_STEPS, ("health_certificate",), ("door_opened",), ("temperature",))
    )  # fmt: skip
    for step in behind:
        stated[step] = text(around)
        if kind > 0.9:
            del stated[step]
    return stated


def random_case(seed: int) -> dict[str, Any]:
    """A case of the shape of `cases.jsonl` without `expect`: id, title, records, limits, now, complete_before, fences.

    10 to about 60 records; times to the second in +08:00; kilograms and degrees as text.
    """
    r = random.Random(seed)
    story, limits = Story(r), _limits(r)
    gap = timedelta(hours=24 if any(row["value"] == "24" for row in limits) else 12)
    lots_of: dict[str, list[str]] = {}
    stored: list[str] = []
    lot_number, trip_number = 0, 0
    story.add(
        "qualification", START - timedelta(days=20), of="Z1", qualification="Q-1",
        kind="disinfection" if story.chance(0.85) else "laboratory",
        **{"from": "2020-11-20", "to": r.choice(("2020-12-31", "2020-12-03", "2020-12-02"))},
    )  # fmt: skip
    if story.chance(0.1):
        story.add("certificate_revoked", START + timedelta(days=2, hours=13), certificate="Q-1")
    for container in CONTAINERS[: r.choice((1, 1, 1, 1, 1, 2, 2, 3))]:
        visits = 2 if story.chance(0.15) else 1
        for visit in range(visits):
            trip_number += 1
            pick_up = START + timedelta(days=2 + 5 * visit, hours=8) + story.edge()
            lots = [f"L{lot_number + i + 1}" for i in range(r.choice((1, 1, 2)) if lot_number < 5 else 1)]
            lot_number += len(lots)
            lots_of[f"{container}-{visit}"] = lots
            share = [{"lot": x, "kg": "100", "risk": "high" if story.chance(0.85) else "ordinary"} for x in lots]
            released = pick_up - timedelta(hours=6)
            story.add(
                "customs_released", released, container=container, declaration=f"DEC-B{trip_number}", area=AREAS[0],
                lots=share,
            )  # fmt: skip
            if story.chance(0.3):
                says = r.choice(("上述货物业经消毒。", "上述货物已消毒。", "上述货物未经消毒。"))
                story.add("health_certificate", released, container=container, lots=lots, says=says)
            entry, store = story.trip(trip_number, container, pick_up, gap)
            story.add("unloaded", entry + timedelta(minutes=30), container=container, warehouse=store, lots=lots)
            if story.chance(0.85):
                named = {"lots": lots[:1]} if story.chance(0.4) else {}
                at = entry + timedelta(hours=1) if story.chance(0.6) else (START + timedelta(days=3)) + r.choice(EDGE)
                if at > entry:
                    story.add("disinfected", at, by="Z1" if story.chance(0.9) else "Z2", container=container, **named)
            for lot in lots:
                leaving = entry + timedelta(days=1, hours=r.randint(0, 5))
                story.papers(lot, leaving, store)
                if story.chance(0.85):
                    story.add("left_warehouse", leaving, lot=lot, warehouse=store, area=AREAS[0])
                if story.chance(0.85):
                    start = leaving + r.choice((timedelta(hours=2), timedelta(0), timedelta(hours=-3)))
                    story.add("stored_first", start, lot=lot, warehouse="F1", kg="100", area=r.choice(AREAS))
                    story.balance(lot, start, Decimal(100), f"{lot}c")
                    stored.append(lot)
    last = max(datetime.fromisoformat(record["time"]) for record in story.records)
    if len(stored) > 1 and story.chance(0.4):
        story.merge(stored[:2], last + timedelta(hours=1))
    now = last + timedelta(days=2)
    story.amiss(now)
    r.shuffle(story.records)
    moments = [datetime.fromisoformat(record["time"]) for record in story.records]
    early = text(START + timedelta(days=2, hours=r.randint(8, 14))) if story.chance(0.1) else None
    complete = early or _complete(r, now, moments)
    return {
        "id": f"random-{seed}",
        "title": f"random history of seed {seed}",
        "readings": [],
        "records": story.records,
        "limits": limits,
        "now": early or text(now),
        "complete_before": complete,
        "fences": FENCES if story.chance(0.9) else None,
    }
