"""The shape of the five event types of EPCIS 2.0, as our own JSON Schema (Draft 7), and the reasons given on refusal.

Written from the facts of the standard: fields, required fields, words, and the rules that tie fields together. One
validator per event type is chosen by `type`, so an error names the field and not "none of five". `SCHEMAS` is plain
data: it can be published as it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from bihuan.protocols.epcis import vocabulary

Schema = dict[str, Any]

URI: Final[Schema] = {"type": "string", "format": "iri"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
NUMBER: Final[Schema] = {"type": "number"}
TEXT: Final[Schema] = {"type": "string"}
ACTION: Final[Schema] = {"enum": ["ADD", "OBSERVE", "DELETE"]}
CONTEXT: Final[Schema] = {"type": ["array", "object", "string"]}

# A standard word is written bare in JSON; the addresses of GS1's own vocabularies are for XML and older files.
_CBV_ADDRESS: Final = r"^(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"
_VOC_ADDRESS: Final = r"^https?://(www\.)?gs1\.org/voc/"


def _word(words: Iterable[str], standard: str = _CBV_ADDRESS) -> Schema:
    own = {"format": "iri", "not": {"pattern": standard}}
    return {"type": "string", "anyOf": [{"enum": sorted(words)}, own]}


def _list(items: Schema, least: int = 0, *, unique: bool = False) -> Schema:
    schema: Schema = {"type": "array", "items": items}
    if least:
        schema["minItems"] = least
    if unique:
        schema["uniqueItems"] = True
    return schema


def _thing(fields: Schema, required: Iterable[str] = (), *, extensible: bool = True) -> Schema:
    """An object whose own fields are closed; names with a colon are extensions and open."""
    schema: Schema = {
        "type": "object",
        "properties": fields,
        "required": list(required),
        "additionalProperties": False,
    }
    if extensible:
        schema["patternProperties"] = {":": {}}
    return schema


DISPOSITION: Final = _word(vocabulary.DISPOSITIONS)
PLACE: Final = _thing({"id": URI}, ["id"])
QUANTITY: Final = _thing(
    {"epcClass": URI, "quantity": NUMBER, "uom": {"type": "string", "pattern": "^[A-Z0-9]{2,3}$"}},
    ["epcClass"],
    extensible=False,
)
TRANSACTION: Final = _thing(
    {"type": _word(vocabulary.TRANSACTION_TYPES), "bizTransaction": URI}, ["bizTransaction"], extensible=False
)
SOURCE: Final = _thing({"type": _word(vocabulary.SOURCE_TYPES), "source": URI}, ["type", "source"], extensible=False)
DESTINATION: Final = _thing(
    {"type": _word(vocabulary.SOURCE_TYPES), "destination": URI}, ["type", "destination"], extensible=False
)
PERSISTENT: Final[Schema] = _thing(
    {"set": _list(DISPOSITION, 1, unique=True), "unset": _list(DISPOSITION, 1, unique=True)}, extensible=False
) | {"minProperties": 1}
METADATA: Final = _thing(
    dict.fromkeys(("time", "startTime", "endTime"), TIME)
    | dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), URI)
)
REPORT: Final = _thing(
    {
        "type": _word(vocabulary.MEASUREMENTS, _VOC_ADDRESS),
        "exception": _word(vocabulary.SENSOR_ALERTS, _VOC_ADDRESS),
        "component": _word(vocabulary.COMPONENTS),
        "time": TIME,
        "stringValue": TEXT,
        "booleanValue": {"type": "boolean"},
        "hexBinaryValue": {"type": "string", "pattern": "^[0-9A-Fa-f]+$"},
        "uom": TEXT,
    }
    | dict.fromkeys(
        (
            "deviceID",
            "deviceMetadata",
            "rawData",
            "dataProcessingMethod",
            "bizRules",
            "microorganism",
            "chemicalSubstance",
            "coordinateReferenceSystem",
            "uriValue",
        ),
        URI,
    )
    | dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), NUMBER),
    ["type"],
)
SENSOR: Final = _thing({"sensorMetadata": METADATA, "sensorReport": _list(REPORT, 1)}, ["sensorReport"])
ERROR_DECLARATION: Final = _thing(
    {"declarationTime": TIME, "reason": _word(vocabulary.ERROR_REASONS), "correctiveEventIDs": _list(URI)},
    ["declarationTime"],
)
ILMD: Final = _thing({})

COMMON: Final[Schema] = {
    "@context": CONTEXT,
    "type": TEXT,
    "eventID": URI,
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": "^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"},
    "errorDeclaration": ERROR_DECLARATION,
    "certificationInfo": {"type": ["string", "array"], "format": "iri", "items": URI},
    "bizStep": _word(vocabulary.BIZ_STEPS),
    "disposition": DISPOSITION,
    "readPoint": PLACE,
    "bizLocation": PLACE,
    "bizTransactionList": _list(TRANSACTION),
    "sourceList": _list(SOURCE),
    "destinationList": _list(DESTINATION),
    "sensorElementList": _list(SENSOR),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that ties fields of one event together, and the sentence that says it was broken."""

    code: str
    schema: Schema
    zh: str
    en: str


