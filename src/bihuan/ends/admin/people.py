"""人员: masked lists, their pages, their own data shown only with a reason that is logged, erasure."""

from __future__ import annotations

from starlette.responses import Response

from bihuan.base.db import Writer
from bihuan.base.errors import BihuanError, Words
from bihuan.base.identity import (
    Person,
    access_person,
    cards_of,
    create_person,
    grants_of,
    memberships_of,
    people,
    reveal,
    update_person,
)
from bihuan.base.identity.model import PERSONAL_FIELDS
from bihuan.base.records.erasure import erase_person
from bihuan.ends.admin.accounts import account_of
from bihuan.ends.admin.entering import Entry
from bihuan.ends.admin.noting import ADMIN, MANY, area_choices, organisation_choices
from bihuan.ends.shared.asking import Ask, Form, shown, stored
from bihuan.ends.shared.capabilities import may
from bihuan.ends.shared.cookies import address_of
from bihuan.ends.shared.listing import Filter, column, list_page
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door

HERE = ("/admin/people", Words("人员", "People"))
FIELD_WORDS = {
    "name": Words("姓名", "Name"),
    "phone": Words("电话", "Phone"),
    "email": Words("邮箱", "E-mail"),
    "id_number": Words("证件号", "Identity number"),
}


@door("/admin/people", who="administrator")
def people_list(page: Page) -> Response:
    """People that the administrator sees, masked."""
    names = Names(page)
    rows = people(page.reader, party=page.arg("party") or None, area=page.arg("area"), capability="admin", limit=MANY)
    columns = [
        column("name", "姓名", "Name", lambda p: p.name, link=lambda p: f"/admin/people/{p.id}"),
        column("phone", "电话", "Phone", lambda p: p.phone),
        column("area", "归属辖区", "Home area", lambda p: p.area, show=lambda p: names.area(p.area)),
        column("id", "编号", "Id", lambda p: p.id),
    ]
    filters = [
        Filter("area", Words("归属辖区", "Home area"), area_choices(page)),
        Filter("party", Words("所属单位", "Member of"), organisation_choices(page)),
    ]
    return list_page(
        page,
        "people",
        HERE[1],
        columns,
        rows,
        filters=filters,
        crumbs=[ADMIN],
        acts=[("/admin/people/new", Words("登记人员", "Register a person"))],
        intro=Words(
            "姓名、电话已遮盖；需要明文时进入个人页，写明理由后查看，查看会记录在案。",
            "Names and numbers are masked; on a person's page you can see them with a reason, which is logged.",
        ),
        empty=Words("没有符合条件的人员。", "Nobody fits."),
    )


@door("/admin/people/new", who="administrator")
def new_page(page: Page) -> Response:
    """The form to register a person."""
    return _new(page).shown(page)


@door("/admin/people/new", "POST", who="administrator")
def create(page: Page) -> Response:
    """Register a person."""

    def enter(w: Writer) -> str:
        return create_person(
            w,
            page.field("name"),
            area=page.field("area"),
            phone=page.field("phone"),
            email=page.field("email"),
            id_number=page.field("id_number"),
        )

    told = Words("已登记；下一步可开通账号、授权。", "Registered; next: a log-in, grants.")
    key = ("create_person", page.field("area"))
    return _new(page).sent(page, enter, told=told, to=lambda who: f"/admin/people/{who}", key=key)


@door("/admin/people/{who}", who="administrator")
def person_page(page: Page) -> Response:
    """One person, masked: log-in, memberships and grants with their history."""
    return show_person(page)


@door("/admin/people/{who}/reveal", "POST", who="administrator")
def reveal_now(page: Page) -> Response:
    """Show a person's own data in clear, with a reason, logged first."""
    found = access_person(page.reader, page.path("who"), "admin")
    try:
        why = page.require("why", "理由", "Reason")
        with page.write() as w:
            values = reveal(w, found.id, PERSONAL_FIELDS, why, address_of(page))
    except BihuanError as error:
        return show_person(page, revealing=error)
    return show_person(page, values=values)


@door("/admin/people/{who}/edit", who="administrator")
def edit_page(page: Page) -> Response:
    """The form to change a person's data; what stands there is not shown."""
    found = access_person(page.reader, page.path("who"), "admin")
    return _edit(page, found).shown(page, stored(area=found.area))


