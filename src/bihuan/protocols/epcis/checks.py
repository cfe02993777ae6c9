"""What one event must fulfil: its schema, and what a schema cannot say about times, sensors and check digits."""

from collections.abc import Iterator
from typing import Any, Final

from bihuan.protocols.epcis.identifiers import check_identifier
from bihuan.protocols.epcis.instants import instant, offset_minutes
from bihuan.protocols.epcis.schema import EVENT_TYPES, VALIDATORS, Breach, breaches

_EPC_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITY_LISTS: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_ENDPOINTS: Final = (("sourceList", "source"), ("destinationList", "destination"))
_TIMES: Final = ("time", "startTime", "endTime")
TOO_DEEP: Final = Breach("", "too_deep", "嵌套层次过深", "is nested too deeply", tolerable=False)


def deeper_than(value: object, levels: int) -> bool:
    """Whether objects and lists stand within each other more than `levels` deep."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(deeper_than(item, levels - 1) for item in inner)


def check_event(value: object) -> Iterator[Breach]:
    """All that is wrong or odd with one event: first its shape, then, if that holds, times, sensors, identifiers."""
    if not isinstance(value, dict):
        yield Breach("", "wrong_type", "事件应为对象", "an event must be an object", tolerable=False)
        return
    event_type = value.get("type")
    if event_type is None:
        yield Breach("type", "missing", "缺少 type", "type is required", tolerable=False)
        return
    if not isinstance(event_type, str) or event_type not in VALIDATORS:
        known = "、".join(EVENT_TYPES)
        zh, en = f"不支持的事件类型,应为 {known}", f"not a known event type; it must be one of {', '.join(EVENT_TYPES)}"
        yield Breach("type", "unknown_type", zh, en, tolerable=False)
        return
    well_formed = True
    if not VALIDATORS[event_type].is_valid(value):
        for breach in breaches(event_type, value):
            breach = _zoneless(breach, value) if breach.code == "not_a_time" else breach
            well_formed &= breach.tolerable
            yield breach
    if well_formed:
        yield from _check_times(value)
        yield from _check_sensors(value)
        yield from _check_identifiers(value)


def _zoneless(breach: Breach, value: dict[str, Any]) -> Breach:
    """A time without a zone can be read with the event's own offset: odd, but its meaning is known."""
    found: Any = value
    try:
        for step in breach.path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
        instant(found, offset_minutes(value["eventTimeZoneOffset"]))
    except (ValueError, OverflowError, KeyError, TypeError):
        return breach
    return Breach(breach.path, breach.code, breach.zh, breach.en, tolerable=True)


def _check_times(value: dict[str, Any]) -> Iterator[Breach]:
    """The schema lets the year 0 through, which RFC 3339 has and our calendar has not."""
    for path, text in _times(value):
        if text.startswith("0000"):
            zh, en = f"{text!r} 不是可用的日期时间", f"{text!r} is not a usable date-time"
            yield Breach(path, "not_a_time", zh, en, tolerable=False)


def _times(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "eventTime", value["eventTime"]
    if "recordTime" in value:
        yield "recordTime", value["recordTime"]
    if "errorDeclaration" in value:
        yield "errorDeclaration.declarationTime", value["errorDeclaration"]["declarationTime"]
    for place, element in enumerate(value.get("sensorElementList", ())):
        metadata = element.get("sensorMetadata", {})
        path = f"sensorElementList.{place}"
        yield from ((f"{path}.sensorMetadata.{name}", metadata[name]) for name in _TIMES if name in metadata)
        for number, report in enumerate(element.get("sensorReport", ())):
            if "time" in report:
                yield f"{path}.sensorReport.{number}.time", report["time"]


def _check_sensors(value: dict[str, Any]) -> Iterator[Breach]:
    """An attribute may stand in the metadata or in a report, not in both (EPCIS 2.0 conformance, TCR-53 step 29).

    Told, not refused: published complete examples of the standard do it, and both schemas let them pass.
    """
    for place, element in enumerate(value.get("sensorElementList", ())):
        metadata = element.get("sensorMetadata", {})
        for number, report in enumerate(element.get("sensorReport", ())):
            for name in sorted(metadata.keys() & report.keys()):
                if ":" in name:
                    continue
                zh = f"{name} 不可同时出现在 sensorMetadata 和 sensorReport 中"
                en = f"{name} must not stand in both sensorMetadata and sensorReport"
                path = f"sensorElementList.{place}.sensorReport.{number}.{name}"
                yield Breach(path, "in_metadata_too", zh, en, tolerable=True, remark=True)


def _check_identifiers(value: dict[str, Any]) -> Iterator[Breach]:
    for path, identifier in _identifiers(value):
        fault = check_identifier(identifier)
        if fault:
            # Partners make up URNs with too few or too many digits; they are names all the same.
            remark = fault.code == "urn"
            yield Breach(path, f"identifier_{fault.code}", fault.zh, fault.en, tolerable=True, remark=remark)


def _identifiers(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "parentID" in value:
        yield "parentID", value["parentID"]
    for name in _EPC_LISTS:
        for place, identifier in enumerate(value.get(name, ())):
            yield f"{name}.{place}", identifier
    for name in _QUANTITY_LISTS:
        for place, element in enumerate(value.get(name, ())):
            yield f"{name}.{place}.epcClass", element["epcClass"]
    for name in ("readPoint", "bizLocation"):
        if name in value:
            yield f"{name}.id", value[name]["id"]
    for name, key in _ENDPOINTS:
        for place, element in enumerate(value.get(name, ())):
            yield f"{name}.{place}.{key}", element[key]
