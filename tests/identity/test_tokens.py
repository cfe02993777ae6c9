"""Tokens of partner systems, and the access log."""

import pytest
import sqlalchemy as sa

from bihuan.base.clock import DAY, MINUTE
from bihuan.base.errors import Forbidden, Invalid, NotFound, StepUpNeeded
from bihuan.base.identity import (
    AccessBuffer,
    access_log_of,
    check_confirmed,
    check_sign,
    create_organisation,
    end_grant,
    end_membership,
    erase_person,
    give_membership,
    grants_of,
    issue_token,
    log_access,
    members_of,
    principal_of_token,
    prune_access_log,
    revoke_token,
    tokens_of,
)
from bihuan.base.identity.model import DOOR, INNER, api_token
from bihuan.base.principal import PUBLIC, Grant, system


def issue(city, issuer=None, days=30, **asked):
    with city.write(issuer or city.huangpu) as w:
        return issue_token(w, "仓库系统", valid_to=city.clock.now() + days * DAY, **asked)


def token(city, secret):
    return principal_of_token(city.db.reader(DOOR), secret)


def test_a_token_is_shown_once_kept_hashed_and_dated(city):
    secret = issue(city, party=city.importer, capabilities=["draft"])
    assert secret.startswith("bh_") and len(secret) > 50
    stored = repr(city.db.reader(DOOR).rows(sa.select(api_token), INNER))
    assert secret not in stored and secret[3:] not in stored
    found = token(city, secret)
    assert (found.kind, found.party, found.capabilities) == ("token", city.importer, {"draft"})
    for wrong in (secret[:-1], secret.upper(), "", "bh_", "令牌", "\ud800"):
        assert token(city, wrong) is None
    city.clock.advance(30 * DAY - 1)
    assert token(city, secret)
    city.clock.advance(1)
    assert token(city, secret) is None


def test_a_token_cannot_sign_or_administer(city):
    for asked in (
        {"capabilities": ["sign"]},
        {"capabilities": ["manage"]},
        {"scopes": [Grant("310101", "air", frozenset({"admin"}))]},
        {"scopes": [Grant("310101", "air", frozenset({"decide"}))]},
        {"days": 0},
    ):
        with pytest.raises(Invalid):
            issue(city, party=city.importer, **asked)
    found = token(city, issue(city, party=city.importer, capabilities=["draft"]))
    with pytest.raises(Forbidden):
        check_sign(found, "a", "a", city.clock.now())
    with pytest.raises(StepUpNeeded):
        check_confirmed(found, city.clock.now())


def test_scopes_lie_in_the_issuers_own(city):
    with pytest.raises(Forbidden):
        issue(city, party=city.importer, scopes=[Grant("310106", "air")])
    with pytest.raises(Forbidden):
        issue(city, party=city.importer, scopes=[Grant("310101", "*", frozenset({"read", "export"}))])
    found = token(city, issue(city, party=city.importer, scopes=[Grant("310101", "air"), Grant("310101", "air")]))
    assert Grant("310101", "air") in found.grants and Grant("310103", "air") in found.grants
    assert all(grant.line != "*" for grant in found.grants)


def test_a_persons_token_never_reaches_further_than_they_do_now(city):
    secret = issue(
        city, city.jingan, who=city.jingan, scopes=[Grant("310106", "cold_chain", frozenset({"read", "act"}))]
    )
    assert token(city, secret).may("act") and not token(city, secret).capabilities
    held = grants_of(city.reader(city.jingan), city.jingan)[0]
    with city.db.write(system("set-up")) as w:
        end_grant(w, held.id)
    assert not token(city, secret).grants


