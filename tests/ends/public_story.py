"""What the tests of the public, account, ledger and admin pages happen on: one lot with all its papers, one without."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from httpx2 import Response
from starlette.testclient import TestClient

from bihuan.apps.cold_chain.records import (
    CertificateRevoked,
    CustomsReleased,
    Disinfected,
    HealthCertificate,
    Outcome,
    ReleaseCertificate,
    ReleasedLot,
    Result,
    Risk,
    Sampled,
    Sold,
    Step,
    StoredFirst,
    TraceCodeAssigned,
)
from bihuan.base.clock import HOUR, moment
from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.ends.web import web_app
from houses import NOW, PASSWORD, Town, town

CONTAINER = "CSQU3054383"
CODE, BARE = "SH20201210000017", "SH20201210000018"
ORIGIN = {"origin": "http://testserver"}
encoded = msgspec.json.Encoder(decimal_format="number").encode


def state(made: Town, party: str, record: Step, event: str) -> None:
    """A party states a step of the goods."""
    goods = made.house.registry.goods["cold_chain"]
    body = encoded(goods.to_event(record, id=event, supersedes=None))
    with made.house.db.write(system("test")) as w:
        keep_events(w, [NewEvent(event, body)], door="test", party=made.organisations[party])


def goods_town() -> Town:
    """Lot L1 of shrimp with three papers and a code, sold to four firms; lot L2 with a code and no papers."""
    return tell(town())


def tell(made: Town) -> Town:
    """Let it happen in a town."""

    def at(hours: int) -> Any:
        return moment(NOW - hours * HOUR)

    steps: list[tuple[str, Step]] = [
        ("customs", HealthCertificate(time=at(60), says_="业经检验", container=CONTAINER, number="HC-1")),
        ("customs", CustomsReleased(time=at(58), container=CONTAINER, declaration="220220201000000001", area="310115",
            lots=[ReleasedLot(lot="L1", kg=Decimal("12000"), risk=Risk.high, product="冻白虾", origin="EC")])),
        ("warehouse", Disinfected(time=at(50), by="WH-CLEAN", container=CONTAINER)),
        ("warehouse", Sampled(time=at(49), lot="L1", sample="S1")),
        ("warehouse", Result(time=at(40), sample="S1", value=Outcome.negative)),
        ("warehouse", ReleaseCertificate(time=at(39), certificate="RC-1", lots=["L1"], warehouse="WH1")),
        ("warehouse", TraceCodeAssigned(time=at(38), lot="L1", code=CODE)),
        ("store", StoredFirst(time=at(30), lot="L1", warehouse="ST1", kg=Decimal("12000"), area="310107")),
        *(("store", Sold(time=at(20 - n), lot="L1", kg=Decimal("10"), buyer=f"BUYER-SECRET-{n}", voucher=f"V{n}"))
          for n in range(4)),
        ("warehouse", TraceCodeAssigned(time=at(5), lot="L2", code=BARE)),
    ]  # fmt: skip
    for n, (party, step) in enumerate(steps):
        state(made, party, step, f"test-step-{n}")
    return made


def revoke_release(made: Town) -> None:
    """The release certificate of L1 is revoked."""
    revoked = CertificateRevoked(time=moment(NOW) - timedelta(minutes=30), certificate="RC-1")
    state(made, "warehouse", revoked, "test-revoked")


class Visitor:
    """Somebody with a browser that runs no scripts."""

    def __init__(self, made: Town) -> None:
        self.town = made
        self.client = TestClient(web_app(made.house), follow_redirects=False, headers={"accept-language": "zh"})

    def get(self, path: str, **params: str) -> Response:
        return self.client.get(path, params=params or None)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the first form with a retry key or csrf token on a page."""
        text = self.get(path).text
        found = dict(re.findall(r'<input type="hidden" name="(csrf|retry)" value="([^"]*)"', text))
        return {name: str(value) for name, value in found.items()}

    def post(self, path: str, data: dict[str, Any], *, shown_at: str = "", files: Any = None) -> Response:
        """Send a form; `shown_at` is the page on which it stands (else the same path)."""
        hidden = self.form(shown_at or path)
        return self.client.post(path, data=hidden | data, files=files, headers=ORIGIN)

    def log_in(self, login: str, password: str = PASSWORD, **more: str) -> Response:
        return self.client.post("/log-in", data={"login": login, "password": password, **more}, headers=ORIGIN)
