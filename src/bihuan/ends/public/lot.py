"""A lot as the public may know it by its trace code: product, papers, counts; no persons, prices, buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bihuan.base.catalog import House
from bihuan.base.db import Open, Reader
from bihuan.base.errors import NotFound, Words
from bihuan.base.records import RECORD, record, typed_table
from bihuan.base.records import fact as fact_table
from bihuan.base.rules.evaluation import StoreSource, history_of
from bihuan.base.rules.model import Fact
from bihuan.ends.shared.names import snake

_BY_CODE = Open("whoever holds the goods has the code printed on them")
FEW = 3
"""Smaller counts are not told: with one buyer the count would name it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One of the papers that go with a lot: its name, whether it is there, and its date (int us)."""

    words: Words
    good: bool
    time: int | None = None
    detail: Words | None = None


@dataclass(frozen=True, slots=True)
class PublicLot:
    """All that is shown of a lot."""

    code: str
    coded_at: int
    product: str
    origin: str
    entered_at: int | None
    entered_area: str
    papers: tuple[Paper, ...]
    stored_at: int | None
    stored_place: str
    stored_area: str
    outlets: int
    """How many businesses took goods of this lot."""
    seq: int
    """Ledger number of the record that gave the code."""
    ref: str

    @property
    def complete(self) -> bool:
        """三证一码: all three papers; the code is there, else there were no page."""
        return all(paper.good for paper in self.papers)


def public_lot(house: House, reader: Reader, code: str) -> PublicLot:
    """The lot that bears a trace code; NotFound for a code that is not known."""
    source = StoreSource(reader, house.registry)
    app = house.app_of_subject("lot")
    lot = _lot_of(house, reader, code)
    if app is None or app.field is None or not lot:
        raise NotFound
    subject = f"lot:{lot}"
    history = history_of(source, subject, app.field).history
    facts = history.facts
    coded = next((fact for fact in _named(facts, "trace_code_assigned", lot) if _of(fact, "code", "") == code), None)
    if coded is None:
        raise NotFound
    entered, product, origin = _entry(facts, lot)
    stored = _first(facts, "stored_first", lot)
    ref = source.refs[coded.id]
    row = reader.one(sa.select(record.c.seq).where(record.c.ref == ref), RECORD)
    return PublicLot(
        code=code,
        coded_at=coded.time,
        product=product,
        origin=origin,
        entered_at=None if entered is None else entered.time,
        entered_area=str(_of(entered, "area", "")),
        papers=(_inspection(facts, lot, entered, stored), _test(facts, lot), _released(facts, lot, entered, stored)),
        stored_at=None if stored is None else stored.time,
        stored_place=str(_of(stored, "warehouse", "")),
        stored_area=str(_of(stored, "area", "")),
        outlets=len({_of(fact, "buyer", "") for fact in _named(facts, "sold", lot)}),
        seq=int(row["seq"]),
        ref=ref,
    )


def _lot_of(house: House, reader: Reader, code: str) -> str:
    """The lot to which a code was assigned and is still; empty when there is none."""
    for name, spec in house.registry.types.items():
        if snake(name.partition(".")[2]) == "trace_code_assigned":
            table = typed_table(spec)
            query = sa.select(table.c.lot).join(
                fact_table, sa.and_(fact_table.c.seq == table.c.seq, fact_table.c.n == table.c.n)
            )
            query = query.where(table.c.code == code, fact_table.c.live.is_(True)).order_by(table.c.seq)
            return str(reader.scalar(query, _BY_CODE) or "")
    return ""


def _inspection(facts: Sequence[Fact], lot: str, entered: Fact | None, stored: Fact | None) -> Paper:
    """检验检疫证明: the last one that names the lot, else that of its container in the same visit."""
    found = _counting(facts, "health_certificate", lot, entered, stored)
    titles = Words("检验检疫证明", "Inspection and quarantine certificate")
    return Paper(titles, found is not None, None if found is None else found.time)


def _test(facts: Sequence[Fact], lot: str) -> Paper:
    """核酸检测: the latest result of the lot's samples; only a negative one is good."""
    titles = Words("核酸检测", "Nucleic-acid test")
    samples = {_of(fact, "sample", "") for fact in _named(facts, "sampled", lot)}
    results = [fact for fact in facts if fact.type == "result" and _of(fact, "sample", "") in samples]
    if not results:
        return Paper(titles, False)
    good = _value(_of(results[-1], "value", "")) == "negative"
    return Paper(titles, good, results[-1].time, Words("阴性", "negative") if good else None)


def _released(facts: Sequence[Fact], lot: str, entered: Fact | None, stored: Fact | None) -> Paper:
    """消杀 and 出库放行证明: a release in force; without any release the disinfection itself."""
    titles = Words("消杀与出库放行证明", "Disinfection and release certificate")
    releases = [fact for fact in facts if fact.type == "release_certificate" and lot in _of(fact, "lots", ())]
    revoked = [fact for fact in facts if fact.type == "certificate_revoked"]
    for release in reversed(releases):
        number = _of(release, "certificate", "")
        if not any(_of(each, "certificate", "") == number and each.order > release.order for each in revoked):
            return Paper(titles, True, release.time)
    done = _counting(facts, "disinfected", lot, entered, stored)
    return Paper(titles, done is not None and not releases, None if done is None else done.time)


def _counting(facts: Sequence[Fact], kind: str, lot: str, entered: Fact | None, stored: Fact | None) -> Fact | None:
    """The last step of a kind that names the lot, else of its whole container in the visit that brought the lot.

    Container numbers come again: a visit begins after the customs release before this one and ends with the storage.
    """
    named = [fact for fact in facts if fact.type == kind and lot in _of(fact, "lots", ())]
    if named or entered is None:
        return named[-1] if named else None
    container = _of(entered, "container", "")
    before = [
        fact.time
        for fact in facts
        if fact.type == "customs_released" and _of(fact, "container", "") == container and fact.time < entered.time
    ]
    since = entered.time if kind == "disinfected" else max(before, default=None)
    found = [
        fact
        for fact in facts
        if fact.type == kind
        and not _of(fact, "lots", ())
        and _of(fact, "container", "") == container
        and (since is None or fact.time >= since)
        and (stored is None or fact.time <= stored.time)
    ]
    return found[-1] if found else None


def _entry(facts: Sequence[Fact], lot: str) -> tuple[Fact | None, str, str]:
    """The customs release that names the lot, with product and country of origin as declared there."""
    for fact in facts:
        if fact.type == "customs_released":
            for line in _of(fact, "lots", ()):
                if line.lot == lot:
                    return fact, str(getattr(line, "product", "")), str(getattr(line, "origin", ""))
    return None, "", ""


def _first(facts: Sequence[Fact], kind: str, lot: str) -> Fact | None:
    return next(iter(_named(facts, kind, lot)), None)


def _named(facts: Sequence[Fact], kind: str, lot: str) -> list[Fact]:
    return [fact for fact in facts if fact.type == kind and _of(fact, "lot", "") == lot]


def _of(fact: Fact | None, name: str, otherwise: Any) -> Any:
    return otherwise if fact is None else getattr(fact.record, name, otherwise)


def _value(choice: Any) -> str:
    return str(getattr(choice, "value", choice))