def test_who_may_issue_and_revoke(city):
    with pytest.raises(NotFound):
        issue(city, city.jingan, party=city.importer)
    with pytest.raises(NotFound):
        issue(city, city.clerk, party=city.importer)
    with city.write(city.huangpu) as w:
        give_membership(w, city.jingan, city.importer, role="organisation_manager")
    manager = city.who(city.jingan, city.importer)
    with city.db.write(manager) as w:
        secret = issue_token(w, "自动申报", party=city.importer, capabilities=["draft"], valid_to=w.now + DAY)
        with pytest.raises(Forbidden):
            issue_token(w, "越权", party=city.importer, scopes=[Grant("310101", "air")], valid_to=w.now + DAY)
        with pytest.raises(NotFound):
            issue_token(w, "别家", party=city.agency, valid_to=w.now + DAY)
    kept = tokens_of(city.db.reader(manager), city.importer)
    assert [each.name for each in kept] == ["自动申报"]
    with pytest.raises(NotFound):
        tokens_of(city.reader(city.clerk, city.importer), city.importer)
    with city.write(city.clerk, city.importer) as w:
        for number in (kept[0].id, "tok-unknown"):
            with pytest.raises(NotFound):
                revoke_token(w, number)
    with city.db.write(manager) as w:
        revoke_token(w, kept[0].id)
    assert token(city, secret) is None and tokens_of(city.db.reader(manager), city.importer)[0].revoked


def test_an_erased_persons_token_is_dead(city):
    secret = issue(city, city.clerk, who=city.clerk)
    assert token(city, secret)
    with city.write(city.huangpu) as w:
        erase_person(w, city.clerk, "本人申请")
    assert token(city, secret) is None


def test_the_log_is_read_by_area(city):
    with city.db.write(system("door")) as w:
        log_access(w, city.who(city.jingan), "case", "cas-1", "打开", "192.0.2.1")
        log_access(w, city.who(city.clerk, city.importer), "record", "rec-1", "打开", "192.0.2.2")
        log_access(w, PUBLIC, "lot", "lot-1", "扫码", "192.0.2.3")
    rows = {who: {each.row for each in access_log_of(city.reader(who))} for who in (city.admin, city.huangpu)}
    assert rows == {city.admin: {"cas-1", "rec-1"}, city.huangpu: {"rec-1"}}
    with pytest.raises(Forbidden):
        access_log_of(city.reader(city.jingan))
    with pytest.raises(Forbidden):
        access_log_of(city.reader(city.clerk), kind="record", row=city.clerk)
    all_of_it = access_log_of(city.db.reader(system("audit")))
    assert [each.row for each in all_of_it] == ["lot-1", "rec-1", "cas-1"]
    assert [each.row for each in access_log_of(city.reader(city.admin), person=city.jingan)] == ["cas-1"]


def test_page_views_are_gathered_and_lost_only_after_they_are_kept(city):
    buffer = AccessBuffer(limit=2)
    buffer.note(city.reader(city.clerk), "record", "rec-1", "查看", "192.0.2.2")
    assert not buffer.full
    city.clock.advance(MINUTE)
    buffer.note(city.reader(city.clerk), "record", "rec-2", "查看", "192.0.2.2")
    assert buffer.full and buffer.flush(city.db) == 2 and buffer.flush(city.db) == 0
    kept = access_log_of(city.reader(city.huangpu), kind="record")
    assert [each.row for each in kept] == ["rec-2", "rec-1"] and kept[0].at - kept[1].at == MINUTE


def test_the_log_is_kept_half_a_year(city):
    with city.db.write(system("door")) as w:
        log_access(w, city.who(city.clerk), "record", "rec-1", "查看", "")
    city.clock.advance(184 * DAY)
    with city.write(city.admin) as w, pytest.raises(Forbidden):
        prune_access_log(w)
    with city.db.write(system("sweeper")) as w:
        assert prune_access_log(w, keep=0) == 0
    city.clock.advance(1)
    with city.db.write(system("sweeper")) as w:
        assert prune_access_log(w) == 1


def test_members_of_a_hidden_organisation_are_hidden(city):
    with city.write(city.admin) as w:
        hidden = create_organisation(w, "静安冷库", kinds=["cold_store"], area="310106")
        number = give_membership(w, city.clerk, hidden, ["draft"])
    with pytest.raises(NotFound):
        members_of(city.reader(city.huangpu), hidden)
    with city.write(city.huangpu) as w, pytest.raises(NotFound):
        end_membership(w, number)
