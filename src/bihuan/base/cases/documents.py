"""Numbered documents of a case: structured content that pages print, numbered without gaps by kind, area and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bihuan.base.cases.access import as_json, tags_in
from bihuan.base.cases.model import document_table
from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.rules.numbering import district, take_number, year

Paper = Literal["filing", "correction", "closing", "revocation"]


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
}


def issue_document(w: Writer, case: Mapping[Any, Any], kind: Paper, body: Mapping[str, Any]) -> tuple[str, str]:
    """Issue a document of a case: its id and its number, e.g. `责改〔2020〕310115-0012号`."""
    area, civil_year, word = district(case["area"]), year(w.now), PAPERS[kind].word
    number = f"{word}〔{civil_year}〕{area}-{take_number(w, f'{word}-{area}-{civil_year}'):04d}号"
    document = w.new_id("doc")
    row = {
        "id": document, "kind": kind, "number": number, "case": case["id"], "area": case["area"], "line": case["line"],
        "party": case["party"], "body": as_json(body), "issued_at": w.now, "by": w.principal.id,
    }  # fmt: skip
    w.insert(document_table, row)
    w.tag("document", document, tags_in(w, "case", case["id"]))
    return document, number
