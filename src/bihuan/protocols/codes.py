"""Check-digit tests of the codes that stand on papers, containers, pallets and goods.

Each check takes the text as written and answers None when it is right, or a `CodeFault` that says what is wrong and
where. Nothing is repaired here: a code that needs repair is a code to ask about. Positions count from 1.

Sources: GB 32100-2015 (unified social credit code), GB 11714-1997 (organisation code inside it), ISO 6346 (freight
containers), GS1 General Specifications (GTIN, SSCC, GLN: modulo 10, weights 3 and 1 from the right).
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DIGITS: Final = "0123456789"
USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: I O S V Z are left out
USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
CONTAINER_CATEGORIES: Final = "UJZ"  # U container, J detachable equipment, Z trailer or chassis
GTIN_LENGTHS: Final = (8, 12, 13, 14)

_USCC_VALUE: Final = {sign: place for place, sign in enumerate(USCC_ALPHABET)}
_ORGANISATION_VALUE: Final = {sign: place for place, sign in enumerate(ORGANISATION_ALPHABET)}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# ISO 6346 counts letters from 10 and leaves out 11, 22 and 33, the multiples of the modulus.
_CONTAINER_VALUE: Final = {str(digit): digit for digit in range(10)} | dict(
    zip(_LETTERS, (number for number in range(10, 39) if number % 11), strict=True)
)
_PLATE_SEPARATORS: Final = str.maketrans("", "", "·•・‧∙.- \t‐‑–—_")


@dataclass(frozen=True, slots=True)
class CodeFault:
    """What is wrong with a code: a stable word, and the sentence in Chinese and English."""

    code: str
    zh: str
    en: str


def uscc(text: str) -> CodeFault | None:
    """Check a unified social credit code: 18 signs, its own check sign and that of the organisation code inside it.

    The inner digit (position 17 over 9 to 16, GB 11714) finds codes made up with a right outer sign.
    """
    fault = _written(text, (18,)) or _alphabet(text, 0, 18, USCC_ALPHABET, "0-9, A-Z without I O S V Z")
    if fault:
        return fault
    expected = uscc_check_sign(text[:17])
    if text[17] != expected:
        return _check("check_digit", 18, text[17], expected, "校验码", "check sign")
    expected = organisation_check_sign(text[8:16])
    if text[16] != expected:
        return _check("inner_check_digit", 17, text[16], expected, "组织机构代码校验码", "organisation code check sign")
    return None


def uscc_check_sign(first17: str) -> str:
    """The 18th sign that belongs to the first 17 (GB 32100-2015, modulo 31)."""
    total = sum(_USCC_VALUE[sign] * weight for sign, weight in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def organisation_check_sign(first8: str) -> str:
    """The 9th sign of an organisation code (GB 11714-1997, modulo 11; ten is written X)."""
    total = sum(_ORGANISATION_VALUE[sign] * weight for sign, weight in zip(first8, ORGANISATION_WEIGHTS, strict=True))
    return (DIGITS + "X")[-total % 11]


def container(text: str) -> CodeFault | None:
    """Check a freight container number (ISO 6346): three owner letters, U, J or Z, six digits, one check digit."""
    fault = _written(text, (11,)) or _alphabet(text, 0, 3, _LETTERS, "A-Z")
    if fault:
        return fault
    if text[3] not in CONTAINER_CATEGORIES:
        return CodeFault(
            "category",
            f"第4位应为设备类别 U、J 或 Z,现为“{text[3]}”",
            f"position 4 must be the equipment category U, J or Z, found '{text[3]}'",
        )
    fault = _alphabet(text, 4, 11, DIGITS, "0-9")
    if fault:
        return fault
    expected = container_check_digit(text[:10])
    if text[10] != expected:
        return _check("check_digit", 11, text[10], expected, "校验码", "check digit")
    return None


def container_check_digit(first10: str) -> str:
    """The 11th digit of a container number; a remainder of ten is written 0."""
    return str(sum(_CONTAINER_VALUE[sign] << place for place, sign in enumerate(first10)) % 11 % 10)


def sscc(text: str) -> CodeFault | None:
    """Check a serial shipping container code (a pallet or box): 18 digits."""
    return _gs1_number(text, (18,))


def gtin(text: str) -> CodeFault | None:
    """Check a trade item number: 8, 12, 13 or 14 digits."""
    return _gs1_number(text, GTIN_LENGTHS)


def gln(text: str) -> CodeFault | None:
    """Check a location or party number: 13 digits."""
    return _gs1_number(text, (13,))


def gs1_check_digit(body: str) -> str:
    """The check digit that belongs to the digits before it (GS1, modulo 10, weight 3 at the right end)."""
    odd = sum(map(int, body[::-1][::2]))
    even = sum(map(int, body[::-1][1::2]))
    return str(-(3 * odd + even) % 10)


def normalize_plate(text: str) -> str:
    """Write a vehicle plate in the one form used for comparison: no separators, ASCII signs, capitals."""
    return unicodedata.normalize("NFKC", text).translate(_PLATE_SEPARATORS).upper()


CHECKS: Final[dict[str, Callable[[str], CodeFault | None]]] = {
    "uscc": uscc,
    "container": container,
    "sscc": sscc,
    "gtin": gtin,
    "gln": gln,
}


def _gs1_number(text: str, lengths: tuple[int, ...]) -> CodeFault | None:
    fault = _written(text, lengths) or _alphabet(text, 0, len(text), DIGITS, "0-9")
    if fault:
        return fault
    expected = gs1_check_digit(text[:-1])
    if text[-1] != expected:
        return _check("check_digit", len(text), text[-1], expected, "校验码", "check digit")
    return None


def _written(text: str, lengths: tuple[int, ...]) -> CodeFault | None:
    """Refuse an empty text, full-width signs (told as such: they look right on the screen) and a wrong length."""
    if not text:
        return CodeFault("empty", "未填写", "nothing is written")
    for place, sign in enumerate(text, start=1):
        if sign == "\u3000" or "\uff01" <= sign <= "\uff5e":
            return CodeFault(
                "full_width",
                f"第{place}位“{sign}”是全角字符,请改用半角",
                f"position {place} '{sign}' is a full-width character; use the half-width one",
            )
    if len(text) not in lengths:
        wanted = [str(length) for length in lengths]
        return CodeFault(
            "length",
            f"应为{'、'.join(wanted)}位,现为{len(text)}位",
            f"must have {' or '.join(wanted)} signs, found {len(text)}",
        )
    return None


def _alphabet(text: str, start: int, stop: int, alphabet: str, name: str) -> CodeFault | None:
    for place in range(start, stop):
        if text[place] not in alphabet:
            return CodeFault(
                "alphabet",
                f"第{place + 1}位“{text[place]}”不允许,只可用 {name}",
                f"position {place + 1} '{text[place]}' is not allowed; use {name}",
            )
    return None


def _check(code: str, place: int, found: str, expected: str, zh: str, en: str) -> CodeFault:
    return CodeFault(
        code,
        f"第{place}位{zh}不符:应为“{expected}”,现为“{found}”,请核对各位",
        f"{en} at position {place} does not fit: expected '{expected}', found '{found}'; check every sign",
    )
