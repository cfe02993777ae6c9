"""A small running house for tests: the cold chain in memory, a few organisations and people who can log in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bihuan.base.catalog import App, House
from bihuan.base.clock import DAY, SeededChance, SetClock, parse_instant
from bihuan.base.identity import (
    create_account,
    create_organisation,
    create_person,
    give_grant,
    give_membership,
    issue_token,
)
from bihuan.base.places import set_place
from bihuan.base.principal import Grant, system
from bihuan.base.rules.subjects import state_feed
from bihuan.main import all_apps, build
from bihuan.settings import Settings

NOW = parse_instant("2020-12-10T14:00:00+08:00")
PASSWORD = "correct-horse-7-battery"
USCC = {"importer": "91310115MA1K35B44N", "warehouse": "91310115MA1K4A0U7Q", "store": "91310107MA1G0KQ12R"}


@dataclass
class Town:
    """A house with the ids of what is in it."""

    house: House
    clock: SetClock
    organisations: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def town(folder: Path | None = None, *, public_url: str = "http://testserver", more: tuple[App, ...] = ()) -> Town:
    """Importer with lorries, transit warehouse (310115) and first store (310107) with a clerk each; inspector of 310115,
    city officer of 31, administrator; log-in names `importer`, `warehouse`, `store`, `inspector`, `officer`, `admin`."""
    clock = SetClock(NOW)
    settings = Settings(data=folder or Path("unused"), origin="demo/test", public_url=public_url)
    house = build(settings, clock=clock, chance=SeededChance(7), in_memory=folder is None,
                  apps=(*all_apps(), *more))  # fmt: skip
    made = Town(house, clock)
    with house.db.write(system("setup")) as w:
        for name, kinds, area, label in (
            ("importer", ["importer", "carrier"], "310115", "测试进口商"),
            ("warehouse", ["transit_warehouse", "cold_store"], "310115", "测试中转查验库"),
            ("store", ["cold_store"], "310107", "测试首站冷库"),
            ("customs", ["department"], "31", "测试口岸数据"),
        ):
            made.organisations[name] = create_organisation(w, label, kinds=kinds, area=area)
        set_place(w, "WH1", name="测试中转查验库", kind="transit_warehouse", area="310115",
                  party=made.organisations["warehouse"], lon=121.9, lat=30.9, capacity_kg=100_000,
                  fence=((121.89, 30.89), (121.91, 30.89), (121.91, 30.91), (121.89, 30.91)))  # fmt: skip
        set_place(w, "ST1", name="测试首站冷库", kind="cold_store", area="310107", party=made.organisations["store"],
                  lon=121.39, lat=31.25, capacity_kg=50_000)  # fmt: skip
        set_place(w, "YS4", name="洋山四期提货点", kind="pick_up_point", area="310115-YS", lon=122.05, lat=30.62)
        for login, label, area in (
            ("importer", "陈一", "310115"), ("warehouse", "王二", "310115"), ("store", "李三", "310107"),
            ("inspector", "赵四", "310115"), ("officer", "钱五", "31"), ("admin", "孙六", "31"), ("stranger", "周七", "310107"),
        ):  # fmt: skip
            who = create_person(w, label, area=area, phone="13800138000")
            create_account(w, who, login, PASSWORD, must_change=False)
            made.people[login] = who
        for login in ("importer", "warehouse", "store"):
            capabilities = ["draft", "sign", "manage"]
            give_membership(w, made.people[login], made.organisations[login], capabilities)
        give_grant(w, made.people["inspector"], "310115", "cold_chain", ["read", "act", "decide", "draw", "export"])
        give_grant(w, made.people["stranger"], "310107", "cold_chain", ["read", "act", "decide", "export"])
        give_grant(w, made.people["officer"], "31", "*", ["read", "act", "decide", "draw", "export"])
        give_grant(w, made.people["admin"], "31", "*", ["read", "admin", "export"])
        for name in made.organisations:
            made.tokens[name] = issue_token(
                w, name, party=made.organisations[name], capabilities=["draft"], valid_to=clock.now() + 3650 * DAY,
                scopes=[Grant("31", "cold_chain", frozenset({"read"}))] if name == "customs" else (),
            )  # fmt: skip
        for step in ("booked", "booking_confirmed", "booking_amended", "booking_cancelled"):
            state_feed(w, step, "bihuan", None, lag=0)
    house.catch_up()
    return made
