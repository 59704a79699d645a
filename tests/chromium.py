"""The browser of the tests: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

MANIFEST = Path(__file__).parents[1] / "webapp" / "static" / "build" / "manifest.json"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@contextmanager
def a_browser() -> Iterator[Any]:
    """A headless Chromium (`playwright.sync_api.Browser`); skips when there is none, or no front end to show.

    One at a time in a process: Playwright's event loop runs until the browser is closed.
    """
    if not MANIFEST.exists():
        pytest.skip("the front end is not built: make bundle")
    program = os.environ.get("CITYLOOP_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no chromium on PATH (CITYLOOP_CHROMIUM names another)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS.split())
        try:
            yield browser
        finally:
            browser.close()
