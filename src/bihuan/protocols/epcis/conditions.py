"""The conditions of the simple event query, one line each: which values an event offers, and how they are compared."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from bihuan.protocols.epcis.event import Event, SensorReport
from bihuan.protocols.epcis.identifiers import canonical, matches_pattern
from bihuan.protocols.epcis.vocabulary import bare

Test = Callable[[Event], bool]
Within = Callable[[str, str], bool]
Offer = Callable[[Event], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a parameter is read (`kind`, `many` values allowed) and how its typed values become a test."""

    kind: str
    many: bool
    test: Callable[[tuple[Any, ...], Within], Test]


def same_place(place: str, ancestor: str) -> bool:
    """Places without master data: a place lies only within itself."""
    return canonical(place) == canonical(ancestor)


def _present(value: Any) -> tuple[Any, ...]:
    return () if value is None else (value,)


def _equals(kind: str, offer: Offer, key: Callable[[Any], Any] = str) -> Condition:
    """EQ_: one of the offered values is one of the asked ones, both in their comparable form."""

    def test(asked: tuple[Any, ...], within: Within) -> Test:
        wanted = frozenset(map(key, asked))
        return lambda event: any(key(value) in wanted for value in offer(event))

    return Condition(kind, True, test)


def _matches(roles: frozenset[str], offer: Callable[[Event, frozenset[str]], Iterable[str]]) -> Condition:
    """MATCH_: an identifier in one of the roles is the asked one or falls under the asked pattern."""

    def test(asked: tuple[Any, ...], within: Within) -> Test:
        exact = frozenset(canonical(identifier) for identifier in asked)
        patterns = tuple(identifier for identifier in asked if "*" in identifier)

        def found(event: Event) -> bool:
            return any(
                canonical(identifier) in exact or any(matches_pattern(identifier, pattern) for pattern in patterns)
                for identifier in offer(event, roles)
            )

        return found

    return Condition("uri", True, test)


def _compares(kind: str, offer: Offer, compare: Callable[[Any, Any], bool]) -> Condition:
    """GT_, GE_, LT_, LE_: one of the offered values stands so to the asked one."""

    def test(asked: tuple[Any, ...], within: Within) -> Test:
        bound = asked[0]
        return lambda event: any(compare(value, bound) for value in offer(event))

    return Condition(kind, False, test)


def _lies_within(offer: Callable[[Event], str | None]) -> Condition:
    def test(asked: tuple[Any, ...], within: Within) -> Test:
        def found(event: Event) -> bool:
            place = offer(event)
            return place is not None and any(within(place, ancestor) for ancestor in asked)

        return found

    return Condition("uri", True, test)


def _exists(offer: Callable[[Event], object]) -> Condition:
    def test(asked: tuple[Any, ...], within: Within) -> Test:
        wanted = bool(asked[0])
        return lambda event: bool(offer(event)) == wanted

    return Condition("presence", False, test)


def _epcs(event: Event, roles: frozenset[str]) -> Iterable[str]:
    return (identifier for role, identifier in event.epcs if role in roles)


def _classes(event: Event, roles: frozenset[str]) -> Iterable[str]:
    return (item.epc_class for item in event.quantities if item.role in roles)


def _quantities(event: Event) -> Iterable[Decimal]:
    return (item.quantity for item in event.quantities if item.quantity is not None)


def _reports(event: Event) -> Iterable[SensorReport]:
    return (report for element in event.sensors for report in element.reports)


def _sensor_texts(name: str) -> Offer:
    """A sensor attribute, wherever it may stand: in the reports or in what they have in common."""

    def offer(event: Event) -> Iterable[Any]:
        for element in event.sensors:
            for place in (element.metadata, *element.reports):
                value = getattr(place, name, None)
                if value is not None:
                    yield value

    return offer


def _error_times(event: Event) -> Iterable[int]:
    return _present(event.error_declaration and event.error_declaration.declaration_time)


def _error_reasons(event: Event) -> Iterable[str]:
    return _present(event.error_declaration and event.error_declaration.reason)


def _corrections(event: Event) -> Iterable[str]:
    return event.error_declaration.corrective_event_ids if event.error_declaration else ()


