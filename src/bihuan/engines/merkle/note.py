"""Signed notes and checkpoints: the ledger's size and root as three lines of text under an Ed25519 signature.

Written from C2SP signed-note and tlog-checkpoint. A public key travels as one line, the *vkey*:
`name+key id in hex+base64(0x01 || 32-byte key)`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .algorithms import HASH_SIZE
from .errors import NoteError

ED25519: Final = b"\x01"
"""Signature type byte of plain Ed25519 in C2SP signed-note."""
MAX_SIGNATURES: Final = 64
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with the name under which it signs; `key_id` is 4 bytes, `public` 32."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: who says to have signed, and the bytes."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, with its signature lines; nothing in it is true before `verify_note`."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the ledger `origin` was and which root it had."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


def decode_base64(text: str) -> bytes:
    """Bytes from standard base64 in its one canonical spelling; anything else is a `NoteError`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    # Spare bits in the last character could otherwise be changed unseen.
    if encode_base64(data) != text:
        raise NoteError("base64 is not in its canonical spelling")
    return data


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode()


def key_id(name: str, public: bytes) -> bytes:
    """First 4 bytes of SHA-256(name || newline || 0x01 || public key), as signed-note defines it."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def encode_vkey(name: str, public_key: Ed25519PublicKey) -> str:
    """The one line under which a ledger's public key is published."""
    _check_name(name)
    public = public_key.public_bytes_raw()
    return f"{name}+{key_id(name, public).hex()}+{encode_base64(ED25519 + public)}"


def decode_vkey(vkey: str) -> Vkey:
    """Name, id and key from a vkey line; a key that does not hash to its id is a `NoteError`."""
    name, _, rest = vkey.partition("+")
    id_text, _, key_text = rest.partition("+")
    _check_name(name)
    data = decode_base64(key_text)
    if data[:1] != ED25519 or len(data) != 33:
        raise NoteError("the key is not an Ed25519 key of type 0x01")
    if id_text != key_id(name, data[1:]).hex():
        raise NoteError("the key does not belong to its name and id")
    return Vkey(name, bytes.fromhex(id_text), data[1:])


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The whole note: text, empty line, one signature line."""
    _check_text(text)
    _check_name(name)
    signed = key_id(name, key.public_key().public_bytes_raw()) + key.sign(text.encode())
    return f"{text}\n— {name} {encode_base64(signed)}\n"


def parse_note(note: str) -> Note:
    """Text and signature lines of a note, not yet verified."""
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteError("a note is text, an empty line and signature lines")
    text += "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"more than {MAX_SIGNATURES} signatures")
    return Note(text, tuple(_signature(line) for line in lines))


def verify_note(note: Note | str, trusted: str | Iterable[str]) -> tuple[Vkey, ...]:
    """The trusted keys that signed the note, given as vkey lines; none, or one bad signature of theirs: `NoteError`.

    Signatures of other keys are passed over, so that witnesses may add theirs.
    """
    parsed = parse_note(note) if isinstance(note, str) else note
    known = {(v.name, v.key_id): v for v in map(decode_vkey, [trusted] if isinstance(trusted, str) else trusted)}
    signers: dict[Vkey, None] = {}
    for signature in parsed.signatures:
        vkey = known.get((signature.name, signature.key_id))
        if vkey is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(vkey.public).verify(signature.value, parsed.text.encode())
        except InvalidSignature as error:
            raise NoteError(f"the signature of {vkey.name} is wrong") from error
        signers[vkey] = None
    if not signers:
        raise NoteError("no trusted key signed this note")
    return tuple(signers)


def origin_line(origin: str, epoch: int) -> str:
    """First line of a checkpoint: the ledger's name and its epoch, as `bihuan.example/ledger/1`."""
    return f"{origin}/{epoch}"


def checkpoint_text(origin: str, size: int, root: bytes, extensions: Sequence[str] = ()) -> str:
    """The text of a checkpoint, ready for `sign_note`; `origin` is the whole first line."""
    if size < 0 or len(root) != HASH_SIZE:
        raise NoteError(f"a checkpoint needs a size of 0 or more and a root of {HASH_SIZE} bytes")
    lines = (origin, str(size), encode_base64(root), *extensions)
    if any(not line or "\n" in line for line in lines):
        raise NoteError("origin and extensions are single lines, none of them empty")
    text = "\n".join(lines) + "\n"
    _check_text(text)
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Origin, size and root from a note's text."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise NoteError("a checkpoint is an origin, a size and a root, each on its line")
    root = decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise NoteError(f"the root is not {HASH_SIZE} bytes")
    return Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:]))


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise NoteError("a signature line is a dash, a name and base64")
    _check_name(parts[1])
    data = decode_base64(parts[2])
    if len(data) < 5:
        raise NoteError("a signature is cut off")
    return Signature(parts[1], data[:4], data[4:])


def _check_name(name: str) -> None:
    if not name or not name.isprintable() or "+" in name or any(char.isspace() for char in name):
        raise NoteError("a key name is not empty and holds no space and no plus sign")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise NoteError("a note's text ends in a newline and holds no control characters")
