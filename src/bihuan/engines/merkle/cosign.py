"""Cosignatures: a witness states that it saw a checkpoint at a time and that the ledger only grew (C2SP tlog-cosignature).

A witness's key is an Ed25519 key of type 0x04; its signature is over `cosignature/v1`, the time in seconds since 1970
and the checkpoint's text, and stands in the note as a further line: the time (8 bytes, big-endian), then 64 bytes.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import NoteError
from .note import Note, Vkey, decode_base64, encode_base64, parse_note

COSIGNATURE: Final = b"\x04"
"""Signature type byte of an Ed25519 cosignature."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's word about a checkpoint: which witness, and when it looked (seconds since 1970)."""

    witness: str
    at: int


def witness_key_id(name: str, public: bytes) -> bytes:
    """First 4 bytes of SHA-256(name || newline || 0x04 || public key)."""
    return hashlib.sha256(name.encode() + b"\n" + COSIGNATURE + public).digest()[:4]


def encode_witness(name: str, public_key: Ed25519PublicKey) -> str:
    """The one line under which a witness's public key is published."""
    public = public_key.public_bytes_raw()
    return f"{name}+{witness_key_id(name, public).hex()}+{encode_base64(COSIGNATURE + public)}"


def decode_witness(vkey: str) -> Vkey:
    """Name, id and key from a witness's line; NoteError when it is no witness's key or does not hash to its id."""
    name, _, rest = vkey.partition("+")
    id_text, _, key_text = rest.partition("+")
    data = decode_base64(key_text)
    if not name or data[:1] != COSIGNATURE or len(data) != 33:
        raise NoteError("the key is not an Ed25519 cosignature key of type 0x04")
    if id_text != witness_key_id(name, data[1:]).hex():
        raise NoteError("the key does not belong to its name and id")
    return Vkey(name, bytes.fromhex(id_text), data[1:])


def cosign(text: str, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """The signature line (with its newline) of a witness that saw a checkpoint's text at a time in seconds."""
    public = key.public_key().public_bytes_raw()
    signed = at.to_bytes(8, "big") + key.sign(_message(text, at))
    return f"— {name} {encode_base64(witness_key_id(name, public) + signed)}\n"


def cosigners(note: str | Note, trusted: Iterable[str]) -> tuple[Cosigned, ...]:
    """The trusted witnesses whose cosignatures a note carries; NoteError when one of theirs is wrong."""
    parsed = parse_note(note) if isinstance(note, str) else note
    known = {(v.name, v.key_id): v for v in map(decode_witness, trusted)}
    found: dict[str, Cosigned] = {}
    for signature in parsed.signatures:
        vkey = known.get((signature.name, signature.key_id))
        if vkey is None:
            continue
        if len(signature.value) != 72:
            raise NoteError(f"the cosignature of {vkey.name} is not 72 bytes long")
        at = int.from_bytes(signature.value[:8], "big")
        try:
            Ed25519PublicKey.from_public_bytes(vkey.public).verify(signature.value[8:], _message(parsed.text, at))
        except InvalidSignature as error:
            raise NoteError(f"the cosignature of {vkey.name} is wrong") from error
        found[vkey.name] = Cosigned(vkey.name, at)
    return tuple(found.values())


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
