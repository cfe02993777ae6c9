"""闭环率 loop completeness: of the records that opened a check in a district and period, the share fully satisfied."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Reader, concerns
from bihuan.base.errors import NotFound, Refused, Words
from bihuan.base.ledger import ENTRIES, entry, inclusion, latest_checkpoint
from bihuan.base.records import RECORD, record
from bihuan.base.rules.findings_model import VERDICT, verdict_table
from bihuan.engines.merkle import Figure, FigureLeaf, Formula, make_figure_proof, ratio

FORMULA = Formula(
    "loop_completeness",
    "1",
    "Numerator: records that opened at least one window of a breach rule in the district (division code prefix) with "
    "event time in [from, to), all of whose windows are satisfied. Denominator: all such records. "
    "分子：期内在该辖区开启规则检查、且各项均已满足的记录数；分母：期内在该辖区开启规则检查的全部记录数。",
)


@dataclass(frozen=True, slots=True)
class Completeness:
    """The figure of one area and period; undecided windows count as not yet satisfied and are told apart."""

    area: str
    start: int
    end: int
    satisfied: tuple[str, ...]
    """Ids of the records whose windows are all satisfied."""
    violated: tuple[str, ...]
    undecided: tuple[str, ...]
    """Ids of records with an undecided window and no violated one."""

    @property
    def numerator(self) -> int:
        """Records fully satisfied."""
        return len(self.satisfied)

    @property
    def denominator(self) -> int:
        """All records that opened a window."""
        return len(self.satisfied) + len(self.violated) + len(self.undecided)

    @property
    def value(self) -> str:
        """The share with four decimals; empty when there is nothing to count."""
        return ratio(self.numerator, self.denominator) if self.denominator else ""


def loop_completeness(
    reader: Reader, area: str, start: int, end: int, rules: Collection[str], line: str = ""
) -> Completeness:
    """The figure of an area over [start, end) from the verdicts within the reader's scope; `rules` are breach rules.

    With `line` only what that line of supervision sees counts, e.g. one industry.
    """
    v = verdict_table.c
    query = sa.select(v.window, v.answer).where(
        v.area.startswith(area, autoescape=True), v.opened_at >= start, v.opened_at < end, v.rule.in_(sorted(rules))
    )
    if line:
        query = query.where(concerns(VERDICT, line, area))
    answers: dict[str, set[str]] = {}
    rows = reader.rows(query, VERDICT)
    opened = _opening_records(reader, {str(row["window"]) for row in rows})
    for row in rows:
        answers.setdefault(opened[row["window"]], set()).add(row["answer"])
    violated = sorted(w for w, said in answers.items() if "violated" in said)
    undecided = sorted(w for w, said in answers.items() if "violated" not in said and "undecided" in said)
    satisfied = sorted(w for w, said in answers.items() if said == {"satisfied"})
    return Completeness(area, start, end, tuple(satisfied), tuple(violated), tuple(undecided))


def _opening_records(reader: Reader, windows: Collection[str]) -> dict[str, str]:
    """The record that opened each window: the one of that name, else (a window of the calendar, `rec-1:2022`) before the term."""
    found = {window: window.rpartition(":")[0] or window for window in windows}
    names = sorted(windows)
    for start in range(0, len(names), 500):
        query = sa.select(record.c.id).where(record.c.id.in_(names[start : start + 500]))
        found |= {str(row["id"]): str(row["id"]) for row in reader.rows(query, ENTRIES)}
    return found


def by_district(
    reader: Reader, areas: Sequence[str], start: int, end: int, rules: Collection[str]
) -> list[Completeness]:
    """The figures of several areas, the highest share first; areas with nothing to count last."""
    found = [loop_completeness(reader, area, start, end, rules) for area in areas]
    return sorted(found, key=lambda c: (not c.denominator, -float(c.value or 0), c.area))


def proof(reader: Reader, figure: Completeness) -> bytes:
    """The figure with an inclusion proof of every record counted; bodies only where the reader may see the record."""
    size, note = latest_checkpoint(reader)
    good = set(figure.satisfied)
    leaves = []
    for name in (*figure.satisfied, *figure.violated, *figure.undecided):
        row = reader.first(sa.select(record.c.seq).where(record.c.id == name), RECORD)
        opened = row is not None
        if row is None:
            row = reader.first(sa.select(record.c.seq).where(record.c.id == name), ENTRIES)
        if row is None:
            raise NotFound
        seq = int(row["seq"])
        if seq >= size:
            words = Words("最新的记录还没有检查点，请一分钟后再试。", "The newest records have no checkpoint yet; try again in a minute.")
            raise Refused(*words, code="no_checkpoint")
        kept = reader.one(sa.select(entry.c.leaf, entry.c.salt, entry.c.body).where(entry.c.seq == seq), ENTRIES)
        shown = opened and kept["body"] is not None
        leaves.append(
            FigureLeaf(
                index=seq, leaf=bytes(kept["leaf"]), proof=tuple(inclusion(reader, seq, size)),
                counts="both" if name in good else "denominator",
                salt=bytes(kept["salt"]) if shown else None, body=bytes(kept["body"]) if shown else None,
            )
        )  # fmt: skip
    value = Figure(figure.numerator, figure.denominator, figure.value)
    return make_figure_proof(FORMULA, value, note, leaves)
