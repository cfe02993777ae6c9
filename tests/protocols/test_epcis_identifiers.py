"""URN and Digital Link of one thing have one key; check digits inside identifiers are checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.protocols.epcis import canonical, check_identifier, to_digital_link, to_urn
from bihuan.protocols.epcis.identifiers import matches_pattern

PAIRS = [
    ("urn:epc:id:sgtin:0614141.812345.6789", "https://id.gs1.org/01/80614141123458/21/6789", 7),
    ("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877", 7),
    ("urn:epc:idpat:sgtin:4012345.012345.*", "https://id.gs1.org/01/04012345123456", 7),
    ("urn:epc:id:sscc:0614141.1234567890", "https://id.gs1.org/00/106141412345678908", 7),
    ("urn:epc:id:sgln:0614141.12345.400", "https://id.gs1.org/414/0614141123452/254/400", 7),
    ("urn:epc:id:sgln:0614141.12345.0", "https://id.gs1.org/414/0614141123452", 7),
    ("urn:epc:id:pgln:0614141.12345", "https://id.gs1.org/417/0614141123452", 7),
    ("urn:epc:id:grai:0614141.12345.400", "https://id.gs1.org/8003/00614141123452400", 7),
    ("urn:epc:id:giai:0614141.12345400", "https://id.gs1.org/8004/061414112345400", 7),
    ("urn:epc:id:gdti:0614141.12345.006847", "https://id.gs1.org/253/0614141123452006847", 7),
    ("urn:epc:id:gsrn:0614141.1234567890", "https://id.gs1.org/8018/061414112345678902", 7),
    ("urn:epc:id:gsin:0614141.123456789", "https://id.gs1.org/402/06141411234567890", 7),
    ("urn:epc:id:sgtin:0614141.812345.6%2F7", "https://id.gs1.org/01/80614141123458/21/6%2F7", 7),
]


@pytest.mark.parametrize(("urn", "link", "length"), PAIRS)
def test_both_forms_of_one_thing(urn: str, link: str, length: int) -> None:
    assert to_digital_link(urn) == link
    assert canonical(urn) == canonical(link) == link
    assert to_urn(link, length) == urn
    assert check_identifier(link) is None
    assert check_identifier(urn) is None


def test_hosts_paths_and_attributes_do_not_matter() -> None:
    for link in (
        "https://example.com/some/path/01/09521141123454/10/AB-123?17=210101",
        "http://ID.example.cn/01/9521141123454/10/AB-123",
        "https://id.gs1.org/01/09521141123454/22/2A/10/AB%2D123#top",
    ):
        assert canonical(link) == "https://id.gs1.org/01/09521141123454/10/AB-123"


@pytest.mark.parametrize(
    "unknown",
    [
        "urn:epc:id:bic:CSQU3054383",
        "urn:gdst:example.org:product:lot:class:a.b",
        "https://example.com/01/shelf",
        "",
        "x",
    ],
)
def test_unknown_forms_are_kept(unknown: str) -> None:
    assert canonical(unknown) == unknown
    assert to_digital_link(unknown) is None


def test_a_company_prefix_is_never_guessed() -> None:
    assert to_urn("https://id.gs1.org/00/106141412345678908") is None
    assert to_urn("https://id.gs1.org/00/106141412345678908", 13) is None


@pytest.mark.parametrize(
    ("identifier", "code"),
    [
        ("https://id.gs1.org/01/80614141123459/21/6789", "check_digit"),
        ("https://id.example.org/00/106141412345678909", "check_digit"),
        ("https://id.gs1.org/414/0614141123453", "check_digit"),
        ("urn:epc:id:bic:CSQU3054384", "check_digit"),
        ("urn:epc:id:bic:CSQU305438", "length"),
        ("urn:epc:id:sscc:08600031303.0003", "urn"),
    ],
)
def test_faults(identifier: str, code: str) -> None:
    fault = check_identifier(identifier)
    assert fault is not None and fault.code == code and fault.zh


def test_patterns() -> None:
    thing = "https://example.com/01/80614141123458/21/6789"
    assert matches_pattern(thing, "urn:epc:idpat:sgtin:0614141.812345.*")
    assert matches_pattern(thing, "urn:epc:idpat:sgtin:0614141.*.*")
    assert matches_pattern("urn:epc:id:sgtin:0614141.812345.6789", thing)
    assert not matches_pattern(thing, "urn:epc:idpat:sgtin:0614141.812346.*")
    assert not matches_pattern("urn:epc:id:sgtin:0614141.812345.6789", "urn:epc:idpat:sgtin:061414.*.*")
    assert not matches_pattern(thing, "urn:epc:idpat:sscc:0614141.*")


@given(st.text(max_size=40))
def test_any_text_is_its_own_key_or_a_stable_one(text: str) -> None:
    for identifier in (text, "urn:epc:id:" + text, "https://id.gs1.org/" + text, "https://id.gs1.org/01/" + text):
        assert canonical(canonical(identifier)) == canonical(identifier)
        check_identifier(identifier)
        to_urn(identifier, 7)


@given(st.integers(6, 12), st.integers(0, 10**13 - 1), st.text("aZ09-/&%", min_size=1, max_size=8))
def test_a_serial_number_comes_back(length: int, number: int, serial: str) -> None:
    body = f"{number:013d}"
    prefix, reference = body[1 : 1 + length], body[0] + body[1 + length :]
    link = to_digital_link(f"urn:epc:id:sgtin:{prefix}.{reference}.{serial.replace('%', '%25').replace('/', '%2F')}")
    assert link is not None
    assert to_digital_link(to_urn(link, length) or "") == link
