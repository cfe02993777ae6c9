"""Who may act on a case or application now: within scope, with the capability, on the version that they were shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.calendar import stamp
from bihuan.base.cases.model import Act, Doing, event_table
from bihuan.base.db import Open, Reader, Scoped, Writer, seen_table
from bihuan.base.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.files import file_refs, tag_files
from bihuan.base.identity import person_label
from bihuan.base.principal import Principal
from bihuan.base.records import RECORD, record

ACT, DECIDE, SIGN = "act", "decide", "sign"
_FOUND = Open("tags and last change of a thing that was just found within scope")


def holds(principal: Principal, capability: str, line: str, area: str) -> bool:
    """Whether an officer holds a capability for a line in an area; a system principal holds all."""
    return principal.kind == "system" or any(
        capability in grant.capabilities and grant.line in ("*", line) and area.startswith(grant.area)
        for grant in principal.grants
    )


def signs_for(principal: Principal, party: str | None) -> bool:
    """Whether a principal may bind a party; a system principal may (the simulated city, an import)."""
    return principal.kind == "system" or (
        party is not None and principal.party == party and SIGN in principal.capabilities
    )


def access(w: Writer, table: sa.Table, of: Scoped, thing: str, act: Act) -> RowMapping:
    """The thing, if the principal sees it and it has not moved on; NotFound, Conflict (who changed it, and when)."""
    row = w.one(sa.select(table).where(table.c.id == thing), of)
    if act.version is not None and act.version != row["version"]:
        c = event_table.c
        query = sa.select(event_table).where(c.thing == thing).order_by(c.n.desc())
        last = w.first(query, _FOUND)
        who, when = (named(w, last["by"], last["by_name"]), last["at"]) if last else ("", row["changed"])
        done = Doing[last["doing"]].words() if last else Words("修改", "changed")
        raise Conflict(
            f"{row['number']} 已由{who}于 {stamp(when)} 办理“{done.zh}”，请刷新后再办。",
            f"{row['number']} was moved on by {who} at {stamp(when)} ({done.en}); reload it and decide again.",
            code="moved_on",
        )
    return row


def update_as_seen(
    w: Writer, table: sa.Table, row: Mapping[Any, Any], changes: Mapping[str, Any], what: str = "此件"
) -> None:
    """Change a row and count its version up; Conflict when somebody else changed it since it was read."""
    statement = sa.update(table).where(table.c.id == row["id"], table.c.version == row["version"])
    if w.write(statement.values(**changes, version=row["version"] + 1, changed=w.now)) != 1:
        raise moved_on(what)


def moved_on(what: str = "此件") -> Conflict:
    """Somebody else acted in between; nothing was changed."""
    return Conflict(f"{what}刚被他人办理，请刷新后再办。", "Just moved on by another; reload it.", code="moved_on")


def named(reader: Reader, by: str, kept: str) -> str:
    """Who acted, as the reader may know them: people by what they are called now, others by the name that was kept."""
    return person_label(reader, by, kept) if by.startswith("per-") else kept or by


def need_officer(w: Writer, row: Mapping[Any, Any], capability: str) -> None:
    """Forbidden unless the principal is an officer for the thing's line and area with that capability."""
    if not holds(w.principal, capability, row["line"], row["area"]):
        raise Forbidden(
            "这一步由该辖区、该条线有相应权限的人员办理。",
            "This step is for an officer of that area and line who holds the capability.",
        )


def need_party(w: Writer, party: str | None) -> None:
    """Forbidden unless the principal may sign for the party whose turn it is."""
    if not signs_for(w.principal, party):
        raise Forbidden("这一步由当事主体有签署权限的人员办理。", "This step is for whoever may sign for the party.")


def refuse(row: Mapping[Any, Any], doing: Doing, why: Words) -> Refused:
    """The refusal of an act that the state of the thing does not allow: what, why."""
    return Refused(
        f"{row['number']} 现在不能“{doing.zh}”：{why.zh}",
        f"{row['number']}: “{doing.en}” is not possible now: {why.en}",
    )


def tags_in(w: Reader, kind: str, row: str) -> set[str]:
    """The tags under which a thing is visible."""
    c = seen_table.c
    return {r["tag"] for r in w.rows(sa.select(c.tag).where(c.kind == kind, c.row == row), _FOUND)}


def need_evidence(w: Writer, evidence: Sequence[str], tags: set[str]) -> list[str]:
    """Check that files and records named as evidence are there and seen by who names them.

    Shows the files to everybody who sees the act; gives each file with its hash, as the ledger keeps it.
    """
    files = [item for item in evidence if item.startswith("file-")]
    records = [item for item in evidence if not item.startswith("file-")]
    try:
        hashes = {ref.id: ref.sha256 for ref in file_refs(w, files)}
        seen = {r["ref"] for r in w.rows(sa.select(record.c.ref).where(record.c.ref.in_(records)), RECORD)}
        if set(records) - seen:
            raise NotFound
    except NotFound as missing:
        words = Words("证据中有文件或记录不存在，或您看不到它。", "A file or record named as evidence is not found.")
        raise Invalid(*words, code="evidence", faults=[Fault("evidence", "not_found", words)]) from missing
    tag_files(w, files, tags)
    return [f"{item}#sha256={hashes[item]}" if item in hashes else item for item in evidence]


def as_json(value: Any) -> str:
    """Structured content as a column keeps it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
