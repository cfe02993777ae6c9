"""Service agencies 服务机构 and for whom they act: dated, ended rather than deleted; they draft and never sign."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader, Writer
from bihuan.base.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Words
from bihuan.base.identity.events import AgencyEngaged, EngagementEnded
from bihuan.base.identity.journal import record
from bihuan.base.identity.model import AGENCY, INNER, PARTY_LINE, Engagement, engagement
from bihuan.base.identity.naming import area_of_party
from bihuan.base.identity.queries import access_organisation
from bihuan.base.identity.scopes import check_covers, kinds_of
from bihuan.base.identity.signing import check_confirmed


def engage_agency(w: Writer, party: str, agency: str, *, valid_from: int | None = None, valid_to: int | None = None) -> str:
    """Let a service agency draft for an organisation from now (or `valid_from`, int us) on; the engagement's id.

    By the organisation's own manager or principal person, or an administrator of its area, with the password just
    given. Invalid when the other is no agency; Conflict when it is engaged already.
    """
    area = _check_may_engage(w, party)
    if agency == party or AGENCY not in kinds_of(w, agency):
        words = Words("所选单位不是登记的服务机构。", "This organisation is not registered as a service agency.")
        raise Invalid(*words, faults=[Fault("agency", "choice", words)])
    start = max(w.now, valid_from or w.now)
    if valid_to is not None and valid_to <= start:
        words = Words("截止时间应晚于起始时间。", "It must end after it begins.")
        raise Invalid(*words, faults=[Fault("valid_to", "order", words)])
    e = engagement.c
    over = sa.or_(e.valid_to.is_(None), e.valid_to > start)
    if w.first(sa.select(e.id).where(e.party == party, e.agency == agency, over), INNER) is not None:
        raise Conflict("已经委托该机构。", "This agency is engaged already.", code="engaged")
    number = w.new_id("eng")
    row = {"id": number, "party": party, "agency": agency, "valid_from": start, "valid_to": valid_to}
    w.insert(engagement, row | {"granted_by": w.principal.id})
    happened = AgencyEngaged(number, party, agency)
    record(w, "engage_agency", party, area, happened, agency=agency, to=valid_to)
    return number


def end_engagement(w: Writer, number: str) -> None:
    """End an engagement now; the row stays as history. By whoever could have made it."""
    row = w.first(sa.select(engagement).where(engagement.c.id == number), INNER)
    if row is None:
        raise NotFound
    held = _engagement(row)
    area = _check_may_engage(w, held.party)
    if held.valid_to is not None and held.valid_to <= w.now:
        raise Conflict("委托已经终止。", "The engagement has ended already.", code="ended")
    end = max(w.now, held.valid_from)
    w.write(sa.update(engagement).where(engagement.c.id == number).values(valid_to=end, ended_by=w.principal.id))
    happened = EngagementEnded(number, held.party, held.agency, end)
    record(w, "end_engagement", held.party, area, happened, agency=held.agency, at=end)


def engagements_of(reader: Reader, party: str) -> tuple[Engagement, ...]:
    """The agencies that an organisation engaged, newest first: for its own people and administrators of its area."""
    access_organisation(reader, party, "read" if reader.principal.party == party else "admin")
    query = sa.select(engagement).where(engagement.c.party == party)
    rows = reader.rows(query.order_by(engagement.c.valid_from.desc(), engagement.c.id), INNER)
    return tuple(_engagement(row) for row in rows)


def _check_may_engage(w: Writer, party: str) -> str:
    """The organisation's area; Forbidden or NotFound for who may not speak for it."""
    who = w.principal
    if who.kind == "person":
        check_confirmed(who, w.now)
    if who.party == party:
        if who.kind == "system" or (who.kind == "person" and who.capabilities & {"manage", "principal"}):
            return area_of_party(w, party)
        raise Forbidden("只有主要负责人或单位管理员可以委托服务机构。",
                        "Only the principal person or a manager of the organisation may engage an agency.")  # fmt: skip
    found = access_organisation(w, party, "admin")
    check_covers(who, found.area, PARTY_LINE)
    return found.area


def _engagement(row: RowMapping) -> Engagement:
    names = ("id", "party", "agency", "valid_from", "valid_to", "granted_by", "ended_by")
    return Engagement(**{name: row[name] for name in names})
