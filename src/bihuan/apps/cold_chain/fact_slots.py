"""Where papers, parties, places, positions, measurements and our own members stand in an EPCIS event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from bihuan.apps.cold_chain.event_ids import NAMESPACE, write_id, write_plain
from bihuan.apps.cold_chain.event_view import Values, View, own_word, plain
from bihuan.base.clock import instant, iso, moment, parse_instant
from bihuan.base.units import convert, unit_by_code
from bihuan.protocols.epcis.vocabulary import bare

BTT: Final = NAMESPACE + "btt/"
"""Our own types of business transactions."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A booking, declaration, certificate, sample, voucher or report among the business transactions."""

    name: str
    type: str
    kind: str

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the list."""
        return {self.name: "bizTransactionList"}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry, when there is one."""
        if value := getattr(record, self.name):
            entry = {"type": self.type, "bizTransaction": write_id(self.kind, value)}
            event.setdefault("bizTransactionList", []).append(entry)

    def read(self, view: View) -> list[Values]:
        """The one entry of the type."""
        return [_typed(view, self.name, "bizTransactionList", "bizTransaction", self.type, self.kind)]


@dataclass(frozen=True, slots=True)
class Side:
    """A party or place that goods come from (`source`) or go to (`destination`)."""

    name: str
    side: str
    type: str
    kind: str

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the list."""
        return {self.name: self.side + "List"}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One entry, when there is one."""
        if value := getattr(record, self.name):
            event[self.side + "List"] = [{"type": self.type, self.side: write_id(self.kind, value)}]

    def read(self, view: View) -> list[Values]:
        """The one entry of the type."""
        return [_typed(view, self.name, self.side + "List", self.side, self.type, self.kind)]


@dataclass(frozen=True, slots=True)
class Place:
    """A place as `readPoint` (where it was seen) or `bizLocation` (where it is since); the other one serves as well."""

    name: str
    member: str

    @property
    def where(self) -> Mapping[str, str]:
        """The path of the place."""
        return {self.name: self.member + ".id"}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One place, when there is one."""
        if value := getattr(record, self.name):
            event[self.member] = {"id": write_id("place", value)}

    def read(self, view: View) -> list[Values]:
        """The place; a position (`geo:`) is none."""
        for member in (self.member, "bizLocation" if self.member == "readPoint" else "readPoint"):
            text = _place_id(view, member)
            if text is not None and not (isinstance(text, str) and text.startswith("geo:")):
                return [{self.name: view.id("place", text, self.name, member + ".id")}]
        return [{}]


@dataclass(frozen=True, slots=True)
class Position:
    """Latitude and longitude as a `geo:` read point (RFC 5870, WGS 84); half a position stands in our own members."""

    where: Mapping[str, str] = field(default_factory=lambda: {"lat": "readPoint.id", "lon": "readPoint.id"})

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One `geo:` address when both are known."""
        if record.lat is not None and record.lon is not None:
            event["readPoint"] = {"id": f"geo:{plain(record.lat):f},{plain(record.lon):f}"}
        else:
            event |= {f"bh:{n}": plain(v) for n in ("lat", "lon") if (v := getattr(record, n)) is not None}

    def read(self, view: View) -> list[Values]:
        """Altitude, reference system (only WGS 84 is allowed) and accuracy behind the two numbers are not read."""
        text = _place_id(view, "readPoint")
        if not isinstance(text, str) or not text.startswith("geo:"):
            return [{"lat": view.extension("lat"), "lon": view.extension("lon")}]
        numbers, *parameters = text.removeprefix("geo:").split(";")
        crs = [p.lower() for p in parameters if p.lower().startswith("crs=")]
        parts = numbers.split(",")
        if len(parts) not in (2, 3) or crs not in ([], ["crs=wgs84"]):
            view.fault("lat", "readPoint.id", "position", "位置请写成 geo:纬度,经度（WGS 84）。",
                       "Write a position as geo:latitude,longitude (WGS 84).")  # fmt: skip
            return [{}]
        return [{"lat": parts[0], "lon": parts[1]}]


@dataclass(frozen=True, slots=True)
class Extension:
    """A member of our namespace: text, number, choice, instant or civil date."""

    name: str
    member: str
    omit: Any = ""

    @property
    def where(self) -> Mapping[str, str]:
        """The member."""
        return {self.name: "bh:" + self.member}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """The value in its JSON form; nothing when it is not stated."""
        value = getattr(record, self.name)
        if value is not None and value != self.omit:
            event["bh:" + self.member] = _json(value)

    def read(self, view: View) -> list[Values]:
        """The value as it was sent."""
        return [{self.name: view.extension(self.member)}]


@dataclass(frozen=True, slots=True)
class PartyText:
    """A party in a member of our namespace: its id as plain text, or its URI."""

    name: str

    @property
    def where(self) -> Mapping[str, str]:
        """The member."""
        return {self.name: "bh:" + self.name}

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """The id as plain text."""
        event["bh:" + self.name] = write_plain("party", getattr(record, self.name))

    def read(self, view: View) -> list[Values]:
        """The id."""
        value = view.extension(self.name)
        return [{self.name: view.id("party", value, self.name, view.key(self.name)) if value else None}]


