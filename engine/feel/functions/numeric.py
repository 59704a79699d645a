"""Numeric functions (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from engine.feel import temporal
from engine.feel.functions.conversion import as_decimal
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.values import NUMBERS, YearsMonthsDuration

_MIN_SCALE, _MAX_SCALE = -6111, 6176
_ROUNDING = NUMBERS.copy()
_ROUNDING.prec = 12_500


def _rounded(value: Any, scale: Any, mode: str) -> Decimal | None:
    """The number with so many decimals; null for a scale outside -6111…6176."""
    digits = int(as_decimal(scale))
    if not _MIN_SCALE <= digits <= _MAX_SCALE:
        return None
    amount = as_decimal(value)
    if -int(amount.as_tuple().exponent) <= digits:
        return _padded(amount, digits)
    result = amount.quantize(Decimal((0, (1,), -digits)), rounding=mode, context=_ROUNDING)
    return NUMBERS.plus(result) + 0 if result == 0 else NUMBERS.plus(result)


def _padded(amount: Decimal, digits: int) -> Decimal:
    """The same number with trailing zeros up to the scale, as far as 34 digits allow."""
    try:
        return amount.quantize(Decimal((0, (1,), -digits)), context=NUMBERS)
    except ArithmeticError:
        return amount


@builtin("decimal", "n:number, scale:number")
def decimal(run: Run, n: Any, scale: Any) -> Any:
    return _rounded(n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n:number, scale:number=")
def floor(run: Run, n: Any, scale: Any = Decimal(0)) -> Any:
    return _rounded(n, scale, ROUND_FLOOR)


@builtin("ceiling", "n:number, scale:number=")
def ceiling(run: Run, n: Any, scale: Any = Decimal(0)) -> Any:
    return _rounded(n, scale, ROUND_CEILING)


@builtin("round up", "n:number, scale:number")
def round_up(run: Run, n: Any, scale: Any) -> Any:
    return _rounded(n, scale, ROUND_UP)


@builtin("round down", "n:number, scale:number")
def round_down(run: Run, n: Any, scale: Any) -> Any:
    return _rounded(n, scale, ROUND_DOWN)


@builtin("round half up", "n:number, scale:number")
def round_half_up(run: Run, n: Any, scale: Any) -> Any:
    return _rounded(n, scale, ROUND_HALF_UP)


@builtin("round half down", "n:number, scale:number")
def round_half_down(run: Run, n: Any, scale: Any) -> Any:
    return _rounded(n, scale, ROUND_HALF_DOWN)


@builtin("abs", "n:number")
def absolute(run: Run, n: Any) -> Decimal:
    return abs(as_decimal(n))


@builtin("abs", "n:days and time duration")
def absolute_duration(run: Run, n: Any) -> Any:
    return temporal.make_duration(abs(temporal.nanoseconds(n)))


@builtin("abs", "n:years and months duration")
def absolute_months(run: Run, n: YearsMonthsDuration) -> YearsMonthsDuration:
    return YearsMonthsDuration(abs(n.total_months))


@builtin("modulo", "dividend:number, divisor:number")
def modulo(run: Run, dividend: Any, divisor: Any) -> Decimal:
    """dividend - divisor * floor(dividend / divisor), computed exactly."""
    a, b = as_decimal(dividend), as_decimal(divisor)
    rest = _ROUNDING.remainder(a, b)
    return NUMBERS.plus(rest + b if rest and (rest < 0) != (b < 0) else rest)


@builtin("sqrt", "number:number")
def sqrt(run: Run, value: Any) -> Decimal:
    return NUMBERS.sqrt(as_decimal(value))


@builtin("log", "number:number")
def log(run: Run, value: Any) -> Decimal | None:
    amount = as_decimal(value)
    return NUMBERS.ln(amount) if amount > 0 else None


@builtin("exp", "number:number")
def exp(run: Run, value: Any) -> Decimal:
    return NUMBERS.exp(as_decimal(value))


@builtin("odd", "number:number")
def odd(run: Run, value: Any) -> bool | None:
    return _remainder_of_two(value, 1)


@builtin("even", "number:number")
def even(run: Run, value: Any) -> bool | None:
    return _remainder_of_two(value, 0)


def _remainder_of_two(value: Any, wanted: int) -> bool:
    return bool(abs(_ROUNDING.remainder(as_decimal(value), Decimal(2))) == wanted)
