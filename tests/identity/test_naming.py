"""Officers know each other by name; everybody else is masked; cards are dated and go with the person."""

from __future__ import annotations

from bihuan.base.clock import DAY
from bihuan.base.identity import (
    card_at,
    cards_of,
    create_organisation,
    create_person,
    end_card,
    enter_card,
    erase_person,
    give_grant,
    give_membership,
    masked_label,
    office_of,
    person_label,
    signatory,
)
from bihuan.base.identity.model import DOOR
from bihuan.base.principal import PUBLIC, system

from .conftest import City


def _officer(city: City, name: str, area: str, line: str) -> str:
    with city.db.write(system("set-up")) as w:
        who = create_person(w, name, area=area)
        give_grant(w, who, area, line, role="inspector")
    return who


def test_colleagues_of_a_line_and_area_see_each_others_names(city: City) -> None:
    same, above = _officer(city, "吴同区", "310106", "cold_chain"), _officer(city, "郑市级", "31", "cold_chain")
    reader = city.reader(city.jingan)
    assert person_label(reader, city.jingan) == "陈静安"  # oneself
    assert person_label(reader, same) == "吴同区" and person_label(reader, above) == "郑市级"
    assert person_label(city.reader(above), city.jingan) == "陈静安"


def test_other_districts_other_lines_firms_and_the_public_see_a_mask(city: City) -> None:
    elsewhere, other = _officer(city, "冯外区", "310115", "cold_chain"), _officer(city, "褚空气", "310106", "air")
    reader = city.reader(city.jingan)
    assert person_label(reader, elsewhere) == "冯*区" and person_label(reader, other) == "褚*气"
    assert person_label(reader, city.clerk) == "张*明"  # a firm's clerk is no officer
    assert person_label(city.reader(city.clerk, city.importer), city.jingan) == "陈*安"
    assert person_label(city.db.reader(PUBLIC), city.jingan) == "陈*安"
    assert person_label(city.db.reader(system("job")), city.jingan) == "陈*安"  # what a job writes may be kept for good


def test_a_name_stays_known_to_colleagues_when_the_powers_have_ended(city: City) -> None:
    left = _officer(city, "卫离任", "310106", "cold_chain")
    with city.db.write(system("set-up")) as w:
        gone = create_person(w, "蒋前任", area="310106")
        give_grant(w, gone, "310106", "cold_chain", role="inspector", valid_to=w.now + DAY)
    city.clock.advance(2 * DAY)
    assert person_label(city.reader(city.jingan), gone) == "蒋前任"
    assert person_label(city.reader(left), gone) == "蒋前任"
    assert person_label(city.reader(gone), left) == "卫*任"  # who has no powers now is nobody's colleague


def test_nothing_is_known_of_the_erased_but_what_a_trail_kept(city: City) -> None:
    who = _officer(city, "沈删除", "310106", "cold_chain")
    with city.write(city.admin) as w:
        enter_card(w, who, "09-0001")
        kept = masked_label(w, who)
        erase_person(w, who, "本人申请")
    reader = city.reader(city.jingan)
    assert (person_label(reader, who), person_label(reader, who, kept)) == ("（已删除）", "沈*除")
    assert signatory(reader, who) == "" and card_at(reader, who, city.clock.now()) == ""


def test_a_document_prints_the_card_of_its_day(city: City) -> None:
    with city.write(city.admin) as w:
        enter_card(w, city.jingan, "旧-1")
    first = city.clock.now()
    city.clock.advance(DAY)
    with city.write(city.admin) as w:
        new = enter_card(w, city.jingan, "新-2")
    second = city.clock.now()
    city.clock.advance(DAY)
    with city.write(city.admin) as w:
        end_card(w, new)
    reader = city.db.reader(DOOR)
    at = [card_at(reader, city.jingan, when) for when in (first - DAY, first, second - 1, second, city.clock.now())]
    assert at == ["", "旧-1", "旧-1", "新-2", ""]
    assert [card.number for card in cards_of(city.reader(city.admin), city.jingan)] == ["旧-1", "新-2"]


def test_the_office_is_the_authority_of_which_the_officer_is_a_member(city: City) -> None:
    start = city.clock.now()
    with city.db.write(system("set-up")) as w:
        office = create_organisation(w, "静安区市场监督管理局", kinds=["authority"], area="310106")
        give_membership(w, city.jingan, city.importer, ["draft"])  # a firm is no office
        give_membership(w, city.jingan, office, ["draft"], valid_to=w.now + DAY)
    reader = city.db.reader(DOOR)
    found = office_of(reader, city.jingan, start)
    assert found is not None and (found.party, found.name) == (office, "静安区市场监督管理局")
    assert office_of(reader, city.jingan, start + DAY) is None
