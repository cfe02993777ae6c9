"""个人信息另存: what names a person in a partner's event, cut out before hashing and kept under a key of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bihuan.base.db import Open, Reader, Writer, big, metadata
from bihuan.base.errors import Fault, Invalid, NotFound, Words
from bihuan.base.files import files_within, show_people
from bihuan.base.identity import check_confirmed, log_access
from bihuan.base.ledger import body_of
from bihuan.base.records.envelope import unseal
from bihuan.base.records.erasure import destroy_photos
from bihuan.base.records.model import RECORD, record

KEY_OCTETS = 32
NONCE_OCTETS = 12
_ZEROS = bytes(KEY_OCTETS)
_encode = msgspec.json.Encoder(decimal_format="number").encode

sealed_key = sa.Table(
    "sealed_key",
    metadata,
    sa.Column("owner", sa.LargeBinary, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("made", big, nullable=False),
)
"""One key for what was cut from one event; zeros once it is erased. The row stays: what was erased cannot come back."""

sealed = sa.Table(
    "sealed",
    metadata,
    sa.Column("owner", sa.LargeBinary, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
    sa.Column("cipher", sa.LargeBinary, nullable=False),
)
"""owner: hash of the party and of the event's bytes as they are kept, so that parts can wait for their event."""

SEALED = Open("opened by reveal_parts only, which checks the scope of the record and logs the look")


@dataclass(frozen=True, slots=True)
class PartsErased:
    """Event: the personal parts of a record can no longer be read by anybody."""

    ref: str
    at: int


def owner_of(party: str, payload: bytes) -> bytes:
    """Under what the parts cut from an event stand: its sender and its bytes without them."""
    return hashlib.sha256(party.encode() + b"\n" + payload).digest()


def seal_parts(w: Writer, party: str, payload: bytes, parts: Mapping[str, Any]) -> None:
    """Keep what was cut (path to value), encrypted (AES-256-GCM) under a new key; `payload` is the event without it.

    The same event again changes nothing: its first parts stay, and what was erased stays erased.
    """
    owner = owner_of(party, payload)
    if not parts or _key(w, owner) is not None:
        return
    key = w.chance.token(KEY_OCTETS)
    w.insert(sealed_key, {"owner": owner, "key": key, "made": w.now})
    cipher = AESGCM(key)
    rows = []
    for path, value in parts.items():
        nonce = w.chance.token(NONCE_OCTETS)
        rows.append({"owner": owner, "path": path, "nonce": nonce,
                     "cipher": cipher.encrypt(nonce, _encode(value), _place(owner, path))})  # fmt: skip
    w.insert(sealed, rows)


def has_parts(reader: Reader, party: str, payload: bytes) -> bool:
    """Whether something was cut from an event that can still be revealed, or a photo of people in it still be opened."""
    return _key(reader, owner_of(party, payload)) not in (None, _ZEROS) or show_people(reader, files_within(payload))


def reveal_parts(w: Writer, ref: str, why: str, address: str = "") -> dict[str, Any]:
    """What was cut from a record (path to value), in clear; the look is logged with its reason before it is shown.

    For officers who act where the record is seen and for managers of the organisation that sent it; for everybody else
    NotFound. Invalid without a reason. Nothing once erased.
    """
    _check_reason(why)
    owner = _owner(w, _seq(w, ref))
    log_access(w, w.principal, "record", ref, why, address)
    key = None if owner is None else _key(w, owner)
    if key is None or key == _ZEROS:
        return {}
    cipher, opened = AESGCM(key), {}
    for row in w.rows(sa.select(sealed).where(sealed.c.owner == owner).order_by(sealed.c.path), SEALED):
        try:
            text = cipher.decrypt(bytes(row["nonce"]), bytes(row["cipher"]), _place(bytes(row["owner"]), row["path"]))
        except InvalidTag:
            continue  # put back from an old backup: it belongs to another key
        opened[str(row["path"])] = msgspec.json.decode(text)
    return opened


def erase_parts(w: Writer, ref: str, why: str, address: str = "") -> None:
    """Erase what was cut from a record (个人信息保护法 第四十七条): the key is overwritten with zeros, in place.

    Photos of people in the record go with it.

    For whom `reveal_parts` serves, with the password given within five minutes; logged with its reason.
    """
    _check_reason(why)
    seq = _seq(w, ref)
    owner = _owner(w, seq)
    check_confirmed(w.principal, w.now)
    log_access(w, w.principal, "record", ref, f"erase: {why}", address)
    if owner is not None:
        w.write(sa.update(sealed_key).where(sealed_key.c.owner == owner).values(key=_ZEROS))
        w.write(sa.delete(sealed).where(sealed.c.owner == owner))
    destroy_photos(w, seq)
    w.scrub()
    w.emit(PartsErased(ref, w.now))


def _seq(w: Writer, ref: str) -> int:
    query = sa.select(record.c.seq).where(record.c.ref == ref)
    found = w.first(query, RECORD, "act") or w.first(query, RECORD, "manage")
    if found is None:
        raise NotFound
    return int(found["seq"])


def _owner(w: Writer, seq: int) -> bytes | None:
    body = body_of(w, seq)
    if body is None:
        return None
    envelope, payload = unseal(body)
    return owner_of(envelope.party, payload)


def _check_reason(why: str) -> None:
    if not why.strip():
        words = Words("请写明查看个人信息的理由。", "Say why the personal data is needed.")
        raise Invalid(words.zh, words.en, faults=[Fault("why", "required", words)])


def _key(reader: Reader, owner: bytes) -> bytes | None:
    key = reader.scalar(sa.select(sealed_key.c.key).where(sealed_key.c.owner == owner), SEALED)
    return None if key is None else bytes(key)


def _place(owner: bytes, path: str) -> bytes:
    """Bound into the seal, so that a value cannot be moved to another event or member."""
    return owner + path.encode()
