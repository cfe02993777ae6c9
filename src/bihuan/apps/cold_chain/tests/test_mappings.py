"""The three worked mappings: what each sample file becomes, and what is refused of each bad one."""

from pathlib import Path

import pytest

from bihuan.apps.cold_chain.app import APP
from bihuan.apps.cold_chain.feeds import from_event
from bihuan.apps.cold_chain.records import CustomsReleased, DoorOpened, PickedUp, Step, Temperature
from bihuan.base.clock import iso
from bihuan.base.records import Registry
from bihuan.gateways.mapped import Mapped, Mapping, apply, load_mappings

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def mappings() -> dict[str, Mapping]:
    registry = Registry()
    registry.add(APP.name, APP.line, APP.types, APP.goods)
    assert APP.folder is not None
    return load_mappings(registry, [APP.folder / "mappings"])


def mapped(mappings: dict[str, Mapping], name: str, file: str) -> Mapped:
    return apply(mappings[name], (FIXTURES / file).read_bytes())


def steps(found: Mapped) -> list[Step]:
    return [read.record for event in found.events for read in from_event(event)]


def test_a_release_with_several_lots(mappings: dict[str, Mapping]) -> None:
    found = mapped(mappings, "yitong_customs_release", "yitong_release_1.xml")
    first, second = steps(found)
    assert isinstance(first, CustomsReleased) and isinstance(second, CustomsReleased)
    assert (first.container, first.declaration, first.area) == ("CSQU3054383", "222520201000001234", "310115-YS")
    assert [(line.lot, str(line.kg), line.risk, line.origin) for line in first.lots] == [
        ("L1", "12000.000", "high", "EC"),
        ("L2", "8000.500", "ordinary", ""),
    ]
    assert [(line.lot, str(line.kg)) for line in second.lots] == [("批/7", "20250.000")]  # 20.25 t
    assert iso(found.complete_before or 0) == "2020-12-08T16:00:00+08:00"
    assert not found.faults


def test_a_second_message_corrects_the_first(mappings: dict[str, Mapping]) -> None:
    [event] = mapped(mappings, "yitong_customs_release", "yitong_release_2.xml").events
    [read] = from_event(event)
    assert (read.id, read.supersedes) == ("YT-M202012090007-CSQU3054383", "YT-M202012080001-CSQU3054383")


def test_terminal_pick_up_in_gb18030(mappings: dict[str, Mapping]) -> None:
    found = mapped(mappings, "sipg_pick_up", "sipg_pick_up_1.csv")
    first, second = steps(found)
    assert isinstance(first, PickedUp) and isinstance(second, PickedUp)
    assert (first.container, first.vehicle, first.driver, first.place) == (
        "CSQU3054383",
        "沪BH2345",
        "D-17",
        "yangshan-pickup",
    )
    assert (second.container, second.area, second.time.isoformat()) == (
        "SUDU1234569",
        "310115-WGQ",
        "2020-12-10T10:02:30+08:00",
    )
    assert (found.rows, found.skipped) == (4, 2)


def test_a_trip_becomes_gate_door_and_temperature(mappings: dict[str, Mapping]) -> None:
    found = mapped(mappings, "jiaotong_trip", "jiaotong_trip_1.json")
    by_id = {record.id: from_event(record.event)[0].record for record in found.records}
    assert {record.id: record.step for record in found.records} == {
        "JT-X77-2": "temperature",
        "JT-X77-3": "temperature",
        "JT-X77-4": "door_opened",
        "JT-X77-5": "door_closed",
        "JT-X77-6": "arrived_warehouse",
        "JT-X77-7": "door_opened",
    }
    warm, silent, door = by_id["JT-X77-2"], by_id["JT-X77-3"], by_id["JT-X77-4"]
    assert isinstance(warm, Temperature) and str(warm.cel) == "-18.300"
    assert isinstance(silent, Temperature) and silent.cel is None
    assert isinstance(door, DoorOpened) and (str(door.lat), str(door.lon)) == ("30.9000000", "121.7012345")
    assert (found.rows, found.skipped) == (7, 1)
    assert iso(found.complete_before or 0) == "2020-12-10T11:55:00+08:00"


@pytest.mark.parametrize(
    ("name", "file", "good", "faults"),
    [
        (
            "yitong_customs_release",
            "yitong_release_bad.xml",
            ["YT-M202012080002-TEMU6002114"],
            [(1, "container", "check"), (2, "lots[0].kg", "unmapped"), (2, "lots[0].risk", "unmapped")],
        ),
        (
            "sipg_pick_up",
            "sipg_pick_up_bad.csv",
            ["SIPG-T20201210-009"],
            [
                (1, "container", "check"),
                (2, "area", "unmapped"),
                (2, "place", "unmapped"),
                (2, "time", "instant"),
                (3, "", "cells"),
                (4, "task", "record_id"),
            ],
        ),
        (
            "jiaotong_trip",
            "jiaotong_trip_bad.json",
            ["JT-X78-4"],
            [(1, "time", "instant"), (2, "cel", "too_high"), (3, "area", "required")],
        ),
    ],
)
def test_bad_rows_are_named_and_good_ones_taken(
    mappings: dict[str, Mapping], name: str, file: str, good: list[str], faults: list[tuple[int, str, str]]
) -> None:
    found = mapped(mappings, name, file)
    assert [record.id for record in found.records] == good
    assert sorted((f.row, f.field, f.code) for f in found.faults) == faults
    assert all(f.place and f.words.zh and f.words.en for f in found.faults)


def test_each_mapping_says_that_it_is_an_example(mappings: dict[str, Mapping]) -> None:
    assert set(mappings) == {"yitong_customs_release", "sipg_pick_up", "jiaotong_trip"}
    for mapping in mappings.values():
        head = mapping.text.decode()
        assert "没有公开" in head and "not published" in head and "示例" in mapping.about
