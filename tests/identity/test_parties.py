"""Organisations, people, erasure, the administrators' log."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.clock import MINUTE, SeededChance, SetClock
from bihuan.base.db import Db
from bihuan.base.errors import Conflict, Forbidden, Invalid, NotFound, Refused, StepUpNeeded
from bihuan.base.identity import (
    access_log_of,
    access_organisation,
    access_person,
    admin_log_of,
    create_account,
    create_organisation,
    create_person,
    end_membership,
    erase_person,
    give_grant,
    give_membership,
    load_areas,
    mask_name,
    mask_phone,
    members_of,
    memberships_of,
    organisation_by_uscc,
    organisation_name,
    organisations,
    people,
    person_label,
    reset_password,
    reveal,
    update_organisation,
    update_person,
)
from bihuan.base.identity.events import OrganisationCreated, PersonErased
from bihuan.base.identity.model import DOOR, INNER, person_key, personal
from bihuan.base.principal import PUBLIC, system
from bihuan.protocols.codes import USCC_ALPHABET, organisation_check_sign, uscc_check_sign

DEPARTMENTS = ["91", "93", "A1", "N1", "Y1", "12", "51"]


def uscc(department, serial="MA1FL0AA"):
    first = f"{department}310000{serial}"
    first += organisation_check_sign(serial)
    return first + uscc_check_sign(first)


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_codes_of_all_departments_pass_and_each_wrong_digit_is_named(city, department):
    right = uscc(department)
    wrong_outer = right[:17] + next(sign for sign in USCC_ALPHABET if sign != right[17])
    inner = next(sign for sign in "0123456789" if sign != right[16])
    wrong_inner = right[:16] + inner + uscc_check_sign(right[:16] + inner)
    with city.write(city.admin) as w:
        for code, fault in ((wrong_outer, "check_digit"), (wrong_inner, "inner_check_digit"), (right[:17], "length")):
            with pytest.raises(Invalid) as answer:
                create_organisation(w, "某公司", kinds=["importer"], area="310101", uscc=code)
            assert [(each.path, each.code) for each in answer.value.faults] == [("uscc", fault)]
        party = create_organisation(w, "某公司", kinds=["importer"], area="310101", uscc=f" {right} ")
    reader = city.db.reader(DOOR)
    assert organisation_by_uscc(reader, right) == party and organisation_name(reader, party) == "某公司"


def test_all_faults_at_once(city):
    with city.write(city.admin) as w, pytest.raises(Invalid) as answer:
        create_organisation(w, " ", kinds=["Importer"], area="310108", uscc="1", gln="123")
    assert sorted(each.path for each in answer.value.faults) == ["area", "gln", "kinds", "name", "uscc"]
    assert all(each.words.zh and each.words.en for each in answer.value.faults)


def test_one_organisation_one_code(city):
    with city.write(city.admin) as w:
        create_organisation(w, "甲公司", kinds=["importer"], area="310101", uscc=uscc("91"))
        second = create_organisation(w, "乙公司", kinds=["importer"], area="310106")
        with pytest.raises(Conflict):
            create_organisation(w, "丙公司", kinds=["importer"], area="310106", uscc=uscc("91"))
        with pytest.raises(Conflict):
            update_organisation(w, second, uscc=uscc("91"))


def test_organisations_are_seen_in_scope(city):
    with city.write(city.admin) as w:
        hidden = create_organisation(w, "静安冷库", kinds=["cold_store"], area="310106", gln="6901234567892")
    names = {each.name for each in organisations(city.reader(city.huangpu), capability="admin")}
    assert names == {"海鲜进口有限公司", "报关代理有限公司"}
    assert [each.id for each in organisations(city.reader(city.jingan), kind="cold_store")] == [hidden]
    assert organisations(city.reader(city.admin), text="冷_") == ()
    assert [each.id for each in organisations(city.reader(city.admin), text="冷库", area="3101")] == [hidden]
    assert access_organisation(city.reader(city.jingan), hidden).gln == "6901234567892"
    answers = []
    for party in (hidden, "org-unknown"):
        with pytest.raises(NotFound) as answer:
            access_organisation(city.reader(city.huangpu), party)
        answers.append((answer.value.words, answer.value.code))
    assert answers[0] == answers[1]
    assert access_organisation(city.reader(city.clerk, city.importer), city.importer)
    with pytest.raises(NotFound):
        access_organisation(city.db.reader(PUBLIC), city.importer)


def test_administrators_act_only_in_their_area(city):
    with city.write(city.huangpu) as w:
        with pytest.raises(Forbidden):
            create_organisation(w, "越界公司", kinds=["importer"], area="310106")
        with pytest.raises(Forbidden):
            update_organisation(w, city.importer, area="310106")
        with pytest.raises(Forbidden):
            create_person(w, "越界人", area="310106")
    with city.write(city.jingan) as w, pytest.raises(Forbidden):
        create_organisation(w, "无权公司", kinds=["importer"], area="310106")
    with city.write(city.admin) as w:
        update_organisation(w, city.importer, area="310106")
    assert access_organisation(city.reader(city.jingan), city.importer)
    with pytest.raises(NotFound):
        access_organisation(city.reader(city.huangpu), city.importer, "admin")
    assert access_person(city.reader(city.jingan), city.clerk).name == "张*明"


def test_a_district_cannot_take_over_an_officer_who_reaches_further(city):
    with city.write(city.admin) as w:
        far = create_person(w, "跨区人", area="310101")
        create_account(w, far, "kuaqu", city.password, policy=city.policy)
        give_grant(w, far, "310106", "air", ["read"])
    with city.write(city.huangpu) as w:
        with pytest.raises(Forbidden):
            reset_password(w, far, "mine from now on", city.policy)
        with pytest.raises(Forbidden):
            erase_person(w, far, "复仇")
        with pytest.raises(Forbidden):
            update_person(w, far, phone="1")
        with pytest.raises(NotFound):
            reset_password(w, city.admin, "mine from now on", city.policy)
        with pytest.raises(Refused):
            reset_password(w, city.huangpu, "mine from now on", city.policy)
    with city.write(city.admin) as w:
        reset_password(w, far, "from the city now", city.policy)


def test_people_are_masked_and_each_clear_view_is_logged(city):
    shown = access_person(city.reader(city.huangpu), city.clerk)
    assert (shown.name, shown.phone) == ("张*明", "138****1234")
    assert person_label(city.db.reader(DOOR), city.clerk) == "张*明"
    with city.write(city.huangpu) as w:
        assert reveal(w, city.clerk, ["name", "phone"], "回访", "192.0.2.1") == {
            "name": "张小明",
            "phone": "13812341234",
        }
    entry = access_log_of(city.reader(city.huangpu), kind="person", row=city.clerk)[0]
    assert (entry.principal, entry.row, entry.why) == (city.huangpu, city.clerk, "回访 (name, phone)")
    assert access_log_of(city.reader(city.clerk), kind="person", row=city.clerk) == (entry,)
    for stranger in (city.jingan, city.clerk):
        other = city.clerk if stranger != city.clerk else city.jingan
        with city.write(stranger) as w, pytest.raises(NotFound):
            reveal(w, other, ["name"], "好奇", "192.0.2.1")


def test_members_see_each_other_masked_and_only_their_own_organisation(city):
    with city.write(city.admin) as w:
        colleague = create_person(w, "欧阳娜娜", area="310106")
        number = give_membership(w, colleague, city.importer, role="clerk")
    reader = city.reader(city.clerk, city.importer)
    assert {each.name for each in people(reader, party=city.importer)} == {"张*明", "欧**娜"}
    assert len(members_of(reader, city.importer)) == 2
    with pytest.raises(NotFound):
        memberships_of(reader, colleague)
    with pytest.raises(NotFound):
        members_of(reader, city.agency)
    with city.write(city.clerk, city.importer) as w, pytest.raises(NotFound):
        reveal(w, colleague, ["name"], "好奇", "192.0.2.1")
    with city.write(city.admin) as w:
        end_membership(w, number)
    assert {each.name for each in people(reader)} == {"张*明"}


def test_erasure_makes_names_unreadable_and_ends_all_powers(city):
    opened = city.log_in()
    old_key = city.db.reader(DOOR).rows(sa.select(personal).where(personal.c.person == city.clerk), INNER)
    stale = city.who(city.huangpu, confirmed=False)
    with city.db.write(stale) as w, pytest.raises(StepUpNeeded):
        erase_person(w, city.clerk, "本人申请")
    told = []
    city.db.listeners.append(told.extend)
    with city.write(city.huangpu) as w:
        erase_person(w, city.clerk, "本人申请")
    assert PersonErased(city.clerk, city.clock.now()) in told
    assert city.session(opened.cookie) is None
    assert access_person(city.reader(city.huangpu), city.clerk).name == "（已删除）"
    assert person_label(city.db.reader(DOOR), city.clerk) == "（已删除）"
    assert city.who(city.clerk).grants == () and city.who(city.clerk).name == ""
    with pytest.raises(Forbidden):
        city.who(city.clerk, city.importer)
    with city.db.write(system("restore")) as w:
        w.insert(personal, [dict(row) for row in old_key])
        assert reveal(w, city.clerk, ["name", "phone"], "旧备份", "") == {}
    assert city.clerk not in {each.id for each in people(city.reader(city.huangpu), capability="admin")}
    with city.write(city.huangpu) as w:
        with pytest.raises(Conflict):
            erase_person(w, city.clerk, "再次")
        with pytest.raises(Conflict):
            update_person(w, city.clerk, name="复活")
        with pytest.raises(NotFound):
            give_membership(w, city.clerk, city.importer, ["draft"])


def test_neither_name_nor_destroyed_key_is_in_the_file(tmp_path):
    path = tmp_path / "store.db"
    db = Db(path, SetClock(10**15), SeededChance(3))
    db.create()
    with db.write(system("set-up")) as w:
        load_areas(w)
        who = create_person(w, "诸葛不留名", area="31", phone="13666666666")
        create_person(w, "另一个人", area="31")
    key = bytes(db.reader(DOOR).scalar(sa.select(person_key.c.key).where(person_key.c.person == who), INNER))
    db.close()
    assert key in path.read_bytes() and "诸葛不留名".encode() not in path.read_bytes()
    db = Db(path, SetClock(10**15 + 1), SeededChance(4))
    with db.write(system("erase")) as w:
        erase_person(w, who, "本人申请")
    db.close()
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert key not in left and b"13666666666" not in left


def test_a_value_moved_to_another_person_does_not_open(city):
    with city.db.write(system("intruder")) as w:
        name = w.scalar(sa.select(personal.c.value).where(personal.c.person == city.admin), INNER)
        theirs = sa.update(personal).where(personal.c.person == city.clerk, personal.c.field == "name")
        w.write(theirs.values(value=name))
    assert "王" not in person_label(city.db.reader(DOOR), city.clerk)


def test_each_act_leaves_a_row_without_names_and_tells(city):
    told = []
    city.db.listeners.append(told.extend)
    with city.write(city.huangpu) as w:
        party = create_organisation(w, "新公司", kinds=["carrier"], area="310101")
        who = create_person(w, "赵不具名", area="310101", phone="13777777777")
        update_person(w, who, name="赵改名", email="zhao@example.org")
    assert OrganisationCreated(party) in told and len(told) == 3
    acts = admin_log_of(city.reader(city.huangpu))
    assert [each.act for each in acts[:3]] == ["update_person", "create_person", "create_organisation"]
    assert acts[0].principal == city.huangpu and acts[0].detail == {"fields": ["email", "name"]}
    assert "赵" not in repr(acts) + repr(told) and "1377" not in repr(acts) + repr(told)
    with pytest.raises(Forbidden):
        admin_log_of(city.reader(city.jingan))
    with city.db.write(city.who(city.huangpu)) as w, pytest.raises(Invalid):
        create_person(w, "  ", area="310101")
    city.clock.advance(MINUTE)
    assert len(told) == 3


@given(st.text(min_size=1, max_size=12))
def test_masks_keep_at_most_the_ends(text):
    for mask in (mask_name(text), mask_phone(text)):
        assert len(mask) == len(text)
    inner = mask_name(text)[1:-1]
    assert set(inner) <= {"*"}
    assert mask_phone(text).count("*") >= min(3, len(text))


def test_masks_as_the_papers_show_them():
    assert [mask_name(each) for each in ("张小明", "张明", "欧阳娜娜", "张", "")] == ["张*明", "张*", "欧**娜", "*", ""]
    assert mask_phone("13812341234") == "138****1234" and mask_phone("+8613812341234") == "+86138****1234"
    assert mask_phone("62345678") == "******78" and mask_phone("110") == "***"
