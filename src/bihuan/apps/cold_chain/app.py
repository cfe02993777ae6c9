"""沪冷链: the manifest of the cold chain of imported food."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from bihuan.apps.cold_chain.checks import CHECKS
from bihuan.apps.cold_chain.duties import DUTIES
from bihuan.apps.cold_chain.event_ids import NAMESPACE, PREFIX
from bihuan.apps.cold_chain.feeds import from_event, personal_parts, to_event
from bihuan.apps.cold_chain.judge import JUDGING, default_limits
from bihuan.apps.cold_chain.keys import keys_of, reach
from bihuan.apps.cold_chain.matters import RELEASE, certified
from bihuan.apps.cold_chain.movements import movement
from bihuan.apps.cold_chain.records import (
    STEPS,
    ArrivedWarehouse,
    Booked,
    BookingConfirmed,
    Destroyed,
    Disinfected,
    LeftWarehouse,
    Merged,
    Moved,
    Movement,
    Refused,
    Repacked,
    Result,
    Sampled,
    Sold,
    Split,
    Step,
    StockCounted,
    StoredFirst,
    TraceCodeAssigned,
    Unloaded,
)
from bihuan.apps.cold_chain.rules import LIMIT_WORDS, RULES
from bihuan.apps.cold_chain.senders import may_state
from bihuan.apps.cold_chain.view import STAGES, owes, view
from bihuan.base.catalog import App, FormPage
from bihuan.base.clock import moment
from bihuan.base.declare import Choice, Part, Record, attachment, says
from bihuan.base.errors import Words
from bihuan.base.records import StepRead
from bihuan.base.rules.evaluation import Field
from bihuan.base.rules.model import Fact

NAME = "cold_chain"
_NAMES = {cls: name for name, cls in STEPS.items()}


class Health(Choice):
    """How somebody on duty was found."""

    well = "well", "正常", "Well"
    ill = "ill", "异常", "Unwell"


class Porter(Part):
    """One person of a shift, named by the firm's own staff number."""

    staff: Annotated[str, says("工号", "Staff number", longest=40)]
    cel: Annotated[Decimal, says("体温", "Temperature", unit="°C", low=30, high=45, places=1)]
    health: Annotated[Health, says("健康状况", "Health")]
    name: Annotated[str, says("姓名", "Name", longest=40, personal=True)] = ""
    tested: Annotated[date | None, says("最近核酸日期", "Last test")] = None


class StaffHealth(Record):
    """人员健康: the day's health of the people who touch the goods, by batch, with a photo of the signed paper."""

    titles = Words("人员健康", "Staff health")
    source = "沪冷链企业端要求：上传人员健康信息"
    time: Annotated[datetime, says("登记时间", "Time", role="time")]
    place: Annotated[str, says("仓库", "Warehouse", role="place", key="place")]
    people: Annotated[list[Porter], says("人员", "People")]
    paper: Annotated[str, says("照片或单据", "Photo or paper", personal=True), attachment()]


class ColdRoom(Part):
    """One room of a cold store."""

    room: Annotated[str, says("库房", "Room")]
    capacity_kg: Annotated[Decimal, says("库容", "Capacity", unit="kg", low=0, places=0)]
    cel: Annotated[Decimal, says("设定温度", "Set temperature", unit="°C", low=-60, high=20, places=1)]


class ColdStoreFiled(Record):
    """冷库备案: the rooms, capacity and filing number of a cold store."""

    titles = Words("冷库备案", "Cold-store filing")
    source = "沪冷链企业端要求：上传冷链企业信息"
    time: Annotated[datetime, says("备案时间", "Time", role="time")]
    place: Annotated[str, says("仓库", "Warehouse", role="place", key="place")]
    filing: Annotated[str, says("备案号", "Filing number")]
    rooms: Annotated[list[ColdRoom], says("库房明细", "Rooms")]


