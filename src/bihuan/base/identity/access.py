"""Who looked at what: an append-only log, kept at least six months; written at once or gathered first."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from bihuan.base.db import Db, Reader, Writer
from bihuan.base.errors import Forbidden
from bihuan.base.identity.model import DOOR, INNER, Access, access_log, organisation, person
from bihuan.base.identity.policy import POLICY
from bihuan.base.principal import Principal


@dataclass
class AccessBuffer:
    """Page views that wait for the next write; `full` says when they should wait no longer.

    Only for views of masked or non-personal rows: what shows personal data in clear is logged in the same transaction.
    """

    limit: int = 200
    entries: list[Access] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether it is time to flush."""
        return len(self.entries) >= self.limit

    def note(self, reader: Reader, kind: str, row: str, why: str, address: str) -> None:
        """Remember one look by the reader's principal."""
        who = reader.principal
        self.entries.append(Access(reader.now, who.id, who.person, who.party, kind, row, why, address))

    def flush(self, db: Db) -> int:
        """Write what waits in a transaction of its own; forgotten here only once durable. How many."""
        waiting = tuple(self.entries)
        if waiting:
            with db.write(DOOR) as w:
                for entry in waiting:
                    _append(w, entry)
            del self.entries[: len(waiting)]
        return len(waiting)


def log_access(w: Writer, principal: Principal, kind: str, row: str, why: str, address: str) -> None:
    """Write down that a principal looked at (or did) something: kind and id of the row, the reason, the address."""
    _append(w, Access(w.now, principal.id, principal.person, principal.party, kind, row, why, address))


def access_log_of(
    reader: Reader,
    *,
    person: str | None = None,
    kind: str | None = None,
    row: str | None = None,
    why: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 200,
) -> tuple[Access, ...]:
    """Entries, newest first, for administrators: those of people and parties of the areas they administer.

    `person` picks who looked, `row` what was looked at, `why` the reason, e.g. `page` for whatever page was opened. Anybody may ask who looked at themselves (row = own id).
    """
    who = reader.principal
    query = sa.select(access_log).order_by(access_log.c.number.desc()).limit(limit)
    if person is not None:
        query = query.where(access_log.c.person == person)
    if kind is not None:
        query = query.where(access_log.c.kind == kind)
    if row is not None:
        query = query.where(access_log.c.row == row)
    if why is not None:
        query = query.where(access_log.c.why == why)
    if since is not None:
        query = query.where(access_log.c.at >= since)
    if until is not None:
        query = query.where(access_log.c.at < until)
    own = who.person is not None and kind == "person" and row == who.person
    if not own:
        query = query.where(administered(who, access_log.c.area))
    return tuple(
        Access(*(entry[name] for name in ("at", "principal", "person", "party", "kind", "row", "why", "address")))
        for entry in reader.rows(query, INNER)
    )


def administered(principal: Principal, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that an area lies in what a principal administers; Forbidden when that is nothing."""
    if principal.kind == "system":
        return sa.true()
    prefixes = sorted({grant.area for grant in principal.grants if "admin" in grant.capabilities})
    if not prefixes:
        raise Forbidden("只有管理员可以查看日志。", "Only administrators may read the logs.")
    return sa.or_(*(column.startswith(prefix, autoescape=True) for prefix in prefixes))


def prune_access_log(w: Writer, keep: int = POLICY.access_kept) -> int:
    """Drop entries older than `keep` us, never less than six months; by the system only. How many were dropped."""
    if w.principal.kind != "system":
        raise Forbidden("只有系统可以清理日志。", "Only the system prunes the log.")
    return w.write(sa.delete(access_log).where(access_log.c.at < w.now - max(keep, POLICY.access_kept)))


def _append(w: Writer, entry: Access) -> None:
    w.insert(
        access_log,
        {
            "at": entry.at,
            "principal": entry.principal,
            "person": entry.person,
            "party": entry.party,
            "area": _area_of(w, entry),
            "kind": entry.kind,
            "row": entry.row,
            "why": entry.why,
            "address": entry.address,
        },
    )


def _area_of(reader: Reader, entry: Access) -> str:
    """The area whose administrator answers for who looked; none for the public and for jobs."""
    if entry.person is not None:
        return str(reader.scalar(sa.select(person.c.area).where(person.c.id == entry.person), INNER) or "")
    if entry.party is not None:
        return str(reader.scalar(sa.select(organisation.c.area).where(organisation.c.id == entry.party), INNER) or "")
    return ""
