"""What a condition says, read from its FEEL text: complete branches, counters with a bound, words in quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from engine.bpmn import expression
from engine.bpmn.expressions import NAMES
from engine.feel import FeelError, nodes
from engine.feel.functions import BUILTINS
from engine.feel.parser import Parser

WORDY = (*NAMES, *(name for name in BUILTINS if " " in name))
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@lru_cache(maxsize=4096)
def parsed(text: str) -> nodes.Node | None:
    """The syntax tree of an expression, with or without its wrapper; None when it is no FEEL."""
    try:
        return Parser(expression(text)[1].strip(), [], WORDY).expression_only()
    except FeelError:
        return None


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """A node and all below it."""
    yield node
    for child in nodes.children(node):
        yield from walk(child)


def names(text: str) -> frozenset[str]:
    """Names an expression reads."""
    tree = parsed(text)
    return frozenset(n.name for n in walk(tree) if isinstance(n, nodes.Name)) if tree is not None else frozenset()


def quoted(text: str) -> list[str]:
    """The text literals of an expression, in order."""
    tree = parsed(text)
    if tree is None:
        return []
    return [n.value for n in walk(tree) if isinstance(n, nodes.Literal) and isinstance(n.value, str)]


def complete(conditions: Sequence[str]) -> bool:
    """Whether one of the conditions is always true: `true`, or `a = b` beside `a != b`.

    `a < b` beside `a >= b` is not: when `a` is missing neither is true.
    """
    trees = [tree for text in conditions if (tree := parsed(text)) is not None]
    plain = [_plain(tree) for tree in trees]
    if any(isinstance(tree, nodes.Literal) and tree.value is True for tree in trees):
        return True
    return any(("=", *one[1:]) in plain for one in plain if one[0] == "!=")


def _plain(node: nodes.Node) -> tuple[object, ...]:
    """The shape of an expression without its positions; `not(a = b)` reads `a != b`."""
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.function.name == "not":
        inner = _plain(node.args[0]) if len(node.args) == 1 else ("?",)
        opposite = {"=": "!=", "!=": "="}.get(str(inner[0]))
        return (opposite, *inner[1:]) if opposite else ("not", inner)
    if isinstance(node, nodes.Binary):
        return (node.op, _plain(node.left), _plain(node.right))
    if isinstance(node, nodes.Literal):
        return ("literal", repr(node.value))
    fields = [getattr(node, slot) for slot in node.__dataclass_fields__ if slot != "at"]
    return (type(node).__name__, *(_part(value) for value in fields))


def _part(value: object) -> object:
    if isinstance(value, nodes.Node):
        return _plain(value)
    return tuple(_part(v) for v in value) if isinstance(value, tuple) else value


def step(text: str, name: str) -> int:
    """+1 when the expression counts `name` up, -1 when down, 0 when it does something else.

    `if n = null then 1 else n + 1` counts: a number that nobody has set yet begins.
    """
    tree = parsed(text)
    if isinstance(tree, nodes.If) and _begins(tree, name):
        tree = tree.otherwise
    if not isinstance(tree, nodes.Binary) or tree.op not in "+-":
        return 0
    left, right = tree.left, tree.right
    if tree.op == "+" and _is(right, name):
        left, right = right, left
    if not _is(left, name) or not isinstance(right, nodes.Literal) or isinstance(right.value, (str, bool)):
        return 0
    if right.value is None or right.value <= 0:
        return 0
    return 1 if tree.op == "+" else -1


def _begins(tree: nodes.If, name: str) -> bool:
    asked = isinstance(tree.condition, nodes.Binary) and tree.condition.op == "=" and _is(tree.condition.left, name)
    return asked and _is_null(tree.condition.right) and isinstance(tree.then, nodes.Literal)  # type: ignore[attr-defined]


def _is_null(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Literal) and node.value is None


def in_the_end(text: str, name: str, direction: int) -> bool | None:
    """What a condition becomes when `name` grows (or, with -1, falls) without end; None when that is not known."""
    tree = parsed(text)
    return None if tree is None else _limit(tree, name, direction)


def _limit(node: nodes.Node, name: str, direction: int) -> bool | None:
    if isinstance(node, nodes.Logical):
        values = [_limit(one, name, direction) for one in node.operands]
        decisive = node.op == "or"
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if isinstance(node, nodes.Call) and isinstance(node.function, nodes.Name) and node.function.name == "not":
        inner = _limit(node.args[0], name, direction) if len(node.args) == 1 else None
        return None if inner is None else not inner
    if isinstance(node, nodes.Binary) and node.op in FLIPPED:
        return _compared(node, name, direction)
    return None


def _compared(node: nodes.Binary, name: str, direction: int) -> bool | None:
    op, left, right = node.op, node.left, node.right
    if _is(right, name):
        op, left, right = FLIPPED[op], right, left
    if not _is(left, name) or any(_is(n, name) for n in walk(right)):
        return None
    return op.startswith(">") == (direction > 0)


def _is(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name