class ColdChainGoods:
    """How the cold chain's goods speak EPCIS."""

    namespaces: Mapping[str, str] = {PREFIX: NAMESPACE}

    def from_event(self, event: Mapping[str, Any], context: Mapping[str, str]) -> list[StepRead]:
        """The steps that an event states; an ordinary event of a chain is one movement."""
        found = from_event(event, context)
        if not found:
            return _moved(event, context)
        return [
            StepRead(f"{NAME}.{type(each.record).__name__}", each.step, each.record, each.id, each.time,
                     type(each.record).rank, each.supersedes, each.part, each.corrected_by)
            for each in found
        ]  # fmt: skip

    def to_event(self, record: Record, *, id: str, supersedes: str | None) -> dict[str, Any]:
        """A step as its event."""
        assert isinstance(record, Step)
        return to_event(record, id=id, supersedes=supersedes)

    def keys_of(self, step: StepRead) -> Iterable[str]:
        """Every key under which rules find a step."""
        if isinstance(step.record, Movement):
            return {f"{good.kind}:{good.id}" for good in step.record.goods}
        return keys_of(Fact(step.id, step.id, step.step, step.time, 0, step.rank, step.record))

    def may_state(
        self, step: StepRead, kinds: frozenset[str], party: str, operator_of: Callable[[str], str | None]
    ) -> Words | None:
        """Why an organisation may not state a step, by the table of senders; None when it may."""
        return may_state(step, kinds, party, operator_of)

    def personal_parts(
        self, event: Mapping[str, Any], context: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What names a person, cut out."""
        return personal_parts(event, context)


def _moved(event: Mapping[str, Any], context: Mapping[str, str]) -> list[StepRead]:
    try:
        read = movement(event, context)
    except (KeyError, ValueError):
        return []  # an odd event that the door let pass with a warning: kept and shown as it came
    kinds = {"container": "container", "lot": "lot", "epc": "item"}
    goods = [Moved(kind=kinds[good.kind], id=good.id, side=good.side, kg=good.kg) for good in read.goods]
    record = Movement(
        time=moment(read.time), biz_step=read.biz_step, place=read.read_point or read.location or "", goods=goods
    )
    return [StepRead(f"{NAME}.Movement", "movement", record, read.id or "", read.time, Movement.rank)]


_OWNER, _WAREHOUSE, _STORE = ("importer",), ("transit_warehouse",), ("cold_store", "transit_warehouse")
_ARRIVAL, _CHECK = Words("到库", "Arrival"), Words("消杀与检测", "Disinfection and tests")
_OUT, _STOCK = Words("放行与出库", "Release and leaving"), Words("库存", "Stock")

APP = App(
    name=NAME,
    titles=Words("沪冷链", "Cold chain"),
    closes=Words(
        "这里闭环的是：每一批进口冷链食品，从口岸查验点到可以销售它的门店。",
        "What closes here: every imported lot, from the port inspection point to the store that may sell it.",
    ),
    line=NAME,
    territory="31",
    types=(*STEPS.values(), Movement, StaffHealth, ColdStoreFiled),
    field=Field(NAME, NAME, (*RULES, *DUTIES), reach, view, owes),
    subject_kinds={
        "container": Words("集装箱", "Container"), "lot": Words("批次", "Lot"), "item": Words("单品或托盘", "Item or pallet"),
    },
    watched=Words("集装箱与批次", "Containers and lots"),
    goods=ColdChainGoods(),
    limits=default_limits().rows,
    limit_words=LIMIT_WORDS,
    applications=(RELEASE,),
    checks=CHECKS,
    forms=(
        FormPage(Booked, Words("预约", "Booking"), _OWNER),
        FormPage(BookingConfirmed, Words("预约", "Booking"), _STORE),
        FormPage(ArrivedWarehouse, _ARRIVAL, _STORE),
        FormPage(Unloaded, _ARRIVAL, _STORE),
        FormPage(Disinfected, _CHECK, (*_STORE, "disinfector")),
        FormPage(Sampled, _CHECK, _STORE),
        FormPage(Result, _CHECK, (*_STORE, "laboratory")),
        FormPage(TraceCodeAssigned, _OUT, _STORE),
        FormPage(LeftWarehouse, _OUT, _WAREHOUSE),
        FormPage(StoredFirst, _STOCK, _STORE),
        FormPage(Split, _STOCK, _STORE),
        FormPage(Merged, _STOCK, _STORE),
        FormPage(Repacked, _STOCK, _STORE),
        FormPage(Sold, _STOCK, _STORE),
        FormPage(Refused, _STOCK, _STORE),
        FormPage(Destroyed, _STOCK, _STORE),
        FormPage(StockCounted, _STOCK, _STORE),
        FormPage(StaffHealth, Words("人员与单位", "People and firm"), _STORE),
        FormPage(ColdStoreFiled, Words("人员与单位", "People and firm"), _STORE),
    ),
    stages=STAGES,
    judging=JUDGING,
    folder=Path(__file__).parent,
    certified=certified,
)
