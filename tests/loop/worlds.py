"""Two worlds that are equal in what some people may see and differ in what they may not.

Both are made from one seed with a set clock. What differs is written last and with a stream of chance of its own, so
that ids and numbers of everything else are the same in both; nothing has to be masked for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import sqlalchemy as sa

from bihuan.apps.cold_chain.records import (
    STEPS,
    BookingCancelled,
)
from bihuan.base import cases
from bihuan.base.cases import Act
from bihuan.base.catalog import House
from bihuan.base.clock import DAY, HOUR, MINUTE, SeededChance, moment, new_id
from bihuan.base.db import metadata
from bihuan.base.errors import Unauthenticated, Words
from bihuan.base.identity import (
    Line,
    close_account,
    create_account,
    create_organisation,
    create_person,
    end_grant,
    end_membership,
    erase_person,
    give_grant,
    give_membership,
    issue_token,
    load_lines,
    log_in,
    revoke_token,
    update_organisation,
    update_person,
)
from bihuan.base.ledger import erase
from bihuan.base.notify import mark_read
from bihuan.base.places import set_place
from bihuan.base.principal import Grant, system
from bihuan.base.records import NewEvent, keep_events
from bihuan.base.records.batch import drop_batch
from bihuan.base.records.drafts import drop_draft
from bihuan.base.records.quarantine import settle
from bihuan.base.records.to_sign import withdraw
from bihuan.base.rules.findings_model import finding_table
from bihuan.base.rules.subjects import state_feed
from bihuan.main import serve_app
from bihuan.settings import Settings
from houses import PASSWORD, town
from signing.stage import FILED

from .matters import ALL, Ids, Side, World, all_well, booked, container, event_bytes, matters, told, who

Which = Literal["elsewhere", "next_door"]
_PUBLIC = {"place"}
_OF_THE_CITY = {"organisation", "person", "officer"}
"""Whoever supervises any line in an area knows the parties there; an officer of the city's waters is one of ours."""

SEEN = Side("importer", "importer", "officer", "inspector", "310115", "WH1", "YS4", "可见")
SIDES: dict[Which, Side] = {
    "elsewhere": Side("far", "far", "far_agent", "far_officer", "310104", "WH9", "PU9", "远处密"),
    "next_door": Side("near", "near", "near_agent", "inspector", "310115", "WH8", "YS4", "隔壁密"),
}


def pair(which: Which) -> tuple[World, World]:
    """Two worlds: the second has more, other and fewer rows of that side."""
    first, second = common(which), common(which)
    with other_chance(second.house, 99):
        part(second, SIDES[which], which)
    first.ids["fresh"] = second.ids["fresh"]
    for world in (first, second):
        world.town.clock.advance(MINUTE)
        world.house.tick()
    return first, second


@contextmanager
def other_chance(house: House, seed: int) -> Iterator[None]:
    """Draw ids from another stream for a while."""
    before, house.db.chance = house.db.chance, SeededChance(seed)
    try:
        yield
    finally:
        house.db.chance = before


def common(which: Which) -> World:
    """The part that both worlds have: matters of ours, and matters of the hidden side."""
    made = town(more=(FILED,))
    house, own = made.house, made.organisations
    with house.db.write(system("setup")) as w:
        load_lines(w, [Line("water", Words("水务", "Water"))])
        own["far"] = create_organisation(
            w, "远处密冷库", kinds=["importer", "cold_store"], area="310104", address="远处密路"
        )
        own["agency"] = create_organisation(w, "可见服务机构", kinds=["agency"], area="310115")
        own["near"] = create_organisation(w, "隔壁冷库", kinds=["importer", "cold_store"], area="310115")
        for name, area in (("pudong", "310115"), ("putuo", "310107")):
            own[name] = create_organisation(w, f"{name} 数据", kinds=["department"], area=area)
            scope = [Grant(area, "cold_chain", frozenset({"read", "export"}))]
            until = made.clock.now() + 3650 * DAY
            made.tokens[name] = issue_token(w, name, party=own[name], scopes=scope, valid_to=until)
        for place, area, firm in (("WH9", "310104", "far"), ("WH8", "310115", "near")):
            set_place(w, place, name=f"{place} 库", kind="cold_store", area=area, party=own[firm], lon=121.4, lat=31.1)
        set_place(w, "PU9", name="PU9 点", kind="pick_up_point", area="310104", lon=121.4, lat=31.1)
        for login, area in (
            ("far", "310104"), ("far_agent", "310104"), ("far_officer", "310104"), ("far_admin", "310104"),
            ("near", "310115"), ("near_agent", "310115"), ("water", "31"),
            ("pudong_admin", "310115"), ("putuo_admin", "310107"), ("aide", "310115"),
        ):  # fmt: skip
            made.people[login] = create_person(w, f"{login}人", area=area, phone="13900139000")
            create_account(w, made.people[login], login, PASSWORD, must_change=False)
        for firm in ("far", "near"):
            give_membership(w, made.people[firm], own[firm], ["draft", "sign", "manage"])
        give_grant(w, made.people["aide"], "310115", "cold_chain", ["read", "act"])
        give_grant(w, made.people["far_officer"], "310104", "cold_chain", ["read", "act", "decide"])
        give_grant(w, made.people["far_admin"], "310104", "*", ["read", "admin"])
        give_grant(w, made.people["water"], "31", "water", ["read", "act", "decide", "export"])
        give_grant(w, made.people["pudong_admin"], "310115", "*", ["read", "admin", "export"])
        give_grant(w, made.people["putuo_admin"], "310107", "*", ["read", "admin", "export"])
        for step in STEPS:
            state_feed(w, step, "test", None, lag=0)
    settings = Settings(origin="demo/test", public_url="http://testserver")
    world = World(made, serve_app(house, settings))
    side = SIDES[which]
    world.ids["mine"] = matters(world, SEEN, "M", 100)
    world.ids["kept"] = matters(world, side, "K", 200)
    made.clock.advance(HOUR)
    house.tick()
    for name, one in (("mine", SEEN), ("kept", side)):
        world.ids[name] |= told(world, one)
    world.ids["unknown"] = unknown(world.ids["kept"], _PUBLIC | (_OF_THE_CITY if which == "next_door" else set()))
    return world


