"""人、物同防: the manifest of the staff loop of port and airports."""

from __future__ import annotations

from pathlib import Path

from bihuan.apps.staff_loop import records as r
from bihuan.apps.staff_loop.judge import JUDGING
from bihuan.apps.staff_loop.keys import PERSON, PLACE, SHIP, keys_of_step, reach
from bihuan.apps.staff_loop.rules import LIMIT_WORDS, RULES
from bihuan.apps.staff_loop.view import BY_AUTHORITY, NAME, STAGES, TYPES, may_state, owes, view
from bihuan.base.catalog import App, FormPage
from bihuan.base.errors import Words
from bihuan.base.records import Manner
from bihuan.base.rules.evaluation import Field

_PEOPLE, _WORK = Words("人员与固定组", "People and groups"), Words("班次与防护", "Shifts and protection")
_HEALTH, _SITE = Words("检测与周期", "Tests and cycles"), Words("船舶与消毒", "Ships and disinfection")
_OFFICE = Words("批准与资质", "Approvals and qualifications")
_GROUPS: tuple[tuple[Words, tuple[type[r.Step], ...]], ...] = (
    (_PEOPLE, (r.PostAssigned, r.PostEnded, r.OnLeave, r.GroupFixed, r.IdMerged)),
    (_WORK, (r.Shift, r.ProtectionRecorded, r.Boarded)),
    (_HEALTH, (r.Tested, r.Result, r.CycleStart, r.QuarantineStart, r.QuarantineEnd)),
    (_SITE, (r.ShipArrived, r.CrewAshore, r.ShipToDomestic, r.Disinfected, r.Entrusted)),
)

APP = App(
    name=NAME,
    titles=Words("人、物同防", "People and goods under one standard"),
    closes=Words(
        "这里闭环的是：每一个高风险班次，从穿上防护到最后一次阴性检测。",
        "What closes here: every high-risk shift, from protection put on to the last negative test.",
    ),
    line=NAME,
    territory="31",
    types=TYPES,
    field=Field(NAME, NAME, RULES, reach, view, owes),
    subject_kinds={
        PERSON: Words("人员", "Person"), PLACE: Words("作业点", "Place of work"), SHIP: Words("船舶", "Ship"),
    },
    manner=Manner(keys_of_step, may_state),
    limits=JUDGING.load(JUDGING.limits).rows,
    limit_words=LIMIT_WORDS,
    forms=(
        *(FormPage(kind, group) for group, kinds in _GROUPS for kind in kinds),
        *(FormPage(kind, _OFFICE, ("authority", "department")) for kind in BY_AUTHORITY),
    ),
    stages=STAGES,
    judging=JUDGING,
    folder=Path(__file__).parent,
)  # fmt: skip
