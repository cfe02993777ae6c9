"""A random check in the test town: drawn in Pudong, made by the inspector, signed off by the city officer."""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from bihuan.base import cases
from bihuan.base.cases import Act, Answered
from bihuan.base.clock import DAY
from bihuan.base.identity import principal_for
from bihuan.base.principal import Principal, system
from houses import Town


def officer(made: Town, login: str) -> Principal:
    """An officer of the town as they are now, with the password just given."""
    now = made.clock.now()
    return principal_for(made.house.db.reader(system("test")), made.people[login], None, now, confirmed_at=now)


def drawn(made: Town, *, count: int = 1, kinds: tuple[str, ...] = ("transit_warehouse",)) -> list[RowMapping]:
    """Plan, freeze, sign a checkpoint, draw; the visits."""
    now = made.clock.now()
    asked = cases.Asked(title="十二月抽查", line="cold_chain", area="310115", kinds=kinds, begins=now - DAY,
                        due_at=now + 7 * DAY, count=count)  # fmt: skip
    with made.house.db.write(officer(made, "officer")) as w:
        plan = cases.plan_draw(w, asked, act=Act())
        cases.freeze_draw(w, plan, act=Act())
    made.house.sign()
    with made.house.db.write(officer(made, "officer")) as w:
        cases.draw_now(w, plan, act=Act())
    return list(cases.visits_where(made.house.db.reader(system("test")), cases.visit_table.c.plan == plan))


def recorded(made: Town, visit: str, *, wrong: str = "") -> list[str]:
    """The inspector's record: all well, or with `wrong` the first item does not comply; the findings."""
    items = made.house.apps["cold_chain"].checks
    answers = [Answered(item.id, "yes") for item in items]
    if wrong:
        answers[0] = Answered(items[0].id, "no", wrong)
    with made.house.db.write(officer(made, "inspector")) as w:
        return cases.record_visit(w, visit, items=items, answers=answers, visited_at=made.clock.now(), act=Act())


def signed(made: Town, visit: str) -> None:
    """The city officer signs it off, which publishes it."""
    with made.house.db.write(officer(made, "officer")) as w:
        cases.sign_visit(w, visit, act=Act())
