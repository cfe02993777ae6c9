"""The steps of the loop in the law's words: one declared type for each thing that happens to a container or a lot.

Papers come before acts: `RANK` orders records of the same second (a paper, booking or amendment in the same
second counts as before the act). Each step is sent and kept as an EPCIS 2.0 event (`docs/cold-chain-events.md`).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar

from bihuan.apps.cold_chain.codes import ContainerNo, LotKg, Plate
from bihuan.base.declare import Choice, Part, Record, attachment, says
from bihuan.base.errors import Words

Time = Annotated[datetime, says("发生时间", "Time", role="time")]
Container = Annotated[ContainerNo, says("集装箱号", "Container", role="subject", key="container", example="CSQU3054383")]
Lot = Annotated[str, says("批次", "Lot", role="subject", key="lot")]
Lots = Annotated[list[str], says("批次", "Lots", key="lot")]
Area = Annotated[str, says("辖区", "Area", role="area", example="310115")]
Kg = Annotated[Decimal, says("重量", "Weight", unit="kg", low=0, places=3)]
Warehouse = Annotated[str, says("仓库", "Warehouse", role="place", key="place")]
Vehicle = Annotated[Plate, says("车牌", "Vehicle", key="vehicle", example="沪B·H2345")]
Photo = Annotated[str, says("照片或单据", "Photo or paper"), attachment()]


class Risk(Choice):
    """Risk class of imported cold food in the notice of 15 November 2020."""

    high = "high", "高风险", "High"
    ordinary = "ordinary", "一般", "Ordinary"


class Outcome(Choice):
    """What a nucleic-acid test says."""

    negative = "negative", "阴性", "Negative"
    positive = "positive", "阳性", "Positive"
    inconclusive = "inconclusive", "可疑", "Inconclusive"


class GoodsGo(Choice):
    """Where refused goods go."""

    stock = "stock", "回库", "Back to stock"
    shipper = "shipper", "退发货方", "Back to the shipper"


class ReleasedLot(LotKg):
    """One lot of a customs release with its risk class."""

    risk: Annotated[Risk | None, says("风险", "Risk")] = None
    product: Annotated[str, says("品名", "Product")] = ""
    origin: Annotated[str, says("原产国", "Origin")] = ""


class Step(Record):
    """What every step has: when it happened."""

    rank: ClassVar[int] = 50
    time: Time


class HealthCertificate(Step):
    """入境货物检验检疫证明: what the inspection paper says of the lots of a container."""

    titles = Words("检验检疫证明", "Inspection certificate")
    rank = 10
    says_: Annotated[str, says("证明文字", "Wording", longest=2000, example="业经消毒")]
    container: Annotated[ContainerNo | None, says("集装箱号", "Container", role="subject", key="container")] = None
    lots: Annotated[list[str], says("批次", "Lots", key="lot")] = []
    number: Annotated[str, says("证明编号", "Number")] = ""


class CustomsReleased(Step):
    """海关放行: which lots, with how many kilograms, are in which container."""

    titles = Words("海关放行", "Customs release")
    rank = 11
    container: Container
    declaration: Annotated[str, says("报关单号", "Declaration")]
    area: Area
    lots: Annotated[list[ReleasedLot], says("批次明细", "Lots")]


class Booked(Step):
    """预约: the owner books a warehouse for a container, with vehicle, driver and destination."""

    titles = Words("预约", "Booking")
    rank = 20
    booking: Annotated[str, says("预约号", "Booking", key="booking")]
    container: Container
    owner: Annotated[str, says("货主", "Owner", role="party", key="party")]
    vehicle: Vehicle
    driver: Annotated[str, says("司机编号", "Driver", key="person")]
    destination: Annotated[str, says("流向仓库", "Destination", role="place", key="place")]
    declaration: Annotated[str, says("报关单号", "Declaration")] = ""
    slot: Annotated[datetime | None, says("预计到库", "Expected at")] = None


class BookingConfirmed(Step):
    """预约确认: the warehouse agrees to the booking."""

    titles = Words("预约确认", "Booking confirmation")
    rank = 22
    booking: Annotated[str, says("预约号", "Booking", key="booking")]
    by: Annotated[str, says("确认仓库", "Confirmed by", role="place", key="place")]


class BookingAmended(Step):
    """预约变更: only the changed fields; taken as agreed by the warehouse."""

    titles = Words("预约变更", "Booking amendment")
    rank = 21
    booking: Annotated[str, says("预约号", "Booking", key="booking")]
    container: Annotated[ContainerNo | None, says("集装箱号", "Container", key="container")] = None
    owner: Annotated[str | None, says("货主", "Owner", key="party")] = None
    declaration: Annotated[str | None, says("报关单号", "Declaration")] = None
    vehicle: Annotated[Plate | None, says("车牌", "Vehicle", key="vehicle")] = None
    driver: Annotated[str | None, says("司机编号", "Driver", key="person")] = None
    destination: Annotated[str | None, says("流向仓库", "Destination", role="place", key="place")] = None
    slot: Annotated[datetime | None, says("预计到库", "Expected at")] = None


class BookingCancelled(Step):
    """预约取消: its owner takes it back, or the warehouse turns it down."""

    titles = Words("预约取消", "Booking cancelled")
    rank = 23
    booking: Annotated[str, says("预约号", "Booking", key="booking")]
    by: Annotated[str | None, says("退回预约的仓库", "Turned down by", role="place", key="place")] = None


class PickedUp(Step):
    """提货: a vehicle takes the container from the pick-up point."""

    titles = Words("提货", "Pick-up")
    container: Container
    vehicle: Vehicle
    driver: Annotated[str, says("司机编号", "Driver", key="person")]
    place: Annotated[str, says("提货点", "Pick-up point", role="place", key="place")]
    area: Area


class DoorOpened(Step):
    """箱门开启: at a position (WGS 84), inside a warehouse's fence, or position unknown."""

    titles = Words("箱门开启", "Door opened")
    container: Container
    lat: Annotated[Decimal | None, says("纬度", "Latitude", unit="°", low=-90, high=90, places=7)] = None
    lon: Annotated[Decimal | None, says("经度", "Longitude", unit="°", low=-180, high=180, places=7)] = None
    in_warehouse: Annotated[str | None, says("所在仓库", "In warehouse", key="place")] = None


