"""Ledger pages: what anyone sees, records within scope alone, receipts that hold, the check of a receipt."""

from __future__ import annotations

import csv
import html
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.records import Sampled
from bihuan.base.clock import moment
from bihuan.base.errors import Fault, Words
from bihuan.base.ledger import body_of
from bihuan.base.principal import Principal, system
from bihuan.base.records import RECORD, NewEvent, keep_events, record
from bihuan.base.records.quarantine import put_aside
from bihuan.engines.merkle import parse_checkpoint, parse_note, read_receipt, verify_note, verify_receipt

from .public_story import ORIGIN, Visitor, encoded, goods_town

SYSTEM = system("test")


@pytest.fixture(scope="module")
def _made() -> Iterator[Visitor]:
    visitor = Visitor(goods_town())
    yield visitor
    visitor.town.house.db.close()


@pytest.fixture
def visitor(_made: Visitor) -> Visitor:
    _made.client.cookies.clear()
    return _made


def _ref(visitor: Visitor, sent: str) -> str:
    row = visitor.town.house.db.reader(SYSTEM).one(sa.select(record).where(record.c.sent == sent), RECORD)
    return str(row["ref"])


def test_the_checkpoint_is_signed_by_the_published_key(visitor: Visitor) -> None:
    visitor.town.house.sign()
    text = visitor.get("/ledger/checkpoint").text
    note = parse_note(text)
    verify_note(note, visitor.town.house.key.vkey)
    page = visitor.get("/ledger").text
    assert parse_checkpoint(note.text).root.hex() in page and visitor.town.house.key.vkey.replace("+", "+") in page
    assert "您能看到的最新记录" not in page


def test_what_the_page_offers_is_what_the_script_takes(visitor: Visitor, tmp_path: Path) -> None:
    visitor.log_in("warehouse")
    ref = _ref(visitor, "test-step-2")
    page = visitor.get(f"/records/{ref}").text
    [command] = re.findall(r"<code>python (verify_receipt\.py [^<]*)</code>", page)
    for address in (f"/records/{ref}/receipt", f"/records/{ref}/raw", "/ledger/verify_receipt.py"):
        assert f'href="{address}"' in page
        answer = visitor.get(address)
        [name] = re.findall(r"filename\*=UTF-8''([^;]+)", answer.headers["content-disposition"])
        (tmp_path / name).write_bytes(answer.content)
    words = shlex.split(html.unescape(command).replace("公钥", visitor.town.house.key.vkey))

    def run() -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-I", *words], cwd=tmp_path, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode()

    code, said = run()
    assert code == 0 and said.endswith("ok\n") and f"record id: {ref}" in said, said
    raw = tmp_path / f"{ref}.json"
    raw.write_bytes(raw.read_bytes().replace(b"CSQU3054383", b"CSQU3054384"))
    code, said = run()
    assert code == 1 and "the body is not the one recorded" in said
    raw.write_bytes(b"")
    assert run()[0] == 1


def test_a_record_within_scope_shows_fields_bytes_and_receipt(visitor: Visitor) -> None:
    visitor.log_in("warehouse")
    ref = _ref(visitor, "test-step-2")
    page = visitor.get(f"/records/{ref}").text
    for word in ("消杀", "Disinfected by", "WH-CLEAN", "CSQU3054383", "test-step-2", "测试中转查验库"):
        assert word in page
    data = visitor.get(f"/records/{ref}/receipt").content
    proved = verify_receipt(read_receipt(data), visitor.town.house.key.vkey)
    assert proved.body_matches is True and proved.header.record_id == ref
    raw = visitor.get(f"/records/{ref}/raw").content
    seq = read_receipt(data).index
    whole = body_of(visitor.town.house.db.reader(SYSTEM), seq)
    assert whole is not None and whole.endswith(raw)


def test_hidden_and_unknown_records_have_the_same_answer(visitor: Visitor) -> None:
    visitor.log_in("importer")
    ref = _ref(visitor, "test-step-7")
    for tail in ("", "/receipt", "/raw"):
        hidden, unknown = visitor.get(f"/records/{ref}{tail}"), visitor.get(f"/records/nothing{tail}")
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.text.replace(ref, "nothing") == unknown.text


def test_the_list_keeps_to_scope_and_its_csv_has_the_same_rows(visitor: Visitor) -> None:
    visitor.log_in("store")
    page = visitor.get("/records", type="cold_chain.Sold")
    assert page.text.count('href="/records/') == 4
    rows = list(csv.reader(io.StringIO(visitor.get("/records", type="cold_chain.Sold", format="csv").text)))
    assert len(rows) == 5
    visitor.client.cookies.clear()
    assert visitor.get("/records").status_code == 303


