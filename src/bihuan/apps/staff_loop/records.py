"""The steps of the staff loop in the readings' words: posts, shifts, protection, tests, papers, cycles, groups, ships.

Records carry a person's number and never a name; who stands behind it is the register's matter. A moment written as a
bare date is a civil day (+08:00): as a beginning its 00:00, as an end its 24:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

from bihuan.base.clock import day_start, parse_instant
from bihuan.base.declare import Choice, Record, checked, says
from bihuan.base.errors import Fault, Words


def _moment(text: str) -> Words | None:
    try:
        begins(text)
    except ValueError:
        return Words("应为日期（2020-12-10）或带时区的时间。", "A date (2020-12-10), or a time with its offset.")
    return None


def begins(text: str) -> int:
    """When an interval written so begins (int us): the instant, or 00:00 of a bare date; ValueError for neither."""
    return day_start(date.fromisoformat(text)) if len(text) <= 10 else parse_instant(text)


def ends(text: str) -> int:
    """When an interval written so ends, exclusive (int us): the instant, or 24:00 of a bare date."""
    return day_start(date.fromisoformat(text) + timedelta(days=1)) if len(text) <= 10 else parse_instant(text)


Moment = Annotated[str, checked(_moment)]
Person = Annotated[str, says("人员编号", "Person", role="subject", key="person")]
Time = Annotated[datetime, says("发生时间", "Time", role="time")]
SampledAt = Annotated[datetime, says("采样时间", "Sampled at")]
Ship = Annotated[str, says("船舶", "Ship", role="subject", key="ship")]
Place = Annotated[str, says("作业点", "Place")]
ShiftId = Annotated[str, says("班次编号", "Shift")]
Level = Annotated[int, says("防护等级", "Level of protection", low=1, high=3)]
Reason = Annotated[str, says("登陆事由", "Reason", example="crew_change")]
From = Annotated[Moment, says("起", "From")]
To = Annotated[Moment, says("止", "To")]


class Site(Choice):
    """Where the two sets of measures apply."""

    port = "port", "港口", "Port"
    airport = "airport", "机场", "Airport"


Area = Annotated[Site, says("口岸", "Port or airport")]
Division = Annotated[str, says("辖区", "Area", role="area", example="310115")]


class Risk(Choice):
    """Risk of a post."""

    high = "high", "高风险", "High"
    other = "other", "其他", "Other"
    low = "low", "低风险", "Low"


class Staff(Choice):
    """Whose staff a post belongs to."""

    shore = "shore", "岸上人员", "Shore"
    crew = "crew", "船员", "Crew"


class Work(Choice):
    """What a shift does."""

    cold_chain = "cold_chain", "冷链作业", "Cold chain"
    customs_inspection = "customs_inspection", "海关查验", "Customs inspection"
    general = "general", "一般作业", "General"


class Space(Choice):
    """Where on board somebody is."""

    deck = "deck", "甲板", "Deck"
    living_quarters = "living_quarters", "生活区", "Living quarters"
    closed = "closed", "密闭舱室", "Closed space"


class Swab(Choice):
    """How a sample is taken."""

    throat = "throat", "咽拭子", "Throat"
    nasopharyngeal = "nasopharyngeal", "鼻咽拭子", "Nasopharyngeal"


class Outcome(Choice):
    """What a test says."""

    negative = "negative", "阴性", "Negative"
    positive = "positive", "阳性", "Positive"
    inconclusive = "inconclusive", "可疑", "Inconclusive"


class Quarantine(Choice):
    """Kinds of quarantine; monitoring at home follows it and is none."""

    central = "central", "集中隔离", "Central quarantine"
    home = "home", "居家隔离", "Home quarantine"
    home_monitoring = "home_monitoring", "居家健康监测", "Health monitoring at home"


class Step(Record, kw_only=True):
    """What every step has: when it happened, and in which division."""

    rank: ClassVar[int] = 50
    time: Time
    division: Division = "31"


class PostAssigned(Step, kw_only=True):
    """上岗: a person takes up a post of a stated risk."""

    titles = Words("岗位登记", "Post assigned")
    rank = 10
    person: Person
    post: Annotated[str, says("岗位", "Post")]
    area: Area
    risk: Annotated[Risk, says("岗位风险", "Risk")]
    staff: Annotated[Staff, says("人员类别", "Staff")]
    from_: From
    employer: Annotated[str, says("用人单位", "Employer", role="party")] = ""


class PostEnded(Step, kw_only=True):
    """离岗: the post is given up, at the event's own time."""

    titles = Words("离岗", "Post ended")
    rank = 9
    person: Person
    post: Annotated[str, says("岗位", "Post")]
    employer: Annotated[str, says("用人单位", "Employer", role="party")] = ""


