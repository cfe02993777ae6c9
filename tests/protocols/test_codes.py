"""Check digits of real-world codes, against published examples and a list of real and spoilt credit codes."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.protocols.codes import (
    CHECKS,
    USCC_ALPHABET,
    container,
    container_check_digit,
    gln,
    gs1_check_digit,
    gtin,
    normalize_plate,
    organisation_check_sign,
    sscc,
    uscc,
    uscc_check_sign,
)


def test_credit_codes_of_the_reference_list(data_dir: Path) -> None:
    with (data_dir / "safety" / "uscc_cases.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 200
    for row in rows:
        valid = row["valid_gb32100"] == "True" and row["valid_gb11714_inner"] == "True"
        fault = uscc(row["code"])
        assert (fault is None) == valid, row
        if row["valid_gb32100"] == "True" and row["valid_gb11714_inner"] == "False":
            assert fault is not None and fault.code == "inner_check_digit", row


def test_credit_code_of_the_standard_worked_by_hand() -> None:
    # Sum 1640, remainder 28, check 3: the code often printed as ...Y4Z is wrong.
    assert uscc_check_sign("91350100M000100Y4") == "3"
    assert uscc("91350100M000100Y43") is None


@pytest.mark.parametrize("department", "123456789ANY")
def test_every_registration_department_is_possible(department: str) -> None:
    body = f"{department}1310115M000100Y"[:16]
    first17 = body + organisation_check_sign(body[8:])
    assert uscc(first17 + uscc_check_sign(first17)) is None


@given(st.text(USCC_ALPHABET, min_size=16, max_size=16), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_one_changed_sign_of_a_credit_code_is_always_found(body: str, place: int, sign: str) -> None:
    first17 = body + organisation_check_sign(body[8:])
    if first17[16] not in USCC_ALPHABET:
        return
    code = first17 + uscc_check_sign(first17)
    changed = code[:place] + sign + code[place + 1 :]
    assert (uscc(changed) is None) == (changed == code)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "empty", "nothing"),
        ("91350100M000100Y4", "length", "18"),
        ("91350100M000100YI3", "alphabet", "position 17"),
        ("91350100m000100Y43", "alphabet", "position 9"),
        ("91350100M000100Y44", "check_digit", "'3'"),
        ("\uff191350100M000100Y43", "full_width", "position 1"),
    ],
)
def test_faults_of_a_credit_code_name_place_and_expectation(text: str, code: str, says: str) -> None:
    fault = uscc(text)
    assert fault is not None
    assert fault.code == code
    assert says in fault.en
    assert fault.zh


def test_containers() -> None:
    for number in ("CSQU3054383", "MSKU6011672", "TGHU7599330", "HJCU8281988"):
        assert container(number) is None, number
    fault = container("CSQU3054384")
    assert fault is not None and fault.code == "check_digit" and "'3'" in fault.en
    assert getattr(container("CSQX3054383"), "code", None) == "category"
    assert getattr(container("CSQU305438O"), "code", None) == "alphabet"
    assert getattr(container("csqu3054383"), "code", None) == "alphabet"
    assert getattr(container("CSQU305438"), "code", None) == "length"


def test_a_container_remainder_of_ten_is_written_zero() -> None:
    bodies = (f"CSQU{number:06d}" for number in range(200))
    values = {
        sign: value
        for value, sign in zip((n for n in range(10, 39) if n % 11), "ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=True)
    }
    tens = [body for body in bodies if sum((values.get(s) or int(s)) * 2**i for i, s in enumerate(body)) % 11 == 10]
    assert tens
    assert all(container_check_digit(body) == "0" for body in tens)


def test_gs1_numbers() -> None:
    assert sscc("106141412345678908") is None
    assert gln("0614141007772"[:12] + gs1_check_digit("061414100777")) is None
    for number in ("96385074", "614141007349", "4006381333931", "10614141543219"):
        assert gtin(number) is None, number
    assert getattr(gtin("4006381333932"), "code", None) == "check_digit"
    assert getattr(gtin("400638133393"), "code", None) == "check_digit"
    assert getattr(gtin("40063813339311234"), "code", None) == "length"
    assert getattr(sscc("10614141234567890A"), "code", None) == "alphabet"
    assert getattr(gln("406381333931"), "code", None) == "length"


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=20))
def test_checks_answer_for_any_text(name: str, text: str) -> None:
    fault = CHECKS[name](text)
    assert fault is None or (fault.code and fault.zh and fault.en)


def test_plates() -> None:
    for written in ("沪A·12345", "沪a12345", "沪A 123 45", "沪A-123.45", "沪A12345"):
        assert normalize_plate(written) == "沪A12345"
    assert normalize_plate("沪AD12345") == "沪AD12345"
