"""One running server for each story."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .stage import Stage, staged


@pytest.fixture
def stage(browser: Browser, screenshots: Path, tmp_path: Path) -> Iterator[Stage]:
    with staged(browser, screenshots, tmp_path) as running:
        yield running
