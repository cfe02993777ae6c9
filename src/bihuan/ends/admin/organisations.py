"""单位: list, register, change."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.identity import (
    KINDS,
    Organisation,
    access_organisation,
    create_organisation,
    members_of,
    organisations,
    person_label,
    tokens_of,
    update_organisation,
)
from bihuan.base.places import all_places
from bihuan.ends.admin.entering import Entry
from bihuan.ends.admin.noting import ADMIN, MANY, area_choices, kind_choices
from bihuan.ends.shared.asking import Ask, Form, stored
from bihuan.ends.shared.capabilities import may
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = ("/admin/organisations", Words("单位", "Organisations"))


@door("/admin/organisations", who="administrator")
def organisation_list(page: Page) -> Response:
    """Organisations that the administrator answers for."""
    names = Names(page)
    rows = organisations(
        page.reader,
        kind=page.arg("kind") or None,
        area=page.arg("area"),
        text=page.arg("q").strip(),
        capability="admin",
        limit=MANY,
    )
    columns = [
        column("name", "名称", "Name", lambda o: o.name, link=lambda o: f"/admin/organisations/{o.id}"),
        column("uscc", "统一社会信用代码", "USCC", lambda o: o.uscc or ""),
        column("kinds", "类别", "Kinds", lambda o: kinds_said(page, o)),
        column("area", "辖区", "Area", lambda o: o.area, show=lambda o: names.area(o.area)),
        column("address", "地址", "Address", lambda o: o.address),
        column("contact", "总机或邮箱", "Contact", lambda o: o.contact),
    ]
    filters = [
        Filter("q", Words("名称或代码", "Name or code"), kind="search"),
        Filter("kind", Words("类别", "Kind"), kind_choices(page)),
        Filter("area", Words("辖区", "Area"), area_choices(page)),
    ]
    return list_page(
        page,
        "organisations",
        HERE[1],
        columns,
        rows,
        filters=filters,
        crumbs=[ADMIN],
        acts=[("/admin/organisations/new", Words("登记单位", "Register an organisation"))],
        empty=Words("没有符合条件的单位；可以先登记一个。", "No organisation fits; register the first."),
    )


@door("/admin/organisations/new", who="administrator")
def new_page(page: Page) -> Response:
    """The form to register an organisation."""
    return _new(page).shown(page)


@door("/admin/organisations/new", "POST", who="administrator")
def create(page: Page) -> Response:
    """Register an organisation; its code is checked."""

    def enter(w: Writer) -> str:
        return create_organisation(
            w,
            page.field("name"),
            kinds=page.fields().get("kinds", []),
            area=page.field("area"),
            uscc=page.field("uscc") or None,
            address=page.field("address"),
            contact=page.field("contact"),
            gln=page.field("gln") or None,
        )

    key = ("create_organisation", page.field("name"))
    told, to = Words("已登记。", "Registered."), "/admin/organisations/"
    return _new(page).sent(page, enter, told=told, to=lambda party: to + party, key=key)


@door("/admin/organisations/{party}", who="administrator")
def organisation_page(page: Page) -> Response:
    """One organisation: its data, its members past and present, its places, its tokens."""
    found = access_organisation(page.reader, page.path("party"), "admin")
    members = members_of(page.reader, found.id)
    return page.render(
        "admin/organisation.html",
        found=found,
        names=Names(page),
        kinds=kinds_said(page, found),
        may=may,
        members=[(each, person_label(page.reader, each.person)) for each in members],
        places=all_places(page.reader, party=found.id),
        tokens=tokens_of(page.reader, found.id),
    )


@door("/admin/organisations/{party}/edit", who="administrator")
def edit_page(page: Page) -> Response:
    """The form to change an organisation."""
    found = access_organisation(page.reader, page.path("party"), "admin")
    values = stored(
        name=found.name,
        uscc=found.uscc,
        kinds=found.kinds,
        area=found.area,
        address=found.address,
        contact=found.contact,
        gln=found.gln,
    )
    return _edit(page, found).shown(page, values)


@door("/admin/organisations/{party}/edit", "POST", who="administrator")
def change(page: Page) -> Response:
    """Change an organisation."""
    found = access_organisation(page.reader, page.path("party"), "admin")
    said = {name: page.field(name) for name in ("name", "uscc", "area", "address", "contact", "gln")}

    def alter(w: Writer) -> None:
        update_organisation(w, found.id, kinds=page.fields().get("kinds", []), **said)

    return _edit(page, found).sent(page, alter, told=Words("已修改。", "Changed."))


def kinds_said(page: Page, found: Organisation) -> str:
    """An organisation's kinds in words."""
    return page.t("、", ", ").join(page.say(KINDS.get(kind, Words(kind, kind))) for kind in sorted(found.kinds))


def _asks(page: Page) -> list[Ask]:
    return [
        Ask("name", Words("名称", "Name"), required=True),
        Ask(
            "uscc",
            Words("统一社会信用代码", "Unified social credit code"),
            help=Words("18 位，末位是校验位。", "18 signs, the last one checks the others."),
        ),
        Ask("kinds", Words("类别", "Kinds"), "many", kind_choices(page), required=True),
        Ask("area", Words("辖区", "Area"), "choice", area_choices(page), required=True),
        Ask("address", Words("地址", "Address")),
        Ask(
            "contact",
            Words("总机或邮箱", "Switchboard or mailbox"),
            help=Words("单位的，不要填个人手机。", "Of the organisation, not of a person."),
        ),
        Ask("gln", Words("全球位置码 GLN", "GLN"), help=Words("13 位。", "13 digits.")),
    ]


def _new(page: Page) -> Entry:
    titles = Words("登记单位", "Register an organisation")
    return Entry(titles, Form("/admin/organisations/new", titles, _asks(page)), HERE)


def _edit(page: Page, found: Organisation) -> Entry:
    path = f"/admin/organisations/{found.id}"
    form = Form(f"{path}/edit", Words("保存修改", "Save the changes"), _asks(page))
    return Entry(Words("修改单位信息", "Change the organisation"), form, (path, Words(found.name, found.name)))
