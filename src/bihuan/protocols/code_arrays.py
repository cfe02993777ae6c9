"""Check digits of many codes at once, for imports of a whole province: the same answers as `codes`, in arrays.

Which codes are wrong is found here; what is wrong with one of them says `codes.uscc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bihuan.protocols.codes import ORGANISATION_ALPHABET, ORGANISATION_WEIGHTS, USCC_ALPHABET, USCC_WEIGHTS

_LENGTH: Final = 18
_NONE: Final = 99
"""Value of a sign that the alphabet does not have."""


def _values(alphabet: str) -> NDArray[np.uint8]:
    table = np.full(256, _NONE, np.uint8)
    table[np.frombuffer(alphabet.encode(), np.uint8)] = np.arange(len(alphabet), dtype=np.uint8)
    return table


_USCC: Final = _values(USCC_ALPHABET)
_ORGANISATION: Final = _values(ORGANISATION_ALPHABET)
_SLICE: Final = 50_000
"""Codes worked on at once, so that the arrays stay in the cache."""


def uscc_right(codes: Sequence[str]) -> NDArray[np.bool_]:
    """Which unified social credit codes are right: length, alphabet, outer sign (GB 32100) and inner one (GB 11714)."""
    found = np.empty(len(codes), np.bool_)
    for start in range(0, len(codes), _SLICE):
        found[start : start + _SLICE] = _right(codes[start : start + _SLICE])
    return found


def _right(codes: Sequence[str]) -> NDArray[np.bool_]:
    lengths = np.fromiter(map(len, codes), np.int64, len(codes))
    whole = lengths == _LENGTH
    # A sign beyond Latin-1 becomes “?”, which no alphabet has; a code of another length does not take part.
    text = "".join(codes) if whole.all() else "".join(code for code in codes if len(code) == _LENGTH)
    signs = np.frombuffer(text.encode("latin-1", "replace"), np.uint8).reshape(-1, _LENGTH)
    values = _USCC[signs]
    good = (values != _NONE).all(axis=1)
    outer = values[:, :17].astype(np.float32) @ np.array(USCC_WEIGHTS, np.float32)  # exact: below 2**24
    good &= (-outer.astype(np.int32)) % 31 == values[:, 17]
    inner = _ORGANISATION[signs[:, 8:16]].astype(np.float32) @ np.array(ORGANISATION_WEIGHTS, np.float32)
    digit = (-inner.astype(np.int32)) % 11
    written = np.where(signs[:, 16] == ord("X"), 10, _ORGANISATION[signs[:, 16]])
    good &= digit == written
    found = np.zeros(len(codes), np.bool_)
    found[whole] = good
    return found
