"""FEEL text to a syntax tree: recursive descent with operator precedence (DMN 1.5, 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.feel.errors import FeelSyntaxError, position
from engine.feel.lexer import KEYWORDS, Token, foreign, unexpected
from engine.feel.limits import MAX_TREE_DEPTH, too_nested
from engine.feel.nodes import (
    AtLiteral,
    Between,
    Binary,
    Call,
    Comparison,
    ContextNode,
    Filter,
    For,
    FunctionNode,
    If,
    In,
    InstanceOf,
    Iterator,
    ListNode,
    Literal,
    Logical,
    Name,
    Node,
    Path,
    Quantified,
    RangeNode,
    TypeNode,
    Unary,
    UnaryTestsNode,
    children,
)
from engine.feel.stream import STOP_WORDS
from engine.feel.type_parser import TypeParser

N = TypeVar("N", bound=Node)

_COMPARE, _ADD, _MULTIPLY, _POWER = 3, 4, 5, 6
_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "=": _COMPARE,
    "!=": _COMPARE,
    "<": _COMPARE,
    "<=": _COMPARE,
    ">": _COMPARE,
    ">=": _COMPARE,
    "in": _COMPARE,
    "between": _COMPARE,
    "instance": _COMPARE,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "**": _POWER,
}
_TEST_OPERATORS = frozenset({"<", "<=", ">", ">=", "=", "!="})
_CONSTANTS = {"true": True, "false": False, "null": None}
_AFTER_CLOSING_BRACKET = frozenset(
    {")", "]", ",", "}", "", "+", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "."}
) | KEYWORDS - {"if", "for", "some", "every", "true", "false", "null"}


class Parser(TypeParser):
    """Parses one text. `names` are the names in scope, `builtins` those of functions with several words."""

    # --- entry points ---------------------------------------------------------------------------------

    def expression_only(self) -> Node:
        """The whole text as one expression; a leading `=` is tolerated."""
        if self.token.text == "=":
            self.index += 1
        return self._finished(self.expression())

    def unary_tests_only(self) -> UnaryTestsNode:
        """The whole text as the unary tests of a decision table cell (rules 13–17)."""
        at = self.token.at
        if self.token.kind == "END":
            return UnaryTestsNode(at, (), False)
        if self.token.text == "-" and self.tokens[1].kind == "END":
            return UnaryTestsNode(at, (), False)
        if self.token.text == "not" and self.tokens[1].text == "(" and self._closes_at_end(1):
            self.index += 2
            tests = self._tests(")")
            self._expect(")")
            return self._finished(UnaryTestsNode(at, tests, True))
        return self._finished(UnaryTestsNode(at, self._tests(""), False))

    def _closes_at_end(self, opening: int) -> bool:
        """Whether the parenthesis at token `opening` is closed by the last one of the text."""
        depth = 0
        for index in range(opening, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[index].text, 0)
            if depth == 0:
                return self.tokens[index + 1].kind == "END"
        return False

    def _finished(self, node: N) -> N:
        if self.token.kind != "END":
            raise self._failure()
        _check_depth(node)
        return node

    # --- operators ------------------------------------------------------------------------------------

    def expression(self) -> Node:
        """An expression of any kind (rule 1)."""
        self._descend()
        node = self._operators(self._operand(), 1)
        self.nesting -= 1
        return node

    def _arithmetic(self) -> Node:
        """An expression without comparisons and logic, as operand of those."""
        return self._operators(self._operand(), _ADD)

    def _operators(self, left: Node, lowest: int) -> Node:
        while True:
            token = self.token
            precedence = _PRECEDENCE.get(token.text, 0) if token.kind in ("OP", "NAME") else 0
            if precedence < lowest:
                return left
            self.index += 1
            left = self._operator(token, left, precedence)

    def _operator(self, token: Token, left: Node, precedence: int) -> Node:
        if token.text == "in":
            return In(token.at, left, self._in_tests())
        if token.text == "between":
            low = self._arithmetic()
            self._expect("and")
            return Between(token.at, left, low, self._arithmetic())
        if token.text == "instance":
            self._expect("of")
            return InstanceOf(token.at, left, self._type())
        right = self._operators(self._operand(), precedence + 1)
        if token.text in ("and", "or"):
            before = left.operands if isinstance(left, Logical) and left.op == token.text else (left,)
            return Logical(token.at, token.text, (*before, right))
        return Binary(token.at, token.text, left, right)

    def _operand(self) -> Node:
        """Negations, then a primary with its paths, filters and invocations."""
        minuses: list[int] = []
        while self._is("-"):
            minuses.append(self.token.at)
            self.index += 1
        node = self._postfix(self._primary())
        for at in reversed(minuses):
            node = Unary(at, node)
        return node

    def _postfix(self, node: Node) -> Node:
        while self.token.kind == "OP":
            at = self.token.at
            if self._accept("."):
                node = Path(at, node, self._property())
            elif self._is("[") and not self._bracket_closes_range():
                self.index += 1
                node = Filter(at, node, self.expression())
                self._expect("]")
            elif self._accept("("):
                node = self._call(at, node)
            else:
                break
        return node

    def _bracket_closes_range(self) -> bool:
        """Whether this `[` ends an open range such as `]1..10[` rather than beginning a filter."""
        after = self.tokens[self.index + 1]
        return after.kind in ("OP", "NAME", "END") and after.text in _AFTER_CLOSING_BRACKET

    def _call(self, at: int, function: Node) -> Call:
        names: list[str] = []
        args: list[Node] = []
        while not self._is(")"):
            name = self._label()
            if name is not None:
                names.append(name)
            args.append(self.expression())
            if not self._more():
                break
        self._expect(")")
        if names and len(names) != len(args):
            raise FeelSyntaxError(
                "参数要么全部写名称，要么都不写。",
                "Name all arguments or none of them.",
                *position(self.text, at),
                "FEEL_MIXED_ARGUMENTS",
            )
        return Call(at, function, tuple(args), tuple(names) if names else None)

    # --- primaries ------------------------------------------------------------------------------------

    def _primary(self) -> Node:
        token = self.token
        if token.kind in ("NUMBER", "STRING"):
            self.index += 1
            return Literal(token.at, token.value)
        if token.kind == "AT":
            self.index += 1
            return AtLiteral(token.at, token.value)
        if token.kind == "NAME" or token.kind == "OTHER":
            return self._name_or_keyword(token)
        self.index += 1
        if token.text == "(":
            return self._parenthesised(token.at)
        if token.text == "[":
            return self._list_or_range(token.at)
        if token.text == "]":
            return self._open_range(token.at)
        if token.text == "{":
            return self._context(token.at)
        if token.text == "?":
            return Name(token.at, "?")
        self.index -= 1
        raise self._failure()

    def _name_or_keyword(self, token: Token) -> Node:
        known = self.names.match(self.tokens, self.index)
        if (
            known is None
            and token.text in _TEXTUAL
            and (token.text != "function" or self.tokens[self.index + 1].text == "(")
        ):
            self.index += 1
            return _TEXTUAL[token.text](self, token.at)
        known = known or self.builtins.match(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return Name(token.at, known[0])
        if token.text in KEYWORDS or token.kind != "NAME":
            raise self._failure()
        self.index += 1
        if token.text == "not" and self.token.kind in ("NAME", "NUMBER", "STRING"):
            raise unexpected(self.text, token)
        if self.token.kind == "NAME" and self.token.text not in STOP_WORDS:
            if foreign(self.text, self.token.at):
                raise unexpected(self.text, self.token)
            raise FeelSyntaxError(
                f"“{token.text} {self.token.text}”不是已知的名称；如有空格，请先声明该名称。",
                f"'{token.text} {self.token.text}' is not a known name; names with spaces must be declared.",
                *position(self.text, self.token.at),
                "FEEL_NAME_UNKNOWN",
            )
        return Name(token.at, token.text)

    def _constant(self, at: int) -> Node:
        return Literal(at, _CONSTANTS[self.tokens[self.index - 1].text])

    def _parenthesised(self, at: int) -> Node:
        """`(a)`, the open range `(a..b]` or the half-line `(< a)`."""
        if self.token.kind == "OP" and self.token.text in _TEST_OPERATORS:
            node = self._test()
            self._expect(")")
            return node
        node = self.expression()
        if self._accept(".."):
            return self._range_end(at, node, False)
        self._expect(")")
        return node

    def _list_or_range(self, at: int) -> Node:
        items: list[Node] = []
        if self._accept("]"):
            return ListNode(at, ())
        while True:
            items.append(self._list_item())
            if self._is("..") and len(items) == 1:
                self.index += 1
                return self._range_end(at, items[0], True)
            if not self._more():
                break
        self._expect("]")
        return ListNode(at, tuple(items))

    def _list_item(self) -> Node:
        if self.token.kind == "OP" and self.token.text in _TEST_OPERATORS:
            return self._test()
        return self.expression()

    def _open_range(self, at: int) -> Node:
        start = self.expression()
        self._expect("..")
        return self._range_end(at, start, False)

    def _range_end(self, at: int, start: Node, start_included: bool) -> Node:
        end = self.expression()
        if self._accept("]"):
            return RangeNode(at, start, end, start_included, True)
        if not self._accept("["):
            self._expect(")")
        return RangeNode(at, start, end, start_included, False)

    def _context(self, at: int) -> Node:
        entries: list[tuple[str, Node]] = []
        while not self._is("}"):
            entries.append(self._entry())
            if not self._more():
                break
        self._expect("}")
        return ContextNode(at, tuple(entries))

    def _entry(self) -> tuple[str, Node]:
        if self.token.kind == "STRING":
            key = str(self.token.value)
            self.index += 1
            self._expect(":")
        else:
            found = self._label()
            if found is None:
                raise self._failure()
            key = found
        self.names.add(key)
        return key, self.expression()

    # --- textual expressions --------------------------------------------------------------------------

    def _if(self, at: int) -> Node:
        condition = self.expression()
        self._expect("then")
        then = self.expression()
        self._expect("else")
        return If(at, condition, then, self.expression())

    def _for(self, at: int) -> Node:
        iterators = self._iterators()
        self._expect("return")
        self.names.add("partial")
        return For(at, iterators, self.expression())

    def _quantified(self, at: int) -> Node:
        op = self.tokens[self.index - 1].text
        iterators = self._iterators()
        self._expect("satisfies")
        return Quantified(at, op, iterators, self.expression())

    def _iterators(self) -> tuple[Iterator, ...]:
        found = [self._iterator()]
        while self._accept(","):
            found.append(self._iterator())
        return tuple(found)

    def _iterator(self) -> Iterator:
        at = self.token.at
        name = self._words_until(("in",))
        self._expect("in")
        source = self.expression()
        end = self.expression() if self._accept("..") else None
        self.names.add(name)
        return Iterator(at, name, source, end)

    def _function(self, at: int) -> Node:
        self._expect("(")
        params: list[tuple[str, TypeNode | None]] = []
        while not self._is(")"):
            name = self._words_until((":", ",", ")"))
            params.append((name, self._type() if self._accept(":") else None))
            self.names.add(name)
            if not self._more():
                break
        self._expect(")")
        if self._accept("external"):
            self.expression()
            return FunctionNode(at, tuple(params), None)
        return FunctionNode(at, tuple(params), self.expression())

    # --- unary tests ----------------------------------------------------------------------------------

    def _tests(self, closing: str) -> tuple[Node, ...]:
        tests = [self._test()]
        while self._accept(","):
            tests.append(self._test())
        if closing and not self._is(closing):
            raise self._failure(closing)
        return tuple(tests)

    def _test(self) -> Node:
        token = self.token
        if token.kind == "OP" and token.text in _TEST_OPERATORS:
            self.index += 1
            return Comparison(token.at, token.text, self._arithmetic())
        return self.expression()

    def _in_tests(self) -> tuple[Node, ...]:
        """What follows `in`: one test, or several in parentheses."""
        if self.token.kind == "OP" and self.token.text in _TEST_OPERATORS:
            return (self._test(),)
        if not self._is("("):
            return (self._arithmetic(),)
        at = self._expect("(").at
        tests = [self._test()]
        if self._accept(".."):
            return (self._operators(self._postfix(self._range_end(at, tests[0], False)), _ADD),)
        while self._accept(","):
            tests.append(self._test())
        self._expect(")")
        if len(tests) > 1:
            return tuple(tests)
        return (self._operators(self._postfix(tests[0]), _ADD),)


_TEXTUAL: dict[str, Callable[[Parser, int], Node]] = {
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._quantified,
    "every": Parser._quantified,
    "function": Parser._function,
    "true": Parser._constant,
    "false": Parser._constant,
    "null": Parser._constant,
}


def _check_depth(root: Node) -> None:
    """Refuse trees that would need too many nested calls to evaluate."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_TREE_DEPTH:
            raise too_nested()
        level = [child for node in level for child in children(node)]
