"""Time alone wakes a subject at the first instant at which its verdict can change, and not before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.feeds import to_event
from bihuan.apps.cold_chain.records import Booked
from bihuan.base.clock import DAY, HOUR, MINUTE, SECOND, parse_instant
from bihuan.base.db import Open
from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.base.rules.findings_model import verdict_table
from bihuan.base.rules.subjects import state_feed, subject
from houses import Town, town

BOX = "CSQU3054383"
MADE = "2020-12-10T13:00:00+08:00"
DUE = parse_instant("2020-12-10T17:00:00+08:00")
"""Four hours after the booking, the warehouse's answer is still in time in this very second."""
TEST = Open("a test looks at the rows")


@pytest.fixture
def booked() -> Iterator[Town]:
    """A booking that the warehouse has not answered; it is 14:00."""
    made = town()
    with made.house.db.write(system("partner")) as w:
        booking = Booked(time=datetime.fromisoformat(MADE), booking="B1", container=BOX, owner="O", vehicle="沪BH2345",
                         driver="D1", destination="WH1")  # fmt: skip
        event = to_event(booking, id="b1")
        body = msgspec.json.Encoder(decimal_format="number").encode(event)
        keep_events(w, [NewEvent(event["eventID"], body)], door="test", party=made.organisations["importer"])
    made.house.catch_up()
    yield made
    made.house.db.close()


def answer(made: Town, at: int) -> str:
    """What is said of the booking's duty once the clock shows this instant."""
    made.clock.at = at
    made.house.tick()
    query = sa.select(verdict_table.c.answer).where(verdict_table.c.rule == "booking_to_confirm")
    return str(made.house.db.reader(system("test")).scalar(query, TEST))


def next_check(made: Town) -> int | None:
    """When time alone is to wake the container next."""
    query = sa.select(subject.c.check_at).where(subject.c.id == f"container:{BOX}")
    at: int | None = made.house.db.reader(system("test")).scalar(query, TEST)
    return at


def feed(made: Town, *, complete_before: int | None = None, lag: int | None = None) -> None:
    """The warehouses' answers are known up to an instant, or always up to now less a lag."""
    with made.house.db.write(system("feeds")) as w:
        state_feed(w, "booking_confirmed", "bihuan", complete_before, lag)
    made.house.catch_up()


def test_a_deadline_fires_once_its_last_second_is_over(booked: Town) -> None:
    assert next_check(booked) == DUE + SECOND
    assert [answer(booked, at) for at in (DUE - SECOND, DUE, DUE + SECOND - 1)] == ["undecided"] * 3
    assert answer(booked, DUE + SECOND) == "violated"
    assert next_check(booked) is None


def test_a_verdict_is_kept_with_the_version_of_its_rule(booked: Town) -> None:
    query = sa.select(verdict_table.c.version).where(verdict_table.c.rule == "booking_to_confirm")
    assert booked.house.db.reader(system("test")).scalar(query, TEST) == "2021-01-11/1"


def test_a_feed_that_lags_is_waited_for_and_no_longer(booked: Town) -> None:
    feed(booked, lag=10 * MINUTE)
    assert answer(booked, DUE + SECOND) == "undecided"
    assert next_check(booked) == DUE + SECOND + 10 * MINUTE
    assert answer(booked, DUE + 10 * MINUTE) == "undecided"
    assert answer(booked, DUE + SECOND + 10 * MINUTE) == "violated"


def test_a_feed_that_states_its_completeness_wakes_whom_it_decides(booked: Town) -> None:
    feed(booked, complete_before=DUE)
    assert answer(booked, DUE + DAY) == "undecided"
    assert next_check(booked) is None
    feed(booked, complete_before=DUE + SECOND)
    assert answer(booked, DUE + DAY + HOUR) == "violated"


def test_without_a_feed_the_clock_decides_nothing(booked: Town) -> None:
    feed(booked)
    assert answer(booked, DUE + 30 * DAY) == "undecided"
    assert next_check(booked) is None
