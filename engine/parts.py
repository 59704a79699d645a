"""The register of parts (部件): what diagrams can ask about a street lamp, a cover, a hydrant and who owns it.

parts(text)                            the parts whose 16-digit code stands in a text, in its order
parts near(lon, lat, metres, category) the parts of a category within that distance, nearest first, also with `metres`

Each is {code, category, name, owner, address, grid, lon, lat, mark}. The register may have a million lines: it stays in
its table and is asked by code or by place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.database import Transaction
from engine.feel.values import Offered
from engine.intake.places import METRES_PER_DEGREE, metres
from engine.order import number

CODE = re.compile(r"(?<!\d)\d{16}(?!\d)")
MOST = 8
COLUMNS = "code, category, name, owner, address, grid_code15 as grid, lon, lat, mark"
BY_CODE = f"select {COLUMNS} from part where in_use and code = any(%(codes)s)"
IN_BOX = (
    f"select {COLUMNS} from part where in_use and category = %(category)s "
    "and lat between %(south)s and %(north)s and lon between %(west)s and %(east)s"
)
Part = Mapping[str, Any]


class Asker(Protocol):
    """Who asks: one step of one work order."""

    transaction: Transaction


def named(transaction: Transaction, text: Any) -> list[Part]:
    """The parts a text names by their codes."""
    codes = list(dict.fromkeys(CODE.findall(str(text or ""))))[:MOST]
    if not codes:
        return []
    found = {row["code"]: row for row in transaction.rows(BY_CODE, {"codes": codes})}
    return [found[code] for code in codes if code in found]


def near(transaction: Transaction, lon: Any, lat: Any, far: Any, category: Any) -> list[Part]:
    """The parts of one category around a point, the nearest first."""
    east, north, reach = number(lon), number(lat), number(far)
    if east is None or north is None or reach is None or not category:
        return []
    high = reach / METRES_PER_DEGREE
    wide = high / math.cos(math.radians(north))
    box = {"west": east - wide, "east": east + wide, "south": north - high, "north": north + high}
    around: list[Part] = [
        {**row, "metres": round(metres(east, north, row["lon"], row["lat"]))}
        for row in transaction.rows(IN_BOX, {"category": category, **box})
    ]
    close = [one for one in around if one["metres"] <= reach]
    return list(sorted(close, key=lambda one: one["metres"])[:MOST])


MAKERS: dict[str, Callable[[Asker, Any], Offered]] = {
    "parts": lambda asker, scopes: Offered(("text",), lambda text: named(asker.transaction, text), "parts"),
    "parts near": lambda asker, scopes: Offered(
        ("lon", "lat", "metres", "category"),
        lambda lon, lat, far, category: near(asker.transaction, lon, lat, far, category),
        "parts near",
    ),
}
"""The functions by name, each made when it is asked for."""
