"""Certificates 证照: what a decision gives its holder; revocable, and checkable by anyone who has the code."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.cases.access import DECIDE, as_json, need_officer, tags_in
from bihuan.base.cases.kinds import CertificateKind
from bihuan.base.cases.model import CERTIFICATE, Act, CertificateChanged, certificate_table
from bihuan.base.cases.once import begin
from bihuan.base.cases.records import APP, CertificateIssued, CertificateRevoked
from bihuan.base.clock import DAY as ONE_DAY
from bihuan.base.clock import Chance, civil_date, day_start, moment
from bihuan.base.db import Open, Reader, Writer, area_tag, party_tag
from bihuan.base.errors import Fault, Invalid, NotFound, Refused, Words
from bihuan.base.identity import office_of
from bihuan.base.outbox import put
from bihuan.base.records import keep
from bihuan.base.rules.numbering import spoken_number
from bihuan.protocols.codes import USCC_ALPHABET

_CHECKABLE = Open("whoever holds a certificate's code may check it; the view shows nothing of persons")
_LENGTH = 11
"""Random signs before the check sign: 31^11 is about 2^54, too many to guess through a public page."""
_READ_AS = str.maketrans("OIZS", "0125")

State = Literal["valid", "not_yet", "expired", "revoked"]
STATES: dict[State, Words] = {
    "valid": Words("有效", "Valid"),
    "not_yet": Words("尚未生效", "Not yet in force"),
    "expired": Words("已过期", "Expired"),
    "revoked": Words("已撤销", "Revoked"),
}


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What anyone learns who has the code."""

    number: str
    code: str
    titles: Words
    state: State
    holder: str
    """Party id; its name is looked up by the page."""
    area: str
    line: str
    scope: Mapping[str, Any]
    issued_at: int
    valid_from: int
    valid_to: int | None
    revoked_at: int | None
    revoke_reason: str | None
    record: str
    """Ledger id of the record of its issue, for the proof."""
    office: str
    """Name of the authority that issued it; empty when none was on file."""

    @property
    def words(self) -> Words:
        """The state in both languages."""
        return STATES[self.state]


def issue_certificate(
    w: Writer,
    kind: CertificateKind,
    *,
    holder: str,
    area: str,
    line: str,
    scope: Mapping[str, Any],
    act: Act,
    valid_from: int | None = None,
    valid_to: int | None = None,
    application: str | None = None,
    tags: Iterable[str] = (),
) -> str:
    """Issue a certificate; it holds from now and as long as its kind says, unless stated otherwise. Its id."""
    said = [kind.name, holder, area, line, dict(scope), valid_from, valid_to, application]
    begun = begin(w, act, "issue_certificate", *said)
    if begun.before is not None:
        return begun.before
    need_officer(w, {"line": line, "area": area}, DECIDE)
    start = w.now if valid_from is None else valid_from
    end = valid_to
    if end is None and kind.days_valid is not None:
        end = day_start(civil_date(start)) + (kind.days_valid + 1) * ONE_DAY
    if end is not None and end <= start:
        words = Words("有效期止须晚于有效期起。", "Valid to must lie after valid from.")
        raise Invalid(*words, faults=[Fault("valid_to", "order", words)])
    certificate, code = w.new_id("cert"), new_code(w.chance)
    number, covers = spoken_number(w, kind.prefix, area), as_json(dict(scope))
    spread = {area_tag(line, area), party_tag(holder), *tags}
    record = CertificateIssued(
        issued_at=moment(w.now), certificate=certificate, number=number, code=code, kind=kind.name, holder=holder,
        scope=covers, valid_from=moment(start), valid_to=None if end is None else moment(end),
        application=application or "",
    )  # fmt: skip
    kept = keep(w, record, app=APP, door=act.door, tags=spread)
    office = None if w.principal.person is None else office_of(w, w.principal.person, w.now)
    row = {
        "id": certificate, "number": number, "code": code, "kind": kind.name, "title_zh": kind.titles.zh,
        "title_en": kind.titles.en, "holder": holder, "area": area, "line": line, "scope": covers, "valid_from": start,
        "valid_to": end, "application": application, "issued_at": w.now, "record": kept.ref,
        "signer": w.principal.person or "", "office": "" if office is None else office.party,
        "office_name": "" if office is None else office.name,
    }  # fmt: skip
    w.insert(certificate_table, row)
    w.tag("certificate", certificate, spread)
    w.emit(CertificateChanged(certificate, revoked=False))
    return begun.answer(certificate)


