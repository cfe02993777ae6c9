"""What firms, agencies and authorities state, in the words of the rules: facts, reports with their risks, lists, checks, credit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from bihuan.apps.safety_reports.grading import METHODS, SUBSTANCES
from bihuan.apps.safety_reports.methods import NotInTable
from bihuan.base.clock import CIVIL
from bihuan.base.declare import Choice, Part, Record, attachment, checked, says
from bihuan.base.errors import Fault, Words
from bihuan.base.places.positions import JIANGSU, position_fault
from bihuan.protocols import codes


def _credit_code(text: str) -> Words | None:
    fault = codes.uscc(text)
    return None if fault is None else Words(fault.zh, fault.en)


def _industry(text: str) -> Words | None:
    if re.fullmatch(r"[A-T](\d{2,4})?", text):
        return None
    return Words("应为 GB/T 4754 行业代码，如 C1353。", "An industry code of GB/T 4754, e.g. C1353.")


Uscc = Annotated[str, checked(_credit_code, str.upper)]
Enterprise = Annotated[Uscc, says("企业", "Enterprise", role="party", key="party", example="统一社会信用代码")]
Time = Annotated[datetime, says("填报时间", "Stated at", role="time")]
Area = Annotated[str, says("辖区", "Area", role="area", example="320585")]
Post = Annotated[str, says("责任岗位", "Responsible post")]
Count = Annotated[int, says("数量", "Count", unit="个", low=0, high=100_000)]


class Level(Choice):
    """The four levels of the law with their colours."""

    red = "red", "重大（红）", "Major (red)"
    orange = "orange", "较大（橙）", "Larger (orange)"
    yellow = "yellow", "一般（黄）", "Ordinary (yellow)"
    blue = "blue", "低（蓝）", "Low (blue)"


LARGER = (Level.red, Level.orange)
_RANK = [level.value for level in Level]


class GradedBy(Choice):
    """How a report grades all its risks."""

    lec = "lec", "LEC 法", "LEC"
    ls = "ls", "LS 法", "LS"


class Source(Choice):
    """Where a risk was taken from."""

    catalogue = "catalogue", "目录内", "Catalogue"
    own = "own", "自辨识", "Self-identified"


class ReportKind(Choice):
    """Why a report is made."""

    first = "first", "首次报告", "First"
    annual = "annual", "定期报告", "Periodic"
    change = "change", "变更报告", "Change"


class Dust(Choice):
    """Kinds of dust that can explode, and others."""

    metal = "metal", "铝镁等金属", "Aluminium, magnesium, other metals"
    wood = "wood", "木", "Wood"
    grain = "grain", "粮食、饲料", "Grain and feed"
    other = "other", "其他", "Other"


class ChangeKind(Choice):
    """Changes that ask for a report."""

    new_risk = "new_risk", "新增较大以上风险", "New larger-or-major risk"
    level = "level", "等级变更", "Level changed"
    renamed = "renamed", "名称等基本信息变更", "Name or other particulars"
    process = "process", "工艺、设备、物料改变", "Process, equipment or material"
    catalogue = "catalogue", "目录调整", "Catalogue changed"
    accident = "accident", "发生死亡或三人以上重伤事故", "Accident with a death or three serious injuries"


class CheckResult(Choice):
    """What an inspection finds."""

    good = "good", "未见问题", "Nothing wrong"
    omitted = "omitted", "较大以上风险有遗漏", "A larger-or-major risk was left out"
    unchecked = "unchecked", "管控措施未纳入检查", "Measures were not checked"


class Shown(Choice):
    """What was put up."""

    notice_board = "notice_board", "公示栏", "Notice board"
    warning_card = "warning_card", "警示牌", "Warning card"


def fault(path: str, code: str, zh: str, en: str) -> Fault:
    """One thing that does not fit."""
    return Fault(path, code, Words(zh, en))


class Stated(Record):
    """What every record of the app has: which firm, when, where."""

    enterprise: Enterprise
    time: Time
    area: Area

    @property
    def day(self) -> date:
        """The civil day on which it was stated."""
        return self.time.astimezone(CIVIL).date()


class EnterpriseFacts(Stated):
    """基础信息: what kind of firm it is; who owes what follows from it. Imported as a roster or stated by the firm."""

    titles = Words("企业基础信息", "Enterprise facts")
    source = "风险报告系统：安全生产基本信息"
    name: Annotated[str, says("企业名称", "Name")]
    industry: Annotated[str, checked(_industry, str.upper), says("行业代码", "Industry code", example="G5942")]
    founded: Annotated[date, says("成立日期", "Founded")]
    staff: Annotated[int, says("从业人数", "People at work", unit="人", low=0, high=1_000_000)]
    outside_workers: Annotated[int, says("外来人员", "Outside workers", unit="人", low=0, high=1_000_000)] = 0
    per_shift: Annotated[int, says("最大当班人数", "Most on one shift", unit="人", low=0, high=1_000_000)] = 0
    special_work: Annotated[int, says("特种作业持证人数", "Special-work certificates", unit="人", low=0)] = 0
    revenue: Annotated[Decimal | None, says("上年度营业收入", "Last year's revenue", unit="万元", low=0, places=2)] = None
    ammonia_kg: Annotated[Decimal, says("液氨", "Ammonia", unit="kg", low=0, places=0)] = Decimal(0)
    dust: Annotated[Dust | None, says("粉尘种类", "Dust")] = None
    dust_collectors: Annotated[Count, says("除尘系统", "Dust collectors", unit="个", low=0)] = 0
    confined_spaces: Annotated[Count, says("有限空间", "Confined spaces", unit="个", low=0)] = 0
    furnaces: Annotated[Count, says("冶炼炉", "Furnaces", unit="个", low=0)] = 0
    gas_holders: Annotated[Count, says("煤气柜", "Gas holders", unit="个", low=0)] = 0
    deep_well_casting: Annotated[bool, says("深井铸造", "Deep-well casting")] = False
    hazardous_chemicals: Annotated[bool, says("涉及危险化学品", "Hazardous chemicals")] = False
    key_sector: Annotated[bool, says("重点行业", "Key sector")] = False
    lat: Annotated[Decimal | None, says("纬度", "Latitude", unit="°", low=-180, high=180, places=6)] = None
    lon: Annotated[Decimal | None, says("经度", "Longitude", unit="°", low=-180, high=180, places=6)] = None
    injury_insurance: Annotated[bool, says("工伤保险", "Injury insurance")] = False
    liability_insurance: Annotated[bool, says("安全生产责任保险", "Liability insurance")] = False

    def wrong(self) -> Iterable[Fault]:
        """Founded before the statement; shifts and certificates within the people there are; dust named where it is collected."""
        if self.founded > self.day:
            yield fault("founded", "date", f"不能晚于填报日期 {self.day}。", f"Not after the day of the statement, {self.day}.")
        there = self.staff + self.outside_workers
        for name, count in (("per_shift", self.per_shift), ("special_work", self.special_work)):
            if count > there:
                yield fault(name, "too_many", f"多于全部人员 {there} 人。", f"More than all the people there, {there}.")
        if (self.lat is not None or self.lon is not None) and self.area.startswith("32"):
            lat, lon = (None if x is None else float(x) for x in (self.lat, self.lon))
            misplaced = position_fault(lat, lon, JIANGSU)
            if misplaced is not None:
                yield misplaced
        if self.dust_collectors and self.dust is None:
            yield fault("dust", "missing", "有除尘系统，请选择粉尘种类。", "There are dust collectors; choose the kind of dust.")


class RiskItem(Part):
    """One risk with what may happen, what is done against it, and its grade by the report's method."""

    name: Annotated[str, says("风险名称", "Risk")]
    source: Annotated[Source, says("来源", "Source")]
    level: Annotated[Level, says("等级", "Level")]
    location: Annotated[str, says("位置（场所、部位、环节）", "Place (site, part, step)")]
    accident: Annotated[str, says("事故类型及后果", "Accident and consequence", longest=500)]
    measures: Annotated[str, says("主要管控措施", "Measures", longest=2000)]
    department: Annotated[str, says("责任部门", "Department")]
    post: Post
    catalogue: Annotated[str, says("目录编号", "Catalogue number")] = ""
    l: Annotated[Decimal | None, says("L 可能性", "L likelihood", low=0, places=1)] = None  # noqa: E741
    e: Annotated[Decimal | None, says("E 暴露频率", "E exposure", low=0, places=1)] = None
    c: Annotated[Decimal | None, says("C 后果", "C consequence", low=0, places=0)] = None
    s: Annotated[Decimal | None, says("S 严重性", "S severity", low=0, places=0)] = None
    x: Annotated[Decimal | None, says("平面图横向", "Across the plan", unit="%", low=0, high=100, places=1)] = None
    y: Annotated[Decimal | None, says("平面图纵向", "Down the plan", unit="%", low=0, high=100, places=1)] = None

    def graded(self, method: str) -> Level | None:
        """The level by the method's table; None when a factor is not stated; NotInTable for an impossible value."""
        table = METHODS[method]
        given = {name: value for name in table.factors if isinstance(value := getattr(self, name), Decimal)}
        if given.keys() != table.factors.keys():
            return None
        found = table.grade(table.score(given))
        return next(level for level in Level if level.value == found)

    def misgraded(self, method: str) -> Iterable[Fault]:
        """Factors missing or impossible; a level stated lower than the factors give."""
        try:
            found = self.graded(method)
        except NotInTable as impossible:
            allowed = "、".join(map(str, impossible.allowed))
            yield fault(impossible.factor, "not_in_table", f"{method.upper()} 法的取值只有：{allowed}。",
                        f"{method.upper()} takes only: {allowed}.")  # fmt: skip
            return
        if found is None:
            for name in METHODS[method].factors:
                if getattr(self, name) is None and self.source is Source.own:
                    yield fault(name, "required", f"{method.upper()} 法需要填写。", f"{method.upper()} needs it.")
        elif _RANK.index(self.level.value) > _RANK.index(found.value):
            yield fault("level", "too_low", f"按所填因素应为{found.zh}，不得降级。", f"The factors give {found.en}; it may not be lower.")


