"""The demonstration's random check 双随机 of this week: three firms of Pudong drawn, one found well, one not, one still to see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import RowMapping

from bihuan.base import cases
from bihuan.base.catalog import House
from bihuan.base.clock import DAY, HOUR
from bihuan.base.principal import Principal, system

AREA, LINE = "310115", "cold_chain"
DRAWN = 3


@dataclass
class RandomCheck:
    """Plans, freezes and draws in the name of the demonstration's officers, then makes and signs what was drawn."""

    house: House
    as_officer: Callable[[str], Principal]
    act: Callable[[], cases.Act]
    plan: str = ""
    published: str = ""
    """The number of the visit whose result is public."""

    def acts(self, now: int) -> list[tuple[int, Callable[[], None]]]:
        """The acts, each at its instant; between freezing and drawing the house signs a checkpoint."""
        return [
            (now - 31 * HOUR, self._freeze), (now - 30 * HOUR, self._draw), (now - 20 * HOUR, self._made),
            (now - 17 * HOUR, self._signed), (now - 7 * HOUR, self._made_with_a_finding),
        ]  # fmt: skip

    def links(self) -> list[tuple[str, str, str, str]]:
        """Where it can be seen: the plan, and what everybody may read."""
        if not self.published:
            return []
        return [
            ("7 双随机：查谁、谁去查都由抽签决定，可复算", "7 Random check: lots decide who is checked by whom, and can be drawn again", f"/regulator/draws/{self.plan}", "officer"),
            ("　 抽查结果公示", "  its result, for everybody", f"/checks/{self.published}", ""),
        ]  # fmt: skip

    def _freeze(self) -> None:
        with self.house.db.write(self.as_officer("officer")) as w:
            asked = cases.Asked(
                title="浦东新区进口冷链食品本周抽查", line=LINE, area=AREA, begins=w.now, due_at=w.now + 5 * DAY, count=DRAWN,
                kinds=("importer", "transit_warehouse", "cold_store", "carrier"), weighing="findings",
            )  # fmt: skip
            self.plan = cases.plan_draw(w, asked, act=self.act())
            cases.freeze_draw(w, self.plan, act=self.act())

    def _draw(self) -> None:
        with self.house.db.write(self.as_officer("officer")) as w:
            cases.draw_now(w, self.plan, act=self.act())

    def _made(self) -> None:
        self._record(self._visits()[0], "")

    def _signed(self) -> None:
        visit = self._visits()[0]
        with self.house.db.write(self.as_officer("officer")) as w:
            cases.sign_visit(w, visit["id"], act=self.act())
        self.published = str(visit["number"])

    def _made_with_a_finding(self) -> None:
        self._record(self._visits()[1], "抽看 12 人的健康登记，2 人当日未登记。")

    def _record(self, visit: RowMapping, wrong: str) -> None:
        """Everything complies, or with `wrong` all but the last item of the check list."""
        items = self.house.apps[LINE].checks
        answers = [cases.Answered(item.id, "yes") for item in items]
        if wrong:
            answers[-1] = cases.Answered(items[-1].id, "no", wrong)
        with self.house.db.write(self.as_officer("inspector")) as w:
            cases.record_visit(
                w, visit["id"], items=items, answers=answers, visited_at=w.now - HOUR, act=self.act(), due=w.now + 3 * DAY
            )

    def _visits(self) -> Sequence[RowMapping]:
        return cases.visits_where(self.house.db.reader(system("demo")), cases.visit_table.c.plan == self.plan)
