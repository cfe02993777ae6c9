"""Log-in, lock-out, sessions, CSRF, step-up, acting on behalf, signing."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.base.clock import DAY, MINUTE, SECOND
from bihuan.base.errors import Conflict, Forbidden, Invalid, StepUpNeeded, Unauthenticated
from bihuan.base.identity import (
    act_for,
    challenge,
    change_password,
    check_confirmed,
    check_csrf,
    check_sign,
    close_account,
    create_account,
    csrf_token,
    end_membership,
    log_in,
    log_out,
    memberships_of,
    needs_touch,
    reset_password,
    settle,
    step_up,
    sweep_sessions,
    touch,
)
from bihuan.base.identity.model import DOOR, INNER, account, session
from bihuan.base.identity.passwords import Source, count_failure, locked
from bihuan.base.principal import PUBLIC, system

OURS = "https://bihuan.example"


def refused(city, login="zhang.xm", password="wrong password", address="198.51.100.7"):
    with pytest.raises(Unauthenticated) as answer:
        city.log_in(login, password, address)
    return answer.value


def test_the_right_password_opens_a_session(city):
    opened = city.log_in(" ＺＨＡＮＧ.xm ")
    found = city.session(opened.cookie)
    assert found.principal.person == city.clerk and found.principal.party is None
    assert found.principal.name == "张*明"
    stored = city.db.reader(DOOR).rows(sa.select(session), INNER)
    assert [row["hash"] for row in stored] == [opened.hash]
    assert opened.cookie not in repr(opened) + repr(stored)


def test_unknown_name_wrong_password_and_lock_are_one_answer(city):
    answers = [refused(city), refused(city, "nobody.here"), refused(city, ""), refused(city, "张\ud800")]
    for login in ("zhang.xm", "nobody.here"):
        for _ in range(6):
            answers.append(refused(city, login, address="203.0.113.9"))
    answers.append(refused(city, "zhang.xm", city.password))
    assert len({(answer.status, answer.code, answer.words, answer.faults) for answer in answers}) == 1


def test_an_unknown_name_costs_the_same_hash(city):
    known = challenge(city.db.reader(DOOR), "zhang.xm", city.policy)
    unknown = challenge(city.db.reader(DOOR), "nobody.here", city.policy)
    assert known.fits(city.password) and not known.fits(city.password + " ")
    assert unknown.stored is None and not unknown.fits(city.password)
    assert not known.fits("x" * 1_000_000)


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(city):
    for _ in range(4):
        refused(city)
    city.log_in()
    for _ in range(5):
        refused(city)
    refused(city, password=city.password)
    city.clock.advance(15 * MINUTE - 1)
    refused(city, password=city.password)
    city.clock.advance(1)
    assert city.log_in()


def test_trying_on_does_not_lengthen_the_lock(city):
    for _ in range(5):
        refused(city)
    for _ in range(14):
        city.clock.advance(MINUTE)
        refused(city)
    city.clock.advance(MINUTE)
    assert city.log_in()


def test_failures_far_apart_do_not_add_up(city):
    for _ in range(20):
        refused(city)
        city.clock.advance(4 * MINUTE)
    assert city.log_in()


def test_the_window_opens_with_the_first_failure(city):
    for wait, locks in ((15 * MINUTE, False), (15 * MINUTE - 1, True)):
        with city.db.write(DOOR) as w:
            key = w.new_id("key")
            for _ in range(4):
                assert not count_failure(w, key, 5, city.policy)
        city.clock.advance(wait)
        with city.db.write(DOOR) as w:
            assert count_failure(w, key, 5, city.policy) is locks


def test_an_address_is_locked_only_after_many_names(city):
    for n in range(59):
        refused(city, f"name{n}", address="2001:db8:1:2::1")
    assert city.log_in(address="2001:db8:1:2::99")
    refused(city, "one.more", address="2001:db8:1:2:ffff::5")
    refused(city, password=city.password, address="2001:db8:1:2::99")
    assert city.log_in(address="2001:db8:1:3::99")
    city.clock.advance(15 * MINUTE)
    assert city.log_in(address="2001:db8:1:2::99")


def test_guesses_checked_side_by_side_gain_nothing(city):
    asked = challenge(city.db.reader(DOOR), "zhang.xm", city.policy)
    answers = []
    for n in range(8):
        with city.db.write(DOOR) as w:
            answers.append(settle(w, asked, n == 6, "198.51.100.7"))
    assert answers == [None] * 8


def test_a_password_changed_meanwhile_is_not_right_any_more(city):
    asked = challenge(city.db.reader(DOOR), "zhang.xm", city.policy)
    with city.write(city.huangpu) as w:
        reset_password(w, city.clerk, "quite another one", city.policy)
    with city.db.write(DOOR) as w:
        assert settle(w, asked, asked.fits(city.password), "198.51.100.7") is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([0, 1, 4, 14, 15, 16]), st.booleans()), max_size=30))
def test_lock_follows_its_law(city, steps):
    """The law said in another way: five failures within fifteen minutes of the first, none of them in a lock."""
    with city.db.write(DOOR) as w:
        key = w.new_id("key")
    run, until = [], 0
    for minutes, fails in steps:
        city.clock.advance(minutes * MINUTE)
        now = city.clock.now()
        assert locked(city.db.reader(DOOR), key) == (now < until)
        if not fails:
            continue
        with city.db.write(DOOR) as w:
            count_failure(w, key, 5, city.policy)
        if now < until:
            continue
        if run and now - run[0] >= 15 * MINUTE:
            run = []
        run.append(now)
        if len(run) == 5:
            run, until = [], now + 15 * MINUTE


def test_a_planted_or_old_cookie_is_worth_nothing_after_log_in(city):
    assert city.session("chosen-by-a-stranger") is None
    planted = log_in(city.db, "zhang.xm", city.password, "198.51.100.7", "chosen-by-a-stranger", city.policy)
    assert planted.cookie != "chosen-by-a-stranger" and city.session("chosen-by-a-stranger") is None
    again = log_in(city.db, "zhang.xm", city.password, "198.51.100.7", planted.cookie, city.policy)
    assert city.session(planted.cookie) is None and city.session(again.cookie) is not None


def test_a_session_ends_idle_or_after_a_shift_or_on_log_out(city):
    opened = city.log_in()
    city.clock.advance(30 * MINUTE - 1)
    assert city.session(opened.cookie)
    city.clock.advance(1)
    assert city.session(opened.cookie) is None

    opened = city.log_in()
    for _ in range(12 * 60 // 20 - 1):
        city.clock.advance(20 * MINUTE)
        known = city.session(opened.cookie).session
        assert needs_touch(known, city.clock.now(), city.policy)
        with city.db.write(DOOR) as w:
            touch(w, known, city.policy)
    city.clock.advance(20 * MINUTE - 1)
    assert city.session(opened.cookie)
    city.clock.advance(1)
    assert city.session(opened.cookie) is None

    opened = city.log_in()
    with city.db.write(DOOR) as w:
        log_out(w, opened.cookie)
    assert city.session(opened.cookie) is None
    city.clock.advance(2 * DAY)
    with city.db.write(DOOR) as w:
        assert sweep_sessions(w, city.policy) == 3


def test_csrf_token_of_another_session_is_refused(city):
    mine, other = city.log_in(), city.log_in()
    check_csrf(mine, csrf_token(mine), OURS, OURS)
    bad = [
        (csrf_token(other), OURS),
        (csrf_token(mine), None),
        (csrf_token(mine), "null"),
        (csrf_token(mine), OURS + ".evil.example"),
        ("", OURS),
        (None, OURS),
        ("令牌", OURS),
        (csrf_token(mine).upper(), OURS),
    ]
    for token, origin in bad:
        with pytest.raises(Forbidden):
            check_csrf(mine, token, origin, OURS)


def test_step_up_lasts_five_minutes(city):
    opened = city.log_in()
    city.clock.advance(5 * MINUTE)
    check_confirmed(city.session(opened.cookie).principal, city.clock.now())
    city.clock.advance(1)
    with pytest.raises(StepUpNeeded):
        check_confirmed(city.session(opened.cookie).principal, city.clock.now())
    step_up(city.db, opened, city.password, "198.51.100.7", city.policy)
    check_confirmed(city.session(opened.cookie).principal, city.clock.now())
    for never in (PUBLIC, city.who(city.clerk, confirmed=False)):
        with pytest.raises(StepUpNeeded):
            check_confirmed(never, city.clock.now())


def test_the_fifth_wrong_step_up_ends_the_session_but_locks_nobody(city):
    opened = city.log_in()
    for _ in range(5):
        with pytest.raises(StepUpNeeded):
            step_up(city.db, opened, "wrong password", "198.51.100.7", city.policy)
    assert city.session(opened.cookie) is None
    with pytest.raises(Unauthenticated):
        step_up(city.db, opened, city.password, "198.51.100.7", city.policy)
    assert city.log_in()


def test_a_lock_from_outside_leaves_the_owner_in(city):
    opened = city.log_in()
    for _ in range(5):
        refused(city, address="203.0.113.9")
    assert step_up(city.db, opened, city.password, "198.51.100.7", city.policy)


def test_acting_for_an_organisation_ends_with_the_membership(city):
    opened = city.log_in()
    with city.db.write(DOOR) as w:
        act_for(w, opened, city.importer)
        with pytest.raises(Forbidden):
            act_for(w, opened, city.agency)
        with pytest.raises(Forbidden):
            act_for(w, opened, "org-unknown")
    acting = city.session(opened.cookie).principal
    assert acting.party == city.importer and acting.capabilities == {"draft", "sign"}
    held = memberships_of(city.reader(city.clerk), city.clerk)[0]
    with city.write(city.huangpu) as w:
        end_membership(w, held.id, city.clock.now() + SECOND)
    assert city.session(opened.cookie).principal.party == city.importer
    city.clock.advance(SECOND)
    ended = city.session(opened.cookie).principal
    assert ended.party is None and not ended.capabilities


def test_changing_the_password_ends_all_other_sessions(city):
    with city.write(city.huangpu) as w:
        reset_password(w, city.clerk, "given by the admin", city.policy)
    here, there = city.log_in(password="given by the admin"), city.log_in(password="given by the admin")
    assert here.must_change
    bare = city.session(here.cookie).principal
    assert not bare.grants and not bare.capabilities and bare.party is None
    with pytest.raises(StepUpNeeded):
        change_password(city.db, here, "not the old one", "lang-hua-2020", "198.51.100.7", city.policy)
    for weak in ("short", "x" * 300, "ZHANG.XM-12345", "aaaaaaaaaaaa"):
        with pytest.raises(Invalid):
            change_password(city.db, here, "given by the admin", weak, "198.51.100.7", city.policy)
    fresh = change_password(city.db, here, "given by the admin", "lang-hua-2020", "198.51.100.7", city.policy)
    assert city.session(here.cookie) is None and city.session(there.cookie) is None
    assert not city.session(fresh.cookie).session.must_change
    assert city.log_in(password="lang-hua-2020")


def test_a_closed_account_is_out_at_once(city):
    opened = city.log_in()
    with city.write(city.huangpu) as w:
        close_account(w, city.clerk)
    assert city.session(opened.cookie) is None
    refused(city, password=city.password)


def test_stored_hashes_are_argon2id_as_owasp_says(city):
    with city.db.write(system("set-up")) as w:
        create_account(w, city.jingan, "chen", "ping-an-li-2020")
    stored = city.db.reader(DOOR).scalar(sa.select(account.c.hash).where(account.c.login == "chen"), INNER)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_count_survives_a_name_that_is_a_password(city):
    assert "zhang" not in Source("zhang.xm", "").login_row
    assert Source("x", "::ffff:198.51.100.7").address_row == Source("x", "198.51.100.7").address_row


def test_a_signature_covers_what_was_shown(city):
    signer, now = city.who(city.clerk, city.importer), city.clock.now()
    check_sign(signer, "ab12", "ab12", now)
    with pytest.raises(Conflict) as changed:
        check_sign(signer, "ab12", "ab13", now)
    assert changed.value.code == "changed_since_shown"
    with pytest.raises(StepUpNeeded):
        check_sign(signer, "ab12", "ab12", now + 5 * MINUTE + 1)
    for powerless in (city.who(city.clerk), city.who(city.admin), PUBLIC, system("job")):
        with pytest.raises(Forbidden) as answer:
            check_sign(powerless, "ab12", "ab12", now)
        assert answer.value.code == "may_not_sign"
