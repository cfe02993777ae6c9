"""The key that signs checkpoints: kept beside the store, readable by its owner alone, never inside the store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bihuan.base.clock import Chance
from bihuan.engines.merkle import encode_vkey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key with the name under which its signatures stand."""

    name: str
    private: Ed25519PrivateKey

    @property
    def vkey(self) -> str:
        """The public half in the form that verifiers pin: `name+hash+key`."""
        return encode_vkey(self.name, self.private.public_key())

    @classmethod
    def made(cls, name: str, chance: Chance) -> SigningKey:
        """A new key that lives in memory only."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(chance.token(32)))

    @classmethod
    def kept(cls, path: Path, name: str, chance: Chance) -> SigningKey:
        """The key in a file of mode 0600, made there when there is none."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = cls.made(name, chance)
            raw = fresh.private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            return fresh
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{path.name} holds no Ed25519 key")
        return cls(name, private)
