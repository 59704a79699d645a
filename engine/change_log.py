"""The signed change log: who made what live, why, where, and which elements changed.

Every line is signed with the installation's key over its own content and the signature before it: a line that was
changed, taken out or put in between shows.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from engine import jsonable


def sign(secret: str, entry: Mapping[str, Any], previous: str) -> str:
    """HMAC-SHA-256 over the previous signature and the entry, hexadecimal."""
    key = hashlib.sha256(f"change log:{secret}".encode()).digest()
    return hmac.new(key, previous.encode() + b"\n" + _canonical(entry), hashlib.sha256).hexdigest()


def broken(secret: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Ids of the lines (oldest first, from the first on) whose signature does not hold."""
    wrong: list[int] = []
    previous = ""
    for row in rows:
        if not hmac.compare_digest(sign(secret, row["entry"], previous), row["signature"]):
            wrong.append(row["id"])
        previous = row["signature"]
    return wrong


def _canonical(entry: Mapping[str, Any]) -> bytes:
    """The entry as it comes back from the database: keys in order, numbers and times as JSON has them."""
    plain = jsonable.plain(entry)
    return jsonable.dumps(_sorted(plain))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
