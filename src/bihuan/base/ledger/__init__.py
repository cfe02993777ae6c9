"""账本: the one append-only log of all records, an RFC 6962 Merkle tree; append, checkpoint, prove, verify, never update."""

from bihuan.base.ledger.actions import Appended, NewEntry, append, begin, erase, origin_of, sign_checkpoint
from bihuan.base.ledger.keys import SigningKey
from bihuan.base.ledger.model import ENTRIES, entry
from bihuan.base.ledger.queries import (
    body_of,
    inclusion,
    latest_checkpoint,
    receipt,
    size,
)
from bihuan.base.ledger.verify import Finding, verify

__all__ = [
    "ENTRIES",
    "Appended",
    "Finding",
    "NewEntry",
    "SigningKey",
    "append",
    "begin",
    "body_of",
    "entry",
    "erase",
    "inclusion",
    "latest_checkpoint",
    "origin_of",
    "receipt",
    "sign_checkpoint",
    "size",
    "verify",
]
