"""What the forms of an application page do: 受理, 补正, 审查, 决定, 发证."""

from __future__ import annotations

import json

from sqlalchemy.engine import RowMapping

from bihuan.base.cases import accept, ask_for_more, decide, issue, review
from bihuan.base.cases.applications import Decision
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.ends.regulator.acting import Doer, act_of
from bihuan.ends.regulator.fields import confirm, instant_of, lines_of
from bihuan.ends.shared import Page


def _accept(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    with page.write() as w:
        accept(w, page.house.desk(), row["id"], act=act_of(page))
    return Words("已受理，办理时限开始计算。", "Accepted; the clock for the decision starts.")


def _ask_more(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    kind = page.house.desk().kinds.get(row["kind"])
    known = {item["name"]: Words(item["zh"], item["en"]) for item in json.loads(row["missing"])}
    if kind is not None:
        known |= {need.name: need.titles for need in (*kind.fields, *kind.attachments)}
    ticked = [(name, known[name]) for name in page.fields().get("missing", []) if name in known]
    ticked += [(f"extra_{n}", Words(line, line)) for n, line in enumerate(lines_of(page, "more"), 1)]
    with page.write() as w:
        ask_for_more(w, page.house.desk(), row["id"], missing=ticked, text=page.field("text"), act=act_of(page))
    return Words("已一次性告知需补正的材料，时限暂停。", "The applicant is told what is missing; the clock stands.")


def _review(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    with page.write() as w:
        review(w, row["id"], text=page.field("text"), evidence=evidence, act=act_of(page))
    return Words("审查意见已记录。", "The review is recorded.")


def _decide(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    asked = page.require("decision", "决定", "Decision")
    if asked not in ("grant", "refuse"):
        words = Words("请选择准予或不予。", "Choose grant or refuse.")
        raise Invalid(*words, faults=[Fault("decision", "choice", words)])
    confirm(page)
    reason, article = page.field("reason"), page.field("article")
    decision: Decision = "grant" if asked == "grant" else "refuse"
    with page.write() as w:
        decide(w, row["id"], decision=decision, reason=reason, article=article, act=act_of(page))
    if decision == "grant":
        return Words("已准予，请发证。", "Granted; issue the certificate.")
    return Words("已作出不予许可决定。", "Refused.")


def _issue(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    start = instant_of(page, "valid_from", Words("有效期起", "Valid from"))
    end = instant_of(page, "valid_to", Words("有效期止", "Valid to"))
    confirm(page)
    with page.write() as w:
        issue(
            w, page.house.desk(), row["id"], scope=json.loads(row["payload"]), valid_from=start, valid_to=end,
            act=act_of(page),
        )  # fmt: skip
    return Words("证照已签发。", "The certificate is issued.")


ACTS: dict[str, Doer] = {
    "accept": _accept,
    "ask_more": _ask_more,
    "review": _review,
    "decide": _decide,
    "issue": _issue,
}
"""By the name of the act (`Doing`)."""
