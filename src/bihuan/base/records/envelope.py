"""What the ledger commits to: one line that says how the record came in, then the sender's bytes exactly as they came."""

from __future__ import annotations

from typing import Any

import msgspec

from bihuan.base.records.signatures import Signature


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a record came in: stated by whom, through which door, when received; everything that rows are derived from."""

    id: str
    """The record's id as its sender knows it."""
    party: str = ""
    """The organisation that states it."""
    by: str = ""
    """The principal that sent it."""
    door: str = ""
    received: int = 0
    media: str = "application/json"
    supersedes: str | None = None
    tags: tuple[str, ...] = ()
    """Visibility stated at the door, beside what the content itself gives."""
    context: dict[str, str] = {}
    """Namespace prefixes of the document that an event came in."""
    signature: Signature | None = None
    """Under a type that binds only by the signature of the organisation's principal person."""


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Envelope).decode


def seal(envelope: Envelope, payload: bytes) -> bytes:
    """The body of a ledger entry."""
    return _encode(envelope) + b"\n" + payload


def unseal(body: bytes) -> tuple[Envelope, bytes]:
    """Envelope and payload of a body."""
    head, _, payload = body.partition(b"\n")
    return _decode(head), payload


def encode_record(record: Any) -> bytes:
    """A declared record as canonical JSON: sorted keys, decimals as strings, instants with their offset."""
    return _encode(record)
