"""The rules of a container's trip, each reading to its edge."""

import pytest

from bihuan.apps.cold_chain.tests.story import C, answer, arrived, booked, confirmed, judged, of, picked_up, step

BOOKING, AS_BOOKED, OVERTIME = "no_booking_before_entry", "not_as_booked", "overtime"
OPENED, WARM = "opened_on_the_way", "too_warm"


# no_booking_before_entry


def test_a_confirmed_booking_long_enough_before_entry_is_lawful() -> None:
    verdict = of(judged([booked(), confirmed(), arrived()]), BOOKING)
    assert (verdict.answer, verdict.witness, verdict.window) == ("satisfied", ("b", "bc", "a"), "a")
    assert "7 小时 10 分" in verdict.reason.zh


def test_the_gap_includes_its_end_and_counts_from_confirmation() -> None:
    assert answer([booked(), confirmed(when="12 13:40"), arrived()], BOOKING) == "satisfied"
    assert answer([booked(), confirmed(when="12 13:40:01"), arrived()], BOOKING) == "violated"


def test_without_the_warehouses_confirmation_there_is_no_booking() -> None:  # R-CONFIRM
    assert answer([booked(), arrived()], BOOKING) == "violated"
    assert answer([booked(), confirmed(by="WH-9"), arrived()], BOOKING) == "violated"


def test_a_booking_in_the_same_second_counts_as_before() -> None:  # R-EQUAL
    steps = [booked(when="12 14:40"), confirmed(when="12 14:40"), arrived(id="A")]
    assert answer(steps, BOOKING, limits={"booking_min_gap": ("0", "min")}) == "satisfied"


def test_a_cancellation_by_then_ends_the_booking_one_later_does_not() -> None:
    cancelled = step("x", "booking_cancelled", "12 14:40", booking="B1")
    assert answer([booked(), confirmed(), cancelled, arrived()], BOOKING) == "violated"
    later = step("x", "booking_cancelled", "12 14:40:01", booking="B1")
    assert answer([booked(), confirmed(), later, arrived()], BOOKING) == "satisfied"


def test_absence_is_violated_only_when_input_is_complete_beyond_the_moment() -> None:  # R-W-EXCLUSIVE
    undecided = of(judged([arrived()], w="12 13:40"), BOOKING)
    assert undecided.answer == "undecided" and undecided.due is not None
    assert answer([arrived()], BOOKING, w="12 13:40:01") == "violated"
    assert answer([arrived()], BOOKING, w=None) == "undecided"
    assert answer([arrived()], BOOKING, until={"booking_confirmed": "12 10:00"}) == "undecided"


def test_a_booking_serves_one_entry() -> None:  # R-ONCE
    steps = [booked(), confirmed(), arrived(), arrived("a2", "20 10:00")]
    assert answer(steps, BOOKING, window="a") == "satisfied"
    assert answer(steps, BOOKING, window="a2") == "violated"
    again = [booked("b2", "20 07:00", booking="B2"), confirmed("bc2", "20 07:00", booking="B2")]
    assert answer([*steps, *again], BOOKING, window="a2") == "satisfied"


def test_a_booking_too_late_for_its_entry_does_not_serve_the_next() -> None:
    steps = [booked(when="12 14:30"), confirmed(when="12 14:35"), arrived(), arrived("a2", "20 10:00")]
    assert answer(steps, BOOKING, window="a") == "violated"
    assert answer(steps, BOOKING, window="a2") == "violated"


def test_a_booking_moved_to_this_container_stands_from_then() -> None:
    steps = [booked(container="MSKU1234565"), confirmed(), arrived()]
    assert answer(steps, BOOKING) == "violated"
    moved = step("m", "booking_amended", "12 13:40", booking="B1", container=C)
    assert answer([*steps, moved], BOOKING) == "satisfied"
    late = step("m", "booking_amended", "12 13:41", booking="B1", container=C)
    assert answer([*steps, late], BOOKING) == "violated"


# not_as_booked


def test_plate_separators_make_no_other_vehicle() -> None:  # R-PLATE
    assert answer([booked(vehicle="沪B-H2345"), confirmed(), picked_up(), arrived()], AS_BOOKED) == "satisfied"


@pytest.mark.parametrize("wrong", [{"vehicle": "沪B99999"}, {"driver": "D8"}])
def test_another_vehicle_or_driver_is_seen_at_once(wrong: dict[str, str]) -> None:
    verdict = of(judged([booked(), confirmed(), picked_up(**wrong)], w=None), AS_BOOKED)
    assert (verdict.answer, verdict.witness) == ("violated", ("b", "bc", "p"))


def test_another_warehouse_is_seen_at_arrival() -> None:
    steps = [booked(), confirmed(), picked_up()]
    assert answer(steps, AS_BOOKED) == "undecided"
    verdict = of(judged([*steps, arrived(warehouse="WH-2")]), AS_BOOKED)
    assert (verdict.answer, verdict.witness) == ("violated", ("b", "bc", "p", "a"))
    assert "WH-2" in verdict.reason.zh


