"""Closures with a flow of their own: loops, quantifiers, filters, functions, calls, tests, contexts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel import operators
from engine.feel.functions.registry import Builtin
from engine.feel.iteration import items_of, steps_between
from engine.feel.limits import Run
from engine.feel.values import NUMBER_TYPES, PLAIN, FeelFunction, Param, is_context, is_list, kind, number, plain

Scopes = tuple[Mapping[str, Any], ...]
Closure = Callable[[Scopes, Run], Any]
Test = Callable[[Scopes, Run, Any], "bool | None"]


# --- loops -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One `name in …` of a loop; `items` gives None when its value cannot be iterated over."""

    name: str
    items: Callable[[Scopes, Run], Iterable[Any] | None]


def source(name: str, start: Closure, end: Closure | None, at: int) -> Source:
    """The source of a loop from its closure, or from two for `start..end`."""

    def items(scopes: Scopes, run: Run) -> Iterable[Any] | None:
        first = start(scopes, run)
        found = items_of(run, first) if end is None else steps_between(run, first, end(scopes, run))
        if found is None:
            run.null(at, "NOT_ITERABLE", kind=kind(first))
        return found

    return Source(name, items)


class _NotIterable(Exception):
    """A source of a loop has no items to iterate over."""


def _turns(sources: list[Source], index: int, local: dict[str, Any], scopes: Scopes, run: Run) -> Iterable[None]:
    """Sets the loop variables in `local` to each combination in turn, last source fastest."""
    current = sources[index]
    items = current.items(scopes, run)
    if items is None:
        raise _NotIterable
    last = index == len(sources) - 1
    for item in items:
        run.steps -= 1
        if run.steps < 0:
            run.next_slice()
        local[current.name] = item
        if last:
            yield
        else:
            yield from _turns(sources, index + 1, local, scopes, run)


def loop(sources: list[Source], body: Closure, uses_partial: bool) -> Closure:
    """`for … return`; the results so far are in scope as `partial` when the body asks for them."""

    def run_loop(scopes: Scopes, run: Run) -> list[Any] | None:
        results: list[Any] = []
        local: dict[str, Any] = {}
        inner: Scopes = (local, *scopes)
        try:
            for _ in _turns(sources, 0, local, inner, run):
                turn = dict(local)
                if uses_partial:
                    run.items(len(results))
                    turn["partial"] = results.copy()
                results.append(body((turn, *scopes), run))
        except _NotIterable:
            return None
        return results

    return run_loop


def quantified(some: bool, sources: list[Source], body: Closure) -> Closure:
    """`some` is true as soon as one turn is, `every` false as soon as one is; else null beats the rest."""

    def decide(scopes: Scopes, run: Run) -> Any:
        local: dict[str, Any] = {}
        inner: Scopes = (local, *scopes)
        result: bool | None = not some
        try:
            for _ in _turns(sources, 0, local, inner, run):
                value = body(inner, run)
                if value is some:
                    return some
                if value is not (not some):
                    result = None
        except _NotIterable:
            return None
        return result

    return decide


# --- filters -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryTest:
    """A condition `entry = value`, whose value is the same for all items without an entry called `hidden_by`."""

    entry: str
    hidden_by: str | None
    value: Closure


def filter_(items: Closure, condition: Closure, names_item: bool, at: int) -> Closure:
    """`list[condition]`: an index, or the items for which the condition is true."""

    def select(scopes: Scopes, run: Run) -> Any:
        base = items(scopes, run)
        if base is None:
            return None
        found = base if is_list(base) else [base]
        index = _index(condition, scopes, run)
        if index is not None:
            return _at(found, index, run, at)
        return _selected(found, condition, names_item, scopes, run, at)

    return select


def condition_filter(
    items: Closure, condition: Closure, names_item: bool, simple: EntryTest | None, at: int
) -> Closure:
    """A filter whose condition is boolean by its form, so that it is never taken for an index."""

    def select(scopes: Scopes, run: Run) -> Any:
        base = items(scopes, run)
        if base is None:
            return None
        found = base if is_list(base) else [base]
        if simple is not None and run.notes is None:
            return _with_entry(found, simple, condition, names_item, scopes, run)
        return _selected(found, condition, names_item, scopes, run, at)

    return select


