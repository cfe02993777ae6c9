"""The public's pages: a lot by its trace code, certificates, the first page, reports that can be followed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bihuan.base.cases import (
    CERTIFICATE,
    Act,
    CertificateKind,
    certificate_table,
    file_case,
    issue_certificate,
    revoke_certificate,
)
from bihuan.base.clock import DAY
from bihuan.base.errors import Words
from bihuan.base.principal import system
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.engines.merkle import read_receipt, verify_receipt

from .public_story import BARE, CODE, ORIGIN, Visitor, goods_town, revoke_release

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


@pytest.mark.parametrize("path", ["/", "/trace", "/certificates", "/report", "/ledger", "/ledger/check", "/log-in"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_public_page_opens_without_log_in(visitor: Visitor, path: str, lang: str) -> None:
    answer = visitor.get(path, lang=lang)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


def test_a_lot_shows_its_papers_and_no_persons_prices_or_buyers(visitor: Visitor) -> None:
    page = visitor.get(f"/t/{CODE}")
    assert page.status_code == 200
    for word in ("冻白虾", "厄瓜多尔", "三证一码齐全", "阴性", "2020-12-08", "测试首站冷库", "4 家经营者", "浦东新区"):
        assert word in page.text
    for secret in ("BUYER-SECRET", "12000", "12,000", "RC-1", "WH-CLEAN", "V1", "L1<"):
        assert secret not in page.text


def test_a_lot_without_papers_says_so_and_not_why(visitor: Visitor) -> None:
    page = visitor.get(f"/t/{BARE}")
    assert page.status_code == 200
    assert "三证一码不齐" in page.text and "三证一码齐全" not in page.text


def test_an_unknown_code_gets_a_kind_answer(visitor: Visitor) -> None:
    answer = visitor.get("/t/SH20201210999999")
    assert answer.status_code == 404
    assert "没有查到这个追溯码" in answer.text and "举报" in answer.text


def test_a_code_typed_in_full_width_with_spaces_finds_its_lot(visitor: Visitor) -> None:
    answer = visitor.get("/trace", code="ＳＨ2020 1210 000017 ")
    assert answer.status_code == 303 and answer.headers["location"] == f"/t/{CODE}"


def test_the_receipt_of_a_trace_code_holds_and_opens_nothing(visitor: Visitor, tmp_path: Path) -> None:
    data = visitor.get(f"/t/{CODE}/receipt").content
    receipt = read_receipt(data)
    assert receipt.salt is None and receipt.body is None
    proved = verify_receipt(receipt, visitor.town.house.key.vkey)
    assert proved.body_matches is None
    (tmp_path / "r").write_bytes(data)
    (tmp_path / "verify_receipt.py").write_bytes(visitor.get("/ledger/verify_receipt.py").content)
    key = visitor.town.house.key.vkey
    command = [sys.executable, "-I", tmp_path / "verify_receipt.py", tmp_path / "r", "--key", key]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_revoked_release_makes_the_papers_incomplete() -> None:
    visitor = Visitor(goods_town())
    revoke_release(visitor.town)
    page = visitor.get(f"/t/{CODE}").text
    assert "三证一码不齐" in page and "revoked" not in page and "撤销" not in page
    visitor.town.house.db.close()


def _certificate(visitor: Visitor, prefix: str, days: int | None = None) -> tuple[str, str]:
    with visitor.town.house.db.write(SYSTEM) as w:
        made = issue_certificate(
            w, CertificateKind(f"kind_{prefix}", Words("放行证明", "Release"), prefix, days),
            holder=visitor.town.organisations["importer"], area="310115", line="cold_chain",
            scope={"lots": ["L1", "L2"], "warehouse": "WH1"}, act=Act(),
        )  # fmt: skip
        row = w.one(sa.select(certificate_table).where(certificate_table.c.id == made), CERTIFICATE)
    return made, str(row["code"])


def test_a_certificate_is_valid_expired_or_revoked(visitor: Visitor) -> None:
    made, code = _certificate(visitor, "FX", 3)
    page = visitor.get(f"/c/{code}").text
    assert "有效" in page and "测试进口商" in page and "测试中转查验库" in page and "L1、L2" in page
    typed = visitor.get("/certificates", code=code.lower().replace("-", " "))
    assert typed.status_code == 303
    assert "有效" in visitor.get(typed.headers["location"]).text
    visitor.town.clock.advance(5 * DAY)
    assert "已过期" in visitor.get(f"/c/{code}").text
    visitor.town.clock.advance(-5 * DAY)
    with visitor.town.house.db.write(SYSTEM) as w:
        revoke_certificate(w, made, reason="内部理由", article="第一条", act=Act())
    page = visitor.get(f"/c/{code}").text
    assert "已撤销" in page and "内部理由" not in page


def test_a_mistyped_and_an_unknown_certificate_code(visitor: Visitor) -> None:
    assert visitor.get("/c/7K3M-9XQP-2TW").status_code == 422
    assert "逐字核对" in visitor.get("/c/7K3M-9XQP-2TW").text


PHOTO = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
TIP = {"text": "库门大开，没有穿防护服", "where": "某路 1 号冷库", "area": "310115"}


def _code(text: str) -> str:
    found = re.search(r'class="secret">([^<]+)<', text)
    assert found
    return found[1]


def test_a_tip_is_taken_and_can_be_followed() -> None:
    visitor = Visitor(goods_town())
    answer = visitor.post("/report", TIP, files={"photo": ("x.png", PHOTO, "image/png")})
    assert answer.status_code == 200, answer.text
    code = _code(answer.text)
    page = visitor.get(f"/report/{code}").text
    assert "已收到，等待核实" in page and "库门大开" in page
    assert visitor.get("/report", code=code.lower()).headers["location"] == f"/report/{code}"
    with visitor.town.house.db.write(SYSTEM) as w:
        found = w.one(sa.select(finding_table).where(finding_table.c.origin == "tip"), FINDING)
        file_case(w, found["id"], act=Act())
    assert "正在办理" in visitor.get(f"/report/{code}").text
    assert visitor.get("/report/0000-0000-0000-0000").status_code == 404
    visitor.town.house.db.close()


def test_a_double_click_is_one_tip_and_a_bad_one_keeps_what_was_typed() -> None:
    visitor = Visitor(goods_town())
    hidden = visitor.form("/report")
    both = [visitor.client.post("/report", data=hidden | TIP, headers=ORIGIN).text for _ in range(2)]
    assert _code(both[0]) == _code(both[1])
    bad = visitor.post("/report", TIP | {"area": "440300"})
    assert bad.status_code == 422
    assert "库门大开" in bad.text and 'role="alert"' in bad.text and 'aria-invalid="true"' in bad.text
    script = visitor.post("/report", TIP, files={"photo": ("x.png", b"<svg onload=x>", "image/png")})
    assert script.status_code == 422
    visitor.town.house.db.close()


def test_one_address_cannot_flood_the_tips() -> None:
    visitor = Visitor(goods_town())
    answers = [visitor.post("/report", TIP | {"text": f"第 {n} 次"}).status_code for n in range(8)]
    assert answers[:6] == [200] * 6 and answers[6:] == [422] * 2
    visitor.town.clock.advance(16 * 60 * 1_000_000)
    assert visitor.post("/report", TIP).status_code == 200
    visitor.town.house.db.close()


def test_a_tip_from_another_site_is_refused(visitor: Visitor) -> None:
    assert visitor.client.post("/report", data=TIP, headers={"origin": "http://evil.example"}).status_code == 403