class OnLeave(Step, kw_only=True):
    """休假: the person is away from work."""

    titles = Words("休假", "On leave")
    rank = 11
    person: Person
    from_: From
    to: To


class GroupFixed(Step, kw_only=True):
    """固定组: fixed people, place, equipment and rest area (四固定), from then on."""

    titles = Words("固定组登记", "Fixed group")
    rank = 12
    group: Annotated[str, says("固定组", "Group")]
    people: Annotated[list[str], says("人员", "People")]
    place: Place
    equipment: Annotated[list[str], says("设备", "Equipment")]
    rest_area: Annotated[str, says("休息区", "Rest area")]
    from_: From


class Shift(Step, kw_only=True):
    """班次: who works when, where, with what, and rests where."""

    titles = Words("班次", "Shift")
    rank = 30
    person: Person
    work: Annotated[Work, says("作业", "Work")]
    area: Area
    start: Annotated[datetime, says("开始", "Start")]
    end: Annotated[datetime, says("结束", "End")]
    group: Annotated[str, says("固定组", "Group")] = ""
    place: Place = ""
    equipment: Annotated[str, says("设备", "Equipment")] = ""
    rest_area: Annotated[str, says("休息区", "Rest area")] = ""

    def wrong(self) -> Iterable[Fault]:
        """It ends after it starts, and within a month."""
        if not timedelta(0) < self.end - self.start <= timedelta(days=31):
            yield Fault("end", "order", Words("应晚于开始，且不超过31天。", "After the start, and within 31 days of it."))


class ProtectionRecorded(Step, kw_only=True):
    """防护记录: protection was put on for a shift."""

    titles = Words("防护记录", "Protection recorded")
    rank = 20
    person: Person
    level: Level
    shift: ShiftId


class Boarded(Step, kw_only=True):
    """登轮: a person goes on board."""

    titles = Words("登轮", "Boarded")
    rank = 31
    person: Person
    ship: Annotated[str, says("船舶", "Ship")]
    space: Annotated[Space, says("位置", "Space")]
    shift: ShiftId = ""


class Tested(Step, kw_only=True):
    """采样: a nucleic-acid sample was taken."""

    titles = Words("核酸采样", "Sampled")
    rank = 32
    person: Person
    sampled_at: SampledAt
    kind: Annotated[Swab | None, says("采样方式", "Swab")] = None


class Result(Step, kw_only=True):
    """检测结果: what the sample showed; the event's time is when it was issued."""

    titles = Words("检测结果", "Test result")
    rank = 33
    person: Person
    sampled_at: SampledAt
    value: Annotated[Outcome, says("结果", "Value")]


class CrewAshore(Step, kw_only=True):
    """船员登陆: a crew member comes ashore."""

    titles = Words("船员登陆", "Crew ashore")
    rank = 34
    person: Person
    ship: Annotated[str, says("船舶", "Ship")]
    reason: Reason


class Approval(Step, kw_only=True):
    """批准: landing is allowed for one person and reason, [from, to); the event's time is when it was decided."""

    titles = Words("登陆批准", "Landing approval")
    rank = 13
    person: Person
    reason: Reason
    from_: From
    to: To