def _selected(found: Any, condition: Closure, names_item: bool, scopes: Scopes, run: Run, at: int) -> Any:
    run.items(len(found))
    selected = []
    for each in found:
        item = each if type(each) in PLAIN else plain(each)
        run.steps -= 1
        if run.steps < 0:
            run.next_slice()
        decision = condition(_item_scopes(item, scopes, names_item), run)
        if decision is True:
            selected.append(item)
        elif type(decision) in NUMBER_TYPES:
            return _at(found, decision, run, at)
        elif decision is not False and decision is not None:
            return run.null(at, "NOT_BOOLEAN", kind=kind(decision))
    return selected


def _with_entry(
    found: Any, test: EntryTest, condition: Closure, names_item: bool, scopes: Scopes, run: Run
) -> list[Any]:
    """The items that pass a simple test: its value is found once, and only by who has the entry."""
    run.items(len(found))
    entry, hidden_by, wanted, selected = test.entry, test.hidden_by, _UNASKED, []
    for each in found:
        item = each if type(each) in PLAIN else plain(each)
        run.steps -= 1
        if run.steps < 0:
            run.next_slice()
        if type(item) is dict and entry in item and hidden_by not in item:
            if wanted is _UNASKED:
                wanted = test.value(scopes, run)
            decision = _same(run, item[entry], wanted)
        else:
            decision = condition(_item_scopes(item, scopes, names_item), run)
        if decision is True:
            selected.append(item)
    return selected


_UNASKED: Any = object()


def _same(run: Run, value: Any, wanted: Any) -> bool | None:
    if type(value) is str and type(wanted) is str:
        return value == wanted
    return operators.equal(run, plain(value), wanted)


def _index(condition: Closure, scopes: Scopes, run: Run) -> Any:
    """The condition's value outside the items if that is a number, else None."""
    notes, run.notes = run.notes, None
    try:
        value = condition(scopes, run)
    finally:
        run.notes = notes
    return value if type(value) in NUMBER_TYPES else None


def _item_scopes(item: Any, scopes: Scopes, names_item: bool) -> Scopes:
    """The scopes for one item: its entries, then `item` if anybody names it, then everything outside."""
    own: Scopes = ({"item": item},) if names_item else ()
    return (item, *own, *scopes) if type(item) is dict or is_context(item) else (*own, *scopes)


def _at(items: Any, index: Any, run: Run, at: int) -> Any:
    position = number(index)
    size = len(items)
    if position is None or position != position.to_integral_value() or not 1 <= abs(position) <= size:
        return run.null(at, "INDEX_INVALID", index=index, size=size)
    return plain(items[int(position) - 1 if position > 0 else int(position)])


# --- tests -------------------------------------------------------------------------------------------


def membership(value: Closure, tests: list[Test]) -> Closure:
    """`value in (tests)`: true if any test is, else null if any is null, else false."""
    if len(tests) == 1:
        test = tests[0]
        return lambda scopes, run: test(scopes, run, value(scopes, run))
    return lambda scopes, run: any_test(tests, scopes, run, value(scopes, run))


def any_test(tests: list[Test], scopes: Scopes, run: Run, value: Any) -> bool | None:
    """Whether any test accepts the value (three-valued)."""
    result: bool | None = False
    for test in tests:
        decision = test(scopes, run, value)
        if decision is True:
            return True
        if decision is None:
            result = None
    return result


def constant_list_test(values: list[Any]) -> Test:
    """Membership in a list of string and number literals, by hash."""
    strings = frozenset(value for value in values if isinstance(value, str))
    numbers = frozenset(value for value in values if isinstance(value, Decimal))

    def test(scopes: Scopes, run: Run, value: Any) -> bool:
        if type(value) is str:
            return value in strings
        if type(value) in NUMBER_TYPES:
            return number(value) in numbers
        return is_list(value) and operators.equal(run, value, values) is True

    return test


