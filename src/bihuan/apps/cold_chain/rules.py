"""The nine rules of the cold chain, each a sentence with its source; how they are judged stands in the modules beside.

`booking.py` and `trip.py`: entry, order, time, doors. `warmth.py`: temperature. `papers.py`: release, results, codes,
qualifications. `kilograms.py`: the balance. `keys.py`: what a subject's history is made of. A rule is in force
from the day the regime of the first notice began; what a later notice added is dated by its limit row. None has a
territory of its own: limit rows are territorial, and goods cross into other provinces on the way.
"""

from __future__ import annotations

from datetime import date

from bihuan.apps.cold_chain.keys import keys_of, reach, subjects_of
from bihuan.apps.cold_chain.kilograms import balance_opening, judge_balance
from bihuan.apps.cold_chain.lots import area_of_lot_step
from bihuan.apps.cold_chain.papers import (
    disinfection_openings,
    judge_left_without_papers,
    judge_stored_before_released,
    judge_unqualified_disinfection,
)
from bihuan.apps.cold_chain.trip import judge_no_booking, judge_not_as_booked, judge_opened, judge_overtime
from bihuan.apps.cold_chain.warmth import judge_too_warm
from bihuan.base.errors import Words
from bihuan.base.rules.model import RuleInfo
from bihuan.base.rules.rule import Rule

__all__ = ["RULES", "keys_of", "reach", "subjects_of"]

_EVERYWHERE = ""
_FROM = date(2020, 11, 16)
_N2020 = Words(
    "上海市 2020 年 11 月 15 日通告（11 月 16 日起施行）",
    "Shanghai notice of 15 November 2020 (in force from 16 November)",
)
_N2021 = Words("上海市 2021 年 1 月 11 日通告", "Shanghai notice of 11 January 2021")
_N2020_AND_2021 = Words(f"{_N2020.zh}；{_N2021.zh}", f"{_N2020.en}; {_N2021.en}")
_TRANSIT = Words(f"{_N2020.zh}；联防联控机制综发〔2020〕263号", f"{_N2020.en}; national notice 2020 no. 263")
_VERSION = "2021-01-11/1"
"""As read from the notices up to that of 11 January 2021; what a rule asks or how it is read changes: /2."""
_BRIEF = Words("“沪冷链”闭环管控要求（三点一库）", "closed-loop requirements of 沪冷链 (three points, one warehouse)")
_BOOKING = ("booked", "booking_confirmed", "booking_amended", "booking_cancelled")
_PACKING = ("customs_released", "health_certificate", "arrived_warehouse", "unloaded")

LIMIT_WORDS = {
    "booking_min_gap": Words("预约提前量", "Notice of a booking"),
    "transport_max": Words("运输时限", "Longest time on the road"),
    "max_temp": Words("最高箱温", "Highest temperature"),
    "sustained_min": Words("超温持续时间", "Time above it"),
    "reading_max_gap": Words("箱温读数间隔", "Gap between readings"),
    "balance_tolerance": Words("批次重量允差", "Tolerance of a lot's weight"),
    "confirm_within": Words("预约确认时限", "Time to confirm a booking"),
    "result_within": Words("检测结果报送时限", "Time to report a result"),
}
"""What the limits are called, by the names under which rules ask for them."""


def _info(
    id: str,
    subject: str,
    titles: tuple[str, str],
    asks: tuple[str, str],
    say: tuple[str, str],
    citation: Words,
    remark: tuple[str, str],
) -> RuleInfo:
    """`titles` names the breach, `asks` the duty."""
    return RuleInfo(id, Words(*titles), Words(*say), citation, subject, _EVERYWHERE, _FROM, asks=Words(*asks),
                    version=_VERSION, remark=Words(*remark))  # fmt: skip


