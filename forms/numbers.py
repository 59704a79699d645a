"""Numbers as people and forms write them."""

from decimal import Decimal, InvalidOperation
from typing import Any


def number(value: Any) -> Decimal | None:
    """A finite decimal from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 400:
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    plain = found.is_finite() and abs(found.adjusted()) <= 400
    return found if plain else None
