"""账本: the one append-only log of all records, an RFC 6962 Merkle tree; append, checkpoint, prove, verify, never update."""

from bihuan.base.ledger.actions import Appended, NewEntry, append, begin, erase, origin_of, sign_checkpoint
from bihuan.base.ledger.keys import SigningKey
from bihuan.base.ledger.model import ENTRIES, entry
from bihuan.base.ledger.queries import (
    body_of,
    candidate,
    first_checkpoint,
    inclusion,
    latest_checkpoint,
    node_hashes,
    published,
    receipt,
    size,
)
from bihuan.base.ledger.verify import Finding, verify
from bihuan.base.ledger.witnesses import check_not_older, remember, set_witnesses, take_cosignature, write_whole

__all__ = [
    "ENTRIES",
    "Appended",
    "Finding",
    "NewEntry",
    "SigningKey",
    "append",
    "begin",
    "body_of",
    "candidate",
    "check_not_older",
    "entry",
    "erase",
    "first_checkpoint",
    "inclusion",
    "latest_checkpoint",
    "node_hashes",
    "origin_of",
    "published",
    "receipt",
    "remember",
    "set_witnesses",
    "sign_checkpoint",
    "size",
    "take_cosignature",
    "verify",
    "write_whole",
]
