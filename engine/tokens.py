"""Words that open exactly one door: follow-up codes and one-time rating links.

Both are derived from the server's secret, so they need not be stored in the clear and cannot be guessed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

DIGITS = 6


def _mac(secret: str, text: str) -> bytes:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()


def follow_up_code(secret: str, no: str) -> str:
    """Six digits a citizen needs beside the appeal's number to follow it up."""
    return f"{int.from_bytes(_mac(secret, f'follow:{no}')[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def rating_token(secret: str, no: str, item: int) -> str:
    """The token of the rating link of one waiting rating (`item`) of appeal `no`; URL-safe, 22 characters."""
    return base64.urlsafe_b64encode(_mac(secret, f"rate:{no}:{item}")[:16]).decode().rstrip("=")


def person_key(secret: str, phone: str) -> str:
    """The same for all reports of one telephone number, and nobody can tell the number from it: for points."""
    return f"P{_mac(secret, f'person:{phone}')[:10].hex()}"


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
