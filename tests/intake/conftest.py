"""The demo district's words, as the files hold them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.intake import Intake, build
from webapp.settings import ROOT

FOLDER = ROOT / "processes" / "reference"


def rows(path: Path) -> Sequence[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture(scope="session")
def intake() -> Intake:
    lists = {path.stem: rows(path) for path in FOLDER.glob("*.csv")}
    return build(lists, lists["categories"], lists["gazetteer"], lists["divisions"], lists["grids"])
