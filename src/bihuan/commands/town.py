"""The simulated city registered in a house: organisations, places, tokens, and its door for capture documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from bihuan.base.catalog import House
from bihuan.base.clock import DAY, SetClock
from bihuan.base.errors import StoreFault
from bihuan.base.identity import create_organisation, issue_token
from bihuan.base.places import set_place
from bihuan.base.principal import system
from bihuan.base.rules.model import LimitRow
from bihuan.base.rules.registers import enter_limits, replace_limits
from bihuan.base.rules.subjects import state_feed
from bihuan.commands.inprocess import Wire
from bihuan.simulate import Scenario
from bihuan.simulate.city import City, Party

_KINDS = {
    "customs": "department", "authority": "authority", "port": "terminal", "importer": "importer",
    "carrier": "carrier", "cleaner": "disinfector", "laboratory": "laboratory", "transit": "transit_warehouse",
    "store": "cold_store",
}  # fmt: skip
_PLACE_KINDS = {"pickup": "pick_up_point", "transit": "transit_warehouse", "store": "cold_store"}


@dataclass
class Town:
    """A house with a simulated city in it."""

    house: House
    city: City
    organisations: dict[str, str] = field(default_factory=dict)
    """Credit code → organisation id."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Credit code → secret."""


def register(house: House, scenario: Scenario) -> Town:
    """Enter a scenario's firms, places, tokens and limits."""
    town = Town(house, scenario.city)
    with house.db.write(system("city")) as w:
        for party in scenario.city.parties.values():
            made = create_organisation(w, party.name, kinds=_kinds(party), area=party.area, uscc=party.id)
            town.organisations[party.id] = made
            town.tokens[party.id] = issue_token(
                w, "simulated city", party=made, capabilities=["draft"], valid_to=w.now + 3650 * DAY
            )  # fmt: skip
        for place in scenario.city.places.values():
            set_place(
                w, place.id, name=place.name, kind=_PLACE_KINDS[place.kind], area=place.area,
                party=town.organisations[place.party], lon=place.lon, lat=place.lat, fence=place.fence,
                filing=place.filing, capacity_kg=place.capacity_kg,
            )  # fmt: skip
        rows = [
            LimitRow(r.id, r.name, r.value, r.unit, r.area, r.valid_from, r.valid_to, r.source, sure=False)
            for r in scenario.limits
        ]
        replace_limits(w, {row.name for row in rows})
        enter_limits(w, rows)
    return town


def _kinds(party: Party) -> list[str]:
    """What an organisation is registered as; a store in Jiangsu is an industrial enterprise under that province's rules too."""
    kind = _KINDS[party.kind]
    return [kind, "industrial"] if party.kind == "store" and party.area.startswith("32") else [kind]


@dataclass
class HttpDoor:
    """The scenario's door: capture documents over HTTP, each party with its token; the clock is the house's."""

    town: Town
    wire: Wire
    clock: SetClock
    acts: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    """What people do at stated instants, in order of time."""
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.town.house.held = True

    def advance(self, at: int) -> None:
        """Move the clock on; what came in at the instant that ends is worked through first."""
        if at <= self.clock.at:
            return
        self.town.house.catch_up()
        while self.acts and self.acts[0][0] <= at:
            when, act = self.acts.pop(0)
            self.clock.at = max(self.clock.at, when)
            act()
        self.clock.at = at
        self.town.house.tick()

    def capture(self, party: str, document: bytes) -> None:
        """Send a document; anything but a job that succeeds is noted as refused."""
        headers = {
            "authorization": f"Bearer {self.town.tokens[party]}", "content-type": "application/json",
            "gs1-capture-error-behaviour": "proceed",
        }  # fmt: skip
        answer = self.wire.call("POST", "/capture", document, headers)
        if answer.status != 202:
            raise StoreFault("采集口拒收文件。", f"The capture door answered {answer.status}: {answer.body[:300]!r}")
        job = json.loads(self.wire.call("GET", answer.headers["location"], headers=headers).body)
        self.refused += [f"{told['path']}: {told['title']}" for told in job["errors"]]

    def state_feed(self, type: str, until: int) -> None:
        """State how far a step's input is complete; a feed that a lag keeps complete is left alone."""
        with self.town.house.db.write(system("city")) as w:
            state_feed(w, type, "city", until)


