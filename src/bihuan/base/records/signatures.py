"""签署: what binds an organisation only by the signature of its principal person 主要负责人, over the hash that was shown.

A declared type says so by `signed_by = "principal"`. The one function that keeps records refuses such a record, and
whatever would take its place, without a signature that it makes itself from who is asking; reading a record back
from its bytes checks the hash again, so that bytes without it are no record of that type.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Open, Reader, Writer, big, metadata
from bihuan.base.declare import TypeSpec
from bihuan.base.declare.compiled import DeclarationError
from bihuan.base.errors import Refused, Words
from bihuan.base.identity import CAPACITIES, check_capacity
from bihuan.base.records.model import DERIVED, record


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who bound the organisation by a record, as it stands in the ledger; ids only, never a name."""

    by: str
    """The person, by id."""
    capacity: str
    party: str
    """The organisation that is bound."""
    at: int
    """int us."""
    hash: str
    """SHA-256 (hex) of type, organisation, what is corrected, and the record's canonical bytes."""
    drafted_by: str = ""
    """Who had written it, by id: a person or a token."""
    agency: str = ""
    """The service agency that had written it; empty when the organisation's own people did."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What a person signs: the hash that they were shown, and who had written the draft."""

    shown: str
    drafted_by: str = ""
    agency: str = ""


record_signature = sa.Table(
    "record_signature",
    metadata,
    sa.Column("seq", big, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("capacity", sa.Text, nullable=False),
    sa.Column("at", big, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("drafted_by", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Index("record_signature_by_agency", "agency", "seq"),
)
"""One row a signed record, derived from its bytes."""

SIGNATURE = Open("read with the record that was just found within scope")
PROMISE = Words(
    "本人是本单位主要负责人，已核对以上全部内容，承诺其真实、准确、完整，并对此承担法律责任。",
    "I am the principal person of this organisation. I have read all of the above; it is true, exact and complete, and I answer for it in law.",
)
"""The sentence above the button with which a record is signed."""


def signed_by(spec: TypeSpec) -> str:
    """In what capacity a type must be signed, `principal`; empty when it needs no such signature."""
    return str(getattr(spec.cls, "signed_by", ""))


def check_declared(spec: TypeSpec, *, event_of_goods: bool) -> None:
    """DeclarationError when a type asks for a signature that nobody can give."""
    wanted = signed_by(spec)
    if wanted and wanted not in CAPACITIES:
        raise DeclarationError(f"{spec.name}.signed_by: {wanted!r} is none of {sorted(CAPACITIES)}")
    if wanted and event_of_goods:
        raise DeclarationError(f"{spec.name}.signed_by: a step of goods is kept as an event, which nobody signs; take `rank` away")


def signing_hash(type_name: str, party: str, supersedes: str | None, payload: bytes) -> str:
    """What is signed, as hex: the type, the organisation, the id of what is corrected, the canonical bytes of the record."""
    head = "\n".join(("bihuan signature 1", type_name, party, supersedes or "", ""))
    return hashlib.sha256(head.encode() + payload).hexdigest()


def in_groups(digest: str, size: int = 4) -> list[str]:
    """A hash in short groups, as people compare it."""
    return [digest[n : n + size] for n in range(0, len(digest), size)]


def sign(
    w: Writer, spec: TypeSpec, party: str, payload: bytes, supersedes: str | None, signing: Signing | None
) -> Signature | None:
    """The signature of the writer's own principal over a record; None for a type that needs none.

    Refused when the type needs one and none is given, or when an unsigned record would take the place of a signed one;
    Forbidden, StepUpNeeded or Conflict as `check_capacity`.
    """
    capacity = signed_by(spec)
    if not capacity:
        if supersedes is not None and signed_among(w, party, [supersedes]):
            raise unsigned_correction()
        return None
    if signing is None:
        raise Refused(
            "这类记录须由本单位主要负责人本人签署后才生效；请保存为草稿并送签。",
            "A record of this type binds only by the signature of the organisation's principal person: hand the draft in to be signed.",
            code="needs_signature",
        )
    current = signing_hash(spec.name, party, supersedes, payload)
    by = check_capacity(w, capacity, party, signing.shown, current)
    return Signature(by=by, capacity=capacity, party=party, at=w.now, hash=current,
                     drafted_by=signing.drafted_by, agency=signing.agency)  # fmt: skip


def holds(
    signature: Signature | None, spec: TypeSpec, party: str, by: str, supersedes: str | None, payload: bytes
) -> bool:
    """Whether the bytes of a record are those that were signed, for this organisation, by who sent them."""
    return signature is not None and (signature.capacity, signature.party, signature.by, signature.hash) == (
        signed_by(spec), party, by, signing_hash(spec.name, party, supersedes, payload),
    )  # fmt: skip


def signed_among(reader: Reader, party: str, ids: list[str]) -> set[str]:
    """Those of a sender's record ids under which a signed record stands."""
    if not ids:
        return set()
    joined = record.join(record_signature, record_signature.c.seq == record.c.seq)
    query = sa.select(record.c.sent).select_from(joined).where(record.c.party == party, record.c.sent.in_(ids))
    return {str(row["sent"]) for row in reader.rows(query, DERIVED)}


def unsigned_correction() -> Refused:
    """The refusal of whatever would take a signed record away without a signature."""
    return Refused(
        "这是经主要负责人签署的记录，只能由经其签署的更正取代。",
        "That record was signed by the principal person; only a signed correction takes its place.",
        code="needs_signature",
    )


def unbind(w: Writer, first: int, last: int) -> None:
    """Take from unsigned records of these entries, or about these, what would put them in the place of signed ones.

    Whatever came first: that an event or a plain record names a signed one as superseded means nothing.
    """
    if w.first(sa.select(record_signature.c.seq).limit(1), DERIVED) is None:
        return
    older, newer = record.alias("signed"), record.alias("plain")
    plain = newer.c.seq.not_in(sa.select(record_signature.c.seq))
    joined = newer.join(older, sa.and_(newer.c.supersedes == older.c.sent, newer.c.party == older.c.party)).join(
        record_signature, record_signature.c.seq == older.c.seq
    )
    found: set[int] = set()
    for side in (newer.c.seq, older.c.seq):
        query = sa.select(newer.c.seq).select_from(joined).where(side.between(first, last), plain)
        found |= {int(row["seq"]) for row in w.rows(query, DERIVED)}
    for seq in sorted(found):
        w.write(sa.update(record).where(record.c.seq == seq).values(supersedes=None))


def signature_of(reader: Reader, seq: int) -> Signature | None:
    """The signature under a record that was found within scope."""
    row = reader.first(sa.select(record_signature).where(record_signature.c.seq == seq), SIGNATURE)
    if row is None:
        return None
    names = ("by", "capacity", "party", "at", "hash", "drafted_by", "agency")
    return Signature(**{name: row[name] for name in names})
