"""Whose turn it is, and the one next action for whoever looks. Pure: a row and a principal in, a sentence out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bihuan.base.cases.access import ACT, DECIDE, holds, signs_for
from bihuan.base.cases.model import Doing
from bihuan.base.errors import Words
from bihuan.base.principal import Principal


@dataclass(frozen=True, slots=True)
class Turn:
    """Who has to do what: the party, one officer, officers of the area and line, or nobody any more."""

    who: Literal["party", "person", "department", "officers", "nobody"]
    id: str | None
    doing: Doing | None
    capability: str
    words: Words


@dataclass(frozen=True, slots=True)
class Action:
    """The primary button for the person whose turn it is."""

    doing: Doing
    words: Words


def whose_turn(case: Mapping[Any, Any]) -> Turn:
    """Whose turn a case is."""
    if case["state"] == "revoked":
        return _nobody("问题已撤回，案件已撤销。", "The finding was withdrawn; the case is revoked.")
    step = case["step"]
    if step == "filed":
        return _officers(Doing.dispatch, ACT, "等待派遣。", "Waiting to be dispatched.")
    if step == "dispatched":
        return _owner(case, Doing.order if case["party"] else Doing.handle)
    if step == "handling":
        if case["awaits_party"]:
            words = Words("等待当事主体整改并报送。", "Waiting for the party to put it right and report.")
            return Turn("party", case["party"], Doing.answer, "sign", words)
        return _owner(case, Doing.handle)
    if step == "checking":
        if case["check_passed"]:
            return _officers(Doing.close, DECIDE, "核查已通过，等待结案。", "Check passed; waiting to be closed.")
        return _officers(Doing.verify, ACT, "等待核查。", "Waiting to be checked.")
    if step == "closed":
        return _officers(Doing.evaluate, DECIDE, "已结案，等待评价。", "Closed; waiting to be evaluated.")
    return _nobody("已结案并评价。", "Closed and evaluated.")


def application_turn(application: Mapping[Any, Any]) -> Turn:
    """Whose turn an application is."""
    if application["paused_at"] is not None:
        words = Words("等待申请人补正，办理时限暂停。", "Waiting for the applicant; the clock stands still.")
        return Turn("party", application["party"], Doing.answer_more, "sign", words)
    step = application["step"]
    if step == "applied":
        return _officers(Doing.accept, ACT, "等待受理。", "Waiting to be accepted.")
    if step == "accepted":
        return _officers(Doing.review, ACT, "等待审查。", "Waiting to be reviewed.")
    if step == "review":
        return _officers(Doing.decide, DECIDE, "等待决定。", "Waiting for a decision.")
    if step == "decided" and application["state"] == "granted":
        return _officers(Doing.issue, DECIDE, "已准予，等待发证。", "Granted; waiting for the certificate.")
    if application["state"] == "refused":
        return _nobody("不予许可，已办结。", "Refused; finished.")
    return _nobody("已发证，已办结。", "Certificate issued; finished.")


def next_action(row: Mapping[Any, Any], principal: Principal) -> Action | None:
    """What this principal has to do next with a case or application; None when it is not their turn."""
    turn = application_turn(row) if row["id"].startswith("app-") else whose_turn(row)
    if turn.doing is None:
        return None
    if turn.who == "party":
        return Action(turn.doing, turn.doing.words()) if signs_for(principal, turn.id) else None
    if not holds(principal, turn.capability, row["line"], row["area"]):
        return None
    if turn.who == "person" and not is_owner(row, principal):
        return None
    return Action(turn.doing, turn.doing.words())


def is_owner(case: Mapping[Any, Any], principal: Principal) -> bool:
    """Whether a principal may handle a dispatched case.

    The person it was dispatched to; of a department its members and officers without one; always who may decide.
    """
    if principal.kind == "system" or holds(principal, DECIDE, case["line"], case["area"]):
        return True
    if case["owner_kind"] == "person":
        return principal.person == case["owner"] and principal.person is not None
    return principal.party is None or principal.party == case["owner"]


def _owner(case: Mapping[Any, Any], doing: Doing) -> Turn:
    name = case["owner_name"] or case["owner"] or ""
    words = Words(f"等待{name}处置。", f"Waiting for {name} to handle it.")
    return Turn("person" if case["owner_kind"] == "person" else "department", case["owner"], doing, ACT, words)


def _officers(doing: Doing, capability: str, zh: str, en: str) -> Turn:
    return Turn("officers", None, doing, capability, Words(zh, en))


def _nobody(zh: str, en: str) -> Turn:
    return Turn("nobody", None, None, "", Words(zh, en))
