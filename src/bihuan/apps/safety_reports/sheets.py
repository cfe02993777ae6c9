"""What the law has a firm put up and keep: control list, notice board, warning cards, the plan in four colours. No layout here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from bihuan.apps.safety_reports.records import ControlList, EnterpriseFacts, Level, Report, RiskItem
from bihuan.apps.safety_reports.rules import facts_of, reports_of
from bihuan.base.errors import Words
from bihuan.base.panels import Colour, Sheet, SheetMark, SheetTable
from bihuan.base.rules.history import History

_COLOUR: dict[Level, Colour] = {Level.red: "red", Level.orange: "orange", Level.yellow: "yellow", Level.blue: "blue"}
_NONE = Words("本企业确认没有较大以上安全风险。", "The firm confirms that it has no larger-or-major risk.")
_UNPLACED = Words(
    "未标位置的风险不在图上，见下表：在报告明细里填写平面图横向、纵向百分比即可标出。",
    "Risks without a position stand in the table only: state per cent across and down the plan in the report to mark them.",
)


def control_list(history: History) -> list[Sheet]:
    """安全风险管控清单: every risk with place, accident, measures, department and post (order 140 art. 12)."""
    risks = _risks(history)
    heads = (
        Words("序号", "No."), Words("风险名称", "Risk"), Words("等级", "Level"), Words("场所、部位、环节", "Place"),
        Words("事故类型及后果", "Accident, consequence"), Words("管控措施", "Measures"), Words("责任部门", "Department"),
        Words("责任岗位", "Post"),
    )  # fmt: skip
    rows = tuple(
        (_same(n), _same(r.name), _level(r), _same(r.location), _same(r.accident), _same(r.measures), _same(r.department),
         _same(r.post)) for n, r in enumerate(risks, 1)
    )  # fmt: skip
    table = SheetTable(heads, (2, 6, 4, 6, 7, 12, 5, 5), rows, tuple(_COLOUR[r.level] for r in risks))
    title = Words("安全风险管控清单", "Control list of safety risks")
    return [Sheet(title, _firm(history), _about(history), (table,) if risks else (), () if risks else (_NONE,), wide=True)]


def notice_board(history: History) -> list[Sheet]:
    """安全风险公示栏: the larger and major risks, for the wall (order 140 art. 16)."""
    risks = [risk for risk in _risks(history) if risk.level in (Level.red, Level.orange)]
    heads = (
        Words("风险名称", "Risk"), Words("等级", "Level"), Words("位置", "Place"), Words("可能的事故及后果", "Accident"),
        Words("管控措施", "Measures"), Words("责任人岗位", "Post"),
    )  # fmt: skip
    rows = tuple(
        (_same(r.name), _level(r), _same(r.location), _same(r.accident), _same(r.measures), _same(r.post)) for r in risks
    )
    table = SheetTable(heads, (5, 4, 5, 6, 10, 4), rows, tuple(_COLOUR[r.level] for r in risks))
    title = Words("较大以上安全风险公示栏", "Notice of larger and major safety risks")
    return [Sheet(title, _firm(history), (), (table,) if risks else (), () if risks else (_NONE,), wide=True, large=True)]


def warning_cards(history: History) -> list[Sheet]:
    """重大安全风险警示牌: one card a major risk, to hang where it is (order 140 art. 16)."""
    return [
        Sheet(
            Words("重大安全风险警示牌", "Warning: major safety risk"), _same(risk.name),
            ((Words("位置", "Place"), _same(risk.location)), (Words("责任部门", "Department"), _same(risk.department)),
             (Words("责任岗位", "Post"), _same(risk.post)), (Words("企业", "Firm"), _firm(history))),
            (SheetTable((Words("可能的事故及后果", "Accident and consequence"), Words("管控措施", "Measures")), (1, 1),
                        ((_same(risk.accident), _same(risk.measures)),)),),
            large=True, wide=True, colour="red",
        )
        for risk in _risks(history)
        if risk.level is Level.red
    ]  # fmt: skip


def four_colours(history: History) -> list[Sheet]:
    """安全风险四色分布图: every risk at its place on the plant's plan, in its colour, with the key below."""
    reports, risks = reports_of(history), _risks(history)
    plan = next((report.plan for _, report in reversed(reports) if report.plan), "") or ""
    marks = tuple(
        SheetMark(r.x, r.y, str(n), _COLOUR[r.level]) for n, r in enumerate(risks, 1) if r.x is not None and r.y is not None
    )
    rows = tuple((_same(n), _level(r), _same(r.name), _same(r.location), _same(r.post)) for n, r in enumerate(risks, 1))
    heads = (Words("图号", "No."), Words("等级", "Level"), Words("风险名称", "Risk"), Words("位置", "Place"), Words("责任岗位", "Post"))
    table = SheetTable(heads, (1, 3, 6, 6, 4), rows, tuple(_COLOUR[r.level] for r in risks))
    notes = (*(() if risks else (_NONE,)), *((_UNPLACED,) if len(marks) < len(risks) else ()))
    title = Words("安全风险四色分布图", "Plan of safety risks in four colours")
    return [Sheet(title, _firm(history), _counts(risks), (table,) if risks else (), notes, wide=True, plan=plan, marks=marks)]


SHEETS: dict[str, tuple[Words, Callable[[History], Sequence[Sheet]]]] = {
    "control_list": (Words("管控清单", "Control list"), control_list),
    "notice_board": (Words("公示栏", "Notice board"), notice_board),
    "warning_cards": (Words("警示牌", "Warning cards"), warning_cards),
    "four_colours": (Words("四色分布图", "Four-colour plan"), four_colours),
}
"""The sheets of an enterprise, by the name in their address."""


def _risks(history: History) -> list[RiskItem]:
    """The risks as last stated, by a report or a control list, the gravest first."""
    stated = [(fact.order, fact.record.risks) for fact in history.of("report", "control_list")
              if isinstance(fact.record, Report | ControlList)]  # fmt: skip
    latest = max(stated, key=lambda each: each[0], default=(None, []))[1]
    return sorted(latest, key=lambda risk: list(Level).index(risk.level))


def _firm(history: History) -> Words:
    firm = facts_of(history)
    return _same(firm.name if firm is not None else history.name)


def _about(history: History) -> tuple[tuple[Words, Words], ...]:
    firm: EnterpriseFacts | None = facts_of(history)
    found: list[tuple[Words, Words]] = [(Words("统一社会信用代码", "Credit code"), _same(history.name))]
    if firm is not None:
        found.append((Words("行业代码", "Industry"), _same(firm.industry)))
    return tuple(found)


def _counts(risks: Iterable[RiskItem]) -> tuple[tuple[Words, Words], ...]:
    listed = list(risks)
    return tuple((Words(level.zh, level.en), _same(sum(risk.level is level for risk in listed))) for level in Level)


def _level(risk: RiskItem) -> Words:
    return Words(risk.level.zh, risk.level.en)


def _same(value: str | int | Decimal) -> Words:
    return Words(str(value), str(value))
