"""List functions, `not`, `sort` (DMN 1.5, 10.3.4.2, 10.3.4.4 and 10.3.4.9).

Positions count from 1, or from -1 backwards.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

from engine.feel.errors import Undefined
from engine.feel.functions.conversion import as_decimal
from engine.feel.functions.registry import builtin
from engine.feel.limits import Run
from engine.feel.operators import compare, equal
from engine.feel.values import FeelFunction, Range, is_list, number, plain


def same(run: Run, a: Any, b: Any) -> bool:
    return equal(run, a, b) is True


def index_of_position(items: list[Any], position: Any, end: int = 0) -> int | None:
    """The Python index of a FEEL position, or None when it is outside the list (plus `end`)."""
    amount = int(as_decimal(position))
    if amount == 0 or amount > len(items) + end or -amount > len(items):
        return None
    return amount - 1 if amount > 0 else len(items) + amount


@builtin("not", "negand:boolean?")
def negation(run: Run, value: bool | None) -> bool | None:
    return None if value is None else not value


@builtin("list contains", "list:list, element:any")
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    run.items(len(items))
    if type(element) is str:
        return any(type(item) is str for item in items if item == element)
    return any(same(run, item, element) for item in items)


@builtin("count", "list:list")
def count(run: Run, items: list[Any]) -> Decimal:
    return Decimal(len(items))


@builtin("all", "list:list", spread=True)
def every(run: Run, items: list[Any]) -> bool | None:
    """False if any item is false, else null if any is not true, else true."""
    run.items(len(items))
    if not _logical(items):
        return None
    return False if any(item is False for item in items) else None if None in items else True


@builtin("any", "list:list", spread=True)
def some(run: Run, items: list[Any]) -> bool | None:
    """True if any item is true, else null if any is not false, else false."""
    run.items(len(items))
    if not _logical(items):
        return None
    return True if any(item is True for item in items) else None if None in items else False


def _logical(items: list[Any]) -> bool:
    return all(item is None or isinstance(item, bool) for item in items)


@builtin("sublist", "list:list, start position:number, length:number?=")
def sublist(run: Run, items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    begin = index_of_position(items, start)
    if begin is None:
        return None
    if length is None:
        return items[begin:]
    size = int(as_decimal(length))
    return items[begin : begin + size] if 1 <= size <= len(items) - begin else None


@builtin("append", "list:list, *item:any")
def append(run: Run, items: list[Any], added: list[Any] | None = None) -> list[Any]:
    return _built(run, [*items, *(added or [])])


@builtin("concatenate", "*list:list")
def concatenate(run: Run, lists: list[Any] | None = None) -> list[Any] | None:
    if not lists or any(part is None for part in lists):
        return None
    run.items(sum(len(part) if is_list(part) else 1 for part in lists))
    return [item for part in lists for item in (part if is_list(part) else [part])]


@builtin("union", "*list:list")
def union(run: Run, lists: list[Any] | None = None) -> list[Any] | None:
    joined = concatenate(run, lists)
    return None if joined is None else distinct_values(run, joined)


@builtin("insert before", "list:list, position:number, newItem:any")
def insert_before(run: Run, items: list[Any], position: Any, item: Any) -> list[Any] | None:
    index = index_of_position(items, position, 1)
    return None if index is None else _built(run, [*items[:index], item, *items[index:]])


@builtin("remove", "list:list, position:number")
def remove(run: Run, items: list[Any], position: Any) -> list[Any] | None:
    index = index_of_position(items, position)
    return None if index is None else [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list:list, position:number, newItem:any")
def list_replace(run: Run, items: list[Any], position: Any, item: Any) -> list[Any] | None:
    index = index_of_position(items, position)
    return None if index is None else _built(run, [*items[:index], item, *items[index + 1 :]])


@builtin("list replace", "list:list, match:function, newItem:any")
def list_replace_matching(run: Run, items: list[Any], match: FeelFunction, new: Any) -> list[Any] | None:
    """Items for which `match(item, newItem)` is true are replaced; null when it is not boolean."""
    replaced = []
    for item in items:
        decision = match.invoke(run, 0, [item, new])
        if not isinstance(decision, bool):
            return None
        replaced.append(new if decision else item)
    return replaced


@builtin("reverse", "list:list")
def reverse(run: Run, items: list[Any]) -> list[Any]:
    return _built(run, items[::-1])


@builtin("index of", "list:list, match:any")
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    run.items(len(items))
    return [Decimal(i) for i, item in enumerate(items, 1) if same(run, item, match)]


@builtin("distinct values", "list:list")
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    """The items without later duplicates; those that can be hashed are compared by hash."""
    seen: set[Any] = set()
    rest: list[Any] = []
    found: list[Any] = []
    for item in items:
        run.tick()
        if isinstance(item, str) or number(item) is not None:
            new = item not in seen
            seen.add(item)
        else:
            run.tick(len(rest))
            new = not any(same(run, item, other) for other in rest)
            rest.append(item) if new else None
        if new:
            found.append(item)
    return found


@builtin("flatten", "list:list")
def flatten(run: Run, items: list[Any]) -> list[Any]:
    """The items of all nested lists in one list."""
    flat: list[Any] = []
    stack = [iter(items)]
    while stack:
        for item in stack[-1]:
            run.tick()
            if is_list(item):
                stack.append(iter(item))
                break
            flat.append(item)
        else:
            stack.pop()
    return flat


@builtin("sort", "list:list, precedes:function=")
def sort(run: Run, items: list[Any], precedes: FeelFunction | None = None) -> list[Any] | None:
    """Sorted (stable) by a function that says whether one item precedes another, else naturally."""
    run.items(len(items))

    def order(a: Any, b: Any) -> int:
        run.tick()
        if precedes is None:
            sign = compare(a, b)
            if sign is None:
                raise Undefined("各项之间不能比较大小", "the items have no common order")
            return sign
        if precedes.invoke(run, 0, [a, b]) is True:
            return -1
        return 1 if precedes.invoke(run, 0, [b, a]) is True else 0

    if precedes is not None and not precedes.takes(2):
        return None
    return sorted(items, key=functools.cmp_to_key(order))


@builtin("list", "from:range")
def list_of_range(run: Run, interval: Range) -> list[Any] | None:
    """The whole numbers or days of a closed range."""
    from engine.feel.iteration import steps_of_range

    steps = steps_of_range(run, interval)
    return None if steps is None else list(steps)


def _built(run: Run, items: list[Any]) -> list[Any]:
    run.items(len(items))
    return [plain(item) for item in items]
