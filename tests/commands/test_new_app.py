"""From a name to a running form: `new-app` writes it, `check` passes it, an installed package is served and judged."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import zipfile
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bihuan.base.errors import Conflict, Invalid
from bihuan.cli import app
from bihuan.commands.new_app import new_app

ROOT = Path(__file__).resolve().parent.parent.parent
TODAY = date(2024, 3, 1)
_SERVED = """
import re, sys
from starlette.testclient import TestClient
from bihuan.base.clock import DAY, HOUR, SeededChance, SetClock, day_start
from bihuan.base.identity import create_account, create_organisation, create_person, give_membership
from bihuan.base.principal import system
from bihuan.main import build, serve_app
from bihuan.settings import Settings

from demo_app.rules import RULES
day = RULES[0].info.valid_from.replace(month=3)
clock = SetClock(day_start(day) + 10 * HOUR)
settings = Settings(origin="demo/test", public_url="http://testserver")
house = build(settings, clock=clock, chance=SeededChance(1), in_memory=True)
assert "demo_app" in house.apps, list(house.apps)
with house.db.write(system("setup")) as w:
    party = create_organisation(w, "某商户", kinds=["stall"], area="310115")
    who = create_person(w, "某人", area="310115")
    create_account(w, who, "stall", "correct-horse-7-battery", must_change=False)
    give_membership(w, who, party, role="signatory")
