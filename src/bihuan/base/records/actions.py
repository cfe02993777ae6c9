"""Writes of records: bytes, leaf and retry key in one transaction; rows follow from the bytes (`derive`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.declare import Record, TypeSpec, compiled
from bihuan.base.errors import Conflict
from bihuan.base.ledger import NewEntry, append
from bihuan.base.records.envelope import Envelope, encode_record, seal
from bihuan.base.records.evidence import with_hashes
from bihuan.base.records.model import OWN_RETRIES, retry
from bihuan.base.records.personal import split_personal
from bihuan.base.records.registry import EVENT, EVENT_SCHEMA
from bihuan.base.records.sealed import seal_parts
from bihuan.base.records.signatures import Signing, sign, signed_among, unsigned_correction


@dataclass(frozen=True, slots=True)
class Kept:
    """A record is kept: its ledger number, outward id, and whether it had been kept before."""

    seq: int
    ref: str
    id: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event to keep: its id, exact bytes, and what it corrects."""

    id: str
    payload: bytes
    supersedes: str | None = None


def keep(
    w: Writer,
    record: Record,
    *,
    app: str,
    door: str,
    party: str | None = None,
    tags: Iterable[str] = (),
    retry: str | None = None,
    supersedes: str | None = None,
    signing: Signing | None = None,
) -> Kept:
    """Keep one declared record; the same retry key with the same content gives the first answer, other content Conflict.

    A type that says `signed_by` is kept only with `signing`, by the one who may sign, logged in as themselves.
    """
    spec = compiled(type(record), app)
    stated_by = w.principal.party or "" if party is None else party
    record, personal = split_personal(spec, with_hashes(w, spec, record))
    payload = encode_record(record)
    digest = _digest(spec.name, payload, supersedes)
    if retry is not None:
        before = _before(w, stated_by, {retry: digest})
        if retry in before:
            return before[retry]
    signature = sign(w, spec, stated_by, payload, supersedes, signing)
    made = Envelope(
        id=retry or w.new_id("rec"), party=stated_by, by=w.principal.id, door=door, received=w.now,
        supersedes=supersedes, tags=tuple(sorted(set(tags))), signature=signature,
    )  # fmt: skip
    [(seq, ref)] = append(w, [NewEntry(spec.name, spec.schema_hash, seal(made, payload))])
    seal_parts(w, stated_by, payload, personal)
    _remember(w, stated_by, [(made.id, digest, seq, ref)])
    return Kept(seq, ref, made.id)


def keep_all(
    w: Writer,
    spec: TypeSpec,
    records: Sequence[tuple[str, Record, frozenset[str]]],
    *,
    door: str,
    party: str,
) -> list[Kept]:
    """Keep many new records of one type, each with its retry key and tags, in few statements; each as `keep` keeps it.

    For keys that were never used before (the lines of an import): a key that was raises Conflict or gives its answer.
    """
    keyed: list[tuple[str, bytes, bytes, dict[str, str], frozenset[str]]] = []
    for key, stated, tags in records:
        bare, personal = split_personal(spec, stated)
        payload = encode_record(bare)
        keyed.append((key, _digest(spec.name, payload, None), payload, personal, tags))
    before = _before(w, party, {key: digest for key, digest, *_ in keyed})
    fresh = [each for each in keyed if each[0] not in before]
    entries = []
    for key, _, payload, cut, tags in fresh:
        signature = sign(w, spec, party, payload, None, None)  # refuses a type that binds by its signature
        made = Envelope(id=key, party=party, by=w.principal.id, door=door, received=w.now, tags=tuple(sorted(tags)), signature=signature)
        entries.append(NewEntry(spec.name, spec.schema_hash, seal(made, payload)))
        if cut:
            seal_parts(w, party, payload, cut)
    given = append(w, entries) if entries else []
    _remember(w, party, [(key, digest, seq, ref) for (key, digest, *_), (seq, ref) in zip(fresh, given, strict=True)])
    kept = {key: Kept(seq, ref, key) for (key, *_), (seq, ref) in zip(fresh, given, strict=True)}
    return [before[key] if key in before else kept[key] for key, *_ in keyed]


