"""One of everything that a firm and its officer can have, made through the parts that make it in earnest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import msgspec
import sqlalchemy as sa
from starlette.applications import Starlette

from bihuan.apps.cold_chain.app import Health, Porter, StaffHealth
from bihuan.apps.cold_chain.records import (
    ArrivedWarehouse,
    Booked,
    CustomsReleased,
    PickedUp,
    ReleasedLot,
    Risk,
    Sampled,
    Sold,
    Step,
    StoredFirst,
    TraceCodeAssigned,
    Unloaded,
)
from bihuan.base import cases
from bihuan.base.cases import Act
from bihuan.base.catalog import House
from bihuan.base.clock import DAY, HOUR, moment
from bihuan.base.db import Open, Writer, metadata
from bihuan.base.errors import Words
from bihuan.base.files import store_file
from bihuan.base.identity import (
    end_engagement,
    engage_agency,
    give_grant,
    give_membership,
    issue_token,
    log_access,
    log_in,
    principal_for,
)
from bihuan.base.notify.model import message_table
from bihuan.base.principal import Principal, system
from bihuan.base.records import NewEvent, keep, keep_events
from bihuan.base.records.batch import open_batch
from bihuan.base.records.drafts import save_draft
from bihuan.base.records.quarantine import quarantine
from bihuan.base.records.to_sign import hand_in
from bihuan.base.rules.findings_model import duty_table
from bihuan.ends.public.tips import shown_code
from bihuan.gateways.epcis.capture import capture_now
from bihuan.gateways.epcis.model import capture_job
from bihuan.protocols.codes import container_check_digit
from bihuan.protocols.epcis.write import STANDARD_CONTEXT
from ends.regulator_story import png
from houses import PASSWORD, Town
from records.sheets import checked_stock, stock
from signing.stage import FILING, Filing

Ids = dict[str, str]
"""One id of each kind of thing."""
ALL = Open("the test looks at everything")
_TITLE, _REASON = Words("地面有冰", "Ice on the floor"), Words("库房门口有冰。", "There is ice at the door.")
event_bytes = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Side:
    """A firm with its warehouse, its clerk, the officer who supervises it, a word that stands in all its matters."""

    firm: str
    clerk: str
    agent: str
    """Who is made a member of the firm for a day."""
    officer: str
    area: str
    place: str
    port: str
    """Where its containers are picked up: whoever supervises that place sees them too."""
    word: str


@dataclass
class World:
    """A running house, and the ids of what is in it: `mine` is seen by somebody of ours, the others are hidden.

    `kept` was there before the worlds part and is changed or deleted in the second; `fresh` is there in the second
    only; `unknown` are ids of the same form that nothing bears.
    """

    town: Town
    app: Starlette
    ids: dict[str, Ids] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.town.house

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table as text, in order."""
        reader = self.house.db.reader(system("test"))
        return {
            table.name: sorted(repr(tuple(row.values())) for row in reader.rows(sa.select(table), ALL))
            for table in metadata.sorted_tables
        }


def who(world: World, login: str, firm: str | None = None) -> Principal:
    """Somebody as they are now, with the password just given."""
    made, now = world.town, world.town.clock.now()
    party = made.organisations[firm] if firm else None
    reader = made.house.db.reader(system("test"))
    return principal_for(reader, made.people[login], party, now, confirmed_at=now)


