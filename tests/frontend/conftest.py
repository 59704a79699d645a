"""A fresh site and page for each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.frontend.site import Site, running


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as opened:
        yield opened


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page at 113.1° E, 23.02° N; a script error or a blocked resource fails the test."""
    place = {"longitude": 113.1, "latitude": 23.02, "accuracy": 12}
    context = chromium.new_context(geolocation=place, permissions=["geolocation"], locale="zh-CN")
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if "Security Policy" in line.text else None)
    opened.on("dialog", lambda dialog: dialog.accept())
    yield opened
    context.close()
    assert problems == []
