"""Names in a document's master data: shown beside what its sender sent, never in the place of our registers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.testclient import TestClient

from bihuan.base.clock import parse_instant
from bihuan.base.db import Db
from bihuan.base.ledger.actions import frontier
from bihuan.base.principal import system
from bihuan.base.records.told_names import told_names
from bihuan.commands.verify import _DERIVED
from bihuan.ends.web import web_app
from bihuan.protocols.epcis import canonical
from bihuan.protocols.epcis.master_data import Named, goods_class, names_in, names_of_goods
from houses import PASSWORD

from .conftest import Doors
from .epcis_door import JSON, OURS, capture, document, event

LOT = "urn:epc:class:lgtin:4012345.012345.998877"
KIND = "urn:epc:idpat:sgtin:4012345.012345.*"
PORT = "urn:epc:id:sgln:0614141.00777.0"


def header(*vocabularies: tuple[str, str, str, str]) -> dict[str, object]:
    """Master data with one element each: vocabulary, id, attribute, value."""
    return {
        "epcisMasterData": {
            "vocabularyList": [
                {"type": f"urn:epcglobal:epcis:vtype:{kind}",
                 "vocabularyElementList": [{"id": name, "attributes": [{"id": attribute, "attribute": value}]}]}
                for kind, name, attribute, value in vocabularies
            ]
        }
    }  # fmt: skip


NAMES = header(
    ("EPCClass", KIND, "urn:epcglobal:cbv:mda#descriptionShort", "厄瓜多尔白虾"),
    ("Location", PORT, "urn:epcglobal:cbv:mda#name", "瓜亚基尔 3 号码头"),
    ("BizLocation", OURS + "place/WH1", "cbvmda:name", "我们的仓库"),
    ("Party", "urn:epc:id:pgln:0614141.00777", "urn:epcglobal:cbv:mda#name", "张三"),
)


def moved(name: str, **fields: object) -> dict[str, object]:
    line = {"epcClass": LOT, "quantity": 1200, "uom": "KGM"}
    return event(name, epcList=None, quantityList=[line], **fields)


def page_of(doors: Doors, who: str, subject: str) -> str:
    client = TestClient(web_app(doors.town.house), headers={"Origin": "http://testserver"})
    client.post("/log-in", data={"login": who, "password": PASSWORD})
    answer = client.get(f"/enterprise/subjects/{quote(subject, safe=':/')}")
    assert answer.status_code == 200, answer.text
    return answer.text


def told(doors: Doors, sender: str, identifier: str, kind: str) -> list[str]:
    reader = doors.town.house.db.reader(system("test"))
    return list(told_names(reader, [doors.town.organisations[sender]], identifier, kind).values())


def test_a_lot_and_an_item_have_the_key_of_their_kind() -> None:
    gtin = "https://id.gs1.org/01/04012345123456"
    for text in (KIND, LOT, "urn:epc:id:sgtin:4012345.012345.77", gtin, gtin + "/10/998877", gtin + "/10/A/21/7"):
        assert goods_class(text) == gtin, text
    assert goods_class("urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022") == "urn:gdst:example.org:product:class:processor.2u"
    assert goods_class("SOMETHING") == "SOMETHING"


def test_names_are_read_and_nothing_of_people() -> None:
    found = names_in(document(moved("1"), epcisHeader=NAMES))
    assert [(each.kind, each.name) for each in found] == [("goods", "厄瓜多尔白虾"), ("place", "瓜亚基尔 3 号码头"), ("place", "我们的仓库")]
    assert found[1].id == canonical(PORT)
    for odd in (b"", b"epcisMasterData", b'{"epcisHeader": {"epcisMasterData": [1]}}', b'{"epcisHeader": {"epcisMasterData": {"vocabularyList": {"type": 3}}}}'):
        assert names_in(odd) == []
    assert names_of_goods({"ilmd": {"cbvmda:descriptionShort": ["  Cod \n fillet "]}}) == "Cod fillet"
    assert names_of_goods({"ilmd": {"cbvmda:descriptionShort": {"@value": "鳕鱼", "@language": "zh"}}}) == "鳕鱼"
    assert names_of_goods({"ilmd": 3}) == names_of_goods({}) == ""


def test_pages_show_a_senders_own_names_and_the_registers_first(doors: Doors) -> None:
    importer = doors("importer")
    capture(importer, document(moved("1"), moved("2", readPoint={"id": OURS + "place/WH1"}), epcisHeader=NAMES))
    html = page_of(doors, "importer", "lot:" + canonical(LOT))
    assert "厄瓜多尔白虾" in html and "瓜亚基尔 3 号码头" in html and canonical(PORT) not in html
    assert "测试中转查验库" in html and "我们的仓库" not in html


def test_a_senders_names_are_not_used_for_what_another_sent(doors: Doors) -> None:
    capture(doors("importer"), document(moved("1")))
    capture(doors("store"), document(moved("2"), epcisHeader=NAMES))
    html = page_of(doors, "importer", "lot:" + canonical(LOT))
    assert "瓜亚基尔" not in html and "白虾" not in html and canonical(PORT) in html


def test_names_are_an_entry_of_the_ledger_once_and_a_later_name_stands(doors: Doors) -> None:
    importer, reader = doors("importer"), doors.town.house.db.reader(system("test"))
    capture(importer, document(moved("1"), epcisHeader=NAMES))
    first = customs_size(doors)
    capture(importer, document(moved("1"), moved("3"), epcisHeader=NAMES))
    assert customs_size(doors) == first + 1  # the event alone
    later = header(("EPCClass", KIND, "urn:epcglobal:cbv:mda#descriptionShort", "白虾（单冻）"))
    capture(importer, document(moved("4"), epcisHeader=later))
    assert told(doors, "importer", goods_class(LOT), "goods") == ["白虾（单冻）"]
    assert "told_name" in _DERIVED and isinstance(doors.town.house.db, Db) and reader is not None


def customs_size(doors: Doors) -> int:
    with doors.town.house.db.write(system("test")) as w:
        return frontier(w).size


def test_what_an_event_says_of_its_own_lot_is_a_name_too(doors: Doors) -> None:
    made = moved("1", action="ADD", bizStep="commissioning", ilmd={"cbvmda:descriptionShort": "冻鳕鱼块"})
    capture(doors("importer"), document(made))
    assert told(doors, "importer", goods_class(LOT), "goods") == ["冻鳕鱼块"]


def test_a_stored_seafood_chain_is_shown_by_its_names(doors: Doors, data_dir: Path) -> None:
    doors.town.clock.at = parse_instant("2026-11-01T00:00:00+08:00")
    body = (data_dir / "epcis" / "opentraceability" / "supply-chain" / "traceback_tests.jsonld").read_bytes()
    assert Named("urn:gdst:example.org:location:loc:importer.123u", "place", "Importer Warehouse") in names_in(body)
    job = capture(doors("importer"), body, **JSON, gs1_epcis_version="2.0.0", bihuan_reading="lenient", gs1_capture_error_behaviour="proceed")
    assert job["taken"] > 10
    html = page_of(doors, "importer", "lot:urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022")
    assert "Can of Tuna" in html
    assert "urn:gdst:example.org:location:loc:processor" not in html, html