def _has(field: str, least: int = 1) -> Schema:
    return {"required": [field], "properties": {field: {"minItems": least}}}


def _is(action: str) -> Schema:
    return {"required": ["action"], "properties": {"action": {"const": action}}}


_INPUT: Final[Schema] = {"anyOf": [_has("inputEPCList"), _has("inputQuantityList")]}
_OUTPUT: Final[Schema] = {"anyOf": [_has("outputEPCList"), _has("outputQuantityList")]}
_CHILDREN: Final = Rule(
    "no_children",
    {"anyOf": [_has("childEPCs"), _has("childQuantityList"), _is("DELETE")]},
    "须有 childEPCs 或 childQuantityList(action 为 DELETE 时可省略)",
    "needs childEPCs or childQuantityList (only DELETE may leave them out)",
)
RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "ObjectEvent": (
        Rule(
            "no_object",
            {
                "anyOf": [
                    {"required": ["epcList"]},
                    _has("quantityList"),
                    {"allOf": [_has("sensorElementList"), {"required": ["readPoint"]}]},
                ]
            },
            "须有 epcList 或 quantityList,或带 readPoint 的 sensorElementList",
            "needs epcList or quantityList, or sensorElementList together with readPoint",
        ),
        Rule(
            "ilmd_not_allowed",
            {"if": {"required": ["ilmd"]}, "then": _is("ADD")},
            "ilmd 只可用于 action 为 ADD 的 ObjectEvent",
            "ilmd is allowed only when the action of an ObjectEvent is ADD",
        ),
    ),
    "AggregationEvent": (_CHILDREN,),
    "AssociationEvent": (_CHILDREN,),
    "TransactionEvent": (
        Rule(
            "no_object",
            {"anyOf": [{"required": ["epcList"]}, _has("quantityList"), _is("DELETE")]},
            "须有 epcList 或 quantityList(action 为 DELETE 时可省略)",
            "needs epcList or quantityList (only DELETE may leave them out)",
        ),
    ),
    "TransformationEvent": (
        Rule(
            "no_transformation",
            {
                "anyOf": [
                    {"allOf": [_INPUT, _OUTPUT]},
                    {"required": ["transformationID"], "anyOf": [_INPUT, _OUTPUT]},
                ]
            },
            "须同时有投入和产出;有 transformationID 时可只有其中一方",
            "needs both inputs and outputs, or a transformationID with one of them",
        ),
    ),
}

_EPCS: Final = _list(URI, unique=True)
_QUANTITIES: Final = _list(QUANTITY)
_ONE_TYPE: Final[dict[str, tuple[Schema, tuple[str, ...]]]] = {
    "ObjectEvent": (
        {
            "action": ACTION,
            "epcList": _EPCS,
            "quantityList": _QUANTITIES,
            "persistentDisposition": PERSISTENT,
            "ilmd": ILMD,
        },
        ("action",),
    ),
    "AggregationEvent": (
        {"action": ACTION, "parentID": URI, "childEPCs": _list(URI), "childQuantityList": _QUANTITIES},
        ("action",),
    ),
    "AssociationEvent": (
        {"action": ACTION, "parentID": URI, "childEPCs": _list(URI), "childQuantityList": _QUANTITIES},
        ("action", "parentID"),
    ),
    "TransactionEvent": (
        {
            "action": ACTION,
            "parentID": URI,
            "epcList": _list(URI),
            "quantityList": _QUANTITIES,
            "bizTransactionList": _list(TRANSACTION, 1),
        },
        ("action", "bizTransactionList"),
    ),
    "TransformationEvent": (
        {
            "transformationID": URI,
            "inputEPCList": _EPCS,
            "outputEPCList": _EPCS,
            "inputQuantityList": _QUANTITIES,
            "outputQuantityList": _QUANTITIES,
            "persistentDisposition": PERSISTENT,
            "ilmd": ILMD,
        },
        (),
    ),
}


