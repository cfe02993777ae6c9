"""Claim: what is asked of a filled store is answered while somebody waits.

EPCIS queries by container and by lot over real HTTP within the asker's scope, and pages as a city officer opens them.
Beside it what a folder of the same documents would need: reading them all for each question.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, urlencode

from bihuan.base.catalog import House
from bihuan.base.clock import new_id
from bihuan.base.identity import create_account, create_person, give_grant, principal_of_token
from bihuan.base.principal import system
from bihuan.gateways.epcis import capture, run_job
from bihuan.simulate.documents import Document
from city import PER_DOCUMENT, Client, city, documents, house, served, workplace
from measured import Report, percentile, run

_LOGIN = "bench-officer"
_BOX = "urn:epc:id:bic:"


def measure(quick: bool) -> Report:
    """Fill a store, serve it, ask."""
    scenario = city(240 if quick else 800)
    sent = documents(scenario)
    asked = 40 if quick else 200
    report = Report("queries", "answers by container and lot, and pages, over HTTP")
    report.sizes = {"events": len(sent) * PER_DOCUMENT, "questions each": asked}
    boxes, lots = _names(sent)
    chance = random.Random(7)
    with workplace() as folder:
        with house(folder, scenario) as (made, town):
            secret = town.tokens[sent[0].party]
            password = _fill(made, secret, sent)
        with served(folder) as system_:
            client = Client(system_.port, {"authorization": f"Bearer {secret}"})
            for title, parameter, names in (("container", "MATCH_anyEPC", boxes), ("lot", "MATCH_anyEPCClass", lots)):
                chosen = [chance.choice(names) for _ in range(asked)]
                took = _each([f"/events?{urlencode({parameter: name})}" for name in chosen], client, {})
                report.add(f"events by {title}, p50", percentile(took, 0.5) * 1000, "ms")
                report.add(f"events by {title}, p99", percentile(took, 0.99) * 1000, "ms")
            officer = Client(system_.port)
            cookie = _log_in(officer, password)
            for path in _pages(chance, boxes):
                took = _each([path() for _ in range(asked // 2)], officer, {"cookie": cookie})
                name = path().split(_MARK)[0]
                report.add(f"page {name}, p50", percentile(took, 0.5) * 1000, "ms")
                report.add(f"page {name}, p99", percentile(took, 0.99) * 1000, "ms")
            report.sizes["peak MiB of the server"] = round(system_.peak_mib())
    begun = time.perf_counter()
    wanted = chance.choice(boxes)
    found = sum(wanted in json.dumps(e) for d in sent for e in json.loads(d.body)["epcisBody"]["eventList"])
    report.add("rival: reading all documents", (time.perf_counter() - begun) * 1000, "ms", f"{found} events, no scope")
    report.limited_by = "the events found are parsed and matched again one by one; pages: SQL statements and Jinja, one core"
    return report


_MARK = "/container:"


def _names(sent: Sequence[Document]) -> tuple[list[str], list[str]]:
    boxes, lots = set(), set()
    for each in sent:
        for event in json.loads(each.body)["epcisBody"]["eventList"]:
            named = [*event.get("epcList", ()), *event.get("childEPCs", ()), event.get("parentID", "")]
            boxes |= {name for name in named if name.startswith(_BOX)}
            lots |= {line["epcClass"] for line in event.get("quantityList", ())}
    return sorted(boxes), sorted(lots)


def _fill(made: House, secret: str, sent: Sequence[Document]) -> str:
    """Let the events in, then make the officer's log-in; gives the password."""
    principal = principal_of_token(made.db.reader(system("bench")), secret)
    if principal is None:
        raise SystemExit("the token does not hold")
    made.held = True
    for each in sent:
        run_job(made, capture(made, principal, each.body, "rollback", "strict"))
    made.held = False
    made.catch_up()
    made.tick()
    with made.db.write(system("bench")) as w:
        password = new_id(w.chance)
        who = create_person(w, "Bench Officer", area="31")
        create_account(w, who, _LOGIN, password, must_change=False)
        give_grant(w, who, "31", "*", ("read", "act"))
    return password


def _log_in(client: Client, password: str) -> str:
    form = urlencode({"login": _LOGIN, "password": password}).encode()
    own = {"content-type": "application/x-www-form-urlencoded", "origin": f"http://127.0.0.1:{client.port}"}
    status, headers, _ = client.call("POST", "/log-in", form, own)
    if status != 303:
        raise SystemExit(f"the log-in was answered {status}")
    return str(headers["set-cookie"]).split(";")[0]


def _pages(chance: random.Random, boxes: Sequence[str]) -> list[Callable[[], str]]:
    return [
        lambda: "/",
        lambda: "/ledger",
        lambda: "/regulator",
        lambda: "/regulator/cold_chain",
        lambda: "/regulator/findings",
        lambda: f"/regulator/subjects{_MARK}{quote(chance.choice(boxes).removeprefix(_BOX))}",
    ]


def _each(paths: Sequence[str], client: Client, headers: Mapping[str, str]) -> list[float]:
    took = []
    for path in paths:
        begun = time.perf_counter()
        status, _, body = client.call("GET", path, None, headers)
        took.append(time.perf_counter() - begun)
        if status != 200:
            raise SystemExit(f"{path} was answered {status}: {body[:200]!r}")
    return took


if __name__ == "__main__":
    run(measure)
