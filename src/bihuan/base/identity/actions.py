"""What administrators write about parties and people.

Each act needs the capability `admin` over the area concerned, leaves a row in the administrators' log and emits an
event. Memberships and grants: `grants.py`; roles, lines and merged areas: `registers.py`; log-ins: `accounts.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bihuan.base.clock import civil_date
from bihuan.base.db import Reader, Writer, area_tag, party_tag, seen_table
from bihuan.base.errors import Conflict, Fault, Invalid, NotFound, Words
from bihuan.base.identity import personal
from bihuan.base.identity.access import log_access
from bihuan.base.identity.areas import areas_by_code, exists
from bihuan.base.identity.events import (
    OrganisationChanged,
    OrganisationCreated,
    PersonChanged,
    PersonCreated,
    PersonErased,
)
from bihuan.base.identity.journal import check_answers_for, record
from bihuan.base.identity.model import (
    INNER,
    PARTY_LINE,
    PERSONAL_FIELDS,
    account,
    api_token,
    enforcement_card,
    membership,
    officer_grant,
    organisation,
    organisation_kind,
    person,
    session,
)
from bihuan.base.identity.queries import access_organisation, access_person
from bihuan.base.identity.scopes import check_covers
from bihuan.base.identity.signing import check_confirmed
from bihuan.protocols.codes import CodeFault, gln, uscc

_KIND = re.compile(r"[a-z][a-z0-9_]*")
_FIELDS = frozenset({"name", "uscc", "kinds", "area", "address", "contact", "gln"})


def create_organisation(
    w: Writer,
    name: str,
    *,
    kinds: Iterable[str],
    area: str,
    uscc: str | None = None,
    address: str = "",
    contact: str = "",
    gln: str | None = None,
) -> str:
    """Register an organisation; its id `org-…`. Invalid names every wrong field; Conflict when the code is taken."""
    written: dict[str, Any] = {"name": name, "uscc": uscc, "kinds": kinds, "area": area, "gln": gln}
    values = _organisation_values(w, written | {"address": address, "contact": contact})
    check_covers(w.principal, area, PARTY_LINE)
    party = w.new_id("org")
    given = values.pop("kinds")
    _check_uscc_free(w, party, values["uscc"])
    w.insert(organisation, {"id": party, "created_at": w.now, **values})
    _put_kinds(w, party, given)
    record(w, "create_organisation", party, area, OrganisationCreated(party), kinds=given, uscc=values["uscc"])
    return party


def update_organisation(w: Writer, party: str, **changes: Any) -> None:
    """Change name, uscc, kinds, area, address, contact or gln; a move needs `admin` over the old area and the new."""
    before = access_organisation(w, party, "admin")
    values = _organisation_values(w, changes)
    check_covers(w.principal, before.area, PARTY_LINE)
    area = values.get("area", before.area)
    check_covers(w.principal, area, PARTY_LINE)
    _check_uscc_free(w, party, values.get("uscc"))
    fields = tuple(sorted(values))
    given = values.pop("kinds", None)
    if values:
        w.write(sa.update(organisation).where(organisation.c.id == party).values(**values))
    if given is not None:
        w.write(sa.delete(organisation_kind).where(organisation_kind.c.organisation == party))
        _put_kinds(w, party, given)
    if area != before.area:
        tag_organisation(w, party)
        for row in w.rows(sa.select(membership.c.person).distinct().where(membership.c.party == party), INNER):
            tag_person(w, row["person"])
    was = {name: getattr(before, name) for name in fields if name != "kinds"}
    record(w, "update_organisation", party, area, OrganisationChanged(party, fields), was=was, now=values, kinds=given)


def create_person(w: Writer, name: str, *, area: str, phone: str = "", email: str = "", id_number: str = "") -> str:
    """Register a person; their id `per-…`. `area` is the area whose administrator answers for them."""
    _check_area(w, area)
    check_covers(w.principal, area, PARTY_LINE)
    who = w.new_id("per")
    w.insert(person, {"id": who, "area": area, "created_at": w.now})
    personal.new_key(w, who)
    personal.put(w, who, _personal_values({"name": name, "phone": phone, "email": email, "id_number": id_number}))
    tag_person(w, who)
    record(w, "create_person", who, area, PersonCreated(who))
    return who


def update_person(w: Writer, who: str, *, area: str | None = None, **values: str) -> None:
    """Change a person's name, phone, email, id_number or home area; an empty value takes a field away."""
    home = check_answers_for(w, who)
    _check_not_erased(w, who)
    personal.put(w, who, _personal_values(values))
    changed = tuple(sorted(values))
    if area is not None and area != home:
        _check_area(w, area)
        check_covers(w.principal, area, PARTY_LINE)
        w.write(sa.update(person).where(person.c.id == who).values(area=area))
        tag_person(w, who)
        home, changed = area, (*changed, "area")
    record(w, "update_person", who, home, PersonChanged(who, changed), fields=changed)


def reveal(w: Writer, who: str, fields: Iterable[str], why: str, address: str) -> dict[str, str]:
    """A person's own data in clear, logged before it is shown.

    For the person, for officers who act or administer where the person is seen, for managers of their organisation;
    for everybody else NotFound. An erased person has no fields.
    """
    if w.principal.person != who and not any(_within(w, who, each) for each in ("act", "admin", "manage")):
        raise NotFound
    wanted = sorted(set(fields))
    log_access(w, w.principal, "person", who, f"{why} ({', '.join(wanted)})", address)
    values = personal.get(w, who)
    return {field: values[field] for field in wanted if field in values}


