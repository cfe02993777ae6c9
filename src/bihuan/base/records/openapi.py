"""The REST door of every type as one OpenAPI 3.1 document, made from the declarations; refers to nothing outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from bihuan.base.declare import FieldSpec, Kind, TypeSpec
from bihuan.base.errors import Words
from bihuan.base.records.registry import Registry
from bihuan.base.records.signatures import signed_by
from bihuan.base.records.workbooks import MEDIA

Json = dict[str, Any]
_REF = "#/components/schemas/"
PROBLEM = "application/problem+json"
_LISTED: tuple[tuple[str, Words, Json], ...] = (
    ("after", Words("从这一账本号之后开始", "Begin after this ledger number"), {"type": "integer", "minimum": 0}),
    ("limit", Words("每页条数", "Items a page"), {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}),
    ("since", Words("收到时间不早于", "Received not before"), {"type": "string", "format": "date-time"}),
    ("until", Words("收到时间早于", "Received before"), {"type": "string", "format": "date-time"}),
)


def json_schema(spec: TypeSpec) -> Json:
    """A type as JSON Schema (2020-12): Chinese titles, English as `x-title-en`, units as `x-unit`.

    Decimals are strings on the way out and may be numbers on the way in; bounds that a string cannot carry stand as
    `x-minimum` and `x-maximum`, decimal places as `x-places`.
    """
    return {
        "type": "object",
        "title": spec.titles.zh,
        "x-title-en": spec.titles.en,
        **({"description": spec.source} if spec.source else {}),
        "properties": {f.name: _property(f) for f in spec.fields},
        "required": [f.name for f in spec.fields if f.required],
        "additionalProperties": False,
    }


def _property(spec: FieldSpec) -> Json:
    said = spec.says
    out: Json = {"title": spec.words.zh, "x-title-en": spec.words.en, **_shape(spec)}
    if not spec.required and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    elif not spec.required and isinstance(out.get("type"), list):
        out["type"] = [*out["type"], "null"]
    if said.help is not None:
        out |= {"description": said.help.zh, "x-description-en": said.help.en}
    if said.unit:
        out["x-unit"] = said.unit
    if said.example:
        out["examples"] = [[said.example] if spec.kind is Kind.texts else said.example]
    if said.personal:
        out["x-personal"] = True
    if said.role is not None:
        out["x-role"] = said.role
    return out


def _shape(spec: FieldSpec) -> Json:
    said = spec.says
    match spec.kind:
        case Kind.text:
            return {"type": "string", "maxLength": said.longest}
        case Kind.file:
            return {"type": "string", "x-file": True}
        case Kind.choice:
            return {
                "type": "string",
                "enum": [c.value for c in spec.choices],
                "x-enum-labels": {c.value: {"zh": c.zh, "en": c.en} for c in spec.choices},
            }
        case Kind.integer:
            return {"type": "integer", **_bounds(said.low, said.high)}
        case Kind.decimal:
            places = f"(\\.[0-9]{{1,{said.places}}})?" if said.places else ""
            marks = {"x-places": said.places, **_bounds(said.low, said.high, "x-")}
            return {"type": ["string", "number"], "format": "decimal", "pattern": f"^-?[0-9]{{1,16}}{places}$", **marks}
        case Kind.boolean:
            return {"type": "boolean"}
        case Kind.instant:
            return {"type": "string", "format": "date-time"}
        case Kind.day:
            return {"type": "string", "format": "date"}
        case Kind.texts:
            return {"type": "array", "items": {"type": "string", "maxLength": said.longest}}
        case Kind.parts if spec.part is not None:
            inner = json_schema(spec.part)
            return {
                "type": "array",
                "items": {k: inner[k] for k in ("type", "properties", "required", "additionalProperties")},
            }
    raise AssertionError(spec.kind)


def _bounds(low: Decimal | None, high: Decimal | None, mark: str = "") -> Json:
    found: Json = {}
    for name, bound in (("minimum", low), ("maximum", high)):
        if bound is not None:
            found[mark + name] = str(bound) if mark else int(bound)
    return found


def openapi(
    registry: Registry,
    *,
    version: str,
    prefix: str = "/v1",
    more_paths: Mapping[str, Json] | None = None,
    more_schemas: Mapping[str, Json] | None = None,
) -> Json:
    """The whole document: five operations a type under `{prefix}/records/{type}`, and what other doors add."""
    specs = sorted(registry.types.values(), key=lambda s: s.name)
    paths: Json = {}
    for spec in specs:
        paths |= _paths(spec, f"{prefix}/records/{spec.name}")
    lines = {s.name.partition(".")[0]: registry.line_of(s.name) for s in specs}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "闭环 Bihuan",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{"token": []}],
        "tags": [{"name": app, "description": line} for app, line in lines.items()],
        "paths": paths | dict(more_paths or {}),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {s.name: json_schema(s) for s in specs} | _common() | dict(more_schemas or {}),
        },
    }


def _paths(spec: TypeSpec, path: str) -> Json:
    zh, en = spec.titles
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": _REF + spec.name}}}}
    upload = {"type": "string", "contentMediaType": MEDIA}
    tables = {MEDIA: {"schema": upload}, "text/csv": {"schema": {"type": "string"}}}
    retry = _parameter(
        "Idempotency-Key",
        "重试键：同键同内容得到同一答复",
        "Retry key: same key and content, same answer",
        {"type": "string", "maxLength": 200},
        "header",
    )
    supersedes = _parameter(
        "supersedes", "所更正记录的编号", "Id of the record that this one corrects", {"type": "string"}, "query"
    )
    draft = _parameter(
        "draft", "yes 只作为草稿送主要负责人签署", "yes: only a draft for the principal person to sign", {"enum": ["yes"]}, "query"
    )
    signed = bool(signed_by(spec))
    one = _parameter("ref", "记录的对外编号", "Outward id of the record", {"type": "string"}, "path")
    dry = _parameter(
        "keep",
        "none 只预览，good 只入有效行，all 全有效才入",
        "Preview only, good rows only, or all or nothing",
        {"enum": ["none", "good", "all"], "default": "none"},
        "query",
    )
    language = _parameter("lang", "语言", "Language", {"enum": ["zh", "en"], "default": "zh"}, "query")
    listed = [_parameter(name, words.zh, words.en, schema, "query") for name, words, schema in _LISTED]
    return {
        path: {
            "post": _operation(
                spec,
                "keep",
                Words(f"登记{zh}", f"Keep: {en}"),
                {"202": "Draft"} if signed else {"201": "Kept", "200": "Kept"},
                (401, 403, 409, 413, 415, 422, 503),
                [retry, supersedes, draft] if signed else [retry, supersedes],
                body,
            ),
            "get": _operation(
                spec, "list", Words(f"{zh}列表", f"List: {en}"), {"200": f"{spec.name}.Page"}, (401, 403, 422), listed
            ),
        },
        f"{path}/template": {
            "get": {
                **_operation(spec, "template", Words(f"{zh}导入模板", f"Template: {en}"), {}, (401, 403), [language]),
            }
        },
        f"{path}/import": {
            "post": _operation(
                spec,
                "import",
                Words(f"批量导入{zh}", f"Import: {en}"),
                {"200": "Preview", "201": "Preview"},
                (401, 403, 409, 413, 415, 422, 503),
                [dry],
                {"required": True, "content": tables},
            ),
        },
        f"{path}/{{ref}}": {
            "get": _operation(
                spec, "get", Words(f"一条{zh}", f"One: {en}"), {"200": f"{spec.name}.Item"}, (401, 403, 404), [one]
            ),
        },
    }


def _operation(
    spec: TypeSpec,
    verb: str,
    words: Words,
    good: Mapping[str, str],
    bad: Iterable[int],
    parameters: list[Json],
    body: Json | None = None,
) -> Json:
    answers: Json = {}
    for status, name in good.items():
        answers[status] = {"description": words.zh, "content": {"application/json": {"schema": _answer(spec, name)}}}
    if not good:
        answers["200"] = {
            "description": words.zh,
            "content": {MEDIA: {"schema": {"type": "string", "contentMediaType": MEDIA}}},
        }
    problem = {"content": {PROBLEM: {"schema": {"$ref": _REF + "Problem"}}}}
    answers |= {str(status): {"description": _REASONS[status].zh, **problem} for status in bad}
    app, _, name = spec.name.partition(".")
    out = {
        "operationId": f"{verb}_{app}_{name}",
        "tags": [app],
        "summary": words.zh,
        "x-summary-en": words.en,
        "parameters": parameters,
        "responses": answers,
    }
    return out | ({"requestBody": body} if body else {})


def _answer(spec: TypeSpec, name: str) -> Json:
    item = {"allOf": [{"$ref": _REF + "Item"}, {"properties": {"record": {"$ref": _REF + spec.name}}}]}
    if name.endswith(".Item"):
        return item
    if name.endswith(".Page"):
        return {
            "type": "object",
            "properties": {"items": {"type": "array", "items": item}, "next": {"type": ["integer", "null"]}},
            "required": ["items", "next"],
        }
    return {"$ref": _REF + name}


def _parameter(name: str, zh: str, en: str, schema: Json, where: str) -> Json:
    said = {"name": name, "in": where, "description": zh, "x-description-en": en, "schema": schema}
    return said | ({"required": True} if where == "path" else {})


_REASONS = {
    401: Words("未登录或令牌无效", "nobody is logged in"),
    403: Words("没有权限", "not allowed"),
    404: Words("没有或不可见", "no such item, or hidden"),
    409: Words("同键异内容", "same key, other content"),
    413: Words("过大", "too large"),
    415: Words("内容类型不收", "kind of content not taken"),
    422: Words("内容有误，逐处列出", "wrong, each place named"),
    503: Words("暂时无法入库，可重试", "try again"),
}


def _common() -> Json:
    text, words = {"type": "string"}, {"zh": {"type": "string"}, "en": {"type": "string"}}
    fault = _object({"path": text, "code": text, **words}, ("path", "code", "zh", "en"))
    cell = _object({"cell": text, "field": text, "code": text, **words}, ("cell", "field", "code", "zh", "en"))
    line = _object(
        {
            "line": {"type": "integer"},
            "values": {"type": "object", "additionalProperties": text},
            "good": {"type": "boolean"},
            "faults": {"type": "array", "items": cell},
            "notes": {"type": "array", "items": cell},
        },
        ("line", "values", "good", "faults", "notes"),
    )
    return {
        "Problem": _object(
            {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "code": text,
                **words,
                "faults": {"type": "array", "items": {"$ref": _REF + "Fault"}},
            },
            ("title", "status", "code"),
        ),
        "Fault": fault,
        "Kept": _object(
            {"seq": {"type": "integer"}, "ref": text, "id": text, "repeated": {"type": "boolean"}},
            ("seq", "ref", "id", "repeated"),
        ),
        "Draft": _object(
            {"draft": text, "state": {"enum": ["waiting", "returned", "signed", "withdrawn"]}}, ("draft", "state")
        ),
        "Item": _object(
            {
                "seq": {"type": "integer"},
                "ref": text,
                "id": text,
                "party": text,
                "door": text,
                "received": {"type": "string", "format": "date-time"},
                "supersedes": {"type": ["string", "null"]},
                "superseded_by": {"type": ["string", "null"]},
                "record": {"type": "object"},
            },
            ("seq", "ref", "id", "received", "record"),
        ),
        "Preview": _object(
            {
                "batch": text,
                "state": {"enum": ["preview", "kept", "undone"]},
                "total": {"type": "integer"},
                "good": {"type": "integer"},
                "bad": {"type": "integer"},
                "problems": {"type": "array", "items": {"$ref": _REF + "Fault"}},
                "rows": {"type": "array", "items": line},
            },
            ("state", "total", "good", "bad", "problems", "rows"),
        ),
    }


def _object(properties: Json, required: tuple[str, ...]) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


__all__ = ["PROBLEM", "json_schema", "openapi"]
