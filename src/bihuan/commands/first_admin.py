"""`bihuan first-admin`: the one person who enters all others, made once in an empty store."""

from __future__ import annotations

from bihuan.base.catalog import House
from bihuan.base.clock import new_id
from bihuan.base.errors import Refused
from bihuan.base.identity import anybody, create_account, create_person, give_grant
from bihuan.base.principal import system


def first_admin(house: House, login: str, name: str, area: str) -> str:
    """Make the first administrator over an area (and all lines); gives a password that must be changed at log-in.

    Refused once anybody can log in: from then on an administrator enters people.
    """
    with house.db.write(system("first-admin")) as w:
        if anybody(w):
            zh = "库里已有可登录的人员；请由管理员在“管理”页面登记。"
            raise Refused(zh, "People can log in already; an administrator enters further ones on the administration page.")
        who = create_person(w, name, area=area)
        password = new_id(w.chance, "", 10)
        create_account(w, who, login, password, must_change=True)
        give_grant(w, who, area, "*", ["read", "admin"])
    return password
