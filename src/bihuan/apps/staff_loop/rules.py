"""The eight rules of the staff loop, each a sentence with its source; how they are judged stands in the modules beside.

None has a territory or dates of its own: limit rows and rows `in_force.<rule>` say where and when one is asked. Without
such a row there is no verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from bihuan.apps.staff_loop.acts import (
    acts,
    boardings,
    judge_ashore,
    judge_disinfection,
    judge_protection,
    judge_space,
    works,
)
from bihuan.apps.staff_loop.cadence import gaps, judge_cadence
from bihuan.apps.staff_loop.cycle import judge_cycle, starts
from bihuan.apps.staff_loop.groups import judge_group, shifts
from bihuan.apps.staff_loop.keys import PERSON, PLACE, SHIP
from bihuan.apps.staff_loop.records import CrewAshore, Disinfected, Site
from bihuan.apps.staff_loop.ships import judge_ship
from bihuan.base.errors import Words
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, RuleInfo, Verdict
from bihuan.base.rules.rule import Rule, Window

_FROM = date(2020, 1, 1)
_PORT = Words("上海港口六项防控措施（2020 年 12 月）", "six measures of the Shanghai port (December 2020)")
_AIRPORT = Words("上海机场全方位管控措施（2020 年 12 月）", "measures of the Shanghai airports (December 2020)")
_G10 = Words(
    "港口及其一线人员新冠肺炎疫情防控工作指南（第十版，2022 年 7 月 5 日）",
    "guide for ports and their front-line staff (10th edition, 5 July 2022)",
)
_A21 = Words("民航机场防控指南（2021 年 11 月 6 日起的检测频次）", "airport guide (test frequency from 6 November 2021)")


def _both(*cited: Words) -> Words:
    return Words("；".join(c.zh for c in cited), "; ".join(c.en for c in cited))


def _rule(
    id: str, subject: str, titles: tuple[str, str], say: tuple[str, str], citation: Words,
    reads: tuple[str, ...], judge: Callable[[Window], Verdict],
    unfolds: Callable[[History, Asked], Iterable[Fact]] | None = None, remark: tuple[str, str] = ("", ""), opens: int = 1,
) -> Rule:  # fmt: skip
    """The first `opens` types that it reads open its windows."""
    info = RuleInfo(id, Words(*titles), Words(*say), citation, subject, "", _FROM, version="2022-07-05/1", remark=Words(*remark))
    return Rule(info, reads[:opens], reads, (), judge, unfolds=unfolds)


RULES: tuple[Rule, ...] = (
    _rule(
        "test_cadence", PERSON, ("核酸检测超期", "Test overdue"),
        ("在岗期间须按该风险岗位的频次采样。", "While a post is held, samples are taken at the cadence of its risk."), _both(_PORT, _G10, _A21),
        ("post_assigned", "on_leave", "tested", "result", "post_ended", "id_merged"), judge_cadence, gaps,
        ("按自然日计算；采样即计，可疑结果不计", "counted in civil days; the sampling counts, an inconclusive one does not"), opens=3,
    ),
    _rule(
        "protection_before_work", PERSON, ("未防护先作业", "Work before protection"),
        ("登轮、冷链作业和海关查验之前，须有该班次足够等级的防护记录。",
         "Before boarding, cold-chain work or customs inspection, protection of the level in force is recorded for the shift."),
        _both(_PORT, _AIRPORT), ("boarded", "shift", "protection_recorded", "post_assigned", "id_merged"), judge_protection, works, opens=2,
    ),
    _rule(
        "no_closed_space", PERSON, ("进入船舶密闭空间", "In a ship's closed space"),
        ("岸上人员登轮只到甲板，不进生活区和密闭舱室。", "Shore staff on board keep to the deck."), _PORT,
        ("boarded", "post_assigned", "shift", "id_merged"), judge_space, boardings, ("严控读作不得", "严控 is read as never"),
    ),
    _rule(
        "ashore_only_approved", PERSON, ("未经批准登陆", "Ashore without approval"),
        ("船员只因经批准的换班或伤病救治登陆。", "Crew come ashore only for an approved crew change or medical rescue."), _PORT,
        ("crew_ashore", "approval", "id_merged"), judge_ashore, acts("ashore_only_approved", CrewAshore),
        ("两种事由都须经批准", "both reasons need approval"),
    ),
    _rule(
        "disinfection_by_qualified_entrusted", PLACE, ("消毒单位不合要求", "Disinfected by the wrong firm"),
        ("机场由货站委托有资质的第三方企业消毒。", "At the airport a qualified third party entrusted by the cargo terminal disinfects."), _AIRPORT,
        ("disinfected", "qualification", "entrusted"), judge_disinfection,
        acts("disinfection_by_qualified_entrusted", Disinfected, Site.airport),
    ),
    _rule(
        "closed_loop_cycle", PERSON, ("闭环周期不完整", "Cycle not kept"),
        ("港口高风险人员按周期工作、隔离、检测和监测，期间不上班。",
         "High-risk port staff work, are quarantined, tested and monitored in cycles, and work no shift meanwhile."), _both(_PORT, _G10),
        ("cycle_start", "quarantine_start", "quarantine_end", "tested", "result", "shift", "post_assigned", "id_merged"),
        judge_cycle, starts, ("按周期开始时有效的规定，不按申报模式", "by the rows in force at its start, not as declared"),
    ),
    _rule(
        "fixed_group_unmixed", PERSON, ("固定组混用", "Fixed groups mixed"),
        ("固定人员、场所、设备和休息区，各组不混用。", "People, place, equipment and rest area are fixed, and groups do not mix."), _AIRPORT,
        ("shift", "group_fixed", "id_merged"), judge_group, shifts, ("四固定", "the four fixed"),
    ),
    _rule(
        "ship_to_domestic", SHIP, ("转内贸条件不足", "Into domestic trade too early"),
        ("国际船舶满规定天数、船员各次检测均为阴性后，方可按内贸作业。",
         "A ship from abroad lies the full days and its crew is negative on each test day before it is worked as a domestic one."), _G10,
        ("ship_to_domestic", "ship_arrived", "tested", "result", "id_merged"), judge_ship, None,
        ("主管部门同意另行处理", "the authority's consent is not judged here"),
    ),
)  # fmt: skip
"""All rules, as the readings name them."""

LIMIT_WORDS = {
    "test_cadence.high": Words("高风险岗位检测频次", "Test cadence, high-risk posts"),
    "test_cadence.other": Words("其他岗位检测频次", "Test cadence, other posts"),
    "test_cadence.low": Words("低风险岗位检测频次", "Test cadence, low-risk posts"),
    "protection_level.boarding": Words("登轮防护等级", "Protection for boarding"),
    "protection_level.cold_chain": Words("冷链作业防护等级", "Protection for cold-chain work"),
    "protection_level.customs_inspection": Words("海关查验防护等级", "Protection for customs inspection"),
    "cycle.work_days": Words("闭环作业天数", "Days of closed work"),
    "cycle.quarantine_days": Words("隔离天数", "Days of quarantine"),
    "cycle.monitoring_days": Words("居家健康监测天数", "Days of monitoring at home"),
    "ship.full_days": Words("船舶停满天数", "Full days of a ship in port"),
    "ship.day_one": Words("第1天与抵港日相差", "From arrival to day 1"),
    **{f"cycle.test_days.{n}": Words(f"隔离第{n}天检测", f"Test on day {n} of quarantine") for n in (1, 4, 7)},
    **{f"ship.test_days.{n}": Words(f"船员第{n}天检测", f"Crew test on day {n}") for n in (1, 2, 3, 5, 7)},
    "cycle.quarantine_kinds.central": Words("可集中隔离", "Central quarantine allowed"),
    "cycle.quarantine_kinds.home": Words("可居家隔离", "Home quarantine allowed"),
    **{f"in_force.{rule.info.id}": Words(f"规则施行：{rule.info.titles.zh}", f"In force: {rule.info.titles.en}") for rule in RULES},
}
"""What the limits are called."""
