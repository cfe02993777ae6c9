"""Taking a mapped file in: good rows as events through the capture door, faulty ones into quarantine with reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.catalog import House
from bihuan.base.clock import MINUTE
from bihuan.base.db import Writer
from bihuan.base.errors import BihuanError, Fault, Invalid, NotFound, Words
from bihuan.base.principal import Principal
from bihuan.base.records import Registry
from bihuan.base.records.quarantine import put_aside
from bihuan.base.rules.subjects import feeds, state_feed
from bihuan.gateways.epcis.capture import Behaviour, capture_now, sender
from bihuan.gateways.epcis.model import JOB, capture_job
from bihuan.gateways.mapped.apply import Mapped, MappedRecord, RowFault, apply, shown_body
from bihuan.gateways.mapped.declared import Mapping, compile_mapping
from bihuan.protocols.epcis.write import capture_document

_EVENT = re.compile(r"epcisBody\.eventList\[([0-9]+)\]\.?(.*)\Z")
_MEDIA = {"csv": "text/csv", "json": "application/json", "xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: the capture job (None when no record was made), and every fault by row."""

    job: str | None
    mapped: Mapped
    taken: int
    faults: tuple[RowFault, ...]
    complete_before: int | None = None


def load_mappings(registry: Registry, folders: Sequence[Path]) -> dict[str, Mapping]:
    """All mappings (`*.yaml`) of some folders by id; Invalid names the file and the line of every mistake."""
    found: dict[str, Mapping] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            try:
                mapping = compile_mapping(path.read_bytes(), registry)
            except Invalid as wrong:
                faults = [Fault(f"{path.name} {f.path}", f.code, f.words) for f in wrong.faults]
                said = Words(f"{path.name}：{wrong.words.zh}", f"{path.name}: {wrong.words.en}")
                raise Invalid(said.zh, said.en, code="mapping", faults=faults) from wrong
            if mapping.id != path.stem or mapping.id in found:
                words = Words("编号应与文件名相同且不重复。", "The id must be the file's name, and used once.")
                raise Invalid(words.zh, words.en, code="mapping", faults=[Fault(path.name, "id", words)])
            found[mapping.id] = mapping
    return found


def mapping_named(mappings: dict[str, Mapping], name: str) -> Mapping:
    """A mapping by its id; NotFound when there is none."""
    if name not in mappings:
        raise NotFound
    return mappings[name]


def take(
    house: House,
    principal: Principal,
    mapping: Mapping,
    data: bytes,
    behaviour: Behaviour = "proceed",
    file_time: int | None = None,
) -> Taken:
    """Take a partner's file in. Whatever is refused lies in quarantine with its reasons.

    `proceed`: good rows in, faulty ones aside. `rollback`: all or nothing. `file_time` is when the file was made (us
    UTC), for mappings whose completeness is counted from it. Invalid when nothing of it can be taken.
    """
    party = sender(principal)
    door = f"mapped:{mapping.id}"
    try:
        mapped = apply(mapping, data)
        _check_count(house, mapped)
    except BihuanError as refused:
        whole = refused.faults or (Fault("", refused.code, refused.words),)
        with house.db.write(principal) as w:
            put_aside(w, party=party, door=door, body=data, faults=whole, media=_MEDIA[mapping.source.format])
        raise
    if mapped.bad and (behaviour == "rollback" or not mapped.records):
        with house.db.write(principal) as w:
            told = [fault.fault for fault in mapped.faults]
            put_aside(w, party=party, door=door, body=data, faults=told, media=_MEDIA[mapping.source.format])
        return Taken(None, mapped, 0, tuple(mapped.faults))
    if mapped.bad:
        with house.db.write(principal) as w:
            for bad in mapped.bad:
                told = [fault.fault for fault in bad.faults]
                put_aside(w, party=party, door=door, body=shown_body(mapping, bad), faults=told)
    job: str | None = None
    taken, late = 0, list[RowFault]()
    if mapped.records:
        document = capture_document(mapped.events, creation_date=house.db.clock.now())
        job = capture_now(house, principal, document, behaviour)
        taken, late = _outcome(house, principal, job, mapped.records)
    faults = (*mapped.faults, *late)
    complete = None if faults else _complete_before(mapping, mapped, file_time)
    if complete is not None:
        with house.db.write(principal) as w:
            complete = min(complete, w.now)  # nobody knows what is still to come
            for step in dict.fromkeys(output.step for output in mapping.outputs):
                further(w, step, party, complete)
    return Taken(job, mapped, taken, faults, complete)


def further(w: Writer, step: str, party: str, complete_before: int) -> None:
    """State how far a feed is complete, unless its source said so for a later instant already."""
    for row in feeds(w):
        known = row["complete_before"]
        if row["type"] == step and row["source"] == party and isinstance(known, int) and known >= complete_before:
            return
    state_feed(w, step, party, complete_before)


def _complete_before(mapping: Mapping, mapped: Mapped, file_time: int | None) -> int | None:
    stated = mapping.completeness
    if stated is None:
        return None
    if stated.value is not None:
        return mapped.complete_before
    return None if file_time is None else file_time - stated.lag_minutes * MINUTE


def _outcome(
    house: House, principal: Principal, job: str, records: Sequence[MappedRecord]
) -> tuple[int, list[RowFault]]:
    """What the capture door took, and its faults led back to the rows."""
    query = sa.select(capture_job).where(capture_job.c.id == job)
    row = house.db.reader(principal).one(query, JOB)
    faults = []
    for told in msgspec.json.decode(row["errors"], type=list[dict[str, Any]]):
        words = Words(told["zh"], told["en"])
        found = _EVENT.match(told["path"])
        if found is None:
            faults.append(RowFault(0, "", "", told["path"], "", told["code"], words))
            continue
        record = records[int(found[1])]
        faults.append(RowFault(record.row, record.place, record.step, found[2], "", told["code"], words))
    return int(row["taken"]), faults


def _check_count(house: House, mapped: Mapped) -> None:
    if len(mapped.records) > house.capture_limit:
        n = house.capture_limit
        words = Words(f"超过 {n} 条记录，请分批发送。", f"More than {n} records: send them in parts.")
        raise Invalid(words.zh, words.en, code="too_many", faults=[Fault("", "too_many", words)])
