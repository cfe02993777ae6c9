"""双随机检查事项: what an officer goes through in a warehouse or at an importer's, item by item, each with its source."""

from __future__ import annotations

from bihuan.base.cases import CheckItem
from bihuan.base.errors import Words

_N2020 = Words("上海市 2020 年 11 月 15 日通告", "Shanghai notice of 15 November 2020")
_N2021 = Words("上海市 2021 年 1 月 11 日通告", "Shanghai notice of 11 January 2021")
_BRIEF = Words("“沪冷链”闭环管控要求（三点一库）", "closed-loop requirements of 沪冷链 (three points, one warehouse)")

CHECKS: tuple[CheckItem, ...] = (
    CheckItem(
        "booking",
        Words("到库的集装箱均有经确认的预约", "Every container that arrived had a booking that was confirmed"),
        _N2021,
    ),
    CheckItem(
        "gate",
        Words("车辆、司机与预约一致，到库时扫码核对", "Vehicle and driver are those booked, and were scanned at the gate"),
        _N2021,
    ),
    CheckItem(
        "disinfected",
        Words("外包装消毒有记录，或证书写明业经消毒", "Disinfection of the outer packing is on record, or the certificate states it"),
        _N2020,
    ),
    CheckItem(
        "tested",
        Words("高风险货物逐批检测，结果为阴性方才出库", "High-risk lots were tested, and left only after a negative result"),
        _N2020,
    ),
    CheckItem(
        "released",
        Words("首次入库的批次均有出库放行证明", "Every lot stored here first has its release certificate"),
        _N2020,
    ),
    CheckItem(
        "kilograms",
        Words("在库重量与账面逐批相符", "The kilograms in store agree with the books, lot by lot"),
        _BRIEF,
    ),
    CheckItem(
        "trace_code",
        Words("在售和在库的批次均贴有可查的追溯码", "Lots in store and on sale carry a trace code that can be looked up"),
        _BRIEF,
    ),
    CheckItem(
        "temperature",
        Words("库温和箱温有连续读数，未超限", "Room and container temperatures are read without a gap and within the limit"),
        _BRIEF,
    ),
    CheckItem(
        "staff",
        Words("接触货物人员的健康登记完整", "The health of the people who touch the goods is registered in full"),
        _BRIEF,
    ),
)
