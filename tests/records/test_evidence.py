"""Files that records name: bound by hash in the leaf, seen with the record, checked by `verify`, photos of people erasable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.base.test_files import jpeg

from bihuan.apps.cold_chain.app import Health, Porter, StaffHealth
from bihuan.base.db import Open
from bihuan.base.declare import compiled, read
from bihuan.base.errors import BihuanError, Invalid, NotFound
from bihuan.base.files import FileErased, erase_file, file_bytes, file_ref, named, read_named, store_file
from bihuan.base.files.model import blob_key
from bihuan.base.identity import Access, access_log_of, principal_for
from bihuan.base.ledger import body_of
from bihuan.base.principal import Principal, system
from bihuan.base.records import Kept, keep
from bihuan.base.records.erasure import erase_person
from bihuan.base.records.sealed import erase_parts, has_parts
from bihuan.commands.verify_files import check_files
from houses import Town, town

SPEC = compiled(StaffHealth, "cold_chain")
WHOLE = Open("test")


def who(made: Town, login: str, party: str = "") -> Principal:
    reader, now = made.house.db.reader(system("test")), made.clock.now()
    return principal_for(reader, made.people[login], made.organisations.get(party), now, made.house.lines(), confirmed_at=now)


def shift(paper: str, staff: str = "A-17") -> StaffHealth:
    line = Porter(staff=staff, cel=Decimal("36.5"), health=Health("well"))
    return StaffHealth(time=datetime(2020, 12, 10, 6, tzinfo=UTC), place="WH1", people=[line], paper=paper)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Town]:
    found = town(tmp_path / "store")
    yield found
    found.house.db.close()


def kept_with(made: Town, *, personal: bool) -> tuple[Principal, str, Kept]:
    clerk = who(made, "warehouse", "warehouse")
    with made.house.db.write(clerk) as w:
        file = store_file(w, jpeg(), "纸.jpg", personal=personal).id
    with made.house.db.write(clerk) as w:
        kept = keep(w, shift(file), app="cold_chain", door="form", retry="r1")
    return clerk, file, kept


def payload_of(made: Town, kept: Kept) -> bytes:
    body = body_of(made.house.db.reader(system("test")), kept.seq)
    assert body is not None
    return body.partition(b"\n")[2]


@pytest.mark.parametrize("personal", [False, True])
def test_the_leaf_commits_to_the_bytes_that_are_kept(made: Town, personal: bool) -> None:
    clerk, file, kept = kept_with(made, personal=personal)
    ref = file_ref(made.house.db.reader(clerk), file)
    assert f'"paper":"{file}#sha256:{ref.sha256}"'.encode() in payload_of(made, kept)
    raw = pysqlite3.connect(str(made.house.db.path))
    [(data,)] = raw.execute("SELECT data FROM blob").fetchall()
    raw.close()
    assert hashlib.sha256(data).hexdigest() == ref.sha256
    assert (b"JFIF" in data) is not personal
    assert b"JFIF" in file_bytes(made.house.db.reader(clerk), file)[1]


def test_the_same_form_again_is_one_record_whether_it_names_the_hash_or_not(made: Town) -> None:
    clerk, file, kept = kept_with(made, personal=True)
    for text in (file, named(file_ref(made.house.db.reader(clerk), file))):
        with made.house.db.write(clerk) as w:
            assert keep(w, shift(text), app="cold_chain", door="form", retry="r1") == replace(kept, repeated=True)


def test_a_file_that_is_anothers_unknown_or_has_another_hash_is_refused_at_its_field(made: Town) -> None:
    clerk, file, _ = kept_with(made, personal=False)
    importer = who(made, "importer", "importer")
    for sender, text, code in (
        (importer, file, "not_found"), (clerk, "file-0000000000000000", "not_found"), (clerk, f"{file}#sha256:{'0' * 64}", "hash"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused, made.house.db.write(sender) as w:
            keep(w, shift(text), app="cold_chain", door="form")
        assert [(f.path, f.code) for f in refused.value.faults] == [("paper", code)]
    with made.house.db.write(clerk) as w:
        kept = keep(w, shift("柜子里的纸 7"), app="cold_chain", door="form")  # kept elsewhere: stands as it is
    assert '"paper":"柜子里的纸 7"'.encode() in payload_of(made, kept)


def test_a_hash_that_is_none_is_a_fault_of_the_form() -> None:
    values: dict[str, Any] = {"time": "2020-12-10T14:00:00+08:00", "place": "WH1", "people": [{"staff": "A", "cel": "36.5", "health": "well"}]}
    assert [f.code for f in read(SPEC, values | {"paper": "file-0123456789abcdef#sha256:12"}).faults] == ["file"]
    assert not read(SPEC, values | {"paper": "file-0123456789abcdef#sha256:" + "a" * 64}).faults
    assert not read(SPEC, values | {"paper": "柜 3#12"}).faults  # kept elsewhere
    assert read_named("file-1") == ("file-1", None) and read_named("file-1#md5:00") is None
    assert read_named("file-1#sha256=" + "b" * 64) == ("file-1", "b" * 64)  # as acts on cases have it


def test_a_file_is_seen_by_whoever_sees_the_record_and_by_nobody_else(made: Town) -> None:
    clerk = who(made, "warehouse", "warehouse")
    with made.house.db.write(clerk) as w:
        file, lone = store_file(w, jpeg(), "a.jpg").id, store_file(w, jpeg(1), "b.jpg").id
        keep(w, shift(file), app="cold_chain", door="form", tags=["a:cold_chain:310115"])
    inspector, stranger = who(made, "inspector"), who(made, "stranger")
    assert file_ref(made.house.db.reader(inspector), file).id == file
    for reader, hidden in ((inspector, lone), (stranger, file)):
        with pytest.raises(NotFound):
            file_ref(made.house.db.reader(reader), hidden)


def test_naming_anothers_file_in_a_record_shows_it_to_nobody_new(made: Town) -> None:
    _, file, _ = kept_with(made, personal=False)
    with made.house.db.write(system("mapped")) as w:  # a machine's door that did not look
        keep(w, shift(file), app="cold_chain", door="mapped", party=made.organisations["importer"], tags=["a:cold_chain:310107"])
    for login in ("stranger", "importer"):
        with pytest.raises(NotFound):
            file_ref(made.house.db.reader(who(made, login, login)), file)


# Photos of people --------------------------------------------------------------------------------------------------


def test_a_photo_of_people_is_opened_only_where_names_would_be(made: Town) -> None:
    clerk, file, _ = kept_with(made, personal=True)
    with made.house.db.write(clerk) as w:
        w.tag("file", file, ["a:cold_chain:310115", "public"])
    reader = made.house.db.reader(who(made, "inspector"))
    assert file_bytes(reader, file)[0].sealed
    with pytest.raises(NotFound):
        file_bytes(made.house.db.reader(who(made, "admin")), file)  # sees it in public, may not act there


def erased(made: Town, file: str) -> None:
    db = made.house.db
    ref, key = file_ref(db.reader(system("test")), file), db.reader(system("test")).scalar(sa.select(blob_key.c.key), WHOLE)
    assert ref.erased and bytes(key) == bytes(32)
    with pytest.raises(BihuanError) as gone:
        file_bytes(db.reader(system("test")), file)
    assert gone.value.code == "erased"


def test_erasing_the_photo_destroys_its_key_and_its_bytes(made: Town) -> None:
    clerk, file, _ = kept_with(made, personal=True)
    path = made.house.db.path
    assert path is not None
    raw = pysqlite3.connect(str(path))
    [(key,)], [(data,)] = raw.execute("SELECT key FROM blob_key").fetchall(), raw.execute("SELECT data FROM blob").fetchall()
    raw.close()
    assert b"JFIF" in AESGCM(key).decrypt(data[:12], data[12:], file.encode())
    with pytest.raises(Invalid), made.house.db.write(clerk) as w:
        erase_file(w, file, "  ")
    with pytest.raises(NotFound), made.house.db.write(who(made, "importer", "importer")) as w:
        erase_file(w, file, "好奇")
    told: list[object] = []
    made.house.db.listeners.append(told.extend)
    with made.house.db.write(clerk) as w:
        erase_file(w, file, "本人要求")
    assert [e.file for e in told if isinstance(e, FileErased)] == [file]
    erased(made, file)
    everything = b"".join(p.read_bytes() for p in path.parent.rglob("*") if p.is_file())
    assert key not in everything and data[40:72] not in everything and data[-48:-16] not in everything
    with pytest.raises(InvalidTag):
        AESGCM(bytes(32)).decrypt(data[:12], data[12:], file.encode())
    log = access_log_of(made.house.db.reader(system("test")), kind="file")
    assert [(a.row, a.why) for a in log if isinstance(a, Access)] == [(file, "erase: 本人要求")]


def test_erasing_what_names_somebody_in_the_record_destroys_the_photo_too(made: Town) -> None:
    clerk, file, kept = kept_with(made, personal=True)
    payload = payload_of(made, kept)
    assert has_parts(made.house.db.reader(clerk), clerk.party or "", payload)
    with made.house.db.write(clerk) as w:
        erase_parts(w, kept.ref, "其中一人要求")
    erased(made, file)
    assert not has_parts(made.house.db.reader(clerk), clerk.party or "", payload)


def test_an_ordinary_paper_stays_when_names_in_the_record_are_erased(made: Town) -> None:
    clerk, file, kept = kept_with(made, personal=False)
    with made.house.db.write(clerk) as w:
        erase_parts(w, kept.ref, "其中一人要求")
    assert not file_ref(made.house.db.reader(clerk), file).erased


def test_erasing_a_person_destroys_the_photos_in_records_that_name_them(made: Town) -> None:
    _, file, kept = kept_with(made, personal=True)
    person = made.people["store"]
    with made.house.db.write(system("test")) as w:
        w.put(sa.Table("fact_key", sa.MetaData(), sa.Column("key", sa.Text, primary_key=True), sa.Column("seq", sa.Integer, primary_key=True)),
              ("key", "seq"), [(f"person:{person}", kept.seq)])  # fmt: skip
    with made.house.db.write(who(made, "admin")) as w:
        erase_person(w, person, "本人要求")
    erased(made, file)


# bihuan verify -----------------------------------------------------------------------------------------------------


def told(made: Town) -> list[tuple[str, bool]]:
    count, found = check_files(made.house.db.reader(system("test")), made.house.registry)
    assert count == 1
    return [(f.what.en, f.broken) for f in found]


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE blob SET data = data || x'00'", "the content is not the one that was recorded"),
        ("UPDATE file SET sha256 = upper(sha256)", "the file is missing"),
        ("UPDATE blob SET sha256 = upper(sha256), data = x'00'; UPDATE file SET sha256 = upper(sha256)",
         "the hash kept beside the file is not the one in the ledger"),
        ("DELETE FROM blob", "the file is missing"),
        ("DELETE FROM file", "the file is missing"),
    ],
)  # fmt: skip
def test_verify_names_a_file_that_is_missing_or_changed(made: Town, personal: bool, statement: str, said: str) -> None:
    kept_with(made, personal=personal)
    assert told(made) == []
    raw = made.house.db._raw()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.executescript(statement)
    assert told(made) == [(said, True)]


def test_verify_tells_an_erased_file_as_erased(made: Town) -> None:
    clerk, file, _ = kept_with(made, personal=False)
    with made.house.db.write(clerk) as w:
        erase_file(w, file, "本人要求")
    assert told(made) == [("the content was erased by law", False)]


def test_an_older_record_that_names_no_hash_is_still_read_and_told_as_such(made: Town) -> None:
    clerk, file, kept = kept_with(made, personal=False)
    raw = made.house.db._raw()
    raw.execute("UPDATE cold_chain_staff_health SET paper = ?", (file,))
    assert told(made) == [("an older record names the file without its hash", False)]
    assert file_ref(made.house.db.reader(clerk), file).id == file and kept.seq >= 0