client = TestClient(serve_app(house, settings), base_url="http://testserver")
origin = {"origin": "http://testserver"}
client.post("/log-in", data={"login": "stall", "password": "correct-horse-7-battery"}, headers=origin)
page = client.get("/enterprise/report/demo_app.SelfCheck")
assert page.status_code == 200 and "自查记录" in page.text, page.text[:300]
csrf = re.search('name="csrf" value="([^"]+)"', page.text)[1]
values = {"time": f"{day}T09:00", "site": "A-01", "area": "310115", "result": "to_mend", "remark": "灭火器过期", "csrf": csrf}
read = client.post("/enterprise/report/demo_app.SelfCheck", data={**values, "act": "check"}, headers=origin)
hash = re.search('name="hash" value="([^"]+)"', read.text)[1]
kept = client.post("/enterprise/report/demo_app.SelfCheck", data={**values, "act": "send", "hash": hash}, headers=origin)
assert kept.status_code == 200 and "/enterprise/sent/" in str(kept.url), kept.text[:2000]
duties = client.get("/enterprise/duties")
assert "整改后复查" in duties.text, duties.text
clock.advance(8 * DAY)
house.tick()
from bihuan.base.rules.findings_model import FINDING, finding_table
import sqlalchemy as sa
rows = house.db.reader(system("test")).rows(sa.select(finding_table.c.rule), FINDING)
assert [row["rule"] for row in rows] == ["demo_app.put_right"], rows
print("served")
"""


def run(*command: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(each) for each in (path, ROOT / "src") if each)}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def bihuan(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-c", "from bihuan.cli import app; app()", *words, cwd=cwd)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A folder in which `bihuan new-app demo_app && bihuan check` was run, and the seconds that it took."""
    folder = tmp_path_factory.mktemp("developer")
    start = time.monotonic()
    made = bihuan("new-app", "demo_app", "--zh", "夜市", "--en", "Night market", cwd=folder)
    assert made.returncode == 0, made.stderr
    checked = bihuan("check", cwd=folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "demo_app · 夜市 Night market: ok" in checked.stdout
    return folder, time.monotonic() - start


def test_a_new_apps_own_tests_pass(written: tuple[Path, float]) -> None:
    project = written[0] / "demo_app"
    done = run(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "tests", cwd=project, path=project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_package_that_is_installed_is_served_and_judged(written: tuple[Path, float], tmp_path: Path) -> None:
    """Built by the real builder, found by its entry point; nothing of the base is touched, nothing is fetched."""
    project = written[0] / "demo_app"
    start = time.monotonic()
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert list(site.glob("demo_app-*.dist-info/entry_points.txt"))
    served = run(sys.executable, "-c", _SERVED, cwd=tmp_path, path=site)
    assert served.returncode == 0 and "served" in served.stdout, served.stdout[-3000:] + served.stderr[-3000:]
    # From its name to a form that takes a record, judged: seconds of machine, no minute of anybody's.
    assert written[1] + time.monotonic() - start < 60


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("records.py", 'says("说明", "Remark", longest=400)', 'says("说明", "", longest=400)', "records.py SelfCheck.remark"),
        ("records.py", "from bihuan.base.errors import Words", "from bihuan.base.errors import Words\nfrom bihuan.ends import web", "may not import bihuan.ends"),
        ("rules.py", 'Words("待填：规定的名称和条款", "To be filled in: law and article")', 'Words("", "")', "demo_app.put_right.citation"),
        ("rules.py", "limits=(_WITHIN,)", 'limits=("nothing",)', "limits.yaml has no 'nothing'"),
        ("rules.py", 'opens=("self_check",)', 'opens=("other_check",)', "There is no record 'other_check'"),
        ("limits.yaml", "  source: 示例数值，待填规定的名称和条款 / an example; fill in the law and article", '  source: ""', "It has no source"),
        ("quality.yaml", "state: todo, reason:", "state: todo, what:", "quality.yaml articles"),
        ("README.md", "What closes here", "What", ""),
        ("README.md", "whatever a self-check finds wrong", "whatever", "README.md"),
        ("app.py", 'titles=Words("夜市", "Night market")', 'titles=Words("夜市", "")', "app.py titles"),
        ("app.py", 'NAME = "demo_app"', 'NAME = "cold_chain"', "is there already"),
        ("app.py", "types=(SelfCheck,)", "types=()", "No record type is declared"),
        ("app.py", "import Path", "import Nothing", "cannot be loaded"),
    ],
)  # fmt: skip
def test_check_tells_what_is_wrong_and_where(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    # Each package under a name of its own: they are loaded into this one process.
    name = "wrong_" + hashlib.sha256(f"{file}{new}".encode()).hexdigest()[:12]
    made = new_app(name, tmp_path, zh="夜市", en="Night market", today=TODAY)
    path = made.folder / file
    text = path.read_text(encoding="utf-8")
    assert old.replace("demo_app", name) in text
    path.write_text(text.replace(old.replace("demo_app", name), new), encoding="utf-8")
    checked = CliRunner().invoke(app, ["check", "--folder", str(tmp_path)])
    mine = "\n".join(line for line in checked.output.split("\n") if line.startswith((f"{name} ", "cold_chain · ")))
    assert (": ok" in mine) if not told else told.replace("demo_app", name) in mine, checked.output
    assert not told or checked.exit_code == 1


def test_a_name_that_cannot_be_is_refused_and_nothing_overwritten(tmp_path: Path) -> None:
    for name in ("Night", "1st", "a-b", "bihuan", "", "_x", "party"):
        with pytest.raises(Invalid):
            new_app(name, tmp_path, today=TODAY)
    with pytest.raises(Invalid):
        new_app("ok", tmp_path, zh='a"b', today=TODAY)
    with pytest.raises(Invalid):
        new_app("ok", tmp_path, territory="上海", today=TODAY)
    new_app("ok", tmp_path, today=TODAY)
    with pytest.raises(Conflict):
        new_app("ok", tmp_path, today=TODAY)


def test_among_the_built_in_apps_it_is_told_where_it_is_added(tmp_path: Path) -> None:
    apps = tmp_path / "src" / "bihuan" / "apps"
    made = new_app("demo_app", apps, today=TODAY)
    assert made.built_in and made.module == "bihuan.apps.demo_app.app"
    assert "from bihuan.apps.demo_app.records import" in (made.folder / "app.py").read_text(encoding="utf-8")
    assert (made.folder / "tests" / "test_demo_app.py").exists()
    assert not (made.folder / "pyproject.toml").exists()


def test_an_unknown_name_is_told_with_those_there_are(tmp_path: Path) -> None:
    checked = bihuan("check", "nothing", cwd=tmp_path)
    assert checked.returncode == 2 and "cold_chain" in checked.stderr
