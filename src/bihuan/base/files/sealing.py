"""A photo of people, encrypted under a key of its own. Bytes in, bytes out."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bihuan.base.clock import Chance

KEY_OCTETS = 32
NONCE_OCTETS = 12
ZEROS = bytes(KEY_OCTETS)
"""What stands in the place of a key that was destroyed."""


def seal(chance: Chance, file: str, data: bytes) -> tuple[bytes, bytes]:
    """Nonce and AES-256-GCM ciphertext, bound to the file's id, and the new key."""
    key, nonce = chance.token(KEY_OCTETS), chance.token(NONCE_OCTETS)
    return nonce + AESGCM(key).encrypt(nonce, data, file.encode()), key


def unseal(file: str, key: bytes, kept: bytes) -> bytes | None:
    """The content again; None when the key is destroyed or is another file's."""
    if key == ZEROS or not kept:
        return None
    try:
        return AESGCM(key).decrypt(kept[:NONCE_OCTETS], kept[NONCE_OCTETS:], file.encode())
    except InvalidTag:
        return None
