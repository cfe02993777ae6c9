"""The hash and MAC functions a ledger may be kept with, by the tag written into every leaf.

Two profiles run through the same code: SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016). Both give 32 bytes.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from .errors import AlgorithmError

Hash = Callable[[bytes], bytes]
Mac = Callable[[bytes, bytes], bytes]

HASH_SIZE: Final = 32


def sha256(data: bytes) -> bytes:
    """SHA-256 of the data, 32 bytes."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """SM3 of the data, 32 bytes (GB/T 32905-2016); needs an OpenSSL that offers it."""
    return hashlib.new("sm3", data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 of the data under the key, 32 bytes (RFC 2104)."""
    return hmac.digest(key, data, "sha256")


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC-SM3 of the data under the key, 32 bytes."""
    return hmac.digest(key, data, "sm3")


HASHES: Final[Mapping[str, Hash]] = {"sha256": sha256, "sm3": sm3}
MACS: Final[Mapping[str, Mac]] = {"hmac-sha256": hmac_sha256, "hmac-sm3": hmac_sm3}


def hash_named(tag: str) -> Hash:
    """The hash function that a leaf's tag names; an unknown tag is an `AlgorithmError`."""
    if tag not in HASHES:
        raise AlgorithmError(f"unknown hash algorithm {tag!r}; known: {', '.join(HASHES)}")
    return HASHES[tag]


def mac_named(tag: str) -> Mac:
    """The MAC function that a leaf's tag names; an unknown tag is an `AlgorithmError`."""
    if tag not in MACS:
        raise AlgorithmError(f"unknown MAC algorithm {tag!r}; known: {', '.join(MACS)}")
    return MACS[tag]