def matters(world: World, side: Side, mark: str, number: int) -> Ids:
    """One of everything that a firm and its officer can have; `number` makes the container's number."""
    made, house, now = world.town, world.house, world.town.clock.now()
    party, line = made.organisations[side.firm], "cold_chain"
    clerk, officer = who(world, side.clerk, side.firm), who(world, side.officer)
    box = container(number)
    ids: Ids = {
        "container": box, "lot": f"LOT-{mark}{number}", "subject": f"container:{box}", "booking": f"BK-{mark}{number}",
        "trace": f"SH2020{mark}{number}", "word": side.word, "event": f"urn:uuid:00000000-0000-4000-8000-{number:06d}000000",
        "place": side.place, "organisation": party, "person": made.people[side.clerk], "login": side.clerk,
        "officer": made.people[side.officer],
    }  # fmt: skip
    with house.db.write(clerk) as w:
        ids["file"] = store_file(w, png(number % 250), f"{side.word}.png").id
    for n, step in enumerate(_steps(ids, side, party, now)):
        goods = house.registry.goods[line]
        name = ids["event"] if n == 0 else f"{ids['event'][:-4]}{n:04d}"
        body = event_bytes(goods.to_event(step, id=name, supersedes=None))
        with house.db.write(clerk) as w:
            [kept] = keep_events(w, [NewEvent(name, body)], door="test", party=party)
        ids["record" if n == 0 else f"record{n}"] = kept.ref  # type: ignore[union-attr]
    people = [Porter(staff=f"{side.word}-1", cel=Decimal("36.5"), health=Health.well)]
    with house.db.write(clerk) as w:
        said = StaffHealth(time=moment(now - HOUR), place=side.place, people=people, paper=ids["file"])
        ids["own_record"] = keep(w, said, app=line, door="test", party=party, retry=f"staff-{mark}{number}").ref
        ids["draft"] = save_draft(w, f"{line}.Sold", {"lot": ids["lot"], "buyer": side.word})
        filing = Filing(time=moment(now), what=side.word)
        ids["to_sign"] = hand_in(w, house.registry.types[FILING], filing)
        line_of = ["2020-12-10 08:00", ids["lot"], 120, side.place]
        ids["batch"] = open_batch(w, checked_stock(stock(line_of), f"{side.word}{number}.xlsx")).id
    capture_now(house, clerk, _from_tomorrow(house, ids, side, party, now))
    ids |= _handled(world, side, party, officer)
    ids |= _applied(world, side, ids, clerk, officer)
    ids |= _checked(world, side, officer)
    with house.db.write(system("setup")) as w:
        made.tokens[f"{side.firm}-{mark}"] = issue_token(
            w, f"{side.word}接口", party=party, capabilities=["draft"], valid_to=now + 3650 * DAY
        )
        ids["membership"] = give_membership(w, made.people[side.agent], party, ["draft"], valid_to=now + DAY)
        avoids = made.people[side.officer if mark == "N" else side.agent]
        ids["avoidance"] = cases.note_avoidance(w, avoids, party, side.word)
        if mark == "N":  # the same agency, engaged anew
            end_engagement(w, world.ids["kept"]["engagement"])
        ids["engagement"] = engage_agency(w, party, made.organisations["agency"], valid_to=now + DAY)
        ids["grant"] = give_grant(w, made.people[side.officer], side.area, line, ["export"], valid_to=now + DAY)
        ids["tip"] = shown_code(_tip(w, side))
        log_access(w, clerk, "organisation", party, side.word, "10.0.0.1")
    log_in(house.db, side.clerk, PASSWORD, "10.0.0.1")
    house.catch_up()
    return ids | told(world, side)


def told(world: World, side: Side) -> Ids:
    """Ids that the house gave by itself: the newest message, duty, job, token, quarantined item of a firm."""
    reader, party = world.house.db.reader(system("test")), world.town.organisations[side.firm]
    wanted: dict[str, tuple[sa.Table, sa.ColumnElement[bool]]] = {
        "message": (message_table, message_table.c.party == party),
        "duty": (duty_table, duty_table.c.party == party),
        "job": (capture_job, capture_job.c.party == party),
        "quarantined": (quarantine, quarantine.c.party == party),
        "token": (metadata.tables["api_token"], metadata.tables["api_token"].c.party == party),
    }
    found = {}
    for kind, (table, condition) in wanted.items():
        row = reader.first(sa.select(table.c.id).where(condition).order_by(table.c.id), ALL)
        if row is not None:
            found[kind] = str(row["id"])
    return found


def _steps(ids: Ids, side: Side, party: str, now: int) -> Sequence[Step]:
    box, lot = ids["container"], ids["lot"]
    kg = Decimal(12_000)
    return (
        booked(ids, side, party, now - 8 * HOUR, "沪BH2345"),
        CustomsReleased(time=moment(now - 9 * HOUR), container=box, declaration=f"D-{box}", area=side.area,
                        lots=[ReleasedLot(lot=lot, kg=kg, risk=Risk.high, product=f"{side.word}虾", origin="EC")]),
        PickedUp(time=moment(now - 7 * HOUR), container=box, vehicle="沪BH2345", driver="D7", place=side.port, area=side.area),
        ArrivedWarehouse(time=moment(now - 5 * HOUR), container=box, vehicle="沪BH2345", warehouse=side.place, area=side.area),
        Unloaded(time=moment(now - 4 * HOUR), container=box, warehouse=side.place, lots=[lot]),
        Sampled(time=moment(now - 3 * HOUR), lot=lot, sample=f"S-{lot}"),
        StoredFirst(time=moment(now - 2 * HOUR), lot=lot, warehouse=side.place, kg=kg, area=side.area),
        TraceCodeAssigned(time=moment(now - HOUR), lot=lot, code=ids["trace"]),
        Sold(time=moment(now - HOUR), lot=lot, kg=Decimal(10), buyer=f"{side.word}买家", voucher=f"V-{lot}"),
    )  # fmt: skip


