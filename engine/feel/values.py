"""FEEL values as Python values (DMN 1.5, 10.3.2.2).

| FEEL | Python |
|---|---|
| number | Decimal (34 digits); int and float are accepted from scopes |
| string, boolean, null | str, bool, None |
| list, context | list (tuple accepted), any Mapping |
| date, time, date and time | datetime.date, .time, .datetime; a Wide twin where those cannot hold the value |
| days and time duration | datetime.timedelta, or WideDuration |
| years and months duration | YearsMonthsDuration |
| range, function | Range, FeelFunction |

A Wide value is used only when the standard type cannot hold it (years outside 1–9999, nanoseconds), so
two equal values always have the same type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from engine.feel.limits import ACTIVE, Run

if TYPE_CHECKING:
    from engine.feel.nodes import TypeNode

#: Arithmetic of IEEE 754-2008 decimal128, as DMN requires (10.3.2.3.1).
NUMBERS = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)

Null = None


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """A years and months duration, held as a number of months (may be negative)."""

    total_months: int

    @property
    def years(self) -> int:
        return _toward_zero(self.total_months, 12)

    @property
    def months(self) -> int:
        return self.total_months - 12 * self.years

    def __str__(self) -> str:
        years, months = divmod(abs(self.total_months), 12)
        parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.total_months < 0 else "") + "P" + (parts or "0M")


def _toward_zero(value: int, by: int) -> int:
    return value // by if value >= 0 else -(-value // by)


@dataclass(frozen=True, slots=True)
class WideDate:
    """A date whose year lies outside 1–9999."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class WideTime:
    """A time of day with a fraction finer than microseconds."""

    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: dt.tzinfo | None = None


@dataclass(frozen=True, slots=True)
class WideDateTime:
    """A date and time that datetime.datetime cannot hold."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanosecond: int
    tzinfo: dt.tzinfo | None = None


@dataclass(frozen=True, slots=True)
class WideDuration:
    """A days and time duration that datetime.timedelta cannot hold, in nanoseconds."""

    nanoseconds: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of comparable values; None is an open end. `(< 10)` is Range(None, 10, False, False)."""

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True


@dataclass(frozen=True, slots=True)
class Param:
    """A function parameter, the test its argument must pass (None: any value) and its type, if declared."""

    name: str
    accepts: Callable[[Any], bool] | None = None
    type: TypeNode | None = None


@lru_cache(maxsize=1024)
def _any(name: str) -> Param:
    return Param(name)


class FeelFunction:
    """A function as a FEEL value.

    `params` are names or Params; `call` is any Python callable that takes the arguments in that order and
    returns a FEEL value. Calling the FeelFunction itself passes positional arguments. The last `optional` of the
    parameters may be left out and are null then.
    """

    def __init__(
        self, params: Sequence[str | Param], call: Callable[..., Any], name: str = "function", optional: int = 0
    ) -> None:
        self.params = tuple([p if isinstance(p, Param) else _any(p) for p in params])
        self.call = call
        self.name = name
        self.optional = optional

    @property
    def usage(self) -> str:
        return f"{self.name}({', '.join(p.name for p in self.params)})"

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def takes(self, count: int) -> bool:
        """Whether the function can be called with this many arguments."""
        return len(self.params) - self.optional <= count <= len(self.params)

    def invoke(self, run: Run, at: int, args: list[Any], named: Mapping[str, Any] | None = None) -> Any:
        """Invoke from FEEL: bind, check, call. Arguments that do not fit give null."""
        values = self.bind(args, named)
        if values is None:
            return run.null(at, "ARGUMENTS_INVALID", name=self.name, usage=self.usage)
        run.enter()
        try:
            return self.apply(run, values)
        finally:
            run.leave()

    def bind(self, args: list[Any], named: Mapping[str, Any] | None) -> list[Any] | None:
        """Arguments in parameter order, or None when number, names or types do not fit."""
        if named is not None:
            names = [p.name for p in self.params]
            if any(name not in names for name in named):
                return None
            args = [named.get(name) for name in names]
        if not self.takes(len(args)):
            return None
        args = [*args, *[None] * (len(self.params) - len(args))]
        values = []
        for param, value in zip(self.params, args, strict=True):
            if value is not None and param.accepts is not None:
                value = fit(value, param.accepts)
                if value is None:
                    return None
            values.append(value)
        return values

    def apply(self, run: Run, values: list[Any]) -> Any:
        token = ACTIVE.set(run)  # as `shared_budget` does, which costs more than many a call
        try:
            return self.call(*values)
        finally:
            ACTIVE.reset(token)


def fit(value: Any, accepts: Callable[[Any], bool] | None) -> Any:
    """`value` converted to what `accepts` wants by the implicit conversions of 10.3.2.9.4, else None."""
    if value is None or accepts is None or accepts(value):
        return value
    return converted(value, accepts)


