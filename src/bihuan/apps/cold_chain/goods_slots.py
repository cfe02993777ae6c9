"""Where containers, lots and kilograms stand in an EPCIS event.

A slot's `read` answers rows of field values: one row for most; several where one event names several lots.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from bihuan.apps.cold_chain.event_ids import read_id, write_id
from bihuan.apps.cold_chain.event_view import Values, View, kilograms, plain


@dataclass(frozen=True, slots=True)
class Container:
    """The container, in `epcList` or as `parentID`."""

    member: str = "epcList"
    name: ClassVar[str] = "container"

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the container."""
        return {self.name: self.member}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """An event about goods always has an `epcList`, if only an empty one."""
        epcs = [write_id("container", record.container)] if record.container is not None else []
        if self.member == "parentID":
            event["parentID"] = epcs[0]
        else:
            event["epcList"] = epcs

    def read(self, view: View) -> list[Values]:
        """The one container that is named; other EPCs in the list are left alone."""
        if self.member == "parentID":
            parent = view.event.get("parentID")
            return [{self.name: None if parent is None else view.id("container", parent, self.name, "parentID")}]
        found = [read_id("container", epc, view.namespaces) for epc in view.texts("epcList", self.name)]
        containers = [number for number in found if number is not None]
        if len(containers) > 1:
            view.fault(self.name, "epcList", "one", "这里只能有一个集装箱。", "Exactly one container is expected here.")
        return [{self.name: containers[0] if containers else None}]


@dataclass(frozen=True, slots=True)
class NoGoods:
    """An event about papers alone: the standard asks for a list of goods, so an empty one is sent."""

    where: Mapping[str, str] = field(default_factory=dict)

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """An empty list."""
        event["epcList"] = []

    def read(self, view: View) -> list[Values]:
        """Nothing to read."""
        return [{}]


@dataclass(frozen=True, slots=True)
class LotNames:
    """A list of lots without kilograms."""

    member: str = "quantityList"
    name: ClassVar[str] = "lots"

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the lots."""
        return {self.name: self.member}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry a lot; no member when there is none."""
        if record.lots:
            event[self.member] = [{"epcClass": write_id("lot", lot)} for lot in record.lots]

    def read(self, view: View) -> list[Values]:
        """Every lot of the list; kilograms, if given, are not read."""
        lots = [
            view.id("lot", line.get("epcClass"), self.name, f"{self.member}[{n}].epcClass")
            for n, line in enumerate(view.lines(self.member, self.name))
        ]
        return [{self.name: [lot for lot in lots if lot is not None]}]


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot, with kilograms or without; several entries are several steps unless `only` one is allowed."""

    member: str = "quantityList"
    kg: str = ""
    only: bool = False
    lot: str = "lot"

    @property
    def where(self) -> Mapping[str, str]:
        """The paths of lot and kilograms."""
        return {self.lot: self.member + "[{n}].epcClass", self.kg: self.member + "[{n}].quantity"}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry."""
        event[self.member] = [_line(record.lot, getattr(record, self.kg) if self.kg else None)]

    def read(self, view: View) -> list[Values]:
        """A row for each entry."""
        lines = view.lines(self.member, self.lot)
        if self.only and len(lines) > 1:
            view.fault(self.lot, self.member, "one", "这里只能有一个批次。", "Exactly one lot is expected here.")
            return [{}]
        rows = []
        for n, line in enumerate(lines):
            row: Values = {self.lot: view.id("lot", line.get("epcClass"), self.lot, f"{self.member}[{n}].epcClass")}
            if self.kg:
                row[self.kg] = kilograms(view, line, self.kg, f"{self.member}[{n}]")
            rows.append(row)
        return rows or [{}]


@dataclass(frozen=True, slots=True)
class SameLot:
    """The output side of a repacking: the lot of the input again, with its kilograms."""

    kg: str
    where: Mapping[str, str] = field(default_factory=lambda: {"kg_out": "outputQuantityList[0].quantity"})

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry."""
        event["outputQuantityList"] = [_line(record.lot, getattr(record, self.kg))]

    def read(self, view: View) -> list[Values]:
        """The kilograms that came out."""
        row = LotLine("outputQuantityList", self.kg, only=True, lot="lot").read(view)[0]
        into = LotLine("inputQuantityList", only=True).read(View(view.event, view.namespaces))[0].get("lot")
        if row.pop("lot", into) != into:
            view.fault("lot", "outputQuantityList[0].epcClass", "same_lot", "改包装不换批号；换批号请报分拆或合并。",
                       "Repacking keeps the lot's number; for another number send a split or a merge.")  # fmt: skip
        return [row]


@dataclass(frozen=True, slots=True)
class LotLines:
    """A list of lots, each with kilograms."""

    name: str
    member: str

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the list."""
        return {self.name: self.member}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry a lot."""
        event[self.member] = [_line(part.lot, part.kg) for part in getattr(record, self.name)]

    def read(self, view: View) -> list[Values]:
        """Every lot with its kilograms."""
        rows = []
        for n, line in enumerate(view.lines(self.member, self.name)):
            path = f"{self.member}[{n}]"
            lot = view.id("lot", line.get("epcClass"), self.name, path + ".epcClass")
            rows.append({"lot": lot, "kg": kilograms(view, line, self.name, path)})
        return [{self.name: rows}]


@dataclass(frozen=True, slots=True)
class ReleasedLots:
    """The lots in a container with kilograms; what EPCIS has no place for stands beside them in `bh:lots`."""

    where: Mapping[str, str] = field(default_factory=lambda: {"lots": "childQuantityList"})

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """Kilograms in the standard list, risk, product and origin in ours."""
        LotLines("lots", "childQuantityList").write(record, event)
        more = [
            {"bh:lot": write_id("lot", part.lot)}
            | ({"bh:risk": part.risk.value} if part.risk else {})
            | {f"bh:{name}": text for name in ("product", "origin") if (text := getattr(part, name))}
            for part in record.lots
        ]
        if any(len(line) > 1 for line in more):
            event["bh:lots"] = more

    def read(self, view: View) -> list[Values]:
        """Lines joined by lot; of a lot named twice the first line goes with the first."""
        rows = LotLines("lots", "childQuantityList").read(view)[0]["lots"]
        lines = view.extension("lots")
        if lines is not None and not (isinstance(lines, list) and all(isinstance(line, Mapping) for line in lines)):
            view.fault("lots", view.key("lots"), "shape", "这里应是一张明细表。", "A list of objects is expected here.")
            lines = None
        waiting = [{name: value for name, (_, value) in view.own(line).items()} for line in lines or []]
        for n, line in enumerate(waiting):
            path = f"{view.key('lots')}[{n}]"
            lot = view.id("lot", line.pop("lot", None), "lots", path + ".bh:lot")
            row = next((row for row in rows if row["lot"] == lot and "risk" not in row), None)
            if row is not None:
                row |= {"risk": line.get("risk"), "product": line.get("product"), "origin": line.get("origin")}
            elif lot is not None:
                view.fault(
                    "lots", path, "same_lot", "这一批不在 childQuantityList 里。", "It is not in childQuantityList."
                )
        return [{"lots": rows}]


def _line(lot: str, kg: Decimal | None) -> dict[str, Any]:
    line: dict[str, Any] = {"epcClass": write_id("lot", lot)}
    return line if kg is None else line | {"quantity": plain(kg), "uom": "KGM"}
