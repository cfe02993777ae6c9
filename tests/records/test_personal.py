"""Fields declared personal: cut out before hashing, kept apart, shown for a reason, erased for good."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pytest
import sqlalchemy as sa

from bihuan.apps.cold_chain.app import Health, Porter, StaffHealth
from bihuan.base.declare import Record, compiled, says
from bihuan.base.declare.compiled import DeclarationError
from bihuan.base.errors import Invalid, NotFound
from bihuan.base.identity import principal_for
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.principal import Principal, system
from bihuan.base.records import keep
from bihuan.base.records.sealed import erase_parts, reveal_parts
from houses import town

NAME = "欧阳𠮷祥"


def stated(folder: Path | None = None):  # type: ignore[no-untyped-def]
    made = town(folder)
    house = made.house
    line = Porter(staff="A-17", name=NAME, cel=Decimal("36.5"), health=Health("well"))
    record = StaffHealth(time=datetime(2020, 12, 10, 6, tzinfo=UTC), place="WH1", people=[line], paper="file-1")
    clerk = principal(made, "warehouse", made.organisations["warehouse"])
    with house.db.write(clerk) as w:
        kept = keep(w, record, app="cold_chain", door="form", retry="r1")
    return made, clerk, kept


def principal(made, login: str, party: str | None = None) -> Principal:  # type: ignore[no-untyped-def]
    reader = made.house.db.reader(system("test"))
    now = made.clock.now()
    return principal_for(reader, made.people[login], party, now, made.house.lines(), confirmed_at=now)


def test_no_name_is_in_what_is_hashed() -> None:
    made, _, kept = stated()
    body = made.house.db.reader(system("test")).scalar(sa.select(entry.c.body).where(entry.c.seq == kept.seq), ENTRIES)
    assert NAME.encode() not in body
    assert b"A-17" in body


def test_it_is_shown_for_a_reason_to_whom_it_concerns() -> None:
    made, clerk, kept = stated()
    with made.house.db.write(clerk) as w:
        assert reveal_parts(w, kept.ref, "核对名单") == {"people[0].name": NAME}
    with pytest.raises(Invalid), made.house.db.write(clerk) as w:
        reveal_parts(w, kept.ref, " ")
    with pytest.raises(NotFound), made.house.db.write(principal(made, "stranger")) as w:
        reveal_parts(w, kept.ref, "好奇")


def test_the_same_form_twice_is_one_record() -> None:
    made, clerk, kept = stated()
    line = Porter(staff="A-17", name=NAME, cel=Decimal("36.5"), health=Health("well"))
    record = StaffHealth(time=datetime(2020, 12, 10, 6, tzinfo=UTC), place="WH1", people=[line], paper="file-1")
    with made.house.db.write(clerk) as w:
        again = keep(w, record, app="cold_chain", door="form", retry="r1")
    assert again.repeated
    assert again.ref == kept.ref


def test_erased_is_gone_from_the_file_and_the_proof_stands(tmp_path: Path) -> None:
    made, clerk, kept = stated(tmp_path)
    with made.house.db.write(clerk) as w:
        erase_parts(w, kept.ref, "本人要求")
    with made.house.db.write(clerk) as w:
        assert reveal_parts(w, kept.ref, "再看") == {}
    made.house.db.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert NAME.encode() not in file.read_bytes(), file.name


def test_only_a_text_can_be_personal() -> None:
    class Odd(Record):
        weight: Annotated[Decimal, says("体重", "Weight", personal=True)]

    with pytest.raises(DeclarationError, match="weight"):
        compiled(Odd, "test")
