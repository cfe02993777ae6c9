"""The offline receipt: one text file that proves, years later and without us, that a record stood in the ledger.

The file is a C2SP tlog-proof, so any tool for those can check the inclusion:

    c2sp.org/tlog-proof@v1
    extra <base64: what opens the leaf>
    index <place in the ledger, from 0>
    <base64 hash>            one line for each step from the leaf to the root
    (empty line)
    <checkpoint, a signed note>

`extra` holds "bihuan-receipt/1\\n" and then one to three parts, each length (4 bytes, big-endian) and bytes: the leaf;
the salt; the body. A receipt *leaf only* has the first alone; one whose body is handed over apart has the first two.
Nothing in the file says which key to trust: that comes from elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .algorithms import hash_named
from .errors import NoteError, ReceiptError
from .leaf import Header, commitment, decode
from .note import decode_base64, decode_vkey, encode_base64, parse_checkpoint, parse_note, verify_note
from .tree import leaf_hash, root_from_inclusion

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
EXTRA_TAG: Final = b"bihuan-receipt/1\n"
_EPOCH = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt read from its file, not yet verified."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    leaf: bytes
    salt: bytes | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt has proved; `body_matches` is None when there was no body to compare (leaf only)."""

    origin: str
    size: int
    root: bytes
    index: int
    header: Header
    body_matches: bool | None


def make_receipt(
    index: int,
    proof: Sequence[bytes],
    checkpoint: str,
    leaf: bytes,
    salt: bytes | None = None,
    body: bytes | None = None,
) -> bytes:
    """The receipt as a file; give salt and body only where the reader may see the record."""
    if body is not None and salt is None:
        raise ReceiptError("a body without its salt cannot be checked by anyone")
    parts = [part for part in (leaf, salt, body) if part is not None]
    extra = EXTRA_TAG + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    lines = [FIRST_LINE, f"extra {encode_base64(extra)}", f"index {index}", *map(encode_base64, proof), "", checkpoint]
    return "\n".join(lines).encode()


def read_receipt(data: bytes) -> Receipt:
    """The parts of a receipt file; anything out of form is a `ReceiptError`, and nothing is verified yet."""
    try:
        head, gap, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise ReceiptError("the receipt is not UTF-8 text") from error
    lines = head.split("\n")
    if not gap or lines[0] != FIRST_LINE or len(lines) < 3 or not lines[1].startswith("extra "):
        raise ReceiptError("the file is not a receipt")
    index = _INDEX.fullmatch(lines[2])
    if index is None:
        raise ReceiptError("the index line is wrong")
    try:
        extra = decode_base64(lines[1].removeprefix("extra "))
        proof = tuple(decode_base64(line) for line in lines[3:])
    except NoteError as error:
        raise ReceiptError(f"the receipt is damaged: {error}") from error
    leaf, salt, body = _open_extra(extra)
    return Receipt(int(index[1]), proof, checkpoint, leaf, salt, body)


def verify_receipt(receipt: Receipt, trusted_vkey: str, body: bytes | None = None) -> Verified:
    """What the receipt proves under the trusted key, or the error that names the first thing wrong.

    `body` compares a body that was handed over apart with the leaf; it needs the receipt's salt.
    """
    note = parse_note(receipt.checkpoint)
    verify_note(note, trusted_vkey)
    checkpoint = parse_checkpoint(note.text)
    header, bound = decode(receipt.leaf)
    check_origin(checkpoint.origin, decode_vkey(trusted_vkey).name, header)
    h = hash_named(header.hash_alg)
    reached = root_from_inclusion(leaf_hash(receipt.leaf, h), receipt.index, checkpoint.size, receipt.proof, h)
    if reached != checkpoint.root:
        raise ReceiptError("the inclusion proof does not lead to the checkpoint's root")
    bodies = [b for b in (receipt.body, body) if b is not None]
    if bodies and receipt.salt is None:
        raise ReceiptError("the receipt carries no salt, so no body can be compared")
    for candidate in bodies:
        if receipt.salt is None or commitment(receipt.salt, candidate, header.mac_alg) != bound:
            raise ReceiptError("the body is not the one that was recorded")
    return Verified(
        checkpoint.origin, checkpoint.size, checkpoint.root, receipt.index, header, True if bodies else None
    )


def check_origin(line: str, key_name: str, header: Header) -> None:
    """The key signs for this ledger, and the leaf was written in it, in this epoch or an earlier one."""
    if line != key_name and not line.startswith(key_name + "/"):
        raise ReceiptError(f"the key {key_name} does not sign for the ledger {line}")
    origin, _, epoch = line.rpartition("/")
    if origin != header.origin or not _EPOCH.fullmatch(epoch) or header.epoch > int(epoch):
        raise ReceiptError(f"the leaf belongs to the ledger {header.origin}, epoch {header.epoch}, not to {line}")


def _open_extra(extra: bytes) -> tuple[bytes, bytes | None, bytes | None]:
    if not extra.startswith(EXTRA_TAG):
        raise ReceiptError("the extra line is not Bihuan's")
    parts, at = list[bytes](), len(EXTRA_TAG)
    while at < len(extra):
        size = int.from_bytes(extra[at : at + 4], "big")
        part = extra[at + 4 : at + 4 + size]
        if at + 4 > len(extra) or len(part) != size:
            raise ReceiptError("the extra line is cut off")
        parts.append(part)
        at += 4 + size
    if not 1 <= len(parts) <= 3:
        raise ReceiptError("the extra line holds a leaf, then a salt and a body where they may be seen")
    return parts[0], parts[1] if len(parts) > 1 else None, parts[2] if len(parts) > 2 else None
