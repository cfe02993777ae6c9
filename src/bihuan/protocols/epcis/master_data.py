"""Names in a document's master data: what the sender calls its places and kinds of goods.

Written from EPCIS 2.0 (header, `epcisMasterData`) and CBV 2.0 (master data attributes, prefix `cbvmda`). Whatever is
not as the standard has it is passed over: names are shown, nothing is judged by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from bihuan.protocols.epcis.identifiers import canonical

MOST: Final = 10_000
"""Names of one document."""
LONGEST: Final = 200
_KINDS: Final[dict[str, Literal["place", "goods"]]] = {
    "location": "place", "readpoint": "place", "bizlocation": "place", "epcclass": "goods",
}  # fmt: skip
_SPOKEN: Final[dict[str, tuple[str, ...]]] = {
    "place": ("name", "sitename", "vesselname"),
    "goods": ("descriptionshort", "regulatedproductname", "productname", "functionalname", "name"),
}
"""Attributes that hold a name, the best one first."""
_GDST_LOT: Final = re.compile(r"(urn:[\w-]+:.+:product:)lot:class:(.+)\.[^.]+\Z")
_LINK_LOT: Final = re.compile(r"(https://id\.gs1\.org/01/\d{14})/.+\Z")
_PATTERN: Final = re.compile(r"urn:epc:idpat:sgtin:(\d+\.\d+)\.\*\Z")


@dataclass(frozen=True, slots=True)
class Named:
    """One name: the id as `class_ids` and `canonical` write it, what it names, the name."""

    id: str
    kind: Literal["place", "goods"]
    name: str



class _Head(msgspec.Struct):
    epcisHeader: Any = None


def names_in(document: bytes) -> list[Named]:
    """The names of places and goods in a document's header, each id once; none where there is no master data."""
    if b"epcisMasterData" not in document:
        return []
    try:
        head = msgspec.json.decode(document.removeprefix(b"\xef\xbb\xbf"), type=_Head).epcisHeader
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    found: dict[str, Named] = {}
    for kind, element in _elements(head):
        name = _spoken(kind, _attributes(element.get("attributes")))
        given = element.get("id")
        if name and isinstance(given, str) and len(found) < MOST:
            known_as = goods_class(given) if kind == "goods" else canonical(given)
            found.setdefault(known_as, Named(known_as, kind, name))
    return list(found.values())


def names_of_goods(event: Mapping[str, Any]) -> str:
    """What an event's own master data (`ilmd`) calls the goods that it makes; empty when it says nothing."""
    ilmd = event.get("ilmd")
    return _spoken("goods", ilmd.items()) if isinstance(ilmd, Mapping) else ""


def goods_class(identifier: str) -> str:
    """The kind of goods of a lot or single item, as one key; an id that names no lot is its own key.

    `urn:epc:class:lgtin:4012345.012345.998877` and `https://id.gs1.org/01/…/10/998877` are both of that GTIN.
    """
    pattern = _PATTERN.match(identifier)
    text = canonical(f"urn:epc:id:sgtin:{pattern[1]}.0" if pattern else identifier)
    link, gdst = _LINK_LOT.match(text), _GDST_LOT.match(text)
    if link is not None:
        return link[1]
    return f"{gdst[1]}class:{gdst[2]}" if gdst is not None else text


def _elements(head: Any) -> Iterator[tuple[Literal["place", "goods"], Mapping[str, Any]]]:
    master = head.get("epcisMasterData") if isinstance(head, Mapping) else None
    for vocabulary in _several(master.get("vocabularyList") if isinstance(master, Mapping) else None):
        kind = _KINDS.get(_last(str(vocabulary.get("type", ""))))
        if kind is not None:
            for element in _several(vocabulary.get("vocabularyElementList")):
                yield kind, element


def _several(value: Any) -> Iterator[Mapping[str, Any]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, Mapping):
            yield each


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    for each in _several(value):
        yield str(each.get("id", "")), each.get("attribute")


def _spoken(kind: str, attributes: Iterable[tuple[str, Any]]) -> str:
    wanted = _SPOKEN[kind]
    best = len(wanted)
    name = ""
    for attribute, value in attributes:
        last = _last(attribute)
        if last in wanted[:best] and isinstance(text := _text(value), str) and text:
            best, name = wanted.index(last), text
    return name


def _text(value: Any) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, Mapping):
        value = value.get("@value")
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text[:LONGEST] if text.isprintable() else ""


def _last(address: str) -> str:
    return re.split(r"[#/:]", address)[-1].lower()