def test_the_booking_counts_as_it_stood_at_pick_up() -> None:
    steps = [booked(), confirmed(), picked_up(vehicle="沪A1"), arrived()]
    same_second = step("m", "booking_amended", "12 09:12", booking="B1", vehicle="沪A1")
    assert answer([*steps, same_second], AS_BOOKED) == "satisfied"
    after = step("m", "booking_amended", "12 09:12:01", booking="B1", vehicle="沪A1")
    assert answer([*steps, after], AS_BOOKED) == "violated"


def test_without_a_booking_standing_there_is_nothing_to_compare() -> None:
    cancelled = step("x", "booking_cancelled", "12 09:00", booking="B1")
    assert answer([booked(), confirmed(), cancelled, picked_up(), arrived()], AS_BOOKED) == "undecided"
    assert answer([picked_up(), arrived()], AS_BOOKED) == "undecided"


# overtime


def test_the_longest_time_includes_its_end() -> None:
    verdict = of(judged([picked_up(), arrived()]), OVERTIME)
    assert verdict.answer == "satisfied"
    assert verdict.reason.zh == "提货 2021-01-12 09:12 → 到库 14:40，5 小时 28 分，限 6 小时。"
    assert answer([picked_up(), arrived(when="12 15:12")], OVERTIME) == "satisfied"
    assert answer([picked_up(), arrived(when="12 15:12:01")], OVERTIME) == "violated"


def test_no_gate_scan_is_overtime_once_now_and_input_are_past_it() -> None:
    assert answer([picked_up()], OVERTIME, w="12 15:12") == "undecided"
    assert answer([picked_up()], OVERTIME, w="12 15:12:01") == "violated"
    assert answer([picked_up()], OVERTIME, now="12 15:12") == "undecided"
    assert of(judged([picked_up()], w="12 10:00"), OVERTIME).due is not None


def test_the_row_at_pick_up_with_the_longest_area_applies() -> None:  # R-VALID, R-SPECIFIC
    plain = {"name": "transport_max", "source": "s"}
    change = "2021-01-12T09:12:00+08:00"
    rows = [
        {"id": "old", "value": 1, "unit": "h", "area": "3101", "valid_to": change, **plain},
        {"id": "new", "value": 330, "unit": "min", "area": "310115", "valid_from": change, **plain},
    ]
    verdict = of(judged([picked_up(), arrived()], rows=rows), OVERTIME)
    assert (verdict.answer, verdict.limit) == ("satisfied", "new")
    before = of(judged([picked_up(when="12 09:11:59"), arrived()], rows=rows), OVERTIME)
    assert (before.answer, before.limit) == ("violated", "old")


def test_without_a_row_it_is_undecided() -> None:
    verdict = of(judged([picked_up(), arrived()], limits={}), OVERTIME)
    assert verdict.answer == "undecided" and "no limit in force" in verdict.reason.en
    assert verdict.missing == ("limit:transport_max",)


def test_outside_dates_there_is_no_verdict() -> None:
    assert judged([{**picked_up(), "time": "2020-11-15T23:59:59+08:00"}]) == []
    assert judged([{**picked_up(), "time": "2020-11-16T00:00:00+08:00"}]) != []


def test_a_container_booked_and_picked_up_again_ends_no_earlier_trip() -> None:
    again = [booked("b2", "19 07:00", booking="B2"), confirmed("bc2", "19 07:30", booking="B2"),
             picked_up("p2", "19 09:00"), arrived("a2", "19 12:00")]  # fmt: skip
    steps = [booked(), confirmed(), picked_up(), *again]
    assert answer(steps, OVERTIME, window="p") == "violated"
    assert answer(steps, AS_BOOKED, window="p") == "undecided"
    assert answer(steps, OVERTIME, window="p2") == "satisfied"


# opened_on_the_way

TRIP = [booked(), confirmed(), picked_up(), arrived()]
INSIDE, OUTSIDE = {"lat": 31.05, "lon": 121.05}, {"lat": 31.2, "lon": 121.05}


def door(when: str, **where: object) -> dict[str, object]:
    return step("o", "door_opened", when, container=C, **where)


@pytest.mark.parametrize(
    ("when", "expected"),
    [("12 09:12", "satisfied"), ("12 09:12:01", "violated"), ("12 14:39:59", "violated"), ("12 14:40", "satisfied")],
)
def test_both_seconds_are_outside_the_trip(when: str, expected: str) -> None:  # R-BETWEEN
    assert answer([*TRIP, door(when, **OUTSIDE)], OPENED) == expected


