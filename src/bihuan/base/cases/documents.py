"""Numbered documents of a case or an application: structured content that pages print, numbered without gaps by kind,
area and year; each names its office, who signed it and who carried it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bihuan.base.cases.access import DECIDE, as_json, holds, tags_in
from bihuan.base.cases.model import document_table
from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.identity import office_of
from bihuan.base.rules.numbering import district, take_number, year

Paper = Literal["filing", "correction", "closing", "revocation", "acceptance", "supplement", "grant", "refusal"]


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of document: its title, and the word that its number begins with."""

    titles: Words
    word: str


PAPERS: dict[Paper, PaperKind] = {
    "filing": PaperKind(Words("立案审批表", "Filing approval"), "立"),
    "correction": PaperKind(Words("责令改正通知书", "Order to correct"), "责改"),
    "closing": PaperKind(Words("结案审批表", "Closing approval"), "结"),
    "revocation": PaperKind(Words("撤销案件决定书", "Revocation of the case"), "撤"),
    "acceptance": PaperKind(Words("申请受理通知书", "Notice of acceptance"), "许受"),
    "supplement": PaperKind(Words("补正材料告知书", "Notice of what must be brought"), "许补"),
    "grant": PaperKind(Words("准予许可决定书", "Decision to grant"), "许准"),
    "refusal": PaperKind(Words("不予许可决定书", "Decision to refuse"), "许不"),
}


def issue_document(
    w: Writer, thing: Mapping[Any, Any], kind: Paper, body: Mapping[str, Any], officers: Sequence[str] = ()
) -> tuple[str, str]:
    """Issue a document of a case or application: its id and its number, e.g. `责改〔2020〕310115-0012号`.

    Office, signer and `officers` (person ids) are kept by id; names and card numbers are looked up when it is printed,
    so that erasure reaches them. Whoever may not decide signs nothing: the line stays blank.
    """
    area, civil_year, word = district(thing["area"]), year(w.now), PAPERS[kind].word
    number = f"{word}〔{civil_year}〕{area}-{take_number(w, f'{word}-{area}-{civil_year}'):04d}号"
    document, person = w.new_id("doc"), w.principal.person
    office = None if person is None else office_of(w, person, w.now)
    signs = person is not None and holds(w.principal, DECIDE, thing["line"], thing["area"])
    by = {
        "office": {
            "area": thing["area"], "line": thing["line"],
            "party": "" if office is None else office.party, "name": "" if office is None else office.name,
        },
        "signer": person if signs else "", "officers": list(dict.fromkeys(each for each in officers if each)),
    }  # fmt: skip
    row = {
        "id": document, "kind": kind, "number": number, "case": thing["id"], "area": thing["area"],
        "line": thing["line"], "party": thing["party"], "body": as_json({**body, **by}), "issued_at": w.now,
        "by": w.principal.id,
    }  # fmt: skip
    w.insert(document_table, row)
    w.tag("document", document, tags_in(w, "application" if document_of_application(thing["id"]) else "case", thing["id"]))
    return document, number


def document_of_application(thing: str) -> bool:
    """Whether a document's `case` is an application."""
    return thing.startswith("app-")
