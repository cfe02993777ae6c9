"""The people of the demonstration: who may log in, in whose name, over which area; passwords random, printed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bihuan.base.clock import new_id
from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.identity import create_account, create_organisation, create_person, give_grant, give_membership


@dataclass(frozen=True, slots=True)
class LogIn:
    """One log-in of the demonstration."""

    role: Words
    login: str
    password: str
    person: str


@dataclass(frozen=True, slots=True)
class _Role:
    words: Words
    login: str
    name: str
    area: str
    party: str = ""
    grant: Sequence[str] = ()
    line: str = "cold_chain"
    member: Sequence[str] = ("draft", "sign", "manage")
    """What they may do for their party."""
    office: str = ""
    """Name of the authority in whose name an officer acts; a document prints it."""


_OFFICER = ("read", "act", "decide", "draw", "export")
_PRINCIPAL = ("draft", "sign", "manage", "principal")


def enter_people(w: Writer, warehouse: str, importer: str, store: str) -> dict[str, LogIn]:
    """Make the demonstration's people; `warehouse`, `importer`, `store` are the clerks' organisations."""
    roles = (
        _Role(Words("企业：中转查验库库管员", "Enterprise: clerk of the transit warehouse"), "warehouse", "演示库管员", "310115", warehouse),
        _Role(Words("企业：进口商单证员", "Enterprise: clerk of the importer"), "importer", "演示单证员", "310115", importer),
        _Role(Words("监管：浦东新区检查员", "Regulator: inspector of Pudong"), "inspector", "演示检查员", "310115", grant=_OFFICER, office="演示区市场监督管理局"),
        _Role(Words("监管：市级主管", "Regulator: city officer"), "officer", "演示市级主管", "31", grant=_OFFICER, line="*", office="演示市市场监督管理局"),
        _Role(Words("管理：管理员", "Administration: administrator"), "admin", "演示管理员", "31", grant=("read", "admin", "export"), line="*"),
        _Role(Words("企业：太仓冷库主要负责人", "Enterprise: principal of the Taicang cold store"), "taicang", "演示负责人", "320585", store, member=_PRINCIPAL),
        _Role(Words("监管：太仓市检查员", "Regulator: inspector of Taicang"), "suzhou", "演示太仓检查员", "320585", grant=_OFFICER, line="*", office="演示市应急管理局"),
    )  # fmt: skip
    made = {}
    for role in roles:
        who = create_person(w, role.name, area=role.area)
        password = new_id(w.chance, "", 8)
        create_account(w, who, role.login, password, must_change=False)
        if role.party:
            give_membership(w, who, role.party, role.member)
        if role.office:
            give_membership(w, who, create_organisation(w, role.office, kinds=["authority"], area=role.area), ["draft"])
        if role.grant:
            give_grant(w, who, role.area, role.line, role.grant)
        made[role.login] = LogIn(role.words, role.login, password, who)
    return made