_CONTENT: Final = frozenset(("epc", "child"))
_ANY: Final = frozenset(("epc", "parent", "child", "input", "output"))
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}
_INSTANTS: Final[dict[str, Offer]] = {
    "eventTime": lambda event: (event.event_time,),
    "recordTime": lambda event: _present(event.record_time),
    "errorDeclarationTime": _error_times,
    "errorDeclaration_Time": _error_times,
    "startTime": _sensor_texts("start_time"),
    "endTime": _sensor_texts("end_time"),
    "time": _sensor_texts("time"),
}
EVENT_FIELDS: Final = ("eventTime", "recordTime")

CONDITIONS: Final[dict[str, Condition]] = {
    "eventType": _equals("type", lambda event: (event.type,)),
    "EQ_action": _equals("action", lambda event: _present(event.action)),
    "EQ_bizStep": _equals("text", lambda event: _present(event.biz_step), bare),
    "EQ_disposition": _equals("text", lambda event: _present(event.disposition), bare),
    "EQ_persistentDisposition_set": _equals("text", lambda event: event.persistent_set, bare),
    "EQ_persistentDisposition_unset": _equals("text", lambda event: event.persistent_unset, bare),
    "EQ_readPoint": _equals("uri", lambda event: _present(event.read_point), canonical),
    "EQ_bizLocation": _equals("uri", lambda event: _present(event.biz_location), canonical),
    "WD_readPoint": _lies_within(lambda event: event.read_point),
    "WD_bizLocation": _lies_within(lambda event: event.biz_location),
    "EQ_transformationID": _equals("text", lambda event: _present(event.transformation_id), canonical),
    "EQ_eventID": _equals("text", lambda event: _present(event.event_id)),
    "MATCH_parentID": _matches(frozenset(("parent",)), _epcs),
    "MATCH_epc": _matches(_CONTENT, _epcs),
    "MATCH_inputEPC": _matches(frozenset(("input",)), _epcs),
    "MATCH_outputEPC": _matches(frozenset(("output",)), _epcs),
    "MATCH_anyEPC": _matches(_ANY, _epcs),
    "MATCH_epcClass": _matches(_CONTENT, _classes),
    "MATCH_inputEPCClass": _matches(frozenset(("input",)), _classes),
    "MATCH_outputEPCClass": _matches(frozenset(("output",)), _classes),
    "MATCH_anyEPCClass": _matches(_ANY, _classes),
    "EXISTS_errorDeclaration": _exists(lambda event: event.error_declaration),
    "EQ_errorReason": _equals("text", _error_reasons, bare),
    "EQ_correctiveEventID": _equals("text", _corrections),
    "EXISTS_sensorElementList": _exists(lambda event: event.sensors),
    "EQ_type": _equals("text", lambda event: (report.type for report in _reports(event) if report.type), bare),
    "EQ_deviceID": _equals("uri", _sensor_texts("device_id"), canonical),
    "EQ_dataProcessingMethod": _equals("uri", _sensor_texts("data_processing_method"), canonical),
    "EQ_bizRules": _equals("uri", _sensor_texts("biz_rules"), canonical),
    "EQ_microorganism": _equals("uri", _sensor_texts("microorganism")),
    "EQ_chemicalSubstance": _equals("uri", _sensor_texts("chemical_substance")),
    "EQ_stringValue": _equals("text", _sensor_texts("string_value")),
    "EQ_hexBinaryValue": _equals("text", _sensor_texts("hex_binary_value"), str.upper),
    "EQ_uriValue": _equals("uri", _sensor_texts("uri_value")),
    "EQ_booleanValue": _compares("boolean", _sensor_texts("boolean_value"), operator.eq),
    **{f"{sign}_quantity": _compares("number", _quantities, compare) for sign, compare in _COMPARISONS.items()},
    **{f"GE_{name}": _compares("time", offer, operator.ge) for name, offer in _INSTANTS.items()},
    **{f"LT_{name}": _compares("time", offer, operator.lt) for name, offer in _INSTANTS.items()},
}

_PAIRS: Final[dict[str, Callable[[Event], Iterable[tuple[str | None, str]]]]] = {
    "EQ_bizTransaction_": lambda event: event.biz_transactions,
    "EQ_source_": lambda event: event.sources,
    "EQ_destination_": lambda event: event.destinations,
}


def family(name: str) -> Condition | None:
    """The condition of a parameter whose name carries a word of its own, such as EQ_bizTransaction_po."""
    for prefix, pairs in _PAIRS.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return _pair(bare(name[len(prefix) :]), pairs)
    return None


def _pair(word: str, pairs: Callable[[Event], Iterable[tuple[str | None, str]]]) -> Condition:
    return _equals("text", lambda event: (value for kind, value in pairs(event) if kind == word), canonical)