def text_test(text: str) -> Test:
    """A string literal as a test."""

    def test(scopes: Scopes, run: Run, value: Any) -> bool | None:
        return value == text if type(value) is str else operators.matches_test(run, value, text)

    return test


def range_test(interval: Closure) -> Test:
    """A range as a test: null when one of its ends is."""

    def test(scopes: Scopes, run: Run, value: Any) -> bool | None:
        found = interval(scopes, run)
        return None if found is None else operators.matches_test(run, value, found)

    return test


def boolean_test(condition: Closure, mentions_input: bool) -> Test:
    """An expression as a test: a condition if it mentions `?` or is boolean where the value is not."""

    def test(scopes: Scopes, run: Run, value: Any) -> bool | None:
        found = condition(scopes, run)
        if type(found) is bool and (mentions_input or type(value) is not bool):
            return found
        return None if mentions_input and found is None else operators.matches_test(run, value, found)

    return test


def list_test(tests: list[Test], whole: Closure) -> Test:
    """A list whose items are tests themselves, such as `[[1..3], > 10]`; or a list to equal."""

    def test(scopes: Scopes, run: Run, value: Any) -> bool:
        return operators.matches_test(run, value, whole(scopes, run)) is True or (
            not is_list(value) and any(test(scopes, run, value) is True for test in tests)
        )

    return test


# --- functions and contexts --------------------------------------------------------------------------


class Lambda(FeelFunction):
    """A function defined in FEEL: its parameters, its body and the scopes it was defined in."""

    def __init__(self, params: tuple[Param, ...], body: Closure, scopes: Scopes) -> None:
        super().__init__(params, self._call)
        self.body = body
        self.scopes = scopes

    def _call(self, *args: Any) -> Any:
        return self.apply(Run(), list(args))

    def apply(self, run: Run, values: list[Any]) -> Any:
        local = {param.name: value for param, value in zip(self.params, values, strict=True)}
        return self.body((local, *self.scopes), run)


def function(params: tuple[Param, ...], body: Closure) -> Closure:
    """A function definition: gives a function value that remembers the scopes around it."""
    return lambda scopes, run: Lambda(params, body, scopes)


def builtin_call(target: Builtin, args: list[Closure], names: tuple[str, ...] | None, at: int) -> Closure:
    """A call of a built-in function known when compiling."""
    if names is not None:
        return call(lambda scopes, run: target, args, names, at)
    invoke = target.invoke
    if len(args) == 1:
        only = args[0]
        return lambda scopes, run: invoke(run, at, [only(scopes, run)])
    if len(args) == 2:
        first, second = args
        return lambda scopes, run: invoke(run, at, [first(scopes, run), second(scopes, run)])
    return lambda scopes, run: invoke(run, at, [arg(scopes, run) for arg in args])


def call(
    callee: Closure,
    args: list[Closure],
    names: tuple[str, ...] | None,
    at: int,
    fallback: FeelFunction | None = None,
) -> Closure:
    """A call of whatever function the callee turns out to be; `fallback` if a plain variable hides it."""

    def invoke(scopes: Scopes, run: Run) -> Any:
        target = callee(scopes, run)
        values = [arg(scopes, run) for arg in args]
        if not isinstance(target, FeelFunction):
            if fallback is None:
                return run.null(at, "NOT_A_FUNCTION", kind=kind(target))
            target = fallback
        if names is None:
            return target.invoke(run, at, values)
        if len(set(names)) != len(names):
            return run.null(at, "ARGUMENTS_INVALID", name=target.name, usage=target.usage)
        return target.invoke(run, at, [], dict(zip(names, values, strict=True)))

    return invoke


def context_builder(entries: list[tuple[str, Closure]], at: int) -> Closure:
    """A context whose later entries see the earlier ones; a duplicate key makes it null."""
    keys = [key for key, _ in entries]
    duplicate = next((key for key in keys if keys.count(key) > 1), None)

    def build(scopes: Scopes, run: Run) -> Any:
        if duplicate is not None:
            return run.null(at, "KEY_DUPLICATE", name=duplicate)
        made: dict[str, Any] = {}
        inner: Scopes = (made, *scopes)
        for key, value in entries:
            made[key] = value(inner, run)
        return made

    return build