def test_corrections_point_both_ways(visitor: Visitor) -> None:
    made = visitor.town
    goods = made.house.registry.goods["cold_chain"]
    before = made.house.db.reader(SYSTEM).one(sa.select(record).where(record.c.sent == "test-step-3"), RECORD)
    right = Sampled(time=moment(before["time"]), lot="L1", sample="S1-right")
    event = goods.to_event(right, id="test-right", supersedes="test-step-3")
    with made.house.db.write(SYSTEM) as w:
        new_event = NewEvent("test-right", encoded(event), "test-step-3")
        keep_events(w, [new_event], door="test", party=made.organisations["warehouse"])
    visitor.log_in("warehouse")
    old, new = _ref(visitor, "test-step-3"), _ref(visitor, "test-right")
    assert f"/records/{new}" in visitor.get(f"/records/{old}").text
    assert f"/records/{old}" in visitor.get(f"/records/{new}").text


def test_a_receipt_is_checked_in_the_page(visitor: Visitor) -> None:
    visitor.log_in("warehouse")
    ref = _ref(visitor, "test-step-2")
    data = visitor.get(f"/records/{ref}/receipt").content
    visitor.client.cookies.clear()
    good = visitor.client.post("/ledger/check", files={"receipt": ("r", data)}, headers=ORIGIN)
    assert good.status_code == 200 and "回执有效" in good.text and ref in good.text and "与入账时一致" in good.text
    pasted = visitor.client.post("/ledger/check", data={"pasted": data.decode().replace("\n", "\r\n")}, headers=ORIGIN)
    assert pasted.status_code == 200 and "回执有效" in pasted.text
    lines = data.decode().split("\n")
    lines[3] = "A" * 43 + "="
    bad = visitor.client.post("/ledger/check", files={"receipt": ("r", "\n".join(lines).encode())}, headers=ORIGIN)
    assert bad.status_code == 422 and "回执无效" in bad.text
    nothing = visitor.client.post("/ledger/check", data={"pasted": ""}, headers=ORIGIN)
    assert nothing.status_code == 422 and "请选择回执文件" in nothing.text


EVENT = b"""{"type": "ObjectEvent", "eventID": "urn:uuid:8f5f2c1e-0000-4000-8000-000000000001", "action": "OBSERVE",
 "eventTime": "2020-12-10T09:12:00+08:00", "eventTimeZoneOffset": "+08:00", "bizStep": "shipping",
 "epcList": ["urn:epc:id:sscc:0614141.1234567890"]}"""


def _aside(visitor: Visitor, party: str, body: bytes) -> str:
    made = visitor.town
    who = Principal("token", "t", party=made.organisations[party], capabilities=frozenset({"draft"}))
    fault = Fault("eventList[0].action", "schema", Words("没有这种动作。", "No such action."))
    with made.house.db.write(who) as w:
        return put_aside(w, party=made.organisations[party], door="epcis", body=body, faults=[fault])


def test_quarantine_is_the_own_organisations_alone(visitor: Visitor) -> None:
    item = _aside(visitor, "warehouse", b'{"broken": "<script>"}')
    visitor.log_in("warehouse")
    assert "没有这种动作" in visitor.get("/quarantine").text
    page = visitor.get(f"/quarantine/{item}").text
    assert "&lt;script&gt;" in page and "<script>" not in page.partition("<main")[2] and "eventList[0].action" in page
    visitor.client.cookies.clear()
    visitor.log_in("importer")
    assert item not in visitor.get("/quarantine").text
    assert visitor.get(f"/quarantine/{item}").status_code == 404
    assert visitor.post(f"/quarantine/{item}/drop", {}, shown_at="/account").status_code == 404


def test_quarantined_items_can_be_sent_again_or_dropped(visitor: Visitor) -> None:
    visitor.log_in("warehouse")
    again, away = _aside(visitor, "warehouse", EVENT), _aside(visitor, "warehouse", b'{"b": 1}')
    sent = visitor.post(f"/quarantine/{again}/resend", {}, shown_at=f"/quarantine/{again}")
    assert sent.status_code == 303 and re.search("cap-", str(sent.headers)) is not None
    broken = _aside(visitor, "warehouse", b'{"a": 1}')
    refused = visitor.post(f"/quarantine/{broken}/resend", {}, shown_at=f"/quarantine/{broken}")
    assert refused.status_code == 422, "what still is no event is told on its page"
    assert visitor.post(f"/quarantine/{away}/drop", {}, shown_at=f"/quarantine/{away}").status_code == 303
    assert away not in visitor.get("/quarantine").text and away in visitor.get("/quarantine", state="dropped").text
    settled = visitor.post(f"/quarantine/{away}/drop", {}, shown_at="/account")
    assert settled.status_code == 422
