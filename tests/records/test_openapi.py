"""The REST description: valid JSON Schema, every reference answered inside, what we write is what it allows."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.apps.cold_chain.records import STEPS, Disinfected
from bihuan.base.declare import Record, compiled
from bihuan.base.records import Registry
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.openapi import json_schema, openapi

from .test_templates import RECORDS, Landing


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    registry = Registry()
    registry.add("cold_chain", "cold_chain", STEPS.values())
    registry.add("port", "port", [Landing])
    return openapi(registry, version="0.1.0")


@pytest.mark.parametrize("cls", [*STEPS.values(), Landing], ids=lambda cls: cls.__name__)
def test_every_type_is_a_valid_schema(cls: type[Record]) -> None:
    schema = json_schema(compiled(cls, "x"))
    jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    assert schema["title"] and schema["x-title-en"]


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_kept_fits_its_schema(cls: type[Record], data: st.DataObject) -> None:
    schema = json_schema(compiled(cls, "cold_chain"))
    stored = msgspec.json.decode(encode_record(data.draw(RECORDS[cls])))
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(stored)
    stored["more"] = 1
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(stored)


def test_a_field_says_what_it_is() -> None:
    strength = json_schema(compiled(Disinfected, "cold_chain"))["properties"]["strength"]
    assert strength == {
        "title": "有效浓度", "x-title-en": "Strength", "type": ["string", "number", "null"], "format": "decimal",
        "pattern": r"^-?[0-9]{1,16}(\.[0-9]{1,1})?$", "x-places": 1, "x-minimum": "0", "x-unit": "mg/L",
    }  # fmt: skip
    harbour = json_schema(compiled(Landing, "port"))["properties"]["harbour"]
    assert harbour["enum"] == ["first", "second"] and harbour["x-enum-labels"]["second"]["en"] == "Second"
    assert json_schema(compiled(Landing, "port"))["properties"]["master"]["x-personal"]


def test_all_references_stay_inside_and_operations_have_one_name(document: dict[str, Any]) -> None:
    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if "$ref" in value else set()
            return own.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= names
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 5 * (len(STEPS) + 1)
    assert {"get", "post"} == set(document["paths"]["/v1/records/cold_chain.Disinfected"])
    assert "/v1/records/cold_chain.Disinfected/{ref}" in document["paths"]
    for path, item in document["paths"].items():
        stated = {p["name"] for op in item.values() for p in op["parameters"] if p["in"] == "path"}
        assert stated == ({"ref"} if "{ref}" in path else set())


def test_it_is_plain_json_with_no_address_but_that_of_the_dialect(document: dict[str, Any]) -> None:
    text = msgspec.json.encode(document).decode()
    assert text.count("://") == text.count("https://json-schema.org/draft/2020-12/schema") == 1
