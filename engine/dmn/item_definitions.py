"""Turns `itemDefinition` elements into types (DMN 1.5, 7.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import engine.feel
from engine.dmn import types
from engine.dmn.errors import Finding
from engine.dmn.types import ANY, ConstrainedType, ContextType, FunctionType, ListType, NamedType, Type
from engine.dmn.xml import Element, attribute, child, children, normal_name, text_of

Report = Callable[[Finding], None]


class TypeBook(Mapping[str, Type]):
    """The types of one model by name, with those of imported models under `import.name`.

    As a mapping it is what FEEL's `instance of` looks names up in.
    """

    def __init__(self, root: Element, imported: Mapping[str, TypeBook], report: Report) -> None:
        self._imported = imported
        self._report = report
        self._types: dict[str, Type] = {}
        self._referenced: set[str] = set()
        self.names: frozenset[str] = frozenset(component_names(root)).union(*(book.names for book in imported.values()))
        for element in children(root, "itemDefinition"):
            self._types[normal_name(attribute(element, "name"))] = self._define(element)

    def __getitem__(self, name: str) -> Type:
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return types.unconstrained(found)

    def __iter__(self) -> Iterator[str]:
        yield from self._types
        for prefix, book in self._imported.items():
            yield from (f"{prefix}.{name}" if prefix else name for name in book)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def type_of(self, reference: str | None) -> Type:
        """The type a `typeRef` names; ANY without one."""
        if not reference:
            return ANY
        name = normal_name(reference)
        self._referenced.add(name)
        return NamedType(lambda: self.find(name) or ANY)

    def find(self, name: str) -> Type | None:
        """The type called `name` (own, imported or built in), or None."""
        if name in self._types:
            return self._types[name]
        prefix, dot, rest = name.partition(".")
        if dot and prefix in self._imported:
            return self._imported[prefix].find(rest)
        built_in = types.builtin(name) or types.builtin(name.rpartition(":")[2])
        if built_in is None and "" in self._imported:
            return self._imported[""].find(name)
        return built_in

    def report_unknown(self) -> None:
        """Report the type names used so far that name no type; they accept every value."""
        for name in sorted(each for each in self._referenced if self.find(each) is None):
            zh, en = f"找不到类型“{name}”。", f"There is no type “{name}”."
            self._report(Finding("dmn.type.unknown", name, "warning", zh, en))

    def _define(self, element: Element) -> Type:
        type_ = self._base(element)
        type_ = self._constrained(type_, child(element, "allowedValues"))
        if attribute(element, "isCollection") == "true":
            type_ = ListType(type_)
        return self._constrained(type_, child(element, "typeConstraint"))

    def _base(self, element: Element) -> Type:
        function = child(element, "functionItem")
        if function is not None:
            given = [self.type_of(each.get("typeRef")) for each in children(function, "parameters")]
            return FunctionType(given, self.type_of(function.get("outputTypeRef")))
        components = list(children(element, "itemComponent"))
        if components:
            return ContextType({normal_name(attribute(c, "name")): self._define(c) for c in components})
        reference = child(element, "typeRef")
        return self.type_of(None if reference is None else (reference.text or "").strip())

    def _constrained(self, type_: Type, constraint: Element | None) -> Type:
        text = text_of(constraint)
        if not text:
            return type_
        try:
            tests = engine.feel.unary(text)
        except engine.feel.FeelError as error:
            zh, en = f"允许值“{text}”无法解析：{error.message_zh}", f"Bad allowed values “{text}”: {error.message_en}"
            self._report(Finding("dmn.type.allowed_values", text, "error", zh, en))
            return type_
        return ConstrainedType(type_, tests, text)


def component_names(root: Element) -> Iterator[str]:
    """The names that paths and filters may use anywhere in the model.

    Those of item components, and of context entries and columns when they hold characters (`-`, `+`, `/` …) that
    FEEL would otherwise read as operators.
    """
    for component in root.iter("{*}itemComponent"):
        yield normal_name(attribute(component, "name"))
    for element in root.iter("{*}variable", "{*}column", "{*}output"):
        name = normal_name(attribute(element, "name"))
        if not name.replace(" ", "_").isidentifier():
            yield name