RULES: tuple[Rule, ...] = (
    Rule(
        _info(
            "no_booking_before_entry",
            "container",
            ("未经预约入库", "Entered without booking"),
            ("预约后到库", "Booked before arrival"),
            ("集装箱到库前，须有经仓库确认、未取消的预约，并至少提前规定时间。",
             "Before a container enters a warehouse, a booking that it confirmed must stand, long enough before."),
            _N2021,
            ("提货前向第一存放点预约，存放点确认并核对", "booked before pick-up, confirmed and checked by the store"),
        ),
        ("arrived_warehouse",),
        ("arrived_warehouse", *_BOOKING),
        ("booking_min_gap",),
        judge_no_booking,
    ),
    Rule(
        _info(
            "not_as_booked",
            "container",
            ("未按预定信息运输", "Not carried as booked"),
            ("按预约信息运输", "Carried as booked"),
            ("提货的车辆、司机和到库的仓库，须与提货时的预约一致。",
             "Vehicle and driver at pick-up and warehouse at arrival are those of the booking as it stood at pick-up."),
            _N2020_AND_2021,
            ("货主、报关单、车辆、司机、流向须如预约", "owner, declaration, vehicle, driver and destination as booked"),
        ),
        ("picked_up",),
        ("picked_up", "arrived_warehouse", *_BOOKING),
        (),
        judge_not_as_booked,
    ),
    Rule(
        _info(
            "overtime",
            "container",
            ("超时运输", "Overtime on the road"),
            ("按时到库", "Arrive in time"),
            ("提货后须在规定时间内到库（以道口扫描为准）。",
             "After pick-up the gate scan at the warehouse follows within the longest time allowed."),
            _N2021,
            ("通告点名超时运输；时限另列", "the notice names overtime transport; the minutes are a dated row"),
        ),
        ("picked_up",),
        ("picked_up", "arrived_warehouse"),
        ("transport_max",),
        judge_overtime,
    ),
    Rule(
        _info(
            "stored_before_released",
            "lot",
            ("未放行先入库", "Stored before release"),
            ("放行后入库", "Released before storage"),
            ("高风险批次首站入库时，须有有效的出库放行证明；检验检疫证明写明“业经消毒”的除外。",
             "When a high-risk lot is first stored, a release certificate is in force, or its paper says 业经消毒."),
            _TRANSIT,
            ("须经中转查验库，“业经消毒”的除外", "by way of the transit warehouse unless “业经消毒”"),
        ),
        ("stored_first",),
        ("stored_first", "release_certificate", "certificate_revoked", *_PACKING),
        (),
        judge_stored_before_released,
    ),
    Rule(
        _info(
            "unqualified_disinfection",
            "lot",
            ("无资质消杀", "Disinfected by somebody unqualified"),
            ("由有资质的单位消杀", "Disinfected by the qualified"),
            ("消杀单位在消杀时须持有有效的消毒资质。",
             "Who disinfects holds a disinfection qualification in force at that moment."),
            _BRIEF,
            ("消杀由有资质的单位进行", "disinfection by the qualified"),
        ),
        ("disinfected",),
        ("disinfected", "qualification", "certificate_revoked", *_PACKING),
        (),
        judge_unqualified_disinfection,
        openings=disinfection_openings,
        area=area_of_lot_step,
    ),
    Rule(
        _info(
            "opened_on_the_way",
            "container",
            ("途中开箱", "Opened on the way"),
            ("途中不开箱", "Kept shut on the way"),
            ("提货至到库之间不得开箱，预约仓库围栏内除外。",
             "Between pick-up and gate scan nobody opens the container, save in the booked warehouse's fence."),
            Words(f"{_N2021.zh}；{_BRIEF.zh}", f"{_N2021.en}; {_BRIEF.en}"),
            ("闭环运输，即途中不开箱", "closed-loop transport: not opened on the way"),
        ),
        ("picked_up",),
        ("picked_up", "arrived_warehouse", "door_opened", *_BOOKING),
        (),
        judge_opened,
    ),
    Rule(
        _info(
            "too_warm",
            "container",
            ("运输超温", "Too warm on the way"),
            ("运输控温", "Kept cold on the way"),
            ("提货至到库之间，箱温不得持续高于最高温度达到规定时间。",
             "Between pick-up and gate scan the temperature does not stay above the highest one for the time stated."),
            _BRIEF,
            ("全程冷链；温度与时长按标准另列", "cold all the way; temperature and time are dated rows"),
        ),
        ("picked_up",),
        ("picked_up", "arrived_warehouse", "temperature"),
        ("max_temp", "sustained_min", "reading_max_gap"),
        judge_too_warm,
    ),
    Rule(
        _info(
            "left_without_papers",
            "lot",
            ("证明不全出库", "Left without papers"),
            ("证明齐全出库", "Papers complete on leaving"),
            ("批次离开中转查验库时，须有有效的出库放行证明、最新检测结果阴性和追溯码。",
             "When a lot leaves the transit warehouse it has a release certificate, a negative result and a code."),
            _BRIEF,
            ("无出仓证明不得销售；首站赋码；“三证一码”",
             "no sale without the release paper; code at the first station; three papers and a code"),
        ),
        ("left_warehouse",),
        ("left_warehouse", "release_certificate", "certificate_revoked", "sampled", "result", "trace_code_assigned"),
        (),
        judge_left_without_papers,
    ),
    Rule(
        _info(
            "lot_balance_kg",
            "lot",
            ("批次重量不平", "Kilograms that don't balance"),
            ("批次重量相符", "Kilograms that balance"),
            ("批次的入、出、存须逐公斤说明，差额不超过允差。",
             "What came in, went out and is left of a lot is accounted for by the kilogram, within the tolerance."),
            _BRIEF,
            ("进出货追溯，逐公斤说明", "goods in and out traced by the kilogram"),
        ),
        ("stored_first", "split", "merged"),
        ("stored_first", "split", "merged", "repacked", "sold", "destroyed", "refused", "stock_counted"),
        ("balance_tolerance",),
        judge_balance,
        openings=balance_opening,
        area=area_of_lot_step,
    ),
)  # fmt: skip
"""All rules, in the order in which a lot meets them."""
