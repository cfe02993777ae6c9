"""A witness in another place: it cosigns what grows, and an operator who rewrites a day is caught with both heads kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.houses import NOW

from bihuan.base.catalog import House
from bihuan.base.clock import SeededChance, SetClock
from bihuan.base.errors import StoreFault
from bihuan.base.ledger import latest_checkpoint, published
from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.commands.witness import SplitView, Witness
from bihuan.engines.merkle import MerkleError, cosigners, parse_checkpoint, parse_note
from bihuan.main import build, published_file, remember_published, serve_app
from bihuan.settings import Settings

AT = 1_607_580_000
TEST = system("test")


def opened(folder: Path, **settings: object) -> tuple[House, TestClient]:
    made = Settings(data=folder, origin="demo/test", **settings)  # type: ignore[arg-type]
    house = build(made, clock=SetClock(NOW), chance=SeededChance(7))
    return house, TestClient(serve_app(house, made))


def keep(house: House, *names: str) -> None:
    """One plain event a name, and a checkpoint over all."""
    event = (
        '{"type":"ObjectEvent","action":"OBSERVE","eventTime":"2020-12-10T06:00:00Z","eventTimeZoneOffset":"+00:00",'
        '"eventID":"urn:test:%s","epcList":["urn:epc:id:sgtin:4012345.011122.25"],"bizStep":"inspecting"}'
    )
    new = [NewEvent(f"urn:test:{name}", (event % name).encode()) for name in names]
    with house.db.write(TEST) as w:
        keep_events(w, new, door="test", party="", context={})
    house.sign()


def watching(folder: Path, house: House, client: TestClient) -> Witness:
    def fetch(path: str, body: bytes | None) -> bytes:
        answer = client.get(path) if body is None else client.post(path, content=body)
        if answer.status_code >= 400:
            raise OSError(answer.text)
        return answer.content

    return Witness(folder, "eye", house.key.vkey, fetch)


def test_publication_waits_for_the_witness(tmp_path: Path) -> None:
    house, client = opened(tmp_path / "city")
    eye = watching(tmp_path / "eye", house, client)
    house.db.close()
    house, client = opened(tmp_path / "city", witnesses=eye.line, quorum=1)
    eye = watching(tmp_path / "eye", house, client)
    for day in range(3):
        keep(house, *(f"day-{day}-record-{n}" for n in range(200)))
        before = published(house.db.reader(TEST))
        assert before is None or before[0] == day * 200, "the newest is not published before it is cosigned"
        head = eye.look(AT + day)
        assert head is not None and head.size == 200 * (day + 1)
        size, note = latest_checkpoint(house.db.reader(TEST))
        assert size == head.size and [each.witness for each in cosigners(note, [eye.line])] == ["eye"]
    assert eye.look(AT + 9) is None, "what was cosigned needs no second word"
    assert client.get("/ledger/checkpoint").text == note
    stranger = watching(tmp_path / "stranger", house, client)
    with pytest.raises(OSError, match="not_a_witness"):
        stranger.look(AT)
    house.db.close()


def test_a_rewritten_day_is_not_cosigned_and_both_heads_are_kept(tmp_path: Path) -> None:
    house, client = opened(tmp_path / "city")
    keep(house, "monday")
    shutil.copytree(tmp_path / "city", tmp_path / "forged", ignore=shutil.ignore_patterns("*.lock"))
    keep(house, "tuesday-as-it-was", "wednesday")
    eye = watching(tmp_path / "eye", house, client)
    eye.fetch = quiet(eye)
    assert eye.look(AT) is not None
    house.db.close()
    forged, client = opened(tmp_path / "forged")
    keep(forged, "tuesday-as-the-operator-wants-it", "wednesday", "thursday")
    eye = watching(tmp_path / "eye", forged, client)
    eye.fetch = quiet(eye)
    with pytest.raises(SplitView, match="does not continue"):
        eye.look(AT + 60)
    known, shown = sorted((tmp_path / "eye" / "evidence").iterdir())
    heads = [parse_checkpoint(parse_note(file.read_text(encoding="utf-8")).text) for file in (known, shown)]
    assert [head.size for head in heads] == [3, 4]
    assert parse_checkpoint(parse_note((tmp_path / "eye" / "head.note").read_text(encoding="utf-8")).text) == heads[0]
    forged.db.close()


def quiet(eye: Witness) -> object:
    """This ledger counts no witness yet: the word is left and turned away, which is not what is tested here."""
    asked = eye.fetch
    return lambda path, body: b"" if body is not None else asked(path, body)


def test_another_ledgers_word_is_not_cosigned(tmp_path: Path) -> None:
    house, client = opened(tmp_path / "city")
    keep(house, "monday")
    other, _ = opened(tmp_path / "other")
    eye = watching(tmp_path / "eye", house, client)
    eye.vkey = other.key.vkey.replace("demo/test", "demo/else")
    with pytest.raises(MerkleError):
        eye.look(AT)
    house.db.close()
    other.db.close()


def test_a_store_put_back_does_not_start_under_the_same_epoch(tmp_path: Path) -> None:
    house, _ = opened(tmp_path / "city")
    keep(house, "monday")
    shutil.copy(tmp_path / "city" / "bihuan.db", tmp_path / "monday.db")
    house.db.close()
    shutil.copy(tmp_path / "city" / "bihuan.db", tmp_path / "monday.db")
    house, _ = opened(tmp_path / "city")
    keep(house, "tuesday")
    remember_published(house, Settings(data=tmp_path / "city", origin="demo/test"))
    house.db.close()
    assert parse_checkpoint(parse_note(published_file(Settings(data=tmp_path / "city")).read_text("utf-8")).text).size == 2
    opened(tmp_path / "city")[0].db.close()
    for file in (tmp_path / "city").glob("bihuan.db*"):
        file.unlink()
    shutil.copy(tmp_path / "monday.db", tmp_path / "city" / "bihuan.db")
    with pytest.raises(StoreFault, match="put back"):
        opened(tmp_path / "city")
