"""Finds the district's material that lies beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """The file or folder `path` of the shared material; skips the test when it is not there."""
    root = Path(os.environ.get("CITYLOOP_SHARED", BESIDE))
    found = root / path
    if not found.exists():
        pytest.skip(f"shared material not found: {found} (set CITYLOOP_SHARED)")
    return found
