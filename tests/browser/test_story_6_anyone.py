"""Story 6: anyone looks a trace code up, and verifies a receipt and the week's figure offline, trusting nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ends.public_story import BARE, CODE, revoke_release, tell
from ends.regulator_story import tell as tell_breaches

from .stage import ROOT, Stage

SCRIPT = ROOT / "src" / "bihuan" / "standalone" / "verify_receipt.py"


def verified(script: Path, file: Path, key: str, *more: str) -> tuple[int, str]:
    """Run the stand-alone script in a Python that has nothing installed: its code, what it says."""
    asked = [sys.executable, "-I", "-S", str(script), str(file), "--key", key, *more]
    ran = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    return ran.returncode, ran.stdout


def test_a_trace_code_and_its_receipt(stage: Stage, tmp_path: Path) -> None:
    stage.do(lambda: tell(stage.town))
    stage.do(stage.town.house.sign)
    anyone = stage.enter()
    anyone.go("/")
    anyone.look("6-home")
    anyone.page.locator("#trace").fill(CODE)
    said = anyone.press("查询")
    assert "冻白虾" in said and "三证一码齐全" in said and "少于" not in said
    assert "BUYER-SECRET" not in anyone.page.content()
    anyone.look("6-lot")
    receipt = anyone.save(anyone.page.get_by_role("link", name="验证", exact=True), "lot.receipt")
    assert "三证一码不齐" in anyone.go(f"/t/{BARE}")
    anyone.look("6-lot-bare")
    anyone.go("/t/NO-SUCH-CODE", status=404)
    anyone.look("6-no-code")

    anyone.go("/ledger")
    anyone.look("6-ledger")
    key = anyone.page.locator("dt:text-is('公钥') + dd").inner_text().strip()
    script = anyone.save(anyone.page.get_by_role("link", name="下载查验脚本"), "verify_receipt.py")
    assert script.read_bytes() == SCRIPT.read_bytes()
    code, told = verified(script, receipt, key)
    assert code == 0 and told.rstrip().endswith("ok") and "leaf only" in told, told
    broken = tmp_path / "broken.receipt"
    text = receipt.read_text()
    broken.write_text(text.replace("\nindex ", "\nindex 1", 1))
    assert verified(script, broken, key)[0] != 0
    wrong_key = key[:-6] + ("AAAAAA" if key[-6:] != "AAAAAA" else "BBBBBB")
    assert verified(script, receipt, wrong_key)[0] != 0

    anyone.go("/ledger/check")
    anyone.page.set_input_files("#receipt", receipt)
    assert "回执有效" in anyone.press("查验")
    anyone.look("6-receipt-holds")
    anyone.page.set_input_files("#receipt", broken)
    said = anyone.press("查验")
    assert "回执有效" not in said
    anyone.look("6-receipt-wrong")

    stage.do(lambda: revoke_release(stage.town))
    stage.do(stage.town.house.catch_up)
    assert "三证一码不齐" in anyone.go(f"/t/{CODE}")
    anyone.go("/report")
    anyone.look("6-report")
    anyone.look_in_english()


def test_a_record_with_its_body_and_the_figure_of_the_week(stage: Stage, tmp_path: Path) -> None:
    stage.do(lambda: tell_breaches(stage.town))
    officer = stage.enter("officer")
    officer.go("/ledger")
    key = officer.page.locator("dt:text-is('公钥') + dd").inner_text().strip()
    officer.go("/records")
    officer.look("6-records")
    officer.sent(officer.page.locator("main tbody a").first.click)
    officer.look("6-record")
    receipt = officer.save(officer.page.get_by_role("link", name="下载回执"), "record.receipt")
    code, told = verified(SCRIPT, receipt, key)
    assert code == 0 and "matches" in told, told  # the receipt of a record within scope holds its body
    changed = tmp_path / "changed.body"
    changed.write_bytes(b"{}")
    assert verified(SCRIPT, receipt, key, "--body", str(changed))[0] != 0

    officer.go("/regulator/cold_chain/indicator")
    if "还没有开启任何检查" in officer.words:
        officer.follow("后一周" if officer.page.get_by_role("link", name="后一周").count() else "前一周")
    officer.look("6-indicator")
    shown = officer.page.locator("main tbody tr").first.inner_text()
    proof = officer.save(officer.page.get_by_role("link", name="下载证明").first, "figure.json")
    code, told = verified(SCRIPT, proof, key)
    assert code == 0 and "指标 figure" in told and told.rstrip().endswith("ok"), told
    figure = json.loads(proof.read_text())["figure"]
    assert f"{float(figure['value']) * 100:.1f} %" in shown and str(figure["denominator"]) in shown
    better = json.loads(proof.read_text())
    better["figure"]["numerator"] += 1
    better["figure"]["value"] = "1.0000"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(better))
    assert verified(SCRIPT, forged, key)[0] != 0
    officer.look_in_english()
