"""Notes against the example of Go's sumdb/note, whose keys and signature are published; Ed25519 is deterministic."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.merkle import (
    Checkpoint,
    NoteError,
    checkpoint_text,
    decode_vkey,
    encode_vkey,
    origin_line,
    parse_checkpoint,
    parse_note,
    sign_note,
    verify_note,
)
from bihuan.standalone import verify_receipt

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_signing_gives_the_published_note() -> None:
    assert sign_note(TEXT, "PeterNeumann", KEY) == NOTE
    assert encode_vkey("PeterNeumann", KEY.public_key()) == VKEY
    assert [key.name for key in verify_note(NOTE, VKEY)] == ["PeterNeumann"]


# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_stand_alone_signature_check_agrees_with_rfc_8032(public: str, message: str, signature: str) -> None:
    assert verify_receipt.signed(*map(bytes.fromhex, (public, message, signature)))
    assert not verify_receipt.signed(*map(bytes.fromhex, (public, message + "00", signature)))


def test_a_signature_with_the_group_order_added_is_refused() -> None:
    public, message, signature = map(bytes.fromhex, RFC_8032[1])
    s = int.from_bytes(signature[32:], "little") + verify_receipt.L
    assert not verify_receipt.signed(public, message, signature[:32] + s.to_bytes(32, "little"))


@given(st.binary(max_size=60), st.binary(min_size=32, max_size=32))
def test_the_stand_alone_signature_check_accepts_what_the_library_signs(message: bytes, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    assert verify_receipt.signed(public, message, key.sign(message))
    assert not verify_receipt.signed(public, message + b"x", key.sign(message))


def test_no_part_of_a_verifier_key_can_be_changed() -> None:
    for at in range(len(VKEY)):
        changed = VKEY[:at] + chr(ord(VKEY[at]) + 1) + VKEY[at + 1 :]
        with pytest.raises(NoteError):
            verify_note(NOTE, changed)


def test_a_witness_may_add_a_signature() -> None:
    both = NOTE + sign_note(TEXT, "witness.example", OTHER).rpartition("\n\n")[2]
    assert [s.name for s in parse_note(both).signatures] == ["PeterNeumann", "witness.example"]
    assert len(verify_note(both, VKEY)) == 1
    witness = encode_vkey("witness.example", OTHER.public_key())
    assert [key.name for key in verify_note(both, [witness, VKEY])] == ["PeterNeumann", "witness.example"]


def test_one_bad_signature_of_a_trusted_key_spoils_the_note() -> None:
    forged = NOTE + NOTE.rpartition("\n\n")[2].replace("JzSLhl", "JzSLhm").replace("nNIuG", "nNIuH")
    with pytest.raises(NoteError, match="PeterNeumann is wrong"):
        verify_note(forged, VKEY)


def test_a_stranger_under_the_same_name_is_not_the_key() -> None:
    with pytest.raises(NoteError, match="no trusted key"):
        verify_note(sign_note(TEXT, "PeterNeumann", OTHER), VKEY)


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE.replace("—", "-"),
        NOTE.replace("\n", "\r\n"),
        NOTE + "\n",
        NOTE.replace("nAM=", "nAN="),
        f"{TEXT}\n— Peter+Neumann {SIGNATURE}\n",
        f"{TEXT}\n— PeterNeumann x08g\n",
        f"{TEXT}\n" + f"— PeterNeumann {SIGNATURE}\n" * 65,
    ],
)
def test_a_note_out_of_form_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        parse_note(note)


def test_a_checkpoint_is_three_lines() -> None:
    # Size and root of the example in C2SP tlog-checkpoint.
    value = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    text = checkpoint_text("example.com/behind-the-sofa", 20852163, value)
    assert text == "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert parse_checkpoint(text) == Checkpoint("example.com/behind-the-sofa", 20852163, value)
    assert parse_checkpoint(checkpoint_text("a", 0, value, ["x", "y"])).extensions == ("x", "y")
    assert origin_line("ledger.example/city", 3) == "ledger.example/city/3"
    assert decode_vkey(encode_vkey("a", KEY.public_key())).public == KEY.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "\n1\nAAAA\n", "a\n1\nAAAA", "a\n１\nAAAA\n"]
)
def test_a_checkpoint_out_of_form_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    ("origin", "size", "extensions"), [("", 1, ()), ("a\nb", 1, ()), ("a", -1, ()), ("a", 1, ("",)), ("a\tb", 1, ())]
)
def test_a_checkpoint_that_could_be_misread_is_not_written(origin: str, size: int, extensions: tuple[str, ...]) -> None:
    with pytest.raises(NoteError):
        checkpoint_text(origin, size, bytes(32), extensions)
