"""A work order (工单) as one step sees it: the locked row and what the step changes in it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

COLUMNS = (
    "id, no, kind, process_key, definition, status, status_code, version, state, document, clocks, source, "
    "title, opened_at"
)
LOCK_BY_ID = f"select {COLUMNS} from work_order where id = %(id)s for update"
LOCK_BY_TASK = (
    f"select {COLUMNS} from work_order where id = (select order_id from user_task where id = %(id)s) for update"
)
LOCK_BY_REQUEST = (
    f"select {COLUMNS} from work_order where id = (select order_id from task_request where id = %(id)s) for update"
)
LOCK_BY_JOB = f"select {COLUMNS} from work_order where id = (select order_id from job where id = %(id)s) for update"
LOCK_BY_TIMER = f"select {COLUMNS} from work_order where id = (select order_id from timer where id = %(id)s) for update"
LOCK_BY_NO = f"select {COLUMNS} from work_order where no = %(no)s for update"

MIRRORED = {
    "title": "title",
    "categoryCode": "category_code",
    "townCode": "town_code",
    "villageCode": "village_code",
    "mainUnit": "main_unit",
    "priority": "priority",
    "caseNo": "case_no",
    "sourceChannel": "source",
    "startedBy": "started_by",
    "reporterMark": "reporter_mark",
    "address": "address",
    "secrecy": "secrecy",
}
"""Document fields that lists filter by, and their columns."""

PLACED = ("lon", "lat")
"""Document fields with columns of the same name that hold numbers only."""

MARKS = "marks"
"""Document field that lists what a work order stands out by, and its column."""

SAID = ("title", "content", "address", "facts")
"""What a work order says, as far as it is compared with others."""

SEARCHED = ("title", "content", "address", "sourceOrderNo")


@dataclass
class Order:
    """The row as it was locked. Only `apply` writes it back."""

    id: int
    no: str
    kind: str
    process_key: str
    definition: str
    status: str
    status_code: int
    version: int
    state: bytes
    document: Mapping[str, Any]
    clocks: Mapping[str, Any]
    source: str
    title: str
    opened_at: datetime
    new: bool = field(default=False)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Order:
        return cls(**{**row, "state": bytes(row["state"] or b"")})


def search_text(no: str, document: Mapping[str, Any]) -> str:
    """What the search page looks through."""
    return " ".join([no, *(str(document[key]) for key in SEARCHED if document.get(key))])


def said_mark(document: Mapping[str, Any]) -> int:
    """The same for documents that say the same, so that what was read of one need not be read again."""
    said = json.dumps([document.get(key) for key in SAID], sort_keys=True, default=str)
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest(), signed=True)


def marks(value: Any) -> list[str] | None:
    """What a work order stands out by, or None when it does not."""
    found = [str(one) for one in value if one] if isinstance(value, list) else []
    return list(dict.fromkeys(found)) or None


def number(value: Any) -> float | None:
    """A coordinate, or None: what is no number is no place, and must not stop whoever looks for places near it."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