class HazardLine(Part):
    """One substance of a major-hazard unit."""

    unit: Annotated[str, says("单元", "Unit")]
    substance: Annotated[str, says("物质", "Substance", example="ammonia")]
    tonnes: Annotated[Decimal, says("最大存量", "Most held", unit="t", low=0, places=3)]
    people: Annotated[int, says("厂外500米常住人数", "People outside within 500 m", unit="人", low=0)] = 0

    def wrong(self) -> Iterable[Fault]:
        """A substance that the table has."""
        if self.substance not in SUBSTANCES:
            listed = "、".join(SUBSTANCES)
            yield fault("substance", "not_in_table", f"表中只有：{listed}。", f"The table has: {listed}.")


class Report(Stated):
    """安全风险报告: the larger-or-major risks of a firm, or that it has none; drafted by anybody, signed by the principal."""

    titles = Words("安全风险报告", "Safety-risk report")
    source = "江苏省工业企业安全生产风险报告规定；江苏省生产经营单位安全风险管理条例第十五条"
    signed_by: ClassVar[str] = "principal"
    kind: Annotated[ReportKind, says("报告类型", "Kind")]
    year: Annotated[int, says("报告年度", "Year", low=2021, high=2100)]
    method: Annotated[GradedBy, says("分级方法", "Graded by")]
    truthful: Annotated[bool, says("主要负责人对真实性、准确性负责", "The principal answers for truth and accuracy")]
    none_larger: Annotated[bool, says("确认没有较大以上风险", "No larger-or-major risk: confirmed")] = False
    risks: Annotated[list[RiskItem], says("风险明细", "Risks")] = []
    hazards: Annotated[list[HazardLine], says("重大危险源", "Major hazard sources")] = []
    change: Annotated[str, says("所报变更的编号", "Number of the change")] = ""
    agency: Annotated[str, says("技术服务机构", "Service agency", help_zh="只提供咨询，不得代替报告", help_en="advises, may not report")] = ""
    plan: Annotated[str | None, says("厂区平面图", "Plan of the plant"), attachment()] = None

    @property
    def larger(self) -> list[RiskItem]:
        """The larger and major risks."""
        return [risk for risk in self.risks if risk.level in LARGER]

    def wrong(self) -> Iterable[Fault]:
        """Truth is promised; zero is confirmed if and only if there is none; each risk is graded by the report's method."""
        if not self.truthful:
            yield fault("truthful", "required", "请由主要负责人作出承诺。", "The principal promises it.")
        if self.none_larger and self.larger:
            yield fault("none_larger", "contradiction", "明细中有较大以上风险。", "There are larger-or-major risks among the lines.")
        if not self.none_larger and not self.larger:
            yield fault("none_larger", "required", "没有较大以上风险的，也应确认。", "Without a larger risk, confirm that there is none.")
        if self.year > self.day.year:
            yield fault("year", "future", "报告年度晚于填报年份。", "The year lies after the statement.")
        for n, risk in enumerate(self.risks):
            yield from (each._replace(path=f"risks[{n}].{each.path}") for each in risk.misgraded(self.method.value))


