"""The way from a draft to a record that binds: by the principal person's own signature, over what was shown, or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.records import Voided
from bihuan.base.clock import CIVIL, DAY, HOUR, MINUTE, moment
from bihuan.base.db import Open, Reader, Writer
from bihuan.base.declare import compiled
from bihuan.base.declare.compiled import DeclarationError
from bihuan.base.errors import Conflict, Forbidden, Refused
from bihuan.base.identity import access_organisation, end_engagement, end_membership, give_membership, principal_for
from bihuan.base.principal import Principal, system
from bihuan.base.records import fact, keep, record
from bihuan.base.records.batch import open_batch
from bihuan.base.records.signatures import Signing, check_declared, signature_of
from bihuan.base.records.spreadsheets import check_rows
from bihuan.base.records.tables import read_pasted
from bihuan.base.records.to_sign import acts_of, one_to_sign
from bihuan.protocols.epcis.write import STANDARD_CONTEXT
from houses import PASSWORD

from .stage import FILING, NOTE, Filing, Stage, stage


@pytest.fixture
def made() -> Iterator[Stage]:
    found = stage()
    yield found
    found.house.db.close()


_ALL = Open("the test looks at everything")


def _row(seq: int) -> sa.Select[Any]:
    return sa.select(record).where(record.c.seq == seq)


def _filing() -> Filing:
    return Filing(time=datetime(2024, 3, 1, 9, tzinfo=CIVIL), what="甲")


def organisation_of(reader: Reader, party: str) -> str:
    """The credit code of an organisation."""
    return str(access_organisation(reader, party).uscc)


def boss_of(made: Stage) -> Principal:
    """The principal person now, with the password just given."""
    now = made.clock.now()
    return principal_for(made.house.db.reader(system("test")), made.ids["boss"], made.ids["firm"], now, confirmed_at=now)


def _void_by_event(made: Stage, named: str) -> Any:
    """An event of the same firm, by its token, that takes the record of that id back."""
    goods = made.house.registry.goods["cold_chain"]
    step = Voided(time=moment(made.clock.now()), reason="x")
    event = goods.to_event(step, id="urn:uuid:00000000-0000-4000-8000-000000000001", supersedes=named)
    body = msgspec.json.Encoder(decimal_format="number").encode({"@context": [STANDARD_CONTEXT, dict(goods.namespaces)], **event})
    head = {"authorization": f"Bearer {made.tokens['firm']}", "content-type": "application/json"}
    return made.client.post("/events", content=body, headers=head)


def _standing(made: Stage) -> list[bool]:
    """Of each filing, whether it stands: no record takes its place, and its fact is alive."""
    reader = made.house.db.reader(system("test"))
    found = []
    for seq, _, _ in made.filings():
        live = reader.scalar(sa.select(fact.c.live).where(fact.c.seq == seq), _ALL)
        found.append(reader.one(_row(seq), _ALL)["superseded_by"] is None and bool(live))
    return found


def _foreseen(own: Callable[[Writer, str], str], prefix: str) -> Callable[[Writer, str], str]:
    return lambda w, wanted: f"{prefix}-foreseen" if wanted == prefix else own(w, wanted)


def test_a_clerk_drafts_and_the_principal_signs(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    draft = clerk.draft("甲", tons="1.5")
    assert made.filings() == []
    page = boss.get(f"/enterprise/signing/{draft}").text
    shown = boss.shown(draft)
    assert "甲" in page and "承诺其真实" in page
    assert " ".join(re.findall("....", shown["hash"])) in page
    answer = boss.sign(draft)
    assert answer.status_code == 303, answer.text
    [(seq, envelope, payload)] = made.filings()
    head = f"bihuan signature 1\n{FILING}\n{made.ids['firm']}\n\n".encode()
    assert shown["hash"] == hashlib.sha256(head + payload).hexdigest()
    signed = envelope.signature
    assert signed is not None
    assert (signed.by, signed.party, signed.capacity) == (made.ids["boss"], made.ids["firm"], "principal")
    assert (signed.hash, signed.at, signed.drafted_by, signed.agency) == (
        shown["hash"], made.clock.now(), made.ids["clerk"], "",
    )  # fmt: skip
    receipt = boss.get(answer.headers["location"]).text
    assert "主要负责人签署" in receipt and "2024-03-01" in receipt
    ref = answer.headers["location"].rpartition("/")[2]
    assert "主要负责人签署" in boss.get(f"/records/{ref}").text
    assert signature_of(made.house.db.reader(system("test")), seq) == signed
    # The same button twice is one record.
    assert boss.sign(draft, shown).headers["location"] == answer.headers["location"]
    assert len(made.filings()) == 1


def test_no_name_of_a_person_stands_in_the_bytes(made: Stage) -> None:
    draft = made.person("agent").enter("firm").draft("乙", contact="周七")
    made.person("boss").enter().sign(draft)
    [(_, envelope, payload)] = made.filings()
    whole = json.dumps(envelope.signature and envelope.signature.by) + payload.decode()
    assert "boss某" not in whole and "agent某" not in whole and "周七" not in whole


def test_an_agency_drafts_by_name_and_cannot_sign(made: Stage) -> None:
    agent = made.person("agent").enter("firm")
    draft = agent.draft("丙")
    boss = made.person("boss").enter()
    assert "测试agency" in boss.get(f"/enterprise/signing/{draft}").text
    assert agent.shown(draft) == {}
    refused = agent.sign(draft, boss.shown(draft))
    assert refused.status_code == 403
    assert made.filings() == []
    boss.sign(draft)
    [(_, envelope, _)] = made.filings()
    assert envelope.signature is not None
    assert (envelope.signature.agency, envelope.signature.drafted_by) == (made.ids["agency"], made.ids["agent"])


def test_an_engagement_that_has_ended_opens_nothing(made: Stage) -> None:
    agent = made.person("agent").enter("firm")
    draft = agent.draft("丁")
    with made.house.db.write(system("test")) as w:
        end_engagement(w, made.ids["engagement"])
    assert agent.get(f"/enterprise/signing/{draft}").status_code == 403  # no organisation to act for is left
    agent.post("/account/act-for", {"party": made.ids["firm"]})
    assert agent.hand_in("戊").status_code == 403


def test_the_principal_engages_an_agency_and_ends_it(made: Stage) -> None:
    boss, clerk = made.person("boss").enter(), made.person("clerk").enter()
    here = "/enterprise/agencies"
    with made.house.db.write(system("test")) as w:
        end_engagement(w, made.ids["engagement"])
        code = organisation_of(w, made.ids["agency"])
    assert "不能签署" in clerk.get(here).text
    assert clerk.post(here, {"uscc": code}).status_code == 403
    made.clock.advance(6 * MINUTE)
    assert boss.post(here, {"uscc": code}).status_code == 403  # the password is too old
    assert boss.post(here, {"uscc": code, "confirm_password": PASSWORD, "until": "2024-02-01"}).status_code == 422
    assert boss.post(here, {"uscc": "91310115MA1K35B44N"}).status_code == 422
    assert boss.post(here, {"uscc": code, "until": "2024-03-02"}).status_code == 303
    assert boss.post(here, {"uscc": code}).status_code == 409
    agent = made.person("agent").enter("firm")
    assert "代表" in agent.get("/account").text and agent.draft("甲")
    [number] = re.findall(r"/enterprise/agencies/(eng-\w+)/end", boss.get(here).text)
    assert clerk.post(f"{here}/{number}/end", {}).status_code == 403
    assert made.person("other").enter().post(f"{here}/{number}/end", {}).status_code == 404
    made.clock.advance(2 * DAY)  # it was until the end of 2 March
    agent, boss = made.person("agent").enter(), made.person("boss").enter()
    agent.post("/account/act-for", {"party": made.ids["firm"]})
    assert agent.get("/enterprise/signing").text.count("安全申报") == 0
    assert boss.post(f"{here}/{number}/end", {}).status_code == 409


def test_the_agency_does_nothing_else_for_its_client(made: Stage) -> None:
    agent = made.person("agent").enter("firm")
    answer = agent.post(f"/enterprise/report/{NOTE}", {"on": "2024-03-01", "what": "x", "act": "send"})
    assert answer.status_code in (403, 409) and len(made.entries()) == 0
    made.person("boss").enter()
    refused = agent.post(f"/enterprise/agencies/{made.ids['engagement']}/end", {"confirm_password": PASSWORD})
    assert refused.status_code == 403


def test_what_changed_since_it_was_shown_is_told_and_not_signed(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    draft = clerk.draft("甲")
    shown = boss.shown(draft)
    changed = {"time": "2024-03-01T09:00", "what": "甲改", "act": "save", "version": "1"}
    assert clerk.post(f"/enterprise/signing/{draft}/edit", changed).status_code == 303
    answer = boss.sign(draft, shown)
    assert answer.status_code == 409
    assert "由“甲”改为“甲改”" in answer.text
    assert made.filings() == []
    # The newest content is on that page, under its own hash, and can be signed from there.
    assert boss.shown(draft)["hash"] != shown["hash"]
    assert boss.sign(draft).status_code == 303


def test_two_editors_are_told_of_each_other_and_lose_nothing(made: Stage) -> None:
    clerk, agent = made.person("clerk").enter(), made.person("agent").enter("firm")
    draft = clerk.draft("甲")
    one = {"time": "2024-03-01T09:00", "what": "一", "act": "save", "version": "1"}
    assert clerk.post(f"/enterprise/signing/{draft}/edit", one).status_code == 303
    answer = agent.post(f"/enterprise/signing/{draft}/edit", {**one, "what": "二"})
    assert answer.status_code == 409
    assert "由“甲”改为“一”" in answer.text and ">二</textarea>" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert agent.post(f"/enterprise/signing/{draft}/edit", {**one, "what": "二", "version": "2"}).status_code == 303


def test_a_stale_password_does_not_sign(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    draft = clerk.draft("甲")
    made.clock.advance(6 * MINUTE)
    assert boss.sign(draft).status_code == 403
    assert boss.sign(draft, confirm_password="wrong").status_code == 403
    assert made.filings() == []
    assert boss.sign(draft, confirm_password=PASSWORD).status_code == 303


def test_the_promise_is_asked_for(made: Stage) -> None:
    boss = made.person("boss").enter()
    draft = boss.draft("甲")
    assert boss.sign(draft, promise="").status_code == 422
    assert made.filings() == []


def test_a_former_principal_signs_nothing_and_the_new_one_does(made: Stage) -> None:
    clerk, boss, heir = (made.person(name).enter() for name in ("clerk", "boss", "heir"))
    draft = clerk.draft("甲")
    shown = boss.shown(draft)
    assert heir.sign(draft, shown).status_code == 403
    with made.house.db.write(system("test")) as w, pytest.raises(Conflict):
        give_membership(w, made.ids["heir"], made.ids["firm"], role="principal")
    with made.house.db.write(system("test")) as w:
        end_membership(w, made.ids["boss.role"])
        give_membership(w, made.ids["boss"], made.ids["firm"], role="signatory")
        give_membership(w, made.ids["heir"], made.ids["firm"], role="principal", valid_from=w.now + DAY)
    assert boss.sign(draft, shown).status_code == 403
    assert heir.sign(draft, shown).status_code == 403  # not before the day
    made.clock.advance(DAY)
    heir = made.person("heir").enter()
    assert heir.sign(draft, shown).status_code == 303


def test_a_principal_as_of_the_request_is_asked_again_in_the_transaction(made: Stage) -> None:
    """A role that ends between the page and the write does not sign."""
    reader = made.house.db.reader(system("test"))
    boss = principal_for(reader, made.ids["boss"], made.ids["firm"], made.clock.now(), confirmed_at=made.clock.now())
    with made.house.db.write(system("test")) as w:
        end_membership(w, made.ids["boss.role"])
    with made.house.db.write(boss) as w, pytest.raises(Forbidden):
        keep(w, _filing(), app="filed", door="form", signing=Signing("0" * 64))


def test_nothing_is_kept_without_a_signature(made: Stage) -> None:
    """The one function that keeps records refuses, whoever asks: a job, a token, a person with every capability."""
    every = frozenset({"draft", "sign", "manage", "principal"})
    now = made.clock.now()
    for who in (
        system("simulation"),
        Principal("system", "system:x", party=made.ids["firm"], capabilities=every, person=made.ids["boss"], confirmed_at=now),
        Principal("token", "tok-x", party=made.ids["firm"], capabilities=every, person=made.ids["boss"], confirmed_at=now),
        Principal("person", made.ids["clerk"], person=made.ids["clerk"], party=made.ids["firm"], capabilities=every, confirmed_at=now),
        Principal("person", made.ids["other"], person=made.ids["other"], party=made.ids["firm"], capabilities=every, confirmed_at=now),
        Principal("person", made.ids["other"], person=made.ids["other"], party=made.ids["elsewhere"], capabilities=every, confirmed_at=now),
    ):  # fmt: skip
        for signing in (None, Signing("0" * 64)):
            with made.house.db.write(who) as w, pytest.raises((Refused, Forbidden)):
                keep(w, _filing(), app="filed", door="form", party=made.ids["firm"], signing=signing)
    assert made.filings() == []


def test_a_token_neither_states_nor_takes_away(made: Stage) -> None:
    boss = made.person("boss").enter()
    boss.sign(boss.draft("甲"))
    [(seq, envelope, _)] = made.filings()
    for firm in ("firm", "agency"):
        head = {"authorization": f"Bearer {made.tokens[firm]}", "idempotency-key": f"k-{firm}"}
        body = {"time": "2024-03-01T09:00:00+08:00", "what": "乙"}
        answer = made.client.post(f"/v1/records/{FILING}", json=body, headers=head)
        assert (answer.status_code, answer.json()["code"]) == (422, "needs_signature"), answer.text
        note = {"on": "2024-03-01", "what": "x"}
        answer = made.client.post(f"/v1/records/{NOTE}?supersedes={envelope.id}", json=note, headers=head)
        if firm == "firm":
            assert (answer.status_code, answer.json()["code"]) == (422, "needs_signature"), answer.text
    assert len(made.filings()) == 1
    row = made.house.db.reader(system("test")).one(_row(seq), _ALL)
    assert row["superseded_by"] is None


def test_a_token_hands_a_draft_in_and_no_more(made: Stage) -> None:
    head = {"authorization": f"Bearer {made.tokens['firm']}", "idempotency-key": "d-1"}
    body = {"time": "2024-03-01T09:00:00+08:00", "what": "乙"}
    path = f"/v1/records/{FILING}?draft=yes"
    answer = made.client.post(path, json=body, headers=head)
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting"), answer.text
    draft = answer.json()["draft"]
    assert made.client.post(path, json=body, headers=head).json()["draft"] == draft
    assert made.client.post(path, json={**body, "what": "丙"}, headers=head).status_code == 409
    assert made.client.post(f"{path}&supersedes=nothing", json=body, headers=head | {"idempotency-key": "d-2"}).status_code == 422
    assert made.client.post(f"/v1/records/{NOTE}?draft=yes", json={"on": "2024-03-01", "what": "x"}, headers=head).status_code == 422
    assert made.filings() == []
    boss = made.person("boss").enter()
    assert "接口令牌" in boss.get(f"/enterprise/signing/{draft}").text
    assert boss.sign(draft).status_code == 303
    [(_, envelope, _)] = made.filings()
    assert envelope.signature is not None and envelope.signature.drafted_by.startswith("tok-")


def test_what_the_interface_says_of_itself_tells_of_drafts(made: Stage) -> None:
    paths = made.client.get("/v1/openapi.json", headers={"authorization": f"Bearer {made.tokens['firm']}"}).json()["paths"]
    assert set(paths[f"/v1/records/{FILING}"]["post"]["responses"]) >= {"202", "422"}
    assert "201" not in paths[f"/v1/records/{FILING}"]["post"]["responses"]
    assert "201" in paths[f"/v1/records/{NOTE}"]["post"]["responses"]


def test_an_event_that_names_a_signed_record_is_refused(made: Stage) -> None:
    boss = made.person("boss").enter()
    boss.sign(boss.draft("甲"))
    [(_seq, envelope, _)] = made.filings()
    answer = _void_by_event(made, envelope.id)
    assert answer.status_code == 403, answer.text
    assert _standing(made) == [True]


def test_an_event_that_came_before_takes_nothing_away_either(made: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = made.person("boss").enter()
    draft = boss.draft("乙")
    monkeypatch.setattr(Writer, "new_id", _foreseen(Writer.new_id, "sig"))
    assert _void_by_event(made, "sig-foreseen").status_code in (200, 201, 202)
    assert boss.sign(draft).status_code == 303
    assert [envelope.id for _, envelope, _ in made.filings()] == ["sig-foreseen"]
    assert _standing(made) == [True]
    made.house.catch_up()
    assert _standing(made) == [True]


def test_a_correction_is_signed_again_and_keeps_the_history(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    first = boss.sign(clerk.draft("甲")).headers["location"].rpartition("/")[2]
    draft = clerk.draft("甲更正", corrects=first)
    assert len(made.filings()) == 1
    late = clerk.draft("又更正", corrects=first)
    assert boss.sign(draft).status_code == 303
    [(one, old, _), (two, new, _)] = made.filings()
    assert new.supersedes == old.id and new.signature is not None
    reader = made.house.db.reader(system("test"))
    assert reader.one(_row(one), _ALL)["superseded_by"] == reader.one(_row(two), _ALL)["ref"]
    assert "已更正或作废" in boss.get(f"/enterprise/sent/{first}").text
    # A second correction of the same record is too late: it was corrected otherwise meanwhile.
    assert boss.sign(late).status_code == 409
    assert len(made.filings()) == 2


def test_a_draft_is_given_back_with_a_remark_mended_and_withdrawn(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    draft = clerk.draft("甲")
    shown = boss.shown(draft)
    assert boss.post(f"/enterprise/signing/{draft}", {"act": "return", "remark": " "}).status_code == 422
    assert clerk.post(f"/enterprise/signing/{draft}", {"act": "return", "remark": "x"}).status_code == 403
    assert boss.post(f"/enterprise/signing/{draft}", {"act": "return", "remark": "数量不对"}).status_code == 303
    assert "数量不对" in clerk.get(f"/enterprise/signing/{draft}").text
    assert "已退回" in clerk.get("/messages").text
    assert boss.sign(draft, shown).status_code == 409
    again = {"time": "2024-03-01T09:00", "what": "甲", "tons": "2", "act": "save", "version": "1"}
    assert clerk.post(f"/enterprise/signing/{draft}/edit", again).status_code == 303
    assert clerk.post(f"/enterprise/signing/{draft}", {"act": "withdraw"}).status_code == 303
    assert boss.sign(draft, shown).status_code == 409
    reader = made.house.db.reader(boss_of(made))
    assert one_to_sign(reader, draft).state == "withdrawn"
    assert [each.act for each in acts_of(reader, draft)] == ["drafted", "returned", "changed", "withdrawn"]
    assert made.filings() == []


def test_another_firm_sees_none_of_it(made: Stage) -> None:
    draft = made.person("clerk").enter().draft("甲")
    other = made.person("other").enter()
    assert other.get(f"/enterprise/signing/{draft}").status_code == 404
    assert other.get(f"/enterprise/signing/{draft}").text == other.get("/enterprise/signing/sgn-nothing").text.replace(
        "sgn-nothing", draft
    )
    assert other.sign(draft, {"hash": "0" * 64, "version": "1"}).status_code == 404
    assert "安全申报" not in other.get("/enterprise/signing").text


def test_a_table_of_them_is_refused(made: Stage) -> None:
    clerk = made.person("clerk").enter()
    pasted = "申报时间\t内容\n2024-03-01 09:00\t甲\n2024-03-01 09:00\t乙"
    answer = clerk.post(f"/enterprise/import/{FILING}", {"pasted": pasted})
    assert answer.status_code == 422 and "主要负责人" in answer.text
    # A batch that was opened before the type asked for a signature is not kept either.
    spec = made.house.registry.types[FILING]
    clerks = principal_for(made.house.db.reader(system("test")), made.ids["clerk"], made.ids["firm"], made.clock.now())
    with made.house.db.write(clerks) as w:
        batch = open_batch(w, check_rows(spec, read_pasted(pasted, spec)))
    for only in ("", "good"):
        refused = clerk.post(f"/enterprise/imports/{batch.id}/keep", {"only": only})
        assert refused.status_code == 422 and "主要负责人" in refused.text, refused.text
    assert made.filings() == []


def test_a_session_that_ends_loses_nothing(made: Stage) -> None:
    clerk, boss = made.person("clerk").enter(), made.person("boss").enter()
    draft = clerk.draft("甲")
    made.clock.advance(13 * HOUR)
    told = clerk.post(f"/enterprise/signing/{draft}/edit", {"what": "很长的一段话", "version": "1", "act": "save"})
    assert told.status_code == 401 and "很长的一段话" in told.text
    signed = boss.sign(draft, {"hash": "0" * 64, "version": "1"})
    assert signed.status_code == 401 and made.filings() == []


def test_a_type_cannot_ask_for_a_signature_that_nobody_can_give() -> None:
    class Odd(Filing):
        signed_by = "mayor"

    with pytest.raises(DeclarationError):
        check_declared(compiled(Odd, "x"), event_of_goods=False)
    with pytest.raises(DeclarationError):
        check_declared(compiled(Filing, "x"), event_of_goods=True)
