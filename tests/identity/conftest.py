"""A small city: its areas, two lines, a city administrator, two districts' officers, an importer and an agency."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from bihuan.base.clock import SeededChance, SetClock, instant
from bihuan.base.db import Db, Reader, Writer
from bihuan.base.errors import Words
from bihuan.base.identity import (
    Line,
    LoggedIn,
    Policy,
    Session,
    create_account,
    create_organisation,
    create_person,
    give_grant,
    give_membership,
    load_areas,
    load_lines,
    load_roles,
    log_in,
    principal_for,
    session_of,
)
from bihuan.base.identity.model import DOOR
from bihuan.base.principal import Principal, system

QUICK = Policy(memory_kib=8, passes=1)
"""The same rules with a cheap hash."""
START = instant(datetime(2020, 12, 10, 9, 0))


@dataclass
class City:
    db: Db
    clock: SetClock
    admin: str
    huangpu: str
    jingan: str
    clerk: str
    importer: str
    agency: str
    policy: Policy = QUICK
    login: str = "zhang.xm"
    password: str = "qing-shui-wan-2020"

    def log_in(self, login: str = "zhang.xm", password: str | None = None, address: str = "198.51.100.7") -> Session:
        return log_in(self.db, login, self.password if password is None else password, address, policy=QUICK)

    def session(self, cookie: str) -> LoggedIn | None:
        return session_of(self.db.reader(DOOR), cookie, QUICK)

    def who(self, person: str, party: str | None = None, confirmed: bool = True) -> Principal:
        at = self.clock.now()
        return principal_for(self.db.reader(DOOR), person, party, at, confirmed_at=at if confirmed else None)

    def reader(self, person: str, party: str | None = None) -> Reader:
        return self.db.reader(self.who(person, party))

    @contextmanager
    def write(self, person: str, party: str | None = None) -> Iterator[Writer]:
        with self.db.write(self.who(person, party)) as w:
            yield w


@pytest.fixture
def city() -> Iterator[City]:
    clock = SetClock(START)
    db = Db(None, clock, SeededChance(7))
    db.create()
    with db.write(system("set-up")) as w:
        load_areas(w)
        load_roles(w)
        load_lines(w, [Line("cold_chain", Words("冷链", "Cold chain")), Line("air", Words("空气", "Air"))])
        admin = create_person(w, "王市长", area="31")
        give_grant(w, admin, "31", "*", role="administrator")
        huangpu = create_person(w, "李黄浦", area="310101", phone="13900001111")
        give_grant(w, huangpu, "310101", "*", role="administrator")
        jingan = create_person(w, "陈静安", area="310106")
        give_grant(w, jingan, "310106", "cold_chain", role="inspector")
        importer = create_organisation(w, "海鲜进口有限公司", kinds=["importer"], area="310101")
        agency = create_organisation(w, "报关代理有限公司", kinds=["agency"], area="310101")
        clerk = create_person(w, "张小明", area="310101", phone="13812341234")
        give_membership(w, clerk, importer, ["draft", "sign"])
        create_account(w, clerk, "Zhang.XM", City.password, must_change=False, policy=QUICK)
    yield City(db, clock, admin, huangpu, jingan, clerk, importer, agency)
    db.close()
