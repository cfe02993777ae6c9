"""ship_to_domestic: a ship from abroad lies so many full days, and its crew is tested negative on each day named."""

from __future__ import annotations

from datetime import timedelta

from bihuan.apps.staff_loop.people import PENDING, named_rows, no_row, number_of, row_at, samplings, with_row
from bihuan.apps.staff_loop.records import Outcome, Result, ShipArrived, Site
from bihuan.base.clock import DAY, civil_date
from bihuan.base.rules.model import Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock

TEST_DAYS = "ship.test_days."


def judge_ship(window: Window) -> Verdict:
    """R23, R24: full days x 24 h since arrival; every crew member negative on each day, no other result positive."""
    history, asked, at, here = window.history, window.asked, window.opening.time, window.opening.id
    arrivals = [each for each in history.records(ShipArrived) if each[0].time <= at]
    site = arrivals[-1][1].area if arrivals else Site.port
    full, first = row_at(asked, "ship.full_days", at, site, window.area), row_at(asked, "ship.day_one", at, site, window.area)
    days = named_rows(asked, TEST_DAYS, at, site, window.area)
    lacking = [name for name, known in (("ship.full_days", full), ("ship.test_days", days), ("ship.day_one", first)) if not known]
    if lacking or full is None or first is None:
        return no_row(window, lacking)
    if not arrivals:
        return window.say("undecided", "没有抵港记录，待定。", "No arrival is on file: undecided.", missing=("ship_arrived",))
    arrived, ship = arrivals[-1]
    if at - arrived.time < full.value * DAY:
        said = window.say("violated", f"抵港（{clock(arrived.time)}）未满 {full.value} 天。", f"Less than {full.value} days since arrival ({clock(arrived.time)}).", (here, arrived.id))
        return with_row(said, full)
    crew = list(dict.fromkeys(number_of(history, name) for name in ship.crew))
    for fact, result in history.records(Result):
        if result.value is Outcome.positive and number_of(history, result.person) in crew and arrived.time <= fact.time <= at:
            return with_row(window.say("violated", "船员有阳性结果。", "A crew member was positive.", (here, arrived.id, fact.id)), full)
    witness, missing = [here, arrived.id], []
    for person in crew:
        for number in sorted(map(int, days)):
            day = civil_date(arrived.time) + timedelta(days=int(first.value) + number - 1)
            shown = next(
                (s for s in samplings(history, person) if civil_date(s.at) == day and s.value is Outcome.negative
                 and s.result is not None and s.result.time <= at), None,
            )  # fmt: skip
            if shown is None:
                missing.append(f"{person} {day}")
            else:
                witness += shown.ids
    return with_row(_told(window, missing, (here, arrived.id), tuple(witness)), full)


def _told(window: Window, missing: list[str], opening: tuple[str, ...], witness: tuple[str, ...]) -> Verdict:
    if not missing:
        return window.say("satisfied", "停满天数，船员各次检测均为阴性。", "The days are full and every test of the crew was negative.", witness)
    zh, en = f"缺阴性结果：{'、'.join(missing)}", f"No negative result: {', '.join(missing)}"
    if window.horizon("tested", "result") > window.opening.time:
        return window.say("violated", f"{zh}。", f"{en}.", opening)
    return window.say("undecided", f"{zh}{PENDING.zh}。", f"{en}{PENDING.en}.", opening, due=window.opening.time + 1, missing=("tested", "result"))
