"""What one leaf of the ledger says: a header in clear and a commitment to the body, never the body itself.

Layout, version 1, the only bytes a given leaf can have:

    "BHL"  version (1 byte)
    nine fields, each = length (2 bytes, big-endian) then that many bytes:
      1 hash_alg      ASCII tag of the tree's hash, "sha256" or "sm3"
      2 mac_alg       ASCII tag of the commitment, "hmac-sha256" or "hmac-sm3"
      3 type          UTF-8 name of the record type, as "cold_chain.Disinfection"
      4 schema_hash   32 bytes
      5 record_id     UTF-8, random, the id shown outside
      6 recorded_at   8 bytes, signed, microseconds since 1970-01-01 UTC
      7 origin        UTF-8 name of the ledger, without its epoch
      8 epoch         4 bytes, unsigned
      9 commitment    32 bytes, MAC(salt, body)

Once salt and body are erased the commitment says nothing about them, while every proof over the leaf still stands.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from .algorithms import HASH_SIZE, hash_named, mac_named
from .errors import LeafError

MAGIC: Final = b"BHL"
VERSION: Final = 1
SALT_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Header:
    """What a leaf says in clear about a record: its type, id and time, and by which algorithms it is bound.

    `recorded_at` is int microseconds UTC, `schema_hash` 32 bytes; the epoch rises when a ledger is restored from
    an old copy.
    """

    type: str
    schema_hash: bytes
    record_id: str
    recorded_at: int
    origin: str
    epoch: int = 1
    hash_alg: str = "sha256"
    mac_alg: str = "hmac-sha256"
    version: int = VERSION


class Leaf(NamedTuple):
    """A leaf read back: header and commitment."""

    header: Header
    commitment: bytes


def commitment(salt: bytes, body: bytes, mac_alg: str = "hmac-sha256") -> bytes:
    """The 32 bytes that bind a leaf to its body; the salt is 32 random bytes, one for each record."""
    if len(salt) != SALT_SIZE:
        raise LeafError(f"a salt is {SALT_SIZE} bytes, not {len(salt)}")
    return mac_named(mac_alg)(salt, body)


def encode(header: Header, commitment: bytes) -> bytes:
    """The leaf's bytes in the layout above; anything the layout cannot hold is a `LeafError`."""
    _check(header, commitment)
    fields = (
        header.hash_alg.encode(),
        header.mac_alg.encode(),
        header.type.encode(),
        header.schema_hash,
        header.record_id.encode(),
        header.recorded_at.to_bytes(8, "big", signed=True),
        header.origin.encode(),
        header.epoch.to_bytes(4, "big"),
        commitment,
    )
    return MAGIC + bytes((header.version,)) + b"".join(len(f).to_bytes(2, "big") + f for f in fields)


def decode(data: bytes) -> Leaf:
    """Header and commitment from a leaf's bytes; `encode` of the answer gives the same bytes again."""
    if data[:3] != MAGIC or len(data) < 4:
        raise LeafError("these bytes are not a leaf")
    fields, at = list[bytes](), 4
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        field = data[at + 2 : at + 2 + size]
        if at + 2 > len(data) or len(field) != size:
            raise LeafError(f"field {len(fields) + 1} is cut off")
        fields.append(field)
        at += 2 + size
    if len(fields) != 9 or len(fields[5]) != 8 or len(fields[7]) != 4:
        raise LeafError("a leaf has nine fields, of which recorded_at is 8 and epoch 4 bytes long")
    try:
        hash_alg, mac_alg, type_, record_id, origin = (fields[i].decode() for i in (0, 1, 2, 4, 6))
    except UnicodeDecodeError as error:
        raise LeafError("a text field is not UTF-8") from error
    header = Header(
        type=type_,
        schema_hash=fields[3],
        record_id=record_id,
        recorded_at=int.from_bytes(fields[5], "big", signed=True),
        origin=origin,
        epoch=int.from_bytes(fields[7], "big"),
        hash_alg=hash_alg,
        mac_alg=mac_alg,
        version=data[3],
    )
    _check(header, fields[8])
    return Leaf(header, fields[8])


def _check(header: Header, commitment: bytes) -> None:
    hash_named(header.hash_alg)
    mac_named(header.mac_alg)
    if header.version != VERSION:
        raise LeafError(f"leaf version {header.version} is unknown")
    for name in ("type", "record_id", "origin"):
        text: str = getattr(header, name)
        # Printed as they are by whoever checks a receipt: no spaces, no control characters.
        if not text or not text.isprintable() or " " in text or len(text.encode()) > 1000:
            raise LeafError(f"{name} must be 1 to 1000 bytes of printable text without spaces")
    if len(header.schema_hash) != HASH_SIZE or len(commitment) != HASH_SIZE:
        raise LeafError(f"schema_hash and commitment are {HASH_SIZE} bytes each")
    if not -(2**63) <= header.recorded_at < 2**63 or not 0 <= header.epoch < 2**32:
        raise LeafError("recorded_at must fit 8 bytes and epoch 4")
