"""What was erased is in no byte of the store's folder: database, its free pages and page slack, log, files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pysqlite3
import pytest
from tests.base.test_files import jpeg

from bihuan.apps.cold_chain.app import Health, Porter, StaffHealth
from bihuan.base.files import store_file
from bihuan.base.identity import create_person, principal_for, update_person
from bihuan.base.principal import Principal, system
from bihuan.base.records import keep
from bihuan.base.records.drafts import drop_draft, save_draft
from bihuan.base.records.erasure import erase_person
from bihuan.base.records.sealed import erase_parts
from houses import Town, town

NAME, NUMBER, PHONE = "欧阳𠮷祥", "310104199003077816", "13917640925"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")


def found_in(folder: Path, secrets: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Which of these bytes stand in which file, as they are now, with the store still open."""
    files = [(p.name, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()]
    return [(name, secret) for secret in secrets for name, data in files if secret in data]


def spelled(*texts: str) -> list[bytes]:
    return [text.encode(encoding) for text in texts for encoding in ENCODINGS]


def keys_of(folder: Path, query: str, *values: str) -> list[bytes]:
    raw = pysqlite3.connect(str(folder / "bihuan.db"))
    found = [bytes(row[0]) for row in raw.execute(query, values)]
    raw.close()
    return found


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Town]:
    found = town(tmp_path)
    yield found
    found.house.db.close()


def clerk_of(made: Town) -> Principal:
    reader, now = made.house.db.reader(system("test")), made.clock.now()
    return principal_for(reader, made.people["warehouse"], made.organisations["warehouse"], now, made.house.lines(), confirmed_at=now)


def test_a_draft_is_found_and_goes_with_whoever_wrote_it(made: Town, tmp_path: Path) -> None:
    with made.house.db.write(clerk_of(made)) as w:
        save_draft(w, "cold_chain.StaffHealth", {"name": NAME, "number": NUMBER})
    assert {name for name, _ in found_in(tmp_path, spelled(NAME, NUMBER))} == {"bihuan.db-wal"}
    reader, now = made.house.db.reader(system("test")), made.clock.now()
    administrator = principal_for(reader, made.people["admin"], None, now, made.house.lines(), confirmed_at=now)
    with made.house.db.write(administrator) as w:
        erase_person(w, made.people["warehouse"], "本人要求")
    assert found_in(tmp_path, spelled(NAME, NUMBER)) == []  # a draft goes with the person who wrote it


def test_a_person_among_many_leaves_no_byte_and_no_key(made: Town, tmp_path: Path) -> None:
    people: list[str] = []
    for n in range(400):
        with made.house.db.write(system("test")) as w:
            people.append(create_person(w, NAME if n % 9 == 0 else f"某{n}", area="310115", phone=PHONE, id_number=NUMBER))
    with made.house.db.write(system("test")) as w:
        for who in people[::7]:
            update_person(w, who, phone="", email="nobody@example.invalid")
    keys = [key for who in people for key in keys_of(tmp_path, "SELECT key FROM person_key WHERE person = ?", who)]
    sealed = [v[12:] for who in people for v in keys_of(tmp_path, "SELECT value FROM personal WHERE person = ?", who)]
    assert found_in(tmp_path, keys[:1]) and found_in(tmp_path, sealed[:1])
    reader, now = made.house.db.reader(system("test")), made.clock.now()
    administrator = principal_for(reader, made.people["admin"], None, now, made.house.lines(), confirmed_at=now)
    thirds = people[1::3]
    gone = [key for who in thirds for key in keys_of(tmp_path, "SELECT key FROM person_key WHERE person = ?", who)]
    for who in thirds:
        with made.house.db.write(administrator) as w:
            erase_person(w, who, "本人要求")
    assert found_in(tmp_path, gone) == []  # while those of the others stand between them
    for who in sorted(set(people) - set(thirds)):
        with made.house.db.write(administrator) as w:
            erase_person(w, who, "本人要求")
    assert (tmp_path / "bihuan.db-wal").stat().st_size == 0
    assert found_in(tmp_path, spelled(NAME, NUMBER, PHONE)) == []
    assert found_in(tmp_path, keys) == []


def test_names_cut_from_many_records_leave_no_byte_no_key_and_no_photo(made: Town, tmp_path: Path) -> None:
    clerk, refs = clerk_of(made), []
    for n in range(120):
        with made.house.db.write(clerk) as w:
            draft = save_draft(w, "cold_chain.StaffHealth", {"people[0].name": NAME, "people[0].staff": NUMBER, "note": "x" * (n * 37)})
        with made.house.db.write(clerk) as w:
            paper = store_file(w, jpeg(1 + n % 8), "a.jpg", personal=True)
            line = Porter(staff=f"A-{n}", name=f"{NAME}{NUMBER}", cel=Decimal("36.5"), health=Health("well"))
            record = StaffHealth(time=datetime(2020, 12, 10, 6, tzinfo=UTC), place="WH1", people=[line], paper=paper.id)
            refs.append(keep(w, record, app="cold_chain", door="form", retry=f"r{n}").ref)
            drop_draft(w, draft)
    keys = keys_of(tmp_path, "SELECT key FROM sealed_key") + keys_of(tmp_path, "SELECT key FROM blob_key")
    assert len(keys) == 240
    for ref in refs:
        with made.house.db.write(clerk) as w:
            erase_parts(w, ref, "本人要求")
    assert found_in(tmp_path, spelled(NAME, NUMBER)) == []
    assert found_in(tmp_path, keys) == []


def test_the_log_is_emptied_later_when_somebody_was_reading(made: Town, tmp_path: Path) -> None:
    clerk = clerk_of(made)
    with made.house.db.write(clerk) as w:
        save_draft(w, "cold_chain.StaffHealth", {"name": NAME})
        draft = save_draft(w, "cold_chain.StaffHealth", {"name": NAME})
    reading = pysqlite3.connect(f"file:{tmp_path / 'bihuan.db'}?mode=ro", uri=True, isolation_level=None)
    reading.execute("BEGIN")
    assert reading.execute("SELECT count(*) FROM draft").fetchone() == (2,)
    with made.house.db.write(clerk) as w:
        drop_draft(w, draft)
        w.scrub()
    assert (tmp_path / "bihuan.db-wal").stat().st_size > 0
    reading.close()
    with made.house.db.write(clerk) as w:
        save_draft(w, "cold_chain.StaffHealth", {"note": "n"})
    assert (tmp_path / "bihuan.db-wal").stat().st_size == 0
