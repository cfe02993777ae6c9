"""Erasing a person beyond their register entry: every photo that shows them goes with them, in the same transaction."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base import identity
from bihuan.base.db import Open, Reader, Writer
from bihuan.base.files import destroy_files, files_within
from bihuan.base.ledger import body_of
from bihuan.base.records.drafts import draft
from bihuan.base.records.envelope import unseal
from bihuan.base.records.model import fact_key

_NAMING = Open("which records name a person who is being erased")
PERSON_KEY = "person"
"""Key of fields that name somebody by their person id."""


def erase_person(w: Writer, who: str, why: str) -> None:
    """Erase a person, their drafts, and the photos of people in every record that names them (key `person`).

    Who may, and what ends with it: see `identity.erase_person`.

    A photo of several people is gone for all of them: it has one key, destroyed at the first erasure.
    """
    identity.erase_person(w, who, why)
    w.write(sa.delete(draft).where(draft.c.person == who))
    query = sa.select(fact_key.c.seq).where(fact_key.c.key == f"{PERSON_KEY}:{who}").order_by(fact_key.c.seq)
    for row in w.rows(query, _NAMING):
        destroy_photos(w, row["seq"])
    w.scrub()


def destroy_photos(w: Writer, seq: int) -> None:
    """Destroy the photos of people that a record names."""
    destroy_files(w, photos_named(w, seq), sealed_only=True)


def photos_named(reader: Reader, seq: int) -> list[str]:
    """The ids of files in a record's bytes; none once the body is erased."""
    body = body_of(reader, seq)
    return [] if body is None else files_within(unseal(body)[1])