class DoorClosed(DoorOpened):
    """箱门关闭."""

    titles = Words("箱门关闭", "Door closed")


class Temperature(Step):
    """箱温读数: degrees Celsius; no value when the sensor gave none."""

    titles = Words("箱温", "Temperature")
    container: Container
    cel: Annotated[Decimal | None, says("温度", "Temperature", unit="°C", low=-90, high=90, places=3)] = None
    sensor: Annotated[str, says("传感器", "Sensor")] = ""
    area: Annotated[str, says("辖区", "Area", role="area")] = ""


class ArrivedWarehouse(Step):
    """到库: the gate scan of a container at a warehouse."""

    titles = Words("到库", "Arrival at the warehouse")
    container: Container
    vehicle: Vehicle
    warehouse: Warehouse
    area: Area


class Unloaded(Step):
    """卸货: lots leave the container."""

    titles = Words("卸货", "Unloading")
    container: Container
    warehouse: Warehouse
    lots: Lots = []


class Disinfected(Step):
    """消杀: by whom, of which container or lots; without lots it counts for all lots of the container."""

    titles = Words("消杀", "Disinfection")
    by: Annotated[str, says("消杀单位", "Disinfected by", role="party", key="party")]
    container: Annotated[ContainerNo | None, says("集装箱号", "Container", role="subject", key="container")] = None
    lots: Annotated[list[str], says("批次", "Lots", key="lot")] = []
    agent: Annotated[str, says("消毒剂", "Agent")] = ""
    strength: Annotated[Decimal | None, says("有效浓度", "Strength", unit="mg/L", low=0, places=1)] = None
    photo: Annotated[str | None, says("照片或单据", "Photo or paper"), attachment()] = None


class Qualification(Step):
    """资质: a party holds a qualification for a range of civil days, first and last included."""

    titles = Words("资质", "Qualification")
    rank = 12
    of: Annotated[str, says("持有单位", "Holder", role="party", key="party")]
    kind: Annotated[str, says("资质种类", "Kind", example="disinfection")]
    qualification: Annotated[str, says("资质编号", "Number", key="certificate")]
    from_: Annotated[date, says("有效期起", "From")]
    to: Annotated[date, says("有效期止", "To")]


class Sampled(Step):
    """采样."""

    titles = Words("核酸采样", "Sampling")
    lot: Lot
    sample: Annotated[str, says("样品编号", "Sample", key="sample")]


class Result(Step):
    """检测结果: of one sample."""

    titles = Words("检测结果", "Test result")
    rank = 30
    sample: Annotated[str, says("样品编号", "Sample", role="subject", key="sample")]
    value: Annotated[Outcome, says("结果", "Result")]
    report: Annotated[str | None, says("检测报告", "Report"), attachment()] = None


class ReleaseCertificate(Step):
    """出库放行证明: lots may leave the transit warehouse."""

    titles = Words("出库放行证明", "Release certificate")
    rank = 31
    certificate: Annotated[str, says("证明编号", "Certificate", key="certificate")]
    lots: Lots
    warehouse: Warehouse


class CertificateRevoked(Step):
    """撤销: of a release certificate or a qualification, by its number."""

    titles = Words("证明撤销", "Certificate revoked")
    rank = 32
    certificate: Annotated[str, says("证明编号", "Certificate", role="subject", key="certificate")]


