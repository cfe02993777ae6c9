"""Story 5: a release certificate, applied for, completed, decided in working days, printed, checked and revoked."""

from __future__ import annotations

import re
from pathlib import Path

from bihuan.base.clock import DAY, HOUR
from ends.public_story import tell
from ends.regulator_story import png
from houses import PASSWORD

from .stage import Actor, Stage


def applied(importer: Actor) -> str:
    """Apply without the paper, so that it is asked for; the application's id."""
    assert "申请出库放行证明" in importer.go("/enterprise/applications")
    importer.look("5-applications-none")
    importer.go("/enterprise/applications/new/cold_chain.release")
    importer.fill({"lots": "L1、L2", "warehouse": "WH1"})
    importer.look("5-apply")
    said = importer.press("递交申请")
    assert "等待受理" in said and "部门时限" in said
    importer.look("5-applied")
    application = importer.path.rpartition("/")[2]
    importer.go("/enterprise/applications/new/cold_chain.release")
    assert importer.one("[name=lots]").input_value() == ""  # what was handed in is no draft any more
    return application


def confirmed(actor: Actor) -> None:
    """Give the password where the form asks for it."""
    box = actor.page.locator("main input[name=confirm_password]:visible")
    if box.count():
        box.first.fill(PASSWORD)


def test_applied_completed_decided_issued_checked_and_revoked(stage: Stage, tmp_path: Path) -> None:
    stage.do(lambda: tell(stage.town))
    photo = tmp_path / "检测报告.png"
    photo.write_bytes(png())
    importer, inspector = stage.enter("importer"), stage.enter("inspector")
    application = applied(importer)
    inspector.go("/regulator/applications")
    inspector.look("5-desk")
    path = f"/regulator/applications/{application}"
    assert "核酸检测报告" in inspector.go(path) and "缺" in inspector.words
    inspector.look("5-application")
    assert "申请人" in inspector.press("通知补正")
    assert "部门时限暂停" in importer.go(f"/enterprise/applications/{application}")
    importer.look("5-missing")
    importer.page.set_input_files("#test_report", photo)
    assert "补正材料已提交" in importer.press("提交补正材料")
    inspector.go(path)
    assert "1 个工作日" in inspector.words  # Thursday 14:00, and the decision is due within one working day
    assert "受理" in inspector.press("受理")
    assert "工作" in inspector.words and "还剩" in inspector.words
    inspector.look("5-accepted")
    inspector.page.locator("#review-text").fill("检测阴性，外包装已消毒。")
    inspector.press("记录审查意见")
    inspector.page.locator("[name=decision][value=grant]").check()
    inspector.page.locator("#decide-reason").fill("符合放行条件")
    confirmed(inspector)
    inspector.look("5-decide")
    inspector.press("作出决定")
    confirmed(inspector)
    said = inspector.press("签发证照")
    assert "FX" in said
    inspector.look("5-issued")

    importer.go(f"/enterprise/applications/{application}")
    importer.follow("查看并打印证照")
    assert "出库放行证明" in importer.words and "有效" in importer.words and importer.page.locator("main svg").count()
    importer.look("5-certificate")
    importer.print("5-certificate")
    code = importer.page.locator("main th:text-is('核验码') + td").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", code), code
    certificate = importer.path.rpartition("/")[2]

    anyone = stage.enter()
    anyone.go("/certificates")
    anyone.look("5-check")
    anyone.page.locator("#code").fill(code.lower())
    assert "有效" in anyone.press("查验") and "出库放行证明" in anyone.words
    anyone.look("5-checked")
    stage.advance(HOUR)
    inspector = stage.enter("inspector")
    inspector.go(f"/regulator/certificates/{certificate}")
    inspector.look("5-revoke")
    assert "L1、L2" in inspector.words and "测试中转查验库" in inspector.words
    inspector.fill({"reason": "复检阳性", "article": "《行政许可法》第六十九条"})
    confirmed(inspector)
    inspector.press("撤销证照")
    assert "撤销" in anyone.go(f"/c/{code}") and "已撤销" in anyone.words
    anyone.look("5-revoked")
    anyone.look_in_english()
    importer.log_in_again()
    importer.look_in_english()
    inspector.look_in_english()


def test_the_authoritys_clock_stands_still_over_a_weekend(stage: Stage) -> None:
    stage.do(lambda: tell(stage.town))
    importer = stage.enter("importer")
    application = applied(importer)
    first = stage.enter("inspector").go(f"/regulator/applications/{application}")
    stage.do(lambda: stage.town.clock.advance(2 * DAY + 8 * HOUR))  # Saturday, 22:00
    inspector = stage.enter("inspector")
    saturday = inspector.go(f"/regulator/applications/{application}")
    stage.do(lambda: stage.town.clock.advance(20 * HOUR))  # Sunday, 18:00
    inspector = stage.enter("inspector")
    sunday = inspector.go(f"/regulator/applications/{application}")
    left = re.compile(r"(还剩|超时|超期)[^。·]*?工作(日|小时)")
    told = [found[0] if (found := left.search(said)) else "" for said in (first, saturday, sunday)]
    assert all(told) and told[1] == told[2], told