def converted(value: Any, accepts: Callable[[Any], bool]) -> Any:
    """The same for a value that is not accepted as it is."""
    if isinstance(value, list) and len(value) == 1 and accepts(value[0]):
        return value[0]
    if type(value) is dt.date:
        midnight = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
        return midnight if accepts(midnight) else None
    return [value] if not isinstance(value, list) and accepts([value]) else None


#: Types whose values are FEEL values as they are.
PLAIN = frozenset(
    {
        Decimal,
        int,
        str,
        bool,
        type(None),
        list,
        dict,
        dt.date,
        dt.time,
        dt.datetime,
        dt.timedelta,
        YearsMonthsDuration,
        Range,
        FeelFunction,
        WideDate,
        WideTime,
        WideDateTime,
        WideDuration,
    }
)


#: Types whose values are Python's own as they are.
_FINAL = frozenset({str, bool, int, float, type(None), Decimal, dt.date, dt.time, dt.datetime, dt.timedelta})


class Offered(FeelFunction):
    """A function offered beside the data: only a call finds it. Its bare name stays free for a variable or a field,
    and is null while there is none."""


def plain(value: Any) -> Any:
    """A value from a scope as FEEL sees it: floats become Decimal, tuples lists, str subclasses str."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, float):
        return from_float(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    return None if isinstance(value, Offered) else value


def standard(value: Any) -> Any:
    """A FEEL value as Python's own types hold it: what is finer than a microsecond is cut off, also inside lists and
    contexts. Dates and durations beyond Python's stay as they are."""
    own = type(value)
    if own in _FINAL:
        return value
    if own is list:
        return [inner if type(inner) in _FINAL else standard(inner) for inner in value]
    if own is dict:
        return {key: inner if type(inner) in _FINAL else standard(inner) for key, inner in value.items()}
    if own is WideDateTime and dt.MINYEAR <= value.year <= dt.MAXYEAR:
        clock = (value.hour, value.minute, value.second, value.nanosecond // 1000)
        return dt.datetime(value.year, value.month, value.day, *clock, tzinfo=value.tzinfo)
    if own is WideDuration:
        try:
            return dt.timedelta(microseconds=value.nanoseconds // 1000)
        except OverflowError:
            return value
    return value


def from_float(value: float) -> Decimal | None:
    """The shortest decimal that reads back as this float; None for NaN and infinities (10.3.2.3.1)."""
    number = Decimal(repr(value))
    return number if number.is_finite() else None


NUMBER_TYPES = frozenset({Decimal, int, float})


def is_number(value: Any) -> bool:
    return type(value) in NUMBER_TYPES


def is_string(value: Any) -> bool:
    return type(value) is str


def is_boolean(value: Any) -> bool:
    return type(value) is bool


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def is_context(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)


def is_date(value: Any) -> bool:
    return type(value) is WideDate or isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def is_time(value: Any) -> bool:
    return isinstance(value, (dt.time, WideTime))


def is_date_time(value: Any) -> bool:
    return isinstance(value, (dt.datetime, WideDateTime))


def is_days_time(value: Any) -> bool:
    return isinstance(value, (dt.timedelta, WideDuration))


def is_years_months(value: Any) -> bool:
    return type(value) is YearsMonthsDuration


def is_range(value: Any) -> bool:
    return type(value) is Range


def is_function(value: Any) -> bool:
    return isinstance(value, FeelFunction)


#: The names of FEEL types and how to recognise their values, most common first.
TYPE_TESTS: dict[str, Callable[[Any], bool]] = {
    "string": is_string,
    "number": is_number,
    "boolean": is_boolean,
    "list": is_list,
    "context": is_context,
    "date and time": is_date_time,
    "date": is_date,
    "time": is_time,
    "days and time duration": is_days_time,
    "years and months duration": is_years_months,
    "range": is_range,
    "function": is_function,
}


_KINDS: dict[type, str] = {
    type(None): "null",
    str: "string",
    Decimal: "number",
    int: "number",
    bool: "boolean",
    list: "list",
    dict: "context",
    dt.datetime: "date and time",
    dt.date: "date",
    dt.timedelta: "days and time duration",
}


def kind(value: Any) -> str:
    """The FEEL type of a value, for messages and type checks: 'number', 'date and time', … or 'null'."""
    known = _KINDS.get(type(value))
    if known is not None:
        return known
    for name, test in TYPE_TESTS.items():
        if test(value):
            return name
    return type(value).__name__


def number(value: Any) -> Decimal | None:
    """Any number a scope may hold as Decimal; None for everything else and for NaN and infinities."""
    if type(value) is Decimal:
        return value if value.is_finite() else None
    if type(value) is int:
        return NUMBERS.create_decimal(value)
    return from_float(value) if type(value) is float else None
