"""Forms: groups of at most seven, faults beside their field, the way back from form names."""

from datetime import datetime
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.apps.cold_chain.records import STEPS, Booked, CustomsReleased, Disinfected
from bihuan.base.clock import CIVIL
from bihuan.base.declare import Record, compiled, read, says
from bihuan.base.errors import Words
from bihuan.base.records.forms import FieldModel, FormModel, check_field, flat, form_model, form_values, values_of

from .test_templates import RECORDS, Harbour, Landing

RELEASED = compiled(CustomsReleased, "cold_chain")


def fields(form: FormModel) -> dict[str, FieldModel]:
    return {field.name: field for group in form.groups for field in group.fields}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_step_has_its_form_in_groups_of_at_most_seven(step: str, lang: str) -> None:
    spec = compiled(STEPS[step], "cold_chain")
    form = form_model(spec, lang=lang)
    assert list(fields(form)) == [f.name for f in spec.fields]
    assert all(1 <= len(group.fields) <= 7 for group in form.groups)
    assert all(field.label for field in fields(form).values())


def test_a_field_says_unit_range_example_and_keyboard() -> None:
    form = fields(form_model(compiled(Disinfected, "cold_chain")))
    strength, container, time = form["strength"], form["container"], form["time"]
    assert (strength.unit, strength.within, strength.inputmode) == ("mg/L", "不小于 0 mg/L，至多 1 位小数", "decimal")
    assert container.label == "集装箱号" and not container.required
    assert time.required and time.input == "datetime-local"
    latitude = fields(form_model(compiled(STEPS["door_opened"], "cold_chain")))["lat"]
    assert latitude.within == "-90–90 °，至多 7 位小数" and latitude.inputmode == "text"


def test_what_was_typed_stays_and_faults_stand_beside_their_field() -> None:
    form = {
        "time": ["2020-12-10T14:20"], "container": ["CSQU3054384"], "declaration": ["D1"], "area": ["310115"],
        "lots.0.lot": [""], "lots.0.kg": [" "], "lots.3.lot": ["L1"], "lots.3.kg": ["12"],
        "lots.7.lot": ["L2"], "lots.7.kg": ["-5"], "lots.7.risk": ["high"], "csrf": ["x"],
    }  # fmt: skip
    values = values_of(form, RELEASED)
    assert values["lots"] == [{"lot": "L1", "kg": "12"}, {"lot": "L2", "kg": "-5", "risk": "high"}]
    reading = read(RELEASED, values)
    drawn = form_model(RELEASED, {name: texts[-1] for name, texts in form.items()}, reading.faults)
    named = fields(drawn)
    assert len(named["container"].faults) == 1 and named["container"].value == "CSQU3054384"
    first, second = named["lots"].lines
    assert [f.faults for f in first] == [()] * 5
    kg = next(f for f in second if f.name == "lots.1.kg")
    assert kg.value == "-5" and kg.faults == ("不能小于 0kg。",)
    risk = next(f for f in second if f.name == "lots.1.risk")
    assert [(o.label, o.chosen) for o in risk.choices] == [("高风险", True), ("一般", False)]
    assert [f.name for f in named["lots"].blank][:2] == ["lots.2.lot", "lots.2.kg"]
    assert {name for name, _ in drawn.faults} == {"container", "lots.1.kg"}


def test_boxes_choices_and_times() -> None:
    spec = compiled(Landing, "port")
    assert values_of({"harbour": ["first"], "boxes": ["3"]}, spec)["checked"] == "false"
    assert values_of({"checked": ["false", "true"]}, spec)["checked"] == "true"
    record = read(spec, values_of({"harbour": ["first"], "boxes": ["3"], "checked": ["on"]}, spec)).record
    assert record == Landing(harbour=Harbour.first, boxes=3, checked=True)
    booked = fields(form_model(compiled(Booked, "cold_chain"), {"time": "2020-12-10T06:20:00Z", "slot": "明天"}))
    assert booked["time"].value == "2020-12-10T14:20" and booked["slot"].value == "明天"


class Wide(Record):
    """Eight fields of one group and one of another."""

    titles = Words("宽", "Wide")
    a: Annotated[str, says("甲", "A", group=Words("一", "One"))]
    b: Annotated[bool | None, says("乙", "B", group=Words("二", "Two"))] = None
    c: Annotated[str, says("丙", "C", group=Words("一", "One"))] = ""
    d: Annotated[str, says("丁", "D", group=Words("一", "One"))] = ""
    e: Annotated[str, says("戊", "E", group=Words("一", "One"))] = ""
    f: Annotated[str, says("己", "F", group=Words("一", "One"))] = ""
    g: Annotated[str, says("庚", "G", group=Words("一", "One"))] = ""
    h: Annotated[str, says("辛", "H", group=Words("一", "One"))] = ""
    i: Annotated[str, says("壬", "I", group=Words("一", "One"), longest=2000)] = ""


def test_declared_groups_are_kept_together_and_split_evenly() -> None:
    form = form_model(compiled(Wide, "x"), {"b": "false"})
    assert [(g.title, [f.name for f in g.fields]) for g in form.groups] == [
        ("一", ["a", "c", "d", "e"]),
        ("一 2", ["f", "g", "h", "i"]),
        ("二", ["b"]),
    ]
    assert fields(form)["i"].input == "textarea"
    assert fields(form)["b"].input == "select" and [o.chosen for o in fields(form)["b"].choices] == [False, True]


def test_one_field_is_checked_as_it_is_left() -> None:
    assert [f.code for f in check_field(RELEASED, "container", "CSQU3054384")] == ["check"]
    assert check_field(RELEASED, "container", "CSQU3054383") == []
    assert [(f.path, f.code) for f in check_field(RELEASED, "lots.4.kg", "x")] == [("lots.4.kg", "number")]
    assert check_field(RELEASED, "nothing", "x") == check_field(RELEASED, "lots.0.nothing", "x") == []


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_a_record_shown_in_a_form_and_posted_is_the_same(cls: type[Record], data: st.DataObject) -> None:
    spec = compiled(cls, "cold_chain")
    record = data.draw(RECORDS[cls])
    typed = form_values(spec, record)
    posted = values_of({name: [text] for name, text in typed.items()}, spec)
    assert read(spec, posted).record == record
    assert values_of({name: [text] for name, text in flat(posted).items()}, spec) == posted


def test_a_time_keeps_its_seconds_and_fractions() -> None:
    at = datetime(2020, 12, 10, 14, 20, 7, 123456, tzinfo=CIVIL)
    assert form_values(compiled(Booked), Booked(
        time=at, booking="B", container="CSQU3054383", owner="P", vehicle="V", driver="D", destination="W"
    ))["time"] == "2020-12-10T14:20:07.123456"  # fmt: skip
