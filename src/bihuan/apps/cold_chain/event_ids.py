"""How the ids of the cold chain are written in an EPCIS event, and read back exactly.

An id that is not GS1's is namespace + kind + "/" + the id in percent-encoded UTF-8; lot `L1` is
`https://bihuan.example/ns/cold-chain/lot/L1`. An id that is an absolute URI already is its own. GS1 ids are known by
their canonical Digital Link, containers by their number alone (`urn:epc:id:bic:CSQU3054383`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from bihuan.protocols.epcis.document import namespaces_of
from bihuan.protocols.epcis.identifiers import BIC, canonical
from bihuan.protocols.epcis.vocabulary import STANDARD_PREFIXES

NAMESPACE: Final = "https://bihuan.example/ns/cold-chain/"
PREFIX: Final = "bh"
RECORD: Final = "id"
"""The kind of a record's own id (`eventID`)."""

_SIGN = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})"
_URI: Final = re.compile(
    rf"([A-Za-z][A-Za-z0-9+.\-]*):(?://[A-Za-z0-9.\-]+(?::[0-9]+)?(?=[/?#]|\Z)|///|(?!//))(?:{_SIGN}|#{_SIGN}*\Z)*"
)
_TRADE_ITEM: Final = re.compile(r"https://id\.gs1\.org/01/[0-9]{14}(?!.*/10/)")


def write_id(kind: str, value: str) -> str:
    """The URI under which an id of a kind is sent."""
    if kind == "container":
        return BIC + value
    found = _URI.fullmatch(value)
    if found is None or value.startswith(NAMESPACE) or found[1] == PREFIX or found[1] in STANDARD_PREFIXES:
        return f"{NAMESPACE}{kind}/{quote(value, safe='')}"
    return value if kind == RECORD else canonical(value)


def read_id(kind: str, text: str, namespaces: Mapping[str, str] | None = None) -> str | None:
    """The id that a URI (or bare text) stands for; None when it is an id of another kind, or a trade item for a lot."""
    uri = expand(text, namespaces or {})
    if uri.startswith(NAMESPACE):
        head, slash, tail = uri.removeprefix(NAMESPACE).partition("/")
        return unquote(tail) if head == kind and slash and tail else None
    if kind == "container":
        return uri.removeprefix(BIC) if uri.startswith(BIC) else None
    if kind == RECORD:
        return uri
    known = canonical(uri)
    return None if kind == "lot" and _TRADE_ITEM.match(known) else known


def write_plain(kind: str, value: str) -> str:
    """An id inside an extension member: as plain text, unless the text would be read as another id."""
    known = {PREFIX: NAMESPACE, **STANDARD_PREFIXES}
    return value if read_id(kind, value, known) == value else write_id(kind, value)


def expand(word: str, namespaces: Mapping[str, str]) -> str:
    """A compact name such as `bh:lot/L1` written out by the prefixes in force; anything else as it stands."""
    prefix, colon, rest = word.partition(":")
    if not colon or rest.startswith("//") or prefix not in namespaces:
        return word
    return namespaces[prefix] + rest


def in_force(event: Mapping[str, Any], namespaces: Mapping[str, str] | None) -> dict[str, str]:
    """The prefixes in force for one event: `bh` by default, then the document's, then its own @context."""
    return {PREFIX: NAMESPACE} | dict(namespaces or {}) | namespaces_of(event.get("@context"))


def local_name(key: str, namespaces: Mapping[str, str]) -> str | None:
    """The name of a member of our namespace, e.g. `vehicle` of `bh:vehicle`; None for any other member."""
    full = expand(key, namespaces) if ":" in key else namespaces.get(key, "")
    return full.removeprefix(NAMESPACE) if full.startswith(NAMESPACE) and full != NAMESPACE else None