class PostDuty(Part):
    """What one post answers for."""

    post: Post
    duty: Annotated[str, says("职责", "Duty", longest=500)]


class Attestation(Stated):
    """责任制: risk control in the duties of the principal (legal representative, controller) and of all posts."""

    titles = Words("安全风险责任制", "Attestation of responsibility")
    source = "140 号令第七条；条例第七条"
    signed_by: ClassVar[str] = "principal"
    principal_duty: Annotated[str, says("主要负责人职责", "Duty of the principal", longest=1000)]
    posts: Annotated[list[PostDuty], says("全员岗位", "All posts")]


class Identification(Stated):
    """风险辨识: risks were looked for."""

    titles = Words("安全风险辨识", "Identification of risks")
    source = "140 号令第七条；条例第十二条"
    scope: Annotated[str, says("范围", "Scope", longest=500)]
    full: Annotated[bool, says("全面辨识", "In full")] = True
    found: Annotated[int, says("辨识出的风险数", "Risks found", unit="个", low=0)] = 0


class ControlList(Stated):
    """管控清单: every risk with its measures, department and post."""

    titles = Words("安全风险管控清单", "Control list")
    source = "140 号令第十二条；条例第十一条"
    risks: Annotated[list[RiskItem], says("清单", "Lines")]


class PutUp(Stated):
    """公示栏、警示牌: what hangs where."""

    titles = Words("公示与警示", "Notice put up")
    source = "140 号令第十六条；条例第十六条"
    what: Annotated[Shown, says("种类", "What")]
    location: Annotated[str, says("位置", "Place")]
    photo: Annotated[str | None, says("照片", "Photo"), attachment()] = None


