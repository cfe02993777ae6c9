"""`bihuan simulate`, `verify`, `explain` and `demo` over a store on disk, run as a person runs them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bihuan.base.clock import SystemChance, WallClock
from bihuan.base.db import Db
from bihuan.base.ledger import ENTRIES, entry
from bihuan.base.principal import system
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.cli import app


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "city"
    code, said = run("simulate", "--seed", "7", "--lots", "60", "--days", "6", "--check", "--data", str(folder))
    assert code == 0, said
    scores = re.findall(r"^(\w+) +(\d+) +(\d+) +(\d\.\d{3}) +(\d\.\d{3})$", said, re.MULTILINE)
    assert len(scores) == 9
    assert {(precision, recall) for *_, precision, recall in scores} == {("1.000", "1.000")}
    assert sum(int(expected) for _, expected, *_ in scores) > 0, "a week without a breach would prove nothing"
    return folder


def rows(folder: Path, query: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
    db = Db(folder / "bihuan.db", WallClock(), SystemChance(), read_only=True)
    found = [dict(row) for row in db.reader(system("test")).rows(query, ENTRIES)]
    db.close()
    return found


def copied(store: Path, folder: Path) -> Path:
    shutil.copytree(store, folder)
    return folder


def test_an_untouched_store_is_verified(store: Path) -> None:
    code, said = run("verify", str(store))
    assert code == 0
    assert said.rstrip().endswith("ok")
    assert "demo/simulation-7/1" in said


def test_a_flipped_byte_of_a_body_names_its_record(store: Path, tmp_path: Path) -> None:
    [row] = rows(store, sa.select(entry.c.ref, entry.c.body).where(entry.c.seq == 17))
    folder = copied(store, tmp_path / "flipped")
    file = folder / "bihuan.db"
    data = bytearray(file.read_bytes())
    body = row["body"]
    assert isinstance(body, bytes)
    at = data.index(body[-80:])
    data[at + 7] ^= 1
    file.write_bytes(data)
    code, said = run("verify", str(folder))
    assert code == 1
    assert str(row["ref"]) in said
    assert "ok" not in said.splitlines()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE record SET time = time + 1 WHERE seq = 20", "record"),
        ("DELETE FROM fact WHERE seq = 21", "fact"),
        ("UPDATE verdict SET answer = 'satisfied' WHERE answer = 'violated'", "结论"),
        ("UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 3) WHERE seq = 4", "body"),
        ("DELETE FROM entry WHERE seq = 9", "missing"),
        ("UPDATE entry SET salt = NULL, body = NULL WHERE seq = (SELECT max(seq) FROM entry)", ""),
    ],
)
def test_what_an_operator_changes_is_found(store: Path, tmp_path: Path, statement: str, said: str) -> None:
    folder = copied(store, tmp_path / "changed")
    db = Db(folder / "bihuan.db", WallClock(), SystemChance())
    with db.write(system("operator")) as w:
        w.write(sa.text(statement))  # type: ignore[arg-type]
    db.close()
    code, told = run("verify", str(folder))
    assert code == 1, "an erasure without its record is a change too"
    assert said in told


def test_a_rule_is_explained_in_both_languages(store: Path) -> None:
    f = finding_table.c
    db = Db(store / "bihuan.db", WallClock(), SystemChance(), read_only=True)
    row = db.reader(system("test")).rows(sa.select(f.rule, f.subject, f.window), FINDING)[0]
    db.close()
    code, said = run("explain", row["rule"], row["subject"], "--data", str(store))
    assert code == 0
    assert f"[violated] {row['window']}" in said
    assert re.search(r"^  · \d{4}-\d{2}-\d{2} ", said, re.MULTILINE), "the records that show it"
    _, english = run("explain", row["rule"], row["subject"], "--data", str(store), "--en")
    assert english != said
    assert run("explain", "overtime", "container:NONE0000000", "--data", str(store))[0] == 2


def test_a_folder_without_a_store_is_told(tmp_path: Path) -> None:
    code, said = run("verify", str(tmp_path))
    assert code == 2
    assert "没有库" in said


def test_the_demonstration_tells_its_story_twice(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    code, said = run("demo", "--once", "--data", str(folder), "--port", "8199")
    assert code == 0
    links = re.findall(r"http://127\.0\.0\.1:8199(/\S+)", said)
    assert len(links) >= 6
    named = re.findall(r"^  (\w+) +\w{10,}", said.partition("登录")[2], re.MULTILINE)
    assert named[:5] == ["warehouse", "importer", "inspector", "officer", "admin"]
    again, second = run("demo", "--once", "--data", str(folder), "--port", "8199")
    assert again == 0
    assert "用时" not in second, "a fresh demonstration is opened as it is"
    assert json.loads((folder / "story.json").read_text())["links"]
    assert run("serve", "--data", str(folder))[0] == 2, "a demonstration is never served as the real thing"
