"""整改: what was found at our firm, the order with its deadline, our answer with photos, what followed."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import (
    Act,
    Doing,
    Step,
    answer_order,
    case_of,
    case_table,
    cases_where,
    document_of,
    documents_of,
    next_action,
    timeline,
    whose_turn,
)
from bihuan.base.errors import BihuanError, Conflict, Words
from bihuan.base.files import FileRef, file_refs
from bihuan.base.rules.findings import finding_of, findings_where
from bihuan.base.rules.findings_model import finding_table
from bihuan.ends.enterprise.forms import retry_key, shown, take_files
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.papers import show_paper
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.witness import BEYOND_SCOPE
from bihuan.ends.shared.words import due, plain, when

_C, _F = case_table.c, finding_table.c


@door("/enterprise/cases", who="enterprise")
def listed(page: Page) -> Response:
    """Cases that ask or asked something of us; those whose turn is ours first."""
    mine, names = Mine(page), Names(page)
    conditions: list[sa.ColumnElement[bool]] = [_C.party == mine.party]
    if page.arg("turn") == "ours":
        conditions += [_C.state == "open", _C.awaits_party]
    if page.arg("state"):
        conditions.append(_C.state == page.arg("state"))
    rows = sorted(
        cases_where(page.reader, *conditions, limit=1000),
        key=lambda r: not (r["awaits_party"] and r["state"] == "open"),
    )
    columns = [
        column(
            "due_at",
            "期限",
            "Due",
            lambda r: at(r["due_at"]),
            show=lambda r: due(r["due_at"], page.now, page.lang) if r["state"] == "open" else "",
        ),
        column("number", "案号", "Number", lambda r: r["number"], link=lambda r: f"/enterprise/cases/{r['id']}"),
        column("title", "问题", "Finding", lambda r: page.say(Words(r["title_zh"], r["title_en"]))),
        column("subject", "对象", "About", lambda r: names.subject(r["subject"])),
        column("turn", "轮到", "Whose turn", lambda r: page.say(whose_turn(r).words)),
        column(
            "opened_at",
            "立案",
            "Filed",
            lambda r: at(r["opened_at"]),
            show=lambda r: when(r["opened_at"], page.now, page.lang),
        ),
    ]
    return list_page(
        page,
        "cases",
        Words("整改", "Corrections"),
        columns,
        rows,
        filters=[
            Filter("turn", Words("轮到", "Turn"), [("ours", page.t("本单位", "ours"))]),
            Filter(
                "state",
                Words("状态", "State"),
                [
                    ("open", page.t("办理中", "open")),
                    ("closed", page.t("已结案", "closed")),
                    ("revoked", page.t("已撤销", "revoked")),
                ],
            ),
        ],
        empty=Words("没有要求本单位整改的案件。", "No case asks anything of your firm."),
        intro=_findings_line(page, mine),
    )


def _findings_line(page: Page, mine: Mine) -> Words:
    open_ = findings_where(page.reader, _F.party == mine.party, _F.state == "open", limit=100)
    n = len(open_)
    if not n:
        return Words("", "")
    first = open_[0]
    return Words(
        f"另有 {n} 个问题尚未立案，最近一个：{first['title_zh']}——{plain(first['reason_zh'])}",
        f"{n} finding(s) not yet in a case, the latest: {first['title_en']} – {first['reason_en']}",
    )


@door("/enterprise/cases/{id}", who="enterprise")
def one(page: Page) -> Response:
    """One case as our firm sees it."""
    return _shown(page, case_of(page.reader, page.path("id")), None)


@door("/enterprise/cases/{id}", "POST", who="enterprise")
def answer(page: Page) -> Response:
    """Report what was put right, with photos or papers."""
    row = case_of(page.reader, page.path("id"))
    files: list[FileRef] = []
    try:
        files = take_files(page, ["evidence"])["evidence"]
        version = page.field("version")
        act = Act("page", retry_key(page), int(version) if version.isdecimal() else None)
        with page.write() as w:
            answer_order(w, row["id"], text=page.field("text"), evidence=[file.id for file in files], act=act)
    except Conflict as moved:
        return _shown(page, case_of(page.reader, row["id"]), moved, files)
    except BihuanError as error:
        return _shown(page, row, error, files)
    return page.go(
        f"/enterprise/cases/{row['id']}", page.t("整改情况已报送，等待核查。", "Reported; it will be checked.")
    )


@door("/enterprise/documents/{id}", who="enterprise", declassified=BEYOND_SCOPE)
def document(page: Page) -> Response:
    """A numbered document of a case, as it is printed."""
    return show_paper(page, "enterprise/document.html", document_of(page.reader, page.path("id")))


def _shown(page: Page, row: RowMapping, error: BihuanError | None, files: list[FileRef] | None = None) -> Response:
    names = Names(page)
    action = next_action(row, page.principal)
    documents = documents_of(page.reader, row["id"])
    order = next((d for d in reversed(documents) if "demands" in d.body), None)
    happened = timeline(page.reader, row["id"])
    return page.render(
        "enterprise/case.html",
        200 if error is None else error.status,
        c=row,
        f=finding_of(page.reader, row["finding"]),
        names=names,
        turn=whose_turn(row),
        answering=action is not None and action.doing is Doing.answer,
        order=order,
        demands=[Words(*pair) for pair in order.body["demands"]] if order else [],
        articles=[Words(*pair) for pair in order.body["articles"]] if order else [],
        documents=documents,
        happened=happened,
        pictures=_pictures(page, [e for h in happened for e in h.evidence]),
        steps=list(Step),
        kept=files or [],
        text=page.field("text"),
        retry=retry_key(page),
        number_ids={d.number: d.id for d in documents},
        **shown(page, error),
        photos=json.loads(finding_of(page.reader, row["finding"])["photos"]),
    )


def _pictures(page: Page, evidence: list[str]) -> dict[str, FileRef]:
    wanted = sorted({item for item in evidence if item.startswith("file-")})
    return {ref.id: ref for ref in file_refs(page.reader, wanted)}