def test_only_the_booked_warehouses_fence_is_lawful() -> None:  # R-FENCE-BOOKED
    assert answer([*TRIP, door("12 12:00", **INSIDE)], OPENED) == "satisfied"
    assert answer([*TRIP, door("12 12:00", in_warehouse="WH-1")], OPENED) == "satisfied"
    assert answer([*TRIP, door("12 12:00", in_warehouse="WH-2")], OPENED) == "violated"
    assert answer([*TRIP, door("12 12:00", lat=31.0, lon=121.05)], OPENED) == "satisfied"  # on the edge


def test_an_unknown_position_leaves_the_trip_undecided() -> None:  # R-NOPOS
    assert answer([*TRIP, door("12 12:00")], OPENED) == "undecided"
    elsewhere = step("o2", "door_opened", "12 13:00", container=C, **OUTSIDE)
    assert answer([*TRIP, door("12 12:00"), elsewhere], OPENED) == "violated"


def test_an_opening_is_seen_without_completeness_but_its_absence_is_not() -> None:
    assert answer([picked_up(), door("12 12:00", **OUTSIDE)], OPENED, w=None) == "violated"
    assert answer(TRIP, OPENED, w="12 14:39:59") == "undecided"
    assert answer(TRIP, OPENED, w="12 14:40") == "satisfied"
    assert answer([picked_up()], OPENED) == "undecided"


# too_warm


def readings(*pairs: tuple[str, float | None], sensor: str = "s1") -> list[dict[str, object]]:
    return [
        step(f"{sensor}-{when}", "temperature", f"12 {when}", container=C, cel=cel, sensor=sensor)
        for when, cel in pairs
    ]


def cold(start: int = 9 * 60 + 12, end: int = 14 * 60 + 40, every: int = 14, **asked: str) -> list[dict[str, object]]:
    return readings(*((f"{m // 60:02d}:{m % 60:02d}", -18.0) for m in range(start, end + 1, every)), **asked)


def test_a_run_violates_once_it_lasted_and_the_limit_itself_is_lawful() -> None:  # R-SUSTAINED
    warm = [("10:00", -14.9), ("10:15", -14.0), ("10:30", -14.9)]
    verdict = of(judged([picked_up(), *readings(*warm)], w=None), WARM)
    assert (verdict.answer, verdict.witness) == ("violated", ("p", "s1-10:00", "s1-10:30"))
    assert "30 分" in verdict.reason.zh and "-14 °C" in verdict.reason.zh
    short = [*warm[:2], ("10:29:59", -14.9)]
    assert answer([picked_up(), *readings(*short)], WARM) == "undecided"
    at_limit = [("10:00", -15.0), ("10:15", -15), ("10:30", -15)]
    cool = [("09:20", -18.0), ("09:35", -18.0), ("09:50", -18.0), *at_limit]
    assert answer([picked_up(), arrived(when="12 10:30"), *readings(*cool)], WARM) == "satisfied"


def test_cold_all_the_way_is_lawful_when_no_silence_is_too_long() -> None:  # R-PROVEN
    assert answer([picked_up(), arrived(), *cold()], WARM) == "satisfied"
    assert answer([picked_up(), arrived(), *cold(start=9 * 60 + 28)], WARM) == "undecided"
    assert answer([picked_up(), arrived(), *cold(end=14 * 60 + 20)], WARM) == "undecided"
    assert answer([picked_up(), arrived()], WARM) == "undecided"


def test_all_readings_up_to_the_gate_must_be_known() -> None:
    assert answer([picked_up(), arrived(), *cold()], WARM, w="12 14:40") == "undecided"
    assert answer([picked_up(), arrived(), *cold()], WARM, w="12 14:40:01") == "satisfied"


def test_each_sensor_is_its_own_series() -> None:  # R-SENSOR
    warm = readings(("10:00", -10), ("10:15", -10), ("10:30", -10), sensor="s2")
    assert answer([picked_up(), arrived(), *cold(), *warm], WARM) == "violated"
    mixed = [*readings(("10:00", -10), ("10:20", -10)), *readings(("10:10", -10), ("10:30", -10), sensor="s2")]
    assert answer([picked_up(), *mixed], WARM) == "undecided"


def test_readings_outside_the_trip_do_not_count() -> None:
    before = readings(("08:30", -5), ("08:50", -5), ("09:11", -5))
    assert answer([picked_up(), arrived(), *cold(), *before], WARM) == "satisfied"


def test_fahrenheit_is_compared_exactly() -> None:
    limits = {"max_temp": ("5", "degF"), "sustained_min": ("0.5", "h"), "reading_max_gap": ("0.25", "h")}
    assert (
        answer([picked_up(), *readings(("10:00", -15), ("10:15", -15), ("10:30", -15))], WARM, limits=limits)
        == "undecided"
    )
    hot = readings(("10:00", -14.999), ("10:15", -14.999), ("10:30", -14.999))
    assert answer([picked_up(), *hot], WARM, limits=limits) == "violated"
