"""Sessions through the whole web application: what an attacker who plants, borrows, guesses or keeps a session gets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bihuan.base.clock import HOUR, MINUTE
from bihuan.base.identity import (
    end_grant,
    end_membership,
    give_grant,
    give_membership,
    grants_of,
    memberships_of,
    revoke_token,
)
from bihuan.base.identity.model import INNER, api_token
from bihuan.base.identity.tokens import secret_hash
from bihuan.base.principal import system
from bihuan.ends.shared.routes import doors
from bihuan.main import serve_app
from bihuan.settings import Settings
from houses import PASSWORD, Town, town

from .caller import Answer, Caller
from .worlds import World

COOKIE = "bihuan"


@dataclass
class Street:
    """The town's doors; `browser` is somebody's, without a session yet."""

    town: Town
    world: World
    loop: asyncio.AbstractEventLoop

    def browser(self, login: str = "") -> Caller:
        made = Caller(self.world, login, self.loop)
        if login:
            assert made.log_in(login).status == 303
        return made


@pytest.fixture
def street() -> Iterator[Street]:
    made = town()
    app = serve_app(made.house, Settings(origin="demo/test", public_url="http://testserver"))
    loop = asyncio.new_event_loop()
    yield Street(made, World(made, app), loop)
    loop.close()
    made.house.db.close()


def is_out(answer: Answer) -> bool:
    """Whether somebody is sent to log in."""
    return answer.status == 303 and answer.header("location").startswith("/log-in")


def test_a_planted_session_is_worth_nothing(street: Street) -> None:
    attacker, victim = street.browser("store"), street.browser()
    for planted in ("chosen-by-the-attacker", attacker.cookies[COOKIE]):
        victim.cookies[COOKIE] = planted
        assert victim.log_in("importer").status == 303
        assert victim.cookies[COOKIE] not in (planted, "")
        outsider = street.browser()
        outsider.cookies[COOKIE] = planted
        assert is_out(outsider.ask("GET", "/account"))


def test_each_log_in_is_a_session_of_its_own_and_ends_the_one_before(street: Street) -> None:
    browser = street.browser("importer")
    first = browser.cookies[COOKIE]
    browser.log_in("importer")
    old = street.browser()
    old.cookies[COOKIE] = first
    assert browser.cookies[COOKIE] != first
    assert is_out(old.ask("GET", "/account")) and browser.ask("GET", "/account").status == 200


def test_the_token_of_another_session_does_not_fit(street: Street) -> None:
    mine, stranger, other_device = (street.browser(name) for name in ("importer", "store", "importer"))
    for token in ("", "x", stranger.csrf, other_device.csrf, mine.csrf[:-1], mine.csrf + "0"):
        answer = mine.ask("POST", "/account/sessions/end", {"csrf": token})
        assert answer.status == 403, token
    assert mine.ask("GET", "/account").status == 200
    assert mine.ask("POST", "/account/sessions/end", {"csrf": mine.csrf}).status == 303


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://testserver", "http://testserver.evil.example", ""]
)
def test_a_form_sent_from_another_site_is_refused(street: Street, origin: str) -> None:
    mine, nobody = street.browser("importer"), street.browser()
    assert mine.ask("POST", "/account/sessions/end", {"csrf": mine.csrf}, origin=origin).status == 403
    log_in = {"login": "importer", "password": PASSWORD}
    assert nobody.ask("POST", "/log-in", log_in, origin=origin).status == 403
    tip = {"text": "x", "where": "y", "area": "310115"}
    assert nobody.ask("POST", "/report", tip, origin=origin).status == 403
    assert mine.ask("GET", "/account").status == 200


def test_every_form_of_the_people_is_guarded(street: Street) -> None:
    mine = street.browser("importer")
    posts = [door.path for door in doors() if door.method == "POST"]
    assert len(posts) > 40
    for path in posts:
        target = path.replace("{", "").replace("}", "").replace(":path", "")
        for forged in ({}, {"csrf": ""}, {"csrf": "forged"}):
            assert mine.ask("POST", target, forged).status == 403, path


def test_a_browser_has_no_way_in_at_the_machines_doors(street: Street) -> None:
    mine = street.browser("importer")
    for method, path in (
        ("GET", "/v1/records/sold"),
        ("POST", "/v1/records/sold"),
        ("POST", "/capture"),
        ("GET", "/events"),
    ):
        assert mine.ask(method, path, body=b"{}" if method == "POST" else b"").status == 401


def test_a_name_is_locked_and_says_no_more_than_an_unknown_one(street: Street) -> None:
    attacker = street.browser()

    def tries(login: str) -> list[bytes]:
        return [attacker.log_in(login, "not-the-password").body.replace(login.encode(), b"?") for _ in range(6)]

    assert tries("importer") == tries("nobody-here")
    victim = street.browser()
    assert victim.log_in("importer").status == 401
    street.town.clock.advance(15 * MINUTE + 1)
    assert victim.log_in("importer").status == 303


def test_a_lock_does_not_throw_out_who_is_in(street: Street) -> None:
    victim, attacker = street.browser("importer"), street.browser()
    for _ in range(6):
        attacker.log_in("importer", "not-the-password")
    assert victim.ask("GET", "/account").status == 200


def test_guessing_the_second_password_ends_the_session(street: Street) -> None:
    thief = street.browser("importer")
    for _ in range(5):
        thief.ask("POST", "/account/confirm", {"csrf": thief.csrf, "password": "guess-guess"})
    assert is_out(thief.ask("GET", "/account"))


def test_a_confirmation_runs_out(street: Street) -> None:
    admin = street.browser("admin")
    erase = f"/admin/people/{street.town.people['store']}/erase"

    def asked_for_the_password() -> bool:
        answer = admin.ask("POST", erase, {"csrf": admin.csrf, "why": ""})
        assert answer.status in (403, 422)
        return answer.status == 403

    assert not asked_for_the_password()  # logged in just now
    street.town.clock.advance(5 * MINUTE + 1)
    assert asked_for_the_password()
    assert admin.ask("POST", "/account/confirm", {"csrf": admin.csrf, "password": PASSWORD}).status == 303
    assert not asked_for_the_password()


def test_a_session_ends_when_nobody_uses_it_and_after_a_shift(street: Street) -> None:
    idle, busy = street.browser("importer"), street.browser("store")
    street.town.clock.advance(29 * MINUTE)
    assert busy.ask("GET", "/account").status == 200
    street.town.clock.advance(2 * MINUTE)
    assert is_out(idle.ask("GET", "/account")) and busy.ask("GET", "/account").status == 200
    for _ in range(22):
        street.town.clock.advance(29 * MINUTE)
        assert busy.ask("GET", "/account").status == 200
    street.town.clock.advance(HOUR)
    assert is_out(busy.ask("GET", "/account"))


def test_what_was_granted_and_ended_counts_from_the_next_request(street: Street) -> None:
    db, people = street.town.house.db, street.town.people
    inspector = street.browser("inspector")
    assert inspector.ask("GET", "/regulator").status == 200
    [grant] = grants_of(db.reader(system("test")), people["inspector"])
    with db.write(system("test")) as w:
        end_grant(w, grant.id)
    assert inspector.ask("GET", "/regulator").status == 403
    with db.write(system("test")) as w:
        give_grant(w, people["inspector"], "310115", "cold_chain", ["read"])
    assert inspector.ask("GET", "/regulator").status == 200
    clerk = street.browser("importer")
    assert clerk.ask("GET", "/enterprise").status == 200
    [member] = memberships_of(db.reader(system("test")), people["importer"])
    with db.write(system("test")) as w:
        end_membership(w, member.id)
    assert clerk.ask("GET", "/enterprise").status == 403 and clerk.ask("GET", "/account").status == 200


def test_a_revoked_token_is_no_token(street: Street) -> None:
    db, secret = street.town.house.db, street.town.tokens["importer"]
    machine = Caller(street.world, "importer", street.loop, bearer=secret)
    assert machine.ask("GET", "/v1/time").status == 200
    number = db.reader(system("test")).scalar(
        api_token.select().with_only_columns(api_token.c.id).where(api_token.c.hash == secret_hash(secret)), INNER
    )
    with db.write(system("test")) as w:
        revoke_token(w, number)
    revoked, unknown = machine.ask("GET", "/v1/time"), Caller(street.world, "x", street.loop, bearer="bh_x")
    assert revoked.status == 401 and revoked == unknown.ask("GET", "/v1/time")


def test_acting_for_an_organisation_is_for_its_members_and_changes_what_is_seen(street: Street) -> None:
    db, own, people = street.town.house.db, street.town.organisations, street.town.people
    clerk = street.browser("importer")

    def act_for(party: str) -> Answer:
        return clerk.ask("POST", "/account/act-for", {"csrf": clerk.csrf, "party": party})

    hidden, unknown = act_for(own["store"]), act_for("org-0000000000000000")
    assert hidden.status == unknown.status == 403 and hidden.body == unknown.body
    with db.write(system("test")) as w:
        give_membership(w, people["importer"], own["store"], ["draft"])
        give_grant(w, people["importer"], "310107", "cold_chain", ["read"])
    assert clerk.ask("GET", "/regulator").status == 403  # grants rest while somebody acts for a firm
    assert act_for(own["store"]).status == 303
    assert "测试首站冷库" in clerk.ask("GET", "/enterprise").body.decode()
    assert act_for("").status == 303
    assert clerk.ask("GET", "/regulator").status == 200 and clerk.ask("GET", "/enterprise").status == 403


def test_log_out_ends_the_session_in_the_store_not_in_the_browser_alone(street: Street) -> None:
    mine, other = street.browser("importer"), street.browser("importer")
    stolen = street.browser()
    stolen.cookies[COOKIE] = mine.cookies[COOKIE]
    answer = mine.ask("POST", "/log-out", {"csrf": mine.csrf})
    mine.keep(answer)
    assert answer.status == 303 and COOKIE not in mine.cookies
    assert is_out(stolen.ask("GET", "/account")) and other.ask("GET", "/account").status == 200
    other.ask("POST", "/account/sessions/end", {"csrf": other.csrf})
    assert is_out(other.ask("GET", "/account"))


def test_a_new_password_ends_all_other_sessions(street: Street) -> None:
    mine, thief = street.browser("importer"), street.browser("importer")
    form = {
        "csrf": mine.csrf,
        "old_password": PASSWORD,
        "password": "another-horse-8",
        "password_again": "another-horse-8",
    }
    mine.keep(mine.ask("POST", "/account/password", form))
    assert mine.ask("GET", "/account").status == 200 and is_out(thief.ask("GET", "/account"))
    assert street.browser().log_in("importer").status == 401
