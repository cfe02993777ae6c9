"""What all tests share: the reference data, the browser, a place for screenshots.

With BIHUAN_CI=1 nothing may be skipped for want of data or a browser: its absence is then a failure.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def absent(what: str) -> NoReturn:
    """Skip with the reason, or fail where nothing may be skipped."""
    if os.environ.get("BIHUAN_CI") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the browser or the data is marked so, whatever file it stands in."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if asked & {"browser", "chromium_path"}:
            item.add_marker("browser")
            # One worker has one browser.
            item.add_marker(pytest.mark.xdist_group("browser"))
        if "data_dir" in asked:
            item.add_marker("data")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of reference data sets: BIHUAN_DATA, else ../shared/data beside the repository."""
    stated = os.environ.get("BIHUAN_DATA")
    folder = Path(stated) if stated else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        absent(f"reference data not found in {folder}; set BIHUAN_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that `make chromium` found or installed, or the one named by CHROMIUM."""
    stated = os.environ.get("CHROMIUM")
    try:
        recorded = json.loads((ROOT / ".setup" / "bihuan-setup.json").read_text()).get("chromium")
    except (OSError, ValueError):
        recorded = None
    for candidate in (stated, recorded, shutil.which("chromium")):
        if candidate and Path(candidate).exists():
            return str(candidate)
    absent("no Chromium; run `make chromium` or set CHROMIUM")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A browser for the tests of one file: while it is open an event loop runs, and other tests want their own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=BROWSER_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where tests leave pictures for people to look at; never compared by a test."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