def _from_tomorrow(house: House, ids: Ids, side: Side, party: str, now: int) -> bytes:
    """A document whose one event lies in the future: a job with a fault, and an event in quarantine."""
    step = booked(ids, side, party, now + DAY, "沪BZ9999")
    event = house.registry.goods["cold_chain"].to_event(step, id=f"{ids['event'][:-4]}9999", supersedes=None)
    document = {
        "@context": [STANDARD_CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": moment(now).isoformat(), "epcisBody": {"eventList": [event]},
    }  # fmt: skip
    return event_bytes(document)


def booked(ids: Ids, side: Side, party: str, at: int, vehicle: str) -> Booked:
    """The booking of a side's container with a vehicle."""
    return Booked(time=moment(at), booking=ids["booking"], container=ids["container"], owner=party, vehicle=vehicle,
                  driver="D7", destination=side.place, slot=moment(at) + timedelta(hours=26))  # fmt: skip


def _handled(world: World, side: Side, party: str, officer: Principal) -> Ids:
    """A case that waits for its check, with an order and an answer; and a finding that nobody has taken up."""
    made, now = world.town, world.town.clock.now()
    with world.house.db.write(officer) as w:
        ids = {}
        for kind in ("finding", "open_finding"):
            ids[kind] = cases.note_finding(
                w, subject=f"place:{side.place}", origin="patrol", title=Words(f"{side.word}{_TITLE.zh}", _TITLE.en),
                reason=_REASON, line="cold_chain", area=side.area, party=party, act=Act(),
            )  # fmt: skip
        case = cases.file_case(w, ids["finding"], act=Act(), due=now + DAY)
        cases.dispatch(
            w, case, to=made.people[side.officer], to_kind="person", to_name=officer.name, due=now + DAY, act=Act()
        )
        article, demand = Words("通告第三条", "Notice, article 3"), Words(f"{side.word}除冰", "Take the ice away")
        cases.order_correction(w, case, articles=[article], demands=[demand], due=now + 2 * DAY, act=Act())
    clerk = who(world, side.clerk, side.firm)
    with world.house.db.write(clerk) as w:
        cases.answer_order(w, case, text=f"{side.word}已除冰", evidence=[store_file(w, png(9), "冰.png").id], act=Act())
    [document] = cases.documents_of(world.house.db.reader(officer), case)
    number = str(cases.case_of(world.house.db.reader(officer), case)["number"])
    return ids | {"case": case, "document": document.id, "case_number": number}


def _applied(world: World, side: Side, ids: Ids, clerk: Principal, officer: Principal) -> Ids:
    """An application granted, with its certificate, and one that waits to be accepted."""
    house, desk = world.house, world.house.desk()
    payload = {"lots": ids["lot"], "warehouse": side.place}
    made = []
    for _ in range(2):
        with house.db.write(clerk) as w:
            paper = {"test_report": store_file(w, png(7), "报告.png").id}
            made.append(
                cases.apply(
                    w, desk, "cold_chain.release", area=side.area, payload=payload, attachments=paper, act=Act()
                )
            )
    with house.db.write(officer) as w:
        cases.accept(w, desk, made[0], act=Act())
        cases.review(w, made[0], text=side.word, act=Act())
        cases.decide(w, made[0], decision="grant", act=Act())
        certificate = cases.issue(w, desk, made[0], scope=payload, act=Act())
    row = cases.certificate_of(house.db.reader(officer), certificate)
    return {
        "application": made[0], "open_application": made[1], "certificate": certificate, "certificate_code": row["code"],
    }  # fmt: skip


def _checked(world: World, side: Side, officer: Principal) -> Ids:
    """A random check drawn in the side's area; made, signed off and published if the side is seen."""
    house, now, city = world.house, world.town.clock.now(), who(world, "officer")
    asked = cases.Asked(title=f"{side.word}抽查", line="cold_chain", area=side.area, kinds=["importer"], begins=now - DAY,
                        due_at=now + 7 * DAY, count=1)  # fmt: skip
    with house.db.write(city) as w:
        plan = cases.plan_draw(w, asked, act=Act())
        cases.freeze_draw(w, plan, act=Act())
    house.sign()
    with house.db.write(city) as w:
        cases.draw_now(w, plan, act=Act())
    [visit] = cases.visits_where(house.db.reader(officer), cases.visit_table.c.plan == plan)
    ids = {"draw": plan, "visit": str(visit["id"])}
    if side.firm == "importer":
        with house.db.write(system("setup")) as w:
            checks = house.apps["cold_chain"].checks
            cases.record_visit(w, visit["id"], items=checks, answers=all_well(house), visited_at=now, act=Act())
        with house.db.write(city) as w:
            cases.sign_visit(w, visit["id"], act=Act())
        ids["checked"] = str(visit["number"])
    return ids


def all_well(house: House) -> list[cases.Answered]:
    """A check list of the cold chain on which everything complies."""
    return [cases.Answered(item.id, "yes") for item in house.apps["cold_chain"].checks]


def _tip(w: Writer, side: Side) -> str:
    return cases.note_finding(
        w, subject=f"other:{side.word}路", origin="tip", title=Words("公众举报", "Tip"), reason=_REASON,
        line="cold_chain", area=side.area, act=Act(door="public"),
    )  # fmt: skip


def container(number: int) -> str:
    """A valid container number."""
    first = f"CSQU{number:06d}"
    return first + container_check_digit(first)
