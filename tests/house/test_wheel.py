"""The wheel carries everything that the installed system opens: bundle, maps, templates, registers, mappings."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUNDLE = "bihuan/ends/static/bundle"


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel that was just built; nothing is fetched for it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = folder.glob("bihuan-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    "name",
    [
        f"{BUNDLE}/app.js",
        f"{BUNDLE}/htmx.min.js",
        f"{BUNDLE}/shanghai.json",
        "bihuan/base/identity/areas.yaml",
        "bihuan/apps/cold_chain/limits.yaml",
        "bihuan/apps/cold_chain/quality.yaml",
        "bihuan/standalone/verify_receipt.py",
        "bihuan/standalone/verify_draw.py",
        "bihuan/commands/scaffold/app.py.txt",
        "bihuan/py.typed",
    ],
)
def test_the_wheel_carries(carried: set[str], name: str) -> None:
    assert name in carried


@pytest.mark.parametrize("kind", ["html", "yaml", "css", "js", "json"])
def test_the_wheel_carries_every_file_of_a_kind(carried: set[str], kind: str) -> None:
    here = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "bihuan").rglob(f"*.{kind}")}
    assert here, kind
    assert here - carried == set()


def test_the_wheel_carries_the_mappings(carried: set[str]) -> None:
    assert [name for name in carried if name.startswith("bihuan/apps/cold_chain/mappings/")]
