"""Step-up and signing: what binds needs the password just given, and covers exactly what was shown."""

from __future__ import annotations

import hmac

from bihuan.base.db import Reader
from bihuan.base.errors import Conflict, Forbidden, StepUpNeeded
from bihuan.base.identity.policy import POLICY, Policy
from bihuan.base.identity.scopes import member_capabilities
from bihuan.base.principal import Principal

CAPACITIES = frozenset({"principal"})
"""In what capacity a person can bind an organisation: the dated role is the member's capability of that name."""


def check_confirmed(principal: Principal, now: int, policy: Policy = POLICY) -> None:
    """StepUpNeeded unless the password was given within five minutes: for signing, closing, exporting, erasing.

    Jobs of the system have no password; a token has none either and so never passes.
    """
    if principal.kind == "system":
        return
    confirmed = principal.confirmed_at
    if confirmed is None or not 0 <= now - confirmed <= policy.confirmed:
        raise StepUpNeeded("请再次输入密码以确认。", "Give your password once more to confirm.")


def check_sign(principal: Principal, shown_hash: str, current_hash: str, now: int) -> None:
    """Whether a person may sign what they were shown, for the organisation they act for.

    Forbidden without `sign`, StepUpNeeded when the password is too old, Conflict when the thing is no longer what was
    shown. Hashes are compared as text.
    """
    if principal.kind != "person" or principal.party is None or "sign" not in principal.capabilities:
        raise Forbidden("您没有签署权限。", "You may not sign for this organisation.", code="may_not_sign")
    check_confirmed(principal, now)
    if not hmac.compare_digest(shown_hash.encode(), current_hash.encode()):
        raise Conflict(
            "内容在您查看之后已变更，请重新核对后签署。",
            "The content changed after you were shown it; check it again before you sign.",
            code="changed_since_shown",
        )


def check_capacity(reader: Reader, capacity: str, party: str, shown_hash: str, current_hash: str) -> str:
    """The person who may now bind an organisation in a capacity by signing what they were shown; their id.

    Only a person in a session of their own, acting for the organisation itself, who holds the role at this instant and
    gave the password within five minutes: Forbidden, StepUpNeeded, or Conflict when it is no longer what was shown.
    """
    who = reader.principal
    held = None
    if who.kind == "person" and who.person is not None and who.party == party and who.agency is None:
        held = member_capabilities(reader, who.person, party, reader.now)
    if who.person is None or held is None or capacity not in held & who.capabilities:
        raise Forbidden(
            "只有本单位现任主要负责人本人登录后可以签署。",
            "Only the present principal person of the organisation may sign, logged in as themselves.",
            code="not_the_principal",
        )
    check_sign(who, shown_hash, current_hash, reader.now)
    return who.person
