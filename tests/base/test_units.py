"""Units: exact both ways, published anchors, nothing converted across dimensions, no declaration with a unit nobody knows."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.declare import Record, compiled, says
from bihuan.base.declare.compiled import DeclarationError
from bihuan.base.errors import Invalid
from bihuan.base.units import DIMENSIONS, UNITS, Unit, convert, find_unit, unit, unit_by_code

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)


@pytest.mark.parametrize(
    ("value", "given_as", "wanted", "result"),
    [
        ("1.5", "t", "kg", "1500"),
        ("0", "K", "°C", "-273.15"),
        ("32", "°F", "°C", "0"),
        ("-40", "°F", "°C", "-40"),
        ("100", "°C", "°F", "212"),
        ("3", "亩", "m2", "2000"),
        ("12.345", "万元", "元", "123450"),
        ("3.5", "h", "min", "210"),
        ("0.2", "g/L", "mg/L", "200"),
        ("35", "µg/m3", "mg/m³", "0.035"),
        ("90", "km/h", "m/s", "25"),
        ("1", "mg/L", "g/m3", "1"),
        ("12.5", "%", "‰", "125"),
        ("1", "周", "d", "7"),
    ],
)
def test_anchors_are_exact(value: str, given_as: str, wanted: str, result: str) -> None:
    found = convert(Decimal(value), given_as, wanted)
    assert found == Decimal(result) and isinstance(found, Decimal)


@pytest.mark.parametrize(
    ("code", "symbol"),
    [("KGM", "kg"), ("TNE", "t"), ("CEL", "°C"), ("FAH", "°F"), ("MIN", "min"), ("HUR", "h"), ("DAY", "d"), ("P1", "%"),
     ("MTR", "m"), ("MTK", "m²"), ("MTQ", "m³"), ("M1", "mg/L"), ("H29", "µg/L"), ("C62", "个"), ("IE", "人"), ("KMH", "km/h")],
)  # fmt: skip
def test_common_codes_of_recommendation_20(code: str, symbol: str) -> None:
    assert unit_by_code(code).symbol == symbol and unit(symbol).code == code


def test_every_unit_is_found_by_each_of_its_spellings_and_no_spelling_names_two() -> None:
    for each in UNITS:
        assert each.dimension in DIMENSIONS and each.factor > 0
        for text in (each.symbol, each.short, *each.also):
            assert find_unit(text) is each, text
    assert len({u.symbol for u in UNITS}) == len(UNITS) and len({u.short for u in UNITS}) == len(UNITS)
    assert find_unit("μg/m3") is find_unit("µg/m³")  # Greek mu and the micro sign
    assert [find_unit(text) for text in ("furlong", "mW", "Mg", "mPa", "Mg/L", "")] == [None] * 6
    assert [find_unit(text) for text in ("KG", "Min", "°c")] == [unit("kg"), unit("min"), unit("°C")]


@given(numbers, st.sampled_from(UNITS), st.data())
def test_there_and_back_is_the_same_number(value: Decimal, one: Unit, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from([u for u in UNITS if u.dimension == one.dimension]))
    exact = (Fraction(value) + one.offset) * one.factor / other.factor - other.offset
    rounded = convert(value, one, other, places=3)
    assert abs(Fraction(rounded) - exact) <= Fraction(1, 2000) and rounded.as_tuple().exponent == -3
    try:
        there = convert(value, one, other)
    except Invalid as inexact:
        assert "no finite decimal" in str(inexact)
        return
    assert Fraction(there) == exact and convert(there, other, one) == value


def test_half_goes_to_the_even_digit() -> None:
    assert [str(convert(Decimal(v), "g", "kg", places=2)) for v in ("5", "15", "25", "-15")] == ["0.00", "0.02", "0.02", "-0.02"]


def test_what_cannot_be_converted_names_both_units() -> None:
    with pytest.raises(Invalid, match=r"kg \(mass\) cannot be converted into h \(time\)") as refused:
        convert(Decimal(1), "kg", "h")
    assert refused.value.words.zh == "kg（质量）不能换算为 h（时间）。"
    with pytest.raises(Invalid, match="Unknown unit “furlong”"):
        convert(Decimal(1), "furlong", "m")
    with pytest.raises(Invalid, match="From °F into °C there is no finite decimal"):
        convert(Decimal(1), "°F", "°C")


def test_a_declaration_takes_known_units_only() -> None:
    class Wrong(Record):
        size: Annotated[Decimal, says("大小", "Size", unit="furlong")]

    class Right(Record):
        size: Annotated[Decimal, says("大小", "Size", unit="m2")]

    with pytest.raises(DeclarationError, match=r"Wrong\.size: unknown unit 'furlong'"):
        compiled(Wrong)
    assert compiled(Right).field("size").says.unit == "m²"
