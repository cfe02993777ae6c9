"""Areas, dated mergers, grants and what they let somebody see."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.clock import DAY, day_start, instant
from bihuan.base.db import Scoped, area_tag, metadata, party_tag, visible
from bihuan.base.errors import Conflict, Forbidden, Invalid, Refused, Words
from bihuan.base.identity import (
    Area,
    Role,
    area_of,
    areas,
    create_area,
    end_grant,
    give_grant,
    give_membership,
    grants_of,
    load_areas,
    merge_area,
    parent,
    principal_for,
    set_role,
    successor,
    update_organisation,
)
from bihuan.base.identity.areas import CODE, shipped, with_predecessors
from bihuan.base.identity.model import DOOR
from bihuan.base.identity.scopes import narrowed
from bihuan.base.principal import Grant, system

case = sa.Table("case_of_scope_tests", metadata, sa.Column("id", sa.Text, primary_key=True))
CASES = Scoped("case_of_scope_tests", case.c.id)


@pytest.fixture
def cases(city):
    """Rows named by the tag they bear."""
    tags = [
        *(area_tag("cold_chain", code) for code in ("310106", "310108", "310101", "310103", "310115", "310115-YS")),
        area_tag("air", "310106"),
        party_tag(city.importer),
    ]
    with city.db.write(system("set-up")) as w:
        w.insert(case, [{"id": tag} for tag in tags])
        for tag in tags:
            w.tag(CASES.kind, tag, [tag])
    return tags


def seen(city, principal, capability="read"):
    return {row["id"] for row in city.db.reader(principal).rows(sa.select(case), CASES, capability)}


def at(city, *day):
    city.clock.at = instant(datetime(*day))


def test_shipped_areas_are_well_formed():
    known = {each.code: each for each in shipped()}
    assert len(known) == len(shipped())
    for code, each in known.items():
        assert CODE.fullmatch(code) and each.words.zh and each.words.en
        if len(code) > 2:
            assert parent(code, known) is not None
        if each.merged_into:
            assert known[each.merged_into].valid_to is None and isinstance(each.valid_to, date)
    # A code that begins with another by chance would put one area into another.
    for code in known:
        for other in known:
            if code != other and code.startswith(other):
                assert len(other) in (2, 4, 6) and "-" not in other
    today = [c for c, each in known.items() if c.startswith("31") and len(c) == 6 and each.valid_to is None]
    assert len(today) == 16


def test_parents_are_prefixes():
    known = [each.code for each in shipped()]
    assert parent("310115-YS", known) == "310115"
    assert parent("310115", known) == "31"
    assert parent("320585", known) == "3205"
    assert parent("31", known) is None


def test_areas_of_a_day(city):
    reader = city.db.reader(DOOR)
    assert "310108" in {each.code for each in areas(reader, "31", date(2015, 11, 3))}
    assert "310108" not in {each.code for each in areas(reader, "31", date(2015, 11, 4))}
    assert successor(reader, "310108", date(2015, 11, 3)) == "310108"
    assert successor(reader, "310108", date(2015, 11, 4)) == "310106"
    assert area_of(reader, "310108").words == ("闸北区", "Zhabei")
    with city.db.write(system("set-up")) as w:
        assert load_areas(w) == 0


def test_a_grant_on_the_successor_covers_the_predecessor_from_the_merger_on(city, cases):
    at(city, 2020, 12, 11)
    assert seen(city, city.who(city.jingan)) == {"a:cold_chain:310106", "a:cold_chain:310108"}
    with city.db.write(system("history")) as w:
        give_grant(w, city.huangpu, "310101", "*", ["read"], valid_from=instant(datetime(2010, 1, 1)))
    at(city, 2011, 6, 7, 23, 59)
    assert seen(city, city.who(city.huangpu)) == {"a:cold_chain:310101"}
    at(city, 2011, 6, 8)
    assert seen(city, city.who(city.huangpu)) == {"a:cold_chain:310101", "a:cold_chain:310103"}


def test_a_district_covers_its_port_and_the_port_not_the_district(city, cases):
    with city.write(city.admin) as w:
        give_grant(w, city.huangpu, "310115", "cold_chain", role="inspector")
        give_grant(w, city.jingan, "310115-YS", "cold_chain", role="inspector")
    assert {"a:cold_chain:310115", "a:cold_chain:310115-YS"} <= seen(city, city.who(city.huangpu))
    assert "a:cold_chain:310115" not in seen(city, city.who(city.jingan))
    assert "a:cold_chain:310115-YS" in seen(city, city.who(city.jingan))


def test_grants_end_at_the_instant_and_history_stays(city, cases):
    now = city.clock.now()
    with city.write(city.admin) as w:
        number = give_grant(w, city.huangpu, "310106", "air", ["read"], valid_from=now + DAY, valid_to=now + 2 * DAY)
    for days, open_then in ((0, False), (1, True), (2, False)):
        city.clock.at = now + days * DAY
        assert ("a:air:310106" in seen(city, city.who(city.huangpu))) is open_then
    city.clock.at = now + DAY
    with city.write(city.admin) as w:
        end_grant(w, number)
    assert "a:air:310106" not in seen(city, city.who(city.huangpu))
    kept = {each.id: each for each in grants_of(city.reader(city.huangpu), city.huangpu)}
    assert kept[number].valid_to == now + DAY and kept[number].ended_by == city.admin
    with city.write(city.admin) as w, pytest.raises(Conflict):
        end_grant(w, number)


def test_capabilities_are_kept_apart(city, cases):
    jingan = city.who(city.jingan)
    assert seen(city, jingan, "act") and not seen(city, jingan, "decide") and not seen(city, jingan, "admin")
    clerk = city.who(city.clerk, city.importer)
    assert seen(city, clerk) == seen(city, clerk, "sign") == {f"p:{city.importer}"}
    assert not seen(city, clerk, "manage") and not seen(city, city.who(city.clerk))


def test_supervision_rests_while_acting_for_an_enterprise(city, cases):
    with city.write(city.admin) as w:
        give_membership(w, city.jingan, city.importer, ["draft"])
        give_membership(w, city.jingan, city.agency, ["draft"])
    assert "a:cold_chain:310106" in seen(city, city.who(city.jingan))
    assert seen(city, city.who(city.jingan, city.importer)) == {f"p:{city.importer}"}
    with city.write(city.admin) as w:
        update_organisation(w, city.agency, kinds=["authority"])
    assert "a:cold_chain:310106" in seen(city, city.who(city.jingan, city.agency))


def test_an_agency_cannot_sign_however_it_became_one(city):
    with city.write(city.huangpu) as w, pytest.raises(Refused):
        give_membership(w, city.clerk, city.agency, role="signatory")
    assert "sign" in city.who(city.clerk, city.importer).capabilities
    with city.write(city.huangpu) as w:
        update_organisation(w, city.importer, kinds=["importer", "agency"])
    assert city.who(city.clerk, city.importer).capabilities == {"draft"}


def test_nobody_grants_beyond_their_own_scope_or_to_themselves(city):
    beyond = [("310106", "*"), ("31", "*"), ("", "*"), ("320585", "air")]
    for area, line in beyond:
        with city.write(city.huangpu) as w, pytest.raises(Forbidden):
            give_grant(w, city.jingan, area, line, ["read"])
    with city.write(city.jingan) as w, pytest.raises(Forbidden):
        give_grant(w, city.huangpu, "310106", "cold_chain", ["read"])
    with city.write(city.huangpu) as w, pytest.raises(Refused):
        give_grant(w, city.huangpu, "310101", "*", ["decide"])
    with city.write(city.admin) as w:
        give_grant(w, city.jingan, "310106", "cold_chain", ["admin"])
    with city.write(city.jingan) as w:
        give_grant(w, city.huangpu, "310108", "cold_chain", ["read"])
        with pytest.raises(Forbidden):
            give_grant(w, city.huangpu, "310106", "*", ["read"])
        with pytest.raises(Forbidden):
            give_grant(w, city.huangpu, "310106", "air", ["read"])


def test_a_wrong_grant_is_refused_with_the_place(city):
    now = city.clock.now()
    wrong = [
        ("area", {"area": "319999"}),
        ("line", {"line": "party"}),
        ("capabilities", {"capabilities": ["sign"]}),
        ("capabilities", {"capabilities": []}),
        ("valid_from", {"valid_from": day_start(date(2020, 12, 9))}),
        ("valid_to", {"valid_to": now}),
    ]
    for place, change in wrong:
        asked = {"area": "310101", "line": "air", "capabilities": ["read"]} | change
        with city.write(city.admin) as w, pytest.raises(Invalid) as answer:
            give_grant(w, city.jingan, **asked)
        assert [fault.path for fault in answer.value.faults] == [place]


def test_an_area_merged_by_an_administrator(city, cases):
    with city.write(city.huangpu) as w, pytest.raises(Forbidden):
        merge_area(w, "310106", "310101", date(2020, 12, 12))
    with city.write(city.admin) as w:
        merge_area(w, "310106", "310101", date(2020, 12, 12))
        for old, new in (("310106", "310104"), ("310101", "310106"), ("310115", "310115-YS"), ("310104", "310104")):
            with pytest.raises(Conflict):
                merge_area(w, old, new, date(2020, 12, 13))
    assert "a:air:310106" not in seen(city, city.who(city.huangpu), "admin")
    city.clock.at = day_start(date(2020, 12, 12))
    # 闸北 went into 静安 in 2015, so it comes along.
    both = {"a:air:310106", "a:cold_chain:310106", "a:cold_chain:310108"}
    assert both <= seen(city, city.who(city.huangpu), "admin")


def test_new_areas_need_a_right_code(city):
    with city.write(city.admin) as w:
        create_area(w, Area("310115-LG", Words("临港", "Lingang"), "special", date(2019, 8, 20), None, None))
        for code, error in (("310115-LG", Conflict), ("310115lg", Invalid), ("31011", Invalid), ("32", Forbidden)):
            with pytest.raises(error):
                create_area(w, Area(code, Words("某地", "Some place"), "special", None, None, None))


def test_roles_belong_to_the_whole(city):
    role = Role("auditor", Words("审计员", "Auditor"), frozenset({"read", "export"}))
    with city.write(city.admin) as w, pytest.raises(Forbidden):
        set_role(w, role)
    with city.db.write(system("set-up")) as w:
        set_role(w, role)
        with pytest.raises(Invalid):
            set_role(w, Role("mixed", role.words, frozenset({"read", "sign"})))
        assert give_grant(w, city.clerk, "31", "air", role="auditor")
    assert Grant("31", "air", frozenset({"read", "export"})) in city.who(city.clerk).grants


codes = st.sampled_from(["", "31", "3101", "310101", "310106", "310108", "310115-YS", "32", "320585"])
grants = st.builds(
    Grant,
    codes,
    st.sampled_from(["*", "air", "soil"]),
    st.sets(st.sampled_from(["read", "act", "export"])).map(frozenset),
)


@given(st.lists(grants, max_size=4), st.lists(grants, max_size=4), codes, st.sampled_from(["air", "soil"]))
def test_narrowed_scopes_allow_exactly_what_both_allow(scopes, held, area, line):
    def allowed(given):
        return {may for g in given if area.startswith(g.area) and g.line in ("*", line) for may in g.capabilities}

    one_by_one = {
        may
        for s in scopes
        for h in held
        for may in s.capabilities & h.capabilities
        if all(area.startswith(g.area) and g.line in ("*", line) for g in (s, h))
    }
    assert allowed(narrowed(scopes, held)) == one_by_one


@given(st.dictionaries(codes, codes), grants)
def test_widening_by_mergers_ends_and_keeps_what_was_given(mergers, grant):
    wide = with_predecessors([grant], tuple(mergers.items()))
    assert wide[0] == grant and len(set(wide)) == len(wide)
    assert {(g.line, g.capabilities) for g in wide} == {(grant.line, grant.capabilities)}


def test_visible_is_false_for_nobody(city):
    assert str(visible(principal_for(city.db.reader(DOOR), city.clerk, None, 0), CASES, "act")) == "false"