def erase_person(w: Writer, who: str, why: str) -> None:
    """Erase a person (个人信息保护法 第四十七条): the key is destroyed, log-in, sessions, tokens and powers end.

    What they did stays, under an id that no longer leads to anybody. Needs the password given within five minutes.
    """
    check_confirmed(w.principal, w.now)
    home = check_answers_for(w, who)
    _check_not_erased(w, who)
    personal.destroy(w, who)
    w.write(sa.update(person).where(person.c.id == who).values(erased_at=w.now))
    w.write(sa.delete(session).where(session.c.person == who))
    w.write(sa.delete(account).where(account.c.person == who))
    w.write(sa.delete(enforcement_card).where(enforcement_card.c.person == who))
    for table in (membership, officer_grant):
        theirs = sa.update(table).where(
            table.c.person == who, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > w.now)
        )
        end = sa.case((table.c.valid_from > w.now, table.c.valid_from), else_=w.now)
        w.write(theirs.values(valid_to=end, ended_by=w.principal.id))
    w.write(sa.update(api_token).where(api_token.c.person == who).values(revoked_by=w.principal.id))
    tag_person(w, who)
    record(w, "erase_person", who, home, PersonErased(who, w.now), why=why)


def tag_organisation(w: Writer, party: str) -> None:
    """Make an organisation visible to itself and to whoever has a grant for its area."""
    found = w.scalar(sa.select(organisation.c.area).where(organisation.c.id == party), INNER)
    w.write(sa.delete(seen_table).where(seen_table.c.kind == "organisation", seen_table.c.row == party))
    w.tag("organisation", party, [party_tag(party), area_tag(PARTY_LINE, found)])


def tag_person(w: Writer, who: str) -> None:
    """Make a person visible (masked) in their home area, to their organisations and in those organisations' areas."""
    home = w.scalar(sa.select(person.c.area).where(person.c.id == who), INNER)
    query = (
        sa.select(organisation.c.id, organisation.c.area)
        .join(membership, membership.c.party == organisation.c.id)
        .where(membership.c.person == who, sa.or_(membership.c.valid_to.is_(None), membership.c.valid_to > w.now))
    )
    tags = [area_tag(PARTY_LINE, home)]
    for row in w.rows(query, INNER):
        tags += [party_tag(row["id"]), area_tag(PARTY_LINE, row["area"])]
    w.write(sa.delete(seen_table).where(seen_table.c.kind == "person", seen_table.c.row == who))
    w.tag("person", who, tags)


def _within(reader: Reader, who: str, capability: str) -> bool:
    try:
        access_person(reader, who, capability)
    except NotFound:
        return False
    return True


def _organisation_values(w: Writer, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of an organisation, trimmed and checked; Invalid with all that is wrong."""
    unknown = given.keys() - _FIELDS
    if unknown:
        raise TypeError(f"no such fields of an organisation: {sorted(unknown)}")
    values = dict(given)
    for field in ("name", "address", "contact"):
        if field in values:
            values[field] = values[field].strip()
    for field in ("uscc", "gln"):
        if field in values:
            values[field] = (values[field] or "").strip() or None
    faults: list[Fault] = []
    if values.get("name") == "":
        faults.append(Fault("name", "empty", Words("请填写单位名称。", "Give the organisation's name.")))
    for field, check in (("uscc", uscc), ("gln", gln)):
        wrong: CodeFault | None = check(values[field]) if values.get(field) else None
        if wrong is not None:
            faults.append(Fault(field, wrong.code, Words(wrong.zh, wrong.en)))
    if "kinds" in values:
        values["kinds"] = sorted(set(values["kinds"]))
        if not values["kinds"] or not all(_KIND.fullmatch(kind) for kind in values["kinds"]):
            words = Words("请至少选择一个主体类别。", "Choose at least one kind of organisation.")
            faults.append(Fault("kinds", "choice", words))
    if "area" in values:
        faults += _area_faults(w, values["area"])
    if faults:
        raise Invalid("单位信息有误。", "The organisation's data are wrong.", faults=faults)
    return values


def _personal_values(values: dict[str, str]) -> dict[str, str]:
    unknown = values.keys() - PERSONAL_FIELDS
    if unknown:
        raise TypeError(f"no such fields of a person: {sorted(unknown)}")
    kept = {field: value.strip() for field, value in values.items()}
    if kept.get("name") == "":
        fault = Fault("name", "empty", Words("请填写姓名。", "Give the person's name."))
        raise Invalid("人员信息有误。", "The person's data are wrong.", faults=[fault])
    return kept


def _area_faults(w: Writer, code: str) -> list[Fault]:
    known = areas_by_code(w).get(code)
    if known is not None and exists(known, civil_date(w.now)):
        return []
    words = Words(f"没有现行辖区“{code}”。", f"There is no area '{code}' today.")
    return [Fault("area", "unknown_area", words)]


def _check_area(w: Writer, code: str) -> None:
    faults = _area_faults(w, code)
    if faults:
        raise Invalid("辖区有误。", "The area is wrong.", faults=faults)


def _check_uscc_free(w: Writer, party: str, code: str | None) -> None:
    """One organisation, one code: the same party crosses all apps, so a second row would split what it owes."""
    if code is None:
        return
    query = sa.select(organisation.c.id).where(organisation.c.uscc == code, organisation.c.id != party)
    if w.scalar(query, INNER) is not None:
        raise Conflict("该统一社会信用代码已登记。", "This unified social credit code is registered already.")


def _check_not_erased(w: Writer, who: str) -> None:
    if w.scalar(sa.select(person.c.erased_at).where(person.c.id == who), INNER) is not None:
        raise Conflict("该人员已删除。", "This person has been erased.", code="erased")


def _put_kinds(w: Writer, party: str, kinds: Iterable[str]) -> None:
    w.insert(organisation_kind, [{"organisation": party, "kind": kind} for kind in kinds])
    tag_organisation(w, party)
