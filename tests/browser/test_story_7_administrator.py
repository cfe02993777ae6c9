"""Story 7: an administrator keeps organisations, people, roles and scopes, areas, limits, quarantine and the access log."""

from __future__ import annotations

import json

from bihuan.base.clock import DAY, moment
from bihuan.base.identity import create_organisation, create_person
from bihuan.base.principal import system
from bihuan.base.rules.registers import limit_rows
from bihuan.protocols.codes import organisation_check_sign, uscc_check_sign

from .stage import Stage

LONG = ("上海𠮷㐂䶮国际冷链食品进出口供应链管理与仓储配送服务股份有限公司浦东新区外高桥保税物流园区第一分公司" * 2)[:60]
_FIRST = "91310115" + "MA1K35B4" + organisation_check_sign("MA1K35B4")
USCC = _FIRST + uscc_check_sign(_FIRST)


def test_organisations_people_scopes_and_roles(stage: Stage) -> None:
    admin = stage.enter("admin")
    admin.go("/admin")
    admin.look("7-home")
    admin.go("/admin/organisations/new")
    admin.fill({"name": LONG, "uscc": USCC[:-1] + ("1" if USCC[-1] != "1" else "2"), "area": "310115"})
    admin.page.locator("[name=kinds][value=cold_store]").check()
    admin.sent(admin.page.locator("main .actions button").click)
    assert admin.page.locator("[name=name]").input_value() == LONG
    admin.look("7-organisation-refused")
    admin.fill({"uscc": USCC})
    admin.sent(admin.page.locator("main .actions button").click)
    assert LONG in admin.words
    admin.look("7-organisation")
    admin.go("/admin/organisations")
    assert LONG in admin.words
    admin.look("7-organisations")
    admin.go("/admin/organisations?q=没有这一家")
    admin.look("7-organisations-none")

    admin.go("/admin/people/new")
    admin.fill({"name": "𠮷田㐂䶮", "area": "310115", "phone": "13900139000"})
    admin.sent(admin.page.locator("main .actions button").click)
    person = admin.path
    assert "𠮷*" in admin.words and "𠮷田㐂䶮" not in admin.page.content()
    admin.go(f"{person}/grant")
    today = moment(stage.town.clock.at).date().isoformat()
    admin.fill({"area": "310115", "line": "cold_chain", "role": "inspector", "valid_from": today, "valid_to": "2020-12-31"})
    admin.look("7-grant")
    admin.sent(admin.page.locator("main .actions button").click)
    assert "浦东新区" in admin.words and "2021-01-01" in admin.words.replace("2020-12-31 24:00", "2021-01-01")
    admin.go(f"{person}/account/open")
    admin.fill({"login": "yoshida"})
    admin.sent(admin.page.locator("main .actions button").click)
    secret = admin.page.locator(".secret").inner_text()
    admin.look("7-first-password")
    admin.go(person)
    assert secret not in admin.page.content()
    admin.look("7-person")
    admin.go("/admin/people")
    admin.look("7-people")
    admin.go("/admin/roles")
    admin.look("7-roles")
    admin.look_in_english()


def test_areas_limits_quarantine_and_who_looked(stage: Stage) -> None:
    admin = stage.enter("admin")
    admin.go("/admin/areas/new")
    admin.fill({"code": "310115-TEST", "zh": "试验园区", "en": "Test zone", "kind": "special"})
    admin.sent(admin.page.locator("main .actions button").click)
    admin.go("/admin/areas/merge")
    admin.fill({"code": "310115-TEST", "into": "310107", "on": "2021-01-01"})
    admin.look("7-merge")
    admin.sent(admin.page.locator("main .actions button").click)
    assert "试验园区" in admin.words and "2021-01-01" in admin.words and "普陀区" in admin.words
    admin.look("7-areas")

    name = str(stage.do(lambda: limit_rows(stage.town.house.db.reader(system("test"))))[0]["name"])
    admin.go("/admin/limits/new")
    admin.fill({"id": "L-x", "name": name, "value": "five", "unit": "小时", "area": "310115", "valid_from": "2020-12-20",
                "source": "试行通知"})  # fmt: skip
    admin.sent(admin.page.locator("main .actions button").click)
    assert "不是数字" in admin.words
    admin.look("7-limit-refused")
    admin.fill({"value": "5"})
    admin.sent(admin.page.locator("main .actions button").click)
    assert "试行通知" in admin.go(f"/admin/limits?name={name}") and "未经核实" in admin.words
    admin.look("7-limits")

    bad = {"@context": [], "type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": [{"type": "Nothing"}]}}
    stage.call("warehouse", "POST", "/capture", json.dumps(bad).encode())
    admin.go("/admin/quarantine")
    admin.look("7-quarantine")
    admin.sent(admin.page.locator("main tbody a").first.click)
    assert "Nothing" in admin.page.content()
    admin.look("7-quarantined")
    admin.go("/admin/quarantine")

    who = stage.town.people["importer"]
    admin.go(f"/admin/people/{who}")
    assert "陈一" not in admin.words
    admin.page.locator("main details:has([name=why]) summary").first.click()
    admin.page.locator("main [name=why]").first.fill("核对举报")
    admin.sent(lambda: admin.page.locator("main [name=why]").first.press("Enter"))
    assert "陈一" in admin.words
    assert "核对举报" in admin.go("/admin/access-log")
    admin.look("7-access-log")
    admin.go("/admin/log")
    admin.look("7-log")
    admin.go("/admin/feeds")
    admin.look("7-feeds")
    admin.go("/admin/places")
    admin.look("7-places")
    admin.look_in_english()
    stage.advance(DAY)
    importer = stage.enter("importer")
    assert "核对举报" in importer.go("/account")
    importer.look("7-account")


def test_long_names_and_rare_signs_on_the_lists_of_officers(stage: Stage) -> None:
    def more() -> None:
        with stage.town.house.db.write(system("test")) as w:
            for n in range(3):
                create_organisation(w, f"{LONG[:59]}{n}", kinds=["cold_store"], area="310115")
                create_person(w, "欧阳𠮷㐂䶮" + "长" * 20, area="310115", phone="13800138000")

    stage.do(more)
    admin = stage.enter("admin")
    admin.go("/admin/organisations")
    admin.look("7-long-names")
    admin.go("/admin/people")
    admin.look("7-long-people")
    admin.go("/admin/people?q=没有这个人")
    admin.look("7-no-people")