class Training(Stated):
    """教育培训."""

    titles = Words("安全风险培训", "Training")
    source = "140 号令第十七条"
    topic: Annotated[str, says("内容", "Topic", longest=500)]
    people: Annotated[int, says("参加人数", "People", unit="人", low=1)]


class OwnCheck(Stated):
    """自查: whether the measures are carried out."""

    titles = Words("管控措施自查", "Own check of measures")
    source = "条例第二十一条"
    found: Annotated[str, says("检查情况", "What was found", longest=1000)]


class CompletionAcceptance(Stated):
    """竣工验收: a project was accepted as complete."""

    titles = Words("竣工验收", "Completion acceptance")
    project: Annotated[str, says("项目", "Project")]
    accepted: Annotated[date, says("验收合格日期", "Accepted on")]


class TrialProduction(Stated):
    """试生产: a project with hazardous chemicals begins trial production."""

    titles = Words("试生产", "Trial production")
    project: Annotated[str, says("项目", "Project")]
    starts: Annotated[date, says("试生产开始日期", "Begins on")]


class Change(Stated):
    """变更: something that asks for a report."""

    titles = Words("安全风险变更", "Change")
    kind: Annotated[ChangeKind, says("变更种类", "Kind")]
    happened: Annotated[date, says("发生日期", "On")]
    what: Annotated[str, says("变更内容", "What", longest=1000)]


class AgencyEngagement(Stated):
    """委托: a service agency advises and trains; it never identifies, controls or reports in the firm's place."""

    titles = Words("技术服务委托", "Agency engaged")
    agency: Annotated[Uscc, says("服务机构", "Agency")]
    services: Annotated[str, says("服务内容", "Services", longest=500)]
    until: Annotated[date | None, says("委托至", "Until")] = None


class CheckRecord(Stated):
    """执法检查: what an inspector found, and by when it is put right."""

    titles = Words("风险报告检查", "Inspection of a report")
    result: Annotated[CheckResult, says("结果", "Result")]
    found: Annotated[str, says("检查情况", "What was found", longest=2000)]
    by: Annotated[date | None, says("限期改正至", "Put right by")] = None
    drawn: Annotated[bool, says("双随机抽取", "Drawn at random")] = False

    def wrong(self) -> Iterable[Fault]:
        """What is wrong has a day by which it is put right."""
        if self.result is not CheckResult.good and self.by is None:
            yield fault("by", "required", "有问题的，请填写限期。", "Name the day by which it is put right.")


class CreditEntry(Stated):
    """信用记录: of a firm or an agency, with its basis."""

    titles = Words("信用记录", "Credit entry")
    source = "风险报告履行和技术服务活动纳入信用管理"
    about: Annotated[str, says("事由", "About", longest=1000)]
    basis: Annotated[str, says("依据（案件、问题或文书编号）", "Basis (number of a case, finding or document)")]
    falsified: Annotated[bool, says("弄虚作假", "Falsified")] = False


class Sanction(Stated):
    """惩戒: what follows from a credit entry, under which rule and until when."""

    titles = Words("惩戒", "Sanction")
    measure: Annotated[str, says("惩戒措施", "Measure", longest=500)]
    basis: Annotated[str, says("依据", "Basis", longest=500)]
    until: Annotated[date, says("至", "Until")]


BY_AUTHORITY: tuple[type[Stated], ...] = (CheckRecord, CreditEntry, Sanction)
BY_FIRM: tuple[type[Stated], ...] = (
    EnterpriseFacts, Report, Attestation, Identification, ControlList, PutUp, Training, OwnCheck, CompletionAcceptance,
    TrialProduction, Change, AgencyEngagement,
)  # fmt: skip
