"""A syntax tree to Python closures `(scopes, run) -> value` (DMN 1.5, 10.3.2).

Scopes are a tuple of mappings, innermost first. Parts without names are computed once, here. No Python
code is generated or evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from engine.feel import control, nodes, operators, properties, temporal_text
from engine.feel.errors import FeelError
from engine.feel.functions import BUILTINS
from engine.feel.limits import Run
from engine.feel.operators import EXACT
from engine.feel.types import NamedType, type_test
from engine.feel.values import NUMBERS, PLAIN, FeelFunction, Param, Range, kind, plain

Scopes = tuple[Mapping[str, Any], ...]
Closure = Callable[[Scopes, Run], Any]

_UNSTABLE = frozenset({"now", "today"})


class Compiler:
    """Compiles the nodes of one expression. `locals` holds the names bound by the expression itself."""

    def __init__(self, types: Mapping[str, NamedType] | None = None, declared: Collection[str] = ()) -> None:
        self.types = types or {}
        self.declared = declared
        self.locals: list[str] = []
        self.names: set[str] = set()
        self.uncertain: set[str] = set()
        self.looked_up: set[str] = set()
        self.filters = 0
        self.constants: dict[int, Any] = {}
        self.uses_partial = False

    def compile(self, node: nodes.Node) -> Closure:
        """The closure of a node."""
        closure = _COMPILE[type(node)](self, node)
        return self._folded(node, closure)

    def _folded(self, node: nodes.Node, closure: Closure) -> Closure:
        """A constant closure when everything below the node is constant and the value is a scalar."""
        if isinstance(node, (nodes.Literal, nodes.AtLiteral)):
            return closure
        if not isinstance(node, _FOLDABLE) or not self._all_constant(node):
            return closure
        try:
            value = closure((), Run())
        except FeelError:
            return closure
        if value is None or isinstance(value, (list, dict)):
            return closure
        self.constants[id(node)] = value
        return lambda scopes, run: value

    def _all_constant(self, node: nodes.Node) -> bool:
        if isinstance(node, nodes.Call):
            stable = isinstance(node.function, nodes.Name) and self._is_builtin(node.function.name)
            if not stable or node.function.name in _UNSTABLE:  # type: ignore[attr-defined]
                return False
            return bool(node.args) and all(id(arg) in self.constants for arg in node.args)
        return all(id(child) in self.constants for child in nodes.children(node))

    def _is_builtin(self, name: str) -> bool:
        return name in BUILTINS and name not in self.locals and name not in self.declared

    # --- names and literals ---------------------------------------------------------------------------

    def literal(self, node: nodes.Literal) -> Closure:
        value = node.value
        self.constants[id(node)] = value
        return lambda scopes, run: value

    def at_literal(self, node: nodes.AtLiteral) -> Closure:
        value, text, at = temporal_text.parse_temporal(node.text), node.text, node.at
        if value is None:
            return lambda scopes, run: run.null(at, "LITERAL_INVALID", text=text)
        self.constants[id(node)] = value
        return lambda scopes, run: value

    def name(self, node: nodes.Name) -> Closure:
        key, at = node.name, node.at
        fallback = BUILTINS.get(key)
        self.looked_up.add(key)
        if key not in self.locals and fallback is None:
            (self.uncertain if self.filters else self.names).add(key)
        self.uses_partial = self.uses_partial or key == "partial"

        def look_up(scopes: Scopes, run: Run) -> Any:
            for scope in scopes:
                if key in scope:
                    value = scope[key]
                    return value if type(value) in PLAIN else plain(value)
            return fallback if fallback is not None else run.null(at, "NAME_UNKNOWN", name=key)

        return look_up

    def list_(self, node: nodes.ListNode) -> Closure:
        items = [self.compile(item) for item in node.items]
        if all(isinstance(item, nodes.Literal) for item in node.items):
            values = [item((), Run()) for item in items]
            return lambda scopes, run: values.copy()
        return lambda scopes, run: [item(scopes, run) for item in items]

    def context(self, node: nodes.ContextNode) -> Closure:
        depth, at = len(self.locals), node.at
        entries: list[tuple[str, Closure]] = []
        for key, value in node.entries:
            if isinstance(value, nodes.FunctionNode):
                self.locals.append(key)
            entries.append((key, self.compile(value)))
            self.locals.append(key)
        del self.locals[depth:]
        return control.context_builder(entries, at)

    def range(self, node: nodes.RangeNode) -> Closure:
        start, end = self.compile(node.start), self.compile(node.end)
        included = (node.start_included, node.end_included)
        at = node.at

        def build(scopes: Scopes, run: Run) -> Any:
            low, high = start(scopes, run), end(scopes, run)
            if operators.compare(low, high) is None:
                return run.null(at, "RANGE_INVALID")
            return Range(low, high, *included)

        return build

    # --- operators ------------------------------------------------------------------------------------

    def unary(self, node: nodes.Unary) -> Closure:
        operand, at = self.compile(node.operand), node.at
        return lambda scopes, run: operators.negate(run, at, operand(scopes, run))

    def binary(self, node: nodes.Binary) -> Closure:
        left, right = self.compile(node.left), self.compile(node.right)
        if node.op in _ARITHMETIC:
            return _arithmetic(node.op, left, right, node.at)
        if node.op in ("=", "!="):
            if not isinstance(node.right, nodes.Literal):
                return _equality(left, right, node.op == "=", node.at)
            value = node.right.value
            if value is None or type(value) is bool:
                return _identity(left, value, node.op == "=", node.at)
            return _sameness(left, right((), Run()), node.op == "=", node.at)
        return _order(node.op, left, right, node.at)

    def logical(self, node: nodes.Logical) -> Closure:
        operands = [self.compile(operand) for operand in node.operands]
        decisive = node.op == "or"

        def decide(scopes: Scopes, run: Run) -> Any:
            result: bool | None = not decisive
            for operand in operands:
                value = operand(scopes, run)
                if value is decisive:
                    return decisive
                if value is not result:
                    result = None
            return result

        return decide

    def between(self, node: nodes.Between) -> Closure:
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)
        at = node.at

        def between(scopes: Scopes, run: Run) -> Any:
            amount = value(scopes, run)
            above = operators.compare(amount, low(scopes, run))
            below = operators.compare(amount, high(scopes, run))
            if (above is not None and above < 0) or (below is not None and below > 0):
                return False
            if above is None or below is None:
                return run.null(at, "NULL_OPERAND", op="between")
            return True

        return between

    def membership(self, node: nodes.In) -> Closure:
        value = self.compile(node.value)
        return control.membership(value, [self.test(test) for test in node.tests])

    def test(self, node: nodes.Node) -> Callable[[Scopes, Run, Any], bool | None]:
        """A unary test as a function of the scopes, the run and the tested value."""
        if isinstance(node, nodes.Comparison):
            operand, op = self.compile(node.operand), node.op
            return lambda scopes, run, value: operators.relation(run, op, value, operand(scopes, run))
        if isinstance(node, nodes.ListNode) and all(
            isinstance(self._peek(item), (str, Decimal)) for item in node.items
        ):
            return control.constant_list_test([self._peek(item) for item in node.items])
        if isinstance(node, nodes.ListNode):
            return control.list_test([self.test(item) for item in node.items], self.compile(node))
        closure = self.compile(node)
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            return control.text_test(node.value)
        if isinstance(node, nodes.RangeNode):
            return control.range_test(closure)
        return lambda scopes, run, value: operators.matches_test(run, value, closure(scopes, run))

    def cell_test(self, node: nodes.Node) -> Callable[[Scopes, Run, Any], bool | None]:
        """A unary test of a decision table cell, which may use the tested value as `?` (10.3.1.2, rule 7)."""
        if isinstance(node, nodes.Comparison) or not isinstance(node, _MAYBE_BOOLEAN):
            return self.test(node)
        return control.boolean_test(self.compile(node), _mentions_input(node))

    def _peek(self, node: nodes.Node) -> Any:
        return node.value if isinstance(node, nodes.Literal) else None

    def comparison(self, node: nodes.Comparison) -> Closure:
        """`(< 10)` as a range value; `(!= x)` is only a test and has no value."""
        operand, at = self.compile(node.operand), node.at
        make = _HALF_LINES.get(node.op)
        if make is None:
            return lambda scopes, run: run.null(at, "RANGE_INVALID")
        return lambda scopes, run: make(operand(scopes, run))

    def instance_of(self, node: nodes.InstanceOf) -> Closure:
        value, test = self.compile(node.value), type_test(node.type, self.types)
        at, name = node.at, node.type.name
        if test is None:
            return lambda scopes, run: run.null(at, "TYPE_UNKNOWN", name=name)
        return lambda scopes, run: test(value(scopes, run))

    # --- control --------------------------------------------------------------------------------------

    def conditional(self, node: nodes.If) -> Closure:
        condition, then = self.compile(node.condition), self.compile(node.then)
        otherwise, at = self.compile(node.otherwise), node.at

        def choose(scopes: Scopes, run: Run) -> Any:
            decision = condition(scopes, run)
            if decision is True:
                return then(scopes, run)
            if decision is not False and decision is not None:
                run.null(at, "NOT_BOOLEAN", kind=kind(decision))
            return otherwise(scopes, run)

        return choose

    def loop(self, node: nodes.For) -> Closure:
        depth = len(self.locals)
        iterators = self._iterators(node.iterators)
        self.locals.append("partial")
        outer, self.uses_partial = self.uses_partial, False
        body = self.compile(node.body)
        loop = control.loop(iterators, body, self.uses_partial)
        self.uses_partial = outer or self.uses_partial
        del self.locals[depth:]
        return loop

    def quantified(self, node: nodes.Quantified) -> Closure:
        depth = len(self.locals)
        iterators = self._iterators(node.iterators)
        body = self.compile(node.body)
        del self.locals[depth:]
        return control.quantified(node.op == "some", iterators, body)

    def _iterators(self, found: tuple[nodes.Iterator, ...]) -> list[control.Source]:
        sources = []
        for iterator in found:
            start = self.compile(iterator.source)
            end = self.compile(iterator.end) if iterator.end is not None else None
            self.locals.append(iterator.name)
            sources.append(control.source(iterator.name, start, end, iterator.at))
        return sources

    def path(self, node: nodes.Path) -> Closure:
        source, name, at = self.compile(node.source), node.name, node.at

        def follow(scopes: Scopes, run: Run) -> Any:
            value = source(scopes, run)
            if type(value) is dict and name in value:
                found = value[name]
                return found if type(found) in PLAIN else plain(found)
            return properties.get(run, at, value, name)

        return follow

    def filter(self, node: nodes.Filter) -> Closure:
        source = self.compile(node.source)
        self.filters += 1
        self.locals.append("item")
        around, self.looked_up = self.looked_up, set()
        condition = self.compile(node.condition)
        simple = self._entry_test(node.condition)
        names_item = "item" in self.looked_up
        self.looked_up |= around
        self.locals.pop()
        self.filters -= 1
        if not _is_condition(node.condition):
            return control.filter_(source, condition, names_item, node.at)
        return control.condition_filter(source, condition, names_item, simple, node.at)

    def _entry_test(self, node: nodes.Node) -> control.EntryTest | None:
        """The form `entry = name` or `entry = literal` of a condition, which most filters have."""
        if not isinstance(node, nodes.Binary) or node.op != "=" or not isinstance(node.left, nodes.Name):
            return None
        if isinstance(node.right, nodes.Literal):
            return control.EntryTest(node.left.name, None, self.compile(node.right))
        if isinstance(node.right, nodes.Name) and node.right.name != "item":
            return control.EntryTest(node.left.name, node.right.name, self.compile(node.right))
        return None

    def function(self, node: nodes.FunctionNode) -> Closure:
        if node.body is None:
            at = node.at
            return lambda scopes, run: run.null(at, "EXTERNAL_FUNCTION")
        depth = len(self.locals)
        params = tuple(self._param(name, type_) for name, type_ in node.params)
        self.locals.extend(name for name, _ in node.params)
        body = self.compile(node.body)
        del self.locals[depth:]
        return control.function(params, body)

    def _param(self, name: str, type_: nodes.TypeNode | None) -> Param:
        return Param(name, type_test(type_, self.types, nullable=True) if type_ else None, type_)

    def call(self, node: nodes.Call) -> Closure:
        args = [self.compile(arg) for arg in node.args]
        function = node.function
        if isinstance(function, nodes.Name) and self._is_builtin(function.name):
            return control.builtin_call(BUILTINS[function.name], args, node.names, node.at)
        if isinstance(function, nodes.Name):
            return control.call(self._callee(function), args, node.names, node.at, BUILTINS.get(function.name))
        return control.call(self.compile(function), args, node.names, node.at)

    def _callee(self, node: nodes.Name) -> Closure:
        """The innermost function of a name: a plain value of that name further in does not hide it."""
        key, innermost = node.name, self.compile(node)

        def look_up(scopes: Scopes, run: Run) -> Any:
            found = innermost(scopes, run)
            if isinstance(found, FeelFunction):
                return found
            outer = (scope[key] for scope in scopes if key in scope)
            return next((value for value in outer if isinstance(value, FeelFunction)), found)

        return look_up


def _is_condition(node: nodes.Node) -> bool:
    """Whether a filter condition is boolean by its form, so that it is never taken for an index."""
    if isinstance(node, nodes.Binary):
        return node.op not in _ARITHMETIC
    return isinstance(node, (nodes.Logical, nodes.Between, nodes.In, nodes.Quantified, nodes.InstanceOf))


def _mentions_input(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Name):
        return node.name == "?"
    return any(map(_mentions_input, nodes.children(node)))


_ARITHMETIC = frozenset({"+", "-", "*", "/", "**"})
_FOLDABLE = (
    nodes.Unary,
    nodes.Binary,
    nodes.Logical,
    nodes.Between,
    nodes.RangeNode,
    nodes.Comparison,
    nodes.If,
    nodes.Call,
)
#: Literals and ranges as cells never are conditions; everything else may be.
_MAYBE_BOOLEAN = (
    nodes.Name,
    nodes.Binary,
    nodes.Logical,
    nodes.Between,
    nodes.In,
    nodes.If,
    nodes.Quantified,
    nodes.InstanceOf,
    nodes.Path,
    nodes.Filter,
    nodes.Call,
    nodes.For,
)
_HALF_LINES: dict[str, Callable[[Any], Range]] = {
    "<": lambda value: Range(None, value, False, False),
    "<=": lambda value: Range(None, value, False, True),
    ">": lambda value: Range(value, None, False, False),
    ">=": lambda value: Range(value, None, True, False),
    "=": lambda value: Range(value, value, True, True),
}
_COMPILE: dict[type[nodes.Node], Callable[[Compiler, Any], Closure]] = {
    nodes.Literal: Compiler.literal,
    nodes.AtLiteral: Compiler.at_literal,
    nodes.Name: Compiler.name,
    nodes.Unary: Compiler.unary,
    nodes.Binary: Compiler.binary,
    nodes.Logical: Compiler.logical,
    nodes.Between: Compiler.between,
    nodes.In: Compiler.membership,
    nodes.Comparison: Compiler.comparison,
    nodes.RangeNode: Compiler.range,
    nodes.ListNode: Compiler.list_,
    nodes.ContextNode: Compiler.context,
    nodes.FunctionNode: Compiler.function,
    nodes.If: Compiler.conditional,
    nodes.For: Compiler.loop,
    nodes.Quantified: Compiler.quantified,
    nodes.InstanceOf: Compiler.instance_of,
    nodes.Path: Compiler.path,
    nodes.Filter: Compiler.filter,
    nodes.Call: Compiler.call,
}


def _arithmetic(op: str, left: Closure, right: Closure, at: int) -> Closure:
    """Arithmetic with a short way for two exact numbers."""
    fast = {"+": NUMBERS.add, "-": NUMBERS.subtract, "*": NUMBERS.multiply}.get(op)
    if fast is None:
        return lambda scopes, run: operators.arithmetic(run, at, op, left(scopes, run), right(scopes, run))

    def compute(scopes: Scopes, run: Run) -> Any:
        a, b = left(scopes, run), right(scopes, run)
        if type(a) in EXACT and type(b) in EXACT:
            try:
                return fast(a, b)
            except ArithmeticError:
                pass
        return operators.arithmetic(run, at, op, a, b)

    return compute


def _equality(left: Closure, right: Closure, wanted: bool, at: int) -> Closure:
    """`=`, or `!=` where false is wanted."""

    def equality(scopes: Scopes, run: Run) -> bool | None:
        a, b = left(scopes, run), right(scopes, run)
        if type(a) is str and type(b) is str:
            return (a == b) is wanted
        same = operators.equal(run, a, b)
        return _mismatch(run, at, "=" if wanted else "!=", a, b) if same is None else same is wanted

    return equality


def _sameness(left: Closure, value: Any, wanted: bool, at: int) -> Closure:
    """`= "text"`, `!= 1`: equality with a literal."""
    is_text = type(value) is str

    def sameness(scopes: Scopes, run: Run) -> bool | None:
        a = left(scopes, run)
        if is_text and type(a) is str:
            return (a == value) is wanted
        same = operators.equal(run, a, value)
        return _mismatch(run, at, "=" if wanted else "!=", a, value) if same is None else same is wanted

    return sameness


def _identity(left: Closure, value: bool | None, wanted: bool, at: int) -> Closure:
    """`= null`, `!= true` and their like: each of the three values is one object."""

    def identity(scopes: Scopes, run: Run) -> bool | None:
        a = left(scopes, run)
        if value is None or a is None or type(a) is bool:
            return (a is value) is wanted
        return _mismatch(run, at, "=" if wanted else "!=", a, value)

    return identity


def _order(op: str, left: Closure, right: Closure, at: int) -> Closure:
    holds = operators.ORDERS[op]

    def order(scopes: Scopes, run: Run) -> bool | None:
        a, b = left(scopes, run), right(scopes, run)
        if type(a) in EXACT and type(b) in EXACT:
            return holds(a, b)
        sign = operators.compare(a, b)
        return _mismatch(run, at, op, a, b) if sign is None else holds(sign, 0)

    return order


def _mismatch(run: Run, at: int, op: str, a: Any, b: Any) -> bool | None:
    if run.notes is not None:
        run.null(at, "TYPES_MISMATCH", op=op, left=kind(a), right=kind(b))
    return None
