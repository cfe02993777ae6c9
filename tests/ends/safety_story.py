"""A house with firms of two Jiangsu districts for the tests of the second app: who owes, who reports, who supervises what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bihuan.apps.safety_reports.records import EnterpriseFacts, GradedBy, Report, ReportKind, RiskItem, Stated
from bihuan.apps.safety_reports.tests.firms import RISK
from bihuan.base.catalog import House
from bihuan.base.clock import DAY, SeededChance, SetClock, moment, parse_instant
from bihuan.base.declare import compiled
from bihuan.base.identity import (
    create_account,
    create_organisation,
    create_person,
    give_grant,
    give_membership,
    issue_token,
    principal_for,
)
from bihuan.base.principal import Principal, system
from bihuan.base.records import keep
from bihuan.base.records.envelope import encode_record
from bihuan.base.records.signatures import Signing, signed_by, signing_hash
from bihuan.ends.web import web_app
from bihuan.gateways import rest
from bihuan.main import build
from bihuan.protocols.codes import organisation_check_sign, uscc_check_sign
from bihuan.settings import Settings
from houses import PASSWORD

NOW = parse_instant("2022-02-15T09:00:00+08:00")
FIRMS = (("store", "320585", "G5942"), ("plant", "320585", "C2614"), ("mill", "320583", "C1711"))
"""A cold store and a chemical plant in Taicang, a spinning mill in Kunshan."""


def code(number: int, area: str) -> str:
    """A credit code that nobody has."""
    organisation = f"XN{number:06d}"
    first = f"91{area}{organisation}{organisation_check_sign(organisation)}"
    return first + uscc_check_sign(first)


@dataclass
class Province:
    """The house with its ids."""

    house: House
    clock: SetClock
    codes: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def principal(self, firm: str) -> Principal:
        """The principal person of a firm, password just given."""
        reader, now = self.house.db.reader(system("test")), self.clock.now()
        return principal_for(reader, self.people[firm], self.organisations[firm], now, self.house.lines(), confirmed_at=now)

    def state(self, firm: str, record: Stated) -> str:
        """Let a firm's principal person state (and, where it binds only so, sign) a record."""
        spec, party = compiled(type(record), "safety_reports"), self.organisations[firm]
        signing = Signing(signing_hash(spec.name, party, None, encode_record(record))) if signed_by(spec) else None
        with self.house.db.write(self.principal(firm)) as w:
            kept = keep(w, record, app="safety_reports", door="form", signing=signing)
        self.house.catch_up()
        return kept.id

    def facts(self, firm: str, **fields: Any) -> EnterpriseFacts:
        """Basic facts of a firm."""
        _, area, industry = next(each for each in FIRMS if each[0] == firm)
        given: dict[str, Any] = {"name": f"示例{firm}", "industry": industry, "founded": date(2021, 6, 1), "staff": 60}
        return EnterpriseFacts(enterprise=self.codes[firm], time=moment(self.clock.now()), area=area, **(given | fields))

    def report(self, firm: str, risks: Iterable[RiskItem] = (RISK,)) -> Report:
        """This year's report of a firm."""
        lines, now = list(risks), moment(self.clock.now())
        return Report(enterprise=self.codes[firm], time=now, area=self.facts(firm).area, kind=ReportKind.annual, year=now.year,
                      method=GradedBy.lec, truthful=True, none_larger=not lines, risks=lines)  # fmt: skip

    def browser(self, login: str) -> TestClient:
        """A browser in which somebody has logged in."""
        browser = TestClient(web_app(self.house, [*rest.routes(self.house)]), headers={"Origin": "http://testserver"})
        answer = browser.post("/log-in", data={"login": login, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return browser


def province() -> Province:
    """Three firms with a principal each; officers of Taicang, of the whole province, and of chemicals in Taicang alone."""
    clock = SetClock(NOW)
    settings = Settings(data=Path("unused"), origin="demo/test", public_url="http://testserver")
    made = Province(build(settings, clock=clock, chance=SeededChance(11), in_memory=True), clock)
    officers = (("taicang", "320585", "safety_reports"), ("jiangsu", "32", "*"), ("chemist", "320585", "safety_reports_chemicals"))
    with made.house.db.write(system("setup")) as w:
        for n, (name, area, _) in enumerate(FIRMS, 1):
            made.codes[name] = code(n, area)
            made.organisations[name] = create_organisation(w, f"示例{name}", kinds=["industrial"], area=area, uscc=made.codes[name])
            made.tokens[name] = issue_token(w, name, party=made.organisations[name], capabilities=["draft"], valid_to=clock.now() + 900 * DAY)
        for login, area in (*((name, area) for name, area, _ in FIRMS), *((name, area) for name, area, _ in officers)):
            who = create_person(w, login, area=area)
            create_account(w, who, login, PASSWORD, must_change=False)
            made.people[login] = who
        for name, _, _ in FIRMS:
            give_membership(w, made.people[name], made.organisations[name], ["draft", "sign", "manage", "principal"])
        for name, area, line in officers:
            give_grant(w, made.people[name], area, line, ["read", "act", "decide", "export"])
    return made
