"""Type expressions: `list<number>`, `context<a: string>`, `function<number> -> Any` (rule 52)."""

from __future__ import annotations

from engine.feel.lexer import KEYWORDS
from engine.feel.names import NameTable
from engine.feel.nodes import TypeNode
from engine.feel.stream import Stream

_TYPES = NameTable(("date and time", "days and time duration", "years and months duration"))


class TypeParser(Stream):
    """Reads the types that `instance of` and formal parameters name."""

    def _type(self) -> TypeNode:
        """A type (rules 53–54 and 10.3.2.9)."""
        self._descend()
        at = self.token.at
        name = self._type_name()
        node = self._type_arguments(at, name) if self._accept("<") else TypeNode(at, name)
        self.nesting -= 1
        return node

    def _type_name(self) -> str:
        known = self.names.match(self.tokens, self.index) or _TYPES.match(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return known[0]
        start = self.index
        while True:
            if self.token.kind != "NAME":
                raise self._failure()
            self.index += 1
            while self.token.kind == "NAME" and self.token.text not in KEYWORDS | {"external"}:
                self.index += 1
            if not self._accept("."):
                return self._source(start, self.index)

    def _type_arguments(self, at: int, name: str) -> TypeNode:
        if name == "context":
            return self._context_type(at)
        arguments: list[TypeNode] = []
        while not self._is(">"):
            arguments.append(self._type())
            if not self._more():
                break
        self._expect(">")
        if name == "function":
            self._expect("->")
            return TypeNode(at, name, tuple(arguments), (), self._type())
        if name not in ("list", "range") or len(arguments) != 1:
            raise self._failure()
        return TypeNode(at, name, tuple(arguments))

    def _context_type(self, at: int) -> TypeNode:
        fields: list[str] = []
        types: list[TypeNode] = []
        while not self._is(">"):
            label = self._label()
            if label is None:
                raise self._failure()
            fields.append(label)
            types.append(self._type())
            if not self._more():
                break
        self._expect(">")
        return TypeNode(at, "context", tuple(types), tuple(fields))