def keep_events(
    w: Writer,
    events: Sequence[NewEvent],
    *,
    door: str,
    party: str,
    context: Mapping[str, str] | None = None,
    tags: Iterable[str] = (),
) -> list[Kept | Conflict]:
    """Keep EPCIS events as they came; a known id with the same bytes is answered again, with other bytes refused."""
    digests: dict[str, bytes] = {}
    answers: dict[int, Kept | Conflict] = {}
    for n, event in enumerate(events):
        digest = _digest(EVENT, event.payload, event.supersedes)
        if event.id in digests:
            if digests[event.id] != digest:
                answers[n] = _conflict(event.id)
        else:
            digests[event.id] = digest
    before = _known(w, party, list(digests))
    signed = signed_among(w, party, sorted({event.supersedes for event in events if event.supersedes}))
    fresh: list[tuple[int, NewEvent]] = []
    taken: set[str] = set()
    for n, event in enumerate(events):
        if n in answers:
            continue
        known = before.get(event.id)
        if known is not None:
            same = known[0] == digests[event.id]
            answers[n] = Kept(known[1], known[2], event.id, repeated=True) if same else _conflict(event.id)
        elif event.supersedes in signed:
            refused = unsigned_correction()
            answers[n] = Conflict(*refused.words, code=refused.code)
        elif event.id not in taken:
            taken.add(event.id)
            fresh.append((n, event))
    common = {"party": party, "by": w.principal.id, "door": door, "received": w.now}
    marks, names = tuple(sorted(set(tags))), dict(context or {})
    entries = [
        NewEntry(EVENT, EVENT_SCHEMA, seal(Envelope(id=e.id, supersedes=e.supersedes, tags=marks, context=names, **common), e.payload))  # type: ignore[arg-type]
        for _, e in fresh
    ]  # fmt: skip
    given = append(w, entries)
    rows = []
    first: dict[str, Kept] = {}
    for (n, event), (seq, ref) in zip(fresh, given, strict=True):
        answers[n] = first[event.id] = Kept(seq, ref, event.id)
        rows.append((event.id, digests[event.id], seq, ref))
    _remember(w, party, rows)
    for n, event in enumerate(events):
        if n not in answers:
            original = first[event.id]
            answers[n] = Kept(original.seq, original.ref, event.id, repeated=True)
    return [answers[n] for n in range(len(events))]


def _digest(type_name: str, payload: bytes, supersedes: str | None) -> bytes:
    return hashlib.sha256(f"{type_name}\n{supersedes or ''}\n".encode() + payload).digest()


def _conflict(key: str) -> Conflict:
    zh = f"编号 {key} 已有内容不同的记录；更正请另发新记录并注明所更正的编号。"
    return Conflict(zh, f"{key} is kept already with other content; to correct it send a new record that names it.")


def _known(w: Writer, party: str, keys: Sequence[str]) -> dict[str, tuple[bytes, int, str]]:
    found: dict[str, tuple[bytes, int, str]] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        query = sa.select(retry).where(retry.c.party == party, retry.c.key.in_(part))
        for row in w.rows(query, OWN_RETRIES):
            found[row["key"]] = (bytes(row["hash"]), row["seq"], row["ref"])
    return found


def _before(w: Writer, party: str, digests: Mapping[str, bytes]) -> dict[str, Kept]:
    out = {}
    for key, (digest, seq, ref) in _known(w, party, list(digests)).items():
        if digest != digests[key]:
            raise _conflict(key)
        out[key] = Kept(seq, ref, key, repeated=True)
    return out


def _remember(w: Writer, party: str, rows: Sequence[tuple[str, bytes, int, str]]) -> None:
    w.put(retry, ("party", "key", "hash", "seq", "ref"), [(party, *row) for row in rows])
