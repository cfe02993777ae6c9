"""One party and all it owes, across the apps in the officer's scope."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.responses import Response

from bihuan.base.cases import (
    application_table,
    applications_where,
    case_table,
    cases_where,
    certificates_where,
    state_of,
)
from bihuan.base.cases.certificates import STATES
from bihuan.base.cases.model import certificate_table
from bihuan.base.db import party_tag, seen_table
from bihuan.base.identity import KINDS, access_organisation
from bihuan.base.places import all_places
from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.base.rules.verdicts import open_duties
from bihuan.ends.regulator.applications import clock_words, kind_words
from bihuan.ends.shared import Page, door
from bihuan.ends.shared.names import Names

EACH = 20
"""Rows of each kind; the lists hold all of them."""


@door("/regulator/parties/{id}", who="officer")
def party(page: Page) -> Response:
    """The page of an organisation."""
    found = access_organisation(page.reader, page.path("id"))
    reader, s, seen = page.reader, subject.c, seen_table.c
    theirs = sa.exists().where(seen.kind == SUBJECT.kind, seen.row == s.id, seen.tag == party_tag(found.id))
    goods = reader.rows(
        sa.select(subject).where(theirs).order_by(s.violated.desc(), s.last_at.desc()).limit(EACH), SUBJECT
    )
    return page.render(
        "regulator/party.html", o=found, kinds=[KINDS[kind] for kind in sorted(found.kinds) if kind in KINDS],
        duties=open_duties(reader, found.id, limit=EACH), goods=goods,
        findings=findings_where(reader, finding_table.c.party == found.id, finding_table.c.state == "open", limit=EACH),
        cases=cases_where(reader, case_table.c.party == found.id, limit=EACH),
        applications=applications_where(reader, application_table.c.party == found.id, limit=EACH),
        certificates=certificates_where(reader, certificate_table.c.holder == found.id, limit=EACH),
        places=[place for place in all_places(reader) if place.party in (found.id, found.uscc)],
        state=lambda row: STATES[state_of(row, page.now)], kind=lambda row: kind_words(page, row),
        clock=lambda row: clock_words(page, row), names=Names(page),
    )  # fmt: skip
