"""A what-if over a store: it writes nothing, follows joins, and tells a reader no more than the pages would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.feeds import to_event
from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    BookingConfirmed,
    CustomsReleased,
    Disinfected,
    LeftWarehouse,
    Outcome,
    Qualification,
    ReleasedLot,
    Result,
    Risk,
    Sampled,
    Step,
)
from bihuan.base.clock import HOUR, parse_instant
from bihuan.base.db import Open, metadata
from bihuan.base.principal import Principal, system
from bihuan.base.records import RECORD, NewEvent, fact, fact_key, keep_events, record
from bihuan.base.rules.subjects import state_feed
from bihuan.base.rules.suppose import Supposed, Supposition, suppose
from houses import USCC, Town, town

BOX, OTHER = "CSQU3054383", "MSKU0000011"
TEST = Open("a test looks at all rows")
TOLD = ("qualification", "certificate_revoked")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2020-12-{text}+08:00")


def keep(made: Town, step: Step, party: str, key: str) -> None:
    event = to_event(step, id=key)
    body = msgspec.json.Encoder(decimal_format="number").encode(event)
    with made.house.db.write(system(f"partner-{party}")) as w:
        keep_events(w, [NewEvent(event["eventID"], body)], door="test", party=made.organisations[party])


@pytest.fixture
def made() -> Iterator[Town]:
    """A released container with a lot, booked by the importer, not confirmed; 14:00 of 10 December."""
    made = town()
    lots = [ReleasedLot(lot="L1", kg=Decimal(12000), risk=Risk.high, product="冻虾", origin="EC")]
    keep(made, CustomsReleased(time=at("10T08:00:00"), container=BOX, declaration="D", area="310115-YS", lots=lots), "customs", "c1")
    keep(made, booked(), "importer", "b1")
    made.house.catch_up()
    yield made
    made.house.db.close()


def booked(number: str = "B1", box: str = BOX) -> Booked:
    return Booked(time=at("10T13:00:00"), booking=number, container=box, owner=USCC["importer"], vehicle="沪BH2345",
                  driver="D1", destination="WH1")  # fmt: skip


def arrived(when: str, box: str = BOX) -> ArrivedWarehouse:
    return ArrivedWarehouse(time=at(when), container=box, vehicle="沪BH2345", warehouse="WH1", area="310115")


def clerk(made: Town, name: str) -> Principal:
    return Principal("person", made.people[name], party=made.organisations[name], capabilities=frozenset({"draft", "sign"}))


def asked(made: Town, who: Principal, *records: Step, now: int | None = None, subjects: tuple[str, ...] = ()) -> Supposition:
    fields = {kind: app.field for app in made.house.apps.values() if app.field for kind in app.subject_kinds}
    several = [Supposed(f"cold_chain.{type(each).__name__}", each) for each in records]
    reader = made.house.db.reader(who)
    return suppose(reader, made.house.registry, fields, several, now=now, subjects=subjects, told=TOLD)


def said(found: Supposition) -> list[tuple[str, str, str]]:
    return [(c.effect, c.verdict.rule, c.verdict.subject) for c in found.changes]


def every_row(made: Town) -> dict[str, list[tuple[object, ...]]]:
    reader = made.house.db.reader(system("test"))
    return {
        table.name: sorted((tuple(row.values()) for row in reader.rows(sa.select(table), TEST)), key=repr)
        for table in metadata.sorted_tables
    }


def test_a_confirmation_wakes_the_container_through_its_booking(made: Town) -> None:
    answer = BookingConfirmed(time=at("10T14:00:00"), booking="B1", by="WH1")
    assert said(asked(made, system("test"), answer)) == [("satisfied", "booking_to_confirm", f"container:{BOX}")]


def test_several_records_are_one_plan(made: Town) -> None:
    answer = BookingConfirmed(time=at("10T14:00:00"), booking="B1", by="WH1")
    soon, late = arrived("10T14:30:00"), arrived("11T09:00:00")
    alone = asked(made, system("test"), late)
    assert ("violated", "no_booking_before_entry", f"container:{BOX}") in said(alone)
    short = asked(made, system("test"), answer, soon)
    [broken] = short.of("violated")
    assert broken.verdict.rule == "no_booking_before_entry" and "1 小时" in broken.verdict.reason.zh
    assert not asked(made, system("test"), answer, late).of("violated")


def test_nothing_is_written(made: Town) -> None:
    before = every_row(made)
    writes = made.house.db.reader(system("test"))._connection.exec_driver_sql(
        "SELECT total_changes()", execution_options={"bihuan_principal": "test"}
    )
    count = writes.scalar()
    asked(made, clerk(made, "importer"), booked("B2"), arrived("11T09:00:00"))
    asked(made, system("test"), now=parse_instant("2020-12-12T00:00:00+08:00"), subjects=(f"container:{BOX}",))
    again = made.house.db.reader(system("test"))._connection.exec_driver_sql(
        "SELECT total_changes()", execution_options={"bihuan_principal": "test"}
    )
    assert again.scalar() == count
    assert every_row(made) == before


def test_time_alone_shows_what_falls_due(made: Town) -> None:
    name = f"container:{BOX}"
    later = asked(made, system("test"), now=parse_instant("2020-12-10T18:00:00+08:00"), subjects=(name,))
    assert said(later) == [("violated", "booking_to_confirm", name)]
    sooner = asked(made, system("test"), now=parse_instant("2020-12-10T16:59:00+08:00"), subjects=(name,))
    assert said(sooner) == []


def test_a_feed_that_states_its_completeness_is_supposed_to_go_on(made: Town) -> None:
    with made.house.db.write(system("test")) as w:
        state_feed(w, "result", "laboratories", made.clock.now() - HOUR)
    keep(made, Sampled(time=at("10T13:30:00"), lot="L1", sample="S1"), "warehouse", "s1")
    made.house.catch_up()
    later = asked(made, system("test"), now=parse_instant("2020-12-20T00:00:00+08:00"), subjects=("lot:L1",))
    assert ("violated", "result_to_report", "lot:L1") in said(later)


def test_a_correction_takes_the_place_of_the_record(made: Town) -> None:
    keep(made, Sampled(time=at("10T13:30:00"), lot="L1", sample="S1"), "warehouse", "s1")
    keep(made, Result(time=at("10T13:40:00"), sample="S1", value=Outcome.negative), "warehouse", "r1")
    keep(made, LeftWarehouse(time=at("10T13:50:00"), lot="L1", warehouse="WH1", area="310115"), "warehouse", "l1")
    made.house.catch_up()
    who = clerk(made, "warehouse")
    wrong = Sampled(time=at("10T13:30:00"), lot="L9", sample="S1")
    fields = {kind: app.field for app in made.house.apps.values() if app.field for kind in app.subject_kinds}
    reader = made.house.db.reader(who)
    of_lot = fact_key.join(record, record.c.seq == fact_key.c.seq).join(fact, fact.c.seq == record.c.seq)
    query = sa.select(record.c.sent).select_from(of_lot).where(fact_key.c.key == "lot:L1", fact.c.step == "sampled")
    sent = reader.scalar(query, RECORD)
    found = suppose(reader, made.house.registry, fields, [Supposed("cold_chain.Sampled", wrong, sent)], told=TOLD)
    effects = said(found)
    assert ("lifted", "result_to_report", "lot:L1") in effects, effects
    assert ("satisfied", "result_to_report", "lot:L9") in effects, effects


def test_who_may_not_see_a_subject_is_answered_as_if_it_were_unknown(made: Town) -> None:
    """The store may not learn, by supposing an arrival, that the container is booked, by whom, or with which lorry."""
    store = clerk(made, "store")
    found = asked(made, store, arrived("11T09:00:00"))
    unknown = asked(made, store, arrived("11T09:00:00", OTHER))
    assert [(c.effect, c.verdict.rule, c.verdict.reason.zh.replace(OTHER, BOX), c.whole) for c in unknown.changes] == [
        (c.effect, c.verdict.rule, c.verdict.reason.zh, c.whole) for c in found.changes
    ]
    assert found.changes and not any(c.whole for c in found.changes)
    assert asked(made, store, now=parse_instant("2020-12-12T00:00:00+08:00"), subjects=(f"container:{BOX}",)) == Supposition()


def test_a_join_that_is_only_supposed_brings_no_hidden_record(made: Town) -> None:
    """Naming another's booking in a draft must not show how that booking stands."""
    keep(made, booked("X9", OTHER), "store", "x9")
    keep(made, BookingConfirmed(time=at("10T13:30:00"), booking="X9", by="ST1"), "store", "x9c")
    made.house.catch_up()
    importer = clerk(made, "importer")
    found = asked(made, importer, booked("X9"))
    fresh = asked(made, importer, booked("Z0"))
    assert [(c.effect, c.verdict.reason.zh.replace("Z0", "X9")) for c in fresh.changes] == [
        (c.effect, c.verdict.reason.zh) for c in found.changes
    ]
    assert any(c.effect == "satisfied" for c in asked(made, system("test"), booked("X9")).changes)


