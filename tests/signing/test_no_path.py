"""After any sequence of acts at the real doors every kept filing is signed by the one who was principal person then.

The machine keeps its own book of who held the role when, who gave a password when, and what was shown; it checks the
ledger's bytes against that book, and that a signature succeeds exactly when it must.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bihuan.apps.cold_chain.records import Voided
from bihuan.base.clock import MINUTE, moment
from bihuan.base.db import Open
from bihuan.base.identity import end_engagement, end_membership, engage_agency, give_membership
from bihuan.base.principal import system
from bihuan.base.records import fact, record, typed_table
from bihuan.base.records.to_sign import to_sign
from bihuan.protocols.epcis.write import STANDARD_CONTEXT
from houses import PASSWORD

from .stage import FILING, NOTE, Doors, Stage, stage

_ALL = Open("the test looks at everything")
_PEOPLE = ("boss", "heir", "clerk", "agent", "other")
_FIRM = {"agent": "firm", "boss": "firm", "heir": "firm", "clerk": "firm", "other": "elsewhere"}
_CONFIRMED = 5 * MINUTE
_texts = st.sampled_from(["甲", "乙", "丙"])
_someone = st.sampled_from(_PEOPLE)
_pick = st.integers(0, 30)


@dataclass
class Seen:
    """What the sign page showed of a draft."""

    draft: str
    fields: dict[str, str]


class NoPath(RuleBasedStateMachine):
    """Clerks, an agency, tokens and principals past and present, at every door."""

    made: Stage

    @initialize()
    def begin(self) -> None:
        self.made = stage()
        self.doors: dict[str, Doors] = {}
        self.confirmed: dict[str, int] = {}
        self.roles: list[list[Any]] = [["boss", self.made.ids["boss.role"], self.made.clock.now(), None]]
        self.engagement: str | None = self.made.ids["engagement"]
        self.drafts: dict[str, list[str]] = {}
        """Every draft of the firm, with its state and version as the machine knows them: [state, version, corrects]."""
        self.seen: list[Seen] = []
        self.signed = 0
        self.token_calls = 0
        for login in _PEOPLE:
            self._enter(login)

    def teardown(self) -> None:
        if hasattr(self, "made"):
            self.made.house.db.close()

    def _enter(self, login: str) -> None:
        self.doors[login] = self.made.person(login).enter(_FIRM[login] if login == "agent" and self.engagement else "")
        self.confirmed[login] = self.made.clock.now()

    def _principal(self, login: str) -> bool:
        return any(who == login and end is None for who, _, _, end in self.roles)

    def _acts(self, login: str) -> bool:
        return login in ("boss", "heir", "clerk") or (login == "agent" and self.engagement is not None)

    @rule(login=_someone, what=_texts, correct=st.booleans(), n=_pick)
    def draft(self, login: str, what: str, correct: bool, n: int) -> None:
        kept = self._standing() if correct else []
        more = {"corrects": kept[n % len(kept)]["ref"]} if kept else {}
        answer = self.doors[login].hand_in(what, **more)
        if self._acts(login):
            assert answer.status_code == 303, answer.text
            self.drafts[answer.headers["location"].rpartition("/")[2]] = ["waiting", "1", "yes" if more else ""]
        elif login in ("other", "agent") and not more:
            assert answer.status_code == 303  # their own firm's draft, seen by nobody here
        else:
            assert answer.status_code in (401, 403, 404)

    @precondition(lambda self: self.drafts)
    @rule(login=_someone, n=_pick, what=_texts, stale=st.booleans())
    def edit(self, login: str, n: int, what: str, stale: bool) -> None:
        name = list(self.drafts)[n % len(self.drafts)]
        state, version, _ = self.drafts[name]
        given = str(int(version) - 1) if stale else version
        data = {"time": "2024-03-01T09:00", "what": what, "version": given, "act": "save"}
        answer = self.doors[login].post(f"/enterprise/signing/{name}/edit", data)
        if self._acts(login) and state in ("waiting", "returned") and not stale:
            assert answer.status_code == 303, answer.text
            self._note(name)
        else:
            assert answer.status_code in (403, 404, 409), answer.status_code

    @precondition(lambda self: self.drafts)
    @rule(login=_someone, n=_pick)
    def look(self, login: str, n: int) -> None:
        name = list(self.drafts)[n % len(self.drafts)]
        found = self.doors[login].shown(name)
        if found:
            assert self._principal(login)
            self.seen.append(Seen(name, found))

    @precondition(lambda self: self.seen)
    @rule(login=_someone, n=_pick, password=st.sampled_from(["", "right", "wrong"]), promise=st.sampled_from(["on", "on", ""]))
    def sign(self, login: str, n: int, password: str, promise: str) -> None:
        shown = self.seen[n % len(self.seen)]
        self._sign(login, shown, password, promise)

    @rule(n=_pick, login=st.sampled_from(["boss", "boss", *_PEOPLE]), change=st.sampled_from([False, False, True]),
          password=st.sampled_from(["right", "right", "", "wrong"]))  # fmt: skip
    def sign_what_the_principal_was_shown(self, n: int, login: str, change: bool, password: str) -> None:
        """Whoever it is, with all that the principal's own page holds; now and then changed in between."""
        waiting = [name for name, (state, _, _) in self.drafts.items() if state == "waiting"]
        if not waiting:
            self.draft("clerk", "甲", False, 0)
            waiting = list(self.drafts)[-1:]
        name = waiting[n % len(waiting)]
        [who] = [who for who in ("boss", "heir") if self._principal(who)]
        found = self.doors[who].shown(name)
        if change:
            self.edit("clerk", list(self.drafts).index(name), "丁", False)
        self._sign(login, Seen(name, found), password, "on")

    def _sign(self, login: str, shown: Seen, password: str, promise: str) -> None:
        state, version, corrects = self.drafts[shown.draft]
        typed = {"right": PASSWORD, "wrong": "not the password"}.get(password, "")
        before = len(self.made.filings())
        answer = self.doors[login].sign(shown.draft, shown.fields, confirm_password=typed, promise=promise)
        fresh = password == "right" or (
            password == "" and self.made.clock.now() - self.confirmed[login] <= _CONFIRMED
        )
        grew = len(self.made.filings()) - before
        must = (
            self._principal(login) and state == "waiting" and shown.fields["version"] == version and promise and fresh
        )
        if password == "right" and promise and login != "other" and state != "signed" and self._acts(login):
            self.confirmed[login] = self.made.clock.now()
        if password == "wrong":
            self._enter(login)  # wrong ones are counted and end the session at the fifth
        if must and not corrects:
            assert answer.status_code == 303 and grew == 1, answer.text
        if not must:
            assert grew == 0
        if grew:
            assert grew == 1 and must
            self.drafts[shown.draft][0] = "signed"
            self.signed += 1

    @precondition(lambda self: self.drafts)
    @rule(login=_someone, n=_pick, act=st.sampled_from(["return", "withdraw"]))
    def settle(self, login: str, n: int, act: str) -> None:
        name = list(self.drafts)[n % len(self.drafts)]
        answer = self.doors[login].post(f"/enterprise/signing/{name}", {"act": act, "remark": "请改"})
        if answer.status_code == 303:
            assert self._acts(login) and self.drafts[name][0] in ("waiting", "returned")
            self.drafts[name][0] = "returned" if act == "return" else "withdrawn"

    @rule(firm=st.sampled_from(["firm", "agency"]), type_name=st.sampled_from([FILING, NOTE]), what=_texts, n=_pick)
    def token_states(self, firm: str, type_name: str, what: str, n: int) -> None:
        kept = self._standing()
        named = f"?supersedes={kept[n % len(kept)]['sent']}" if kept and n % 3 else ""
        body = {"what": what, **({"time": "2024-03-01T09:00:00+08:00"} if type_name == FILING else {"on": "2024-03-01"})}
        head = {"authorization": f"Bearer {self.made.tokens[firm]}", "idempotency-key": f"k{self.token_calls}"}
        self.token_calls += 1
        answer = self.made.client.post(f"/v1/records/{type_name}{named}", json=body, headers=head)
        assert answer.status_code == (422 if type_name == FILING or (named and firm == "firm") else 201), answer.text

    @rule(what=_texts)
    def token_drafts(self, what: str) -> None:
        head = {"authorization": f"Bearer {self.made.tokens['firm']}", "idempotency-key": f"k{self.token_calls}"}
        self.token_calls += 1
        body = {"time": "2024-03-01T09:00:00+08:00", "what": what}
        answer = self.made.client.post(f"/v1/records/{FILING}?draft=yes", json=body, headers=head)
        assert answer.status_code == 202, answer.text
        self.drafts[answer.json()["draft"]] = ["waiting", "1", ""]

    @rule(firm=st.sampled_from(["firm", "agency"]), n=_pick)
    def token_takes_back(self, firm: str, n: int) -> None:
        kept = self._standing()
        named = kept[n % len(kept)]["sent"] if kept else "sig-1"
        goods = self.made.house.registry.goods["cold_chain"]
        new = f"urn:uuid:00000000-0000-4000-8000-{self.token_calls:012d}"
        self.token_calls += 1
        event = goods.to_event(Voided(time=moment(self.made.clock.now()), reason="x"), id=new, supersedes=named)
        body = {"@context": [STANDARD_CONTEXT, dict(goods.namespaces)], **event}
        head = {"authorization": f"Bearer {self.made.tokens[firm]}", "content-type": "application/json"}
        self.made.client.post("/events", content=msgspec.json.encode(body), headers=head)

    @precondition(lambda self: self._standing())
    @rule(login=_someone, n=_pick)
    def void(self, login: str, n: int) -> None:
        kept = self._standing()
        path = f"/enterprise/records/{kept[n % len(kept)]['ref']}/void"
        answer = self.doors[login].post(path, {"reason": "x", "confirm_password": PASSWORD})
        assert answer.status_code != 303
        if self._acts(login):
            self.confirmed[login] = max(self.confirmed[login], 0)

    @rule(to=st.sampled_from(["boss", "heir"]))
    def change_principal(self, to: str) -> None:
        made = self.made
        made.clock.advance(1)
        with made.house.db.write(system("test")) as w:
            for row in self.roles:
                if row[3] is None:
                    end_membership(w, row[1])
                    row[3] = w.now
            made.clock.advance(1)
        with made.house.db.write(system("test")) as w:
            number = give_membership(w, made.ids[to], made.ids["firm"], role="principal")
            # Without a principal's role one is still a clerk there.
            for who in ("boss", "heir"):
                give_membership(w, made.ids[who], made.ids["firm"], role="signatory")
        self.roles.append([to, number, made.clock.now(), None])
        for who in ("boss", "heir"):
            self._enter(who)

    @rule()
    def change_engagement(self) -> None:
        with self.made.house.db.write(system("test")) as w:
            if self.engagement is not None:
                end_engagement(w, self.engagement)
                self.engagement = None
            else:
                self.engagement = engage_agency(w, self.made.ids["firm"], self.made.ids["agency"])
        self.made.clock.advance(1)
        self._enter("agent")

    @rule(minutes=st.sampled_from([1, 4, 6]))
    def wait(self, minutes: int) -> None:
        self.made.clock.advance(minutes * MINUTE)
        for login in _PEOPLE:  # nobody's session is idle for long; a password is not given by that
            self.doors[login].get("/account")

    def _note(self, name: str) -> None:
        """A draft as the store has it after a change: unchanged content is no new version."""
        reader = self.made.house.db.reader(system("test"))
        row = reader.one(sa.select(to_sign).where(to_sign.c.id == name), _ALL)
        self.drafts[name][:2] = [row["state"], str(row["version"])]

    def _standing(self) -> list[Any]:
        if not hasattr(self, "made"):
            return []
        query = sa.select(record).where(record.c.type == FILING, record.c.superseded_by.is_(None)).order_by(record.c.seq)
        return list(self.made.house.db.reader(system("test")).rows(query, _ALL))

    @invariant()
    def every_filing_is_signed_by_the_principal_of_then(self) -> None:
        if not hasattr(self, "made"):
            return
        filings = self.made.filings()
        assert len(filings) == self.signed
        for _, envelope, payload in filings:
            signed = envelope.signature
            assert signed is not None and signed.party == envelope.party == self.made.ids["firm"]
            head = f"bihuan signature 1\n{FILING}\n{envelope.party}\n{envelope.supersedes or ''}\n".encode()
            assert signed.hash == hashlib.sha256(head + payload).hexdigest()
            assert signed.by == envelope.by and signed.at == envelope.received
            assert any(
                self.made.ids[who] == signed.by and start <= signed.at and (end is None or signed.at < end)
                for who, _, start, end in self.roles
            )

    @invariant()
    def only_what_was_signed_takes_the_place_of_what_was_signed(self) -> None:
        if not hasattr(self, "made"):
            return
        reader = self.made.house.db.reader(system("test"))
        numbers = {seq: envelope for seq, envelope, _ in self.made.filings()}
        named = {envelope.supersedes for envelope in numbers.values()}
        for seq, envelope in numbers.items():
            row = reader.one(sa.select(record).where(record.c.seq == seq), _ALL)
            assert (row["superseded_by"] is not None) == (envelope.id in named)
            assert reader.scalar(sa.select(fact.c.live).where(fact.c.seq == seq), _ALL) == (envelope.id not in named)
        table = typed_table(self.made.house.registry.types[FILING])
        assert {row["seq"] for row in reader.rows(sa.select(table.c.seq), _ALL)} == set(numbers)


_SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None,
                             "phases": [Phase.generate]}  # fmt: skip
TestNoPath = NoPath.TestCase
TestNoPath.settings = settings(max_examples=10, stateful_step_count=40, **_SETTINGS)


class Longer(NoPath):
    """The same with more acts and other seeds."""


TestLonger = pytest.mark.long(Longer.TestCase)
TestLonger.settings = settings(max_examples=40, stateful_step_count=50, **(_SETTINGS | {"derandomize": False}))