class TraceCodeAssigned(Step):
    """首站赋码: the lot gets its trace code."""

    titles = Words("首站赋码", "Trace code assigned")
    rank = 33
    lot: Lot
    code: Annotated[str, says("追溯码", "Trace code", key="code")]


class LeftWarehouse(Step):
    """出库: a lot leaves the transit warehouse."""

    titles = Words("离开中转查验库", "Left the transit warehouse")
    lot: Lot
    warehouse: Warehouse
    area: Area


class StoredFirst(Step):
    """首站入库: a lot is stored at its first storage point."""

    titles = Words("首站入库", "First storage")
    lot: Lot
    warehouse: Warehouse
    kg: Kg
    area: Area


class Split(Step):
    """分拆: kilograms taken from a lot into new lots."""

    titles = Words("分拆", "Split")
    lot: Lot
    kg: Kg
    into: Annotated[list[LotKg], says("分成", "Into")]
    loss_kg: Annotated[Decimal, says("损耗", "Loss", unit="kg", low=0, places=3)] = Decimal(0)
    area: Annotated[str, says("辖区", "Area", role="area")] = ""


class Merged(Step):
    """合并: kilograms of several lots become one lot."""

    titles = Words("合并", "Merge")
    from_: Annotated[list[LotKg], says("来自", "From")]
    lot: Lot
    kg: Kg
    area: Annotated[str, says("辖区", "Area", role="area")] = ""


class Repacked(Step):
    """改包装: kilograms in, kilograms out, stated loss."""

    titles = Words("改包装", "Repacking")
    lot: Lot
    kg_in: Annotated[Decimal, says("投入", "In", unit="kg", low=0, places=3)]
    kg_out: Annotated[Decimal, says("产出", "Out", unit="kg", low=0, places=3)]
    loss_kg: Annotated[Decimal, says("损耗", "Loss", unit="kg", low=0, places=3)] = Decimal(0)


class Sold(Step):
    """销售出库."""

    titles = Words("销售", "Sale")
    lot: Lot
    kg: Kg
    buyer: Annotated[str, says("购货方", "Buyer", key="party")]
    voucher: Annotated[str, says("出库凭证号", "Voucher")]


class Destroyed(Step):
    """销毁."""

    titles = Words("销毁", "Destruction")
    lot: Lot
    kg: Kg


class Refused(Step):
    """拒收: goods go back to stock (undoes a sale) or to the shipper (leave)."""

    titles = Words("拒收", "Refusal")
    lot: Lot
    kg: Kg
    goods_go: Annotated[GoodsGo, says("货物去向", "Goods go")]


class StockCounted(Step):
    """盘点: the kilograms found of a lot."""

    titles = Words("盘点", "Stock count")
    lot: Lot
    kg: Kg
    warehouse: Warehouse


class Voided(Step):
    """作废: the record named by `supersedes` was entered in error; nothing takes its place."""

    titles = Words("作废", "Voided")
    rank = 90
    reason: Annotated[str, says("作废原因", "Reason", longest=1000)] = ""


class Moved(Part):
    """One thing that an ordinary event is about."""

    kind: Annotated[str, says("种类", "Kind")]
    id: Annotated[str, says("标识", "Id", longest=500)]
    side: Annotated[str, says("进出", "Side")]
    kg: Annotated[Decimal | None, says("重量", "Weight", unit="kg", low=0, places=3)] = None


class Movement(Step):
    """流转: a valid event that is no step of the loop; it helps to see and trace, and no rule reads it."""

    titles = Words("流转", "Movement")
    biz_step: Annotated[str, says("业务步骤", "Business step", longest=500)] = ""
    place: Annotated[str, says("场所", "Place", role="place", longest=500)] = ""
    goods: Annotated[list[Moved], says("货物", "Goods")] = []


STEPS: dict[str, type[Step]] = {
    "health_certificate": HealthCertificate,
    "customs_released": CustomsReleased,
    "booked": Booked,
    "booking_confirmed": BookingConfirmed,
    "booking_amended": BookingAmended,
    "booking_cancelled": BookingCancelled,
    "picked_up": PickedUp,
    "door_opened": DoorOpened,
    "door_closed": DoorClosed,
    "temperature": Temperature,
    "arrived_warehouse": ArrivedWarehouse,
    "unloaded": Unloaded,
    "disinfected": Disinfected,
    "qualification": Qualification,
    "sampled": Sampled,
    "result": Result,
    "release_certificate": ReleaseCertificate,
    "certificate_revoked": CertificateRevoked,
    "trace_code_assigned": TraceCodeAssigned,
    "left_warehouse": LeftWarehouse,
    "stored_first": StoredFirst,
    "split": Split,
    "merged": Merged,
    "repacked": Repacked,
    "sold": Sold,
    "destroyed": Destroyed,
    "refused": Refused,
    "stock_counted": StockCounted,
    "voided": Voided,
}
"""Each step by the neutral name that files, mappings and rules use."""
