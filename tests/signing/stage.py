"""A house with one app whose filings bind only by the principal person's signature, a firm, its clerk, its agency."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from starlette.testclient import TestClient

from bihuan.apps.cold_chain.app import APP as COLD_CHAIN
from bihuan.base.catalog import App, FormPage, House
from bihuan.base.clock import DAY, SeededChance, SetClock, parse_instant
from bihuan.base.declare import Part, Record, attachment, says
from bihuan.base.errors import Words
from bihuan.base.identity import (
    create_account,
    create_organisation,
    create_person,
    engage_agency,
    give_grant,
    give_membership,
    issue_token,
)
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.principal import system
from bihuan.base.records.envelope import Envelope, unseal
from bihuan.main import build, serve_app
from bihuan.settings import Settings
from houses import PASSWORD

NOW = parse_instant("2024-03-01T10:00:00+08:00")
FILING, NOTE = "filed.Filing", "filed.Note"


class Risk(Part):
    """One line of a filing."""

    name: Annotated[str, says("风险点", "Risk")]
    level: Annotated[int, says("等级", "Level", low=1, high=4)]


class Filing(Record):
    """What binds the firm only by its principal person's signature."""

    titles = Words("安全申报", "Safety filing")
    source = "测试条款第一条"
    signed_by = "principal"
    time: Annotated[datetime, says("申报时间", "Time", role="time")]
    what: Annotated[str, says("内容", "Content", longest=400)]
    tons: Annotated[Decimal, says("数量", "Amount", unit="t", low=0, places=3)] = Decimal(0)
    contact: Annotated[str, says("联系人", "Contact", personal=True)] = ""
    risks: Annotated[list[Risk], says("风险", "Risks")] = []  # noqa: RUF012
    paper: Annotated[str, says("附件", "Paper"), attachment()] = ""


class Note(Record):
    """What anybody of the firm states."""

    titles = Words("备注", "Note")
    on: Annotated[date, says("日期", "Day")]
    what: Annotated[str, says("内容", "Content")]


GROUP = Words("申报", "Filing")
FILED = App(
    name="filed", titles=Words("申报", "Filings"), closes=Words("申报闭环", "What closes here: the filing."), line="filed",
    territory="31", types=(Filing, Note), forms=(FormPage(Filing, GROUP), FormPage(Note, GROUP)),
)  # fmt: skip


@dataclass
class Stage:
    """A running house with the ids of who is in it."""

    house: House
    clock: SetClock
    client: TestClient
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def person(self, login: str) -> Doors:
        """Somebody at the doors, not yet logged in."""
        return Doors(self, login)

    def entries(self) -> list[tuple[int, str, Envelope, bytes]]:
        """Every entry of the ledger: number, type, envelope, payload."""
        rows = self.house.db.reader(system("test")).rows(sa.select(entry).order_by(entry.c.seq), ENTRIES)
        return [(row["seq"], row["type"], *unseal(bytes(row["body"]))) for row in rows if row["body"] is not None]

    def filings(self) -> list[tuple[int, Envelope, bytes]]:
        """The filings that are kept."""
        return [(seq, envelope, payload) for seq, type_name, envelope, payload in self.entries() if type_name == FILING]


@dataclass
class Doors:
    """One person with a session of their own, at the pages."""

    stage: Stage
    login: str

    def __post_init__(self) -> None:
        self.client = TestClient(self.stage.client.app, base_url="http://testserver", follow_redirects=False)

    def enter(self, firm: str = "") -> Doors:
        """Log in, and act for a firm (chosen where there are several)."""
        answer = self.client.post("/log-in", data={"login": self.login, "password": PASSWORD}, headers=_ORIGIN)
        assert answer.status_code == 303, answer.text
        if firm:
            self.post("/account/act-for", {"party": self.stage.ids[firm]}, at="/account")
        return self

    def get(self, path: str) -> Any:
        """A page."""
        return self.client.get(path)

    def post(self, path: str, data: dict[str, Any], *, at: str = "/account") -> Any:
        """Send a form with this session's token, taken from the page at `at`."""
        csrf = re.search(r'name="csrf" value="([^"]*)"', self.client.get(at).text)
        return self.client.post(path, data={**data, "csrf": csrf[1] if csrf else ""}, headers=_ORIGIN)

    def draft(self, what: str, **more: str) -> str:
        """Fill the form in and hand it over; the draft's id."""
        answer = self.hand_in(what, **more)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"].rpartition("/")[2])

    def hand_in(self, what: str, **more: str) -> Any:
        """The last step of the form."""
        data = {"time": "2024-03-01T09:00", "what": what, "act": "send", **more}
        return self.post(f"/enterprise/report/{FILING}", data)

    def shown(self, draft: str) -> dict[str, str]:
        """What the sign page holds: the hash and version that are shown."""
        text = self.get(f"/enterprise/signing/{draft}").text
        return {name: found[1] for name in ("hash", "version")
                if (found := re.search(rf'name="{name}" value="([^"]*)"', text))}  # fmt: skip

    def sign(self, draft: str, shown: dict[str, str] | None = None, **more: str) -> Any:
        """Sign what was shown."""
        data = {**(self.shown(draft) if shown is None else shown), "promise": "on", "act": "sign", **more}
        return self.post(f"/enterprise/signing/{draft}", data)


_ORIGIN = {"origin": "http://testserver"}


def stage(folder: Path | None = None) -> Stage:
    """Firm with principal `boss`, `heir` (no role yet) and `clerk`; agency with `agent`; another firm with `other`."""
    clock = SetClock(NOW)
    settings = Settings(data=folder or Path("unused"), origin="demo/test", public_url="http://testserver")
    house = build(settings, clock=clock, chance=SeededChance(11), in_memory=folder is None, apps=[COLD_CHAIN, FILED])
    made = Stage(house, clock, TestClient(serve_app(house, settings), base_url="http://testserver"))
    with house.db.write(system("setup")) as w:
        for name, kinds in (("firm", ["importer"]), ("agency", ["agency"]), ("elsewhere", ["importer"])):
            code = "91310115MA1K4A0U19" if name == "agency" else None
            made.ids[name] = create_organisation(w, f"测试{name}", kinds=kinds, area="310115", uscc=code)
        for login in ("boss", "heir", "clerk", "agent", "other", "officer", "admin"):
            made.ids[login] = create_person(w, f"{login}某", area="310115")
            create_account(w, made.ids[login], login, PASSWORD, must_change=False)
        for login, firm, role in (
            ("boss", "firm", "principal"), ("heir", "firm", "clerk"), ("clerk", "firm", "clerk"),
            ("agent", "agency", "clerk"), ("other", "elsewhere", "principal"),
        ):  # fmt: skip
            made.ids[f"{login}.role"] = give_membership(w, made.ids[login], made.ids[firm], role=role)
        # A signatory of everyday records is no principal person.
        give_membership(w, made.ids["clerk"], made.ids["firm"], role="signatory")
        give_grant(w, made.ids["officer"], "310115", "*", ["read", "act"])
        give_grant(w, made.ids["admin"], "31", "*", ["read", "admin"])
        made.ids["engagement"] = engage_agency(w, made.ids["firm"], made.ids["agency"])
        for firm in ("firm", "agency"):
            made.tokens[firm] = issue_token(w, firm, party=made.ids[firm], capabilities=["draft"], valid_to=NOW + 900 * DAY)
    house.catch_up()
    return made


def canonical(record: Record) -> bytes:
    """A record's canonical bytes."""
    return msgspec.json.encode(record, order="deterministic")
