"""A town with a container that customs has released, and clerks who use the pages of the enterprise end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html import unescape

import msgspec
from starlette.testclient import TestClient

from bihuan.apps.cold_chain.feeds import to_event
from bihuan.apps.cold_chain.records import CustomsReleased, ReleasedLot, Risk, Step
from bihuan.base.principal import system
from bihuan.base.records import Kept, NewEvent, keep_events
from bihuan.ends.web import web_app
from houses import PASSWORD, Town, town

BOX = "CSQU3054383"
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass
class Clerk:
    """One person at a browser."""

    client: TestClient
    csrf: str = ""
    html: str = ""
    status: int = 0
    url: str = ""
    hidden: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> str:
        """Open a page; its text without tags is given, the page itself stands in `html`."""
        return self._took(self.client.get(path, headers=headers))

    def post(self, path: str, data: dict[str, object] | None = None, files: object = None) -> str:
        """Send a form with the hidden fields of the page that is open."""
        sent = {"csrf": self.csrf, **{k: v for k, v in self.hidden.items() if k == "retry"}, **(data or {})}
        return self._took(self.client.post(path, data=sent, files=files))

    def _took(self, answer: object) -> str:
        self.html, self.status, self.url = answer.text, answer.status_code, str(answer.url)  # type: ignore[attr-defined]
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.html)
        self.hidden = {name: unescape(value) for name, value in found}
        self.csrf = self.hidden.get("csrf", self.csrf)
        return text_of(self.html)


def text_of(html: str) -> str:
    """What a page says, without its tags."""
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


@dataclass
class Story:
    """The town and its clerks."""

    town: Town

    def clerk(self, name: str) -> Clerk:
        """Somebody who has logged in."""
        clerk = Clerk(TestClient(web_app(self.town.house), headers={"Origin": "http://testserver"}))
        clerk.post("/log-in", {"login": name, "password": PASSWORD})
        assert clerk.status == 200, clerk.html
        return clerk

    def state(self, record: Step, party: str, key: str) -> Kept:
        """A partner's event comes in."""
        event = to_event(record, id=key)
        with self.town.house.db.write(system(f"partner-{party}")) as w:
            [kept] = keep_events(
                w, [NewEvent(event["eventID"], _encode(event))], door="test", party=self.town.organisations[party]
            )
        assert isinstance(kept, Kept)
        return kept


def story() -> Story:
    """Customs has released one container with two lots, one of them of high risk."""
    made = Story(town())
    lots = [
        ReleasedLot(lot="L1", kg=Decimal("12000"), risk=Risk.high, product="冻虾", origin="EC"),
        ReleasedLot(lot="L2", kg=Decimal("8000.5"), risk=Risk.ordinary, product="冻带鱼", origin="PK"),
    ]
    at = datetime.fromisoformat("2020-12-10T08:00:00+08:00")
    made.state(
        CustomsReleased(time=at, container=BOX, declaration="22012020000001", area="310115-YS", lots=lots),
        "customs",
        "c1",
    )
    return made


def book(clerk: Clerk, **changed: str) -> str:
    """Book the warehouse for tomorrow morning; what the page says then."""
    clerk.get("/enterprise/bookings/new")
    values = {
        "container": BOX,
        "vehicle": "沪B·H2345",
        "driver": "D-007",
        "destination": "WH1",
        "slot": "2020-12-11T09:00",
        "declaration": "22012020000001",
    }
    return clerk.post("/enterprise/bookings/new", values | changed)


def report(clerk: Clerk, type_name: str, **values: str) -> str:
    """Fill a form, read it over, sign it; what the receipt says, or the page that refused."""
    clerk.get(f"/enterprise/report/{type_name}?fresh=1")
    said = clerk.post(f"/enterprise/report/{type_name}", {"act": "check", **values})
    if clerk.status != 200:
        return said
    return clerk.post(f"/enterprise/report/{type_name}", {"act": "send", **clerk.hidden})


__all__ = ["BOX", "Clerk", "Story", "book", "report", "story", "text_of"]
