"""The system's Chromium, driven by playwright: no browser is downloaded for tests or pictures."""

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Path of the browser; `CHROMIUM` names another."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def chromium(play: "Playwright", *arguments: str) -> "Browser":
    """The browser, started headless; without one the test is skipped, or fails in test-all."""
    path = found()
    if path is None:
        text = "no Chromium; Debian: apt install chromium"
        (pytest.fail if os.environ.get("SONGREEL_TEST_ALL") else pytest.skip)(text)
    # The sandbox needs what containers seldom allow; pages of tests are ours alone.
    return play.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
