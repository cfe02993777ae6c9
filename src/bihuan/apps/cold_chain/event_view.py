"""One EPCIS event while it is read: members by resolved name, ids, exact numbers, and every fault at its path."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

from bihuan.apps.cold_chain.event_ids import NAMESPACE, in_force, local_name, read_id
from bihuan.base.errors import Fault, Words
from bihuan.base.units import convert, unit_by_code

Values = dict[str, Any]
_KILOGRAMS: Final = ("KGM", "GRM", "TNE")
"""UN/CEFACT unit codes that are taken for a weight."""


class View:
    """One event while it is read: its members by resolved name, and the faults found so far."""

    def __init__(self, event: Mapping[str, Any], namespaces: Mapping[str, str] | None = None) -> None:
        self.event = event
        self.namespaces = in_force(event, namespaces)
        self.faults: list[Fault] = []
        self.bad: set[str] = set()
        self._own = self.own(event)

    def own(self, members: Mapping[str, Any]) -> dict[str, tuple[str, Any]]:
        """The members of our namespace: local name to (key as written, value)."""
        named = ((local_name(key, self.namespaces), key, value) for key, value in members.items())
        return {name: (key, value) for name, key, value in named if name is not None}

    def extension(self, name: str) -> Any:
        """The value of a member of our namespace; None when it is not there."""
        return self._own.get(name, ("", None))[1]

    def key(self, name: str) -> str:
        """How the sender wrote a member of our namespace, for messages."""
        return self._own.get(name, (f"bh:{name}", None))[0]

    def fault(self, name: str, path: str, code: str, zh: str, en: str) -> None:
        """Note what is wrong with a field at a path of the event."""
        self.bad.add(name)
        self.faults.append(Fault(path, code, Words(zh, en)))

    def lines(self, member: str, name: str) -> list[Mapping[str, Any]]:
        """A member that should be a list of objects."""
        value = self.event.get(member)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(v, Mapping) for v in value):
            return list(value)
        self.fault(name, member, "shape", "这里应是一张明细表。", "A list of objects is expected here.")
        return []

    def texts(self, member: str, name: str) -> list[str]:
        """A member that should be a list of ids."""
        value = self.event.get(member)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return list(value)
        self.fault(name, member, "shape", "这里应是一列标识。", "A list of ids is expected here.")
        return []

    def id(self, kind: str, text: Any, name: str, path: str) -> str | None:
        """The id that stands at a path; a fault and None when it is none of that kind."""
        found = read_id(kind, text, self.namespaces) if isinstance(text, str) and text else None
        if found is None and kind == "lot" and isinstance(text, str) and not text.startswith(NAMESPACE):
            self.fault(name, path, "lot", "贸易项目代码不是批次，请带上批号。", "A trade item is no lot; add the lot.")
        elif found is None:
            self.fault(name, path, "identifier", "这不是这一类标识。", f"This is not an id of the kind “{kind}”.")
        return found

    def number(self, value: Any, name: str, path: str) -> Decimal | None:
        """An exact number, as it is written; a fault and None when it is none."""
        try:
            number = None if isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number.adjusted()) > 30:
            self.fault(name, path, "number", "请填数字。", "Give a number.")
            return None
        return number


def plain(number: Decimal) -> Decimal:
    """A decimal without trailing zeros or exponent, so that JSON shows `1000`, not `1E+3` or `1000.000`."""
    return Decimal(format(number.normalize(), "f"))


class Slot(Protocol):
    """Where one field (or one group of fields) of a step stands in the event."""

    @property
    def where(self) -> Mapping[str, str]:
        """Field to its path in the event; `{n}` is the row."""
        ...

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """Put the field into the event."""
        ...

    def read(self, view: View) -> list[Values]:
        """Take the field out of the event."""
        ...


def kilograms(view: View, line: Mapping[str, Any], name: str, path: str) -> Decimal | None:
    """The kilograms of one quantity entry; a fault and None without number or known unit."""
    if line.get("quantity") is None:
        view.fault(name, path + ".quantity", "required", "请填写重量（千克）。", "Give the kilograms.")
        return None
    code = str(line.get("uom"))
    if code not in _KILOGRAMS:
        view.fault(
            name, path + ".uom", "uom", "单位应为 KGM（千克），也可用 GRM、TNE。", "The unit must be KGM, GRM or TNE."
        )
        return None
    number = view.number(line["quantity"], name, path + ".quantity")
    return None if number is None else convert(number, unit_by_code(code), "kg")


def own_word(word: str, namespaces: Mapping[str, str]) -> str:
    """A word of ours as its full URI; a standard word as it stands."""
    name = local_name(word, namespaces) if ":" in word else None
    return word if name is None else NAMESPACE + name
