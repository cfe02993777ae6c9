"""Applications: the authority's clock in working time, what is missing, the decision, the certificate and its check."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.base.calendar import STANDARD
from bihuan.base.cases import (
    Act,
    ApplicationKind,
    CertificateKind,
    Needed,
    accept,
    answer_more,
    application_of,
    application_turn,
    apply,
    ask_for_more,
    certificate_of,
    check_certificate,
    decide,
    desk,
    issue,
    next_action,
    review,
    revoke_certificate,
    sweep_applications,
    timeline,
)
from bihuan.base.cases.certificates import check_sign, new_code, tidy_code
from bihuan.base.clock import DAY, HOUR, SeededChance, parse_instant
from bihuan.base.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Words
from bihuan.base.principal import PUBLIC
from bihuan.protocols.codes import USCC_ALPHABET

from .pudong import ELSEWHERE, HEAD, IMPORTER, INSPECTOR, LINE, NOON, STRANGER, SYSTEM, City

RELEASE = ApplicationKind(
    "release", Words("进口冷链食品出库", "Release of imported cold food"), LINE, days=3,
    fields=(Needed("lot", Words("批次", "Lot")),), attachments=(Needed("test", Words("检测报告", "Test report")),),
    certificate=CertificateKind("release", Words("出库证明", "Release certificate"), "FX", days_valid=30),
)  # fmt: skip
DESK = desk([RELEASE])


def applied(city: City, **payload: str) -> str:
    paper = {"test": city.photo(IMPORTER)} if "test" not in payload else {}
    with city.db.write(IMPORTER) as w:
        return apply(
            w, DESK, "release", area="310115", payload={"lot": payload.get("lot", "L1")}, attachments=paper, act=Act()
        )


def granted(city: City) -> str:
    application = applied(city)
    with city.db.write(HEAD) as w:
        accept(w, DESK, application, act=Act())
        review(w, application, text="材料齐全", act=Act())
        decide(w, application, decision="grant", act=Act())
    return application


def test_from_application_to_a_certificate_that_anyone_can_check(city: City) -> None:
    application = granted(city)
    with city.db.write(HEAD) as w:
        certificate = issue(w, DESK, application, scope={"lots": ["L1"]}, act=Act(retry="i"))
        assert issue(w, DESK, application, scope={"lots": ["L1"]}, act=Act(retry="i")) == certificate
    row = application_of(city.db.reader(IMPORTER), application)
    assert (row["number"], row["step"], row["state"]) == ("BJ-310115-2020-000001", "issued", "granted")
    code = _code(city, certificate)
    view = check_certificate(city.db.reader(PUBLIC), code.lower().replace("-", " "))
    assert (view.number, view.state, view.holder) == ("FX-310115-2020-000001", "valid", "org-importer")
    assert view.scope == {"lots": ["L1"]} and view.valid_to == parse_instant("2021-01-10T00:00")
    # The applicant does not see the office's working notes.
    assert [h.doing.value for h in timeline(city.db.reader(IMPORTER), application)] == [
        "apply", "accept", "decide", "issue",
    ]  # fmt: skip

    city.clock.advance(DAY)
    with pytest.raises(Invalid), city.db.write(HEAD) as w:
        revoke_certificate(w, certificate, reason="", article="", act=Act())
    with pytest.raises(Forbidden), city.db.write(IMPORTER) as w:
        revoke_certificate(w, certificate, reason="x", article="y", act=Act())
    for _ in range(2):
        with city.db.write(HEAD) as w:
            said = {"reason": "检测报告系伪造", "article": "行政许可法第六十九条"}
            revoke_certificate(w, certificate, **said, act=Act(retry="r"))
    view = check_certificate(city.db.reader(PUBLIC), code)
    assert (view.state, view.revoked_at, view.revoke_reason) == ("revoked", NOON + DAY, "检测报告系伪造")


def _code(city: City, certificate: str) -> str:
    return str(certificate_of(city.db.reader(IMPORTER), certificate)["code"])


def test_an_expired_certificate_and_unknown_or_mistyped_codes(city: City) -> None:
    application = granted(city)
    with city.db.write(HEAD) as w:
        certificate = issue(w, DESK, application, scope={}, act=Act())
    code = _code(city, certificate)
    city.clock.advance(31 * DAY)
    assert check_certificate(city.db.reader(PUBLIC), code).state == "expired"
    with pytest.raises(NotFound):
        check_certificate(city.db.reader(PUBLIC), new_code(SeededChance(99)))
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    with pytest.raises(Invalid):
        check_certificate(city.db.reader(PUBLIC), wrong)


SIGN, PLACE = st.sampled_from(USCC_ALPHABET), st.integers(0, 11)


@given(st.text(USCC_ALPHABET, min_size=11, max_size=11), PLACE, PLACE, SIGN)
def test_one_wrong_or_two_exchanged_signs_never_pass(body: str, i: int, j: int, sign: str) -> None:
    code = list(body + check_sign(body))
    changed = code.copy()
    changed[i] = sign
    swapped = code.copy()
    swapped[i], swapped[j] = swapped[j], swapped[i]
    for other in (changed, swapped):
        assert other == code or check_sign("".join(other[:-1])) != other[-1]
    assert tidy_code("-".join(code).lower()) == "".join(code)


def test_the_clock_stops_while_the_applicant_is_asked(city: City) -> None:
    application = applied(city)
    with city.db.write(INSPECTOR) as w:
        accept(w, DESK, application, act=Act())
    due = application_of(city.db.reader(INSPECTOR), application)["due_at"]
    assert due == parse_instant("2020-12-15T17:30")  # Friday, Monday, Tuesday
    city.clock.at = parse_instant("2020-12-11T10:00")
    with city.db.write(INSPECTOR) as w:
        ask_for_more(w, DESK, application, missing=[("origin", Words("原产地证", "Origin"))], text="请补", act=Act())
    row = application_of(city.db.reader(IMPORTER), application)
    assert (row["due_at"], row["minutes_left"]) == (None, 450 + 510 + 510)
    assert next_action(row, IMPORTER) is not None and next_action(row, INSPECTOR) is None
    city.clock.at = parse_instant("2021-03-01T09:00")
    with city.db.write(SYSTEM) as w:
        assert sweep_applications(w) == 0  # the applicant's weeks are not the authority's
    with pytest.raises(Refused), city.db.write(INSPECTOR) as w:
        review(w, application, text="x", act=Act())
    with city.db.write(IMPORTER) as w:
        assert answer_more(w, DESK, application, payload={}, text="马上", act=Act()) == ("origin",)
    with city.db.write(IMPORTER) as w:
        assert answer_more(w, DESK, application, payload={"origin": "智利"}, act=Act(retry="m")) == ()
    with city.db.write(IMPORTER) as w:
        assert answer_more(w, DESK, application, payload={"origin": "智利"}, act=Act(retry="m")) == ()
    row = application_of(city.db.reader(IMPORTER), application)
    assert row["due_at"] == parse_instant("2021-03-03T16:30")
    assert STANDARD.working_minutes_between(city.clock.at, row["due_at"]) == 1470
    assert json.loads(row["payload"]) == {"lot": "L1", "origin": "智利"}
    city.clock.at = row["due_at"] - 2 * HOUR
    assert STANDARD.working_due_words(city.clock.at, row["due_at"]).zh == "还剩 2 个工作小时"
    city.clock.at = row["due_at"]
    with city.db.write(SYSTEM) as w:
        assert (sweep_applications(w), sweep_applications(w)) == (1, 0)


def test_what_is_missing_is_listed_and_keeps_it_from_being_accepted(city: City) -> None:
    application = applied(city, test="none", lot=" ")
    row = application_of(city.db.reader(INSPECTOR), application)
    assert [item["zh"] for item in json.loads(row["missing"])] == ["批次", "检测报告"]
    with pytest.raises(Refused, match="Lot, Test report"), city.db.write(INSPECTOR) as w:
        accept(w, DESK, application, act=Act())
    with city.db.write(INSPECTOR) as w:
        lacking = [(n.name, n.titles) for n in (*RELEASE.fields, *RELEASE.attachments)]
        ask_for_more(w, DESK, application, missing=lacking, text="", act=Act())
    paper = city.photo(IMPORTER)
    with city.db.write(IMPORTER) as w:
        assert answer_more(w, DESK, application, payload={"lot": "L1"}, attachments={"test": paper}, act=Act()) == ()
    with city.db.write(INSPECTOR) as w:
        accept(w, DESK, application, act=Act())


def test_a_refusal_needs_reason_and_article_and_ends_it(city: City) -> None:
    application = applied(city)
    with city.db.write(HEAD) as w:
        accept(w, DESK, application, act=Act())
        review(w, application, text="检测不合格", act=Act())
    with pytest.raises(Invalid, match="article"), city.db.write(HEAD) as w:
        decide(w, application, decision="refuse", reason="检测不合格", act=Act())
    with pytest.raises(Forbidden), city.db.write(INSPECTOR) as w:
        decide(w, application, decision="grant", act=Act())
    with city.db.write(HEAD) as w:
        decide(w, application, decision="refuse", reason="检测不合格", article="食品安全法第九十二条", act=Act())
    row = application_of(city.db.reader(IMPORTER), application)
    assert (row["state"], row["reason"], row["article"]) == ("refused", "检测不合格", "食品安全法第九十二条")
    assert application_turn(row).who == "nobody"
    with pytest.raises(Refused), city.db.write(HEAD) as w:
        issue(w, DESK, application, scope={}, act=Act())


def test_only_the_party_applies_and_only_its_authority_sees_it(city: City) -> None:
    with pytest.raises(Forbidden), city.db.write(STRANGER) as w:
        apply(w, DESK, "release", area="310115", payload={}, party="org-importer", act=Act())
    application = applied(city)
    for who in (ELSEWHERE, STRANGER, PUBLIC):
        with pytest.raises(NotFound):
            application_of(city.db.reader(who), application)
    with city.db.write(IMPORTER) as w:
        first = apply(w, DESK, "release", area="310115", payload={"lot": "L9"}, act=Act(retry="once"))
        assert apply(w, DESK, "release", area="310115", payload={"lot": "L9"}, act=Act(retry="once")) == first
        with pytest.raises(Conflict):
            apply(w, DESK, "release", area="310115", payload={"lot": "L8"}, act=Act(retry="once"))
