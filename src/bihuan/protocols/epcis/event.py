"""One EPCIS event as typed values: instants, exact numbers, roles, short words.

Identifiers stay as the sender wrote them; compare them by `identifiers.canonical`. Numbers are Decimal, exactly as
written. Instants are int microseconds UTC.

Extension fields: the key is `{namespace}name`, with the prefix resolved by the @context in force for the event, so that
two documents that chose different prefixes say the same, and an XML document too. A prefix that no context defines
leaves the key as written. Inside an extension value the keys are resolved in the same way.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from bihuan.protocols.epcis.document import RawEvent
from bihuan.protocols.epcis.instants import instant, offset_minutes
from bihuan.protocols.epcis.vocabulary import STANDARD_PREFIXES, bare

Role = Literal["epc", "parent", "child", "input", "output"]

_EPC_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("epcList", "epc"),
    ("childEPCs", "child"),
    ("inputEPCList", "input"),
    ("outputEPCList", "output"),
)
_QUANTITY_ROLES: Final[tuple[tuple[str, Role], ...]] = (
    ("quantityList", "epc"),
    ("childQuantityList", "child"),
    ("inputQuantityList", "input"),
    ("outputQuantityList", "output"),
)


class Quantity(msgspec.Struct, frozen=True):
    """An amount of a class of goods, e.g. a lot; `quantity` None means an unknown amount, `uom` None means pieces."""

    role: Role
    epc_class: str
    quantity: Decimal | None = None
    uom: str | None = None


class SensorMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all reports of one sensor element."""

    time: int | None = None
    start_time: int | None = None
    end_time: int | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    extensions: dict[str, Any] = {}


class SensorReport(msgspec.Struct, frozen=True, kw_only=True):
    """One observed value of a sensor or a laboratory; `type` is None only in documents read leniently."""

    type: str | None = None
    value: Decimal | None = None
    uom: str | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    mean_value: Decimal | None = None
    s_dev: Decimal | None = None
    perc_rank: Decimal | None = None
    perc_value: Decimal | None = None
    time: int | None = None
    boolean_value: bool | None = None
    string_value: str | None = None
    hex_binary_value: str | None = None
    uri_value: str | None = None
    exception: str | None = None
    component: str | None = None
    microorganism: str | None = None
    chemical_substance: str | None = None
    coordinate_reference_system: str | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    extensions: dict[str, Any] = {}


class SensorElement(msgspec.Struct, frozen=True, kw_only=True):
    """Reports with what they have in common."""

    metadata: SensorMetadata
    reports: tuple[SensorReport, ...]
    extensions: dict[str, Any] = {}


class ErrorDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """The sender takes an earlier event back; the event keeps its eventID."""

    declaration_time: int
    reason: str | None = None
    corrective_event_ids: tuple[str, ...] = ()
    extensions: dict[str, Any] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to goods: when, where, why, to which things, by which papers, and what was measured."""

    type: str
    event_time: int
    offset_minutes: int
    event_id: str | None = None
    record_time: int | None = None
    action: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    persistent_set: tuple[str, ...] = ()
    persistent_unset: tuple[str, ...] = ()
    read_point: str | None = None
    biz_location: str | None = None
    transformation_id: str | None = None
    epcs: tuple[tuple[Role, str], ...] = ()
    quantities: tuple[Quantity, ...] = ()
    biz_transactions: tuple[tuple[str | None, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    destinations: tuple[tuple[str, str], ...] = ()
    sensors: tuple[SensorElement, ...] = ()
    certification_info: tuple[str, ...] = ()
    ilmd: dict[str, Any] = {}
    error_declaration: ErrorDeclaration | None = None
    extensions: dict[str, Any] = {}


_EXACT: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_METADATA_TIMES: Final = {"time": "time", "startTime": "start_time", "endTime": "end_time"}
_METADATA_TEXTS: Final = {
    "deviceID": "device_id",
    "deviceMetadata": "device_metadata",
    "rawData": "raw_data",
    "dataProcessingMethod": "data_processing_method",
    "bizRules": "biz_rules",
}
_REPORT_TEXTS: Final = _METADATA_TEXTS | {
    "uom": "uom",
    "stringValue": "string_value",
    "booleanValue": "boolean_value",
    "hexBinaryValue": "hex_binary_value",
    "uriValue": "uri_value",
    "microorganism": "microorganism",
    "chemicalSubstance": "chemical_substance",
    "coordinateReferenceSystem": "coordinate_reference_system",
}
_REPORT_WORDS: Final = ("type", "exception", "component")
_REPORT_NUMBERS: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
    "sDev": "s_dev",
    "percRank": "perc_rank",
    "percValue": "perc_value",
}


def read_event(raw: RawEvent) -> Event:
    """The typed view of an event that `read_document` let pass; it does not fail on those."""
    value = _EXACT.decode(raw.raw)
    prefixes = raw.namespaces
    offset = offset_minutes(value["eventTimeZoneOffset"])
    persistent = value.get("persistentDisposition", {})
    certificates = value.get("certificationInfo", ())
    return Event(
        type=value["type"],
        event_time=instant(value["eventTime"], offset),
        offset_minutes=offset,
        event_id=value.get("eventID"),
        record_time=instant(value["recordTime"], offset) if "recordTime" in value else None,
        action=value.get("action"),
        biz_step=bare(value.get("bizStep", "")) or None,
        disposition=bare(value.get("disposition", "")) or None,
        persistent_set=tuple(map(bare, persistent.get("set", ()))),
        persistent_unset=tuple(map(bare, persistent.get("unset", ()))),
        read_point=value["readPoint"]["id"] if "readPoint" in value else None,
        biz_location=value["bizLocation"]["id"] if "bizLocation" in value else None,
        transformation_id=value.get("transformationID") or None,
        epcs=_epcs(value),
        quantities=_quantities(value),
        biz_transactions=tuple(
            (bare(item["type"]) if "type" in item else None, item["bizTransaction"])
            for item in value.get("bizTransactionList", ())
        ),
        sources=tuple((bare(item["type"]), item["source"]) for item in value.get("sourceList", ())),
        destinations=tuple((bare(item["type"]), item["destination"]) for item in value.get("destinationList", ())),
        sensors=tuple(_sensor(item, prefixes, offset) for item in value.get("sensorElementList", ())),
        certification_info=(certificates,) if isinstance(certificates, str) else tuple(certificates),
        ilmd={resolve(name, prefixes): _resolved(item, prefixes) for name, item in value.get("ilmd", {}).items()},
        error_declaration=_error(value.get("errorDeclaration"), prefixes, offset),
        extensions=_extensions(value, prefixes),
    )


def resolve(name: str, namespaces: Mapping[str, str]) -> str:
    """A prefixed name as `{namespace}name`; a bare name, an address or an unknown prefix as it stands."""
    prefix, colon, rest = name.partition(":")
    if not colon or rest.startswith("//"):
        return name
    address = namespaces.get(prefix) or STANDARD_PREFIXES.get(prefix)
    return f"{{{address}}}{rest}" if address else name


def _resolved(value: Any, namespaces: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {resolve(name, namespaces): _resolved(item, namespaces) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, namespaces) for item in value]
    return value


def _extensions(value: dict[str, Any], namespaces: Mapping[str, str]) -> dict[str, Any]:
    return {
        resolve(name, namespaces): _resolved(item, namespaces)
        for name, item in value.items()
        if ":" in name and not name.startswith("@")
    }


def _epcs(value: dict[str, Any]) -> tuple[tuple[Role, str], ...]:
    found: list[tuple[Role, str]] = [("parent", value["parentID"])] if value.get("parentID") else []
    for name, role in _EPC_ROLES:
        if name in value:
            found += [(role, identifier) for identifier in value[name]]
    return tuple(found)


def _quantities(value: dict[str, Any]) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(role, item["epcClass"], _number(item.get("quantity")), item.get("uom"))
        for name, role in _QUANTITY_ROLES
        if name in value
        for item in value[name]
    )


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _sensor(value: dict[str, Any], namespaces: Mapping[str, str], offset: int) -> SensorElement:
    metadata = value.get("sensorMetadata", {})
    fields: dict[str, Any] = {ours: metadata[name] for name, ours in _METADATA_TEXTS.items() if name in metadata}
    for name, ours in _METADATA_TIMES.items():
        if name in metadata:
            fields[ours] = instant(metadata[name], offset)
    return SensorElement(
        metadata=SensorMetadata(**fields, extensions=_extensions(metadata, namespaces)),
        reports=tuple(_report(item, namespaces, offset) for item in value["sensorReport"]),
        extensions=_extensions(value, namespaces),
    )


def _report(value: dict[str, Any], namespaces: Mapping[str, str], offset: int) -> SensorReport:
    fields: dict[str, Any] = {ours: value[name] for name, ours in _REPORT_TEXTS.items() if name in value}
    for name in _REPORT_WORDS:
        if name in value:
            fields[name] = bare(value[name])
    for name, ours in _REPORT_NUMBERS.items():
        if name in value:
            fields[ours] = Decimal(value[name])
    if "time" in value:
        fields["time"] = instant(value["time"], offset)
    return SensorReport(**fields, extensions=_extensions(value, namespaces))


def _error(value: dict[str, Any] | None, namespaces: Mapping[str, str], offset: int) -> ErrorDeclaration | None:
    if value is None:
        return None
    return ErrorDeclaration(
        declaration_time=instant(value["declarationTime"], offset),
        reason=bare(value["reason"]) if "reason" in value else None,
        corrective_event_ids=tuple(value.get("correctiveEventIDs", ())),
        extensions=_extensions(value, namespaces),
    )
