"""Late, doubled, shuffled and corrected records: the verdict is that of the history, however it came in."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.apps.cold_chain.judge import read_step_file, read_steps
from bihuan.apps.cold_chain.tests.story import (
    C,
    Step,
    answer,
    arrived,
    booked,
    certificate,
    confirmed,
    judged,
    left,
    of,
    picked_up,
    released,
    step,
    stored,
)
from bihuan.base.errors import Invalid

STORY: list[Step] = [
    step("h", "health_certificate", "12 05:00", container=C, says_="合格"),
    released(lots=(("L1", 600, "high"), ("L2", 400, "ordinary"))),
    booked(),
    confirmed(),
    step("ba", "booking_amended", "12 08:00", booking="B1", driver="D8"),
    picked_up(driver="D8"),
    step("o", "door_opened", "12 10:00", container=C, lat=31.3, lon=121.4),
    *(step(f"t{n}", "temperature", f"12 {9 + n // 4:02d}:{n % 4 * 15:02d}", container=C, cel=-17 + n % 7, sensor="s")
      for n in range(1, 23)),
    arrived(),
    step("u", "unloaded", "12 15:00", container=C, warehouse="WH-1", lots=["L1", "L2"]),
    step("d", "disinfected", "12 16:00", by="F", container=C),
    step("q", "qualification", "05 08:00", of="F", kind="disinfection", qualification="Q", from_="2021-01-01",
         to="2021-01-31"),
    step("qx", "certificate_revoked", "12 15:59", certificate="Q"),
    step("sp", "sampled", "12 17:00", lot="L1", sample="S"),
    step("rs", "result", "13 08:00", sample="S", value="negative"),
    certificate(),
    left(),
    stored(kg=600),
    stored("s2", "13 14:00", "L2", 400),
    step("sl", "split", "14 08:00", lot="L1", kg=200, into=[{"lot": "K", "kg": 200}], area="310115"),
    step("x", "sold", "14 10:00", lot="L1", kg=401.5, buyer="B", voucher="V"),
    step("xf", "sold", "14 11:00", lot="L1", kg=401.5, buyer="B", voucher="V", supersedes="x", received="15 08:00"),
    step("e", "destroyed", "14 12:00", lot="K", kg=1, received="14 13:00"),
    step("ev", "voided", "15 12:00", supersedes="e", received="15 12:00"),
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(len(STORY))), st.lists(st.integers(0, len(STORY) - 1), max_size=12))
def test_order_and_doubling_change_nothing(order: list[int], again: list[int]) -> None:
    assert judged([STORY[n] for n in [*order, *again]]) == judged(STORY)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, len(STORY) - 1)), st.permutations(range(len(STORY))))
def test_a_part_of_the_story_is_judged_the_same_in_any_order(some: set[int], order: list[int]) -> None:
    part = [STORY[n] for n in sorted(some)]
    assert judged([STORY[n] for n in order if n in some]) == judged(part)


def test_the_story_says_what_it_should() -> None:
    found = {(v.rule, v.subject): v.answer for v in judged(STORY)}
    assert found == {
        ("left_without_papers", "lot:L1"): "violated",
        ("lot_balance_kg", "lot:K"): "undecided",
        ("lot_balance_kg", "lot:L1"): "violated",
        ("lot_balance_kg", "lot:L2"): "undecided",
        ("no_booking_before_entry", f"container:{C}"): "satisfied",
        ("not_as_booked", f"container:{C}"): "satisfied",
        ("opened_on_the_way", f"container:{C}"): "violated",
        ("overtime", f"container:{C}"): "satisfied",
        ("stored_before_released", "lot:L1"): "satisfied",
        ("stored_before_released", "lot:L2"): "satisfied",
        ("too_warm", f"container:{C}"): "violated",
        ("unqualified_disinfection", "lot:L1"): "violated",
        ("unqualified_disinfection", "lot:L2"): "violated",
    }


def test_a_late_exempting_paper_withdraws_the_breach() -> None:
    rule, steps = "stored_before_released", [released(), stored()]
    assert answer(steps, rule) == "violated"
    paper = step("h", "health_certificate", "12 05:00", container=C, says_="业经消毒", received="18 09:00")
    assert answer([*steps, paper], rule) == "satisfied"
    assert answer([*steps, paper], rule, received_until="18 08:59") == "violated"


def test_a_correction_takes_the_place_and_the_window_keeps_its_first_id() -> None:
    fixed = picked_up("p2", "12 08:00", supersedes="p", received="13 08:00")
    again = picked_up("p3", "12 10:00", supersedes="p2", received="14 08:00")
    steps = [picked_up(), arrived()]
    first = of(judged([fixed, *steps]), "overtime")
    assert (first.answer, first.window, first.witness) == ("violated", "p", ("p2", "a"))
    last = of(judged([again, fixed, *steps]), "overtime")
    assert (last.answer, last.window, last.witness) == ("satisfied", "p", ("p3", "a"))


def test_of_several_corrections_the_one_received_last_stands() -> None:
    one = picked_up("p2", "12 08:00", supersedes="p", received="14 08:00")
    other = picked_up("p9", "12 10:00", supersedes="p", received="13 08:00")
    assert answer([picked_up(), arrived(), one, other], "overtime") == "violated"


def test_a_correction_before_its_original_already_names_the_window() -> None:
    fixed = picked_up("p2", "12 10:00", supersedes="p", received="13 08:00")
    assert of(judged([fixed, arrived()]), "overtime").window == "p"


def test_a_voided_record_is_gone() -> None:
    steps = [booked(), confirmed(), picked_up(), arrived(), arrived("a2", "20 10:00")]
    assert answer(steps, "no_booking_before_entry", window="a2") == "violated"
    gone = step("v", "voided", "21 08:00", supersedes="a2")
    assert [v.window for v in judged([*steps, gone]) if v.rule == "no_booking_before_entry"] == ["a"]


def test_a_corrected_container_moves_the_record_to_another_subject() -> None:
    other = "MSKU1234565"
    steps = [picked_up(), arrived(), picked_up("p2", container=other, supersedes="p", received="13 08:00")]
    assert [v.subject for v in judged(steps) if v.rule == "overtime"] == [f"container:{other}"]


# step files


def test_the_three_forms_of_a_step_file_read_alike() -> None:
    array = json.dumps(STORY).encode()
    whole = json.dumps({"records": STORY}).encode()
    lines = "\n".join(json.dumps(s) for s in STORY).encode()
    assert read_steps(array) == read_steps(whole) == read_steps(lines)


def test_unknown_fields_are_noted_and_null_temperatures_read() -> None:
    reading = step("t", "temperature", "12 10:00", container="BOX 7", cel=None, humidity=3)
    found = read_step_file(json.dumps([reading]).encode())
    assert [note.path for note in found.notes] == ["[0] t.humidity", "[0] t.container"]
    assert found.raws[0].record.container == "BOX 7"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"step": "sold"}, "[0].id"),
        ({"id": "a", "step": "flown", "time": "2021-01-12T00:00:00Z"}, "[0] a.step"),
        ({**stored(kg=1), "kg": "many"}, "[0] s.kg"),
        ({**stored(kg=1), "time": "noon"}, "[0] s.time"),
        ({**stored(kg=1), "received": 7}, "[0] s.received"),
        ({**stored(kg=1), "lot": ["L"]}, "[0] s.lot"),
        ({k: v for k, v in stored(kg=1).items() if k != "lot"}, "[0] s.lot"),
        (7, "[0]"),
    ],
)
def test_faults_name_record_and_field(broken: object, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_steps(json.dumps([broken]).encode())
    assert path in [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize("data", [b"{}", b"7", b"[1,", b"\xff", b'{"id":"a"}\n{oops'])
def test_what_is_no_step_file_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_steps(data)