def part(world: World, side: Side, which: Which) -> None:
    """What the second world has more, has otherwise and has no longer, of the hidden side alone."""
    made, house, old = world.town, world.house, world.ids["kept"]
    now, party = made.clock.now(), made.organisations[side.firm]
    world.ids["fresh"] = matters(world, side, "N", 300)
    clerk, officer = who(world, side.clerk, side.firm), who(world, side.officer)
    goods = house.registry.goods["cold_chain"]
    for name, step, supersedes in (
        ("urn:uuid:00000000-0000-4000-8000-000000009001", booked(old, side, party, now - 2 * HOUR, "沪BX0001"), old["event"]),
        ("urn:uuid:00000000-0000-4000-8000-000000009002", BookingCancelled(time=moment(now), booking=old["booking"]), None),
    ):  # fmt: skip
        body = event_bytes(goods.to_event(step, id=name, supersedes=supersedes))
        with house.db.write(clerk) as w:
            keep_events(w, [NewEvent(name, body, supersedes)], door="test", party=party)
    with house.db.write(officer) as w:
        cases.verify(w, old["case"], passed=True, text=side.word, act=Act())
        cases.revoke_certificate(w, old["certificate"], reason=side.word, article="第六十九条", act=Act())
    with house.db.write(system("setup")) as w:
        checks = house.apps["cold_chain"].checks
        cases.record_visit(w, old["visit"], items=checks, answers=all_well(house), visited_at=now, act=Act())
        cases.end_avoidance(w, old["avoidance"])
    with house.db.write(clerk) as w:
        drop_draft(w, old["draft"])
        withdraw(w, old["to_sign"])
        drop_batch(w, old["batch"])
        settle(w, old["quarantined"], "dropped")
        mark_read(w, old["message"])
    with house.db.write(system("setup")) as w:
        revoke_token(w, old["token"])
        seq = w.scalar(
            sa.select(metadata.tables["record"].c.seq).where(metadata.tables["record"].c.ref == old["own_record"]), ALL
        )
        erase(w, int(seq))
        for table in (finding_table, metadata.tables["seen"]):
            key = table.c.id if table is finding_table else table.c.row
            w.write(sa.delete(table).where(key == old["open_finding"]))
        if which == "elsewhere":
            end_membership(w, old["membership"])
            end_grant(w, old["grant"])
            # Its name is public, as the register has it; where it is and how to reach it is not.
            update_organisation(w, party, address="远处密新址", contact="远处密总机", kinds=["importer"])
            update_person(w, made.people["far_officer"], phone="13700137000")
            gone = create_person(w, "远处密人", area=side.area)
            erase_person(w, gone, "test")
            close_account(w, made.people["far_admin"])
    with suppress(Unauthenticated):
        log_in(house.db, side.clerk, "not-the-password", "10.9.9.9")
    house.catch_up()


def unknown(known: Ids, hidden_from_nobody: set[str]) -> Ids:
    """For each id another of the same form that nothing bears; what somebody of ours may see stays as it is."""
    chance = SeededChance(5)
    fixed = {
        "container": container(777), "subject": f"container:{container(777)}", "lot": "LOT-U777", "booking": "BK-U777",
        "trace": "SH2020U777", "word": "查无此词", "event": "urn:uuid:00000000-0000-4000-8000-000000000777",
        "login": "nobody", "tip": "AAAA-BBBB-CCCC-DDDD", "case_number": "AJ-310104-2020-000777",
        "certificate_code": known["certificate_code"][:-4] + "0000",
    }  # fmt: skip
    out = {}
    for kind, value in known.items():
        prefix, _, rest = value.partition("-")
        made = new_id(chance, prefix if rest else "")
        out[kind] = fixed.get(kind) or (new_id(chance, octets=12) if not rest else made)
    return out | {kind: known[kind] for kind in hidden_from_nobody}


__all__ = ["SIDES", "Ids", "Side", "Which", "World", "other_chance", "pair"]