class Disinfected(Step, kw_only=True):
    """消毒: a place was disinfected, on the account of its terminal."""

    titles = Words("场所消毒", "Place disinfected")
    rank = 35
    place: Annotated[str, says("作业点", "Place", role="subject")]
    area: Area
    terminal: Annotated[str, says("货站", "Terminal")]
    by: Annotated[str, says("消毒单位", "Disinfected by", role="party")]


class Qualification(Step, kw_only=True):
    """资质: a firm may disinfect, from the first to the last day, both included."""

    titles = Words("消毒资质", "Qualification")
    rank = 14
    of: Annotated[str, says("单位", "Firm", role="party")]
    from_: Annotated[date, says("起", "From")]
    to: Annotated[date, says("止", "To")]


class Entrusted(Step, kw_only=True):
    """委托: a terminal entrusts a firm with a place."""

    titles = Words("消毒委托", "Entrusted")
    rank = 15
    by: Annotated[str, says("委托货站", "Entrusted by")]
    to: Annotated[str, says("受托单位", "Firm", role="party")]
    place: Annotated[str, says("作业点", "Place", role="subject")]
    valid_from: From
    valid_to: Annotated[Moment | None, says("止", "To")] = None


class CycleStart(Step, kw_only=True):
    """闭环周期: closed work begins; the pattern is as declared and decides nothing."""

    titles = Words("闭环周期开始", "Cycle started")
    rank = 16
    person: Person
    area: Area
    pattern: Annotated[str, says("申报模式", "Pattern", example="14+7+7")] = ""


class QuarantineStart(Step, kw_only=True):
    """隔离开始."""

    titles = Words("隔离开始", "Quarantine started")
    rank = 17
    person: Person
    kind: Annotated[Quarantine, says("方式", "Kind")]


class QuarantineEnd(Step, kw_only=True):
    """隔离结束."""

    titles = Words("隔离结束", "Quarantine ended")
    rank = 18
    person: Person
    kind: Annotated[Quarantine, says("方式", "Kind")]


class ShipArrived(Step, kw_only=True):
    """船舶抵港: a ship from abroad arrives with its crew."""

    titles = Words("船舶抵港", "Ship arrived")
    rank = 19
    ship: Ship
    crew: Annotated[list[str], says("船员", "Crew")]
    area: Area = Site.port


class ShipToDomestic(Step, kw_only=True):
    """转内贸: shore staff start work on the ship as a domestic one."""

    titles = Words("转内贸作业", "Into domestic trade")
    rank = 40
    ship: Ship


class IdMerged(Step, kw_only=True):
    """编号合并: two numbers are one person, from the beginning."""

    titles = Words("编号合并", "Numbers merged")
    rank = 8
    from_: Annotated[str, says("原编号", "From", key="person")]
    into: Annotated[str, says("并入编号", "Into", key="person")]


class Voided(Step, kw_only=True):
    """作废: the record named by `supersedes` was entered in error; nothing takes its place."""

    titles = Words("作废", "Voided")
    rank = 90
    reason: Annotated[str, says("作废原因", "Reason", longest=1000)] = ""


STEPS: dict[str, type[Step]] = {
    "post_assigned": PostAssigned, "post_ended": PostEnded, "on_leave": OnLeave, "shift": Shift, "group_fixed": GroupFixed,
    "protection_recorded": ProtectionRecorded, "boarded": Boarded, "tested": Tested, "result": Result,
    "crew_ashore": CrewAshore, "approval": Approval, "disinfected": Disinfected, "qualification": Qualification,
    "entrusted": Entrusted, "cycle_start": CycleStart, "quarantine_start": QuarantineStart,
    "quarantine_end": QuarantineEnd, "ship_arrived": ShipArrived, "ship_to_domestic": ShipToDomestic,
    "id_merged": IdMerged, "voided": Voided,
}  # fmt: skip
"""Each step by the neutral name that files and rules use."""
