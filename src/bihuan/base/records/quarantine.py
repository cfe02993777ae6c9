"""隔离区: what a door could not take, kept with its reason, to be mended and sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader, Scoped, Writer, area_tag, big, metadata, party_tag
from bihuan.base.errors import Fault, NotFound, Refused

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("media", sa.Text, nullable=False),
    sa.Column("received", big, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("faults", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Index("quarantine_by_time", "state", "received"),
    sa.Index("quarantine_by_hash", "party", "hash"),
)
"""state: open, resent or dropped; faults: JSON list of {path, code, zh, en}."""

QUARANTINE = Scoped("quarantine", quarantine.c.id)


def put_aside(
    w: Writer, *, party: str, door: str, body: bytes, faults: Sequence[Fault], media: str = "application/json", area: str = ""
) -> str:
    """Keep what could not be taken; the same bytes from the same party stay one row. Gives its id."""
    digest = hashlib.sha256(body).digest()
    same = sa.select(quarantine.c.id).where(
        quarantine.c.party == party, quarantine.c.hash == digest, quarantine.c.state == "open"
    )
    known = w.scalar(same, QUARANTINE)
    if known is not None:
        return str(known)
    new = w.new_id("qua")
    told = [{"path": f.path, "code": f.code, "zh": f.words.zh, "en": f.words.en} for f in faults]
    code = faults[0].code if faults else "refused"
    w.insert(
        quarantine,
        {"id": new, "party": party, "door": door, "media": media, "received": w.now, "code": code,
         "faults": msgspec.json.encode(told).decode(), "body": body, "hash": digest, "state": "open"},
    )  # fmt: skip
    w.tag("quarantine", new, [party_tag(party), area_tag("quarantine", area)])
    return new


def quarantined(reader: Reader, *, state: str = "open", limit: int = 200) -> Sequence[RowMapping]:
    """What lies in quarantine within scope, newest first, without the bodies."""
    columns = [c for c in quarantine.c if c.name not in ("body", "hash")]
    query = sa.select(*columns).where(quarantine.c.state == state).order_by(quarantine.c.received.desc()).limit(limit)
    return reader.rows(query, QUARANTINE)


def quarantined_one(reader: Reader, item: str) -> RowMapping:
    """One item with its bytes."""
    return reader.one(sa.select(quarantine).where(quarantine.c.id == item), QUARANTINE)


def settle(w: Writer, item: str, state: str) -> None:
    """Mark an item as `resent` or `dropped`; Refused when it is settled already."""
    found = w.first(sa.select(quarantine.c.state).where(quarantine.c.id == item), QUARANTINE)
    if found is None:
        raise NotFound
    if found["state"] != "open":
        raise Refused("这一项已经处理过了。", "This item has been settled already.")
    w.write(sa.update(quarantine).where(quarantine.c.id == item).values(state=state))
