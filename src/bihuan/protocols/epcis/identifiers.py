"""Identifiers of things, lots, pallets, places and parties: two written forms, one meaning.

The same pallet may be written `urn:epc:id:sscc:0614141.1234567890` or `https://id.gs1.org/00/106141412345678908`.
`canonical` gives both the same key: the Digital Link at id.gs1.org, because a URN always leads to one Digital Link
while a Digital Link does not say how long its company prefix is. Whatever is not known here is kept as it stands,
container numbers (`urn:epc:id:bic:`) among them: they have no Digital Link.

Policy on company prefixes: their length is never guessed. `to_urn` of a Digital Link without `company_prefix_length`
answers None.

Sources: GS1 EPC Tag Data Standard (URN forms), GS1 Digital Link URI Syntax (application identifiers in the path).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from bihuan.protocols.codes import CodeFault, container, gs1_check_digit

RESOLVER: Final = "https://id.gs1.org"
BIC: Final = "urn:epc:id:bic:"
PREFIX_LENGTHS: Final = range(6, 13)

_URN_SIGNS: Final = "!'()*+,-.:;=_"  # what a serial part of an EPC URN may show unescaped


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of identifier. `digits` counts the number part with its check digit, which is None when there is none.

    `lead` says that the first digit of the number stands first in the second URN part (indicator or extension digit).
    `serial`: "path" a further application identifier, "joined" written right behind the number, "" none,
    "free" the second URN part is free text behind the company prefix and there are no fixed digits.
    """

    urn: str
    ai: str
    digits: int
    lead: bool = False
    serial: str = ""
    serial_ai: str = ""
    empty_serial: str = ""
    zero: bool = False


# The order matters only where two schemes share an application identifier: the first whose serial is there wins.
SCHEMES: Final = (
    Scheme("id:sgtin", "01", 14, lead=True, serial="path", serial_ai="21"),
    Scheme("class:lgtin", "01", 14, lead=True, serial="path", serial_ai="10"),
    Scheme("idpat:sgtin", "01", 14, lead=True, serial="class"),
    Scheme("id:sscc", "00", 18, lead=True),
    Scheme("id:sgln", "414", 13, serial="path", serial_ai="254", empty_serial="0"),
    Scheme("id:pgln", "417", 13),
    Scheme("id:grai", "8003", 13, serial="joined", zero=True),
    Scheme("idpat:grai", "8003", 13, serial="class", zero=True),
    Scheme("id:gdti", "253", 13, serial="joined"),
    Scheme("id:sgcn", "255", 13, serial="joined"),
    Scheme("id:gsrn", "8018", 18),
    Scheme("id:gsrnp", "8017", 18),
    Scheme("id:gsin", "402", 17),
    Scheme("id:giai", "8004", 0, serial="free"),
    Scheme("id:ginc", "401", 0, serial="free"),
    Scheme("id:cpi", "8010", 0, serial="free", serial_ai="8011"),
)
_CHECKED: Final = frozenset(("00", "01", "414", "417"))  # pallets, goods, places, parties
_BY_URN: Final = {scheme.urn: scheme for scheme in SCHEMES}
_BY_AI: Final = {ai: [scheme for scheme in SCHEMES if scheme.ai == ai] for ai in {s.ai for s in SCHEMES}}
_URN: Final = re.compile(r"urn:epc:((?:id|class|idpat):[a-z]+):(.+)\Z", re.ASCII | re.DOTALL)
_LINK: Final = re.compile(r"https?://([^/?#]+)((?:/[^/?#]*)+)(?:[?#].*)?\Z", re.DOTALL | re.IGNORECASE)


@lru_cache(maxsize=65_536)
def canonical(identifier: str) -> str:
    """The one key under which all written forms of an identifier are found; unknown forms are their own key."""
    return to_digital_link(identifier) or identifier


def to_digital_link(identifier: str) -> str | None:
    """The Digital Link at id.gs1.org of an identifier in either form; None when no GS1 identifier known here."""
    if identifier.startswith("urn:epc:"):
        parts = _read_urn(identifier)
    elif identifier[:4].lower() == "http":
        parts = _read_link(identifier)
    else:
        return None
    if parts is None:
        return None
    scheme, number, serial = parts
    if scheme.serial == "free":
        tail = f"/{scheme.serial_ai}/{quote(serial, safe='')}" if scheme.serial_ai and serial else ""
        return f"{RESOLVER}/{scheme.ai}/{quote(number, safe='')}{tail}"
    number = "0" + number if scheme.zero else number
    if scheme.serial == "joined":
        return f"{RESOLVER}/{scheme.ai}/{number}{quote(serial, safe='')}"
    if scheme.serial == "path" and serial != scheme.empty_serial:
        return f"{RESOLVER}/{scheme.ai}/{number}/{scheme.serial_ai}/{quote(serial, safe='')}"
    return f"{RESOLVER}/{scheme.ai}/{number}"


def to_urn(identifier: str, company_prefix_length: int | None = None) -> str | None:
    """The EPC URN of an identifier; a Digital Link needs the length of its company prefix (6 to 12 digits).

    None when the length is not given, or when the identifier is not a GS1 identifier known here.
    """
    if identifier.startswith("urn:epc:"):
        return identifier
    parts = _read_link(identifier)
    if parts is None or company_prefix_length not in PREFIX_LENGTHS:
        return None
    scheme, number, serial = parts
    if scheme.serial == "free":
        prefix, reference = number[:company_prefix_length], number[company_prefix_length:]
        if not (_digits(prefix) and reference):
            return None
        tail = f".{_escape(serial)}" if scheme.serial_ai else ""
        return f"urn:epc:{scheme.urn}:{prefix}.{_escape(reference)}{tail}"
    body = number[:-1]
    lead, body = (body[0], body[1:]) if scheme.lead else ("", body)
    prefix, reference = body[:company_prefix_length], lead + body[company_prefix_length:]
    tail = {"class": ".*", "": ""}.get(scheme.serial, f".{_escape(serial)}")
    return f"urn:epc:{scheme.urn}:{prefix}.{reference}{tail}"


