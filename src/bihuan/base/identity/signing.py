"""Step-up and signing: what binds needs the password just given, and covers exactly what was shown."""

from __future__ import annotations

import hmac

from bihuan.base.errors import Conflict, Forbidden, StepUpNeeded
from bihuan.base.identity.policy import POLICY, Policy
from bihuan.base.principal import Principal


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