@dataclass(frozen=True, slots=True)
class Judged:
    """The value of a test result; the disposition says the same to other readers."""

    where: Mapping[str, str] = field(default_factory=lambda: {"value": "bh:value"})
    says: ClassVar[Mapping[str, str]] = {
        "negative": "conformant",
        "positive": "non_conformant",
        "inconclusive": "unknown",
    }

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """Value and disposition."""
        event["disposition"] = self.says[record.value.value]
        event["bh:value"] = record.value.value

    def read(self, view: View) -> list[Values]:
        """The value alone."""
        return [{"value": view.extension("value")}]


@dataclass(frozen=True, slots=True)
class Warmth:
    """Temperatures in degrees Celsius with their sensors; a report of an error is a reading without value."""

    where: Mapping[str, str] = field(
        default_factory=lambda: {"cel": "sensorElementList", "sensor": "sensorElementList", "time": "sensorElementList"}
    )

    def write(self, record: Any, event: dict[str, Any]) -> None:
        """One element with one report."""
        report: dict[str, Any] = {"type": "Temperature", "uom": "CEL"}
        report |= {"exception": "ERROR_CONDITION"} if record.cel is None else {"value": plain(record.cel)}
        element: dict[str, Any] = {"sensorReport": [report]}
        if record.sensor:
            element["sensorMetadata"] = {"deviceID": write_id("sensor", record.sensor)}
        event["sensorElementList"] = [element]

    def read(self, view: View) -> list[Values]:
        """A row for each temperature report of each element."""
        rows: list[Values] = []
        for n, element in enumerate(view.lines("sensorElementList", "cel")):
            metadata, reports = element.get("sensorMetadata") or {}, element.get("sensorReport")
            path = f"sensorElementList[{n}]"
            if not (isinstance(metadata, Mapping) and isinstance(reports, list)):
                view.fault("cel", path, "shape", "这里应是一张明细表。", "A list of objects is expected here.")
                continue
            for m, report in enumerate(reports):
                if isinstance(report, Mapping) and bare(str(report.get("type", ""))) == "Temperature":
                    rows.append(self._row(view, metadata, report, f"{path}.sensorReport[{m}]"))
        if not rows:
            view.fault("cel", "sensorElementList", "required", "请填写温度读数。", "Give a temperature report.")
        return rows or [{}]

    def _row(self, view: View, metadata: Mapping[str, Any], report: Mapping[str, Any], path: str) -> Values:
        row: Values = {}
        value = report.get("value")
        if value is not None:
            row["cel"] = _celsius(view, view.number(value, "cel", path + ".value"), report.get("uom"), path)
        elif any(name in report for name in ("minValue", "maxValue", "meanValue")):
            view.fault("cel", path, "value", "请填 value，不要只填最大最小或平均值。",
                       "Give `value`, not only a minimum, maximum or mean.")  # fmt: skip
        device = report.get("deviceID", metadata.get("deviceID"))
        if device is not None:
            row["sensor"] = view.id("sensor", device, "sensor", path + ".deviceID")
        if at := report.get("time", metadata.get("time")):
            try:
                row["time"] = moment(parse_instant(str(at)))
            except ValueError:
                view.fault("time", path + ".time", "instant", "时间写法不对。", "This is no time.")
        return row


def _typed(view: View, name: str, member: str, key: str, wanted: str, kind: str) -> Values:
    """The id of the one entry of a typed list that has the wanted type."""
    entries = [
        (n, entry)
        for n, entry in enumerate(view.lines(member, name))
        if bare(_word(entry.get("type"), view.namespaces)) == wanted
    ]
    if len(entries) > 1:
        view.fault(name, member, "one", f"类型 {wanted} 只能有一项。", f"Exactly one of the type {wanted} is expected.")
    if len(entries) != 1:
        return {}
    n, entry = entries[0]
    return {name: view.id(kind, entry.get(key), name, f"{member}[{n}].{key}")}


def _word(word: Any, namespaces: Mapping[str, str]) -> str:
    return own_word(word, namespaces) if isinstance(word, str) else ""


def _place_id(view: View, member: str) -> Any:
    value = view.event.get(member)
    return value.get("id") if isinstance(value, Mapping) else None


def _celsius(view: View, number: Decimal | None, uom: Any, path: str) -> Decimal | None:
    if number is None or uom == "CEL":
        return number
    if uom in ("KEL", "FAH"):
        return convert(number, unit_by_code(uom), "°C", places=3)
    view.fault("cel", path + ".uom", "uom", "温度单位应为 CEL、KEL 或 FAH。", "The unit must be CEL, KEL or FAH.")
    return None


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(instant(value))
    if isinstance(value, date):
        return value.isoformat()
    return getattr(value, "value", value)