@lru_cache(maxsize=65_536)
def check_identifier(identifier: str) -> CodeFault | None:
    """Check what can be checked: check digits of GTIN, SSCC and GLN in Digital Links, digits in URNs, containers.

    The code `urn` (digits of a URN that do not add up to the identifier it names) is a remark rather than an error.
    """
    if identifier.startswith(BIC):
        return container(identifier[len(BIC) :])
    if identifier.startswith("urn:epc:"):
        found = _URN.match(identifier)
        if found and found[1] in _BY_URN and _read_urn(identifier) is None and "*" not in found[2]:
            return CodeFault(
                "urn",
                f"“{identifier[:120]}”的位数或写法不符合 {found[1]}",
                f"'{identifier[:120]}' does not have the digits or the form of {found[1]}",
            )
        return None
    parts = _read_link(identifier) if identifier[:4].lower() == "http" else None
    if parts is None or parts[0].ai not in _CHECKED:
        return None
    number = parts[1]
    expected = gs1_check_digit(number[:-1])
    if number[-1] != expected:
        return CodeFault(
            "check_digit",
            f"“{number}”校验码不符:应为“{expected}”,现为“{number[-1]}”",
            f"check digit of '{number}' does not fit: expected '{expected}', found '{number[-1]}'",
        )
    return None


def matches_pattern(identifier: str, pattern: str) -> bool:
    """Whether an identifier is the one named by `pattern`, or one of the many of an `urn:epc:idpat:` pattern.

    Stars stand for whole parts from the right, e.g. `urn:epc:idpat:sgtin:0614141.112345.*`. A Digital Link does not
    say how long its company prefix is, so it is read with the length that the pattern has.
    """
    found = _URN.match(pattern)
    if not found or "*" not in found[2]:
        return canonical(identifier) == canonical(pattern)
    fixed = found[2].split("*", 1)[0].rstrip(".")
    if canonical(identifier) == canonical(pattern):
        return True
    kind = found[1].removeprefix("idpat:")
    urn = to_urn(identifier, len(fixed.split(".", 1)[0]) or 12)
    return urn is not None and (urn + ".").startswith(f"urn:epc:id:{kind}:{fixed}." if fixed else f"urn:epc:id:{kind}:")


Parts = tuple[Scheme, str, str]


def _read_urn(identifier: str) -> Parts | None:
    found = _URN.match(identifier)
    scheme = _BY_URN.get(found[1]) if found else None
    if found is None or scheme is None:
        return None
    prefix, _, rest = found[2].partition(".")
    if not _digits(prefix) or len(prefix) not in PREFIX_LENGTHS:
        return None
    if scheme.serial == "free":
        reference, _, serial = rest.partition(".") if scheme.serial_ai else (rest, "", "")
        return (scheme, prefix + unquote(reference), unquote(serial)) if reference else None
    reference, dot, serial = rest.partition(".")
    if scheme.serial == "class":
        if serial != "*":
            return None
    elif bool(dot and serial) != (scheme.serial in ("path", "joined")):
        return None
    body = (reference[:1] + prefix + reference[1:]) if scheme.lead else prefix + reference
    if len(body) != scheme.digits - 1 or not _digits(body):
        return None
    serial = unquote(serial) if scheme.serial != "class" else ""
    return scheme, body + gs1_check_digit(body), serial


def _read_link(identifier: str) -> Parts | None:
    found = _LINK.match(identifier)
    if not found:
        return None
    steps = found[2].split("/")[1:]
    for place in range(len(steps) - 1):
        schemes = _BY_AI.get(steps[place])
        if schemes:
            value = unquote(steps[place + 1])
            pairs = dict(zip(steps[place + 2 :: 2], map(unquote, steps[place + 3 :: 2]), strict=False))
            parts = _read_value(schemes, value, pairs)
            if parts:
                return parts
    return None


def _read_value(schemes: list[Scheme], value: str, qualifiers: dict[str, str]) -> Parts | None:
    for scheme in schemes:
        if scheme.serial == "free":
            return (scheme, value, qualifiers.get(scheme.serial_ai, "")) if value else None
        if scheme.ai == "01" and _digits(value) and len(value) in (8, 12, 13):
            value = value.zfill(14)
        if scheme.zero and value[:1] == "0" and len(value) > scheme.digits:
            number, rest = value[1 : scheme.digits + 1], value[scheme.digits + 1 :]
        else:
            number, rest = value[: scheme.digits], value[scheme.digits :]
        if len(number) != scheme.digits or not _digits(number):
            continue
        if scheme.serial == "joined":
            if rest:
                return scheme, number, rest
        elif rest:
            continue
        elif scheme.serial == "path":
            serial = qualifiers.get(scheme.serial_ai) or scheme.empty_serial
            if serial:
                return scheme, number, serial
        else:
            return scheme, number, ""
    return None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _escape(serial: str) -> str:
    return quote(serial, safe=_URN_SIGNS).replace("~", "%7E")
