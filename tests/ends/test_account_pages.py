"""Log-in and account pages: cookies, ways back, lock-out, first password, acting for an organisation, step-up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bihuan.base.clock import MINUTE
from bihuan.base.identity import create_account, create_person, give_membership
from bihuan.base.principal import system
from bihuan.ends.shared.cookies import COOKIE
from bihuan.ends.web import COOKIE as READ_BY_THE_FRONT
from houses import PASSWORD, Town, town

from .public_story import ORIGIN, Visitor


@pytest.fixture
def made() -> Iterator[Town]:
    built = town()
    yield built
    built.house.db.close()


@pytest.fixture
def visitor(made: Town) -> Visitor:
    return Visitor(made)


def test_the_front_reads_the_cookie_that_is_given() -> None:
    assert COOKIE == READ_BY_THE_FRONT


@pytest.mark.parametrize(
    ("login", "home"), [("importer", "/enterprise"), ("inspector", "/regulator"), ("admin", "/regulator")]
)
def test_log_in_leads_home(visitor: Visitor, login: str, home: str) -> None:
    answer = visitor.log_in(login)
    assert answer.status_code == 303 and answer.headers["location"] == home
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie


def test_behind_tls_the_cookie_is_secure(made: Town) -> None:
    made.house.secure_cookies = True
    assert "Secure" in Visitor(made).log_in("importer").headers["set-cookie"]


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/ledger?x=1", "/ledger?x=1"),
        ("https://evil.example/", "/enterprise"),
        ("//evil.example/", "/enterprise"),
        ("/\\evil.example", "/enterprise"),
        ("javascript:alert(1)", "/enterprise"),
        ("/log-out", "/enterprise"),
        ("/a\nb", "/enterprise"),
        ("http://testserver/ledger", "/ledger"),
        ("http://testserver.evil.example/ledger", "/enterprise"),
    ],
)
def test_after_log_in_only_our_own_pages_follow(visitor: Visitor, wanted: str, led: str) -> None:
    assert visitor.log_in("importer", next=wanted).headers["location"] == led


def test_wrong_password_and_unknown_name_have_one_answer_and_lock(visitor: Visitor) -> None:
    wrong = visitor.log_in("importer", "not-the-password")
    nobody = visitor.log_in("nobody-here", "not-the-password")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace("importer", "x") == nobody.text.replace("nobody-here", "x")
    assert "用户名或密码不对" in wrong.text and 'value="importer"' in wrong.text
    assert "not-the-password" not in wrong.text
    for _ in range(5):
        visitor.log_in("importer", "not-the-password")
    assert visitor.log_in("importer").status_code == 401
    visitor.town.clock.advance(16 * MINUTE)
    assert visitor.log_in("importer").status_code == 303


def test_log_in_from_another_site_is_refused(visitor: Visitor) -> None:
    data = {"login": "importer", "password": PASSWORD}
    assert visitor.client.post("/log-in", data=data, headers={"origin": "http://evil.example"}).status_code == 403


def test_log_out_ends_the_session(visitor: Visitor) -> None:
    visitor.log_in("importer")
    stolen = visitor.client.cookies.get(COOKIE)
    assert visitor.post("/log-out", {}, shown_at="/account").status_code == 303
    assert stolen
    visitor.client.cookies.set(COOKIE, stolen)
    assert visitor.get("/account").headers["location"] == "/log-in?next=/account"


def test_the_account_page_shows_grants_organisations_and_sessions(visitor: Visitor) -> None:
    visitor.log_in("importer")
    page = visitor.get("/account").text
    assert "测试进口商" in page and "填报" in page and "本次" in page and "陈*" in page and "陈一" not in page
    visitor.client.cookies.clear()
    visitor.log_in("officer")
    assert "上海市" in visitor.get("/account").text


def test_somebody_of_two_organisations_chooses(made: Town) -> None:
    with made.house.db.write(system("test")) as w:
        give_membership(w, made.people["importer"], made.organisations["store"], ["draft"])
    visitor = Visitor(made)
    assert visitor.log_in("importer").headers["location"] == "/account"
    answer = visitor.post("/account/act-for", {"party": made.organisations["store"]}, shown_at="/account")
    assert answer.headers["location"] == "/enterprise"
    refused = visitor.post("/account/act-for", {"party": made.organisations["warehouse"]}, shown_at="/account")
    assert refused.status_code == 403 and "不是该单位的成员" in refused.text


def test_a_first_password_must_be_changed_before_anything_else(made: Town) -> None:
    with made.house.db.write(system("test")) as w:
        who = create_person(w, "新人", area="310115")
        create_account(w, who, "newcomer", "first-pass-123")
        give_membership(w, who, made.organisations["importer"], ["draft"])
    visitor = Visitor(made)
    assert visitor.log_in("newcomer", "first-pass-123").headers["location"] == "/account/password"
    assert visitor.get("/records").status_code == 403
    assert visitor.get("/account").status_code == 200
    typed = {"old_password": "first-pass-123", "password": "my-own-words-9", "password_again": "my-own-words-8"}
    assert "不一致" in visitor.post("/account/password", typed).text
    weak = visitor.post("/account/password", typed | {"password": "short", "password_again": "short"})
    assert weak.status_code == 422 and "至少" in weak.text and "first-pass-123" not in weak.text
    old = visitor.client.cookies.get(COOKIE)
    done = visitor.post("/account/password", typed | {"password_again": "my-own-words-9"})
    assert done.headers["location"] == "/account" and visitor.client.cookies.get(COOKIE) != old
    visitor.client.cookies.clear()
    assert visitor.log_in("newcomer", "my-own-words-9").headers["location"] == "/enterprise"


def test_the_password_once_more_leads_back(visitor: Visitor) -> None:
    visitor.log_in("importer")
    wrong = visitor.post("/account/confirm", {"password": "not-this-one", "next": "/ledger"})
    assert wrong.status_code == 403 and "密码不对" in wrong.text and 'value="/ledger"' in wrong.text
    right = visitor.post("/account/confirm", {"password": PASSWORD, "next": "http://testserver/ledger"})
    assert right.headers["location"] == "/ledger"
    elsewhere = visitor.post("/account/confirm", {"password": PASSWORD, "next": "//evil"})
    assert elsewhere.headers["location"] == "/enterprise"


def test_log_out_everywhere(visitor: Visitor) -> None:
    other = Visitor(visitor.town)
    other.log_in("importer")
    visitor.log_in("importer")
    visitor.post("/account/sessions/end", {}, shown_at="/account")
    assert other.get("/account").status_code == 303


def test_demonstration_log_ins_show_on_the_demonstration_store_only(made: Town) -> None:
    assert made.house.demo
    made.house.demo = False
    assert "演示账号" not in Visitor(made).get("/log-in").text


def test_a_form_without_the_session_token_is_refused(visitor: Visitor) -> None:
    visitor.log_in("importer")
    assert visitor.client.post("/account/sessions/end", data={"csrf": "x"}, headers=ORIGIN).status_code == 403
