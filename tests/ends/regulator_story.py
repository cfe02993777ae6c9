"""What the tests of the regulator end happen on: three containers, one stored before release, one due, one late."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from starlette.testclient import TestClient

from bihuan.apps.cold_chain.codes import LotKg
from bihuan.apps.cold_chain.records import (
    STEPS,
    ArrivedWarehouse,
    Booked,
    BookingConfirmed,
    CustomsReleased,
    Disinfected,
    PickedUp,
    ReleasedLot,
    Risk,
    Sampled,
    Sold,
    Split,
    Step,
    StoredFirst,
    Temperature,
    Unloaded,
)
from bihuan.base.clock import HOUR, MINUTE, moment
from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.base.rules.subjects import state_feed
from bihuan.ends.web import web_app
from houses import NOW, PASSWORD, Town, town

STORED, DUE, LATE = "CSQU3054383", "MSKU0000011", "TGHU0000013"
_bytes = msgspec.json.Encoder(decimal_format="number").encode


def containers() -> tuple[str, str, str]:
    """Three container numbers: already stored, due today, late."""
    return STORED, DUE, LATE


def story_town() -> Town:
    """The test town with goods in it, judged."""
    return tell(town())


def tell(made: Town) -> Town:
    """Let it happen in a town: three containers, stored too soon, due and late."""
    own = made.organisations
    at = _Stater(made)
    with made.house.db.write(system("setup")) as w:
        for step in STEPS:
            state_feed(w, step, "test", None, lag=0)
    day = NOW - 28 * HOUR  # the morning before, 10:00
    at.say("customs", CustomsReleased(time=moment(day), container=STORED, declaration="222520201210000001",
           area="310115", lots=[_lot("L1", 12_000, "冻南美白虾", Risk.high),
           _lot("L2", 8_000, "冻带鱼", Risk.ordinary)]))  # fmt: skip
    at.say("importer", _booked("B1", STORED, own["importer"], day + MINUTE, day + 5 * HOUR))
    at.say("warehouse", BookingConfirmed(time=moment(day + 10 * MINUTE), booking="B1", by="WH1"))
    at.say("customs", _picked(STORED, day + HOUR + 12 * MINUTE))
    for n in range(24):
        if n not in (9, 10, 11, 12):
            cel = Decimal("-18.5") + (Decimal("6.2") if 14 <= n <= 19 else Decimal(n % 3) / 10)
            when = day + HOUR + (15 + 10 * n) * MINUTE
            at.say("customs", Temperature(time=moment(when), container=STORED, cel=cel, sensor="S1", area="310115"))
    at.say("customs", ArrivedWarehouse(time=moment(day + 8 * HOUR), container=STORED, vehicle="沪BH2345",
                                       warehouse="WH1", area="310115"))  # fmt: skip
    at.say("warehouse", Unloaded(time=moment(day + 9 * HOUR), container=STORED, warehouse="WH1", lots=["L1", "L2"]))
    at.say("warehouse", Disinfected(time=moment(day + 10 * HOUR), by=own["warehouse"], container=STORED))
    at.say("warehouse", Sampled(time=moment(day + 11 * HOUR), lot="L1", sample="S-1"))
    at.say(
        "store", StoredFirst(time=moment(day + 22 * HOUR), lot="L1", warehouse="ST1", kg=Decimal(12_000), area="310107")
    )
    at.say("store", Split(time=moment(day + 23 * HOUR), lot="L1", kg=Decimal(3_000),
                          into=[LotKg(lot="L1a", kg=Decimal(3_000))], area="310107"))  # fmt: skip
    at.say(
        "store", Sold(time=moment(day + 24 * HOUR), lot="L1", kg=Decimal("1500.5"), buyer=own["importer"], voucher="V1")
    )
    for number, booking, slot in ((DUE, "B2", NOW + 150 * MINUTE), (LATE, "B3", NOW - 2 * HOUR)):
        start = NOW - 4 * HOUR
        at.say("customs", CustomsReleased(time=moment(start), container=number, declaration="222520201210000002",
               area="310115", lots=[_lot(f"L-{booking}", 5_000, "冻三文鱼", Risk.ordinary)]))  # fmt: skip
        at.say("importer", _booked(booking, number, own["importer"], start + MINUTE, slot))
        at.say("customs", _picked(number, start + HOUR))
    made.house.catch_up()
    return made


def client(made: Town, login: str) -> TestClient:
    """A browser in which somebody has logged in."""
    browser = TestClient(web_app(made.house), headers={"Origin": "http://testserver"})
    answer = browser.post("/log-in", data={"login": login, "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return browser


def form_of(html: str, doing: str = "") -> dict[str, Any]:
    """The hidden fields of the form on a page whose `doing` is that one; of any posting form when empty."""
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", html, re.S):
        if 'action="/log-out"' in form:
            continue
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        if not doing or hidden.get("doing") == doing:
            return hidden
    raise AssertionError(f"no form for {doing!r}")


def png(shade: int = 128) -> bytes:
    """A picture of eight by eight dots."""
    rows = b"".join(b"\x00" + bytes([shade]) * 8 for _ in range(8))
    out = io.BytesIO(b"\x89PNG\r\n\x1a\n")
    out.seek(0, io.SEEK_END)
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        out.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)))
    return out.getvalue()


def local(at: int) -> str:
    """An instant as a `datetime-local` field sends it."""
    return moment(at).strftime("%Y-%m-%dT%H:%M")


class _Stater:
    """Keeps steps as the events of whoever states them."""

    def __init__(self, made: Town) -> None:
        self.made, self.count = made, 0

    def say(self, who: str, step: Step) -> None:
        self.count += 1
        goods = self.made.house.registry.goods["cold_chain"]
        event: Mapping[str, Any] = goods.to_event(step, id=f"story-{self.count}", supersedes=None)
        with self.made.house.db.write(system("story")) as w:
            party = self.made.organisations[who]
            keep_events(w, [NewEvent(str(event["eventID"]), _bytes(event))], door="test", party=party)


def _lot(name: str, kg: int, product: str, risk: Risk) -> ReleasedLot:
    return ReleasedLot(lot=name, kg=Decimal(kg), risk=risk, product=product, origin="厄瓜多尔")


def _booked(booking: str, container: str, owner: str, at: int, slot: int) -> Booked:
    return Booked(time=moment(at), booking=booking, container=container, owner=owner, declaration="222520201210000001",
                  vehicle="沪BH2345", driver="D7", destination="WH1", slot=moment(slot) + timedelta(0))  # fmt: skip


def _picked(container: str, at: int) -> PickedUp:
    return PickedUp(time=moment(at), container=container, vehicle="沪BH2345", driver="D7", place="YS4", area="310115")