@door("/admin/people/{who}/edit", "POST", who="administrator")
def change(page: Page) -> Response:
    """Change what was filled in; what was left empty stays."""
    found = access_person(page.reader, page.path("who"), "admin")
    given = {field: value for field in PERSONAL_FIELDS if (value := page.field(field))}

    def alter(w: Writer) -> None:
        update_person(w, found.id, area=page.field("area") or None, **given)

    return _edit(page, found).sent(page, alter, told=Words("已修改。", "Changed."))


@door("/admin/people/{who}/erase", who="administrator")
def erase_page(page: Page) -> Response:
    """The form to erase a person: what goes, what stays."""
    return _erase(page).shown(page)


@door("/admin/people/{who}/erase", "POST", who="administrator")
def erase_now(page: Page) -> Response:
    """Erase a person's data for good."""

    def erase(w: Writer) -> None:
        erase_person(w, page.path("who"), page.require("why", "理由", "Reason"))

    told = Words("已删除该人员的个人信息，其账号与权限同时终止。", "Erased; log-in and powers have ended.")
    return _erase(page).sent(page, erase, told=told, to=lambda _: "/admin/people")


def show_person(page: Page, *, values: dict[str, str] | None = None, revealing: BihuanError | None = None) -> Response:
    """A person's page; with `values` their data in clear, this once."""
    found = access_person(page.reader, page.path("who"), "admin")
    ask = Ask(
        "why",
        Words("查看理由", "Reason"),
        required=True,
        help=Words("会记录在案，本人可见。", "It is logged, and the person can see it."),
    )
    form = Form(f"/admin/people/{found.id}/reveal", Words("查看明文", "Show in clear"), [ask], quiet=True)
    return page.render(
        "admin/person.html",
        200 if revealing is None else revealing.status,
        found=found,
        names=Names(page),
        may=may,
        clear=[(words, values[name]) for name, words in FIELD_WORDS.items() if name in values] if values else [],
        one=shown(page, form, None, revealing),
        login=account_of(page, found.id),
        grants=grants_of(page.reader, found.id),
        cards=cards_of(page.reader, found.id),
        memberships=memberships_of(page.reader, found.id),
    )


def person_words(found: Person) -> Words:
    """A person's masked name as a crumb."""
    return Words(found.name, found.name)


def _asks(page: Page, *, new: bool) -> list[Ask]:
    keep = Words("", "") if new else Words("不填则不变。", "Left empty it stays as it is.")
    return [
        Ask("name", FIELD_WORDS["name"], required=new, help=keep),
        Ask(
            "area",
            Words("归属辖区", "Home area"),
            "choice",
            area_choices(page),
            required=True,
            help=Words("由该辖区的管理员负责此人的账号。", "Its administrator answers for this person's log-in."),
        ),
        Ask("phone", FIELD_WORDS["phone"], help=keep),
        Ask("email", FIELD_WORDS["email"], help=keep),
        Ask("id_number", FIELD_WORDS["id_number"], help=keep),
    ]


def _new(page: Page) -> Entry:
    titles = Words("登记人员", "Register a person")
    intro = Words(
        "个人信息以每人一把密钥加密保存，列表中遮盖；监管人员的姓名对同辖区、同条线的同事显示。",
        "Personal data are kept under a key of their own and masked; colleagues of an officer see the name.",
    )
    return Entry(titles, Form("/admin/people/new", titles, _asks(page, new=True)), HERE, intro)


def _edit(page: Page, found: Person) -> Entry:
    path = f"/admin/people/{found.id}"
    form = Form(f"{path}/edit", Words("保存修改", "Save the changes"), _asks(page, new=False))
    return Entry(Words("修改人员信息", "Change the person's data"), form, (path, person_words(found)))


def _erase(page: Page) -> Entry:
    found = access_person(page.reader, page.path("who"), "admin")
    path = f"/admin/people/{found.id}"
    ask = Ask(
        "why", Words("理由", "Reason"), required=True, help=Words("例如：本人申请。", "E.g. the person asked for it.")
    )
    form = Form(f"{path}/erase", Words("永久删除", "Erase for good"), [ask], binding=True)
    intro = Words(
        "销毁此人的密钥：姓名、电话、邮箱、证件号、执法证号不可恢复，账号、令牌和全部权限终止；其办理过的事项保留，只剩编号。",
        "Their key is destroyed: name, phone, e-mail, identity and card number cannot come back; log-in, tokens, powers "
        "end; what they did stays under a bare id.",
    )
    return Entry(Words("删除个人信息", "Erase the person's data"), form, (path, person_words(found)), intro)
