"""What a sheet of paper prints: the same for the office that issued it and for the party that received it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import segno
from markupsafe import Markup
from starlette.responses import Response

from bihuan.base.cases import STATES, Document, application_of, case_of, state_of
from bihuan.base.cases.documents import document_of_application
from bihuan.base.errors import Words
from bihuan.base.identity import card_at, signatory
from bihuan.ends.shared.covered import covered
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.witness import ledger_ids

COLOURS = {"valid": "green", "not_yet": "yellow", "expired": "none", "revoked": "red"}
"""Colour of a certificate's state."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who stands for a document; what is not on file is empty and prints as a line to be filled in by hand."""

    office: str
    signer: str
    officers: tuple[tuple[str, str], ...] = ()
    """Name and number of the enforcement card of each."""


def show_paper(page: Page, template: str, found: Document) -> Response:
    """A numbered document on a sheet of A4, in the page of the reader's end."""
    body, of_application = found.body, document_of_application(found.case)
    thing = (application_of if of_application else case_of)(page.reader, found.case)
    return page.render(
        template,
        d=found,
        body=body,
        c=thing,
        of_application=of_application,
        matter=page.house.desk().kinds[thing["kind"]].titles if of_application else Words(thing["title_zh"], thing["title_en"]),
        names=Names(page),
        signed=_signed(page, body, found.issued_at),
        articles=[Words(*pair) for pair in body.get("articles", [])],
        demands=[Words(*pair) for pair in body.get("demands", [])],
        missing=[Words(item["zh"], item["en"]) for item in body.get("missing", [])],
        facts=Words(*body["facts"]) if "facts" in body else None,
        witness=ledger_ids(page, body.get("witness", "[]")),
        reason=body.get("reason") if isinstance(body.get("reason"), str) else page.say(Words(*body.get("reason", ("", "")))),
        remedy=page.house.remedy,
        remedy_sure=page.house.remedy_sure,
    )


def certificate_values(page: Page, row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the sheet of a certificate is drawn from."""
    names, state = Names(page), state_of(row, page.now)
    link = f"{page.house.public_url.rstrip('/')}/certificates/{row['code']}"
    kind = next((each for each in page.house.desk().kinds.values() if each.certificate and each.certificate.name == row["kind"]), None)
    return {
        "k": row,
        "names": names,
        "state": STATES[state],
        "colour": COLOURS[state],
        "covers": covered(names, json.loads(row["scope"])),
        "articles": kind.articles if kind is not None else (),
        "signed": Signed(row["office_name"] or "", signatory(page.reader, row["signer"]) if row["signer"] else ""),
        "link": link,
        "qr": Markup(segno.make(link, error="m").svg_inline(scale=3)),
    }


def _signed(page: Page, body: Mapping[str, Any], at: int) -> Signed:
    reader = page.reader
    officers = tuple((signatory(reader, who), card_at(reader, who, at)) for who in body.get("officers", []))
    signer = body.get("signer", "")
    return Signed(body.get("office", {}).get("name", ""), signatory(reader, signer) if signer else "", officers)
