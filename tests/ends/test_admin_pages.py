"""Administration: every page opens in both languages, for administrators alone; registers, people, powers, limits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from bihuan.base.clock import DAY, MINUTE, civil_date, day_start, moment
from bihuan.base.db import party_tag
from bihuan.base.errors import Fault, Words
from bihuan.base.identity import access_log_of, grants_of, memberships_of, tokens_of
from bihuan.base.places import place_named
from bihuan.base.principal import Principal, system
from bihuan.base.records.quarantine import put_aside
from bihuan.base.rules.registers import limit_rows
from bihuan.base.rules.subjects import completeness
from bihuan.ends.shared.routes import doors
from bihuan.protocols.codes import organisation_check_sign, uscc_check_sign
from houses import PASSWORD, Town, town

from .public_story import ORIGIN, Visitor

SYSTEM = system("test")
_FIRST = "91310115" + "MA1K35B4" + organisation_check_sign("MA1K35B4")
USCC = _FIRST + uscc_check_sign(_FIRST)
WRONG_USCC = USCC[:-1] + ("1" if USCC[-1] != "1" else "2")


@pytest.fixture
def made() -> Iterator[Town]:
    built = town()
    yield built
    built.house.db.close()


@pytest.fixture
def admin(made: Town) -> Visitor:
    visitor = Visitor(made)
    visitor.log_in("admin")
    return visitor


GET = {door.path for door in doors() if door.path.startswith("/admin") and door.method == "GET"}
PAGES = sorted(path for path in GET if "{" not in path and path != "/admin/limits/end")


def _inner(made: Town) -> list[str]:
    who, party = made.people["importer"], made.organisations["importer"]
    person, organisation = f"/admin/people/{who}", f"/admin/organisations/{party}"
    limit = limit_rows(made.house.db.reader(SYSTEM))[0]["id"]
    return [
        f"/admin/limits/end?id={limit}",
        person, f"{person}/edit", f"{person}/erase", f"{person}/account/reset", f"{person}/account/close",
        f"{person}/grant", f"{person}/membership", organisation, f"{organisation}/edit", f"{organisation}/tokens",
        f"{organisation}/tokens/new",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens(admin: Visitor, lang: str) -> None:
    for path in [*PAGES, *_inner(admin.town)]:
        answer = admin.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert answer.status_code == 200, path
        assert answer.text.count("<h1") == 1, path
        if lang == "en":
            main = answer.text.partition("<main")[2]
            labels = re.findall(r"<(?:h1|h2|legend|button|th scope=\"col\")[^>]*>([^<]*)<", main)
            chinese = [each for each in labels if re.search("[一-鿿]", each) and each not in ("测试进口商", "陈*")]
            assert not chinese, path


def test_nobody_else_gets_in(made: Town) -> None:
    for login in ("importer", "inspector", "officer"):
        visitor = Visitor(made)
        visitor.log_in(login)
        for path in [*PAGES, *_inner(made)]:
            assert visitor.get(path).status_code == 403, (login, path)
    assert Visitor(made).get("/admin").status_code == 303


LISTS = ["organisations", "people", "areas", "roles", "limits", "feeds", "places", "quarantine", "access-log", "log"]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_csv_and_a_json(admin: Visitor, name: str) -> None:
    text = admin.get(f"/admin/{name}", format="csv").text
    rows = list(csv.reader(io.StringIO(text.lstrip("﻿"))))
    told = admin.get(f"/admin/{name}", format="json").json()["rows"]
    assert len(rows) - 1 == len(told)
    assert all(len(row) == len(rows[0]) for row in rows)


def test_an_organisation_is_registered_once_and_its_code_is_checked(admin: Visitor) -> None:
    new = {"name": "新冷库有限公司", "uscc": WRONG_USCC, "kinds": "cold_store", "area": "310115"}
    bad = admin.post("/admin/organisations/new", new)
    assert bad.status_code == 422 and "新冷库有限公司" in bad.text and 'aria-invalid="true"' in bad.text
    hidden = admin.form("/admin/organisations/new")
    data = hidden | new | {"uscc": USCC}
    first, second = (admin.client.post("/admin/organisations/new", data=data, headers=ORIGIN) for _ in range(2))
    assert first.status_code == 303 and first.headers["location"] == second.headers["location"]
    page = admin.get(first.headers["location"]).text
    assert "新冷库有限公司" in page and USCC in page
    assert admin.get("/admin/organisations", q="新冷库").text.count("/admin/organisations/org-") == 1


def test_a_change_of_an_organisation_stands_in_the_log(admin: Visitor) -> None:
    path = f"/admin/organisations/{admin.town.organisations['store']}"
    change = {"name": "改名冷库", "kinds": "cold_store", "area": "310107", "address": "某路 1 号"}
    assert admin.post(f"{path}/edit", change).status_code == 303
    assert "改名冷库" in admin.get(path).text
    assert "update_organisation" in admin.get("/admin/log").text


def test_a_person_is_masked_and_revealed_only_with_a_logged_reason(admin: Visitor) -> None:
    who = admin.town.people["importer"]
    page = admin.get(f"/admin/people/{who}").text
    assert "陈*" in page and "陈一" not in page and "13800138000" not in page
    bare = admin.post(f"/admin/people/{who}/reveal", {"why": ""}, shown_at=f"/admin/people/{who}")
    assert bare.status_code == 422 and "陈一" not in bare.text
    clear = admin.post(f"/admin/people/{who}/reveal", {"why": "核对举报"}, shown_at=f"/admin/people/{who}")
    assert "陈一" in clear.text and "13800138000" in clear.text
    [look] = access_log_of(admin.town.house.db.reader(SYSTEM), kind="person", row=who)
    assert "核对举报" in look.why and look.person == admin.town.people["admin"]
    person = Visitor(admin.town)
    person.log_in("importer")
    assert "核对举报" in person.get("/account").text


def _created(admin: Visitor) -> str:
    answer = admin.post("/admin/people/new", {"name": "吴八", "area": "310115", "phone": "13900139000"})
    assert answer.status_code == 303
    return answer.headers["location"].rpartition("/")[2]


def test_from_a_new_person_to_their_first_log_in(admin: Visitor) -> None:
    who = _created(admin)
    path = f"/admin/people/{who}"
    given = admin.post(f"{path}/account/open", {"login": "wu.ba"})
    secret = re.search(r'class="secret">([^<]+)<', given.text)
    assert secret and secret[1] not in admin.get(path).text
    party = admin.town.organisations["importer"]
    assert admin.post(f"{path}/membership", {"party": party, "role": "clerk"}).status_code == 303
    visitor = Visitor(admin.town)
    assert visitor.log_in("wu.ba", secret[1]).headers["location"] == "/account/password"
    assert admin.post(f"{path}/account/close", {}).status_code == 303
    assert visitor.get("/account").status_code == 303


def test_grants_have_dates_and_history(admin: Visitor) -> None:
    who = _created(admin)
    path = f"/admin/people/{who}"
    today = moment(admin.town.clock.now()).date().isoformat()
    grant = {"area": "310115", "line": "cold_chain", "role": "inspector", "valid_from": today, "valid_to": "2020-12-31"}
    backwards = admin.post(f"{path}/grant", grant | {"valid_to": "2020-12-01"})
    assert backwards.status_code == 422 and 'value="2020-12-01"' in backwards.text
    assert admin.post(f"{path}/grant", grant).status_code == 303
    [held] = grants_of(admin.town.house.db.reader(SYSTEM), who)
    assert held.capabilities == {"read", "act"} and held.valid_to is not None
    assert moment(held.valid_to).isoformat() == "2021-01-01T00:00:00+08:00"
    assert admin.post(f"{path}/grants/{held.id}/end", {}).status_code == 303
    page = admin.get(path).text
    assert "已终止" in page and "浦东新区" in page


def test_a_district_may_not_be_given_beyond_ones_own(admin: Visitor) -> None:
    who = _created(admin)
    answer = admin.post(f"/admin/people/{who}/grant", {"area": "3205", "line": "*", "role": "inspector"})
    assert answer.status_code == 403 and "权限范围未覆盖" in answer.text
    own = admin.town.people["admin"]
    assert admin.post(f"/admin/people/{own}/grant", {"area": "31", "line": "*", "role": "decider"}).status_code == 422


def test_what_binds_asks_for_the_password_and_keeps_what_was_typed(admin: Visitor) -> None:
    who = _created(admin)
    path = f"/admin/people/{who}/membership"
    admin.town.clock.advance(6 * MINUTE)
    data = {"party": admin.town.organisations["importer"], "role": "signatory"}
    asked = admin.post(path, data)
    assert asked.status_code == 403 and 'name="confirm_password"' in asked.text
    assert re.search(r'value="signatory" selected', asked.text)
    wrong = admin.post(path, data | {"confirm_password": "not-this-one"})
    assert wrong.status_code == 403 and "密码不对" in wrong.text
    assert admin.post(path, data | {"confirm_password": PASSWORD}).status_code == 303
    [held] = memberships_of(admin.town.house.db.reader(SYSTEM), who)
    assert held.capabilities == {"draft", "sign"}


def test_erasure_leaves_a_bare_id(admin: Visitor) -> None:
    who = _created(admin)
    assert admin.post(f"/admin/people/{who}/erase", {"why": ""}).status_code == 422
    assert admin.post(f"/admin/people/{who}/erase", {"why": "本人申请"}).status_code == 303
    assert "个人信息已删除" in admin.get(f"/admin/people/{who}").text


def test_a_token_is_shown_once_and_revoked(admin: Visitor) -> None:
    party = admin.town.organisations["store"]
    path = f"/admin/organisations/{party}/tokens"
    hidden = admin.form(f"{path}/new")
    data = hidden | {"name": "库管系统", "capabilities": "draft", "valid_to": "2021-06-30"}
    answer = admin.client.post(f"{path}/new", data=data, headers=ORIGIN)
    secret = re.search(r'class="secret">(bh_[^<]+)<', answer.text)
    assert secret and secret[1] not in admin.get(path).text
    assert admin.client.post(f"{path}/new", data=data, headers=ORIGIN).status_code == 409
    reader = admin.town.house.db.reader(SYSTEM)
    [token] = [each for each in tokens_of(reader, party) if each.name == "库管系统"]
    assert admin.post(f"{path}/{token.id}/revoke", {}).status_code == 303
    assert [each.revoked for each in tokens_of(reader, party) if each.name == "库管系统"] == [True]


def test_areas_merge_on_a_day(admin: Visitor) -> None:
    new = {"code": "310115-TEST", "zh": "试验园区", "en": "Test zone", "kind": "special"}
    assert admin.post("/admin/areas/new", new | {"code": "31x"}).status_code == 422
    assert admin.post("/admin/areas/new", new).status_code == 303
    merge = {"code": "310115-TEST", "into": "310107", "on": "2021-01-01"}
    assert admin.post("/admin/areas/merge", merge).status_code == 303
    assert "试验园区" in admin.get("/admin/areas", state="merged").text
    assert admin.post("/admin/areas/merge", merge).status_code == 409


def test_a_role_is_either_an_officers_or_a_members(admin: Visitor) -> None:
    mixed = {"name": "mixed", "zh": "混合", "en": "Mixed", "capabilities": ["read", "sign"]}
    refused = admin.post("/admin/roles/edit", mixed)
    assert refused.status_code in (403, 422) and "混合" in refused.text


def test_a_limit_is_entered_with_source_and_ended_not_changed(admin: Visitor) -> None:
    name = limit_rows(admin.town.house.db.reader(SYSTEM))[0]["name"]
    row = {"name": name, "value": "5", "unit": "小时", "area": "310115", "valid_from": "2020-12-20", "id": "L-x"}
    row |= {"source": "试行通知"}
    bad = admin.post("/admin/limits/new", row | {"value": "five"})
    assert bad.status_code == 422 and "不是数字" in bad.text and "试行通知" in bad.text
    assert admin.post("/admin/limits/new", row).status_code == 303
    assert admin.post("/admin/limits/new", row | {"value": "7"}).status_code == 422
    page = admin.get("/admin/limits", name=name).text
    assert "试行通知" in page and "未经核实" in page
    assert admin.post("/admin/limits/end?id=L-x", {"why": "登错"}).status_code == 303
    kept = [r for r in limit_rows(admin.town.house.db.reader(SYSTEM)) if r["id"] == "L-x"]
    assert kept[0]["ended_at"] is not None
    acts = {entry["act"] for entry in admin.get("/admin/log", format="json").json()["rows"]}
    assert {"enter_limit", "end_limit"} <= acts
    everywhere = admin.post("/admin/limits/new", row | {"id": "L-y", "area": "*"})
    assert everywhere.status_code == 403


def test_a_limit_without_a_date_does_not_judge_the_past(admin: Visitor) -> None:
    name = limit_rows(admin.town.house.db.reader(SYSTEM))[0]["name"]
    row = {"id": "L-today", "name": name, "value": "5", "unit": "小时", "area": "310115", "source": "试行通知"}
    assert "不填为今天零点起" in admin.get("/admin/limits/new").text
    assert admin.post("/admin/limits/new", row).status_code == 303
    kept = next(r for r in limit_rows(admin.town.house.db.reader(SYSTEM)) if r["id"] == "L-today")
    assert kept["valid_from"] == day_start(civil_date(admin.town.clock.now()))


def test_rules_are_listed_with_citation_reading_and_version(admin: Visitor) -> None:
    page = admin.get("/admin/limits").text
    assert "读作：预约经仓库确认" in page and "版本 2021-01-11/1" in page and "上海市 2021 年 1 月 11 日通告" in page


def test_completeness_is_stated_for_one_source(admin: Visitor) -> None:
    both = {"type": "result", "source": "检测中心", "complete_before": "2020-12-10 12:00", "lag": "5"}
    assert admin.post("/admin/feeds/state", both).status_code == 422
    assert admin.post("/admin/feeds/state", both | {"complete_before": ""}).status_code == 303
    now = admin.town.clock.now()
    assert completeness(admin.town.house.db.reader(SYSTEM)).of(["result"]) == now - 5 * MINUTE
    assert "检测中心" in admin.get("/admin/feeds").text


def test_a_place_with_a_fence(admin: Visitor) -> None:
    place = {
        "id": "ST9", "name": "新库", "kind": "cold_store", "area": "310107", "lon": "121.4", "lat": "31.2",
        "fence": "121.39, 31.19\n121.41, 31.19\n121.41, 31.21", "capacity_kg": "20000",
        "party": admin.town.organisations["store"],
    }  # fmt: skip
    bad = admin.post("/admin/places/edit", place | {"fence": "121.39"})
    assert bad.status_code == 422 and "第 1 行" in bad.text
    assert admin.post("/admin/places/edit", place).status_code == 303
    found = place_named(admin.town.house.db.reader(SYSTEM), "ST9")
    assert found is not None and len(found.fence) == 3 and found.capacity_kg == 20_000
    assert admin.post("/admin/places/edit", place | {"area": "320585"}).status_code in (403, 422)


def test_quarantine_of_ones_own_area(admin: Visitor) -> None:
    made = admin.town
    party = made.organisations["warehouse"]
    who = Principal("token", "t", party=party, capabilities=frozenset({"draft"}))
    with made.house.db.write(who) as w:
        fault = Fault("a", "schema", Words("不符合格式", "Not of the form"))
        item = put_aside(w, party=party, door="epcis", body=b"{}", faults=[fault])
        stranger = put_aside(w, party="org-elsewhere", door="epcis", body=b"[]", faults=[fault])
        w.tag("quarantine", stranger, [party_tag("org-elsewhere")])
    page = admin.get("/admin/quarantine").text
    assert item in page and stranger not in page
    assert admin.get(f"/admin/quarantine/{stranger}").status_code == 404
    path = f"/admin/quarantine/{item}"
    assert admin.post(f"{path}/drop", {}, shown_at=path).status_code == 303
    assert "drop_quarantined" in admin.get("/admin/log").text


def test_the_access_log_filters_by_day(admin: Visitor) -> None:
    tomorrow = moment(admin.town.clock.now() + DAY).date().isoformat()
    assert admin.get("/admin/access-log", format="json").json()["rows"]
    assert admin.get("/admin/access-log", **{"from": tomorrow, "format": "json"}).json()["rows"] == []


def test_opened_pages_and_lists_taken_out_stand_in_the_access_log(admin: Visitor) -> None:
    house = admin.town.house
    admin.get("/admin/places", format="csv")
    admin.get(f"/admin/organisations/{admin.town.organisations['store']}")
    house.looks.flush(house.db)
    [taken] = admin.get("/admin/access-log", kind="export", format="json").json()["rows"]
    assert (taken["kind"], taken["row"], taken["why"]) == ("导出", "places", "csv")
    opened = admin.get("/admin/access-log", kind="page", format="json").json()["rows"]
    assert [(row["kind"], row["row"]) for row in opened] == [
        ("页面：单位", admin.town.organisations["store"])
    ]
    shown = admin.get("/admin/access-log").text
    assert '<option value="page"' in shown and '<option value="export"' in shown and "打开页面" in shown
