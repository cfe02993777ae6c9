"""What a person may do, in words."""

from __future__ import annotations

from bihuan.base.errors import Words
from bihuan.ends.shared.page import Page

CAPABILITIES = {
    "read": Words("查看", "Read"),
    "act": Words("办理", "Act"),
    "decide": Words("审批", "Decide"),
    "draw": Words("双随机抽查", "Plan random checks"),
    "export": Words("导出", "Export"),
    "admin": Words("管理", "Administer"),
    "draft": Words("填报", "Draft"),
    "sign": Words("签署", "Sign"),
    "manage": Words("管理本单位", "Manage"),
    "principal": Words("主要负责人", "Principal person"),
}


def may(page: Page, capabilities: frozenset[str]) -> str:
    """A set of capabilities in words."""
    return page.t("、", ", ").join(
        page.say(CAPABILITIES[each]) for each in sorted(capabilities) if each in CAPABILITIES
    )
