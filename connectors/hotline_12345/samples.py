"""Invented reports for the simulated hotline. Numbers that begin with 120000 belong to nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAMPLES: tuple[dict[str, Any], ...] = tuple(
    json.loads(Path(__file__).with_name("samples.json").read_text(encoding="utf-8"))
)
