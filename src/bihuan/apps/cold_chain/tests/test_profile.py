"""The public event profile: every example on the page is valid EPCIS and is read as the step that its heading names."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bihuan.apps.cold_chain.feeds import from_event, personal_parts, to_event
from bihuan.apps.cold_chain.profile import FORMS
from bihuan.apps.cold_chain.records import STEPS
from bihuan.base.errors import Invalid
from bihuan.protocols.epcis import read_document
from bihuan.protocols.epcis.document import namespaces_of

ROOT = Path(__file__).parents[5]
DATA = Path(os.environ.get("BIHUAN_DATA") or ROOT.parent / "shared" / "data")
HEADING = re.compile(r"^### `(\w+)`(.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def sections(name: str) -> list[tuple[str, str]]:
    """Heading and text of each step's section."""
    steps = page(name).split("\n## ")
    body = next(part for part in steps if HEADING.search(part))
    found = list(HEADING.finditer(body))
    ends = [m.start() for m in found[1:]] + [len(body)]
    return [(m[1], body[m.end() : end]) for m, end in zip(found, ends, strict=True)]


SECTIONS = sections("cold-chain-events.md")
BLOCKS = BLOCK.findall(page("cold-chain-events.md"))


@pytest.fixture(scope="module")
def published() -> Any:
    """The published schemas of EPCIS 2.0, an oracle that is not part of the product."""
    file = DATA / "epcis" / "gs1-rest-binding" / "openapi.json"
    if not file.exists():
        (pytest.fail if os.environ.get("BIHUAN_CI") == "1" else pytest.skip)(
            f"reference data not found in {DATA}; set BIHUAN_DATA to its folder"
        )
    return json.loads(file.read_bytes())["components"]


def validator(components: dict[str, Any], name: str) -> jsonschema_rs.Draft7Validator:
    schema = {"components": components, "$ref": f"#/components/schemas/{name}"}
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def test_one_section_for_each_step_in_both_languages() -> None:
    assert [name for name, _ in SECTIONS] == list(STEPS) == list(FORMS)
    assert [name for name, _ in sections("cold-chain-events.zh.md")] == list(STEPS)


@pytest.mark.data
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_example_passes_the_published_schema(published: dict[str, Any], number: int) -> None:
    value = json.loads(BLOCKS[number])
    name = "EPCIS-Document" if value["type"] == "EPCISDocument" else value["type"]
    validator(published, name).validate(value)


@pytest.mark.data
def test_the_published_schema_can_refuse(published: dict[str, Any]) -> None:
    wrong = json.loads(BLOCKS[1]) | {"bizStep": "urn:epcglobal:cbv:bizstep:inspecting"}
    assert not validator(published, wrong["type"]).is_valid(wrong)


def test_the_door_takes_all_examples_in_one_document() -> None:
    document = exact(BLOCKS[0])
    document["epcisBody"]["eventList"] = [json.loads(BLOCK.findall(text)[0]) for _, text in SECTIONS]
    taken = read_document(json.dumps(document).encode(), mode="strict")
    assert (taken.faults, taken.warnings) == ([], [])
    assert [s.step for e in taken.events for s in from_event(e.value, e.namespaces)] == list(STEPS)


@pytest.mark.parametrize(("name", "text"), SECTIONS, ids=[name for name, _ in SECTIONS])
def test_the_example_is_the_canonical_event_of_its_step(name: str, text: str) -> None:
    (block,) = BLOCK.findall(text)
    event = exact(block)
    (step,) = from_event(event)
    assert (step.step, step.id) == (name, f"r-{name}")
    assert isinstance(step.record, STEPS[name])
    assert to_event(step.record, id=step.id, supersedes=step.supersedes) == event


def broken(value: Any) -> Iterator[Any]:
    """The same JSON value, broken at one place after the other."""
    yield from (None, True, 5, "x", "", "a:b", [], {}, [5], ["x"], [None], {"id": 5}, [{"x": 5}])
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {k: v for k, v in value.items() if k != key}
            yield from (value | {key: other} for other in broken(inner))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from ([*value[:n], other, *value[n + 1 :]] for other in broken(inner))


@pytest.mark.parametrize(("name", "text"), SECTIONS, ids=[name for name, _ in SECTIONS])
def test_whatever_is_broken_it_is_read_or_refused_with_reasons(name: str, text: str) -> None:
    event = exact(BLOCK.findall(text)[0])
    event |= {"errorDeclaration": None, "recordTime": "2020-12-16T00:00:00Z", "bh:supersedes": "a:b", "ilmd": {}}
    declared = {"declarationTime": "2020-12-16T00:00:00Z", "correctiveEventIDs": ["a:b"]}
    for other in (*broken(event), *broken(event | {"errorDeclaration": declared})):
        if not isinstance(other, dict):
            continue
        assert personal_parts(other) == (other, {})
        try:
            found = from_event(other)
        except Invalid as refused:
            assert refused.faults
        else:
            assert all(isinstance(step.record, STEPS[step.step]) for step in found)


@pytest.mark.parametrize(("name", "text"), SECTIONS, ids=[name for name, _ in SECTIONS])
def test_the_table_names_every_field_and_the_form(name: str, text: str) -> None:
    rows = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    said = {word for row in rows for word in re.findall(r"[\w.\[\]]+", row)}
    heads = {word.partition("[")[0] for word in said}
    fields = {field.rstrip("_") for field in STEPS[name].__struct_fields__} - {"time"}
    assert heads == fields | ({"supersedes"} if name == "voided" else set())
    form = FORMS[name]
    row = next(line for line in text.splitlines() if line.startswith("| (form)"))
    for word in (form.type, form.action, form.biz_step.rpartition("/")[2], form.disposition):
        assert word in row


def test_the_wrapper_binds_the_prefix() -> None:
    document = exact(BLOCKS[0])
    events = document["epcisBody"]["eventList"]
    assert [s.step for e in events for s in from_event(e, namespaces_of(document["@context"]))] == ["picked_up"]


def test_the_correction_and_the_error_declaration_name_the_same_record() -> None:
    correction, declaration = (exact(block) for block in BLOCKS[-2:])
    (new,) = from_event(correction)
    (back,) = from_event(declaration)
    assert (new.step, new.id, new.supersedes) == ("picked_up", "r-picked_up-2", "r-picked_up")
    assert (back.step, back.supersedes, back.corrected_by) == ("voided", "r-picked_up", ("r-picked_up-2",))
