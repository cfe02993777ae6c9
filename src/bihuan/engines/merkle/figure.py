"""The proof of a published figure: every record that was counted, each with its place in the ledger.

A JSON file of format `bihuan-figure-proof/1`; the stand-alone verifier recounts it. It shows that each counted record
stood in the ledger and that the division is right; it cannot show that no record was left out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from .errors import ReceiptError
from .note import encode_base64

FORMAT: Final = "bihuan-figure-proof/1"
PLACES: Final = Decimal("0.0001")

Counts = Literal["numerator", "denominator", "both"]


@dataclass(frozen=True, slots=True)
class Formula:
    """Which stated formula gave the figure: id, version, and its text for a reader."""

    id: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as published: two counts and their ratio as text with 4 decimals."""

    numerator: int
    denominator: int
    value: str


@dataclass(frozen=True, slots=True)
class FigureLeaf:
    """One counted record and where it counts; without salt and body it is *leaf only*."""

    index: int
    leaf: bytes
    proof: Sequence[bytes]
    counts: Counts
    salt: bytes | None = None
    body: bytes | None = None


def ratio(numerator: int, denominator: int) -> str:
    """The ratio as text with 4 decimals, halves to the even digit (GB/T 8170-2008); denominator at least 1."""
    return str((Decimal(numerator) / Decimal(denominator)).quantize(PLACES, ROUND_HALF_EVEN))


def make_figure_proof(formula: Formula, figure: Figure, checkpoint: str, leaves: Sequence[FigureLeaf]) -> bytes:
    """The proof as a file; a figure that its own leaves do not give is a `ReceiptError`, and nothing is written."""
    numerator = sum(leaf.counts in ("numerator", "both") for leaf in leaves)
    denominator = sum(leaf.counts in ("denominator", "both") for leaf in leaves)
    if denominator == 0:
        raise ReceiptError("a figure needs at least one record in its denominator")
    if len({leaf.index for leaf in leaves}) != len(leaves):
        raise ReceiptError("a record is counted twice")
    if any(leaf.body is not None and leaf.salt is None for leaf in leaves):
        raise ReceiptError("a body without its salt cannot be checked by anyone")
    counted = Figure(numerator, denominator, ratio(numerator, denominator))
    if counted != figure:
        raise ReceiptError(f"the leaves give {counted}, not {figure}")
    document = {
        "format": FORMAT,
        "formula": {"id": formula.id, "version": formula.version, "text": formula.text},
        "figure": {"numerator": numerator, "denominator": denominator, "value": figure.value},
        "checkpoint": checkpoint,
        "leaves": [
            {
                "index": leaf.index,
                "leaf": encode_base64(leaf.leaf),
                "proof": [encode_base64(part) for part in leaf.proof],
                "salt": None if leaf.salt is None else encode_base64(leaf.salt),
                "body": None if leaf.body is None else encode_base64(leaf.body),
                "counts": leaf.counts,
            }
            for leaf in leaves
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