def _schema(event_type: str) -> Schema:
    fields, required = _ONE_TYPE[event_type]
    schema = _thing(COMMON | fields | {"type": {"const": event_type}}, ("type", "eventTime", "eventTimeZoneOffset"))
    schema["required"] += required
    schema["allOf"] = [rule.schema for rule in RULES[event_type]]
    return schema | {"$schema": "http://json-schema.org/draft-07/schema#"}


SCHEMAS: Final[dict[str, Schema]] = {event_type: _schema(event_type) for event_type in _ONE_TYPE}
EVENT_TYPES: Final = tuple(SCHEMAS)
VALIDATORS: Final = {
    event_type: jsonschema_rs.Draft7Validator(schema, validate_formats=True, offline=True)
    for event_type, schema in SCHEMAS.items()
}
# The fields of all five types, for one that stands in an event of another type: misplaced, yet it must have its shape.
_ANYWHERE: Final = COMMON | {name: field for fields, _ in _ONE_TYPE.values() for name, field in fields.items()}
_SHAPES: Final = jsonschema_rs.Draft7Validator(
    {"type": "object", "properties": _ANYWHERE}, validate_formats=True, offline=True
)


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where an event is wrong or odd.

    `tolerable` breaches become warnings in the lenient mode; a `remark` is a warning in both, because only whoever
    knows the stored events or the partner can say whether it is wrong.
    """

    path: str
    code: str
    zh: str
    en: str
    tolerable: bool
    remark: bool = False


def breaches(event_type: str, value: dict[str, Any]) -> Iterator[Breach]:
    """All places where an event of a known type leaves its schema."""
    for error in VALIDATORS[event_type].iter_errors(value):
        yield from _explain(event_type, error)
    own = SCHEMAS[event_type]["properties"]
    misplaced = {name: item for name, item in value.items() if name in _ANYWHERE and name not in own}
    for error in _SHAPES.iter_errors(misplaced) if misplaced else ():
        yield from _explain(event_type, error)


def _explain(event_type: str, error: jsonschema_rs.ValidationError) -> Iterator[Breach]:
    path = ".".join(str(step) for step in error.instance_path)
    keyword = error.kind.name
    detail = error.kind.as_dict()
    found = error.instance if isinstance(error.instance, (str, int, float, bool)) else None
    shown = repr(found)[:80] if found is not None else ""
    if error.schema_path[:1] == ["allOf"]:
        rule = RULES[event_type][int(error.schema_path[1])]
        yield Breach("", rule.code, rule.zh, rule.en, rule.code == "ilmd_not_allowed")
    elif keyword == "required":
        name = str(detail["property"])
        # A report without a kind of measurement is still a reading; an event without time or action is not an event.
        tolerable = error.instance_path[-2:-1] == ["sensorReport"]
        yield Breach(_join(path, name), "missing", "缺少必填项", "is required", tolerable)
    elif keyword == "additionalProperties":
        for name in detail["unexpected"]:
            zh, en = (
                "标准中没有这一项;自定义项须写作“前缀:名称”",
                "is not a field here; own fields need a prefix, prefix:name",
            )
            # published examples carry it on every event type, though the standard has it on two
            told = name == "persistentDisposition" and not path
            yield Breach(_join(path, str(name)), "unknown_field", zh, en, tolerable=True, remark=told)
    elif keyword == "anyOf":
        zh, en = f"{shown} 不是标准词,也不是 URI", f"{shown} is neither a standard word nor a URI of one's own"
        yield Breach(path, "unknown_word", zh, en, True)
    elif keyword == "format" and detail["format"] == "date-time":
        zh, en = f"{shown} 不是带时区的日期时间(RFC 3339)", f"{shown} is not a date-time with its zone (RFC 3339)"
        yield Breach(path, "not_a_time", zh, en, False)
    elif keyword == "format":
        yield Breach(path, "not_a_uri", f"{shown} 不是 URI", f"{shown} is not a URI", True)
    elif keyword == "pattern":
        tolerable = path.endswith("uom")
        yield Breach(path, "malformed", f"{shown} 写法不符合规定", f"{shown} is not written as required", tolerable)
    elif keyword in ("enum", "const"):
        zh, en = f"{shown} 不在允许的取值内", f"{shown} is not one of the values allowed"
        yield Breach(path, "not_allowed", zh, en, False)
    elif keyword == "type":
        zh, en = "数据类型不对", f"has the wrong JSON type: {error.message[:120]}"
        yield Breach(path, "wrong_type", zh, en, False)
    elif keyword == "uniqueItems":
        yield Breach(path, "repeated", "同一项重复出现", "has the same item twice", True)
    else:
        yield Breach(path, "too_few", "内容不足", f"has too little in it: {error.message[:120]}", True)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
