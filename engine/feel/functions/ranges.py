"""Relations of points and ranges (DMN 1.5, 10.3.4.7, table 78; Allen's interval algebra).

A range argument may be a point where the table says so. Null when the ends do not compare or are open.
"""

from __future__ import annotations

from typing import Any

from engine.feel.errors import Undefined
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.operators import compare
from engine.feel.values import Range


def sign(a: Any, b: Any) -> int:
    """The order of two ends; raises Undefined when they have none."""
    order = compare(a, b)
    if order is None:
        raise Undefined("两端不能比较", "the ends cannot be compared")
    return order


def less(a: Any, b: Any) -> bool:
    return sign(a, b) < 0


def same(a: Any, b: Any) -> bool:
    return sign(a, b) == 0


def as_range(value: Any) -> Range:
    """A point as the range that holds only it."""
    if value is None:
        raise Undefined("有参数没有值", "an argument has no value")
    return value if isinstance(value, Range) else Range(value, value)


def _before(a: Range, b: Range) -> bool:
    order = sign(a.end, b.start)
    return order < 0 or (order == 0 and not (a.end_included and b.start_included))


@builtin("before", "point1:any, point2:any")
@builtin("before", "point:any, range:any")
@builtin("before", "range:any, point:any")
@builtin("before", "range1:any, range2:any")
def before(run: Run, a: Any, b: Any) -> bool:
    return _before(as_range(a), as_range(b))


@builtin("after", "point1:any, point2:any")
@builtin("after", "point:any, range:any")
@builtin("after", "range:any, point:any")
@builtin("after", "range1:any, range2:any")
def after(run: Run, a: Any, b: Any) -> bool:
    return _before(as_range(b), as_range(a))


def _meets(a: Range, b: Range) -> bool:
    return a.end_included and b.start_included and same(a.end, b.start)


@builtin("meets", "range1:range, range2:range")
def meets(run: Run, a: Range, b: Range) -> bool:
    return _meets(a, b)


@builtin("met by", "range1:range, range2:range")
def met_by(run: Run, a: Range, b: Range) -> bool:
    return _meets(b, a)


def _touches(first: Range, second: Range) -> bool:
    """Whether `second` begins no later than `first` ends."""
    order = sign(second.start, first.end)
    return order < 0 or (order == 0 and second.start_included and first.end_included)


@builtin("overlaps", "range1:range, range2:range")
def overlaps(run: Run, a: Range, b: Range) -> bool:
    return _touches(a, b) and _touches(b, a)


def _starts_earlier(a: Range, b: Range) -> bool:
    order = sign(a.start, b.start)
    return order < 0 or (order == 0 and a.start_included and not b.start_included)


def _ends_no_later(a: Range, b: Range) -> bool:
    order = sign(a.end, b.end)
    return order < 0 or (order == 0 and (not a.end_included or b.end_included))


def _overlaps_before(a: Range, b: Range) -> bool:
    return _starts_earlier(a, b) and _touches(a, b) and _ends_no_later(a, b)


@builtin("overlaps before", "range1:range, range2:range")
def overlaps_before(run: Run, a: Range, b: Range) -> bool:
    return _overlaps_before(a, b)


@builtin("overlaps after", "range1:range, range2:range")
def overlaps_after(run: Run, a: Range, b: Range) -> bool:
    return _overlaps_before(b, a)


def _starts_no_earlier(a: Range, b: Range) -> bool:
    """Whether range `a` starts within or at the start of `b`."""
    order = sign(b.start, a.start)
    return order < 0 or (order == 0 and (b.start_included or not a.start_included))


def _point_ends(point: Any, interval: Range) -> bool:
    return interval.end_included and same(point, interval.end)


def _finishes(a: Range, b: Range) -> bool:
    return a.end_included is b.end_included and same(a.end, b.end) and _starts_no_earlier(a, b)


@builtin("finishes", "point:any, range:range")
@builtin("finishes", "range1:range, range2:range")
def finishes(run: Run, a: Any, b: Range) -> Any:
    return _finishes(a, b) if isinstance(a, Range) else _point_ends(a, b)


@builtin("finished by", "range:range, point:any")
@builtin("finished by", "range1:range, range2:range")
def finished_by(run: Run, a: Range, b: Any) -> Any:
    return finishes(run, b, a)


def _starts(a: Range, b: Range) -> bool:
    return a.start_included is b.start_included and same(a.start, b.start) and _ends_no_later(a, b)


@builtin("starts", "point:any, range:range")
@builtin("starts", "range1:range, range2:range")
def starts(run: Run, a: Any, b: Range) -> Any:
    return _starts(a, b) if isinstance(a, Range) else b.start_included and same(a, b.start)


@builtin("started by", "range:range, point:any")
@builtin("started by", "range1:range, range2:range")
def started_by(run: Run, a: Range, b: Any) -> Any:
    return starts(run, b, a)


@builtin("includes", "range:range, point:any")
@builtin("includes", "range1:range, range2:range")
def includes(run: Run, a: Range, b: Any) -> Any:
    inner = as_range(b)
    return _starts_no_earlier(inner, a) and _ends_no_later(inner, a)


@builtin("during", "point:any, range:range")
@builtin("during", "range1:range, range2:range")
def during(run: Run, a: Any, b: Range) -> Any:
    return includes(run, b, a)


@builtin("coincides", "point1:any, point2:any")
@builtin("coincides", "range1:range, range2:range")
def coincides(run: Run, a: Any, b: Any) -> bool:
    if isinstance(a, Range) is not isinstance(b, Range):
        raise Undefined("点与区间不能比较是否重合", "a point and a range cannot coincide")
    one, other = as_range(a), as_range(b)
    return (
        same(one.start, other.start)
        and same(one.end, other.end)
        and one.start_included is other.start_included
        and one.end_included is other.end_included
    )
