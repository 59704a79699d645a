"""The reporter's identity: sealed on the way in, opened only with a reason that is audited.

The cipher is a port: the wiring passes one in, so that it can be changed for a hardware module.
Source: domain brief, section 2.3.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Protocol

from engine import jsonable
from engine.ports import Reporter

SHORTEST_PHONE = 7


class Cipher(Protocol):
    """Authenticated encryption."""

    def seal(self, plain: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes: ...


def seal(cipher: Cipher, reporter: Reporter) -> bytes:
    """Sealed JSON with name and phone."""
    return cipher.seal(jsonable.dumps({"name": reporter.name, "phone": reporter.phone}))


def unseal(cipher: Cipher, sealed: bytes, confidential: bool) -> Reporter:
    """The reporter as it was sealed."""
    found = jsonable.loads(cipher.open(sealed))
    return Reporter(found["name"], found["phone"], confidential)


def reference() -> str:
    """A random key: the only trace of the person outside the vault."""
    return secrets.token_urlsafe(12)


def mark(secret: str, reporter: Reporter) -> str:
    """The same for every report from one telephone, and of no use to anybody without the server's secret.

    Confidential reports have none: that two come from one person is nobody's business either.
    """
    digits = "".join(one for one in reporter.phone if one.isdigit())[-11:]
    if reporter.confidential or len(digits) < SHORTEST_PHONE:
        return ""
    return hmac.new(secret.encode(), f"reporter:{digits}".encode(), hashlib.sha256).hexdigest()[:16]


def masked_name(name: str) -> str:
    """张三丰 → 张**; an empty name stays empty."""
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""


def masked_phone(phone: str) -> str:
    """Keeps the first three and last two digits."""
    return phone[:3] + "*" * max(len(phone) - 5, 0) + phone[-2:] if len(phone) >= 7 else "*" * len(phone)
