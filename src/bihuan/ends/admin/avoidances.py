"""回避: which officer is related to which organisation, so that no draw of a random check sends one to the other."""

from __future__ import annotations

from sqlalchemy.engine import RowMapping
from starlette.responses import Response

from bihuan.base.cases import avoidances, end_avoidance, note_avoidance
from bihuan.base.errors import BihuanError, NotFound, Words
from bihuan.base.identity import access_organisation, access_person, people, person_label
from bihuan.ends.admin.noting import ADMIN, MANY, note, once, organisation_choices
from bihuan.ends.shared.asking import Ask, Form, Typed, confirm_here, form_page, stored, typed
from bihuan.ends.shared.listing import column, list_page
from bihuan.ends.shared.lists import at
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.words import stamp

TITLES = Words("检查人员回避", "Officers who avoid a party")
HERE = ("/admin/avoidances", TITLES)
_NOTE = Words("登记回避", "Record an avoidance")
_END = Words("解除回避", "End the avoidance")


@door("/admin/avoidances", who="administrator")
def avoidance_list(page: Page) -> Response:
    """Who avoids which organisation now; people are masked."""
    names = Names(page)
    columns = [
        column("person", "检查人员", "Officer", lambda a: person_label(page.reader, a["person"]),
               link=lambda a: f"/admin/people/{a['person']}"),
        column("party", "单位", "Organisation", lambda a: names.party(a["party"]),
               link=lambda a: f"/admin/organisations/{a['party']}"),
        column("why", "关系", "Relation", lambda a: a["why"]),
        column("made_at", "登记时间", "Recorded at", lambda a: at(a["made_at"]), show=lambda a: stamp(a["made_at"])[:16]),
        column("end", "办理", "What to do", lambda a: page.say(_END), link=lambda a: f"/admin/avoidances/{a['id']}/end"),
    ]  # fmt: skip
    return list_page(
        page, "avoidances", TITLES, columns, avoidances(page.reader), crumbs=[ADMIN], acts=[("/admin/avoidances/new", _NOTE)],
        intro=Words(
            "登记在此的检查人员，随机抽查时不会被派往有关系的单位；单位自己的成员不登记也会回避。",
            "An officer named here is never drawn for a check of that organisation; its own members are kept out anyway.",
        ),
        empty=Words("没有登记回避关系。", "No avoidance is recorded."),
    )  # fmt: skip


@door("/admin/avoidances/new", who="administrator")
def new_page(page: Page) -> Response:
    """The form to record one; may begin with the officer or organisation it was opened from."""
    return _form(page, stored(person=page.arg("person"), party=page.arg("party")))


@door("/admin/avoidances/new", "POST", who="administrator")
def note_now(page: Page) -> Response:
    """Record it; draws frozen from now on keep the two apart."""
    try:
        who = page.require("person", "检查人员", "Officer")
        party = page.require("party", "单位", "Organisation")
        access_person(page.reader, who, "admin")
        with page.write() as w:
            begun = once(page, w, "note_avoidance", who, party)
            if begun.before is None:
                begun.answer(note_avoidance(w, who, party, page.field("why")))
                note(w, "note_avoidance", who, access_organisation(w, party, "admin").area, party=party)
    except BihuanError as error:
        return _form(page, typed(page), error)
    return page.go(
        "/admin/avoidances",
        page.t("已登记；此后冻结名录的抽查都会回避。", "Recorded; draws frozen from now on keep to it."),
    )


@door("/admin/avoidances/{id}/end", who="administrator")
def end_page(page: Page) -> Response:
    """The form to end one."""
    return _end(page, _found(page))


@door("/admin/avoidances/{id}/end", "POST", who="administrator")
def end_now(page: Page) -> Response:
    """End it; the row stays as history."""
    found = _found(page)
    try:
        confirm_here(page)
        with page.write() as w:
            end_avoidance(w, found["id"])
            note(
                w,
                "end_avoidance",
                found["person"],
                access_organisation(w, found["party"], "admin").area,
                party=found["party"],
            )
    except BihuanError as error:
        return _end(page, found, typed(page), error)
    return page.go("/admin/avoidances", page.t("已解除，历史保留。", "Ended; it stays as history."))


def _found(page: Page) -> RowMapping:
    for row in avoidances(page.reader):
        if row["id"] == page.path("id"):
            return row
    raise NotFound


def _form(page: Page, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    officers = [(each.id, each.name) for each in people(page.reader, capability="admin", limit=MANY)]
    asks = [
        Ask("person", Words("检查人员", "Officer"), "choice", officers, required=True),
        Ask("party", Words("单位", "Organisation"), "choice", organisation_choices(page), required=True),
        Ask("why", Words("关系", "Relation"), "long", required=True,
            help=Words("如：近亲属在该单位任职；只写关系，不写第三人的姓名。",
                       "E.g. a close relative works there; write the relation, no name of anybody else.")),
    ]  # fmt: skip
    return form_page(page, _NOTE, Form("/admin/avoidances/new", _NOTE, asks), values=values, error=error, back=HERE)


def _end(page: Page, found: RowMapping, values: Typed | None = None, error: BihuanError | None = None) -> Response:
    form = Form(f"/admin/avoidances/{found['id']}/end", _END, [], binding=True)
    return form_page(page, _END, form, values=values, error=error, back=HERE)
