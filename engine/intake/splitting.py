"""Whether a report speaks of several things: its numbered or joined parts that belong to different categories."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.intake.categories import Catalogue

CUT = re.compile(
    r"(?:^|(?<=[\s。；;！？!?，,：:]))(?:[一二三四五六七八九][、.．]|[1-9][、.．)）](?!\d)|第[一二三四五六七八九][，、：:,]"
    r"|[（(][一二三四五六七八九1-9][）)]|另外|此外|还有就是|其次|再者|同时还)"
)
SHORTEST, MOST = 8, 5
SURE = 0.45
ASKED = "W"
"""Questions and proposals are part of a letter, no item of their own."""


def parts(text: str) -> list[str]:
    """The report cut at its numbers and at words such as 另外; what stands before the first belongs to none."""
    found = [piece.strip(" \n\r\t，,。；;：:") for piece in CUT.split(text)]
    return [piece for piece in found if len(piece) >= SHORTEST]


def suggestion(report: Mapping[str, Any], catalogue: Catalogue) -> list[dict[str, Any]]:
    """Two to five items of different classes; empty when the report is about one thing."""
    items: list[dict[str, Any]] = []
    for piece in parts(str(report.get("content") or "")):
        best = next(iter(catalogue.guesses({"content": piece}, {}, 1)), None)
        known = {item["className"] for item in items}
        if best and best["confidence"] >= SURE and best["className"] not in known and best["code"][0] not in ASKED:
            items.append({"content": piece[:500], "categoryCode": best["code"], **best})
    return items[:MOST] if len(items) >= 2 else []
