"""All built-in functions by name: `BUILTINS["date and time"]`."""

from engine.feel.functions import (  # noqa: F401  (importing a family declares its functions)
    context,
    conversion,
    numeric,
    ranges,
    sequence,
    statistics,
    strings,
    temporal,
)
from engine.feel.functions.registry import BUILTINS

__all__ = ["BUILTINS"]
