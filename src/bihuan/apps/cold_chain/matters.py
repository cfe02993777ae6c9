"""办件与证照: the release certificate 出库放行证明 that an importer applies for, and the step that its issue states."""

from __future__ import annotations

import json

import msgspec
import sqlalchemy as sa

from bihuan.apps.cold_chain.event_ids import NAMESPACE, PREFIX
from bihuan.apps.cold_chain.feeds import to_event
from bihuan.apps.cold_chain.records import CertificateRevoked, ReleaseCertificate, Step
from bihuan.base.cases import (
    CERTIFICATE,
    ApplicationKind,
    CertificateChanged,
    CertificateKind,
    Needed,
    certificate_table,
)
from bihuan.base.catalog import House
from bihuan.base.clock import moment
from bihuan.base.db import Reader
from bihuan.base.errors import Words
from bihuan.base.principal import system
from bihuan.base.records import RECORD, NewEvent, keep_events, record

KIND = "cold_chain.release"

RELEASE = ApplicationKind(
    KIND,
    Words("出库放行证明", "Release certificate"),
    line="cold_chain",
    days=1,
    articles=(
        Words("上海市 2020 年 11 月 15 日通告：核酸检测阴性并经外包装消毒后方可出库",
              "Shanghai notice of 15 November 2020: leaves after a negative test and disinfection of the outer packing"),
        Words("《行政许可法》第三十二条（受理与补正）", "Administrative Licensing Law, article 32 (acceptance, completion)"),
    ),
    fields=(
        Needed("lots", Words("批次", "Lots"), Words("多个批次用顿号分开", "separate several by commas")),
        Needed("warehouse", Words("中转查验库", "Transit warehouse")),
    ),
    attachments=(Needed("test_report", Words("核酸检测报告", "Test report")),),
    certificate=CertificateKind(KIND, Words("出库放行证明", "Release certificate"), "FX", days_valid=None),
)  # fmt: skip


def lots_of(text: str) -> list[str]:
    """The lots in what an applicant wrote."""
    for mark in "、，,;；\n\t ":
        text = text.replace(mark, "、")
    return [part for part in text.split("、") if part]


def certified(house: House, changed: CertificateChanged) -> None:
    """State about the goods what certificates say: issued and revoked ones that no record states yet, each once."""
    reader = house.db.reader(system("certificates"))
    query = sa.select(certificate_table).where(certificate_table.c.kind == KIND)
    for row in reader.rows(query.order_by(certificate_table.c.issued_at), CERTIFICATE):
        scope = json.loads(row["scope"])
        lots = scope["lots"] if isinstance(scope["lots"], list) else lots_of(scope["lots"])
        issued = ReleaseCertificate(
            time=moment(row["issued_at"]), certificate=row["number"], lots=lots, warehouse=scope["warehouse"]
        )
        _state(house, reader, f"issued-{row['id']}", issued)
        if row["revoked_at"] is not None:
            revoked = CertificateRevoked(time=moment(row["revoked_at"]), certificate=row["number"])
            _state(house, reader, f"revoked-{row['id']}", revoked)


def _state(house: House, reader: Reader, name: str, step: Step) -> None:
    if reader.first(sa.select(record.c.seq).where(record.c.sent == name), RECORD) is not None:
        return
    event = to_event(step, id=name)
    payload = msgspec.json.Encoder(decimal_format="number").encode(event)
    with house.db.write(system("certificates")) as w:
        keep_events(
            w, [NewEvent(event["eventID"], payload)], door="certificates", party="", context={PREFIX: NAMESPACE}
        )  # fmt: skip