def revoke_certificate(w: Writer, certificate: str, *, reason: str, article: str, act: Act) -> None:
    """Revoke a certificate from now on, with reason and article; everyone who checks it sees that, and since when."""
    begun = begin(w, act, "revoke_certificate", certificate, reason, article)
    if begun.before is not None:
        return
    row = w.one(sa.select(certificate_table).where(certificate_table.c.id == certificate), CERTIFICATE)
    need_officer(w, row, DECIDE)
    if row["revoked_at"] is not None:
        raise Refused(f"证照 {row['number']} 已撤销。", f"Certificate {row['number']} is revoked already.")
    if not reason.strip() or not article.strip():
        words = Words("撤销证照须写明理由和依据的条款。", "Revoking needs its reason and article.")
        raise Invalid(*words, faults=[Fault("reason" if not reason.strip() else "article", "required", words)])
    record = CertificateRevoked(
        revoked_at=moment(w.now), certificate=certificate, number=row["number"], reason=reason, article=article
    )
    keep(w, record, app=APP, door=act.door, tags=tags_in(w, "certificate", certificate))
    c = certificate_table.c
    statement = sa.update(certificate_table).where(c.id == certificate, c.revoked_at.is_(None))
    w.write(statement.values(revoked_at=w.now, revoke_reason=reason))
    payload = {"about": ["certificate", certificate], "number": row["number"], "area": row["area"], "line": row["line"]}
    put(w, "certificate.revoked", payload, party=row["holder"])
    w.emit(CertificateChanged(certificate, revoked=True))
    begun.answer(certificate)


def check_certificate(reader: Reader, code: str) -> CertificateView:
    """What a certificate is worth now, for anyone who has its code; Invalid when mistyped, else NotFound."""
    tidy = tidy_code(code)
    if len(tidy) != _LENGTH + 1 or set(tidy) - set(USCC_ALPHABET) or check_sign(tidy[:-1]) != tidy[-1]:
        words = Words("核验码有误，请逐字核对。", "The code is mistyped; compare it sign by sign.")
        raise Invalid(*words, faults=[Fault("code", "check", words)])
    row = reader.first(sa.select(certificate_table).where(certificate_table.c.code == spaced(tidy)), _CHECKABLE)
    if row is None:
        raise NotFound
    return CertificateView(
        row["number"], row["code"], Words(row["title_zh"], row["title_en"]), state_of(row, reader.now), row["holder"],
        row["area"], row["line"], json.loads(row["scope"]), row["issued_at"], row["valid_from"], row["valid_to"],
        row["revoked_at"], row["revoke_reason"], row["record"],
        row["office_name"] or "",
    )  # fmt: skip


def state_of(row: Mapping[Any, Any] | RowMapping, now: int) -> State:
    """Whether a certificate holds at an instant: valid in [valid_from, valid_to) unless revoked."""
    if row["revoked_at"] is not None and row["revoked_at"] <= now:
        return "revoked"
    if now < row["valid_from"]:
        return "not_yet"
    return "expired" if row["valid_to"] is not None and row["valid_to"] <= now else "valid"


def new_code(chance: Chance) -> str:
    """A code that nobody can guess and anybody can read out: eleven signs and a check sign, `7K3M-9XQP-2TWA`."""
    signs = ""
    while len(signs) < _LENGTH:
        signs += "".join(USCC_ALPHABET[octet % 31] for octet in chance.token(16) if octet < 248)
    body = signs[:_LENGTH]
    return spaced(body + check_sign(body))


def check_sign(body: str) -> str:
    """The sign that makes the weighted sum a multiple of 31; weights are powers of 3, as in GB 32100.

    One wrong sign or two exchanged signs never pass.
    """
    total = sum(USCC_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    weight = pow(3, len(body), 31)
    return USCC_ALPHABET[-total * pow(weight, -1, 31) % 31]


def tidy_code(code: str) -> str:
    """A code as people type it (small letters, full width, spaces, O for 0) in the one form."""
    plain = unicodedata.normalize("NFKC", code).upper().translate(_READ_AS)
    return "".join(sign for sign in plain if sign.isalnum())


def spaced(signs: str) -> str:
    """Signs in groups of four."""
    return "-".join(signs[n : n + 4] for n in range(0, len(signs), 4))
