"""What the page of a container or lot shows: bookings as they stand now, and no accusation without a rule."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bihuan.apps.cold_chain.judge import read_steps
from bihuan.apps.cold_chain.keys import keys_of, reach
from bihuan.apps.cold_chain.view import owes, view
from bihuan.base.clock import parse_instant
from bihuan.base.panels import LoopStep, SubjectPanel
from bihuan.base.places import Place
from bihuan.base.rules.history import MemorySource, canonical, gather
from bihuan.base.rules.model import Fact, Verdict

from .story import C, Step, W, arrived, booked, confirmed, judged, left, of, picked_up, released, step, stored, t

OTHER = "WH-2"


def place(id: str, area: str, party: str) -> Place:
    return Place(id, id, "transit_warehouse", area, party, "", None, None, (), "", 100_000)


PLACES = {W: place(W, "310115", "op-1"), OTHER: place(OTHER, "310120", "op-2"), "F1": place("F1", "310112", "op-3")}


def history(subject: str, steps: Iterable[Step]) -> tuple[Fact, ...]:
    source = MemorySource(keys_of)
    source.add(canonical(read_steps(json.dumps(list(steps), ensure_ascii=False).encode())))
    return gather(source, subject, reach).history.facts


def panel(subject: str, *steps: Step, w: str | None = "2021-02-01T00:00:00") -> SubjectPanel:
    verdicts: list[Verdict] = [v for v in judged(steps, w=w) if v.subject == subject]
    return view(subject, history(subject, steps), verdicts, PLACES)


def shown(found: SubjectPanel) -> dict[str, LoopStep]:
    return {each.name: each for each in found.loop}


def amended(id: str = "ba", when: str = "12 08:00", **fields: object) -> Step:
    return step(id, "booking_amended", when, **{"booking": "B1", **fields})


def cancelled(id: str = "bx", when: str = "12 08:30") -> Step:
    return step(id, "booking_cancelled", when, booking="B1")


def certificate(says: str) -> Step:
    return step("h", "health_certificate", "12 05:00", says=says, lots=["L1"])


def test_an_amended_booking_is_shown_as_it_stands_now() -> None:
    found = panel(
        f"container:{C}", released(), booked(slot=t("12 15:00")), confirmed(),
        amended(destination=OTHER, slot=t("12 17:00"), vehicle="沪AK9876", owner="O2"),
    )  # fmt: skip
    assert (found.stage, found.place, found.expected_at) == ("arriving", OTHER, parse_instant(t("12 17:00")))
    assert [each.name for each in found.loop[1:4]] == ["Booked", "BookingConfirmed", "BookingAmended"]
    change = shown(found)["BookingAmended"]
    assert (change.state, change.place, change.record) == ("done", OTHER, "ba")
    assert "沪AK9876" in change.detail.zh and "17:00" in change.detail.zh
    # Both warehouses, both districts and both owners have to do with it.
    assert {"310115", "310120"} <= found.areas and {"op-1", "op-2", "O", "O2"} <= found.parties


def test_a_booking_moved_to_another_container_is_expected_there_only() -> None:
    steps = released(), booked(slot=t("12 15:00")), amended(container="MSKU0000011")
    assert panel(f"container:{C}", *steps).expected_at is None
    there = panel("container:MSKU0000011", *steps)
    assert (there.stage, there.place, there.expected_at) == ("arriving", W, parse_instant(t("12 15:00")))


def test_nothing_is_expected_once_a_booking_is_cancelled() -> None:
    found = panel(f"container:{C}", released(), booked(slot=t("12 15:00")), cancelled())
    assert (found.stage, found.place, found.expected_at) == ("arriving", "", None)
    assert shown(found)["BookingCancelled"].state == "done"
    assert shown(found)["BookingConfirmed"].state == "none"
    assert panel(f"container:{C}", booked(slot=t("12 15:00")), cancelled()).stage == "unknown"


def test_a_booking_of_an_earlier_visit_is_not_expected_again() -> None:
    found = panel(f"container:{C}", released(), booked(slot=t("12 15:00")), confirmed(), picked_up(), arrived(),
                  released("r2", "20 06:00", lots=(("L9", 1, "high"),)))  # fmt: skip
    assert (found.stage, found.expected_at) == ("arriving", None)
    assert {each.state for each in found.loop if each.name != "CustomsReleased"} == {"waiting"}


def test_whoever_owns_it_after_the_amendment_owes_what_followed() -> None:
    steps = [released(), booked(), confirmed(), amended(owner="O2", destination=OTHER), picked_up()]
    facts = history(f"container:{C}", steps)
    late = of(judged(steps), "overtime")
    assert late.answer == "violated" and owes(late, facts, PLACES) == "O2"


def test_a_disinfected_lot_stored_directly_is_accused_of_nothing() -> None:
    found = shown(panel("lot:L1", released(), certificate("货物业经消毒处理"), stored()))
    for name in (
        "ArrivedWarehouse",
        "Unloaded",
        "Disinfected",
        "Sampled",
        "Result",
        "ReleaseCertificate",
        "LeftWarehouse",
    ):
        assert (found[name].state, found[name].detail.zh) == ("none", "不适用（业经消毒）"), name
    assert not {each.state for each in found.values()} & {"missing", "violated"}


def test_a_lot_of_ordinary_risk_stored_directly_is_accused_of_nothing() -> None:
    found = shown(panel("lot:L1", released(lots=(("L1", 1000, "ordinary"),)), stored()))
    assert found["Sampled"].detail.zh == found["ReleaseCertificate"].detail.zh == "不适用（一般风险）"
    assert not {each.state for each in found.values()} & {"missing", "violated"}


def test_a_high_risk_lot_without_papers_lacks_what_the_rules_ask_for() -> None:
    found = shown(panel("lot:L1", released(), left(), stored()))
    assert found["LeftWarehouse"].state == found["StoredFirst"].state == "violated"
    assert {n for n, s in found.items() if s.state == "missing"} == {
        "Sampled", "Result", "ReleaseCertificate", "TraceCodeAssigned",
    }  # fmt: skip
    assert found["Unloaded"].state == "none"  # no rule asks for it


def test_what_may_still_come_in_is_undecided_and_not_missing() -> None:
    found = shown(panel("lot:L1", released(), left(), w=None))
    assert found["Sampled"].state == found["ReleaseCertificate"].state == "undecided"


def test_a_lot_made_by_a_split_has_no_arrival_of_its_own() -> None:
    split = step("x", "split", "14 09:00", lot="L1", kg=400, into=[{"lot": "L1-A", "kg": 400}])
    found = panel("lot:L1-A", released(), stored(), split)
    assert {each.state for each in found.loop} == {"none"}
    assert all("分拆" in each.detail.zh for each in found.loop)


def test_a_container_that_came_without_booking_lacks_one() -> None:
    found = shown(panel(f"container:{C}", released(), picked_up(), arrived()))
    assert found["Booked"].state == found["BookingConfirmed"].state == "missing"
    assert found["ArrivedWarehouse"].state == "violated"
