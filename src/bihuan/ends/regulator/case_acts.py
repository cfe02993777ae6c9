"""What the forms of a case page do: each reads its fields and calls the one act of `base.cases`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import RowMapping

from bihuan.base.cases import (
    GRADES,
    close,
    dispatch,
    evaluate,
    handle_on_site,
    order_correction,
    revoke,
    verify,
)
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.rules.findings import finding_of
from bihuan.ends.regulator.acting import Doer, act_of
from bihuan.ends.regulator.fields import confirm, instant_of, lines_of, required_instant
from bihuan.ends.regulator.officers import chosen, enforcers
from bihuan.ends.shared import Page
from bihuan.ends.shared.names import Names


def _dispatch(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    to = chosen(page, [row])
    due = required_instant(page, "due", Words("处置期限", "Handle by"))
    with page.write() as w:
        dispatch(
            w, row["id"], to=to.id, to_kind=to.kind, to_name=to.name, due=due, text=page.field("text"), act=act_of(page)
        )
    return Words(f"已派遣给{to.name}。", f"Dispatched to {to.name}.")


def _order(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    articles, demands = _bilingual(page, row, "articles"), [Words(line, line) for line in lines_of(page, "demands")]
    due = required_instant(page, "due", Words("整改期限", "Correct by"))
    check_by = instant_of(page, "check_by", Words("核查期限", "Check by"))
    officers = enforcers(page, row)
    with page.write() as w:
        number = order_correction(
            w, row["id"], articles=articles, demands=demands, due=due, text=page.field("text"), evidence=evidence,
            check_by=check_by, officers=officers, act=act_of(page),
        )  # fmt: skip
    return Words(f"已出具责令改正通知书 {number}。", f"The order to correct {number} is issued.")


def _bilingual(page: Page, row: RowMapping, name: str) -> Sequence[Words]:
    """The articles as typed; those that are the rule's own keep their English."""
    with_english: dict[str, Words] = {}
    rule = Names(page).rules.get(finding_of(page.reader, row["finding"])["rule"])
    if rule is not None:
        with_english = {words.zh: words for words in (rule.citation, rule.say)}
    return [with_english.get(line, Words(line, line)) for line in lines_of(page, name)]


def _handle(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    with page.write() as w:
        handle_on_site(w, row["id"], text=page.field("text"), evidence=evidence, act=act_of(page))
    return Words("已记录现场处置，请核查。", "The handling is recorded; it goes to the check.")


def _verify(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    result = page.require("passed", "核查结果", "Result of the check")
    if result not in ("yes", "no"):
        words = Words("请选择通过或不通过。", "Choose passed or not passed.")
        raise Invalid(*words, faults=[Fault("passed", "choice", words)])
    due = instant_of(page, "due", Words("重新整改期限", "Correct again by")) if result == "no" else None
    with page.write() as w:
        verify(
            w, row["id"], passed=result == "yes", text=page.field("text"), evidence=evidence, due=due, act=act_of(page)
        )
    if result == "yes":
        return Words("核查通过，可以结案。", "The check is passed; the case can be closed.")
    return Words("核查不通过，已退回整改。", "The check failed; it goes back to be put right.")


def _close(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    confirm(page)
    with page.write() as w:
        close(w, row["id"], outcome=page.field("outcome"), act=act_of(page))
    return Words("已结案。", "The case is closed.")


def _evaluate(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    asked = page.require("grade", "评价", "Evaluation")
    for grade in GRADES:
        if asked == grade:
            with page.write() as w:
                evaluate(w, row["id"], grade=grade, text=page.field("text"), act=act_of(page))
            return Words("已评价。", "Evaluated.")
    words = Words("请选择满意、基本满意或不满意。", "Choose good, fair or poor.")
    raise Invalid(*words, faults=[Fault("grade", "choice", words)])


def _revoke(page: Page, row: RowMapping, evidence: list[str]) -> Words:
    reason = page.require("text", "撤销理由", "Reason")
    confirm(page)
    with page.write() as w:
        revoke(w, row["id"], reason=Words(reason, reason), act=act_of(page))
    return Words("案件已撤销。", "The case is revoked.")


ACTS: dict[str, Doer] = {
    "dispatch": _dispatch,
    "order": _order,
    "handle": _handle,
    "verify": _verify,
    "close": _close,
    "evaluate": _evaluate,
    "revoke": _revoke,
}
"""By the name of the act (`Doing`)."""
