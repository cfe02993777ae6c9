"""A leaf has exactly one spelling in bytes, and says nothing of an erased body."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.merkle import AlgorithmError, Header, LeafError, MerkleError, commitment, decode, encode

HEADER = Header(
    type="cold_chain.Disinfection",
    schema_hash=bytes(range(32)),
    record_id="r-7QF2M",
    recorded_at=1_764_028_800_000_000,
    origin="ledger.example/city",
    epoch=2,
)
words = st.text(
    st.characters(exclude_categories=("C", "Z")),
    min_size=1,
    max_size=20,
)
headers = st.builds(
    Header,
    type=words,
    schema_hash=st.binary(min_size=32, max_size=32),
    record_id=words,
    recorded_at=st.integers(-(2**63), 2**63 - 1),
    origin=words,
    epoch=st.integers(0, 2**32 - 1),
    hash_alg=st.sampled_from(["sha256", "sm3"]),
    mac_alg=st.sampled_from(["hmac-sha256", "hmac-sm3"]),
)


def test_the_bytes_are_the_documented_layout() -> None:
    assert encode(HEADER, b"\xcc" * 32) == (
        b"BHL\x01"
        b"\x00\x06sha256"
        b"\x00\x0bhmac-sha256"
        b"\x00\x17cold_chain.Disinfection" + b"\x00\x20" + bytes(range(32)) + b"\x00\x07r-7QF2M"
        b"\x00\x08\x00\x06\x44\x5f\xf5\xff\x60\x00"
        b"\x00\x13ledger.example/city"
        b"\x00\x04\x00\x00\x00\x02" + b"\x00\x20" + b"\xcc" * 32
    )


@given(headers, st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read_back(header: Header, bound: bytes) -> None:
    data = encode(header, bound)
    assert decode(data) == (header, bound)


@given(headers, st.binary(min_size=32, max_size=32), st.data())
def test_no_other_bytes_are_read_as_the_same_leaf(header: Header, bound: bytes, data: st.DataObject) -> None:
    encoded = bytearray(encode(header, bound))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        leaf = decode(bytes(encoded))
    except MerkleError:
        return
    assert leaf != (header, bound)
    assert encode(*leaf) == bytes(encoded)


@given(st.integers(0, 250))
def test_a_leaf_cut_short_or_drawn_out_is_refused(keep: int) -> None:
    data = encode(HEADER, bytes(32))
    with pytest.raises(LeafError):
        decode(data[: min(keep, len(data) - 1)])
    with pytest.raises(LeafError):
        decode(data + bytes(keep + 1))


def test_the_commitment_is_an_hmac_under_the_salt() -> None:
    # RFC 4231 gives no 32-byte key; the library's own HMAC is the measure.
    salt = bytes(range(32))
    assert commitment(salt, b"body") == hmac.new(salt, b"body", hashlib.sha256).digest()
    assert commitment(salt, b"body", "hmac-sm3") == hmac.new(salt, b"body", "sm3").digest()
    assert commitment(salt, b"body") != commitment(salt[::-1], b"body")
    with pytest.raises(LeafError, match="32 bytes, not 4"):
        commitment(b"salt", b"body")


@pytest.mark.parametrize(
    "change",
    [
        {"hash_alg": "md5"},
        {"mac_alg": "hmac-md5"},
        {"version": 2},
        {"type": ""},
        {"record_id": "two words"},
        {"record_id": "line\nok"},
        {"origin": "x" * 1001},
        {"schema_hash": bytes(31)},
        {"recorded_at": 2**63},
        {"epoch": -1},
    ],
)
def test_what_the_layout_cannot_hold_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((LeafError, AlgorithmError)):
        encode(replace(HEADER, **change), bytes(32))
