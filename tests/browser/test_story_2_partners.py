"""Story 2: a partner's ordinary GS1 events come in at the capture door and are seen, and nothing is made up of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bihuan.base.clock import parse_instant

from .stage import Actor, Stage

CHAIN = Path("opentraceability/supply-chain")
FILES = {"traceback_tests.jsonld": 16, "epcisdocument-example01.jsonld": 11, "farm_harvest_event_object.jsonld": 1}
FISH = "https://id.gs1.org/01/06901234123456/10/WILD-2020-11"
FILLET = "https://id.gs1.org/01/06901234123463/10/FILLET-2020-11"
PALLET = "urn:epc:id:sscc:6901234.0000000017"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SHIP, PLANT, STORE = "urn:epc:id:sgln:6901234.10001.0", "urn:epc:id:sgln:6901234.10002.0", "urn:epc:id:sgln:6901234.10003.0"


def own_chain() -> dict[str, Any]:
    """Caught, landed, cut into fillets, packed on a pallet, shipped and received: no word of Shanghai's loop in it."""

    def at(day: str, **more: Any) -> dict[str, Any]:
        return {"eventTime": f"2020-11-{day}:00+08:00", "eventTimeZoneOffset": "+08:00", **more}

    def kilos(lot: str, kg: float) -> dict[str, Any]:
        return {"epcClass": lot, "quantity": kg, "uom": "KGM"}

    events = [
        at("02T06:00", type="ObjectEvent", action="ADD", bizStep="commissioning", readPoint={"id": SHIP},
           quantityList=[kilos(FISH, 1200)]),
        at("03T18:30", type="ObjectEvent", action="OBSERVE", bizStep="receiving", bizLocation={"id": PLANT},
           readPoint={"id": PLANT}, quantityList=[kilos(FISH, 1200)]),
        at("04T09:00", type="TransformationEvent", bizStep="commissioning", readPoint={"id": PLANT},
           inputQuantityList=[kilos(FISH, 1200)], outputQuantityList=[kilos(FILLET, 640.5)]),
        at("04T12:00", type="AggregationEvent", action="ADD", bizStep="packing", parentID=PALLET,
           readPoint={"id": PLANT}, childQuantityList=[kilos(FILLET, 640.5)]),
        at("05T07:00", type="ObjectEvent", action="OBSERVE", bizStep="shipping", disposition="in_transit",
           readPoint={"id": PLANT}, quantityList=[kilos(FILLET, 640.5)]),
        at("12T10:00", type="ObjectEvent", action="OBSERVE", bizStep="receiving", readPoint={"id": STORE},
           bizLocation={"id": STORE}, quantityList=[kilos(FILLET, 640.5)]),
    ]  # fmt: skip
    body = {"eventList": [{**event, "eventID": f"urn:uuid:7e4f1d60-0000-4000-8000-00000000000{n}"} for n, event in enumerate(events)]}
    return {"@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2020-11-12T10:00:05+08:00", "epcisBody": body}  # fmt: skip


def captured(stage: Stage, body: bytes, behaviour: str = "rollback") -> dict[str, Any]:
    """Send a document to the capture door; what became of it."""
    answer = stage.call("importer", "POST", "/capture", body, GS1_Capture_Error_Behaviour=behaviour)
    assert answer.status_code == 202, answer.text
    return dict(stage.call("importer", "GET", answer.headers["location"]).json())


def nothing_made_up(officer: Actor) -> None:
    """Every rule that this page names is undecided, for want of a record that it names."""
    states = officer.page.locator("main .rules > li .state").all_inner_texts()
    assert states and set(states) == {"未决"}, states
    assert "没有预约记录" in officer.words and "预约后到库" in officer.words
    assert not officer.page.locator("main .state.red, main .state.green").count()


def subject(officer: Actor, name: str) -> str:
    """Open a lot's page and read all of it."""
    officer.go("/regulator/subjects/" + quote(name, safe=""))
    return officer.words


def test_a_small_chain_of_our_own(stage: Stage) -> None:
    made = captured(stage, json.dumps(own_chain()).encode())
    assert made["success"] and made["taken"] == 6, made
    officer = stage.enter("officer")
    listed = officer.go("/regulator/cold_chain")
    assert "FILLET-2020-11" in listed and "WILD-2020-11" in listed
    officer.look("2-list")
    said = subject(officer, f"lot:{FILLET}")
    assert ("仅有流转事件" in said and "流转事件" in said and "6901234.10003" in said) or "690123410003" in said
    nothing_made_up(officer)
    officer.look("2-fillet")
    assert "WILD-2020-11" in officer.words  # what it was made of is linked
    officer.follow("WILD-2020-11" if officer.page.get_by_role("link", name="WILD-2020-11").count() else "批次")
    assert "WILD-2020-11" in officer.words
    nothing_made_up(officer)
    assert "尚无问题" in officer.go("/regulator/findings") or not officer.page.locator("tbody tr").count()
    officer.look("2-no-findings")
    officer.look_in_english()
    again = captured(stage, json.dumps(own_chain()).encode())
    assert again["captureID"] == made["captureID"]  # the same document is one job


def test_the_chains_of_several_companies(stage: Stage, data_dir: Path) -> None:
    stage.town.clock.at = parse_instant("2026-01-05T10:00:00+08:00")
    folder = data_dir / "epcis" / CHAIN
    for name, taken in FILES.items():
        made = captured(stage, (folder / name).read_bytes(), "proceed")
        # Two companies of the first file gave different events the same id: those are refused, the rest is taken.
        assert {each["status"] for each in made["errors"]} <= {409}, made["errors"]
        assert made["taken"] == taken, (name, made)
    officer = stage.enter("officer")
    officer.go("/regulator/cold_chain")
    officer.look("2-companies-list")
    lots = officer.page.locator("main tbody a[href*='lot']")
    assert lots.count() >= 5
    said = subject(officer, "lot:urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022")
    assert "流转事件" in said and officer.page.locator("main ol.timeline li").count() >= 2
    nothing_made_up(officer)
    officer.look("2-companies-lot")
    officer.go("/regulator/map")
    officer.look("2-companies-map")
    officer.look_in_english()