def test_a_subject_out_of_scope_that_a_join_would_wake_is_not_named(made: Town) -> None:
    store = clerk(made, "store")
    answer = BookingConfirmed(time=at("10T14:00:00"), booking="B1", by="WH1")
    assert asked(made, store, answer) == Supposition()


def test_a_qualification_is_told_to_whoever_relies_on_it(made: Town) -> None:
    firm = USCC["store"]
    paper = Qualification(time=at("01T08:00:00"), of=firm, kind="disinfection", qualification="Q1",
                          from_=date(2020, 1, 1), to=date(2021, 12, 31))  # fmt: skip
    keep(made, paper, "customs", "q1")
    made.house.catch_up()
    work = Disinfected(time=at("10T13:00:00"), by=firm, lots=["N1"])
    found = asked(made, clerk(made, "importer"), work)
    assert ("satisfied", "unqualified_disinfection", "lot:N1") in said(found)


def test_many_subjects_are_cut_and_counted(made: Town) -> None:
    work = Disinfected(time=at("10T13:00:00"), by="F", lots=[f"M{n}" for n in range(5)])
    fields = {kind: app.field for app in made.house.apps.values() if app.field for kind in app.subject_kinds}
    reader = made.house.db.reader(system("test"))
    found = suppose(reader, made.house.registry, fields, [Supposed("cold_chain.Disinfected", work)], most=2)
    assert found.left_out == 3 and len({c.verdict.subject for c in found.changes}) == 2
